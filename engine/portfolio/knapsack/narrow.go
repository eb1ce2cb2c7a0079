package knapsack

import (
	"math"
	"slices"
	"sort"
)

const (
	narrowFrom  = 1000 // items × rows from which it pays to look at few items first
	narrowNodes = 2500 // nodes for each look
	narrowLooks = 6    // numbers of items looked at
)

// narrow looks for a good choice early: below the most promising nodes it leaves open
// only the items about which the relaxation is least sure, the core of Balas and Zemel
// (An algorithm for large zero-one knapsack problems, 1980), and fixes the rest as the
// relaxation has them. What it finds is a choice like any other; it proves nothing.
func (t *tree) narrow() {
	c := t.c
	size := min(max(24, 4*t.r.m+16), 60)
	if c.n*t.r.m < narrowFrom || c.n <= size {
		return
	}
	most := slices.Clone(t.open)
	sort.Slice(most, func(a, b int) bool { return nodeHeap(most).Less(a, b) })
	var jobs []job
	s := t.workers[0]
	for k := range most[:min(narrowLooks, len(most))] {
		if nd, ok := s.narrowed(&most[k], t.value, size); ok {
			jobs = append(jobs, job{nd: nd})
		}
	}
	t.do(jobs, narrowNodes)
	t.prune()
}

// narrowed is nd with all but size items fixed as its relaxation has them.
func (s *searcher) narrowed(nd *node, known int64, size int) (node, bool) {
	if !s.load(nd) || s.solve(known) == cut {
		return node{}, false
	}
	s.compact()
	order := slices.Clone(s.open)
	doubt := func(j int32) float64 {
		if s.pos[j] >= 0 {
			return -1
		}
		return math.Abs(s.d[j])
	}
	sort.SliceStable(order, func(a, b int) bool { return doubt(order[a]) < doubt(order[b]) })
	val := slices.Clone(s.val)
	for _, j := range order[min(size, len(order)):] {
		val[j] = 0
		if s.standing(j) {
			val[j] = 1
		}
	}
	out := *nd
	out.val, out.basis = pack(val), savedBasis(s.basis)
	return out, true
}
