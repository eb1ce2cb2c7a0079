package database

import (
	"slices"
	"strings"
	"testing"
)

func TestEachEngineHasTwelveChecksOrMoreASurveyAndARole(t *testing.T) {
	for _, e := range Engines {
		ids := map[string]bool{}
		for _, c := range Checks() {
			if c.Engine == e {
				ids[c.ID] = true
			}
		}
		if len(ids) < 12 {
			t.Errorf("%s has %d checks, want 12 or more", e, len(ids))
		}
		if !strings.Contains(RoleScript(e), "steward") || !strings.Contains(RoleScript(e), "CHANGE-ME") {
			t.Errorf("the script of %s makes no role", e)
		}
		if surveys()[e]["sizes"] == nil {
			t.Errorf("%s is not asked for sizes", e)
		}
		for name, list := range surveys()[e] {
			for _, q := range list {
				dialect := e
				if len(q.Ask) > 0 {
					dialect = SQLite
				}
				if err := guardSQL(dialect, strings.ReplaceAll(strings.ReplaceAll(string(q.Query), "{top}", "10"), "{schema}", "s")); err != nil {
					t.Errorf("%s %s: %v", e, name, err)
				}
				for table, ask := range q.Ask {
					if err := guardAsk(e, string(ask)); err != nil {
						t.Errorf("%s %s %s: %v", e, name, table, err)
					}
				}
			}
		}
	}
	for _, c := range Checks() {
		if c.Source == "" || !strings.HasPrefix(c.Source, "https://") {
			t.Errorf("%s names no page of the maker", c.ID)
		}
		if !slices.Contains([]string{"live", "recorded"}, c.Proven) {
			t.Errorf("%s is proven %q", c.ID, c.Proven)
		}
	}
}
