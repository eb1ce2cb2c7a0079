package schedule

import (
	"math"

	"gonum.org/v1/gonum/mathext"

	"steward/engine/calc"
)

// mean is the expected duration: (o+4m+p)/6 for PERT.
func (e *Estimate) mean() float64 {
	switch e.Shape {
	case "triangular":
		return (e.Optimistic + e.Likely + e.Pessimistic) / 3
	case "uniform":
		return (e.Optimistic + e.Pessimistic) / 2
	case "fixed":
		return e.Likely
	}
	return (e.Optimistic + 4*e.Likely + e.Pessimistic) / 6
}

func (e *Estimate) validate(where string, negative bool) error {
	switch e.Shape {
	case "", "pert", "triangular", "uniform", "fixed":
	default:
		return calc.Wrong(where+".shape", "%q is unknown; use pert, triangular, uniform or fixed", e.Shape)
	}
	for _, v := range []float64{e.Optimistic, e.Likely, e.Pessimistic} {
		if math.IsNaN(v) || math.Abs(v) > 1e9 || !negative && v < 0 {
			return calc.Wrong(where, "%s is out of range", number(v))
		}
	}
	if e.Shape == "fixed" {
		return nil
	}
	if e.Optimistic > e.Pessimistic || e.Shape != "uniform" && (e.Likely < e.Optimistic || e.Likely > e.Pessimistic) {
		return calc.Wrong(where, "optimistic %s, likely %s, pessimistic %s must not fall", number(e.Optimistic), number(e.Likely), number(e.Pessimistic))
	}
	return nil
}

// quantiles is an inverse distribution function, tabulated.
type quantiles []float64

const tabulated = 2048

// table inverts the estimate's distribution. PERT is the beta distribution
// with mean (o+4m+p)/6 and shape 4 (Malcolm et al. 1959; Vose 2008).
func (e *Estimate) table() quantiles {
	q := make(quantiles, tabulated+1)
	for k := range q {
		q[k] = e.quantile(float64(k) / tabulated)
	}
	return q
}

func (e *Estimate) quantile(u float64) float64 {
	o, m, p := e.Optimistic, e.Likely, e.Pessimistic
	switch {
	case e.Shape == "fixed":
		return m
	case p <= o:
		return o
	case e.Shape == "uniform":
		return o + u*(p-o)
	case e.Shape == "triangular":
		if c := (m - o) / (p - o); u < c {
			return o + math.Sqrt(u*c)*(p-o)
		} else {
			return p - math.Sqrt((1-u)*(1-c))*(p-o)
		}
	}
	switch u {
	case 0:
		return o
	case 1:
		return p
	}
	a, b := 1+4*(m-o)/(p-o), 1+4*(p-m)/(p-o)
	return o + mathext.InvRegIncBeta(a, b, u)*(p-o)
}

// at reads the table between its points.
func (q quantiles) at(u float64) float64 {
	x := u * tabulated
	k := min(int(x), tabulated-1)
	return q[k] + (x-float64(k))*(q[k+1]-q[k])
}
