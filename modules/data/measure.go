package data

import (
	"net/http"
	"slices"
	"strings"

	"steward/collect/table"
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/web"
)

// measurePage asks for a metric by the columns that the source delivered, so that
// nobody has to know their names.
type measurePage struct {
	Problem    string
	Path, Full string // where the form is sent; the form with every field
	Source     string
	Name       string
	Aggregates []option
	Measures   []option
	Pers       []option
	PerColumns []option
	Times      []option
	Dimensions []option
	Condition  string
	Units      []option
	Currency   string
	Betters    []option
	Main       bool
}

var measureTemplate = web.MustPage[measurePage](embedded, "pages/measure.html")

// showMeasure offers the columns of a source's last accepted delivery.
func showMeasure(w http.ResponseWriter, r *web.Request) error {
	s, cols, err := measured(r)
	if err != nil {
		return err
	}
	if cols == nil { // nothing came yet, so there is nothing to choose from
		return r.Redirect(w, fullForm(s))
	}
	m := &Metric{Aggregate: Sum, Unit: Number, Better: Higher}
	for _, c := range cols {
		if number(c.Kind) && (!m.MeasureColumn.Set || c.Kind == table.Decimal) { // an amount rather than a running number
			m.MeasureColumn = records.Some(c.Name)
			if c.Kind == table.Decimal {
				break
			}
		}
	}
	if !m.MeasureColumn.Set {
		m.Aggregate = Count
	}
	return measureTemplate.Show(w, r, web.Shell{Title: measureTitle(r)}, newMeasurePage(r, s, cols, m))
}

// takeMeasure makes the metric, or shows the form again with what is wrong.
func takeMeasure(w http.ResponseWriter, r *web.Request) error {
	s, cols, err := measured(r)
	if err != nil {
		return err
	}
	text := func(name string) (o records.Opt[string]) {
		if v := strings.TrimSpace(r.PostFormValue(name)); v != "" {
			o = records.Some(v)
		}
		return o
	}
	m := &Metric{
		Name: strings.TrimSpace(r.PostFormValue("name")), Source: s.ID, Main: r.PostFormValue("main") != "",
		Aggregate: Aggregate(r.PostFormValue("aggregate")), MeasureColumn: text("measure_column"), PerColumn: text("per_column"), Condition: text("condition"),
		TimeColumn: r.PostFormValue("time_column"), Unit: Unit(r.PostFormValue("unit")), Currency: text("currency"), Better: Better(r.PostFormValue("better")),
	}
	if m.Aggregate == Count {
		m.MeasureColumn = records.Opt[string]{}
	}
	if v := r.PostFormValue("per"); v != "" {
		m.Per = records.Some(Aggregate(v))
	}
	if m.Per.V == Count || !m.Per.Set {
		m.PerColumn = records.Opt[string]{}
	}
	if m.Unit != Money {
		m.Currency = records.Opt[string]{}
	}
	if list := r.PostForm["dimension"]; len(list) > 0 {
		m.Dimensions = records.Some(strings.Join(list, ", "))
	}
	if r.Actor.Person != "" {
		m.Owner = records.Some(records.ID[org.Person](r.Actor.Person))
	}
	err = r.Update(func(u *records.Tx) error { return Metrics.Create(u, m) })
	if e := fail.As(err); e != nil && e.Kind == fail.Invalid {
		p := newMeasurePage(r, s, cols, m)
		p.Problem = r.Say(e)
		return measureTemplate.Status(w, r, web.Status(e.Kind), web.Shell{Title: measureTitle(r)}, p)
	}
	if err != nil {
		return err
	}
	r.Toast(w, "saved")
	return r.Redirect(w, Metrics.Path(m.ID))
}

func measureTitle(r *web.Request) string { return r.T("data.measure.title", "New metric") }

func fullForm(s *Source) string { return Metrics.Def().Path("new") + "?source=" + string(s.ID) }

// measured is the source a metric is made of and the columns it delivered.
func measured(r *web.Request) (*Source, []table.Column, error) {
	s, err := Sources.Get(r.View, records.ID[Source](r.PathValue("id")))
	if err != nil {
		return nil, nil, err
	}
	if !Metrics.Def().MayAny(r.View, access.Add) {
		return nil, nil, fail.New(fail.Forbidden, "data.may-not-measure", "You may not add metrics.")
	}
	cols, err := expected(r.View, s.ID)
	if fail.Is(err, fail.NotFound) {
		return s, nil, nil // lost from the data folder; pages say so
	}
	return s, cols, err
}

func newMeasurePage(r *web.Request, s *Source, cols []table.Column, m *Metric) measurePage {
	p := measurePage{Path: Sources.Path(s.ID) + "/metric", Full: fullForm(s), Source: s.Name, Name: m.Name, Condition: m.Condition.V, Currency: m.Currency.V, Main: m.Main}
	none := option{"", web.Unknown, false}
	p.Measures, p.PerColumns, p.Pers = []option{none}, []option{none}, []option{none}
	for _, a := range []struct {
		agg  Aggregate
		text string
	}{
		{Sum, r.T("data.metric.aggregate.sum", "Sum of a column")}, {Count, r.T("data.metric.aggregate.count", "Number of rows")}, {Distinct, r.T("data.metric.aggregate.distinct", "Number of different values of a column")},
		{Average, r.T("data.metric.aggregate.average", "Average of a column")}, {Least, r.T("data.metric.aggregate.least", "Least value of a column")}, {Greatest, r.T("data.metric.aggregate.greatest", "Greatest value of a column")},
	} {
		p.Aggregates = append(p.Aggregates, option{string(a.agg), a.text, m.Aggregate == a.agg})
		if a.agg == Sum || a.agg == Count || a.agg == Distinct {
			p.Pers = append(p.Pers, option{string(a.agg), a.text, m.Per.V == a.agg})
		}
	}
	chosen := splitList(m.Dimensions.V)
	for _, c := range cols {
		named := option{c.Name, c.Name + " · " + kindWord(r, c.Kind), c.Name == m.MeasureColumn.V}
		p.Measures = append(p.Measures, named)
		named.On = c.Name == m.PerColumn.V
		p.PerColumns = append(p.PerColumns, named)
		switch {
		case c.Kind == table.Date || c.Kind == table.Moment:
			p.Times = append(p.Times, option{c.Name, c.Name, c.Name == m.TimeColumn})
		case c.Kind != table.Decimal && c.Kind != table.Float && !strings.Contains(c.Name, ","): // the field separates by commas
			p.Dimensions = append(p.Dimensions, option{c.Name, c.Name, slices.Contains(chosen, c.Name)})
		}
	}
	p.Units = []option{{string(Number), r.T("data.metric.unit.number", "Number"), m.Unit == Number}, {string(Money), r.T("data.metric.unit.money", "Money"), m.Unit == Money}, {string(Percent), r.T("data.metric.unit.percent", "Percent"), m.Unit == Percent}}
	p.Betters = []option{{string(Higher), r.T("data.metric.better.higher", "Higher"), m.Better == Higher}, {string(Lower), r.T("data.metric.better.lower", "Lower"), m.Better == Lower}, {string(Neither), r.T("data.metric.better.neither", "Neither"), m.Better == Neither}}
	return p
}

func number(k table.Kind) bool { return k == table.Integer || k == table.Decimal || k == table.Float }
