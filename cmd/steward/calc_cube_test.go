package main

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"steward/collect/table"
	"steward/engine/cube"
	"steward/kernel/testkit/pgserver"
)

const salesRows = 3000

// salesStatements make the same table in either database.
func salesStatements(postgres bool) []string {
	r := rand.New(rand.NewPCG(5, 6))
	kinds := `id INTEGER, day DATE, at DATETIME, country TEXT, product INTEGER, quantity INTEGER, price NUMERIC(10,2), rate DOUBLE PRECISION, paid BOOLEAN`
	if postgres {
		kinds = strings.NewReplacer("DATETIME", "TIMESTAMP", "INTEGER", "BIGINT").Replace(kinds)
	}
	list := []string{"CREATE TABLE sales (" + kinds + ")"}
	countries := []string{"'Österreich'", "'Sverige'", "'O''Neill'", "'a'", "'B'", "NULL"}
	var rows []string
	for i := range salesRows {
		price, paid := fmt.Sprintf("%d.%02d", r.IntN(2000)-300, r.IntN(100)), fmt.Sprint(r.IntN(2) == 0)
		if r.IntN(20) == 0 {
			price = "NULL"
		}
		if r.IntN(30) == 0 {
			paid = "NULL"
		}
		d := fmt.Sprintf("%d-%02d-%02d", 2019+r.IntN(4), 1+r.IntN(12), 1+r.IntN(28))
		if r.IntN(40) == 0 {
			d = "1968-12-31"
		}
		at := fmt.Sprintf("'%d-%02d-%02d %02d:%02d:%02d'", 2021, 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), 1+r.IntN(59))
		rows = append(rows, fmt.Sprintf("(%d, '%s', %s, %s, %d, %d, %s, %d.25, %s)", i, d, at, countries[r.IntN(6)], r.IntN(12), r.IntN(9), price, r.IntN(50), paid))
		if len(rows) == 500 {
			list = append(list, "INSERT INTO sales VALUES "+strings.Join(rows, ","))
			rows = nil
		}
	}
	return list
}

func execAll(t *testing.T, db *sql.DB, list []string) {
	t.Helper()
	for _, q := range list {
		if _, err := db.Exec(q); err != nil {
			t.Fatalf("%v\n%.200s", err, q)
		}
	}
}

func rowsOf(db *sql.DB) cube.Rows {
	return func(ctx context.Context, q string, args []any) ([][]any, error) {
		rows, err := db.QueryContext(ctx, q, args...)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		names, err := rows.Columns()
		if err != nil {
			return nil, err
		}
		var out [][]any
		for rows.Next() {
			row, into := make([]any, len(names)), make([]any, len(names))
			for i := range row {
				into[i] = &row[i]
			}
			if err := rows.Scan(into...); err != nil {
				return nil, err
			}
			out = append(out, row)
		}
		return out, rows.Err()
	}
}

func loadTable(t *testing.T, s table.Source) *cube.Table {
	t.Helper()
	r, err := table.Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	tb, err := fillCube(t.Context(), r, func(table.Column) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	if n := r.Report().RejectedCount; n > 0 {
		t.Fatalf("%d rows rejected: %+v", n, r.Report().Rejected[0])
	}
	return tb
}

// anyQuery draws a query that both can answer.
func anyQuery(t *testing.T, r *rand.Rand, cols []cube.Column) (cube.Query, string) {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	a := cubeAsk{Fiscal: 1 + r.IntN(12)}
	for range 1 + r.IntN(3) {
		a.Measure = append(a.Measure, pick("sum(price)", "count()", "count(price)", "distinct(country)", "distinct(product)", "distinct(day)", "avg(price)", "min(price)", "max(day)",
			"sum(price*quantity)", "sum(price - quantity)", "sum(price)/sum(quantity)", "sum(rate)", "sum(price)-sum(quantity)*2", "distinct(at)", "avg(rate)", "dayavg(price)", "min(at)",
			"median(price)", "p95(quantity)", "percentile(rate, 33.3)", "median(price*quantity)", "last(price)", "last(quantity)/last(price)", "p10(price)-p10(quantity)"))
	}
	for range r.IntN(3) {
		a.By = append(a.By, pick("country", "product", "paid", "month(day)", "quarter(day)", "year(day)", "week(day)", "weekday(day)", "day", "hour(at)", "month(at)", "day(at)", "quantity"))
	}
	for range r.IntN(3) {
		a.Where = append(a.Where, pick("country = 'Sverige'", "country != a", "country in ('O''Neill', B)", "country not in (B)", "price > 100.5", "price <= -3", "price between 0 and 500.55", "country is null", "paid = true",
			"year(day) = 2020", "month(day) >= 2020-06", "quarter(day) < 2021-Q3", "day >= 2020-02-29", "(paid = false or quantity < 3)", "country contains er", "country starts with Sv", "rate > 10.25", "hour(at) between 8 and 17",
			"weekday(day) in (6,7)", "country >= 'B'", "week(day) = 2020-W53", "at > 2021-06-15T12:30:00", "paid is not null"))
	}
	if r.IntN(3) == 0 {
		a.Only = []string{pick("country = 'Sverige'", "quantity >= 2", "paid = true or country = B")}
	}
	q, _, err := a.query()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range a.By {
		d, err := cube.ParseDimension(b, cols)
		if err != nil {
			t.Fatal(err)
		}
		q.By = append(q.By, d)
	}
	q.Time = "day"
	q.Share, q.Fill = r.IntN(3) == 0, false
	for _, b := range a.By {
		if strings.HasPrefix(b, "month(day") || strings.HasPrefix(b, "quarter(day") || strings.HasPrefix(b, "year(day") {
			if r.IntN(2) == 0 {
				q.Compare = cube.Comparison(pick("previous", "year"))
			}
			q.Fill = r.IntN(4) == 0 && len(a.By) == 1
		}
		if (b == "country" || b == "product" || b == "paid") && r.IntN(2) == 0 {
			q.Top = 1 + r.IntN(4)
		}
	}
	if r.IntN(3) == 0 {
		q.From, q.To = "2020-01-15", "2021-11-30"
		if q.Compare == "" && r.IntN(2) == 0 {
			q.Compare = cube.YearBefore
		}
	}
	return q, fmt.Sprintf("%+v compare %s top %d share %t from %s", a, q.Compare, q.Top, q.Share, q.From)
}

// same compares two answers: everything exactly, floats to nine digits.
func same(a, b cube.Result) string {
	if len(a.Rows) != len(b.Rows) {
		return fmt.Sprintf("%d rows and %d rows", len(a.Rows), len(b.Rows))
	}
	for i, row := range append(a.Rows, a.Totals) {
		other := b.Totals
		if i < len(b.Rows) {
			other = b.Rows[i]
		}
		for c, x := range row {
			y := other[c]
			if x.Kind == cube.Float && !x.Null && !y.Null && math.Abs(x.Float-y.Float) <= 1e-9*max(1, math.Abs(x.Float)) {
				continue
			}
			if x.String() != y.String() {
				return fmt.Sprintf("row %d, %s: %s and %s", i, a.Columns[c].Name, x, y)
			}
		}
	}
	return ""
}

func differential(t *testing.T, tb *cube.Table, rel cube.Relation, db *sql.DB, rounds int) {
	t.Helper()
	r := rand.New(rand.NewPCG(9, 9))
	for range rounds {
		q, what := anyQuery(t, r, tb.Columns)
		viewer := cube.AllRows()
		if r.IntN(3) == 0 {
			viewer = cube.OnlyRows(cube.Cond{Column: "product", Op: "<", Values: []string{"6"}})
		}
		want, err := rel.Run(t.Context(), viewer, q, rowsOf(db))
		if err != nil {
			t.Fatalf("%s\n%v", what, err)
		}
		got, err := tb.Run(t.Context(), viewer, q)
		if err != nil {
			t.Fatalf("%s\n%v", what, err)
		}
		if diff := same(got, want); diff != "" {
			text, args, _ := rel.SQL(viewer, q)
			t.Fatalf("%s\ncube and %s differ: %s\n%s\n%v\n%s\n%s", what, rel.Dialect, diff, text, args, got.Text(), want.Text())
		}
	}
}

func TestCubeAndSQLiteAnswerAlike(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sales.sqlite")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	execAll(t, db, salesStatements(false))
	tb := loadTable(t, table.Source{Target: path})
	if tb.Rows != salesRows {
		t.Fatalf("%d rows", tb.Rows)
	}
	differential(t, tb, cube.Relation{Dialect: cube.SQLite, From: "sales", Columns: tb.Columns}, db, 300)
}

func TestCubeAndPostgreSQLAnswerAlike(t *testing.T) {
	address := os.Getenv(pgserver.Variable)
	if address == "" {
		t.Skipf("NOT TESTED ON POSTGRESQL: %s is unset; run: go run ./kernel/testkit/cmd/withpostgres -- go test ./cmd/steward", pgserver.Variable)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	admin, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	schema := fmt.Sprintf("cube_%d", os.Getpid())
	execAll(t, admin, []string{"CREATE SCHEMA " + schema})
	defer execAll(t, admin, []string{"DROP SCHEMA " + schema + " CASCADE"})
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	db, err := sql.Open("pgx", u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	execAll(t, db, salesStatements(true))
	path := filepath.Join(t.TempDir(), "sales.sqlite")
	lite, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer lite.Close()
	execAll(t, lite, salesStatements(false))
	tb := loadTable(t, table.Source{Target: path})
	differential(t, tb, cube.Relation{Dialect: cube.Postgres, From: "sales", Columns: tb.Columns}, db, 300)
}

func TestChinooksTotalsAreThoseOfSQLite(t *testing.T) {
	folder := os.Getenv("STEWARD_TESTDATA")
	if folder == "" {
		t.Skip("NOT TESTED ON CHINOOK: STEWARD_TESTDATA is unset")
	}
	path := filepath.Join(folder, "business", "chinook.sqlite")
	db, err := table.OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	infos, err := table.Tables(t.Context(), table.Source{Target: path})
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, info := range infos {
		tb := loadTable(t, table.Source{Target: path, Table: info.Name})
		for _, c := range tb.Columns {
			a := cubeAsk{Measure: []string{"count()", `distinct("` + c.Name + `")`, `count("` + c.Name + `")`}}
			name := `"` + c.Name + `"`
			ask := "SELECT COUNT(*), COUNT(DISTINCT " + name + "), COUNT(" + name + ")"
			if c.Kind == cube.Integer || c.Kind == cube.Decimal {
				a.Measure = append(a.Measure, "sum("+name+")")
				ask += fmt.Sprintf(", PRINTF('%%.%df', TOTAL(%s))", c.Scale, name)
			}
			q, viewer, err := a.query()
			if err != nil {
				t.Fatal(err)
			}
			got, err := tb.Run(t.Context(), viewer, q)
			if err != nil {
				t.Fatal(err)
			}
			want, err := rowsOf(db)(t.Context(), ask+` FROM "`+info.Name+`"`, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i, w := range want[0] {
				if b, ok := w.([]byte); ok {
					w = string(b)
				}
				if g := got.Totals[i].String(); g != fmt.Sprint(w) {
					t.Errorf("%s.%s: %s is %s, SQLite says %v", info.Name, c.Name, a.Measure[i], g, w)
				}
				checked++
			}
		}
	}
	t.Logf("%d totals are equal", checked)
}
