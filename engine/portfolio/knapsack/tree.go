package knapsack

import (
	"container/heap"
	"context"
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
	var v *varier
	if o.Nodes == 0 && len(t.open) > 0 {
		t.narrow()
	}
	rounds := 0
	for dive := firstDive; len(t.open) > 0 && !t.halted() && (o.Nodes == 0 || t.nodes < o.Nodes); {
		left := maxBound
		if o.Nodes > 0 {
			left = o.Nodes - t.nodes
		}
		t.round(min(dive, left), max(1, min(roundSize, left/dive)))
		rounds++
		if o.Nodes == 0 && t.nodes > varyAfter {
			if v == nil {
				v = t.varier(root)
			}
			t.varySometimes(v, rounds)
		}
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
