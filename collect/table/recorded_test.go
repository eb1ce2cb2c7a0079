package table

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// recorded answers statements with rows written after the drivers' source: the
// Go types their decoders give and the names they give to types.
type recorded struct {
	answers map[string]answer
	said    []string
}

type answer struct {
	columns []column
	rows    [][]driver.Value
}

type column struct {
	name, declared   string
	precision, scale int64 // precision 0: not told
}

// dialer connects to what is recorded.
type dialer struct{ r *recorded }

func (d dialer) Connect(context.Context) (driver.Conn, error) { return d.r, nil }
func (d dialer) Driver() driver.Driver                        { return nil }

func (r *recorded) Prepare(string) (driver.Stmt, error) { return nil, errors.New("not prepared") }
func (r *recorded) Close() error                        { return r.say("close") }
func (r *recorded) Begin() (driver.Tx, error)           { return nil, errors.New("begun without options") }
func (r *recorded) Commit() error                       { return r.say("commit") }
func (r *recorded) Rollback() error                     { return r.say("rollback") }

func (r *recorded) say(what string) error {
	r.said = append(r.said, what)
	return nil
}

// BeginTx refuses what both drivers refuse.
func (r *recorded) BeginTx(_ context.Context, o driver.TxOptions) (driver.Tx, error) {
	if o.ReadOnly || o.Isolation != 0 {
		return nil, errors.New("read-only transactions are not supported")
	}
	return r, r.say("begin")
}

func (r *recorded) ExecContext(_ context.Context, q string, _ []driver.NamedValue) (driver.Result, error) {
	return driver.ResultNoRows, r.say(q)
}

func (r *recorded) QueryContext(_ context.Context, q string, _ []driver.NamedValue) (driver.Rows, error) {
	r.say(q)
	a, ok := r.answers[q]
	if !ok {
		return nil, fmt.Errorf("not recorded: %s", q)
	}
	return &recordedRows{answer: a}, nil
}

type recordedRows struct {
	answer
	at int
}

func (r *recordedRows) Close() error { return nil }

func (r *recordedRows) Columns() (names []string) {
	for _, c := range r.columns {
		names = append(names, c.name)
	}
	return names
}

func (r *recordedRows) ColumnTypeDatabaseTypeName(i int) string { return r.columns[i].declared }

func (r *recordedRows) ColumnTypePrecisionScale(i int) (int64, int64, bool) {
	return r.columns[i].precision, r.columns[i].scale, r.columns[i].precision > 0
}

func (r *recordedRows) Next(into []driver.Value) error {
	if r.at == len(r.rows) {
		return io.EOF
	}
	copy(into, r.rows[r.at])
	r.at++
	return nil
}

// tablesOf answers the question for the tables.
func tablesOf(pairs ...string) answer {
	a := answer{columns: []column{{name: "S", declared: "VARCHAR"}, {name: "N", declared: "VARCHAR"}}}
	for _, p := range pairs {
		schema, name, _ := strings.Cut(p, ".")
		a.rows = append(a.rows, []driver.Value{schema, name})
	}
	return a
}

func readRecorded(t *testing.T, kind string, s Source, r *recorded) (*Reader, error) {
	t.Helper()
	db, sv := sql.OpenDB(dialer{r}), servers[kind]
	if err := sv.check(s); err != nil {
		return nil, err
	}
	if err := sv.prepare(t.Context(), db); err != nil {
		return nil, err
	}
	cells, err := sv.read(t.Context(), db, s)
	if err != nil {
		db.Close()
		return nil, err
	}
	return newReader(t.Context(), s, cells)
}

func TestSQLServerIsReadWithItsTypesAsItsDriverGivesThem(t *testing.T) {
	const read = "SELECT * FROM [sales].[order ]]x]"
	east := time.FixedZone("", 3600)
	at := time.Date(2024, 1, 31, 12, 0, 0, 123456700, time.UTC)
	r := &recorded{answers: map[string]answer{
		servers["sqlserver"].list: tablesOf("dbo.other", "sales.order ]x"),
		read: {
			columns: []column{{name: "id", declared: "BIGINT"}, {name: "on", declared: "BIT"}, {name: "amount", declared: "DECIMAL", precision: 10, scale: 2}, {name: "wide", declared: "DECIMAL", precision: 38, scale: 10},
				{name: "paid", declared: "MONEY", precision: 0}, {name: "x", declared: "FLOAT"}, {name: "y", declared: "REAL"}, {name: "day", declared: "DATE"}, {name: "at", declared: "DATETIME2"}, {name: "old", declared: "DATETIME"},
				{name: "zoned", declared: "DATETIMEOFFSET"}, {name: "clock", declared: "TIME"}, {name: "key", declared: "UNIQUEIDENTIFIER"}, {name: "raw", declared: "VARBINARY"}, {name: "code", declared: "NVARCHAR"}, {name: "doc", declared: "XML"}},
			rows: [][]driver.Value{
				{int64(9007199254740993), true, []byte("5.00"), []byte("1234567890.5000000000"), []byte("-922337203685477.5808"), 0.5, float64(float32(0.1)), time.Date(2024, 1, 31, 0, 0, 0, 0, time.UTC), at, time.Date(2024, 1, 31, 0, 0, 0, 3333333, time.UTC),
					at.In(east), time.Date(1, 1, 1, 23, 59, 59, 999999900, time.UTC), []byte{0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}, []byte("abc"), "007", "<a/>"},
				make([]driver.Value, 16),
				{int64(-1), false, []byte("-0.01"), []byte("0.0000000000"), []byte("0.0000"), 1e-7, 2.0, time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(1753, 1, 1, 0, 0, 0, 0, time.UTC),
					at, time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), make([]byte, 16), []byte{}, "Łódź 🚲", ""},
			},
		},
	}}
	reader, err := readRecorded(t, "sqlserver", Source{Table: "sales.order ]x"}, r)
	if err != nil {
		t.Fatal(err)
	}
	cols, rows, report := showAll(t, reader)
	if want := "id:integer on:bool amount:decimal with 2 digits wide:decimal with 1 digits paid:decimal with 4 digits x:float y:float day:date at:moment old:moment zoned:moment clock:text key:text raw:text code:text doc:text"; cols != want {
		t.Errorf("got  %s\nwant %s", cols, want)
	}
	want := []string{
		"9007199254740993|true|5.00|1234567890.5|-922337203685477.5808|0.5|0.1|2024-01-31|2024-01-31T12:00:00.123456Z|2024-01-31T00:00:00.003333Z|2024-01-31T12:00:00.123456Z|23:59:59.9999999|00112233-4455-6677-8899-AABBCCDDEEFF|0x616263|007|<a/>",
		"–" + strings.Repeat("|–", 15),
		"-1|false|-0.01|0.0|0.0000|1e-07|2|0001-01-01|9999-12-31T23:59:59Z|1753-01-01T00:00:00Z|2024-01-31T12:00:00.123456Z|00:00:00|00000000-0000-0000-0000-000000000000|0x|Łódź 🚲|",
	}
	if !slices.Equal(rows, want) || report.RejectedCount != 0 {
		t.Errorf("got  %s\nwant %s\nkept aside %v", strings.Join(rows, "\n     "), strings.Join(want, "\n     "), report.Rejected)
	}
	if want := []string{"SET LOCK_TIMEOUT 10000", "SET DEADLOCK_PRIORITY LOW", servers["sqlserver"].list, "begin", read, read, "rollback", "close"}; !slices.Equal(r.said, want) {
		t.Errorf("said %q\nwant %q", r.said, want)
	}
}

func TestOracleIsReadWithItsTypesAsItsDriverGivesThem(t *testing.T) {
	const read = `SELECT * FROM "SALES"."Order"`
	berlin := time.FixedZone("server", 3600) // the driver puts the server's zone to times without one
	at := time.Date(2024, 1, 31, 12, 0, 0, 123456000, berlin)
	r := &recorded{answers: map[string]answer{
		servers["oracle"].list: tablesOf("SALES.Order"),
		read: {
			columns: []column{{name: "ID", declared: "NUMBER", precision: 19}, {name: "SMALL", declared: "NUMBER", precision: 5}, {name: "AMOUNT", declared: "NUMBER", precision: 12, scale: 2}, {name: "ANY", declared: "NUMBER", precision: 38, scale: 255},
				{name: "HUNDREDS", declared: "NUMBER", precision: 8, scale: 254}, {name: "TINY", declared: "NUMBER", precision: 2, scale: 5}, {name: "LONGEST", declared: "NUMBER", precision: 38}, {name: "X", declared: "IBDouble"}, {name: "Y", declared: "IBFloat"},
				{name: "DAY", declared: "DATE"}, {name: "AT", declared: "TimeStampDTY"}, {name: "ZONED", declared: "TimeStampTZ_DTY"}, {name: "RAW", declared: "RAW"}, {name: "CODE", declared: "NCHAR"}, {name: "NOTE", declared: "OCIClobLocator"}, {name: "SPAN", declared: "IntervalDS_DTY"}},
			rows: [][]driver.Value{
				{"1234567890", "7", "5", "0.25", "123400", "0.00012", "12345678901234567890123456789012345678", 0.5, float32(0.1), time.Date(2024, 1, 31, 0, 0, 0, 0, berlin), at, at, []byte{1, 255}, "007", "Łódź 🚲", "+01 02:00:00"},
				make([]driver.Value, 16),
				{"2", "-7", "-1234567890.25", "-17", "-200", "0", "1", 1e-7, float32(2), time.Date(2024, 2, 1, 8, 30, 0, 0, berlin), at.Add(time.Second), at, []byte("abc"), "8", "", nil},
			},
		},
	}}
	reader, err := readRecorded(t, "oracle", Source{}, r)
	if err != nil {
		t.Fatal(err)
	}
	cols, rows, report := showAll(t, reader)
	if want := "ID:integer SMALL:integer AMOUNT:decimal with 2 digits ANY:decimal with 2 digits HUNDREDS:integer TINY:decimal with 5 digits LONGEST:text X:float Y:float DAY:moment AT:moment ZONED:moment RAW:text CODE:text NOTE:text SPAN:text"; cols != want {
		t.Errorf("got  %s\nwant %s", cols, want)
	}
	want := []string{
		"1234567890|7|5.00|0.25|123400|0.00012|12345678901234567890123456789012345678|0.5|0.1|2024-01-31T00:00:00Z|2024-01-31T12:00:00.123456Z|2024-01-31T11:00:00.123456Z|0x01ff|007|Łódź 🚲|+01 02:00:00",
		"–" + strings.Repeat("|–", 15),
		"2|-7|-1234567890.25|-17.00|-200|0.00000|1|1e-07|2|2024-02-01T08:30:00Z|2024-01-31T12:00:01.123456Z|2024-01-31T11:00:00.123456Z|0x616263|8||–",
	}
	if !slices.Equal(rows, want) || report.RejectedCount != 0 {
		t.Errorf("got  %s\nwant %s\nkept aside %v", strings.Join(rows, "\n     "), strings.Join(want, "\n     "), report.Rejected)
	}
	if want := []string{servers["oracle"].list, "begin", "SET TRANSACTION READ ONLY", read, read, "rollback", "close"}; !slices.Equal(r.said, want) {
		t.Errorf("said %q\nwant %q", r.said, want)
	}
}

func TestWhatIsKnownIsLeftOutByTheServerInItsOwnWords(t *testing.T) {
	for _, c := range []struct{ kind, table, declared, after, want string }{
		{"sqlserver", "[dbo].[t]", "INT", "17", "17"},
		{"sqlserver", "[dbo].[t]", "DECIMAL", "-17.50", "-17.50"},
		{"sqlserver", "[dbo].[t]", "DATETIME2", "2024-01-31T12:00:00.5Z", "CAST('2024-01-31T12:00:00.500000' AS datetime2(7))"},
		{"sqlserver", "[dbo].[t]", "DATETIME", "2024-01-31T12:00:00.5Z", "CAST('2024-01-31T12:00:00.490000' AS datetime2(7))"},
		{"sqlserver", "[dbo].[t]", "DATETIMEOFFSET", "2024-01-31T12:00:00Z", "CAST('2024-01-31T12:00:00.000000+00:00' AS datetimeoffset(7))"},
		{"sqlserver", "[dbo].[t]", "DATE", "2024-01-31", "CAST('2024-01-31T00:00:00.000000' AS datetime2(7))"},
		{"oracle", `"dbo"."t"`, "NUMBER", "17", "17"},
		{"oracle", `"dbo"."t"`, "DATE", "2024-01-31T12:00:00Z", "TIMESTAMP '2024-01-31 12:00:00.000000'"},
		{"oracle", `"dbo"."t"`, "TimeStampDTY", "2024-01-31T12:00:00.5Z", "TIMESTAMP '2024-01-31 12:00:00.500000'"},
		{"oracle", `"dbo"."t"`, "TimeStampTZ_DTY", "2024-01-31T12:00:00Z", "TIMESTAMP '2024-01-31 12:00:00.000000 +00:00'"},
		{"sqlserver", "[dbo].[t]", "NVARCHAR", "17", ""}, // texts the reader compares
	} {
		base := "SELECT * FROM " + c.table
		a := answer{columns: []column{{name: "k", declared: c.declared}}}
		above := base
		if c.want != "" {
			col := "t." + servers[c.kind].quote("k")
			above = "SELECT * FROM (" + base + ") t WHERE " + col + " > " + c.want + " OR " + col + " IS NULL"
		}
		r := &recorded{answers: map[string]answer{servers[c.kind].list: tablesOf("dbo.t"), "SELECT * FROM (" + base + ") t WHERE 1 = 0": a, above: a}}
		s := Source{Table: "t", By: "k", After: c.after, Expect: nil}
		db := sql.OpenDB(dialer{r})
		src, err := servers[c.kind].read(t.Context(), db, s)
		if err != nil {
			t.Errorf("%s %s: %v\nsaid %q", c.kind, c.declared, err, r.said)
			continue
		}
		src.close()
	}
	// A query with WITH or ORDER BY cannot stand in brackets in SQL Server.
	const q = "WITH x AS (SELECT 1 AS k) SELECT * FROM x ORDER BY k"
	r := &recorded{answers: map[string]answer{q: {columns: []column{{name: "k", declared: "INT"}}, rows: [][]driver.Value{{int64(1)}, {int64(2)}}}}}
	reader, err := readRecorded(t, "sqlserver", Source{Query: q, By: "k", After: "1"}, r)
	if err != nil {
		t.Fatal(err)
	}
	if _, rows, report := showAll(t, reader); strings.Join(rows, ";") != "2" || report.Last != "2" {
		t.Errorf("%v, last %s", rows, report.Last)
	}
}

func TestOnlyReadingQueriesReachEnginesWithoutAReadOnlyTransaction(t *testing.T) {
	for _, q := range []string{
		"SELECT a FROM t", "select [into], \"update\" from t;", "WITH x AS (SELECT 1) SELECT * FROM x", "SELECT 'delete; drop' FROM t -- insert\n", "/* drop */ SELECT 1", "SELECT a_set, updated FROM t WHERE n = 'O''Brien'",
	} {
		if err := guard(q, writing); err != nil {
			t.Errorf("%s: %v", q, err)
		}
	}
	for _, q := range []string{
		"", "-- nothing", "DELETE FROM t", "SELECT 1; SELECT 2", "SELECT * INTO new FROM t", "WITH x AS (SELECT 1) DELETE FROM t", "EXEC sp_who", "SELECT NEXT VALUE FOR s", "SELECT * FROM OPENROWSET('x', 'y', 'z')", "SELECT s.nextval FROM dual",
		"SELECT a FROM t FOR UPDATE", "SELECT 'a", "SELECT [a", "SELECT 1 /*", "SELECT 1 /*!99999 INTO x */", "SELECT 1 /* /* */ INTO x */", "SELECT 1 --x\n", "SELECT q'['] ' FROM t", "SELECT 'a\\' INTO x, '", "SELECT # x", "SELECT \"UTL_HTTP\" (1) FROM dual", "BEGIN NULL; END;",
		"WITH FUNCTION f RETURN NUMBER IS BEGIN RETURN 1; END; SELECT f FROM dual",
	} {
		for _, kind := range []string{"sqlserver", "oracle"} {
			r := &recorded{}
			var invalid *Invalid
			if _, err := readRecorded(t, kind, Source{Query: q + " "}, r); !errors.As(err, &invalid) || len(r.said) > 0 {
				t.Errorf("%s %q: %v, said %q", kind, q, err, r.said)
			}
		}
	}
}

func FuzzGuard(f *testing.F) {
	f.Add("SELECT [a]]b], 'x''y' FROM t -- c\n;")
	f.Add("WITH x AS (SELECT 1) /* y */ SELECT * FROM \"x\"")
	f.Fuzz(func(t *testing.T, q string) {
		if guard(q, writing) == nil && guard(q+"; DELETE FROM t", writing) == nil && !strings.Contains(q, "--") {
			t.Fatalf("%q lets a second statement through", q)
		}
	})
}
