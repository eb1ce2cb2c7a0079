package lists_test

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/modules"
	"steward/modules/vendors"
)

// workbook opens what a page answered.
func workbook(t *testing.T, a apptest.Answer) *excelize.File {
	t.Helper()
	if a.Status != 200 {
		t.Fatalf("got %d %.300s, want a workbook", a.Status, a.Body)
	}
	f, err := excelize.OpenReader(strings.NewReader(a.Body))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// shown are the first sheet's cells as a spreadsheet shows them; kept, as it keeps them.
func shown(t *testing.T, f *excelize.File, kept bool) [][]string {
	t.Helper()
	rows, err := f.GetRows(f.GetSheetName(0), excelize.Options{RawCellValue: kept})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func priced(t *testing.T, p *apptest.Program, ids []string) {
	t.Helper()
	p.Do(t, func(u *records.Tx) error {
		for _, id := range ids {
			if err := vendors.Contracts.Update(u, records.ID[vendors.Contract](id), func(c *vendors.Contract) error {
				c.Yearly, c.Notes = records.Some(records.Money{Minor: 123450, Currency: "SEK"}), records.Some("=1+1")
				return nil
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestAWorkbookOfAListHasItsColumnsAndOrderAndTypedCells(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		ids := given(t, p, 3)
		priced(t, p, ids)
		helena := p.Person(t, "Helena Lindqvist", access.MISManager)
		p.Do(t, func(u *records.Tx) error {
			return org.Persons.Update(u, records.ID[org.Person](helena.Person), func(x *org.Person) error { x.Lang = records.Some("de"); return nil })
		})
		b := p.Browser(t, helena)
		f := workbook(t, b.Get("/vendors/contracts.xlsx?sort=-title&title=Contract&col=starts&col=yearly&col=notes&col=vendor&after=xyz"))
		got := shown(t, f, false)
		want := [][]string{{"Bezeichnung", "Nummer", "Beginnt", "Jahreskosten", "Jahreskosten: Währung", "Notizen", "Lieferant"}}
		for _, n := range []string{"2", "1", "0"} {
			want = append(want, []string{"Contract 00" + n, "CTR-000" + string(n[0]+1), "01.01.2026", "1,234.50 SEK", "SEK", "=1+1", "SAP SE"})
		}
		for i := range want {
			if strings.Join(got[i], "|") != strings.Join(want[i], "|") {
				t.Errorf("row %d: got %q, want %q", i+1, got[i], want[i])
			}
		}
		if raw := shown(t, f, true)[1]; raw[2] != "46023" || raw[3] != "1234.5" {
			t.Errorf("got %q, want the day and the amount as numbers", raw)
		}
		if formula, _ := f.GetCellFormula(f.GetSheetName(0), "F2"); formula != "" {
			t.Errorf("a text became the formula %q", formula)
		}
		if panes, err := f.GetPanes(f.GetSheetName(0)); err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("got %+v %v, want the head to stay in sight", panes, err)
		}
		if all := shown(t, workbook(t, b.Get("/vendors/contracts.xlsx?columns=all")), false); len(all[0]) < 15 || len(all) != 4 {
			t.Errorf("got %d columns and %d rows, want all of them", len(all[0]), len(all))
		}
	})
}

func TestChosenRowsAreExportedAlone(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	ids := given(t, p, 4)
	b := p.Browser(t, p.Person(t, "Helena Lindqvist", access.MISManager))
	form := url.Values{"query": {"/vendors/contracts?sort=-title"}, "id": {ids[0], ids[2]}, "do": {"csv"}}
	if a := b.Post("/vendors/contracts/bulk", form); a.Status != 200 || strings.Count(a.Body, "\n") != 3 || strings.Index(a.Body, "Contract 002") > strings.Index(a.Body, "Contract 000") || strings.Contains(a.Body, "Contract 001") {
		t.Errorf("got %d %s, want the two chosen in the list's order", a.Status, a.Body)
	}
	form.Set("do", "xlsx")
	if got := shown(t, workbook(t, b.Post("/vendors/contracts/bulk", form)), false); len(got) != 3 || got[1][0] != "Contract 002" {
		t.Errorf("got %q, want the two chosen in the list's order", got)
	}
	form.Set("every", "true")
	if got := shown(t, workbook(t, b.Post("/vendors/contracts/bulk", form)), false); len(got) != 5 {
		t.Errorf("got %q, want all that match", got)
	}
	if a := b.Post("/vendors/contracts/bulk", url.Values{"query": {"/vendors/contracts"}, "do": {"xlsx"}}); a.Status != 422 {
		t.Errorf("nothing chosen: got %d, want 422", a.Status)
	}
}

func TestAnExportHasNothingThatItsReaderMayNotSee(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	ids := given(t, p, 2)
	eszter := p.Browser(t, p.Person(t, "Eszter Molnár", access.Employee))
	for _, end := range []string{".csv", ".xlsx"} {
		if a := eszter.Get("/vendors/contracts" + end); a.Status != 404 {
			t.Errorf("%s: got %d, want 404", end, a.Status)
		}
	}
	if a := eszter.Post("/vendors/contracts/bulk", url.Values{"query": {"/vendors/contracts"}, "do": {"csv"}, "id": ids}); a.Status != 404 {
		t.Errorf("chosen: got %d, want 404", a.Status)
	}
	for _, d := range p.Registry.Defs() {
		for _, f := range d.Fields {
			if f.Kind != records.Secret || d.IsInternal {
				continue
			}
			helena := p.Browser(t, p.Person(t, "Helena "+d.Slug()+f.Name, access.MISManager, access.Administrator))
			if a := helena.Get(d.Path("") + ".csv"); a.Status != 200 || strings.Contains(strings.SplitN(a.Body, "\n", 2)[0], ","+f.Name) {
				t.Errorf("%s: the head %q names a secret", d.Name, strings.SplitN(a.Body, "\n", 2)[0])
			}
			a := helena.Get(d.Path("") + ".xlsx?columns=all")
			if a.Status != 200 || bytes.Contains([]byte(strings.Join(shown(t, workbook(t, a), false)[0], "|")), []byte(f.Label)) {
				t.Errorf("%s: the workbook names the secret %s", d.Name, f.Label)
			}
		}
	}
}
