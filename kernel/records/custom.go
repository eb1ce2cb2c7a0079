package records

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"steward/kernel/fail"
	"steward/kernel/storage"
)

// CustomField is a field that an organisation added to a record type. Its
// values live in the record's custom column, keyed by Key. The settings module
// makes, renames and closes them.
type CustomField struct {
	Type     string
	Key      string // x_warranty_class: always starts with x_
	Label    string
	Kind     Kind // text, long-text, int, measure, bool, date or choice
	Options  []string
	Required bool
	InList   bool // used in lists: shown, filtered and sorted by, with an index
	Closed   bool // takes no values any more; those that records have stay
	Position int64
}

// CustomFields returns the type's custom fields in their order, the closed ones last.
func (d *Def) CustomFields(r Reader) ([]CustomField, error) {
	return storage.Remember(r.Reading(), "records.custom "+d.Name, func() ([]CustomField, error) { return d.customFields(r) })
}

func (d *Def) customFields(r Reader) (out []CustomField, err error) {
	err = r.Reading().Each("SELECT key, label, kind, options, required, in_list, retired_at IS NOT NULL, position FROM custom_field WHERE type = $1 ORDER BY retired_at IS NOT NULL, position, key", []any{d.Name}, func(rows *sql.Rows) error {
		c := CustomField{Type: d.Name}
		var options string
		if err := rows.Scan(&c.Key, &c.Label, (*string)(&c.Kind), &options, &c.Required, &c.InList, &c.Closed, &c.Position); err != nil {
			return err
		}
		out = append(out, c)
		return json.Unmarshal([]byte(options), &out[len(out)-1].Options)
	})
	return out, err
}

// Field makes a described field of a custom one, for forms and checks.
func (c CustomField) Field() *Field {
	f := &Field{Name: c.Key, Label: c.Label, Kind: c.Kind, Optional: !c.Required, InList: c.InList && !c.Closed, Filters: c.InList && !c.Closed, Retired: c.Closed}
	for _, o := range c.Options {
		f.Options = append(f.Options, Option{Value: o, Label: o})
	}
	if c.Kind == Text {
		f.MaxLen = 200
	}
	if c.Kind == LongText {
		f.MaxLen = 20000
	}
	return f
}

// customPrefix begins the name of every custom field, and of no other.
const customPrefix = "x_"

// Custom says whether the organisation added the field.
func (f *Field) Custom() bool { return strings.HasPrefix(f.Name, customPrefix) }

// Unknowable says whether records may be without a value: of an optional field, and of
// a custom one, which may be younger than they are.
func (f *Field) Unknowable() bool { return f.Optional || f.Custom() }

// Ever are the type's fields with those that the organisation added, also the ones it
// has closed again: what a record's page and history tell of. Without a reader they are
// the type's alone.
func (d *Def) Ever(r Reader) ([]*Field, error) {
	if r == nil {
		return slices.Clone(d.Fields), nil
	}
	custom, err := d.CustomFields(r)
	out := slices.Clone(d.Fields)
	for _, c := range custom {
		out = append(out, c.Field())
	}
	return out, err
}

// All are the type's fields with those that the organisation added and uses.
func (d *Def) All(r Reader) ([]*Field, error) {
	ever, err := d.Ever(r)
	return slices.DeleteFunc(ever, func(f *Field) bool { return f.Retired }), err
}

// Set writes a field of a record that is not yet stored, normalised.
func (r Record) Set(f *Field, v any) { f.set(reflect.ValueOf(r.V).Elem(), v) }

// customJSON checks the custom values of a new state and returns the column's
// value, adding what changed to changes.
func (d *Def) customJSON(u *Tx, m, old *Meta, changes map[string]any) (any, error) {
	if len(m.Custom) == 0 && len(old.Custom) == 0 || reflect.DeepEqual(m.Custom, old.Custom) {
		return nil, nil
	}
	fields, err := d.CustomFields(u)
	if err != nil {
		return nil, err
	}
	var bad []*fail.Error
	known := map[string]bool{}
	for _, c := range fields {
		known[c.Key] = true
		f := c.Field()
		val, was := f.Restored(m.Custom[c.Key]), f.Restored(old.Custom[c.Key])
		if val == was {
			continue
		}
		if e := f.customProblem(val); e != nil {
			bad = append(bad, e)
			continue
		}
		changes[c.Key] = []any{stored(was), stored(val)}
	}
	for key := range m.Custom {
		if !known[key] && old.Custom[key] == nil {
			bad = append(bad, fail.Named(key, "kernel.records.custom-unknown", "There is no field {field}.").With("field", key))
		}
		if m.Custom[key] == nil {
			delete(m.Custom, key)
		}
	}
	if err := fail.Join(bad); err != nil {
		return nil, err
	}
	return CustomColumn(fields, m.Custom)
}

// customProblem says what is wrong with a value that is to be kept in a custom field.
func (f *Field) customProblem(val any) *fail.Error {
	ok := true
	switch f.Kind {
	case Int:
		_, ok = val.(int64)
	case Measure:
		_, ok = val.(float64)
	case Bool:
		_, ok = val.(bool)
	default:
		_, ok = val.(string)
	}
	if f.Retired {
		return f.closedProblem()
	}
	if !ok && val != nil {
		return fail.Named(f.Name, "kernel.records.kind", "A {kind} is wanted here, not {value}.").With("kind", string(f.Kind)).With("value", fmt.Sprint(val))
	}
	return f.Problem(val)
}

func (f *Field) closedProblem() *fail.Error {
	return fail.Named(f.Name, "kernel.records.custom-closed", "The field {field} is closed: records keep the values they have. Whoever may change settings can open it again.").With("field", f.Label)
}

// CustomColumn is what a record's custom values are kept as: JSON that holds beside
// them, as keys, what its texts sort and search by on both databases.
func CustomColumn(fields []CustomField, values map[string]any) (any, error) {
	if len(values) == 0 {
		return nil, nil
	}
	out, keys := maps.Clone(values), map[string]string{}
	for _, c := range fields {
		if s, ok := values[c.Key].(string); ok && (c.Kind == Text || c.Kind == LongText) {
			keys[c.Key] = Key(s)
		}
	}
	if len(keys) > 0 {
		out[customKeys] = keys
	}
	raw, err := json.Marshal(out)
	return string(raw), err
}

// customKeys is the member of the custom column that holds the folded keys.
const customKeys = "keys"

// ParseCustom reads the column of custom values; nil where there are none.
func ParseCustom(raw string) (values map[string]any, err error) {
	if raw == "" {
		return nil, nil
	}
	dec := json.NewDecoder(strings.NewReader(raw))
	dec.UseNumber()
	if err = dec.Decode(&values); err != nil {
		err = fmt.Errorf("custom fields: %w", err)
	}
	delete(values, customKeys)
	return values, err
}

// reads is what reads the field from alias t, and what lists order by and search it
// by: of a text its folded key.
func (f *Field) reads(d storage.Dialect, t string) (value, key string) {
	if f.Custom() {
		return f.InColumn(d, t+".custom")
	}
	return t + "." + f.Name, t + "." + f.sortColumn()
}

// InColumn is what reads a custom field from the column of custom values, and what lists
// order by and search it by: the expression that its index is of.
func (f *Field) InColumn(d storage.Dialect, column string) (value, key string) {
	value = d.Member(column, f.sqlType(), f.Name)
	if key = value; f.Kind == Text || f.Kind == LongText {
		// Texts written before keys were kept order by themselves until they are given one.
		key = "COALESCE(" + d.Member(column, "TEXT", customKeys, f.Name) + ", " + value + ")"
	}
	return value, key
}
