package data

import (
	"math"

	"steward/engine/cube"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/web"
	"steward/lib/chart"
	"steward/lib/locale"
	"steward/modules/systems"
)

// colours are the classes of series, in their order.
var colours = []string{"c1", "c2", "c3", "c4", "c5", "c6"}

// speaker says texts in a reader's language: a page, or a report.
type speaker interface {
	T(key, english string, pairs ...any) string
	Day(d records.Date) string
}

// fitting is the kind of chart that is drawn where one is asked for: lines over
// periods, bars over values, and what is asked for where it says something. Lines
// lead over periods only; parts are stacked only where they add up to a whole.
func fitting(m *Metric, q question, asked Shape) Shape {
	periods := len(q.By) > 0 && q.By[0].Grain != ""
	switch {
	case asked == Bars, asked == JustTable, asked == Lines && periods, asked == Stacked && len(q.By) > 1 && m.additive():
		return asked
	case periods && asked != Stacked:
		return Lines
	}
	return Bars
}

// drawing is the chart of an answer, of a kind that fits.
func drawing(r speaker, l locale.Lang, a *answer, q question, kind Shape, goals map[string]float64, h float64) chart.Scene {
	m := a.Metric
	f := chart.Frame{Title: m.Name, Lang: l, H: h, Format: m.format(l), First: r.T("data.explore.period", "Period")}
	switch {
	case len(q.By) == 0:
		return chart.Rows(f, []chart.Bar{{Label: m.Name, V: float(a.Rows[0][0])}})
	case q.By[0].Grain == "" && len(q.By) > 1 && kind == Stacked:
		f.First = q.By[0].Column
		labels, list := beside(r, l, a, q, true)
		return chart.RowsStacked(f, labels, list)
	case q.By[0].Grain == "":
		f.First = q.By[0].Column
		var bars []chart.Bar
		for _, row := range a.Rows[:min(len(a.Rows), 20)] {
			name := label(r, l, row[0], q.By[0])
			if len(q.By) > 1 {
				name += " · " + label(r, l, row[1], q.By[1])
			}
			bars = append(bars, chart.Bar{Label: name, V: float(row[len(q.By)])})
		}
		return chart.Rows(f, bars)
	case len(q.By) == 1:
		return alone(r, l, a, q, kind, goals, f)
	}
	labels, list := beside(r, l, a, q, kind == Stacked)
	if kind == Lines {
		return chart.Lines(f, labels, list, chart.Over{})
	}
	return chart.Columns(f, labels, list, kind == Stacked)
}

// alone draws one run of periods with the year before and the target.
func alone(r speaker, l locale.Lang, a *answer, q question, kind Shape, goals map[string]float64, f chart.Frame) chart.Scene {
	var labels []string
	now := chart.Series{Name: a.Metric.Name, Class: "c1", Area: kind != Bars, Bars: kind == Bars}
	before := chart.Series{Name: compareWord(r, q.Compare), Class: "c4", Dash: true}
	goal := chart.Series{Name: r.T("data.target.one", "Target"), Class: "c3", Dash: true}
	aims := false
	for _, row := range a.Rows {
		labels = append(labels, label(r, l, row[0], q.By[0]))
		now.V = append(now.V, float(row[1]))
		if q.Compare != "" {
			before.V = append(before.V, float(row[2]))
		}
		aim, ok := goals[row[0].Text]
		if !ok {
			aim = math.NaN()
		}
		aims = aims || ok
		goal.V = append(goal.V, aim)
	}
	list := []chart.Series{now}
	if q.Compare != "" {
		list = append(list, before)
	}
	if aims {
		list = append(list, goal)
	}
	return chart.Lines(f, labels, list, chart.Over{})
}

func compareWord(r speaker, c cube.Comparison) string {
	if c == cube.PreviousPeriod {
		return r.T("data.explore.period-before", "Period before")
	}
	return r.T("data.explore.year-before", "Year before")
}

// beside is a run of values, over periods or values, for each value of the second
// breakdown; whole says that they are to add up to all.
func beside(r speaker, l locale.Lang, a *answer, q question, whole bool) (labels []string, list []chart.Series) {
	at, line := map[string]int{}, map[string]int{}
	for _, row := range a.Rows {
		period := label(r, l, row[0], q.By[0])
		if _, ok := at[period]; !ok {
			at[period] = len(labels)
			labels = append(labels, period)
		}
	}
	for _, row := range a.Rows {
		name := label(r, l, row[1], q.By[1])
		i, ok := line[name]
		if !ok {
			if i = len(list); i == mostLines {
				if !whole {
					continue
				}
				i-- // the rest goes to the last, so that the sum is that of all
				list[i].Name = r.T("data.explore.other", "Other")
			}
			line[name] = i
		}
		if i == len(list) {
			v := make([]float64, len(labels))
			for k := range v {
				v[k] = math.NaN()
			}
			list = append(list, chart.Series{Name: name, Class: colours[i], V: v})
		}
		x, v := float(row[2]), &list[i].V[at[label(r, l, row[0], q.By[0])]]
		if !math.IsNaN(*v) && !math.IsNaN(x) {
			x += *v
		}
		if !math.IsNaN(x) {
			*v = x
		}
	}
	return labels, list
}

// explanation says what a number was made of, down to the system it comes from.
func explanation(r *web.Request, a *answer) (out []whyRow, err error) {
	add := func(label, text, href string) { out = append(out, whyRow{label, text, href}) }
	s := a.Source
	add(r.Singular(Sources.Def()), s.Name, Sources.Path(s.ID))
	add(r.T("data.why-row.formula", "Formula"), a.Metric.Expression(), "")
	if a.Metric.Condition.Set {
		add(r.T("data.metric.condition.label", "Only rows where"), a.Metric.Condition.V, "")
	}
	if d := a.Delivery; d != nil {
		add(r.T("data.why-row.moment", "As of"), r.Moment(d.ReceivedAt), Deliveries.Path(d.ID))
		add(r.T("data.delivery.row_count.label", "Rows"), r.Lang.Int(d.RowCount), "")
		add(r.T("data.delivery.bad_rows.label", "Rows kept aside"), r.Lang.Int(d.BadRows), "")
	}
	gap := r.T("data.why-row.no-gap", "none known")
	if a.Condition != Fresh {
		gap = r.Tell(a.Why)
	}
	add(r.T("data.why-row.gaps", "Gaps"), gap, "")
	if s.Owner.Set {
		if l, err := org.Persons.Def().Labels(r.View, []string{string(s.Owner.V)}); err != nil {
			return nil, err
		} else if x, ok := l[string(s.Owner.V)]; ok {
			add(r.T("data.source.owner.label", "Owner"), x.Title, x.Path)
		}
	}
	if !s.System.Set {
		return out, nil
	}
	more, err := origin(r, s.System.V)
	return append(out, more...), err
}

// origin names the system a source is part of, who answers for it, and the
// databases and hosts it runs on, as far as the reader may see them.
func origin(r *web.Request, id records.ID[systems.System]) (out []whyRow, err error) {
	labels, err := systems.Systems.Def().Labels(r.View, []string{string(id)})
	if err != nil {
		return nil, err
	}
	l, ok := labels[string(id)]
	if !ok {
		return []whyRow{{r.Singular(systems.Systems.Def()), r.T("data.hidden", "not for you to see"), ""}}, nil
	}
	sys, err := systems.Systems.Get(r.View, id)
	if err != nil {
		return nil, err
	}
	out = append(out, whyRow{r.Singular(systems.Systems.Def()), l.Title, l.Path})
	if sys.Owner.Set {
		who, err := org.Persons.Def().Labels(r.View, []string{string(sys.Owner.V)})
		if err != nil {
			return nil, err
		}
		if x, ok := who[string(sys.Owner.V)]; ok {
			out = append(out, whyRow{r.T("data.why-row.system-owner", "The system's owner"), x.Title, x.Path})
		}
	}
	parts, err := systems.Components.List(r.View, records.Query{Where: []records.Cond{records.Is(&systems.Components.P.System, id)}})
	if err != nil {
		return nil, err
	}
	d := systems.Components.Def()
	for _, p := range parts {
		kind := d.Field("kind")
		out = append(out, whyRow{r.Cell(d, kind, string(p.Kind), nil).Text, p.Name, systems.Components.Path(p.ID)})
	}
	refs, err := hostsOf(r, sys, parts)
	return append(out, refs...), err
}

// hostsOf are what a system's parts run on, as far as the reader may see it.
func hostsOf(r *web.Request, sys *systems.System, parts []*systems.Component) (out []whyRow, err error) {
	reg := records.RegistryOf(r.View)
	needs, err := systems.Dependencies.List(r.View, records.Query{Where: []records.Cond{records.Is(&systems.Dependencies.P.System, sys.ID)}})
	if err != nil {
		return nil, err
	}
	var refs []records.Ref
	for _, p := range parts {
		if p.RunsOn.Set {
			refs = append(refs, p.RunsOn.V)
		}
	}
	for _, n := range needs {
		refs = append(refs, n.Needs)
	}
	seen := map[records.Ref]bool{}
	for _, ref := range refs {
		name, id := ref.Split()
		d := reg.Def(name)
		if seen[ref] || d == nil || name == systems.Components.Def().Name {
			continue
		}
		seen[ref] = true
		labels, err := d.Labels(r.View, []string{id})
		if err != nil {
			return nil, err
		}
		if l, ok := labels[id]; ok {
			out = append(out, whyRow{r.Singular(d), l.Title, l.Path})
		}
	}
	return out, nil
}
