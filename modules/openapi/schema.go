package openapi

import (
	"reflect"
	"strings"

	"steward/kernel/records"
)

// schemaOf is the JSON Schema of a Go type, as encoding/json writes it. A field's
// tag doc:"…" becomes its description; one that may be left out has omitempty.
func schemaOf(t reflect.Type) m {
	switch t {
	case reflect.TypeFor[records.Date]():
		return day
	case reflect.TypeFor[records.Moment]():
		return moment
	}
	switch t.Kind() {
	case reflect.Pointer:
		return optional(schemaOf(t.Elem()))
	case reflect.String:
		return m{"type": "string"}
	case reflect.Bool:
		return m{"type": "boolean"}
	case reflect.Int, reflect.Int32, reflect.Int64:
		return m{"type": "integer"}
	case reflect.Float64:
		return m{"type": "number"}
	case reflect.Slice:
		return list(schemaOf(t.Elem()))
	case reflect.Map:
		return m{"type": "object", "additionalProperties": schemaOf(t.Elem())}
	case reflect.Struct:
		properties, required := m{}, []any{}
		for i := range t.NumField() {
			f := t.Field(i)
			name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" || name == "-" || !f.IsExported() {
				continue
			}
			s := m{}
			for k, v := range schemaOf(f.Type) {
				s[k] = v
			}
			if doc := f.Tag.Get("doc"); doc != "" {
				s["description"] = doc
			}
			properties[name] = s
			if !strings.Contains(rest, "omitempty") {
				required = append(required, name)
			}
		}
		return members(required, properties)
	}
	return m{}
}
