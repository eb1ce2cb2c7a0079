package web_test

import (
	"strings"
	"testing"
	"time"

	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/modules"
	"steward/modules/systems"
)

func TestAListAndARecordPageShowTheirPastAndDoNotOfferToChangeIt(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		system := &systems.System{Name: "Payroll", State: systems.Live, Criticality: systems.Standard}
		p.Do(t, func(u *records.Tx) error { return systems.Systems.Create(u, system) })
		day := p.Clock.Now().Format(time.DateOnly)
		p.Clock.Advance(72 * time.Hour)
		p.Do(t, func(u *records.Tx) error {
			return systems.Systems.Update(u, system.ID, func(s *systems.System) error { s.Name = "Wages"; return nil })
		})
		b := p.Browser(t, p.Person(t, "Mia Manager", "mis-manager"))
		d := systems.Systems.Def()
		list, record := d.Path(""), d.Path(string(system.ID))
		keep := "?as_of=" + day
		for _, x := range []struct {
			path       string
			has, lacks []string
		}{
			{list, []string{"Wages", `name="as_of"`, list + "/new"}, []string{"Payroll", "read-only"}},
			{list + keep, []string{"Payroll", "read-only", `href="` + record + keep + `"`, `value="` + day + `"`}, []string{">Wages<", list + "/new", list + "/import", list + "/bulk"}},
			{list + keep + "&state=live&sort=-name", []string{"Payroll", "read-only"}, []string{">Wages<"}},
			{record, []string{"Wages", `name="as_of"`, record + "/edit"}, []string{"read-only"}},
			{record + keep, []string{"<h1>Payroll", "read-only", `href="` + record + `"`}, []string{"<h1>Wages", record + "/edit", record + "/archive", record + "/undo", record + "/comment", record + "/tag", "Wages"}},
		} {
			a := b.Get(x.path)
			if a.Status != 200 {
				t.Fatalf("%s: %d %.300s", x.path, a.Status, a.Body)
			}
			page := a.Body[strings.Index(a.Body, "<main"):]
			for _, want := range x.has {
				if !strings.Contains(page, want) {
					t.Errorf("%s has no %s", x.path, want)
				}
			}
			for _, no := range x.lacks {
				if strings.Contains(page, no) {
					t.Errorf("%s has %s", x.path, no)
				}
			}
		}
		if a := b.Get(list + ".csv" + keep); !strings.Contains(a.Body, "Payroll") || strings.Contains(a.Body, "Wages") {
			t.Errorf("the export of then: %d %s", a.Status, a.Body)
		}
		before := "?as_of=" + p.Clock.Now().AddDate(0, -1, 0).Format(time.DateOnly)
		if a := b.Get(record + before); a.Status != 404 {
			t.Errorf("before it was made its page is %d", a.Status)
		}
		for path, says := range map[string]string{"/vendors/vendors" + keep: "Vendors cannot be asked as of a moment", list + "?as_of=yesterday": "Give a day such as"} {
			if a := b.Get(path); a.Status != 422 || !strings.Contains(a.Body, says) {
				t.Errorf("%s: %d, want that it says %q", path, a.Status, says)
			}
		}
		if a := b.Get("/vendors/vendors"); strings.Contains(a.Body, `name="as_of"`) {
			t.Error("a list without a past offers one")
		}
	})
}
