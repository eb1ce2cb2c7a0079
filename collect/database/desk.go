package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// desk is a database in memory on which answers that are no SQL are laid out as
// tables, so that one language serves for the checks of every engine.
type desk struct{ db *sql.DB }

func openDesk() (*desk, error) {
	db, err := sql.Open("sqlite", "file::memory:?_pragma=trusted_schema(0)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	db.SetConnMaxLifetime(0)
	db.SetMaxIdleConns(1)
	return &desk{db}, nil
}

func (d *desk) close() { d.db.Close() }

// lay makes a table of an answer in place of one of the same name.
func (d *desk) lay(ctx context.Context, name string, t *table) error {
	if len(t.columns) == 0 {
		return errors.New("the answer has no columns")
	}
	var b strings.Builder
	fmt.Fprintf(&b, `DROP TABLE IF EXISTS "%s"; CREATE TABLE "%s" (`, name, name)
	for i, c := range t.columns {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(`"` + strings.ReplaceAll(c, `"`, `""`) + `"`)
	}
	b.WriteString(")")
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, b.String()); err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO "`+name+`" VALUES (?`+strings.Repeat(", ?", len(t.columns)-1)+")")
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, row := range t.rows {
		cells := make([]any, len(row))
		for i, c := range row {
			if at, ok := c.(time.Time); ok {
				c = at.UTC().Format("2006-01-02 15:04:05")
			}
			cells[i] = c
		}
		if _, err := insert.ExecContext(ctx, cells...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// ask queries what lies on the desk.
func (d *desk) ask(ctx context.Context, query string, limit int) (*table, error) {
	s := &sqlSession{db: d.db, options: Options{Statement: 10 * time.Second}, refused: func(err error) (error, bool) { return err, true }}
	return s.ask(ctx, query, limit)
}
