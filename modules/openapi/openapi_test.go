package openapi_test

import (
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"steward/kernel/testkit/apptest"
	"steward/modules"
)

var update = flag.Bool("update", false, "write the golden files anew")

func document(t *testing.T) map[string]any {
	t.Helper()
	p := apptest.SQLite(t, modules.All())
	a := p.Browser(t, nil).Get("/api/v1/openapi.json")
	var doc map[string]any
	if err := json.Unmarshal([]byte(a.Body), &doc); err != nil || a.Status != 200 {
		t.Fatalf("the document: %d %v", a.Status, err)
	}
	return doc
}

func TestTheDocumentOfVendorsIsAsKept(t *testing.T) {
	doc := document(t)
	part := map[string]any{"paths": map[string]any{}, "schemas": map[string]any{}}
	for path, item := range doc["paths"].(map[string]any) {
		if strings.HasPrefix(path, "/vendors/vendors") {
			part["paths"].(map[string]any)[path] = item
		}
	}
	for name, s := range doc["components"].(map[string]any)["schemas"].(map[string]any) {
		if strings.HasPrefix(name, "vendors.vendor") {
			part["schemas"].(map[string]any)[name] = s
		}
	}
	got, err := json.MarshalIndent(part, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	const file = "testdata/vendors.json"
	if *update {
		if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(got)+"\n" {
		t.Errorf("the document of vendors is not as in %s; look at the difference and run with -update", file)
	}
}

var pathName = regexp.MustCompile(`\{([a-z_]+)\}`)

func TestTheDocumentIsSoundOpenAPI(t *testing.T) {
	doc := document(t)
	if doc["openapi"] != "3.1.0" || doc["info"].(map[string]any)["title"] == "" || doc["info"].(map[string]any)["version"] == "" {
		t.Error("head of the document")
	}
	at := func(ref string) bool {
		v := any(doc)
		for _, part := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
			o, ok := v.(map[string]any)
			if !ok {
				return false
			}
			v = o[part]
		}
		return v != nil
	}
	types := []any{"string", "integer", "number", "boolean", "object", "array", "null"}
	var walk func(where string, v any)
	walk = func(where string, v any) {
		switch x := v.(type) {
		case map[string]any:
			if to, ok := x["$ref"].(string); ok && !at(to) {
				t.Errorf("%s leads to %s, which is not there", where, to)
			}
			if kind, ok := x["type"]; ok && strings.Contains(where, "schema") && !strings.HasSuffix(where, "properties") {
				kinds, many := kind.([]any)
				if !many {
					kinds = []any{kind}
				}
				for _, k := range kinds {
					if s, isText := k.(string); isText && !slices.Contains(types, any(s)) && !strings.Contains(where, "securitySchemes") {
						t.Errorf("%s has the type %v", where, k)
					}
				}
				if slices.Contains(kinds, any("array")) && x["items"] == nil {
					t.Errorf("%s is an array of what?", where)
				}
			}
			for k, one := range x {
				walk(where+"/"+k, one)
			}
		case []any:
			for _, one := range x {
				walk(where, one)
			}
		}
	}
	walk("", doc)
	seen := map[string]bool{}
	for path, item := range doc["paths"].(map[string]any) {
		for method, v := range item.(map[string]any) {
			op := v.(map[string]any)
			id := op["operationId"].(string)
			if seen[id] {
				t.Errorf("%s is the id of two operations", id)
			}
			seen[id] = true
			if op["summary"] == "" || op["responses"].(map[string]any)["default"] == nil {
				t.Errorf("%s %s has no summary, or does not say how it fails", method, path)
			}
			declared := map[string]bool{}
			list, _ := op["parameters"].([]any)
			for _, one := range list {
				par := one.(map[string]any)
				key := par["in"].(string) + " " + par["name"].(string)
				if declared[key] || par["schema"] == nil {
					t.Errorf("%s %s: the parameter %s is there twice or has no schema", method, path, key)
				}
				declared[key] = true
			}
			for _, name := range pathName.FindAllStringSubmatch(path, -1) {
				if !declared["path "+name[1]] {
					t.Errorf("%s %s does not declare {%s}", method, path, name[1])
				}
			}
		}
	}
	if len(seen) < 50 {
		t.Errorf("only %d operations", len(seen))
	}
}
