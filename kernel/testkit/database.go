package testkit

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"steward/kernel/storage"
	"steward/kernel/testkit/pgserver"
)

// Store is one test's database, its clock, and where it is kept.
type Store struct {
	*storage.Database
	Clock  *Clock
	Config storage.Config
}

// Each runs fn once on SQLite and once on PostgreSQL, each time on an empty
// database with the migrations applied and the clock at Now.
func Each(t *testing.T, fn func(t *testing.T, db *storage.Database), migrations ...storage.Migrations) {
	t.Helper()
	EachStore(t, func(t *testing.T, s *Store) { fn(t, s.Database) }, migrations...)
}

// EachStore is Each for tests that move the clock or open the database twice.
func EachStore(t *testing.T, fn func(t *testing.T, s *Store), migrations ...storage.Migrations) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t, migrations...)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t, migrations...)) })
}

// EachBench is EachStore for benchmarks.
func EachBench(b *testing.B, fn func(b *testing.B, s *Store), migrations ...storage.Migrations) {
	b.Run("sqlite", func(b *testing.B) { fn(b, SQLite(b, migrations...)) })
	b.Run("postgres", func(b *testing.B) { fn(b, Postgres(b, migrations...)) })
}

// SQLite makes an empty SQLite database in a temporary folder.
func SQLite(t testing.TB, migrations ...storage.Migrations) *Store {
	t.Helper()
	clock := NewClock()
	return open(t, clock, storage.Config{Path: filepath.Join(t.TempDir(), "steward.db"), Now: clock.Now}, migrations)
}

// Postgres makes an empty schema on the PostgreSQL server that the environment
// names and drops it after the test; without a server the test is skipped, loudly.
func Postgres(t testing.TB, migrations ...storage.Migrations) *Store {
	t.Helper()
	address := os.Getenv(pgserver.Variable)
	if address == "" {
		t.Skipf("NOT TESTED ON POSTGRESQL: %s is unset; run: go run ./kernel/testkit/cmd/withpostgres -- go test ./...", pgserver.Variable)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatalf("%s is not a URL: %v", pgserver.Variable, err)
	}
	admin, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	name := make([]byte, 8)
	rand.Read(name)
	schema := "test_" + hex.EncodeToString(name)
	if _, err := admin.Exec("CREATE SCHEMA " + schema); err != nil {
		admin.Close()
		t.Fatalf("make a schema for the test: %v", err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP SCHEMA " + schema + " CASCADE"); err != nil {
			t.Errorf("drop the test's schema: %v", err)
		}
		admin.Close()
	})
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	clock := NewClock()
	return open(t, clock, storage.Config{URL: u.String(), Now: clock.Now}, migrations)
}

// Again opens the same database a second time, as another copy of the program would.
func (s *Store) Again(t testing.TB) *storage.Database {
	t.Helper()
	return open(t, s.Clock, s.Config, nil).Database
}

func open(t testing.TB, clock *Clock, c storage.Config, migrations []storage.Migrations) *Store {
	t.Helper()
	db, err := storage.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if len(migrations) > 0 {
		if err := db.Migrate(context.Background(), migrations...); err != nil {
			t.Fatal(err)
		}
	}
	return &Store{Database: db, Clock: clock, Config: c}
}
