package data

import (
	"context"
	"math"
	"time"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/report"
	"steward/lib/locale"
	"steward/lib/words"
)

// forecastSection shows the main metrics with their forecast, as known when the
// month was over.
var forecastSection = report.Section{Key: "data.forecast", Title: words.T("data.report.title", "Business figures and forecast"), Area: access.Data, Order: 600, Fresh: true, Build: buildForecast}

// mostInReport is how many metrics the report shows.
const mostInReport = 4

func buildForecast(c *report.Context) (out []report.Block, err error) {
	all, err := Metrics.List(c.Past(), records.Query{Sort: "name", Limit: mostInReport, Where: []records.Cond{records.Is(&Metrics.P.Main, true)}})
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		blocks, err := inReport(c, m)
		if err != nil {
			return nil, err
		}
		out = append(out, blocks...)
	}
	return out, nil
}

// inReport is one metric: its last month, its target, and what is foretold.
func inReport(c *report.Context, m *Metric) ([]report.Block, error) {
	s, a, err := monthly(context.Background(), c.Past(), m, nil, c.End().AddDays(1))
	if err != nil || len(s.Values) == 0 {
		return nil, err
	}
	goals, err := targets(c.Past(), m)
	if err != nil {
		return nil, err
	}
	n := len(s.Values) - 1
	write := m.format(c.Lang)
	keys := report.Keys{{Label: m.Name, Value: m.cell(c.Lang, s.Values[n]), Note: monthName(c.Lang, s.Months[n])}}
	if goal, ok := goals[s.Months[n]]; ok {
		keys = append(keys, report.Key{Label: c.T("data.target.one", "Target"), Value: m.cell(c.Lang, goal)})
	}
	out := []report.Block{report.Heading{Text: m.Name}}
	if a.Condition != Fresh {
		out = append(out, report.Paragraph{Text: c.T("data.report.stale", "Not to be relied on: {why}.", "why", c.Tell(a.Why)), Lead: true},
			report.Highlight{State: "warn", Text: c.T("data.report.stale-name", "{name} is not to be relied on: {why}.", "name", m.Name, "why", c.Tell(a.Why))})
	}
	f, err := s.foretell()
	if err != nil {
		return nil, err
	}
	if f == nil {
		out = append(out, keys, report.Paragraph{Text: c.T("data.forecast.short", "too few months for a forecast"), Note: true})
	} else {
		lo, hi := f.Result.Intervals[0].Lo[0], f.Result.Intervals[0].Hi[0]
		keys = append(keys, report.Key{Label: c.T("data.report.next", "Forecast for {month}", "month", monthName(c.Lang, f.Next[0])), Value: m.cell(c.Lang, f.Result.Mean[0]), Note: write(lo) + " – " + write(hi)})
		out = append(out, keys, report.Chart{Scene: f.draw(c, c.Lang, m, 240), Caption: c.T("data.report.caption", "Whole months and six months ahead; the bands hold 80 and 95 of 100 cases. Method: {method}.", "method", f.method(c))})
		for _, n := range f.notes(c, c.Lang, m) {
			out = append(out, report.Paragraph{Text: n, Note: true})
		}
	}
	at := report.T(locale.Unknown)
	if a.Delivery != nil {
		at = c.MomentCell(a.Delivery.ReceivedAt.Time())
	}
	return append(out, report.Source{Title: m.Name, Formula: m.Expression(), From: a.Source.Name, At: at}), nil
}

// cell is a value in the metric's unit, for the report.
func (m *Metric) cell(l locale.Lang, x float64) report.Cell {
	out := report.Cell{Text: m.format(l)(x)}
	if !math.IsNaN(x) {
		out.Value, out.Format = x, m.sheet(l, x)
	}
	return out
}

// monthName writes the month 2026-03 in a language.
func monthName(l locale.Lang, month string) string {
	if t, err := time.Parse("2006-01", month); err == nil {
		return l.Month(t)
	}
	return month
}
