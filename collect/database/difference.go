package database

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Change is a difference of structure since an earlier moment.
type Change struct {
	Change string `json:"change" doc:"added, dropped, changed"`
	Object string `json:"object" doc:"table, column, key, index"`
	Table  string `json:"table"`
	Name   string `json:"name,omitempty" doc:"of the column, key or index"`
	What   string `json:"what,omitempty" doc:"what of it changed"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Compare names what is different between two structures, by table and then
// by name. Rows and sizes are no structure.
func Compare(before, after []Table) []Change {
	var out []Change
	old, now := byName(before, Table.FullName), byName(after, Table.FullName)
	for _, name := range names(before, after, Table.FullName) {
		b, a := old[name], now[name]
		switch {
		case a == nil:
			out = append(out, Change{Change: "dropped", Object: "table", Table: name, Before: b.Kind})
			continue
		case b == nil:
			out = append(out, Change{Change: "added", Object: "table", Table: name, After: a.Kind})
			continue
		}
		say := func(object, item, what, before, after string) {
			if before != after {
				out = append(out, Change{Change: "changed", Object: object, Table: name, Name: item, What: what, Before: before, After: after})
			}
		}
		say("table", "", "kind", b.Kind, a.Kind)
		say("table", "", "comment", b.Comment, a.Comment)
		out = append(out, parts(name, "column", b.Columns, a.Columns, func(c Column) string { return c.Name }, func(c Column) string { return c.Type })...)
		out = append(out, parts(name, "key", b.Keys, a.Keys, keyName, Key.Describe)...)
		out = append(out, parts(name, "index", b.Indexes, a.Indexes, func(x Index) string { return x.Name }, Index.Describe)...)
	}
	return out
}

// keyName names a key; one that has no name of its own by what it is.
func keyName(k Key) string { return cmp.Or(k.Name, k.Kind+" ("+strings.Join(k.Columns, ", ")+")") }

// parts compares columns, keys or indexes by name and then by their fields.
func parts[T any](table, object string, before, after []T, name, describe func(T) string) []Change {
	var out []Change
	old, now := byName(before, name), byName(after, name)
	for _, n := range names(before, after, name) {
		b, a := old[n], now[n]
		switch {
		case a == nil:
			out = append(out, Change{Change: "dropped", Object: object, Table: table, Name: n, Before: describe(*b)})
			continue
		case b == nil:
			out = append(out, Change{Change: "added", Object: object, Table: table, Name: n, After: describe(*a)})
			continue
		}
		bv, av := reflect.ValueOf(*b), reflect.ValueOf(*a)
		for i := range bv.NumField() {
			what, _, _ := strings.Cut(bv.Type().Field(i).Tag.Get("json"), ",")
			if what == "bytes" || what == "name" {
				continue
			}
			if x, y := fieldText(bv.Field(i)), fieldText(av.Field(i)); x != y {
				out = append(out, Change{Change: "changed", Object: object, Table: table, Name: n, What: what, Before: x, After: y})
			}
		}
	}
	return out
}

func fieldText(v reflect.Value) string {
	if list, ok := v.Interface().([]string); ok {
		return strings.Join(list, ", ")
	}
	return fmt.Sprint(v.Interface())
}

func byName[T any](list []T, name func(T) string) map[string]*T {
	m := make(map[string]*T, len(list))
	for i := range list {
		m[name(list[i])] = &list[i]
	}
	return m
}

// names are those of both lists, in order and once.
func names[T any](a, b []T, name func(T) string) []string {
	var all []string
	for _, list := range [][]T{a, b} {
		for _, x := range list {
			all = append(all, name(x))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Describe is a key in one line.
func (k Key) Describe() string {
	s := k.Kind + " (" + strings.Join(k.Columns, ", ") + ")"
	if k.RefTable != "" {
		s += " → " + k.RefTable + " (" + strings.Join(k.RefColumns, ", ") + ")"
	}
	if k.OnDelete != "" {
		s += " on delete " + k.OnDelete
	}
	if k.Definition != "" {
		s = k.Kind + " " + k.Definition
	}
	return s
}

// Describe is an index in one line.
func (x Index) Describe() string {
	s := "(" + strings.Join(x.Columns, ", ") + ")"
	if x.Unique {
		s = "unique " + s
	}
	if x.Method != "" {
		s += " " + x.Method
	}
	if x.Where != "" {
		s += " where " + x.Where
	}
	return s
}

// Earlier is what was known before: structures and sizes by target.
type Earlier struct {
	structures map[string][]Table
	sizes      map[string][]sized
}

// ReadEarlier reads the lines an earlier run printed, or a structure written
// with --structure json.
func ReadEarlier(raw []byte) (*Earlier, error) {
	e := &Earlier{structures: map[string][]Table{}, sizes: map[string][]sized{}}
	var s Structure
	if json.Unmarshal(raw, &s) == nil && s.Target != "" && s.Tables != nil {
		e.structures[s.Target] = s.Tables
		return e, nil
	}
	n := 0
	for line := range strings.Lines(string(raw)) {
		n++
		if strings.TrimSpace(line) == "" {
			continue
		}
		var o struct {
			Kind, Target string
			At           jsonTime
			Data         json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &o); err != nil || o.Kind == "" {
			return nil, fmt.Errorf("line %d is neither a fact of an earlier run nor a structure written with --structure json", n)
		}
		switch o.Kind {
		case "table":
			var t Table
			if err := json.Unmarshal(o.Data, &t); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			e.structures[o.Target] = append(e.structures[o.Target], t)
		case "size":
			var z Size
			if err := json.Unmarshal(o.Data, &z); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			e.sizes[o.Target] = append(e.sizes[o.Target], sized{z, o.At.Time})
		}
	}
	if len(e.structures)+len(e.sizes) == 0 {
		return nil, fmt.Errorf("holds neither tables nor sizes")
	}
	return e, nil
}

func (e *Earlier) structureOf(target string) []Table {
	if e == nil {
		return nil
	}
	return e.structures[target]
}

// Targets are those it knows, in order.
func (e *Earlier) Targets() []string {
	var list []string
	for t := range e.structures {
		list = append(list, t)
	}
	for t := range e.sizes {
		list = append(list, t)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Changes compares a structure with what was known of its target.
func (e *Earlier) Changes(s *Structure) []Change {
	if before := e.structureOf(s.Target); before != nil {
		return Compare(before, s.Tables)
	}
	return nil
}

// String is the change in one line.
func (c Change) String() string {
	s := c.Change + " " + c.Object + " " + c.Table
	if c.Name != "" {
		s += " " + c.Name
	}
	if c.What != "" {
		s += ", " + c.What
	}
	switch {
	case c.Before != "" && c.After != "":
		s += ": " + c.Before + " → " + c.After
	case c.Before+c.After != "":
		s += ": " + c.Before + c.After
	}
	return s
}
