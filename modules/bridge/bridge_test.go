package bridge_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/modules/bridge"
	"steward/modules/vendors"
)

func modules() []app.Module { return []app.Module{bridge.Module(), vendors.Module()} }

func TestTheBridgeOfAnEmptyInstallationSaysWhatToDoFirst(t *testing.T) {
	apptest.Each(t, modules(), func(t *testing.T, p *apptest.Program) {
		admin := p.Person(t, "Ada Admin", access.Administrator)
		a := p.Browser(t, admin).Get("/")
		for _, want := range []string{"Good morning, Ada", "First steps", `href="/setup"`, "Nothing waits for you.", "None in the next 90 days."} {
			if a.Status != 200 || !strings.Contains(a.Body, want) {
				t.Errorf("status %d, lacks %q", a.Status, want)
			}
		}
		if strings.Contains(a.Body, "tiles") {
			t.Error("shows tiles without figures")
		}
		a = p.Browser(t, p.Person(t, "Emil", access.Employee)).Get("/")
		if a.Status != 200 || strings.Contains(a.Body, "First steps") {
			t.Errorf("an employee: status %d, or is told to set the program up", a.Status)
		}
		if a := p.Browser(t, nil).Get("/"); a.Status != 303 || a.Header.Get("Location") != "/sign-in" {
			t.Errorf("not signed in: %d to %q", a.Status, a.Header.Get("Location"))
		}
	})
}

func TestTheBridgeShowsFiguresDecisionsDeadlinesAndChanges(t *testing.T) {
	apptest.Each(t, modules(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		manager, auditor, technician, employee := p.Person(t, "Mia", access.MISManager), p.Person(t, "Aron", access.Auditor), p.Person(t, "Tom", access.Technician), p.Person(t, "Emil", access.Employee)
		p.DoAs(t, manager, func(u *records.Tx) error {
			v := &vendors.Vendor{Name: "Veritas", Country: "DE", State: vendors.Approved}
			if err := vendors.Vendors.Create(u, v); err != nil {
				return err
			}
			return vendors.Contracts.Create(u, &vendors.Contract{Title: "Backup licences", Vendor: v.ID, State: vendors.Active, Starts: "2025-01-01", WorkingDay: vendors.Earlier, LeadDays: 10,
				Ends: records.Some(records.Date("2026-03-31")), RenewsMonths: records.Some(int64(12)), Yearly: records.Some(records.Money{Minor: 500_00, Currency: "EUR"})})
		})
		if err := p.Refresh(context.Background()); err != nil {
			t.Fatal(err)
		}
		for who, see := range map[*access.Actor][]bool{ // figures of contracts, decision, deadline, change
			manager:    {true, true, true, true},
			auditor:    {true, false, true, true},
			technician: {true, false, true, true},
			employee:   {false, false, false, false},
		} {
			a := p.Browser(t, who).Get("/")
			if a.Status != 200 {
				t.Fatalf("%s: status %d", who.Name, a.Status)
			}
			for i, text := range []string{"Contracts with an owner", "Backup licences: let it renew, or give notice", "Decide on the contract", "Contract · Mia created this"} {
				if got := strings.Contains(a.Body, text); got != see[i] {
					t.Errorf("%s sees %q: %v, want %v", who.Name, text, got, see[i])
				}
			}
		}
		p.Clock.Advance(2 * time.Hour)
		if a := p.Browser(t, manager).Get("/"); !strings.Contains(a.Body, "stale") {
			t.Error("figures two hours old are not marked")
		}
	})
}

func TestWhatChangedTellsOfPeopleOnceForManyAndNamesTheFields(t *testing.T) {
	apptest.Each(t, modules(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		manager := p.Person(t, "Mia", access.MISManager)
		first := &vendors.Vendor{Name: "Alpha", Country: "DE", State: vendors.Approved}
		p.DoAs(t, manager, func(u *records.Tx) error {
			if err := vendors.Vendors.Create(u, first); err != nil {
				return err
			}
			for _, name := range []string{"Beta", "Gamma"} {
				if err := vendors.Vendors.Create(u, &vendors.Vendor{Name: name, Country: "DE", State: vendors.Approved}); err != nil {
					return err
				}
			}
			return nil
		})
		p.Do(t, func(u *records.Tx) error {
			return vendors.Vendors.Create(u, &vendors.Vendor{Name: "Found by a job", Country: "DE", State: vendors.Approved})
		})
		p.Clock.Advance(time.Minute)
		p.DoAs(t, manager, func(u *records.Tx) error {
			return vendors.Vendors.Update(u, first.ID, func(v *vendors.Vendor) error { v.Country = "SE"; return nil })
		})
		body := p.Browser(t, manager).Get("/").Body
		_, body, _ = strings.Cut(body, "h-chg")
		for text, want := range map[string]bool{"a and 1 more</b>": true, "Vendor · Mia changed: Country": true, "Found by a job": false, ">Beta</b>": false, ">Gamma</b>": false} {
			if strings.Contains(body, text) != want {
				t.Errorf("what changed says %q: %v, want %v", text, !want, want)
			}
		}
	})
}

func TestPeopleWithoutManagerAreCountedButForHeads(t *testing.T) {
	p := apptest.SQLite(t, modules())
	p.Organisation(t)
	boss := p.Person(t, "Berta Boss", access.Executive)
	p.Do(t, func(u *records.Tx) error {
		id := records.ID[org.Person](boss.Person)
		if err := org.Units.Create(u, &org.Unit{Name: "Nordwind", Kind: org.LegalEntity, Head: records.Some(id)}); err != nil {
			return err
		}
		if err := org.Persons.Create(u, &org.Person{Name: "Carl", Manager: records.Some(id)}); err != nil {
			return err
		}
		return org.Persons.Create(u, &org.Person{Name: "Lone Lotte"})
	})
	if err := p.Refresh(context.Background()); err != nil {
		t.Fatal(err)
	}
	a := p.Browser(t, p.Person(t, "Mia", access.MISManager)).Get("/figures/bridge.people-placed")
	if a.Status != 200 || !strings.Contains(a.Body, "2 ÷ 3") || !strings.Contains(a.Body, "Lone Lotte") || strings.Contains(a.Body, `>Berta Boss</a>`) {
		t.Errorf("status %d; wants two of three, and Lotte named:\n%s", a.Status, a.Body)
	}
}
