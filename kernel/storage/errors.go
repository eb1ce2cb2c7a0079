package storage

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

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
			return taken(err, after(lite.Error(), "constraint failed: "))
		case code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
			return linked(err)
		case code&0xff == sqlite3.SQLITE_CONSTRAINT:
			return refused(err)
		case code&0xff == sqlite3.SQLITE_FULL || code&0xff == sqlite3.SQLITE_IOERR:
			return fail.New(fail.Unavailable, "kernel.storage.full", "Nothing was saved: the disk that holds the data is full or failing. Free space on it and try again.").Because(err)
		case code&0xff == sqlite3.SQLITE_READONLY || code&0xff == sqlite3.SQLITE_CANTOPEN || code&0xff == sqlite3.SQLITE_PERM:
			return fail.New(fail.Unavailable, "kernel.storage.readonly", "Nothing was saved: the data folder cannot be written to.").Because(err)
		case code&0xff == sqlite3.SQLITE_BUSY:
			return busy(err)
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
		case strings.HasPrefix(pg.Code, "53") || strings.HasPrefix(pg.Code, "57P"):
			return fail.New(fail.Unavailable, "kernel.storage.server", "Nothing was saved: the database server cannot take it now. Try again in a moment.").Because(err)
		case pg.Code == "25006":
			return fail.New(fail.Unavailable, "kernel.storage.readonly", "Nothing was saved: the data folder cannot be written to.").Because(err)
		}
		return err
	}
	var conn *pgconn.ConnectError
	if errors.As(err, &conn) {
		return fail.New(fail.Unavailable, "kernel.storage.lost", "The database server cannot be reached.").Because(err)
	}
	return err
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

func busy(err error) error {
	return fail.New(fail.Unavailable, "kernel.storage.busy", "Somebody else was writing the same data. Try again.").Because(err)
}

// retryable says whether the same transaction may succeed when run again.
func retryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

func after(s, mark string) string {
	if _, rest, ok := strings.Cut(s, mark); ok {
		return rest
	}
	return s
}
