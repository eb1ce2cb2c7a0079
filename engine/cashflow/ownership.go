package cashflow

import (
	"cmp"
	"fmt"
	"slices"

	"steward/engine/calc"
)

// Ownership compares what options cost in all over the same number of years.
type Ownership struct {
	Years   int      `json:"years" doc:"common horizon"`
	Rate    Number   `json:"rate" doc:"yearly discount rate"`
	Options []Option `json:"options"`
}

// Option is one way to do it. An asset whose life is shorter than the horizon
// is bought again; of one that outlives it the unused share of the purchase is
// credited at the end, unless no_credit is set.
type Option struct {
	Name     string   `json:"name"`
	Life     int      `json:"life" doc:"years until it must be replaced"`
	Acquire  Number   `json:"acquire" doc:"purchase and introduction, at the beginning of each life"`
	Run      []Number `json:"run,omitempty" doc:"yearly running cost, at the end of each year; the last value goes on"`
	Growth   Number   `json:"growth,omitzero" doc:"yearly growth of the running cost beyond the values given"`
	Labour   Number   `json:"labour,omitzero" doc:"internal work a year"`
	Change   Number   `json:"change,omitzero" doc:"changes and upgrades a year"`
	Risk     Number   `json:"risk,omitzero" doc:"expected loss a year"`
	Retire   Number   `json:"retire,omitzero" doc:"cost of retiring it, at the end of each life"`
	Residual Number   `json:"residual,omitzero" doc:"what is got for it at the end of each life"`
	NoCredit bool     `json:"no_credit,omitempty" doc:"an unused life at the end of the horizon is worth nothing"`
}

// OwnershipResult ranks the options.
type OwnershipResult struct {
	Options []OptionCost `json:"options" doc:"cheapest over the horizon first"`
	Best    string       `json:"best"`
	Why     string       `json:"why"`
}

// OptionCost is what an option costs.
type OptionCost struct {
	Name             string   `json:"name"`
	Present          Number   `json:"present_value" doc:"total cost of ownership over the horizon, discounted"`
	Undiscounted     Number   `json:"undiscounted"`
	LifePresent      Number   `json:"life_present_value" doc:"cost of one life, discounted"`
	EquivalentAnnual Number   `json:"equivalent_annual_cost" doc:"even yearly cost of one life: compares unequal lives"`
	Flows            []Number `json:"flows" doc:"cost at the end of each year of the horizon, from year 0"`
}

func (o Ownership) solve(where string) (*OwnershipResult, error) {
	if o.Years < 1 || o.Years > 200 {
		return nil, calc.Wrong(where+".years", "must be between 1 and 200")
	}
	rate := o.Rate.real()
	if rate.cmp(whole(-1)) <= 0 {
		return nil, calc.Wrong(where+".rate", "must be above -1 (5 %% is 0.05)")
	}
	if len(o.Options) == 0 || len(o.Options) > 1000 {
		return nil, calc.Wrong(where+".options", "must hold 1 to 1000 options")
	}
	out := &OwnershipResult{}
	for i, option := range o.Options {
		at := fmt.Sprintf("%s.options[%d]", where, i)
		if option.Life < 1 || option.Life > 200 {
			return nil, calc.Wrong(at+".life", "must be between 1 and 200 years")
		}
		c, err := option.cost(o.Years, rate)
		if err != nil {
			return nil, calc.Wrong(at, "%v", err)
		}
		out.Options = append(out.Options, c)
	}
	slices.SortStableFunc(out.Options, func(a, b OptionCost) int {
		return cmp.Or(a.Present.Cmp(b.Present.Decimal), cmp.Compare(a.Name, b.Name))
	})
	best := out.Options[0]
	out.Best = best.Name
	out.Why = fmt.Sprintf("%s costs least over %d years: %s in present value, %s a year of its life", best.Name, o.Years, best.Present, best.EquivalentAnnual)
	return out, nil
}

// yearly is the cost of year k of a life, from 1.
func (o Option) yearly(k int) real {
	run := whole(0)
	if n := len(o.Run); n > 0 {
		run = o.Run[min(k, n)-1].real()
		if k > n {
			run = run.mul(whole(1).add(o.Growth.real()).pow(k - n))
		}
	}
	return run.add(o.Labour.real()).add(o.Change.real()).add(o.Risk.real())
}

func (o Option) cost(years int, rate real) (OptionCost, error) {
	life := make([]real, o.Life+1)
	life[0] = o.Acquire.real()
	for k := 1; k <= o.Life; k++ {
		life[k] = o.yearly(k)
	}
	life[o.Life] = life[o.Life].add(o.Retire.real()).sub(o.Residual.real())
	flows := make([]real, years+1)
	for t := range flows {
		flows[t] = whole(0)
	}
	for begin := 0; begin < years; begin += o.Life {
		for k := 0; k <= o.Life && begin+k <= years; k++ {
			flows[begin+k] = flows[begin+k].add(life[k])
		}
		if used := years - begin; used < o.Life && !o.NoCredit {
			unused := o.Acquire.real().sub(o.Residual.real()).mul(whole(o.Life - used)).quo(whole(o.Life))
			flows[years] = flows[years].sub(unused).sub(o.Residual.real()).add(o.Retire.real())
		}
	}
	c := OptionCost{Name: o.Name}
	sum := whole(0)
	var err error
	for _, f := range flows {
		sum = sum.add(f)
		n, err := cents(f)
		if err != nil {
			return c, err
		}
		c.Flows = append(c.Flows, n)
	}
	one := pointsOf(life).present(rate)
	if c.Present, err = cents(pointsOf(flows).present(rate)); err != nil {
		return c, err
	}
	if c.Undiscounted, err = cents(sum); err != nil {
		return c, err
	}
	if c.LifePresent, err = cents(one); err != nil {
		return c, err
	}
	c.EquivalentAnnual, err = cents(equivalentAnnual(one, rate, o.Life))
	return c, err
}

func pointsOf(amounts []real) series {
	s := series{unit: 1, steps: len(amounts) - 1}
	for i, a := range amounts {
		s.points = append(s.points, point{i, a})
	}
	return s
}

// equivalentAnnual spreads a present value evenly over years:
// PV·r/(1 − (1+r)^−n), PV/n without interest.
func equivalentAnnual(present, rate real, years int) real {
	if rate.sign() == 0 {
		return present.quo(whole(years))
	}
	return present.mul(rate).quo(whole(1).sub(whole(1).add(rate).pow(-years)))
}
