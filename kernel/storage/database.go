package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	_ "modernc.org/sqlite"             // driver "sqlite"

	"steward/kernel/fail"
)

// Config says where the records are kept.
type Config struct {
	// Path is the SQLite file; used when URL is empty.
	Path string
	// URL is a PostgreSQL connection URL, postgres://user@host/database.
	URL string
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

// Database is the open database. It is safe for use by many goroutines.
type Database struct {
	dialect     Dialect
	write, read *sql.DB
	now         func() time.Time
	queries     atomic.Int64
	prepared    prepared
	attached    map[any]any
	folder      string      // of SQLite's files
	full        atomic.Bool // a write to PostgreSQL was refused for want of room
	// IDs makes the ids of all transactions that bring no source of their own; NewID
	// when nil. It is set while nothing else uses the database.
	IDs func(now time.Time) string
}

// Attach keeps a value with the database for the packages that work on it, such
// as the registry of record types. It is called while the program is put
// together, never after.
func (db *Database) Attach(key, value any) {
	if db.attached == nil {
		db.attached = map[any]any{}
	}
	db.attached[key] = value
}

type shared[T any] struct{}

// Share makes one value of a type known to everybody who works on the database;
// Shared returns it, an empty one before.
func Share[T any](db *Database, v *T) { db.Attach(shared[T]{}, v) }

// Shared returns what Share was given.
func Shared[T any](r Reader) *T {
	if v, ok := r.Reading().Database().Attached(shared[T]{}).(*T); ok {
		return v
	}
	return new(T)
}

// Attached returns what was attached under key, or nil.
func (db *Database) Attached(key any) any { return db.attached[key] }

// Open opens the database, making an empty SQLite file if there is none.
func Open(ctx context.Context, c Config) (*Database, error) {
	db := &Database{now: c.Now}
	if db.now == nil {
		db.now = time.Now
	}
	var err error
	if c.URL != "" {
		err = db.openPostgres(c.URL)
	} else {
		err = db.openSQLite(c)
	}
	if err != nil {
		return nil, err
	}
	if err := db.read.PingContext(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return db, nil
}

func (db *Database) openSQLite(c Config) (err error) {
	db.dialect, db.folder = SQLite, filepath.Dir(c.Path)
	if err := os.MkdirAll(filepath.Dir(c.Path), 0o700); err != nil {
		return err
	}
	pragmas := "_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=synchronous(2)&_pragma=cache_size(-32000)&_pragma=temp_store(2)&_pragma=mmap_size(268435456)"
	file := "file:" + (&url.URL{Path: c.Path}).EscapedPath() + "?"
	// SQLite would make it readable for everybody; the files beside it get its mode.
	if f, err := os.OpenFile(c.Path, os.O_CREATE|os.O_RDWR, 0o600); err == nil {
		f.Close() // that it cannot be written is told below
	}
	// One connection writes, so that writers queue in Go and not by busy errors.
	db.write, err = sql.Open("sqlite", file+pragmas+"&_pragma=journal_mode(wal)&_pragma=wal_autocheckpoint(4000)&_txlock=immediate")
	if err != nil {
		return err
	}
	db.write.SetMaxOpenConns(1)
	if err := db.write.Ping(); err != nil {
		db.write.Close()
		return fmt.Errorf("open %s: %w", c.Path, translate(err))
	}
	db.read, err = sql.Open("sqlite", file+pragmas+"&_pragma=query_only(1)")
	if err != nil {
		return err
	}
	readers := max(4, runtime.NumCPU()*2)
	db.read.SetMaxOpenConns(readers)
	db.read.SetMaxIdleConns(readers)
	return nil
}

func (db *Database) openPostgres(address string) error {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return fail.New(fail.Invalid, "kernel.storage.url", "The database address is not a PostgreSQL URL such as postgres://user@host/database.")
	}
	db.dialect = Postgres
	db.write, err = sql.Open("pgx", address)
	if err != nil {
		return err
	}
	db.write.SetMaxOpenConns(16)
	db.write.SetMaxIdleConns(16)
	db.read = db.write
	return nil
}

// Close ends all connections.
func (db *Database) Close() error {
	db.prepared.busy.Wait()
	err := db.write.Close()
	if db.read != db.write {
		err = errors.Join(err, db.read.Close())
	}
	return err
}

// Tend keeps SQLite's knowledge of how its values are spread up to date, by which it
// chooses between indexes, until ctx ends. PostgreSQL sees to that itself.
func (db *Database) Tend(ctx context.Context) {
	for wait := time.Minute; db.dialect == SQLite; wait = time.Hour { // not while a start is waited for
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		// All tables, a part of each large enough to tell a flag from a kind. What fails is
		// tried again; lists are only slower without. Were single values kept too, binding
		// one would plan a statement anew.
		_, _ = db.write.ExecContext(ctx, "PRAGMA analysis_limit = 50000; PRAGMA optimize = 0x10002; DELETE FROM sqlite_stat4")
	}
}

// Dialect says which database it is.
func (db *Database) Dialect() Dialect { return db.dialect }

// Now is the database's clock, in UTC to the microsecond, as moments are stored.
func (db *Database) Now() time.Time { return db.now().UTC().Truncate(time.Microsecond) }

// Queries is how many statements were run since the start, for query-count tests.
func (db *Database) Queries() int64 { return db.queries.Load() }

// Path-safe quoting of identifiers used by schema inspection.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
