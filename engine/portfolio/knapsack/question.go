package knapsack

// Fix is an item with its choice given.
type Fix struct {
	Item   int
	Chosen bool
}

// With asks, after Solve, what the best choice is worth when some items are given,
// looking at no more than about nodes nodes: X and Value are the best found, Bound
// what it can be worth at most. Without X and Proven no choice keeps the rows.
func (sv *Solver) With(fixes []Fix, nodes int) Result {
	c := sv.c
	if c == nil {
		return Result{Proven: true}
	}
	val := make([]int8, c.n)
	for j := range val {
		val[j] = -1
	}
	at := map[int]int{}
	for j, i := range c.items {
		at[i] = j
	}
	for _, f := range fixes {
		j, open := at[f.Item]
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
	s := sv.s
	nd := sv.root
	nd.val = pack(val)
	nd.bound = maxBound
	left := s.explore(&nd, nothing, nodes, func() bool { return false })
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
	}
	return res
}
