package forecast

import "math"

// seasonality is the repeating part of a series and the series without it.
type seasonality struct {
	m        int       // periods in a cycle; 1 when none was found
	multiply bool      // indices multiply the series; else they add to it
	index    []float64 // one index a position, position 0 is the series' first period
	adjusted []float64 // the series without the indices
}

// at returns the index of period t, counted from the series' first.
func (s *seasonality) at(t int) float64 { return s.index[t%s.m] }

// add puts the index of period t back on an adjusted value.
func (s *seasonality) add(v float64, t int) float64 {
	if s.m == 1 {
		return v
	}
	if s.multiply {
		return v * s.at(t)
	}
	return v + s.at(t)
}

// noSeason is the seasonality of a series without one.
func noSeason(y []float64) *seasonality { return &seasonality{m: 1, index: []float64{0}, adjusted: y} }

// isSeasonal tests the autocorrelation at lag m against its standard error under
// the hypothesis of none, at 90 %, as the M4 competition's benchmarks did
// (Makridakis, Spiliotis, Assimakopoulos 2020, International Journal of
// Forecasting 36). Fewer than three cycles are never called seasonal.
func isSeasonal(y []float64, m int) bool {
	if m < 2 || len(y) < 3*m {
		return false
	}
	r := autocorrelation(y, m)
	limit := 1.0
	for i := 1; i < m; i++ {
		limit += 2 * r[i] * r[i]
	}
	return math.Abs(r[m]) > 1.645*math.Sqrt(limit/float64(len(y)))
}

// autocorrelation returns the autocorrelations of lags 0 to most.
func autocorrelation(y []float64, most int) []float64 {
	mu, r := mean(y), make([]float64, most+1)
	for k := range r {
		for t := k; t < len(y); t++ {
			r[k] += (y[t] - mu) * (y[t-k] - mu)
		}
	}
	if r[0] <= 0 {
		clear(r)
		return r
	}
	for k := most; k >= 0; k-- {
		r[k] /= r[0]
	}
	return r
}

// decompose takes the season out by ratio (or difference) to a centred moving
// average, the classical method of Census I. y needs two whole cycles.
func decompose(y []float64, m int, multiply bool) *seasonality {
	s := &seasonality{m: m, multiply: multiply, index: make([]float64, m), adjusted: make([]float64, len(y))}
	trend := centredAverage(y, m)
	count := make([]float64, m)
	for t, v := range trend {
		if math.IsNaN(v) {
			continue
		}
		if multiply {
			s.index[t%m] += y[t] / v
		} else {
			s.index[t%m] += y[t] - v
		}
		count[t%m]++
	}
	for i := range s.index {
		s.index[i] /= max(count[i], 1)
	}
	s.centre()
	s.adjust(y)
	return s
}

// centre makes the indices average 1 (or 0), and keeps factors away from 0.
func (s *seasonality) centre() {
	mu := mean(s.index)
	for i := range s.index {
		if s.multiply {
			s.index[i] = max(s.index[i]/mu, 0.01)
		} else {
			s.index[i] -= mu
		}
	}
}

func (s *seasonality) adjust(y []float64) {
	for t := range y {
		if s.multiply {
			s.adjusted[t] = y[t] / s.at(t)
		} else {
			s.adjusted[t] = y[t] - s.at(t)
		}
	}
}

// centredAverage smooths over one cycle, ends half-weighted when m is even. The
// first and last half cycle are NaN.
func centredAverage(y []float64, m int) []float64 {
	out, half := make([]float64, len(y)), m/2
	for t := range out {
		if t < half || t+half >= len(y) {
			out[t] = math.NaN()
			continue
		}
		sum := 0.0
		for i := t - half; i <= t+half; i++ {
			w := 1.0
			if m%2 == 0 && (i == t-half || i == t+half) {
				w = 0.5
			}
			sum += w * y[i]
		}
		out[t] = sum / float64(m)
	}
	return out
}
