package bridge

import (
	"html/template"
	"math"
	"net/http"
	"slices"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/figures"
	"steward/kernel/records"
	"steward/kernel/web"
	"steward/lib/chart"
	"steward/lib/locale"
)

type figuresPage struct{ Rows []figureRow }

type figureRow struct {
	Title, Href, Definition, Value, Unit, Target, State, Word, Owner, When string
	Stale                                                                  string // why it is not to be relied on
}

var figuresTemplate = web.MustPage[figuresPage](files, "pages/figures.html")

// showFigures lists every figure the reader may see, with its definition.
func showFigures(w http.ResponseWriter, r *web.Request) error {
	latest, err := figures.Latest(r.View, figures.Organisation)
	if err != nil {
		return err
	}
	var p figuresPage
	for _, f := range figures.SetOf(r.View).All() {
		may, err := figures.MaySee(r.View, f, figures.Organisation)
		if err != nil {
			return err
		}
		if !may {
			continue
		}
		row := figureRow{Title: r.T(f.Title.Key, f.Title.English), Href: f.Path(figures.Organisation), Definition: r.T(f.Definition.Key, f.Definition.English), Value: locale.Unknown,
			Target: figures.Level(r.Lang, f.Unit, r.Org.Currency, f.Target), State: "mute", Owner: owner(r, f), When: locale.Unknown, Word: stateWord(r, "")}
		if f.Unit != figures.Amount {
			row.Target = figures.Level(r.Lang, f.Unit, "", f.Target)
		}
		if s := latest[f.Key]; s != nil {
			row.Value, row.Unit = valueText(r, s.Value, f.Unit)
			if state := s.State(f); state != "" {
				row.State, row.Word = state, stateWord(r, state)
			}
			row.When, row.Stale = r.Ago(records.MomentOf(s.At)), stale(r, s)
		}
		p.Rows = append(p.Rows, row)
	}
	return figuresTemplate.Show(w, r, web.Shell{Title: r.T("bridge.figures.all", "Figures")}, p)
}

func owner(r *web.Request, f *figures.Figure) string {
	role, ok := access.RoleNamed(f.Owner)
	if !ok {
		return locale.Unknown
	}
	return r.T("kernel.access.role."+role.Name, role.Title)
}

type figurePage struct {
	Key, Title, Definition, Formula string
	Of                              string // the unit or system it is for; "" for the organisation
	Path                            string
	Value, Unit                     string
	NA                              bool
	State, Word                     string
	Target, Limit, Better           string
	Owner                           string
	When, Exact                     string
	Stale, Failed                   bool
	Computed                        bool
	Part, Whole                     string
	Share                           bool // the value is part ÷ whole
	Condition                       string
	Inputs                          []inputView
	Hidden                          int64 // inputs that the reader may not see
	Rest                            int64 // inputs beyond those kept by name
	Total                           int64
	WithValues, WithNotes           bool
	Sources                         []sourceView
	Gaps                            []string
	Trend                           template.HTML
	MayCompute                      bool
	Scopes, Others                  []scopeView // the worst, and behind a line the others
	OtherCount                      int64
	Targets                         targetsView
}

type inputView struct{ Title, Human, Href, Value, Note string }

type sourceView struct{ Name, When, Exact string }

type scopeView struct{ Title, Href, Value, State, Word string }

var figureTemplate = web.MustPage[figurePage](files, "pages/figure.html")

// trendDays is how far back the page's chart reaches: thirteen months.
const trendDays = 395

// showFigure explains a figure for a scope.
func showFigure(w http.ResponseWriter, r *web.Request) error {
	f := figures.SetOf(r.View).Figure(r.PathValue("key"))
	if f == nil {
		return records.NotFound()
	}
	return figureAnswer(w, r, http.StatusOK, f, figures.Scope(r.FormValue("scope")), nil, nil)
}

// figureAnswer is the page of one figure, with a target as it was typed and what is
// wrong with it.
func figureAnswer(w http.ResponseWriter, r *web.Request, code int, f *figures.Figure, scope figures.Scope, typed *targetTyped, problem *fail.Error) error {
	s, err := figures.LatestOf(r.View, f, scope)
	if err != nil {
		return err
	}
	name := f.TitleOf(scope)
	p := figurePage{Key: f.Key, Title: r.T(name.Key, name.English), Definition: r.T(f.Definition.Key, f.Definition.English), Formula: r.T(f.Formula.Key, f.Formula.English),
		Owner: owner(r, f), Value: locale.Unknown, NA: true, State: "mute", Word: stateWord(r, ""), Path: f.Path(scope), Target: locale.Unknown, Limit: locale.Unknown, Better: better(r, f.Better),
		MayCompute: r.May(access.Edit, f.Area)}
	if p.Of, err = title(r, scope); err != nil {
		return err
	}
	if s != nil {
		p.fill(r, f, s)
		if err := p.inputs(r, f, s); err != nil {
			return err
		}
		if err := p.trend(r, f, s); err != nil {
			return err
		}
	}
	if err := p.scopes(r, f, scope); err != nil {
		return err
	}
	if p.Targets, err = targetsOf(r, f, scope, currencyOf(r, f, s)); err != nil {
		return err
	}
	if typed != nil {
		p.Targets.Typed, p.Targets.Problem = *typed, map[string]string{}
		for _, e := range problem.All() {
			p.Targets.Problem[e.Field] = r.Say(e)
		}
	}
	crumbs := []web.Crumb{{Title: r.T("bridge.figures.all", "Figures"), Href: "/figures"}}
	return figureTemplate.Status(w, r, code, web.Shell{Title: p.Title, Crumbs: crumbs}, p)
}

// title names the record of a scope.
func title(r *web.Request, scope figures.Scope) (string, error) {
	name, found, err := nameOf(r, scope)
	if err == nil && !found && scope != figures.Organisation {
		name = r.T("kernel.web.hidden", "not visible to you")
	}
	return name, err
}

// nameOf is the title of a scope's record, if the reader may see it.
func nameOf(r *web.Request, scope figures.Scope) (name string, found bool, err error) {
	typeName, id := scope.Split()
	d := r.Site.Registry.Def(typeName)
	if d == nil {
		return "", false, nil
	}
	got, err := d.Labels(r.View, []string{id})
	l, found := got[id]
	return l.Title, found, err
}

func better(r *web.Request, d figures.Direction) string {
	switch d {
	case figures.Higher:
		return r.T("bridge.figures.better.higher", "higher is better")
	case figures.Lower:
		return r.T("bridge.figures.better.lower", "lower is better")
	}
	return r.T("bridge.figures.better.neutral", "to be known, not judged")
}

func (p *figurePage) fill(r *web.Request, f *figures.Figure, s *figures.Snapshot) {
	p.Computed, p.NA, p.Total = true, !s.Value.Known(), s.Total
	p.Value, p.Unit = valueText(r, s.Value, f.Unit)
	if state := s.State(f); state != "" {
		p.State, p.Word = state, stateWord(r, state)
	}
	currency := currencyOf(r, f, s)
	if s.Better != "" {
		p.Better = better(r, s.Better)
	}
	p.Target, p.Limit = figures.Level(r.Lang, f.Unit, currency, s.Target), figures.Level(r.Lang, f.Unit, currency, s.Limit)
	p.When, p.Exact = r.Ago(records.MomentOf(s.At)), r.Moment(records.MomentOf(s.At))
	p.Stale, p.Failed = stale(r, s) != "", !s.Failed.IsZero()
	if s.Part.State != "" {
		p.Share = f.Unit == figures.Percent
		p.Part, _ = valueText(r, s.Part, partUnit(f))
		p.Whole, _ = valueText(r, s.Whole, partUnit(f))
	}
	p.Condition = r.Tell(s.Condition)
	for _, src := range s.Sources {
		v := sourceView{Name: r.Tell(src.Name), When: locale.Unknown}
		if !src.At.IsZero() {
			v.When, v.Exact = r.Ago(records.MomentOf(src.At)), r.Moment(records.MomentOf(src.At))
		}
		p.Sources = append(p.Sources, v)
	}
	for _, g := range s.Gaps {
		p.Gaps = append(p.Gaps, r.Tell(g))
	}
}

// partUnit is what the two sides of a share are counted in.
func partUnit(f *figures.Figure) figures.Unit {
	if f.Unit == figures.Percent {
		return figures.Number
	}
	return f.Unit
}

// inputs names the inputs that the reader may see and counts the others.
func (p *figurePage) inputs(r *web.Request, f *figures.Figure, s *figures.Snapshot) error {
	want := map[string][]string{}
	for _, in := range s.Inputs {
		t, id := in.Ref.Split()
		want[t] = append(want[t], id)
	}
	labels := web.Labels{}
	for _, d := range r.Site.Registry.Defs() {
		if len(want[d.Name]) == 0 {
			continue
		}
		got, err := d.Labels(r.View, want[d.Name])
		if err != nil {
			return err
		}
		for id, l := range got {
			labels[records.MakeRef(d.Name, id)] = l
		}
	}
	for _, in := range s.Inputs {
		l, ok := labels[in.Ref]
		if !ok {
			p.Hidden++
			continue
		}
		v := inputView{Title: l.Title, Human: l.Human, Href: l.Path, Note: r.Tell(in.Note)}
		if in.Value.State != "" {
			v.Value, _ = valueText(r, in.Value, partUnit(f))
			p.WithValues = true
		}
		p.WithNotes = p.WithNotes || v.Note != ""
		p.Inputs = append(p.Inputs, v)
	}
	p.Rest = s.Total - int64(len(s.Inputs))
	return nil
}

// trend draws the kept values: each day's of the last three months, or the
// months' last ones when there is more.
func (p *figurePage) trend(r *web.Request, f *figures.Figure, s *figures.Snapshot) error {
	today := r.Today()
	points, err := figures.Trend(r.View, f, s.Scope, today.AddDays(-trendDays), today)
	if err != nil || len(points) < 2 {
		return err
	}
	labels, values := series13(r, points)
	o := chart.Over{Tight: f.Unit == figures.Percent}
	if s.Target != nil {
		o.Goal, o.GoalName = *s.Target, r.T("bridge.figures.goal", "goal")
	}
	frame := chart.Frame{Title: p.Title, Lang: r.Lang, First: r.T("bridge.figures.day", "Day"), Format: func(v float64) string {
		if math.IsNaN(v) {
			return locale.Unknown
		}
		return figures.Level(r.Lang, f.Unit, s.Value.Currency, &v)
	}}
	scene := chart.Lines(frame, labels, []chart.Series{{Name: p.Title, Class: "c1", V: values, Area: true}}, o)
	p.Trend = scene.HTML(r.T)
	return nil
}

// series13 is one value a day when all lie within ninety days, else the last of
// each month; days without a value are gaps.
func series13(r *web.Request, points []figures.Point) (labels []string, values []float64) {
	first, last := points[0].Day, points[len(points)-1].Day
	byDay := map[records.Date]float64{}
	for _, p := range points {
		byDay[p.Day] = p.Value.Float()
	}
	if last.Time().Sub(first.Time()) <= 92*24*time.Hour {
		for d := first; d <= last; d = d.AddDays(1) {
			v, ok := byDay[d]
			if !ok {
				v = math.NaN()
			}
			labels, values = append(labels, r.Lang.Day(string(d), locale.DayMonth)), append(values, v)
		}
		return labels, values
	}
	byMonth := map[figures.Month]float64{}
	for _, p := range points {
		byMonth[figures.MonthOf(p.Day)] = p.Value.Float()
	}
	for m := figures.MonthOf(first); m <= figures.MonthOf(last); m = m.Next() {
		v, ok := byMonth[m]
		if !ok {
			v = math.NaN()
		}
		labels, values = append(labels, r.Lang.MonthShort(m.First().Time())), append(values, v)
	}
	return labels, values
}

// topScopes is how many of the others stand open on a figure's page.
const topScopes = 10

// scopes lists the units or systems that the reader may see the figure for.
func (p *figurePage) scopes(r *web.Request, f *figures.Figure, now figures.Scope) error {
	if f.Scopes == nil {
		return nil
	}
	system := *r.View
	system.Actor = access.System()
	all, err := f.Scopes(&system)
	if err != nil {
		return err
	}
	all = append([]figures.Scope{figures.Organisation}, all...)
	for _, s := range all {
		if s == now || len(p.Scopes) == 100 {
			continue
		}
		snap, err := figures.LatestOf(r.View, f, s)
		if err != nil && !fail.Is(err, fail.NotFound) {
			return err
		}
		if snap == nil { // never computed, or not for the reader
			continue
		}
		v := scopeView{Href: f.Path(s), State: "mute", Word: stateWord(r, "")}
		if v.Title, err = title(r, s); err != nil {
			return err
		}
		if s == figures.Organisation {
			v.Title = r.T("bridge.figures.organisation", "The organisation")
		}
		v.Value, _ = valueText(r, snap.Value, f.Unit)
		if state := snap.State(f); state != "" {
			v.State, v.Word = state, stateWord(r, state)
		}
		p.Scopes = append(p.Scopes, v)
	}
	worst := []string{"bad", "warn", "ok", "mute"}
	slices.SortStableFunc(p.Scopes, func(a, b scopeView) int {
		return slices.Index(worst, a.State) - slices.Index(worst, b.State)
	})
	if len(p.Scopes) > topScopes {
		p.Scopes, p.Others = p.Scopes[:topScopes], p.Scopes[topScopes:]
		p.OtherCount = int64(len(p.Others))
	}
	return nil
}

// computeNow computes one figure for all its scopes, for somebody who has just
// mended an input and wants to see it.
func computeNow(w http.ResponseWriter, r *web.Request) error {
	f := figures.SetOf(r.View).Figure(r.PathValue("key"))
	if f == nil || !r.May(access.Edit, f.Area) {
		return records.NotFound()
	}
	if err := figures.Compute(r.Context(), r.Site.DB, r.Site.Log, f.Key); err != nil {
		return err
	}
	return r.Redirect(w, r.Back("/figures/"+f.Key))
}
