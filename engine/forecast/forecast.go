package forecast

import (
	"fmt"
	"math"

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
	Horizon int       // steps ahead, from 1
	Levels  []float64 // percent covered by each interval, such as 80 and 95
	Method  string    // one of Methods; "" is "auto"
}

// Result is a forecast of the next Horizon values.
type Result struct {
	Method     string
	Mean       []float64
	Intervals  []Interval // in the order of Options.Levels
	Components []Component
}

// Interval is the range that holds the truth in Level percent of cases.
type Interval struct {
	Level  float64
	Lo, Hi []float64
}

// Component is one method of a combination, with what it alone foretells.
type Component struct {
	Name       string
	Weight     float64
	Mean       []float64
	Parameters []Parameter
}

// Parameter is an estimated constant of a method.
type Parameter struct {
	Name  string
	Value float64
}

// Forecast foretells a series. It refuses, with a calc.Invalid, options outside
// their range and a series without values.
func Forecast(s Series, o Options) (Result, error) {
	if err := check(s, o); err != nil {
		return Result{}, err
	}
	p := pose(s.Values, s.Frequency, o.Horizon)
	outcomes := combine(p)
	return assemble(p, outcomes, o), nil
}

const (
	maxHorizon = 10_000
	maxValues  = 1_000_000
)

func check(s Series, o Options) error {
	switch {
	case o.Horizon < 1 || o.Horizon > maxHorizon:
		return calc.Wrong("horizon", "is %d; give 1 to %d steps", o.Horizon, maxHorizon)
	case s.Frequency < 1 || s.Frequency > maxHorizon:
		return calc.Wrong("frequency", "is %d; give 1 (no cycle) to %d periods in a cycle", s.Frequency, maxHorizon)
	case len(s.Values) > maxValues:
		return calc.Wrong(where(s), "has %d values; the most is %d", len(s.Values), maxValues)
	}
	for _, l := range o.Levels {
		if !(l > 0 && l < 100) {
			return calc.Wrong("levels", "%v is not between 0 and 100 percent", l)
		}
	}
	known := 0
	for t, v := range s.Values {
		if math.IsInf(v, 0) {
			return calc.Wrong(where(s), "value %d is infinite", t+1)
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

func where(s Series) string {
	if s.Name == "" {
		return "series"
	}
	return fmt.Sprintf("series %q", s.Name)
}
