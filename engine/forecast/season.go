package forecast

import "math"

// seasonality is the repeating part of a series and the series without it.
type seasonality struct {
	m        int       // periods in a cycle; 1 when none was found
	multiply bool      // indices multiply the series; else they add to it
	index    []float64 // one index a position, position 0 is the series' first period
	adjusted []float64 // the series without the indices
	noise    float64   // the indices' mean sampling variance
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

// decompose takes the season out in two passes. The first is the classical one,
// ratio (or difference) to a centred moving average. The second divides by a
// smooth line through the adjusted values instead, so that the half cycles at both
// ends count too, and weighs the recent cycles more, since seasons drift. The
// indices are then drawn towards none as far as they may be chance (James and
// Stein; Miller and Williams 2003, International Journal of Forecasting 19
// 669-684): no test has to say yes or no. y needs two whole cycles.
func decompose(y []float64, m int, multiply bool) *seasonality {
	s := &seasonality{m: m, multiply: multiply, index: make([]float64, m), adjusted: make([]float64, len(y))}
	s.average(y, centredAverage(y, m), 1)
	s.adjust(y)
	if trend := localLine(s.adjusted, max(m, 3)); !multiply || isPositive(trend) {
		s.average(y, trend, seasonFade)
	}
	s.shrink()
	s.adjust(y)
	return s
}

// seasonFade is the weight of a cycle against that of the next. Anything from 0.7
// to 0.85 serves tourism, whose seasons drift, and costs the others nothing.
const seasonFade = 0.75

// average sets the indices to the weighted means of the ratios (or differences)
// to the trend, normalised, and takes note of their sampling variance. fade is the
// weight of a cycle against that of the next.
func (s *seasonality) average(y, trend []float64, fade float64) {
	n := len(y)
	sum, weight, square := make([]float64, s.m), make([]float64, s.m), make([]float64, s.m)
	count := make([]float64, s.m)
	ratio := func(t int) float64 {
		if s.multiply {
			return y[t] / trend[t]
		}
		return y[t] - trend[t]
	}
	w, in := 1.0, 0
	for t := n - 1; t >= 0; t-- {
		if !math.IsNaN(trend[t]) {
			i := t % s.m
			sum[i] += w * ratio(t)
			weight[i] += w
			square[i] += w * w
			count[i]++
		}
		if in++; in == s.m {
			w, in = w*fade, 0
		}
	}
	for i := range s.index {
		s.index[i] = sum[i] / max(weight[i], 1e-12)
	}
	s.centre()
	total, free, share := 0.0, 0.0, 0.0
	for t := range y {
		if !math.IsNaN(trend[t]) {
			d := ratio(t) - s.at(t)
			total += d * d
		}
	}
	for i := range s.index {
		free += max(count[i]-1, 0)
		share += square[i] / max(weight[i]*weight[i], 1e-12) / float64(s.m)
	}
	if free == 0 {
		s.noise = math.Inf(1)
	} else {
		s.noise = total / free * share
	}
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

// shrink draws the indices towards their mean by the share of their variance that
// sampling explains.
func (s *seasonality) shrink() {
	mu, spread := mean(s.index), 0.0
	for _, v := range s.index {
		spread += (v - mu) * (v - mu)
	}
	spread /= float64(s.m - 1)
	keep := 0.0
	if spread > 0 {
		keep = max(0, 1-s.noise/spread)
	}
	for i := range s.index {
		s.index[i] = mu + keep*(s.index[i]-mu)
	}
}

// localLine smooths by a straight line through the values around each point, those
// near weighing more (tricube), half of them to each side; at the ends the window
// is cut, not the line.
func localLine(y []float64, half int) []float64 {
	n, out := len(y), make([]float64, len(y))
	for t := range y {
		sw, sx, sy, sxx, sxy := 0.0, 0.0, 0.0, 0.0, 0.0
		for i := max(t-half, 0); i <= min(t+half, n-1); i++ {
			d := math.Abs(float64(i-t)) / float64(half+1)
			w := 1 - d*d*d
			w = w * w * w
			x := float64(i - t)
			sw += w
			sx += w * x
			sy += w * y[i]
			sxx += w * x * x
			sxy += w * x * y[i]
		}
		if det := sw*sxx - sx*sx; det > 1e-12 {
			out[t] = (sxx*sy - sx*sxy) / det
		} else {
			out[t] = sy / sw
		}
	}
	return out
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
