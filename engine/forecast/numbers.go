package forecast

import (
	"math"
	"slices"
)

func mean(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// median returns the middle value, without changing x; NaN of nothing.
func median(x []float64) float64 { return quantile(x, 0.5) }

// quantile interpolates between order statistics (Hyndman and Fan's type 7).
func quantile(x []float64, p float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	s := slices.Clone(x)
	slices.Sort(s)
	at := p * float64(len(s)-1)
	i := int(at)
	if i+1 >= len(s) {
		return s[len(s)-1]
	}
	return s[i] + (at-float64(i))*(s[i+1]-s[i])
}

// line fits y = a + b·t by least squares, t = 1, 2, …
func line(y []float64) (a, b float64) {
	n := float64(len(y))
	if len(y) < 2 {
		return mean(y), 0
	}
	mt, my, sty, stt := (n+1)/2, mean(y), 0.0, 0.0
	for i, v := range y {
		d := float64(i+1) - mt
		sty += d * (v - my)
		stt += d * d
	}
	b = sty / stt
	return my - b*mt, b
}

func isConstant(y []float64) bool {
	for _, v := range y {
		if v != y[0] {
			return false
		}
	}
	return true
}

func isPositive(y []float64) bool {
	for _, v := range y {
		if v <= 0 {
			return false
		}
	}
	return true
}

// middle returns the median of a few values and sorts them.
func middle(x []float64) float64 {
	slices.Sort(x)
	n := len(x)
	if n%2 == 1 {
		return x[n/2]
	}
	return (x[n/2-1] + x[n/2]) / 2
}

func finite(x ...float64) bool {
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// freedom is the number of values less that of estimated constants, a third of the
// values at least: some of the constants are hardly free.
func freedom(values, constants int) float64 {
	return max(float64(values-constants), float64(values)/3, 1)
}
