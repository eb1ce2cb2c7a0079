package cube

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

var stockColumns = []Column{{"day", Date, 0}, {"seen", Moment, 0}, {"site", Text, 0}, {"kind", Integer, 0},
	{"worth", Decimal, 2}, {"pieces", Integer, 0}, {"weight", Float, 0}, {"counted", Bool, 0}}

// stock draws rows with many ties, gaps and days without a value.
func stock(r *rand.Rand, n int) []string {
	var rows []string
	for range n {
		maybe := func(in int, s string) string {
			if r.IntN(in) == 0 {
				return "–"
			}
			return s
		}
		rows = append(rows, strings.Join([]string{
			maybe(25, fmt.Sprintf("2024-%02d-%02d", 1+r.IntN(12), 1+r.IntN(28))),
			maybe(25, fmt.Sprintf("2024-%02d-%02dT%02d:%02d:00", 1+r.IntN(3), 1+r.IntN(4), r.IntN(24), r.IntN(60))),
			maybe(10, []string{"Örebro", "O'Neill", "a", "B", "Łódź"}[r.IntN(5)]),
			fmt.Sprint(r.IntN(40)),
			maybe(6, fmt.Sprintf("%d.%02d", r.IntN(90)-30, r.IntN(100))),
			maybe(12, fmt.Sprint(r.IntN(7)-2)),
			maybe(8, fmt.Sprintf("%d.%d", r.IntN(50), 5*r.IntN(2))),
			maybe(9, fmt.Sprint(r.IntN(2) == 0)),
		}, "|"))
	}
	return rows
}

// load makes the table of the same rows in a database.
func load(t *testing.T, db *sql.DB, d Dialect, rows []string) {
	t.Helper()
	moment, whole, float := "DATETIME", "INTEGER", "REAL"
	if d == Postgres {
		moment, whole, float = "TIMESTAMP", "BIGINT", "DOUBLE PRECISION"
	}
	list := []string{fmt.Sprintf("CREATE TABLE stock (day DATE, seen %s, site TEXT, kind %s, worth NUMERIC(10,2), pieces %s, weight %s, counted BOOLEAN)", moment, whole, whole, float)}
	for _, row := range rows {
		cells := strings.Split(row, "|")
		for i, cell := range cells {
			switch {
			case cell == "–":
				cells[i] = "NULL"
			case i == 1:
				cells[i] = "'" + strings.Replace(cell, "T", " ", 1) + "'"
			case i < 3:
				cells[i] = "'" + strings.ReplaceAll(cell, "'", "''") + "'"
			}
		}
		list = append(list, "INSERT INTO stock VALUES ("+strings.Join(cells, ", ")+")")
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range list {
		if _, err := tx.Exec(q); err != nil {
			t.Fatalf("%v\n%s", err, q)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// database opens an empty one of the dialect, or skips the test.
func database(t *testing.T, d Dialect) *sql.DB {
	t.Helper()
	driver, address := "sqlite", filepath.Join(t.TempDir(), "stock.sqlite")
	if d == Postgres {
		driver, address = "pgx", os.Getenv("STEWARD_TEST_POSTGRES")
		if address == "" {
			t.Skip("NOT TESTED ON POSTGRESQL: STEWARD_TEST_POSTGRES is unset; run: go run ./kernel/testkit/cmd/withpostgres -- go test ./engine/cube")
		}
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1) // temporary tables belong to a connection
	t.Cleanup(func() { db.Close() })
	if d == Postgres {
		if _, err := db.Exec("SET search_path TO pg_temp"); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func rowsOf(db *sql.DB) Rows {
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

// stockQuery draws a question with at least one percentile or last.
func stockQuery(t *testing.T, r *rand.Rand) (Query, string) {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	measures := []string{pick("median(worth)", "p95(worth)", "last(worth)", "median(pieces*worth)", "last(pieces)", "percentile(weight, 33.3)", "percentile(kind, 99.9)", "p0(worth)", "p100(weight)", "last(worth - pieces)", "last(weight)", "median(counted)", "p10(weight - worth)")}
	for range r.IntN(4) {
		measures = append(measures, pick("median(worth)", "p25(worth)", "p75(worth)", "last(worth)", "last(pieces)/last(worth)", "median(weight)", "count()", "sum(worth)", "distinct(site)", "distinct(kind)", "count(worth)", "min(day)", "max(worth)", "avg(worth)", "dayavg(worth)", "p50(worth)-p50(pieces)", "last(counted)"))
	}
	var by []string
	for range r.IntN(3) {
		by = append(by, pick("site", "kind", "counted", "month(day)", "quarter(day)", "week(day)", "weekday(day)", "day", "hour(seen)", "pieces", "worth"))
	}
	where := pick("", "", "", "worth > 0", "site contains e", "month(day) >= 2024-06", "pieces in (1, 2)", "kind > 1000", "worth is null", "weight > 10.5 and counted = true")
	q := ask(t, strings.Join(measures, ","), "", where)
	for _, b := range by {
		d, err := ParseDimension(b, stockColumns)
		if err != nil {
			t.Fatal(err)
		}
		q.By = append(q.By, d)
		switch b {
		case "month(day)", "quarter(day)":
			q.Compare = Comparison(pick("", "previous", "year"))
			q.Fill = r.IntN(3) == 0 && len(by) == 1
		case "site", "kind":
			q.Top = r.IntN(4)
		}
	}
	q.Time = pick("day", "day", "seen")
	for _, d := range q.By {
		if d.Grain != "" && d.Column == "day" {
			q.Time = "day"
		}
	}
	q.Share = r.IntN(4) == 0
	if r.IntN(3) == 0 {
		q.From, q.To = "2024-02-10", "2024-10-31"
	}
	return q, fmt.Sprintf("%s by %s where %s, time %s, compare %q, top %d, share %t, fill %t, from %s", measures, by, where, q.Time, q.Compare, q.Top, q.Share, q.Fill, q.From)
}

// TestPercentilesAndLastAreThoseOfTheDatabase asks the store and each database
// the same drawn questions. Every digit must be equal: what is put together of
// whole numbers, and what is picked from floats; sums of the floats drawn are exact.
func TestPercentilesAndLastAreThoseOfTheDatabase(t *testing.T) {
	for _, dialect := range []Dialect{SQLite, Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			r := rand.New(rand.NewPCG(3, 1))
			db := database(t, dialect)
			rows := stock(r, 700)
			load(t, db, dialect, rows)
			tb := sheet(t, stockColumns, rows...)
			rel := Relation{Dialect: dialect, From: "stock", Columns: stockColumns}
			answered := 0
			for range 300 {
				q, what := stockQuery(t, r)
				viewer := AllRows()
				if r.IntN(3) == 0 {
					viewer = OnlyRows(Cond{Column: "kind", Op: "<", Values: []string{"25"}})
				}
				want, err := tb.Run(t.Context(), viewer, q)
				if err != nil {
					t.Fatalf("%s\n%v", what, err)
				}
				got, err := rel.Run(t.Context(), viewer, q, rowsOf(db))
				if err != nil {
					t.Fatalf("%s\n%v", what, err)
				}
				if g, w := everything(got), everything(want); g != w {
					text, args, _ := rel.SQL(viewer, q)
					t.Fatalf("%s\n%s\n%v\ngot\n%s\nwant\n%s", what, text, args, g, w)
				}
				answered += len(got.Rows)
			}
			if answered < 3000 {
				t.Errorf("only %d rows were compared", answered)
			}
		})
	}
}

// TestTheExampleOfTheGuideHolds holds docs/engines/cube.md.
func TestTheExampleOfTheGuideHolds(t *testing.T) {
	tb := sheet(t, []Column{{"day", Date, 0}, {"site", Text, 0}, {"licences", Integer, 0}, {"minutes", Integer, 0}},
		"2026-01-05|Lund|40|12", "2026-01-26|Lund|44|30", "2026-01-26|Ulm|10|45", "2026-02-02|Lund|41|8", "2026-02-23|Lund|50|95", "2026-02-23|Ulm|12|20")
	q := ask(t, "held=last(licences),mean=dayavg(licences),usual=median(minutes),slow=p95(minutes)", "month", "")
	r, err := tb.Run(t.Context(), AllRows(), q)
	if err != nil {
		t.Fatal(err)
	}
	const want = "month,held,mean,usual,slow\n2026-01,54,47,30,43.5\n2026-02,62,51.5,20,87.5\n[– 62 49.25 25 82.5]"
	if got := everything(r); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func everything(r Result) string { return string(r.CSV()) + fmt.Sprint(r.Totals) }

func TestNoRowsHaveNoMedianAndNoLastDayInADatabase(t *testing.T) {
	for _, dialect := range []Dialect{SQLite, Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			db := database(t, dialect)
			load(t, db, dialect, []string{"2024-01-01|–|a|1|–|3|1.5|true"})
			rel := Relation{Dialect: dialect, From: "stock", Columns: stockColumns}
			for _, c := range []struct {
				viewer         Viewer
				by, rows, want string
			}{
				{NoRows(), "", "", "[– – – 0]"},
				{NoRows(), "site", "", "[– – – – 0]"},
				{AllRows(), "site", "a,,,3,1", "[– – – 3 1]"},
			} {
				q := ask(t, "median(worth),last(worth),median(pieces),count()", c.by, "")
				q.Time = "day"
				got, err := rel.Run(t.Context(), c.viewer, q, rowsOf(db))
				if err != nil {
					t.Fatal(err)
				}
				if fmt.Sprint(got.Totals) != c.want || !strings.HasSuffix(strings.TrimSpace(string(got.CSV())), c.rows) {
					t.Errorf("by %q: totals %v, want %s, rows %s", c.by, got.Totals, c.want, got.CSV())
				}
			}
		})
	}
}
