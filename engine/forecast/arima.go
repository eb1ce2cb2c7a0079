package forecast

import (
	"fmt"
	"math"
)

// arimaOrder is the order of an ARIMA model without a season.
type arimaOrder struct {
	p, d, q int
	drift   bool // a mean where d is 0, a drift where it is 1
}

func (o arimaOrder) String() string {
	name := fmt.Sprintf("ARIMA(%d,%d,%d)", o.p, o.d, o.q)
	switch {
	case o.drift && o.d > 0:
		return name + " with drift"
	case o.drift:
		return name + " with mean"
	}
	return name
}

func (o arimaOrder) parameters() int {
	k := o.p + o.q
	if o.drift {
		k++
	}
	return k
}

// arimaFit is an ARIMA model estimated by conditional least squares: Box, Jenkins,
// Reinsel and Ljung, Time Series Analysis, 5th edition (2016), chapter 7.
type arimaFit struct {
	order    arimaOrder
	phi      []float64 // of the differenced series, less its mean
	theta    []float64
	constant float64
	sigma    float64
	aicc     float64
	w, e     []float64 // differenced series and one-step errors
}

const (
	mostARIMA     = 3  // p and q are at most that
	leastForARIMA = 10 // values below which orders cannot be told apart
	// kpssCritical is the 5 % point of the level-stationarity statistic: Kwiatkowski,
	// Phillips, Schmidt and Shin, Journal of Econometrics 54 (1992), table 1.
	kpssCritical = 0.463
)

// autoARIMA chooses the differences by the KPSS test and the other orders by AICc,
// stepping from four starts to neighbours as long as one is better: Hyndman and
// Khandakar, "Automatic time series forecasting", Journal of Statistical Software
// 27 (2008). y has no season.
func autoARIMA(y []float64, s *simplex) *arimaFit {
	if len(y) < leastForARIMA {
		return nil
	}
	d, w := 0, y
	for d < 2 && kpss(w) > kpssCritical && !isConstant(w) {
		w = differences(w)
		d++
	}
	seen := map[arimaOrder]bool{}
	var best *arimaFit
	try := func(o arimaOrder) bool {
		if o.p < 0 || o.q < 0 || o.p > mostARIMA || o.q > mostARIMA || seen[o] || o.drift && d > 1 || 3*(o.parameters()+1) > len(w) {
			return false
		}
		seen[o] = true
		f := fitARIMA(w, o, s)
		if f == nil || best != nil && f.aicc >= best.aicc {
			return false
		}
		best = f
		return true
	}
	drift := d < 2
	for _, pq := range [][2]int{{2, 2}, {0, 0}, {1, 0}, {0, 1}} {
		try(arimaOrder{pq[0], d, pq[1], drift})
	}
	if best == nil {
		return nil
	}
	for moved := true; moved; {
		moved = false
		from := best.order
		for _, step := range [][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {-1, -1}} {
			if try(arimaOrder{from.p + step[0], d, from.q + step[1], from.drift}) {
				moved = true
			}
		}
		if d < 2 && try(arimaOrder{from.p, d, from.q, !from.drift}) {
			moved = true
		}
	}
	return best
}

// kpss is the statistic of the null hypothesis that the series wanders about a
// fixed level, with Bartlett weights over 4(n/100)^¼ lags.
func kpss(y []float64) float64 {
	n := len(y)
	m := mean(y)
	sum, cum, variance := 0.0, 0.0, 0.0
	for _, v := range y {
		cum += v - m
		sum += cum * cum
		variance += (v - m) * (v - m)
	}
	lags := int(4 * math.Pow(float64(n)/100, 0.25))
	for k := 1; k <= min(lags, n-1); k++ {
		c := 0.0
		for t := k; t < n; t++ {
			c += (y[t] - m) * (y[t-k] - m)
		}
		variance += 2 * (1 - float64(k)/float64(lags+1)) * c
	}
	if variance <= 0 {
		return 0
	}
	return sum / (float64(n) * variance)
}

func differences(y []float64) []float64 {
	out := make([]float64, len(y)-1)
	for t := range out {
		out[t] = y[t+1] - y[t]
	}
	return out
}

// fitARIMA estimates one model of the differenced series; nil where it cannot be.
func fitARIMA(w []float64, o arimaOrder, s *simplex) *arimaFit {
	f := &arimaFit{order: o, phi: make([]float64, o.p), theta: make([]float64, o.q), w: w, e: make([]float64, len(w))}
	k := o.parameters()
	x, step := make([]float64, k), make([]float64, k)
	for i := range step {
		step[i] = 0.3
	}
	level, spread := 0.0, 0.0
	if o.drift {
		level, spread = mean(w), spreadOf(w)
		step[k-1] = 0.3
	}
	take := func(x []float64) {
		partialToLags(x[:o.p], f.phi)
		partialToLags(x[o.p:o.p+o.q], f.theta)
		for i := range f.theta {
			f.theta[i] = -f.theta[i]
		}
		f.constant = 0
		if o.drift {
			f.constant = level + x[k-1]*spread
		}
	}
	sse := 0.0
	if k > 0 {
		s.minimise(func(x []float64) float64 { take(x); return f.filter() }, x, step, 80*(k+1))
	}
	take(x)
	sse = f.filter()
	n := float64(len(w))
	if free := n - float64(k) - 2; free <= 0 || math.IsNaN(sse) || math.IsInf(sse, 0) {
		return nil
	}
	f.sigma = math.Sqrt(sse / freedom(len(w), k))
	params := float64(k + 1)
	f.aicc = n*math.Log(math.Max(sse/n, 1e-300)) + 2*params + 2*params*(params+1)/(n-params-1)
	return f
}

// filter computes the one-step errors and their sum of squares; what lay before the
// series counts as its mean.
func (f *arimaFit) filter() float64 {
	sum := 0.0
	for t, v := range f.w {
		e := v - f.constant
		for i, c := range f.phi {
			if t > i {
				e -= c * (f.w[t-1-i] - f.constant)
			}
		}
		for i, c := range f.theta {
			if t > i {
				e -= c * f.e[t-1-i]
			}
		}
		f.e[t] = e
		sum += e * e
	}
	return sum
}

// partialToLags turns unbounded numbers into the coefficients of a stationary
// autoregression, by way of partial autocorrelations (Barndorff-Nielsen and Schou,
// Journal of Multivariate Analysis 3, 1973).
func partialToLags(x, out []float64) {
	var work [mostARIMA]float64
	for k := range x {
		r := 0.99 * math.Tanh(x[k])
		copy(work[:k], out[:k])
		for i := range k {
			out[i] = work[i] - r*work[k-1-i]
		}
		out[k] = r
	}
}

// forecast continues y, the series before the differences, by h values.
func (f *arimaFit) forecast(y []float64, h int) (mu, sd []float64) {
	n := len(f.w)
	w, e := append(make([]float64, 0, n+h), f.w...), append(make([]float64, 0, n+h), f.e...)
	psi := make([]float64, h)
	for k := range h {
		v := f.constant
		if k == 0 {
			psi[k] = 1
		}
		for i, c := range f.phi {
			if at := n + k - 1 - i; at >= 0 {
				v += c * (w[at] - f.constant)
			}
			if k > i {
				psi[k] += c * psi[k-1-i]
			}
		}
		for i, c := range f.theta {
			if at := n + k - 1 - i; at >= 0 {
				v += c * e[at]
			}
			if k == i+1 {
				psi[k] += c
			}
		}
		w, e = append(w, v), append(e, 0)
	}
	mu, sd = w[n:], make([]float64, h)
	for range f.order.d {
		for k := 1; k < h; k++ {
			psi[k] += psi[k-1]
		}
	}
	for d := f.order.d - 1; d >= 0; d-- {
		last := y
		for range d {
			last = differences(last)
		}
		at := last[len(last)-1]
		for k := range mu {
			at += mu[k]
			mu[k] = at
		}
	}
	variance := 0.0
	for k := range h {
		variance += psi[k] * psi[k]
		sd[k] = f.sigma * math.Sqrt(variance)
	}
	return mu, sd
}

// fitted are the one-step forecasts within y.
func (f *arimaFit) fitted(y []float64) []float64 {
	out := append([]float64(nil), y...)
	for t, e := range f.e {
		out[t+f.order.d] -= e
	}
	return out
}

// memberARIMA forecasts the seasonally adjusted series.
func memberARIMA(p *problem) *outcome {
	f := autoARIMA(p.season.adjusted, &p.simplex)
	if f == nil {
		return nil
	}
	o := &outcome{name: f.order.String(), fitted: f.fitted(p.season.adjusted)}
	o.mean, o.sd = f.forecast(p.season.adjusted, p.h)
	for i, c := range f.phi {
		o.params = append(o.params, Parameter{fmt.Sprintf("phi%d", i+1), c})
	}
	for i, c := range f.theta {
		o.params = append(o.params, Parameter{fmt.Sprintf("theta%d", i+1), c})
	}
	return p.onAdjusted(o)
}

// spreadOf is the standard deviation.
func spreadOf(y []float64) float64 {
	m, sum := mean(y), 0.0
	for _, v := range y {
		sum += (v - m) * (v - m)
	}
	return math.Sqrt(sum / float64(max(len(y), 1)))
}
