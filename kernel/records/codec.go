package records

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"

	"steward/lib/locale"
)

// value reads the field from a record, normalised: nil, string, int64, float64, bool or Money.
func (f *Field) value(rec reflect.Value) any {
	if f.Custom() {
		return f.Restored(rec.Addr().Interface().(based).meta().Custom[f.Name])
	}
	v := rec.FieldByIndex(f.index)
	if f.Optional {
		if !v.Field(1).Bool() {
			return nil
		}
		v = v.Field(0)
	}
	switch f.Kind {
	case Int, Instant, Decimal:
		return v.Int()
	case Measure:
		return v.Float()
	case Bool:
		return v.Bool()
	case Amount:
		return v.Interface().(Money)
	}
	return v.String()
}

// set writes a normalised value into a record. nil clears: unknown if the field
// may be, else the zero value, which validation refuses where it must.
func (f *Field) set(rec reflect.Value, val any) {
	if f.Custom() {
		m := rec.Addr().Interface().(based).meta()
		if m.Custom == nil {
			m.Custom = map[string]any{}
		}
		m.Custom[f.Name] = val
		return
	}
	v := rec.FieldByIndex(f.index)
	if val == nil {
		v.SetZero()
		return
	}
	if f.Optional {
		v.Field(1).SetBool(true)
		v = v.Field(0)
	}
	switch x := val.(type) {
	case string:
		v.SetString(x)
	case int64:
		v.SetInt(x)
	case float64:
		v.SetFloat(x)
	case bool:
		v.SetBool(x)
	case Money:
		v.Set(reflect.ValueOf(x))
	default:
		panic(fmt.Sprintf("records: %s cannot hold a %T", f.Name, val))
	}
}

// columns are the field's columns in SQL: a second one holds the currency of an
// amount, or the folded key that a filtered text sorts and searches by.
func (f *Field) columns() []string {
	switch {
	case f.Kind == Amount:
		return []string{f.Name, f.Name + "_currency"}
	case f.folded():
		return []string{f.Name, f.Name + "_key"}
	}
	return []string{f.Name}
}

// folded says whether the field keeps a key for sorting and searching.
func (f *Field) folded() bool { return f.Filters && (f.Kind == Text || f.Kind == LongText) }

// sortColumn is the column that orders by this field.
func (f *Field) sortColumn() string {
	if f.folded() {
		return f.Name + "_key"
	}
	return f.Name
}

// keyLength bounds the folded key, which only sorts and searches.
const keyLength = 200

// Key folds text to what sorts and searches the same on both databases.
func Key(s string) string {
	k := locale.Fold(s)
	if len(k) > keyLength {
		r := []rune(k)
		k = string(r[:min(len(r), keyLength)])
	}
	return k
}

// args are the values to bind for the field's columns.
func (f *Field) args(val any, out []any) []any {
	switch {
	case f.Kind == Amount && val == nil:
		return append(out, nil, nil)
	case f.Kind == Amount:
		m := val.(Money)
		return append(out, m.Minor, m.Currency)
	case f.folded() && val == nil:
		return append(out, nil, nil)
	case f.folded():
		return append(out, val, Key(val.(string)))
	}
	return append(out, val)
}

// scanned turns what the driver gave for the field's columns into a value.
func (f *Field) scanned(cols []any) (any, error) {
	v := cols[0]
	if v == nil {
		return nil, nil
	}
	if b, ok := v.([]byte); ok {
		v = string(b)
	}
	switch f.Kind {
	case Int, Instant, Decimal:
		if n, ok := v.(int64); ok {
			return n, nil
		}
	case Measure:
		switch n := v.(type) {
		case float64:
			return n, nil
		case int64:
			return float64(n), nil
		}
	case Bool:
		switch n := v.(type) {
		case bool:
			return n, nil
		case int64:
			return n != 0, nil
		}
	case Amount:
		n, ok := v.(int64)
		c, ok2 := cols[1].(string)
		if ok && ok2 {
			return Money{n, c}, nil
		}
	default:
		if s, ok := v.(string); ok {
			return s, nil
		}
	}
	return nil, fmt.Errorf("column %s holds a %T", f.Name, v)
}

// Value reads one field of a record, normalised.
func (d *Def) Value(rec any, name string) any {
	if f := d.byName[name]; f != nil {
		return f.value(reflect.ValueOf(rec).Elem())
	}
	return nil
}

// SetValue writes one field of a record that is not yet stored.
func (d *Def) SetValue(rec any, name string, val any) {
	d.byName[name].set(reflect.ValueOf(rec).Elem(), val)
}

// stored is the form of a normalised value in history and custom fields: JSON.
func stored(v any) any {
	if m, ok := v.(Money); ok {
		return map[string]any{"minor": m.Minor, "currency": m.Currency}
	}
	return v
}

// Restored turns a value read from history's JSON back to its normalised form.
func (f *Field) Restored(v any) any {
	switch x := v.(type) {
	case nil:
		return nil
	case map[string]any:
		minor, _ := strconv.ParseInt(fmt.Sprint(x["minor"]), 10, 64)
		currency, _ := x["currency"].(string)
		return Money{minor, currency}
	case json.Number:
		if f.Kind == Measure {
			n, _ := x.Float64()
			return n
		}
		n, _ := x.Int64()
		return n
	}
	return v
}

// reflectPlain normalises named string, integer and optional types.
func reflectPlain(v any) any {
	rv := reflect.ValueOf(v)
	if _, ok := v.(interface{ optional() }); ok {
		if !rv.Field(1).Bool() {
			return nil
		}
		return plain(rv.Field(0).Interface())
	}
	switch rv.Kind() {
	case reflect.String:
		return rv.String()
	case reflect.Int, reflect.Int32, reflect.Int64:
		return rv.Int()
	case reflect.Float64:
		return rv.Float()
	case reflect.Bool:
		return rv.Bool()
	}
	panic(fmt.Sprintf("records: %T is not a value of a field", v))
}
