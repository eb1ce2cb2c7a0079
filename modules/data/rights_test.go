package data_test

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/jobs"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/kernel/testkit/apptest"
	"steward/modules/data"
	"steward/modules/infrastructure"
)

type orgPerson = org.Person

func aHost(u *records.Tx, name string) (string, error) {
	h := &infrastructure.Host{Name: name, Kind: infrastructure.Server, State: infrastructure.Live}
	err := infrastructure.Hosts.Create(u, h)
	return string(h.ID), err
}

// head makes a person who heads a unit.
func head(t *testing.T, p *apptest.Program, name, unit string) (a *access.Actor, id string) {
	t.Helper()
	first := p.Person(t, name, access.DepartmentHead)
	p.Do(t, func(u *records.Tx) error {
		x := &org.Unit{Name: unit, Kind: org.Department, Head: records.Some(records.ID[org.Person](first.Person))}
		err := org.Units.Create(u, x)
		id = string(x.ID)
		return err
	})
	p.Do(t, func(u *records.Tx) (err error) {
		a, err = signin.ActorOf(u, first.Person)
		return err
	})
	return a, id
}

func TestTheHeadOfSalesSeesTheDashboardUnderOwnRights(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		b := p.Browser(t, p.Person(t, "Mia Manager", access.MISManager))
		sara, sales := head(t, p, "Sara Sales", "Sales")
		_, plant := head(t, p, "Paul Plant", "Plant")
		mine := revenue(t, b, upload(t, b, orders, "unit", sales))
		other := revenue(t, b, upload(t, b, orders, "unit", plant), "name", "Scrap")
		d := idOf(t, b.Post("/data/dashboards", url.Values{"name": {"Sales board"}, "unit": {sales}}))
		for _, m := range []string{mine, other} {
			idOf(t, b.Post("/data/tiles", url.Values{"dashboard": {d}, "metric": {m}, "shape": {"chart"}, "period": {"month"}, "months": {"0"}, "position": {"1"}}))
		}
		holds(t, b.Get("/data/dashboards/"+d), 200, "Revenue", "Scrap")
		hers := p.Browser(t, sara)
		page := hers.Get("/data/dashboards/" + d)
		holds(t, page, 200, "Revenue", "€30.50", "A tile that is not for you to see")
		if strings.Contains(page.Body, "Scrap") {
			t.Error("the hidden metric is named")
		}
		holds(t, hers.Get("/data/metrics/"+mine+"/explore"), 200, "€67.00")
		holds(t, hers.Get("/data/metrics/"+other+"/explore"), 404)
		if a := p.Browser(t, p.Person(t, "Emil Employee", access.Employee)).Get("/data/metrics/" + mine + "/explore"); a.Status != 404 {
			t.Errorf("an employee explores: %d, want 404", a.Status)
		}
	})
}

func TestRowsOfOtherDepartmentsDoNotExistForTheHead(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		mia := p.Person(t, "Mia Manager", access.MISManager)
		b := p.Browser(t, mia)
		sara, sales := head(t, p, "Sara Sales", "Sweden")
		id := upload(t, b, orders, "unit", sales)
		p.Do(t, func(u *records.Tx) error {
			return data.Sources.Update(u, records.ID[data.Source](id), func(s *data.Source) error {
				s.UnitColumn = records.Some("country")
				return nil
			})
		})
		m := revenue(t, b, id)
		holds(t, b.Get("/data/metrics/"+m+"/explore?by=country"), 200, "Hungary", "= €67.00")
		hers := p.Browser(t, sara)
		page := hers.Get("/data/metrics/" + m + "/explore?by=country")
		holds(t, page, 200, "Sweden", "= €42.00")
		if strings.Contains(page.Body, "Hungary") {
			t.Error("another department's rows are there")
		}
	})
}

func TestStewardsOwnFolderAndForeignHandsReadNoDatabase(t *testing.T) {
	p := apptest.SQLite(t, modules())
	p.Organisation(t)
	b := p.Browser(t, p.Person(t, "Mia Manager", access.MISManager))
	id := idOf(t, b.Post("/data/data-sources", url.Values{"name": {"Self"}, "kind": {"sqlite"}, "path": {filepath.Join(p.Data, "steward.db")}, "relation": {"account"}, "max_bad": {"0"}}))
	holds(t, b.Post("/data/data-sources/"+id+"/read", nil), 422, "own folder")
	holds(t, b.Post("/data/data-sources", url.Values{"name": {"Far"}, "kind": {"postgres"}, "address": {"http://10.0.0.1"}, "relation": {"x"}, "max_bad": {"0"}}), 422, "postgres://")
	tech := p.Person(t, "Tim Technician", access.Technician)
	p.Do(t, func(u *records.Tx) error {
		return data.Sources.Update(u, records.ID[data.Source](id), func(s *data.Source) error {
			s.Owner = records.Some(records.ID[org.Person](tech.Person))
			return nil
		})
	})
	own := p.Browser(t, tech)
	a := own.Post("/data/data-sources/"+id, url.Values{"version": {"2"}, "name": {"Self"}, "kind": {"sqlite"}, "path": {"/etc/passwd"}, "relation": {"x"}, "max_bad": {"0"}})
	if a.Status == 303 {
		t.Error("an owner without the right to all business data points the source elsewhere")
	}
}

func TestTheWatchMarksLateSourcesAndHasDatabasesRead(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		b := p.Browser(t, p.Person(t, "Mia Manager", access.MISManager))
		id := upload(t, b, orders, "every", "24")
		p.Do(t, func(u *records.Tx) error {
			return data.Sources.Create(u, &data.Source{Name: "DB", Kind: data.SQLite, Path: records.Some("/nowhere/x.db"), Relation: records.Some("t")})
		})
		p.Clock.Advance(25 * time.Hour)
		for _, k := range p.Runner.Kinds {
			if k.Name == "data.watch" {
				if err := k.Run(t.Context(), &jobs.Run{DB: p.DB, Kind: k.Name}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if s := source(t, p, id); s.Condition.V != data.Late {
			t.Errorf("the source is %q, want late", s.Condition.V)
		}
		p.Do(t, func(u *storage.Update) error {
			var n int
			_, err := u.Row("SELECT COUNT(*) FROM job WHERE kind = 'data.read' AND state = 'waiting'", nil, &n)
			if n != 1 {
				t.Errorf("%d readings wait, want 1", n)
			}
			return err
		})
	})
}
