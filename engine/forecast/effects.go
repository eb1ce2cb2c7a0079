package forecast

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"steward/engine/calc"
)

// drivers are the effects of known columns on a series.
type drivers struct {
	multiply bool
	ahead    []float64 // factor or amount of each step
	past     []float64 // the same of each value given
}

// effectPenalty is the ridge on standardised columns, in observations: an effect
// seen in a handful of periods is believed only in part.
const effectPenalty = 4

// fitEffects estimates what the columns do to the series, apart from season and
// trend, and takes it out of c.values. Columns are centred; positive series are
// fitted by ratio, so that an effect is in percent.
func fitEffects(c *cleaned, s Series, o Options) (*drivers, error) {
	if len(o.Effects) == 0 {
		return nil, nil
	}
	n, width := len(s.Values), len(o.Effects[0])
	if len(o.Effects) < n+o.Horizon {
		return nil, calc.Wrong("effects", "has %d rows; give one for each of the %d values and %d steps", len(o.Effects), n, o.Horizon)
	}
	for i, row := range o.Effects {
		if len(row) != width || !finite(row...) {
			return nil, calc.Wrong("effects", "row %d must hold %d numbers", i+1, width)
		}
	}
	d := &drivers{multiply: isPositive(c.values), ahead: make([]float64, o.Horizon), past: make([]float64, n)}
	known := len(c.values)
	if width == 0 || known < 2*width+8 {
		d.neutral()
		return d, nil
	}
	x, centre, size := standardised(o.Effects[c.leading:c.leading+known], width)
	y := irregular(c.values, s.Frequency, d.multiply)
	b := ridge(withoutSeason(x, s.Frequency), y, width)
	value := func(row []float64) float64 {
		v := 0.0
		for j := range row {
			if size[j] > 0 {
				v += b[j] * (row[j] - centre[j]) / size[j]
			}
		}
		if d.multiply {
			return math.Exp(max(min(v, 2), -2))
		}
		return v
	}
	for t := range n {
		d.past[t] = value(o.Effects[t])
	}
	for k := range o.Horizon {
		d.ahead[k] = value(o.Effects[n+k])
	}
	for t := range c.values {
		if e := d.past[c.leading+t]; d.multiply {
			c.values[t] /= e
		} else {
			c.values[t] -= e
		}
	}
	return d, nil
}

func (d *drivers) neutral() {
	if d.multiply {
		for i := range d.ahead {
			d.ahead[i] = 1
		}
		for i := range d.past {
			d.past[i] = 1
		}
	}
}

// irregular is what season and local trend leave of a series, as a log ratio when
// multiplied.
func irregular(y []float64, m int, multiply bool) []float64 {
	work := y
	if multiply {
		work = make([]float64, len(y))
		for t, v := range y {
			work[t] = math.Log(v)
		}
	}
	adjusted := work
	if m > 1 && len(work) >= 2*m+1 {
		adjusted = decompose(work, m, false).adjusted
	}
	trend := localLine(adjusted, max(m, 3))
	out := make([]float64, len(y))
	for t := range out {
		out[t] = adjusted[t] - trend[t]
	}
	return out
}

// standardised centres and scales the columns.
func standardised(rows [][]float64, width int) (x [][]float64, centre, size []float64) {
	centre, size = make([]float64, width), make([]float64, width)
	for j := range width {
		for _, row := range rows {
			centre[j] += row[j] / float64(len(rows))
		}
		for _, row := range rows {
			size[j] += (row[j] - centre[j]) * (row[j] - centre[j]) / float64(len(rows))
		}
		size[j] = math.Sqrt(size[j])
	}
	x = make([][]float64, len(rows))
	for i, row := range rows {
		x[i] = make([]float64, width)
		for j := range row {
			if size[j] > 0 {
				x[i][j] = (row[j] - centre[j]) / size[j]
			}
		}
	}
	return x, centre, size
}

// withoutSeason takes each position's mean out of the columns, as it was taken out
// of the series, so that only what differs from cycle to cycle is compared.
func withoutSeason(x [][]float64, m int) [][]float64 {
	if m < 2 || len(x) < 2*m+1 {
		return x
	}
	out := make([][]float64, len(x))
	for i := range m {
		for j := range x[0] {
			sum, count := 0.0, 0.0
			for t := i; t < len(x); t += m {
				sum, count = sum+x[t][j], count+1
			}
			for t := i; t < len(x); t += m {
				if out[t] == nil {
					out[t] = make([]float64, len(x[t]))
				}
				out[t][j] = x[t][j] - sum/count
			}
		}
	}
	return out
}

// ridge solves the penalised normal equations, which are always well posed.
func ridge(x [][]float64, y []float64, width int) []float64 {
	a, b := mat.NewSymDense(width, nil), mat.NewVecDense(width, nil)
	for i := range width {
		for j := i; j < width; j++ {
			sum := 0.0
			for t := range x {
				sum += x[t][i] * x[t][j]
			}
			if i == j {
				sum += effectPenalty
			}
			a.SetSym(i, j, sum)
		}
		sum := 0.0
		for t := range x {
			sum += x[t][i] * y[t]
		}
		b.SetVec(i, sum)
	}
	var chol mat.Cholesky
	out := make([]float64, width)
	if !chol.Factorize(a) {
		return out
	}
	var v mat.VecDense
	if err := chol.SolveVecTo(&v, b); err != nil {
		return out
	}
	copy(out, v.RawVector().Data)
	return out
}

// apply puts the effects of the coming periods on a forecast.
func (d *drivers) apply(r *Result) {
	if d == nil {
		return
	}
	on := func(x, e []float64) {
		for k := range x {
			if d.multiply {
				x[k] *= e[k]
			} else {
				x[k] += e[k]
			}
		}
	}
	on(r.Mean, d.ahead)
	for _, i := range r.Intervals {
		on(i.Lo, d.ahead)
		on(i.Hi, d.ahead)
	}
	for _, c := range r.Components {
		on(c.Mean, d.ahead)
	}
	on(r.Fitted, d.past)
	if d.multiply {
		on(r.deviation, d.ahead)
	}
}
