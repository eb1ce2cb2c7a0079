package forecast

import (
	"math"
	"slices"
)

// Exponential smoothing in state space form: Hyndman, Koehler, Ord and Snyder,
// "Forecasting with Exponential Smoothing" (Springer 2008). A model is named by
// its error, trend and season: A additive, M multiplicative, Ad damped, N none.
type etsModel struct {
	noise  byte // 'A' or 'M'
	trend  byte // 'N', 'A' or 'D' (damped)
	season byte // 'N', 'A' or 'M'
}

func (k etsModel) String() string {
	trend := string(k.trend)
	if k.trend == 'D' {
		trend = "Ad"
	}
	return "ETS(" + string(k.noise) + "," + trend + "," + string(k.season) + ")"
}

// etsModels returns the models that are sensible for a series: those with
// infinite variance (additive error with multiplicative season) are left out,
// multiplication needs positive values, and a season two cycles at least.
func etsModels(positive, seasonal bool) []etsModel {
	var out []etsModel
	for _, e := range []byte("AM") {
		for _, s := range []byte("NAM") {
			for _, t := range []byte("NAD") {
				needs := e == 'M' || s == 'M'
				if needs && !positive || s == 'M' && e == 'A' || s != 'N' && !seasonal {
					continue
				}
				out = append(out, etsModel{e, t, s})
			}
		}
	}
	return out
}

// etsFit is a model with its parameters and its state after the last value.
type etsFit struct {
	model                   etsModel
	m                       int
	alpha, beta, gamma, phi float64
	level, trend            float64   // before the first value, later after the last
	season                  []float64 // by position in the cycle
	aicc, sigma             float64   // sigma: of one-step errors, relative when multiplicative
	fitted                  []float64
	startLevel, startTrend  float64
	startSeason             []float64
	n                       int
}

// lower and upper bounds of the smoothing parameters.
const (
	etsLeast          = 1e-4
	etsMost           = 0.9999
	phiLeast, phiMost = 0.80, 0.98
)

// fitETS estimates a model by maximum likelihood. season holds the starting
// seasonal indices; it is ignored by a model without a season.
func fitETS(y []float64, model etsModel, season *seasonality, s *simplex) (*etsFit, bool) {
	f := &etsFit{model: model, m: 1, n: len(y), phi: 1}
	adjusted := y
	if model.season != 'N' {
		f.m, adjusted = season.m, season.adjusted
		f.startSeason = season.index
	}
	f.season = make([]float64, f.m)
	level, trend := etsStart(adjusted, model.trend)
	x, step := f.start(level, trend)
	if len(y) < len(x)+f.stateCount()-2 {
		return nil, false
	}
	value := s.minimise(func(x []float64) float64 {
		if !f.take(x) {
			return math.Inf(1)
		}
		return f.filter(y, nil)
	}, x, step, 120*len(x))
	if math.IsInf(value, 1) || !f.take(x) {
		return nil, false
	}
	f.fitted = make([]float64, len(y))
	value = f.filter(y, f.fitted)
	// One more than the parameters is the variance; the season has m-1 free states.
	k := float64(len(x) + 1)
	if model.season != 'N' {
		k += float64(f.m - 1)
	}
	n := float64(len(y))
	f.sigma = f.spread(y, freedom(len(y), int(k)-1))
	if n-k-1 <= 0 {
		return nil, false
	}
	f.aicc = value + 2*k*n/(n-k-1)
	return f, !math.IsNaN(f.aicc)
}

func (f *etsFit) stateCount() int {
	if f.model.season == 'N' {
		return 2
	}
	return 2 + f.m - 1
}

// etsStart estimates level and slope before the first value from the first ten.
func etsStart(y []float64, trend byte) (level, slope float64) {
	first := y[:min(len(y), 10)]
	if trend == 'N' {
		return mean(first), 0
	}
	a, b := line(first)
	return a, b
}

// start returns the first guess of the parameters and how far to look around it.
func (f *etsFit) start(level, slope float64) (x, step []float64) {
	add := func(v, d float64) { x, step = append(x, v), append(step, d) }
	add(0.3, 0.2)
	if f.model.trend != 'N' {
		add(0.05, 0.1)
	}
	if f.model.season != 'N' {
		add(0.05, 0.1)
	}
	if f.model.trend == 'D' {
		add(0.93, 0.04)
	}
	add(level, 0.1*math.Abs(level)+0.01)
	if f.model.trend != 'N' {
		add(slope, 0.5*math.Abs(slope)+0.005)
	}
	return x, step
}

// take sets the parameters from x; it refuses those outside their bounds.
func (f *etsFit) take(x []float64) bool {
	next := func() float64 { v := x[0]; x = x[1:]; return v }
	f.alpha, f.beta, f.gamma, f.phi = next(), 0, 0, 1
	if f.model.trend != 'N' {
		f.beta = next()
	}
	if f.model.season != 'N' {
		f.gamma = next()
	}
	if f.model.trend == 'D' {
		f.phi = next()
	}
	f.startLevel, f.startTrend = next(), 0
	if f.model.trend != 'N' {
		f.startTrend = next()
	}
	return f.alpha >= etsLeast && f.alpha <= etsMost &&
		(f.model.trend == 'N' || f.beta >= etsLeast && f.beta <= f.alpha) &&
		(f.model.season == 'N' || f.gamma >= etsLeast && f.gamma <= 1-f.alpha) &&
		(f.model.trend != 'D' || f.phi >= phiLeast && f.phi <= phiMost)
}

// filter runs the model over y from its starting state and returns -2 log
// likelihood up to a constant, or +Inf where the model breaks down. fitted, if
// not nil, receives the one-step forecasts.
//
// With multiplicative errors the recursions are those of additive ones; only the
// error's scale, and so the likelihood, differs (the same book, section 5.1).
func (f *etsFit) filter(y, fitted []float64) float64 {
	l, b := f.startLevel, f.startTrend
	season := f.season
	copy(season, f.startSeason)
	sum, logs, product := 0.0, 0.0, 1.0
	multiply, at := f.model.noise == 'M', 0
	for t, v := range y {
		b *= f.phi
		base := l + b
		mu, e := base, 0.0
		switch f.model.season {
		case 'N':
			e = v - mu
			l = base + f.alpha*e
			b += f.beta * e
		case 'A':
			mu = base + season[at]
			e = v - mu
			l = base + f.alpha*e
			b += f.beta * e
			season[at] += f.gamma * e
		case 'M':
			s := season[at]
			mu = base * s
			e = v - mu
			if !(base > 1e-9 && s > 1e-9) {
				return math.Inf(1)
			}
			l = base + f.alpha*e/s
			b += f.beta * e / s
			season[at] = s + f.gamma*e/base
		}
		if at++; at == f.m {
			at = 0
		}
		if fitted != nil {
			fitted[t] = mu
		}
		if multiply {
			if !(mu > 1e-9) {
				return math.Inf(1)
			}
			e /= mu
			if product *= mu; product > 1e200 || product < 1e-200 {
				logs, product = logs+math.Log(product), 1
			}
		}
		sum += e * e
	}
	f.level, f.trend = l, b
	n := float64(len(y))
	return n*math.Log(max(sum, 1e-12*n)) + 2*(logs+math.Log(product))
}

// spread returns the standard deviation of the one-step errors.
func (f *etsFit) spread(y []float64, free float64) float64 {
	sum := 0.0
	for t, v := range y {
		e := v - f.fitted[t]
		if f.model.noise == 'M' {
			e /= f.fitted[t]
		}
		sum += e * e
	}
	return math.Sqrt(sum / free)
}

// forecast returns the means and standard deviations of the next h values.
func (f *etsFit) forecast(h int) (mu, sd []float64) {
	mu, sd = make([]float64, h), make([]float64, h)
	damp, sum, variance := 0.0, 0.0, 1.0
	power := 1.0
	for k := range h {
		power *= f.phi
		damp += power
		v := f.level + damp*f.trend
		at := (f.n + k) % f.m
		switch f.model.season {
		case 'A':
			v += f.season[at]
		case 'M':
			v = max(v, 0) * f.season[at]
		}
		mu[k] = v
		sd[k] = f.sigma * math.Sqrt(variance)
		if f.model.noise == 'M' {
			sd[k] *= math.Abs(v)
		}
		// The error of this step moves the states of all later ones.
		sum = f.alpha + f.beta*damp
		if f.model.season != 'N' && (k+1)%f.m == 0 {
			sum += f.gamma
		}
		variance += sum * sum
	}
	return mu, sd
}

// autoETS fits every sensible model and returns the one of lowest AICc.
func autoETS(p *problem) *etsFit {
	var best *etsFit
	seasonal := p.additive != nil
	models := etsModels(p.positive, seasonal)
	if slices.Contains(models, p.ets) {
		models = []etsModel{p.ets}
	}
	for _, k := range models {
		season := p.additive
		if k.season == 'M' {
			season = p.multiplicative
		}
		if f, ok := fitETS(p.y, k, season, &p.simplex); ok && (best == nil || f.aicc < best.aicc) {
			best = f
		}
	}
	return best
}
