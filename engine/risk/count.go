package risk

import "math"

// counter draws how often an event happens in a year.
type counter struct {
	once  bool
	p     float64   // probability, when once
	cdf   []float64 // Poisson distribution function, up to where it is 1
	guide [257]int32
}

// newCounter prepares counts with the mean; once says that it is a probability.
func newCounter(mean float64, once bool) *counter {
	c := &counter{once: once, p: mean}
	if once {
		return c
	}
	// Terms outward from the mode, where they are largest, then summed up from 0.
	top := int(mean + 12*math.Sqrt(mean) + 40)
	sum := 0.0
	for k := 0; k <= top; k++ {
		lg, _ := math.Lgamma(float64(k) + 1)
		if mean == 0 {
			sum = 1
		} else {
			sum += math.Exp(float64(k)*math.Log(mean) - mean - lg)
		}
		c.cdf = append(c.cdf, math.Min(sum, 1))
		if sum >= 1-1e-17 {
			break
		}
	}
	c.cdf[len(c.cdf)-1] = 1
	k := int32(0)
	for i := range c.guide {
		for int(k) < len(c.cdf)-1 && c.cdf[k] < float64(i)/256 {
			k++
		}
		c.guide[i] = k
	}
	return c
}

// draw inverts the distribution function, exactly but for its rounding.
func (c *counter) draw(s *stream) int {
	u := s.unit()
	if c.once {
		if u < c.p {
			return 1
		}
		return 0
	}
	if u < c.cdf[0] {
		return 0
	}
	k := int(c.guide[int(u*256)])
	for c.cdf[k] < u {
		k++
	}
	return k
}
