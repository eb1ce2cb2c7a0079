package forecast

import (
	"fmt"
	"math"
	"slices"
)

// cleaned is a series made complete, and what was done to it.
type cleaned struct {
	values   []float64
	leading  int // values left out: missing ones before the first known, and those long past
	trailing int // missing values after the last known one, to be foretold too
	warnings []Warning
}

// Warning is one thing a reader should know about a series or its forecast.
type Warning struct {
	Kind string `json:"kind" doc:"missing, outlier, level-shift, short, constant, intermittent or beaten"`
	Text string `json:"text" doc:"the same in words"`
	At   []int  `json:"at,omitempty" doc:"the values it is about, counted from 1"`
	// Code and Numbers are the text for who says it in another language: which
	// sentence, and its amounts in order.
	Code    string    `json:"code" doc:"which sentence the text is: the kind, or short-season and short-spread"`
	Numbers []float64 `json:"numbers,omitempty" doc:"the amounts that the text holds, in order"`
}

// clean fills gaps, replaces outliers and takes level shifts out of the past, each
// with a warning.
func clean(values []float64, m int, keepOutliers bool) cleaned {
	c := cleaned{}
	first, last := 0, len(values)-1
	for math.IsNaN(values[first]) {
		first++
	}
	for math.IsNaN(values[last]) {
		last--
	}
	for first = max(first, last+1-enough(m)); math.IsNaN(values[first]); first++ {
	}
	c.leading, c.trailing = first, len(values)-1-last
	c.values = slices.Clone(values[first : last+1])
	c.fill(m)
	if !keepOutliers {
		c.liftShifts(m)
		c.replaceOutliers(m)
	}
	return c
}

// enough is how many values a forecast rests on at most: older ones would cost time
// and tell nothing more.
func enough(m int) int {
	if m > 100 {
		return max(2000, 8*m)
	}
	return max(2000, 20*m)
}

func (c *cleaned) warn(kind string, at []int, format string, numbers ...float64) {
	args := make([]any, len(numbers))
	for i, n := range numbers {
		args[i] = n
	}
	for i := range at {
		at[i] += c.leading + 1
	}
	c.warnings = append(c.warnings, Warning{Kind: kind, Text: fmt.Sprintf(format, args...), At: at, Code: kind, Numbers: numbers})
}

// fill draws a straight line over each gap, through the values less their mean
// season where two cycles are known.
func (c *cleaned) fill(m int) {
	var missing []int
	for t, v := range c.values {
		if math.IsNaN(v) {
			missing = append(missing, t)
		}
	}
	if len(missing) == 0 && c.trailing == 0 {
		return
	}
	y := c.values
	bridge(y, missing)
	if m > 1 && len(y) >= 2*m+1 {
		// Twice: the first season is drawn towards the straight lines.
		for range 3 {
			s := decompose(y, m, false)
			level := slices.Clone(y)
			for t := range level {
				level[t] -= s.at(t)
			}
			bridge(level, missing)
			for _, t := range missing {
				y[t] = level[t] + s.at(t)
			}
		}
	}
	n := len(missing) + c.trailing
	for i := range c.trailing {
		missing = append(missing, len(y)+i)
	}
	c.warn("missing", missing, "%.0f of %.0f values are missing and were filled in from their neighbours and the season", float64(n), float64(len(y)+c.trailing))
}

// bridge sets the values at the places missing on straight lines between the others.
func bridge(y []float64, missing []int) {
	for i := 0; i < len(missing); {
		j := i
		for j+1 < len(missing) && missing[j+1] == missing[j]+1 {
			j++
		}
		from, to := missing[i]-1, missing[j]+1
		for t := from + 1; t < to; t++ {
			w := float64(t-from) / float64(to-from)
			y[t] = (1-w)*y[from] + w*y[to]
		}
		i = j + 1
	}
}

const (
	outlierLimit = 8.0 // robust deviations; those of business series have heavy tails
	outlierHalf  = 4   // neighbours to each side
	shiftLimit   = 4.0 // times as far as either side wanders
	shiftSide    = 6   // values that must stand on each side of a shift
)

// replaceOutliers puts single values that stand far from their neighbours, season
// aside, back among them. The last two values are left: they may be the start of
// something new.
func (c *cleaned) replaceOutliers(m int) {
	n := len(c.values)
	if n < 2*outlierHalf+3 || zeroShare(c.values) > intermittentShare {
		return
	}
	adjusted, season := plain(c.values, m)
	centre := make([]float64, n)
	distance := make([]float64, n)
	window := make([]float64, 0, 2*outlierHalf)
	for t := range adjusted {
		window = window[:0]
		lo := min(max(t-outlierHalf, 0), n-2*outlierHalf-1)
		for i := lo; i <= lo+2*outlierHalf; i++ {
			if i != t {
				window = append(window, adjusted[i])
			}
		}
		centre[t] = middle(window)
		distance[t] = math.Abs(adjusted[t] - centre[t])
	}
	scale := 1.4826 * median(distance)
	if scale == 0 {
		return
	}
	var at []int
	for t := range n - 2 {
		if distance[t] > outlierLimit*scale {
			at = append(at, t)
		}
	}
	if len(at) == 0 || len(at) > max(1, n/20) {
		return // so many are not outliers but how the series is
	}
	for _, t := range at {
		c.values[t] = season(centre[t], t)
	}
	c.warn("outlier", at, "%.0f value(s) stand far from their neighbours and were replaced by what those suggest", float64(len(at)))
}

// liftShifts finds the last lasting jump of the level and moves what lies before
// it to the new level, so that no method takes the jump for a trend.
func (c *cleaned) liftShifts(m int) {
	n := len(c.values)
	if n < 3*shiftSide || zeroShare(c.values) > intermittentShare {
		return
	}
	adjusted, _ := plain(c.values, m)
	steps := make([]float64, n-1)
	for t := range steps {
		steps[t] = math.Abs(adjusted[t+1] - adjusted[t])
	}
	scale := 1.4826 * median(steps)
	if scale == 0 {
		return
	}
	best, at := shiftLimit, -1
	for t := shiftSide; t <= n-shiftSide; t++ {
		before, after := adjusted[t-shiftSide:t], adjusted[t:t+shiftSide]
		// The jump must be one step, and larger than both sides wander.
		jump := math.Abs(median(after) - median(before))
		step := math.Abs(adjusted[t] - adjusted[t-1])
		wander := max(spread(before), spread(after), scale)
		if score := min(jump, step) / wander; score > best {
			best, at = score, t
		}
	}
	if at < 0 {
		return
	}
	before, after := median(adjusted[at-shiftSide:at]), median(adjusted[at:at+shiftSide])
	if isPositive(c.values) {
		for t := range at {
			c.values[t] *= after / before
		}
	} else {
		for t := range at {
			c.values[t] += after - before
		}
	}
	c.warn("level-shift", []int{at}, "the level jumped from about %.6g to about %.6g here; what came before was moved to the new level", before, after)
}

// spread is the range of a few values.
func spread(x []float64) float64 { return slices.Max(x) - slices.Min(x) }

// plain returns y without its season and the function that puts it back. Medians
// keep what stands far out from colouring the season.
func plain(y []float64, m int) ([]float64, func(v float64, t int) float64) {
	if m < 2 || len(y) < 3*m {
		s := noSeason(y)
		return y, s.add
	}
	s := &seasonality{m: m, multiply: isPositive(y), index: make([]float64, m), adjusted: make([]float64, len(y))}
	window := make([]float64, 0, m+1)
	at := make([][]float64, m)
	for t := m / 2; t+m/2 < len(y); t++ {
		centre := middle(append(window, y[t-m/2:t+m/2+1]...))
		if s.multiply {
			at[t%m] = append(at[t%m], y[t]/centre)
		} else {
			at[t%m] = append(at[t%m], y[t]-centre)
		}
	}
	for i := range at {
		s.index[i] = middle(at[i])
	}
	s.centre()
	s.adjust(y)
	return s.adjusted, s.add
}

const intermittentShare = 0.3 // of zeros, from which demand is called intermittent

func zeroShare(y []float64) float64 {
	zeros := 0
	for _, v := range y {
		if v == 0 {
			zeros++
		}
	}
	return float64(zeros) / float64(len(y))
}
