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
	root  state       // the root, solved
	alive bool        // something there keeps the rows
}

// Asker returns one more asker. It is to be called after Solve.
func (sv *Solver) Asker() *Asker {
	a := &Asker{sv: sv}
	if sv.c != nil && sv.c.n > 0 {
		a.s = newSearcher(sv.c, sv.t.r)
		nd := sv.root
		if a.alive = a.s.load(&nd); a.alive {
			a.order = sv.c.wanted(a.s)
			a.s.solve(int64(nothing))
			a.root = newState(sv.c.n, sv.t.r.m, len(sv.c.rows))
			a.root.copyFrom(&a.s.state)
		}
		a.at = make(map[int]int, sv.c.n)
		for j, i := range sv.c.items {
			a.at[i] = j
		}
	}
	return a
}

// With asks what the best choice is worth when some items are given,
// looking at no more than about nodes nodes and stopping when ctx is done: X and Value
// are the best found, Bound what it can be worth at most. Without X and Proven no
// choice keeps the rows. With no nodes the best choice known is mended around the given
// items, and the relaxation bounds what else there could be.
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
	if !a.alive {
		return Result{Proven: true}
	}
	s := a.s
	known := int64(nothing)
	mended, value := a.sv.t.repaired(val, a.order)
	if mended != nil {
		known = value
	}
	s.standAt(&a.root, int64(maxBound))
	for j, v := range val {
		if v >= 0 {
			s.set(int32(j), v)
		}
	}
	alive := s.propagate()
	res := Result{}
	bound := known
	if nodes <= 0 && mended != nil {
		if res.Nodes = 1; alive && s.solve(known) != cut {
			bound = max(known, s.exactBound())
		}
		res.Proven = bound == known
	} else {
		left := s.dive(alive, known, nodes, func() bool { return ctx.Err() != nil })
		res.Nodes, res.Proven = s.nodes, len(left) == 0
		bound = s.bestValue
		for _, l := range left {
			bound = max(bound, l.bound)
		}
		if s.found {
			mended, value = s.best, s.bestValue
		}
	}
	if bound > nothing {
		res.Bound = c.worth(bound)
	}
	if mended != nil {
		res.X, res.Value = c.solution(mended), c.worth(value)
	}
	return res
}
