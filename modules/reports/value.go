package reports

import (
	"math"
	"slices"

	"steward/kernel/figures"
	"steward/kernel/report"
	"steward/lib/locale"
)

// valueText writes a figure's value with its unit.
func valueText(c *report.Context, v figures.Value, u figures.Unit) string {
	if v.State == figures.NA {
		return c.T("kernel.figures.na", "n/a")
	}
	text := v.Text(c.Lang, u)
	if !v.Known() {
		return text
	}
	return text + unitText(c, u, v.Number)
}

// unitText is the word behind a number, with the space before it.
func unitText(c *report.Context, u figures.Unit, x float64) string {
	n := int64(math.Round(x))
	switch u {
	case figures.Days:
		return "\u00a0" + c.T("kernel.figures.unit.days", "{count|day|days}", "count", n)
	case figures.Hours:
		return "\u00a0" + c.T("kernel.figures.unit.hours", "{count|hour|hours}", "count", n)
	case figures.Minutes:
		return "\u00a0" + c.T("kernel.figures.unit.minutes", "{count|minute|minutes}", "count", n)
	}
	return ""
}

// targetText writes a snapshot's target in its unit.
func targetText(c *report.Context, f *figures.Figure, s *figures.Snapshot) string {
	currency := s.Value.Currency
	if f.Unit == figures.Amount && currency == "" {
		currency = c.Org.Currency
	}
	text := figures.Level(c.Lang, f.Unit, currency, s.Target)
	if s.Target != nil {
		text += unitText(c, f.Unit, *s.Target)
	}
	return text
}

// stateText says how a value stands, in a word.
func stateText(c *report.Context, state string) string {
	switch state {
	case "ok":
		return c.T("kernel.figures.state.ok", "on target")
	case "warn":
		return c.T("kernel.figures.state.warn", "off target")
	case "bad":
		return c.T("kernel.figures.state.bad", "far off target")
	}
	return c.T("kernel.figures.state.none", "no target")
}

// cellOf is a figure's value in a table: text for readers, a number for workbooks.
func cellOf(c *report.Context, f *figures.Figure, s *figures.Snapshot) report.Cell {
	if s == nil {
		return report.Cell{Text: "–", Quiet: true}
	}
	out := report.Cell{Text: valueText(c, s.Value, f.Unit)}
	if s.Value.Known() {
		out.Value, out.Format = s.Value.Float(), sheetFormat(c, f.Unit, s.Value.Currency, s.Value.Float())
	}
	return out
}

// sheetFormat is how a workbook writes values of a unit, with as many digits after
// the point as the first one needs that has any.
func sheetFormat(c *report.Context, u figures.Unit, currency string, values ...float64) string {
	broken := slices.ContainsFunc(values, func(x float64) bool { return !math.IsNaN(x) && x != math.Trunc(x) })
	digits := 0
	if broken {
		digits = 1
	}
	switch {
	case u == figures.Amount && currency == "":
		return c.Lang.SheetMoney(c.Org.Currency)
	case currency != "":
		return c.Lang.SheetMoney(currency)
	case u == figures.Percent:
		return c.Lang.SheetPercent(digits)
	case broken && unitText(c, u, 0) == "":
		digits = 2
	}
	return locale.SheetNumber(digits)
}
