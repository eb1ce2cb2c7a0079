package money

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/report"
	"steward/lib/chart"
	"steward/lib/words"
)

// costsSection holds the fiscal year's costs to the end of the month against the
// plan for the same months, by category.
var costsSection = report.Section{Key: "money.costs", Title: words.T("money.report.title", "Costs against plan"), Area: access.Money, Order: 500, Build: buildCosts}

func buildCosts(c *report.Context) ([]report.Block, error) {
	year, _, _ := c.Org.FiscalYear(c.End())
	l, err := Read(c.Past(), Ask{Year: year, By: ByCategory, To: c.Month.First()})
	if err != nil || l.Total == (Row{}) {
		return nil, err
	}
	money := func(minor int64) report.Cell {
		return c.MoneyCell(records.Money{Minor: minor, Currency: l.Currency})
	}
	rows := slices.Clone(l.Rows)
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(max(b.PlanTo, b.Actual), max(a.PlanTo, a.Actual)) })
	t := report.Table{Columns: []report.Column{{Title: c.T("money.report.category", "Category")}, {Title: c.T("money.report.plan-year", "Plan, year"), Number: true}, {Title: c.T("money.report.plan-to", "Plan to date"), Number: true},
		{Title: c.T("money.report.actual", "Actual to date"), Number: true}, {Title: c.T("money.report.variance", "Difference"), Number: true}}}
	line := func(name string, row Row, bold bool) {
		diff := money(row.Variance())
		if row.Variance() > 0 {
			diff.Text = "+" + diff.Text
		}
		cells := []report.Cell{{Text: name, Bold: true}, money(row.Plan), money(row.PlanTo), money(row.Actual), diff}
		for i := range cells {
			cells[i].Bold = cells[i].Bold || bold
		}
		t.Rows = append(t.Rows, cells)
	}
	steps := []chart.Step{{Label: c.T("money.report.plan-to", "Plan to date"), V: major(l.Total.PlanTo, l.Currency), Total: true}}
	for _, row := range rows {
		name, _ := c.Option(CostLines.Def(), "category", row.Key)
		line(name, row, false)
		if row.Variance() != 0 {
			steps = append(steps, chart.Step{Label: name, V: major(row.Variance(), l.Currency)})
		}
	}
	line(c.T("money.report.total", "Total"), l.Total, true)
	steps = append(steps, chart.Step{Label: c.T("money.report.actual", "Actual to date"), V: major(l.Total.Actual, l.Currency), Total: true})
	frame := chart.Frame{Title: c.T("money.report.steps", "From plan to actual, {currency}", "currency", l.Currency), Lang: c.Lang, Sheet: c.Lang.SheetMoney(l.Currency), First: c.T("money.report.category", "Category"),
		Format: func(v float64) string { return c.Lang.Int(int64(math.Round(v))) }}
	over := l.Total.Variance()
	text := c.T("money.report.below", "To the end of {month}, {actual} of {plan} planned was spent: {difference} below plan.", "month", c.Lang.Month(c.Month.First().Time()),
		"actual", money(l.Total.Actual).Text, "plan", money(l.Total.PlanTo).Text, "difference", money(-over).Text)
	state := "ok"
	if over > 0 {
		text, state = c.T("money.report.above", "To the end of {month}, {actual} was spent against {plan} planned: {difference} above plan.", "month", c.Lang.Month(c.Month.First().Time()),
			"actual", money(l.Total.Actual).Text, "plan", money(l.Total.PlanTo).Text, "difference", money(over).Text), "warn"
	}
	if by := drivers(c, rows, l.Currency); by != "" {
		text += " " + c.T("money.report.drivers", "Most of it: {list}.", "list", by)
	}
	out := []report.Block{report.Paragraph{Text: text}}
	if len(steps) > 2 {
		out = append(out, report.Chart{Scene: chart.Waterfall(frame, steps), Caption: c.T("money.report.caption", "What has a minus (green) lowers cost, what has a plus (red) adds to it.")})
	}
	out = append(out, t)
	if l.Total.PlanTo > 0 {
		out = append(out, report.Highlight{State: state, Text: text})
	}
	if n := len(l.Missing); n > 0 {
		out = append(out, report.Paragraph{Note: true, Text: c.T("money.report.missing", "{count} {count|amount|amounts} in another currency could not be converted and {count|is|are} left out.", "count", int64(n))})
	}
	return append(out, report.Source{Title: c.T("money.report.title", "Costs against plan"), From: c.T("money.report.from", "cost lines and budget lines"), At: c.DayCell(c.End()),
		Formula: c.T("money.report.formula", "Actual cost lines of the fiscal year's months up to this one, against the budget lines of the same months; other currencies at the rate of each month's last day, the plan at that of the year's first.")}), nil
}

// drivers are the two categories that differ most from the plan.
func drivers(c *report.Context, rows []Row, currency string) string {
	size := func(r Row) int64 { return max(r.Variance(), -r.Variance()) }
	most := slices.Clone(rows)
	slices.SortStableFunc(most, func(a, b Row) int { return cmp.Compare(size(b), size(a)) })
	var list []string
	for _, r := range most[:min(len(most), 2)] {
		if r.Variance() == 0 {
			continue
		}
		name, _ := c.Option(CostLines.Def(), "category", r.Key)
		amount := c.Lang.MoneyRound(r.Variance(), currency)
		if r.Variance() > 0 {
			amount = "+" + amount
		}
		list = append(list, name+" "+amount)
	}
	return strings.Join(list, ", ")
}
