package data_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/modules/data"
)

const orders = `order;day;country;amount
1;05.11.2025;Sweden;10,50
2;06.11.2025;Hungary;20,00
3;01.12.2025;Sweden;30,25
4;03.01.2026;Poland;5,00
5;10.01.2026;Sweden;1,25
`

// upload makes a source of a CSV through the pages.
func upload(t *testing.T, b *apptest.Browser, content string, more ...string) string {
	t.Helper()
	form := url.Values{"upload": {token(t, send(t, b, "/data/upload", "orders.csv", []byte(content)))}, "name": {"Orders"}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return idOf(t, b.Post("/data/upload", form))
}

func revenue(t *testing.T, b *apptest.Browser, source string, more ...string) string {
	t.Helper()
	form := url.Values{"name": {"Revenue"}, "source": {source}, "aggregate": {"sum"}, "measure_column": {"amount"}, "time_column": {"day"}, "unit": {"money"}, "currency": {"EUR"}, "better": {"higher"}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return idOf(t, b.Post("/data/metrics", form))
}

func TestAnUploadedFileBecomesAMetricExploredByMonth(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		b := p.Browser(t, p.Person(t, "Mia Manager", access.MISManager))
		seen := send(t, b, "/data/upload", "orders.csv", []byte(orders))
		holds(t, seen, 200, "whole number", "decimal number", "Sweden", "Separator", ";", "Complete: 100", "Valid: 100", "Timely")
		id := upload(t, b, orders)
		if s := source(t, p, id); s.Condition.V != data.Fresh {
			t.Errorf("the source is %q, want fresh", s.Condition.V)
		}
		holds(t, b.Get("/data/data-sources/"+id), 200, "Accepted", "Next delivery")
		m := revenue(t, b, id)
		holds(t, b.Get("/data/metrics/"+m), 200, "By month")
		page := b.Get("/data/metrics/" + m + "/explore?by=month")
		holds(t, page, 200, "€67.00", "€30.50", "€30.25", "€6.25", "The number explained", "sum(&#34;amount&#34;)")
		holds(t, b.Get("/data/metrics/"+m+"/explore?by=country&top=1"), 200, "Sweden", "€42.00", "Other", "€25.00")
		holds(t, b.Get("/data/metrics/"+m+"/explore?by=month,country&where="+url.QueryEscape("country = Sweden")+"&from=2025-12-01&compare=year"), 200, "€30.25", "Year before")
		holds(t, b.Get("/data/metrics/"+m+"/explore?by=quarter"), 200, "2025-Q4", "€60.75")
	})
}

func TestANumberLeadsToItsRowsAndIsTakenAwayAsAFile(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		mia := p.Person(t, "Mia Manager", access.MISManager)
		b := p.Browser(t, mia)
		m := "/data/metrics/" + revenue(t, b, upload(t, b, orders))
		holds(t, b.Get(m+"/explore?by=country&share=1&top=1"), 200, "62.7%", "37.3%", "Put on a dashboard", m+"/rows?by=country")
		holds(t, b.Get(m+"/explore?by=year&share=1&compare=previous"), 200, "90.7%", "9.3%", "Period before", "Change in percent")
		rows := b.Get(m + "/rows?where=" + url.QueryEscape("country = Sweden") + "&from=2025-12-01&to=2026-01-31")
		holds(t, rows, 200, "rows 1 to 2 of 2", "30.25", "1.25")
		if strings.Contains(rows.Body, "Hungary") || strings.Contains(rows.Body, "10.50") {
			t.Error("a row is shown that the number is not made of")
		}
		holds(t, b.Get(m+"/rows?skip=100"), 200, "no rows")
		file := b.Get(m + "/answer?by=country&format=csv&share=1&top=1")
		if want := "country,Revenue,Share\nSweden,42.00,62.686567\nother,25.00,37.313433\n"; file.Body != want || !strings.HasPrefix(file.Header.Get("Content-Type"), "text/csv") {
			t.Errorf("the file is %q, want %q", file.Body, want)
		}
		book, err := excelize.OpenReader(strings.NewReader(b.Get(m + "/answer?by=month&compare=year").Body))
		if err != nil {
			t.Fatal(err)
		}
		defer book.Close()
		if got, err := book.GetRows("Numbers"); err != nil || len(got) != 4 || got[0][1] != "Revenue" || got[1][0] != "Nov 2025" || !strings.Contains(got[1][1], "30.50") {
			t.Errorf("the workbook holds %v, %v", got, err)
		}
		for _, wrong := range []string{"/rows?skip=-1", "/rows?skip=x", "/explore?compare=century", "/answer?by=colour"} {
			if a := b.Get(m + wrong); a.Status != 422 {
				t.Errorf("%s: %d, want 422", wrong, a.Status)
			}
		}
		if a := p.Browser(t, p.Person(t, "Aud Itor", access.Auditor)).Get(m + "/rows"); a.Status != 200 {
			t.Errorf("an auditor's look at the rows: %d", a.Status)
		}
		if a := p.Browser(t, p.Person(t, "Emil Employee", access.Employee)).Get(m + "/rows"); a.Status == 200 {
			t.Error("an employee is shown rows")
		}
	})
}

func TestAnExplorationThatCannotBeIsRefusedWithWhatWouldBeRight(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		b := p.Browser(t, p.Person(t, "Mia Manager", access.MISManager))
		m := revenue(t, b, upload(t, b, orders))
		for _, q := range []string{"by=colour", "by=month,year", "by=month,country,order", "from=yesterdayish", "top=0", "where=" + url.QueryEscape("country = "), "where=" + url.QueryEscape("colour = red")} {
			if a := b.Get("/data/metrics/" + m + "/explore?" + q); a.Status != 422 {
				t.Errorf("%s: %d, want 422", q, a.Status)
			}
		}
	})
}

func bomb(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range []struct{ name, text string }{
		{"[Content_Types].xml", `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`},
		{"xl/workbook.xml", `<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
	} {
		w, err := z.Create(f.name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(f.text))
	}
	w, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte(`<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c t="inlineStr"><is><t>`))
	block := bytes.Repeat([]byte("A"), 1<<20)
	for range 530 {
		w.Write(block)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestBadFilesAreRefusedAndNothingIsKeptOfThem(t *testing.T) {
	p := apptest.SQLite(t, modules())
	p.Organisation(t)
	b := p.Browser(t, p.Person(t, "Mia Manager", access.MISManager))
	garbage := make([]byte, 5000)
	for i := range garbage {
		garbage[i] = byte(i*7 + i/3)
	}
	for name, content := range map[string][]byte{
		"empty.csv": {}, "headeronly.csv": []byte("a,b,c\n"), "garbage.csv": garbage, "cut.xlsx": []byte("PK\x03\x04\x14\x00xl/"), "bomb.xlsx": bomb(t), "letter.md": []byte("Dear all"),
	} {
		if a := send(t, b, "/data/upload", name, content); a.Status != 422 || !strings.Contains(a.Body, `role="alert"`) {
			t.Errorf("%s: %d, want 422 with what is wrong", name, a.Status)
		}
	}
	holds(t, b.Post("/data/upload", url.Values{"upload": {"s1.forged"}, "name": {"x"}}), 422)
	p.Do(t, func(u *records.Tx) error {
		n, err := data.Sources.Count(u, records.Query{})
		if n != 0 {
			t.Errorf("%d sources, want none", n)
		}
		return err
	})
}

func TestAFileThatIsNoTableIsRefusedWithWhatItSeemsToBe(t *testing.T) {
	p := apptest.SQLite(t, modules())
	p.Organisation(t)
	b := p.Browser(t, p.Person(t, "Mia Manager", access.MISManager))
	zeros := make([]byte, 2000)
	for _, x := range []struct{ content, says string }{
		{"PK\x03\x04rest of it", "archive of packed files"}, {"%PDF-1.7\n%\xe2\xe3", "a PDF"},
		{"\x89PNG\r\n\x1a\n" + string(zeros), "a picture"}, {"\x7fELF" + string(zeros), "a program"}, {"\xd0\xcf\x11\xe0" + string(zeros), "an old Excel workbook"},
		{"<!DOCTYPE html><p>Sign in", "a web page"}, {"\x01\x02\x03" + string(zeros), "bytes that no text has"},
	} {
		holds(t, send(t, b, "/data/upload", "orders.csv", []byte(x.content)), 422, "“orders.csv” ", x.says)
	}
}

func TestAFileOfTheWrongNameIsReadAsWhatItIs(t *testing.T) {
	p := apptest.SQLite(t, modules())
	p.Organisation(t)
	b := p.Browser(t, p.Person(t, "Mia Manager", access.MISManager))
	holds(t, send(t, b, "/data/upload", "orders.xlsx", []byte(orders)), 200, "it is read as CSV", "Sweden")
	holds(t, send(t, b, "/data/upload", "orders.csv", sheetOf(t)), 200, "it is read as one", "Sweden")
	wide := []byte{}
	for _, c := range []byte(orders) {
		wide = append(wide, c, 0)
	}
	holds(t, send(t, b, "/data/upload", "orders.csv", wide), 200, "utf-16le", "Sweden")
}

// sheetOf is a small workbook.
func sheetOf(t *testing.T) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range [][]any{{"order", "day", "country", "amount"}, {1, "2025-11-05", "Sweden", 10.5}, {2, "2025-11-06", "Hungary", 20}} {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestNobodyTakesAFileThatAnotherSent(t *testing.T) {
	p := apptest.SQLite(t, modules())
	p.Organisation(t)
	mine := token(t, send(t, p.Browser(t, p.Person(t, "Mia Manager", access.MISManager)), "/data/upload", "orders.csv", []byte(orders)))
	other := p.Browser(t, p.Person(t, "Otto Other", access.MISManager))
	holds(t, other.Post("/data/upload", url.Values{"upload": {mine}, "name": {"x"}}), 422)
	employee := p.Browser(t, p.Person(t, "Emil Employee", access.Employee))
	if a := send(t, employee, "/data/upload", "orders.csv", []byte(orders)); a.Status != 403 {
		t.Errorf("an employee's upload: %d, want 403", a.Status)
	}
}

func TestADeliveryThatIsLateChangedOrFaultyGreysTheFigureAndLosesNothing(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		mia := p.Person(t, "Mia Manager", access.MISManager)
		b := p.Browser(t, mia)
		id := upload(t, b, orders, "every", "24", "key", "order", "sum_column", "amount", "sum", "67.00")
		m := revenue(t, b, id)
		explore, deliver := "/data/metrics/"+m+"/explore", "/data/data-sources/"+id+"/deliver"
		page := b.Get(explore)
		holds(t, page, 200, "€67.00")
		if strings.Contains(page.Body, "Not to be relied on") {
			t.Error("a fresh delivery is marked")
		}
		p.Clock.Advance(25 * time.Hour)
		b = p.Browser(t, mia) // the old session ended meanwhile
		holds(t, b.Get(explore), 200, "Not to be relied on", "has not come", "€67.00")

		for _, bad := range []struct{ name, content, sum, why string }{
			{"renamed", strings.Replace(orders, "amount", "value", 1), "", "columns changed"},
			{"twice", orders + "5;11.01.2026;Sweden;1,00\n", "", "there twice by order"},
			{"sum", orders, "68.00", "control sum"},
			{"bad row", orders + many(10, 200) + "6;12.01.2026;Sweden;lots\n", "", "1 of 206 rows do not fit"},
		} {
			p.Clock.Advance(time.Minute)
			d := idOf(t, send(t, b, deliver, "orders.csv", []byte(bad.content), "sum", bad.sum))
			holds(t, b.Get("/data/deliveries/"+d), 200, bad.why)
			holds(t, b.Get(explore), 200, "Not to be relied on", bad.why, "€67.00")
			if bad.name == "bad row" {
				holds(t, b.Get("/data/deliveries/"+d+"/bad.csv"), 200, "lots", "row,column,reason,content")
			}
			if got := b.Get("/data/deliveries/" + d + "/original"); got.Body != bad.content {
				t.Errorf("%s: the original is not as it was delivered", bad.name)
			}
		}
		p.Clock.Advance(time.Minute)
		send(t, b, deliver, "orders.csv", []byte(orders+"6;12.01.2026;Sweden;3,00\n"))
		page = b.Get(explore)
		holds(t, page, 200, "€70.00")
		if strings.Contains(page.Body, "Not to be relied on") {
			t.Error("a good delivery does not end the mark")
		}
		p.Clock.Advance(time.Minute)
		d := idOf(t, send(t, b, deliver, "orders.csv", []byte("order;day;country;amount;city\n1;05.11.2025;Sweden;10,50;Malmö\n")))
		holds(t, b.Get("/data/deliveries/"+d), 200, "Malmö", "Accepted")
		holds(t, b.Get(explore), 200, "€10.50")
	})
}

func TestChangedColumnsCountOnceSomebodyAcceptsThem(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		b := p.Browser(t, p.Person(t, "Mia Manager", access.MISManager))
		id := upload(t, b, orders)
		m := revenue(t, b, id)
		p.Clock.Advance(time.Minute)
		d := idOf(t, send(t, b, "/data/data-sources/"+id+"/deliver", "orders.csv", []byte(strings.Replace(orders, "amount", "value", 1))))
		p.Clock.Advance(time.Minute)
		if a := b.Post("/data/deliveries/"+d+"/accept", nil); a.Status != 303 {
			t.Fatalf("accept: %d %s", a.Status, a.Body)
		}
		holds(t, b.Get("/data/metrics/"+m+"/explore"), 200, "the column amount is no longer delivered")
		if a := b.Post("/data/deliveries/"+d+"/accept", nil); a.Status != 409 {
			t.Errorf("accepting an old delivery: %d, want 409", a.Status)
		}
		holds(t, b.Get(fmt.Sprintf("/data/metrics/%s/edit", m)), 200)
	})
}

// many are orders with numbers from one on.
func many(from, count int) string {
	var b strings.Builder
	for i := range count {
		fmt.Fprintf(&b, "%d;12.01.2026;Sweden;1,%02d\n", from+i, i%100)
	}
	return b.String()
}
