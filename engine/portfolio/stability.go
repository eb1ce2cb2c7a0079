package portfolio

import (
	"context"
	"math/rand/v2"
	"slices"

	"steward/engine/portfolio/knapsack"
)

const (
	scenarioNodes = 8 // nodes for each scenario, at least
	mostScenarios = 60
	fewScenarios  = 20
	leastScenario = 8
	// smallSize and largeSize are items × rows from which fewer scenarios are drawn.
	smallSize = 100
	largeSize = 160_000
)

// scenarioCount is how many futures are drawn: fewer for larger inputs.
func (a *answer) scenarioCount() int {
	size := len(a.options) * (len(a.problem.Rows) + 1)
	if size > largeSize {
		return leastScenario
	}
	return min(max(mostScenarios*smallSize/size, fewScenarios), mostScenarios)
}

// stability draws futures in which each item's value and its uses are off by a
// factor each, chooses anew in each, and joins that with what turning each item
// showed.
func (a *answer) stability(flips []flip) *Stability {
	if a.ask.swing.units == 0 {
		return nil
	}
	st := &Stability{Swing: exactly(a.ask.swing.units, a.ask.swing.places)}
	kept := make([]int, len(a.in.Items))
	same, fits := 0, 0
	rng := rand.New(rand.NewPCG(a.ask.seed, 0x706f7274))
	wanted := a.scenarioCount()
	problems := make([]knapsack.Problem, 0, wanted)
	for range wanted {
		p, ok := a.moved(rng)
		if !ok {
			break // the numbers are too long to be moved exactly
		}
		problems = append(problems, p)
	}
	nodes := a.allowance(scenarioNodes, 8*wanted)
	results := make([]*knapsack.Result, len(problems))
	a.share(len(problems), 0.9, func(ctx context.Context, _, k int) {
		res, err := knapsack.Solve(ctx, problems[k], knapsack.Options{Nodes: nodes, Start: a.res.X})
		if err == nil && ctx.Err() == nil {
			results[k] = &res
		}
	})
	was := a.chosen(a.res.X)
	for k, res := range results {
		if res == nil {
			continue // the time was over
		}
		st.Scenarios++
		if _, ok := problems[k].Keeps(a.res.X); ok {
			fits++
		}
		if res.Proven {
			st.Proven++
		}
		if res.X == nil {
			continue // nothing keeps the rules then: nothing is as it is now
		}
		if slices.Equal(res.X, a.res.X) {
			same++
		}
		now := a.chosen(res.X)
		for i := range kept {
			if was[i] == now[i] {
				kept[i]++
			}
		}
	}
	if st.Scenarios > 0 {
		st.SetKept = share4(same, st.Scenarios)
		st.Fits = share4(fits, st.Scenarios)
	}
	in := a.chosen(a.res.X)
	for i, it := range a.in.Items {
		s := ItemStable{ID: it.ID, Selected: in[i]}
		if st.Scenarios > 0 {
			k := share4(kept[i], st.Scenarios)
			s.Kept = &k
		}
		firm := false
		s.Turns, firm = a.turns(i, in[i], flips[i])
		switch {
		case s.Kept == nil && !firm:
			s.Verdict = "unknown"
		case s.Kept != nil && *s.Kept < 0.7:
			s.Verdict = "loose"
		case firm && (s.Kept == nil || *s.Kept >= 0.95):
			s.Verdict = "firm"
		default:
			s.Verdict = "fair"
		}
		st.Items = append(st.Items, s)
	}
	return st
}

func share4(k, n int) float64 { return round(float64(k)/float64(n), 4) }

// turns is the range in which the item's own value turns it, and whether that lies
// beyond the swing for certain.
func (a *answer) turns(i int, selected bool, f flip) (*Range, bool) {
	if !f.known || len(a.of[i]) > 1 || !a.res.Proven || a.valuedRule(i) {
		return nil, false
	}
	if !f.possible {
		return nil, true // rules alone decide
	}
	own := a.problem.Value[a.of[i][0]]
	d := a.ask.swing
	one, _ := (decimal{1, 0}).scaled(d.places)
	// The choice and the best set with the item turned differ by a margin, known to
	// lie between nearer and farther.
	nearer := max(a.res.Value-f.bound, 0)
	firm := nearer > own/one*d.units+own%one*d.units/one
	r := &Range{}
	if selected {
		if nearer > own {
			return nil, true // even worth nothing it stays
		}
		r.AtMost = exactly(own-nearer, a.places)
		if f.value >= 0 {
			r.AtLeast = exactly(max(own-(a.res.Value-f.value), 0), a.places)
		}
		return r, firm
	}
	r.AtLeast = exactly(own+nearer, a.places)
	if f.value >= 0 {
		r.AtMost = exactly(own+a.res.Value-f.value, a.places)
	}
	return r, firm
}

// valuedRule reports whether a rule depends on the item's value, so that a change of
// the value is also a change of the rule.
func (p *plan) valuedRule(i int) bool {
	for name, c := range p.in.Categories {
		if c.MaxShare.Given() || c.MinValue.Given() && p.in.Items[i].Category == name {
			return true
		}
	}
	return false
}

// moved draws a future: values and budgets' uses in thousandths of what they are.
func (a *answer) moved(rng *rand.Rand) (knapsack.Problem, bool) {
	d := a.ask.swing
	swing, _ := d.scaled(3)
	value := make([]int64, len(a.in.Items))
	use := make([]int64, len(a.in.Items))
	for i := range value {
		value[i] = 1000 - swing + rng.Int64N(2*swing+1)
		use[i] = 1000 - swing + rng.Int64N(2*swing+1)
	}
	p := knapsack.Problem{Value: make([]int64, len(a.problem.Value)), Rows: slices.Clone(a.problem.Rows)}
	var sum int64
	for o, v := range a.problem.Value {
		if sum += v; sum > knapsack.Largest/2000 {
			return p, false
		}
		p.Value[o] = v * value[a.options[o].item]
	}
	for _, ru := range a.rules {
		for _, k := range ru.rows {
			r := &p.Rows[k]
			switch {
			case ru.kind == kindBudget:
				if !a.scaleRow(r, use) {
					return p, false
				}
			case ru.kind == kindCategory && ru.money == moneyValue:
				if !a.scaleRow(r, value) {
					return p, false
				}
			case ru.kind == kindCategory && ru.money == moneyUse:
				if !a.scaleRow(r, use) {
					return p, false
				}
			}
		}
	}
	return p, true
}

// scaleRow multiplies each item's coefficient by its factor in thousandths, and
// the limits by a thousand.
func (a *answer) scaleRow(r *knapsack.Row, factor []int64) bool {
	terms := make([]knapsack.Term, len(r.Terms))
	var sum int64
	for k, t := range r.Terms {
		if sum += max(t.Coef, -t.Coef); sum > knapsack.Largest/2000 {
			return false
		}
		terms[k] = knapsack.Term{Item: t.Item, Coef: t.Coef * factor[a.options[t.Item].item]}
	}
	r.Terms = terms
	if r.Hi != knapsack.NoHi {
		r.Hi = min(r.Hi, knapsack.Largest/1000) * 1000
	}
	if r.Lo != knapsack.NoLo {
		r.Lo = min(r.Lo, knapsack.Largest/1000) * 1000
	}
	return true
}
