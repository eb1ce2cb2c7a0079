package risk

import (
	"math"

	"gonum.org/v1/gonum/mathext"

	"steward/engine/calc"
)

// distribution of the loss of one occurrence, and what is known of it by formula.
type distribution struct {
	kind      kind
	low, high float64 // of triangular and PERT; value of fixed in low
	peak      float64 // mode of triangular, as a share of the width
	a, b      float64 // shapes of PERT's beta
	mu, sigma float64 // of the logarithm
	spread    float64 // high - low
}

type kind int8

const (
	fixed kind = iota
	triangular
	pert
	lognormal
)

// normal95 is the 95 % quantile of the standard normal distribution.
const normal95 = 1.6448536269514722

// read checks a loss and turns it into a distribution.
func (l Loss) read(where string) (distribution, error) {
	need := func(v *float64, name string) (float64, error) {
		if v == nil {
			return 0, calc.Wrong(where+"."+name, "is missing; a %s loss needs it", l.Type)
		}
		if *v < 0 || *v > 1e15 {
			return 0, calc.Wrong(where+"."+name, "is %g; a loss is from 0 to 1e15", *v)
		}
		return *v, nil
	}
	refuse := func(names ...string) error {
		for _, n := range names {
			if v := map[string]*float64{"value": l.Value, "low": l.Low, "mode": l.Mode, "high": l.High}[n]; v != nil {
				return calc.Wrong(where+"."+n, "is not used by a %s loss; leave it out", l.Type)
			}
		}
		return nil
	}
	var d distribution
	var err error
	switch l.Type {
	case "fixed":
		d.kind = fixed
		if d.low, err = need(l.Value, "value"); err != nil {
			return d, err
		}
		return d, refuse("low", "mode", "high")
	case "triangular", "pert":
		if d.low, err = need(l.Low, "low"); err != nil {
			return d, err
		}
		mode, err := need(l.Mode, "mode")
		if err != nil {
			return d, err
		}
		if d.high, err = need(l.High, "high"); err != nil {
			return d, err
		}
		if !(d.low <= mode && mode <= d.high) {
			return d, calc.Wrong(where, "has low %g, mode %g, high %g; give low ≤ mode ≤ high", d.low, mode, d.high)
		}
		if d.low == d.high {
			return distribution{kind: fixed, low: d.low}, refuse("value")
		}
		d.spread = d.high - d.low
		d.peak = (mode - d.low) / d.spread
		d.kind = triangular
		if l.Type == "pert" {
			d.kind, d.a, d.b = pert, 1+4*d.peak, 5-4*d.peak
		}
		return d, refuse("value")
	case "lognormal":
		if d.low, err = need(l.Low, "low"); err != nil {
			return d, err
		}
		if d.high, err = need(l.High, "high"); err != nil {
			return d, err
		}
		if d.low <= 0 || d.high < d.low {
			return d, calc.Wrong(where, "has low %g and high %g; give 0 < low ≤ high", d.low, d.high)
		}
		d.kind = lognormal
		d.mu = (math.Log(d.low) + math.Log(d.high)) / 2
		d.sigma = (math.Log(d.high) - math.Log(d.low)) / (2 * normal95)
		if d.sigma > 5 {
			return d, calc.Wrong(where, "has high %g times low; the mean of so wide a lognormal loss says nothing, give bounds within a factor of %.0e", d.high/d.low, math.Exp(10*normal95))
		}
		return d, refuse("value", "mode")
	case "":
		return d, calc.Wrong(where+".type", "is missing; give fixed, triangular, pert or lognormal")
	}
	return d, calc.Wrong(where+".type", "%q is not known; give fixed, triangular, pert or lognormal", l.Type)
}

// draw returns one loss.
func (d *distribution) draw(s *stream) float64 {
	switch d.kind {
	case lognormal:
		return math.Exp(d.mu + d.sigma*s.normal())
	case triangular:
		u := s.unit()
		if u < d.peak {
			return d.low + d.spread*math.Sqrt(u*d.peak)
		}
		return d.high - d.spread*math.Sqrt((1-u)*(1-d.peak))
	case pert:
		x := s.gamma(d.a)
		return d.low + d.spread*x/(x+s.gamma(d.b))
	}
	return d.low
}

// mean of one loss.
func (d *distribution) mean() float64 {
	switch d.kind {
	case lognormal:
		return math.Exp(d.mu + d.sigma*d.sigma/2)
	case triangular:
		return d.low + d.spread*(1+d.peak)/3
	case pert:
		return d.low + d.spread*d.a/(d.a+d.b)
	}
	return d.low
}

// capped is the mean of a loss of which no more than limit counts.
func (d *distribution) capped(limit float64) float64 {
	switch d.kind {
	case lognormal:
		if limit <= 0 {
			return 0
		}
		if d.sigma == 0 {
			return math.Min(d.mean(), limit)
		}
		z := (math.Log(limit) - d.mu) / d.sigma
		return d.mean()*phi(z-d.sigma) + limit*phi(-z)
	case triangular, pert:
		x := (limit - d.low) / d.spread
		if x <= 0 {
			return limit
		}
		if x >= 1 {
			return d.mean()
		}
		below, part := d.below(x)
		return d.low*below + d.spread*part + limit*(1-below)
	}
	return math.Min(d.low, limit)
}

// below returns P(X ≤ x) and E[X; X ≤ x] of the distribution on [0,1].
func (d *distribution) below(x float64) (p, part float64) {
	if d.kind == pert {
		return mathext.RegIncBeta(d.a, d.b, x), d.a / (d.a + d.b) * mathext.RegIncBeta(d.a+1, d.b, x)
	}
	if x <= d.peak {
		return x * x / d.peak, 2 * x * x * x / (3 * d.peak)
	}
	rest := 1 - x // mirrored: above x lies rest²/(1-peak)
	above := rest * rest / (1 - d.peak)
	return 1 - above, (1+d.peak)/3 - (above - 2*rest*rest*rest/(3*(1-d.peak)))
}

// phi is the standard normal distribution function.
func phi(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }
