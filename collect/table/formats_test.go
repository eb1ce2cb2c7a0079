package table

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"
)

func TestWorkbooksAreRead(t *testing.T) {
	f := excelize.NewFile()
	style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range [][]any{{"Report 2024"}, {}, {"id", "name", "amount", "on"}, {1, "a", 2.5, time.Date(2024, 1, 31, 0, 0, 0, 0, time.UTC)}, {2, "b", nil, time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)}, {3, "", 7.25}} {
		if err := f.SetSheetRow("Sheet1", fmt.Sprint("A", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.SetCellStyle("Sheet1", "D4", "D5", style); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	cols, rows, _ := show(t, Source{Data: b.Bytes()})
	if want := "id:integer name:text amount:decimal with 2 digits on:date"; cols != want {
		t.Errorf("got %s, want %s", cols, want)
	}
	if got, want := strings.Join(rows, ";"), "1|a|2.50|2024-01-31;2|b|–|2024-02-01;3|–|7.25|–"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for n := 10; n < b.Len(); n += b.Len() / 7 {
		if _, err := Open(t.Context(), Source{Data: b.Bytes()[:n], Format: "xlsx"}); err == nil {
			t.Errorf("a workbook cut off at %d was read", n)
		}
	}
}

func TestAWorkbookIsReadAsStoredAndNotAsShown(t *testing.T) {
	f := excelize.NewFile()
	at := time.Date(2025, 1, 14, 10, 30, 0, 0, time.UTC)
	cells := []struct {
		name, format string
		value        any
		want         string
	}{
		{"thousands", "#,##0", 1234.5678, "1234.5678"},
		{"money", `#,##0 "€"`, 99.995, "99.9950"},
		{"share", "0%", 0.125, "12.5"},
		{"sum of tenths", "General", 0.1 + 0.2, "0.3"},
		{"month", "mmm yy", at, "2025-01-14"},
		{"German", "[$-407]d. mmmm yyyy", at, "2025-01-14"},
		{"moment", "yyyy-mm-dd hh:mm", at, "2025-01-14T10:30:00Z"},
		{"clock", "[h]:mm", 1.25, "30:00:00"},
		{"code", "00000", 1067, "01067"},
		{"red", "#,##0.0;[Red](#,##0.0)", -12.34, "-12.34"},
		{"great", "0.0E+00", 1.23456789e6, "1234567.89"},
	}
	want := ""
	for i, c := range cells {
		place := func(row int) string { name, _ := excelize.CoordinatesToCellName(i+1, row); return name }
		style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &c.format})
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{f.SetCellValue("Sheet1", place(1), c.name), f.SetCellValue("Sheet1", place(2), c.value), f.SetCellStyle("Sheet1", place(2), place(2), style)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		want += "|" + c.want
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	if _, rows, _ := show(t, Source{Data: b.Bytes()}); len(rows) != 1 || "|"+rows[0] != want {
		t.Errorf("got  |%s\nwant %s", strings.Join(rows, ";"), want)
	}
}

func TestTheFirstSheetToBeSeenThatHoldsRowsIsTaken(t *testing.T) {
	f := excelize.NewFile()
	for _, name := range []string{"Empty", "Data", "More"} {
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"Sheet1", "Data", "More"} {
		for i, row := range [][]any{{"k", "in"}, {1, name}} {
			if err := f.SetSheetRow(name, fmt.Sprint("A", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	f.SetActiveSheet(1)
	if err := f.SetSheetVisible("Sheet1", false); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	for ask, want := range map[string]string{"": "1|Data", "More": "1|More", "Sheet1": "1|Sheet1"} {
		if _, rows, _ := show(t, Source{Data: b.Bytes(), Table: ask}); strings.Join(rows, ";") != want {
			t.Errorf("sheet %q: got %v, want %s", ask, rows, want)
		}
	}
	if names, err := Sheets(Source{Data: b.Bytes()}); err != nil || strings.Join(names, ",") != "Empty,Data,More" {
		t.Errorf("sheets to be seen: %v, %v", names, err)
	}
	if _, err := Open(t.Context(), Source{Data: b.Bytes(), Table: "Empty"}); err == nil || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("an empty sheet: %v", err)
	}
}

func FuzzWorkbookSheet(f *testing.F) {
	for _, s := range []string{`<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row><row><c><v>1</v></c></row></sheetData>`, `<sheetData><row r="9"><c r="ZZZ1"><v>1e400</v></c></row>`, `<row r="0"><c r="1" t="s"><v>7</v></c></row>`, `<row><c s="1"><v>45000.5</v></c></row>`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, sheet []byte) {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for name, text := range map[string]string{
			"xl/workbook.xml":            `<workbook xmlns:r="r"><sheets><sheet name="S" r:id="1"/></sheets></workbook>`,
			"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="1" Type="x/worksheet" Target="s.xml"/></Relationships>`,
			"xl/s.xml":                   string(sheet),
		} {
			w, err := z.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(w, text); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := Open(t.Context(), Source{Data: b.Bytes(), Format: "xlsx"})
		if err != nil {
			return
		}
		defer r.Close()
		if p, err := ProfileAll(t.Context(), r, nil); err == nil && p.Report.Rows < 0 {
			t.Fatal(p.Report)
		}
	})
}

func TestArchivesMadeToExhaustMemoryAreRefused(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range 100 {
		w.Write(zeros)
	}
	z.Close()
	if _, err := Open(t.Context(), Source{Data: b.Bytes()}); err == nil || !strings.Contains(err.Error(), "times its size") {
		t.Errorf("workbook: %v", err)
	}
	b.Reset()
	g := gzip.NewWriter(&b)
	g.Write([]byte("a,b\n"))
	for range 1 << 16 {
		g.Write([]byte("1,2\n"))
	}
	g.Close()
	if _, err := Open(t.Context(), Source{Data: b.Bytes(), Format: "csv", MaxBytes: 100_000}); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("gzip: %v", err)
	}
	if _, rows, _ := show(t, Source{Data: b.Bytes(), Format: "csv"}); len(rows) != 1<<16 {
		t.Errorf("gzip: %d rows", len(rows))
	}
	if _, err := Open(t.Context(), Source{Data: b.Bytes()[:b.Len()/2], Format: "csv"}); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("a packed file cut in half: %v", err)
	}
}

func TestParquetIsReadWithItsTypes(t *testing.T) {
	type row struct {
		ID     int64     `parquet:"id"`
		Name   *string   `parquet:"name,optional"`
		Amount int64     `parquet:"amount,decimal(2:18)"`
		On     int32     `parquet:"on,date"`
		At     time.Time `parquet:"at,timestamp(millisecond)"`
		X      float64   `parquet:"x"`
		OK     bool      `parquet:"ok"`
		Tags   []string  `parquet:"tags,list"`
	}
	name := "Łódź"
	var b bytes.Buffer
	w := parquet.NewGenericWriter[row](&b)
	if _, err := w.Write([]row{{1, &name, 12345, 19753, time.Date(2024, 1, 31, 12, 0, 0, 0, time.UTC), 0.5, true, []string{"a", "b"}}, {2, nil, -5, 0, time.Unix(0, 0), -1, false, nil}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	cols, rows, _ := show(t, Source{Data: b.Bytes()})
	if want := "id:integer name:text amount:decimal with 2 digits on:date at:moment x:float ok:bool"; cols != want {
		t.Errorf("got %s, want %s", cols, want)
	}
	if got, want := strings.Join(rows, ";"), "1|Łódź|123.45|2024-01-31|2024-01-31T12:00:00Z|0.5|true;2|–|-0.05|1970-01-01|1970-01-01T00:00:00Z|-1|false"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	for n := 5; n < b.Len(); n += b.Len() / 9 {
		if _, err := Open(t.Context(), Source{Data: b.Bytes()[:n], Format: "parquet"}); err == nil {
			t.Errorf("a file cut off at %d was read", n)
		}
	}
}

func TestJSONLinesAreFlattenedAndBadLinesKept(t *testing.T) {
	in := `{"id":1,"who":{"name":"a","age":3},"tags":[1,2]}

{"id":2,"who":{"name":"b \"q\""},"extra":1.5}
not json
[1]
{"id":3,"who":null}
`
	cols, rows, report := show(t, Source{Data: []byte(in)})
	if want := "id:integer who.name:text who.age:integer tags:text extra:decimal with 1 digits who:text"; cols != want {
		t.Errorf("got %s, want %s", cols, want)
	}
	if got, want := strings.Join(rows, ";"), `1|a|3|[1,2]|–|–;2|b "q"|–|–|1.5|–;3|–|–|–|–|–`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if report.RejectedCount != 2 || report.Rejected[0].Number != 4 || report.Rejected[0].Raw != "not json" {
		t.Errorf("%+v", report.Rejected)
	}
	_, rows, _ = show(t, Source{Data: []byte(`[{"a":1},{"a":2}]`)})
	if len(rows) != 2 {
		t.Errorf("a list: %v", rows)
	}
}

func TestAnAPIIsReadPageByPage(t *testing.T) {
	busy := true
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer x" {
			w.WriteHeader(401)
			return
		}
		switch r.URL.Path + "?" + r.URL.RawQuery {
		case "/linked?":
			w.Header().Set("Link", `</linked?page=2>; rel="next"`)
			fmt.Fprint(w, `[{"id":1},{"id":2}]`)
		case "/linked?page=2":
			if busy {
				busy = false
				w.Header().Set("Retry-After", "0")
				w.WriteHeader(429)
				return
			}
			fmt.Fprint(w, `[{"id":3}]`)
		case "/cursor?":
			fmt.Fprint(w, `{"data":{"items":[{"id":1}]},"meta":{"next":"abc"}}`)
		case "/cursor?cursor=abc":
			fmt.Fprint(w, `{"data":{"items":[{"id":2}]},"meta":{"next":null}}`)
		case "/counted?offset=0", "/counted?", "/counted?p=1":
			fmt.Fprint(w, `{"rows":[{"id":1},{"id":2}],"total":3}`)
		case "/counted?offset=2", "/counted?p=2":
			fmt.Fprint(w, `{"rows":[{"id":3}],"total":3}`)
		case "/counted?offset=3", "/counted?p=3":
			fmt.Fprint(w, `{"rows":[],"total":3}`)
		case "/counted?since=a%2Fb":
			fmt.Fprint(w, `[{"day":"x"}]`)
		case "/deaf?", "/deaf?offset=1":
			fmt.Fprint(w, `[{"id":1}]`)
		case "/moved?":
			http.Redirect(w, r, "http://192.0.2.1/steal", http.StatusFound)
		case "/away?":
			fmt.Fprint(w, `{"items":[{"id":1}],"next":"http://192.0.2.1/steal"}`)
		case "/loop?":
			fmt.Fprint(w, `{"items":[{"id":1}],"next":"/loop"}`)
		}
	}))
	defer srv.Close()
	auth := HTTP{Headers: []string{"Authorization: Bearer x"}}
	if _, rows, _ := show(t, Source{Target: srv.URL + "/linked", HTTP: auth}); strings.Join(rows, ";") != "1;2;3" {
		t.Errorf("linked: %v", rows)
	}
	cursor := auth
	cursor.Items, cursor.Next = "data.items", "meta.next"
	if _, rows, _ := show(t, Source{Target: srv.URL + "/cursor", HTTP: cursor}); strings.Join(rows, ";") != "1;2" {
		t.Errorf("cursor: %v", rows)
	}
	for _, c := range []struct {
		address       string
		offset, count string
		want          string
	}{{"/counted", "offset", "", "1;2;3"}, {"/counted?offset=2", "offset", "", "3"}, {"/counted", "", "p", "1;2;3"}} {
		counted := auth
		counted.Offset, counted.Page = c.offset, c.count
		if _, rows, _ := show(t, Source{Target: srv.URL + c.address, HTTP: counted}); strings.Join(rows, ";") != c.want {
			t.Errorf("counted %s: %v, want %s", c.address, rows, c.want)
		}
	}
	if _, rows, _ := show(t, Source{Target: srv.URL + "/counted?since={after}", HTTP: auth, By: "day", After: "a/b"}); strings.Join(rows, ";") != "x" {
		t.Errorf("since what is known: %v", rows)
	}
	deaf := auth
	deaf.Offset = "offset"
	if _, err := Open(t.Context(), Source{Target: srv.URL + "/deaf", HTTP: deaf}); err == nil || !strings.Contains(err.Error(), "once more") {
		t.Errorf("an API that does not count: %v", err)
	}
	for path, want := range map[string]string{"/away": "another host", "/loop": "leads back", "/moved": "another host"} {
		if _, err := Open(t.Context(), Source{Target: srv.URL + path, HTTP: auth}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := Open(t.Context(), Source{Target: srv.URL + "/linked"}); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("without a right: %v", err)
	}
}

func TestPostgreSQLIsReadAndCannotBeWritten(t *testing.T) {
	address := os.Getenv("STEWARD_TEST_POSTGRES")
	if address == "" {
		t.Skip("NOT TESTED ON POSTGRESQL: STEWARD_TEST_POSTGRES is unset; run: go run ./kernel/testkit/cmd/withpostgres -- go test ./collect/table")
	}
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	schema := fmt.Sprintf("table_%d", os.Getpid())
	for _, q := range []string{
		"CREATE SCHEMA " + schema,
		"CREATE TABLE " + schema + `.t (id BIGINT, amount NUMERIC(10,2), day DATE, at TIMESTAMPTZ, code TEXT, ok BOOLEAN, x DOUBLE PRECISION)`,
		"INSERT INTO " + schema + `.t VALUES (1, 5, '2024-01-31', '2024-01-31 12:00:00+01', '007', true, 0.5), (2, NULL, NULL, NULL, NULL, NULL, NULL), (3, 1.25, '2024-02-01', '2024-01-31 12:00:00.5+01', '8', false, 1e-7)`,
	} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	defer db.Exec("DROP SCHEMA " + schema + " CASCADE")
	cols, rows, _ := show(t, Source{Target: address, Query: "SELECT * FROM " + schema + ".t ORDER BY id"})
	if want := "id:integer amount:decimal with 2 digits day:date at:moment code:text ok:bool x:float"; cols != want {
		t.Errorf("got %s, want %s", cols, want)
	}
	if got, want := strings.Join(rows, ";"), "1|5.00|2024-01-31|2024-01-31T11:00:00Z|007|true|0.5;2|–|–|–|–|–|–;3|1.25|2024-02-01|2024-01-31T11:00:00.5Z|8|false|1e-07"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if _, rows, r := show(t, Source{Target: address, Query: "SELECT id FROM " + schema + ".t", By: "id", After: "1"}); strings.Join(rows, ";") != "2;3" || r.Last != "3" {
		t.Errorf("after 1: %v, last %s", rows, r.Last)
	}
	for _, by := range []string{"at", "day"} { // by time the server leaves out what is known
		if _, rows, r := show(t, Source{Target: address, Query: "SELECT id, at, day FROM " + schema + ".t WHERE id <> 2", By: by, After: "2024-01-31T11:00:00Z"[:map[string]int{"at": 20, "day": 10}[by]]}); len(rows) != 1 || !strings.HasPrefix(rows[0], "3|") || r.Rows != 1 {
			t.Errorf("after a time by %s: %v", by, rows)
		}
	}
	if cols, rows, _ := show(t, Source{Target: address, Query: "SELECT avg(amount) AS a, 1/3::numeric AS b, 12345678901234567890.5::numeric(30,10) AS c, 9223372036854775807 AS d, NULL::date AS e FROM " + schema + ".t"}); cols != "a:decimal with 3 digits b:float c:text d:integer e:date" || rows[0] != "3.125|0.3333333333333333|12345678901234567890.5|9223372036854775807|–" {
		t.Errorf("numbers: %s %v", cols, rows)
	}
	if _, err := Open(t.Context(), Source{Target: address, Query: "DELETE FROM " + schema + ".t RETURNING id"}); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("a statement that writes: %v", err)
	}
}

func TestARowLongerThanABlockIsReadWholeAndInItsColumns(t *testing.T) {
	for _, n := range []int{blockBytes - 40, blockBytes, 2_000_000} {
		long := strings.Repeat("x", n)
		csv := "day,note,amount\n2026-01-01," + long + ",5\n2026-01-02,ok,6\n2026-01-03," + long + ",7\n"
		r, err := Open(t.Context(), Source{Data: []byte(csv), Format: "csv"})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		var got []string
		for {
			b, err := r.Next(t.Context())
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := range b.Rows {
				note := string(b.Columns[1].Bytes(i))
				if note != "ok" && len(note) != n {
					t.Errorf("%d: the long cell came as %d bytes", n, len(note))
				}
				got = append(got, fmt.Sprint(r.Columns()[0].Show(b.Columns[0].Ints[i]), " ", b.Columns[2].Ints[i]))
			}
		}
		if want := "2026-01-01 5;2026-01-02 6;2026-01-03 7"; strings.Join(got, ";") != want {
			t.Errorf("%d: got %s, want %s", n, strings.Join(got, ";"), want)
		}
	}
}

func TestAnErrorOfAFormulaIsNoValueAndLeavesItsColumnANumber(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	f.SetSheetRow("Sheet1", "A1", &[]any{"day", "amount"})
	for i := 2; i < 20; i++ {
		f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i), &[]any{fmt.Sprintf("2026-01-%02d", i), i})
	}
	raw, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(raw.Bytes()), int64(raw.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, part := range z.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		content = bytes.Replace(content, []byte(`<c r="B3"><v>3</v></c>`), []byte(`<c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c>`), 1)
		p, err := w.Create(part.Name)
		if err != nil {
			t.Fatal(err)
		}
		p.Write(content)
	}
	w.Close()
	r, err := Open(t.Context(), Source{Data: out.Bytes(), Format: "xlsx"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if c := r.Columns()[1]; c.Kind != Integer || !strings.Contains(c.Note, "are read as no value: 1 cells") {
		t.Errorf("the column is %s (%s), want whole numbers and a note of the error", c.Kind, c.Note)
	}
}
