package database

import (
	"context"
	"errors"
	"fmt"
)

// session is an open connection to a server.
type session interface {
	// server says what it is.
	server(ctx context.Context) (Server, error)
	// ask runs one statement in the engine's own language and returns at most
	// limit rows.
	ask(ctx context.Context, statement string, limit int) (*table, error)
	close()
}

// table is an answer: rows with named columns.
type table struct {
	columns []string
	rows    [][]any
	more    bool // there were more rows than were read
}

const (
	maxRows  = 1_000    // of a check's query
	maxAsked = 50_000   // of what fills a table, and of structure
	maxBytes = 32 << 20 // of one answer
)

// add appends a row if the bounds allow.
func (t *table) add(limit int, row []any) bool {
	if len(t.rows) == limit {
		t.more = true
		return false
	}
	t.rows = append(t.rows, row)
	return true
}

// refusal is a statement that the server did not answer for a reason a person
// can act on.
type refusal struct {
	why   string
	right bool // a right or an object is missing
}

func (r *refusal) Error() string { return r.why }

// explain splits an error into why, and whether a right is missing.
func explain(err error) (why string, right bool) {
	var r *refusal
	switch {
	case errors.As(err, &r):
		return r.why, r.right
	case errors.Is(err, context.DeadlineExceeded):
		return "took longer than allowed", false
	}
	return bounded(clean(err.Error()), maxText), false
}

// open connects to a target. The error's text has no password.
func open(ctx context.Context, t Target, o Options) (session, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Connect)
	defer cancel()
	var s session
	var err error
	switch t.Engine {
	case PostgreSQL:
		s, err = openPostgreSQL(ctx, t, o)
	case MySQL:
		s, err = openMySQL(ctx, t, o)
	case SQLite:
		s, err = openSQLite(ctx, t, o)
	case SQLServer:
		s, err = openSQLServer(ctx, t, o)
	case Oracle:
		s, err = openOracle(ctx, t, o)
	case MongoDB:
		s, err = openMongoDB(ctx, t, o)
	case Redis:
		s, err = openRedis(ctx, t, o)
	default:
		return nil, fmt.Errorf("the engine %q is not known", t.Engine)
	}
	if err != nil {
		return nil, t.hide(err)
	}
	return s, nil
}
