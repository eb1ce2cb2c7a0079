package forecast

import "math"

// Theta models as single-source-of-error state space models: Fiorucci,
// Pellegrini, Louzada, Petropoulos and Koehler, "Models for optimising the theta
// method and their relationship to state space models", International Journal of
// Forecasting 32 (2016) 1151-1161. The standard theta method of Assimakopoulos
// and Nikolopoulos (2000) is θ = 2 with a fixed line.
type thetaModel struct {
	optimise bool // estimate θ; else it is 2
	dynamic  bool // the line follows the data; else it is fitted once to all of it
}

func (k thetaModel) String() string {
	switch {
	case k.optimise && k.dynamic:
		return "dynamic optimised theta"
	case k.optimise:
		return "optimised theta"
	case k.dynamic:
		return "dynamic theta"
	}
	return "theta"
}

type thetaFit struct {
	model                thetaModel
	level, alpha, weight float64 // weight of the line: 1-1/θ
	a, b                 float64 // the fixed line
	sigma                float64
	fitted               []float64
	state                thetaState
}

// thetaState is what the recursion carries from one period to the next.
type thetaState struct {
	t     int
	level float64
	mean  float64
	a, b  float64 // the line through all values so far
	fade  float64 // (1-α)^t
}

// weightMost bounds the line's weight 1-1/θ; θ = 1 gives it none.
const weightMost = 0.99

// fitTheta estimates a model by least squares of the one-step errors. y has no
// season and at least three values.
func fitTheta(y []float64, k thetaModel, s *simplex) (*thetaFit, bool) {
	if len(y) < 3 {
		return nil, false
	}
	f := &thetaFit{model: k, weight: 0.5}
	f.a, f.b = line(y)
	x, step := []float64{y[0] / 2, 0.5}, []float64{0.2*math.Abs(y[0]) + 0.05, 0.2}
	if k.optimise {
		x, step = append(x, 0.5), append(step, 0.25)
	}
	value := s.minimise(func(x []float64) float64 {
		if !f.take(x) {
			return math.Inf(1)
		}
		return f.filter(y, nil)
	}, x, step, 150*len(x))
	if math.IsInf(value, 1) || !f.take(x) {
		return nil, false
	}
	f.fitted = make([]float64, len(y))
	value = f.filter(y, f.fitted)
	f.sigma = math.Sqrt(value / freedom(len(y), len(x)))
	return f, true
}

func (f *thetaFit) take(x []float64) bool {
	f.level, f.alpha = x[0], x[1]
	if f.model.optimise {
		f.weight = x[2]
	}
	return f.alpha >= 0.1 && f.alpha <= 0.99 && f.weight >= 0 && f.weight <= weightMost
}

// filter returns the sum of squared one-step errors from the third value on: the
// line through the first two says nothing yet.
func (f *thetaFit) filter(y, fitted []float64) float64 {
	f.state = thetaState{level: f.level, fade: 1}
	sum := 0.0
	for t, v := range y {
		mu := f.step(&f.state, v, false)
		if fitted != nil {
			fitted[t] = mu
		}
		if t >= 2 {
			sum += (v - mu) * (v - mu)
		}
	}
	return sum
}

// step returns the forecast of the next value and moves the state past it. When
// known is not given, the forecast itself is taken for the value.
func (f *thetaFit) step(s *thetaState, known float64, foretell bool) float64 {
	a, b := f.a, f.b
	if f.model.dynamic {
		a, b = s.a, s.b
	}
	next := s.fade * (1 - f.alpha)
	mu := s.level + f.weight*(s.fade*a+(1-next)/f.alpha*b)
	if s.t == 0 && f.model.dynamic {
		mu = known
	}
	v := known
	if foretell {
		v = mu
	}
	s.t++
	s.fade = next
	s.level = f.alpha*v + (1-f.alpha)*s.level
	if f.model.dynamic {
		t, before := float64(s.t), s.mean
		s.mean = ((t-1)*s.mean + v) / t
		if s.t > 1 {
			s.b = ((t-2)*s.b + 6*(v-before)/t) / (t + 1)
		}
		s.a = s.mean - s.b*(t+1)/2
	}
	return mu
}

// forecast returns the means and standard deviations of the next h values.
func (f *thetaFit) forecast(h int) (mu, sd []float64) {
	mu, sd = make([]float64, h), make([]float64, h)
	s := f.state
	for k := range h {
		mu[k] = f.step(&s, 0, true)
		sd[k] = f.sigma * math.Sqrt(1+float64(k)*f.alpha*f.alpha)
	}
	return mu, sd
}
