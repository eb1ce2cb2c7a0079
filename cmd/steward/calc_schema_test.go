package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// notJSON are the calculations whose example is CSV.
var notJSON = []string{"anomaly"}

func TestEveryExampleRunsAndItsSchemaAcceptsInputAndOutput(t *testing.T) {
	for _, c := range calculations() {
		if c.Name == "cube" { // reads files and databases; its example needs one
			checkCubeSchema(t)
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			schema := schemaOf(t, c.Name)
			out, why, code := calculate(t, c.Name, c.Example, "--explain")
			if code != exitDone || why == "" {
				t.Fatalf("the example: exit %d, explained %q", code, why)
			}
			plain, silent, _ := calculate(t, c.Name, c.Example)
			if plain != out || silent != "" {
				t.Errorf("without --explain the answer differs, or says %q", silent)
			}
			if help, _, code := calculate(t, c.Name, "", "--help"); code != exitDone || !strings.Contains(help, strings.TrimSpace(c.Example)) {
				t.Errorf("--help: exit %d, without the example", code)
			}
			if slices.Contains(notJSON, c.Name) {
				return
			}
			accepts(t, schema, "input", c.Example)
			accepts(t, schema, "output", out)
		})
	}
}

func checkCubeSchema(t *testing.T) {
	schema := schemaOf(t, "cube")
	var o, e strings.Builder
	s := streams{in: strings.NewReader("country,amount\nDE,1.50\nSE,2\n"), out: &o, err: &e}
	if code := run(t.Context(), s, []string{"calc", "cube", "--data", "-", "--measure", "sum(amount)", "--by", "country", "--format", "json"}); code != exitDone {
		t.Fatalf("cube: exit %d, %s", code, e.String())
	}
	accepts(t, schema, "output", o.String())
}

func TestEveryCalculationRefusesWrongInputInOneLine(t *testing.T) {
	for _, c := range calculations() {
		if c.Name == "cube" {
			continue
		}
		for what, in := range map[string]string{
			"nothing": "", "blanks": " \n\t", "two answers": c.Example + "\n{}x", "a list": "[1]", "a number": "5", "null": "null",
			"text": `"x"`, "unknown field": `{"bogus": 1}`, "not a number": `{"rate": NaN}`, "no end": `{"events": [`,
			"no UTF-8": "\xff\xfe{\x00}\x00", "zero bytes": "\x00\x00", "deep lists": strings.Repeat("[", 200_000),
			"deep objects": strings.Repeat(`{"a":`, 200_000), "a page": "<html><body>\n</body></html>\n",
		} {
			out, errs, code := calculate(t, c.Name, in)
			if code != exitUsage || out != "" || strings.Count(errs, "\n") != 1 || len(errs) > 1000 {
				t.Errorf("%s, %s: exit %d, output %.80q, error %.300q", c.Name, what, code, out, errs)
			}
		}
	}
}

func TestACalculationRefusesWhatIsNoFile(t *testing.T) {
	folder := t.TempDir()
	for _, path := range []string{folder, filepath.Join(folder, "absent.json")} {
		var o, e strings.Builder
		code := run(t.Context(), streams{in: strings.NewReader(""), out: &o, err: &e}, []string{"calc", "risk", path})
		if code != exitUsage || !strings.Contains(e.String(), path) || strings.Count(e.String(), "\n") != 1 {
			t.Errorf("%s: exit %d, %q", path, code, e.String())
		}
	}
	file := filepath.Join(folder, "in.json")
	if err := os.WriteFile(file, []byte(`{"amounts":[-100,110]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var o, e strings.Builder
	if code := run(t.Context(), streams{out: &o, err: &e}, []string{"calc", "cashflow", file, "--explain"}); code != exitDone || e.String() == "" {
		t.Errorf("flags after the file: exit %d, explained %q", code, e.String())
	}
}

func schemaOf(t *testing.T, name string) map[string]any {
	t.Helper()
	out, errs, code := calculate(t, name, "", "--schema")
	var schema map[string]any
	if err := json.Unmarshal([]byte(out), &schema); err != nil || code != exitDone {
		t.Fatalf("%s --schema: exit %d, %s, %v", name, code, errs, err)
	}
	if schema["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("%s: $schema is %v", name, schema["$schema"])
	}
	wellMade(t, name, schema)
	return schema
}

func accepts(t *testing.T, schema map[string]any, which, text string) {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Errorf("%s is not JSON: %v", which, err)
		return
	}
	def, ok := schema["$defs"].(map[string]any)[which].(map[string]any)
	if !ok {
		t.Errorf("there is no $defs/%s", which)
		return
	}
	for _, problem := range misfits(schema, def, v, which) {
		t.Error(problem)
	}
}

// wellMade checks that a schema says only what draft 2020-12 knows, each in its form.
func wellMade(t *testing.T, at string, s map[string]any) {
	t.Helper()
	sub := func(key string, v any) {
		m, ok := v.(map[string]any)
		if _, yes := v.(bool); !ok && !yes {
			t.Errorf("%s.%s: is no schema: %v", at, key, v)
		}
		wellMade(t, at+"."+key, m)
	}
	for key, v := range s {
		switch key {
		case "$schema", "$ref", "title", "description", "format":
			if _, ok := v.(string); !ok {
				t.Errorf("%s.%s: is no text", at, key)
			}
		case "pattern":
			if _, err := regexp.Compile(fmt.Sprint(v)); err != nil {
				t.Errorf("%s: %v", at, err)
			}
		case "type":
			for _, kind := range asList(v) {
				if !slices.Contains([]any{"object", "array", "string", "number", "integer", "boolean", "null"}, kind) {
					t.Errorf("%s: there is no type %v", at, kind)
				}
			}
		case "$defs", "properties":
			for name, d := range v.(map[string]any) {
				sub(name, d)
			}
		case "items", "additionalProperties":
			sub(key, v)
		case "anyOf", "oneOf":
			for i, d := range v.([]any) {
				sub(fmt.Sprint(key, i), d)
			}
		case "required", "enum", "examples":
			if _, ok := v.([]any); !ok {
				t.Errorf("%s.%s: is no list", at, key)
			}
		case "minimum", "maximum", "minItems", "maxItems", "exclusiveMinimum":
			if _, ok := v.(float64); !ok {
				t.Errorf("%s.%s: is no number", at, key)
			}
		case "const", "default":
		default:
			t.Errorf("%s: %q is not checked here; say how", at, key)
		}
	}
}

// misfits says where v is not as the schema wants it.
func misfits(root, s map[string]any, v any, at string) []string {
	var out []string
	no := func(format string, args ...any) { out = append(out, at+": "+fmt.Sprintf(format, args...)) }
	if ref, ok := s["$ref"].(string); ok {
		def := root
		for _, part := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
			def, _ = def[part].(map[string]any)
		}
		out = append(out, misfits(root, def, v, at)...)
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		if list, ok := s[key].([]any); ok && !slices.ContainsFunc(list, func(d any) bool { return len(misfits(root, d.(map[string]any), v, at)) == 0 }) {
			no("%v fits none of %s", v, key)
		}
	}
	if kinds, ok := s["type"]; ok && !slices.ContainsFunc(asList(kinds), func(kind any) bool { return isA(v, kind) }) {
		no("%.100v is not of type %v", v, kinds)
		return out
	}
	if list, ok := s["enum"].([]any); ok && !slices.Contains(list, v) {
		no("%v is none of %v", v, list)
	}
	switch v := v.(type) {
	case string:
		if p, ok := s["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(v) {
			no("%q does not match %s", v, p)
		}
	case []any:
		if items, ok := s["items"].(map[string]any); ok {
			for i, e := range v {
				out = append(out, misfits(root, items, e, fmt.Sprintf("%s[%d]", at, i))...)
			}
		}
	case map[string]any:
		properties, _ := s["properties"].(map[string]any)
		for name, e := range v {
			if p, ok := properties[name].(map[string]any); ok {
				out = append(out, misfits(root, p, e, at+"."+name)...)
				continue
			}
			switch more := s["additionalProperties"].(type) {
			case bool:
				if !more {
					no("there is a field %q that the schema does not know", name)
				}
			case map[string]any:
				out = append(out, misfits(root, more, e, at+"."+name)...)
			}
		}
		for _, name := range asList(s["required"]) {
			if _, ok := v[name.(string)]; !ok {
				no("%v is missing", name)
			}
		}
	}
	return out
}

func isA(v, kind any) bool {
	switch v := v.(type) {
	case nil:
		return kind == "null"
	case bool:
		return kind == "boolean"
	case string:
		return kind == "string"
	case float64:
		return kind == "number" || kind == "integer" && v == math.Trunc(v)
	case []any:
		return kind == "array"
	}
	return kind == "object"
}

func asList(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}
