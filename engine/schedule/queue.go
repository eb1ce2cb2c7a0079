package schedule

import (
	"container/heap"
	"sort"
)

// queue hands out tasks one by one: of those whose predecessors it has handed
// out the one with the least key; in a loop, where none may be free, the least
// of all.
type queue struct {
	p     *project
	key   []int64
	order []int // a task's place among the leaves
	waits []int // links to predecessors not handed out
	gone  []bool
	ready []*task
	rest  []*task // by key, for loops only
}

func newQueue(p *project, key []int64) *queue {
	q := &queue{p: p, key: key, order: make([]int, len(p.tasks)), waits: make([]int, len(p.tasks)), gone: make([]bool, len(p.tasks))}
	for k, t := range p.leaves {
		q.order[t.i] = k
		if q.waits[t.i] = len(t.in); len(t.in) == 0 {
			q.ready = append(q.ready, t)
		}
	}
	if p.cyclic {
		q.rest = append(q.rest, p.leaves...)
		sort.SliceStable(q.rest, func(a, b int) bool { return key[q.rest[a].i] < key[q.rest[b].i] })
	}
	heap.Init(q)
	return q
}

func (q *queue) next() *task {
	var t *task
	for t == nil || q.gone[t.i] {
		if len(q.ready) > 0 {
			t = heap.Pop(q).(*task)
		} else {
			t, q.rest = q.rest[0], q.rest[1:]
		}
	}
	q.gone[t.i] = true
	for _, l := range t.out {
		if q.waits[l.succ.i]--; q.waits[l.succ.i] == 0 && !q.gone[l.succ.i] {
			heap.Push(q, l.succ)
		}
	}
	return t
}

func (q *queue) Len() int      { return len(q.ready) }
func (q *queue) Swap(a, b int) { q.ready[a], q.ready[b] = q.ready[b], q.ready[a] }
func (q *queue) Push(x any)    { q.ready = append(q.ready, x.(*task)) }

func (q *queue) Less(a, b int) bool {
	x, y := q.ready[a].i, q.ready[b].i
	if q.key[x] != q.key[y] {
		return q.key[x] < q.key[y]
	}
	return q.order[x] < q.order[y]
}

func (q *queue) Pop() any {
	t := q.ready[len(q.ready)-1]
	q.ready = q.ready[:len(q.ready)-1]
	return t
}
