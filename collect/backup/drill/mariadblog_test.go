package drill

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"steward/collect/backup"
	"steward/collect/backup/making"
)

// archived are copies of the closed files of the source's log.
func archived(t *testing.T) string {
	t.Helper()
	s := maria(t)
	s.Do(t, "mysql", "FLUSH BINARY LOGS")
	to := t.TempDir()
	files, err := filepath.Glob(filepath.Join(s.Dir, "log-bin.[0-9]*"))
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if err := copyFile(t.Context(), f, filepath.Join(to, filepath.Base(f))); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func mark(t *testing.T, source backup.Target) string {
	t.Helper()
	m, err := making.Mark(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	return m.ID
}

func TestAPointInTimeOfAMariaDBIsReachedAndNotPassed(t *testing.T) {
	t.Parallel()
	source := mariaShop(t, "travel")
	s := maria(t)
	a := made(t, making.Options{Target: source})
	s.Do(t, "travel", "INSERT INTO customer (name, note, photo) VALUES ('naïve 🦫', 'a;\nb', x'00ff27')", "SET SESSION binlog_format = 'ROW'", "UPDATE orders SET customer = 7 WHERE id < 100", "CREATE TABLE later (id INT PRIMARY KEY)", "INSERT INTO later SELECT seq FROM seq_1_to_700", "DROP TABLE later")
	s.Do(t, "mysql", "FLUSH BINARY LOGS")
	wanted := mark(t, source)
	s.Do(t, "travel", "DELETE FROM nothing")
	after := mark(t, source)
	s.Do(t, "travel", "DROP TABLE orders") // the mishap
	log := archived(t)

	one := "1"
	r := drilled(t, Options{Path: a.Dir, Level: L4, Source: &source, RPO: time.Hour, Log: log, Until: "marker:" + wanted,
		Queries: []Query{{Name: "what came after the dump", SQL: "SELECT COUNT(*) FROM customer WHERE name = 'naïve 🦫' AND photo = x'00ff27' AND note = 'a;\\nb'", Equals: &one},
			{Name: "rows that were changed", SQL: "SELECT COUNT(*) / 99 FROM orders WHERE id < 100 AND customer = 7", Min: &one, Max: &one}}})
	healthy(t, r, L4)
	if r.Marker == nil || r.Marker.ID != wanted || !r.Tested || !strings.Contains(r.RPO.Method, "marker") {
		t.Errorf("the newest marker is %v, want %s; RPO %+v", r.Marker, wanted, r.RPO)
	}
	if os.Getenv("STEWARD_LONG") == "" {
		return
	}
	// To the end it is what the source is now, without the table that was dropped.
	r = drilled(t, Options{Path: a.Dir, Level: L3, Source: &source, Log: log})
	healthy(t, r, L3)
	if r.Marker == nil || r.Marker.ID != after {
		t.Errorf("to the end the newest marker is %v, want %s", r.Marker, after)
	}
	r = drilled(t, Options{Path: a.Dir, Level: L3, Log: log, Until: time.Now().UTC().Add(time.Hour).Format(time.RFC3339)})
	fails(t, r, L3, "tables", "orders is missing")
}

func TestALogThatDoesNotFollowTheDumpIsRefused(t *testing.T) {
	t.Parallel()
	source := mariaShop(t, "torn")
	s := maria(t)
	a := made(t, making.Options{Target: source})
	s.Do(t, "torn", "INSERT INTO nothing VALUES (1)")
	s.Do(t, "mysql", "FLUSH BINARY LOGS", "FLUSH BINARY LOGS")
	marker := mark(t, source)
	log := archived(t)
	files, _ := filepath.Glob(filepath.Join(log, "log-bin.*"))

	for until, says := range map[string]string{"lsn:0/1": "neither position", "marker:none": "holds no marker none", "position:log-bin.999999:4": "no position in the log"} {
		if _, err := Run(t.Context(), Options{Path: a.Dir, Level: L3, Log: log, Until: until, Scratch: sources.scratchParent}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("--until %s: %v, want %q", until, err, says)
		}
	}
	if _, err := Run(t.Context(), Options{Path: a.Dir, Level: L3, Log: t.TempDir(), Scratch: sources.scratchParent}); err == nil || !strings.Contains(err.Error(), "where the dump was taken") {
		t.Errorf("a folder without the log: %v", err)
	}

	// A statement without its database cannot be told from those of others.
	s.Do(t, "mysql", "SET SESSION binlog_format = 'STATEMENT'", "UPDATE torn.orders SET customer = 8 WHERE id = 5")
	r := drilled(t, Options{Path: a.Dir, Level: L3, Log: archived(t)})
	fails(t, r, L3, "log", "1 statements name torn")

	spoilt := false
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		at := strings.Index(string(b), marker)
		if at < 0 {
			continue
		}
		b[at] ^= 1
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		spoilt = true
	}
	if !spoilt {
		t.Fatal("the marker is in no file of the log")
	}
	r = drilled(t, Options{Path: a.Dir, Level: L3, Log: log})
	fails(t, r, L3, "restore", "read the log")

	hole := files[len(files)-2]
	os.Remove(hole)
	r = drilled(t, Options{Path: a.Dir, Level: L3, Log: log})
	fails(t, r, L3, "log", fmt.Sprintf("%s is missing", filepath.Base(hole)))
	if r.Tested {
		t.Error("a torn log counts as tested")
	}
}

func TestStatementsThatNameADatabaseAreToldFromOthers(t *testing.T) {
	names := namesDatabase("shop")
	for line, want := range map[string]bool{"update shop.t set n = 1": true, "INSERT INTO `shop`.`t` VALUES (1)": true, "delete from t using shop . t": true, "update myshop.t set n = 1": false, "update shop2.t set n = 1": false,
		"#Q> update shop.t": false, "GRANT SELECT ON shop.* TO x": false, "update t set n = 'bishop.'": false, "update `workshop`.t": false} {
		if got := names([]byte(line)); got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}
