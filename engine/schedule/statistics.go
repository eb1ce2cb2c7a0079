package schedule

import (
	"math"
	"math/rand/v2"
	"sort"

	"steward/engine/calc"
)

// tidy rounds away the noise of binary fractions.
func tidy(x float64) float64 { return math.Round(x*1e6) / 1e6 }

// moments are the mean and the standard deviation of a sample.
func moments(x []float64) (mean, deviation float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		deviation += (v - mean) * (v - mean)
	}
	if len(x) > 1 {
		deviation = math.Sqrt(deviation / float64(len(x)-1))
	}
	return mean, deviation
}

// ranks replaces values by their ranks, ties by the mean of theirs.
func ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	sort.Slice(order, func(a, b int) bool {
		if x[order[a]] != x[order[b]] {
			return x[order[a]] < x[order[b]]
		}
		return order[a] < order[b]
	})
	out := make([]float64, len(x))
	for from := 0; from < len(order); {
		to := from
		for to < len(order) && x[order[to]] == x[order[from]] {
			to++
		}
		for k := from; k < to; k++ {
			out[order[k]] = float64(from+to-1) / 2
		}
		from = to
	}
	return out
}

// correlate is Pearson's correlation, 0 when one side does not vary.
func correlate(x, y []float64) float64 {
	mx, sx := moments(x)
	my, sy := moments(y)
	if sx == 0 || sy == 0 || len(x) < 2 {
		return 0
	}
	sum := 0.0
	for k := range x {
		sum += (x[k] - mx) * (y[k] - my)
	}
	return sum / float64(len(x)-1) / sx / sy
}

// copula ties uniform draws by a normal copula.
type copula struct {
	tasks []int
	lower [][]float64 // Cholesky factor of their normal correlations
	z     []float64
}

const maxCorrelated = 1000

func (s *simulation) newCopula() (*copula, error) {
	c := &copula{}
	at := map[int]int{}
	type entry struct {
		a, b int
		rank float64
	}
	var entries []entry
	for k, r := range s.in.Correlations {
		where := "risk.correlations[" + number(float64(k)) + "]"
		if !(r.Rank >= -1 && r.Rank <= 1) {
			return nil, calc.Wrong(where+".rank", "%s must lie between -1 and 1", number(r.Rank))
		}
		if len(r.Tasks) < 2 {
			return nil, calc.Wrong(where+".tasks", "name at least two tasks")
		}
		var in []int
		for _, id := range r.Tasks {
			i, ok := s.p.index[id]
			if !ok || s.tables[i] == nil {
				return nil, calc.Wrong(where+".tasks", "%q is not a task to come with an estimate", id)
			}
			if _, ok := at[i]; !ok {
				at[i] = len(c.tasks)
				c.tasks = append(c.tasks, i)
			}
			in = append(in, at[i])
		}
		if len(c.tasks) > maxCorrelated {
			return nil, calc.Wrong(where+".tasks", "more than %d tasks are correlated", maxCorrelated)
		}
		for x := range in {
			for y := range x {
				if in[x] == in[y] {
					return nil, calc.Wrong(where+".tasks", "%q is named twice", r.Tasks[x])
				}
				entries = append(entries, entry{in[x], in[y], r.Rank})
			}
		}
	}
	n := len(c.tasks)
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
		m[i][i] = 1
	}
	for _, e := range entries {
		// A normal copula with this correlation has the rank correlation asked for (Pearson 1907).
		v := 2 * math.Sin(math.Pi*e.rank/6)
		m[e.a][e.b], m[e.b][e.a] = v, v
	}
	c.z = make([]float64, n)
	var ok bool
	if c.lower, ok = cholesky(m); !ok {
		return nil, calc.Wrong("risk.correlations", "they contradict each other: no durations can have all these correlations; lower the strongest")
	}
	return c, nil
}

// cholesky factors a positive semidefinite matrix; false when it is not one.
func cholesky(m [][]float64) ([][]float64, bool) {
	n := len(m)
	l := make([][]float64, n)
	for i := range l {
		l[i] = make([]float64, n)
		for j := 0; j <= i; j++ {
			sum := m[i][j]
			for k := range j {
				sum -= l[i][k] * l[j][k]
			}
			switch {
			case i == j && sum < -1e-9:
				return nil, false
			case i == j:
				l[i][i] = math.Sqrt(max(sum, 0))
			case l[j][j] > 1e-7:
				l[i][j] = sum / l[j][j]
			case math.Abs(sum) > 1e-6:
				return nil, false
			}
		}
	}
	return l, true
}

// apply replaces the correlated tasks' draws.
func (c *copula) apply(rng *rand.Rand, unit []float64) {
	for i := range c.z {
		c.z[i] = rng.NormFloat64()
	}
	for i, t := range c.tasks {
		x := 0.0
		for k := 0; k <= i; k++ {
			x += c.lower[i][k] * c.z[k]
		}
		unit[t] = 0.5 * math.Erfc(-x/math.Sqrt2)
	}
}
