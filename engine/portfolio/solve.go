package portfolio

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"steward/engine/calc"
	"steward/engine/portfolio/knapsack"
)

const (
	defaultLimit = 20 * time.Second
	longestLimit = time.Hour
	// searchShare of the time limit goes to the search; the rest to what is said about
	// the result.
	searchShare = 0.9
)

// Solve chooses. Wrong input is a *calc.Invalid; an input whose rules cannot all be
// kept is an answer, with Status "infeasible" and the rules in conflict. The
// sentences say how the result came about.
func Solve(ctx context.Context, in Input) (Output, []string, error) {
	p, err := compile(&in)
	if err != nil {
		return Output{}, nil, err
	}
	ask, err := p.readQuestions()
	if err != nil {
		return Output{}, nil, err
	}
	solver, err := knapsack.New(p.problem)
	if err != nil {
		return Output{}, nil, calc.Wrong("", "the numbers are too large for exact arithmetic: %v; round them or use a larger unit", err)
	}
	whole, stop := context.WithTimeout(ctx, ask.limit)
	defer stop()
	search, stopSearch := context.WithTimeout(whole, time.Duration(float64(ask.limit)*searchShare))
	defer stopSearch()
	res := solver.Solve(search, knapsack.Options{Workers: workers()})

	a := &answer{plan: p, ask: ask, solver: solver, res: res, ctx: whole}
	out := a.write()
	if err := Check(in, out); err != nil {
		return Output{}, nil, fmt.Errorf("portfolio: the choice failed its check: %w", err)
	}
	return out, a.explain(&out), nil
}

// questions are the settings of the input, read.
type questions struct {
	limit    time.Duration
	nextBest int
	swing    decimal
	seed     uint64
}

func (p *plan) readQuestions() (questions, error) {
	q := questions{limit: defaultLimit, nextBest: 3, swing: decimal{2, 1}, seed: 1}
	if t := p.in.TimeLimit; t.Given() {
		d, err := t.decimal()
		if err != nil {
			return q, calc.Wrong("time_limit_s", "%s", err)
		}
		s := float64(d.units) / math.Pow10(d.places)
		if s <= 0 || s > longestLimit.Seconds() {
			return q, calc.Wrong("time_limit_s", "is %s; give seconds, more than 0 and at most %.0f", t, longestLimit.Seconds())
		}
		q.limit = time.Duration(s * float64(time.Second))
	}
	if n := p.in.NextBest; n != nil {
		if *n < 0 || *n > 20 {
			return q, calc.Wrong("next_best", "is %d; give 0 to 20", *n)
		}
		q.nextBest = *n
	}
	if s := p.in.Swing; s.Given() {
		d, err := share(s, "swing")
		if err != nil {
			return q, err
		}
		if d.places > 3 {
			return q, calc.Wrong("swing", "is %s; give at most 3 digits behind the point", s)
		}
		q.swing = d
	}
	if p.in.Seed != 0 {
		q.seed = p.in.Seed
	}
	return q, nil
}

// answer turns what the solver found into the output.
type answer struct {
	*plan
	ask    questions
	solver *knapsack.Solver
	res    knapsack.Result
	ctx    context.Context
	cut    bool // some analysis was cut short by time

	sets  []knapsack.Result // other sets that keep the rules, as they were found
	sums  []int64           // of each row, what the choice adds up to
	lefts []int64           // of each pool, what the choice leaves
	about [][]int           // of each item, the rules that name it
}

func (a *answer) write() Output {
	r := a.res
	out := Output{Proven: r.Proven, Timeout: r.Stopped, Nodes: r.Nodes, Selected: []string{}, Rejected: []Rejection{}}
	switch {
	case r.X == nil && r.Proven:
		out.Status = "infeasible"
		out.Conflict, out.Minimal = a.conflict()
		out.Timeout = a.cut
		return out
	case r.X == nil:
		out.Status = "unknown"
		out.Bound = exactly(r.Bound, a.places)
		return out
	case r.Proven:
		out.Status = "optimal"
	default:
		out.Status = "feasible"
	}
	out.Value, out.Bound = exactly(r.Value, a.places), exactly(r.Bound, a.places)
	gap := 0.0
	if r.Bound > r.Value {
		gap = float64(r.Bound-r.Value) / float64(r.Bound)
	}
	out.Gap = &gap
	out.Selected = a.ids(r.X)
	out.Starts = a.starts(r.X)
	out.Budgets = a.budgetUse(r.X)
	out.Categories = a.memberships(r.X)
	out.Prices = a.prices()

	flips := a.flips()
	out.NextBest = a.nextBest(flips)
	out.Rejected = a.rejections(flips)
	out.OneMore = a.oneMore()
	out.Stability = a.stability(flips)
	out.Timeout = out.Timeout || a.cut
	return out
}

// workers is how many goroutines work at once; results do not depend on it.
func workers() int { return min(runtime.GOMAXPROCS(0), 8) }

// share does pieces of work that do not depend on each other, several at once,
// until part of the time left is over. No two with the same worker run at once.
func (a *answer) share(pieces int, part float64, do func(ctx context.Context, worker, piece int)) {
	ctx := a.ctx
	if end, limited := ctx.Deadline(); limited {
		var stop func()
		ctx, stop = context.WithTimeout(ctx, time.Duration(part*float64(time.Until(end))))
		defer stop()
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for w := range workers() {
		wg.Go(func() {
			for ctx.Err() == nil {
				k := int(next.Add(1)) - 1
				if k >= pieces {
					return
				}
				do(ctx, w, k)
			}
		})
	}
	wg.Wait()
	a.cut = a.cut || int(next.Load()) < pieces
}

// late reports, and remembers, that the time is over.
func (a *answer) late() bool {
	late := a.ctx.Err() != nil
	a.cut = a.cut || late
	return late
}

// chosen lists, for each item, whether one of its options is in x.
func (p *plan) chosen(x []bool) []bool {
	in := make([]bool, len(p.in.Items))
	for o, v := range x {
		if v {
			in[p.options[o].item] = true
		}
	}
	return in
}

func (p *plan) ids(x []bool) []string {
	out := []string{}
	for i, in := range p.chosen(x) {
		if in {
			out = append(out, p.in.Items[i].ID)
		}
	}
	return out
}

func (p *plan) starts(x []bool) map[string]string {
	out := map[string]string{}
	for o, v := range x {
		if op := p.options[o]; v && op.start >= 0 {
			out[p.in.Items[op.item].ID] = p.in.Periods[op.start]
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// used adds up what x uses of a pool, in units of the pool.
func (p *plan) used(q int, x []bool) int64 {
	var sum int64
	for o, v := range x {
		if v {
			u, _ := p.use[o][q].scaled(p.pools[q].places)
			sum += u
		}
	}
	return sum
}

// left is what x leaves of a pool; the limit counts as far as it can matter.
func (p *plan) left(q int, x []bool) int64 {
	limit, ok := p.pools[q].limit.scaled(p.pools[q].places)
	if !ok {
		limit = knapsack.Largest
	}
	return limit - p.used(q, x)
}

func (p *plan) budgetUse(x []bool) []BudgetUse {
	var out []BudgetUse
	for q, pl := range p.pools {
		b := BudgetUse{Name: pl.name, Limit: exactly(pl.limit.units, pl.limit.places), Used: exactly(p.used(q, x), pl.places)}
		b.Left = difference(b.Limit, b.Used)
		out = append(out, b)
	}
	return out
}

// difference is a - b, exactly.
func difference(a, b Number) Number {
	d := a.Rat()
	d.Sub(d, b.Rat())
	places, _ := d.FloatPrec()
	text := d.FloatString(places)
	return Number{text}
}

func (p *plan) memberships(x []bool) map[string]Membership {
	sums := map[string]int64{}
	out := map[string]Membership{}
	for name := range p.in.Categories {
		out[name] = Membership{}
	}
	for _, it := range p.in.Items {
		if it.Category != "" {
			out[it.Category] = Membership{}
		}
	}
	for o, v := range x {
		if c := p.in.Items[p.options[o].item].Category; v && c != "" {
			m := out[c]
			m.Items++
			sums[c] += p.problem.Value[o]
			out[c] = m
		}
	}
	for c, m := range out {
		m.Value = exactly(sums[c], p.places)
		out[c] = m
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// prices are the relaxation's, in the input's units.
func (a *answer) prices() map[string]float64 {
	if a.res.Prices == nil {
		return nil
	}
	out := map[string]float64{}
	for _, ru := range a.rules {
		if ru.kind != kindBudget {
			continue
		}
		pl := a.pools[ru.pool]
		price := math.Max(a.res.Prices[ru.rows[0]], 0) * math.Pow10(pl.places-a.places)
		out[pl.name] = round(price, 9)
	}
	return out
}

// round keeps so many digits that count.
func round(x float64, digits int) float64 {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return 0
	}
	f := math.Pow10(digits - 1 - int(math.Floor(math.Log10(math.Abs(x)))))
	if math.IsInf(f, 0) || f == 0 {
		return x
	}
	return math.Round(x*f) / f
}
