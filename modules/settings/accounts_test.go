package settings_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/testkit/apptest"
	"steward/modules/identity"
	"steward/modules/settings"
	"steward/modules/vendors"
)

var welcomeLink = regexp.MustCompile(`/welcome/([\w-]+)`)

// history is a person's history as text.
func history(t *testing.T, p *apptest.Program, person string) string {
	t.Helper()
	var out strings.Builder
	p.Look(t, access.System(), func(v *records.View) error {
		all, err := org.Persons.Def().History(v, person, 100)
		for _, e := range all {
			for _, c := range e.Changes {
				old, _ := c.Old.(string)
				now, _ := c.New.(string)
				out.WriteString(e.ActorName + " " + c.Name + " " + old + ">" + now + "\n")
			}
		}
		return err
	})
	return out.String()
}

func TestAOneTimeSignInStandsInTheHistoryWhenMadeAndWhenUsedWithoutItsSecret(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		emil := p.Person(t, "Emil", access.Employee)
		admin := p.Browser(t, p.Person(t, "Root", access.Administrator))
		a := admin.Post("/settings/accounts/"+emil.Person, url.Values{"do": {"link"}})
		link := welcomeLink.FindStringSubmatch(a.Body)
		if a.Status != 200 || link == nil {
			t.Fatalf("making a link: %d", a.Status)
		}
		if got := history(t, p, emil.Person); !strings.Contains(got, "Root link >made") || strings.Contains(got, ">used") {
			t.Errorf("after making:\n%s", got)
		}
		if a := p.Browser(t, nil).Post(link[0], nil); a.Status != 303 {
			t.Fatalf("using the link: %d", a.Status)
		}
		if got := history(t, p, emil.Person); !strings.Contains(got, "Emil link >used") || strings.Contains(got, link[1]) {
			t.Errorf("after using:\n%s", got)
		}
		if a := admin.Get("/org/people/" + emil.Person); !strings.Contains(a.Body, "One-time sign-in") {
			t.Error("the person's page does not tell of it")
		}
		p.Do(t, func(u *records.Tx) error { return signin.SetDisabled(u, emil.Person, true) })
		if a := admin.Post("/settings/accounts/"+emil.Person, url.Values{"do": {"link"}}); a.Status != 409 || welcomeLink.MatchString(a.Body) {
			t.Errorf("a link for a closed account: %d", a.Status)
		}
	})
}

func TestWhoLeavesComesInNoMoreAndTheLastAdministratorCannot(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		emil, root := p.Person(t, "Emil", access.Employee), p.Person(t, "Root", access.Administrator)
		his, admin := p.Browser(t, emil), p.Browser(t, root)
		if a := admin.Post("/org/people/"+emil.Person+"/archive", nil); a.Status != 303 {
			t.Fatalf("archiving: %d", a.Status)
		}
		if got := his.Get("/account").Status; got != 303 {
			t.Errorf("the session of who has left: %d", got)
		}
		if got := history(t, p, emil.Person); !strings.Contains(got, "Root account open>closed") {
			t.Errorf("the history does not tell of it:\n%s", got)
		}
		if a := admin.Get("/org/people/" + emil.Person); !strings.Contains(a.Body, "archived this") || strings.Contains(a.Body, "archived_at") {
			t.Error("the page does not tell of it in words alone")
		}
		if a := admin.Post("/org/people/"+root.Person+"/archive", nil); a.Status != 409 || !strings.Contains(a.Body, "last administrator") || strings.Contains(a.Body, "changed meanwhile") {
			t.Errorf("archiving the last administrator: %d", a.Status)
		}
		if got := admin.Get("/settings/accounts").Status; got != 200 {
			t.Errorf("the administrator afterwards: %d", got)
		}
	})
}

func TestAdministratorsCannotLockEverybodyOut(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		root := p.Person(t, "Root", access.Administrator)
		admin, page := p.Browser(t, root), "/settings/accounts/"+root.Person
		for what, form := range map[string]url.Values{
			"changing settings is withdrawn": {"role": {access.Administrator}, "area": {access.Settings}, "act": {"admin"}, "scope": {"all"}, "effect": {"withdraw"}, "reason": {"x"}},
			"seeing is withdrawn":            {"role": {access.Administrator}, "area": {"*"}, "act": {"view"}, "scope": {"all"}, "effect": {"withdraw"}, "reason": {"x"}},
		} {
			if a := admin.Post("/settings/grants", form); a.Status != 422 || !strings.Contains(a.Body, "nobody could give it back") {
				t.Errorf("%s: %d", what, a.Status)
			}
		}
		p.Person(t, "Away", access.Administrator)
		var away string
		p.Do(t, func(u *records.Tx) error { // an account that is closed counts for nobody
			a, err := signin.AccountNamed(u, apptest.Login("Away"))
			if err != nil {
				return err
			}
			away = a.Person
			return signin.SetDisabled(u, away, true)
		})
		for what, form := range map[string]url.Values{
			"the role gets an end": {"do": {"give"}, "role": {access.Administrator}, "until": {"2099-12-31"}},
			"the role is taken":    {"do": {"take"}, "id": {roleOf(t, p, root.Person)}},
		} {
			if a := admin.Post(page, form); a.Status != 409 {
				t.Errorf("%s: %d", what, a.Status)
			}
		}
		p.Do(t, func(u *records.Tx) error { return signin.SetDisabled(u, away, false) })
		if a := admin.Post(page, url.Values{"do": {"take"}, "id": {roleOf(t, p, root.Person)}}); a.Status != 303 {
			t.Errorf("one of two administrators: %d", a.Status)
		}
	})
}

func roleOf(t *testing.T, p *apptest.Program, person string) (id string) {
	t.Helper()
	p.Look(t, access.System(), func(v *records.View) error {
		all, err := signin.Roles(v, person)
		id = all[0].ID
		return err
	})
	return id
}

func TestADeputySeesTheUnitUntilTheLastDay(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		emil := p.Person(t, "Emil", access.Employee)
		admin, page := p.Browser(t, p.Person(t, "Root", access.Administrator)), "/settings/accounts/"+emil.Person
		unit := &org.Unit{Name: "Sales", Kind: org.Department}
		p.Do(t, func(u *records.Tx) error { return org.Units.Create(u, unit) })
		form := url.Values{"do": {"give"}, "role": {access.DepartmentHead}, "unit": {string(unit.ID)}, "until": {"2026-03-31"}}
		if a := admin.Post(page, form); a.Status != 303 {
			t.Fatalf("giving: %d %s", a.Status, a.Body)
		}
		if a := admin.Get(page); !strings.Contains(a.Body, "for Sales") || !strings.Contains(a.Body, "until 2026-03-31") {
			t.Error("the page does not say for which unit and until when")
		}
		p.Look(t, access.System(), func(v *records.View) error {
			a, err := signin.ActorOf(v, emil.Person)
			if err == nil && (len(a.Units) != 1 || a.Units[0] != string(unit.ID)) {
				t.Errorf("the deputy answers for %v", a.Units)
			}
			return err
		})
		for what, change := range map[string]url.Values{"a unit that is none": {"unit": {"0195-none"}}, "a role that is not for a unit": {"role": {access.Auditor}}, "a day that is none": {"until": {"soon"}}, "a day in the past": {"until": {"2001-01-01"}}} {
			bad := url.Values{}
			for k, v := range form {
				bad[k] = v
			}
			for k, v := range change {
				bad[k] = v
			}
			if a := admin.Post(page, bad); a.Status != 422 && a.Status != 404 {
				t.Errorf("%s: %d", what, a.Status)
			}
		}
	})
}

func TestAConsultantSeesTheCompanyThatTheAccountNames(t *testing.T) {
	apptest.Each(t, []app.Module{settings.Module(), identity.Module(), vendors.Module()}, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		carl := p.Person(t, "Carl", access.Consultant)
		his, admin, page := p.Browser(t, carl), p.Browser(t, p.Person(t, "Root", access.Administrator)), "/settings/accounts/"+carl.Person
		ours, other := &vendors.Vendor{Name: "Acme", State: vendors.Approved, Country: "DE"}, &vendors.Vendor{Name: "Other", State: vendors.Approved, Country: "DE"}
		p.Do(t, func(u *records.Tx) error {
			if err := vendors.Vendors.Create(u, ours); err != nil {
				return err
			}
			return vendors.Vendors.Create(u, other)
		})
		sees := func(v *vendors.Vendor) int { return his.Get("/vendors/vendors/" + string(v.ID)).Status }
		if sees(ours) != 404 {
			t.Error("a consultant without a company sees one")
		}
		if a := admin.Post(page, url.Values{"do": {"party"}, "party": {"Nobody & Co"}}); a.Status != 422 || !strings.Contains(a.Body, "Nobody &amp; Co") {
			t.Errorf("a company that is none: %d", a.Status)
		}
		if a := admin.Post(page, url.Values{"do": {"party"}, "party": {"Acme"}}); a.Status != 303 {
			t.Fatalf("naming the company: %d %s", a.Status, a.Body)
		}
		if sees(ours) != 200 || sees(other) != 404 {
			t.Errorf("sees the own company: %d, another: %d", sees(ours), sees(other))
		}
		if got := history(t, p, carl.Person); !strings.Contains(got, "Root party >Acme") {
			t.Errorf("the history does not tell of it:\n%s", got)
		}
		if a := admin.Get(page); !strings.Contains(a.Body, `name="party" value="Acme"`) {
			t.Error("the page does not show the company")
		}
		admin.Post(page, url.Values{"do": {"party"}, "party": {""}})
		if sees(ours) != 404 {
			t.Error("the company was taken away and is still seen")
		}
	})
}

func TestWhoMayAndWhyIsSaidInTheReadersLanguage(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		root := p.Person(t, "Root", access.Administrator)
		emil := p.Person(t, "Emil", access.Employee)
		p.Do(t, func(u *records.Tx) error {
			_, err := signin.AddGrant(u, signin.Grant{Grant: access.Grant{Area: access.People, Act: access.Edit, Scope: access.All}, Person: emil.Person, Reason: "moves"})
			return err
		})
		admin := p.Browser(t, root)
		if a := admin.Post("/account", url.Values{"do": {"lang"}, "lang": {"de"}}); a.Status != 303 {
			t.Fatal(a.Status)
		}
		a := admin.Get("/access?ref=org.person/" + root.Person + "&act=edit")
		for _, want := range []string{"Die Rolle „Administrator“ erlaubt dies bei jedem Datensatz des Bereichs.", "Eine persönliche Berechtigung erlaubt dies"} {
			if !strings.Contains(a.Body, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
		a = admin.Get("/access?ref=org.person/" + root.Person + "&act=approve")
		if !strings.Contains(a.Body, "Keine der Rollen von Emil darf dies im Bereich „Personen“.") {
			t.Errorf("the page does not say why not: %s", a.Body)
		}
		for _, text := range []string{"{by}", "may do this", "allows this"} {
			if strings.Contains(a.Body, text) {
				t.Errorf("the page says %q", text)
			}
		}
	})
}

func TestASignInNameHoldsNothingInvisible(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		emil := p.Person(t, "Emil", access.Employee)
		p.Do(t, func(u *records.Tx) error {
			for _, login := range []string{"root\u200b", "ro\u00adot", "\u202eroot", "a b"} {
				if err := signin.CreateAccount(u, emil.Person, login, ""); !fail.Is(err, fail.Invalid) {
					t.Errorf("%q: %v", login, err)
				}
			}
			return nil
		})
	})
}

func TestWhoIsLetInGetsNoRoleUnlessOneIsChosenAndAMistakeKeepsWhatWasTyped(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		admin := p.Browser(t, p.Person(t, "Root", access.Administrator))
		form := regexp.MustCompile(`(?s)<select id="f-role" name="role">\s*<option value="">`)
		if a := admin.Get("/settings/accounts"); !form.MatchString(a.Body) {
			t.Error("the form begins with a role that gives something")
		}
		if a := admin.Post("/settings/accounts", url.Values{"name": {"Emil"}, "login": {"emil here"}, "role": {access.Auditor}}); a.Status != 422 || !strings.Contains(a.Body, `value="emil here"`) || !strings.Contains(a.Body, `value="auditor" selected`) {
			t.Errorf("a name with a blank: %d, or what was typed is gone", a.Status)
		}
		if a := admin.Post("/settings/accounts", url.Values{"name": {"Emil"}, "login": {"emil"}, "role": {""}}); a.Status != 200 {
			t.Fatal(a.Status)
		}
		p.Look(t, access.System(), func(v *records.View) error {
			a, err := signin.AccountNamed(v, "emil")
			if err != nil {
				return err
			}
			given, err := signin.Roles(v, a.Person)
			if len(given) != 0 {
				t.Errorf("got %v", given)
			}
			return err
		})
	})
}
