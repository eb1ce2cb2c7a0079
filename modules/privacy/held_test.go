package privacy_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/modules"
	"steward/modules/people"
	"steward/modules/privacy"
	"steward/modules/vendors"
)

func each(t *testing.T, fn func(t *testing.T, p *apptest.Program)) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		fn(t, p)
	})
}

// anna is a person of whom something is held everywhere that people write.
func anna(t *testing.T, p *apptest.Program) *access.Actor {
	t.Helper()
	a := p.Person(t, "Anna Åkerlund", access.Technician)
	p.Do(t, func(u *records.Tx) error {
		return org.Persons.Update(u, records.ID[org.Person](a.Person), func(x *org.Person) error {
			x.Email, x.Phone = records.Some("anna.akerlund@nordwind.example"), records.Some("+46 40 555 0021")
			return nil
		})
	})
	return a
}

func TestWhatIsHeldOfAPersonTellsLinksTextsAndActs(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		a := anna(t, p)
		dpo := p.Person(t, "Mia Berg", access.DPO, access.MISManager)
		var vendor vendors.Vendor
		p.Do(t, func(u *records.Tx) error {
			vendor = vendors.Vendor{Name: "Orbis AG", State: vendors.Approved, Country: "DE", Owner: records.Some(records.ID[org.Person](a.Person)), Contact: records.Some("via ANNA ÅKERLUND")}
			if err := vendors.Vendors.Create(u, &vendor); err != nil {
				return err
			}
			if err := vendors.Vendors.Def().Comment(u, string(vendor.ID), "Ask @anna.åkerlund or Anna Åkerlundsson."); err != nil {
				return err
			}
			return people.Salaries.Create(u, &people.Salary{Person: records.ID[org.Person](a.Person), Starts: "2026-01-01", Yearly: records.Money{Minor: 6_000_000, Currency: "EUR"}})
		})
		p.DoAs(t, a, func(u *records.Tx) error {
			return org.Persons.Def().Comment(u.As(withView(a)), a.Person, "My own words.")
		})
		b := p.Browser(t, dpo)
		page := b.Get("/privacy/people/" + a.Person)
		for _, want := range []string{"What is held of Anna Åkerlund", "anna.akerlund@nordwind.example", "Orbis AG", "My own words.", "Sign-in", "technician"} {
			if want == "Sign-in" {
				want = "anna.åkerlund"
			}
			if !strings.Contains(page.Body, want) {
				t.Errorf("the page does not tell %q: %d", want, page.Status)
			}
		}
		var h privacy.Held
		file := b.Get("/privacy/people/" + a.Person + "/held.json")
		if err := json.Unmarshal([]byte(file.Body), &h); err != nil || file.Status != http.StatusOK {
			t.Fatalf("the file: %d %v", file.Status, err)
		}
		if !slices.ContainsFunc(h.Linked, func(l privacy.Linked) bool { return l.Type == "vendors.vendor" && l.Field == "owner" }) {
			t.Errorf("no link from the vendor: %+v", h.Linked)
		}
		if slices.ContainsFunc(h.Linked, func(l privacy.Linked) bool { return l.Type == "people.salary" }) || strings.Contains(file.Body, "60000") {
			t.Error("a salary is told to who may not see it")
		}
		named := map[string][]string{}
		for _, n := range h.Named {
			if n.On != nil {
				named[n.Table] = append(named[n.Table], n.Field...)
			}
		}
		if !slices.Equal(named["vendors_vendor"], []string{"contact"}) || !slices.Equal(named["record_comment"], []string{"body"}) {
			t.Errorf("texts that name: %v", named)
		}
		for _, secret := range []string{`"hash"`, `"password"`} {
			if strings.Contains(file.Body, secret) {
				t.Errorf("the file tells %s", secret)
			}
		}
		p.Look(t, access.System(), func(v *records.View) error {
			entries, err := org.Persons.Def().History(v, a.Person, 100)
			if err != nil {
				return err
			}
			read := slices.DeleteFunc(entries, func(e records.Entry) bool { return e.Act != "read" || e.Actor != dpo.Person })
			if len(read) != 2 {
				t.Errorf("%d readings stand in the history, want the page and the file", len(read))
			}
			h, err := privacy.Collect(v, a.Person)
			if err == nil && !slices.ContainsFunc(h.Linked, func(l privacy.Linked) bool { return l.Type == "people.salary" && len(l.Values) > 3 }) {
				t.Error("Steward itself is not told the salary")
			}
			return err
		})
	})
}

// withView gives an actor the right to see persons, as a head of theirs has.
func withView(a *access.Actor) *access.Actor {
	b := *a
	b.Grants = append(slices.Clone(a.Grants), access.Grant{Role: "x", Area: access.People, Act: access.View, Scope: access.All})
	return &b
}

func TestWhatIsHeldIsForThePersonAndForWhoKeepsPersonalDataOnly(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		a := anna(t, p)
		own := p.Browser(t, a)
		if got := own.Get("/privacy/people/" + a.Person); got.Status != http.StatusOK || !strings.Contains(got.Body, "anna.akerlund@nordwind.example") {
			t.Errorf("the person reads what is held of her: %d", got.Status)
		}
		for role, want := range map[string]int{access.Employee: 404, access.DepartmentHead: 404, access.Executive: 404, access.Technician: 404, access.Consultant: 404,
			access.Administrator: 200, access.MISManager: 200, access.Auditor: 200, access.DPO: 200} {
			b := p.Browser(t, p.Person(t, "Other "+role, role))
			for _, path := range []string{"", "/held.json"} {
				if got := b.Get("/privacy/people/" + a.Person + path).Status; got != want {
					t.Errorf("%s reads %s: %d, want %d", role, path, got, want)
				}
			}
			if got := b.Get("/privacy/people/none").Status; got != 404 {
				t.Errorf("of nobody: %d", got)
			}
		}
	})
}
