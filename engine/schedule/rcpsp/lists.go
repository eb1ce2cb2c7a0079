package rcpsp

import "container/heap"

// lister orders tasks into activity lists in which predecessors come first.
type lister struct {
	in      *instance
	place   []int32 // a task's place in the topological order
	plain   bool    // every arc is finish to start, so order by time is topological
	count   []int32 // buckets by time
	waits   []int32
	byStart timeHeap
}

func newLister(in *instance) *lister {
	l := &lister{in: in, place: make([]int32, in.n), plain: true, waits: make([]int32, in.n)}
	for k, i := range in.order {
		l.place[i] = int32(k)
	}
	for i := range in.out {
		for _, a := range in.out[i] {
			if a.weight < in.Durations[i] {
				l.plain = false
			}
		}
	}
	l.plain = l.plain && in.horizon < 1<<16
	return l
}

// byStarts lists tasks by rising start.
func (l *lister) byStarts(start []int32, list []int32) {
	if !l.plain {
		l.topological(func(i int32) int32 { return start[i] }, list, false)
		return
	}
	most := int32(0)
	for _, s := range start {
		most = max(most, s)
	}
	l.buckets(int(most) + 2)
	for _, s := range start {
		l.count[s+1]++
	}
	for t := int32(1); t <= most; t++ {
		l.count[t] += l.count[t-1]
	}
	for _, i := range l.in.order {
		s := start[i]
		list[l.count[s]] = int32(i)
		l.count[s]++
	}
}

// byEnds lists tasks by falling finish, successors before predecessors.
func (l *lister) byEnds(start []int32, list []int32) {
	if !l.plain {
		l.topological(func(i int32) int32 { return -start[i] - int32(l.in.Durations[i]) }, list, true)
		return
	}
	most := int32(0)
	for i, s := range start {
		most = max(most, s+int32(l.in.Durations[i]))
	}
	l.buckets(int(most) + 2)
	for i, s := range start {
		l.count[most-s-int32(l.in.Durations[i])+1]++
	}
	for t := int32(1); t <= most; t++ {
		l.count[t] += l.count[t-1]
	}
	for k := len(l.in.order) - 1; k >= 0; k-- {
		i := l.in.order[k]
		e := most - start[i] - int32(l.in.Durations[i])
		list[l.count[e]] = int32(i)
		l.count[e]++
	}
}

func (l *lister) buckets(n int) {
	if cap(l.count) < n {
		l.count = make([]int32, n+64)
	}
	l.count = l.count[:n]
	clear(l.count)
}

// topological lists tasks by rising key among those whose predecessors
// (successors, if back) are listed.
func (l *lister) topological(key func(int32) int32, list []int32, back bool) {
	before, after := l.in.in, l.in.out
	if back {
		before, after = after, before
	}
	h := &l.byStart
	*h = (*h)[:0]
	for i := range before {
		if l.waits[i] = int32(len(before[i])); l.waits[i] == 0 {
			*h = append(*h, keyed{key(int32(i)), l.place[i], int32(i)})
		}
	}
	heap.Init(h)
	k := 0
	for len(*h) > 0 {
		i := heap.Pop(h).(keyed).task
		list[k] = i
		k++
		for _, a := range after[i] {
			if l.waits[a.to]--; l.waits[a.to] == 0 {
				heap.Push(h, keyed{key(int32(a.to)), l.place[a.to], int32(a.to)})
			}
		}
	}
}

type keyed struct{ key, place, task int32 }

type timeHeap []keyed

func (h timeHeap) Len() int { return len(h) }
func (h timeHeap) Less(a, b int) bool {
	if h[a].key != h[b].key {
		return h[a].key < h[b].key
	}
	return h[a].place < h[b].place
}
func (h timeHeap) Swap(a, b int) { h[a], h[b] = h[b], h[a] }
func (h *timeHeap) Push(x any)   { *h = append(*h, x.(keyed)) }
func (h *timeHeap) Pop() any     { x := (*h)[len(*h)-1]; *h = (*h)[:len(*h)-1]; return x }
