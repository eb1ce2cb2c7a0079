package rcpsp

// outcome of a stretch of search.
type outcome uint8

const (
	spent      outcome = iota // the conflicts allowed are used up
	satisfied                 // every start is fixed: read it off the bounds
	impossible                // no schedule ends in time
)

// search runs until a schedule is found, none can exist, or the conflicts are
// used up. It may be called again to go on.
func (s *lcg) search(c *clock, conflicts int64) outcome {
	if s.dead {
		return impossible
	}
	var learned []literal
	if s.left <= 0 {
		s.restart()
	}
	if !s.dead && s.level() == 0 && !s.propagate() {
		s.dead = true
	}
	for ok := true; !s.dead; {
		if !ok {
			if s.level() == 0 {
				s.dead = true
				break
			}
			var back, lbd int32
			learned, back, lbd = s.analyse(learned)
			s.backtrack(back)
			not := literal{learned[0].p ^ 1, 1 - learned[0].v}
			if len(learned) == 1 {
				ok = s.set(not.p, not.v, decided, 0, 0)
			} else {
				ok = s.set(not.p, not.v, byClause, s.add(learned, lbd), 0)
			}
			ok = ok && s.propagate()
			s.grow *= 1.001
			s.order.decay()
			s.left--
			conflicts--
			if c.spend(1) || conflicts <= 0 {
				if !ok {
					continue // settle this conflict first: it may be the last
				}
				return spent
			}
			continue
		}
		if s.left <= 0 {
			s.restart()
			if s.dead {
				break
			}
		}
		l, any := s.choose()
		if !any {
			return satisfied
		}
		ok = s.decide(l) && s.propagate()
	}
	return impossible
}

func (s *lcg) restart() {
	s.backtrack(0)
	s.luby++
	s.left = 100 * luby(s.luby)
	s.rule = s.luby%4 == 1
	s.forget()
	s.low, s.high = 0, int32(s.end)
	for i := range s.touched {
		s.touched[i] = true
	}
	if !s.propagate() {
		s.dead = true
	}
}

// luby is the k-th term of 1 1 2 1 1 2 4 … (Luby, Sinclair, Zuckerman 1993).
func luby(k int64) int64 {
	for {
		p := int64(1)
		for 2*p-1 < k {
			p *= 2
		}
		if 2*p-1 == k {
			return p
		}
		k -= p - 1
	}
}

// choose picks the next decision: the literal most active in conflicts, on
// the side of the best schedule known, or else the task that can start first
// at its earliest start.
func (s *lcg) choose() (literal, bool) {
	if !s.rule {
		if i, v, ok := s.order.top(); ok {
			if s.phase == nil || s.phase[i] <= v {
				return literal{2*i + 1, -v}, true
			}
			return literal{2 * i, v + 1}, true
		}
	}
	best := int32(-1)
	for i := int32(0); i < int32(s.in.n); i++ {
		lb, ub := s.b[2*i], -s.b[2*i+1]
		if lb == ub {
			continue
		}
		if best < 0 || lb < s.b[2*best] || lb == s.b[2*best] && ub < -s.b[2*best+1] {
			best = i
		}
	}
	if best < 0 {
		return literal{}, false
	}
	return literal{2*best + 1, -s.b[2*best]}, true
}

func (s *lcg) starts() []int32 {
	out := make([]int32, s.in.n)
	for i := range out {
		out[i] = s.b[2*i]
	}
	return out
}

// activityHeap orders the statements "task i starts by v" by how often they
// took part in conflicts lately.
type activityHeap struct {
	s     *lcg
	base  []int32 // number of a task's first statement
	task  []int32 // whose a statement is
	act   []float64
	heap  []int32
	where []int32 // place in heap, -1
	step  float64
}

func (h *activityHeap) init(s *lcg) {
	h.s, h.step = s, 1
	h.base = make([]int32, s.in.n)
	for i := range h.base {
		h.base[i] = int32(len(h.task))
		for v := s.b0[2*i]; v <= -s.b0[2*i+1]; v++ {
			h.task = append(h.task, int32(i))
		}
	}
	h.act, h.where = make([]float64, len(h.task)), make([]int32, len(h.task))
	for k := range h.where {
		h.where[k] = -1
	}
}

// statement numbers a literal or its negation as "i starts by v".
func (h *activityHeap) statement(l literal) int32 {
	i := l.p >> 1
	if l.p&1 == 0 {
		return h.base[i] + l.v - 1 - h.s.b0[2*i]
	}
	return h.base[i] - l.v - h.s.b0[2*i]
}

func (h *activityHeap) bump(l literal) {
	k := h.statement(l)
	if h.act[k] += h.step; h.act[k] > 1e100 {
		for j := range h.act {
			h.act[j] *= 1e-100
		}
		h.step *= 1e-100
	}
	if h.where[k] < 0 {
		h.push(k)
	} else {
		h.up(h.where[k])
	}
}

func (h *activityHeap) decay() { h.step *= 1 / 0.95 }

// free puts the statements an undone event had decided back into the heap.
func (h *activityHeap) free(p, old, now int32) {
	for v := old + 1; v <= now; v++ {
		if k := h.statement(literal{p, v}); h.act[k] > 0 && h.where[k] < 0 {
			h.push(k)
		}
	}
}

// top takes statements off the heap until one is still open.
func (h *activityHeap) top() (i, v int32, ok bool) {
	for len(h.heap) > 0 {
		k := h.heap[0]
		h.pop()
		i = h.task[k]
		v = k - h.base[i] + h.s.b0[2*i]
		if h.s.b[2*i] <= v && v < -h.s.b[2*i+1] {
			return i, v, true
		}
	}
	return 0, 0, false
}

func (h *activityHeap) push(k int32) {
	h.heap = append(h.heap, k)
	h.where[k] = int32(len(h.heap) - 1)
	h.up(h.where[k])
}

func (h *activityHeap) pop() {
	h.where[h.heap[0]] = -1
	n := len(h.heap) - 1
	h.heap[0] = h.heap[n]
	h.heap = h.heap[:n]
	if n > 0 {
		h.where[h.heap[0]] = 0
		h.down(0)
	}
}

func (h *activityHeap) up(at int32) {
	k := h.heap[at]
	for at > 0 {
		parent := (at - 1) / 2
		if h.act[h.heap[parent]] >= h.act[k] {
			break
		}
		h.heap[at] = h.heap[parent]
		h.where[h.heap[at]] = at
		at = parent
	}
	h.heap[at], h.where[k] = k, at
}

func (h *activityHeap) down(at int32) {
	k := h.heap[at]
	for {
		child := 2*at + 1
		if child >= int32(len(h.heap)) {
			break
		}
		if child+1 < int32(len(h.heap)) && h.act[h.heap[child+1]] > h.act[h.heap[child]] {
			child++
		}
		if h.act[h.heap[child]] <= h.act[k] {
			break
		}
		h.heap[at] = h.heap[child]
		h.where[h.heap[at]] = at
		at = child
	}
	h.heap[at], h.where[k] = k, at
}
