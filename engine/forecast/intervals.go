package forecast

import "math"

// How wide an interval must be is learned, not supposed: a method's own deviation
// assumes that its model is true and its parameters are known, and so covers far
// less than it says (Makridakis and others 2020 found 10 points too little).
//
// The methods' mean deviation is joined by what they disagree on, and by a share of
// the series' own changes while its values are few. That grows by widen, for what
// the parameters' own uncertainty adds. It is scaled by what the same combination
// got wrong at earlier ends of this very series (learned), drawn towards what is
// usual as long as those are few. And the quantiles are those of Student's t with
// four degrees of freedom, since scaled errors have heavy tails.

const (
	widenBase   = 0.56
	widenShort  = 11.0 // over the number of values
	widenStep   = 3.5  // a step, over the number of values
	widenLeast  = 8
	tailScale   = 0.88 // the mean square, which is what is learned, exceeds the typical error
	usualWeight = 3.0  // earlier ends that the usual width counts for
	squareLimit = 25   // one broken past says no more than five deviations
)

// widen is the factor on a method's own deviation k steps ahead (from 0) of n values.
func widen(k, n int) float64 {
	values := float64(max(n, widenLeast))
	return (widenBase + widenShort/values) * (1 + widenStep*float64(k)/values)
}

// learned is the factor on the widened deviation that earlier forecasts of the
// series ask for.
func learned(values []float64, origins []origin) float64 {
	sum, weight := usualWeight, usualWeight
	for _, o := range origins {
		square := 0.0
		for k := range o.mean {
			e := values[o.known+k] - o.mean[k]*o.scale
			d := o.sd[k] * o.scale * widen(k, o.known)
			switch {
			case d > 0:
				square += min(e*e/(d*d), squareLimit)
			case e != 0:
				square += squareLimit
			}
		}
		sum += square / float64(len(o.mean))
		weight++
	}
	return math.Sqrt(sum / weight)
}

// intervals returns the ranges about the means for each level.
func intervals(mean, deviation []float64, levels []float64) []Interval {
	out := make([]Interval, 0, len(levels))
	for _, level := range levels {
		q := tail(level)
		i := Interval{Level: level, Lo: make([]float64, len(mean)), Hi: make([]float64, len(mean))}
		for k, mu := range mean {
			i.Lo[k], i.Hi[k] = mu-q*deviation[k], mu+q*deviation[k]
		}
		out = append(out, i)
	}
	return out
}

// tail is the number of deviations to each side that hold level percent.
func tail(level float64) float64 { return tailScale * studentQuantile(0.5+level/200) }

// studentQuantile is the quantile p, one half or more, of Student's t with four
// degrees of freedom, in closed form (Shaw 2006, Journal of Computational Finance 9).
func studentQuantile(p float64) float64 {
	a := 4 * p * (1 - p)
	if a >= 1 {
		return 0
	}
	return 2 * math.Sqrt(math.Cos(math.Acos(math.Sqrt(a))/3)/math.Sqrt(a)-1)
}
