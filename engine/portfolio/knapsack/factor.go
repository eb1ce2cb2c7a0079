package knapsack

import "math"

// refactor computes inverse, prices, reduced values and basic values anew from
// s.basis. Each open item outside the basis is put where its reduced value wants it.
func (s *searcher) refactor() {
	n, m := s.c.n, s.r.m
	if !s.invert() {
		for i := range m {
			s.basis[i] = int32(n + i)
		}
		s.invert()
	}
	for v := range s.pos {
		s.pos[v] = -1
	}
	for i, v := range s.basis {
		s.pos[v] = int32(i)
	}
	for k := range m {
		s.pi[k] = 0
	}
	for i, v := range s.basis {
		if int(v) < n {
			for k := range m {
				s.pi[k] += s.r.p[v] * s.binv[i*m+k]
			}
		}
	}
	for j := range n {
		col := s.r.af[j*m : j*m+m]
		d := s.r.p[j]
		for i, a := range col {
			d -= s.pi[i] * a
		}
		s.d[j] = d
		if s.val[j] >= 0 {
			s.up[j] = s.val[j] == 1
		} else {
			s.up[j] = d > 0
		}
	}
	for i := range m {
		s.up[n+i] = s.pi[i] < 0 && s.lo[s.r.in[i]] != NoLo
	}
	s.basics()
}

// basics computes the basic values from the limits the others stand at.
func (s *searcher) basics() {
	n, m := s.c.n, s.r.m
	rest := s.moved
	for i, ri := range s.r.in {
		rest[i] = float64(s.hi[ri]) / s.r.rowScale[i]
		if s.pos[n+i] < 0 && s.up[n+i] {
			rest[i] -= s.width(int32(n + i))
		}
	}
	for j := range n {
		if s.pos[j] < 0 && s.up[j] {
			for i, a := range s.r.af[j*m : j*m+m] {
				rest[i] -= a
			}
		}
	}
	for i := range m {
		x := 0.0
		for k, b := range s.binv[i*m : i*m+m] {
			x += b * rest[k]
		}
		s.xb[i] = x
	}
	clear(rest)
}

// invert computes the inverse of the basis by Gauss-Jordan elimination with row
// exchanges; false when the basis is singular.
func (s *searcher) invert() bool {
	n, m := s.c.n, s.r.m
	b := make([]float64, m*m)
	for k, v := range s.basis {
		if int(v) >= n {
			b[(int(v)-n)*m+k] = 1
			continue
		}
		for i, a := range s.r.af[int(v)*m : int(v)*m+m] {
			b[i*m+k] = a
		}
	}
	inv := s.binv
	clear(inv)
	for i := range m {
		inv[i*m+i] = 1
	}
	for k := range m {
		best, at := 1e-11, -1
		for i := k; i < m; i++ {
			if a := math.Abs(b[i*m+k]); a > best {
				best, at = a, i
			}
		}
		if at < 0 {
			return false
		}
		if at != k {
			for q := range m {
				b[at*m+q], b[k*m+q] = b[k*m+q], b[at*m+q]
				inv[at*m+q], inv[k*m+q] = inv[k*m+q], inv[at*m+q]
			}
		}
		f := 1 / b[k*m+k]
		for q := range m {
			b[k*m+q] *= f
			inv[k*m+q] *= f
		}
		for i := range m {
			if g := b[i*m+k]; i != k && g != 0 {
				for q := range m {
					b[i*m+q] -= g * b[k*m+q]
					inv[i*m+q] -= g * inv[k*m+q]
				}
			}
		}
	}
	return true
}
