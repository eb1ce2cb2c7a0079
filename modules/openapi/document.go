package openapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"steward/kernel/access"
	"steward/kernel/api"
	"steward/kernel/records"
)

// m is a JSON object of the document.
type m = map[string]any

// describe describes the API: OpenAPI 3.1. To a reader it names the fields that the
// organisation added to the types that they may see, too.
func describe(reg *records.Registry, r records.Reader, operations []api.Operation) (m, error) {
	d := &document{reg: reg, paths: m{}, schemas: m{"Problem": problemSchema, "Comment": members(nil, m{"id": str, "at": moment, "author": str, "author_name": str, "body": str}),
		"Entry": members(nil, m{"id": str, "at": moment, "actor": optional(str), "actor_name": str, "origin": str, "act": str, "version": m{"type": "integer"},
			"changes": list(members(nil, m{"field": str, "old": m{}, "new": m{}}))}),
		"Hit": members(nil, m{"type": str, "id": str, "number": str, "title": str, "path": str})}}
	d.add("get", "me", "Account", "Who asks, and what that gives", nil, nil, m{"type": "object"})
	d.add("get", "search", "Search", "Records of any type that contain all the words", []any{parameter("q", "query", true, str, "Words"), limitParameter(100)}, nil, members(nil, m{"found": list(ref("Hit"))}))
	for _, def := range reg.Defs() {
		if def.IsInternal {
			continue
		}
		seen := r
		if r != nil && !def.MayAny(r, access.View) {
			seen = nil
		}
		if err := d.records(def, seen); err != nil {
			return nil, err
		}
	}
	for _, op := range operations {
		d.operation(op)
	}
	return m{
		"openapi":           "3.1.0",
		"jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
		"info": m{"title": "Steward", "version": "1", "description": "Records and operations of Steward. Unknown is null, never 0 or an empty text. " +
			"Money is an amount as text with its currency. Days are YYYY-MM-DD, moments RFC 3339 in UTC."},
		"servers":  []any{m{"url": strings.TrimSuffix(api.Prefix, "/")}},
		"security": []any{m{"token": []any{}}, m{"session": []any{}}},
		"paths":    d.paths,
		"components": m{
			"schemas":         d.schemas,
			"securitySchemes": m{"token": m{"type": "http", "scheme": "bearer", "description": "An access token, stw_…"}, "session": m{"type": "apiKey", "in": "cookie", "name": "steward_session"}},
			"responses":       m{"Problem": m{"description": "What went wrong: 400 malformed, 401 not signed in, 403 not allowed, 404 not there or not for you, 405, 406, 409 stale or taken, 413 too large, 415 not JSON, 422 wrong values, 429 too many requests", "content": m{"application/problem+json": m{"schema": ref("Problem")}}}},
		},
	}, nil
}

type document struct {
	reg            *records.Registry
	paths, schemas m
}

var (
	str    = m{"type": "string"}
	day    = m{"type": "string", "format": "date"}
	moment = m{"type": "string", "format": "date-time"}
	money  = members([]any{"amount", "currency"}, m{"amount": m{"type": "string", "examples": []any{"1200.00"}}, "currency": m{"type": "string", "pattern": "^[A-Z]{3}$"}})

	problemSchema = members([]any{"type", "title", "status", "detail"}, m{"type": str, "title": str, "status": m{"type": "integer"}, "detail": str, "key": str,
		"errors":  list(members([]any{"field", "detail", "key"}, m{"field": str, "detail": str, "key": str})),
		"current": m{"type": "object", "description": "The record as it is now, when what was sent is stale"}, "yours": m{"type": "object", "description": "What was sent, when it is stale"}, "your_version": m{"type": "integer"}})
)

func ref(name string) m  { return m{"$ref": "#/components/schemas/" + name} }
func list(of m) m        { return m{"type": "array", "items": of} }
func content(schema m) m { return m{"application/json": m{"schema": schema}} }
func members(required []any, properties m) m {
	out := m{"type": "object", "properties": properties}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

// optional lets a schema be null too.
func optional(s m) m {
	out := m{}
	for k, v := range s {
		out[k] = v
	}
	if t, ok := s["type"].(string); ok {
		out["type"] = []any{t, "null"}
	}
	if e, ok := s["enum"].([]any); ok {
		out["enum"] = append(append([]any{}, e...), nil)
	}
	return out
}

func parameter(name, in string, required bool, schema m, text string) m {
	return m{"name": name, "in": in, "required": required, "schema": schema, "description": text}
}

func limitParameter(most int) m {
	return parameter("limit", "query", false, m{"type": "integer", "minimum": 1, "maximum": most}, "How many at most")
}

// add describes one method of an address.
func (d *document) add(method, path, tag, summary string, parameters []any, body m, answer m, more ...m) {
	ok := m{"description": "Done", "content": content(answer)}
	op := m{"operationId": method + "." + strings.NewReplacer("/", ".", "{", "", "}", "").Replace(path), "tags": []any{tag}, "summary": summary,
		"responses": m{"200": ok, "default": m{"$ref": "#/components/responses/Problem"}}}
	for _, name := range api.PathNames(path) {
		parameters = append(parameters, parameter(name, "path", true, str, "Id, or number such as CTR-0042"))
	}
	if len(parameters) > 0 {
		op["parameters"] = parameters
	}
	if body != nil {
		op["requestBody"] = m{"required": true, "content": content(body)}
	}
	for _, extra := range more {
		for k, v := range extra {
			op[k] = v
		}
	}
	at, _ := d.paths["/"+path].(m)
	if at == nil {
		at = m{}
		d.paths["/"+path] = at
	}
	at[method] = op
}

// records describes a record type.
func (d *document) records(def *records.Def, r records.Reader) error {
	fields, err := def.All(r)
	if err != nil {
		return err
	}
	filterable, err := def.Filterable(r)
	if err != nil {
		return err
	}
	read := m{"id": str, "number": m{"type": "string", "examples": []any{def.HumanNumber(42)}}, "version": m{"type": "integer"}, "created_at": moment, "created_by": optional(str),
		"updated_at": moment, "updated_by": optional(str), "archived_at": optional(moment)}
	write, required := m{}, []any{}
	for _, f := range fields {
		if f.IsHidden {
			continue
		}
		s := d.field(f)
		if f.Custom() {
			s["title"] = f.Label
		}
		if f.Kind != records.Secret {
			read[f.Name] = s
		}
		if !f.ReadOnly {
			write[f.Name] = s
			if preset := def.Preset(f); preset != nil {
				s = maps.Clone(s)
				s["default"], write[f.Name] = preset, s
			} else if f.Needed() {
				required = append(required, f.Name)
			}
		}
	}
	d.schemas[def.Name] = members([]any{"id"}, read)
	p, one, many := strings.TrimPrefix(def.Path(""), "/"), strings.ToLower(def.Singular), strings.ToLower(def.Plural)
	filters := []any{parameter("q", "query", false, str, "Words contained in the texts"), parameter("sort", "query", false, str, "A field's name, with - before it for descending"),
		limitParameter(api.MaxPage), parameter("after", "query", false, str, "The mark that the page before gave as next"), parameter("before", "query", false, str, "The mark that the page after gave as prev"),
		parameter("fields", "query", false, str, "Only these members, with commas between"), parameter("archived", "query", false, m{"type": "boolean"}, "The archived ones instead"),
		parameter("tag", "query", false, str, "With this tag")}
	reading := []any{parameter("fields", "query", false, str, "Only these members, with commas between")}
	if def.IsVersioned {
		then := parameter("as_of", "query", false, str, "As it was at the end of this day (2026-03-31) or at this moment (RFC 3339)")
		filters, reading = append(filters, then), append(reading, then)
	}
	for _, f := range filterable {
		if f.IsHidden {
			continue
		}
		value, known := str, str // known: a filter without a comparison takes none for unknown, too
		if f.Kind == records.Choice {
			var values []any
			for _, o := range f.Options {
				values = append(values, o.Value)
			}
			value, known = m{"type": "string", "enum": values}, m{"type": "string", "enum": values}
			if f.Unknowable() {
				known = m{"type": "string", "enum": append(slices.Clone(values), "none")}
			}
		}
		for _, op := range f.Ops() {
			name, schema := f.Name+"."+string(op), value
			switch op {
			case records.OpKnown, records.OpUnknown:
				schema = m{"type": "boolean", "const": true}
			case records.OpIn:
				schema = list(value)
			}
			filters = append(filters, parameter(name, "query", false, schema, fmt.Sprintf("%s %s", f.Name, op)))
		}
		filters = append(filters, m{"name": f.Name, "in": "query", "required": false, "schema": list(known), "explode": true, "style": "form", "description": f.Name + ": contains for texts, is for the rest; several are 'or'"})
	}
	current := parameter("If-Match", "header", false, str, `The ETag that was read, such as "v3"`)
	once := parameter("Idempotency-Key", "header", false, m{"type": "string", "maxLength": 255}, "Does it once, however often it is sent in 24 hours")
	tag := def.Plural
	d.add("get", p, tag, "List "+many, filters, nil, members([]any{"records", "next", "prev"}, m{"records": list(ref(def.Name)), "next": optional(str), "prev": optional(str)}))
	d.add("get", p+"/{id}", tag, "Read one "+one, reading, nil, ref(def.Name))
	d.add("get", p+"/{id}/history", tag, "What was done to it, newest first", []any{limitParameter(api.MaxPage)}, nil, members(nil, m{"entries": list(ref("Entry"))}))
	d.add("get", p+"/{id}/comments", tag, "Its comments, newest first", []any{limitParameter(api.MaxPage)}, nil, members(nil, m{"comments": list(ref("Comment"))}))
	created := func(schema m) m {
		return m{"responses": m{"201": m{"description": "Made", "content": content(schema)}, "default": m{"$ref": "#/components/responses/Problem"}}}
	}
	d.add("post", p+"/{id}/comments", tag, "Comment on it", []any{once}, members([]any{"body"}, m{"body": str}), nil, created(ref("Comment")))
	if def.Unwritten() {
		return nil
	}
	d.schemas[def.Name+".write"] = members(nil, write)
	d.add("post", p, tag, "Add a "+one, []any{once}, m{"allOf": []any{ref(def.Name + ".write"), m{"required": required}}}, nil, created(ref(def.Name)))
	d.add("patch", p+"/{id}", tag, "Change some fields; null clears one", []any{current}, ref(def.Name+".write"), ref(def.Name))
	d.add("delete", p+"/{id}", tag, "Archive it", []any{current}, nil, ref(def.Name))
	d.add("post", p+"/{id}/restore", tag, "Bring it back", []any{current}, nil, ref(def.Name))
	return nil
}

// formats are the JSON Schema names of a text's formats, where there are any.
var formats = map[string]string{"email": "email", "url": "uri"}

// field is a field's schema.
func (d *document) field(f *records.Field) m {
	s := m{"type": "string"}
	switch f.Kind {
	case records.Int:
		s["type"] = "integer"
	case records.Measure:
		s["type"] = "number"
	case records.Bool:
		s["type"] = "boolean"
	case records.DateKind:
		s["format"] = "date"
	case records.Instant:
		s["format"] = "date-time"
	case records.Amount:
		s = optional(money)
		s["type"] = "object"
	case records.Decimal:
		s["pattern"] = `^-?[0-9]+(\.[0-9]+)?$`
	case records.Choice:
		var values []any
		for _, o := range f.Options {
			values = append(values, o.Value)
		}
		s["enum"] = values
	case records.Link, records.RefKind:
		var names []string
		for _, t := range d.reg.Targets(f) {
			names = append(names, t.Name)
		}
		s["x-links-to"] = names
	case records.Secret:
		s["writeOnly"] = true
	}
	if s["type"] == "string" && f.MaxLen > 0 {
		s["maxLength"] = f.MaxLen
	}
	if f.Kind == records.Int || f.Kind == records.Measure {
		if f.Low != nil {
			s["minimum"] = *f.Low
		}
		if f.High != nil {
			s["maximum"] = *f.High
		}
	}
	if name := formats[f.Format]; name != "" {
		s["format"] = name
	}
	if f.Optional {
		s = optional(s)
	}
	s["title"] = f.Label
	var text []string
	if f.HelpText != "" {
		text = append(text, f.HelpText)
	}
	if f.UnitText != "" {
		text = append(text, "In "+f.UnitText+".")
	}
	if f.Closed != "" {
		text = append(text, "Only for those who may see "+string(f.Closed)+".")
	}
	if f.ReadOnly {
		s["readOnly"] = true
	}
	if len(text) > 0 {
		s["description"] = strings.Join(text, " ")
	}
	return s
}

// operation describes a module's operation.
func (d *document) operation(op api.Operation) {
	method, path, _ := strings.Cut(op.Route, " ")
	path = strings.TrimPrefix(path, "/")
	in := schemaOf(op.In)
	if properties, ok := in["properties"].(m); ok {
		for _, name := range api.PathNames(path) {
			delete(properties, name)
		}
	}
	parameters := []any{parameter("Idempotency-Key", "header", false, m{"type": "string", "maxLength": 255}, "Does it once, however often it is sent in 24 hours")}
	if method == "GET" {
		parameters = nil
		properties, _ := in["properties"].(m)
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			parameters = append(parameters, parameter(name, "query", false, properties[name].(m), ""))
		}
		in = nil
	}
	first, _, _ := strings.Cut(path, "/")
	right := m{}
	if op.Area != "" {
		right["x-right"] = op.Area + ":" + string(op.Act)
	}
	d.add(strings.ToLower(method), path, first, op.Summary, parameters, in, schemaOf(op.Out), right)
}
