package portfolio

import (
	"slices"

	"steward/engine/portfolio/knapsack"
)

// allowance is how many nodes each kind of question about neighbouring problems may
// take: about as many as the search itself, if that came to its end, but no more than
// take a second or so.
func (a *answer) allowance() int {
	if !a.res.Proven {
		return 1000
	}
	return 1000 + min(a.res.Nodes, 60_000)
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
	nodes := a.allowance()
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

// nextBest forbids the choice, then the next best, and so on.
func (a *answer) nextBest() []Alternative {
	var out []Alternative
	rows := slices.Clone(a.problem.Rows)
	before := a.res.X
	proven := a.res.Proven
	nodes := a.allowance()
	for range a.ask.nextBest {
		if a.late() {
			break
		}
		rows = append(rows, not(before))
		p := knapsack.Problem{Value: a.problem.Value, Rows: rows}
		res, err := knapsack.Solve(a.ctx, p, knapsack.Options{Start: nearest(p, before), Nodes: max(nodes, 200), Workers: workers()})
		if err != nil || res.X == nil {
			break
		}
		nodes -= res.Nodes
		proven = proven && res.Proven
		out = append(out, a.alternative(res, proven))
		before = res.X
	}
	return out
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

// nearest is the best choice that differs from x in one item and keeps the rows;
// nil when there is none.
func nearest(p knapsack.Problem, x []bool) []bool {
	var best []bool
	var most int64
	y := slices.Clone(x)
	for o := range y {
		y[o] = !y[o]
		if v, ok := p.Keeps(y); ok && (best == nil || v > most) {
			best, most = slices.Clone(y), v
		}
		y[o] = !y[o]
	}
	return best
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
