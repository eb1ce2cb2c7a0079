package portfolio

import (
	"slices"

	"steward/engine/portfolio/knapsack"
)

// allowance is how many nodes a kind of question about neighbouring problems may
// take: a part of what the search itself took, so that all that is said about a
// choice costs about as much as finding it, and no more than a second or so.
func (a *answer) allowance(least, part int) int {
	return least + min(a.res.Nodes, 60_000)/part
}

// oneMore solves anew with one more unit of each budget; first of all of them at
// once, since most often even that adds nothing.
func (a *answer) oneMore() map[string]Range {
	if !a.res.Proven {
		return nil // what the choice lacks already cannot be told from what a unit adds
	}
	out := map[string]Range{}
	var binding []rule
	for _, ru := range a.rules {
		if ru.kind != kindBudget {
			continue
		}
		if row := a.problem.Rows[ru.rows[0]]; row.Hi >= total(row) {
			out[a.pools[ru.pool].name] = Range{Int(0), Int(0)}
		} else {
			binding = append(binding, ru)
		}
	}
	nodes := a.allowance(400, 4)
	all, ok := a.withOneMore(&nodes, binding...)
	if !ok {
		return out
	}
	for _, ru := range binding {
		name := a.pools[ru.pool].name
		r := all
		if all.Bound > a.res.Value && len(binding) > 1 {
			r, ok = a.withOneMore(&nodes, ru)
			if !ok {
				return out
			}
			r.Bound = min(r.Bound, all.Bound)
		}
		out[name] = Range{exactly(r.Value-a.res.Value, a.places), exactly(r.Bound-a.res.Value, a.places)}
	}
	return out
}

// withOneMore solves with one more unit of the budgets; false when the time is over.
func (a *answer) withOneMore(nodes *int, budgets ...rule) (knapsack.Result, bool) {
	if len(budgets) == 0 || a.late() {
		return knapsack.Result{}, false
	}
	rows := slices.Clone(a.problem.Rows)
	for _, ru := range budgets {
		unit, ok := decimal{1, 0}.scaled(a.pools[ru.pool].places)
		if !ok {
			return knapsack.Result{}, false
		}
		rows[ru.rows[0]].Hi += unit
	}
	res, err := knapsack.Solve(a.ctx, knapsack.Problem{Value: a.problem.Value, Rows: rows},
		knapsack.Options{Start: a.res.X, Nodes: max(*nodes, 1), Workers: workers()})
	*nodes -= res.Nodes
	return res, err == nil && res.X != nil
}

func total(r knapsack.Row) int64 {
	var sum int64
	for _, t := range r.Terms {
		sum += t.Coef
	}
	return sum
}

// nextBest forbids the choice, then the next best, and so on. It also tells the flips
// what that shows: no set but the choice is worth more than the next best.
func (a *answer) nextBest(flips []flip) []Alternative {
	var out []Alternative
	rows := append(slices.Clone(a.problem.Rows), a.settled(flips)...)
	before := a.res.X
	proven := a.res.Proven
	nodes := a.allowance(400, 2)
	for k := range a.ask.nextBest {
		if a.late() {
			break
		}
		rows = append(rows, not(before))
		p := knapsack.Problem{Value: a.problem.Value, Rows: rows}
		start, most := nearest(p, before)
		for _, s := range a.sets {
			if v, ok := p.Keeps(s.X); ok && (start == nil || v > most) {
				start, most = s.X, v
			}
		}
		res, err := knapsack.Solve(a.ctx, p, knapsack.Options{Start: start, Nodes: max(nodes, 200), Workers: workers()})
		if err != nil || res.X == nil {
			break
		}
		nodes -= res.Nodes
		proven = proven && res.Proven
		out = append(out, a.alternative(res, proven))
		a.remember(res, flips)
		if k == 0 && a.res.Proven {
			for i := range flips {
				flips[i].bound = min(flips[i].bound, res.Bound)
			}
		}
		before = res.X
	}
	return out
}

// settled are rows that keep the items as they are which no set with a better value
// turns than that of the last next-best set known: only the others need be searched.
func (a *answer) settled(flips []flip) []knapsack.Row {
	if len(a.sets) < a.ask.nextBest || a.ask.nextBest == 0 {
		return nil
	}
	var values []int64
	for _, s := range a.sets {
		values = append(values, s.Value)
	}
	slices.Sort(values)
	least := values[len(values)-a.ask.nextBest]
	var rows []knapsack.Row
	for i, in := range a.chosen(a.res.X) {
		f := flips[i]
		if !f.known || f.possible && f.bound >= least || in && len(a.of[i]) > 1 {
			continue // it may be turned, or start at another time
		}
		for _, o := range a.of[i] {
			r := knapsack.Row{Terms: []knapsack.Term{{Item: o, Coef: 1}}}
			if in {
				r.Lo, r.Hi = 1, 1
			}
			rows = append(rows, r)
		}
	}
	return rows
}

// not is broken by x alone.
func not(x []bool) knapsack.Row {
	r := knapsack.Row{Lo: 1, Hi: knapsack.NoHi}
	for o, v := range x {
		c := int64(1)
		if v {
			c = -1
			r.Lo--
		}
		r.Terms = append(r.Terms, knapsack.Term{Item: o, Coef: c})
	}
	return r
}

// nearest is the best choice that differs from x in one item and keeps the rows, with
// its value; nil when there is none.
func nearest(p knapsack.Problem, x []bool) (best []bool, most int64) {
	y := slices.Clone(x)
	for o := range y {
		y[o] = !y[o]
		if v, ok := p.Keeps(y); ok && (best == nil || v > most) {
			best, most = slices.Clone(y), v
		}
		y[o] = !y[o]
	}
	return best, most
}

func (a *answer) alternative(res knapsack.Result, proven bool) Alternative {
	alt := Alternative{Selected: a.ids(res.X), Starts: a.starts(res.X), Value: exactly(res.Value, a.places), Behind: exactly(a.res.Value-res.Value, a.places), Adds: []string{}, Drops: []string{}, Proven: proven}
	now := a.chosen(res.X)
	was := a.chosen(a.res.X)
	for i, it := range a.in.Items {
		switch {
		case was[i] && !now[i]:
			alt.Drops = append(alt.Drops, it.ID)
		case now[i] && !a.same(i, res.X):
			alt.Adds = append(alt.Adds, it.ID)
		}
	}
	return alt
}

// same reports whether item i is selected in x the way it is in the choice.
func (a *answer) same(i int, x []bool) bool {
	for _, o := range a.of[i] {
		if x[o] != a.res.X[o] {
			return false
		}
	}
	return true
}
