package web

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/lib/locale"
)

type formPage struct {
	Title, Action, Cancel string
	Version               int64
	New                   bool
	Groups                []formGroup
	Problems              []problemView
	Back                  string
}

type formGroup struct {
	Title  string
	Fields []inputView
}

type problemView struct{ Name, Text string }

// inputView is one field of a form, whatever its kind; input.html dispatches on Kind.
type inputView struct {
	Name, Label, Kind, Value, Hint, Problem, Unit string
	Required, Checked                             bool
	Options                                       []optionView
	Currency                                      []optionView
	Picked                                        string // title of the linked record
	PickFrom                                      string // where the picker searches
	InputType, Mode                               string
	Max                                           int
}

type optionView struct {
	Value, Name string
	On          bool
}

var formTemplate = MustPage[formPage](pageFiles, "pages/form.html", "pages/input.html")

func (r *Request) typist() records.Typist {
	return records.Typist{Lang: r.Lang, Zone: r.Zone, Today: r.Today(), Currency: r.Org.Currency}
}

// newForm shows the form for a new record; parameters prefill it.
func (s *Site) newForm(d *records.Def) Handler {
	return func(w http.ResponseWriter, r *Request) error {
		if !d.MayAny(r.View, access.Add) || d.Unwritten() {
			return records.NotFound()
		}
		typed := r.URL.Query()
		for _, f := range d.Fields {
			if v := d.Preset(f); v != nil && !typed.Has(f.Name) {
				typed.Set(f.Name, fmt.Sprint(v))
			}
		}
		return r.showForm(w, http.StatusOK, d, nil, typed, nil)
	}
}

// create stores a new record from a form.
func (s *Site) create(d *records.Def) Handler {
	return func(w http.ResponseWriter, r *Request) error {
		if !d.MayAny(r.View, access.Add) || d.Unwritten() {
			return records.NotFound()
		}
		if err := r.ParseForm(); err != nil {
			return err
		}
		rec := records.Record{Def: d, V: d.New()}
		err := r.fill(rec, r.PostForm)
		if err == nil {
			err = r.Update(func(u *records.Tx) error { return d.Create(u, rec.V) })
		}
		if e := fail.As(err); e != nil && (e.Kind == fail.Invalid || e.Kind == fail.Conflict) {
			return r.showForm(w, Status(e.Kind), d, nil, r.PostForm, e)
		}
		if err != nil {
			return err
		}
		r.Toast(w, "created")
		return r.Redirect(w, r.Back(rec.Path()))
	}
}

// editForm shows the form of a record.
func (s *Site) editForm(d *records.Def) Handler {
	return func(w http.ResponseWriter, r *Request) error {
		rec, err := r.Editable(d, r.PathValue("id"))
		if err != nil {
			return err
		}
		return r.showForm(w, http.StatusOK, d, &rec, nil, nil)
	}
}

// Editable is the record, if the person may change it.
func (r *Request) Editable(d *records.Def, id string) (records.Record, error) {
	rec, err := d.Get(r.View, id)
	if err != nil {
		return rec, err
	}
	ok, err := d.May(r.View, access.Edit, rec.V)
	ok = ok && !d.Unwritten()
	if err == nil && !ok {
		err = fail.New(fail.Forbidden, "kernel.records.may-not-edit", "You may see this record but not change it.")
	}
	return rec, err
}

// save stores a record's form. A stale version shows both and lets choose.
func (s *Site) save(d *records.Def) Handler {
	return func(w http.ResponseWriter, r *Request) error {
		if err := r.ParseForm(); err != nil {
			return err
		}
		id := r.PathValue("id")
		rec, err := r.Editable(d, id)
		if err != nil {
			return err
		}
		version, _ := strconv.ParseInt(r.PostForm.Get("version"), 10, 64)
		if version == 0 {
			return fail.New(fail.Invalid, "kernel.web.no-version", "The form does not say which version it changes. Open it again.")
		}
		var typing error
		err = r.Update(func(u *records.Tx) error {
			return d.Update(u, id, version, func(after any) error {
				typing = r.fill(records.Record{Def: d, V: after}, r.PostForm)
				return typing
			})
		})
		var old *records.Stale
		switch e := fail.As(err); {
		case errors.As(err, &old):
			return r.showConflict(w, d, old)
		case e != nil && (e.Kind == fail.Invalid || e.Kind == fail.Conflict):
			return r.showForm(w, Status(e.Kind), d, &rec, r.PostForm, e)
		case err != nil:
			return err
		}
		r.Toast(w, "saved")
		return r.Redirect(w, r.Back(rec.Path()))
	}
}

// EditableFields are the fields a person edits in a form.
func (r *Request) EditableFields(d *records.Def) ([]*records.Field, error) {
	all, err := d.All(r.View)
	return slices.DeleteFunc(all, func(f *records.Field) bool {
		return f.IsHidden || f.ReadOnly || f.Kind != records.Secret && !f.Shows(r.View, d)
	}), err
}

// fill reads a form into a record. All problems are returned at once. A field
// that the form does not hold is left as it is.
func (r *Request) fill(rec records.Record, form url.Values) error {
	fields, err := r.EditableFields(rec.Def)
	if err != nil {
		return err
	}
	var bad, more []*fail.Error
	for _, f := range fields {
		v, given, err := r.Entered(f, form)
		if e := fail.As(err); e != nil {
			bad = append(bad, e)
		} else if err != nil {
			return err
		} else if given {
			if e := f.Problem(v); e != nil {
				more = append(more, e)
			}
			rec.Set(f, v)
		}
	}
	if len(bad) > 0 { // else the write path tells, with what it knows of links and rules
		bad = append(bad, more...)
	}
	return fail.Join(bad)
}

// Entered reads what a form holds for a field; given is false when it holds nothing.
func (r *Request) Entered(f *records.Field, form url.Values) (v any, given bool, err error) {
	texts, ok := form[f.Name]
	if !ok && form.Get("has."+f.Name) == "" {
		return nil, false, nil
	}
	text := "" // an unticked box, or a relation whose choice was taken away
	if ok {
		text = texts[len(texts)-1]
	}
	switch {
	case f.Kind == records.Bool:
		return text != "" && text != "false", true, nil
	case f.Kind == records.Amount && strings.TrimSpace(text) != "":
		text += " " + form.Get(f.Name+".currency")
	case f.Kind == records.Secret && text == "":
		return nil, false, nil // an empty secret leaves the kept one
	}
	v, err = records.FromTyped(r.typist(), f, text)
	if err == nil && v == nil && !f.Optional && f.Kind != records.Secret {
		err = fail.Named(f.Name, "kernel.records.required", "This must be filled in.")
	}
	return v, true, err
}

// showForm shows the form of rec, or of a new record, with what was typed and
// what is wrong with it.
func (r *Request) showForm(w http.ResponseWriter, code int, d *records.Def, rec *records.Record, typed url.Values, problem *fail.Error) error {
	fields, err := r.EditableFields(d)
	if err != nil {
		return err
	}
	p := formPage{Title: r.T("kernel.web.add-one", "Add: {type}", "type", r.Singular(d)), Action: d.Path(""), Cancel: d.Path(""), New: rec == nil, Back: typed.Get("back")}
	crumbs := r.crumbs(d)
	if rec != nil {
		p.Title, p.Action, p.Cancel, p.Version = r.T("kernel.web.edit-one", "Edit {name}", "name", rec.Title()), rec.Path(), rec.Path(), rec.Meta().Version
		crumbs = append(crumbs, Crumb{rec.Title(), rec.Path()})
	}
	problems := map[string]string{}
	if problem != nil {
		for _, e := range problem.All() {
			text, name := r.Say(e), e.Field
			problems[name] = text
			if at := slices.IndexFunc(fields, func(f *records.Field) bool { return f.Name == name }); at >= 0 {
				text = r.Label(d, fields[at]) + ": " + text
			}
			p.Problems = append(p.Problems, problemView{name, text})
		}
	}
	var labels Labels
	if rec != nil {
		if labels, err = r.LabelsOf([]records.Record{*rec}, fields); err != nil {
			return err
		}
	}
	for _, f := range fields {
		in, err := r.input(d, f, rec, typed, labels)
		if err != nil {
			return err
		}
		in.Problem = problems[f.Name]
		title := ""
		if f.Group != "" {
			title = r.T(d.Name+".group."+slug(f.Group), f.Group)
		}
		if n := len(p.Groups); n == 0 || p.Groups[n-1].Title != title {
			p.Groups = append(p.Groups, formGroup{Title: title})
		}
		g := &p.Groups[len(p.Groups)-1]
		g.Fields = append(g.Fields, in)
	}
	return formTemplate.Status(w, r, code, Shell{Title: p.Title, Crumbs: crumbs}, p)
}

var inputTemplate = MustPage[inputView](pageFiles, "pages/input.html")

// Input is the control that a form has for a field, with what was typed.
func (r *Request) Input(d *records.Def, f *records.Field, typed url.Values) (template.HTML, error) {
	in, err := r.input(d, f, nil, typed, nil)
	if err != nil {
		return "", err
	}
	return inputTemplate.Body(r, in)
}

func (r *Request) input(d *records.Def, f *records.Field, rec *records.Record, typed url.Values, labels Labels) (inputView, error) {
	in := inputView{Name: f.Name, Label: r.Label(d, f), Kind: string(f.Kind), Required: !f.Optional && f.Kind != records.Bool, Max: f.MaxLen, InputType: "text"}
	if f.HelpText != "" {
		in.Hint = r.T(d.Name+"."+f.Name+".help", f.HelpText)
	}
	if f.UnitText != "" {
		in.Unit = r.T("unit."+f.UnitText, f.UnitText)
	}
	var v any
	if rec != nil {
		v = rec.Value(f)
	}
	in.Value = r.Typed(f, v)
	given, was := typed[f.Name]
	if was {
		in.Value = given[0]
	}
	switch f.Kind {
	case records.Bool:
		b, _ := v.(bool)
		in.Checked = b
		if typed.Get("has."+f.Name) != "" {
			in.Checked = was && given[len(given)-1] != "false"
		}
	case records.Int, records.Measure, records.Decimal:
		in.Mode = "decimal"
	case records.DateKind:
		in.InputType = "date"
	case records.Instant:
		in.InputType = "datetime-local"
	case records.Choice:
		if f.Optional || in.Value == "" {
			in.Options = append(in.Options, optionView{"", r.T("kernel.web.not-set", "Not set"), in.Value == ""})
		}
		known := in.Value == ""
		for _, o := range f.Options {
			in.Options = append(in.Options, optionView{o.Value, r.OptionLabel(d, f, o), in.Value == o.Value})
			known = known || in.Value == o.Value
		}
		if s, ok := v.(string); ok && !known && s == in.Value { // a choice that is offered no more
			in.Options = append(in.Options, optionView{s, s, true})
		}
	case records.Amount:
		in.Mode = "decimal"
		currency := r.Org.Currency
		if m, ok := v.(records.Money); ok {
			currency = m.Currency
		}
		if c := typed.Get(f.Name + ".currency"); c != "" {
			currency = c
		}
		for _, c := range Currencies(currency) {
			in.Currency = append(in.Currency, optionView{c, c, c == currency})
		}
		if !was {
			if m, ok := v.(records.Money); ok {
				in.Value = r.Lang.Amount(m.Minor, m.Currency)
			}
		}
	case records.Link, records.RefKind:
		in.PickFrom = "/pick/" + d.Name + "/" + f.Name
		target, id := r.Site.Registry.Pointed(f, in.Value)
		if target != nil {
			if l, ok := labels[records.MakeRef(target.Name, id)]; ok {
				in.Picked = l.Title
			} else {
				got, err := target.Labels(r.View, []string{id})
				if err != nil {
					return in, err
				}
				in.Picked = got[id].Title
			}
		}
	case records.Secret:
		in.InputType, in.Value = "password", ""
	}
	in.InputType = cmp.Or(map[string]string{"email": "email", "url": "url", "phone": "tel"}[f.Format], in.InputType)
	return in, nil
}

// Currencies are those the organisations of the five languages use most,
// with the one needed first.
func Currencies(first string) []string {
	out := []string{first}
	for _, c := range []string{"EUR", "SEK", "PLN", "HUF", "CHF", "GBP", "USD", "DKK", "NOK", "CZK"} {
		if _, ok := locale.Digits(c); ok && c != first {
			out = append(out, c)
		}
	}
	return out
}

type conflictPage struct {
	Name, Path, By, When string
	Action               string
	Version              int64
	Rows                 []conflictRow
	Keep                 []hidden
}

type conflictRow struct {
	Name, Label            string
	Yours, Theirs          template.HTML
	YoursValue, TheirValue string
	HasCurrency            bool
	YourCur, TheirCur      string
}

var conflictTemplate = MustPage[conflictPage](pageFiles, "pages/conflict.html")

// showConflict lets the person choose field by field between what was typed and
// what somebody else saved meanwhile; nothing typed is lost.
func (r *Request) showConflict(w http.ResponseWriter, d *records.Def, old *records.Stale) error {
	fields, err := r.EditableFields(d)
	if err != nil {
		return err
	}
	fields = slices.DeleteFunc(fields, func(f *records.Field) bool { return f.Kind == records.Secret })
	now, m := old.Current, records.Record{Def: d, V: d.New()}
	for _, f := range fields {
		m.Set(f, now.Value(f))
	}
	if err := r.fill(m, r.PostForm); err != nil && fail.As(err) == nil {
		return err
	}
	p := conflictPage{Name: now.Title(), Path: now.Path(), Action: now.Path(), Version: now.Meta().Version, When: r.Moment(now.Meta().UpdatedAt)}
	if id := now.Meta().UpdatedBy; id != "" {
		if person := r.Site.Registry.Def("org.person"); person != nil {
			names, err := person.Labels(r.View, []string{id})
			if err != nil {
				return err
			}
			p.By = names[id].Title
		}
	}
	if p.By == "" {
		p.By = "Steward"
	}
	labels, err := r.LabelsOf([]records.Record{now, m}, fields)
	if err != nil {
		return err
	}
	for _, f := range fields {
		a, b := m.Value(f), now.Value(f)
		if a == b {
			continue
		}
		row := conflictRow{Name: f.Name, Label: r.Label(d, f), Yours: r.Cell(d, f, a, labels).HTML(), Theirs: r.Cell(d, f, b, labels).HTML(),
			YoursValue: r.Typed(f, a), TheirValue: r.Typed(f, b)}
		p.Rows = append(p.Rows, row)
		if f.Kind == records.Amount {
			if x, ok := a.(records.Money); ok {
				p.Keep = append(p.Keep, hidden{f.Name + ".currency", x.Currency})
			}
		}
		if f.Kind == records.Bool {
			p.Keep = append(p.Keep, hidden{"has." + f.Name, "1"})
		}
	}
	return conflictTemplate.Status(w, r, http.StatusConflict, Shell{Title: r.T("kernel.web.conflict", "This has changed meanwhile"), Crumbs: append(r.crumbs(d), Crumb{now.Title(), now.Path()})}, p)
}
