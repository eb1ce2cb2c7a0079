package database_test

import (
	"database/sql"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"steward/collect/database"
	"steward/collect/fact"
)

// made makes a database file with the given statements.
func made(t *testing.T, name string, statements ...string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, name)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, q := range statements {
		if _, err := db.Exec(q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

var liteShop = []string{
	"CREATE TABLE customer (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, note TEXT DEFAULT 'none')",
	"CREATE TABLE sale (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customer (id) ON DELETE CASCADE, total NUMERIC CHECK (total >= 0))",
	"CREATE INDEX sale_customer ON sale (customer) WHERE total > 0",
	"CREATE INDEX sale_by ON sale (customer)",
	"CREATE VIEW v AS SELECT name FROM customer",
	"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 500) INSERT INTO customer (name) SELECT 'c' || n FROM n",
	"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 5000) INSERT INTO sale (customer, total) SELECT 1 + n % 500, n FROM n",
	"ANALYZE",
}

func TestAHealthySQLiteIsSilentAndNothingIsWrittenBesideIt(t *testing.T) {
	path := made(t, "shop #1.db", append([]string{"PRAGMA journal_mode = WAL"}, liteShop...)...)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := look(t, "sqlite:"+path, "", database.Options{})
	s.silent(t, 15)
	who := of[database.Server](s)[0]
	if who.Product != "sqlite" || !strings.HasPrefix(who.Version, "3.") {
		t.Errorf("the file says of itself %+v", who)
	}
	after, err := os.ReadFile(path)
	if err != nil || string(before) != string(after) {
		t.Errorf("the file was written to: %v", err)
	}
	if list, _ := filepath.Glob(path + "-*"); len(list) > 0 {
		t.Errorf("files were made beside it: %v", list)
	}
	var tables []string
	for _, x := range of[database.Table](s) {
		tables = append(tables, x.Name+" "+x.Kind)
		if x.Name == "sale" && (x.Bytes == nil || *x.Bytes == 0 || len(x.Columns) != 3 || len(x.Indexes) != 2 || x.Keys[1].RefTable != "customer") {
			t.Errorf("sale: %+v", x)
		}
	}
	if got := strings.Join(tables, ", "); got != "customer table, sale table, v view" {
		t.Errorf("tables %s", got)
	}
	if z := of[database.Size](s); len(z) != 3 {
		t.Errorf("sizes %+v", z)
	}
}

// What SQLite makes when nothing is set, in a folder that is its owner's, is no
// fault: no AUTOINCREMENT, a rollback journal, the mode of every new file.
func TestAnOrdinarySmallSQLiteIsSilent(t *testing.T) {
	path := made(t, "plain.db", "CREATE TABLE note (id INTEGER PRIMARY KEY, word TEXT)", "INSERT INTO note (word) VALUES ('one')")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(filepath.Dir(path)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	look(t, "sqlite:"+path, "", database.Options{}).silent(t, 15)
}

// A row that its index misses is damage that a quick look does not see.
func TestAnIndexThatDoesNotFitItsTableIsFound(t *testing.T) {
	path := made(t, "torn.db", "PRAGMA page_size = 4096", "CREATE TABLE note (id INTEGER PRIMARY KEY, word TEXT)", "CREATE INDEX note_word ON note (word)", "INSERT INTO note (word) VALUES ('findthisword')")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.LastIndex(string(b), "findthisword") // in the index, whose page comes after the table's
	b[at] ^= 1
	if err := os.WriteFile(path, b, 0o640); err != nil {
		t.Fatal(err)
	}
	look(t, "sqlite:"+path, "", database.Options{}).finds(t, []finding{{"lite-damage", database.Critical, "note_word"}})
}

func TestEachFaultOfASQLiteIsFound(t *testing.T) {
	path := made(t, "bad.db", append([]string{"PRAGMA page_size = 512", "PRAGMA journal_mode = DELETE"}, append(liteShop[:len(liteShop)-1],
		"CREATE TABLE line (id INTEGER PRIMARY KEY, sale INTEGER REFERENCES sale (id), anything)",
		"INSERT INTO line (sale) VALUES (999999)",
		"CREATE INDEX sale_again ON sale (customer, total)",
		"UPDATE sqlite_sequence SET seq = 9000000000000000000",
		"CREATE TABLE gone (word TEXT)", "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 60000) INSERT INTO gone SELECT printf('%.200c', 'x') FROM n", "DELETE FROM gone")...)...)
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	old := make([]byte, 4) // written last by a library of 2017
	binary.BigEndian.PutUint32(old, 3021000)
	if _, err := f.WriteAt(old, 96); err != nil {
		t.Fatal(err)
	}
	f.Close()
	s := look(t, "sqlite:"+path, "", database.Options{})
	found := []finding{
		{"lite-foreign-keys", database.Warning, "refers_to=sale"},
		{"lite-journal", database.Warning, "rollback"},
		{"lite-free", database.Warning, "free_mb"},
		{"lite-statistics", database.Warning, "sale"},
		{"lite-foreign-key-index", database.Warning, "ON line (sale)"},
		{"lite-duplicate-index", database.Warning, "index=sale_by"},
		{"lite-types", database.Warning, "anything"},
		{"lite-row-numbers", database.Critical, "customer"},
		{"lite-page-size", database.Critical, "512"},
		{"lite-rights", database.Critical, "may write"},
		{"lite-library", database.Warning, "3.21.0"},
	}
	s.finds(t, found)

	// Beside a writer that has crashed.
	hot := made(t, "hot.db", liteShop...)
	write(t, filepath.Dir(hot), "hot.db-journal", strings.Repeat("\x00", 2000))
	s = look(t, "sqlite:"+hot, "", database.Options{})
	crashed := []finding{{"lite-hot-journal", database.Warning, "a writer has crashed"}}
	s.finds(t, crashed)

	// With a reader that keeps the log from being emptied.
	grown := made(t, "grown.db", append([]string{"PRAGMA journal_mode = WAL"}, liteShop...)...)
	db, err := sql.Open("sqlite", grown+"?_pragma=wal_autocheckpoint(0)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for range 3 {
		if _, err := db.Exec("UPDATE sale SET total = total + 1"); err != nil {
			t.Fatal(err)
		}
	}
	checks := with(t, `{"engine": "sqlite", "checks": [{"id": "lite-wal-size", "warning": 50, "set": {"wal_mb": 0.1}}, {"id": "lite-disk", "warning": 1e18}]}`)
	s = look(t, "sqlite:"+grown, "", database.Options{Checks: checks})
	large := []finding{{"lite-wal-size", database.Warning, "wal_mb"}, {"lite-disk", database.Warning, "free_mb"}}
	s.finds(t, large)

	// With a page overwritten.
	broken := made(t, "broken.db", liteShop...)
	raw, err := os.ReadFile(broken)
	if err != nil {
		t.Fatal(err)
	}
	copy(raw[len(raw)/2:], strings.Repeat("damage", 2000))
	write(t, filepath.Dir(broken), "broken.db", string(raw))
	s = look(t, "sqlite:"+broken, "", database.Options{})
	damaged := []finding{{"lite-damage", database.Critical, "problem"}}
	s.finds(t, damaged)
	everyLiveCheckSpeaks(t, database.SQLite, append(append(append(found, crashed...), large...), damaged...))
}

// A file that is written to although nobody had it open is not believed.
func TestAFileWrittenToWhileItIsReadIsNotBelieved(t *testing.T) {
	path := made(t, "shop.db", append([]string{"PRAGMA journal_mode = WAL"}, liteShop...)...)
	target, err := database.ParseTarget("sqlite:"+path, "")
	if err != nil {
		t.Fatal(err)
	}
	var last database.Result
	err = database.Run(t.Context(), target, database.Options{Now: today, Parts: []string{"checks"}}, func(f fact.Observation) error {
		r, ok := f.Data.(database.Result)
		if ok && r.Check == "lite-damage" { // meanwhile somebody writes
			db, err := sql.Open("sqlite", path)
			if err != nil {
				return err
			}
			defer db.Close()
			if _, err := db.Exec("DELETE FROM sale WHERE id < 100"); err != nil {
				return err
			}
		}
		if ok {
			last = r
		}
		return nil
	})
	if err != nil || last.State != database.Unknown || !strings.Contains(last.Why, "written to while it was read") {
		t.Errorf("got %+v, %v", last, err)
	}
}

func TestAFileThatIsNoDatabaseIsAGapAndNoError(t *testing.T) {
	path := write(t, t.TempDir(), "x.db", "no database at all")
	s := look(t, "sqlite:"+path, "", database.Options{})
	if got := fmt.Sprint(s.facts[0].Data); len(s.facts) != 1 || s.facts[0].Kind != "gap" || !strings.Contains(got, "is no SQLite database") {
		t.Errorf("got %s", got)
	}
}
