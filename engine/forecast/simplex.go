package forecast

import "math"

// simplex minimises a function without derivatives: Nelder and Mead, "A simplex
// method for function minimization", The Computer Journal 7 (1965). It keeps its
// storage between calls, since one forecast minimises dozens of small functions.
type simplex struct {
	points [][]float64
	values []float64
	centre []float64
	trial  []float64
	second []float64
}

const simplexTolerance = 1e-5

// minimise moves x to the lowest point found and returns the value there. The
// first simplex is x and x moved by step along each axis. f may return +Inf
// where it is not defined. At most limit evaluations are made.
func (s *simplex) minimise(f func([]float64) float64, x, step []float64, limit int) float64 {
	n := len(x)
	s.reserve(n)
	for i := range n + 1 {
		copy(s.points[i][:n], x)
		if i > 0 {
			s.points[i][i-1] += step[i-1]
		}
		s.values[i] = number(f(s.points[i][:n]))
	}
	used := n + 1
	for used < limit {
		low, high, next := s.order(n)
		lo, hi := s.values[low], s.values[high]
		if hi-lo <= simplexTolerance*(math.Abs(lo)+1e-8) && !math.IsInf(hi, 1) {
			break
		}
		s.centroid(n, high)
		at := func(to []float64, by float64) float64 {
			for j := range n {
				to[j] = s.centre[j] + by*(s.points[high][j]-s.centre[j])
			}
			used++
			return number(f(to[:n]))
		}
		r := at(s.trial, -1)
		switch {
		case r < lo:
			if e := at(s.second, -2); e < r {
				s.replace(high, s.second, e)
			} else {
				s.replace(high, s.trial, r)
			}
		case r < s.values[next]:
			s.replace(high, s.trial, r)
		default:
			by, bound := 0.5, hi
			if r < hi {
				by, bound = -0.5, r
			}
			if c := at(s.second, by); c < bound {
				s.replace(high, s.second, c)
				continue
			}
			for i := range n + 1 {
				if i == low {
					continue
				}
				for j := range n {
					s.points[i][j] = s.points[low][j] + 0.5*(s.points[i][j]-s.points[low][j])
				}
				s.values[i] = number(f(s.points[i][:n]))
				used++
			}
		}
	}
	low, _, _ := s.order(n)
	copy(x, s.points[low][:n])
	return s.values[low]
}

func (s *simplex) reserve(n int) {
	for len(s.points) < n+1 {
		s.points = append(s.points, nil)
	}
	for i := range s.points {
		if len(s.points[i]) < n {
			s.points[i] = make([]float64, n)
		}
	}
	if len(s.values) < n+1 {
		s.values, s.centre = make([]float64, n+1), make([]float64, n+1)
		s.trial, s.second = make([]float64, n+1), make([]float64, n+1)
	}
}

// order returns the best, the worst and the second worst of the n+1 points.
func (s *simplex) order(n int) (low, high, next int) {
	low, high, next = 0, 0, -1
	for i := 1; i <= n; i++ {
		if s.values[i] < s.values[low] {
			low = i
		}
		if s.values[i] > s.values[high] {
			high = i
		}
	}
	for i := 0; i <= n; i++ {
		if i != high && (next < 0 || s.values[i] > s.values[next]) {
			next = i
		}
	}
	if next < 0 {
		next = high
	}
	return low, high, next
}

func (s *simplex) centroid(n, without int) {
	for j := range n {
		sum := 0.0
		for i := range n + 1 {
			if i != without {
				sum += s.points[i][j]
			}
		}
		s.centre[j] = sum / float64(n)
	}
}

func (s *simplex) replace(i int, p []float64, value float64) {
	copy(s.points[i], p)
	s.values[i] = value
}

// number turns NaN into +Inf, so that comparisons order it last.
func number(v float64) float64 {
	if math.IsNaN(v) {
		return math.Inf(1)
	}
	return v
}
