package forecast

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"

	"steward/engine/calc"
)

// Series is what is known of one quantity, oldest first, evenly spaced.
type Series struct {
	Name      string
	Frequency int       // periods in a cycle: 12 for months, 4 for quarters, 7 for days, 1 for none
	Values    []float64 // NaN is a missing value
}

// Options say what is wanted of a forecast.
type Options struct {
	Horizon  int       // steps ahead, from 1
	Levels   []float64 // percent covered by each interval, such as 80 and 95
	Method   string    // one of Methods(); "" is "auto"
	Keep     bool      // outliers and level shifts are left as they are
	Backtest bool      // Result.Backtest is wanted
	// Effects are known drivers, such as working days, one row a value and a row
	// for each step of the horizon; see CalendarEffects.
	Effects [][]float64

	straight bool // a fall goes straight on to zero, as what is used up does
}

// Result is a forecast of the next Horizon values.
type Result struct {
	Method     string // what was used in the end
	Mean       []float64
	Intervals  []Interval // in the order of Options.Levels
	Components []Component
	Backtest   *Backtest // nil when not wanted or the series is too short
	Warnings   []Warning
	Fitted     []float64 // one-step forecasts of the known values, NaN where missing

	deviation []float64 // of the forecast errors, the scale of the intervals
}

// Interval is the range that holds the truth in Level percent of cases.
type Interval struct {
	Level  float64
	Lo, Hi []float64
}

// Component is one method of a combination, with what it alone foretells.
type Component struct {
	Name       string      `json:"name"`
	Weight     float64     `json:"weight" doc:"share in the combination"`
	Mean       []float64   `json:"mean"`
	Parameters []Parameter `json:"parameters,omitempty"`
}

// Parameter is an estimated constant of a method.
type Parameter struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// Forecast foretells a series. It refuses, with a calc.Invalid, options outside
// their range and a series with fewer than two known values. Trailing missing
// values are foretold too, so that the first step follows the last period given. Of
// a long series only the last 2,000 values count, or twenty cycles if those are more
// (eight of cycles longer than a hundred periods).
func Forecast(s Series, o Options) (Result, error) {
	if err := check(s, o); err != nil {
		return Result{}, err
	}
	c := clean(s.Values, s.Frequency, o.Keep)
	driven, err := fitEffects(&c, s, o)
	if err != nil {
		return Result{}, err
	}
	h := o.Horizon + c.trailing
	members, auto := membersOf(o.Method, c.values)
	p := pose(c.values, s.Frequency, h)
	p.straight = o.straight
	r := combine(p, members)
	origins := rolling(c.values, s.Frequency, h, members, p.ets)
	r.weigh(c.values, origins)

	scale := learned(c.values, origins)
	mean, deviation := make([]float64, h), make([]float64, h)
	for k := range h {
		mean[k] = r.mean[k] * p.scale
		deviation[k] = r.sd[k] * p.scale * widen(k, len(c.values)) * scale
	}
	res := Result{Method: methodName(o.Method, auto, r), Mean: mean[c.trailing:], deviation: deviation[c.trailing:], Warnings: c.warnings}
	res.Intervals = intervals(res.Mean, res.deviation, o.Levels)
	for i, part := range r.parts {
		comp := Component{Name: part.name, Weight: r.weights[i], Mean: make([]float64, o.Horizon), Parameters: part.params}
		for k := range comp.Mean {
			comp.Mean[k] = part.mean[k+c.trailing] * p.scale
		}
		res.Components = append(res.Components, comp)
	}
	res.Fitted = fittedOf(s.Values, r, p.scale, c.leading)
	if o.Backtest {
		res.Backtest = backtest(c.values, s.Frequency, origins, scale, o.Levels)
	}
	driven.apply(&res)
	res.stayPositive(s.Values)
	res.warn(s, c)
	return res, nil
}

// All foretells several series, on as many cores as there are; results are in the
// order of the series and do not depend on the cores. The first error, in that
// order, is returned.
func All(series []Series, o Options) ([]Result, error) {
	return all(context.Background(), series, o)
}

// all stops early with ctx's error when ctx is done.
func all(ctx context.Context, series []Series, o Options) ([]Result, error) {
	results, errs := make([]Result, len(series)), make([]error, len(series))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(series)) {
		wg.Go(func() {
			for i := range next {
				if errs[i] = ctx.Err(); errs[i] == nil {
					results[i], errs[i] = Forecast(series[i], o)
				}
			}
		})
	}
	for i := range series {
		next <- i
	}
	close(next)
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}

func fittedOf(values []float64, r *run, scale float64, leading int) []float64 {
	out := make([]float64, len(values))
	for t := range out {
		out[t] = math.NaN()
		if i := t - leading; i >= 0 && i < len(r.fitted) && !math.IsNaN(values[t]) {
			out[t] = r.fitted[i] * scale
		}
	}
	return out
}

// stayPositive cuts a forecast off at zero when no value ever was below.
func (r *Result) stayPositive(values []float64) {
	for _, v := range values {
		if v < 0 {
			return
		}
	}
	cut := func(x []float64) {
		for i := range x {
			x[i] = max(x[i], 0)
		}
	}
	cut(r.Mean)
	for _, i := range r.Intervals {
		cut(i.Lo)
		cut(i.Hi)
	}
}

const (
	maxHorizon   = 10_000
	maxFrequency = 2016 // five minutes of a week
	maxValues    = 1_000_000
)

func check(s Series, o Options) error {
	switch {
	case o.Horizon < 1 || o.Horizon > maxHorizon:
		return calc.Wrong("horizon", "is %d; give 1 to %d steps", o.Horizon, maxHorizon)
	case s.Frequency < 1 || s.Frequency > maxFrequency:
		return calc.Wrong("frequency", "is %d; give 1 (no cycle) to %d periods in a cycle", s.Frequency, maxFrequency)
	case len(s.Values) > maxValues:
		return calc.Wrong(where(s), "has %d values; the most is %d", len(s.Values), maxValues)
	case !isMethod(o.Method):
		return calc.Wrong("method", "there is no method %q; there are %s", o.Method, methodList())
	}
	for _, l := range o.Levels {
		if !(l > 0 && l < 100) {
			return calc.Wrong("levels", "%v is not between 0 and 100 percent", l)
		}
	}
	known := 0
	for t, v := range s.Values {
		if math.Abs(v) > maxSize {
			return calc.Wrong(where(s), "value %d is too large; the most is %g", t+1, maxSize)
		}
		if !math.IsNaN(v) {
			known++
		}
	}
	if known < 2 {
		return calc.Wrong(where(s), "has %d known values; a forecast needs 2 at least", known)
	}
	return nil
}

// maxSize keeps squares and sums of squares within a float64.
const maxSize = 1e100

func where(s Series) string {
	if s.Name == "" {
		return "series"
	}
	return fmt.Sprintf("series %q", s.Name)
}
