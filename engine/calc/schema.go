package calc

import (
	"encoding/json"
	"maps"
	"reflect"
	"strings"
)

// Schema returns a JSON Schema (draft 2020-12) document with the definitions
// "input" and "output" of a command, derived from the Go types.
// Tags used: `json` for names and omitempty, `doc` for descriptions.
func Schema[In, Out any](name string) []byte {
	b, err := json.MarshalIndent(map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "steward calc " + name,
		"$defs": map[string]any{
			"input":  TypeSchema(reflect.TypeFor[In]()),
			"output": TypeSchema(reflect.TypeFor[Out]()),
		},
		"$ref": "#/$defs/input",
	}, "", "  ")
	if err != nil {
		panic(err)
	}
	return append(b, '\n')
}

// Schemer is a type that describes its own JSON form.
type Schemer interface{ JSONSchema() map[string]any }

// TypeSchema returns the JSON Schema of a Go type's JSON form.
func TypeSchema(t reflect.Type) map[string]any { return typeSchema(t, map[reflect.Type]bool{}) }

func typeSchema(t reflect.Type, open map[reflect.Type]bool) map[string]any {
	if s, ok := reflect.Zero(t).Interface().(Schemer); ok && t.Kind() != reflect.Pointer {
		return s.JSONSchema()
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeSchema(t.Elem(), open)
	case reflect.Slice, reflect.Array:
		items := typeSchema(t.Elem(), open)
		if t.Elem().Kind() == reflect.Pointer {
			items = nullable(items)
		}
		return map[string]any{"type": "array", "items": items}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": typeSchema(t.Elem(), open)}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return map[string]any{"type": "integer"}
	case reflect.Struct:
		if open[t] || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Marshaler]()) {
			return map[string]any{}
		}
		open[t] = true
		defer delete(open, t)
		props, required := map[string]any{}, []string{}
		addFields(t, open, props, &required)
		s := map[string]any{"type": "object", "properties": props, "additionalProperties": false}
		if len(required) > 0 {
			s["required"] = required
		}
		return s
	}
	return map[string]any{}
}

// nullable adds null to what a schema allows.
func nullable(s map[string]any) map[string]any {
	if kind, ok := s["type"].(string); ok {
		s = maps.Clone(s)
		s["type"] = []string{kind, "null"}
		return s
	}
	return map[string]any{"anyOf": []any{s, map[string]any{"type": "null"}}}
}

func addFields(t reflect.Type, open map[reflect.Type]bool, props map[string]any, required *[]string) {
	for f := range fields(t) {
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct {
			addFields(f.Type, open, props, required)
			continue
		}
		if !f.IsExported() {
			continue
		}
		if name == "" {
			name = f.Name
		}
		s := typeSchema(f.Type, open)
		if f.Type.Kind() == reflect.Pointer && !strings.Contains(opts, "omit") {
			s = nullable(s)
		}
		if doc := f.Tag.Get("doc"); doc != "" {
			s["description"] = doc
		}
		props[name] = s
		if needed(opts, f.Type) {
			*required = append(*required, name)
		}
	}
}

func fields(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}
