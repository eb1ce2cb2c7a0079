package records

import (
	"database/sql"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/storage"
)

// NotFound is the answer for what is not there and for what may not be seen.
func NotFound() error {
	return fail.New(fail.NotFound, "kernel.records.not-found", "There is no such record, or it is not for you to see.")
}

// Record is one record, whatever its type: V is a *T.
type Record struct {
	Def *Def
	V   any
}

// ID is the record's id.
func (r Record) ID() string { return r.V.(based).rid() }

// Meta is what every record carries beside its fields.
func (r Record) Meta() *Meta { return r.V.(based).meta() }

// Get reads a field, normalised.
func (r Record) Get(name string) any { return r.Def.Value(r.V, name) }

// Value reads a described field, normalised.
func (r Record) Value(f *Field) any { return f.value(reflect.ValueOf(r.V).Elem()) }

// Human is the short number: CTR-0042.
func (r Record) Human() string { return r.Def.HumanNumber(r.Meta().Number) }

// Title names the record: its title field, else its number.
func (r Record) Title() string {
	if r.Def.Title != nil {
		if s, _ := r.Value(r.Def.Title).(string); s != "" {
			return s
		}
	}
	return r.Human()
}

// Path is the record's page.
func (r Record) Path() string { return r.Def.Path(r.ID()) }

// Page is one page of a list.
type Page struct {
	Rows       []Record
	Next, Prev string // cursors; "" at the end and at the start
}

// New returns an empty record of the type: a *T.
func (d *Def) New() any { return reflect.New(d.typ).Interface() }

const metaColumns = "id, number, created_at, created_by, updated_at, updated_by, version, archived_at, custom"

// selected lists the columns read: the fields in fields, all if nil.
func (d *Def) selected(t string, fields []*Field) string {
	var b strings.Builder
	for i, c := range strings.Split(metaColumns, ", ") {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(t + "." + c)
	}
	for _, f := range fields {
		b.WriteString(", " + t + "." + f.Name)
		if f.Kind == Amount {
			b.WriteString(", " + t + "." + f.Name + "_currency")
		}
	}
	return b.String()
}

// readable are the fields the actor may see; a field that is closed to the
// actor is not read at all. Secrets stay sealed and are never read into lists.
func (d *Def) readable(r Reader) []*Field {
	v := r.Reading()
	system := v.Actor != nil && v.Actor.Kind == access.SystemKind
	return slices.DeleteFunc(slices.Clone(d.Fields), func(f *Field) bool {
		if f.Kind == Secret {
			return true
		}
		return !system && f.Closed != "" && !f.Shows(r, d)
	})
}

func (d *Def) scan(rows *sql.Rows, fields []*Field) (any, error) {
	rec := d.New()
	m := rec.(based).meta()
	var id string
	var createdBy, updatedBy, custom sql.NullString
	var archived sql.NullInt64
	dests := []any{&id, &m.Number, (*int64)(&m.CreatedAt), &createdBy, (*int64)(&m.UpdatedAt), &updatedBy, &m.Version, &archived, &custom}
	cells := make([]any, 0, len(fields)*2)
	for _, f := range fields {
		cells = append(cells, nil)
		if f.Kind == Amount {
			cells = append(cells, nil)
		}
	}
	for i := range cells {
		dests = append(dests, &cells[i])
	}
	err := rows.Scan(dests...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", d.Name, err)
	}
	rec.(based).setRID(id)
	m.CreatedBy, m.UpdatedBy = createdBy.String, updatedBy.String
	if archived.Valid {
		m.ArchivedAt = Some(Moment(archived.Int64))
	}
	if m.Custom, err = ParseCustom(custom.String); err != nil {
		return nil, fmt.Errorf("read %s %s: %w", d.Name, id, err)
	}
	v, i := reflect.ValueOf(rec).Elem(), 0
	for _, f := range fields {
		n := 1
		if f.Kind == Amount {
			n = 2
		}
		val, err := f.scanned(cells[i : i+n])
		if err != nil {
			return nil, fmt.Errorf("read %s %s: %w", d.Name, id, err)
		}
		f.set(v, val)
		i += n
	}
	return rec, nil
}

func (d *Def) selectAll(r Reader, query string, args []any, fields []*Field) ([]any, error) {
	rows, err := r.Reading().Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", d.Name, err)
	}
	defer rows.Close()
	var out []any
	for rows.Next() {
		rec, err := d.scan(rows, fields)
		if err != nil {
			return nil, err
		}
		out = append(out, rec)
	}
	return out, rows.Err()
}

// load reads a record whoever may see it; nil without one. Callers decide rights.
func (d *Def) load(r Reader, id string) (any, error) {
	got, err := d.selectAll(r, "SELECT "+d.selected("t", d.Fields)+" FROM "+d.Table+" t WHERE t.id = $1", []any{id}, d.Fields)
	if err != nil || len(got) == 0 {
		return nil, err
	}
	return got[0], nil
}

// Get returns one record the actor may see, or NotFound.
func (d *Def) Get(r Reader, id string) (Record, error) {
	b := &builder{}
	cond := "t.id = " + b.bind(id)
	if s := d.visible(r, b, "t"); s != "" {
		cond += " AND " + s
	}
	fields := d.readable(r)
	from, err := d.Source(r)
	if err != nil {
		return Record{}, err
	}
	got, err := d.selectAll(r, "SELECT "+d.selected("t", fields)+" FROM "+from+" t WHERE "+cond, b.args, fields)
	if err != nil {
		return Record{}, err
	}
	if len(got) == 0 {
		return Record{}, NotFound()
	}
	return Record{d, got[0]}, nil
}

// ByNumber returns the record with that human number, or NotFound.
func (d *Def) ByNumber(r Reader, number int64) (Record, error) {
	page, err := d.List(r, Query{Where: []Cond{{Field: "number", Op: OpIs, Value: number}}, Both: true, Limit: 1})
	if err != nil || len(page.Rows) == 0 {
		return Record{}, orNotFound(err)
	}
	return page.Rows[0], nil
}

// Find returns the record with that id or human number, archived or not.
func (d *Def) Find(r Reader, name string) (Record, error) {
	if n, ok := d.ParseNumber(name); ok {
		return d.ByNumber(r, n)
	}
	if len(name) > 100 || !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
		return Record{}, NotFound()
	}
	return d.Get(r, name)
}

func orNotFound(err error) error {
	if err != nil {
		return err
	}
	return NotFound()
}

// statement is a query with its values.
type statement struct {
	query string
	args  []any
}

// statements read a page, one after the other until it is full.
func (d *Def) statements(r Reader, q Query, s sorting, fields []*Field) (out []statement, err error) {
	b := &builder{}
	from, err := d.Source(r)
	if err != nil {
		return nil, err
	}
	t, err := d.inOrder(r, b, s, q)
	if err != nil {
		return nil, err
	}
	where, err := d.where(r, b, t, q)
	if err != nil {
		return nil, err
	}
	var at *cursor
	if mark := q.After + q.Before; mark != "" {
		if at, err = s.parseCursor(mark); err != nil {
			return nil, err
		}
	}
	back := q.Before != ""
	for _, known := range s.parts(back) {
		b, where := &builder{args: slices.Clip(b.args)}, where
		if s.nullable {
			where += " AND " + s.column + map[bool]string{true: " IS NOT NULL", false: " IS NULL"}[known]
		}
		if at != nil && known != (at.Value != nil) {
			continue // it lies before the cursor
		} else if at != nil {
			where += " AND " + s.beyond(b, *at, back)
			at = nil
		}
		query := "SELECT " + d.selected("t", fields) + " FROM " + from + " t WHERE " + where + " ORDER BY " + s.order(known, back)
		if q.Limit > 0 {
			query += fmt.Sprintf(" LIMIT %d", q.Limit+1)
		}
		out = append(out, statement{query, b.args})
	}
	return out, nil
}

// List returns the records that match and that the actor may see.
func (d *Def) List(r Reader, q Query) (Page, error) {
	s, err := d.sorting(r, q)
	if err != nil {
		return Page{}, err
	}
	fields := d.readable(r)
	reads, err := d.statements(r, q, s, fields)
	if err != nil {
		return Page{}, err
	}
	var got []any
	back, more := q.Before != "", false
	for _, read := range reads {
		part, err := d.selectAll(r, read.query, read.args, fields)
		if err != nil {
			return Page{}, err
		}
		got = append(got, part...)
		if more = q.Limit > 0 && len(got) > q.Limit; more {
			got = got[:q.Limit]
			break
		}
	}
	if back {
		slices.Reverse(got)
	}
	page := Page{Rows: make([]Record, len(got))}
	for i, rec := range got {
		page.Rows[i] = Record{d, rec}
	}
	if len(got) > 0 {
		if more || back {
			page.Next = s.mark(page.Rows[len(got)-1])
		}
		if back && more || !back && q.After != "" {
			page.Prev = s.mark(page.Rows[0])
		}
	}
	return page, nil
}

// inOrder has SQLite read a page of a list along the index of its order when so many
// records match that the first ones are soon found there. By itself it would rather
// read all that match and sort them: 25,000 hosts for a page of 50. It returns the
// alias for the conditions.
func (d *Def) inOrder(r Reader, b *builder, s sorting, q Query) (string, error) {
	if q.Limit == 0 || q.Limit > 100 || len(q.Where) == 0 || r.Reading().Dialect() != storage.SQLite {
		return "t", nil
	}
	n, err := d.Count(r, q, CountLimit)
	if n <= CountLimit {
		return "t", err
	}
	b.indexed = func(f *Field, op Op) bool { return op == OpIs && d.browsed(f) && s.field == d.order() } // its index has the order too
	return unindexed, err
}

// mark is the cursor of a row in this order.
func (s sorting) mark(rec Record) string {
	c := cursor{ID: rec.ID()}
	switch s.field.Name {
	case "number":
		c.Value = rec.Meta().Number
	case "created_at":
		c.Value = int64(rec.Meta().CreatedAt)
	case "updated_at":
		c.Value = int64(rec.Meta().UpdatedAt)
	default:
		c.Value = rec.Value(s.field)
		if m, ok := c.Value.(Money); ok {
			c.Value = m.Minor
		}
		if t, ok := c.Value.(string); ok && s.field.folded() {
			c.Value = Key(t)
		}
	}
	return c.String()
}

// CountLimit is where counting for a list stops; a count above it is 'more than'.
const CountLimit = 1000

// Count returns how many records match, up to limit+1; 0 means no limit.
func (d *Def) Count(r Reader, q Query, limit int) (int64, error) {
	b := &builder{}
	where, err := d.where(r, b, "t", q)
	if err != nil {
		return 0, err
	}
	from, err := d.Source(r)
	if err != nil {
		return 0, err
	}
	query := "SELECT COUNT(*) FROM " + from + " t WHERE " + where
	if limit > 0 {
		query = fmt.Sprintf("SELECT COUNT(*) FROM (SELECT 1 FROM %s t WHERE %s LIMIT %d) c", from, where, limit+1)
	}
	return storage.Remember(r.Reading(), query+fmt.Sprint(b.args), func() (n int64, err error) {
		_, err = r.Reading().Row(query, b.args, &n)
		return n, err
	})
}

// Facet is how many records have a value of a field.
type Facet struct {
	Value any
	Count int64
}

// Facets counts the values of a filterable field among the first 2,000 of the records
// that match and have one; whole says that there are no more.
func (d *Def) Facets(r Reader, q Query, f *Field, limit int) (out []Facet, whole bool, err error) {
	const most = 2000
	known := Cond{Field: f.Name, Op: OpKnown}
	q.Where = append(slices.Clone(q.Where), known)
	from, err := d.Source(r)
	if err != nil {
		return nil, false, err
	}
	t, has, b := "t", "", &builder{}
	if len(q.Where) > 1 && r.Reading().Dialect() == storage.SQLite {
		// Where few have one they are looked through, not all that match; where many
		// have, all that match.
		n, err := d.Count(r, Query{Where: []Cond{known}, Both: true}, most)
		if err != nil {
			return nil, false, err
		}
		if n <= most {
			t, b.indexed = unindexed, func(by *Field, _ Op) bool { return by.Name == f.Name }
		} else {
			q.Where, has = q.Where[:len(q.Where)-1], " AND "+unindexed+"."+f.Name+" IS NOT NULL"
		}
	}
	where, err := d.where(r, b, t, q)
	if err != nil {
		return nil, false, err
	}
	sum := int64(0)
	err = r.Reading().Each(fmt.Sprintf("SELECT v, COUNT(*), SUM(COUNT(*)) OVER () FROM (SELECT t.%s AS v FROM %s t WHERE %s LIMIT %d) c GROUP BY v ORDER BY 2 DESC, 1 LIMIT %d", f.Name, from, where+has, most, limit), b.args, func(rows *sql.Rows) error {
		var v any
		var n int64
		if err := rows.Scan(&v, &n, &sum); err != nil {
			return err
		}
		val, err := f.scanned([]any{v, nil})
		out = append(out, Facet{val, n})
		return err
	})
	return out, sum < most, err
}

// Label is how a linked record is shown: its title and its page.
type Label struct {
	Title, Human, Path string
}

// Labels returns titles of many records of a type at once; those the actor may
// not see are absent.
func (d *Def) Labels(r Reader, ids []string) (map[string]Label, error) {
	out := make(map[string]Label, len(ids))
	from, err := d.Source(r)
	if err != nil {
		return nil, err
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids))) // the caller's list stays as it is
	for chunk := range slices.Chunk(ids, 400) {
		b := &builder{}
		cond := b.in(r, "t.id", chunk)
		if s := d.visible(r, b, "t"); s != "" {
			cond += " AND " + s
		}
		title := "''"
		if d.Title != nil {
			title = "t." + d.Title.Name
		}
		err := r.Reading().Each("SELECT t.id, t.number, "+title+" FROM "+from+" t WHERE "+cond, b.args, func(rows *sql.Rows) error {
			var id, name string
			var number int64
			if err := rows.Scan(&id, &number, &name); err != nil {
				return err
			}
			l := Label{Title: name, Human: d.HumanNumber(number), Path: d.Path(id)}
			if l.Title == "" {
				l.Title = l.Human
			}
			out[id] = l
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// LabelsOf loads the labels of everything the records link to, a batch a type,
// keyed by Ref ("type/id").
func LabelsOf(r Reader, recs []Record, fields []*Field) (map[Ref]Label, error) {
	reg := RegistryOf(r)
	want := map[*Def][]string{}
	for _, rec := range recs {
		for _, f := range fields {
			if t, id := reg.Pointed(f, rec.Value(f)); t != nil {
				want[t] = append(want[t], id)
			}
		}
	}
	out := map[Ref]Label{}
	for _, d := range reg.defs {
		if len(want[d]) == 0 {
			continue
		}
		got, err := d.Labels(r, want[d])
		if err != nil {
			return nil, err
		}
		for id, l := range got {
			out[MakeRef(d.Name, id)] = l
		}
	}
	return out, nil
}

// Pointed returns the type and id a link or ref value leads to; nil without one.
func (reg *Registry) Pointed(f *Field, v any) (*Def, string) {
	s, _ := v.(string)
	if s == "" {
		return nil, ""
	}
	switch f.Kind {
	case Link:
		return reg.byType[f.Target], s
	case RefKind:
		t, id := Ref(s).Split()
		return reg.byName[t], id
	}
	return nil, ""
}
