package modules_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/decisions"
	"steward/kernel/figures"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/testkit/apptest"
	"steward/kernel/web"
	"steward/modules"
	"steward/modules/bridge"
	"steward/modules/privacy"
)

// The matrix: every route of the program, tried by a person of every role and by
// nobody, and for the routes of records on a record of every type. What is to be
// answered follows from the policies; a route that is not here fails the test.

// asked is what a rule may look at: who asks, with a view as they see it.
type asked struct {
	actor *access.Actor
	view  *records.View
	given *given
}

// given is what the routes with a name in them are tried on.
type given struct {
	decision *decisions.Decision
	figure   *figures.Figure
	person   string
}

// rule says whether somebody is let in; refused is 403 or 404, let in anything else
// that is not a fault of the program.
type rule func(a asked) bool

func signed(asked) bool { return true }

// unknown: the address names something that is nobody's here, so all are refused.
func unknown(asked) bool { return false }

func may(act access.Act, area string) rule {
	return func(a asked) bool {
		return access.MayIn(a.actor, access.View, area, a.view.Now) && access.MayIn(a.actor, act, area, a.view.Now)
	}
}

// connects: what is read from databases is for those who may edit all business data.
func connects(a asked) bool {
	return may(access.Add, access.Data)(a) && slices.Contains(access.HeldScopes(a.actor, access.Edit, access.Data, access.Ordinary, a.view.Now), access.All)
}

func decides(a asked) bool {
	ok, err := decisions.MayDecide(a.view, a.given.decision)
	return ok && err == nil
}

func sees(a asked) bool {
	ok, err := decisions.MaySee(a.view, a.given.decision)
	return ok && err == nil
}

func seesFigure(a asked) bool {
	ok, err := figures.MaySee(a.view, a.given.figure, figures.Organisation)
	return ok && err == nil
}

// erases: an erasure is asked for by who may archive all that concerns personal data and
// sees the person; these also edit it, so they keep holds.
func erases(a asked) bool {
	_, err := org.Persons.Get(a.view, records.ID[org.Person](a.given.person))
	return err == nil && slices.Contains(access.HeldScopes(a.actor, access.Archive, access.Compliance, access.Ordinary, a.view.Now), access.All)
}

// readsHeld: what is held of a person is for that person and for who may export all that
// concerns personal data and see the person.
func readsHeld(a asked) bool {
	_, err := privacy.Collect(a.view, a.given.person)
	return err == nil && privacy.MayRead(a.view, a.given.person)
}

// matrix is what people may do with the routes that are not of one record type.
// Public routes are let in without signing in.
var matrix = map[string]rule{
	"GET /palette": signed, "GET /search": signed, "GET /pick/{type}/{field}": signed,
	"GET /{$}": signed, "GET /figures": signed, "GET /inbox": signed,
	"GET /figures/{key}":                   seesFigure,
	"POST /figures/{key}/compute":          func(a asked) bool { return access.MayIn(a.actor, access.Edit, a.given.figure.Area, a.view.Now) },
	"POST /figures/{key}/targets":          func(a asked) bool { return bridge.MaySetTarget(a.view, a.given.figure) },
	"POST /figures/{key}/targets/{id}/end": unknown,
	"GET /decisions/{id}":                  sees,
	"POST /decisions/{id}":                 decides,
	"POST /decisions/{id}/agree":           decides,
	"POST /decisions/{id}/delegate":        decides,
	"POST /decisions/{id}/ask":             decides,
	"POST /decisions/{id}/answer":          unknown, // nobody was asked
	"POST /decisions/{id}/reopen":          sees,    // it is open: all who see it are told so
	"GET /settings/limits":                 may(access.View, access.Settings),
	"POST /settings/limits":                may(access.Admin, access.Settings),
	"GET /vendors/renewals":                may(access.View, access.Vendors),
	"GET /infrastructure/duplicates":       may(access.View, access.Infrastructure),
	"POST /infrastructure/duplicates":      unknown, // no such pair
	"GET /infrastructure/add-host":         may(access.Add, access.Infrastructure),
	"POST /infrastructure/add-host":        may(access.Add, access.Infrastructure),
	"GET /systems/impact":                  may(access.View, access.Systems),
	"GET /data/upload":                     may(access.Add, access.Data),
	"POST /data/upload":                    may(access.Add, access.Data),
	"GET /data/connect":                    connects,
	"POST /data/connect":                   connects,
	"GET /money/actuals":                   may(access.View, access.Money),
	"GET /reports":                         may(access.View, access.Bridge),
	"GET /reports/monthly":                 may(access.View, access.Bridge),
	"GET /settings/reports":                may(access.View, access.Settings),
	"POST /settings/reports":               may(access.Admin, access.Settings),
	"GET /setup":                           may(access.Admin, access.Settings),
	"POST /setup":                          may(access.Admin, access.Settings),
	"GET /settings/accounts":               may(access.View, access.Settings),
	"POST /settings/accounts":              may(access.Admin, access.Settings),
	"GET /settings/accounts/{person}":      may(access.View, access.Settings),
	"POST /settings/accounts/{person}":     may(access.Admin, access.Settings),
	"GET /settings/roles":                  may(access.View, access.Settings),
	"GET /settings/roles/new":              may(access.Admin, access.Settings),
	"POST /settings/roles/new":             may(access.Admin, access.Settings),
	"GET /settings/roles/{role}":           unknown, // no such role
	"POST /settings/roles/{role}":          unknown,
	"GET /settings/grants":                 may(access.View, access.Settings),
	"POST /settings/grants":                may(access.Admin, access.Settings),
	"GET /settings/jobs":                   may(access.View, access.Settings),
	"POST /settings/jobs":                  may(access.Admin, access.Settings),
	"GET /settings/fields":                 may(access.View, access.Settings),
	"POST /settings/fields":                may(access.Admin, access.Settings),
	"GET /settings/log":                    may(access.View, access.Settings),
	"GET /settings/tokens":                 signed, "POST /settings/tokens": signed,
	"GET /access":  may(access.View, access.Settings),
	"GET /sign-in": signed, "POST /sign-in": signed, "GET /sign-in/code": signed, "POST /sign-in/code": signed,
	"GET /sign-in/openid": unknown, "GET /sign-in/openid/back": unknown, "POST /sign-in/openid/logout": unknown, // not set up
	"POST /sign-in/passkey/start": signed, "POST /sign-in/passkey": signed,
	"GET /welcome/{secret}": signed, "POST /welcome/{secret}": signed,
	"POST /sign-out": signed, "GET /account": signed, "POST /account": signed,
	"POST /account/sessions": unknown, "POST /account/passkeys/start": signed, "POST /account/passkeys": signed, "POST /account/passkeys/remove": unknown,
	"GET /settings/sign-in":  may(access.View, access.Settings),
	"POST /settings/sign-in": may(access.Admin, access.Settings),
	"GET /imports/{id}":      unknown, "POST /imports/{id}": unknown, "GET /imports/{id}/problems.csv": unknown,
	"GET /changes/{id}": unknown, "POST /changes/{id}": unknown,
	"GET /webhooks/deliveries":       may(access.Admin, access.Settings),
	"POST /webhooks/deliveries":      may(access.Admin, access.Settings),
	"POST /webhooks/deliveries/{id}": may(access.Admin, access.Settings),
	"GET /notifications":             signed, "POST /notifications": signed, "GET /notifications/{id}": unknown,
	"GET /privacy/me":              signed,
	"GET /privacy/people/{person}": readsHeld, "GET /privacy/people/{person}/held.json": readsHeld,
	"GET /privacy/people/{person}/erase": erases, "POST /privacy/people/{person}/erase": erases, "POST /privacy/people/{person}/holds": erases,
	"GET /notifications/settings": signed, "POST /notifications/settings": signed, "POST /follow/{type}/{id}": unknown,
}

// ofType is what people may do with the routes that every record type has, by what
// follows the type's address; on one record where there is an {id}.
var ofType = map[string]func(t typeAsked) bool{
	"GET ":             func(t typeAsked) bool { return t.any[access.View] },
	"GET .csv":         func(t typeAsked) bool { return t.any[access.Export] },
	"GET .xlsx":        func(t typeAsked) bool { return t.any[access.Export] },
	"GET /new":         func(t typeAsked) bool { return t.any[access.Add] && !t.def.Unwritten() },
	"POST ":            func(t typeAsked) bool { return t.any[access.Add] && !t.def.Unwritten() },
	"GET /{id}":        func(t typeAsked) bool { return t.one[access.View] },
	"GET /{id}/edit":   func(t typeAsked) bool { return t.edits() },
	"POST /{id}":       func(t typeAsked) bool { return t.edits() },
	"POST /{id}/undo":  func(t typeAsked) bool { return false }, // no such entry
	"POST /{id}/tag":   func(t typeAsked) bool { return t.one[access.View] && t.one[access.Edit] },
	"POST /{id}/files": func(t typeAsked) bool { return t.edits() },
	"POST /{id}/comment": func(t typeAsked) bool {
		return t.one[access.View] && !slices.Contains(t.actor.Roles, access.Auditor)
	},
	"GET /{id}/files/{file}": func(t typeAsked) bool { return false }, // no such file
	"POST /{id}/archive":     func(t typeAsked) bool { return t.one[access.View] && t.one[access.Archive] },
	"POST /{id}/restore":     func(t typeAsked) bool { return t.one[access.View] && t.one[access.Archive] },
	"GET /import":            func(t typeAsked) bool { return t.any[access.Import] },
	"POST /import":           func(t typeAsked) bool { return t.any[access.Import] },
	"GET /views":             func(t typeAsked) bool { return t.any[access.View] },
	"POST /views":            func(t typeAsked) bool { return t.any[access.View] },
	"POST /bulk":             func(t typeAsked) bool { return t.any[access.Edit] },
}

// more are routes that modules give single record types.
var more = map[string]func(t typeAsked) bool{
	"GET /infrastructure/hosts/{id}/software":  func(t typeAsked) bool { return t.one[access.View] },
	"GET /infrastructure/hosts/{id}/updates":   func(t typeAsked) bool { return t.one[access.View] },
	"POST /infrastructure/hosts/{id}/unmerge":  func(t typeAsked) bool { return t.one[access.View] }, // all who see it are told that it was never merged
	"POST /infrastructure/software/{id}/allow": func(t typeAsked) bool { return t.one[access.View] && t.one[access.Edit] },
	"POST /infrastructure/software/{id}/block": func(t typeAsked) bool { return t.one[access.View] && t.one[access.Edit] },
	"POST /data/data-sources/{id}/deliver":     func(t typeAsked) bool { return t.one[access.View] && t.one[access.Edit] },
	"POST /data/data-sources/{id}/read":        func(t typeAsked) bool { return t.one[access.View] && t.one[access.Edit] },
	"GET /data/data-sources/{id}/metric":       func(t typeAsked) bool { return t.one[access.View] && t.any[access.Add] },
	"POST /data/data-sources/{id}/metric":      func(t typeAsked) bool { return t.one[access.View] && t.any[access.Add] },
	"POST /data/deliveries/{id}/accept":        func(t typeAsked) bool { return t.one[access.View] && t.one[access.Edit] },
	"GET /data/deliveries/{id}/{what}":         func(t typeAsked) bool { return false }, // nothing was delivered
	"GET /data/metrics/{id}/explore":           func(t typeAsked) bool { return t.one[access.View] },
	"GET /data/metrics/{id}/rows":              func(t typeAsked) bool { return t.one[access.View] },
	"GET /data/metrics/{id}/answer":            func(t typeAsked) bool { return t.one[access.View] && t.one[access.Export] },
}

// forms are what is sent beside nothing, where nothing would be refused for itself.
var forms = map[string]url.Values{
	"POST /{id}/tag": {"tag": {"matrix"}}, "POST /{id}/comment": {"body": {"Tried."}}, "POST /bulk": {"do": {"change"}, "every": {"true"}},
	"POST /settings/reports": {"do": {"remove"}}, "POST /settings/fields": {"type": {"vendors.vendor"}},
}

// typeAsked is what somebody may do to any record of a type, and to the one tried.
type typeAsked struct {
	actor    *access.Actor
	def      *records.Def
	any, one map[access.Act]bool
}

func (t typeAsked) edits() bool {
	return t.one[access.View] && t.one[access.Edit] && !t.def.Unwritten()
}

// letIn tells how the program answered: let in, refused, or neither.
func letIn(a apptest.Answer) (in, known bool) {
	switch {
	case a.Status == http.StatusForbidden || a.Status == http.StatusNotFound:
		return false, true
	case a.Status == http.StatusSeeOther && strings.HasPrefix(a.Header.Get("Location"), "/sign-in"):
		return false, true
	case a.Status >= 500:
		return false, false
	}
	return true, true
}

// try sends a route's method to an address, as a page of the program would.
func try(b *apptest.Browser, method, path, pattern string) apptest.Answer {
	if method == http.MethodGet {
		return b.Get(path)
	}
	return b.Post(path, forms[pattern])
}

func TestEveryRouteIsTriedByEveryRoleAndAnswersAsThePoliciesSay(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		people := map[string]*access.Actor{}
		for _, role := range access.Roles() {
			people[role.Name] = p.Person(t, "Person "+role.Name, role.Name)
		}
		g := somethingGiven(t, p)
		g.person = people[access.Employee].Person
		browsers := map[string]*apptest.Browser{}
		for role, actor := range people {
			browsers[role] = p.Browser(t, actor)
		}
		inType := map[string]bool{}
		for _, d := range p.Registry.Defs() {
			if !d.IsInternal {
				for suffix := range ofType {
					method, rest, _ := strings.Cut(suffix, " ")
					inType[method+" "+d.Path("")+rest] = true
				}
			}
		}
		replace := strings.NewReplacer("{key}", g.figure.Key, "{person}", g.person, "{type}", "vendors.contract", "{field}", "vendor", "{secret}", "none", "{$}", "")
		nobody := p.Browser(t, nil)
		seen := map[string]bool{}
		for _, rt := range p.Site.All() {
			seen[rt.Pattern] = true
			if inType[rt.Pattern] || more[rt.Pattern] != nil {
				continue
			}
			rule := matrix[rt.Pattern]
			if rule == nil {
				t.Errorf("%s is not in the matrix: say who may", rt.Pattern)
				continue
			}
			method, path, _ := strings.Cut(rt.Pattern, " ")
			id := "0195-none"
			if strings.HasPrefix(path, "/decisions/") {
				id = g.decision.ID
			}
			path = replace.Replace(strings.ReplaceAll(path, "{id}", id))
			if path == "/access" {
				path += "?ref=vendors.contract/" + second(g.decision.Subject)
			}
			a := try(nobody, method, path, rt.Pattern)
			if in, _ := letIn(a); !rt.Public && (in && a.Status != http.StatusUnauthorized) {
				t.Errorf("%s for nobody: %d", rt.Pattern, a.Status)
			}
			for role, actor := range people {
				want := false
				p.Look(t, actor, func(v *records.View) error { want = rule(asked{actor, v, g}); return nil })
				if path == "/sign-out" {
					browsers[role] = p.Browser(t, actor)
				}
				a := try(browsers[role], method, path, rt.Pattern)
				if path == "/sign-out" {
					in, known := letIn(apptest.Answer{Status: a.Status})
					if browsers[role] = p.Browser(t, actor); in && known {
						continue
					}
				}
				if in, known := letIn(a); !known || in != want {
					t.Errorf("%s for %s: %d, the policies say %v", rt.Pattern, role, a.Status, want)
				}
			}
		}
		for pattern := range matrix {
			if !seen[pattern] {
				t.Errorf("%s is in the matrix and not in the program", pattern)
			}
		}
	})
}

func second(ref records.Ref) string {
	_, id := ref.Split()
	return id
}

// somethingGiven makes a decision that waits, and finds a figure.
func somethingGiven(t *testing.T, p *apptest.Program) *given {
	t.Helper()
	g := &given{}
	p.Do(t, func(u *records.Tx) error {
		d := p.Registry.Def("vendors.contract")
		rec, err := apptest.Sample(u, d, 1)
		if err != nil {
			return err
		}
		d.SetValue(rec, "state", "active")
		d.SetValue(rec, "starts", "2025-01-01")
		d.SetValue(rec, "ends", "2026-03-31")
		d.SetValue(rec, "renews_months", int64(12))
		return d.Create(u, rec)
	})
	if err := p.Refresh(context.Background()); err != nil {
		t.Fatal(err)
	}
	p.Look(t, access.System(), func(v *records.View) error {
		list, err := decisions.List(v, decisions.All, 100)
		for _, d := range list {
			if d.Area == access.Vendors {
				g.decision = d
			}
		}
		g.figure = figures.SetOf(v).Figure("bridge.people-placed")
		return err
	})
	if g.decision == nil || g.figure == nil {
		t.Fatal("there is no decision or no figure to try")
	}
	return g
}

func TestEveryRouteOfEveryRecordTypeIsTriedByEveryRole(t *testing.T) {
	run := apptest.Each
	if os.Getenv("STEWARD_LONG") == "" { // thousands of answers: one database in an ordinary run
		run = func(t *testing.T, modules []app.Module, fn func(*testing.T, *apptest.Program)) {
			fn(t, apptest.SQLite(t, modules))
		}
	}
	run(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		people := map[string]*access.Actor{}
		browsers := map[string]*apptest.Browser{}
		for _, role := range access.Roles() {
			people[role.Name] = p.Person(t, "Person "+role.Name, role.Name)
		}
		for role, actor := range people {
			browsers[role] = p.Browser(t, actor)
		}
		routes := map[string]bool{}
		for _, rt := range p.Site.All() {
			routes[rt.Pattern] = true
		}
		tried, turn := 0, 0
		for _, d := range p.Registry.Defs() {
			if d.IsInternal {
				continue
			}
			turn++
			for _, role := range slices.Sorted(maps.Keys(people)) {
				actor := people[role]
				// One record that the person's own scopes reach as far as a field can make them, one of nobody.
				for _, own := range []bool{true, false} {
					if turn++; os.Getenv("STEWARD_LONG") == "" && turn%2 == 0 {
						continue // an ordinary run takes them in turn
					}
					id := oneOf(t, p, d, actor, own)
					if id == "" {
						t.Errorf("%s: a sample is refused by its own rule; give it an Example", d.Name)
						continue
					}
					ta := typeAsked{actor, d, map[access.Act]bool{}, map[access.Act]bool{}}
					p.Look(t, access.System(), func(v *records.View) error {
						rec, err := d.Get(v, id)
						if err != nil {
							return err
						}
						as := *v
						as.Actor = actor
						for _, act := range access.Acts {
							ta.any[act] = d.MayAny(&as, act)
							if ta.one[act], err = d.May(&as, act, rec.V); err != nil {
								return err
							}
						}
						return nil
					})
					rules := maps.Clone(ofType)
					for pattern, rule := range more {
						method, path, _ := strings.Cut(pattern, " ")
						if rest, ok := strings.CutPrefix(path, d.Path("")); ok && strings.HasPrefix(rest, "/{id}") {
							rules[method+" "+rest] = rule
						}
					}
					for suffix, rule := range rules {
						method, rest, _ := strings.Cut(suffix, " ")
						if !routes[method+" "+d.Path("")+rest] {
							continue // the type is not imported, say
						}
						path := d.Path("") + strings.NewReplacer("{id}", id, "{file}", "none", "{what}", "rows").Replace(rest)
						a := try(browsers[role], method, path, suffix)
						tried++
						if in, known := letIn(a); !known || in != rule(ta) {
							t.Errorf("%s %s%s for %s, own %v: %d, the policies say %v", method, d.Path(""), rest, role, own, a.Status, rule(ta))
						}
						if strings.HasSuffix(rest, "/archive") && a.Status == http.StatusSeeOther {
							p.Do(t, func(u *records.Tx) error { return d.Restore(u, id, records.AnyVersion) })
						}
					}
				}
			}
		}
		t.Logf("%d answers", tried)
	})
}

// oneOf makes a record of a type; own ones name the person wherever a scope is read from.
func oneOf(t *testing.T, p *apptest.Program, d *records.Def, actor *access.Actor, own bool) (id string) {
	t.Helper()
	p.Clock.Advance(time.Millisecond)
	nth := int(p.Clock.Now().UnixMilli() % 1_000_000)
	err := p.DB.Update(context.Background(), access.System(), func(u *storage.Update) error {
		rec, err := apptest.Sample(u, d, nth)
		if err != nil {
			return err
		}
		if own {
			for _, f := range d.Fields {
				if f.Scope != "" && f.Kind == records.Link && p.Registry.Targets(f)[0].Name == "org.person" {
					d.SetValue(rec, f.Name, actor.Person)
				}
			}
		}
		if err := d.Create(u, rec); err != nil {
			return err
		}
		id = records.Record{Def: d, V: rec}.ID()
		return nil
	})
	if err != nil {
		t.Logf("%s: %v", d.Name, err)
	}
	return id
}

// TestAFormOfAnotherSiteIsRefusedByEveryRoute holds every route that writes, of pages,
// API and agents alike, against requests that a page of somebody else would send.
func TestAFormOfAnotherSiteIsRefusedByEveryRoute(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	admin := p.Person(t, "Root", access.Administrator, access.MISManager)
	b := p.Browser(t, admin)
	secret := p.Session(t, admin)
	before := changes(t, p)
	n := 0
	for _, pattern := range writing(p) {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.NewReplacer("{$}", "", "{", "", "}", "").Replace(path)
		for what, head := range map[string]map[string]string{
			"another origin":       {"Origin": "https://evil.example"},
			"an opaque origin":     {"Origin": "null"},
			"another port":         {"Origin": "http://127.0.0.1:1"},
			"a fetch across sites": {"Sec-Fetch-Site": "cross-site"},
			"a sister site":        {"Sec-Fetch-Site": "same-site"},
			"no origin at all":     {},
		} {
			req, err := http.NewRequest(method, b.Base+path, strings.NewReader("name=x"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.AddCookie(&http.Cookie{Name: web.SessionCookie, Value: secret})
			for k, v := range head {
				req.Header.Set(k, v)
			}
			n++
			if a := b.Send(req); a.Status != http.StatusForbidden {
				t.Errorf("%s with %s: %d, want 403", pattern, what, a.Status)
			}
		}
	}
	if n < 500 {
		t.Errorf("only %d requests were tried", n)
	}
	if now := changes(t, p); now != before {
		t.Errorf("%d changes were made", now-before)
	}
}

// writing are the routes that change something.
func writing(p *apptest.Program) (out []string) {
	for _, rt := range p.Site.All() {
		if !strings.HasPrefix(rt.Pattern, "GET ") {
			out = append(out, rt.Pattern)
		}
	}
	for _, d := range p.Registry.Defs() {
		if !d.IsInternal && !d.Unwritten() {
			out = append(out, "POST /api/v1"+d.Path(""), "PATCH /api/v1"+d.Path("none"), "DELETE /api/v1"+d.Path("none"), "POST /api/v1"+d.Path("none")+"/restore", "POST /api/v1"+d.Path("none")+"/comments")
		}
	}
	for _, m := range modules.All() {
		for _, op := range m.Operations {
			if method, path, _ := strings.Cut(op.Route, " "); method != http.MethodGet {
				out = append(out, method+" /api/v1"+path)
			}
		}
	}
	return out
}

func changes(t *testing.T, p *apptest.Program) (n int) {
	t.Helper()
	p.Look(t, access.System(), func(v *records.View) error {
		_, err := v.Row("SELECT COUNT(*) FROM history", nil, &n)
		return err
	})
	return n
}
