package knapsack

import "math"

const (
	tolerance = 1e-9 // of basic values, in scaled rows
	pivotSize = 1e-9
)

// candidate is a variable that may enter the basis.
type candidate struct {
	v     int32
	ratio float64
	size  float64 // |alpha|
}

// width is the distance between a variable's limits; +Inf for a free slack.
func (s *searcher) width(v int32) float64 {
	if int(v) < s.c.n {
		return 1
	}
	i := s.r.in[int(v)-s.c.n]
	if s.lo[i] == NoLo {
		return math.Inf(1)
	}
	return float64(s.hi[i]-s.lo[i]) / s.r.rowScale[int(v)-s.c.n]
}

// limits of a variable as they bind in the basis.
func (s *searcher) limits(v int32) (lo, hi float64) {
	if int(v) < s.c.n {
		if f := s.val[v]; f >= 0 {
			return float64(f), float64(f)
		}
		return 0, 1
	}
	return 0, s.width(v)
}

// shiftBy notes that item j outside the basis moved up or down by one.
func (s *searcher) shiftBy(j int32, up bool) {
	m := s.r.m
	f := -1.0
	if up {
		f = 1
	}
	for i, a := range s.r.af[int(j)*m : int(j)*m+m] {
		s.moved[i] += f * a
	}
}

// settle corrects the basic values for the items that moved.
func (s *searcher) settle() {
	m := s.r.m
	any := false
	for _, x := range s.moved {
		any = any || x != 0
	}
	if !any {
		return
	}
	for i := range m {
		x := 0.0
		for k, b := range s.binv[i*m : i*m+m] {
			x += b * s.moved[k]
		}
		s.xb[i] -= x
	}
	clear(s.moved)
}

// outcome of a dual simplex run.
type outcome int8

const (
	optimal outcome = iota
	cut             // by its bound nothing below is worth more than what is known
	stuck           // gave up: prices are valid but not best
)

// solve runs the dual simplex from the present basis, which must be dual
// feasible. It stops early when the bound, proven in whole numbers, is at most known.
func (s *searcher) solve(known int64) outcome {
	m := s.r.m
	s.settle()
	goal := (float64(known-s.gain)+1)/s.r.pScale - 1e-7 // a bound below it cannot beat known
	value := s.relaxed()
	for range 200 + 20*m {
		// The basic variable farthest outside its limits leaves.
		row, worst, above := -1, tolerance, false
		for i, x := range s.xb {
			lo, hi := s.limits(s.basis[i])
			if lo-x > worst {
				row, worst, above = i, lo-x, false
			}
			if x-hi > worst {
				row, worst, above = i, x-hi, true
			}
		}
		if row < 0 {
			return optimal
		}
		if value < goal && s.exactBound() <= known {
			return cut
		}
		s.pivotRow(row, above)
		enter, step, slope := s.ratioTest(worst, &value)
		if enter < 0 {
			// The relaxation has no solution: along this ray the bound falls without
			// end. Go far enough to prove it.
			if s.provenEmpty(step+(max(value-goal, 0)+1)/slope, known) {
				return cut
			}
			s.refactor()
			return stuck
		}
		s.pivot(row, enter, step, above)
		s.pivots++
	}
	s.refactor()
	return stuck
}

// relaxed is the scaled value of the dual solution: the bound as a float, not
// counting fixed items.
func (s *searcher) relaxed() float64 {
	v := 0.0
	for i, ri := range s.r.in {
		limit := s.hi[ri]
		if s.pi[i] < 0 && s.lo[ri] != NoLo {
			limit = s.lo[ri]
		}
		v += s.pi[i] * float64(limit-s.fix[ri]) / s.r.rowScale[i]
	}
	for _, j := range s.open {
		if s.val[j] < 0 && s.d[j] > 0 && s.pos[j] < 0 {
			v += s.d[j]
		}
	}
	return v
}

// filled lists where row is not zero, or nothing when that is hardly sparser: with
// many rows most are slack and leave zeros in the inverse.
func filled(row []float64, list []int32) []int32 {
	list = list[:0]
	for i, x := range row {
		if x != 0 {
			list = append(list, int32(i))
		}
	}
	if 4*len(list) > 3*len(row) {
		return list[:0]
	}
	return list
}

// dot is the product of row and col over the places listed, or all without a list.
func dot(row, col []float64, list []int32) float64 {
	a := 0.0
	if len(list) > 0 {
		for _, i := range list {
			a += row[i] * col[i]
		}
		return a
	}
	col = col[:len(row)]
	for i, x := range row {
		a += x * col[i]
	}
	return a
}

// pivotRow computes rho, the row of the inverse, and alpha, the row of the
// tableau, turned so that the leaving variable is to fall, and lists the variables
// that may enter.
func (s *searcher) pivotRow(row int, above bool) {
	n, m := s.c.n, s.r.m
	f := 1.0
	if !above {
		f = -1
	}
	rho := s.rho
	for i, b := range s.binv[row*m : row*m+m] {
		rho[i] = f * b
	}
	s.cand = s.cand[:0]
	s.fill = filled(rho, s.fill)
	for _, j := range s.open {
		if s.pos[j] >= 0 || s.val[j] >= 0 {
			continue
		}
		a := dot(rho, s.r.af[int(j)*m:int(j)*m+m], s.fill)
		s.alpha[j] = a
		if s.up[j] {
			if a < -pivotSize {
				s.cand = append(s.cand, candidate{j, max(s.d[j], 0) / -a, -a})
			}
		} else if a > pivotSize {
			s.cand = append(s.cand, candidate{j, max(-s.d[j], 0) / a, a})
		}
	}
	for i := range m {
		v := int32(n + i)
		if s.pos[v] >= 0 {
			continue
		}
		a := rho[i]
		s.alpha[v] = a
		ri := s.r.in[i]
		if s.lo[ri] == s.hi[ri] {
			continue // fixed: never enters
		}
		if s.up[v] {
			if a < -pivotSize {
				s.cand = append(s.cand, candidate{v, max(-s.pi[i], 0) / -a, -a})
			}
		} else if a > pivotSize {
			s.cand = append(s.cand, candidate{v, max(s.pi[i], 0) / a, a})
		}
	}
}

// ratioTest walks the breakpoints while the dual value keeps falling, flipping
// the variables it passes, and returns the one that enters and the dual step, and
// what is left of the slope. It lowers value by what the walk gains.
func (s *searcher) ratioTest(slope float64, value *float64) (enter int32, step, left float64) {
	at := 0.0
	cand := s.cand
	for walked := 0; len(cand) > 0; walked++ {
		// Few breakpoints are passed as a rule; a heap pays when there are many.
		best := 0
		switch {
		case walked < 3:
			for k := 1; k < len(cand); k++ {
				if cand[k].ratio < cand[best].ratio {
					best = k
				}
			}
		case walked == 3:
			for k := len(cand)/2 - 1; k >= 0; k-- {
				sink(cand, k)
			}
		}
		c := cand[best]
		*value -= slope * (c.ratio - at)
		at = c.ratio
		rest := slope - c.size*s.width(c.v)
		if rest < 0 {
			// Among equals the largest pivot is the safest.
			for k := range cand {
				if cand[k].size > c.size && cand[k].ratio <= at+1e-12 {
					c = cand[k]
				}
			}
			return c.v, at, slope
		}
		slope = rest
		s.flip(c.v)
		cand[best] = cand[len(cand)-1]
		cand = cand[:len(cand)-1]
		if walked >= 3 {
			sink(cand, 0)
		}
	}
	return -1, at, slope
}

// sink restores the heap order, least ratio first, below place k.
func sink(h []candidate, k int) {
	for {
		c := 2*k + 1
		if c >= len(h) {
			return
		}
		if c+1 < len(h) && h[c+1].ratio < h[c].ratio {
			c++
		}
		if h[k].ratio <= h[c].ratio {
			return
		}
		h[k], h[c] = h[c], h[k]
		k = c
	}
}

// flip moves a variable outside the basis to its other limit.
func (s *searcher) flip(v int32) {
	s.up[v] = !s.up[v]
	if int(v) < s.c.n {
		s.shiftBy(v, s.up[v])
		return
	}
	w := s.width(v)
	if !s.up[v] {
		w = -w
	}
	s.moved[int(v)-s.c.n] += w
}

// pivot exchanges the variable of row for enter.
func (s *searcher) pivot(row int, enter int32, step float64, above bool) {
	n, m := s.c.n, s.r.m
	s.settle()
	col := s.col
	if int(enter) < n {
		a := s.r.af[int(enter)*m : int(enter)*m+m]
		for i := range m {
			x := 0.0
			for k, b := range s.binv[i*m : i*m+m] {
				x += b * a[k]
			}
			col[i] = x
		}
	} else {
		for i := range m {
			col[i] = s.binv[i*m+int(enter)-n]
		}
	}
	leave := s.basis[row]
	lo, hi := s.limits(leave)
	target := lo
	if above {
		target = hi
	}
	t := (s.xb[row] - target) / col[row]
	start := 0.0
	if s.up[enter] {
		start = s.width(enter)
	}
	for i := range m {
		s.xb[i] -= t * col[i]
	}
	s.xb[row] = start + t

	// Prices and reduced values move along the turned row.
	for i, x := range s.rho {
		s.pi[i] -= step * x
	}
	for _, j := range s.open {
		if s.pos[j] < 0 && s.val[j] < 0 {
			s.d[j] += step * s.alpha[j]
		}
	}
	if int(enter) < n {
		s.d[enter] = 0
	}
	if int(leave) < n {
		s.d[leave] = step
		if !above {
			s.d[leave] = -step
		}
	}
	s.basis[row] = enter
	s.pos[enter], s.pos[leave] = int32(row), -1
	s.up[leave] = above
	if int(leave) < n && s.val[leave] >= 0 {
		s.up[leave] = s.val[leave] == 1
	}

	f := 1 / col[row]
	pr := s.binv[row*m : row*m+m]
	for k := range pr {
		pr[k] *= f
	}
	for i := range m {
		if g := col[i]; i != row && g != 0 {
			ri := s.binv[i*m : i*m+m]
			if len(s.fill) > 0 { // pr is zero where rho was
				for _, k := range s.fill {
					ri[k] -= g * pr[k]
				}
				continue
			}
			for k, x := range pr {
				ri[k] -= g * x
			}
		}
	}
}
