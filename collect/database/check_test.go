package database

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func folder(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "own.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestAPersonsFileAddsChecksAndChangesShippedOnes(t *testing.T) {
	list, err := LoadChecks(folder(t, `{"engine": "postgresql", "checks": [
	  {"id": "pg-checkpoints", "warning": 30, "set": {"checkpoints": 5}}, {"id": "pg-logging", "off": true},
	  {"id": "our-orders", "title": "Orders not shipped", "group": "performance", "unit": "count", "severity": "low", "warning": 10, "remedy": "Ship them.", "source": "",
	   "query": ["SELECT count(*) AS value", "FROM shop.orders", "WHERE shipped IS NULL"]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != len(Checks())+1 {
		t.Errorf("%d checks, want one more than %d", len(list), len(Checks()))
	}
	changed := 0
	for _, c := range list {
		switch c.ID {
		case "pg-checkpoints":
			changed++
			if *c.Warning != 30 || c.Set["checkpoints"] != 5 || c.Remedy == "" || c.Proven == "own" || !strings.Contains(c.text(), ">= 5") {
				t.Errorf("changed to %+v", c)
			}
		case "pg-logging":
			if c.fits(Server{Engine: PostgreSQL, Version: "15.1"}) {
				t.Error("a check that is off is run")
			}
		case "our-orders":
			if c.Proven != "own" || c.Take != "worst" || !strings.Contains(string(c.Query), "\nFROM") {
				t.Errorf("added %+v", c)
			}
		}
	}
	if changed != 2 {
		t.Errorf("%d versions changed, want both", changed)
	}
	for _, c := range Checks() {
		if c.ID == "pg-checkpoints" && (*c.Warning == 30 || c.Set["checkpoints"] == 5) {
			t.Error("the shipped check was changed too")
		}
	}
}

func TestAWrongCheckIsRefusedWithItsPlace(t *testing.T) {
	const head = `{"engine": "postgresql", "checks": [{"id": "our-x", "title": "t", "group": "security", "unit": "count", "severity": "low", "warning": 1, "remedy": "r", "query": "SELECT 1 AS value"`
	for text, want := range map[string]string{
		"{":                 "own.json",
		`{"engine": "db2"}`: "db2",
		`{"engine": "redis", "checks": [{"id": "our-x", "title": "t", "group": "security", "unit": "count", "severity": "low", "warning": 1, "remedy": "r", "query": "SELECT 1 AS value"}]}`: "ask",
		head + `, "what": 1}]}`:                                                      "what",
		head + `, "group": "colour"}]}`:                                              "availability",
		head + `, "critical": 0.5}]}`:                                                "before warning",
		head + `, "query": "DELETE FROM t"}]}`:                                       "reads",
		head + `, "query": "SELECT {n} AS value"}]}`:                                 "{n}",
		head + `, "min": "x"}]}`:                                                     "version",
		head + `, "ask": {"A b": "SELECT 1"}}]}`:                                     "table",
		head + `, "proven": "live?"}]}`:                                              "proven",
		`{"engine": "postgresql", "checks": [{"id": "X"}]}`:                          "id",
		`{"engine": "postgresql", "checks": [{"id": "pg-sequence", "warning": 99}]}`: "before warning",
	} {
		if _, err := LoadChecks(folder(t, text)); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "own.json") {
			t.Errorf("%s: got %v, want %q named", text, err, want)
		}
	}
	if _, err := LoadChecks(t.TempDir()); err == nil {
		t.Error("an empty folder was taken")
	}
}

func FuzzCheckFile(f *testing.F) {
	f.Add(`{"engine": "postgresql", "checks": [{"id": "pg-sequence", "warning": 9}]}`)
	f.Add(`{"engine": "redis", "checks": [{"id": "our-x", "ask": {"a": "INFO"}, "query": ["SELECT", "1"]}]}`)
	f.Fuzz(func(t *testing.T, s string) {
		list, err := addCheckFile(Checks()[:3], "own.json", []byte(s))
		if err == nil {
			for i := range list {
				if err := list[i].check("again"); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

func TestRowsAreJudgedTheWorstFirstAndWhatIsUnseenIsSaid(t *testing.T) {
	c := Check{Engine: PostgreSQL, Take: "worst", Better: "lower", Warning: new(10.0), Critical: new(20.0), Remedy: "do", Needs: "a right"}
	rows := &table{columns: []string{"value", "name", "statement", "why"}}
	for i := range 30 {
		rows.rows = append(rows.rows, []any{int64(i), "n", "SELECT 'secret'", nil})
	}
	rows.rows = append(rows.rows, []any{nil, "hidden", nil, "not shown"})
	r := c.judge(rows)
	if r.State != Critical || *r.Value != 29 || len(r.Evidence) != 20 || r.More != 0 || r.Unseen != 1 || r.Needs != "a right" || r.Why != "not shown" || r.Evidence[0]["value"] != int64(29) || r.Evidence[0]["statement"] != "SELECT '…'" {
		t.Errorf("got %+v", r)
	}
	if r := c.judge(&table{columns: rows.columns}); r.State != OK || r.Value != nil || r.Remedy != "" {
		t.Errorf("of nothing: %+v", r)
	}
	if r := c.judge(&table{columns: rows.columns, rows: rows.rows[30:]}); r.State != Unknown || r.Value != nil {
		t.Errorf("of what is hidden: %+v", r)
	}
	c.Take = "count"
	if r := c.judge(rows); r.State != Critical || *r.Value != 30 || r.More != 10 {
		t.Errorf("counted: %+v", r)
	}
	c.Take, c.Better, c.Warning, c.Critical = "sum", "higher", new(500.0), new(100.0)
	if r := c.judge(rows); r.State != Warning || *r.Value != 435 {
		t.Errorf("summed: %+v", r)
	}
}

func TestVersionsAreOrderedAndEndOfSupportIsKnown(t *testing.T) {
	if compareVersions("9.6", "10") >= 0 || compareVersions("10.11.19", "10.9") <= 0 || compareVersions("16", "16.0.0") != 0 {
		t.Error("versions are out of order")
	}
	c := Check{Engine: PostgreSQL, Min: "12", Max: "16"}
	for v, want := range map[string]bool{"11.9": false, "12.0": true, "16.4": true, "17.0": false} {
		if got := c.fits(Server{Engine: PostgreSQL, Version: v}); got != want {
			t.Errorf("%s fits: %v", v, got)
		}
	}
	now := time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)
	for _, x := range []struct{ product, version, cycle, state string }{
		{"postgresql", "15.4", "15", OK}, {"postgresql", "9.6.24", "9.6", Critical}, {"postgresql", "14.1", "14", Warning}, {"mariadb", "10.11.19", "10.11", OK}, {"mariadb", "10.1.48", "10.1", Critical},
		{"mysql", "8.0.46", "8.0", Critical}, {"mysql", "8.4.1", "8.4", OK}, {"sqlserver", "16.0.4265.3", "16.0", OK}, {"sqlserver", "13.0.6300.2", "13.0-sp3", Critical}, {"sqlserver", "13.0.1601.5", "13.0", Critical},
		{"oracle", "19.28.0.0.0", "19", OK}, {"oracle", "12.2.0.1.0", "12.2", Critical}, {"mongodb", "8.0.3", "8.0", OK}, {"redis", "7.0.15", "7.0", Critical}, {"valkey", "8.1.1", "8.1", OK},
		{"postgresql", "99.1", "", Unknown},
	} {
		s := Server{Engine: PostgreSQL, Product: x.product, Version: x.version, Support: SupportOf(x.product, x.version, now)}
		got := ""
		if s.Support != nil {
			got = s.Support.Cycle
		}
		if r := supportResult(s); got != x.cycle || r.State != x.state {
			t.Errorf("%s %s: cycle %q, %s %v; want %q, %s", x.product, x.version, got, r.State, r.Why, x.cycle, x.state)
		}
	}
}
