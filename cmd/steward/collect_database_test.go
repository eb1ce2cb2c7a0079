package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// collectDatabase runs the command and returns its lines by kind, its standard
// output and error, and the exit code.
func collectDatabase(t *testing.T, args ...string) (kinds map[string][]string, out, problems string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), streams{in: strings.NewReader(""), out: &o, err: &e}, append([]string{"collect", "database"}, args...))
	kinds = map[string][]string{}
	for line := range strings.Lines(o.String()) {
		var f struct{ Kind string }
		if json.Unmarshal([]byte(line), &f) == nil && f.Kind != "" {
			kinds[f.Kind] = append(kinds[f.Kind], line)
		}
	}
	return kinds, o.String(), e.String(), code
}

func sqliteFile(t *testing.T, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shop.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, q := range statements {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestCollectDatabaseTellsChecksTablesAndWhatChangedSince(t *testing.T) {
	path := sqliteFile(t, "CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT)", "INSERT INTO customer (name) VALUES ('a')")
	kinds, out, problems, code := collectDatabase(t, "sqlite:"+path)
	if code != exitDone || len(kinds["database"]) != 1 || len(kinds["check"]) < 12 || len(kinds["table"]) != 1 || len(kinds["size"]) != 2 || problems != "" {
		t.Fatalf("exit %d: %s\n%s", code, problems, out)
	}
	folder := t.TempDir()
	earlier := filepath.Join(folder, "earlier.jsonl")
	if err := os.WriteFile(earlier, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("ALTER TABLE customer ADD COLUMN mail TEXT; CREATE INDEX by_mail ON customer (mail)"); err != nil {
		t.Fatal(err)
	}
	kinds, _, _, code = collectDatabase(t, "sqlite:"+path, "--since", earlier, "--only", "lite-types,backup", "--what", "checks,structure,sizes")
	if code != exitDone || len(kinds["change"]) != 2 || !strings.Contains(kinds["change"][0], `"change":"added","object":"column","table":"customer","name":"mail"`) || len(kinds["growth"]) == 0 || len(kinds["check"]) != 2 {
		t.Errorf("exit %d: %v", code, kinds)
	}
	for format, want := range map[string]string{"svg": "<svg ", "markdown": "# Tables of sqlite:", "json": `"target": "sqlite:`} {
		file := filepath.Join(folder, "out."+format)
		_, out, problems, code := collectDatabase(t, "sqlite:"+path, "--structure", format, "--out", file, "--since", earlier)
		text, err := os.ReadFile(file)
		if code != exitDone || err != nil || !strings.HasPrefix(strings.TrimLeft(string(text), "{\n "), want) || out != "" || !strings.Contains(problems, "added column customer mail: TEXT") {
			t.Errorf("%s: exit %d, %v: %s\n%s", format, code, err, problems, text)
		}
	}
	if _, out, _, code := collectDatabase(t, "sqlite:"+path, "--structure", "markdown", "--tables", "none*"); code != exitDone || !strings.Contains(out, "0 tables") {
		t.Errorf("a pattern: exit %d: %s", code, out)
	}
}

func TestCollectDatabaseSaysWrongUseInOneLineAndHidesThePassword(t *testing.T) {
	folder := t.TempDir()
	empty := filepath.Join(folder, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{}, {"db1"}, {"postgres://u:hush@db1:x/d"}, {"sqlite:/none/such.db"}, {"http://u:hush@db1"}, {"redis://h", "--structure", "svg"}, {"postgres://h/d", "--structure", "pdf"},
		{"postgres://h/d", "--what", "all"}, {"postgres://h/d", "--only", "colour"}, {"postgres://h/d", "--since", empty}, {"postgres://h/d", "--since", "/none"}, {"postgres://h/d", "--password-file", empty},
		{"postgres://h/d", "--password-env", "STEWARD_NO_SUCH"}, {"postgres://h/d", "--checks", folder}, {"postgres://h/d", "--statements", "0"}, {"--role"}, {"--role", "db2"}, {"postgres://h/d", "--nothing"},
		{"postgres://h/d", "postgres://h/e", "--structure", "svg"}, {"postgres://h/d", "--structure", "svg", "--tables", "[x"},
	} {
		_, out, problems, code := collectDatabase(t, args...)
		if code != exitUsage || out != "" || strings.Count(problems, "\n") != 1 || strings.Contains(problems, "hush") {
			t.Errorf("%v: exit %d, out %q, says %q", args, code, out, problems)
		}
	}
}

func TestAServerThatDoesNotAnswerIsAGapAndTheOthersAreAsked(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close() // nobody listens any more
	path := sqliteFile(t, "CREATE TABLE t (a INTEGER)")
	secret := filepath.Join(t.TempDir(), "pw")
	if err := os.WriteFile(secret, []byte("hush-hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var targets []string
	for _, scheme := range []string{"postgres", "mysql", "sqlserver", "oracle", "mongodb", "redis"} {
		targets = append(targets, scheme+"://steward@"+address+map[string]string{"oracle": "/x"}[scheme])
	}
	kinds, out, problems, code := collectDatabase(t, append(targets, "sqlite:"+path, "--password-file", secret, "--connect-timeout", "3s")...)
	if code != exitFailed || len(kinds["gap"]) != 6 || len(kinds["database"]) != 1 || !strings.Contains(problems, "6 of 7 could not be reached") {
		t.Errorf("exit %d: %s\n%s", code, problems, strings.Join(kinds["gap"], ""))
	}
	if strings.Contains(out+problems, "hush") {
		t.Errorf("the password is shown: %s\n%s", problems, out)
	}
	for _, g := range kinds["gap"] {
		if !strings.Contains(g, "refused") || strings.Count(g, `\n`) > 0 {
			t.Errorf("the gap does not say in one line what happened: %s", g)
		}
	}
}

func TestCollectDatabasePrintsRolesAndChecks(t *testing.T) {
	for _, e := range []string{"postgresql", "mysql", "mariadb", "sqlite", "sqlserver", "oracle", "mongodb", "redis", "postgres://h/d"} {
		if _, out, problems, code := collectDatabase(t, "--role", e); code != exitDone || !strings.Contains(out, "CHANGE-ME") {
			t.Errorf("%s: exit %d: %s", e, code, problems)
		}
	}
	_, out, _, code := collectDatabase(t, "--list", "redis")
	var list []struct{ ID, Engine, Remedy string }
	if err := json.Unmarshal([]byte(out), &list); code != exitDone || err != nil || len(list) < 12 || list[0].Engine != "redis" || list[0].Remedy == "" {
		t.Errorf("exit %d, %v: %.300s", code, err, out)
	}
}
