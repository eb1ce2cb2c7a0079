package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// sqlSession asks an engine that has a database/sql driver.
type sqlSession struct {
	db       *sql.DB
	target   Target
	options  Options
	begin    []string                  // said at the start of each transaction
	readOnly bool                      // the driver can begin a read-only transaction
	args     []any                     // given with each statement that names them
	refused  func(error) (error, bool) // what a driver's error means
	whoami   func(context.Context, *sqlSession) (Server, error)
}

func (s *sqlSession) close() { s.db.Close() }

func (s *sqlSession) server(ctx context.Context) (Server, error) { return s.whoami(ctx, s) }

// ask runs one statement in a transaction of its own that is rolled back.
func (s *sqlSession) ask(ctx context.Context, statement string, limit int) (*table, error) {
	// The server ends the statement itself; this is for servers that do not.
	ctx, cancel := context.WithTimeout(ctx, s.options.Statement+2*time.Second)
	defer cancel()
	t, err := s.read(ctx, statement, limit)
	if err == nil {
		return t, nil
	}
	if ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil, &refusal{why: fmt.Sprintf("took longer than %s", s.options.Statement)}
	}
	if r, ok := s.refused(err); ok {
		return nil, s.target.hide(r)
	}
	return nil, s.target.hide(err)
}

func (s *sqlSession) read(ctx context.Context, statement string, limit int) (*table, error) {
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: s.readOnly})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	for _, q := range s.begin {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return nil, err
		}
	}
	rows, err := tx.QueryContext(ctx, statement, s.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	t := &table{}
	if t.columns, err = rows.Columns(); err != nil {
		return nil, err
	}
	if s.target.Engine == Oracle { // answers in upper case where a name is not quoted
		for i, c := range t.columns {
			t.columns[i] = strings.ToLower(c)
		}
	}
	size := 0
	for rows.Next() {
		row := make([]any, len(t.columns))
		into := make([]any, len(row))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for i, c := range row {
			switch c := c.(type) {
			case []byte: // belongs to the driver
				row[i] = string(c)
				size += len(c)
			case string:
				size += len(c)
			}
			size += 16
		}
		if size > maxBytes {
			t.more = true
			break
		}
		if !t.add(limit, row) {
			break
		}
	}
	if err := rows.Err(); err != nil && !t.more {
		return nil, err
	}
	return t, nil
}

// one returns the only row of a statement by column name.
func (s *sqlSession) one(ctx context.Context, statement string) (map[string]any, error) {
	t, err := s.ask(ctx, statement, 1)
	if err != nil {
		return nil, err
	}
	if len(t.rows) == 0 {
		return nil, errors.New("the server answered nothing")
	}
	m := map[string]any{}
	for i, c := range t.columns {
		m[c] = t.rows[0][i]
	}
	return m, nil
}

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return clean(v)
	case []byte:
		return clean(string(v))
	}
	return clean(fmt.Sprint(v))
}

func truth(v any) *bool {
	f, ok := number(v)
	if !ok {
		switch text(v) {
		case "t", "true", "YES", "yes", "ON", "on":
			return new(true)
		case "f", "false", "NO", "no", "OFF", "off":
			return new(false)
		}
		return nil
	}
	return new(f != 0)
}

func moment(v any) *time.Time {
	switch v := v.(type) {
	case time.Time:
		return new(v.UTC().Truncate(time.Second))
	}
	if f, ok := number(v); ok && f > 0 && f < 1e11 { // seconds since 1970
		return new(time.Unix(int64(f), 0).UTC())
	}
	return nil
}
