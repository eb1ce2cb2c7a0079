package forecast

import "math"

// Intermittent demand: many periods have none. Croston (1972, Operational Research
// Quarterly 23) smooths sizes and gaps apart; Syntetos and Boylan (2005,
// International Journal of Forecasting 21) take his bias out; Teunter, Syntetos
// and Babai (2011, European Journal of Operational Research 214) smooth the chance
// of demand every period, so that a forecast fades when demand has ended.

// intermittent says whether a series has no negative and many zero values.
func intermittent(y []float64) bool {
	for _, v := range y {
		if v < 0 {
			return false
		}
	}
	share := zeroShare(y)
	return share > intermittentShare && share < 1
}

// smoothing constants tried; the one of the least squared one-step error is taken.
var intermittentAlphas = []float64{0.05, 0.1, 0.15, 0.2, 0.3}

func memberCroston(name string, correct bool) member {
	return func(p *problem) *outcome {
		return p.bestIntermittent(name, func(alpha float64) ([]float64, float64) {
			return croston(p.y, alpha, correct)
		})
	}
}

func memberTSB(p *problem) *outcome {
	return p.bestIntermittent("TSB", func(alpha float64) ([]float64, float64) { return tsb(p.y, alpha) })
}

// bestIntermittent tries the smoothing constants; every step has the same mean.
func (p *problem) bestIntermittent(name string, f func(alpha float64) (fitted []float64, next float64)) *outcome {
	var best *outcome
	least := math.Inf(1)
	for _, alpha := range intermittentAlphas {
		fitted, next := f(alpha)
		sum := 0.0
		for t, v := range p.y {
			sum += (v - fitted[t]) * (v - fitted[t])
		}
		if sum >= least {
			continue
		}
		least = sum
		best = &outcome{name: name, mean: make([]float64, p.h), sd: make([]float64, p.h), fitted: fitted, params: []Parameter{{"alpha", alpha}}}
		for k := range p.h {
			best.mean[k], best.sd[k] = next, math.Sqrt(sum/float64(len(p.y)))
		}
	}
	return best
}

// croston returns the one-step forecasts and the next one.
func croston(y []float64, alpha float64, correct bool) (fitted []float64, next float64) {
	size, gap := firstDemand(y)
	factor, since := 1.0, 1.0
	if correct {
		factor = 1 - alpha/2
	}
	fitted = make([]float64, len(y))
	for t, v := range y {
		fitted[t] = factor * size / gap
		if v == 0 {
			since++
			continue
		}
		size += alpha * (v - size)
		gap += alpha * (since - gap)
		since = 1
	}
	return fitted, factor * size / gap
}

// tsb returns the one-step forecasts and the next one.
func tsb(y []float64, alpha float64) (fitted []float64, next float64) {
	size, gap := firstDemand(y)
	chance := 1 / gap
	fitted = make([]float64, len(y))
	for t, v := range y {
		fitted[t] = chance * size
		if v == 0 {
			chance -= alpha * chance
			continue
		}
		chance += alpha * (1 - chance)
		size += alpha * (v - size)
	}
	return fitted, chance * size
}

// firstDemand is the mean size of demand and the mean gap between demands.
func firstDemand(y []float64) (size, gap float64) {
	count := 0.0
	for _, v := range y {
		if v != 0 {
			size += v
			count++
		}
	}
	if count == 0 {
		return 0, 1
	}
	return size / count, float64(len(y)) / count
}
