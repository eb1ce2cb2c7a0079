package reports

import (
	"math"
	"strings"
	"time"

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
			target.Value, target.Format = *s.Target, sheetFormat(c, f.Unit, s.Value.Currency, *s.Target)
		}
		said, err := remark(c, m, f)
		if err != nil {
			return nil, err
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: c.Lang.Int(int64(i + 1)), Quiet: true, Value: int64(i + 1)}, {Text: m.title(c, f), Bold: true}, target,
			cellOf(c, f, m.of(f, 2)), cellOf(c, f, m.of(f, 1)), now, {Text: whole(stateText(c, judged)), State: orMute(judged)}, report.T(said)})
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

// flat reports whether a trend does not move: drawn from zero, since a tight axis
// around one value shows nothing.
func flat(values []float64) bool {
	first := math.NaN()
	for _, v := range values {
		if math.IsNaN(first) {
			first = v
		}
		if !math.IsNaN(v) && v != first {
			return false
		}
	}
	return true
}

// whole keeps a few words on one line.
func whole(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") }

func orMute(state string) string {
	if state == "" {
		return "mute"
	}
	return state
}

// remark is how a value moved, by how much and what moved it, and what is missing in it.
func remark(c *report.Context, m *months, f *figures.Figure) (string, error) {
	s, before := m.of(f, 0), m.of(f, 1)
	var lines []string
	switch {
	case before == nil:
		lines = append(lines, c.T("reports.remark.new", "new this month"))
	case !s.Value.Known() || !before.Value.Known():
	case s.Value.Float() == before.Value.Float():
		lines = append(lines, c.T("reports.remark.same", "unchanged"))
	default:
		by := difference(c, f, s, before)
		switch m.moved(f) {
		case 1:
			lines = append(lines, c.T("reports.remark.better-by", "better by {by}", "by", by))
		case -1:
			lines = append(lines, c.T("reports.remark.worse-by", "worse by {by}", "by", by))
		default:
			if s.Value.Float() > before.Value.Float() {
				lines = append(lines, c.T("reports.remark.more", "{by} more than the month before", "by", by))
			} else {
				lines = append(lines, c.T("reports.remark.less", "{by} less than the month before", "by", by))
			}
		}
		reason, err := why(c, m, f)
		if err != nil {
			return "", err
		}
		if reason != "" {
			lines = append(lines, reason)
		}
	}
	if !s.Failed.IsZero() {
		lines = append(lines, c.T("reports.remark.failed", "could not be computed since {moment}", "moment", c.Moment(s.Failed)))
	}
	if len(s.Gaps) > 0 {
		lines = append(lines, c.Tell(s.Gaps[0]))
	}
	return strings.Join(lines, "\n"), nil
}

// difference is by how much a value moved, without a sign; of percentages it is in
// percentage points.
func difference(c *report.Context, f *figures.Figure, now, before *figures.Snapshot) string {
	by := math.Abs(now.Value.Float() - before.Value.Float())
	if f.Unit == figures.Percent {
		return c.T("reports.points", "{n} {n|percentage point|percentage points}", "n", math.Round(by*10)/10)
	}
	currency := now.Value.Currency
	if f.Unit == figures.Amount && currency == "" {
		currency = c.Org.Currency
	}
	return figures.Level(c.Lang, f.Unit, currency, &by) + unitText(c, f.Unit, by)
}

// trendOf draws a figure over the months; of a first, unfinished month by day.
func trendOf(c *report.Context, m *months, f *figures.Figure) (report.Chart, bool) {
	s := m.of(f, 0)
	values, known := m.trend(f)
	var labels []string
	var starts []time.Time
	for _, month := range m.list {
		starts = append(starts, month.Month.First().Time())
		labels = append(labels, c.Lang.MonthShort(starts[len(starts)-1]))
	}
	if known < 3 {
		return report.Chart{}, false
	}
	for len(values) > 3 && math.IsNaN(values[0]) { // begin where something is known
		values, labels, starts = values[1:], labels[1:], starts[1:]
	}
	o := chart.Over{Tight: f.Unit == figures.Percent && !flat(values)}
	if s.Target != nil {
		o.Goal, o.GoalName = *s.Target, c.T("reports.target", "Target")
	}
	frame := chart.Frame{Title: m.title(c, f), Lang: c.Lang, H: 150, First: c.T("reports.month", "Month"), Days: starts, DaySheet: c.Lang.SheetMonth(),
		Sheet: sheetFormat(c, f.Unit, s.Value.Currency, values...), Format: func(x float64) string {
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
	scene := chart.Lines(frame, labels, []chart.Series{{Name: m.title(c, f), Class: class, V: values, Area: true}}, o)
	return report.Chart{Scene: scene, Caption: valueText(c, s.Value, f.Unit) + " · " + stateText(c, s.State(f))}, true
}
