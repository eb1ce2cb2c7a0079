package portfolio

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"steward/engine/portfolio/knapsack"
)

// flip is what is known of the best set with one item turned: in when it is out of
// the choice, out when it is in.
type flip struct {
	known    bool
	possible bool  // some set keeps the rules with the item turned; when known
	value    int64 // of the best such set found; -1 when none was
	bound    int64 // of any such set
}

// flips turns each item in turn. Sets found on the way are kept: each may be the best
// known for other items as well.
func (a *answer) flips() []flip {
	out := make([]flip, len(a.in.Items))
	found := make([][]knapsack.Result, len(a.in.Items))
	in := a.chosen(a.res.X)
	askers := make([]*knapsack.Asker, workers())
	nodes := a.allowance(0, 8*len(a.options)) // none where the search was short
	a.share(len(out), 0.4, func(ctx context.Context, worker, i int) {
		if askers[worker] == nil {
			askers[worker] = a.solver.Asker()
		}
		ask := askers[worker]
		f := flip{known: true, value: -1}
		take := func(fixes []knapsack.Fix) {
			r := ask.With(ctx, fixes, nodes)
			f.take(r)
			if r.X != nil {
				found[i] = append(found[i], r)
			}
		}
		if in[i] {
			var fixes []knapsack.Fix
			for _, o := range a.of[i] {
				fixes = append(fixes, knapsack.Fix{Item: o})
			}
			take(fixes)
		} else {
			for _, o := range a.of[i] {
				take([]knapsack.Fix{{Item: o, Chosen: true}})
			}
		}
		// No set is worth more than the bound of them all.
		f.bound = min(f.bound, a.res.Bound)
		out[i] = f
	})
	for _, more := range found {
		for _, r := range more {
			a.remember(r, out)
		}
	}
	return out
}

// remember keeps a set that keeps the rules for what it shows about each item it turns.
func (a *answer) remember(r knapsack.Result, flips []flip) {
	for _, s := range a.sets {
		if s.Value == r.Value && slices.Equal(s.X, r.X) {
			return
		}
	}
	if slices.Equal(r.X, a.res.X) {
		return
	}
	a.sets = append(a.sets, r)
	was, now := a.chosen(a.res.X), a.chosen(r.X)
	for i := range flips {
		if f := &flips[i]; f.known && was[i] != now[i] {
			f.possible = true
			f.value = max(f.value, r.Value)
		}
	}
}

func (f *flip) take(r knapsack.Result) {
	if r.Proven && r.X == nil {
		return
	}
	f.possible = true
	f.bound = max(f.bound, r.Bound)
	if r.X != nil {
		f.value = max(f.value, r.Value)
	}
}

// rejections says of each item that is out why it is.
func (a *answer) rejections(flips []flip) []Rejection {
	out := []Rejection{}
	in := a.chosen(a.res.X)
	a.tally()
	for i, it := range a.in.Items {
		if in[i] {
			continue
		}
		r := Rejection{ID: it.ID, Reason: a.reason(i, in, flips[i])}
		if f := flips[i]; f.known && f.possible {
			r.Forced = a.loss(f)
		}
		out = append(out, r)
	}
	return out
}

// loss is what turning an item costs, as far as it is known.
func (a *answer) loss(f flip) *Range {
	r := &Range{AtLeast: exactly(max(a.res.Value-f.bound, 0), a.places)}
	if f.value >= 0 {
		r.AtMost = exactly(max(a.res.Value-f.value, 0), a.places)
	}
	return r
}

// reason is the plainest true one: a rule that forbids the item beside the choice,
// a budget it does not fit, or that it adds nothing.
func (a *answer) reason(i int, in []bool, f flip) string {
	if why := a.tooMuchAlone(i); why != "" {
		return why
	}
	var why []string
	for _, k := range a.about[i] {
		if s := a.forbids(&a.rules[k], i, in); s != "" {
			why = append(why, s)
		}
	}
	if len(why) == 0 {
		why = a.shortOf(i)
	}
	if f.known && !f.possible {
		if len(why) == 0 {
			return "no set that keeps all rules has it"
		}
		return "no set that keeps all rules has it; beside the choice, " + strings.Join(why, "; ")
	}
	if len(why) == 0 {
		if worth := a.most(i); worth == 0 {
			return "it is worth nothing"
		}
		if a.res.Proven {
			return "it would break a rule on shares together with the choice"
		}
		return "the search ended before a better set with it was found"
	}
	tail := "what is selected instead is worth more"
	if !a.res.Proven {
		tail = "no better set with it was found"
	}
	if f.known && f.value == a.res.Value {
		tail = "a set with it is worth just as much"
	}
	return strings.Join(why, "; ") + "; " + tail
}

func (p *plan) most(i int) int64 {
	var v int64
	for _, o := range p.of[i] {
		v = max(v, p.problem.Value[o])
	}
	return v
}

// tooMuchAlone names a budget that the item alone exceeds, whenever it starts.
func (p *plan) tooMuchAlone(i int) string {
	first := ""
	for _, o := range p.of[i] {
		over := ""
		for q, pl := range p.pools {
			if u := p.use[o][q]; u.units > 0 && less(pl.limit, u) {
				over = fmt.Sprintf("it takes %s of %q, more than the whole limit of %s", exactly(u.units, u.places), pl.name, exactly(pl.limit.units, pl.limit.places))
				break
			}
		}
		if over == "" {
			return ""
		}
		if first == "" {
			first = over
		}
	}
	return first
}

// less compares exactly.
func less(a, b decimal) bool {
	return exactly(a.units, a.places).Rat().Cmp(exactly(b.units, b.places).Rat()) < 0
}

// forbids says how a rule keeps item i out beside what is selected.
func (a *answer) forbids(ru *rule, i int, in []bool) string {
	id := func(k int) string { return a.in.Items[k].ID }
	switch ru.kind {
	case kindExcludes:
		for k := range 2 {
			if ru.items[k] == i && in[ru.items[1-k]] {
				return fmt.Sprintf("it excludes %q, which is selected", id(ru.items[1-k]))
			}
		}
	case kindRequires:
		if ru.items[0] == i && !in[ru.items[1]] {
			return fmt.Sprintf("it requires %q, which is not selected", id(ru.items[1]))
		}
	case kindGroup, kindCategory:
		if !a.anyOptionKeeps(ru, i) {
			return fmt.Sprintf("the rule that %s leaves no room for it", ru.text)
		}
	}
	return ""
}

// tally prepares what the reasons need: what the choice adds up to in each row and
// leaves of each pool, and the rules about each item.
func (a *answer) tally() {
	a.sums = make([]int64, len(a.problem.Rows))
	for k, r := range a.problem.Rows {
		for _, t := range r.Terms {
			if a.res.X[t.Item] {
				a.sums[k] += t.Coef
			}
		}
	}
	a.lefts = make([]int64, len(a.pools))
	for q := range a.pools {
		a.lefts[q] = a.left(q, a.res.X)
	}
	a.about = make([][]int, len(a.in.Items))
	for k, ru := range a.rules {
		for _, i := range ru.items {
			a.about[i] = append(a.about[i], k)
		}
	}
}

// anyOptionKeeps reports whether the choice plus one of i's options keeps the rule.
func (a *answer) anyOptionKeeps(ru *rule, i int) bool {
	for _, o := range a.of[i] {
		ok := true
		for _, k := range ru.rows {
			r := a.problem.Rows[k]
			sum := a.sums[k]
			for _, t := range r.Terms {
				if t.Item == o {
					sum += t.Coef
				}
			}
			ok = ok && sum <= r.Hi
		}
		if ok {
			return true
		}
	}
	return false
}

// shortOf lists the budgets that have too little left for the item, at the start
// where the fewest do.
func (a *answer) shortOf(i int) []string {
	var best []string
	for k, o := range a.of[i] {
		var short []string
		for q, pl := range a.pools {
			u, used := a.use[o][q]
			if !used {
				continue
			}
			need, _ := u.scaled(pl.places)
			if left := a.lefts[q]; need > left {
				short = append(short, fmt.Sprintf("it takes %s of %q, and %s is left", exactly(need, pl.places), pl.name, exactly(left, pl.places)))
			}
		}
		if k == 0 || len(short) < len(best) {
			best = short
		}
	}
	return best
}
