package forecast

// The combination is the median, step by step, of four methods that err in
// different ways: Petropoulos and Svetunkov, "A simple combination of univariate
// models", International Journal of Forecasting 36 (2020) 110-115, with optimised
// theta in the place of ARIMA.
var combination = []member{
	memberETS,
	memberTheta(thetaModel{optimise: true, dynamic: true}),
	memberTheta(thetaModel{optimise: true}),
	memberCES,
}

// run is what a set of methods foretells together, on the problem's scale.
type run struct {
	parts  []*outcome
	mean   []float64
	sd     []float64
	fitted []float64
}

// combine runs the methods that suit a problem, and the naive one if none does.
func combine(p *problem, members []member) *run {
	r := &run{mean: make([]float64, p.h), sd: make([]float64, p.h), fitted: make([]float64, len(p.y))}
	for _, f := range members {
		if o := f(p); o != nil && o.usable() {
			r.parts = append(r.parts, o)
		}
	}
	if len(r.parts) == 0 {
		r.parts = append(r.parts, memberSeasonalNaive(p)) // a series of 2 values, or a method asked for that needs more
	}
	values := make([]float64, len(r.parts))
	for k := range r.mean {
		for i, o := range r.parts {
			values[i] = o.mean[k]
			r.sd[k] += o.sd[k] / float64(len(r.parts))
		}
		r.mean[k] = middle(values)
	}
	for t := range r.fitted {
		for i, o := range r.parts {
			values[i] = o.fitted[t]
		}
		r.fitted[t] = middle(values)
	}
	return r
}
