package forecast

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"steward/engine/calc"
)

// Crossing is when a series is foretold to cross a limit: a disk to be full, a
// budget to be spent. Steps count from 1, the first period after the last given;
// 0 is 'not within the horizon'.
type Crossing struct {
	Step     int    // where the mean first reaches the limit
	Earliest int    // where the near end of the interval does
	Latest   int    // where the far end does
	Rising   bool   // the limit lies above the last value
	Already  bool   // the last value is at or past the limit; the steps are then 0
	Result   Result // the forecast it was read from
}

// Cross foretells a series and finds where it crosses limit. rising says from which
// side; level is the percent of the interval between Earliest and Latest.
func Cross(s Series, limit, level float64, rising bool, o Options) (Crossing, error) {
	if !finite(limit) {
		return Crossing{}, calc.Wrong("limit", "is not a number")
	}
	o.Levels, o.straight = []float64{level}, !rising
	r, err := Forecast(s, o)
	if err != nil {
		return Crossing{}, err
	}
	c := Crossing{Rising: rising, Result: r}
	past := func(v float64) bool { return rising && v >= limit || !rising && v <= limit }
	for t := len(s.Values) - 1; t >= 0; t-- {
		if !math.IsNaN(s.Values[t]) {
			if past(s.Values[t]) {
				c.Already = true
				return c, nil
			}
			break
		}
	}
	first := func(x []float64) int {
		for k, v := range x {
			if past(v) {
				return k + 1
			}
		}
		return 0
	}
	near, far := r.Intervals[0].Hi, r.Intervals[0].Lo
	if !rising {
		near, far = far, near
	}
	c.Step, c.Earliest, c.Latest = first(r.Mean), first(near), first(far)
	return c, nil
}

// CrossingCommand is `steward calc crossing`.
var CrossingCommand = calc.JSON("crossing", "when a series will cross a limit, such as a disk being full",
	`{"values":[610,618,623,634,641,650,655,664,671,679,690,697],"start":"2026-03-01","limit":800,"horizon":60}`,
	func(_ context.Context, in CrossingRequest) (CrossingAnswer, []string, error) { return in.solve() })

// CrossingRequest is the input of the command.
type CrossingRequest struct {
	Values    []*float64 `json:"values" doc:"oldest first; null is a missing value"`
	Frequency int        `json:"frequency,omitempty" doc:"periods in a cycle; 7 for days with a week; default 1"`
	Start     string     `json:"start,omitempty" doc:"the day (2026-03-01) or month (2026-03) of the first value; the answer then has dates"`
	Limit     float64    `json:"limit" doc:"the limit to be crossed"`
	Falling   bool       `json:"falling,omitempty" doc:"the limit is reached from above"`
	Horizon   int        `json:"horizon,omitempty" doc:"periods to look ahead; default 365"`
	Level     float64    `json:"level,omitempty" doc:"percent of the interval; default 80"`
	Method    string     `json:"method,omitempty" doc:"auto (default) or the name of a method"`
}

// CrossingAnswer is the output of the command; absent steps lie past the horizon.
type CrossingAnswer struct {
	Already      bool      `json:"already" doc:"the last value is at or past the limit"`
	Step         *int      `json:"step,omitempty" doc:"first period after the last given in which the mean is at the limit"`
	Earliest     *int      `json:"earliest,omitempty" doc:"the same of the near end of the interval"`
	Latest       *int      `json:"latest,omitempty" doc:"the same of the far end; absent: perhaps never"`
	Date         string    `json:"date,omitempty"`
	EarliestDate string    `json:"earliest_date,omitempty"`
	LatestDate   string    `json:"latest_date,omitempty"`
	Level        float64   `json:"level" doc:"percent of the interval"`
	Method       string    `json:"method"`
	Warnings     []Warning `json:"warnings"`
}

func (in CrossingRequest) solve() (CrossingAnswer, []string, error) {
	s := Series{Name: "values", Frequency: in.Frequency, Values: make([]float64, len(in.Values))}
	if s.Frequency == 0 {
		s.Frequency = 1
	}
	for t, v := range in.Values {
		s.Values[t] = math.NaN()
		if v != nil {
			s.Values[t] = *v
		}
	}
	if in.Horizon == 0 {
		in.Horizon = 365
	}
	if in.Level == 0 {
		in.Level = 80
	}
	date, err := dates(in.Start, len(in.Values))
	if err != nil {
		return CrossingAnswer{}, nil, err
	}
	c, err := Cross(s, in.Limit, in.Level, !in.Falling, Options{Horizon: in.Horizon, Method: in.Method})
	if err != nil {
		return CrossingAnswer{}, nil, err
	}
	a := CrossingAnswer{Already: c.Already, Level: in.Level, Method: c.Result.Method, Warnings: c.Result.Warnings}
	if a.Warnings == nil {
		a.Warnings = []Warning{}
	}
	at := func(step int) (*int, string) {
		if step == 0 {
			return nil, ""
		}
		return &step, date(step)
	}
	a.Step, a.Date = at(c.Step)
	a.Earliest, a.EarliestDate = at(c.Earliest)
	a.Latest, a.LatestDate = at(c.Latest)
	return a, c.explain(in, date), nil
}

func (c Crossing) explain(in CrossingRequest, date func(int) string) []string {
	say := func(step int) string {
		switch {
		case step == 0:
			return fmt.Sprintf("not within %d periods", in.Horizon)
		case in.Start != "":
			return date(step)
		}
		return fmt.Sprintf("in %d period(s)", step)
	}
	if c.Already {
		return []string{fmt.Sprintf("The last value is already at the limit of %g.", in.Limit)}
	}
	return []string{
		fmt.Sprintf("The limit of %g is reached: %s (%s).", in.Limit, say(c.Step), c.Result.Method),
		fmt.Sprintf("The %g %% interval reaches it first: %s; as a whole: %s.", in.Level, say(c.Earliest), say(c.Latest)),
	}
}

// dates returns the period of a step as text, given the first of n known ones.
func dates(start string, n int) (func(step int) string, error) {
	if start == "" {
		return func(int) string { return "" }, nil
	}
	if day, err := time.Parse(time.DateOnly, start); err == nil {
		return func(step int) string { return day.AddDate(0, 0, n-1+step).Format(time.DateOnly) }, nil
	}
	if month, err := time.Parse("2006-01", start); err == nil {
		return func(step int) string { return month.AddDate(0, n-1+step, 0).Format("2006-01") }, nil
	}
	return nil, calc.Wrong("start", "%s is neither a day such as 2026-03-01 nor a month such as 2026-03", strconv.Quote(short(start)))
}
