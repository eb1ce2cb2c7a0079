package privacy

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"steward/kernel/access"
	"steward/kernel/decisions"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/lib/words"
)

// Held is all that is held of a person, as far as the reader may see it: what
// art. 15 GDPR gives a person a right to.
type Held struct {
	Format int            `json:"format"` // 1
	At     records.Moment `json:"at"`
	Person Ref            `json:"person"`
	Record []Value        `json:"record"`
	Tags   []string       `json:"tags"`
	// Groups are rows that are the person's alone: account, roles, sessions,
	// notifications, saved views.
	Groups []Group `json:"groups"`
	// Linked are records that lead to the person as owner, head, manager and the like.
	Linked    []Linked   `json:"linked"`
	Decisions []Decision `json:"decisions"`
	Comments  []Comment  `json:"comments"` // the person's own, and those beside the person's record
	Files     []File     `json:"files"`
	// About is the history of the person's record, Acts what the person did elsewhere.
	About []Entry `json:"history"`
	Acts  []Act   `json:"acts"`
	// Named are other records with texts that name the person.
	Named []Naming `json:"named"`
	// Hidden is how many linked records the reader may not see.
	Hidden int64 `json:"hidden"`
	// Notes say what was not looked for and why.
	Notes []words.Said `json:"-"`
	Says  []string     `json:"notes,omitempty"`

	who *who
}

// Ref is a record.
type Ref struct {
	Type   string `json:"type"`
	ID     string `json:"id"`
	Number string `json:"number"`
	Title  string `json:"title"`
}

// Value is one field of a record.
type Value struct {
	Field string `json:"field"`
	Value any    `json:"value"`
	Title string `json:"title,omitempty"` // of the record that a link leads to

	field *records.Field
	raw   any
}

// Group is one kind of rows that are the person's alone.
type Group struct {
	Name string           `json:"name"` // the table
	Rows []map[string]any `json:"rows"`

	place *place
}

// Linked is a record with a link to the person.
type Linked struct {
	Ref
	Field  string  `json:"field"`
	Values []Value `json:"values,omitempty"` // of a record about the person

	def   *records.Def
	field *records.Field
}

// Decision is one in which the person has a part.
type Decision struct {
	ID    string          `json:"id"`
	Title string          `json:"title"`
	As    []string        `json:"as"` // assignee, requester, delegate, decided, second, asked
	State decisions.State `json:"state"`
	At    records.Moment  `json:"at"`

	said words.Said
}

// Comment is a text beside a record.
type Comment struct {
	On     Ref            `json:"on"`
	Author string         `json:"author"`
	At     records.Moment `json:"at"`
	Body   string         `json:"body"`
}

// File is one that is attached to the person's record, or that the person attached.
type File struct {
	On   Ref            `json:"on"`
	Name string         `json:"name"`
	By   string         `json:"by"`
	At   records.Moment `json:"at"`
	Size int64          `json:"size"`
}

// Entry is one change of the person's record.
type Entry struct {
	At      records.Moment `json:"at"`
	By      string         `json:"by"`
	Act     string         `json:"act"`
	Changes []Change       `json:"changes,omitempty"`
}

// Change is a field's old and new value.
type Change struct {
	Field string `json:"field"`
	Old   any    `json:"old"`
	New   any    `json:"new"`
}

// Act is what the person did to another record, without the record's values.
type Act struct {
	At     records.Moment `json:"at"`
	Type   string         `json:"type"`
	Record string         `json:"record"`
	Act    string         `json:"act"`
	Origin string         `json:"origin"`
}

// Naming is where texts name the person: a record, or a table that is none.
type Naming struct {
	On    *Ref     `json:"on,omitempty"`
	Table string   `json:"table"`
	Field []string `json:"fields,omitempty"`
	Rows  int64    `json:"rows"`

	def *records.Def
}

// MayRead says whether the reader may read what is held of a person: the person
// themselves, and who may export all that concerns personal data.
func MayRead(r records.Reader, id string) bool {
	a := r.Reading().Actor
	if a == nil {
		return false
	}
	return a.Kind == access.PersonKind && a.Person == id || a.Kind == access.SystemKind || mayAll(r, access.Export)
}

// mayAll says whether the reader may do an act to all that concerns personal data.
func mayAll(r records.Reader, act access.Act) bool {
	v := r.Reading()
	return slices.Contains(access.HeldScopes(v.Actor, act, access.Compliance, access.Ordinary, v.Now), access.All)
}

// found returns a person's record for who may read what is held of them.
func found(r records.Reader, name string) (records.Record, error) {
	d := org.Persons.Def()
	v := r.Reading()
	if v.Actor != nil && v.Actor.Kind == access.PersonKind && name == v.Actor.Person {
		return d.Get(v.As(access.System()), name)
	}
	if !MayRead(r, "") {
		return records.Record{}, records.NotFound()
	}
	return d.Find(r, name)
}

// How what is held was read.
var (
	OnPage = words.T("privacy.read.page", "on a page")
	AsFile = words.T("privacy.read.file", "as a file")
	ByAPI  = words.T("privacy.read.api", "by a program")
)

// most is how many rows of one kind a reading keeps; a person with more has them counted.
const most = 100_000

// Read returns what is held of a person, named by id or number, and writes into the
// person's history that it was read, and how.
func Read(u *records.Tx, name string, how words.Word) (*Held, error) {
	h, err := Collect(u, name)
	if err != nil {
		return nil, err
	}
	return h, Noted(u, h.Person.ID, how)
}

// Noted writes into a person's history that what is held of them was read.
func Noted(u *records.Tx, id string, how words.Word) error {
	return org.Persons.Def().Note(u, id, 0, "read", map[string]any{"held": []any{nil, how.With()}})
}

// Collect is Read without the note.
func Collect(r records.Reader, name string) (*Held, error) {
	rec, err := found(r, name)
	if err != nil {
		return nil, err
	}
	v := r.Reading()
	h := &Held{Format: 1, At: records.MomentOf(v.Now), Person: refOf(rec), Record: []Value{}, Groups: []Group{}, Linked: []Linked{}, Decisions: []Decision{}, Comments: []Comment{}, Files: []File{}, About: []Entry{}, Acts: []Act{}, Named: []Naming{}}
	if h.who, err = whoIs(v, rec.ID()); err != nil {
		return nil, err
	}
	if h.Record, err = valuesOf(r, rec); err != nil {
		return nil, err
	}
	if h.Tags, err = rec.Def.Tags(r, rec.ID()); err != nil {
		return nil, err
	}
	h.Tags = append([]string{}, h.Tags...)
	for _, part := range []func(r records.Reader) error{h.groups, h.linked, h.decisions, h.beside, h.history, h.named} {
		if err := part(r); err != nil {
			return nil, err
		}
	}
	h.notes()
	return h, nil
}

func refOf(rec records.Record) Ref { return Ref{rec.Def.Name, rec.ID(), rec.Human(), rec.Title()} }

// valuesOf are a record's fields that the reader may see.
func valuesOf(r records.Reader, rec records.Record) ([]Value, error) {
	fields, err := rec.Def.All(r)
	if err != nil {
		return nil, err
	}
	labels, err := records.LabelsOf(r, []records.Record{rec}, rec.Def.Fields)
	if err != nil {
		return nil, err
	}
	out := []Value{{Field: "number", Value: rec.Human()}, {Field: "created_at", Value: rec.Meta().CreatedAt}, {Field: "updated_at", Value: rec.Meta().UpdatedAt}}
	if rec.Meta().ArchivedAt.Set {
		out = append(out, Value{Field: "archived_at", Value: rec.Meta().ArchivedAt.V})
	}
	for _, f := range fields {
		if f.Kind == records.Secret || !f.Custom() && !f.Shows(r, rec.Def) {
			continue
		}
		raw := rec.Value(f)
		if f.Custom() {
			raw = rec.Meta().Custom[f.Name]
		}
		if raw == nil {
			continue
		}
		one := Value{Field: f.Name, Value: records.ToJSON(f, raw), field: f, raw: raw}
		if t, id := records.RegistryOf(r).Pointed(f, raw); t != nil && !f.Custom() {
			one.Title = labels[records.MakeRef(t.Name, id)].Title
		}
		out = append(out, one)
	}
	return out, nil
}

// groups are the rows of the tables that keep what is the person's alone.
func (h *Held) groups(r records.Reader) error {
	for _, p := range others() {
		if p.of == "" {
			continue
		}
		g := Group{Name: p.table, Rows: []map[string]any{}, place: p}
		columns, err := r.Reading().Columns(p.table)
		if err != nil {
			return err
		}
		if len(columns) == 0 {
			continue // a module that this program lacks
		}
		var names []string
		for c := range columns {
			if p.columns[c] != secret && c != p.of {
				names = append(names, c)
			}
		}
		slices.Sort(names)
		if len(names) == 0 {
			names = []string{"1"} // that there is one is all that is told
		}
		err = r.Reading().Each(fmt.Sprintf("SELECT %s FROM %s WHERE %s = $1 ORDER BY 1 LIMIT %d", strings.Join(names, ", "), p.table, p.of, most), []any{h.who.ID}, func(rows *sql.Rows) error {
			cells, into := make([]any, len(names)), make([]any, len(names))
			for i := range cells {
				into[i] = &cells[i]
			}
			if err := rows.Scan(into...); err != nil {
				return err
			}
			row := map[string]any{}
			for i, c := range names {
				row[c] = told(columns[c], c, cells[i])
			}
			delete(row, "1")
			g.Rows = append(g.Rows, row)
			return nil
		})
		if err != nil {
			return fmt.Errorf("what %s holds of a person: %w", p.table, err)
		}
		if len(g.Rows) > 0 {
			h.Groups = append(h.Groups, g)
		}
	}
	return nil
}

// told is a cell for programs: a moment as one, a yes or no as one.
func told(c storage.Column, name string, v any) any {
	switch x := v.(type) {
	case []byte:
		return string(x)
	case int64:
		if c.Type == "BOOLEAN" {
			return x != 0
		}
		if isMoment(name) {
			return records.Moment(x)
		}
	}
	return v
}

// isMoment says whether a column of whole numbers keeps moments: so are they named.
func isMoment(column string) bool {
	return column == "at" || column == "since" || strings.HasSuffix(column, "_at")
}

// linked are the records of all types that lead to the person.
func (h *Held) linked(r records.Reader) error {
	reg := records.RegistryOf(r)
	persons := org.Persons.Def()
	system := r.Reading().As(access.System())
	for _, b := range reg.LinksTo(persons) {
		value := any(h.who.ID)
		if b.Field.Kind == records.RefKind {
			value = string(records.MakeRef(persons.Name, h.who.ID))
		}
		q := records.Query{Where: []records.Cond{{Field: b.Field.Name, Op: records.OpIs, Value: value}}, Both: true}
		if b.Field.Closed == "" && b.Def.Closed == "" { // of what is closed not even the number is told
			n, err := b.Def.Count(system, q, 0)
			if err != nil {
				return err
			}
			h.Hidden += n
		}
		if !b.Def.MayAny(r, access.View) || !b.Field.Shows(r, b.Def) {
			continue
		}
		q.Limit = most
		page, err := b.Def.List(r, q)
		if err != nil {
			return err
		}
		for _, rec := range page.Rows {
			l := Linked{Ref: refOf(rec), Field: b.Field.Name, def: b.Def, field: b.Field}
			if b.Field.Scope == access.Line {
				if l.Values, err = valuesOf(r, rec); err != nil {
					return err
				}
			}
			h.Linked = append(h.Linked, l)
		}
		if b.Field.Closed == "" && b.Def.Closed == "" {
			h.Hidden -= int64(len(page.Rows))
		}
	}
	return nil
}

// parts are the columns of a decision that name a person, and what that makes them.
var parts = []struct{ column, as string }{{"assignee", "assignee"}, {"requester", "requester"}, {"delegate", "delegate"}, {"delegated_by", "delegated"}, {"decided_by", "decided"}, {"second_by", "second"}, {"asked_of", "asked"}}

func (h *Held) decisions(r records.Reader) error {
	var ors []string
	for _, p := range parts {
		ors = append(ors, p.column+" = $1")
	}
	ids, err := r.Reading().Texts(fmt.Sprintf("SELECT id FROM decision WHERE %s ORDER BY changed_at DESC, id LIMIT %d", strings.Join(ors, " OR "), most), h.who.ID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		d, err := decisions.Get(r, id)
		if fail.Is(err, fail.NotFound) {
			h.Hidden++
			continue
		}
		if err != nil {
			return err
		}
		one := Decision{ID: d.ID, Title: english(d.Title), State: d.State, At: records.MomentOf(d.ChangedAt), said: d.Title, As: []string{}}
		for i, id := range []string{d.Assignee, d.Requester, d.Delegate, d.DelegatedBy, d.DecidedBy, d.SecondBy, d.AskedOf} {
			if id == h.who.ID {
				one.As = append(one.As, parts[i].as)
			}
		}
		h.Decisions = append(h.Decisions, one)
	}
	return nil
}

// beside are comments and files: those beside the person's record and the person's own.
func (h *Held) beside(r records.Reader) error {
	type row struct {
		typ, record, by, text string
		at, size              int64
	}
	read := func(query string) (out []row, err error) {
		err = r.Reading().Each(query, []any{org.Persons.Def().Name, h.who.ID}, func(rows *sql.Rows) error {
			var x row
			err := rows.Scan(&x.typ, &x.record, &x.by, &x.text, &x.at, &x.size)
			out = append(out, x)
			return err
		})
		return out, err
	}
	comments, err := read("SELECT type, record, author_name, body, at, 0 FROM record_comment WHERE (type = $1 AND record = $2 OR author = $2) AND removed_at IS NULL ORDER BY at, id")
	if err != nil {
		return err
	}
	kept, err := read("SELECT type, record, by_name, name, at, size FROM record_file WHERE type = $1 AND record = $2 OR by_person = $2 ORDER BY at, id")
	if err != nil {
		return err
	}
	seen, err := refs(r, append(slices.Clone(comments), kept...), func(x row) (string, string) { return x.typ, x.record })
	if err != nil {
		return err
	}
	seen[records.MakeRef(h.Person.Type, h.Person.ID)] = h.Person
	for _, x := range comments {
		if on, ok := seen[records.MakeRef(x.typ, x.record)]; ok {
			h.Comments = append(h.Comments, Comment{on, x.by, records.Moment(x.at), x.text})
		} else {
			h.Hidden++
		}
	}
	for _, x := range kept {
		if on, ok := seen[records.MakeRef(x.typ, x.record)]; ok {
			h.Files = append(h.Files, File{on, x.text, x.by, records.Moment(x.at), x.size})
		} else {
			h.Hidden++
		}
	}
	return nil
}

// refs are those of the records named that the reader may see.
func refs[T any](r records.Reader, list []T, of func(T) (typ, id string)) (map[records.Ref]Ref, error) {
	ids := map[string][]string{}
	for _, x := range list {
		typ, id := of(x)
		ids[typ] = append(ids[typ], id)
	}
	out := map[records.Ref]Ref{}
	for _, d := range records.RegistryOf(r).Defs() {
		if len(ids[d.Name]) == 0 || !d.MayAny(r, access.View) {
			continue
		}
		labels, err := d.Labels(r, ids[d.Name])
		if err != nil {
			return nil, err
		}
		for id, l := range labels {
			out[records.MakeRef(d.Name, id)] = Ref{d.Name, id, l.Human, l.Title}
		}
	}
	return out, nil
}

// history is that of the person's record, and what the person did elsewhere.
func (h *Held) history(r records.Reader) error {
	d := org.Persons.Def()
	own := r.Reading()
	if own.Actor.Person == h.who.ID {
		own = own.As(withPeople(own.Actor))
	}
	entries, err := d.History(own, h.who.ID, most)
	if err != nil {
		return err
	}
	for _, e := range entries {
		one := Entry{At: e.At, By: e.ActorName, Act: e.Act}
		for _, c := range e.Changes {
			one.Changes = append(one.Changes, Change{c.Name, c.Old, c.New})
		}
		h.About = append(h.About, one)
	}
	reg := records.RegistryOf(r)
	return r.Reading().Each(fmt.Sprintf("SELECT at, type, record, act, origin FROM history WHERE actor = $1 AND NOT (type = $2 AND record = $1) ORDER BY at DESC, id DESC LIMIT %d", most), []any{h.who.ID, d.Name}, func(rows *sql.Rows) error {
		var a Act
		if err := rows.Scan((*int64)(&a.At), &a.Type, &a.Record, &a.Act, &a.Origin); err != nil {
			return err
		}
		if of := reg.Def(a.Type); of == nil || of.Closed == "" || of.MayAny(r, access.View) {
			h.Acts = append(h.Acts, a)
		}
		return nil
	})
}

// withPeople is the actor with the right to see persons: what somebody reads of
// themselves needs no other.
func withPeople(a *access.Actor) *access.Actor {
	b := *a
	b.Grants = append(slices.Clone(a.Grants), access.Grant{Role: "self", Area: access.People, Act: access.View, Scope: access.All})
	return &b
}

// named are the texts of others that name the person.
func (h *Held) named(r records.Reader) error {
	v := r.Reading()
	reg := records.RegistryOf(r)
	for _, p := range places(reg) {
		if p.def != nil && p.table != p.def.Table || p.table == "search_entry" || p.table == "history" {
			continue // what was before, and what is read out already
		}
		if columns, err := v.Columns(p.table); err != nil || len(columns) == 0 {
			if err != nil {
				return err
			}
			continue
		}
		key := p.key
		if p.beside {
			key = []string{"type", "record"}
		}
		if p.of != "" {
			key = append(slices.Clone(key), p.of)
		}
		found, rows := map[records.Ref][]string{}, int64(0)
		err := h.who.eachNaming(v, p, key, func(key, columns, old, without []string) error {
			if p.of != "" && key[len(key)-1] == h.who.ID {
				return nil // read out as the person's own
			}
			var named []string
			for i, c := range columns {
				if old[i] != without[i] && p.columns[c] != folded {
					named = append(named, c)
				}
			}
			at := records.Ref("")
			switch {
			case p.beside:
				at = records.MakeRef(key[0], key[1])
			case p.def != nil && !(p.def == org.Persons.Def() && key[0] == h.who.ID):
				at = records.MakeRef(p.def.Name, key[0])
			case p.def != nil:
				return nil
			}
			if at == "" {
				rows++
				return nil
			}
			found[at] = append(found[at], named...)
			return nil
		})
		if err != nil {
			return err
		}
		if rows > 0 {
			h.Named = append(h.Named, Naming{Table: p.table, Rows: rows})
		}
		if err := h.namedRecords(r, p, found); err != nil {
			return err
		}
	}
	return nil
}

// namedRecords adds the records among those found that the reader may see, with the
// fields that are open to the reader.
func (h *Held) namedRecords(r records.Reader, p *place, found map[records.Ref][]string) error {
	var list []records.Ref
	for at := range found {
		list = append(list, at)
	}
	slices.Sort(list)
	seen, err := refs(r, list, func(at records.Ref) (string, string) { return at.Split() })
	if err != nil {
		return err
	}
	for _, at := range list {
		ref, ok := seen[at]
		n := Naming{On: &ref, Table: p.table, Rows: 1, def: records.RegistryOf(r).Def(ref.Type)}
		for _, c := range found[at] {
			if p.def != nil && c != "custom" && !p.def.Field(c).Shows(r, p.def) || slices.Contains(n.Field, c) {
				continue
			}
			n.Field = append(n.Field, c)
		}
		if ok && len(n.Field) > 0 {
			h.Named = append(h.Named, n)
		}
	}
	return nil
}

// notes say what was not looked for.
func (h *Held) notes() {
	if h.who.Shared {
		h.Notes = append(h.Notes, words.T("privacy.note.shared", "Somebody else has the same name: texts that hold only the name are not listed, since they may mean either.").With())
	}
	if h.who.Short {
		h.Notes = append(h.Notes, words.T("privacy.note.short", "The name is a single word, which may be any word: texts are searched by the addresses only.").With())
	}
	h.Notes = append(h.Notes, words.T("privacy.note.texts", "Texts are searched for the whole name, the e-mail address, the telephone number and @ with the sign-in name. First names alone, nicknames, and what stands inside attached or delivered files are not found.").With(),
		words.T("privacy.note.rights", "What is closed to the reader is not here.").With())
	for _, s := range h.Notes {
		h.Says = append(h.Says, english(s))
	}
}
