package fact

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Canonical returns the inventory with every list of every section in one
// order and without repetitions, so that the same machine seen twice gives the
// same bytes however its tools ordered their output. The lists of inv itself
// are not touched.
func (inv Inventory) Canonical() (Inventory, error) {
	out := inv
	v := reflect.ValueOf(&out).Elem()
	for i := range v.NumField() {
		if list := v.Field(i); isSection(list.Type()) && list.FieldByName("Seen").Bool() {
			emptyNotNil(list.FieldByName("Value"))
		}
		if err := sortLists(v.Field(i)); err != nil {
			return inv, fmt.Errorf("section %s: %w", v.Type().Field(i).Name, err)
		}
	}
	return out, nil
}

// Sections are the names of the inventory's sections, in their order.
func Sections() []string {
	var names []string
	for _, f := range sectionFields() {
		names = append(names, f.name)
	}
	return names
}

// Hashes returns the content hash (SHA-256, hex) of each section that is
// present, by its JSON name. Gaps count: a section that could be seen and no
// longer can is a change. Volatile, the moment and the collector do not.
func (inv Inventory) Hashes() (map[string]string, error) {
	canonical, err := inv.Canonical()
	if err != nil {
		return nil, err
	}
	hashes := map[string]string{}
	v := reflect.ValueOf(canonical)
	for _, f := range sectionFields() {
		section := v.Field(f.index)
		if section.IsZero() {
			continue
		}
		b, err := json.Marshal(section.Interface())
		if err != nil {
			return nil, fmt.Errorf("section %s: %w", f.name, err)
		}
		// What is not UTF-8 is written as \ufffd, and read again as that letter.
		if escaped := []byte(`\ufffd`); bytes.Contains(b, escaped) {
			b = bytes.ReplaceAll(b, escaped, []byte("\ufffd"))
		}
		hashes[f.name] = Hash(f.name, b)
	}
	return hashes, nil
}

// Hash is the content hash of a section's canonical JSON.
func Hash(section string, canonical []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "steward inventory %d %s\n", InventoryVersion, section)
	h.Write(canonical)
	return hex.EncodeToString(h.Sum(nil))
}

// Without returns the inventory with the named sections absent.
func (inv Inventory) Without(sections ...string) Inventory {
	v := reflect.ValueOf(&inv).Elem()
	for _, f := range sectionFields() {
		if slices.Contains(sections, f.name) {
			v.Field(f.index).SetZero()
		}
	}
	return inv
}

// Present are the names of the sections that are in the inventory.
func (inv Inventory) Present() []string {
	var names []string
	v := reflect.ValueOf(inv)
	for _, f := range sectionFields() {
		if !v.Field(f.index).IsZero() {
			names = append(names, f.name)
		}
	}
	return names
}

// AllGaps returns what the inventory could not see, with the section's name
// before each.
func (inv Inventory) AllGaps() []Gap {
	var all []Gap
	v := reflect.ValueOf(inv)
	for _, f := range sectionFields() {
		for _, g := range v.Field(f.index).FieldByName("Gaps").Interface().([]Gap) {
			g.What = f.name + ": " + g.What
			all = append(all, g)
		}
	}
	return all
}

type sectionField struct {
	name  string
	index int
}

func sectionFields() []sectionField {
	var fields []sectionField
	t := reflect.TypeFor[Inventory]()
	for i := range t.NumField() {
		f := t.Field(i)
		if !isSection(f.Type) {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		fields = append(fields, sectionField{name, i})
	}
	return fields
}

func isSection(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && strings.HasPrefix(t.Name(), "Section[")
}

// emptyNotNil makes a list that was seen and holds nothing the same whether
// its maker left it nil or empty.
func emptyNotNil(v reflect.Value) {
	if v.Kind() == reflect.Slice && v.IsNil() {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	}
}

// sortLists replaces each slice within v by a sorted copy without repetitions.
// Slices of structs are ordered by their elements' JSON, which begins with
// the name.
func sortLists(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || v.Type() == reflect.TypeFor[*time.Time]() || !holdsLists(v.Type().Elem()) {
			return nil
		}
		fresh := reflect.New(v.Type().Elem())
		fresh.Elem().Set(v.Elem())
		v.Set(fresh)
		return sortLists(fresh.Elem())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return nil
		}
		for i := range v.NumField() {
			if err := sortLists(v.Field(i)); err != nil {
				return err
			}
		}
	case reflect.Slice:
		if v.IsNil() || v.Type().Elem().Kind() == reflect.Float64 {
			return nil
		}
		return sortSlice(v)
	}
	return nil
}

func sortSlice(v reflect.Value) error {
	type element struct {
		key   []byte
		value reflect.Value
	}
	nested := holdsLists(v.Type().Elem())
	elements := make([]element, v.Len())
	for i := range v.Len() {
		item := v.Index(i)
		if nested {
			item = reflect.New(v.Type().Elem()).Elem()
			item.Set(v.Index(i))
			if err := sortLists(item); err != nil {
				return err
			}
		}
		key, err := json.Marshal(item.Interface())
		if err != nil {
			return err
		}
		if item.Kind() == reflect.Int {
			key = fmt.Appendf(nil, "%020d", item.Int())
		}
		elements[i] = element{key, item}
	}
	slices.SortFunc(elements, func(a, b element) int { return bytes.Compare(a.key, b.key) })
	elements = slices.CompactFunc(elements, func(a, b element) bool { return bytes.Equal(a.key, b.key) })
	sorted := reflect.MakeSlice(v.Type(), len(elements), len(elements))
	for i, e := range elements {
		sorted.Index(i).Set(e.value)
	}
	v.Set(sorted)
	return nil
}

// holdsLists reports whether values of t hold slices that must be sorted.
func holdsLists(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice:
		return true
	case reflect.Pointer:
		return holdsLists(t.Elem())
	case reflect.Struct:
		if t == reflect.TypeFor[time.Time]() {
			return false
		}
		for i := range t.NumField() {
			if holdsLists(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}
