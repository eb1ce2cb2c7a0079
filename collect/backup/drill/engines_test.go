package drill

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"steward/collect/backup"
	"steward/collect/backup/making"
	"steward/collect/backup/repository"
)

func mariaShop(t testing.TB, name string) backup.Target {
	t.Helper()
	s := maria(t)
	s.Do(t, "mysql", "CREATE DATABASE "+name+" CHARACTER SET utf8mb4 COLLATE utf8mb4_swedish_ci", "CREATE USER IF NOT EXISTS clerk@localhost IDENTIFIED BY 'x'", "GRANT SELECT, INSERT ON "+name+".* TO clerk@localhost")
	s.Do(t, name, "CREATE TABLE customer (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(80) NOT NULL, note LONGTEXT, born DATE, at TIMESTAMP NULL, balance DECIMAL(12,2), ratio DOUBLE, flag BIT(3), photo BLOB, kind ENUM('a','b'), place POINT, doc JSON, UNIQUE (name))",
		"CREATE TABLE orders (id INT PRIMARY KEY, customer INT NOT NULL, FOREIGN KEY (customer) REFERENCES customer (id))",
		"CREATE TABLE nothing (id INT)", "CREATE VIEW rich AS SELECT * FROM customer WHERE balance > 500",
		"CREATE TABLE steward_marker (id CHAR(36) PRIMARY KEY, at VARCHAR(40) NOT NULL)",
		"CREATE PROCEDURE twice(IN i INT) SELECT 2 * i", "CREATE TRIGGER touched BEFORE UPDATE ON customer FOR EACH ROW SET NEW.flag = 1",
		"INSERT INTO customer (name, note, born, at, balance, ratio, flag, photo, kind, place, doc) SELECT CONCAT('åsa ', seq), NULL, '2000-01-01', '2026-01-01 00:00:00', seq / 3, seq / 7, 5, UNHEX(MD5(seq)), 'b', ST_GeomFromText('POINT(1 2)'), '{\"a\": 1}' FROM seq_1_to_500",
		"INSERT INTO orders SELECT seq, 1 + seq % 500 FROM seq_1_to_900", "GRANT SELECT ON "+name+".rich TO clerk@localhost")
	return s.Target(name)
}

func TestAHealthyDumpOfMariaDBIsRestoredAndNothingIsSaid(t *testing.T) {
	t.Parallel()
	source := mariaShop(t, "healthy")
	a := made(t, making.Options{Target: source, Marker: true})
	if s := a.Manifest.Snapshot; !s.Exact || s.RowCount() != 1401 {
		t.Errorf("exact %v (%s), %d rows", s.Exact, s.How, s.RowCount())
	}
	one := "901"
	r := drilled(t, Options{Path: a.Dir, Level: L4, Source: &source, RPO: time.Hour, RTO: time.Hour, Queries: []Query{{Name: "orders", SQL: "SELECT count(*) + 1 FROM orders", Equals: &one}}})
	healthy(t, r, L4)
	for _, x := range r.Assertions {
		if x.State == Unknown {
			t.Errorf("unknown: %+v", x)
		}
	}
	if r.Marker == nil || !r.Tested {
		t.Errorf("marker %v, tested %v", r.Marker, r.Tested)
	}
}

// A dump of one database names no database and holds no accounts.
func TestADumpOfAnotherToolIsRestoredWithTheAccountsGiven(t *testing.T) {
	t.Parallel()
	source := mariaShop(t, "alien")
	a := made(t, making.Options{Target: source})
	named := regexp.MustCompile("(?m)^(CREATE DATABASE|USE) .*$")
	dump := bare(t, "shop.sql", named.ReplaceAll(plain(t, filepath.Join(a.Dir, "data.sql.zst"), nil), nil))
	r := drilled(t, Options{Path: dump, Level: L3, Source: &source, Globals: filepath.Join(a.Dir, "users.sql.zst")})
	healthy(t, r, L3)
	if _, err := Run(t.Context(), Options{Path: dump, Level: L3, Globals: dump + " none", Scratch: sources.scratchParent}); err == nil || !strings.Contains(err.Error(), "--globals") {
		t.Errorf("accounts that are not there: %v", err)
	}
}

func TestFaultsOfAMariaDBDumpAreCaught(t *testing.T) {
	t.Parallel()
	source := mariaShop(t, "spoilt")
	a := made(t, making.Options{Target: source})
	whole := plain(t, filepath.Join(a.Dir, "data.sql.zst"), nil)

	r := drilled(t, Options{Path: bare(t, "shop.sql", cut(whole)), Level: L4})
	fails(t, r, L2, "readable", "cut")

	inserts := regexp.MustCompile("(?ms)^INSERT INTO `customer` .*?;$")
	r = drilled(t, Options{Path: tamper(t, a, func(role string, b []byte) []byte {
		if role == "users" {
			return nil
		}
		return inserts.ReplaceAll(b, nil)
	}, nil).Dir, Level: L3})
	fails(t, r, L3, "rows", "customer is empty; the source has 500 rows")
	fails(t, r, L3, "valid", "900 rows of orders break") // loading says nothing of this
	fails(t, r, L3, "roles", "'clerk'@'localhost' is missing")

	r = drilled(t, Options{Path: tamper(t, a, func(role string, b []byte) []byte {
		if role == "users" {
			return nil
		}
		// Onto what is there already.
		return append(replace(t, b, "CREATE TABLE `nothing`", "CREATE TABLE `customer` (`id` int);\nCREATE TABLE `nothing`"), b...)
	}, nil).Dir, Level: L3})
	fails(t, r, L3, "restore", "already exists")
	for _, x := range r.Failures() {
		if text := x.Found + strings.Join(x.Detail, " "); strings.Contains(text, "åsa") {
			t.Errorf("the report holds rows: %s", text)
		}
	}

	other := tamper(t, a, nil, func(m *repository.Manifest) { m.Snapshot.Identity.System = "another machine" })
	r = drilled(t, Options{Path: other.Dir, Level: L1, Source: &source})
	fails(t, r, L1, "generation", "another machine")

	r = drilled(t, Options{Path: tamper(t, a, nil, aged(30*time.Hour)).Dir, Level: L0, RPO: time.Hour, MinSize: 1 << 30})
	fails(t, r, L0, "age", "30h")
	fails(t, r, L0, "size", "bytes")
}

func sqliteShop(t testing.TB) (backup.Target, *sql.DB) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shop with #.db")
	db, err := sql.Open("sqlite", "file:"+strings.ReplaceAll(path, "#", "%23")+"?_pragma=journal_mode(wal)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	for _, q := range []string{"CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, photo BLOB, ratio REAL)", "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer)", "CREATE INDEX customer_name ON customer (name)",
		"CREATE TABLE steward_marker (id CHAR(36) PRIMARY KEY, at VARCHAR(40) NOT NULL)", "CREATE VIRTUAL TABLE words USING fts5(text)", "CREATE VIEW v AS SELECT 1",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO customer SELECT i, 'customer ' || i, randomblob(40), i / 3.0 FROM n",
		"INSERT INTO orders SELECT id, id FROM customer", "INSERT INTO words VALUES ('one two')"} {
		if _, err := db.Exec(q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	target, err := backup.ParseTarget(path, "")
	if err != nil {
		t.Fatal(err)
	}
	return target, db
}

func TestAHealthySQLiteBackupIsRestoredAndNothingIsSaid(t *testing.T) {
	t.Parallel()
	source, db := sqliteShop(t)
	a := made(t, making.Options{Target: source, Marker: true})
	if s := a.Manifest.Snapshot; !s.Exact || s.RowCount() < 4001 {
		t.Errorf("%+v", s)
	}
	// What is written after does not matter.
	if _, err := db.Exec("DELETE FROM orders"); err != nil {
		t.Fatal(err)
	}
	n := "2000"
	r := drilled(t, Options{Path: a.Dir, Level: L4, Source: &source, RPO: time.Hour, Queries: []Query{{Name: "orders", SQL: "SELECT count(*) FROM orders", Min: &n, Max: &n}}})
	healthy(t, r, L4)
	if r.Marker == nil {
		t.Error("the marker was not found")
	}
}

func TestFaultsOfASQLiteBackupAreCaught(t *testing.T) {
	t.Parallel()
	source, db := sqliteShop(t)
	a := made(t, making.Options{Target: source})
	whole := plain(t, filepath.Join(a.Dir, "data.db.zst"), nil)

	r := drilled(t, Options{Path: bare(t, "shop.db", cut(whole)), Level: L4})
	fails(t, r, L2, "readable", "")

	// A page's head, and in another page a row's bytes, whose damage the tool cannot see.
	flipped := func(page, at int) func(string, []byte) []byte {
		return data(func(b []byte) []byte {
			b = bytes.Clone(b)
			for i := range 16 {
				b[4096*page+at+i] ^= 0x55
			}
			return b
		})
	}
	r = drilled(t, Options{Path: tamper(t, a, flipped(10, 0), nil).Dir, Level: L4})
	fails(t, r, L2, "readable", "")
	r = drilled(t, Options{Path: tamper(t, a, flipped(20, 4096-30), nil).Dir, Level: L3})
	if r.Tested || len(r.Failures()) == 0 {
		t.Errorf("a corrupted page is not seen: %+v", r.Assertions)
	}

	empty := data(func([]byte) []byte {
		path := bare(t, "empty.db", whole)
		e, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Exec("DELETE FROM customer"); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Exec("PRAGMA journal_mode = delete"); err != nil {
			t.Fatal(err)
		}
		e.Close()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	})
	r = drilled(t, Options{Path: tamper(t, a, empty, nil).Dir, Level: L3})
	fails(t, r, L3, "rows", "customer is empty; the source has 2000 rows")
	fails(t, r, L3, "valid", "orders breaks its key")

	// The source was put back to an older file: its change counter fell.
	ahead := tamper(t, a, nil, func(m *repository.Manifest) { m.Snapshot.Identity.Timeline += 1000 })
	r = drilled(t, Options{Path: ahead.Dir, Level: L1, Source: &source})
	fails(t, r, L1, "generation", "older file")
	other, _ := sqliteShop(t)
	r = drilled(t, Options{Path: a.Dir, Level: L1, Source: &other})
	fails(t, r, L1, "generation", "it is of the system")
	db.Close()
}

func folderOf(t testing.TB) backup.Target {
	t.Helper()
	dir := t.TempDir()
	for i := range 60 {
		path := filepath.Join(dir, fmt.Sprintf("d%d/e", i%4), fmt.Sprintf("file %d.txt", i))
		os.MkdirAll(filepath.Dir(path), 0o755)
		if err := os.WriteFile(path, bytes.Repeat([]byte(fmt.Sprint(i, " ")), 300*i), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	os.WriteFile(filepath.Join(dir, "run.sh"), []byte("#!/bin/sh\n"), 0o755)
	if err := os.Symlink("../d1", filepath.Join(dir, "d0", "link")); err != nil {
		t.Fatal(err)
	}
	target, err := backup.ParseTarget(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func TestAHealthyFolderIsRestoredAndNothingIsSaid(t *testing.T) {
	t.Parallel()
	source := folderOf(t)
	password := bare(t, "password", []byte("correct horse\n"))
	for _, form := range []repository.Form{repository.Tar, repository.Restic} {
		if form == repository.Restic {
			needRestic(t)
		}
		a := made(t, making.Options{Target: source, Form: form, Passphrase: password})
		r := drilled(t, Options{Path: a.Dir, Level: L3, Source: &source, Passphrase: password, RPO: time.Hour})
		healthy(t, r, L3)
		for _, x := range r.Assertions {
			if x.Name == "live" && !strings.HasPrefix(x.Found, "61 the same") {
				t.Errorf("%s: %s", form, x.Found)
			}
		}
	}
}

func TestFaultsOfAFoldersBackupAreCaught(t *testing.T) {
	t.Parallel()
	source := folderOf(t)
	a := made(t, making.Options{Target: source})
	r := drilled(t, Options{Path: tamper(t, a, data(cut), nil).Dir, Level: L3})
	fails(t, r, L2, "readable", "after")
	r = drilled(t, Options{Path: tamper(t, a, data(func(b []byte) []byte { return replace(t, b, "59 59 59", "59 59 58") }), nil).Dir, Level: L3})
	fails(t, r, L3, "contents", "d3 holds other rows")

	needRestic(t)
	password := bare(t, "password", []byte("correct horse\n"))
	rp := repo(t)
	b := made(t, making.Options{Target: source, Form: repository.Restic, Passphrase: password, Repository: rp})
	packs, err := filepath.Glob(filepath.Join(rp.Dir, repository.ResticFolder, "data", "*", "*"))
	if err != nil || len(packs) == 0 {
		t.Fatal(packs, err)
	}
	for _, p := range packs {
		os.Chmod(p, 0o600)
		raw, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		raw[len(raw)/3] ^= 1
		if err := os.WriteFile(p, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r = drilled(t, Options{Path: b.Dir, Level: L3, Passphrase: password})
	if len(r.Failures()) == 0 || r.Tested {
		t.Errorf("damaged packs are not seen: %+v", r.Assertions)
	}
}
