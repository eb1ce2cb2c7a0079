package modules_test

import (
	"fmt"
	"net/http"
	"testing"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/testkit/apptest"
	"steward/modules"
	"steward/modules/infrastructure"
	"steward/modules/systems"
)

// TestAPageSendsFewStatementsHoweverMuchThereIs holds how many statements each of the
// pages sends whose speed matters most, with few records and with many. A page that comes
// to need more is a decision: the figures here are then changed with it.
func TestAPageSendsFewStatementsHoweverMuchThereIs(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		helena := p.Person(t, "Helena Lindqvist", access.Administrator, access.MISManager)
		browser := p.Browser(t, helena)
		var host infrastructure.Host
		var system systems.System
		made := 0
		more := func(n int) {
			t.Helper()
			p.Do(t, func(u *records.Tx) error {
				for range n {
					h := infrastructure.Host{Name: fmt.Sprintf("server-%03d", made), Kind: infrastructure.Server, State: infrastructure.Live}
					if err := infrastructure.Hosts.Create(u, &h); err != nil {
						return err
					}
					s := systems.System{Name: fmt.Sprintf("System %03d", made), Criticality: systems.Important, State: systems.Live}
					if err := systems.Systems.Create(u, &s); err != nil {
						return err
					}
					needs := infrastructure.Hosts.Ref(h.ID)
					if made > 0 {
						needs = systems.Systems.Ref(system.ID)
					} else {
						host, system = h, s
					}
					if err := systems.Dependencies.Create(u, &systems.Dependency{Title: "Orders", System: s.ID, Needs: needs, Kind: systems.Data, Effect: systems.Stops}); err != nil {
						return err
					}
					made++
				}
				return nil
			})
		}
		more(2)
		list := infrastructure.Hosts.Def().Path("")
		pages := []struct {
			name, path       string
			sqlite, postgres int64 // SQLite is asked beside whether a link is one that few have
		}{
			{"list", list, 13, 13},
			{"list, filtered and sorted", list + "?kind=server&state=live&sort=-security_pending", 17, 14},
			{"list, searched", list + "?q=server", 14, 14},
			{"record", infrastructure.Hosts.Path(host.ID), 38, 35},
			{"search", "/search?q=server", 9, 9},
			{"what if this fails", "/systems/impact?ref=" + string(systems.Systems.Ref(system.ID)), 12, 12},
		}
		for _, n := range []int{0, 40} {
			more(n)
			for _, page := range pages {
				browser.Get(page.path) // what is kept from one page to the next is there
				before := p.DB.Queries()
				if a := browser.Get(page.path); a.Status != http.StatusOK {
					t.Fatalf("%s: %d %s", page.name, a.Status, a.Body)
				}
				most := page.sqlite
				if p.DB.Dialect() == storage.Postgres {
					most = page.postgres
				}
				if took := p.DB.Queries() - before; took > most {
					t.Errorf("%s with %d hosts: %d statements, %d are expected", page.name, made, took, most)
				} else {
					t.Logf("%s with %d hosts: %d statements", page.name, made, took)
				}
			}
		}
	})
}
