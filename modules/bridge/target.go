package bridge

import (
	"net/http"
	"strings"

	"steward/kernel/fail"
	"steward/kernel/figures"
	"steward/kernel/records"
	"steward/kernel/web"
)

// targetsView is what a figure's page shows of its targets: those that people set,
// and the form for who may set one.
type targetsView struct {
	Rows    []targetRow
	MaySet  bool
	Scope   string
	Typed   targetTyped
	Problem map[string]string
}

type targetRow struct {
	ID, Period, Target, Limit, Better string
	Who, When, Exact, Reason, Ended   string
	Holds                             bool
}

type targetTyped struct{ From, Until, Better, Target, Limit, Reason string }

// targetsOf prepares the targets; who may only see units' figures sees those alone.
func targetsOf(r *web.Request, f *figures.Figure, scope figures.Scope, currency string) (targetsView, error) {
	v := targetsView{MaySet: MaySetTarget(r.View, f), Scope: string(scope), Typed: targetTyped{From: string(r.Today()), Better: string(f.Better)}}
	list, err := Targets(r.View, f, scope)
	if err != nil {
		return v, err
	}
	for _, t := range list {
		row := targetRow{ID: t.ID, Period: r.T("bridge.target.since", "from {day}", "day", r.Day(t.From)), Target: figures.Level(r.Lang, f.Unit, currency, t.Target), Limit: figures.Level(r.Lang, f.Unit, currency, t.Limit),
			Better: better(r, t.Better), Who: t.SetName, When: r.Ago(t.SetAt), Exact: r.Moment(t.SetAt), Reason: t.Reason, Holds: t.EndedAt == 0}
		if t.Until != "" {
			row.Period = r.T("bridge.target.period", "{from} to {until}", "from", r.Day(t.From), "until", r.Day(t.Until))
		}
		if !row.Holds {
			row.Ended = r.T("bridge.target.ended", "taken back by {name}, {when}", "name", t.EndedName, "when", r.Ago(t.EndedAt))
		}
		v.Rows = append(v.Rows, row)
	}
	return v, nil
}

// postTarget sets what a figure shall reach, and computes it anew so that its colour
// follows at once.
func postTarget(w http.ResponseWriter, r *web.Request) error {
	f := figures.SetOf(r.View).Figure(r.PathValue("key"))
	if f == nil {
		return records.NotFound()
	}
	v := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	typed := targetTyped{v("from"), v("until"), v("better"), v("target"), v("limit"), v("reason")}
	t := Target{Figure: f.Key, Scope: figures.Scope(v("scope")), From: records.Date(typed.From), Until: records.Date(typed.Until), Better: figures.Direction(typed.Better), Reason: typed.Reason}
	var bad []*fail.Error
	for _, in := range []struct {
		field, text string
		to          **float64
	}{{"target", typed.Target, &t.Target}, {"limit", typed.Limit, &t.Limit}} {
		if in.text == "" {
			continue
		}
		x, err := r.Lang.ParseFloat(strings.TrimSpace(strings.TrimSuffix(in.text, "%")))
		if err != nil {
			bad = append(bad, fail.Named(in.field, "bridge.goal.number", "This is no number that a figure could reach."))
			continue
		}
		*in.to = &x
	}
	err := fail.Join(bad)
	if err == nil {
		err = r.Update(func(u *records.Tx) error { _, err := SetTarget(u, t); return err })
	}
	return targetDone(w, r, f, t.Scope, typed, err)
}

func endTargetForm(w http.ResponseWriter, r *web.Request) error {
	f := figures.SetOf(r.View).Figure(r.PathValue("key"))
	if f == nil {
		return records.NotFound()
	}
	err := r.Update(func(u *records.Tx) error { return EndTarget(u, f.Key, r.PathValue("id")) })
	return targetDone(w, r, f, figures.Scope(r.PostFormValue("scope")), targetTyped{}, err)
}

func targetDone(w http.ResponseWriter, r *web.Request, f *figures.Figure, scope figures.Scope, typed targetTyped, err error) error {
	if e := fail.As(err); e != nil && e.Kind == fail.Invalid {
		return figureAnswer(w, r, http.StatusUnprocessableEntity, f, scope, &typed, e)
	}
	if err != nil {
		return err
	}
	if err := figures.Compute(r.Context(), r.Site.DB, r.Site.Log, f.Key); err != nil {
		return err
	}
	r.Toast(w, "saved")
	return r.Redirect(w, f.Path(scope))
}

func currencyOf(r *web.Request, f *figures.Figure, s *figures.Snapshot) string {
	switch {
	case f.Unit != figures.Amount:
		return ""
	case s != nil && s.Value.Currency != "":
		return s.Value.Currency
	}
	return r.Org.Currency
}
