package reports

import (
	"strings"

	"steward/kernel/decisions"
	"steward/kernel/report"
	"steward/lib/locale"
	"steward/lib/words"
)

// decisionsSection lists what was asked for and unanswered when the month ended.
var decisionsSection = report.Section{Key: "reports.decisions", Title: words.T("reports.decisions", "Decisions asked for"), Order: 50, Build: buildDecisions}

// mostDecisions is how many decisions a report lists; more are counted.
const mostDecisions = 60

// waiting returns the decisions that waited at the end of the month, most urgent
// first: asked before it, and not answered before it.
func waiting(c *report.Context) ([]*decisions.Decision, error) {
	return report.Once(c, "reports.decisions", readWaiting)
}

func readWaiting(c *report.Context) ([]*decisions.Decision, error) {
	end := c.EndOfDay()
	open, err := decisions.List(c.View, decisions.All, 2000)
	if err != nil {
		return nil, err
	}
	ended, err := decisions.List(c.View, decisions.Ended, 2000)
	if err != nil {
		return nil, err
	}
	var out []*decisions.Decision
	for _, d := range append(open, ended...) {
		if d.AskedAt.Before(end) && (d.Waits() || !d.ChangedAt.Before(end)) {
			out = append(out, d)
		}
	}
	sortDecisions(out)
	return out, nil
}

func buildDecisions(c *report.Context) ([]report.Block, error) {
	list, err := waiting(c)
	if err != nil {
		return nil, err
	}
	t := report.Table{Columns: []report.Column{{Title: c.T("reports.no", "No."), Number: true}, {Title: c.T("reports.decision", "Decision")}, {Title: c.T("reports.background", "Background and options")},
		{Title: c.T("reports.amount", "Amount"), Number: true}, {Title: c.T("reports.by", "Decide by")}},
		Empty: c.T("reports.decisions.none", "Nothing waited for a decision at the end of the month.")}
	for i, d := range list[:min(len(list), mostDecisions)] {
		amount := report.Cell{Text: locale.Unknown, Quiet: true}
		if d.Amount.Set {
			amount = c.MoneyCell(d.Amount.V)
		}
		by := report.Cell{Text: locale.Unknown, Quiet: true}
		if d.DecideBy != "" {
			by = report.T(c.Day(d.DecideBy))
			if d.DecideBy <= c.End() {
				by.State = "bad"
			}
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: c.Lang.Int(int64(i + 1)), Quiet: true, Value: int64(i + 1)}, {Text: c.Tell(d.Title), Bold: true}, report.T(background(c, d)), amount, by})
	}
	out := []report.Block{t}
	if rest := len(list) - mostDecisions; rest > 0 {
		out = append(out, report.Paragraph{Note: true, Text: c.T("reports.decisions.more", "{count} more {count|decision|decisions} {count|waits|wait}.", "count", int64(rest))})
	}
	return out, nil
}

// background is a decision's context and its options, the recommended one marked.
func background(c *report.Context, d *decisions.Decision) string {
	var options []string
	for _, o := range d.Options {
		text := c.Tell(o.Label)
		if o.Key == d.Recommended {
			text = c.T("reports.recommended", "{option} (recommended)", "option", text)
		}
		options = append(options, text)
	}
	lines := []string{}
	if !d.Context.Zero() {
		lines = append(lines, c.Tell(d.Context))
	}
	return strings.Join(append(lines, c.T("reports.options", "Options: {list}", "list", strings.Join(options, " · "))), "\n")
}
