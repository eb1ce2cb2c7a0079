package drill

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"steward/collect/backup"
	"steward/collect/backup/backuptest"
	"steward/collect/backup/making"
	"steward/collect/backup/program"
	"steward/collect/backup/repository"
)

// The sources are started once for all tests of this package; each test has a
// database of its own.
var sources struct {
	postgres, mariadb       sync.Once
	pg, maria               *backuptest.Source
	pgError, mariaError     error
	template, scratchParent string
}

func TestMain(m *testing.M) {
	if os.Getenv("STEWARD_TEST_DRILL_CHILD") != "" {
		drillChild()
	}
	dir, err := os.MkdirTemp("", "steward-drills-")
	if err != nil {
		panic(err)
	}
	os.Chmod(dir, 0o755)
	sources.scratchParent = dir
	code := m.Run()
	sources.pg.Stop()
	sources.maria.Stop()
	os.RemoveAll(dir)
	os.Exit(code)
}

func pg(t testing.TB) *backuptest.Source {
	t.Helper()
	sources.postgres.Do(func() {
		ctx := context.Background()
		if sources.pg, sources.pgError = backuptest.StartPostgres(ctx); sources.pgError == nil {
			sources.template, sources.pgError = template(ctx)
		}
	})
	backuptest.Skip(t, sources.pgError)
	return sources.pg
}

// template makes one empty cluster that the drills of these tests copy, because
// initdb takes longer than they do.
func template(ctx context.Context) (string, error) {
	initdb, err := program.Postgres(ctx, "initdb", backuptest.Major, false)
	if err != nil {
		return "", err
	}
	owner, err := program.Unprivileged()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(sources.scratchParent, "template")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	if err := owner.Own(dir); err != nil {
		return "", err
	}
	_, err = program.Run(ctx, program.Call{Program: initdb, As: owner, Dir: sources.scratchParent, Args: []string{"-D", dir, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync", "--no-instructions", "--data-checksums", "--wal-segsize=1"}})
	if err != nil {
		return "", err
	}
	single, err := program.Postgres(ctx, "postgres", backuptest.Major, false)
	if err != nil {
		return "", err
	}
	// A database less to copy each time.
	_, err = program.Run(ctx, program.Call{Program: single, As: owner, Dir: sources.scratchParent, In: strings.NewReader("DROP DATABASE postgres\n"), Args: []string{"--single", "-D", dir, "template1"}})
	return dir, err
}

func maria(t testing.TB) *backuptest.Source {
	t.Helper()
	sources.mariadb.Do(func() { sources.maria, sources.mariaError = backuptest.StartMariaDB(context.Background()) })
	backuptest.Skip(t, sources.mariaError)
	return sources.maria
}

var rolesOnce sync.Once

// shop makes a database with everything a restore must bring back.
func shop(t testing.TB, name string) backup.Target {
	t.Helper()
	s := pg(t)
	rolesOnce.Do(func() {
		s.Do(t, "postgres", "CREATE ROLE shop_reader; CREATE ROLE shop_owner LOGIN PASSWORD 'x' CONNECTION LIMIT 7; GRANT shop_reader TO shop_owner")
	})
	s.Do(t, "postgres", `CREATE DATABASE "`+name+`" TEMPLATE template0 LOCALE 'C'`)
	if name != "spoilt" { // copies of the cluster for other tests are to be small
		t.Cleanup(func() {
			if c, err := s.Target("postgres").Postgres(context.Background(), false); err == nil {
				c.Exec(context.Background(), `DROP DATABASE IF EXISTS "`+name+`" WITH (FORCE)`)
				c.Close(context.Background())
			}
		})
	}
	s.Do(t, name, `CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TYPE state AS ENUM ('new', 'paid', 'sent');
CREATE TABLE customer (id serial PRIMARY KEY, name text NOT NULL, email text UNIQUE, born date, balance numeric(12, 2) DEFAULT 0 CHECK (balance > -1000), tags text[], extra jsonb, photo bytea);
CREATE TABLE "Order" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int NOT NULL REFERENCES customer, at timestamptz NOT NULL, weight float8, state state DEFAULT 'new');
CREATE TABLE event (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE event_2025 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE event_2026 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE nothing (id int);
CREATE UNLOGGED TABLE session (id int);
CREATE VIEW rich AS SELECT * FROM customer WHERE balance > 500;
CREATE MATERIALIZED VIEW total AS SELECT count(*) AS n FROM "Order";
CREATE INDEX customer_name ON customer USING gin (name gin_trgm_ops);
CREATE FUNCTION twice(i int) RETURNS int LANGUAGE sql AS 'SELECT 2 * i';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE UPDATE ON customer FOR EACH ROW EXECUTE FUNCTION touch();
INSERT INTO customer (name, email, born, balance, tags, extra, photo) SELECT 'customer ' || i, i || '@example.org', date '1950-01-01' + i, i, ARRAY['a', i::text], jsonb_build_object('i', i), decode(md5(i::text), 'hex') FROM generate_series(1, 1500) AS i;
INSERT INTO "Order" (customer, at, weight) SELECT 1 + i % 1500, timestamptz '2026-01-01 00:00Z' + i * interval '1 minute', i / 3.0 FROM generate_series(1, 6000) AS i;
INSERT INTO event SELECT date '2025-06-01' + i, 'e' || i FROM generate_series(1, 400) AS i;
INSERT INTO session VALUES (1), (2);
CREATE TABLE steward_marker (id CHAR(36) PRIMARY KEY, at VARCHAR(40) NOT NULL);
ALTER TABLE customer OWNER TO shop_owner; GRANT SELECT ON customer, "Order" TO shop_reader; GRANT UPDATE (state) ON "Order" TO shop_reader;
ALTER TABLE customer ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON customer USING (true);`)
	return s.Target(name)
}

func repo(t testing.TB) *repository.Repository {
	t.Helper()
	r, err := repository.Open(t.TempDir(), true)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func made(t testing.TB, o making.Options) repository.Artefact {
	t.Helper()
	if o.Repository == nil {
		o.Repository = repo(t)
	}
	a, err := making.Make(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// run runs a drill in the tests' own scratch folder, and holds that nothing is left.
func drilled(t testing.TB, o Options) *Report {
	t.Helper()
	dir, err := os.MkdirTemp(sources.scratchParent, "d")
	if err != nil {
		t.Fatal(err)
	}
	os.Chmod(dir, 0o755)
	o.Scratch, o.template = dir, sources.template
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if left := backuptest.Leavings(t, dir); len(left) > 0 && !anySecret(left) {
		t.Errorf("the drill left %v", left)
	}
	return r
}

// anySecret reports whether all that is left are secrets, which tests that run
// beside this one have too.
func anySecret(left []string) bool {
	for _, l := range left {
		if !strings.Contains(l, "steward-secret-") {
			return false
		}
	}
	return true
}

func healthy(t testing.TB, r *Report, level Level) {
	t.Helper()
	for _, a := range r.Failures() {
		t.Errorf("%s %s failed: want %s, found %s %q", a.Level, a.Name, a.Expected, a.Found, a.Detail)
	}
	if r.Reached != level || !r.Passed {
		t.Errorf("reached %s, passed %v; want %s", r.Reached, r.Passed, level)
	}
}

// fails holds that the named assertion failed, at that level.
func fails(t testing.TB, r *Report, level Level, name, word string) {
	t.Helper()
	for _, a := range r.Failures() {
		if a.Level == level && a.Name == name && strings.Contains(a.Found+strings.Join(a.Detail, " "), word) {
			if r.Passed || r.Reached >= level {
				t.Errorf("%s failed, and the drill reached %s, passed %v", name, r.Reached, r.Passed)
			}
			return
		}
	}
	t.Errorf("no assertion %s failed at %s with %q; failed: %+v", name, level, word, r.Failures())
}

func needRestic(t testing.TB) {
	t.Helper()
	_, err := program.Find(t.Context(), "restic", "restic")
	backuptest.Skip(t, err)
}
