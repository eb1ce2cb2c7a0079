package forecast

import "math"

// problem is one clean series ready for the methods: complete, scaled so that its
// mean size is 1, its season found.
type problem struct {
	y        []float64
	m        int     // periods in a cycle as asked; 1 for none
	h        int     // steps wanted
	scale    float64 // y times scale is the series in its own unit
	positive bool
	season   *seasonality // the season in force; m is 1 when the series is too short for one

	// Both decompositions; nil where the series is too short, or not positive.
	additive, multiplicative *seasonality

	// together says that several methods are combined; their falls then slow down,
	// unless they are to go straight on.
	together, straight bool

	ets     etsModel // once chosen; the zero model lets ETS choose
	simplex simplex
}

// pose prepares a series without missing values.
func pose(values []float64, m, h int) *problem {
	p := &problem{m: max(m, 1), h: h, scale: 1, y: make([]float64, len(values))}
	if size := meanSize(values); size > 0 {
		p.scale = size
	}
	for t, v := range values {
		p.y[t] = v / p.scale
	}
	p.positive = isPositive(p.y)
	p.season = noSeason(p.y)
	if p.m > 1 && len(p.y) >= 2*p.m+1 {
		p.additive = decompose(p.y, p.m, false)
		if p.positive {
			p.multiplicative = decompose(p.y, p.m, true)
		}
	}
	switch {
	case p.multiplicative != nil:
		p.season = p.multiplicative
	case p.additive != nil:
		p.season = p.additive
	}
	return p
}

// meanSize is the mean of the absolute values.
func meanSize(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += math.Abs(v)
	}
	return sum / float64(max(len(x), 1))
}

// outcome is what one method foretells of a problem.
type outcome struct {
	name   string // the method and, where it chooses one, its model
	mean   []float64
	sd     []float64 // of the forecast errors, as the method itself supposes
	fitted []float64 // one-step forecasts of the known values; nil where there are none
	params []Parameter
}

// onAdjusted puts the season back on an outcome for the adjusted series.
func (p *problem) onAdjusted(o *outcome) *outcome {
	if p.together && p.positive {
		slowFall(o.mean)
	}
	if p.season.m == 1 {
		return o
	}
	n := len(p.y)
	// The indices were estimated too.
	more := math.Sqrt(float64(n) / freedom(n, p.season.m-1))
	for k := range o.mean {
		o.mean[k] = p.season.add(o.mean[k], n+k)
		o.sd[k] *= more
		if p.season.multiply {
			o.sd[k] *= p.season.at(n + k)
		}
	}
	for t := range o.fitted {
		o.fitted[t] = p.season.add(o.fitted[t], t)
	}
	return o
}

// slowFall bends a straight fall below the first step into one by equal shares, as
// fast at first: what has always been positive halves rather than vanishes.
func slowFall(mean []float64) {
	from := mean[0]
	if !(from > 0) {
		return
	}
	for k, v := range mean {
		if v < from {
			mean[k] = from * math.Exp((v-from)/from)
		}
	}
}

// usable says whether the method ended in numbers.
func (o *outcome) usable() bool { return finite(o.mean...) && finite(o.sd...) }
