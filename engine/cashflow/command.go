package cashflow

import (
	"context"
	"fmt"

	"steward/engine/calc"
)

// Command is `steward calc cashflow`.
var Command = calc.JSON("cashflow", "present value, rates of return, payback, cost of ownership, depreciation, loans, leases, prices",
	`{"amounts": [-100, 60, 60], "rate": 0.1}`, solve)

// Input is the JSON input of the command: a cash flow, other questions, or both.
type Input struct {
	Amounts      []Number      `json:"amounts,omitempty" doc:"a periodic cash flow, the first amount at time 0; what is paid out is negative"`
	Flows        []Flow        `json:"flows,omitempty" doc:"a dated cash flow instead; years have 365 days"`
	Rate         *Number       `json:"rate,omitempty" doc:"discount rate of a period, of a year for flows: 0.08 for 8 %"`
	FinanceRate  *Number       `json:"finance_rate,omitempty" doc:"mirr: rate that outflows are financed at; rate when absent"`
	ReinvestRate *Number       `json:"reinvest_rate,omitempty" doc:"mirr: rate that inflows are reinvested at; rate when absent"`
	Guess        *Number       `json:"guess,omitempty" doc:"of several rates of return the nearest to this is quoted; rate when absent, then 0.1"`
	Ownership    *Ownership    `json:"tco,omitempty" doc:"total cost of ownership of options, and equivalent annual cost"`
	Depreciation *Depreciation `json:"depreciation,omitempty"`
	Loan         *Loan         `json:"loan,omitempty"`
	Lease        *Lease        `json:"lease,omitempty"`
	Price        *Price        `json:"price,omitempty" doc:"a price under steps and an index clause"`
	Excel        []Call        `json:"excel,omitempty" doc:"spreadsheet functions, with the results of Microsoft Excel"`
}

// Output is the JSON output of the command. Figures of a cash flow that cannot
// be given are null; why is said by --explain.
type Output struct {
	NPV           *Value              `json:"npv,omitempty" doc:"present value of amounts, the first at time 0"`
	NPVExcel      *Value              `json:"npv_excel,omitempty" doc:"the same by Excel's NPV, which discounts the first amount too"`
	XNPV          *Value              `json:"xnpv,omitempty" doc:"present value of flows on the day of the first, actual/365"`
	IRR           *Rates              `json:"irr,omitempty"`
	XIRR          *Rates              `json:"xirr,omitempty"`
	MIRR          *Value              `json:"mirr,omitempty" doc:"modified internal rate of return, a year for flows"`
	Payback       *Payback            `json:"payback,omitempty"`
	Discounted    *Payback            `json:"discounted_payback,omitempty"`
	Profitability *Value              `json:"profitability_index,omitempty" doc:"present value of what follows the first amount, divided by that outlay"`
	BenefitCost   *Value              `json:"benefit_cost_ratio,omitempty" doc:"present value of all inflows divided by that of all outflows"`
	ROI           *ROI                `json:"roi,omitempty"`
	Equivalent    *Value              `json:"equivalent_annual,omitempty" doc:"npv spread evenly over the periods after the first"`
	Profile       []ProfilePoint      `json:"npv_profile,omitempty" doc:"present value at some rates: shows where it changes sign"`
	Ownership     *OwnershipResult    `json:"tco,omitempty"`
	Depreciation  *DepreciationResult `json:"depreciation,omitempty"`
	Loan          *LoanResult         `json:"loan,omitempty"`
	Lease         *LeaseResult        `json:"lease,omitempty"`
	Price         *PriceResult        `json:"price,omitempty"`
	Excel         []CallResult        `json:"excel,omitempty"`
}

// ROI is the return on investment by the two definitions in use, undiscounted,
// and the first one as a yearly rate.
type ROI struct {
	NetOnCost     Value `json:"net_on_cost" doc:"(inflows − outflows) / outflows: 0.2 means 20 % more than was put in"`
	BenefitOnCost Value `json:"benefit_on_cost" doc:"inflows / outflows: 1.2 for the same case"`
	Yearly        Value `json:"yearly" doc:"net_on_cost as an even compound rate of a period (of a year for flows)"`
}

// ProfilePoint is the present value at a rate.
type ProfilePoint struct {
	Rate Value `json:"rate"`
	NPV  Value `json:"npv"`
}

const mostAmounts = 100000

func solve(_ context.Context, in Input) (Output, []string, error) {
	var out Output
	var why []string
	var err error
	switch {
	case len(in.Amounts) > 0 && len(in.Flows) > 0:
		return out, nil, calc.Wrong("flows", "give either amounts or flows")
	case len(in.Amounts) > mostAmounts || len(in.Flows) > mostAmounts:
		return out, nil, calc.Wrong("amounts", "are more than %d", mostAmounts)
	case len(in.Amounts)+len(in.Flows) > 0:
		if why, err = in.series(&out); err != nil {
			return out, nil, err
		}
	case in.Ownership == nil && in.Depreciation == nil && in.Loan == nil && in.Lease == nil && in.Price == nil && in.Excel == nil:
		return out, nil, calc.Wrong("amounts", "is missing; give amounts, flows, tco, depreciation, loan, lease, price or excel")
	}
	if in.Ownership != nil {
		if out.Ownership, err = in.Ownership.solve("tco"); err != nil {
			return out, nil, err
		}
		why = append(why, out.Ownership.Why+".")
	}
	if in.Depreciation != nil {
		if out.Depreciation, err = in.Depreciation.solve("depreciation"); err != nil {
			return out, nil, err
		}
		if t := out.Depreciation.Total; t != nil {
			why = append(why, fmt.Sprintf("Depreciation by %s: %d charges, %s in all.", in.Depreciation.Method, len(out.Depreciation.Schedule), t))
		}
	}
	if in.Loan != nil {
		if out.Loan, err = in.Loan.solve("loan"); err != nil {
			return out, nil, err
		}
		why = append(why, fmt.Sprintf("The loan costs %s a period and %s of interest in all; with its fee it comes to a rate of %s a year.", out.Loan.Payment, out.Loan.TotalInterest, out.Loan.EffectiveRate))
	}
	if in.Lease != nil {
		if out.Lease, err = in.Lease.solve("lease"); err != nil {
			return out, nil, err
		}
		why = append(why, fmt.Sprintf("The lease is a liability of %s.", out.Lease.Liability))
	}
	if in.Price != nil {
		if out.Price, err = in.Price.solve("price"); err != nil {
			return out, nil, err
		}
		for _, p := range out.Price.Periods {
			if p.Why != "" {
				why = append(why, fmt.Sprintf("From %s the price is %s: %s.", p.From, p.Price, p.Why))
			}
		}
	}
	for i, c := range in.Excel {
		r, err := c.evaluate(fmt.Sprintf("excel[%d]", i))
		if err != nil {
			return out, nil, err
		}
		out.Excel = append(out.Excel, r)
	}
	return out, why, nil
}

func known(r real) *Value { v := value(r); return &v }

// or returns the first number given.
func or(numbers ...*Number) (real, bool) {
	for _, n := range numbers {
		if n != nil {
			return n.real(), true
		}
	}
	return real{}, false
}

// series answers everything about the cash flow.
func (in Input) series(out *Output) ([]string, error) {
	s, name := periodic(in.Amounts), "amounts"
	if len(in.Flows) > 0 {
		name = "flows"
		for i, f := range in.Flows {
			if f.Date == 0 {
				return nil, calc.Wrong(fmt.Sprintf("flows[%d].date", i), "is missing; give a date as YYYY-MM-DD")
			}
		}
		s = dated(in.Flows)
	}
	rate, given := or(in.Rate)
	if given && (rate.cmp(whole(-1)) == 0 || s.unit > 1 && rate.cmp(whole(-1)) < 0) {
		return nil, calc.Wrong("rate", "must be above -1 (-100 %%)")
	}
	near, hasNear := or(in.Guess, in.Rate)
	nearIs := "the rate"
	if in.Guess != nil {
		nearIs = "the guess"
	}
	if !hasNear {
		near, nearIs = fromText("0.1"), "10 %, as no rate is given"
	}
	rates, err := s.internal(near, nearIs, in.Guess == nil)
	if err != nil {
		return nil, calc.Wrong(name, "%v", err)
	}
	payback := s.payback(real{})
	out.Payback, out.ROI = &payback, s.roi()
	why := in.present(s, rate, given, out)
	if s.unit == 1 {
		out.IRR = &rates
	} else {
		out.XIRR = &rates
	}
	why = append(why, fmt.Sprintf("Internal rate of return %s: %s.", rates.Quote, rates.Why))
	finance, ok1 := or(in.FinanceRate, in.Rate)
	reinvest, ok2 := or(in.ReinvestRate, in.Rate)
	if ok1 && ok2 {
		out.MIRR = known(s.modified(finance, reinvest))
	}
	why = append(why, "The money comes back "+payback.Text+".")
	out.Profile = s.profile()
	return why, nil
}

// present answers what needs a discount rate.
func (in Input) present(s series, rate real, given bool, out *Output) []string {
	if !given {
		return []string{"Without a rate there is no present value; give rate."}
	}
	npv := s.present(rate)
	if s.unit > 1 {
		out.XNPV = known(npv)
	} else {
		out.NPV, out.NPVExcel = known(npv), known(npv.quo(whole(1).add(rate)))
	}
	why := []string{fmt.Sprintf("At a rate of %s the cash flow is worth %s today.", value(rate), worth(npv))}
	if rate.cmp(whole(-1)) <= 0 {
		return append(why, "At rates of -100 % and less there is no discounted payback.")
	}
	discounted := s.payback(rate)
	out.Discounted = &discounted
	first, inflow, outflow := whole(0), whole(0), whole(0)
	for _, p := range s.points {
		v := p.amount.mul(s.factor(rate, p.at))
		if p.at == s.points[0].at {
			first = first.add(v)
		}
		if v.sign() > 0 {
			inflow = inflow.add(v)
		} else {
			outflow = outflow.sub(v)
		}
	}
	out.Profitability, out.BenefitCost = &Value{}, known(inflow.quo(outflow))
	if first.sign() < 0 {
		out.Profitability = known(npv.sub(first).quo(first.neg()))
	} else {
		why = append(why, "The first amount is no outlay, so there is no profitability index.")
	}
	if s.unit == 1 && s.steps > 0 {
		out.Equivalent = known(equivalentAnnual(npv, rate, s.steps))
	}
	return append(why, "Discounted, the money comes back "+discounted.Text+".")
}

// roi is undiscounted.
func (s series) roi() *ROI {
	in, out := whole(0), whole(0)
	for _, p := range s.points {
		if p.amount.sign() > 0 {
			in = in.add(p.amount)
		} else {
			out = out.sub(p.amount)
		}
	}
	ratio := in.quo(out)
	yearly := real{}
	if s.steps > 0 && ratio.sign() >= 0 && ratio.ok() {
		yearly = ratio.power(s.unit, s.steps).sub(whole(1))
	}
	return &ROI{value(in.sub(out).quo(out)), value(ratio), value(yearly)}
}

// profile samples the present value at rates from -50 % to 100 %.
func (s series) profile() []ProfilePoint {
	if len(s.points) > 1000 {
		return nil
	}
	var all []ProfilePoint
	for _, text := range []string{"-0.5", "-0.25", "-0.1", "0", "0.05", "0.1", "0.15", "0.2", "0.3", "0.5", "1"} {
		rate := fromText(text)
		all = append(all, ProfilePoint{value(rate), value(s.present(rate))})
	}
	return all
}

// worth writes an amount with two decimals for a sentence, or n/a.
func worth(r real) string {
	if !r.ok() {
		return "n/a"
	}
	return halfUp(r.f, 2)
}
