package forecast

import "math"

// A member is one method: it foretells a problem, or returns nil when the series
// is too short or of the wrong kind for it.
type member func(p *problem) *outcome

func memberETS(p *problem) *outcome {
	f := autoETS(p)
	if f == nil {
		return nil
	}
	p.ets = f.model
	return f.outcome(p)
}

func memberCES(p *problem) *outcome {
	f, ok := fitCES(p.season.adjusted, &p.simplex)
	if !ok {
		return nil
	}
	o := &outcome{name: "CES", fitted: f.fitted}
	o.mean, o.sd = f.forecast(p.h)
	o.params = []Parameter{{"a0", f.a0}, {"a1", f.a1}}
	return p.onAdjusted(o)
}

func (f *etsFit) outcome(p *problem) *outcome {
	o := &outcome{name: f.model.String(), fitted: f.fitted}
	o.mean, o.sd = f.forecast(p.h)
	o.params = []Parameter{{"alpha", f.alpha}}
	if f.model.trend != 'N' {
		o.params = append(o.params, Parameter{"beta", f.beta})
	}
	if f.model.season != 'N' {
		o.params = append(o.params, Parameter{"gamma", f.gamma})
	}
	if f.model.trend == 'D' {
		o.params = append(o.params, Parameter{"phi", f.phi})
	}
	return o
}

// adjustedETS fits one model without a season to the seasonally adjusted series.
func adjustedETS(k etsModel) member {
	return func(p *problem) *outcome {
		f, ok := fitETS(p.season.adjusted, k, nil, &p.simplex)
		if !ok {
			return nil
		}
		return p.onAdjusted(f.outcome(p))
	}
}

func memberTheta(k thetaModel) member {
	return func(p *problem) *outcome {
		f, ok := fitTheta(p.season.adjusted, k, &p.simplex)
		if !ok {
			return nil
		}
		o := &outcome{name: k.String(), fitted: f.fitted}
		o.mean, o.sd = f.forecast(p.h)
		o.params = []Parameter{{"alpha", f.alpha}, {"theta", 1 / (1 - f.weight)}}
		return p.onAdjusted(o)
	}
}

// memberSeasonalNaive repeats the last cycle, or the last value without one.
func memberSeasonalNaive(p *problem) *outcome {
	if len(p.y) <= p.m {
		return memberNaive(p)
	}
	return p.repeat(p.m)
}

// memberNaive repeats the last value.
func memberNaive(p *problem) *outcome { return p.repeat(1) }

// memberDrift goes on from the last value by the mean change.
func memberDrift(p *problem) *outcome {
	o, n := p.repeat(1), len(p.y)
	step := (p.y[n-1] - p.y[0]) / float64(n-1)
	sum := 0.0
	for t := 1; t < n; t++ {
		o.fitted[t] += step
		e := p.y[t] - o.fitted[t]
		sum += e * e
	}
	variance := sum / float64(max(n-2, 1))
	o.name = "drift"
	for k := range o.mean {
		steps := float64(k + 1)
		o.mean[k] += steps * step
		o.sd[k] = math.Sqrt(variance * steps * (1 + steps/float64(n-1)))
	}
	o.params = []Parameter{{"step", step * p.scale}}
	return o
}

// repeat foretells the last m values again and again.
func (p *problem) repeat(m int) *outcome {
	n := len(p.y)
	o := &outcome{name: "seasonal naive", mean: make([]float64, p.h), sd: make([]float64, p.h), fitted: make([]float64, n)}
	if m == 1 {
		o.name = "naive"
	}
	copy(o.fitted, p.y[:m])
	sum := 0.0
	for t := m; t < n; t++ {
		o.fitted[t] = p.y[t-m]
		e := p.y[t] - p.y[t-m]
		sum += e * e
	}
	variance := sum / float64(max(n-m, 1))
	for k := range p.h {
		o.mean[k] = p.y[n-m+k%m]
		o.sd[k] = math.Sqrt(variance * float64(1+k/m))
	}
	return o
}
