package rcpsp

// propagate draws every conclusion from the events not looked at yet. On
// conflict it returns false with the reason in fail.
func (s *lcg) propagate() bool {
	for {
		for s.next < len(s.trail) {
			e := s.trail[s.next]
			s.next++
			for _, a := range s.arcs[e.p] {
				if s.b[a.p] < e.new+a.w && !s.set(a.p, e.new+a.w, byArc, e.p, a.w) {
					return false
				}
			}
			if !s.propagateClauses(e.p, e.old, e.new) || !s.propagatePairs(e.p) {
				return false
			}
		}
		before := len(s.trail)
		if !s.propagateTimetable() {
			return false
		}
		if len(s.trail) == before {
			return true
		}
	}
}

func (s *lcg) propagateClauses(p, old, now int32) bool {
	for v := old + 1; v <= now; v++ {
		at := &s.watches[p][v-s.b0[p]]
		list := *at
		kept := 0
		for k := 0; k < len(list); k++ {
			w := list[k]
			if s.b[w.blocker.p^1] >= 1-w.blocker.v { // a literal cannot hold any more: nothing to do
				list[kept] = w
				kept++
				continue
			}
			c := s.db[w.c].lits
			if c[0].p == p && c[0].v == v {
				c[0], c[1] = c[1], c[0]
			}
			if s.b[c[0].p^1] >= 1-c[0].v {
				list[kept] = watch{w.c, c[0]}
				kept++
				continue
			}
			moved := false
			for m := 2; m < len(c); m++ {
				if s.b[c[m].p] < c[m].v {
					c[1], c[m] = c[m], c[1]
					s.watch(c[1], watch{w.c, c[0]})
					moved = true
					break
				}
			}
			if moved {
				continue
			}
			list[kept] = watch{w.c, c[0]}
			kept++
			if !s.set(c[0].p^1, 1-c[0].v, byClause, w.c, 0) {
				kept += copy(list[kept:], list[k+1:])
				*at = list[:kept]
				return false
			}
		}
		*at = list[:kept]
	}
	return true
}

// propagatePairs orders tasks that exclude each other as soon as one order is
// impossible.
func (s *lcg) propagatePairs(p int32) bool {
	x := p >> 1
	for _, q := range s.pairs[x] {
		if p&1 == 0 { // x starts later: it may not come before q any more
			if !s.orderPair(q.task, x) {
				return false
			}
		} else if !s.orderPair(x, q.task) {
			return false
		}
		// A bound of x may also move what the settled order of the two says.
		if p&1 == 0 {
			if !s.orderPair(x, q.task) {
				return false
			}
		} else if !s.orderPair(q.task, x) {
			return false
		}
	}
	return true
}

// orderPair puts i before j if j can no longer come before i.
func (s *lcg) orderPair(i, j int32) bool {
	di, dj := int32(s.in.Durations[i]), int32(s.in.Durations[j])
	lbj, ubi := s.b[2*j], -s.b[2*i+1]
	if lbj+dj <= ubi {
		return true
	}
	lbi, ubj := s.b[2*i], -s.b[2*j+1]
	// j starts at least at cut, i at most at cut+dj-1: j cannot end before i starts.
	cut := ubi - dj + 1
	if lbi+di > lbj {
		a := int32(len(s.arena))
		s.arena = append(s.arena, literal{2 * j, cut}, literal{2*i + 1, -(cut + dj - 1)}, literal{2 * i, lbi})
		if !s.set(2*j, lbi+di, byPackage, a, int32(len(s.arena))) {
			return false
		}
	}
	if ubj-di < ubi {
		a := int32(len(s.arena))
		s.arena = append(s.arena, literal{2 * j, cut}, literal{2*i + 1, -(cut + dj - 1)}, literal{2*j + 1, -ubj})
		if !s.set(2*i+1, di-ubj, byPackage, a, int32(len(s.arena))) {
			return false
		}
	}
	return true
}

// propagateTimetable moves tasks off moments at which those that surely run
// leave too little for them.
func (s *lcg) propagateTimetable() bool {
	low, high := s.low, s.high
	s.low, s.high = 1<<30, -1
	for _, i := range s.loaded {
		d := int32(s.in.Durations[i])
		lb, ub := s.b[2*i], -s.b[2*i+1]
		if lb == ub {
			continue
		}
		hit := s.touched[i]
		s.touched[i] = false
		if hit || lb < high && lb+d > low {
			if !s.pushStart(i, d) {
				return false
			}
		}
		ub = -s.b[2*i+1]
		if hit || ub < high && ub+d > low {
			if !s.pushEnd(i, d) {
				return false
			}
		}
	}
	return true
}

// room reports whether a task fits beside what surely runs at a moment.
func (s *lcg) room(i, t int32) bool {
	need := s.in.need[i]
	at := int(t) * len(need)
	for k, w := range need {
		if ((s.in.capWords[k]|s.in.pack.guard)-s.used[at+k]-w)&s.in.pack.guard != s.in.pack.guard {
			return false
		}
	}
	return true
}

func (s *lcg) pushStart(i, d int32) bool {
	lb, ub := s.b[2*i], -s.b[2*i+1]
	for t := min(lb+d, ub) - 1; t >= lb; t-- {
		if s.room(i, t) {
			continue
		}
		if !s.set(2*i, t+1, byCrowd, t, 0) {
			return false
		}
		lb = t + 1
		t = min(lb+d, ub)
	}
	return true
}

func (s *lcg) pushEnd(i, d int32) bool {
	lb, ub := s.b[2*i], -s.b[2*i+1]
	for t := max(ub, lb+d); t < ub+d; t++ {
		if s.room(i, t) {
			continue
		}
		if !s.set(2*i+1, d-t, byCrowd, t, 0) {
			return false
		}
		ub = t - d
		t = max(ub, lb+d) - 1
	}
	return true
}

// crowd appends why bound p moved task p/2 off a moment t that had no room for
// it, as things were before an event of the trail.
func (s *lcg) crowd(into []literal, p, t, before int32) []literal {
	i := p >> 1
	if p&1 == 0 {
		into = append(into, literal{p, t + 1 - int32(s.in.Durations[i])})
	} else {
		into = append(into, literal{p, -t})
	}
	for r := range s.in.Capacity {
		if a := s.in.Needs[i][r]; a > 0 {
			if out, ok := s.running(into, r, t, i, s.capacityAt(r, t)-a, before); ok {
				return out
			}
		}
	}
	panic("rcpsp: a crowded moment without a crowd")
}

// overload appends why the tasks that surely run at a moment are too many.
func (s *lcg) overload(into []literal, t int32) []literal {
	for r := range s.in.Capacity {
		if out, ok := s.running(into, r, t, -1, s.capacityAt(r, t), int32(len(s.trail))); ok {
			return out
		}
	}
	panic("rcpsp: an overload without load")
}

func (s *lcg) capacityAt(r int, t int32) int {
	c := s.in.Capacity[r]
	for _, b := range s.in.Blocks {
		if b.Resource == r && b.From <= int(t) && int(t) < b.To {
			c -= b.Amount
		}
	}
	return max(c, 0)
}

// running appends the literals of tasks that surely ran at t before an event
// and together need more than enough of resource r, leaving out those that
// are not needed for that; false when all of them need no more.
func (s *lcg) running(into []literal, r int, t, but int32, enough int, before int32) ([]literal, bool) {
	sum, mark := 0, len(into)
	for _, j := range s.users[r] {
		from, to := literal{2 * j, t + 1 - int32(s.in.Durations[j])}, literal{2*j + 1, -t}
		if j != but && s.b[to.p] >= to.v && s.b[from.p] >= from.v && s.heldBefore(from, before) && s.heldBefore(to, before) {
			sum += s.in.Needs[j][r]
			into = append(into, from, to)
		}
	}
	if sum <= enough {
		return into[:mark], false
	}
	spare := sum - enough - 1
	out := mark
	for k := mark; k < len(into); k += 2 {
		if a := s.in.Needs[into[k].p>>1][r]; a <= spare {
			spare -= a
			continue
		}
		into[out], into[out+1] = into[k], into[k+1]
		out += 2
	}
	return into[:out], true
}

// heldBefore reports whether a literal that holds now held before an event.
func (s *lcg) heldBefore(l literal, before int32) bool {
	return before == int32(len(s.trail)) || s.since(l) < before
}
