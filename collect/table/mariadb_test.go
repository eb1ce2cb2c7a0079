//go:build linux

package table

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"steward/collect/database/dbtest"
)

func TestMariaDBIsReadAsItIsAndNeverWritten(t *testing.T) {
	m := dbtest.NewMariaDB(t, "--default-time-zone=+05:00", "--sql-mode=")
	db := m.Open("")
	defer db.Close()
	db.SetMaxOpenConns(1) // so that the session's settings stay
	dbtest.Exec(t, db,
		"CREATE DATABASE shop CHARACTER SET utf8mb4", "CREATE DATABASE empty",
		"CREATE USER reader@'127.0.0.1' IDENTIFIED BY 'p@ss/w:rd'", "GRANT ALL ON *.* TO reader@'127.0.0.1'", // whatever the login may, nothing is written
		"USE shop", "SET NAMES utf8mb4", "SET time_zone = '+02:00'",
		"CREATE TABLE `odd ``name` (a INT)", "INSERT INTO `odd ``name` VALUES (1)")
	address := func(database string) string { return m.Address("reader:p%40ss%2Fw%3Ard", database) }

	t.Run("types", func(t *testing.T) {
		dbtest.Exec(t, db, `CREATE TABLE kinds (id BIGINT PRIMARY KEY, tiny TINYINT, small SMALLINT UNSIGNED, big BIGINT UNSIGNED, bits BIT(10), amount DECIMAL(10,2), whole DECIMAL(12,0), wide DECIMAL(38,10),
			exact DECIMAL(38,10), single FLOAT, twice DOUBLE, day DATE, at DATETIME(6), stamp TIMESTAMP NULL, clock TIME, y YEAR, flag BOOLEAN, sort ENUM('1','2','x'), many SET('a','b'), code VARCHAR(20), name TEXT, doc JSON, raw VARBINARY(20), pic BLOB)`,
			`INSERT INTO kinds VALUES (-9223372036854775808, -128, 65535, 18446744073709551615, b'1000000001', 5, 7, 12345678.5, 12345678901234567890.0123456789, 0.1, 1e-7, '2024-01-31', '2024-01-31 00:00:00', '2024-01-31 12:00:00', '-838:59:59', 2024, 1, '2', 'a,b', '007', 'Łódź 🚲', '{"a":1}', 'abc', 0xff00)`,
			`INSERT INTO kinds (id) VALUES (0)`,
			`INSERT INTO kinds VALUES (9223372036854775807, 127, 0, 0, b'0', -99999999.99, 0, -0.25, 0, -1.5, 2.5, '2024-02-29', '2024-02-01 10:00:00.000001', '2024-07-31 12:00:00', '00:00:01', 1999, 0, 'x', '', '12', '', 'null', '', 'text')`)
		cols, rows, r := show(t, Source{Target: address("shop"), Table: "kinds"})
		if want := "id:integer tiny:integer small:integer big:text bits:integer amount:decimal with 2 digits whole:integer wide:decimal with 2 digits exact:text single:float twice:float day:date at:moment stamp:moment clock:text y:integer flag:integer sort:text many:text code:text name:text doc:text raw:text pic:text"; cols != want {
			t.Errorf("got  %s\nwant %s", cols, want)
		}
		want := []string{
			"-9223372036854775808|-128|65535|18446744073709551615|513|5.00|7|12345678.50|12345678901234567890.0123456789|0.1|1e-07|2024-01-31|2024-01-31T00:00:00Z|2024-01-31T10:00:00Z|-838:59:59|2024|1|2|a,b|007|Łódź 🚲|{\"a\":1}|0x616263|0xff00… (2 bytes)",
			"0" + strings.Repeat("|–", 23),
			"9223372036854775807|127|0|0|0|-99999999.99|0|-0.25|0|-1.5|2.5|2024-02-29|2024-02-01T10:00:00.000001Z|2024-07-31T10:00:00Z|00:00:01|1999|0|x||12||null|0x|text",
		}
		if !slices.Equal(rows, want) || r.RejectedCount != 0 {
			t.Errorf("got  %s\nwant %s\nkept aside %v", strings.Join(rows, "\n     "), strings.Join(want, "\n     "), r.Rejected)
		}
	})

	t.Run("profile and control sums are exact", func(t *testing.T) {
		reader, err := Open(t.Context(), Source{Target: address("shop"), Query: "SELECT id, amount, big FROM kinds UNION ALL SELECT id, amount, big FROM kinds"})
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		p, err := ProfileAll(t.Context(), reader, []Check{{Rule: "sum", Column: "amount", Equals: "-199999989.98"}, {Rule: "sum", Column: "id", Equals: "-2"}, {Rule: "sum", Column: "id", Equals: "-1"}})
		if err != nil {
			t.Fatal(err)
		}
		if p.Columns[1].Sum != "-199999989.98" || p.Columns[0].Min != "-9223372036854775808" || p.Columns[0].Max != "9223372036854775807" || !p.Findings[0].Holds || !p.Findings[1].Holds || p.Findings[2].Holds || p.Findings[2].Found != "-2" {
			t.Errorf("%+v %+v", p.Columns[:2], p.Findings)
		}
	})

	t.Run("zero dates are no value and impossible ones are kept aside", func(t *testing.T) {
		dbtest.Exec(t, db, "SET sql_mode = 'ALLOW_INVALID_DATES'", "CREATE TABLE dates (id INT, day DATE, at DATETIME)",
			"INSERT INTO dates VALUES (1, '0000-00-00', '0000-00-00 00:00:00'), (2, '2024-01-31', '2024-01-31 08:00:00'), (3, '2024-00-15', '2024-01-01'), (4, '2024-02-31', NULL)")
		reader, err := Open(t.Context(), Source{Target: address("shop"), Table: "dates"})
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		if note := reader.Columns()[1].Note; !strings.Contains(note, "1 dates of zeros") {
			t.Errorf("noted %q", note)
		}
		_, rows, r := show(t, Source{Target: address("shop"), Table: "dates"})
		if got := strings.Join(rows, ";"); got != "1|–|–;2|2024-01-31|2024-01-31T08:00:00Z" {
			t.Errorf("got %s", got)
		}
		if len(r.Rejected) != 2 || r.Rejected[0].Number != 3 || r.Rejected[0].Column != "day" || r.Rejected[1].Raw != "4,2024-02-31," || !strings.Contains(r.Rejected[0].Reason, `"2024-00-15" is not a date`) {
			t.Errorf("kept aside %+v", r.Rejected)
		}
	})

	t.Run("going on by key and by time gives every row once", func(t *testing.T) {
		dbtest.Exec(t, db, "CREATE TABLE log (id BIGINT UNSIGNED PRIMARY KEY, at TIMESTAMP(6) NULL, day DATE, v DECIMAL(8,3))", "SET time_zone = '+00:00'")
		seen := map[string][]string{}
		last := map[string]string{}
		expect := map[string][]Column{}
		for step := range 4 {
			for i := range 5 {
				n := step*5 + i + 1
				dbtest.Exec(t, db, fmt.Sprintf("INSERT INTO log VALUES (%d, '2024-03-31 00:59:59.%06d', '2024-01-%02d', %d.5)", n, n, n, n))
			}
			for _, by := range []string{"id", "at", "day", "v"} {
				reader, err := Open(t.Context(), Source{Target: address("shop"), Table: "log", By: by, After: last[by], Expect: expect[by]})
				if err != nil {
					t.Fatal(err)
				}
				for {
					b, err := reader.Next(t.Context())
					if errors.Is(err, io.EOF) {
						break
					}
					if err != nil {
						t.Fatal(err)
					}
					for i := range b.Rows {
						seen[by] = append(seen[by], fmt.Sprint(b.Columns[0].Ints[i]))
						if b.Numbers[i] > 5 {
							t.Errorf("by %s the database gave row %d again: what is known was not left out", by, b.Numbers[i])
						}
					}
				}
				last[by], expect[by] = reader.Report().Last, reader.Columns()
				if len(reader.Report().Changes) > 0 {
					t.Errorf("by %s: %v", by, reader.Report().Changes)
				}
				reader.Close()
			}
		}
		for by, ids := range seen {
			if got := strings.Join(ids, " "); got != "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20" {
				t.Errorf("by %s: %s, last %s", by, got, last[by])
			}
		}
		if want := "20 2024-03-31T00:59:59.00002Z 2024-01-20 20.500"; strings.Join([]string{last["id"], last["at"], last["day"], last["v"]}, " ") != want {
			t.Errorf("last %v, want %s", last, want)
		}
		// Nothing new: the kinds stay what they were, though no value shows them.
		cols, rows, r := show(t, Source{Target: address("shop"), Table: "log", By: "at", After: last["at"], Expect: expect["at"]})
		if len(rows) != 0 || r.Last != last["at"] || cols != "id:integer at:moment day:date v:decimal with 3 digits" {
			t.Errorf("nothing new: %s %v, last %s", cols, rows, r.Last)
		}
	})

	t.Run("a changed schema is named", func(t *testing.T) {
		dbtest.Exec(t, db, "CREATE TABLE item (id INT, price DECIMAL(8,2), name VARCHAR(20), gone INT)", "INSERT INTO item VALUES (1, 2.50, 'a', 7)")
		reader, err := Open(t.Context(), Source{Target: address("shop"), Table: "item"})
		if err != nil {
			t.Fatal(err)
		}
		was := slices.Clone(reader.Columns())
		reader.Close()
		dbtest.Exec(t, db, "ALTER TABLE item DROP gone, CHANGE name title VARCHAR(20), MODIFY price DECIMAL(8,3), ADD extra DATE")
		_, rows, r := show(t, Source{Target: address("shop"), Table: "item", Expect: was})
		var got []string
		for _, c := range r.Changes {
			got = append(got, c.What+" "+c.Column)
		}
		slices.Sort(got)
		if strings.Join(got, ", ") != "added extra, removed gone, renamed name, type price" || strings.Join(rows, ";") != "1|2.500|a|–" {
			t.Errorf("changes %v, rows %v", got, rows)
		}
	})

	t.Run("both passes see the same moment", func(t *testing.T) {
		dbtest.Exec(t, db, "CREATE TABLE moving (id INT, v VARCHAR(10))", "INSERT INTO moving VALUES (1, '2024-01-01')")
		reader, err := Open(t.Context(), Source{Target: address("shop"), Table: "moving"})
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		dbtest.Exec(t, db, "INSERT INTO moving VALUES (2, 'later')")
		n := 0
		for {
			b, err := reader.Next(t.Context())
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			n += b.Rows
		}
		if n != 1 || reader.Report().RejectedCount != 0 {
			t.Errorf("%d rows, %d kept aside", n, reader.Report().RejectedCount)
		}
	})

	t.Run("nothing is written whatever the login may do", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "out")
		for query, want := range map[string]string{
			"DELETE FROM item": "begins with", "WITH x AS (SELECT 1) DELETE FROM item": "READ ONLY",
			"SELECT 1 INTO OUTFILE '" + file + "'": "into", "SELECT GET_LOCK('a', 1)": "get_lock", "SELECT 1 /*! INTO OUTFILE '" + file + "' */": "comment",
			"SELECT 1; DROP TABLE item": "more than one",
		} {
			if _, err := Open(t.Context(), Source{Target: address("shop"), Query: query}); err == nil || !strings.Contains(err.Error(), want) && !strings.Contains(err.Error(), "syntax") {
				t.Errorf("%s: %v", query, err)
			}
		}
		dbtest.Exec(t, db, "CREATE FUNCTION note_it() RETURNS INT BEGIN INSERT INTO item (id) VALUES (99); RETURN 1; END")
		_, err := Open(t.Context(), Source{Target: address("shop"), Query: "SELECT note_it() AS n"})
		if err == nil || !strings.Contains(err.Error(), "READ ONLY") {
			t.Errorf("a function that writes: %v", err)
		}
		if _, err := os.Stat(file); err == nil {
			t.Error("a file was written")
		}
	})

	t.Run("names and queries", func(t *testing.T) {
		infos, err := Tables(t.Context(), Source{Target: address("shop")})
		if err != nil || !slices.ContainsFunc(infos, func(i TableInfo) bool { return i.Name == "odd `name" && slices.Equal(i.Columns, []string{"a"}) }) {
			t.Errorf("%v %v", infos, err)
		}
		for _, name := range []string{"odd `name", "shop.odd `name"} {
			if _, rows, _ := show(t, Source{Target: address("shop"), Table: name}); strings.Join(rows, ";") != "1" {
				t.Errorf("%s: %v", name, rows)
			}
		}
		// Two columns of one name cannot stand in brackets; the reader compares alone.
		q := "SELECT id, id, v FROM log ORDER BY id DESC"
		if cols, rows, _ := show(t, Source{Target: address("shop"), Query: q, By: "id", After: "18"}); len(rows) != 2 || rows[1] != "19|19|19.500" {
			t.Errorf("%s %v", cols, rows)
		}
	})

	t.Run("refusals", func(t *testing.T) {
		wrong := func(target string, invalid bool, want string) {
			t.Helper()
			_, err := Open(t.Context(), Source{Target: target, Table: "x"})
			var is *Invalid
			if err == nil || errors.As(err, &is) != invalid || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "rd@") || strings.Contains(err.Error(), "p@ss") {
				t.Errorf("%s: %v", target, err)
			}
		}
		wrong(address("shop"), true, `there is no table "x"`)
		wrong(address("empty"), true, "no table")
		wrong(address("none"), false, "none")
		wrong(m.Address("reader:wrong", "shop"), false, "Access denied")
		wrong(address("shop")+"?tls=true", false, "connect to MySQL")
		wrong(address("shop")+"?tls=maybe", true, "tls=maybe")
	})

	t.Run("a reading that is called off ends", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		reader, err := Open(ctx, Source{Target: address("shop"), Query: "SELECT seq FROM seq_1_to_200000"})
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		cancel()
		for err == nil {
			_, err = reader.Next(ctx)
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}
