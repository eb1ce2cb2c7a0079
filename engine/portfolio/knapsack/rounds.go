package knapsack

import (
	"container/heap"
	"sync"
	"sync/atomic"
)

// job is one node to search below, and what came of it.
type job struct {
	nd    node
	left  []node
	best  []bool
	value int64
	nodes int
}

// round searches below the most promising nodes, size of them, and merges the
// findings in order.
func (t *tree) round(dive, size int) {
	jobs := make([]job, 0, size)
	for len(jobs) < size && len(t.open) > 0 {
		nd := heap.Pop(&t.open).(node)
		if nd.bound > t.value {
			jobs = append(jobs, job{nd: nd})
		}
	}
	t.do(jobs, dive)
	for k := range jobs {
		for _, nd := range jobs[k].left {
			t.add(nd)
		}
	}
	t.prune()
}

// prune drops all open nodes once the best of them cannot beat what is known.
func (t *tree) prune() {
	if len(t.open) > 0 && t.open[0].bound <= t.value {
		t.open = t.open[:0]
	}
}

// do searches below each job's node, several at once, and takes over what they found.
func (t *tree) do(jobs []job, dive int) {
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
		t.nodes += jobs[k].nodes
		if jobs[k].best != nil {
			t.accept(jobs[k].best, jobs[k].value)
		}
	}
}
