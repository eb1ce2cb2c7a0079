package cashflow

import (
	"cmp"
	"fmt"
	"slices"

	"steward/engine/worktime"
)

// Flow is an amount on a day; what is paid out is negative.
type Flow struct {
	Date   worktime.Date `json:"date"`
	Amount Number        `json:"amount"`
}

// point is a flow at a whole number of steps from the first one.
type point struct {
	at     int // periods, or days
	amount real
}

// series is a cash flow in steps, perYear of which make the unit of the rate:
// 1 for periods, 365 for days.
type series struct {
	points []point // in the order given
	unit   int
	steps  int // span from the first to the last point
}

func periodic(amounts []Number) series {
	s := series{unit: 1, steps: max(len(amounts)-1, 0)}
	for i, a := range amounts {
		s.points = append(s.points, point{i, a.real()})
	}
	return s
}

// dated counts days from the first flow given, as Excel does; flows before it
// have negative steps.
func dated(flows []Flow) series {
	s := series{unit: 365}
	lo, hi := 0, 0
	for _, f := range flows {
		at := flows[0].Date.DaysUntil(f.Date)
		lo, hi = min(lo, at), max(hi, at)
		s.points = append(s.points, point{at, f.Amount.real()})
	}
	s.steps = hi - lo
	return s
}

// present is Σ amount / (1+rate)^(at/unit): present value at the first flow.
// Rates below -100 % are allowed with whole periods, as Excel allows them.
func (s series) present(rate real) real {
	base := whole(1).add(rate)
	if s.unit > 1 && base.sign() <= 0 || base.sign() == 0 {
		return real{}
	}
	step := whole(1).quo(base.root(s.unit))
	sum := whole(0)
	for _, p := range s.points {
		sum = sum.add(p.amount.mul(step.pow(p.at)))
	}
	if !sum.ok() {
		return sum
	}
	return snap(sum) // at a rate of return it is 0, and not 1e-77
}

// factor is what one unit of money at a step is worth at the first flow.
func (s series) factor(rate real, at int) real {
	return whole(1).quo(whole(1).add(rate).root(s.unit).pow(at))
}

// leastGrowth is the least 1+r that counts as a rate. Below it 15 digits show
// -100 %: the present value has such zeros, but no investment has such a rate.
var leastGrowth = fromText("1e-12")

// rates returns every rate above -100 % at which the present value is 0.
func (s series) rates() []real {
	byStep := map[int]real{}
	low := 0
	for _, p := range s.points {
		low = min(low, p.at)
		if old, ok := byStep[p.at]; ok {
			byStep[p.at] = old.add(p.amount)
		} else {
			byStep[p.at] = p.amount
		}
	}
	var terms []term
	for at, amount := range byStep {
		terms = append(terms, term{amount, at - low})
	}
	var rates []real
	for _, x := range positiveRoots(terms) { // x = (1+r)^(-1/unit)
		if growth := whole(1).quo(x.pow(s.unit)); growth.cmp(leastGrowth) > 0 {
			rates = append(rates, growth.sub(whole(1)))
		}
	}
	slices.Reverse(rates)
	return rates
}

// tooMany tells whether finding all roots would take longer than some seconds:
// the work grows with the square of the changes of sign. 300 amounts may change
// sign 300 times, 100,000 amounts 17 times; investments do so a few times.
func (s series) tooMany() bool {
	n := s.changes()
	return n > 3 && n*n*len(s.points) > 30_000_000
}

// changes counts how often the amounts change sign in order of time.
func (s series) changes() int {
	points := slices.Clone(s.points)
	slices.SortStableFunc(points, func(a, b point) int { return a.at - b.at })
	n, last := 0, 0
	for _, p := range points {
		if sign := p.amount.sign(); sign != 0 {
			if sign == -last {
				n++
			}
			last = sign
		}
	}
	return n
}

// Rates is an internal rate of return with everything that must be known to
// use it.
type Rates struct {
	Quote Value   `json:"quote" doc:"the rate to quote; null when there is none"`
	All   []Value `json:"all" doc:"every rate above -100 % at which the present value is 0, ascending"`
	Count int     `json:"count" doc:"how many there are"`
	Why   string  `json:"why" doc:"why this one is quoted, or why there is none"`
}

// internal finds all rates and quotes one. Of several it quotes the nearest to
// near; where near is the cost of money, only among those that lead to the same
// decision as the present value: above the cost if, and only if, that is
// positive.
func (s series) internal(near real, nearIs string, cost bool) (Rates, error) {
	out := Rates{All: []Value{}}
	if s.tooMany() {
		return out, fmt.Errorf("%d amounts change sign %d times; finding all rates would take too long, so add up neighbouring periods", len(s.points), s.changes())
	}
	rates := s.rates()
	for _, r := range rates {
		out.All = append(out.All, value(snap(r)))
	}
	out.Count = len(rates)
	switch {
	case len(rates) == 1:
		out.Quote, out.Why = out.All[0], "it is the only rate at which the present value is 0"
	case len(rates) > 1:
		worth := s.present(near).sign()
		i, agrees := 0, false
		for k, r := range rates {
			same := cost && r.sub(near).sign() == worth
			closer := r.sub(near).abs().less(rates[i].sub(near).abs())
			if k == 0 || same && !agrees || same == agrees && closer {
				i, agrees = k, same
			}
		}
		out.Quote = out.All[i]
		out.Why = fmt.Sprintf("of %d rates it is the nearest to %s (%s)", len(rates), nearIs, value(near))
		if agrees {
			out.Why += " that leads to the same decision as the net present value"
		}
		out.Why += "; with several rates decide by the net present value"
	case s.oneSided():
		out.Why = "there is none: the amounts never change sign"
	default:
		out.Why = "there is none: the present value is not 0 at any rate; decide by the net present value"
	}
	return out, nil
}

// snap takes the binary tail off a rate that is a whole or short decimal.
func snap(r real) real {
	if short := fromText(halfUp(r.f, 40)); short.sub(r).abs().less(tiny(120)) {
		return short
	}
	return r
}

func (s series) oneSided() bool {
	up, down := false, false
	for _, p := range s.points {
		up, down = up || p.amount.sign() > 0, down || p.amount.sign() < 0
	}
	return !up || !down
}

// modified is the modified internal rate of return: outflows financed at one
// rate, inflows reinvested at another until the last flow.
func (s series) modified(finance, reinvest real) real {
	in, out := series{unit: s.unit}, series{unit: s.unit}
	low := 0
	for _, p := range s.points {
		low = min(low, p.at)
	}
	for _, p := range s.points {
		p.at -= low
		if p.amount.sign() > 0 {
			in.points = append(in.points, p)
		} else {
			out.points = append(out.points, p)
		}
	}
	if s.steps == 0 {
		return real{}
	}
	future := in.present(reinvest).mul(whole(1).add(reinvest).root(s.unit).pow(s.steps))
	ratio := future.quo(out.present(finance).neg())
	if ratio.sign() == 0 && ratio.ok() {
		return whole(-1)
	}
	if s.unit == 1 {
		return ratio.root(s.steps).sub(whole(1))
	}
	if ratio.sign() < 0 {
		return real{}
	}
	return ratio.power(s.unit, s.steps).sub(whole(1))
}

// Payback is when the money has come back, in periods, or in years of 365 days.
type Payback struct {
	First Crossing `json:"first" doc:"when the running total first reaches 0, interpolated, or never"`
	Last  Crossing `json:"last" doc:"when it reaches 0 for good, or never"`
	Text  string   `json:"text" doc:"the same in words; 'never' when the money does not come back"`
}

// Crossing is a moment, or never.
type Crossing struct{ Value }

// MarshalJSON writes the number, or "never".
func (c Crossing) MarshalJSON() ([]byte, error) {
	if !c.Known() {
		return []byte(`"never"`), nil
	}
	return c.Value.MarshalJSON()
}

// JSONSchema describes the JSON form of a Crossing.
func (Crossing) JSONSchema() map[string]any {
	return map[string]any{"anyOf": []any{map[string]any{"type": "number"}, map[string]any{"const": "never"}}}
}

// payback finds the crossings of the running total of the flows, discounted at
// rate when it is a number.
func (s series) payback(rate real) Payback {
	points := slices.Clone(s.points)
	slices.SortStableFunc(points, func(a, b point) int { return cmp.Compare(a.at, b.at) })
	total := whole(0)
	var first, last real
	start, previous := 0, 0
	if len(points) > 0 {
		start = points[0].at
	}
	for i := 0; i < len(points); {
		at, before := points[i].at, total
		for ; i < len(points) && points[i].at == at; i++ {
			amount := points[i].amount
			if rate.ok() {
				amount = amount.mul(s.factor(rate, at))
			}
			total = total.add(amount)
		}
		if total.abs().less(tiny(180)) {
			total = whole(0)
		}
		switch {
		case total.sign() >= 0 && (at == start || before.sign() < 0):
			crossing := whole(at - start)
			if at != start { // money comes in evenly since the flow before
				share := before.neg().quo(total.sub(before))
				crossing = whole(previous - start).add(share.mul(whole(at - previous)))
			}
			last = crossing.quo(whole(s.unit))
			if !first.ok() {
				first = last
			}
		case total.sign() < 0:
			last = real{}
		}
		previous = at
	}
	p := Payback{First: Crossing{value(first)}, Last: Crossing{value(last)}}
	unit := "periods"
	if s.unit > 1 {
		unit = "years"
	}
	switch {
	case !first.ok():
		p.Text = "never"
	case !last.ok():
		p.Text = fmt.Sprintf("after %s %s, but later flows undo it", short(first), unit)
	case first.cmp(last) == 0:
		p.Text = fmt.Sprintf("after %s %s", short(first), unit)
	default:
		p.Text = fmt.Sprintf("first after %s %s, for good after %s", short(first), unit, short(last))
	}
	return p
}

// short writes a number with two decimals at most, for a sentence.
func short(r real) string { return value(fromText(halfUp(r.f, 2))).String() }
