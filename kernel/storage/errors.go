package storage

import (
	"context"
	"database/sql/driver"
	"errors"
	"os"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"steward/kernel/access"
	"steward/kernel/fail"
)

// translate turns a driver's error into one a person can be told about, by its
// code. It is the one place that knows the drivers' codes; what it does not
// know stays as it is and is an internal error.
func translate(err error) error {
	if err == nil || fail.As(err) != nil || errors.Is(err, context.Canceled) {
		return err
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch code := lite.Code(); {
		case code == sqlite3.SQLITE_CONSTRAINT_UNIQUE || code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
			_, what, _ := strings.Cut(lite.Error(), "constraint failed: ")
			return taken(err, what)
		case code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
			return linked(err)
		case code&0xff == sqlite3.SQLITE_CONSTRAINT:
			return refused(err)
		case code&0xff == sqlite3.SQLITE_FULL || code&0xff == sqlite3.SQLITE_IOERR:
			return full(err)
		case code&0xff == sqlite3.SQLITE_READONLY || code&0xff == sqlite3.SQLITE_CANTOPEN || code&0xff == sqlite3.SQLITE_PERM:
			return readonly(err)
		case code&0xff == sqlite3.SQLITE_BUSY:
			return busy(err)
		case code&0xff == sqlite3.SQLITE_CORRUPT || code&0xff == sqlite3.SQLITE_NOTADB:
			return fail.New(fail.Unavailable, "kernel.storage.damaged", "The database file is damaged. Restore the last backup into an empty folder.").Because(err)
		}
		return err
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch {
		case pg.Code == "23505":
			return taken(err, pg.ConstraintName)
		case pg.Code == "23503":
			return linked(err)
		case strings.HasPrefix(pg.Code, "23"):
			return refused(err)
		case pg.Code == "40001" || pg.Code == "40P01":
			return busy(err)
		case pg.Code == "53100":
			return full(err)
		case strings.HasPrefix(pg.Code, "53") || strings.HasPrefix(pg.Code, "57P"):
			return fail.New(fail.Unavailable, "kernel.storage.server", "Nothing was saved: the database server cannot take it now. Try again in a moment.").Because(err)
		case pg.Code == "25006":
			return readonly(err)
		}
		return err
	}
	var conn *pgconn.ConnectError
	if errors.As(err, &conn) {
		return fail.New(fail.Unavailable, "kernel.storage.lost", "The database server cannot be reached.").Because(err)
	}
	return err
}

// named translates a write's error. SQLite says alike that a disk fails and that it
// became read-only beneath the running program, so the folder is asked.
func (db *Database) named(err error) error {
	var lite *sqlite.Error
	if !errors.As(err, &lite) || lite.Code()&0xff != sqlite3.SQLITE_IOERR {
		err = translate(err)
		if e := fail.As(err); db.dialect == Postgres && e != nil && e.Key == "kernel.storage.full" {
			db.full.Store(true)
		}
		return err
	}
	f, e := os.CreateTemp(db.folder, ".room-")
	if errors.Is(e, syscall.EROFS) {
		return readonly(err)
	}
	if e == nil {
		f.Close()
		os.Remove(f.Name())
	}
	return translate(err)
}

func taken(err error, what string) error {
	return fail.New(fail.Conflict, "kernel.storage.taken", "There is already a record with this value.").With("what", what).Because(err)
}

func linked(err error) error {
	return fail.New(fail.Conflict, "kernel.storage.linked", "A record that this one links to, or that links to this one, is in the way.").Because(err)
}

func refused(err error) error {
	return fail.New(fail.Invalid, "kernel.storage.refused", "The database refused a value.").Because(err)
}

func full(err error) error {
	return fail.New(fail.Unavailable, "kernel.storage.full", "Nothing was saved: the disk that holds the data is full or failing. Free space on it and try again.").Because(err)
}

func readonly(err error) error {
	return fail.New(fail.Unavailable, "kernel.storage.readonly", "Nothing was saved: the data folder cannot be written to.").Because(err)
}

// OfDisk tells an error of a file beside the database like one of the database: the disk
// is full, or cannot be written to. Others stay as they are.
func OfDisk(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return full(err)
	case errors.Is(err, syscall.EROFS):
		return readonly(err)
	}
	return err
}

// Writable says why nothing can be saved at present, if so: the database refuses, or
// the folder of the data has no room for the next minutes' writes.
func (db *Database) Writable(ctx context.Context, folder string) error {
	f, err := os.CreateTemp(folder, ".room-")
	if err != nil {
		return readonly(err)
	}
	_, err = f.Write(make([]byte, 1<<20))
	if err = errors.Join(err, f.Close(), os.Remove(f.Name())); err != nil {
		return full(err)
	}
	// PostgreSQL's disk is another: once it was full, it is asked to make room for a
	// megabyte, which small writes that fit beside others would not tell of.
	full := db.full.Load()
	err = db.Update(ctx, access.System(), func(u *Update) error {
		_, err := u.Exec("UPDATE schema_migration SET applied_at = 0 WHERE number = 0")
		for _, room := range []string{"INSERT INTO schema_migration SELECT '', n, repeat('x', 1900), '', 0 FROM generate_series(1, 500) AS n", "DELETE FROM schema_migration WHERE module = ''"} {
			if full && err == nil {
				_, err = u.Exec(room)
			}
		}
		return err
	})
	if full && err == nil {
		db.full.Store(false)
	}
	return err
}

func busy(err error) error {
	return fail.New(fail.Unavailable, "kernel.storage.busy", "Somebody else was writing the same data. Try again.").Because(err)
}

// retryable says whether the same transaction may succeed when run again.
func retryable(err error) bool {
	var pg *pgconn.PgError
	// A connection that was gone: nothing of the transaction has reached the database.
	return errors.Is(err, driver.ErrBadConn) || errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}
