package cashflow

import (
	"fmt"

	"github.com/govalues/decimal"

	"steward/engine/calc"
	"steward/engine/worktime"
)

// Loan asks for a repayment schedule.
type Loan struct {
	Principal Number        `json:"principal"`
	Rate      Number        `json:"rate" doc:"nominal yearly rate, 0.05 for 5 %"`
	Periods   int           `json:"periods" doc:"number of payments"`
	PerYear   int           `json:"per_year,omitempty" doc:"payments a year: 1, 2, 4 or 12 (when absent)"`
	Kind      string        `json:"kind,omitempty" doc:"annuity (equal payments, when absent), linear (equal principal) or bullet (all at the end)"`
	Advance   bool          `json:"advance,omitempty" doc:"payments at the beginning of each period"`
	Balloon   Number        `json:"balloon,omitzero" doc:"principal left to pay with the last payment, besides it"`
	Fee       Number        `json:"fee,omitzero" doc:"kept back when the loan is paid out"`
	First     worktime.Date `json:"first,omitzero" doc:"day of the first payment; absent: no dates"`
}

// LoanResult is a repayment schedule, to the cent.
type LoanResult struct {
	Payment       Number    `json:"payment" doc:"the regular payment (the first one for linear)"`
	Schedule      []LoanRow `json:"schedule"`
	TotalPaid     Number    `json:"total_paid"`
	TotalInterest Number    `json:"total_interest"`
	EffectiveRate Value     `json:"effective_rate" doc:"yearly rate that the payments and the fee come to"`
}

// LoanRow is one payment.
type LoanRow struct {
	Period    int           `json:"period"`
	Date      worktime.Date `json:"date,omitzero"`
	Payment   Number        `json:"payment"`
	Interest  Number        `json:"interest"`
	Principal Number        `json:"principal"`
	Balance   Number        `json:"balance" doc:"after the payment"`
}

func (l Loan) check(where string) error {
	switch {
	case !l.Principal.IsPos():
		return calc.Wrong(where+".principal", "must be more than 0")
	case l.Periods < 1 || l.Periods > 6000:
		return calc.Wrong(where+".periods", "must be between 1 and 6000")
	case l.Rate.real().cmp(whole(-1)) <= 0 || l.Rate.real().cmp(whole(100)) > 0:
		return calc.Wrong(where+".rate", "must be above -1 and at most 100 (5 %% is 0.05)")
	case l.PerYear != 0 && l.PerYear != 1 && l.PerYear != 2 && l.PerYear != 4 && l.PerYear != 12:
		return calc.Wrong(where+".per_year", "must be 1, 2, 4 or 12")
	case l.Balloon.IsNeg() || l.Balloon.Cmp(l.Principal.Decimal) > 0:
		return calc.Wrong(where+".balloon", "must be between 0 and the principal")
	case l.Fee.IsNeg() || l.Fee.Cmp(l.Principal.Decimal) >= 0:
		return calc.Wrong(where+".fee", "must be between 0 and less than the principal")
	case l.Kind != "" && l.Kind != "annuity" && l.Kind != "linear" && l.Kind != "bullet":
		return calc.Wrong(where+".kind", "%q is not known; use annuity, linear or bullet", l.Kind)
	case l.Advance && l.Kind != "" && l.Kind != "annuity":
		return calc.Wrong(where+".advance", "is possible for an annuity only")
	}
	return nil
}

func perYear(n int) int {
	if n == 0 {
		return 12
	}
	return n
}

func (l Loan) solve(where string) (*LoanResult, error) {
	if err := l.check(where); err != nil {
		return nil, err
	}
	rate := l.Rate.real().quo(whole(perYear(l.PerYear)))
	out := &LoanResult{}
	payment, err := l.regular(rate)
	if err != nil {
		return nil, calc.Wrong(where, "%v", err)
	}
	out.Payment = payment
	balance := l.Principal.Decimal
	paid, interestSum := decimal.Zero, decimal.Zero
	for k := 1; k <= l.Periods; k++ {
		row, err := l.row(k, balance, rate, payment)
		if err != nil {
			return nil, calc.Wrong(where, "%v", err)
		}
		if l.First != 0 {
			row.Date = l.First.AddMonths((k - 1) * 12 / perYear(l.PerYear))
		}
		balance = row.Balance.Decimal
		if paid, err = paid.Add(row.Payment.Decimal); err != nil {
			return nil, calc.Wrong(where, "%v", err)
		}
		if interestSum, err = interestSum.Add(row.Interest.Decimal); err != nil {
			return nil, calc.Wrong(where, "%v", err)
		}
		out.Schedule = append(out.Schedule, row)
	}
	if l.Kind == "linear" {
		out.Payment = out.Schedule[0].Payment
	}
	out.TotalPaid, out.TotalInterest = Number{paid}, Number{interestSum}
	out.EffectiveRate = l.effective(out.Schedule)
	return out, nil
}

// regular is the payment of a period, to the cent, without the balloon; for
// linear it is the principal of a period.
func (l Loan) regular(rate real) (Number, error) {
	n, balloon := whole(l.Periods), l.Balloon.real()
	switch l.Kind {
	case "linear":
		return cents(l.Principal.real().sub(balloon).quo(n))
	case "bullet":
		return cents(l.Principal.real().mul(rate))
	}
	kind := whole(0)
	if l.Advance {
		// The last regular payment comes a period before the balloon would.
		kind = whole(1)
	}
	g := whole(1).add(rate).pow(l.Periods)
	if rate.sign() == 0 {
		return cents(l.Principal.real().sub(balloon).quo(n))
	}
	s := g.sub(whole(1)).quo(rate)
	last := balloon
	if l.Advance { // the balloon is paid with the last payment, at the beginning of the period
		last = balloon.mul(whole(1).add(rate))
	}
	return cents(l.Principal.real().mul(g).sub(last).quo(s.mul(due(rate, kind))))
}

// row is payment k on a balance. The last one clears what rounding left.
func (l Loan) row(k int, balance decimal.Decimal, rate real, payment Number) (LoanRow, error) {
	interest := N("0.00")
	var err error
	if !l.Advance || k > 1 {
		if interest, err = cents(Number{balance}.real().mul(rate)); err != nil {
			return LoanRow{}, err
		}
	}
	var principal decimal.Decimal
	switch {
	case k == l.Periods:
		principal = balance
	case l.Kind == "linear":
		principal = payment.Decimal
	case l.Kind == "bullet":
		principal = N("0.00").Decimal
	default:
		if principal, err = payment.Sub(interest.Decimal); err != nil {
			return LoanRow{}, err
		}
	}
	pay, err := principal.Add(interest.Decimal)
	if err != nil {
		return LoanRow{}, err
	}
	rest, err := balance.Sub(principal)
	if err != nil {
		return LoanRow{}, err
	}
	return LoanRow{Period: k, Payment: Number{pay}, Interest: interest, Principal: Number{principal}, Balance: Number{rest}}, nil
}

// effective is the yearly rate at which the payments are worth what was paid out.
func (l Loan) effective(rows []LoanRow) Value {
	start := 0
	if l.Advance {
		start = -1
	}
	s := series{unit: 1, points: []point{{0, l.Fee.real().sub(l.Principal.real())}}}
	for _, r := range rows {
		s.points = append(s.points, point{r.Period + start, r.Payment.real()})
	}
	rates := s.rates()
	if len(rates) != 1 {
		return Value{}
	}
	return value(snap(whole(1).add(rates[0]).pow(perYear(l.PerYear)).sub(whole(1))))
}

// Lease asks what a lease is worth and costs, as lessees account for it.
type Lease struct {
	Payment     Number  `json:"payment" doc:"rent of each period"`
	Periods     int     `json:"periods"`
	PerYear     int     `json:"per_year,omitempty" doc:"rents a year: 1, 2, 4 or 12 (when absent)"`
	Rate        Number  `json:"rate" doc:"yearly incremental borrowing rate, nominal"`
	Advance     bool    `json:"advance,omitempty" doc:"rents at the beginning of each period"`
	Increase    Number  `json:"increase,omitzero" doc:"fixed yearly increase of the rent, 0.02 for 2 %"`
	Residual    Number  `json:"residual,omitzero" doc:"guaranteed residual value or purchase price, paid at the end"`
	InitialCost Number  `json:"initial_cost,omitzero" doc:"initial direct costs"`
	FairValue   *Number `json:"fair_value,omitempty" doc:"price of buying instead: gives the implicit rate and the comparison"`
}

// LeaseResult is a lease's liability, asset and schedule (IFRS 16).
type LeaseResult struct {
	Liability     Number     `json:"liability" doc:"present value of what is to be paid"`
	RightOfUse    Number     `json:"right_of_use" doc:"asset at the beginning: liability, initial costs"`
	TotalPaid     Number     `json:"total_paid"`
	TotalInterest Number     `json:"total_interest"`
	ImplicitRate  *Value     `json:"implicit_rate,omitempty" doc:"yearly rate at which the payments are worth the fair value"`
	BuyAdvantage  *Number    `json:"buy_advantage,omitempty" doc:"liability less fair value: what buying saves in present value"`
	Schedule      []LeaseRow `json:"schedule"`
}

// LeaseRow is one period of a lease.
type LeaseRow struct {
	Period       int    `json:"period"`
	Payment      Number `json:"payment"`
	Interest     Number `json:"interest"`
	Liability    Number `json:"liability" doc:"at the end of the period"`
	Depreciation Number `json:"depreciation" doc:"of the right of use, straight-line"`
	RightOfUse   Number `json:"right_of_use" doc:"at the end of the period"`
}

func (l Lease) solve(where string) (*LeaseResult, error) {
	switch {
	case l.Periods < 1 || l.Periods > 6000:
		return nil, calc.Wrong(where+".periods", "must be between 1 and 6000")
	case l.Payment.IsNeg() || l.Residual.IsNeg() || l.InitialCost.IsNeg():
		return nil, calc.Wrong(where+".payment", "payment, residual and initial_cost must not be negative")
	case l.Rate.real().cmp(whole(-1)) <= 0 || l.Rate.real().cmp(whole(100)) > 0:
		return nil, calc.Wrong(where+".rate", "must be above -1 and at most 100 (5 %% is 0.05)")
	case l.PerYear != 0 && l.PerYear != 1 && l.PerYear != 2 && l.PerYear != 4 && l.PerYear != 12:
		return nil, calc.Wrong(where+".per_year", "must be 1, 2, 4 or 12")
	}
	out, err := l.lay()
	if err != nil {
		return nil, calc.Wrong(where, "%v", err)
	}
	return out, nil
}

// rents are the rents of each period, to the cent.
func (l Lease) rents() ([]Number, error) {
	all := make([]Number, l.Periods)
	for k := range all {
		step := whole(1).add(l.Increase.real()).pow(k / perYear(l.PerYear))
		var err error
		if all[k], err = cents(l.Payment.real().mul(step)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (l Lease) lay() (*LeaseResult, error) {
	rents, err := l.rents()
	if err != nil {
		return nil, err
	}
	rate := l.Rate.real().quo(whole(perYear(l.PerYear)))
	s := series{unit: 1}
	for k, r := range rents {
		at := k + 1
		if l.Advance {
			at = k
		}
		s.points = append(s.points, point{at, r.real()})
	}
	s.points = append(s.points, point{l.Periods, l.Residual.real()})
	out := &LeaseResult{}
	if out.Liability, err = cents(s.present(rate)); err != nil {
		return nil, err
	}
	if out.RightOfUse, err = cents(out.Liability.real().add(l.InitialCost.real())); err != nil {
		return nil, err
	}
	if err := l.rows(out, rents, rate); err != nil {
		return nil, err
	}
	if l.FairValue != nil {
		s.points = append(s.points, point{0, l.FairValue.real().neg()})
		v := Value{}
		if rates := s.rates(); len(rates) == 1 {
			v = value(snap(whole(1).add(rates[0]).pow(perYear(l.PerYear)).sub(whole(1))))
		}
		out.ImplicitRate = &v
		d, err := cents(out.Liability.real().sub(l.FairValue.real()))
		if err != nil {
			return nil, err
		}
		out.BuyAdvantage = &d
	}
	return out, nil
}

func (l Lease) rows(out *LeaseResult, rents []Number, rate real) error {
	liability, asset := out.Liability.real(), out.RightOfUse.real()
	paid, interestSum := l.Residual.real(), whole(0)
	start := asset
	for k, rent := range rents {
		row := LeaseRow{Period: k + 1, Payment: rent}
		base := liability
		if l.Advance {
			base = liability.sub(rent.real())
		}
		interest, err := cents(base.mul(rate))
		if err != nil {
			return err
		}
		if k == len(rents)-1 { // the last interest takes what rounding left
			if interest, err = cents(rent.real().add(l.Residual.real()).sub(liability)); err != nil {
				return err
			}
		}
		liability = liability.add(interest.real()).sub(rent.real())
		written := start.mul(whole(k + 1)).quo(whole(l.Periods))
		left, err := cents(start.sub(written))
		if err != nil {
			return err
		}
		if row.Depreciation, err = cents(asset.sub(left.real())); err != nil {
			return err
		}
		asset = left.real()
		row.Interest, row.RightOfUse = interest, left
		if row.Liability, err = cents(liability); err != nil {
			return err
		}
		if k == len(rents)-1 && !l.Residual.IsZero() {
			if row.Payment, err = cents(rent.real().add(l.Residual.real())); err != nil {
				return err
			}
			row.Liability = N("0.00")
		}
		paid, interestSum = paid.add(rent.real()), interestSum.add(interest.real())
		out.Schedule = append(out.Schedule, row)
	}
	var err error
	if out.TotalPaid, err = cents(paid); err != nil {
		return err
	}
	if out.TotalInterest, err = cents(interestSum); err != nil {
		return fmt.Errorf("interest: %w", err)
	}
	return nil
}
