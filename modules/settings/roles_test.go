package settings_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/testkit/apptest"
)

var seenMark = regexp.MustCompile(`name="seen" value="([\w-]+)"`)

// roleForm is the form of a role's page with what is ticked.
func roleForm(title, why string, ticks ...string) url.Values {
	return url.Values{"title": {title}, "about": {"Looks after a branch."}, "reason": {why}, "g": ticks}
}

// lookAndSave looks at what a change means, and keeps it.
func lookAndSave(b *apptest.Browser, path string, form url.Values) (look, save apptest.Answer) {
	form.Set("do", "look")
	look = b.Post(path, form)
	if m := seenMark.FindStringSubmatch(look.Body); m != nil {
		form.Set("seen", m[1])
	}
	form.Set("do", "save")
	return look, b.Post(path, form)
}

func TestARoleOfTheOrganisationsOwnIsMadeGivenChangedAndTakenAway(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		admin := p.Browser(t, p.Person(t, "Root", access.Administrator))
		const systems, projects = "systems|all||view", "projects|owned||edit"
		rowed := admin.Post("/settings/roles/new", url.Values{"do": {"row"}, "title": {"Filialleitung Süd"}, "area": {"systems"}, "scope": {"all"}, "sensitivity": {""}})
		if rowed.Status != 200 || !strings.Contains(rowed.Body, `value="systems|all||approve"`) || !strings.Contains(rowed.Body, "Filialleitung Süd") {
			t.Fatalf("adding a row: %d, or what was typed is lost", rowed.Status)
		}
		look, save := lookAndSave(admin, "/settings/roles/new", roleForm("Filialleitung Süd", "branches need it", systems, projects))
		if look.Status != 200 || !strings.Contains(look.Body, "Nobody holds it yet") || save.Status != 303 || save.Header.Get("Location") != "/settings/roles/filialleitung-sud" {
			t.Fatalf("making it: %d, %d to %q", look.Status, save.Status, save.Header.Get("Location"))
		}
		path := save.Header.Get("Location")
		emil := p.Person(t, "Emil")
		if a := admin.Post("/settings/accounts/"+emil.Person, url.Values{"do": {"give"}, "role": {"filialleitung-sud"}}); a.Status != 303 {
			t.Fatalf("giving it: %d", a.Status)
		}
		may := func(act access.Act, area string) (ok bool) {
			p.Look(t, access.System(), func(v *records.View) error {
				a, err := signin.ActorOf(v, emil.Person)
				ok = err == nil && slices.Contains(access.HeldScopes(a, act, area, access.Ordinary, v.Now), access.All)
				return err
			})
			return ok
		}
		if !may(access.View, access.Systems) || may(access.Edit, access.Systems) {
			t.Error("who holds it may not do what it gives, or more")
		}
		for _, at := range []string{"/settings/accounts/" + emil.Person, "/settings/roles", "/settings/sign-in"} {
			if !strings.Contains(admin.Get(at).Body, "Filialleitung Süd") {
				t.Errorf("%s does not call it by its name", at)
			}
		}
		if a := p.Browser(t, emil).Get("/account"); !strings.Contains(a.Body, "Filialleitung Süd") {
			t.Error("who holds it is not told so")
		}

		look, save = lookAndSave(admin, path, roleForm("Branch manager", "renamed", "systems|all||edit", projects))
		for _, want := range []string{"Emil", "+ edit · Information systems · all records", "− view · Information systems · all records"} {
			if !strings.Contains(look.Body, want) {
				t.Errorf("the preview lacks %q", want)
			}
		}
		if strings.Contains(look.Body, "Root</b> (") || save.Status != 303 {
			t.Errorf("it tells of somebody whom it is nothing to, or is not kept: %d", save.Status)
		}
		if may(access.View, access.Systems) || !may(access.Edit, access.Systems) || !strings.Contains(admin.Get(path).Body, "Branch manager") {
			t.Error("the change does not hold")
		}

		if a := admin.Post(path, url.Values{"do": {"remove"}}); a.Status != 409 {
			t.Errorf("taking it away unseen: %d", a.Status)
		}
		look = admin.Post(path, url.Values{"do": {"remove-look"}})
		if !strings.Contains(look.Body, "− edit · Information systems") {
			t.Error("the preview of taking it away lacks what is lost")
		}
		if a := admin.Post(path, url.Values{"do": {"remove"}, "seen": seenMark.FindStringSubmatch(look.Body)[1:]}); a.Status != 303 {
			t.Fatalf("taking it away: %d %s", a.Status, a.Body)
		}
		if may(access.Edit, access.Systems) || admin.Get(path).Status != 404 {
			t.Error("it is still there")
		}
		var kept, grants int
		p.Look(t, access.System(), func(v *records.View) error {
			if _, err := v.Row("SELECT COUNT(*) FROM history WHERE type = 'setting' AND record IN ('access.roles', 'grant')", nil, &kept); err != nil {
				return err
			}
			_, err := v.Row("SELECT COUNT(*) FROM signin_grant", nil, &grants)
			return err
		})
		if kept < 8 || grants != 0 { // the words 3 times; 2 grants given, 1 taken back and 1 given, 2 taken back
			t.Errorf("%d entries of the history, %d grants left", kept, grants)
		}
	})
}

func TestWhatAnotherRoleGivesTooIsNeitherGainedNorLost(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		admin := p.Browser(t, p.Person(t, "Root", access.Administrator))
		p.Person(t, "Tess", access.Technician, access.Auditor)
		p.Person(t, "Theo", access.Technician)
		look := admin.Post("/settings/roles/technician", url.Values{"do": {"look"}, "reason": {"x"}, "g": {"vendors|all||view"}})
		shown := regexp.MustCompile(`(?s)<b>([^<]+)</b> \(1\).*?</div></div>`).FindAllStringSubmatch(look.Body, -1)
		if len(shown) != 2 {
			t.Fatalf("%d effects are shown: %s", len(shown), look.Body)
		}
		for _, s := range shown {
			sees := strings.Contains(s[0], "view · Information systems · all records")
			if edits := strings.Contains(s[0], "edit · Information systems · all records"); !edits || sees != (s[1] == "Theo") {
				t.Errorf("%s loses to edit %v, to view %v", s[1], edits, sees)
			}
		}
	})
}

func TestARoleThatShipsGivesMoreOrLessAndNobodyCanLockAllOut(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		admin := p.Browser(t, p.Person(t, "Root", access.Administrator))
		ticks := func(role string) (out []string) {
			for _, m := range regexp.MustCompile(`name="g" value="([^"]+)"[^>]* checked`).FindAllStringSubmatch(admin.Get("/settings/roles/"+role).Body, -1) {
				out = append(out, m[1])
			}
			return out
		}
		was := ticks(access.Technician)
		less := slices.DeleteFunc(slices.Clone(was), func(s string) bool { return s == "vendors|all||view" })
		more := append(less, "money|all||view")
		if _, a := lookAndSave(admin, "/settings/roles/technician", roleForm("", "they look at costs", more...)); a.Status != 303 {
			t.Fatalf("changing it: %d %s", a.Status, a.Body)
		}
		if got := ticks(access.Technician); len(was) < 20 || len(got) != len(was) || !slices.Contains(got, "money|all||view") || slices.Contains(got, "vendors|all||view") {
			t.Errorf("it gives %v", got)
		}
		if page := admin.Get("/settings/roles/technician").Body; !strings.Contains(page, "Withdrawn from the role") || !strings.Contains(page, "Added to the role") {
			t.Error("the page does not say what was changed")
		}
		if _, a := lookAndSave(admin, "/settings/roles/technician", roleForm("", "as it was", was...)); a.Status != 303 || !slices.Equal(ticks(access.Technician), was) {
			t.Errorf("bringing it back: %d", a.Status)
		}
		var grants int
		p.Look(t, access.System(), func(v *records.View) error {
			_, err := v.Row("SELECT COUNT(*) FROM signin_grant", nil, &grants)
			return err
		})
		if grants != 0 {
			t.Errorf("%d grants are left of nothing changed", grants)
		}
		own := slices.DeleteFunc(ticks(access.Administrator), func(s string) bool { return s == "settings|all||admin" })
		look, save := lookAndSave(admin, "/settings/roles/administrator", roleForm("", "x", own...))
		if look.Status != 422 || save.Status != 422 || !strings.Contains(look.Body, "nobody could give it back") {
			t.Errorf("locking all out: %d, %d", look.Status, save.Status)
		}
		if a := admin.Post("/settings/roles/administrator", url.Values{"do": {"remove"}}); a.Status != 422 && a.Status != 404 {
			t.Errorf("taking the administrator's role away: %d", a.Status)
		}
	})
}

func TestARoleIsKeptOnlyAsItWasShown(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		admin, other := p.Browser(t, p.Person(t, "Root", access.Administrator)), p.Browser(t, p.Person(t, "Ruth", access.Administrator))
		form := roleForm("Clerk", "x", "money|all||view")
		form.Set("do", "look")
		form.Set("seen", seenMark.FindStringSubmatch(admin.Post("/settings/roles/new", form).Body)[1])
		form.Set("do", "save")
		form["g"] = append(form["g"], "people|all|pay|view")
		if a := admin.Post("/settings/roles/new", form); a.Status != 409 || !strings.Contains(a.Body, "This is not what was shown") || !strings.Contains(a.Body, "Clerk") {
			t.Errorf("more than was shown: %d", a.Status)
		}
		if _, a := lookAndSave(admin, "/settings/roles/new", roleForm("Clerk", "x", "money|all||view")); a.Status != 303 {
			t.Fatalf("making it: %d", a.Status)
		}
		mine := roleForm("Clerk", "x", "money|all||view", "money|all||edit")
		mine.Set("do", "look")
		mine.Set("seen", seenMark.FindStringSubmatch(admin.Post("/settings/roles/clerk", mine).Body)[1])
		if _, a := lookAndSave(other, "/settings/roles/clerk", roleForm("Clerk", "x", "money|all||view", "money|all||add")); a.Status != 303 {
			t.Fatalf("somebody else changes it: %d", a.Status)
		}
		mine.Set("do", "save")
		if a := admin.Post("/settings/roles/clerk", mine); a.Status != 409 {
			t.Errorf("over what somebody else did meanwhile: %d", a.Status)
		}
		for what, bad := range map[string]url.Values{
			"no name":             roleForm(" ", "x", "money|all||view"),
			"the name of another": roleForm("technician", "x", "money|all||view"),
			"the same name":       roleForm("CLERK", "x", "money|all||view"),
			"a long name":         roleForm(strings.Repeat("ä", 61), "x", "money|all||view"),
			"nothing":             roleForm("Nobody", "x"),
			"no reason":           roleForm("Somebody", "", "money|all||view"),
			"no area":             roleForm("Somebody", "x", "moon|all||view"),
			"all that is closed":  roleForm("Somebody", "x", "*|all|health|view"),
			"no grant":            roleForm("Somebody", "x", "money"),
			"an end in the past": func() url.Values {
				f := roleForm("Somebody", "x", "money|all||view")
				f.Set("until", "2001-01-01")
				return f
			}(),
			"an end that is none": func() url.Values {
				f := roleForm("Somebody", "x", "money|all||view")
				f.Set("until", "31.12.2030")
				return f
			}(),
		} {
			if _, a := lookAndSave(admin, "/settings/roles/new", bad); a.Status != 422 {
				t.Errorf("%s: %d", what, a.Status)
			}
		}
		auditor := p.Browser(t, p.Person(t, "Audrey", access.Auditor))
		if a := auditor.Get("/settings/roles/clerk"); a.Status != 200 || strings.Contains(a.Body, `value="look"`) {
			t.Errorf("an auditor reads it: %d, or may change it", a.Status)
		}
		if a := auditor.Post("/settings/roles/clerk", mine); a.Status != 403 {
			t.Errorf("an auditor changes it: %d", a.Status)
		}
		if a := auditor.Get("/settings/roles/new"); a.Status != 404 {
			t.Errorf("an auditor makes one: %d", a.Status)
		}
	})
}

func TestARoleThatGroupsGiveIsNotTakenAway(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		admin := p.Browser(t, p.Person(t, "Root", access.Administrator))
		lookAndSave(admin, "/settings/roles/new", roleForm("Clerk", "x", "money|all||view"))
		openid := url.Values{"part": {"openid"}, "name": {"Firm"}, "issuer": {"https://login.example.org"}, "client_id": {"c"}, "openid_roles": {"office = clerk"}, "do": {"save"}}
		if a := admin.Post("/settings/sign-in", openid); a.Status != 303 {
			t.Fatalf("a group gives it: %d", a.Status)
		}
		look := admin.Post("/settings/roles/clerk", url.Values{"do": {"remove-look"}})
		if a := admin.Post("/settings/roles/clerk", url.Values{"do": {"remove"}, "seen": seenMark.FindStringSubmatch(look.Body)[1:]}); a.Status != 409 || !strings.Contains(a.Body, "groups give this role") {
			t.Errorf("taking it away: %d", a.Status)
		}
	})
}

func TestProgramsMakeAndChangeRolesAndAreToldWhatItMeans(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		root := p.Person(t, "Root", access.Administrator)
		emil := p.Person(t, "Emil")
		b := p.Browser(t, root)
		call := func(method, path, body string, into any) int {
			t.Helper()
			req, _ := http.NewRequest(method, b.Base+"/api/v1"+path, strings.NewReader(body))
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Origin", b.Base)
			a := b.Send(req)
			if into != nil {
				if err := json.Unmarshal([]byte(a.Body), into); err != nil {
					t.Fatalf("%s: %s", path, a.Body)
				}
			}
			return a.Status
		}
		type out struct {
			Name    string
			Holders int
			Done    bool
			Effects []struct {
				People       []string
				Gains, Loses []struct{ Area, Act, Scope string }
			}
		}
		var made out
		if code := call("POST", "/roles", `{"title":"Clerk","reason":"x","grants":[{"area":"money","act":"view","scope":"all"}]}`, &made); code != 200 || made.Name != "clerk" || !made.Done {
			t.Fatalf("making one: %d %+v", code, made)
		}
		p.Do(t, func(u *records.Tx) error { return signin.GiveRole(u, signin.Role{Person: emil.Person, Role: "clerk"}) })
		var seen out
		if code := call("POST", "/roles", `{"name":"clerk","title":"Clerk","reason":"x","preview":true,"grants":[{"area":"money","act":"edit","scope":"all"}]}`, &seen); code != 200 || seen.Done || seen.Holders != 1 || len(seen.Effects) != 1 ||
			!slices.Equal(seen.Effects[0].People, []string{emil.Person}) || seen.Effects[0].Gains[0].Act != "edit" || seen.Effects[0].Loses[0].Act != "view" {
			t.Errorf("a preview: %d %+v", code, seen)
		}
		var list struct {
			Roles []struct {
				Name   string
				Own    bool
				Grants []struct{ Area, Act string }
			}
		}
		if code := call("GET", "/roles", "", &list); code != 200 || len(list.Roles) != len(access.Roles())+1 || !list.Roles[len(list.Roles)-1].Own || list.Roles[len(list.Roles)-1].Grants[0].Act != "view" {
			t.Errorf("the list: %d %+v", code, list)
		}
		for body, want := range map[string]int{
			`{"name":"nothing","title":"x","reason":"x","grants":[{"area":"money","act":"view","scope":"all"}]}`:               404,
			`{"title":"y","reason":"x","grants":[{"area":"moon","act":"view","scope":"all"}]}`:                                 422,
			`{"title":"y","reason":"","grants":[{"area":"money","act":"view","scope":"all"}]}`:                                 422,
			`{"title":"y","reason":"x","grants":[]}`:                                                                           422,
			`{"name":"administrator","reason":"x","grants":[{"area":"*","act":"view","scope":"all"}]}`:                         422,
			`{"title":"y","reason":"x","grants":[{"area":"money","act":"view","scope":"all","until":"2001-01-01T00:00:00Z"}]}`: 422,
		} {
			if code := call("POST", "/roles", body, nil); code != want {
				t.Errorf("%s: %d, want %d", body, code, want)
			}
		}
		if code := call("POST", "/roles/technician/remove", `{}`, nil); code != 409 {
			t.Errorf("taking away what ships: %d", code)
		}
		var gone out
		if code := call("POST", "/roles/clerk/remove", `{}`, &gone); code != 200 || !gone.Done || len(gone.Effects) != 1 {
			t.Errorf("taking it away: %d %+v", code, gone)
		}
		if code := call("POST", "/roles/clerk/remove", `{}`, nil); code != 404 {
			t.Errorf("taking it away again: %d", code)
		}
	})
}
