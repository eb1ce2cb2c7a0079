package agents

import (
	"reflect"

	"steward/collect/fact"
)

// Merge lays a partial inventory over the last whole one of the same machine:
// a list that the partial one has replaces the old list; of identity, hardware,
// system and the like each value it tells replaces the old value, and what it
// does not tell stays. Neither argument is changed.
func Merge(whole, partial fact.Inventory) (fact.Inventory, error) {
	out := whole
	to, from := reflect.ValueOf(&out).Elem(), reflect.ValueOf(partial)
	for i := range from.NumField() {
		t, f := to.Field(i), from.Field(i)
		seen := f.Kind() == reflect.Struct && f.FieldByName("Seen").IsValid() && f.FieldByName("Gaps").IsValid()
		switch {
		case f.IsZero():
		case !seen && f.Kind() == reflect.Struct && f.Type() == reflect.TypeFor[fact.Volatile]():
			overlay(t, f)
		case !seen:
			t.Set(f)
		case !f.FieldByName("Seen").Bool():
			if !t.FieldByName("Seen").Bool() {
				t.Set(f)
			}
		case f.FieldByName("Value").Kind() == reflect.Struct && t.FieldByName("Seen").Bool():
			overlay(t.FieldByName("Value"), f.FieldByName("Value"))
			t.FieldByName("Gaps").Set(f.FieldByName("Gaps"))
		default:
			t.Set(f)
		}
	}
	return out.Canonical()
}

// overlay sets each field of to that from tells.
func overlay(to, from reflect.Value) {
	for i := range from.NumField() {
		if !from.Field(i).IsZero() {
			to.Field(i).Set(from.Field(i))
		}
	}
}
