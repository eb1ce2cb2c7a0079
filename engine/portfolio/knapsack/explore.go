package knapsack

import "math"

const stackBytes = 64 << 20 // of each searcher, about

const whole = 1e-6 // a basic value so near to a whole number counts as one

// explore searches below nd, depth first, for choices worth more than known.
// After budget nodes it stops and hands back what is still open.
func (s *searcher) explore(nd *node, known int64, budget int, halt func() bool) (open []node) {
	if nd.bound <= known {
		s.bestValue, s.found, s.nodes = known, false, 0
		return nil
	}
	return s.dive(s.load(nd), known, budget, halt)
}

// dive is explore from where the searcher stands; alive is whether anything there
// keeps the rows.
func (s *searcher) dive(alive bool, known int64, budget int, halt func() bool) (open []node) {
	s.bestValue, s.found, s.nodes, s.depth = known, false, 0, 0
	for {
		if alive {
			s.nodes++
			if (s.nodes%64 == 0 || s.c.n*s.r.m > 4000) && halt() {
				s.push(-1, 0)
				return s.leftOver()
			}
			if item, v, branch := s.step(); branch {
				if s.depth >= s.c.deepest() {
					s.push(item, 1-v)
					s.push(item, v)
					return s.leftOver()
				}
				s.push(item, 1-v)
				s.set(item, v)
				alive = s.propagate()
				continue
			}
		}
		for s.depth > 0 && s.frames[s.depth-1].bound <= s.bestValue {
			s.depth--
		}
		if s.depth == 0 {
			return nil
		}
		if s.nodes >= budget {
			return s.leftOver()
		}
		s.depth--
		f := &s.frames[s.depth]
		s.standAt(&f.state, f.bound)
		s.set(f.item, f.v)
		alive = s.propagate()
	}
}

// standAt goes back to a state that was kept.
func (s *searcher) standAt(st *state, bound int64) {
	s.copyFrom(st)
	s.bound, s.fresh = bound, false
	clear(s.moved)
}

// deepest is how many nodes a searcher may keep on its stack, so that large problems
// fit into memory.
func (c *core) deepest() int { return max(64, stackBytes/(20*c.n+24*len(c.rows)+1)) }

// push keeps the present node on the stack; its child with item at v waits, or,
// without an item, the node itself.
func (s *searcher) push(item int32, v int8) {
	if s.depth == len(s.frames) {
		s.frames = append(s.frames, frame{state: newState(s.c.n, s.r.m, len(s.c.rows))})
	}
	f := &s.frames[s.depth]
	s.depth++
	f.copyFrom(&s.state)
	f.bound, f.item, f.v = s.bound, item, v
}

// leftOver packs the waiting children.
func (s *searcher) leftOver() []node {
	var out []node
	for k := range s.depth {
		f := &s.frames[k]
		if f.bound <= s.bestValue {
			continue
		}
		if f.item >= 0 {
			f.val[f.item] = f.v
		}
		out = append(out, node{val: pack(f.val), basis: savedBasis(f.basis), bound: f.bound,
			countLo: int32(s.lo[0]), countHi: int32(s.hi[0])})
	}
	return out
}

func savedBasis(b []int32) []int32 {
	out := make([]int32, len(b))
	for i, v := range b {
		out[i] = int32(v)
	}
	return out
}

// step solves the present node. Without branch nothing is left to search below
// it; otherwise item is to be split, its value v first.
func (s *searcher) step() (item int32, v int8, branch bool) {
	for {
		pivots := s.pivots
		out := s.solve(s.bestValue)
		if out == cut {
			return 0, 0, false
		}
		if s.fresh && pivots == s.pivots && out == optimal {
			break // the bound and what it fixes are known already
		}
		s.bound = min(s.exactBound(), s.bound)
		s.fresh = true
		if s.bound <= s.bestValue {
			return 0, 0, false
		}
		fixed := s.fixItems(s.bestValue)
		if fixed > 0 {
			if !s.propagate() {
				return 0, 0, false
			}
			s.compact()
		}
		if out == stuck {
			break
		}
		if fixed == 0 {
			break
		}
	}
	s.fresh = false
	if item, v, ok := s.choose(); ok {
		return item, v, true
	}
	s.offer()
	if s.bound <= s.bestValue {
		return 0, 0, false
	}
	return s.anyOpen()
}

// choose picks the fractional item whose two values both cost most, by the bound
// of one dual step each (Driebeek 1966), and the value that costs less.
func (s *searcher) choose() (item int32, v int8, ok bool) {
	m := s.r.m
	bestScore := -1.0
	for i, j := range s.basis {
		if int(j) >= s.c.n || s.val[j] >= 0 {
			continue
		}
		x := s.xb[i]
		if x < whole || x > 1-whole {
			continue
		}
		down, up := s.penalties(s.binv[i*m : i*m+m])
		down *= x
		up *= 1 - x
		score := max(min(down, 1e6), 1e-7) * max(min(up, 1e6), 1e-7)
		if score > bestScore {
			bestScore, item, ok = score, j, true
			v = 0
			if up < down {
				v = 1
			}
		}
	}
	return item, v, ok
}

// penalties returns how much the relaxation loses at least for each unit the
// basic variable with the inverse's row rho falls, and rises.
func (s *searcher) penalties(rho []float64) (down, up float64) {
	n, m := s.c.n, s.r.m
	down, up = math.Inf(1), math.Inf(1)
	s.fill = filled(rho, s.fill)
	for _, j := range s.open {
		if s.pos[j] >= 0 || s.val[j] >= 0 {
			continue
		}
		a := dot(rho, s.r.af[int(j)*m:int(j)*m+m], s.fill)
		if s.up[j] {
			a = -a
		}
		d := math.Abs(s.d[j])
		if a > pivotSize {
			down = min(down, d/a)
		} else if a < -pivotSize {
			up = min(up, d/-a)
		}
	}
	for i, a := range rho {
		v := n + i
		ri := s.r.in[i]
		if s.pos[v] >= 0 || s.lo[ri] == s.hi[ri] {
			continue
		}
		if s.up[v] {
			a = -a
		}
		d := math.Abs(s.pi[i])
		if a > pivotSize {
			down = min(down, d/a)
		} else if a < -pivotSize {
			up = min(up, d/-a)
		}
	}
	return down, up
}

// offer takes the relaxation's solution, rounded, if it keeps all rows and is
// worth more than the best so far.
func (s *searcher) offer() {
	value := s.gain
	for _, j := range s.open {
		if s.val[j] < 0 && s.standing(j) {
			value += s.c.p[j]
		}
	}
	if value <= s.bestValue {
		return
	}
	x := make([]bool, s.c.n)
	for j := range x {
		x[j] = s.standing(int32(j))
	}
	if s.c.keeps(x, s.lo[0], s.hi[0]) {
		s.bestValue, s.found = value, true
		copy(s.best, x)
	}
}

func (s *searcher) standing(j int32) bool {
	switch {
	case s.val[j] >= 0:
		return s.val[j] == 1
	case s.pos[j] >= 0:
		return s.xb[s.pos[j]] > 0.5
	}
	return s.up[j]
}

// anyOpen picks an open item when the relaxation gives no reason to: the one
// it is least sure about.
func (s *searcher) anyOpen() (item int32, v int8, ok bool) {
	least := math.Inf(1)
	for _, j := range s.open {
		if s.val[j] >= 0 {
			continue
		}
		d := math.Abs(s.d[j])
		if s.pos[j] >= 0 {
			d = 0
		}
		if d < least {
			least, item, ok = d, j, true
			v = 0
			if s.standing(j) {
				v = 1
			}
		}
	}
	return item, v, ok
}

// keeps adds up the rows in whole numbers.
func (c *core) keeps(x []bool, countLo, countHi int64) bool {
	for i := range c.rows {
		r := &c.rows[i]
		lo, hi := r.lo, r.hi
		if i == 0 {
			lo, hi = countLo, countHi
		}
		var sum int64
		for k, j := range r.idx {
			if x[j] {
				sum += r.coef[k]
			}
		}
		if sum > hi || sum < lo {
			return false
		}
	}
	return true
}
