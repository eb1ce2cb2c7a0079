package forecast

import "math"

// SMAPE is the mean of 200·|a-f|/(|a|+|f|) in percent; a pair of zeros counts 0.
func SMAPE(actual, forecast []float64) float64 {
	sum := 0.0
	for i, a := range actual {
		if d := math.Abs(a) + math.Abs(forecast[i]); d > 0 {
			sum += 200 * math.Abs(a-forecast[i]) / d
		}
	}
	return sum / float64(len(actual))
}

// MASE is the mean absolute error over that of the seasonal naive forecast within
// the known values (Hyndman and Koehler 2006, International Journal of
// Forecasting 22). It is NaN when that one has no error.
func MASE(known, actual, forecast []float64, m int) float64 {
	scale := naiveError(known, m)
	if !(scale > 0) {
		return math.NaN()
	}
	sum := 0.0
	for i, a := range actual {
		sum += math.Abs(a - forecast[i])
	}
	return sum / float64(len(actual)) / scale
}

// naiveError is the mean absolute error of the seasonal naive forecast within y.
func naiveError(y []float64, m int) float64 {
	if m < 1 || len(y) <= m {
		m = 1
	}
	sum, count := 0.0, 0
	for t := m; t < len(y); t++ {
		if d := math.Abs(y[t] - y[t-m]); !math.IsNaN(d) {
			sum, count = sum+d, count+1
		}
	}
	if count == 0 {
		return math.NaN()
	}
	return sum / float64(count)
}
