package web

import (
	"cmp"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"slices"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/lib/words"
)

type recordPage struct {
	Title, Human, Subtitle, Icon, Path string
	Pills                              []template.HTML
	Archived                           bool
	MayEdit, MayArchive                bool
	Strip                              []StripItem
	Main, Aside, Below                 []*PanelView
	Facts                              []factGroup
	Linked                             []linkedView
	Activity                           []activityView
	Comments, MayTag                   bool
	Tags                               []string
	Version                            int64
	Actions                            []Action
	Past                               pastView
	instead                            map[*records.Def]bool
}

// PanelView is what a panel shows: a heading and a body made by the module's own
// template, or key figures for the strip on top.
type PanelView struct {
	ID, Title, Sub string
	More           string // link behind "All"
	MoreText       string
	Body           template.HTML
	Strip          []StripItem
	Actions        []Action
	// Instead are types that link to the record and whose list of links the panel
	// takes the place of.
	Instead []records.Definition
}

// StripItem is one key figure on top of a record's page.
type StripItem struct {
	Label, Value, Note string
	State              string // ok, warn, bad or ""
	Href               string
}

// Action is a button in a record page's head. With Post it is a form.
type Action struct {
	Text, Icon, Href string
	Post             bool
	Primary          bool
}

type factGroup struct {
	Title string
	Rows  []factView
}

type factView struct {
	Label string
	Value template.HTML
}

type linkedView struct {
	Title, Href, Add string
	Rows             []linkedRow
	More             int64
}

type linkedRow struct {
	Title, Human, Href string
	Note               template.HTML
}

type activityView struct {
	Who, When, Exact, Act string
	Comment               string
	Changes               []changeView
	UndoID                string
	ID                    string
	Mine                  bool
}

type changeView struct {
	Label    string
	Old, New template.HTML
}

var recordTemplate = MustPage[recordPage](pageFiles, "pages/record.html")

// show is the page of one record.
func (s *Site) show(d *records.Def) Handler {
	return func(w http.ResponseWriter, r *Request) error {
		then, err := r.AsOf(d)
		if err != nil {
			return err
		}
		rec, err := d.Find(then, r.PathValue("id"))
		if err != nil {
			return err
		}
		if rec.ID() != r.PathValue("id") { // asked for by its number
			return r.Redirect(w, Address(rec.Path(), r.URL.Query(), func(url.Values) {}))
		}
		p, err := r.recordPage(d, then, rec)
		if err != nil {
			return err
		}
		if d.Closed.Closed() {
			if err := r.Update(func(u *records.Tx) error { return d.Note(u, rec.ID(), rec.Meta().Version, "read", map[string]any{}) }); err != nil {
				return err
			}
		}
		return recordTemplate.Show(w, r, Shell{Title: p.Title, Crumbs: r.crumbs(d)}, p)
	}
}

func (r *Request) recordPage(d *records.Def, then *storage.View, rec records.Record) (recordPage, error) {
	p := recordPage{Title: rec.Title(), Human: rec.Human(), Icon: d.IconName, Path: rec.Path(), Archived: rec.Meta().ArchivedAt.Set, Version: rec.Meta().Version, instead: map[*records.Def]bool{}, Past: r.pastView(d, then)}
	var err error
	if r.asOf != "" { // panels, tags and what may be done are of now
		err = cmp.Or(r.facts(d, rec, &p), r.linked(d, then, rec, &p), r.activity(d, then, rec, &p))
		return p, err
	}
	if p.MayEdit, err = d.May(r.View, access.Edit, rec.V); err != nil {
		return p, err
	}
	p.MayTag, p.MayEdit = p.MayEdit, p.MayEdit && !d.Unwritten()
	if p.MayArchive, err = d.May(r.View, access.Archive, rec.V); err != nil {
		return p, err
	}
	if err := r.facts(d, rec, &p); err != nil {
		return p, err
	}
	if err := r.panels(d, rec, &p); err != nil {
		return p, err
	}
	if err := r.linked(d, then, rec, &p); err != nil {
		return p, err
	}
	if p.Tags, err = d.Tags(r.View, rec.ID()); err != nil {
		return p, err
	}
	return p, r.activity(d, then, rec, &p)
}

// facts lists the record's fields; choices with a state become pills in the head.
func (r *Request) facts(d *records.Def, rec records.Record, p *recordPage) error {
	fields, err := d.Ever(r.View)
	if err != nil {
		return err
	}
	labels, err := r.LabelsOf([]records.Record{rec}, d.Fields)
	if err != nil {
		return err
	}
	p.Title = r.NameOf(rec, labels)
	for _, f := range fields {
		v := rec.Value(f)
		if f.IsHidden || f.IsTitle || f.Retired && v == nil || f.Kind != records.Secret && !f.Shows(r.View, d) {
			continue
		}
		c := r.Cell(d, f, v, labels)
		if f.Kind == records.Secret {
			c = Cell{Text: "••••"}
		}
		if f.Kind == records.Choice && c.State != "" {
			if len(p.Pills) > 0 {
				// Only the first speaks for itself; "None" needs to say of what.
				p.Pills = append(p.Pills, pill(c.State, r.Label(d, f)+": "+c.Text))
			} else {
				p.Pills = append(p.Pills, c.HTML())
			}
		}
		title := ""
		if f.Group != "" {
			title = r.T(d.Name+".group."+slug(f.Group), f.Group)
		}
		if f.Retired {
			title = r.T("kernel.web.closed-fields", "Closed fields")
		}
		at := slices.IndexFunc(p.Facts, func(g factGroup) bool { return g.Title == title })
		if at < 0 {
			at = len(p.Facts)
			p.Facts = append(p.Facts, factGroup{Title: title})
		}
		g := &p.Facts[at]
		g.Rows = append(g.Rows, factView{r.Label(d, f), c.HTML()})
	}
	return nil
}

func (r *Request) panels(d *records.Def, rec records.Record, p *recordPage) error {
	for _, panel := range r.Site.Panels {
		if panel.Place == Home || panel.Type != nil && panel.Type.Def() != d {
			continue
		}
		v, err := panel.Show(r, rec)
		if err != nil {
			return err
		}
		if v == nil {
			continue
		}
		p.Strip = append(p.Strip, v.Strip...)
		p.Actions = append(p.Actions, v.Actions...)
		for _, t := range v.Instead {
			p.instead[t.Def()] = true
		}
		if v.Body == "" {
			continue
		}
		switch panel.Place {
		case Aside:
			p.Aside = append(p.Aside, v)
		case Below:
			p.Below = append(p.Below, v)
		default:
			p.Main = append(p.Main, v)
		}
	}
	return nil
}

// telling are the kinds of field that a linked record is told from its like by.
var telling = []records.Kind{records.Choice, records.Amount, records.DateKind}

// linkedRows is how many records of each kind that point here are shown.
const linkedRows = 8

// linked lists what points to this record, a type and field at a time.
func (r *Request) linked(d *records.Def, then *storage.View, rec records.Record, p *recordPage) error {
	for _, b := range r.Site.Registry.LinksTo(d) {
		if p.instead[b.Def] || b.Def.IsInternal || r.asOf != "" && !b.Def.IsVersioned || b.Field.IsHidden || !b.Def.MayAny(r.View, access.View) || !b.Field.Shows(r.View, b.Def) {
			continue
		}
		value := any(rec.ID())
		if b.Field.Kind == records.RefKind {
			value = string(records.MakeRef(d.Name, rec.ID()))
		}
		q := records.Query{Where: []records.Cond{{Field: b.Field.Name, Op: records.OpIs, Value: value}}, Limit: linkedRows}
		page, err := b.Def.List(then, q)
		if err != nil {
			return err
		}
		if len(page.Rows) == 0 {
			continue
		}
		lv := linkedView{Title: r.Plural(b.Def), Href: b.Def.Path("") + "?" + b.Field.Name + "=" + template.URLQueryEscaper(value)}
		if label := r.Label(b.Def, b.Field); label != r.Singular(d) { // "Contracts" of a vendor; "Units · Part of" of a unit
			lv.Title += " · " + label
		}
		if r.asOf != "" {
			lv.Href += "&as_of=" + template.URLQueryEscaper(r.asOf)
		}
		var labels Labels
		if b.Def.Title == nil {
			if labels, err = r.LabelsOf(page.Rows, b.Def.Fields); err != nil {
				return err
			}
		}
		for _, row := range page.Rows {
			lr := linkedRow{Title: r.NameOf(row, labels), Human: row.Human(), Href: r.kept(b.Def, row.Path())}
			said := map[records.Kind]bool{} // the first choice, sum and day of its list tell one from another
			for _, f := range b.Def.Fields {
				c := r.Cell(b.Def, f, row.Value(f), nil)
				if !f.InList || said[f.Kind] || !slices.Contains(telling, f.Kind) || c.Text == Unknown || !f.Shows(r.View, b.Def) {
					continue
				}
				if said[f.Kind] = true; f.Kind == records.DateKind {
					lr.Human += " · " + r.Label(b.Def, f) + " " + c.Text
				} else {
					lr.Note = c.HTML() + " " + lr.Note
				}
			}
			lv.Rows = append(lv.Rows, lr)
		}
		if page.Next != "" {
			if lv.More, err = b.Def.Count(then, records.Query{Where: q.Where}, records.CountLimit); err != nil {
				return err
			}
		}
		if r.asOf == "" && b.Def.MayAny(r.View, access.Add) && !b.Def.Unwritten() {
			lv.Add = b.Def.Path("new") + "?" + b.Field.Name + "=" + template.URLQueryEscaper(value) + "&back=" + template.URLQueryEscaper(rec.Path())
		}
		p.Linked = append(p.Linked, lv)
	}
	return nil
}

// activity is the history and the comments, newest first.
func (r *Request) activity(d *records.Def, then *storage.View, rec records.Record, p *recordPage) error {
	entries, err := d.History(then, rec.ID(), 40)
	if err != nil {
		return err
	}
	comments, err := d.Comments(then, rec.ID(), 40)
	if err != nil {
		return err
	}
	var changed []records.Record
	for _, e := range entries {
		for _, side := range []bool{false, true} {
			tmp := records.Record{Def: d, V: d.New()}
			for _, c := range e.Changes {
				if c.Field == nil || c.Field.Kind == records.Secret {
					continue
				}
				v := c.Old
				if side {
					v = c.New
				}
				tmp.Set(c.Field, v)
			}
			changed = append(changed, tmp)
		}
	}
	labels, err := r.LabelsOf(changed, d.Fields)
	if err != nil {
		return err
	}
	i, j := 0, 0
	for i < len(entries) || j < len(comments) {
		if j < len(comments) && (i == len(entries) || comments[j].At >= entries[i].At) {
			c := comments[j]
			p.Activity = append(p.Activity, activityView{ID: c.ID, Who: c.AuthorName, When: r.Ago(c.At), Exact: r.Moment(c.At), Comment: c.Body, Mine: r.Actor.Person == c.Author})
			j++
			continue
		}
		e := entries[i]
		i++
		a := activityView{Who: e.ActorName, When: r.Ago(e.At), Exact: r.Moment(e.At), Act: r.ActText(e.Act)}
		for _, c := range e.Changes {
			cv := changeView{Label: c.Name}
			if c.Field != nil {
				cv.Label = r.Label(d, c.Field)
				cv.Old, cv.New = r.was(d, c.Field, c.Old, labels), r.was(d, c.Field, c.New, labels)
			} else {
				cv.Label = r.noteLabel(d, c.Name)
				cv.Old, cv.New = r.noteCell(c.Old), r.noteCell(c.New)
			}
			if e.Act != "create" && c.Name != "archived_at" { // the act says it
				a.Changes = append(a.Changes, cv)
			}
		}
		if e.Act == "update" && p.MayEdit && i <= 10 {
			a.UndoID = e.ID
		}
		p.Activity = append(p.Activity, a)
	}
	p.Comments = r.asOf == "" && d.MayComment(r.View)
	return nil
}

// was is a value that a field had or has: its exact moment, since "yesterday" was
// another day then.
func (r *Request) was(d *records.Def, f *records.Field, v any, labels Labels) template.HTML {
	c := r.Cell(d, f, v, labels)
	if f.Kind == records.Instant && c.Title != "" {
		return template.HTML(template.HTMLEscapeString(c.Title))
	}
	return c.HTML()
}

var details = map[string]words.Word{
	"decision": words.T("kernel.web.note.decision", "Decision"),
	"outcome":  words.T("kernel.web.note.outcome", "Outcome"),
	"reason":   words.T("kernel.web.note.reason", "Reason"),
	"second":   words.T("kernel.web.note.second", "Decided by"),
	"tag":      words.T("kernel.web.tag", "Tag"),
	"file":     words.T("kernel.web.note.file", "File"),
}

// noteLabel names a detail of a history entry that is no field.
func (r *Request) noteLabel(d *records.Def, name string) string {
	w, ok := d.Detail(name)
	if !ok {
		w = details[name]
	}
	return r.word(w, name)
}

// folded is how many characters of a text an entry of the history shows before
// the rest is folded away.
const folded = 90

// noteCell shows a detail of a history entry: text, or a sentence that was kept
// to be read in any language.
func (r *Request) noteCell(v any) template.HTML {
	switch v := v.(type) {
	case nil:
		return Unknown
	case string:
		if short := shorten(v, folded); short != v {
			return template.HTML("<details><summary>" + template.HTMLEscapeString(short) + "</summary>" + template.HTMLEscapeString(v) + "</details>")
		}
		return template.HTML(template.HTMLEscapeString(v))
	case json.Number:
		return template.HTML(template.HTMLEscapeString(v.String()))
	case map[string]any:
		var s words.Said
		if raw, err := json.Marshal(v); err == nil && json.Unmarshal(raw, &s) == nil {
			return template.HTML(template.HTMLEscapeString(r.Tell(s)))
		}
	}
	return ""
}

var acts = map[string]words.Word{
	"create":  words.T("kernel.web.act.create", "created this"),
	"update":  words.T("kernel.web.act.update", "changed"),
	"archive": words.T("kernel.web.act.archive", "archived this"),
	"restore": words.T("kernel.web.act.restore", "brought this back"),
	"read":    words.T("kernel.web.act.read", "read this"),
	"facts":   words.T("kernel.web.act.facts", "found changes"),
	"erase":   words.T("kernel.web.act.erase", "erased what was held"),
	"decide":  words.T("kernel.web.act.decide", "decided"),
	"tag":     words.T("kernel.web.act.tag", "changed the tags"),
	"attach":  words.T("kernel.web.act.attach", "attached a file"),
	"merge":   words.T("kernel.web.act.merge", "merged"),
	"access":  words.T("kernel.web.act.access", "changed the access"),
}

// ActText says what was done to a record: "created this".
func (r *Request) ActText(act string) string {
	return r.word(acts[act], act)
}

// word speaks one of the kernel's words, or other for none.
func (r *Request) word(w words.Word, other string) string {
	if w.Key == "" {
		return other
	}
	return r.T(w.Key, w.English)
}

// post handlers of the record page

func (s *Site) archive(d *records.Def, back bool) Handler {
	return func(w http.ResponseWriter, r *Request) error {
		id := r.PathValue("id")
		err := r.Update(func(u *records.Tx) error {
			if back {
				return d.Restore(u, id, records.AnyVersion)
			}
			return d.Archive(u, id, records.AnyVersion)
		})
		if err != nil {
			return err
		}
		r.Toast(w, map[bool]string{false: "archived", true: "restored"}[back])
		return r.Redirect(w, d.Path(id))
	}
}

func (s *Site) undo(d *records.Def) Handler {
	return func(w http.ResponseWriter, r *Request) error {
		id := r.PathValue("id")
		if err := r.Update(func(u *records.Tx) error { return d.Undo(u, id, r.FormValue("entry")) }); err != nil {
			return err
		}
		r.Toast(w, "undone")
		return r.Redirect(w, d.Path(id))
	}
}

func (s *Site) comment(d *records.Def) Handler {
	return func(w http.ResponseWriter, r *Request) error {
		id := r.PathValue("id")
		err := r.Update(func(u *records.Tx) error { return d.Comment(u, id, r.FormValue("body")) })
		if err != nil {
			return err
		}
		return r.Redirect(w, d.Path(id)+"#activity")
	}
}

func (s *Site) tag(d *records.Def) Handler {
	return func(w http.ResponseWriter, r *Request) error {
		id := r.PathValue("id")
		err := r.Update(func(u *records.Tx) error {
			if r.FormValue("remove") != "" {
				return d.Untag(u, id, r.FormValue("remove"))
			}
			return d.Tag(u, id, r.FormValue("tag"))
		})
		if err != nil {
			return err
		}
		return r.Redirect(w, d.Path(id))
	}
}
