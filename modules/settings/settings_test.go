package settings_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/testkit/apptest"
	"steward/modules/identity"
	"steward/modules/settings"
)

func each(t *testing.T, fn func(t *testing.T, p *apptest.Program)) {
	apptest.Each(t, []app.Module{settings.Module(), identity.Module()}, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		fn(t, p)
	})
}

var idOf = regexp.MustCompile(`name="id" value="([0-9a-f-]{36})"><button class="btn sm" name="do" value="(end-session|revoke-token)"`)

func TestAnAdministratorEndsOthersSessionsAndTokensAndOnlySuchAPerson(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		emil := p.Person(t, "Emil", access.Technician)
		his := p.Browser(t, emil)
		a := his.Post("/settings/tokens", url.Values{"name": {"backup script"}, "area": {access.Infrastructure, access.Systems}, "act": {"view", "export"}, "days": {"30"}})
		secret := regexp.MustCompile(`stw_[\w-]+`).FindString(a.Body)
		if a.Status != 200 || secret == "" || !strings.Contains(a.Body, "systems:export") {
			t.Fatalf("making a token: %d %s", a.Status, a.Body)
		}
		if a := his.Get("/settings/tokens"); strings.Contains(a.Body, secret) || !strings.Contains(a.Body, "backup script") {
			t.Error("the token is shown again, or not listed")
		}
		use := func() int {
			req, _ := http.NewRequest("GET", his.Base+"/api/v1/me", nil)
			req.Header.Set("Authorization", "Bearer "+secret)
			return p.Browser(t, nil).Send(req).Status
		}
		if got := use(); got != 200 {
			t.Fatalf("the token: %d", got)
		}
		for what, form := range map[string]url.Values{"no area": {"name": {"x"}, "act": {"view"}, "days": {"1"}}, "no end": {"name": {"x"}, "area": {"*"}, "act": {"view"}}, "too long": {"name": {"x"}, "area": {"*"}, "act": {"view"}, "days": {"400"}}, "an act that is none": {"name": {"x"}, "area": {"*"}, "act": {"rule"}, "days": {"1"}}} {
			if a := his.Post("/settings/tokens", form); a.Status != 422 {
				t.Errorf("%s: %d", what, a.Status)
			}
		}
		page := "/settings/accounts/" + emil.Person
		auditor := p.Browser(t, p.Person(t, "Aron", access.Auditor))
		if a := auditor.Get(page); a.Status != 200 || idOf.MatchString(a.Body) {
			t.Errorf("an auditor: %d, or is offered to end a session", a.Status)
		}
		admin := p.Browser(t, p.Person(t, "Root", access.Administrator))
		a = admin.Get(page)
		found := idOf.FindAllStringSubmatch(a.Body, -1)
		if len(found) != 2 {
			t.Fatalf("the page offers %v", found)
		}
		for _, f := range found {
			for who, b := range map[string]*apptest.Browser{"the auditor": auditor, "the person": his} {
				if a := b.Post(page, url.Values{"do": {f[2]}, "id": {f[1]}}); a.Status != 403 && a.Status != 404 {
					t.Errorf("%s does %s: %d", who, f[2], a.Status)
				}
			}
		}
		if his.Get("/account").Status != 200 {
			t.Fatal("the session ended too early")
		}
		for _, f := range found {
			if a := admin.Post(page, url.Values{"do": {f[2]}, "id": {f[1]}}); a.Status != 303 {
				t.Errorf("%s: %d", f[2], a.Status)
			}
		}
		if got := his.Get("/account").Status; got != 303 {
			t.Errorf("the session afterwards: %d", got)
		}
		if got := use(); got != 401 {
			t.Errorf("the token afterwards: %d", got)
		}
	})
}
