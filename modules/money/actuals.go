package money

import (
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/web"
	"steward/lib/chart"
	"steward/modules/systems"
)

type actualsPage struct {
	Sub        string
	Years      []choice
	Bys        []choice
	Tos        []choice
	Categories []choice
	Kinds      []choice
	System     string // id filtered by, kept by the form
	Unit       string
	Chips      []chip
	Strip      []web.StripItem
	Months     template.HTML
	Legend     template.HTML
	Steps      template.HTML
	Head       string
	Rows       []rowView
	Total      rowView
	Empty      bool
	Rates      []string
	Missing    []string
	RateCount  int64
	Currency   string
	// Where lines are added and imported, for those who may.
	MayAdd                       bool
	AddPlan, AddCost, ImportPlan string
}

type choice struct {
	Value, Name string
	On          bool
}

// chip is a filter that is on, with the address of the page without it.
type chip struct{ Name, Value, Clear string }

type rowView struct {
	Name, Href, Lines                     string
	Plan, PlanTo, Actual, Committed, Left string
	Variance, State                       string
	LeftState                             string
}

var actualsTemplate = web.MustPage[actualsPage](files, "pages/actuals.html")

// showActuals is the page of plan against actual.
func showActuals(w http.ResponseWriter, r *web.Request) error {
	a := askedFor(r)
	l, err := Read(r.View, a)
	if err != nil {
		return err
	}
	p := actualsPage{System: string(a.System), Unit: string(a.Unit)}
	if err := p.filters(r, a); err != nil {
		return err
	}
	names, err := names(r, l)
	if err != nil {
		return err
	}
	show := presenter{r, l, names}
	p.Sub = r.T("money.actuals.sub", "Fiscal year {year} · to date: until the end of {month}", "year", yearName(l), "month", r.Lang.Month(l.To.Time()))
	if l.To < l.First {
		p.Sub = r.T("money.actuals.sub-none", "Fiscal year {year} · no month of it is over yet", "year", yearName(l))
	}
	p.Strip = show.strip()
	months := show.months()
	p.Months, p.Legend = months.HTML(r.T), months.LegendHTML()
	rows := show.sorted()
	if a.By != ByMonth && len(rows) > 1 {
		p.Steps = show.steps(rows).HTML(r.T)
	}
	p.Head = byName(r, a.By)
	for _, row := range rows {
		p.Rows = append(p.Rows, show.row(row))
	}
	p.Total = show.row(l.Total)
	p.Total.Name, p.Total.Href = r.T("money.actuals.total", "Total"), ""
	p.Total.Lines = linesPath(l, "", "")
	p.Empty = len(rows) == 0
	p.notes(r, l)
	p.RateCount, p.Currency = int64(len(p.Rates)), l.Currency
	p.MayAdd = CostLines.Def().MayAny(r.View, access.Add) && BudgetLines.Def().MayAny(r.View, access.Add)
	back := url.Values{"back": {a.path()}}
	if a.System != "" {
		back.Set("system", string(a.System))
	}
	p.AddCost, p.AddPlan, p.ImportPlan = CostLines.Def().Path("new")+"?"+back.Encode(), BudgetLines.Def().Path("new")+"?"+back.Encode(), BudgetLines.Def().Path("import")
	return actualsTemplate.Show(w, r, web.Shell{Title: r.T("money.actuals.title", "Plan and actual")}, p)
}

// askedFor reads the page's address; what makes no sense there is taken as not said.
func askedFor(r *web.Request) Ask {
	in := r.URL.Query()
	year, _, _ := r.Org.FiscalYear(r.Today())
	a := Ask{Year: year, By: BySystem, System: records.ID[systems.System](in.Get("system")), Unit: records.ID[org.Unit](in.Get("unit"))}
	if y, err := strconv.Atoi(in.Get("fy")); err == nil && y >= 2000 && y <= 2100 {
		a.Year = y
	}
	if by := By(in.Get("by")); slices.Contains([]By{BySystem, ByUnit, ByCategory, ByKind, ByMonth}, by) {
		a.By = by
	}
	if c := Category(in.Get("category")); slices.Contains(Categories, c) {
		a.Category = c
	}
	if k := Kind(in.Get("kind")); slices.Contains(Kinds, k) {
		a.Kind = k
	}
	first, last := yearOf(r.Org, a.Year)
	a.To = LastClosed(r.Org, a.Year, r.Today())
	if to := records.Date(in.Get("to")); to.Valid() && to >= first && to <= last {
		a.To = firstOf(to)
	}
	return a
}

// path is the page's address for an ask.
func (a Ask) path() string {
	v := url.Values{"fy": {strconv.Itoa(a.Year)}, "by": {string(a.By)}, "to": {string(a.To)}}
	for k, s := range map[string]string{"system": string(a.System), "unit": string(a.Unit), "category": string(a.Category), "kind": string(a.Kind)} {
		if s != "" {
			v.Set(k, s)
		}
	}
	return "/money/actuals?" + v.Encode()
}

func (p *actualsPage) filters(r *web.Request, a Ask) error {
	now, _, _ := r.Org.FiscalYear(r.Today())
	for y := min(now-3, a.Year); y <= max(now+1, a.Year); y++ {
		p.Years = append(p.Years, choice{strconv.Itoa(y), yearName(&Ledger{Ask: Ask{Year: y}, First: firstMonth(r, y)}), y == a.Year})
	}
	for _, by := range []By{BySystem, ByUnit, ByCategory, ByKind, ByMonth} {
		p.Bys = append(p.Bys, choice{string(by), byName(r, by), by == a.By})
	}
	for i := range 12 {
		m := records.DateOf(firstMonth(r, a.Year).Time().AddDate(0, i, 0))
		p.Tos = append(p.Tos, choice{string(m), r.Lang.Month(m.Time()), m == a.To})
	}
	d := CostLines.Def()
	for _, o := range d.Field("category").Options {
		p.Categories = append(p.Categories, choice{o.Value, r.OptionLabel(d, d.Field("category"), o), o.Value == string(a.Category)})
	}
	for _, o := range d.Field("kind").Options {
		p.Kinds = append(p.Kinds, choice{o.Value, r.OptionLabel(d, d.Field("kind"), o), o.Value == string(a.Kind)})
	}
	add := func(d *records.Def, id string, without Ask) error {
		if id == "" {
			return nil
		}
		labels, err := d.Labels(r.View, []string{id})
		if err != nil {
			return err
		}
		l, ok := labels[id]
		if !ok {
			return records.NotFound()
		}
		p.Chips = append(p.Chips, chip{r.Singular(d), l.Title, without.path()})
		return nil
	}
	without := a
	without.System = ""
	if err := add(systems.Systems.Def(), string(a.System), without); err != nil {
		return err
	}
	without = a
	without.Unit = ""
	return add(org.Units.Def(), string(a.Unit), without)
}

func firstMonth(r *web.Request, year int) records.Date {
	first, _ := yearOf(r.Org, year)
	return first
}

// yearName is 2026, or 2026/27 where the fiscal year is no calendar year.
func yearName(l *Ledger) string {
	if l.First[5:7] == "01" {
		return strconv.Itoa(l.Year)
	}
	return fmt.Sprintf("%d/%02d", l.Year, (l.Year+1)%100)
}

func byName(r *web.Request, by By) string {
	switch by {
	case ByUnit:
		return r.T("money.by.unit", "Department")
	case ByCategory:
		return r.T("money.by.category", "Category")
	case ByKind:
		return r.T("money.by.kind", "Kind")
	case ByMonth:
		return r.T("money.by.month", "Month")
	}
	return r.T("money.by.system", "System")
}

// names are the titles of the records that rows are of; those that the reader
// may not see are absent.
func names(r *web.Request, l *Ledger) (map[string]records.Label, error) {
	var ids []string
	for _, row := range l.Rows {
		if row.Key != "" {
			ids = append(ids, row.Key)
		}
	}
	switch l.By {
	case BySystem:
		return systems.Systems.Def().Labels(r.View, ids)
	case ByUnit:
		return org.Units.Def().Labels(r.View, ids)
	}
	return nil, nil
}

// presenter shows a ledger to one reader.
type presenter struct {
	r     *web.Request
	l     *Ledger
	names map[string]records.Label
}

func (p presenter) money(minor int64) string { return p.r.Lang.MoneyRound(minor, p.l.Currency) }

// name is how a row is called.
func (p presenter) name(key string) string {
	r := p.r
	d := CostLines.Def()
	switch p.l.By {
	case ByMonth:
		return r.Lang.Month(records.Date(key).Time())
	case ByCategory, ByKind:
		f := d.Field(string(p.l.By))
		for _, o := range f.Options {
			if o.Value == key {
				return r.OptionLabel(d, f, o)
			}
		}
	}
	if l, ok := p.names[key]; ok {
		return l.Title
	}
	if key != "" {
		return r.T("money.hidden", "Not for you to see")
	}
	if p.l.By == ByUnit {
		return r.T("money.no-unit", "Without department")
	}
	return r.T("money.no-system", "Without system")
}

// sorted orders rows for reading: months and categories as they stand, others by weight.
func (p presenter) sorted() []Row {
	rows := slices.Clone(p.l.Rows)
	slices.SortStableFunc(rows, func(a, b Row) int {
		switch p.l.By {
		case ByMonth:
			return cmp.Compare(a.Key, b.Key)
		case ByCategory:
			return slices.Index(Categories, Category(a.Key)) - slices.Index(Categories, Category(b.Key))
		}
		return cmp.Or(cmp.Compare(max(b.Plan, b.Expected()), max(a.Plan, a.Expected())), cmp.Compare(a.Key, b.Key))
	})
	return rows
}

func (p presenter) row(row Row) rowView {
	v := rowView{Name: p.name(row.Key), Plan: p.money(row.Plan), PlanTo: p.money(row.PlanTo), Actual: p.money(row.Actual), Committed: p.money(row.Committed), Left: p.money(row.Left())}
	v.Variance, v.State = p.variance(row)
	if row.Left() < 0 {
		v.LeftState = "bad"
	}
	v.Lines = linesPath(p.l, p.l.By, row.Key)
	a := p.l.Ask
	switch {
	case row.Key == "":
	case p.l.By == BySystem:
		a.System, a.By = records.ID[systems.System](row.Key), ByMonth
	case p.l.By == ByUnit:
		a.Unit, a.By = records.ID[org.Unit](row.Key), BySystem
	case p.l.By == ByCategory:
		a.Category, a.By = Category(row.Key), BySystem
	case p.l.By == ByKind:
		a.Kind, a.By = Kind(row.Key), ByCategory
	}
	if a.path() != p.l.Ask.path() {
		if _, seen := p.names[row.Key]; seen || p.names == nil {
			v.Href = a.path()
		}
	}
	return v
}

// variance says in words whether more or less was spent than planned to date.
func (p presenter) variance(row Row) (text, state string) {
	r, n := p.r, row.Variance()
	switch {
	case n == 0:
		return r.T("money.on-plan", "on plan"), ""
	case n < 0:
		return r.T("money.under", "{amount} under", "amount", p.money(-n)), "ok"
	}
	return r.T("money.over", "{amount} over", "amount", p.money(n)), "bad"
}

func (p presenter) strip() []web.StripItem {
	r, t := p.r, p.l.Total
	over, state := p.variance(t)
	left := web.StripItem{Label: r.T("money.actuals.left", "Plan left"), Value: p.money(t.Left()), Note: r.T("money.actuals.left-note", "neither spent nor committed")}
	if t.Left() < 0 {
		left.State = "bad"
	}
	return []web.StripItem{
		{Label: r.T("money.actuals.plan", "Plan, whole year"), Value: p.money(t.Plan), Href: planPath(p.l)},
		{Label: r.T("money.actuals.plan-to", "Plan to date"), Value: p.money(t.PlanTo)},
		{Label: r.T("money.actuals.actual", "Actual to date"), Value: p.money(t.Actual), Note: over, State: state, Href: linesPath(p.l, "", "") + "&state=actual"},
		{Label: r.T("money.actuals.committed", "Committed"), Value: p.money(t.Committed), Note: r.T("money.actuals.committed-note", "by contracts, not billed yet"), Href: linesPath(p.l, "", "") + "&state=committed"},
		left,
	}
}

func (p presenter) major(minor int64) float64 { return major(minor, p.l.Currency) }

func (p presenter) frame(title, first string) chart.Frame {
	return chart.Frame{Title: title, Lang: p.r.Lang, First: first, Format: func(v float64) string {
		return p.money(minorOf(v, p.l.Currency))
	}}
}

// months draws plan, actual and committed month by month.
func (p presenter) months() chart.Scene {
	r := p.r
	var labels []string
	plan := chart.Series{Name: r.T("money.plan", "Plan"), Class: "mute"}
	actual := chart.Series{Name: r.T("money.actual", "Actual"), Class: "c1"}
	committed := chart.Series{Name: r.T("money.committed", "Committed"), Class: "c3"}
	for _, m := range p.l.Months {
		labels = append(labels, r.Lang.MonthAxis(records.Date(m.Key).Time().Month()))
		plan.V, actual.V, committed.V = append(plan.V, p.major(m.Plan)), append(actual.V, p.major(m.Actual+m.Later)), append(committed.V, p.major(m.Committed))
	}
	return chart.Columns(p.frame(r.T("money.actuals.by-month", "Month by month"), r.T("money.by.month", "Month")), labels, []chart.Series{plan, actual, committed}, false)
}

// mostSteps is how many rows a waterfall names; the others are one step.
const mostSteps = 6

// steps leads from the plan to date to what was spent, by what made the difference.
func (p presenter) steps(rows []Row) chart.Scene {
	r := p.r
	differ := slices.Clone(rows)
	slices.SortStableFunc(differ, func(a, b Row) int { return cmp.Compare(abs(b.Variance()), abs(a.Variance())) })
	steps := []chart.Step{{Label: r.T("money.actuals.plan-to", "Plan to date"), V: p.major(p.l.Total.PlanTo), Total: true}}
	rest := int64(0)
	for i, row := range differ {
		switch {
		case row.Variance() == 0:
		case i < mostSteps:
			steps = append(steps, chart.Step{Label: p.name(row.Key), V: p.major(row.Variance())})
		default:
			rest += row.Variance()
		}
	}
	if rest != 0 {
		steps = append(steps, chart.Step{Label: r.T("money.others", "Others"), V: p.major(rest)})
	}
	steps = append(steps, chart.Step{Label: r.T("money.actuals.actual", "Actual to date"), V: p.major(p.l.Total.Actual), Total: true})
	frame := p.frame(r.T("money.actuals.steps", "From plan to actual"), byName(r, p.l.By))
	frame.Format = func(v float64) string { return r.Lang.MoneyCompact(minorOf(v, p.l.Currency), p.l.Currency) }
	return chart.Waterfall(frame, steps)
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// planPath is the list of budget lines behind the year's plan.
func planPath(l *Ledger) string {
	v := url.Values{"fiscal_year": {strconv.Itoa(l.Year)}}
	for name, value := range map[string]string{"system": string(l.System), "unit": string(l.Unit), "category": string(l.Category), "kind": string(l.Kind)} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return BudgetLines.Def().Path("") + "?" + v.Encode()
}

// linesPath is the list of cost lines behind a row.
func linesPath(l *Ledger, by By, key string) string {
	v := url.Values{"month.gte": {string(l.First)}, "month.lte": {string(l.Last)}}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("system", string(l.System))
	set("unit", string(l.Unit))
	set("category", string(l.Category))
	set("kind", string(l.Kind))
	switch {
	case by == ByMonth:
		v.Set("month.gte", key)
		v.Set("month.lte", key)
	case by != "" && key == "":
		v.Set(string(by)+".unknown", "true")
	case by != "":
		v.Set(string(by), key)
	}
	return CostLines.Def().Path("") + "?" + v.Encode()
}

// notes name the rates that were used and the ones that are missing.
func (p *actualsPage) notes(r *web.Request, l *Ledger) {
	for _, x := range l.Rates {
		p.Rates = append(p.Rates, r.T("money.rate", "1 {currency} = {rate} {other}, from {day}, {source}", "currency", x.Currency, "rate", r.Lang.Decimal(int64(x.Rate), org.RateDigits, 2), "other", x.InCurrency, "day", r.Day(x.Starts), "source", x.Source))
	}
	for _, m := range l.Missing {
		text := r.T("money.missing", "{amount} actual or committed: no rate for {currency} on {day}", "amount", r.Money(m.Amount), "currency", m.Amount.Currency, "day", r.Day(m.On))
		if m.Plan {
			text = r.T("money.missing-plan", "{amount} of the plan: no rate for {currency} on {day}", "amount", r.Money(m.Amount), "currency", m.Amount.Currency, "day", r.Day(m.On))
		}
		p.Missing = append(p.Missing, text)
	}
}
