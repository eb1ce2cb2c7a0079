package records

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"steward/kernel/fail"
)

// asked are the parameters of a list's address that are no filters.
var asked = []string{"q", "sort", "tag", "after", "before", "archived", "limit", "fields", "col", "view", "as_of", "number", "created_at", "updated_at"}

// ParseQuery reads a list's address into a query: q, sort, tag, archived, after,
// before and one parameter for each filterable field (field=value, or
// field.lt, field.gte, field.contains …; several values of one field are 'or';
// field=none: unknown), values as FromText spells them. number, created_at and
// updated_at filter too. An address that names anything else is refused, but for
// what pages and programs add to it.
func ParseQuery(r Reader, d *Def, in url.Values) (Query, error) {
	q := Query{Search: strings.TrimSpace(in.Get("q")), Sort: in.Get("sort"), Tag: in.Get("tag"),
		After: in.Get("after"), Before: in.Get("before"), Archived: in.Get("archived") == "true"}
	if a := in.Get("archived"); a != "" && a != "true" && a != "false" {
		return q, fail.Named("archived", "kernel.records.wire", "{value} is not a value for this; write it like {example}.").With("value", a).With("example", "true")
	}
	for _, key := range slices.Sorted(maps.Keys(in)) {
		for _, v := range in[key] {
			if !isText(v) {
				return q, fail.Named(printable(key), "kernel.records.not-text", "This contains bytes that are not text.")
			}
		}
		name, op, hasOp := strings.Cut(key, ".")
		f, err := d.Filter(r, name)
		if err != nil {
			return q, err
		}
		if f == nil {
			if !slices.Contains(asked, key) {
				return q, d.noFilter(r, key)
			}
			continue
		}
		c := Cond{Field: name, Op: OpIs}
		if hasOp {
			c.Op = Op(op)
		} else if f.Kind == Text || f.Kind == LongText {
			c.Op = OpContains
		}
		if !slices.Contains(f.Ops(), c.Op) {
			return q, fail.Named(printable(key), "kernel.records.no-op", "{op} is not a comparison for this; use one of: {ops}.").With("op", printable(op)).With("ops", f.opNames())
		}
		if err := c.read(d, f, in[key]); err != nil {
			return q, err
		}
		if c.Op == OpKnown || c.Op == OpUnknown || c.Value != nil || len(c.Values) > 0 {
			q.Where = append(q.Where, c)
		}
	}
	return q, q.oneCurrency()
}

// oneCurrency refuses bounds of an amount in two currencies, between which nothing lies.
func (q Query) oneCurrency() error {
	in := map[string]string{}
	for _, c := range q.Where {
		m, ok := c.Value.(Money)
		if !ok || c.Op == OpIs || c.Op == OpNot {
			continue
		}
		if was := in[c.Field]; was != "" && was != m.Currency {
			return fail.Named(c.Field, "kernel.records.two-currencies", "The amounts asked for are in {one} and {other}; give both in one currency.").With("one", was).With("other", m.Currency)
		}
		in[c.Field] = m.Currency
	}
	return nil
}

// read reads a condition's values.
func (c *Cond) read(d *Def, f *Field, texts []string) error {
	var vals []any
	for _, text := range texts {
		switch {
		case text == "":
			continue
		case text == "none" && c.Op == OpIs && f.Unknowable():
			c.Op = OpUnknown
			return nil
		case c.Op == OpKnown || c.Op == OpUnknown:
			if text != "true" {
				return fail.Named(f.Name, "kernel.records.wire", "{value} is not a value for this; write it like {example}.").With("value", text).With("example", "true")
			}
			return nil
		}
		if n, ok := d.ParseNumber(text); ok && f.Name == "number" {
			vals = append(vals, n)
			continue
		}
		v, err := FromText(f, text)
		if err != nil {
			return err
		}
		if e := f.problem(v); e != nil && f.Kind == Choice {
			return e
		}
		if f.Kind == Instant && Date(text).Valid() {
			c.Op, v = c.Op.ofDay(v.(int64))
		}
		vals = append(vals, v)
	}
	switch {
	case len(vals) == 0:
	case c.Op == OpIn || len(vals) > 1 && c.Op == OpIs:
		c.Op, c.Values = OpIn, vals
	default:
		c.Value = vals[0]
	}
	return nil
}

// ofDay is what a comparison of a moment with a whole day means, of which start is the
// first moment: up to a day is up to its end, after a day from the next one on.
func (op Op) ofDay(start int64) (Op, any) {
	const day = int64(24 * time.Hour / time.Microsecond)
	switch op {
	case OpAtMost:
		return OpLess, start + day
	case OpMore:
		return OpAtLeast, start + day
	}
	return op, start
}

var (
	numberField  = &Field{Name: "number", Kind: Int, Filters: true}
	createdField = &Field{Name: "created_at", Kind: Instant, Filters: true}
	updatedField = &Field{Name: "updated_at", Kind: Instant, Filters: true}
)

// Filterable are the fields that lists filter and sort by: the three that every record
// has, those that the type says, and of the organisation's own those used in lists.
func (d *Def) Filterable(r Reader) ([]*Field, error) {
	all, err := d.All(r)
	out := []*Field{numberField, createdField, updatedField}
	return append(out, slices.DeleteFunc(all, func(f *Field) bool { return !f.Filters })...), err
}

// Filter is the field of that name that lists filter and sort by; nil without one.
// Of one of the organisation's own it says why lists do not.
func (d *Def) Filter(r Reader, name string) (*Field, error) {
	fields := append([]*Field{numberField, createdField, updatedField}, d.Fields...)
	if strings.HasPrefix(name, customPrefix) {
		var err error
		if fields, err = d.Ever(r); err != nil {
			return nil, err
		}
	}
	at := slices.IndexFunc(fields, func(f *Field) bool { return f.Name == name })
	switch {
	case at < 0:
		return nil, nil
	case fields[at].Filters:
		return fields[at], nil
	case fields[at].Retired:
		return nil, fields[at].closedProblem()
	case fields[at].Custom():
		return nil, fail.Named(name, "kernel.records.custom-unlisted", "The field {field} is not used in lists, so they neither filter nor sort by it. Whoever may change settings can have it used.").With("field", fields[at].Label)
	}
	return nil, nil
}

// noFilter says that lists do not filter by a name, and by which they do.
func (d *Def) noFilter(r Reader, field string) error {
	fields, err := d.Filterable(r)
	if err != nil {
		return err
	}
	var names []string
	for _, f := range fields {
		if r == nil || f.Shows(r, d) {
			names = append(names, f.Name)
		}
	}
	return fail.Named(printable(field), "kernel.records.no-filter", "{type} cannot be filtered by {field}. What can be asked for: {fields}.").With("type", d.Name).With("field", printable(field)).With("fields", strings.Join(names, ", "))
}

// Ops are the comparisons that ParseQuery takes for a field.
func (f *Field) Ops() []Op {
	var ops []Op
	switch f.Kind {
	case Bool:
		ops = []Op{OpIs, OpNot}
	case Int, Measure, Decimal, DateKind, Instant, Amount:
		ops = []Op{OpIs, OpNot, OpIn, OpLess, OpAtMost, OpMore, OpAtLeast}
	case Text, LongText:
		ops = []Op{OpIs, OpNot, OpIn, OpContains}
	default:
		ops = []Op{OpIs, OpNot, OpIn}
	}
	if f.Unknowable() {
		ops = append(ops, OpKnown, OpUnknown)
	}
	return ops
}

func (f *Field) opNames() string {
	var names []string
	for _, o := range f.Ops() {
		names = append(names, string(o))
	}
	return strings.Join(names, ", ")
}

// printable is a name from outside, fit for a message.
func printable(s string) string {
	if len(s) > 100 {
		s = s[:100]
	}
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "?")
}
