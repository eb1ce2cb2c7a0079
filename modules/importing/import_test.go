package importing_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/testkit"
	"steward/kernel/testkit/apptest"
	"steward/modules"
	"steward/modules/importing"
	"steward/modules/vendors"
)

type user struct {
	t testing.TB
	p *apptest.Program
	b *apptest.Browser
}

func manager(t testing.TB, p *apptest.Program) *user {
	p.Organisation(t)
	return &user{t, p, p.Browser(t, p.Person(t, "Helena Lindqvist", access.Administrator, access.MISManager))}
}

// upload sends a file to a type's import page and returns the answer.
func (u *user) upload(path, name string, content []byte) apptest.Answer {
	u.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	f, err := m.CreateFormFile("file", name)
	if err != nil {
		u.t.Fatal(err)
	}
	f.Write(content)
	m.Close()
	req, err := http.NewRequest("POST", u.b.Base+path, &b)
	if err != nil {
		u.t.Fatal(err)
	}
	req.Header.Set("Content-Type", m.FormDataContentType())
	req.Header.Set("Origin", u.b.Base)
	return u.b.Send(req)
}

// draft uploads a file that is taken, and returns the import's page.
func (u *user) draft(path, name string, content []byte) string {
	u.t.Helper()
	a := u.upload(path, name, content)
	if a.Status != 303 {
		u.t.Fatalf("upload of %s: %d %s", name, a.Status, a.Body)
	}
	return a.Header.Get("Location")
}

var chosen = regexp.MustCompile(`(?s)<select name="(col\d+)".*?</select>`)
var option = regexp.MustCompile(`<option value="([^"]*)" selected>`)
var ticked = regexp.MustCompile(`name="match" value="([^"]+)" checked`)

// form is what the page's form holds.
func form(page string) url.Values {
	v := url.Values{}
	for _, m := range chosen.FindAllStringSubmatch(page, -1) {
		if o := option.FindStringSubmatch(m[0]); o != nil {
			v.Set(m[1], o[1])
		}
	}
	for _, m := range ticked.FindAllStringSubmatch(page, -1) {
		v.Add("match", m[1])
	}
	return v
}

// run starts a draft as its page proposes it and does the work.
func (u *user) run(at string) string {
	u.t.Helper()
	v := form(u.b.Get(at).Body)
	v.Set("do", "run")
	if a := u.b.Post(at, v); a.Status != 303 {
		u.t.Fatalf("run: %d %s", a.Status, a.Body)
	}
	u.drain()
	return u.b.Get(at).Body
}

func (u *user) drain() {
	u.t.Helper()
	u.p.Clock.Advance(time.Second)
	if _, err := u.p.Runner.Drain(u.t.Context()); err != nil {
		u.t.Fatal(err)
	}
}

func (u *user) vendors() map[string]*vendors.Vendor {
	out := map[string]*vendors.Vendor{}
	u.p.Look(u.t, access.System(), func(v *records.View) error {
		list, err := vendors.Vendors.List(v, records.Query{})
		for _, one := range list {
			out[one.Name] = one
		}
		return err
	})
	return out
}

func in(t *testing.T, page string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(page, want) {
			_, main, _ := strings.Cut(page, "<main")
			t.Errorf("the page lacks %q:\n%.3000s", want, main)
		}
	}
}

func TestAFileIsPreviewedImportedAndUndoneAsAWhole(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		u := manager(t, p)
		p.Do(t, func(tx *records.Tx) error {
			for _, name := range []string{"Acme", "Same", "Later"} {
				if err := vendors.Vendors.Create(tx, &vendors.Vendor{Name: name, Country: "SE", State: vendors.Approved}); err != nil {
					return err
				}
			}
			return nil
		})
		file := "Name;Land;state;E-Mail;Besitzer;Unknown\n" + // German labels, a field's name, and what nobody knows
			"Acme;DE;approved;office@acme.example;Helena Lindqvist;x\n" +
			"Same;SE;approved;;;x\n" +
			"Later;NO;approved;;;\n" +
			"Neu AG;AT;considered;;VEN-0001;x\n" +
			"Neu AG;AT;considered;;;x\n" +
			"Gut & Böse;CH;Considered;;;\n" +
			"Falsch;Schweden;never;not an address;Nobody;\n" +
			"\n"
		file = strings.Replace(file, "VEN-0001", "", 1)
		at := u.draft("/vendors/vendors/import", "lieferanten.csv", []byte(file))
		page := u.b.Get(at).Body
		v := form(page)
		if v.Get("col0") != "name" || v.Get("col2") != "state" || v.Get("match") != "name" {
			t.Errorf("columns are guessed as %v", v)
		}
		v.Set("col1", "country")
		v.Set("col3", "email")
		v.Set("col4", "owner")
		v.Set("do", "map")
		if a := u.b.Post(at, v); a.Status != 303 {
			t.Fatalf("map: %d %s", a.Status, a.Body)
		}
		page = u.b.Get(at).Body
		in(t, page, "<dt>New</dt><dd>2</dd>", "<dt>Changed</dt><dd>2</dd>", "<dt>Unchanged</dt><dd>1</dd>", "<dt>Wrong</dt><dd>2</dd>", "There is no “Nobody”", "Line 5 is about the same record", "Gut &amp; Böse")
		page = u.run(at)
		in(t, page, "Done", "2 new, 2 changed, 1 unchanged, 2 wrong", "Land: SCHWEDEN", "Rows left out")
		got := u.vendors()
		if len(got) != 5 || got["Acme"].Country != "DE" || got["Acme"].Email.V != "office@acme.example" || !got["Acme"].Owner.Set || got["Gut & Böse"] == nil {
			t.Errorf("after the import: %v", got)
		}
		csv := u.b.Get(at + "/problems.csv")
		if !strings.Contains(csv.Body, "line,problem") || strings.Count(csv.Body, "\n") != 3 {
			t.Errorf("problems.csv: %s", csv.Body)
		}
		p.Do(t, func(tx *records.Tx) error {
			d := vendors.Vendors.Def()
			page, err := d.List(tx, records.Query{Where: []records.Cond{records.Is(&vendors.Vendors.P.Name, "Later")}})
			if err != nil {
				return err
			}
			h, err := d.History(tx, page.Rows[0].ID(), 1)
			if err == nil && !strings.HasPrefix(h[0].Origin, "import:") {
				t.Errorf("the origin of an import is %s", h[0].Origin)
			}
			return vendors.Vendors.Update(tx, page.Rows[0].V.(*vendors.Vendor).ID, func(v *vendors.Vendor) error { v.Country = "FI"; return nil })
		})
		fresh := file[:strings.Index(file, "\n")+1] + "Linked;SE;approved;;;\nAlone;SE;approved;;;\n"
		second := u.draft("/vendors/vendors/import", "second.csv", []byte(fresh))
		v = form(u.b.Get(second).Body)
		v.Set("col1", "country")
		v.Set("do", "run")
		u.b.Post(second, v)
		u.drain()
		p.Do(t, func(tx *records.Tx) error {
			c := &vendors.Contract{Title: "Since then", Vendor: u.vendors()["Linked"].ID, State: vendors.Draft, WorkingDay: vendors.Earlier, Starts: "2026-01-01"}
			return vendors.Contracts.Create(tx, c)
		})
		u.b.Post(second, url.Values{"do": {"undo"}})
		u.drain()
		in(t, u.b.Get(second).Body, "Undone", "CTR-0001 refers to this record since the import made it")
		if got := u.vendors(); got["Linked"] == nil || got["Alone"] != nil {
			t.Errorf("what a contract refers to since is to stay, the other to go: %v", got)
		}
		if a := u.b.Post(at, url.Values{"do": {"undo"}}); a.Status != 303 {
			t.Fatalf("undo: %d %s", a.Status, a.Body)
		}
		u.drain()
		in(t, u.b.Get(at).Body, "Undone")
		got = u.vendors()
		if len(got) != 4 || got["Acme"].Country != "SE" || got["Acme"].Email.Set || got["Later"].Country != "FI" {
			t.Errorf("after the undo: %+v", got)
		}
	})
}

func TestAnExportIsImportedAgainWithoutChange(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	u := manager(t, p)
	p.Do(t, func(tx *records.Tx) error {
		for _, kind := range []string{"text", "long-text", "int", "measure", "bool", "date", "choice"} {
			var options []string
			if kind == "choice" {
				options = []string{"gold", "=tin"}
			}
			if err := testkit.OwnField(tx, vendors.Vendors.Def().Name, "x_"+strings.ReplaceAll(kind, "-", "_"), "Own "+kind, kind, true, options...); err != nil {
				return err
			}
		}
		v := &vendors.Vendor{Name: "=cmd()", Country: "SE", State: vendors.Approved, Notes: records.Some("two\nlines; and \"quotes\"")}
		v.Custom = map[string]any{"x_text": "-1 or so", "x_long_text": "a\nb", "x_int": int64(1200), "x_measure": 1.25, "x_bool": true, "x_date": "2026-02-03", "x_choice": "=tin"}
		if err := vendors.Vendors.Create(tx, v); err != nil {
			return err
		}
		return vendors.Contracts.Create(tx, &vendors.Contract{Title: "Office", Vendor: v.ID, State: vendors.Active, WorkingDay: vendors.Earlier, Starts: "2025-01-01", LeadDays: 5,
			Yearly: records.Some(records.Money{Minor: 120_050, Currency: "SEK"})})
	})
	for _, lang := range []string{"en", "de", "hu"} {
		if a := u.b.Post("/account", url.Values{"do": {"lang"}, "lang": {lang}}); a.Status != 303 {
			t.Fatalf("%s: got %d", lang, a.Status)
		}
		for _, path := range []string{"/vendors/vendors", "/vendors/contracts"} {
			for _, end := range []string{".csv", ".xlsx?columns=all"} {
				export := u.b.Get(path + end).Body
				page := u.b.Get(u.draft(path+"/import", "export", []byte(export))).Body
				if got := sums.FindAllStringSubmatch(page, -1); len(got) < 4 || got[0][1] != "0" || got[1][1] != "0" || got[2][1] != "1" || got[3][1] != "0" {
					t.Errorf("%s%s in %s: got %v new, changed, unchanged and wrong; want one unchanged\n%s", path, end, lang, got, strings.Join(wrongs.FindAllString(page, -1), " "))
				}
			}
		}
	}
}

var (
	sums   = regexp.MustCompile(`<dd[^>]*>([0-9]+)</dd>`)
	wrongs = regexp.MustCompile(`t-bad[^<]*<?[^<]*`)
)

func TestAGermanFileWithOwnFieldsAndCurrenciesInAColumnIsRead(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	u := manager(t, p)
	p.Do(t, func(tx *records.Tx) error {
		if err := testkit.OwnField(tx, vendors.Contracts.Def().Name, "x_share", "Anteil", "measure", true); err != nil {
			return err
		}
		return vendors.Vendors.Create(tx, &vendors.Vendor{Name: "Acme", Country: "SE", State: vendors.Approved})
	})
	u.b.Post("/account", url.Values{"do": {"lang"}, "lang": {"de"}})
	file := "Bezeichnung;Lieferant;Status;Beginnt;Jahreskosten;Jahreskosten: Währung;Anteil;working_day;lead_days\r\nBüro;Acme;Laufend;01.03.2025;1.234,50;SEK;0,75;earlier;14\r\n"
	at := u.draft("/vendors/contracts/import", "c.csv", []byte(file))
	in(t, u.b.Get(at).Body, "<dt>Neu</dt><dd>1</dd>")
	u.run(at)
	p.Look(t, access.System(), func(v *records.View) error {
		c, err := vendors.Contracts.First(v, records.Query{})
		if err != nil || c == nil {
			t.Fatalf("nothing was imported: %v", err)
		}
		if c.Yearly.V != (records.Money{Minor: 123_450, Currency: "SEK"}) || c.State != vendors.Active || c.Starts != "2025-03-01" || fmt.Sprint(c.Custom["x_share"]) != "0.75" {
			t.Errorf("read %+v", c)
		}
		return nil
	})
}

func TestASpreadsheetsNumbersAndDaysAreValues(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	u := manager(t, p)
	p.Do(t, func(tx *records.Tx) error {
		return vendors.Vendors.Create(tx, &vendors.Vendor{Name: "Acme", Country: "SE", State: vendors.Approved})
	})
	x := excelize.NewFile()
	for i, r := range [][]any{{"Title", "Vendor", "State", "Starts", "working_day", "lead_days"}, {"Office", "Acme", "active", time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC), "earlier", 14}} {
		if err := x.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &r); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := x.Write(&b); err != nil {
		t.Fatal(err)
	}
	in(t, u.run(u.draft("/vendors/contracts/import", "c.xlsx", b.Bytes())), "1 new")
	p.Look(t, access.System(), func(v *records.View) error {
		c, err := vendors.Contracts.First(v, records.Query{})
		if c.Starts != "2025-03-01" || c.LeadDays != 14 {
			t.Errorf("read %+v", c)
		}
		return err
	})
}

func TestFilesThatCannotBeReadAreRefusedWithAReason(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	u := manager(t, p)
	for name, c := range map[string]struct {
		content string
		want    string
	}{
		"empty.csv":   {"", "The file is empty"},
		"old.xls":     {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel file"},
		"broken.xlsx": {"PK\x03\x04 and nothing more", "not an Excel file"},
		"quotes.csv":  {"name,\"co\"untry\nx,y\n", "is not CSV"},
		"wide.csv":    {strings.Repeat("a,", 400) + "\n", "more than 300 columns"},
		"blank.csv":   {" , ,\n", "The file is empty"},
		"packed.gz":   {"\x1f\x8b\x08\x00\x00 some bytes", "bytes that no text has"},
		"nul.csv":     {"name\x00,country\nx,SE\n", "bytes that no text has"},
		"endless.csv": {"\"" + strings.Repeat("x", 9<<20), "a closing quotation mark missing"},
	} {
		if a := u.upload("/vendors/vendors/import", name, []byte(c.content)); a.Status != 422 || !strings.Contains(a.Body, c.want) {
			t.Errorf("%s: %d, want %q", name, a.Status, c.want)
		}
	}
	old := u.draft("/vendors/vendors/import", "latin.csv", []byte("name;country;state\nM\xfcller;DE;approved\n"))
	in(t, u.b.Get(old).Body, "Müller")
	wide := u.draft("/vendors/vendors/import", "utf16.csv", []byte("\xff\xfen\x00a\x00m\x00e\x00\n\x00\xfc\x00\n\x00"))
	in(t, u.b.Get(wide).Body, "ü")
	attack := u.draft("/vendors/vendors/import", "<b>x.csv", []byte("name,<script>alert(1)</script>\n<img src=x>,2\n"))
	if page := u.b.Get(attack).Body; strings.Contains(page, "<script>alert") || strings.Contains(page, "<img src=x>") {
		t.Error("what stands in a file runs on the page")
	}
}

func TestOnlyWhoMayImportSeesTheImport(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	u := manager(t, p)
	at := u.draft("/vendors/vendors/import", "v.csv", []byte("name,country,state\nAcme,SE,approved\n"))
	other := p.Browser(t, p.Person(t, "Erik Employee", access.Employee))
	auditor := p.Browser(t, p.Person(t, "Ada Auditor", access.Auditor))
	second := p.Browser(t, p.Person(t, "Max Manager", access.MISManager))
	for who, b := range map[string]*apptest.Browser{"employee": other, "auditor": auditor} {
		if a := b.Get("/vendors/vendors/import"); a.Status != 404 {
			t.Errorf("%s: the form: %d", who, a.Status)
		}
	}
	for who, b := range map[string]*apptest.Browser{"employee": other, "auditor": auditor, "another manager": second} {
		if a := b.Get(at); a.Status != 404 {
			t.Errorf("%s: the import: %d", who, a.Status)
		}
		if a := b.Post(at, url.Values{"do": {"run"}}); a.Status != 404 {
			t.Errorf("%s: starting it: %d", who, a.Status)
		}
	}
}

func TestAStoppedImportCanBeUndone(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	u := manager(t, p)
	at := u.draft("/vendors/vendors/import", "v.csv", []byte("name,country,state\nAcme,SE,approved\n"))
	v := form(u.b.Get(at).Body)
	v.Set("do", "run")
	u.b.Post(at, v)
	u.b.Post(at, url.Values{"do": {"cancel"}})
	u.drain()
	in(t, u.b.Get(at).Body, "Stopped")
	if n := len(u.vendors()); n != 0 {
		t.Errorf("a stopped import made %d records", n)
	}
	if a := u.b.Post(at, v); a.Status != 409 {
		t.Errorf("started again: %d", a.Status)
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{"name,country\nAcme,SE\n", "a;b\n1;2", "\xff\xfea\x00", "PK\x03\x04", "\"", "a\x00b,c\n", "\xef\xbb\xbfname\n", strings.Repeat(",", 1000)} {
		f.Add([]byte(seed))
	}
	x := excelize.NewFile()
	x.SetCellValue("Sheet1", "A1", "name")
	var b bytes.Buffer
	x.Write(&b)
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) {
		if err := importing.ReadAll(t.TempDir(), raw); err != nil && err.Error() == "" {
			t.Error("an error says nothing")
		}
	})
}
