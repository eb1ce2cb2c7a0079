package forecast

import (
	"cmp"
	"math"
	"slices"
)

// Past is one forecast made earlier and what came of it.
type Past struct {
	Series string
	Source string // who or what foretold: a method, a person, "override"
	Step   int    // how far ahead it was made, from 1
	Mean   float64
	Lo, Hi float64 // the interval given with it; both NaN when none
	Actual float64
	Naive  float64 // what the seasonal naive forecast said then; NaN when not known
}

// Score is how one source has done at one distance.
type Score struct {
	Source string
	Step   int // 0 sums up all distances
	Count  int
	MAE    float64
	Bias   float64 // mean of forecast less actual
	SMAPE  float64
	// Added is the share of the naive forecast's error that the source avoided
	// (forecast value added); NaN when no naive forecast is known or it was exact.
	Added float64
	Held  float64 // percent of the intervals that held; NaN without intervals
}

// Scorecard sums past forecasts up by source and step, with a line of step 0 for
// each source first. Forecasts without an actual (NaN) are left out.
func Scorecard(past []Past) []Score {
	type key struct {
		source string
		step   int
	}
	groups := map[key][]Past{}
	for _, p := range past {
		if math.IsNaN(p.Actual) || math.IsNaN(p.Mean) {
			continue
		}
		groups[key{p.Source, 0}] = append(groups[key{p.Source, 0}], p)
		if p.Step > 0 {
			groups[key{p.Source, p.Step}] = append(groups[key{p.Source, p.Step}], p)
		}
	}
	out := make([]Score, 0, len(groups))
	for k, g := range groups {
		s := scoreOf(g)
		s.Source, s.Step = k.source, k.step
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Score) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Step, b.Step))
	})
	return out
}

func scoreOf(g []Past) Score {
	s := Score{Count: len(g), Added: math.NaN(), Held: math.NaN()}
	own, naive, held, ranges := 0.0, 0.0, 0.0, 0.0
	for _, p := range g {
		e := p.Mean - p.Actual
		s.MAE += math.Abs(e) / float64(len(g))
		s.Bias += e / float64(len(g))
		s.SMAPE += SMAPE([]float64{p.Actual}, []float64{p.Mean}) / float64(len(g))
		if !math.IsNaN(p.Naive) {
			own += math.Abs(e)
			naive += math.Abs(p.Naive - p.Actual)
		}
		if !math.IsNaN(p.Lo) && !math.IsNaN(p.Hi) {
			ranges++
			if p.Actual >= p.Lo && p.Actual <= p.Hi {
				held++
			}
		}
	}
	if naive > 0 {
		s.Added = 1 - own/naive
	}
	if ranges > 0 {
		s.Held = 100 * held / ranges
	}
	return s
}
