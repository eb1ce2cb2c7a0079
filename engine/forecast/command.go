package forecast

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"steward/engine/calc"
)

// Command is the engine as `steward calc forecast` offers it: CSV or JSON in, CSV
// or JSON out.
var Command = calc.Command{
	Name:    "forecast",
	Summary: "forecast series with intervals that hold: CSV series,period,value, or JSON",
	Example: `{"frequency":4,"horizon":4,"levels":[80,95],"series":[{"name":"tickets","values":[41,38,52,60,45,40,null,66,49,44,61,70]}]}`,
	Schema:  func() []byte { return calc.Schema[Request, Answer]("forecast") },
	Prepare: prepare,
}

// Request is the JSON input of the command.
type Request struct {
	Frequency int        `json:"frequency,omitempty" doc:"periods in a cycle: 12 months, 4 quarters, 7 days; 1 for none (default)"`
	Horizon   int        `json:"horizon,omitempty" doc:"steps ahead; default one cycle, or 6"`
	Levels    []float64  `json:"levels,omitempty" doc:"percent that each interval holds; default 80 and 95"`
	Method    string     `json:"method,omitempty" doc:"auto (default) or the name of a method"`
	Keep      bool       `json:"keep,omitempty" doc:"leave outliers and level shifts as they are"`
	Start     string     `json:"start,omitempty" doc:"first period, 2020-01 or 2020-01-31; with it working days, holidays and Easter count"`
	Holidays  []string   `json:"holidays,omitempty" doc:"days off, such as 2026-12-25, of the past and of the horizon"`
	Series    []Input    `json:"series,omitempty" doc:"what is known"`
	Hierarchy *Hierarchy `json:"hierarchy,omitempty" doc:"which series are sums of which; forecasts are then made to add up"`

	Past []PastInput `json:"past,omitempty" doc:"forecasts made earlier, to be scored; may stand without series"`
}

// Input is one series of a Request.
type Input struct {
	Name   string     `json:"name" doc:"the series' name"`
	Values []*float64 `json:"values" doc:"oldest first; null is a missing value"`
}

// Answer is the JSON output of the command.
type Answer struct {
	Series    []Output    `json:"series"`
	Scorecard []ScoreLine `json:"scorecard,omitempty" doc:"how past forecasts did, by source and step"`
}

// Output is the forecast of one series.
type Output struct {
	Name       string        `json:"name"`
	Method     string        `json:"method" doc:"what was used in the end"`
	Mean       []float64     `json:"mean" doc:"one a step"`
	Intervals  []OutInterval `json:"intervals"`
	Components []Component   `json:"components" doc:"the methods combined, each with what it alone foretells"`
	Backtest   *Backtest     `json:"backtest,omitempty" doc:"the same methods on the series' own past"`
	Warnings   []Warning     `json:"warnings"`
}

// OutInterval is one interval of an Output.
type OutInterval struct {
	Level float64   `json:"level" doc:"percent of cases in which it holds"`
	Lo    []float64 `json:"lo"`
	Hi    []float64 `json:"hi"`
}

const longestList = 20

func prepare(flags *flag.FlagSet) calc.Run {
	frequency := flags.Int("frequency", 1, "periods in a cycle: 12 months, 4 quarters, 7 days, 1 none")
	horizon := flags.Int("horizon", 0, "steps ahead (default one cycle, or 6)")
	levels := flags.String("levels", "80,95", "percent that each interval holds")
	name := flags.String("method", "auto", "one of "+methodList())
	keep := flags.Bool("keep", false, "leave outliers and level shifts as they are")
	asJSON := flags.Bool("json", false, "answer in JSON, with backtest, components and warnings")
	return func(ctx context.Context, in []byte) (calc.Answer, error) {
		l, err := parseLevels(*levels)
		if err != nil {
			return calc.Answer{}, err
		}
		given := map[string]bool{}
		flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
		h := *horizon
		if !given["horizon"] {
			h = usualHorizon(*frequency)
		}
		if in = bytes.TrimPrefix(in, []byte("\ufeff")); isJSON(in) {
			r, err := calc.Decode[Request](in)
			if err != nil {
				return calc.Answer{}, err
			}
			// What the input leaves open is taken from the flags.
			if r.Horizon == 0 && given["horizon"] {
				r.Horizon = h
			}
			if r.Frequency == 0 && given["frequency"] {
				r.Frequency = *frequency
			}
			if r.Levels == nil {
				r.Levels = l
			}
			if r.Method == "" {
				r.Method = *name
			}
			r.Keep = r.Keep || *keep
			return r.solve(ctx)
		}
		o := Options{Horizon: h, Levels: l, Method: *name, Keep: *keep, Backtest: *asJSON}
		table, err := ReadCSV(in, *frequency)
		if err != nil {
			return calc.Answer{}, err
		}
		results, err := all(ctx, table.Series, o)
		if err != nil {
			return calc.Answer{}, err
		}
		answer := calc.Answer{Explain: explain(table.Series, results)}
		if *asJSON {
			answer.Output = output(table.Series, results)
		} else {
			answer.Text = writeCSV(table.Series, results, l)
		}
		return answer, nil
	}
}

// usualHorizon is one cycle, or six steps without one.
func usualHorizon(frequency int) int {
	if frequency < 2 {
		return 6
	}
	return frequency
}

func isJSON(in []byte) bool {
	in = bytes.TrimSpace(in)
	return len(in) > 0 && in[0] == '{'
}

func (r Request) solve(ctx context.Context) (calc.Answer, error) {
	lines, why, err := r.scorecard()
	if err != nil {
		return calc.Answer{}, err
	}
	switch {
	case len(r.Series) == 0 && len(r.Past) > 0:
		return calc.Answer{Output: Answer{Series: []Output{}, Scorecard: lines}, Explain: why}, nil
	case len(r.Series) == 0:
		return calc.Answer{}, calc.Wrong("series", "is empty; give at least one")
	}
	frequency := cmp.Or(r.Frequency, 1)
	r.Horizon = cmp.Or(r.Horizon, usualHorizon(frequency))
	o := Options{Horizon: r.Horizon, Levels: r.Levels, Method: r.Method, Keep: r.Keep, Backtest: true}
	series := make([]Series, len(r.Series))
	longest := 0
	for i, in := range r.Series {
		series[i] = Series{Name: in.Name, Frequency: frequency, Values: make([]float64, len(in.Values))}
		for t, v := range in.Values {
			series[i].Values[t] = math.NaN()
			if v != nil {
				series[i].Values[t] = *v
			}
		}
		longest = max(longest, len(in.Values))
	}
	if r.Start == "" && len(r.Holidays) > 0 {
		return calc.Answer{}, calc.Wrong("start", "is missing; holidays need the first period, such as 2020-01")
	}
	if r.Start != "" {
		if err := check(series[0], o); err != nil {
			return calc.Answer{}, err
		}
		rows, err := CalendarEffects(r.Start, frequency, longest+r.Horizon, r.Holidays)
		if err != nil {
			return calc.Answer{}, err
		}
		o.Effects = rows
	}
	results, err := all(ctx, series, o)
	if err != nil {
		return calc.Answer{}, err
	}
	if r.Hierarchy != nil {
		if err := r.Hierarchy.reconcile(series, results, o.Levels); err != nil {
			return calc.Answer{}, err
		}
	}
	out := output(series, results)
	out.Scorecard = lines
	return calc.Answer{Output: out, Explain: append(explain(series, results), why...)}, nil
}

func parseLevels(s string) ([]float64, error) {
	var out []float64
	for _, part := range strings.Split(s, ",") {
		v, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || !(v >= 1 && v < 100) {
			return nil, calc.Wrong("--levels", "%q is not a percentage from 1 to below 100; write --levels 80,95", short(part))
		}
		if slices.Contains(out, v) {
			return nil, calc.Wrong("--levels", "%v stands twice", v)
		}
		out = append(out, v)
	}
	if len(out) > longestList {
		return nil, calc.Wrong("--levels", "has %d levels; the most is %d", len(out), longestList)
	}
	return out, nil
}

// writeCSV writes series,step,mean,lo80,hi80,…,method.
func writeCSV(series []Series, results []Result, levels []float64) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	row := []string{"series", "step", "mean"}
	for _, l := range levels {
		name := text(l)
		row = append(row, "lo"+name, "hi"+name)
	}
	w.Write(append(row, "method"))
	for i, r := range results {
		for k, mu := range r.Mean {
			row = append(row[:0], series[i].Name, strconv.Itoa(k+1), text(mu))
			for _, in := range r.Intervals {
				row = append(row, text(in.Lo[k]), text(in.Hi[k]))
			}
			w.Write(append(row, r.Method))
		}
	}
	w.Flush()
	return b.Bytes()
}

// text writes a number with ten significant digits, enough for any comparison, and
// without an exponent where a reader would not expect one.
func text(v float64) string {
	form := byte('f')
	if size := math.Abs(v); size >= 1e15 || size > 0 && size < 1e-6 {
		form = 'e'
	}
	return strconv.FormatFloat(rounded(v), form, -1, 64)
}

func rounded(v float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 10, 64), 64)
	if err != nil {
		return v
	}
	return r
}

func output(series []Series, results []Result) Answer {
	a := Answer{Series: make([]Output, len(results))}
	for i, r := range results {
		o := Output{Name: series[i].Name, Method: r.Method, Mean: r.Mean, Components: r.Components, Backtest: r.Backtest, Warnings: r.Warnings}
		if o.Warnings == nil {
			o.Warnings = []Warning{}
		}
		for _, in := range r.Intervals {
			o.Intervals = append(o.Intervals, OutInterval(in))
		}
		a.Series[i] = o
	}
	return a
}

// explain says for the first series how each forecast came about.
func explain(series []Series, results []Result) []string {
	var out []string
	for i, r := range results {
		if i == longestList {
			return append(out, fmt.Sprintf("… and %d more series.", len(results)-i))
		}
		var parts []string
		for _, c := range r.Components {
			p := make([]string, 0, len(c.Parameters))
			for _, v := range c.Parameters {
				p = append(p, fmt.Sprintf("%s %.3g", v.Name, v.Value))
			}
			if len(p) > 0 {
				parts = append(parts, c.Name+" ("+strings.Join(p, ", ")+")")
			} else {
				parts = append(parts, c.Name)
			}
		}
		out = append(out, fmt.Sprintf("%s: %s of %s.", series[i].Name, r.Method, strings.Join(parts, "; ")))
		if b := r.Backtest; b != nil && b.Skill != nil {
			out = append(out, fmt.Sprintf("%s: from %d earlier ends the mean error was %.4g, that of the seasonal naive forecast %.4g.", series[i].Name, b.Origins, b.MAE, b.NaiveMAE))
		}
		for _, w := range r.Warnings {
			out = append(out, series[i].Name+": "+w.Text+".")
		}
	}
	return out
}
