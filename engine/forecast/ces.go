package forecast

import "math"

// cesFit is complex exponential smoothing: Svetunkov, Kourentzes and Ord,
// "Complex exponential smoothing", Naval Research Logistics 69 (2022) 1108-1123.
// It has no trend component, yet follows both level and trend.
type cesFit struct {
	a0, a1           float64 // real and imaginary part of the smoothing parameter
	level, potential float64 // the two states, before the first value
	endL, endC       float64
	sigma            float64
	fitted           []float64
}

// fitCES estimates the parameters by least squares; the starting states come from
// running the filter back over the reversed series. y has no season and at least
// five values.
func fitCES(y []float64, s *simplex) (*cesFit, bool) {
	if len(y) < 5 {
		return nil, false
	}
	f := &cesFit{}
	back := make([]float64, len(y))
	for t, v := range y {
		back[len(y)-1-t] = v
	}
	start := mean(y[:min(len(y), 5)])
	x, step := []float64{1.3, 1, start, start / 1.1}, []float64{0.3, 0.1, 0.2 * (math.Abs(start) + 0.01), 0.2 * (math.Abs(start) + 0.01)}
	value := s.minimise(func(x []float64) float64 {
		if !f.take(x) {
			return math.Inf(1)
		}
		return f.filter(y, nil)
	}, x, step, 800)
	if math.IsInf(value, 1) || !f.take(x) {
		return nil, false
	}
	f.fitted = make([]float64, len(y))
	value = f.filter(y, f.fitted)
	f.sigma = math.Sqrt(value / freedom(len(y), len(x)))
	return f, true
}

// take sets the parameters; it refuses those outside the stability region.
func (f *cesFit) take(x []float64) bool {
	f.a0, f.a1, f.level, f.potential = x[0], x[1], x[2], x[3]
	a, b := f.a0, f.a1
	return (a-2.5)*(a-2.5)+b*b > 1.25 && (a-0.5)*(a-0.5)+(b-1)*(b-1) > 0.25 && (a-1.5)*(a-1.5)+(b-0.5)*(b-0.5) < 1.5
}

func (f *cesFit) filter(y, fitted []float64) float64 {
	l, c, sum := f.level, f.potential, 0.0
	for t, v := range y {
		e := v - l
		if fitted != nil {
			fitted[t] = l
		}
		sum += e * e
		l, c = l-(1-f.a1)*c+(f.a0-f.a1)*e, l+(1-f.a0)*c+(f.a0+f.a1)*e
	}
	f.endL, f.endC = l, c
	return sum
}

// forecast returns the means and standard deviations of the next h values.
func (f *cesFit) forecast(h int) (mu, sd []float64) {
	mu, sd = make([]float64, h), make([]float64, h)
	l, c := f.endL, f.endC
	// The response of the forecasts to one unit of error.
	rl, rc, variance := f.a0-f.a1, f.a0+f.a1, 1.0
	for k := range h {
		mu[k], sd[k] = l, f.sigma*math.Sqrt(variance)
		variance += rl * rl
		l, c = l-(1-f.a1)*c, l+(1-f.a0)*c
		rl, rc = rl-(1-f.a1)*rc, rl+(1-f.a0)*rc
	}
	return mu, sd
}
