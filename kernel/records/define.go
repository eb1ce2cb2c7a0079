package records

import (
	"fmt"
	"reflect"
	"strings"

	"steward/kernel/access"
	"steward/lib/words"
)

// Def is the untyped description of a record type that the kernel works with.
// It does not change once the program runs.
type Def struct {
	Name        string // vendors.contract
	Table       string // vendors_contract
	Module      string // vendors
	Singular    string // Contract
	Plural      string // Contracts
	Prefix      string // of the human number: CTR
	IconName    string
	Area        string // what grants speak of; the module unless InArea says otherwise
	Closed      access.Sensitivity
	Fields      []*Field
	Title       *Field // nil: the number names the record
	UnderField  *Field // link to the parent whose rights hold
	IsVersioned bool
	IsLarge     bool
	IsInternal  bool // no list, form or API of its own
	Collected   bool // written by the program, not by people
	DefaultSort string
	Self        access.Scope // the scope that reaches a record by its own id: a unit, a person
	typ         reflect.Type
	byName      map[string]*Field
	addrs       map[uintptr]addressed
	details     map[string]words.Word // of notes in the history, by name
	check       func(u *Tx, before, after any) error
	example     func(rec any)
	begin       func(rec any)
	saved       []func(u *Tx, before, after any) error
}

// Definition is any record type, whatever its Go type.
type Definition interface{ Def() *Def }

// Type is the typed handle a module keeps: it reads and writes records of T.
type Type[T any] struct {
	def *Def
	// P is the prototype whose fields' addresses name fields in queries:
	// records.Is(&Contracts.P.State, Active). It is never written to.
	P *T
}

// Def returns the untyped description.
func (t *Type[T]) Def() *Def { return t.def }

// Define describes records of type T, which embeds Base[T]. The name is
// module.record; singular and plural are English and are translated by the
// keys <name>.one and <name>.many; prefix starts the human number.
// It panics on a description that cannot be right, at program start.
func Define[T any](name, singular, plural, prefix string, describe func(*T, *Fields)) *Type[T] {
	proto := new(T)
	if _, ok := any(proto).(based); !ok {
		panic("records: " + name + " does not embed records.Base")
	}
	fs := &Fields{proto: reflect.ValueOf(proto).Elem(), addrs: map[uintptr]addressed{}}
	walk(fs.proto, nil, fs.addrs)
	describe(proto, fs)
	module, _, ok := strings.Cut(name, ".")
	if !ok {
		panic("records: the name " + name + " is not module.record")
	}
	d := &Def{
		Name: name, Table: strings.ReplaceAll(strings.ReplaceAll(name, ".", "_"), "-", "_"), Module: module, Area: module,
		Singular: singular, Plural: plural, Prefix: prefix,
		Fields: fs.list, UnderField: fs.under,
		typ: fs.proto.Type(), byName: map[string]*Field{}, addrs: fs.addrs,
	}
	for _, f := range d.Fields {
		if d.byName[f.Name] != nil || reserved[f.Name] || sqlWords[f.Name] || f.Custom() {
			panic(fmt.Sprintf("records: %s describes %s twice, or the name is the kernel's, an organisation's or SQL's", name, f.Name))
		}
		d.byName[f.Name] = f
		if f.IsTitle {
			d.Title = f
		}
	}
	return &Type[T]{def: d, P: proto}
}

// reserved are the names every record's own columns have.
var reserved = map[string]bool{"id": true, "number": true, "created_at": true, "created_by": true,
	"updated_at": true, "updated_by": true, "version": true, "archived_at": true, "custom": true,
	"q": true, "sort": true, "col": true, "after": true, "before": true, "archived": true, "limit": true, "fields": true, "tag": true, "view": true, "as_of": true}

// sqlWords would need quotes as column names on one of the databases.
var sqlWords = map[string]bool{"from": true, "to": true, "order": true, "group": true, "user": true, "table": true, "select": true,
	"where": true, "limit": true, "end": true, "default": true, "check": true, "references": true, "primary": true, "unique": true,
	"values": true, "index": true, "when": true, "then": true, "case": true, "in": true, "is": true, "as": true, "on": true, "by": true,
	"desc": true, "asc": true, "all": true, "and": true, "or": true, "not": true, "null": true, "column": true, "grant": true, "offset": true, "analyse": true, "analyze": true}

// Details names what notes in a record's history hold beside fields.
func (t *Type[T]) Details(named map[string]words.Word) *Type[T] { t.def.details = named; return t }

// Detail is what a detail of a note is called; found is false for one without a name.
func (d *Def) Detail(name string) (w words.Word, found bool) {
	w, found = d.details[name]
	return w, found
}

// InArea makes grants for the area decide, instead of those for the module.
func (t *Type[T]) InArea(area string) *Type[T] { t.def.Area = area; return t }

// Sensitive closes the whole type to all but those granted the category.
func (t *Type[T]) Sensitive(s access.Sensitivity) *Type[T] { t.def.Closed = s; return t }

// Icon names the icon shown for the type.
func (t *Type[T]) Icon(name string) *Type[T] { t.def.IconName = name; return t }

// Internal hides the type from navigation, forms and the API; modules still use it.
func (t *Type[T]) Internal() *Type[T] { t.def.IsInternal = true; return t }

// Itself makes the record what a scope reaches: a unit lies in the unit scope of
// those who head it, a person in the line of those above.
func (t *Type[T]) Itself(s access.Scope) *Type[T] { t.def.Self = s; return t }

// ByProgram says that the program writes the records: there is no form to add one.
func (t *Type[T]) ByProgram() *Type[T] { t.def.Collected = true; return t }

// SortedBy sets the order of the list: a field's name, with "-" before it for descending.
func (t *Type[T]) SortedBy(order string) *Type[T] { t.def.DefaultSort = order; return t }

// Large says that there may be hundreds of thousands: each filter by a choice, a yes or
// no, or a link has an index in the order of the list, so that a page is found at once
// wherever in that order the records that match stand.
func (t *Type[T]) Large() *Type[T] { t.def.IsLarge = true; return t }

// order is the field that lists are sorted by unless asked otherwise; nil for the number.
func (d *Def) order() *Field { return d.byName[strings.TrimPrefix(d.DefaultSort, "-")] }

// browsed says whether the filter has an index in the order of the list.
func (d *Def) browsed(f *Field) bool {
	return d.IsLarge && d.order() != nil && f.Filters && (f.Kind == Choice || f.Kind == Bool || f.Kind == Link)
}

// Versioned keeps rows valid from/to, so that lists can be asked as of a moment.
func (t *Type[T]) Versioned() *Type[T] { t.def.IsVersioned = true; return t }

// Check adds the rule that holds whoever writes. It runs inside the transaction
// of every create and update; before is nil at creation. It may complete after.
func (t *Type[T]) Check(rule func(u *Tx, before, after *T) error) *Type[T] {
	t.def.check = func(u *Tx, before, after any) error {
		b, _ := before.(*T)
		return rule(u, b, after.(*T))
	}
	return t
}

// Begins says what a new record starts with where nothing else is said: in a form
// before anything is typed, for what an API call or an import leaves out.
func (t *Type[T]) Begins(fill func(rec *T)) *Type[T] {
	t.def.begin = func(rec any) { fill(rec.(*T)) }
	return t
}

// Begin returns a new record, a *T, as the type's Begins says.
func (d *Def) Begin() any {
	rec := d.New()
	if d.begin != nil {
		d.begin(rec)
	}
	return rec
}

// Preset is what a field of a new record starts with, normalised; nil for nothing.
func (d *Def) Preset(f *Field) any {
	if d.begin == nil {
		return nil
	}
	v, empty := Record{d, d.Begin()}.Value(f), Record{d, d.New()}.Value(f)
	if v == empty {
		return nil
	}
	return v
}

// Example completes a record whose required fields are filled in with what the
// type's rule wants besides, so that tests and documents can show one.
func (t *Type[T]) Example(complete func(rec *T)) *Type[T] {
	t.def.example = func(rec any) { complete(rec.(*T)) }
	return t
}

// Exemplify completes a record as the type's Example says.
func (d *Def) Exemplify(rec any) {
	if d.example != nil {
		d.example(rec)
	}
}

// Saved adds work that follows each write in the same transaction, such as a
// closure table. It must not change the record itself.
func (t *Type[T]) Saved(follow func(u *Tx, before, after *T) error) *Type[T] {
	t.def.saved = append(t.def.saved, func(u *Tx, before, after any) error {
		b, _ := before.(*T)
		return follow(u, b, after.(*T))
	})
	return t
}

// Field returns the field of that name, or nil.
func (d *Def) Field(name string) *Field { return d.byName[name] }

// GoType is the record's Go struct type.
func (d *Def) GoType() reflect.Type { return d.typ }

// At returns the field whose address in the prototype or in record p is given.
func (d *Def) at(p any) *Field {
	at, ok := d.addrs[reflect.ValueOf(p).Pointer()]
	if !ok {
		return nil
	}
	for _, f := range d.Fields {
		if reflect.DeepEqual(f.index, at.index) {
			return f
		}
	}
	return nil
}

// fieldIn returns the field of record rec that p points to, or nil.
func (d *Def) fieldIn(rec any, p any) *Field {
	base, addr := reflect.ValueOf(rec).Pointer(), reflect.ValueOf(p).Pointer()
	for _, f := range d.Fields {
		if reflect.ValueOf(rec).Elem().FieldByIndex(f.index).Addr().Pointer() == addr && addr >= base {
			return f
		}
	}
	return nil
}

// HumanNumber spells a record's number: CTR-0042.
func (d *Def) HumanNumber(n int64) string { return fmt.Sprintf("%s-%04d", d.Prefix, n) }

// Slug is the type's part of page and API addresses: /vendors/contracts.
func (d *Def) Slug() string {
	return strings.ReplaceAll(strings.ToLower(d.Plural), " ", "-")
}

// Unwritten says that people do not write the type: it is filled by collectors
// or by the program alone.
func (d *Def) Unwritten() bool { return d.Collected }

// Path is the page of one record, or of the list without an id.
func (d *Def) Path(id string) string {
	p := "/" + d.Module + "/" + d.Slug()
	if id != "" {
		p += "/" + id
	}
	return p
}
