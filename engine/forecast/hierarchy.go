package forecast

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"steward/engine/calc"
)

// Hierarchy says which series are sums of others, and how forecasts are made to
// add up.
type Hierarchy struct {
	Sums   map[string][]string `json:"sums" doc:"a sum and the series it is the sum of; those may be sums themselves"`
	Method string              `json:"method,omitempty" doc:"mint (default), bottom-up or top-down"`
}

// Reconcile makes the forecasts of a hierarchy add up and returns them in the order
// given. names are the series; base[i] is the forecast of series i; residuals[i]
// are its one-step errors, aligned in time, which only mint needs.
//
// bottom-up adds up the lowest series. top-down shares the highest by the base
// forecasts' proportions, level by level. mint combines all of them with the least
// variance, the errors' covariance shrunk towards its diagonal: Wickramasuriya,
// Athanasopoulos and Hyndman 2019, Journal of the American Statistical Association
// 114; shrinkage by Schäfer and Strimmer 2005.
func (h *Hierarchy) Reconcile(names []string, base, residuals [][]float64) ([][]float64, error) {
	t, err := h.tree(names)
	if err != nil {
		return nil, err
	}
	switch h.Method {
	case "bottom-up":
		return t.addUp(base), nil
	case "top-down":
		return t.topDown(base), nil
	case "", "mint":
		return t.mint(base, residuals)
	}
	return nil, calc.Wrong("hierarchy.method", "there is no method %q; there are mint, bottom-up and top-down", short(h.Method))
}

// maxHierarchy bounds the matrices of mint.
const maxHierarchy = 2000

// tree is a hierarchy by index.
type tree struct {
	parts  [][]int     // by series, what it is the sum of; empty for the lowest
	lowest []int       // the series that are no sums
	order  []int       // every series after its parts
	sums   [][]float64 // by series, how often each of the lowest is in it
}

func (h *Hierarchy) tree(names []string) (*tree, error) {
	if len(names) > maxHierarchy {
		return nil, calc.Wrong("hierarchy", "has %d series; the most is %d", len(names), maxHierarchy)
	}
	at := map[string]int{}
	for i, n := range names {
		if _, twice := at[n]; twice {
			return nil, calc.Wrong("series", "the name %q stands twice", short(n))
		}
		at[n] = i
	}
	t := &tree{parts: make([][]int, len(names)), sums: make([][]float64, len(names))}
	sums := make([]string, 0, len(h.Sums))
	for s := range h.Sums {
		sums = append(sums, s)
	}
	slices.Sort(sums)
	for _, s := range sums {
		i, ok := at[s]
		if !ok {
			return nil, calc.Wrong("hierarchy.sums", "there is no series %q", short(s))
		}
		if len(h.Sums[s]) == 0 {
			return nil, calc.Wrong("hierarchy.sums", "%q is the sum of nothing; name its parts", short(s))
		}
		for _, p := range h.Sums[s] {
			j, ok := at[p]
			if !ok {
				return nil, calc.Wrong("hierarchy.sums", "%q counts %q, which is no series", short(s), short(p))
			}
			t.parts[i] = append(t.parts[i], j)
		}
	}
	for i, p := range t.parts {
		if len(p) == 0 {
			t.lowest = append(t.lowest, i)
		}
	}
	state := make([]byte, len(names))
	for i := range names {
		if err := t.visit(i, state, names); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// visit puts a series after its parts and refuses a sum that contains itself.
func (t *tree) visit(i int, state []byte, names []string) error {
	switch state[i] {
	case 1:
		return calc.Wrong("hierarchy.sums", "%q is a part of itself", short(names[i]))
	case 2:
		return nil
	}
	state[i] = 1
	t.sums[i] = make([]float64, len(t.lowest))
	if len(t.parts[i]) == 0 {
		t.sums[i][slices.Index(t.lowest, i)] = 1
	}
	for _, p := range t.parts[i] {
		if err := t.visit(p, state, names); err != nil {
			return err
		}
		for j, v := range t.sums[p] {
			t.sums[i][j] += v
		}
	}
	state[i] = 2
	t.order = append(t.order, i)
	return nil
}

// addUp keeps the lowest series and sums them.
func (t *tree) addUp(base [][]float64) [][]float64 {
	out := make([][]float64, len(base))
	for i := range base {
		out[i] = make([]float64, len(base[i]))
		for j, w := range t.sums[i] {
			if w != 0 {
				for k, v := range base[t.lowest[j]] {
					out[i][k] += w * v
				}
			}
		}
	}
	return out
}

// topDown shares each sum among its parts as they themselves foretell.
func (t *tree) topDown(base [][]float64) [][]float64 {
	out := make([][]float64, len(base))
	for i := range base {
		out[i] = slices.Clone(base[i])
	}
	shared := make([]bool, len(base))
	for _, i := range slices.Backward(t.order) {
		for k := range out[i] {
			total := 0.0
			for _, p := range t.parts[i] {
				total += base[p][k]
			}
			for _, p := range t.parts[i] {
				if shared[p] {
					continue // a part of two sums follows the first
				}
				if total != 0 {
					out[p][k] = out[i][k] * base[p][k] / total
				} else {
					out[p][k] = out[i][k] / float64(len(t.parts[i]))
				}
			}
		}
		for _, p := range t.parts[i] {
			shared[p] = true
		}
	}
	return t.addUp(out)
}

// mint returns S (S'W⁻¹S)⁻¹ S'W⁻¹ base.
func (t *tree) mint(base, residuals [][]float64) ([][]float64, error) {
	n, m := len(base), len(t.lowest)
	w := shrunkCovariance(residuals, n)
	s := mat.NewDense(n, m, nil)
	for i, row := range t.sums {
		s.SetRow(i, row)
	}
	var chol mat.Cholesky
	if !chol.Factorize(w) {
		return nil, fmt.Errorf("reconcile forecasts: the errors' covariance is not positive definite")
	}
	var ws, a mat.Dense
	if err := chol.SolveTo(&ws, s); err != nil {
		return nil, fmt.Errorf("reconcile forecasts: %w", err)
	}
	a.Mul(s.T(), &ws)
	steps := len(base[0])
	y := mat.NewDense(n, steps, nil)
	for i, b := range base {
		y.SetRow(i, b)
	}
	var right, bottom, all mat.Dense
	right.Mul(ws.T(), y)
	if err := bottom.Solve(&a, &right); err != nil {
		return nil, fmt.Errorf("reconcile forecasts: %w", err)
	}
	all.Mul(s, &bottom)
	out := make([][]float64, n)
	for i := range out {
		out[i] = slices.Clone(all.RawRowView(i))
	}
	return out, nil
}

// shrunkCovariance estimates the covariance of one-step errors, its correlations
// drawn towards none by as much as they are uncertain. Periods in which any series
// has no error are left out.
func shrunkCovariance(residuals [][]float64, n int) *mat.SymDense {
	rows := aligned(residuals, n)
	sd := make([]float64, n)
	for i := range n {
		for _, r := range rows {
			sd[i] += r[i] * r[i]
		}
		sd[i] = math.Sqrt(sd[i] / float64(max(len(rows), 1)))
	}
	floor := 1e-6 * slices.Max(sd)
	if floor == 0 {
		floor = 1
	}
	for i := range sd {
		sd[i] = max(sd[i], floor)
	}
	correlation := mat.NewSymDense(n, nil)
	count := float64(len(rows))
	variance, square := 0.0, 0.0
	for i := range n {
		for j := i; j < n; j++ {
			sum, squares := 0.0, 0.0
			for _, r := range rows {
				p := r[i] * r[j] / (sd[i] * sd[j])
				sum += p
				squares += p * p
			}
			if i == j {
				correlation.SetSym(i, i, 1)
				continue
			}
			mu := sum / max(count, 1)
			correlation.SetSym(i, j, mu)
			if count > 1 {
				variance += (squares/count - mu*mu) / (count - 1)
			}
			square += mu * mu
		}
	}
	keep := 0.0
	if square > 0 && count > 1 {
		keep = 1 - min(max(variance/square, 0.02), 1)
	}
	for i := range n {
		for j := i; j < n; j++ {
			v := sd[i] * sd[j]
			if i != j {
				v *= keep * correlation.At(i, j)
			}
			correlation.SetSym(i, j, v)
		}
	}
	return correlation
}

// aligned returns the periods in which all series have an error, newest aligned.
func aligned(residuals [][]float64, n int) [][]float64 {
	if len(residuals) != n {
		return nil
	}
	shortest := math.MaxInt
	for _, r := range residuals {
		shortest = min(shortest, len(r))
	}
	var out [][]float64
	for back := 1; back <= shortest; back++ {
		row := make([]float64, n)
		for i, r := range residuals {
			row[i] = r[len(r)-back]
		}
		if finite(row...) {
			out = append(out, row)
		}
	}
	return out
}

// reconcile makes results add up in place. The intervals keep their width, moved
// with the means.
func (h *Hierarchy) reconcile(series []Series, results []Result, levels []float64) error {
	names := make([]string, len(series))
	base, errs := make([][]float64, len(series)), make([][]float64, len(series))
	for i, s := range series {
		names[i], base[i] = s.Name, results[i].Mean
		errs[i] = make([]float64, len(s.Values))
		for t, v := range s.Values {
			errs[i][t] = v - results[i].Fitted[t]
		}
	}
	sums, err := h.Reconcile(names, base, errs)
	if err != nil {
		return err
	}
	for i := range results {
		results[i].Mean = sums[i]
		results[i].Intervals = intervals(sums[i], results[i].deviation, levels)
		for _, in := range results[i].Intervals {
			for k, lo := range in.Lo {
				if lo < 0 && allFrom0(series[i].Values) {
					in.Lo[k] = min(0, sums[i][k])
				}
			}
		}
	}
	return nil
}

func allFrom0(x []float64) bool {
	for _, v := range x {
		if v < 0 {
			return false
		}
	}
	return true
}
