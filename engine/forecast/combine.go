package forecast

import (
	"math"
	"slices"
)

// The combination is the weighted median, step by step, of methods that err in
// different ways: Petropoulos and Svetunkov, "A simple combination of univariate
// models", International Journal of Forecasting 36 (2020) 110-115, showed how much
// the plain median of four gains. More methods and weights by what each got wrong
// on the series' own past gain a little on every set it was tried on, and spoil
// none. All but one work on the seasonally adjusted series, whose indices are
// better than those that the methods estimate themselves.
var combination = []member{
	memberETSAverage,
	memberTheta(thetaModel{optimise: true, dynamic: true}),
	memberTheta(thetaModel{optimise: true}),
	memberCES,
	fromLength(24, memberARIMA),
	fromLength(16, adjustedETS(etsModel{'A', 'D', 'N'})),
	fromLength(3, memberAdjustedDrift), // of two values the last is the better guess
	ofLogarithms(memberTheta(thetaModel{optimise: true, dynamic: true})),
}

// fromLength leaves a method out of the combination for series too short to tell its
// parameters.
func fromLength(n int, f member) member {
	return func(p *problem) *outcome {
		if len(p.y) < n {
			return nil
		}
		return f(p)
	}
}

// run is what a set of methods foretells together, on the problem's scale.
type run struct {
	parts   []*outcome
	members []int     // by part, its place among the methods
	weights []float64 // of the parts; they sum to 1
	mean    []float64
	sd      []float64
	fitted  []float64
}

// combine runs the methods that suit a problem, and the naive one if none does. All
// weigh the same until weigh is called.
func combine(p *problem, members []member) *run {
	r := &run{mean: make([]float64, p.h), sd: make([]float64, p.h), fitted: make([]float64, len(p.y))}
	p.together = len(members) > 1 && !p.straight
	for i, f := range members {
		if o := f(p); o != nil && o.usable() {
			r.parts, r.members = append(r.parts, o), append(r.members, i)
		}
	}
	if len(r.parts) == 0 {
		// A series of 2 values, or a method asked for that needs more.
		r.parts, r.members = []*outcome{memberSeasonalNaive(p)}, []int{-1}
	}
	r.weights = slices.Repeat([]float64{1 / float64(len(r.parts))}, len(r.parts))
	r.settle()
	doubt := roughness(p.season.adjusted) / float64(len(p.y))
	for k := range r.sd {
		within, centre, between := 0.0, 0.0, 0.0
		n := float64(len(r.parts))
		for _, o := range r.parts {
			within += o.sd[k] / n
			centre += o.mean[k] / n
		}
		for _, o := range r.parts {
			between += (o.mean[k] - centre) * (o.mean[k] - centre) / n
		}
		r.sd[k] = math.Sqrt(within*within + between + doubt)
	}
	return r
}

// roughness is the square of the mean change from one value to the next. Its share
// of one in n values is added to the variance: a perfect fit to three values is no
// proof that the fourth will fit.
func roughness(y []float64) float64 {
	sum := 0.0
	for t := 1; t < len(y); t++ {
		sum += math.Abs(y[t] - y[t-1])
	}
	sum /= float64(max(len(y)-1, 1))
	return sum * sum
}

// settle takes the weighted medians of the parts.
func (r *run) settle() {
	ranked := make([]weighed, len(r.parts))
	for k := range r.mean {
		for i, o := range r.parts {
			ranked[i] = weighed{o.mean[k], r.weights[i]}
		}
		r.mean[k] = weightedMedian(ranked)
	}
	for t := range r.fitted {
		for i, o := range r.parts {
			ranked[i] = weighed{o.fitted[t], r.weights[i]}
		}
		r.fitted[t] = weightedMedian(ranked)
	}
}

const (
	weightPrior = 5.0 // earlier ends that equal weights count for
	weightFloor = 0.2 // of the mean error: no method is trusted beyond that
)

// weigh gives a method the more weight the less it erred at earlier ends of the
// series: the inverse square of its error relative to that of the others, drawn
// towards equal weights while the ends are few.
func (r *run) weigh(values []float64, origins []origin) {
	if len(r.parts) < 2 || len(origins) == 0 {
		return
	}
	most := slices.Max(r.members) + 1
	sum, count := make([]float64, most), make([]float64, most)
	for _, o := range origins {
		errs, total := o.errors(values)
		for i, e := range errs {
			if at := o.members[i]; total > 0 && at >= 0 && at < most {
				sum[at] += e / total * float64(len(errs))
				count[at]++
			}
		}
	}
	n := float64(len(r.parts))
	trust := float64(len(origins)) / (float64(len(origins)) + weightPrior)
	raw, total := make([]float64, len(r.parts)), 0.0
	for i, at := range r.members {
		relative := 1.0
		if count[at] > 0 {
			relative = sum[at] / count[at]
		}
		raw[i] = 1 / ((relative + weightFloor) * (relative + weightFloor))
		total += raw[i]
	}
	for i := range raw {
		r.weights[i] = (1-trust)/n + trust*raw[i]/total
	}
	r.settle()
}

// errors returns the mean absolute error of each part of a forecast from an earlier
// end, and their sum.
func (o origin) errors(values []float64) (errs []float64, total float64) {
	errs = make([]float64, len(o.parts))
	for i, p := range o.parts {
		for k, mu := range p.mean {
			errs[i] += math.Abs(values[o.known+k]-mu*o.scale) / float64(len(p.mean))
		}
		total += errs[i]
	}
	return errs, total
}

// weighed is a value and its weight.
type weighed struct{ value, weight float64 }

// weightedMedian interpolates between the values whose middles of cumulated weight
// lie about one half; with equal weights it is the median. It sorts x; the weights
// sum to 1.
func weightedMedian(x []weighed) float64 {
	slices.SortStableFunc(x, func(a, b weighed) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		}
		return 0
	})
	before, at := x[0].value, x[0].weight/2
	if at >= 0.5 {
		return before
	}
	for i := 1; i < len(x); i++ {
		next := at + (x[i-1].weight+x[i].weight)/2
		if next >= 0.5 {
			return before + (x[i].value-before)*(0.5-at)/(next-at)
		}
		before, at = x[i].value, next
	}
	return before
}
