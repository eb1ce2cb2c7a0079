package knapsack

import "math"

// exactBound returns a bound on the value of every choice below this node,
// computed in whole numbers from the present prices, and keeps what fixItems
// needs. Prices are rounded to multiples of 2^-shift, as fine as the sums allow;
// whatever they are, the bound holds.
func (s *searcher) exactBound() int64 { return s.exactBoundAt(s.pi) }

func (s *searcher) exactBoundAt(pi []float64) int64 {
	r, m := s.r, s.r.m
	size := r.sumP
	for i, x := range pi {
		size += math.Abs(x) * r.pScale / r.rowScale[i] * r.weight[i]
	}
	if !(size < 1<<60) { // also when it is not a number
		s.total = math.MaxInt64 // unusable prices prove nothing
		return math.MaxInt64 / 4
	}
	_, exp := math.Frexp(size)
	s.shift = uint(min(max(60-exp, 0), 40))
	one := math.Ldexp(1, int(s.shift))
	s.total = 0
	s.paid = s.paid[:0]
	for i, x := range pi {
		q := int64(math.Round(x * r.pScale / r.rowScale[i] * one))
		ri := r.in[i]
		if q < 0 {
			if s.lo[ri] == NoLo {
				q = 0
			} else {
				s.total += q * (s.lo[ri] - s.fix[ri])
			}
		} else {
			s.total += q * (s.hi[ri] - s.fix[ri])
		}
		s.prices[i] = q
		if q != 0 {
			s.paid = append(s.paid, int32(i))
		}
	}
	sparse := 4*len(s.paid) < 3*m
	prices := s.prices
	for _, j := range s.open {
		if s.val[j] >= 0 {
			continue
		}
		d := s.c.p[j] << s.shift
		col := r.ai[int(j)*m : int(j)*m+m]
		if sparse {
			for _, i := range s.paid {
				d -= prices[i] * col[i]
			}
		} else {
			col = col[:len(prices)]
			for i, q := range prices {
				d -= q * col[i]
			}
		}
		s.reduced[j] = d
		if d > 0 {
			s.total += d
		}
	}
	return s.gain + s.total>>s.shift
}

// provenEmpty goes the way far along the turned row in rho, where the bound falls
// without end when the relaxation has no solution, and reports whether the
// bound there, in whole numbers, is at most known.
func (s *searcher) provenEmpty(far float64, known int64) bool {
	pi := s.col
	for i, x := range s.pi {
		pi[i] = x - far*s.rho[i]
	}
	return s.exactBoundAt(pi) <= known
}

// fixItems fixes every open item whose other value cannot lead to more than known
// and returns how many. exactBound must have run at this node.
func (s *searcher) fixItems(known int64) int {
	if s.total == math.MaxInt64 || known <= nothing {
		return 0
	}
	n := 0
	spare := s.total - (known+1-s.gain)<<s.shift
	for _, j := range s.open {
		if s.val[j] >= 0 {
			continue
		}
		if d := s.reduced[j]; d > spare {
			s.set(j, 1)
			n++
		} else if -d > spare {
			s.set(j, 0)
			n++
		}
	}
	return n
}
