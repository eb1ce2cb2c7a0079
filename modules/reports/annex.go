package reports

import (
	"strings"

	"steward/kernel/report"
	"steward/lib/locale"
	"steward/lib/words"
)

// qualitySection says which figures one can rely on, and what is missing in the
// others.
var qualitySection = report.Section{Key: "reports.quality", Title: words.T("reports.quality", "Data quality"), Order: 800, Build: buildQuality}

func buildQuality(c *report.Context) ([]report.Block, error) {
	m, err := monthsOf(c)
	if err != nil || len(m.shown) == 0 {
		return nil, err
	}
	t := report.Table{Columns: []report.Column{{Title: c.T("reports.figure", "Figure")}, {Title: c.T("reports.value", "Value"), Number: true}, {Title: c.T("reports.oldest", "Oldest source")}, {Title: c.T("reports.missing", "What is missing")}}}
	for _, f := range m.shown {
		s := m.of(f, 0)
		var gaps []string
		for _, g := range s.Gaps {
			gaps = append(gaps, c.Tell(g))
		}
		if !s.Failed.IsZero() {
			gaps = append(gaps, c.T("reports.remark.failed", "could not be computed since {moment}", "moment", c.Moment(s.Failed)))
		}
		if !s.Value.Known() && len(gaps) == 0 {
			gaps = append(gaps, c.T("reports.quality.nothing", "nothing to compute from"))
		}
		if len(gaps) > 0 {
			t.Rows = append(t.Rows, []report.Cell{{Text: m.title(c, f), Bold: true}, cellOf(c, f, s), c.MomentCell(s.Oldest()), report.T(strings.Join(gaps, "\n"))})
		}
	}
	n, all := int64(len(m.shown)-len(t.Rows)), int64(len(m.shown))
	out := []report.Block{report.Paragraph{Text: c.T("reports.quality.complete", "{n} of {all} figures rest on complete and fresh data.", "n", n, "all", all)}}
	if len(t.Rows) > 0 {
		out = append(out, t)
	}
	return out, nil
}

// annex gives for each number its formula, its source and its moment.
func annex(c *report.Context, m *months, built []report.Built) report.Built {
	t := report.Table{Columns: []report.Column{{Title: c.T("reports.no", "No."), Number: true}, {Title: c.T("reports.number", "Number")}, {Title: c.T("reports.formula", "Definition and formula")},
		{Title: c.T("reports.source", "Source and its age")}, {Title: c.T("reports.computed", "Computed")}},
		Empty: c.T("reports.annex.none", "The report holds no figure that you may see.")}
	for i, f := range m.shown {
		s := m.of(f, 0)
		from := []string{}
		for _, src := range s.Sources {
			line := c.Tell(src.Name)
			if !src.At.IsZero() {
				line += ", " + c.Moment(src.At)
			}
			from = append(from, line)
		}
		if !s.Condition.Zero() {
			from = append(from, c.Tell(s.Condition))
		}
		if s.Total > 0 {
			from = append(from, c.T("reports.annex.inputs", "{count} {count|input|inputs}", "count", s.Total))
		}
		if len(from) == 0 {
			from = append(from, locale.Unknown)
		}
		formula := c.Say(f.Formula)
		if s.Part.State != "" {
			formula += c.T("reports.annex.share", " ({part} ÷ {whole})", "part", s.Part.Text(c.Lang, ""), "whole", s.Whole.Text(c.Lang, ""))
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: c.Lang.Int(int64(i + 1)), Quiet: true, Value: int64(i + 1)},
			{Text: m.title(c, f) + "\n" + valueText(c, s.Value, f.Unit), Bold: true}, report.T(c.Say(f.Definition) + "\n" + formula), report.T(strings.Join(from, "\n")), c.MomentCell(s.At)})
	}
	for _, s := range built {
		for _, b := range s.Blocks {
			if x, ok := b.(report.Source); ok {
				t.Rows = append(t.Rows, []report.Cell{{}, {Text: x.Title, Bold: true}, report.T(x.Formula), report.T(x.From), x.At})
			}
		}
	}
	return report.Built{Key: "reports.annex", Title: c.T("reports.annex", "Annex: where the numbers come from"), Fresh: true, Blocks: []report.Block{t}}
}
