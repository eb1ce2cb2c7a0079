package reports_test

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/figures"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/testkit/apptest"
	"steward/lib/locale"
	"steward/modules"
	"steward/modules/reports"
	"steward/modules/vendors"
)

func TestTheSameMonthIsTheSameFileWhateverTheClockSays(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		given(t, p)
		closed(t, p)
		for _, f := range reports.Formats {
			first := made(t, p, access.System(), locale.De, f)
			p.Clock.Advance(26 * time.Hour)
			if !bytes.Equal(first, made(t, p, access.System(), locale.De, f)) {
				t.Errorf("%s: a day later it is another file", f)
			}
			if len(first) < 5000 {
				t.Errorf("%s has only %d bytes", f, len(first))
			}
		}
	})
}

func TestAClosedMonthShowsItsFrozenFigures(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	given(t, p)
	closed(t, p)
	before := made(t, p, access.System(), locale.En, reports.PDF)
	p.Do(t, func(u *records.Tx) error {
		for _, f := range figures.SetOf(u).All() { // what is kept now, for a day of the closed month too
			for _, day := range []time.Time{u.Now, time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)} {
				if err := figures.Keep(u, f, figures.Organisation, day, figures.Result{Value: figures.Measured(7)}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if !bytes.Equal(before, made(t, p, access.System(), locale.En, reports.PDF)) {
		t.Error("figures kept after the month was closed changed its report")
	}
}

func TestAClosedMonthShowsItsContractsAsTheyStoodThen(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		given(t, p)
		change := func() {
			p.Clock.Advance(time.Hour)
			p.Do(t, func(u *records.Tx) error {
				all, err := vendors.Contracts.List(u, records.Query{})
				if err != nil {
					return err
				}
				for _, c := range all {
					if err := vendors.Contracts.Update(u, c.ID, func(c *vendors.Contract) error {
						c.Title, c.Yearly = c.Title+" (corrected)", records.Some(records.Money{Minor: c.Yearly.V.Minor + 100, Currency: "EUR"})
						return nil
					}); err != nil {
						return err
					}
				}
				return nil
			})
		}
		open := made(t, p, access.System(), locale.En, reports.HTML)
		change()
		if bytes.Equal(open, made(t, p, access.System(), locale.En, reports.HTML)) {
			t.Error("a correction before the month was closed is not in its report")
		}
		closed(t, p)
		before := made(t, p, access.System(), locale.En, reports.HTML)
		change()
		if !bytes.Equal(before, made(t, p, access.System(), locale.En, reports.HTML)) {
			t.Error("a correction after the month was closed changed its report")
		}
	})
}

// tool runs one of poppler's tools on a file; the test is skipped without it.
func tool(t *testing.T, name string, content []byte, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("SKIPPED: %s is not installed (Debian: poppler-utils)", name)
	}
	path := filepath.Join(t.TempDir(), "report.pdf")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "FILE", path)
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

func TestThePDFsTextCanBeReadAndItsFontsAreInIt(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	given(t, p)
	closed(t, p)
	for lang, want := range map[locale.Lang][]string{
		locale.En: {"Nordwind AG", "Monthly report", "January 2026", "In short", "Key figures", "Contracts and deadlines", "Annex", "Őrző-védő szolgáltatás", "Wsparcie ERP – Łódź", "Größwang & Söhne GmbH", "€12,345", "Internal", "3 hosts were not heard of."},
		locale.De: {"Monatsbericht", "Januar 2026"},
		locale.Hu: {"Havi jelentés", "2026. január"},
	} {
		text := tool(t, "pdftotext", made(t, p, access.System(), lang, reports.PDF), "-layout", "FILE", "-")
		flat := strings.Join(strings.Fields(text), " ")
		for _, w := range want {
			if !strings.Contains(flat, w) {
				t.Errorf("%s: the text lacks %q", lang, w)
			}
		}
	}
	info := tool(t, "pdfinfo", made(t, p, access.System(), locale.Hu, reports.PDF), "FILE")
	for _, w := range []string{"A4", "Steward", "Sat Jan 31", "Havi jelentés"} {
		if !strings.Contains(info, w) {
			t.Errorf("the document's properties lack %q:\n%s", w, info)
		}
	}
	fonts := strings.Split(strings.TrimSpace(tool(t, "pdffonts", made(t, p, access.System(), locale.Hu, reports.PDF), "FILE")), "\n")[2:]
	if len(fonts) != 2 {
		t.Errorf("got %d fonts, want the two of Inter", len(fonts))
	}
	for _, f := range fonts {
		if !strings.Contains(f, "CID TrueType") || !strings.Contains(f, "yes") {
			t.Errorf("not embedded: %s", f)
		}
	}
}

func TestTheWorkbookHoldsNumbersAsNumbers(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	given(t, p)
	closed(t, p)
	raw := made(t, p, access.System(), locale.En, reports.XLSX)
	f, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Key figures", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	var found bool
	for _, row := range rows {
		if len(row) > 5 && row[1] == "Hosts seen in 24 hours" {
			found = row[5] == "0.92"
		}
	}
	if !found {
		t.Errorf("the sheet of figures lacks the share 0.92 of the hosts seen: %v", rows)
	}
	if rows, err = f.GetRows("Contracts and deadlines", excelize.Options{RawCellValue: true}); err != nil {
		t.Fatal(err)
	}
	found = false
	for _, row := range rows { // the notice is due on 2026-01-28, a Wednesday
		found = found || len(row) > 3 && row[0] == "Bürosoftware" && row[3] == "46050"
	}
	if !found {
		t.Errorf("the sheet of contracts lacks the day 2026-01-28 as a date: %v", rows)
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range z.File {
		if got := part.Modified.UTC(); got.Year() != 2026 || got.Month() != time.January || got.Day() != 31 {
			t.Errorf("%s carries %v, want the end of the month", part.Name, got)
		}
	}
}

// TestTheWorkbookHasNoNumberThatIsAText opens the workbook with the reader of
// tables, which goes by what is in the cells, in a language that writes numbers
// with spaces and commas.
func TestTheWorkbookHasNoNumberThatIsAText(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	given(t, p)
	closed(t, p)
	path := filepath.Join(t.TempDir(), "report.xlsx")
	if err := os.WriteFile(path, made(t, p, access.System(), locale.Hu, reports.XLSX), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	written := regexp.MustCompile(`^[−+-]?[0-9][0-9\x{a0} .,]*([\x{a0} ]?(%|Ft|€|EUR|HUF))?$`)
	numbers, formats := 0, map[string]int{}
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			for j, shown := range row {
				at, _ := excelize.CoordinatesToCellName(j+1, i+1)
				kind, err := f.GetCellType(sheet, at)
				if err != nil {
					t.Fatal(err)
				}
				if kind == excelize.CellTypeSharedString || kind == excelize.CellTypeInlineString {
					if written.MatchString(shown) {
						t.Errorf("%s %s holds the text %q, want a number", sheet, at, shown)
					}
					continue
				}
				if shown == "" {
					continue
				}
				numbers++
				id, err := f.GetCellStyle(sheet, at)
				if err != nil {
					t.Fatal(err)
				}
				s, err := f.GetStyle(id)
				if err != nil {
					t.Fatal(err)
				}
				if s.CustomNumFmt != nil {
					formats[*s.CustomNumFmt]++
				} else {
					formats[strconv.Itoa(s.NumFmt)]++
				}
			}
		}
	}
	if numbers < 40 {
		t.Errorf("%d cells hold numbers, want those of figures, charts and contracts", numbers)
	}
	for _, want := range []string{"yyyy. mm. dd.", "[$-40E]yyyy. mmm", "#,##0.00 [$€-40E]"} {
		if formats[want] == 0 {
			t.Errorf("no cell has the format %s: %v", want, formats)
		}
	}
}

func TestTheHTMLNeedsNoOtherFileAndEscapesWhatPeopleTyped(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	given(t, p)
	p.Do(t, func(u *records.Tx) error {
		_, err := u.Exec("UPDATE vendors_contract SET title = $1", "<script>alert(1)</script>")
		return err
	})
	page := string(made(t, p, access.System(), locale.En, reports.HTML))
	for _, bad := range []string{"<script", "src=", "href=", "url("} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	if !strings.Contains(page, "&lt;script&gt;alert(1)") || !strings.Contains(page, "<svg") {
		t.Error("the page lacks the contract's title or the charts")
	}
}

func TestAMonthThatIsNotClosedIsPreliminaryAndOneToComeIsRefused(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	given(t, p)
	if text := string(made(t, p, access.System(), locale.En, reports.HTML)); !strings.Contains(text, "preliminary, figures of") {
		t.Error("the open month's report does not say that it is preliminary")
	}
	p.Look(t, access.System(), func(v *records.View) error {
		if _, err := reports.Monthly(v, p.Words, reports.Options{Month: "2026-03", Lang: locale.En}); !fail.Is(err, fail.Invalid) {
			t.Errorf("a month to come: got %v, want it refused", err)
		}
		if _, err := reports.Monthly(v, p.Words, reports.Options{Month: "2019-03", Lang: locale.En}); !fail.Is(err, fail.Invalid) {
			t.Errorf("a month before the first kept figure: got %v, want it refused", err)
		}
		return nil
	})
}

func TestAHeadReadsTheFiguresOfTheUnitAndNotTheOrganisations(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	given(t, p)
	head := p.Person(t, "Ute Unitlead", access.DepartmentHead)
	p.Do(t, func(u *records.Tx) error {
		unit := &org.Unit{Name: "Lagerhaus", Kind: org.Department, Head: records.Some(records.ID[org.Person](head.Person))}
		if err := org.Units.Create(u, unit); err != nil {
			return err
		}
		for _, f := range figures.SetOf(u).All() {
			if f.Key == "vendors.yearly-cost" {
				return figures.Keep(u, f, figures.Of(org.Units.Ref(unit.ID)), month.First().Time().Add(time.Hour*24*20), figures.Result{Value: figures.MoneyOf(records.Money{Minor: 77_701_00, Currency: "EUR"})})
			}
		}
		t.Fatal("there is no figure of units")
		return nil
	})
	p.Look(t, access.System(), func(v *records.View) (err error) {
		head, err = signin.ActorOf(v, head.Person)
		return err
	})
	page := string(made(t, p, head, locale.En, reports.HTML))
	if !strings.Contains(page, "Lagerhaus") || !strings.Contains(page, "€77,701") {
		t.Error("the head's report lacks the unit's figure")
	}
	if strings.Contains(page, "12,345,") || strings.Contains(page, "Hosts seen in 24 hours") {
		t.Error("the head's report shows figures of the whole organisation")
	}
}

func TestAReportShowsOnlyWhatItsReaderMaySee(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		given(t, p)
		closed(t, p)
		nobody := p.Person(t, "Nora Nobody")
		page := string(made(t, p, nobody, locale.En, reports.HTML))
		for _, secret := range []string{"Bürosoftware", "Hosts seen in 24 hours", "12,345"} {
			if strings.Contains(page, secret) {
				t.Errorf("an employee's report names %q", secret)
			}
		}
		manager := p.Person(t, "Mia Manager", access.MISManager)
		if page := string(made(t, p, manager, locale.En, reports.HTML)); !strings.Contains(page, "Bürosoftware") || !strings.Contains(page, "Hosts seen in 24 hours") {
			t.Error("the MIS manager's report lacks contracts or figures")
		}
	})
}

func TestThePageOffersTheMonthsAndServesTheirFiles(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	given(t, p)
	closed(t, p)
	manager := p.Person(t, "Mia Manager", access.MISManager)
	b := p.Browser(t, manager)
	if got := b.Get("/reports"); got.Status != 200 || !strings.Contains(got.Body, "/reports/monthly?month=2026-01&amp;format=pdf") {
		t.Errorf("/reports: %d, without the link to the month", got.Status)
	}
	got := b.Get("/reports/monthly?month=2026-01&format=pdf")
	if got.Status != 200 || !strings.HasPrefix(got.Body, "%PDF-") || got.Header.Get("Content-Type") != "application/pdf" || !strings.Contains(got.Header.Get("Content-Disposition"), "2026-01.pdf") {
		t.Errorf("the download: %d %v", got.Status, got.Header)
	}
	for _, bad := range []string{"month=2026-13", "month=2026-01&format=doc", "month=2027-01", "month="} {
		if got := b.Get("/reports/monthly?" + bad); got.Status != 422 {
			t.Errorf("%s: got %d, want 422", bad, got.Status)
		}
	}
	if got := p.Browser(t, p.Person(t, "Nora Nobody")).Get("/reports/monthly?month=2026-01"); got.Status != 404 {
		t.Errorf("an employee gets %d, want 404", got.Status)
	}
}

func BenchmarkMonthlyPDF(b *testing.B) {
	p := apptest.SQLite(b, modules.All())
	given(b, p)
	closed(b, p)
	b.ResetTimer()
	for range b.N {
		p.Look(b, access.System(), func(v *records.View) error {
			d, err := reports.Monthly(v, p.Words, reports.Options{Month: month, Lang: locale.En})
			if err != nil {
				return err
			}
			return reports.Write(io.Discard, d, reports.PDF)
		})
	}
}
