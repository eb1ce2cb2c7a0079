package api_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"steward/kernel/testkit/apptest"
	"steward/modules"
)

func TestEveryFilterOfTheDocumentIsTaken(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		c := program(t, p)
		doc := c.want(200, "GET", "openapi.json", "")
		values := []string{"x", "true", "2026-01-01", "3", "12.50 EUR", "018c0b64-bac0-754d-a399-4967722183f2"}
		for path, item := range doc["paths"].(map[string]any) {
			get, _ := item.(map[string]any)["get"].(map[string]any)
			parameters, _ := get["parameters"].([]any)
			isList := slices.ContainsFunc(parameters, func(one any) bool { return one.(map[string]any)["name"] == "archived" })
			if !isList {
				continue
			}
			for _, one := range parameters {
				par := one.(map[string]any)
				name := par["name"].(string)
				if slices.Contains([]string{"sort", "after", "before", "fields", "limit"}, name) {
					continue
				}
				values := values
				schema, _ := par["schema"].(map[string]any)
				if items, ok := schema["items"].(map[string]any); ok {
					schema = items
				}
				if schema["enum"] != nil {
					values = append(slices.Clone(values), schema["enum"].([]any)[0].(string))
				}
				taken := false
				p.Clock.Advance(time.Second)
				for _, v := range values {
					if taken {
						break
					}
					status, out, _ := c.do("GET", strings.TrimPrefix(path, "/")+"?"+name+"="+strings.ReplaceAll(v, " ", "+"), "")
					if status != 200 && status != 422 {
						t.Errorf("GET %s?%s=%s: %d %v", path, name, v, status, out)
					}
					taken = taken || status == 200
				}
				if !taken {
					t.Errorf("GET %s?%s: no value is taken", path, name)
				}
			}
		}
	})
}
