package privacy

import (
	"slices"

	"steward/kernel/access"
	"steward/kernel/decisions"
	"steward/kernel/org"
	"steward/kernel/records"
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

// told is a cell for programs: a moment as one, a yes or no as one.

// isMoment says whether a column of whole numbers keeps moments: so are they named.

// linked are the records of all types that lead to the person.

// parts are the columns of a decision that name a person, and what that makes them.

// beside are comments and files: those beside the person's record and the person's own.

// refs are those of the records named that the reader may see.

// history is that of the person's record, and what the person did elsewhere.

// withPeople is the actor with the right to see persons: what somebody reads of

// themselves needs no other.

// named are the texts of others that name the person.

// namedRecords adds the records among those found that the reader may see, with the

// fields that are open to the reader.

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
