package table

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// show reads a whole table as lines of cells for comparison.
func show(t testing.TB, s Source) (cols string, rows []string, report Report) {
	t.Helper()
	r, err := Open(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	return showAll(t, r)
}

func showAll(t testing.TB, r *Reader) (cols string, rows []string, report Report) {
	t.Helper()
	defer r.Close()
	var heads []string
	for _, c := range r.Columns() {
		heads = append(heads, c.Name+":"+c.describe())
	}
	for {
		b, err := r.Next(context.Background())
		if errors.Is(err, io.EOF) {
			return strings.Join(heads, " "), rows, r.Report()
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Rows {
			var cells []string
			for c, col := range r.Columns() {
				cells = append(cells, b.Columns[c].show(col, i))
			}
			rows = append(rows, strings.Join(cells, "|"))
		}
	}
}

func (v *Vector) show(c Column, i int) string {
	switch {
	case v.Null[i]:
		return "–"
	case c.Kind == Text:
		return string(v.Bytes(i))
	case c.Kind == Float:
		return fmt.Sprint(v.Floats[i])
	}
	return c.Show(v.Ints[i])
}

func TestDialectsAndTypesAreFoundOut(t *testing.T) {
	for _, c := range []struct{ name, in, cols, rows string }{
		{"plain", "id,amount,on\n1,2.50,2024-01-31\n2,,2024-02-01\n", "id:integer amount:decimal with 2 digits on:date", "1|2.50|2024-01-31;2|–|2024-02-01"},
		{"semicolon and decimal comma", "Nr;Betrag;Datum\n1;1.234,50;31.01.2024\n2;-3,5;1.2.2024\n", "Nr:integer Betrag:decimal with 2 digits Datum:date", "1|1234.50|2024-01-31;2|-3.50|2024-02-01"},
		{"American dates", "d,x\n12/31/2024,1\n01/02/2024,2\n", "d:date x:integer", "2024-12-31|1;2024-01-02|2"},
		{"British dates", "d,x\n31/12/2024,1\n01/02/2024,2\n", "d:date x:integer", "2024-12-31|1;2024-02-01|2"},
		{"tabs, quotes and line ends inside", "a\tb\r\n\"x \"\"y\"\"\nz\"\t1\r\nq\t2\r\n", "a:text b:integer", "x \"y\"\nz|1;q|2"},
		{"pipe without header", "1|2024-01-01|x\n2|2024-01-02|y\n", "column1:integer column2:date column3:text", "1|2024-01-01|x;2|2024-01-02|y"},
		{"codes keep their zeros", "plz,n\n01067,1\n80331,2\n", "plz:text n:integer", "01067|1;80331|2"},
		{"dressed amounts", "a\n\"€ 1,234.50\"\n(3.00)\n\"12,000.25-\"\n", "a:decimal with 2 digits", "1234.50;-3.00;-12000.25"},
		{"spaces between thousands", "a;b\n1 234,50;x\n12 345 678,00;y\n", "a:decimal with 2 digits b:text", "1234.50|x;12345678.00|y"},
		{"title lines before", "Sales report\n\nid,name,n\n1,a,2\n2,b,3\n3,c,4\n", "id:integer name:text n:integer", "1|a|2;2|b|3;3|c|4"},
		{"words for nothing", "n,country\n1,NA\nn/a,DE\n3,SE\n", "n:integer country:text", "1|NA;–|DE;3|SE"},
		{"moments with zones", "at\n2024-01-01T12:00:00+02:00\n2024-01-01T12:00:00Z\n", "at:moment", "2024-01-01T10:00:00Z;2024-01-01T12:00:00Z"},
		{"yes and no", "ok,n\nja,1\nnein,2\n", "ok:bool n:integer", "true|1;false|2"},
		{"floats", "x\n1.5e-3\n2\n", "x:float", "0.0015;2"},
		{"sep line", "sep=;\na;b\n1;2\n", "a:integer b:integer", "1|2"},
		{"a name that begins a number", "e,-e,n\ne,(e),1\n$e,+e5,2\n", "e:text -e:text n:integer", "e|(e)|1;$e|+e5|2"},
		{"names of months", "d;x\n3. März 2025;1\n14. Mai 2025;2\n", "d:date x:integer", "2025-03-03|1;2025-05-14|2"},
		{"Hungarian dates", "d;x\n2025. január 5.;1\n2025. 02. 06.;2\n2025. szept. 7.;3\n", "d:date x:integer", "2025-01-05|1;2025-02-06|2;2025-09-07|3"},
		{"month first", "d;x\nMarch 3, 2025;1\nSept. 14th, 2025;2\n", "d:date x:integer", "2025-03-03|1;2025-09-14|2"},
		{"French, Spanish and Polish", "a;b;c\n1 août 2025;3 de marzo de 2025;5 października 2025\n2 févr. 2025;4 de enero de 2025;6 sty 2025\n", "a:date b:date c:date", "2025-08-01|2025-03-03|2025-10-05;2025-02-02|2025-01-04|2025-01-06"},
		{"a word like a month", "d;x\nMarker 3 2025;1\nMarker 4 2025;2\n", "d:text x:integer", "Marker 3 2025|1;Marker 4 2025|2"},
		{"months", "m;n\n2025-01;1\n2025-02;2\n", "m:date n:integer", "2025-01-01|1;2025-02-01|2"},
		{"months by name", "m;n\nJan 2025;1\nFeb-25;2\n", "m:date n:integer", "2025-01-01|1;2025-02-01|2"},
		{"months among codes", "m;n\n2025-01;1\n2025-44;2\n", "m:text n:integer", "2025-01|1;2025-44|2"},
		{"dates as eight digits", "d,n\n20250131,1\n20251231,2\n", "d:date n:integer", "2025-01-31|1;2025-12-31|2"},
		{"eight digits that are none", "d,n\n20250131,1\n20251331,2\n", "d:integer n:integer", "20250131|1;20251331|2"},
		{"days as spreadsheets count them", "order date,n\n45658,40000\n45659,40001\n", "order date:date n:integer", "2025-01-01|40000;2025-01-02|40001"},
		{"groups over names", "Region;2024;;2025;\n;Sales;Units;Sales;Units\nNorth;1,5;3;2,5;4\n", "Region:text 2024 Sales:decimal with 1 digits 2024 Units:integer 2025 Sales:decimal with 1 digits 2025 Units:integer", "North|1.5|3|2.5|4"},
		{"one name twice", "a,a,\n1,2,3\n", "a:integer a_2:integer column3:integer", "1|2|3"},
	} {
		cols, rows, _ := show(t, Source{Data: []byte(c.in), Format: "csv"})
		if cols != c.cols || strings.Join(rows, ";") != c.rows {
			t.Errorf("%s:\n got %s\n     %s\nwant %s\n     %s", c.name, cols, strings.Join(rows, ";"), c.cols, c.rows)
		}
	}
}

func TestEncodingsAreFoundOut(t *testing.T) {
	utf16 := func(s string, big bool) []byte {
		b := []byte{0xff, 0xfe}
		if big {
			b = []byte{0xfe, 0xff}
		}
		for _, r := range s {
			if big {
				b = append(b, byte(r>>8), byte(r))
			} else {
				b = append(b, byte(r), byte(r>>8))
			}
		}
		return b
	}
	for _, c := range []struct {
		encoding string
		in       []byte
		want     string
	}{
		{"utf-8", []byte("\xef\xbb\xbfname,n\nMüller,1\n"), "Müller|1"},
		{"utf-16le", utf16("name,n\nŁódź,1\n", false), "Łódź|1"},
		{"utf-16be", utf16("name,n\nŁódź,1\n", true), "Łódź|1"},
		{"iso-8859-1", []byte("name,n\nM\xfcller Stra\xdfe,1\n"), "Müller Straße|1"},
		{"windows-1252", []byte("name,n\nM\xfcller \x80 5,1\n"), "Müller € 5|1"},
		{"windows-1250", []byte("name,n\n\xa3\xf3d\x9f Kowalska-Wi\xb9z,1\n"), "Łódź Kowalska-Wiąz|1"},
		{"windows-1250", []byte("name,n\nErd\xf5s P\xe1l \xfbr,1\n"), "Erdős Pál űr|1"},
	} {
		_, rows, report := show(t, Source{Data: c.in, Format: "csv"})
		if report.Dialect.Encoding != c.encoding || strings.Join(rows, ";") != c.want {
			t.Errorf("got %s %q, want %s %q", report.Dialect.Encoding, rows, c.encoding, c.want)
		}
	}
}

func TestADamagedRowDoesNotChangeTheEncodingOfTheFile(t *testing.T) {
	in := "name,n\n" + strings.Repeat("Łódź Győr,1\n", 30) + "Z\xfcrich,2\n" + "Malmö,3\n"
	_, rows, report := show(t, Source{Data: []byte(in), Format: "csv"})
	if report.Dialect.Encoding != "utf-8" || len(rows) != 31 || rows[30] != "Malmö|3" {
		t.Errorf("read as %s: %d rows, the last %q", report.Dialect.Encoding, len(rows), rows[len(rows)-1])
	}
	if report.RejectedCount != 1 || report.Rejected[0].Number != 32 || report.Rejected[0].Column != "name" {
		t.Errorf("kept aside %+v", report.Rejected)
	}
}

func TestRowsThatDoNotFitAreKeptAsideWithTheReason(t *testing.T) {
	var in strings.Builder
	in.WriteString("id,amount,name\n")
	for i := range 30 {
		fmt.Fprintf(&in, "%d,%d.50,n%d\n", i, i, i)
	}
	in.WriteString("30,1.0\n31,unknown,x\n32,1.25,\"a\"b\n33,7.75,\"last\"\n")
	_, rows, report := show(t, Source{Data: []byte(in.String()), Format: "csv"})
	if len(rows) != 31 || rows[30] != "33|7.75|last" {
		t.Errorf("%d rows, the last %q", len(rows), rows[len(rows)-1])
	}
	var got []string
	for _, r := range report.Rejected {
		got = append(got, fmt.Sprintf("%d %s %s: %s", r.Number, r.Column, r.Reason, r.Raw))
	}
	want := `32  has 2 columns where 3 are wanted: 30,1.0;34  text after the closing quote of column 3: 32,1.25,"a"b;33 amount "unknown" is not a number with up to 2 digits after the decimal sign: 31,unknown,x`
	if strings.Join(got, ";") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ";"), want)
	}
}

func TestCodesAmongNumbersAreNotTakenForFaults(t *testing.T) {
	var in strings.Builder
	in.WriteString("invoice,n\n")
	for i := range 99 {
		fmt.Fprintf(&in, "%d,1\n", 536365+i)
	}
	in.WriteString("C536379,1\n")
	cols, rows, report := show(t, Source{Data: []byte(in.String()), Format: "csv"})
	if cols != "invoice:text n:integer" || len(rows) != 100 || report.RejectedCount != 0 {
		t.Errorf("%s, %d rows, %d rejected", cols, len(rows), report.RejectedCount)
	}
}
