package data

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/collect/table"
	"steward/kernel/web"
	"steward/lib/locale"
)

// profileRows are what a delivery holds, as the pages show it: facts of the whole,
// its columns, and the four sides of its quality.
func profileRows(r *web.Request, f *Found) (facts []fact, cols []columnRow, checks []checkRow) {
	rep := f.Profile.Report
	add := func(label, value string) { facts = append(facts, fact{label, value}) }
	add(r.T("data.delivery.row_count.label", "Rows"), r.Lang.Int(rep.Rows))
	add(r.T("data.delivery.bad_rows.label", "Rows kept aside"), r.Lang.Int(rep.RejectedCount))
	if d := rep.Dialect; d != nil {
		add(r.T("data.profile.encoding", "Encoding"), d.Encoding)
		add(r.T("data.profile.delimiter", "Separator"), shown(r, d.Delimiter))
		add(r.T("data.profile.quote", "Quote"), shown(r, d.Quote))
		header := r.T("kernel.web.no", "No")
		if d.Header {
			header = r.T("kernel.web.yes", "Yes")
		}
		add(r.T("data.profile.header", "First row names the columns"), header)
	}
	if len(f.Profile.Keys) > 0 {
		var keys []string
		for _, k := range f.Profile.Keys[:min(5, len(f.Profile.Keys))] {
			keys = append(keys, strings.Join(k, " + "))
		}
		add(r.T("data.profile.keys", "Keys found"), strings.Join(keys, ", "))
	}
	var empty, cells int64
	for _, c := range f.Profile.Columns {
		empty, cells = empty+c.Nulls, cells+rep.Rows
		cols = append(cols, columnRow{Name: c.Name, Kind: kindWord(r, c.Kind), Filled: share(r, rep.Rows-c.Nulls, rep.Rows), Different: r.Lang.Int(c.Distinct),
			Least: valueText(r, c.Kind, c.Min), Greatest: valueText(r, c.Kind, c.Max), Note: c.Note, Key: slices.ContainsFunc(f.Profile.Keys, func(k []string) bool { return len(k) == 1 && k[0] == c.Name })})
	}
	side := func(holds bool, text string) {
		row := checkRow{"ok", r.T("data.quality.ok", "in order"), text}
		if !holds {
			row.State, row.Word = "warn", r.T("data.quality.not", "not in order")
		}
		checks = append(checks, row)
	}
	side(empty == 0, r.T("data.quality.complete", "Complete: {share} of the cells are filled", "share", share(r, cells-empty, cells)))
	all := rep.Rows + rep.RejectedCount
	side(rep.RejectedCount == 0, r.T("data.quality.valid", "Valid: {share} of the rows fit their columns", "share", share(r, rep.Rows, all)))
	side(len(f.Profile.Keys) > 0, r.T("data.quality.unique", "Unique: {count} {count|key|keys} found", "count", len(f.Profile.Keys)))
	newest := ""
	for _, c := range f.Profile.Columns {
		if (c.Kind == table.Date || c.Kind == table.Moment) && c.Max > newest {
			newest = c.Max
		}
	}
	if len(newest) >= 10 {
		side(true, r.T("data.quality.timely", "Timely: the newest date is {day}", "day", r.Lang.Day(newest[:10], locale.Short)))
	}
	for _, x := range f.Profile.Findings {
		name := x.Rule
		if x.Column != "" {
			name += " " + x.Column
		}
		if len(x.Columns) > 0 {
			name += " " + strings.Join(x.Columns, ", ")
		}
		side(x.Holds, r.T("data.quality.rule", "Rule {name}: {count} {count|row breaks|rows break} it", "name", name, "count", x.Broken))
	}
	return facts, cols, checks
}

// valueText writes a value that a column holds as the reader writes such values;
// whole numbers may be names of things and are not grouped.
func valueText(r *web.Request, k table.Kind, text string) string {
	switch k {
	case table.Date, table.Moment:
		if t, err := time.Parse(time.RFC3339, text); err == nil && k == table.Moment {
			return r.Lang.Moment(t.In(r.Zone), locale.Short)
		}
		if len(text) >= 10 {
			return r.Lang.Day(text[:10], locale.Short) + text[10:]
		}
	case table.Decimal:
		whole, part, _ := strings.Cut(text, ".")
		if n, err := strconv.ParseInt(whole+part, 10, 64); err == nil {
			return r.Lang.Decimal(n, len(part), 0)
		}
	}
	return clip(text)
}

func share(r *web.Request, part, whole int64) string {
	if whole == 0 {
		return web.Unknown
	}
	x := float64(part) / float64(whole) * 100
	if part < whole {
		x = math.Min(x, 99.9)
	}
	return r.Lang.PercentOf(x, 1)
}

func shown(r *web.Request, s string) string {
	switch s {
	case "":
		return r.T("data.profile.none", "none")
	case "\t":
		return r.T("data.profile.tab", "tab")
	}
	return s
}

func kindWord(r *web.Request, k table.Kind) string {
	switch k {
	case table.Integer:
		return r.T("data.kind.integer", "whole number")
	case table.Decimal:
		return r.T("data.kind.decimal", "decimal number")
	case table.Float:
		return r.T("data.kind.float", "measurement")
	case table.Bool:
		return r.T("data.kind.bool", "yes or no")
	case table.Date:
		return r.T("data.kind.date", "day")
	case table.Moment:
		return r.T("data.kind.moment", "moment")
	}
	return r.T("data.kind.text", "text")
}
