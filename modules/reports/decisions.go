package reports

import (
	"strings"

	"steward/kernel/access"
	"steward/kernel/decisions"
	"steward/kernel/records"
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
	rows := together(list)
	for i, a := range rows[:min(len(rows), mostDecisions)] {
		amount := report.Cell{Text: locale.Unknown, Quiet: true}
		if d := a.list[0]; d.Amount.Set {
			amount = c.MoneyCell(d.Amount.V)
		}
		by := report.Cell{Text: locale.Unknown, Quiet: true}
		if day := a.by(); day != "" {
			by = c.DayCell(day)
			if day <= c.End() {
				by.State = "bad"
			}
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: c.Lang.Int(int64(i + 1)), Quiet: true, Value: int64(i + 1)}, {Text: a.title(c), Bold: true}, report.T(a.background(c)), amount, by})
	}
	out := []report.Block{t}
	rest := 0
	for _, a := range rows[min(len(rows), mostDecisions):] {
		rest += len(a.list)
	}
	if rest > 0 {
		out = append(out, report.Paragraph{Note: true, Text: c.T("reports.decisions.more", "{count} more {count|decision|decisions} {count|waits|wait}.", "count", int64(rest))})
	}
	return out, nil
}

// alike is how many decisions of a kind without an amount make one line.
const alike = 3

// asked is a line of the decisions: one, or several of a kind that hold no money.
type asked struct {
	list []*decisions.Decision
}

// together puts the decisions of a kind that commit no money into one line, where
// the most urgent of them stands: a board decides on nine approvals of updates as on one.
func together(list []*decisions.Decision) (out []asked) {
	count, at := map[string]int{}, map[string]int{}
	for _, d := range list {
		if !d.Amount.Set {
			count[d.Kind]++
		}
	}
	for _, d := range list {
		if d.Amount.Set || count[d.Kind] < alike {
			out = append(out, asked{list: []*decisions.Decision{d}})
			continue
		}
		if i, ok := at[d.Kind]; ok {
			out[i].list = append(out[i].list, d)
			continue
		}
		at[d.Kind] = len(out)
		out = append(out, asked{list: []*decisions.Decision{d}})
	}
	return out
}

// by is the first day to decide by; "" for none.
func (a asked) by() records.Date { return a.list[0].DecideBy }

func (a asked) title(c *report.Context) string {
	d := a.list[0]
	if len(a.list) == 1 {
		return c.Tell(d.Title)
	}
	name := d.Kind
	if k := decisions.SetOf(c.View).Kind(d.Kind); k != nil {
		name = c.Say(k.Title)
	}
	return c.T("reports.decisions.together", "{kind}: {count} {count|decision|decisions}", "kind", name, "count", int64(len(a.list)))
}

// background is what one must know, or the single matters of several, with the
// options and who decides.
func (a asked) background(c *report.Context) string {
	d := a.list[0]
	var lines []string
	if len(a.list) == 1 {
		if !d.Context.Zero() {
			lines = append(lines, c.Tell(d.Context))
		}
	} else {
		var titles []string
		for _, one := range a.list[:min(len(a.list), mostTogether)] {
			titles = append(titles, c.Tell(one.Title))
		}
		text := strings.Join(titles, " · ")
		if rest := len(a.list) - mostTogether; rest > 0 {
			text = c.T("reports.security.more", "{names} and {count} more", "names", text, "count", int64(rest))
		}
		lines = append(lines, text)
	}
	same := true
	for _, one := range a.list {
		same = same && options(c, one) == options(c, d)
	}
	if same {
		lines = append(lines, options(c, d))
	}
	if role, ok := access.RoleNamed(d.Role); ok && d.Assignee == "" && len(a.list) == 1 {
		lines = append(lines, c.T("reports.decides", "To be decided by: {who}", "who", c.T("kernel.access.role."+role.Name, role.Title)))
	}
	return strings.Join(lines, "\n")
}

// mostTogether is how many matters one line names.
const mostTogether = 9

// options are a decision's, the recommended one marked.
func options(c *report.Context, d *decisions.Decision) string {
	var list []string
	for _, o := range d.Options {
		text := c.Tell(o.Label)
		if o.Key == d.Recommended {
			text = c.T("reports.recommended", "{option} (recommended)", "option", text)
		}
		list = append(list, text)
	}
	return c.T("reports.options", "Options: {list}", "list", strings.Join(list, " · "))
}
