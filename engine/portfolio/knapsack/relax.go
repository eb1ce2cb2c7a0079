package knapsack

import "math"

// relax is the matrix of the linear relaxation: the rows in it, column by
// column, as whole numbers and scaled to about 1 as floats.
type relax struct {
	core *core
	m    int
	in   []int // index in core.rows of each row of the relaxation; in[0] = 0
	ai   []int64
	af   []float64 // ai over rowScale
	p    []float64 // core.p over pScale
	// scales turn scaled prices into prices: π = scaled·pScale/rowScale.
	pScale   float64
	rowScale []float64
	weight   []float64 // Σ|a| + |hi| + |lo| of each row: what a rounded price can weigh
	sumP     float64
}

func newRelax(c *core, in []int) *relax {
	m := len(in)
	r := &relax{core: c, m: m, in: in,
		ai: make([]int64, c.n*m), af: make([]float64, c.n*m), p: make([]float64, c.n),
		rowScale: make([]float64, m), weight: make([]float64, m), pScale: 1}
	for _, v := range c.p {
		r.pScale = max(r.pScale, math.Abs(float64(v)))
		r.sumP += math.Abs(float64(v))
	}
	for j, v := range c.p {
		r.p[j] = float64(v) / r.pScale
	}
	for i, ri := range in {
		row := &c.rows[ri]
		big := 1.0
		for _, a := range row.coef {
			big = max(big, math.Abs(float64(a)))
			r.weight[i] += math.Abs(float64(a))
		}
		r.rowScale[i] = big
		r.weight[i] += math.Min(math.Abs(float64(row.hi)), Largest)
		if row.lo != NoLo {
			r.weight[i] += math.Min(math.Abs(float64(row.lo)), Largest)
		}
		for k, j := range row.idx {
			r.ai[int(j)*m+i] = row.coef[k]
			r.af[int(j)*m+i] = float64(row.coef[k]) / big
		}
	}
	return r
}
