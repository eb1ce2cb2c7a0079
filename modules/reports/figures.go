package reports

import (
	"math"
	"strings"

	"steward/kernel/figures"
	"steward/kernel/report"
	"steward/lib/chart"
	"steward/lib/locale"
	"steward/lib/words"
)

// figuresSection shows each figure with its two months before, and the trends.
var figuresSection = report.Section{Key: "reports.figures", Title: words.T("reports.figures", "Key figures"), Order: 100, Build: buildFigures}

func buildFigures(c *report.Context) ([]report.Block, error) {
	m, err := monthsOf(c)
	if err != nil {
		return nil, err
	}
	if len(m.shown) == 0 {
		return []report.Block{report.Paragraph{Text: c.T("reports.figures.none", "No figure was kept in this month that you may see.")}}, nil
	}
	name := func(n int) string { return c.Lang.MonthShort(m.back(n).Month.First().Time()) }
	t := report.Table{Columns: []report.Column{{Title: c.T("reports.no", "No."), Number: true}, {Title: c.T("reports.figure", "Figure")}, {Title: c.T("reports.target", "Target"), Number: true},
		{Title: name(2), Number: true}, {Title: name(1), Number: true}, {Title: name(0), Number: true}, {Title: c.T("reports.state", "State")}, {Title: c.T("reports.remark", "Remark")}}}
	var trends report.Charts
	for i, f := range m.shown {
		s := m.of(f, 0)
		now := cellOf(c, f, s)
		now.Bold = true
		judged := s.State(f)
		target := report.Cell{Text: targetText(c, f, s)}
		if s.Target != nil {
			target.Value, target.Format = *s.Target, format(f.Unit, s.Value)
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: c.Lang.Int(int64(i + 1)), Quiet: true, Value: int64(i + 1)}, {Text: c.Say(f.Title), Bold: true}, target,
			cellOf(c, f, m.of(f, 2)), cellOf(c, f, m.of(f, 1)), now, {Text: whole(stateText(c, judged)), State: orMute(judged)}, report.T(remark(c, m, f))})
		if one, ok := trendOf(c, m, f); ok {
			trends = append(trends, one)
		}
	}
	out := []report.Block{t}
	if len(trends) > 0 {
		out = append(out, report.Heading{Text: c.T("reports.trends", "Trends")}, trends)
	}
	return out, nil
}

// whole keeps a few words on one line.
func whole(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") }

func orMute(state string) string {
	if state == "" {
		return "mute"
	}
	return state
}

// remark is what one should know of a value: what is missing, else how it moved.
func remark(c *report.Context, m *months, f *figures.Figure) string {
	s, before := m.of(f, 0), m.of(f, 1)
	switch {
	case len(s.Gaps) > 0:
		return c.Tell(s.Gaps[0])
	case !s.Failed.IsZero():
		return c.T("reports.remark.failed", "could not be computed since {moment}", "moment", c.Moment(s.Failed))
	case before == nil:
		return c.T("reports.remark.new", "new this month")
	}
	switch m.moved(f) {
	case 1:
		return c.T("reports.remark.better", "better than in the month before")
	case -1:
		return c.T("reports.remark.worse", "worse than in the month before")
	}
	if s.Value.Known() && before.Value.Known() && s.Value.Float() != before.Value.Float() {
		return c.T("reports.remark.changed", "changed")
	}
	return c.T("reports.remark.same", "unchanged")
}

// trendOf draws a figure over the months; of a first, unfinished month by day.
func trendOf(c *report.Context, m *months, f *figures.Figure) (report.Chart, bool) {
	s := m.of(f, 0)
	values, known := m.trend(f)
	var labels []string
	for _, month := range m.list {
		labels = append(labels, c.Lang.MonthShort(month.Month.First().Time()))
	}
	if known < 3 {
		return report.Chart{}, false
	}
	for len(values) > 3 && math.IsNaN(values[0]) { // begin where something is known
		values, labels = values[1:], labels[1:]
	}
	o := chart.Over{Tight: f.Unit == figures.Percent}
	if s.Target != nil {
		o.Goal, o.GoalName = *s.Target, c.T("reports.target", "Target")
	}
	frame := chart.Frame{Title: c.Say(f.Title), Lang: c.Lang, H: 150, First: c.T("reports.month", "Month"), Format: func(x float64) string {
		if math.IsNaN(x) {
			return locale.Unknown
		}
		return figures.Level(c.Lang, f.Unit, s.Value.Currency, &x)
	}}
	class := "c1"
	switch s.State(f) {
	case "warn", "bad":
		class = "c3"
	}
	scene := chart.Lines(frame, labels, []chart.Series{{Name: c.Say(f.Title), Class: class, V: values, Area: true}}, o)
	return report.Chart{Scene: scene, Caption: valueText(c, s.Value, f.Unit) + " · " + stateText(c, s.State(f))}, true
}
