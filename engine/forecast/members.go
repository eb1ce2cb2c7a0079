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

// memberETSAverage averages the models without a season on the seasonally adjusted
// series by their AICc (Kolassa 2011, International Journal of Forecasting 27
// 238-251): near ties do not have to be decided.
func memberETSAverage(p *problem) *outcome {
	var fits []*etsFit
	best := math.Inf(1)
	for _, k := range etsModels(p.positive, false) {
		if f, ok := fitETS(p.season.adjusted, k, nil, &p.simplex); ok {
			fits, best = append(fits, f), min(best, f.aicc)
		}
	}
	o := &outcome{name: "ETS average", mean: make([]float64, p.h), sd: make([]float64, p.h), fitted: make([]float64, len(p.y))}
	total := 0.0
	for _, f := range fits {
		mean, sd := f.forecast(p.h)
		if !finite(mean...) || !finite(sd...) {
			continue
		}
		w := math.Exp((best - f.aicc) / 2)
		total += w
		add(o.mean, mean, w)
		add(o.sd, sd, w)
		add(o.fitted, f.fitted, w)
		o.params = append(o.params, Parameter{f.model.String(), w})
	}
	if total == 0 {
		return nil
	}
	for _, x := range [][]float64{o.mean, o.sd, o.fitted} {
		for i := range x {
			x[i] /= total
		}
	}
	kept := o.params[:0]
	for _, q := range o.params {
		if q.Value /= total; q.Value >= 0.05 {
			kept = append(kept, q)
		}
	}
	o.params = kept
	return p.onAdjusted(o)
}

func add(to, x []float64, w float64) {
	for i, v := range x {
		to[i] += w * v
	}
}

// ofLogarithms is a method on the logarithms of a positive series: growth in
// percent, and no fall below zero.
func ofLogarithms(f member) member {
	return func(p *problem) *outcome {
		if !p.positive {
			return nil
		}
		logs := make([]float64, len(p.y))
		for t, v := range p.y {
			logs[t] = math.Log(v) + logShift
		}
		q := pose(logs, p.m, p.h)
		o := f(q)
		if o == nil {
			return nil
		}
		for k := range o.mean {
			o.mean[k] = math.Exp(min(o.mean[k]*q.scale-logShift, mostLog))
			o.sd[k] *= q.scale * o.mean[k]
		}
		for t := range o.fitted {
			o.fitted[t] = math.Exp(min(o.fitted[t]*q.scale-logShift, mostLog))
		}
		o.name += " of logarithms"
		return o
	}
}

const (
	logShift = 10.0 // keeps the logarithms of series about 1 away from 0
	mostLog  = 20.0 // e^20 times its mean is more than any series grows to
)

// memberAdjustedDrift goes on by the mean change of the seasonally adjusted series.
func memberAdjustedDrift(p *problem) *outcome {
	o := drift(p.season.adjusted, p.h)
	o.params[0].Value *= p.scale
	return p.onAdjusted(o)
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
	return repeat(p.y, p.m, p.h)
}

// memberNaive repeats the last value.
func memberNaive(p *problem) *outcome { return repeat(p.y, 1, p.h) }

// memberDrift goes on from the last value by the mean change.
func memberDrift(p *problem) *outcome {
	o := drift(p.y, p.h)
	o.params[0].Value *= p.scale
	return o
}

func drift(y []float64, h int) *outcome {
	o, n := repeat(y, 1, h), len(y)
	step := (y[n-1] - y[0]) / float64(n-1)
	sum := 0.0
	for t := 1; t < n; t++ {
		o.fitted[t] += step
		e := y[t] - o.fitted[t]
		sum += e * e
	}
	variance := sum / float64(max(n-2, 1))
	o.name = "drift"
	for k := range o.mean {
		steps := float64(k + 1)
		o.mean[k] += steps * step
		o.sd[k] = math.Sqrt(variance * steps * (1 + steps/float64(n-1)))
	}
	o.params = []Parameter{{"step", step}}
	return o
}

// repeat foretells the last m of y again and again.
func repeat(y []float64, m, h int) *outcome {
	n := len(y)
	o := &outcome{name: "seasonal naive", mean: make([]float64, h), sd: make([]float64, h), fitted: make([]float64, n)}
	if m == 1 {
		o.name = "naive"
	}
	copy(o.fitted, y[:m])
	sum := 0.0
	for t := m; t < n; t++ {
		o.fitted[t] = y[t-m]
		e := y[t] - y[t-m]
		sum += e * e
	}
	variance := sum / float64(max(n-m, 1))
	for k := range h {
		o.mean[k] = y[n-m+k%m]
		o.sd[k] = math.Sqrt(variance * float64(1+k/m))
	}
	return o
}
