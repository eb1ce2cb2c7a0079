package knapsack

import "context"

// Fix is an item with its choice given.
type Fix struct {
	Item   int
	Chosen bool
}

// Asker answers questions about a solved problem; several askers may work at once.
type Asker struct {
	sv    *Solver
	s     *searcher
	at    map[int]int // place in the core of each open item
	order []int32     // as the root's relaxation wants them
}

// Asker returns one more asker. It is to be called after Solve.
func (sv *Solver) Asker() *Asker {
	a := &Asker{sv: sv}
	if sv.c != nil && sv.c.n > 0 {
		a.s = newSearcher(sv.c, sv.t.r)
		nd := sv.root
		if a.s.load(&nd) {
			a.order = sv.c.wanted(a.s)
		}
		a.at = make(map[int]int, sv.c.n)
		for j, i := range sv.c.items {
			a.at[i] = j
		}
	}
	return a
}

// With asks what the best choice is worth when some items are given,
// looking at no more than about nodes nodes and stopping when ctx is done: X and Value are the best found, Bound
// what it can be worth at most. Without X and Proven no choice keeps the rows.
func (a *Asker) With(ctx context.Context, fixes []Fix, nodes int) Result {
	c := a.sv.c
	if c == nil {
		return Result{Proven: true}
	}
	val := make([]int8, c.n)
	for j := range val {
		val[j] = -1
	}
	for _, f := range fixes {
		j, open := a.at[f.Item]
		if !open {
			if c.fixed[f.Item] != f.Chosen {
				return Result{Proven: true}
			}
			continue
		}
		want := int8(0)
		if f.Chosen {
			want = 1
		}
		if val[j] >= 0 && val[j] != want {
			return Result{Proven: true}
		}
		val[j] = want
	}
	if c.n == 0 {
		return Result{X: c.solution(nil), Value: c.base, Bound: c.base, Proven: true}
	}
	s := a.s
	nd := a.sv.root
	nd.val = pack(val)
	nd.bound = int64(maxBound)
	known := int64(nothing)
	mended, value := a.sv.t.repaired(val, a.order)
	if mended != nil {
		known = value
	}
	left := s.explore(&nd, known, nodes, func() bool { return ctx.Err() != nil })
	res := Result{Nodes: s.nodes, Proven: len(left) == 0}
	bound := s.bestValue
	for _, l := range left {
		bound = max(bound, l.bound)
	}
	if bound > nothing {
		res.Bound = c.worth(bound)
	}
	if s.found {
		res.X, res.Value = c.solution(s.best), c.worth(s.bestValue)
	} else if mended != nil {
		res.X, res.Value = c.solution(mended), c.worth(value)
	}
	return res
}
