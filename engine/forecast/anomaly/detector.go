package anomaly

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Detector scores one series, value by value. It compares the window of the last
// values with the windows of one learning period: how far its nearest neighbours
// are, in a metric in which all windows of that period spread alike. The score is
// the share of recent windows that were nearer to theirs: a conformal measure,
// which needs no supposition about the series (Burnaev and Ishimtsev 2016,
// "Conformalized density- and distance-based anomaly detection in time-series
// data", arXiv:1608.04585).
//
// The learning period slides along one period behind, so that something new is
// compared with the time before it and becomes normal only later.
type Detector struct {
	learn int // values of a learning period
	width int // values of a window
	near  int // neighbours counted

	seen    int
	recent  []float64 // the last width values
	windows []window  // of the learning period
	waiting []window  // of the period since, not yet learned
	history []float64 // distances of the last windows, as many as there are in windows
	factor  *mat.TriDense
	quiet   int // values until an alarm may be given again
}

// window is a stretch of values, and the same in the metric in force.
type window struct{ raw, even []float64 }

const (
	widest    = 19
	mostNear  = 27
	leastWait = 8 // values without which nothing can be learned

	// Alarm is the score from which a value is called unusual: one in about 300
	// of windows that are all alike.
	Alarm = 0.9965
	// resting is the score after an alarm, until a fifth of a learning period has
	// passed: the same event is told once.
	resting = 0.5
)

// New returns a detector that learns from the first learn values, and scores none
// of them. A day or a week of values is a good period; fewer than 8 are taken as 8.
func New(learn int) *Detector {
	learn = max(learn, leastWait)
	width := min(widest, max(1, learn/8))
	return &Detector{learn: learn, width: width, near: min(mostNear, max(1, (learn-width)/4))}
}

// Probation is the learning period for a file of n values: 15 percent, 750 at most,
// as the Numenta Anomaly Benchmark has it.
func Probation(n int) int { return min(15*n/100, 750) }

// Next takes the next value and returns its score, from 0 to 1. A value that is
// missing (NaN) or infinite scores 0 and is passed over as if it were the one
// before.
func (d *Detector) Next(v float64) float64 {
	missing := math.IsNaN(v) || math.IsInf(v, 0)
	if missing {
		if len(d.recent) == 0 {
			return 0
		}
		v = d.recent[len(d.recent)-1]
	}
	if len(d.recent) == d.width {
		copy(d.recent, d.recent[1:])
		d.recent = d.recent[:d.width-1]
	}
	d.recent = append(d.recent, v)
	d.seen++
	if len(d.recent) < d.width {
		return 0
	}
	w := window{raw: append([]float64(nil), d.recent...)}
	if d.seen < d.learn {
		d.windows = append(d.windows, w)
		return 0
	}
	score := d.compare(w)
	switch {
	case d.quiet > 0:
		d.quiet--
		return resting
	case missing:
		return 0
	case score > Alarm:
		d.quiet = d.learn / 5
	}
	return score
}

// compare scores a window and learns from it.
func (d *Detector) compare(w window) float64 {
	if at := d.seen % d.learn; at == 0 || at == d.learn/2 {
		d.measure()
	}
	if d.history == nil {
		for i := range d.windows {
			d.history = append(d.history, d.distance(d.windows[i], i))
		}
	}
	w.even = d.evened(w.raw)
	distance := d.distance(w, -1)
	below := 0
	for _, h := range d.history {
		if h < distance {
			below++
		}
	}
	score := float64(below) / float64(len(d.history))
	d.waiting = append(d.waiting, w)
	if d.seen >= 2*d.learn {
		d.windows = append(d.windows[1:], d.waiting[0])
		d.waiting = d.waiting[1:]
	}
	d.history = append(d.history[1:], distance)
	return score
}

// measure takes the metric from the windows being compared with: the inverse of
// their second moments, a little evened out so that it always exists.
func (d *Detector) measure() {
	moments := mat.NewSymDense(d.width, nil)
	trace := 0.0
	for i := range d.width {
		for j := i; j < d.width; j++ {
			sum := 0.0
			for _, w := range d.windows {
				sum += w.raw[i] * w.raw[j]
			}
			moments.SetSym(i, j, sum)
		}
		trace += moments.At(i, i)
	}
	floor := 1e-12*trace/float64(d.width) + math.SmallestNonzeroFloat64*1e16
	for i := range d.width {
		moments.SetSym(i, i, moments.At(i, i)+floor)
	}
	var chol mat.Cholesky
	if !chol.Factorize(moments) {
		return
	}
	var l mat.TriDense
	chol.LTo(&l)
	d.factor = &l
	for i := range d.windows {
		d.windows[i].even = d.evened(d.windows[i].raw)
	}
	for i := range d.waiting {
		d.waiting[i].even = d.evened(d.waiting[i].raw)
	}
}

// evened solves L x = raw, so that plain distances are those of the metric.
func (d *Detector) evened(raw []float64) []float64 {
	x := append([]float64(nil), raw...)
	if d.factor == nil {
		return x
	}
	for i := range x {
		for j := range i {
			x[i] -= d.factor.At(i, j) * x[j]
		}
		x[i] /= d.factor.At(i, i)
	}
	return x
}

// distance sums the squared distances of w to its nearest windows; without is its
// own place among them, or -1.
func (d *Detector) distance(w window, without int) float64 {
	nearest := make([]float64, 0, d.near+1)
	for i := range d.windows {
		if i == without {
			continue
		}
		limit := math.Inf(1)
		if len(nearest) == d.near {
			limit = nearest[d.near-1]
		}
		sum := 0.0
		for j, v := range d.windows[i].even {
			e := v - w.even[j]
			if sum += e * e; sum >= limit {
				break
			}
		}
		if math.IsNaN(sum) {
			sum = math.Inf(1) // beyond what can be told apart
		}
		if len(nearest) == d.near && sum >= limit {
			continue
		}
		if len(nearest) < d.near {
			nearest = append(nearest, 0)
		}
		at := len(nearest) - 1
		for at > 0 && nearest[at-1] > sum {
			nearest[at] = nearest[at-1]
			at--
		}
		nearest[at] = sum
	}
	total := 0.0
	for _, v := range nearest {
		total += v
	}
	return total
}

// Scores scores a whole series as a detector would have done live, learn values
// a learning period.
func Scores(values []float64, learn int) []float64 {
	d, out := New(learn), make([]float64, len(values))
	for t, v := range values {
		out[t] = d.Next(v)
	}
	return out
}
