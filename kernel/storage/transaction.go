package storage

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"steward/kernel/access"
)

// View is a read: a consistent sight of the database with the context, the time
// and the actor it is made for.
type View struct {
	context.Context
	Now   time.Time
	Actor *access.Actor
	// AsOf, unless zero, asks for records as they were then; see records.AsOf.
	AsOf time.Time
	db   *Database
	tx   *sql.Tx
	conn *sql.Conn // that the transaction runs on; nil in a read
	// Queries counts the statements run in this transaction.
	Queries int
	// repeated are the statements run before in this transaction, prepared at their
	// second run: a batch of writes parses each once. Only SQLite; pgx does it itself.
	repeated map[string]*sql.Stmt
	put      *put        // what is put off; nil in a read
	once     map[any]any // see Once
}

// Update is a transaction that writes. It can read all that a View can.
type Update struct {
	View
	// Origin says what caused the writes: form, api, import:ID, job:NAME, agent.
	// It is kept in the history.
	Origin string
	// IDs makes the ids of what is written; NewID when nil. The sample
	// organisation sets it, so that the same seed brings the same ids.
	IDs   func(now time.Time) string
	after *[]func() // shared with those made by As
}

// Reader is what a reading function takes: a *View or an *Update.
type Reader interface{ Reading() *View }

// Reading returns the view itself.
func (v *View) Reading() *View { return v }

// Moment is the time that the reader asks about: AsOf, else now.
func (v *View) Moment() time.Time {
	if v.AsOf.IsZero() {
		return v.Now
	}
	return v.AsOf
}

// View runs fn on a consistent snapshot.
func (db *Database) View(ctx context.Context, actor *access.Actor, fn func(*View) error) error {
	opts := &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
	if db.dialect == SQLite {
		opts = nil // the read pool is query_only; a deferred transaction is a snapshot
	}
	tx, err := db.read.BeginTx(ctx, opts)
	if err != nil {
		return translate(err)
	}
	defer tx.Rollback()
	return fn(&View{Context: ctx, Now: db.Now(), Actor: actor, db: db, tx: tx, once: map[any]any{}})
}

// attempts is how often a PostgreSQL transaction is tried when it meets another.
const attempts = 8

// Update runs fn in a writing transaction and commits it if fn returns nil.
// On PostgreSQL fn runs again after a serialisation failure, so it must have no
// effect outside the transaction; use After for those. No network call belongs inside.
func (db *Database) Update(ctx context.Context, actor *access.Actor, fn func(*Update) error) error {
	for try := 1; ; try++ {
		err := db.updateOnce(ctx, actor, fn)
		if err == nil || try == attempts || !retryable(err) || ctx.Err() != nil {
			return db.named(err)
		}
		// Back off with jitter, so that two that met do not meet again.
		time.Sleep(time.Duration(rand.Int64N(int64(try) * int64(5*time.Millisecond))))
	}
}

func (db *Database) updateOnce(ctx context.Context, actor *access.Actor, fn func(*Update) error) error {
	var opts *sql.TxOptions
	if db.dialect == Postgres {
		opts = &sql.TxOptions{Isolation: sql.LevelRepeatableRead}
	}
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, opts)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	u := &Update{after: new([]func()), View: View{Context: ctx, Now: db.Now(), Actor: actor, db: db, tx: tx, conn: conn, repeated: map[string]*sql.Stmt{}, put: &put{}, once: map[any]any{}}}
	if err := fn(u); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	for _, f := range *u.after {
		f()
	}
	return nil
}

// NewID returns the id for something new.
func (u *Update) NewID() string {
	switch {
	case u.IDs != nil:
		return u.IDs(u.Now)
	case u.db.IDs != nil:
		return u.db.IDs(u.Now)
	}
	return NewID(u.Now)
}

// After runs f once the transaction has been committed.
func (u *Update) After(f func()) { *u.after = append(*u.after, f) }

// As returns the same sight of the database for another actor: Steward itself,
// for what a page must count without naming it.
func (v *View) As(actor *access.Actor) *View {
	c := *v
	c.Actor = actor
	return &c
}

// Once returns what find found under the key when it was first asked in this
// transaction: for what many writes need to know and none of them changes.
func Once[T any](u *Update, key any, find func() (T, error)) (T, error) {
	if known, ok := u.once[key]; ok {
		return known.(T), nil
	}
	v, err := find()
	if err == nil {
		u.once[key] = v
	}
	return v, err
}

// ReadsOnly says whether nothing changes while the view looks: what it finds may be
// kept for as long as the database stays so.
func (v *View) ReadsOnly() bool { return v.put == nil }

// Remember returns what find found under the key when it was first asked in this
// view; where things may change meanwhile it asks each time.
func Remember[T any](v *View, key any, find func() (T, error)) (T, error) {
	known, ok := v.once[key]
	if ok && v.ReadsOnly() {
		return known.(T), nil
	}
	found, err := find()
	if err == nil && v.ReadsOnly() && v.once != nil {
		v.once[key] = found
	}
	return found, err
}

// Database is the database the view looks at.
func (v *View) Database() *Database { return v.db }

// Dialect says which database it is.
func (v *View) Dialect() Dialect { return v.db.dialect }

// maxRepeated bounds the statements kept by a transaction.
const maxRepeated = 200

// again returns the prepared statement of a query run before; nil for the first run.
func (v *View) again(query string) *sql.Stmt {
	if v.db.dialect != SQLite {
		return nil
	}
	if v.repeated == nil {
		if stmt := v.db.prepared.find(v.db.read, query); stmt != nil {
			return v.tx.StmtContext(v, stmt)
		}
		return nil
	}
	stmt, ran := v.repeated[query]
	if !ran && len(v.repeated) < maxRepeated {
		v.repeated[query] = nil
	}
	if ran && stmt == nil {
		var err error
		if stmt, err = v.tx.PrepareContext(v, query); err != nil {
			return nil // running it tells what is wrong
		}
		v.repeated[query] = stmt
	}
	return stmt
}

func (v *View) count() { v.Queries++; v.db.queries.Add(1) }

// Query runs a SELECT. Values are bound as $1, $2, …
func (v *View) Query(query string, args ...any) (*sql.Rows, error) {
	if err := v.flush(query, false); err != nil {
		return nil, err
	}
	v.count()
	var rows *sql.Rows
	var err error
	if stmt := v.again(query); stmt != nil {
		rows, err = stmt.QueryContext(v, args...)
	} else {
		rows, err = v.tx.QueryContext(v, query, args...)
	}
	return rows, translate(err)
}

// Row runs a SELECT of one row and scans it; found is false without a row.
func (v *View) Row(query string, args []any, into ...any) (found bool, err error) {
	if err := v.flush(query, !strings.HasPrefix(query, "SELECT")); err != nil {
		return false, err
	}
	v.count()
	if stmt := v.again(query); stmt != nil {
		err = stmt.QueryRowContext(v, args...).Scan(into...)
	} else {
		err = v.tx.QueryRowContext(v, query, args...).Scan(into...)
	}
	if err == sql.ErrNoRows {
		return false, nil
	}
	return err == nil, translate(err)
}

// Each runs a SELECT and calls scan for every row.
func (v *View) Each(query string, args []any, scan func(*sql.Rows) error) error {
	rows, err := v.Query(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return translate(rows.Err())
}

// Texts runs a SELECT and returns what its one column holds, a row each.
func (v *View) Texts(query string, args ...any) (out []string, err error) {
	err = v.Each(query, args, func(rows *sql.Rows) error {
		var text string
		err := rows.Scan(&text)
		out = append(out, text)
		return err
	})
	return out, err
}

// Exec runs a statement and returns how many rows it touched.
func (u *Update) Exec(query string, args ...any) (int64, error) {
	if err := u.flush(query, true); err != nil {
		return 0, err
	}
	return u.exec(query, args)
}

func (v *View) exec(query string, args []any) (int64, error) {
	v.count()
	var res sql.Result
	var err error
	if stmt := v.again(query); stmt != nil {
		res, err = stmt.ExecContext(v, args...)
	} else {
		res, err = v.tx.ExecContext(v, query, args...)
	}
	if err != nil {
		return 0, translate(err)
	}
	return res.RowsAffected()
}

// As returns the same transaction acting for somebody else: Steward itself for
// work that follows from a person's act.
func (u *Update) As(actor *access.Actor) *Update {
	c := *u
	c.Actor = actor
	return &c
}
