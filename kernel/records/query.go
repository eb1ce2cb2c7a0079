package records

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"steward/kernel/fail"
)

// Op is how a condition compares.
type Op string

const (
	OpIs       Op = "is"
	OpNot      Op = "not"
	OpLess     Op = "lt"
	OpAtMost   Op = "lte"
	OpMore     Op = "gt"
	OpAtLeast  Op = "gte"
	OpContains Op = "contains"
	OpKnown    Op = "known"
	OpUnknown  Op = "unknown"
	OpIn       Op = "in"
)

// Cond is one condition on a field, named by its address in the type's
// prototype (At) or by its name (Field). Value is normalised, or a typed value
// that normalises to one.
type Cond struct {
	At     any
	Field  string
	Op     Op
	Value  any
	Values []any // of OpIn
}

// Is holds where the field has the value; Not where it has another one or none.
func Is(at, value any) Cond      { return Cond{At: at, Op: OpIs, Value: value} }
func Not(at, value any) Cond     { return Cond{At: at, Op: OpNot, Value: value} }
func Less(at, value any) Cond    { return Cond{At: at, Op: OpLess, Value: value} }
func AtMost(at, value any) Cond  { return Cond{At: at, Op: OpAtMost, Value: value} }
func More(at, value any) Cond    { return Cond{At: at, Op: OpMore, Value: value} }
func AtLeast(at, value any) Cond { return Cond{At: at, Op: OpAtLeast, Value: value} }
func Known(at any) Cond          { return Cond{At: at, Op: OpKnown} }
func Unknown(at any) Cond        { return Cond{At: at, Op: OpUnknown} }
func In[V any](at any, values ...V) Cond {
	c := Cond{At: at, Op: OpIn}
	for _, v := range values {
		c.Values = append(c.Values, v)
	}
	return c
}

// Query says which records to list, in which order, and how many.
// The zero Query is all that are not archived, newest number first.
type Query struct {
	Where    []Cond
	IDs      []string // only these
	Search   string   // words contained in the title or in another folded text
	Tag      string
	Sort     string // a field's name, "-" before it for descending; "" for the type's order
	SortAt   any    // the same by address, ascending
	Limit    int    // 0: no limit
	After    string // cursor: the page that follows it
	Before   string // cursor: the page that precedes it
	Archived bool   // the archived ones instead
	Both     bool   // archived or not
}

// builder collects SQL and its bound values.
type builder struct {
	args    []any
	aliases int
	indexed func(f *Field, op Op) bool // for which conditions on unindexed an index may be used
}

// unindexed is the alias t in conditions that are tried on what is read otherwise: a
// plus keeps SQLite from looking them up in an index.
const unindexed = "+t"

func (b *builder) bind(v any) string {
	b.args = append(b.args, v)
	return "$" + strconv.Itoa(len(b.args))
}

func (b *builder) alias() string { b.aliases++; return "p" + strconv.Itoa(b.aliases) }

// in holds where the expression is one of the ids.
func (b *builder) in(r Reader, expr string, ids []string) string {
	values := make([]any, len(ids))
	for i, id := range ids {
		values[i] = id
	}
	return b.among(r, expr, values)
}

// among holds where the expression is one of the values.
func (b *builder) among(r Reader, expr string, values []any) string {
	if len(values) == 0 {
		return "FALSE"
	}
	if list := r.Reading().Dialect().List(values); list != nil && len(values) > 20 {
		return r.Reading().Dialect().Among(expr, b.bind(list))
	}
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = b.bind(v)
	}
	if len(marks) == 1 {
		return expr + " = " + marks[0]
	}
	return expr + " IN (" + strings.Join(marks, ", ") + ")"
}

// plain turns typed values (a Date, a choice, an ID) into normalised ones.
func plain(v any) any {
	switch x := v.(type) {
	case nil, string, int64, float64, bool, Money:
		return x
	case int:
		return int64(x)
	}
	return reflectPlain(v)
}

func (d *Def) resolve(r Reader, c Cond) (*Field, error) {
	if c.At != nil {
		return d.at(c.At), nil
	}
	f, err := d.Filter(r, c.Field)
	if err == nil && (f == nil || !f.Shows(r, d)) {
		// What may not be seen is answered like what is not there.
		err = d.noFilter(r, c.Field)
	}
	return f, err
}

// condition writes one condition on alias t.
func (d *Def) condition(r Reader, b *builder, t string, c Cond) (string, error) {
	f, err := d.resolve(r, c)
	if err != nil {
		return "", err
	}
	if c.Op == OpIn && len(c.Values) == 1 {
		c.Op, c.Value = OpIs, c.Values[0]
	}
	if t == unindexed && b.indexed(f, c.Op) {
		t = "t"
	}
	col, key := f.reads(r.Reading().Dialect(), t)
	val, err := named(r, f, plain(c.Value))
	if err != nil {
		return "", err
	}
	if s, ok := val.(string); ok && !isText(s) {
		return "FALSE", nil // no stored text holds such bytes, and PostgreSQL takes none
	}
	if m, ok := val.(Money); ok {
		if c.Op == OpNot {
			return "(" + col + " <> " + b.bind(m.Minor) + " OR " + col + "_currency <> " + b.bind(m.Currency) + " OR " + col + " IS NULL)", nil
		}
		return "(" + col + " " + sqlOp(c.Op) + " " + b.bind(m.Minor) + " AND " + col + "_currency = " + b.bind(m.Currency) + ")", nil
	}
	switch c.Op {
	case OpKnown:
		if f.Kind == Link {
			return col + " > ''", nil // an index serves it, and it is planned once
		}
		return key + " IS NOT NULL", nil
	case OpUnknown:
		return key + " IS NULL", nil
	case OpNot:
		return "(" + col + " <> " + b.bind(val) + " OR " + col + " IS NULL)", nil
	case OpContains:
		s, _ := val.(string)
		return key + " LIKE " + b.bind("%"+likeEscape(Key(s))+"%") + ` ESCAPE '\'`, nil
	case OpIn:
		if len(c.Values) == 0 {
			return "FALSE", nil
		}
		if f.Kind == Amount {
			ors := make([]string, len(c.Values))
			for i, v := range c.Values {
				if ors[i], err = d.condition(r, b, t, Cond{At: c.At, Field: c.Field, Op: OpIs, Value: v}); err != nil {
					return "", err
				}
			}
			return "(" + strings.Join(ors, " OR ") + ")", nil
		}
		values, keys := make([]any, len(c.Values)), make([]any, len(c.Values))
		for i, v := range c.Values {
			if values[i], err = named(r, f, plain(v)); err != nil {
				return "", err
			}
			if s, ok := values[i].(string); ok && f.folded() {
				keys[i] = Key(s)
			}
		}
		cond := b.among(r, col, values)
		if f.folded() { // the index is on the key
			cond = "(" + b.among(r, key, keys) + " AND " + cond + ")"
		}
		return cond, nil
	case OpIs:
		if val == nil {
			return col + " IS NULL", nil
		}
		if s, ok := val.(string); ok && f.folded() {
			// The index is on the key; the value itself decides.
			return "(" + key + " = " + b.bind(Key(s)) + " AND " + col + " = " + b.bind(s) + ")", nil
		}
	}
	return col + " " + sqlOp(c.Op) + " " + b.bind(val), nil
}

// named is the id of the record that a value names by its number, as people do.
func named(r Reader, f *Field, v any) (any, error) {
	s, _ := v.(string)
	if f.Kind != Link || s == "" || !isText(s) || len(s) >= len("018c0b64-bac0-754d-a399-4967722183f2") {
		return v, nil
	}
	rec, err := RegistryOf(r).Targets(f)[0].Find(r, s)
	switch {
	case err == nil:
		v = rec.ID()
	case fail.Is(err, fail.NotFound):
		err = fail.Named(f.Name, "kernel.records.no-such-link", "The record chosen here does not exist.")
	}
	return v, err
}

// isText says whether a text can be stored: UTF-8 without NUL.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

var sqlOps = map[Op]string{OpLess: "<", OpAtMost: "<=", OpMore: ">", OpAtLeast: ">=", OpNot: "<>"}

func sqlOp(op Op) string { return cmp.Or(sqlOps[op], "=") }

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func likeEscape(s string) string { return likeEscaper.Replace(s) }

// where writes the whole condition of a query on alias t, rights included.
func (d *Def) where(r Reader, b *builder, t string, q Query) (string, error) {
	var ands []string
	if !q.Both {
		if q.Archived {
			ands = append(ands, t+".archived_at IS NOT NULL")
		} else {
			ands = append(ands, t+".archived_at IS NULL")
		}
	}
	for _, c := range q.Where {
		s, err := d.condition(r, b, t, c)
		if err != nil {
			return "", err
		}
		ands = append(ands, s)
	}
	if q.IDs != nil {
		ands = append(ands, b.in(r, t+".id", q.IDs))
	}
	if q.Search != "" {
		ids, known, err := d.candidates(r, strings.Fields(q.Search))
		if err != nil {
			return "", err
		}
		if known {
			ands = append(ands, b.among(r, t+".id", ids))
		}
		ands = append(ands, d.searched(r, b, t, q.Search))
	}
	if q.Tag != "" && !isText(q.Tag) {
		ands = append(ands, "FALSE")
	} else if q.Tag != "" {
		ands = append(ands, fmt.Sprintf("EXISTS (SELECT 1 FROM record_tag g WHERE g.type = %s AND g.record = %s.id AND g.tag_key = %s)", b.bind(d.Name), t, b.bind(Key(q.Tag))))
	}
	if s := d.visible(r, b, t); s != "" {
		ands = append(ands, s)
	}
	if len(ands) == 0 {
		return "TRUE", nil
	}
	return strings.Join(ands, " AND "), nil
}

// searched holds where every word stands in one of the folded texts, or the
// human number is the word.
func (d *Def) searched(r Reader, b *builder, t, text string) string {
	var ands []string
	if !isText(text) {
		return "FALSE"
	}
	for _, word := range strings.Fields(text) {
		var ors []string
		like := "%" + likeEscape(Key(word)) + "%"
		for _, f := range d.Fields {
			if f.folded() && f.Shows(r, d) {
				ors = append(ors, t+"."+f.sortColumn()+" LIKE "+b.bind(like)+` ESCAPE '\'`)
			}
		}
		if n, ok := d.ParseNumber(word); ok {
			ors = append(ors, t+".number = "+b.bind(n))
		}
		if len(ors) == 0 {
			return "FALSE"
		}
		ands = append(ands, "("+strings.Join(ors, " OR ")+")")
	}
	if len(ands) == 0 {
		return "TRUE"
	}
	return strings.Join(ands, " AND ")
}

// ParseNumber reads a human number: CTR-0042, ctr-42.
func (d *Def) ParseNumber(s string) (int64, bool) {
	prefix, digits, ok := strings.Cut(s, "-")
	if !ok || !strings.EqualFold(prefix, d.Prefix) {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil
}

// sorting is one resolved order: by a column, then by the id.
type sorting struct {
	field    *Field
	column   string // what reads it from alias t
	desc     bool
	nullable bool
}

func (d *Def) sorting(r Reader, q Query) (sorting, error) {
	name := q.Sort
	if q.SortAt != nil {
		name = d.at(q.SortAt).Name
	}
	if name == "" {
		name = d.DefaultSort
	}
	if name == "" {
		name = "-number"
	}
	s := sorting{desc: strings.HasPrefix(name, "-")}
	name = strings.TrimPrefix(name, "-")
	f, err := d.Filter(r, name)
	if err != nil {
		return s, err
	}
	if f == nil && (q.SortAt != nil || q.Sort == "" || q.Sort == d.DefaultSort) {
		f = d.byName[name]
	}
	if f == nil || !f.Shows(r, d) {
		return s, fail.Named("sort", "kernel.records.no-sort", "{type} cannot be sorted by {field}.").With("type", d.Name).With("field", printable(name))
	}
	s.field, s.nullable = f, f.Unknowable()
	_, s.column = f.reads(r.Reading().Dialect(), "t")
	return s, nil
}

// parts says which rows come first: those whose value is known, and after them those
// whose is not. Each part is read along an index, which no order of nulls is on both
// databases.
func (s sorting) parts(back bool) []bool {
	if !s.nullable {
		return []bool{true}
	}
	return []bool{!back, back}
}

// order writes ORDER BY among the rows whose value is known, or among those whose is
// not; back turns it round, to read the page before a cursor.
func (s sorting) order(known, back bool) string {
	dir := " ASC"
	if s.desc != back {
		dir = " DESC"
	}
	if !known {
		return "t.id" + dir
	}
	return s.column + dir + ", t.id" + dir
}

// beyond holds for the rows that come after (or, with back, before) the cursor among
// those whose value is known, or not, as its is. The id follows the direction of the column.
func (s sorting) beyond(b *builder, c cursor, back bool) string {
	more := " > "
	if s.desc != back {
		more = " < "
	}
	if c.Value == nil {
		return "t.id" + more + b.bind(c.ID)
	}
	at := b.bind(c.Value)
	rows := "(" + s.column + ", t.id)" + more + "(" + at + ", " + b.bind(c.ID) + ")"
	if s.field.Custom() { // SQLite looks a pair up in an index of columns alone
		return s.column + strings.TrimRight(more, " ") + "= " + at + " AND " + rows
	}
	return rows
}

// cursor is a place in an ordered list: the sort value and id of a row.
type cursor struct {
	Value any    `json:"v"`
	ID    string `json:"i"`
}

func (c cursor) String() string {
	raw, _ := json.Marshal(c)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// parseCursor reads a cursor that a list in this order gave out, and refuses any
// other: its value must be of the column's type.
func (s sorting) parseCursor(text string) (*cursor, error) {
	c := &cursor{}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		err = dec.Decode(c)
	}
	want := s.field.Kind
	ok := err == nil && utf8.Valid(raw) && c.ID != "" && !strings.ContainsRune(c.ID, 0)
	switch v := c.Value.(type) {
	case nil:
		ok = ok && s.nullable
	case json.Number:
		var bad error
		switch want {
		case Measure:
			c.Value, bad = v.Float64()
		case Int, Instant, Decimal, Amount:
			c.Value, bad = v.Int64()
		default:
			ok = false
		}
		ok = ok && bad == nil
	case bool:
		ok = ok && want == Bool
	case string:
		ok = ok && !strings.ContainsRune(v, 0) && !slices.Contains([]Kind{Int, Measure, Bool, Instant, Amount, Decimal}, want)
	default:
		ok = false
	}
	if !ok {
		return c, fail.Named("after", "kernel.records.cursor", "This page mark is not one that a list gave out. Start from the first page.")
	}
	return c, nil
}
