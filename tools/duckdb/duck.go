package main

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the driver "duckdb"

	"steward/engine/cube"
)

type duck struct {
	*sql.DB
	version string
}

func open(ctx context.Context, threads int) (*duck, error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // temporary tables belong to a connection
	d := &duck{DB: db}
	if _, err := db.ExecContext(ctx, fmt.Sprintf("SET threads = %d", threads)); err != nil {
		return nil, err
	}
	return d, db.QueryRowContext(ctx, "SELECT version()").Scan(&d.version)
}

func (d *duck) generate(ctx context.Context, rows int) error {
	_, err := d.ExecContext(ctx, fmt.Sprintf(generated, rows))
	return err
}

// answer keeps the answer inside DuckDB, so that no time goes into handing its rows
// over to Go.
func (d *duck) answer(ctx context.Context, query string) (time.Duration, error) {
	at := time.Now()
	_, err := d.ExecContext(ctx, "CREATE OR REPLACE TEMP TABLE answer AS "+query)
	return time.Since(at), err
}

// same holds the cube's rows against the last answer's, in any order.
func (d *duck) same(ctx context.Context, ours cube.Result, near bool) error {
	rows, err := d.QueryContext(ctx, "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM answer")
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	var theirs []string
	for rows.Next() {
		row, into := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = c.String
		}
		theirs = append(theirs, strings.Join(cells, "|"))
	}
	if err := rows.Err(); err != nil {
		return err
	}
	var mine []string
	for _, r := range ours.Rows {
		cells := make([]string, len(r))
		for i, v := range r {
			cells[i] = v.String()
		}
		mine = append(mine, strings.Join(cells, "|"))
	}
	slices.Sort(mine)
	slices.Sort(theirs)
	if len(mine) != len(theirs) {
		return fmt.Errorf("the cube has %d rows, DuckDB %d", len(mine), len(theirs))
	}
	for i := range mine {
		if mine[i] != theirs[i] && !(near && alike(mine[i], theirs[i])) {
			return fmt.Errorf("the cube says %s, DuckDB %s", mine[i], theirs[i])
		}
	}
	return nil
}

// alike compares the last cells as numbers and the others as texts.
func alike(a, b string) bool {
	i, j := strings.LastIndex(a, "|")+1, strings.LastIndex(b, "|")+1
	x, err1 := strconv.ParseFloat(a[i:], 64)
	y, err2 := strconv.ParseFloat(b[j:], 64)
	return a[:i] == b[:j] && err1 == nil && err2 == nil && math.Abs(x-y) <= 1e-9*math.Abs(y)
}
