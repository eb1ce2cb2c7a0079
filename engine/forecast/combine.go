package forecast

import "math"

// combine runs the methods that suit a problem.
func combine(p *problem) []*outcome {
	var out []*outcome
	for _, f := range []member{
		memberETS,
		memberTheta(thetaModel{optimise: true, dynamic: true}),
		memberTheta(thetaModel{}),
	} {
		if o := f(p); o != nil {
			out = append(out, o)
		}
	}
	if len(out) == 0 {
		out = append(out, memberSeasonalNaive(p))
	}
	return out
}

// assemble averages the outcomes and puts them back on the series' own scale.
func assemble(p *problem, outcomes []*outcome, o Options) Result {
	r := Result{Method: "combination", Mean: make([]float64, p.h)}
	if len(outcomes) == 1 {
		r.Method = outcomes[0].name
	}
	sd := make([]float64, p.h)
	w := 1 / float64(len(outcomes))
	for _, c := range outcomes {
		part := Component{Name: c.name, Weight: w, Mean: make([]float64, p.h), Parameters: c.params}
		for k := range p.h {
			part.Mean[k] = c.mean[k] * p.scale
			r.Mean[k] += w * part.Mean[k]
			sd[k] += w * c.sd[k] * p.scale
		}
		r.Components = append(r.Components, part)
	}
	for _, level := range o.Levels {
		z := math.Sqrt2 * math.Erfinv(level/100)
		i := Interval{Level: level, Lo: make([]float64, p.h), Hi: make([]float64, p.h)}
		for k := range p.h {
			i.Lo[k], i.Hi[k] = r.Mean[k]-z*sd[k], r.Mean[k]+z*sd[k]
		}
		r.Intervals = append(r.Intervals, i)
	}
	return r
}
