package knapsack

import (
	"container/heap"
	"context"
	"sync"
	"sync/atomic"
)

const (
	roundSize  = 16        // nodes taken in a round
	firstDive  = 24        // nodes searched below each in the first rounds
	longDive   = 400       // and later
	splitFrom  = 200       // nodes allowed at least for the tree to be split by the number of items
	maxWaiting = 256 << 20 // bytes of open nodes kept; beyond it the search goes deeper instead
	maxLPRows  = 96        // rows in the relaxation; the others only propagate
)

// tree is the state between rounds.
type tree struct {
	c       *core
	r       *relax
	ctx     context.Context
	open    nodeHeap
	seq     int64
	best    []bool
	value   int64 // of best, or what must be exceeded
	found   bool
	nodes   int
	workers []*searcher
}

type nodeHeap []node

func (h nodeHeap) Len() int { return len(h) }
func (h nodeHeap) Less(a, b int) bool {
	if h[a].bound != h[b].bound {
		return h[a].bound > h[b].bound
	}
	return h[a].seq < h[b].seq
}
func (h nodeHeap) Swap(a, b int) { h[a], h[b] = h[b], h[a] }
func (h *nodeHeap) Push(x any)   { *h = append(*h, x.(node)) }
func (h *nodeHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

func (t *tree) halted() bool { return t.ctx.Err() != nil }

func (t *tree) add(nd node) {
	if nd.bound > t.value {
		t.seq++
		nd.seq = t.seq
		heap.Push(&t.open, nd)
	}
}

func (t *tree) accept(x []bool, value int64) {
	if value > t.value {
		t.best, t.value, t.found = append([]bool(nil), x...), value, true
	}
}

func (sv *Solver) search(ctx context.Context, o Options) Result {
	c := sv.c
	t := &tree{c: c, ctx: ctx, value: nothing}
	if o.Bounded {
		t.value = c.floorOf(o.Above)
	}
	if len(o.Start) == len(c.problem.Value) {
		t.start(o.Start)
	}
	if c.n == 0 {
		t.accept(nil, 0)
		return t.result(0)
	}
	root, s := t.root()
	sv.t, sv.root = t, root
	relaxed := root.bound
	prices := c.prices(s)
	if root.bound > t.value {
		t.improve(s)
		if o.Nodes > 0 && o.Nodes < splitFrom {
			t.add(root)
		} else {
			t.split(s, root)
		}
	}
	for k := range max(o.Workers, 1) {
		if k == 0 {
			t.workers = append(t.workers, s)
		} else {
			t.workers = append(t.workers, newSearcher(c, t.r))
		}
	}
	for dive := firstDive; len(t.open) > 0 && !t.halted() && (o.Nodes == 0 || t.nodes < o.Nodes); {
		left := maxBound
		if o.Nodes > 0 {
			left = o.Nodes - t.nodes
		}
		t.round(min(dive, left), max(1, min(roundSize, left/dive)))
		dive = min(dive*2, longDive)
		if len(t.open)*(c.n/4+2*t.r.m+100) > maxWaiting {
			dive = 100 * longDive
		}
	}
	res := t.result(relaxed)
	res.Prices = prices
	return res
}

func (t *tree) result(relaxed int64) Result {
	c := t.c
	res := Result{Nodes: t.nodes, Stopped: t.halted() && len(t.open) > 0, Proven: len(t.open) == 0, Relaxed: c.worth(relaxed)}
	bound := t.value
	if len(t.open) > 0 {
		bound = max(bound, t.open[0].bound)
	}
	if bound > nothing {
		res.Bound = c.worth(bound)
	}
	if t.found {
		res.X, res.Value = c.solution(t.best), c.worth(t.value)
	}
	return res
}

// start takes over a choice known beforehand.
func (t *tree) start(x []bool) {
	value, ok := t.c.problem.Keeps(x)
	if !ok {
		return
	}
	in := make([]bool, t.c.n)
	for j, at := range t.c.items {
		in[j] = x[at]
	}
	t.accept(in, t.c.floorOf(value))
}

// root solves the relaxation, taking in lazy rows that its solution breaks.
func (t *tree) root() (node, *searcher) {
	c := t.c
	var in []int
	for i := range c.rows {
		if !c.rows[i].lazy && len(in) < maxLPRows {
			in = append(in, i)
		}
	}
	for {
		t.r = newRelax(c, in)
		s := newSearcher(c, t.r)
		nd := node{val: make([]byte, (c.n+3)/4), countHi: int32(c.n), bound: int64(maxBound)}
		for i := range nd.val {
			nd.val[i] = 0xff
		}
		for i := range t.r.m {
			nd.basis = append(nd.basis, int32(c.n+i))
		}
		t.nodes++
		if !s.load(&nd) || s.solve(t.value) == cut {
			nd.bound = t.value
			return nd, s
		}
		nd.bound = s.exactBound()
		nd.basis = savedBasis(s.basis)
		more := c.broken(s, in)
		if len(more) == 0 || t.halted() {
			return nd, s
		}
		in = append(in, more...)
	}
}

const maxBound int = 1 << 60

// broken lists rows outside the relaxation that its solution breaks.
func (c *core) broken(s *searcher, in []int) []int {
	inside := make([]bool, len(c.rows))
	for _, i := range in {
		inside[i] = true
	}
	var out []int
	for i := range c.rows {
		if inside[i] || len(in)+len(out) >= maxLPRows {
			continue
		}
		r := &c.rows[i]
		sum, size := 0.0, 1.0
		for k, j := range r.idx {
			x := 0.0
			switch {
			case s.pos[j] >= 0:
				x = s.xb[s.pos[j]]
			case s.up[j]:
				x = 1
			}
			sum += float64(r.coef[k]) * x
			size = max(size, float64(abs(r.coef[k])))
		}
		if sum > float64(r.hi)+1e-6*size || r.lo != NoLo && sum < float64(r.lo)-1e-6*size {
			out = append(out, i)
		}
	}
	return out
}

// split divides the root by the number of items chosen: below the root's own
// number, above it, and so on while the bound beats what is known.
func (t *tree) split(s *searcher, root node) {
	const most = 12
	load := func(lo, hi int64) (node, float64, bool) {
		nd := root
		nd.countLo, nd.countHi = int32(lo), int32(hi)
		t.nodes++
		if t.halted() {
			return nd, 0, true // as it is
		}
		if lo > hi || !s.load(&nd) || s.solve(t.value) == cut {
			return nd, 0, false
		}
		nd.bound = min(nd.bound, s.exactBound())
		nd.basis = savedBasis(s.basis)
		return nd, s.count(), nd.bound > t.value
	}
	n := int64(t.c.n)
	_, count, ok := load(0, n)
	if !ok {
		return
	}
	mid := int64(count + whole)
	for k, lo := 0, mid+1; ; k, lo = k+1, lo+1 { // upwards
		all, _, ok := load(lo, n)
		if !ok {
			break
		}
		if k == most {
			t.add(all)
			break
		}
		if one, _, ok := load(lo, lo); ok {
			t.add(one)
		}
	}
	for k, hi := 0, mid; ; k, hi = k+1, hi-1 { // downwards
		all, _, ok := load(0, hi)
		if !ok {
			break
		}
		if k == most {
			t.add(all)
			break
		}
		if one, _, ok := load(hi, hi); ok {
			t.add(one)
		}
	}
}

// count is how many items the relaxation's solution chooses.
func (s *searcher) count() float64 {
	sum := 0.0
	for j := range s.c.n {
		switch {
		case s.pos[j] >= 0:
			sum += s.xb[s.pos[j]]
		case s.up[j]:
			sum++
		}
	}
	return sum
}

// round searches below the most promising nodes, size of them, and merges the findings in order.
func (t *tree) round(dive, size int) {
	type job struct {
		nd    node
		left  []node
		best  []bool
		value int64
		nodes int
	}
	jobs := make([]job, 0, size)
	for len(jobs) < size && len(t.open) > 0 {
		nd := heap.Pop(&t.open).(node)
		if nd.bound > t.value {
			jobs = append(jobs, job{nd: nd})
		}
	}
	var next atomic.Int64
	work := func(s *searcher) {
		for {
			k := int(next.Add(1)) - 1
			if k >= len(jobs) {
				return
			}
			j := &jobs[k]
			if t.halted() {
				j.left = []node{j.nd}
				continue
			}
			j.left = s.explore(&j.nd, t.value, dive, t.halted)
			j.nodes = s.nodes
			if s.found {
				j.best, j.value = append([]bool(nil), s.best...), s.bestValue
			}
		}
	}
	if len(t.workers) == 1 || len(jobs) == 1 {
		work(t.workers[0])
	} else {
		var wg sync.WaitGroup
		for _, s := range t.workers {
			wg.Go(func() { work(s) })
		}
		wg.Wait()
	}
	for k := range jobs {
		if jobs[k].best != nil {
			t.accept(jobs[k].best, jobs[k].value)
		}
	}
	for k := range jobs {
		t.nodes += jobs[k].nodes
		for _, nd := range jobs[k].left {
			t.add(nd)
		}
	}
	for len(t.open) > 0 && t.open[0].bound <= t.value {
		t.open = t.open[:0] // the best open node cannot beat what is known: none can
	}
}

// prices turns the relaxation's scaled prices into those of the problem's rows.
func (c *core) prices(s *searcher) []float64 {
	out := make([]float64, len(c.problem.Rows))
	for i, ri := range s.r.in {
		if r := &c.rows[ri]; r.origin >= 0 {
			out[r.origin] = float64(r.sign) * s.pi[i] * s.r.pScale / s.r.rowScale[i] * float64(c.unit)
		}
	}
	return out
}
