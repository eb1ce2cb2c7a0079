package table

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSQLiteIsReadWithItsTypesAndNeverWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b#c.sqlite")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`CREATE TABLE invoice (id INTEGER PRIMARY KEY, at DATETIME, total NUMERIC(10,2), code TEXT, note TEXT)`,
		`INSERT INTO invoice VALUES (1, '2024-01-31 00:00:00', 0.99, '007', NULL), (2, '2024-02-01 00:00:00', 13.86, '8', ''), (3, '2024-02-02 00:00:00', 5, '9', 'x')`,
		`CREATE TABLE other (x)`,
	} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()
	before, _ := os.ReadFile(path)
	cols, rows, _ := show(t, Source{Target: path, Table: "Invoice"})
	if want := "id:integer at:date total:decimal with 2 digits code:text note:text"; cols != want {
		t.Errorf("got %s, want %s", cols, want)
	}
	if got, want := strings.Join(rows, ";"), "1|2024-01-31|0.99|007|–;2|2024-02-01|13.86|8|;3|2024-02-02|5.00|9|x"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	after, _ := os.ReadFile(path)
	if string(before) != string(after) {
		t.Error("the file was changed")
	}
	if _, err := Open(t.Context(), Source{Target: path}); err == nil || !strings.Contains(err.Error(), "name one of the tables: invoice, other") {
		t.Errorf("got %v", err)
	}
}

// handIn makes a database file of statements.
func handIn(t *testing.T, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "handed.sqlite")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range statements {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func all(t *testing.T, s Source) error {
	t.Helper()
	r, err := Open(t.Context(), s)
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		if _, err := r.Next(t.Context()); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestAFileHandedInIsReadWithoutAFileBesideItAlsoInWALMode(t *testing.T) {
	path := handIn(t, `PRAGMA journal_mode = WAL`, `CREATE TABLE sale (amount NUMERIC(10,2))`, `INSERT INTO sale VALUES (1.5), (2)`)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	alone := filepath.Join(t.TempDir(), "alone")
	if err := os.WriteFile(alone, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	_, rows, _ := show(t, Source{Target: alone, Format: HandedIn, Table: "sale"})
	if got := strings.Join(rows, ";"); got != "1.5;2.0" {
		t.Errorf("got %s", got)
	}
	if list, _ := filepath.Glob(alone + "*"); len(list) != 1 {
		t.Errorf("reading left %v", list)
	}
}

func TestAViewThatNeverEndsIsGivenUpWithBoundedRows(t *testing.T) {
	path := handIn(t, `CREATE TABLE a (x)`,
		`CREATE VIEW forever AS WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c`,
		`CREATE VIEW blank AS WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT NULL AS x FROM c`,
		`CREATE VIEW silent AS WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT COUNT(*) AS x FROM c`,
		`CREATE VIEW huge AS SELECT zeroblob(900000000) AS x`)
	for view, want := range map[string]Trouble{"forever": FileUnpacks, "blank": FileUnpacks, "huge": ValueTooLarge} {
		if err := all(t, Source{Target: path, Format: HandedIn, Table: view, MaxBytes: 2 << 20}); TroubleOf(err) != want {
			t.Errorf("%s: got %v (%s), want %s", view, err, TroubleOf(err), want)
		}
	}
	ctx, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	if _, err := Open(ctx, Source{Target: path, Format: HandedIn, Table: "silent"}); err == nil {
		t.Error("a view that never gives a row was read")
	}
	s, err := LookAt(t.Context(), Source{Target: path, Format: HandedIn})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Tables) != 5 {
		t.Errorf("got %d tables and views, want 5", len(s.Tables))
	}
}

func TestAQueryOnASQLiteFileReachesNoOtherFile(t *testing.T) {
	secret, path := handIn(t, `CREATE TABLE secret (x)`, `INSERT INTO secret VALUES (42)`), handIn(t, `CREATE TABLE a (x)`, `INSERT INTO a VALUES (1)`)
	for _, format := range []string{"sqlite", HandedIn} {
		for _, q := range []string{`ATTACH '` + secret + `' AS s; SELECT x FROM s.secret`, `SELECT 1; ATTACH '` + secret + `' AS s; SELECT x FROM s.secret`, `INSERT INTO a VALUES (2)`, `PRAGMA query_only = 0; DELETE FROM a`, `VACUUM INTO '` + path + `.copy'`} {
			if err := all(t, Source{Target: path, Format: format, Query: q}); err == nil {
				t.Errorf("%s: %s was run", format, q)
			}
		}
	}
	if _, rows, _ := show(t, Source{Target: path, Format: HandedIn, Table: "a"}); strings.Join(rows, ";") != "1" {
		t.Errorf("the file holds %v", rows)
	}
	if list, _ := filepath.Glob(path + ".*"); len(list) != 0 {
		t.Errorf("a query made %v", list)
	}
}

func TestADamagedFileHandedInIsAnErrorThatSaysSo(t *testing.T) {
	path := handIn(t, `CREATE TABLE a (x TEXT)`, `WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5000) INSERT INTO a SELECT 'row ' || n FROM c`)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func([]byte) []byte{
		"cut off":      func(b []byte) []byte { return b[:len(b)/2] },
		"only a head":  func(b []byte) []byte { return b[:100] },
		"pages zeroed": func(b []byte) []byte { clear(b[8192:]); return b },
		"schema gone":  func(b []byte) []byte { clear(b[100:4096]); return b },
	} {
		to := filepath.Join(t.TempDir(), "damaged")
		if err := os.WriteFile(to, damage(bytes.Clone(raw)), 0o600); err != nil {
			t.Fatal(err)
		}
		err := all(t, Source{Target: to, Format: HandedIn, Table: "a"})
		if trouble := TroubleOf(err); trouble != NotADatabase && trouble != NoSuchTable {
			t.Errorf("%s: got %v (%s)", name, err, trouble)
		}
	}
}

func FuzzAFileHandedIn(f *testing.F) {
	dir := f.TempDir()
	path := filepath.Join(dir, "seed")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		f.Fatal(err)
	}
	if _, err := db.Exec(`PRAGMA page_size = 512; CREATE TABLE a (x TEXT, y REAL); INSERT INTO a VALUES ('one', 1.5), (NULL, 2); CREATE VIEW v AS SELECT x FROM a`); err != nil {
		f.Fatal(err)
	}
	db.Close()
	raw, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(raw[:600])
	f.Fuzz(func(t *testing.T, raw []byte) {
		to := filepath.Join(dir, "x")
		if err := os.WriteFile(to, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := LookAt(t.Context(), Source{Target: to, Format: HandedIn})
		if err != nil {
			return
		}
		for _, one := range s.Tables[:min(len(s.Tables), 3)] {
			_ = all(t, Source{Target: to, Format: HandedIn, Table: one.Name, MaxBytes: 1 << 20})
		}
	})
}
