package data

import (
	"math"
	"slices"
	"time"

	"steward/engine/cube"
	"steward/engine/forecast"
	"steward/kernel/records"
	"steward/kernel/web"
	"steward/lib/chart"
	"steward/lib/locale"
)

// ahead is how many months are foretold.
const ahead = 6

// foretold is a series with what the forecast adds to it.
type foretold struct {
	series
	Next   []string // months
	Result forecast.Result
}

// foretell foretells a monthly series; nil when it is too short.
func (s series) foretell() (*foretold, error) {
	known := 0
	for _, v := range s.Values {
		if !math.IsNaN(v) {
			known++
		}
	}
	if known < 6 {
		return nil, nil
	}
	res, err := forecast.Forecast(forecast.Series{Frequency: 12, Values: s.Values}, forecast.Options{Horizon: ahead, Levels: []float64{80, 95}, Backtest: true})
	if err != nil {
		return nil, err
	}
	f := &foretold{series: s, Result: res}
	end, err := time.Parse("2006-01", s.Months[len(s.Months)-1])
	for i := range ahead {
		f.Next = append(f.Next, end.AddDate(0, i+1, 0).Format("2006-01"))
	}
	return f, err
}

// draw is the fan of a forecast behind the last three years.
func (f *foretold) draw(r speaker, l locale.Lang, m *Metric, h float64) chart.Scene {
	from := max(0, len(f.Values)-36)
	past := f.Values[from:]
	n := len(past) + ahead
	fill := func() []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = math.NaN()
		}
		return v
	}
	was := chart.Series{Name: m.Name, Class: "c1", V: fill()}
	will := chart.Series{Name: r.T("data.forecast.title", "Forecast"), Class: "c2", Dash: true, V: fill(), Low: fill(), High: fill(), LowWide: fill(), HighWide: fill()}
	copy(was.V, past)
	k := len(past)
	for i := range ahead {
		will.V[k+i] = f.Result.Mean[i]
		will.Low[k+i], will.High[k+i] = f.Result.Intervals[0].Lo[i], f.Result.Intervals[0].Hi[i]
		will.LowWide[k+i], will.HighWide[k+i] = f.Result.Intervals[1].Lo[i], f.Result.Intervals[1].Hi[i]
	}
	var labels []string
	var starts []time.Time
	for _, month := range append(append([]string{}, f.Months[from:]...), f.Next...) {
		if start, err := time.Parse("2006-01", month); err == nil {
			starts = append(starts, start)
		}
		labels = append(labels, label(r, l, cube.Value{Text: month}, cube.Dimension{Grain: cube.Month}))
	}
	frame := chart.Frame{Title: r.T("data.forecast.of", "Forecast of {name}", "name", m.Name), Lang: l, H: h, Format: m.format(l), First: r.T("data.grain.month", "Month"), Sheet: m.sheet(l, append(slices.Clone(past), f.Result.Mean...)...), Days: starts, DaySheet: l.SheetMonth()}
	return chart.Lines(frame, labels, []chart.Series{was, will}, chart.Over{Now: k, Band: r.T("data.forecast.band", "80 % of cases"), Wide: r.T("data.forecast.wide", "95 % of cases")})
}

// foretell adds the forecast to an exploration by month.
func (p *explorePage) foretell(r *web.Request, m *Metric, where []string) error {
	s, _, err := monthly(r.Context(), r.View, m, where, r.Today())
	if err != nil {
		return err
	}
	f, err := s.foretell()
	if err != nil || f == nil {
		return err
	}
	p.Forecast = f.draw(r, r.Lang, m, 260).Named(r.T)
	p.Method = f.method(r)
	p.ForecastNotes = f.notes(r, r.Lang, m)
	return nil
}

// method names how the months were foretold. The engine chooses among these three
// where none is asked for; a name it has of its own, such as ARIMA(1,0,0), is the
// same in every language.
func (f *foretold) method(r speaker) string {
	switch f.Result.Method {
	case "combination":
		return r.T("data.forecast.method.combination", "weighted median of eight methods")
	case "intermittent":
		return r.T("data.forecast.method.intermittent", "for values that are often zero (SBA and TSB)")
	case "naive":
		return r.T("data.forecast.method.naive", "the last value again")
	}
	return f.Result.Method
}

// notes say what was done to the months before they were used, what to be careful
// of, and how the same method did on the past.
func (f *foretold) notes(r speaker, l locale.Lang, m *Metric) (out []string) {
	write := m.format(l)
	if f.Until != "" {
		out = append(out, r.T("data.forecast.until", "No row is dated after {day}; the forecast goes on from there", "day", r.Day(records.Date(f.Until))))
	}
	for _, w := range f.Result.Warnings {
		out = append(out, f.warned(r, l, write, w))
	}
	if b := f.Result.Backtest; b != nil {
		out = append(out, r.T("data.forecast.backtest", "Tried on {count} earlier {count|month|months}, it was wrong by {error} on average; the same month of the year before by {naive}", "count", b.Origins, "error", write(b.MAE), "naive", write(b.NaiveMAE)))
	}
	return out
}

// warned says one of the engine's warnings in the reader's language.
func (f *foretold) warned(r speaker, l locale.Lang, write func(float64) string, w forecast.Warning) string {
	switch w.Code {
	case "missing":
		return r.T("data.forecast.missing", "{count} {count|month is|months are} missing and filled in from their neighbours and the season", "count", len(w.At))
	case "outlier":
		return r.T("data.forecast.outlier", "{count} {count|month stands|months stand} far from the others and {count|was|were} replaced by what those suggest", "count", len(w.At))
	case "level-shift":
		return r.T("data.forecast.level", "In {month} the level jumped from about {before} to about {after} for good; what came before was moved to the new one",
			"month", monthName(l, f.Months[w.At[0]-1]), "before", write(w.Numbers[0]), "after", write(w.Numbers[1]))
	case "constant":
		return r.T("data.forecast.constant", "The value has never changed; the forecast is that it stays, and nothing is known of how far it may stray")
	case "short-season":
		return r.T("data.forecast.short-season", "Fewer than two whole years are known, so the forecast has no season")
	case "short-spread":
		return r.T("data.forecast.short-spread", "So few months are known that the intervals rest on what is usual elsewhere")
	case "intermittent":
		return r.T("data.forecast.intermittent", "Many months are zero; what is foretold is a mean for each month, not the next value")
	case "beaten":
		return r.T("data.forecast.beaten", "On its own past, the same month of the year before came nearer; read this forecast with care")
	}
	return w.Text
}
