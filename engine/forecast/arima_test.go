package forecast

import (
	"math"
	"math/rand/v2"
	"testing"
)

// simulated draws n values of an ARMA(1,1) process about a mean, differenced d times.
func simulated(seed uint64, n, d int, phi, theta, mean float64) []float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	w, before := 0.0, 0.0
	out := make([]float64, 0, n)
	for t := range n + 100 {
		e := r.NormFloat64()
		w = phi*w + e + theta*before
		before = e
		if t >= 100 {
			out = append(out, w+mean)
		}
	}
	for range d {
		sum := 0.0
		for t, v := range out {
			sum += v
			out[t] = sum
		}
	}
	return out
}

func TestARIMARecoversTheProcessThatMadeTheSeries(t *testing.T) {
	var s simplex
	for _, c := range []struct {
		phi, theta, mean float64
		o                arimaOrder
	}{{0.7, 0, 5, arimaOrder{p: 1, drift: true}}, {0, 0.6, -3, arimaOrder{q: 1, drift: true}}, {0.7, 0.4, 0, arimaOrder{p: 1, q: 1}}, {-0.8, 0, 2, arimaOrder{p: 1, drift: true}}} {
		f := fitARIMA(simulated(7, 4000, 0, c.phi, c.theta, c.mean), c.o, &s)
		if f == nil {
			t.Fatalf("%v was not fitted", c.o)
		}
		near := func(what string, got []float64, want float64) {
			if len(got) == 1 && math.Abs(got[0]-want) > 0.06 {
				t.Errorf("%v: %s is %.3f, want %.2f", c.o, what, got[0], want)
			}
		}
		near("phi", f.phi, c.phi)
		near("theta", f.theta, c.theta)
		if c.o.drift && math.Abs(f.constant-c.mean) > 0.15 {
			t.Errorf("%v: mean %.3f, want %.2f", c.o, f.constant, c.mean)
		}
		if math.Abs(f.sigma-1) > 0.04 {
			t.Errorf("%v: sigma %.3f, want 1", c.o, f.sigma)
		}
	}
}

func TestARIMADifferencesWhatWandersAndOnlyThat(t *testing.T) {
	var s simplex
	for d := range 3 {
		right := 0
		for seed := range uint64(20) {
			if f := autoARIMA(simulated(seed, 200, d, 0.3, 0, 0), &s); f != nil && f.order.d == d {
				right++
			}
		}
		// KPSS at 5 % errs now and then.
		if right < 15 {
			t.Errorf("of 20 series differenced %d times %d were seen as such", d, right)
		}
	}
}

// An AR(1) returns to its mean by phi a step, and its error variance grows by the
// even powers of phi (Box and others, equation 5.2.3).
func TestARIMAForecastsAndTheirSpreadFollowTheTheory(t *testing.T) {
	f := &arimaFit{order: arimaOrder{p: 1, drift: true}, phi: []float64{0.6}, constant: 10, sigma: 2, w: []float64{10, 14}, e: []float64{0, 0}}
	mu, sd := f.forecast([]float64{10, 14}, 4)
	variance := 0.0
	for k := range 4 {
		variance += math.Pow(0.6, float64(2*k))
		if want := 10 + 4*math.Pow(0.6, float64(k+1)); math.Abs(mu[k]-want) > 1e-12 {
			t.Errorf("step %d: mean %v, want %v", k+1, mu[k], want)
		}
		if want := 2 * math.Sqrt(variance); math.Abs(sd[k]-want) > 1e-12 {
			t.Errorf("step %d: deviation %v, want %v", k+1, sd[k], want)
		}
	}
	// A random walk with drift goes on by the drift, and spreads as the root of the steps.
	w := &arimaFit{order: arimaOrder{d: 1, drift: true}, constant: 3, sigma: 1, w: []float64{3, 3}, e: []float64{0, 0}}
	mu, sd = w.forecast([]float64{1, 4, 7}, 3)
	for k := range 3 {
		if want := 7 + 3*float64(k+1); math.Abs(mu[k]-want) > 1e-12 || math.Abs(sd[k]-math.Sqrt(float64(k+1))) > 1e-12 {
			t.Errorf("step %d: %v ± %v, want %v ± root of the steps", k+1, mu[k], sd[k], want)
		}
	}
	// Differenced twice it goes on in a straight line.
	l := &arimaFit{order: arimaOrder{d: 2}, sigma: 1, w: []float64{0, 0}, e: []float64{0, 0}}
	mu, _ = l.forecast([]float64{2, 4, 6, 8}, 3)
	for k := range 3 {
		if want := 8 + 2*float64(k+1); math.Abs(mu[k]-want) > 1e-12 {
			t.Errorf("step %d: %v, want %v", k+1, mu[k], want)
		}
	}
}

func TestEveryARIMAParameterStaysStationary(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 2000 {
		p := 1 + r.IntN(mostARIMA)
		x, phi := make([]float64, p), make([]float64, p)
		for i := range x {
			x[i] = r.NormFloat64() * 4
		}
		partialToLags(x, phi)
		// Schur and Cohn: stationary if every partial autocorrelation, taken back out
		// of the coefficients lag by lag, lies between -1 and 1.
		for k := p - 1; k >= 0; k-- {
			last := phi[k]
			if !(math.Abs(last) < 0.9901) {
				t.Fatalf("%v: the partial autocorrelation at lag %d is %v", x, k+1, last)
			}
			down := make([]float64, k)
			for i := range down {
				down[i] = (phi[i] + last*phi[k-1-i]) / (1 - last*last)
			}
			phi = down
		}
	}
}
