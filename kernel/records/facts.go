package records

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"steward/kernel/storage"
)

// FactSet is the untyped description of a set of facts that a parent record
// owns, such as the packages of a host. Facts are no records: they have no
// history of their own, take the parent's rights, and are replaced as a set.
type FactSet struct {
	Name   string // package
	Table  string // infrastructure_host_package
	Title  string // Packages
	Parent reflect.Type
	Fields []*Field
	keys   []*Field
	rest   []*Field
	typ    reflect.Type
	addrs  map[uintptr]addressed
}

// Facts is the typed handle of a set of facts of a P, each a T.
type Facts[P, T any] struct {
	set *FactSet
	P   *T
}

// Set returns the untyped description.
func (s *Facts[P, T]) Set() *FactSet { return s.set }

// DefineFacts describes a set of facts of the parent type. The fields in keys
// (named by address like the fields) tell one fact of a parent from another.
// A key is text or a whole number and always known.
func DefineFacts[P, T any](table, name, title string, describe func(*T, *Fields), keys func(*T) []any) *Facts[P, T] {
	proto := new(T)
	fs := &Fields{proto: reflect.ValueOf(proto).Elem(), addrs: map[uintptr]addressed{}}
	walk(fs.proto, nil, fs.addrs)
	describe(proto, fs)
	set := &FactSet{Name: name, Table: table, Title: title, Parent: reflect.TypeFor[P](), Fields: fs.list, typ: fs.proto.Type(), addrs: fs.addrs}
	for _, k := range keys(proto) {
		at := fs.addrs[reflect.ValueOf(k).Pointer()]
		for _, f := range fs.list {
			if reflect.DeepEqual(f.index, at.index) {
				set.keys = append(set.keys, f)
			}
		}
	}
	for _, f := range fs.list {
		if !slices.Contains(set.keys, f) {
			set.rest = append(set.rest, f)
		}
	}
	if len(set.keys) == 0 {
		panic("records: the facts " + name + " have no key")
	}
	return &Facts[P, T]{set, proto}
}

// Diff is what a report changed in a set of facts.
type Diff struct {
	Added, Changed, Gone int
	Names                []string // the keys of up to 30 facts, with + ~ or − before each
}

// Any says whether there was any change.
func (d Diff) Any() bool { return d.Added+d.Changed+d.Gone > 0 }

// Fact is one fact with the moments it was first seen, last changed and gone.
type Fact[T any] struct {
	V                    T
	FirstSeen, ChangedAt Moment
	GoneAt               Opt[Moment]
}

// Replace makes all the set of the parent's facts. Only differences are
// written, in batches; an equal set writes nothing. A fact that is not in all
// any more is marked gone and kept.
func (s *Facts[P, T]) Replace(u *Tx, parent ID[P], all []T) (Diff, error) {
	rows := make([]reflect.Value, len(all))
	for i := range all {
		rows[i] = reflect.ValueOf(&all[i]).Elem()
	}
	return s.set.replace(u, string(parent), rows)
}

// List returns the parent's facts in the order of their keys; gone ones too if asked.
// The caller has read the parent, whose rights hold.
func (s *Facts[P, T]) List(r Reader, parent ID[P], gone bool) ([]Fact[T], error) {
	var out []Fact[T]
	err := s.set.each(r, string(parent), gone, func(v reflect.Value, first, changed int64, goneAt Opt[Moment]) {
		out = append(out, Fact[T]{v.Interface().(T), Moment(first), Moment(changed), goneAt})
	})
	return out, err
}

func (s *FactSet) columns() []string {
	var out []string
	for _, f := range append(slices.Clone(s.keys), s.rest...) {
		out = append(out, f.Name)
	}
	return out
}

func (s *FactSet) key(v reflect.Value) string {
	var b strings.Builder
	for _, f := range s.keys {
		fmt.Fprintf(&b, "%v\x00", f.value(v))
	}
	return b.String()
}

func (s *FactSet) name(v reflect.Value) string {
	var parts []string
	for _, f := range s.keys {
		if p := fmt.Sprint(f.value(v)); p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, " ")
}

func (s *FactSet) hash(keys []string, rows map[string]reflect.Value) string {
	h := sha256.New()
	enc := json.NewEncoder(h)
	for _, k := range keys {
		for _, f := range s.Fields {
			enc.Encode(f.value(rows[k]))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func (s *FactSet) replace(u *Tx, parent string, rows []reflect.Value) (Diff, error) {
	var diff Diff
	byKey := make(map[string]reflect.Value, len(rows))
	for _, v := range slices.Backward(rows) { // of two with one key the first stands
		byKey[s.key(v)] = v
	}
	keys := slices.Sorted(maps.Keys(byKey))
	hash := s.hash(keys, byKey)
	var stored string
	known, err := u.Row("SELECT hash FROM fact_set WHERE record = $1 AND name = $2", []any{parent, s.Name}, &stored)
	if err != nil || known && stored == hash {
		return diff, err
	}
	type have struct {
		v    reflect.Value
		gone bool
	}
	old := map[string]have{}
	err = s.each(u, parent, true, func(v reflect.Value, _, _ int64, goneAt Opt[Moment]) {
		old[s.key(v)] = have{v, goneAt.Set}
	})
	if err != nil {
		return diff, err
	}
	now := u.Now.UnixMicro()
	note := func(mark string, v reflect.Value) {
		if len(diff.Names) < 30 {
			diff.Names = append(diff.Names, mark+s.name(v))
		}
	}
	into := storage.Rows{Table: s.Table, Columns: slices.Concat([]string{"parent"}, s.columns(), []string{"changed_at", "gone_at", "first_seen"}), Keys: 1 + len(s.keys), Kept: 1}
	if len(old) == 0 { // nothing that a row could replace, which is quicker
		into.Keys, into.Kept = 0, 0
	}
	var write [][]any
	put := func(v reflect.Value, gone any) {
		row := []any{parent}
		for _, f := range slices.Concat(s.keys, s.rest) {
			row = append(row, f.value(v))
		}
		write = append(write, append(row, now, gone, now))
	}
	for _, k := range keys {
		v := byKey[k]
		was, ok := old[k]
		delete(old, k)
		switch {
		case !ok || was.gone:
			diff.Added++
			note("+", v)
		case !s.same(was.v, v):
			diff.Changed++
			note("~", v)
		default:
			continue
		}
		put(v, nil)
	}
	for _, k := range slices.Sorted(maps.Keys(old)) {
		if !old[k].gone {
			diff.Gone++
			note("−", old[k].v)
			put(old[k].v, now)
		}
	}
	if err := u.Insert(into, write...); err != nil {
		return diff, err
	}
	_, err = u.Exec(`INSERT INTO fact_set (record, name, hash, count, changed_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (record, name) DO UPDATE SET hash = $3, count = $4, changed_at = $5`, parent, s.Name, hash, len(keys), now)
	return diff, err
}

func (s *FactSet) same(a, b reflect.Value) bool {
	for _, f := range s.rest {
		if f.value(a) != f.value(b) {
			return false
		}
	}
	return true
}

func (s *FactSet) each(r Reader, parent string, gone bool, add func(v reflect.Value, first, changed int64, gone Opt[Moment])) error {
	query := "SELECT first_seen, changed_at, gone_at, " + strings.Join(s.columns(), ", ") + " FROM " + s.Table + " WHERE parent = $1"
	if !gone {
		query += " AND gone_at IS NULL"
	}
	var names []string
	for _, f := range s.keys {
		names = append(names, f.Name)
	}
	query += " ORDER BY " + strings.Join(names, ", ")
	fields := append(slices.Clone(s.keys), s.rest...)
	return r.Reading().Each(query, []any{parent}, func(rows *sql.Rows) error {
		var first, changed int64
		var goneAt sql.NullInt64
		cells := make([]any, len(fields))
		dests := []any{&first, &changed, &goneAt}
		for i := range cells {
			dests = append(dests, &cells[i])
		}
		if err := rows.Scan(dests...); err != nil {
			return err
		}
		v := reflect.New(s.typ).Elem()
		for i, f := range fields {
			val, err := f.scanned(cells[i : i+1])
			if err != nil {
				return err
			}
			f.set(v, val)
		}
		g := Opt[Moment]{}
		if goneAt.Valid {
			g = Some(Moment(goneAt.Int64))
		}
		add(v, first, changed, g)
		return nil
	})
}

// Draft is the SQL that makes the set's table.
func (s *FactSet) Draft(parentTable string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s (\n\tparent TEXT NOT NULL REFERENCES %s (id),\n", s.Table, parentTable)
	var keys []string
	for _, f := range append(slices.Clone(s.keys), s.rest...) {
		fmt.Fprintf(&b, "\t%s %s", f.Name, f.sqlType())
		if !f.Optional {
			b.WriteString(" NOT NULL")
		}
		b.WriteString(",\n")
	}
	for _, f := range s.keys {
		keys = append(keys, f.Name)
	}
	fmt.Fprintf(&b, "\tfirst_seen BIGINT NOT NULL,\n\tchanged_at BIGINT NOT NULL,\n\tgone_at BIGINT,\n\tPRIMARY KEY (parent, %s)\n);\n", strings.Join(keys, ", "))
	return b.String()
}
