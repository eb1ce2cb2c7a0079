package data

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/engine/cube"
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/web"
	"steward/lib/locale"
)

// grains are the lengths of periods a metric is explored by, the longest first.
var grains = []cube.Grain{cube.Year, cube.Quarter, cube.Month, cube.Week, cube.Day}

// mostLines is how many values of a breakdown are drawn.
const mostLines = 6

// mostRows bounds the table of an exploration.
const mostRows = 2000

// asked is an exploration as its address spells it.
type asked struct {
	by       []string
	where    []string
	from, to string
	compare  cube.Comparison
	share    bool
	top      int
	kind     Shape // "" for what fits best
	path     string
	skip     int // of the rows behind the number
}

type explorePage struct {
	Path, Name, MetricPath, Expression string
	Stale                              string
	Empty                              bool
	Choices, Second                    []option
	From, To                           string
	Compares, Kinds                    []option
	Share, MayShare, Wide              bool
	Top                                string
	Chips                              []chip
	Wheres                             []string
	Chart                              template.HTML
	Head, Measures                     []string
	Rows                               []exploreRow
	Total                              string
	Cut                                bool
	Notes                              []string
	Why                                []whyRow
	Forecast                           template.HTML
	ForecastNotes                      []string
	Method                             string
	RowsPath, CSV, XLSX, Pin           string
}

type option struct {
	Value, Text string
	On          bool
}

type chip struct{ Text, Remove string }

type exploreRow struct {
	Cells  []exploreCell
	Values []string
}

type exploreCell struct{ Text, Href string }

type whyRow struct{ Label, Text, Href string }

var exploreTemplate = web.MustPage[explorePage](embedded, "pages/explore.html")

// explore shows a metric by periods and columns; all of it stands in the address.
func explore(w http.ResponseWriter, r *web.Request) error {
	m, q, cols, err := askedOf(r)
	if err != nil {
		return err
	}
	dims := m.dims(cols)
	full, err := q.question(m, dims)
	if err != nil {
		return err
	}
	a, err := ask(r.Context(), r.View, m, full)
	if err != nil {
		return err
	}
	p := explorePage{Path: q.path, Name: m.Name, MetricPath: Metrics.Path(m.ID), Expression: m.Expression(), From: q.from, To: q.to, Share: q.share, MayShare: m.additive(), Wide: q.compare != "", Wheres: q.where, Empty: len(a.Rows) == 0,
		RowsPath: q.rows()}
	if q.top > 0 {
		p.Top = strconv.Itoa(q.top)
	}
	p.choices(r, q, dims)
	if p.Pin, err = q.pin(r, m); err != nil {
		return err
	}
	if ok, err := Metrics.Def().May(r.View, access.Export, m); err != nil {
		return err
	} else if ok {
		p.CSV, p.XLSX = q.file("csv"), q.file("xlsx")
	}
	for i, c := range q.where {
		rest := q
		rest.where = slices.Delete(slices.Clone(q.where), i, i+1)
		p.Chips = append(p.Chips, chip{c, rest.address()})
	}
	if a.Condition != Fresh {
		p.Stale = r.Tell(a.Why)
	}
	if p.Why, err = explanation(r, a); err != nil {
		return err
	}
	if !p.Empty {
		goals, err := targets(r.View, m)
		if err != nil {
			return err
		}
		if kind := fitting(m, full, q.kind); kind != JustTable {
			p.Chart = drawing(r, r.Lang, a, full, kind, goals, 300).Named(r.T)
		}
		p.table(r, a, q, full)
	}
	if len(q.by) == 1 && q.by[0] == string(cube.Month) && a.Delivery != nil {
		if err := p.foretell(r, m, q.where); err != nil {
			return err
		}
	}
	return exploreTemplate.Show(w, r, web.Shell{Title: m.Name, Crumbs: []web.Crumb{{Title: r.Plural(Metrics.Def()), Href: Metrics.Def().Path("")}, {Title: m.Name, Href: p.MetricPath}}}, p)
}

// askedOf reads what an address asks of a metric, and the columns there are to ask by.
func askedOf(r *web.Request) (m *Metric, q asked, cols columns, err error) {
	if m, err = Metrics.Get(r.View, records.ID[Metric](r.PathValue("id"))); err != nil {
		return nil, q, nil, err
	}
	if q, err = parseAsked(r, m); err == nil {
		cols, err = columnsOf(r.View, m.Source)
	}
	return m, q, cols, err
}

func parseAsked(r *web.Request, m *Metric) (asked, error) {
	in := r.URL.Query()
	q := asked{path: Metrics.Path(m.ID) + "/explore", from: in.Get("from"), to: in.Get("to"), share: in.Get("share") != "" && m.additive()}
	switch c := cube.Comparison(in.Get("compare")); c {
	case cube.NoComparison, cube.YearBefore, cube.PreviousPeriod:
		q.compare = c
	default:
		return q, fail.Named("compare", "data.compare", "Compare with the year before or with the period before.")
	}
	for _, list := range in["by"] {
		for _, b := range splitList(list) {
			if !slices.Contains(q.by, b) {
				q.by = append(q.by, b)
			}
		}
	}
	if len(q.by) == 0 {
		q.by = []string{string(cube.Month)}
	}
	if len(q.by) > 2 {
		return q, fail.Named("by", "data.by-two", "Break a metric down by two things at most.")
	}
	for _, c := range in["where"] {
		if c = strings.TrimSpace(c); c != "" {
			q.where = append(q.where, c)
		}
	}
	if len(q.where) > 20 {
		return q, fail.Named("where", "data.where-many", "Give at most 20 conditions.")
	}
	for _, d := range []struct {
		name string
		at   *string
	}{{"from", &q.from}, {"to", &q.to}} {
		if *d.at == "" {
			continue
		}
		if _, err := time.Parse(time.DateOnly, *d.at); err != nil {
			day, err := r.Lang.ParseDate(*d.at, string(r.Today()))
			if err != nil {
				return q, fail.Named(d.name, "data.no-day", "“{value}” is not a day; write it like 2026-03-31.").With("value", *d.at)
			}
			*d.at = day
		}
	}
	switch q.kind = Shape(in.Get("chart")); q.kind {
	case "", Lines, Bars, Stacked, JustTable:
	default:
		return q, fail.Named("chart", "data.chart-kind", "Show it as line, bars, stacked or table.")
	}
	if v := in.Get("top"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 1000 {
			return q, fail.Named("top", "data.top", "Show the greatest 1 to 1,000.")
		}
		q.top = n
	}
	return q, nil
}

// address spells the exploration.
func (q asked) address() string { return q.path + "?" + q.values().Encode() }

// rows is where the rows behind the exploration are.
func (q asked) rows() string {
	v := q.values()
	if q.skip > 0 {
		v.Set("skip", strconv.Itoa(q.skip))
	}
	return strings.TrimSuffix(q.path, "/explore") + "/rows?" + v.Encode()
}

// file is where the exploration is as a file.
func (q asked) file(format string) string {
	v := q.values()
	v.Set("format", format)
	return strings.TrimSuffix(q.path, "/explore") + "/answer?" + v.Encode()
}

// pin is the form that puts the exploration on a dashboard; "" for who may not.
func (q asked) pin(r *web.Request, m *Metric) (string, error) {
	if !Tiles.Def().MayAny(r.View, access.Add) {
		return "", nil
	}
	v := url.Values{"metric": {string(m.ID)}, "shape": {string(cmp.Or(q.kind, Chart))}, "period": {string(NoPeriods)}, "months": {"0"}, "position": {"1"}, "back": {q.address()}}
	var columns []string
	for _, b := range q.by {
		if isGrain(b) {
			v.Set("period", b)
		} else {
			columns = append(columns, b)
		}
	}
	v.Set("breakdown", strings.Join(columns, ", "))
	only := slices.Clone(q.where)
	if q.from != "" {
		only = append(only, quoteName(m.TimeColumn)+" >= "+quoteText(q.from))
	}
	if q.to != "" {
		only = append(only, quoteName(m.TimeColumn)+" < "+quoteText(string(records.Date(q.to).AddDays(1))))
	}
	if len(only) > 0 {
		v.Set("condition", strings.Join(only, "\n"))
	}
	return Tiles.Def().Path("new") + "?" + v.Encode(), nil
}

// measures names the numbers of an answer.
func (q asked) measures(r *web.Request, a *answer) []string {
	out := []string{a.Metric.Name}
	if q.compare != "" {
		out = append(out, compareWord(r, q.compare), r.T("data.explore.change", "Change"), r.T("data.explore.change-percent", "Change in percent"))
	}
	if q.share {
		out = append(out, r.T("data.explore.share", "Share"))
	}
	return out
}

// inPercent says whether a number of an answer, by its place among them, is a
// change or a share in percent.
func (q asked) inPercent(k int) bool { return k > 0 && (k >= 3 || q.compare == "") }

func (q asked) values() url.Values {
	v := url.Values{"by": {strings.Join(q.by, ",")}}
	for _, c := range q.where {
		v.Add("where", c)
	}
	for name, text := range map[string]string{"from": q.from, "to": q.to} {
		if text != "" {
			v.Set(name, text)
		}
	}
	if q.compare != "" {
		v.Set("compare", string(q.compare))
	}
	if q.share {
		v.Set("share", "1")
	}
	if q.top > 0 {
		v.Set("top", strconv.Itoa(q.top))
	}
	if q.kind != "" {
		v.Set("chart", string(q.kind))
	}
	return v
}

func isGrain(s string) bool { return slices.Contains(grains, cube.Grain(s)) }

// dims are the columns a metric may be broken down by.
func (m *Metric) dims(cols columns) (out []string) {
	if list := splitList(m.Dimensions.V); len(list) > 0 {
		return list
	}
	for name, k := range cols {
		if (k == cube.Text || k == cube.Bool) && name != m.MeasureColumn.V {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func (q asked) question(m *Metric, dims []string) (question, error) {
	out := question{Where: q.where, From: q.from, To: q.to, Compare: q.compare, Share: q.share, Limit: mostRows}
	for _, b := range q.by {
		switch {
		case isGrain(b):
			out.By = append(out.By, cube.Dimension{Column: m.TimeColumn, Grain: cube.Grain(b), Name: "period"})
			out.Fill = true
		case slices.Contains(dims, b):
			out.By = append(out.By, cube.Dimension{Column: b, Name: "by_" + strconv.Itoa(len(out.By))})
			if out.Top = q.top; out.Top == 0 {
				out.Top = 20
				if len(q.by) > 1 {
					out.Top = mostLines - 1
				}
			}
		default:
			return out, fail.Named("by", "data.by", "There is no breakdown by “{name}”; there is year, quarter, month, week, day, {columns}.").With("name", b).With("columns", strings.Join(dims, ", "))
		}
	}
	grouped := 0
	for _, d := range out.By {
		if d.Grain != "" {
			grouped++
		}
	}
	switch {
	case grouped > 1:
		return out, fail.Named("by", "data.by-period", "Choose one length of periods.")
	case grouped == 1 && out.By[0].Grain == "":
		slices.Reverse(out.By) // periods lead
		out.Fill = len(out.By) == 1
	case grouped == 1:
		out.Fill = len(out.By) == 1
	case len(out.By) == 1:
		out.Order = "-value"
	}
	return out, nil
}

func (p *explorePage) choices(r *web.Request, q asked, dims []string) {
	p.Compares = []option{{"", r.T("data.explore.compare-none", "nothing"), q.compare == ""}, {string(cube.YearBefore), r.T("data.explore.compare-year", "the year before"), q.compare == cube.YearBefore},
		{string(cube.PreviousPeriod), r.T("data.explore.compare-period", "the period before"), q.compare == cube.PreviousPeriod}}
	for _, k := range []option{{"", r.T("data.explore.kind-fits", "what fits best"), false}, {string(Lines), r.T("data.tile.shape.line", "Lines"), false}, {string(Bars), r.T("data.tile.shape.bars", "Bars"), false},
		{string(Stacked), r.T("data.tile.shape.stacked", "Stacked bars"), false}, {string(JustTable), r.T("data.tile.shape.table", "Table"), false}} {
		k.On = k.Value == string(q.kind)
		p.Kinds = append(p.Kinds, k)
	}
	second := ""
	if len(q.by) > 1 {
		second = q.by[1]
	}
	for _, g := range grains {
		p.Choices = append(p.Choices, option{string(g), grainWord(r, g), q.by[0] == string(g)})
	}
	p.Second = append(p.Second, option{"", r.T("data.explore.nothing-else", "nothing else"), second == ""})
	for _, d := range dims {
		p.Choices = append(p.Choices, option{d, d, q.by[0] == d})
		p.Second = append(p.Second, option{d, d, second == d})
	}
	if isGrain(second) {
		p.Second = append(p.Second, option{second, grainWord(r, cube.Grain(second)), true})
	}
}

func grainWord(r *web.Request, g cube.Grain) string {
	switch g {
	case cube.Year:
		return r.T("data.grain.year", "Year")
	case cube.Quarter:
		return r.T("data.grain.quarter", "Quarter")
	case cube.Week:
		return r.T("data.grain.week", "Week")
	case cube.Day:
		return r.T("data.grain.day", "Day")
	}
	return r.T("data.grain.month", "Month")
}

// table fills the numbers, each leading a step deeper.
func (p *explorePage) table(r *web.Request, a *answer, q asked, full question) {
	for _, d := range full.By {
		if d.Grain != "" {
			p.Head = append(p.Head, grainWord(r, d.Grain))
		} else {
			p.Head = append(p.Head, d.Column)
		}
	}
	p.Measures = q.measures(r, a)
	n := len(full.By)
	for _, row := range a.Rows {
		var x exploreRow
		for i, d := range full.By {
			cell := exploreCell{Text: label(r, r.Lang, row[i], d)}
			if deeper, ok := q.drill(d, row[i]); ok {
				cell.Href = deeper.address()
			}
			x.Cells = append(x.Cells, cell)
		}
		for i := n; i < len(row); i++ {
			switch {
			case q.inPercent(i-n) && row[i].Null:
				x.Values = append(x.Values, web.Unknown)
			case q.inPercent(i - n):
				x.Values = append(x.Values, r.Lang.PercentOf(row[i].Float, 1))
			default:
				x.Values = append(x.Values, a.Metric.text(r.Lang, row[i]))
			}
		}
		p.Rows = append(p.Rows, x)
	}
	p.Cut = len(a.Rows) == mostRows
	if len(a.Totals) > n {
		p.Total = a.Metric.text(r.Lang, a.Totals[n])
	}
	p.Notes = a.Notes
}

// label names a value of a dimension for the reader.
func label(r speaker, l locale.Lang, v cube.Value, d cube.Dimension) string {
	switch {
	case v.Other:
		return r.T("data.explore.other", "Other")
	case v.Null:
		return r.T("data.explore.empty", "(empty)")
	case d.Grain == cube.Month && len(v.Text) == 7:
		if t, err := time.Parse("2006-01", v.Text); err == nil {
			return l.MonthShort(t)
		}
	case d.Grain == cube.Day && len(v.Text) == 10:
		return r.Day(records.Date(v.Text))
	}
	return v.String()
}

// drill is the exploration one step deeper: into a period, or into a value.
func (q asked) drill(d cube.Dimension, v cube.Value) (asked, bool) {
	if v.Other || v.Null {
		return q, false
	}
	if d.Grain != "" {
		first, last, ok := span(d.Grain, v.Text)
		if !ok || d.Grain == cube.Day {
			return q, false
		}
		q.from, q.to = first, last
		next := map[cube.Grain]string{cube.Year: "quarter", cube.Quarter: "month", cube.Month: "day", cube.Week: "day"}[d.Grain]
		q.by = slices.Clone(q.by)
		for i, b := range q.by {
			if b == string(d.Grain) {
				q.by[i] = next
			}
		}
		return q, true
	}
	q.where = append(slices.Clone(q.where), quoteName(d.Column)+" = "+quoteText(v.String()))
	q.by = slices.DeleteFunc(slices.Clone(q.by), func(b string) bool { return b == d.Column })
	if len(q.by) == 0 {
		q.by = []string{string(cube.Month)}
	}
	return q, true
}

// span is the first and last day of a period by its name.
func span(g cube.Grain, name string) (first, last string, ok bool) {
	var from, to time.Time
	switch g {
	case cube.Year:
		t, err := time.Parse("2006", name)
		if err != nil {
			return "", "", false
		}
		from, to = t, t.AddDate(1, 0, -1)
	case cube.Quarter:
		if len(name) != 7 || name[5] != 'Q' || name[6] < '1' || name[6] > '4' {
			return "", "", false
		}
		t, err := time.Parse("2006", name[:4])
		if err != nil {
			return "", "", false
		}
		from = t.AddDate(0, int(name[6]-'1')*3, 0)
		to = from.AddDate(0, 3, -1)
	case cube.Month:
		t, err := time.Parse("2006-01", name)
		if err != nil {
			return "", "", false
		}
		from, to = t, t.AddDate(0, 1, -1)
	case cube.Week:
		if len(name) != 8 {
			return "", "", false
		}
		year, err1 := strconv.Atoi(name[:4])
		week, err2 := strconv.Atoi(name[6:])
		if err1 != nil || err2 != nil {
			return "", "", false
		}
		jan4 := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
		from = jan4.AddDate(0, 0, -(int(jan4.Weekday())+6)%7+(week-1)*7)
		to = from.AddDate(0, 0, 6)
	default:
		return name, name, len(name) == 10
	}
	return from.Format(time.DateOnly), to.Format(time.DateOnly), true
}
