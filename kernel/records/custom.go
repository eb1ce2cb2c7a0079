package records

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/storage"
)

// CustomField is a field that an organisation added to a record type. Its
// values live in the record's custom column, keyed by Key.
type CustomField struct {
	Type     string
	Key      string // x_warranty_class: always starts with x_
	Label    string
	Kind     Kind // text, long-text, int, measure, bool, date or choice
	Options  []string
	Required bool
	InList   bool
	Position int64
}

var customKey = regexp.MustCompile(`^x_[a-z][a-z0-9_]{0,40}$`)

// CustomKinds are the kinds a custom field may have.
var CustomKinds = []Kind{Text, LongText, Int, Measure, Bool, DateKind, Choice}

// CustomFields returns the type's custom fields in their order.
func (d *Def) CustomFields(r Reader) ([]CustomField, error) {
	return storage.Remember(r.Reading(), "records.custom "+d.Name, func() ([]CustomField, error) { return d.customFields(r) })
}

func (d *Def) customFields(r Reader) (out []CustomField, err error) {
	err = r.Reading().Each("SELECT key, label, kind, options, required, in_list, position FROM custom_field WHERE type = $1 AND retired_at IS NULL ORDER BY position, key", []any{d.Name}, func(rows *sql.Rows) error {
		c := CustomField{Type: d.Name}
		var options string
		if err := rows.Scan(&c.Key, &c.Label, (*string)(&c.Kind), &options, &c.Required, &c.InList, &c.Position); err != nil {
			return err
		}
		out = append(out, c)
		return json.Unmarshal([]byte(options), &out[len(out)-1].Options)
	})
	return out, err
}

// SaveCustomField adds or changes a custom field. The kind of one that exists
// cannot change, since values of the old kind are stored.
func (d *Def) SaveCustomField(u *Tx, c CustomField) error {
	if len(access.HeldScopes(u.Actor, access.Admin, "settings", "", u.Now)) == 0 {
		return forbidden("kernel.records.custom-admin", "Only who may change settings may add fields.")
	}
	var bad []*fail.Error
	if !customKey.MatchString(c.Key) {
		bad = append(bad, fail.Named("key", "kernel.records.custom-key", "The key must start with x_ and hold only small letters, digits and underscores."))
	}
	if c.Label == "" || len(c.Label) > 100 {
		bad = append(bad, fail.Named("label", "kernel.records.custom-label", "Give the field a name of up to 100 characters."))
	}
	if !slices.Contains(CustomKinds, c.Kind) {
		bad = append(bad, fail.Named("kind", "kernel.records.custom-kind", "A field cannot be of this kind."))
	}
	if c.Kind == Choice && len(c.Options) == 0 {
		bad = append(bad, fail.Named("options", "kernel.records.custom-options", "Name at least one choice."))
	}
	if err := fail.Join(bad); err != nil {
		return err
	}
	var kind string
	found, err := u.Row("SELECT kind FROM custom_field WHERE type = $1 AND key = $2", []any{d.Name, c.Key}, &kind)
	if err != nil {
		return err
	}
	if found && kind != string(c.Kind) {
		return fail.Named("kind", "kernel.records.custom-kind-change", "This field already holds values of another kind; make a new field instead.")
	}
	if c.Options == nil {
		c.Options = []string{}
	}
	options, _ := json.Marshal(c.Options)
	_, err = u.Exec(`INSERT INTO custom_field (type, key, label, kind, options, required, in_list, position) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (type, key) DO UPDATE SET label = $3, options = $5, required = $6, in_list = $7, position = $8, retired_at = NULL`,
		d.Name, c.Key, c.Label, string(c.Kind), string(options), c.Required, c.InList, c.Position)
	if err != nil {
		return err
	}
	_, err = keepHistory(u, "kernel.custom-field", d.Name+"/"+c.Key, 0, "custom-field", `{"label":`+quoteJSON(c.Label)+`}`)
	return err
}

// RetireCustomField takes a custom field away from forms and lists; its values stay.
func (d *Def) RetireCustomField(u *Tx, key string) error {
	if len(access.HeldScopes(u.Actor, access.Admin, "settings", "", u.Now)) == 0 {
		return forbidden("kernel.records.custom-admin", "Only who may change settings may add fields.")
	}
	_, err := u.Exec("UPDATE custom_field SET retired_at = $1 WHERE type = $2 AND key = $3", u.Now.UnixMicro(), d.Name, key)
	return err
}

// Field makes a described field of a custom one, for forms and checks.
func (c CustomField) Field() *Field {
	f := &Field{Name: c.Key, Label: c.Label, Kind: c.Kind, Optional: !c.Required, InList: c.InList}
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

// Custom says whether the organisation added the field.
func (f *Field) Custom() bool { return f.index == nil }

// All are the type's fields with those that the organisation added.
func (d *Def) All(r Reader) ([]*Field, error) {
	custom, err := d.CustomFields(r)
	out := slices.Clone(d.Fields)
	for _, c := range custom {
		out = append(out, c.Field())
	}
	return out, err
}

// Set writes a field of a record that is not yet stored, normalised.
func (r Record) Set(f *Field, v any) { f.set(reflect.ValueOf(r.V).Elem(), v) }

// customJSON checks the custom values of a new state and returns the column's
// value, adding what changed to changes.
func (d *Def) customJSON(u *Tx, m, old *Meta, changes map[string]any) (any, error) {
	if len(m.Custom) == 0 && (old == nil || len(old.Custom) == 0) {
		return nil, nil
	}
	if old != nil && reflect.DeepEqual(m.Custom, old.Custom) {
		raw, err := json.Marshal(m.Custom)
		return string(raw), err
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
		val := f.Restored(m.Custom[c.Key])
		var was any
		if old != nil {
			was = f.Restored(old.Custom[c.Key])
		}
		if val == was {
			continue
		}
		if e := f.typeProblem(val); e != nil {
			bad = append(bad, e)
			continue
		}
		if e := f.problem(val); e != nil {
			bad = append(bad, e)
		}
		changes[c.Key] = []any{stored(was), stored(val)}
	}
	for key := range m.Custom {
		if !known[key] && (old == nil || old.Custom[key] == nil) {
			bad = append(bad, fail.Named(key, "kernel.records.custom-unknown", "There is no field {field}.").With("field", key))
		}
		if m.Custom[key] == nil {
			delete(m.Custom, key)
		}
	}
	if err := fail.Join(bad); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(m.Custom)
	return string(raw), err
}

// typeProblem says whether a value is not of the field's kind.
func (f *Field) typeProblem(val any) *fail.Error {
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
	if ok || val == nil && f.Optional {
		return nil
	}
	if val == nil {
		return fail.Named(f.Name, "kernel.records.required", "This must be filled in.")
	}
	return fail.Named(f.Name, "kernel.records.kind", "A {kind} is wanted here, not {value}.").With("kind", string(f.Kind)).With("value", fmt.Sprint(val))
}

func quoteJSON(s string) string { raw, _ := json.Marshal(s); return string(raw) }
