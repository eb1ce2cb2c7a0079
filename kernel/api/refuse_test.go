package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/api"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/testkit/apptest"
	"steward/modules"
)

func TestAStaleChangeIsRefusedWithTheRecordAsItIs(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		c := program(t, p)
		path := "vendors/vendors/" + fmt.Sprint(c.want(201, "POST", "vendors/vendors", vendor)["id"])
		c.want(200, "PATCH", path, `{"name":"Acme Nordic AB"}`)
		for field, body := range map[string]string{"name": `{"name":"Mine"}`, "country": `{"country":"NO"}`} {
			got := c.want(409, "PATCH", path, body, "If-Match", `"v1"`)
			if now := got["current"].(map[string]any); now["name"] != "Acme Nordic AB" || now["version"] != json.Number("2") || got["your_version"] != json.Number("1") || !strings.Contains(body, fmt.Sprint(got["yours"].(map[string]any)[field])) {
				t.Errorf("conflict: %v", got)
			}
		}
		c.want(409, "DELETE", path, "", "If-Match", `"v1"`)
		c.want(400, "PATCH", path, `{"name":"Mine"}`, "If-Match", `v1 or so`)
		c.want(200, "PATCH", path, `{"name":"Mine"}`, "If-Match", `"v2"`)
	})
}

func TestWhatDidNotChangeIsNotSentAgain(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	c := program(t, p)
	path := "vendors/vendors/" + fmt.Sprint(c.want(201, "POST", "vendors/vendors", vendor)["id"])
	for _, path := range []string{path, "vendors/vendors", "openapi.json", path + "/history"} {
		_, _, head := c.do("GET", path, "")
		c.want(304, "GET", path, "", "If-None-Match", head.Get("ETag"))
		c.want(200, "GET", path, "", "If-None-Match", `"another"`)
	}
}

func TestTheSameKeyDoesAPostOnce(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		c := program(t, p)
		first := c.want(201, "POST", "vendors/vendors", vendor, "Idempotency-Key", "k1")
		status, again, head := c.do("POST", "vendors/vendors", vendor, "Idempotency-Key", "k1")
		if status != 201 || again["id"] != first["id"] || head.Get("ETag") != `"v1"` || head.Get("Location") == "" {
			t.Errorf("sent again: %d %v %v", status, again, head)
		}
		c.want(422, "POST", "vendors/vendors", `{"name":"Other","country":"SE","state":"approved"}`, "Idempotency-Key", "k1")
		c.want(422, "POST", "vendors/vendors", `{"name":"Other"}`, "Idempotency-Key", "k2")
		c.want(201, "POST", "vendors/vendors", `{"name":"Other","country":"SE","state":"approved"}`, "Idempotency-Key", "k2")
		p.Clock.Advance(25 * time.Hour)
		if late := c.want(201, "POST", "vendors/vendors", vendor, "Idempotency-Key", "k1"); late["id"] == first["id"] {
			t.Error("a key lasts longer than a day")
		}
		// Many at once under one key make one record.
		results := make(chan string, 8)
		for range cap(results) {
			go func() {
				req, _ := http.NewRequest("POST", c.b.Base+"/api/v1/vendors/vendors", strings.NewReader(`{"name":"Race","country":"SE","state":"approved"}`))
				req.Header.Set("Authorization", "Bearer "+c.token)
				req.Header.Set("Content-Type", "application/json")
				req.Header.Set("Idempotency-Key", "race")
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					results <- err.Error()
					return
				}
				defer res.Body.Close()
				var out map[string]any
				json.NewDecoder(res.Body).Decode(&out)
				results <- fmt.Sprint(out["id"])
			}()
		}
		ids := map[string]bool{}
		for range cap(results) {
			ids[<-results] = true
		}
		if len(ids) != 1 {
			t.Errorf("one key made %v", ids)
		}
	})
}

func TestAllThatIsWrongIsToldAtOnce(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	c := program(t, p)
	got := c.want(422, "POST", "vendors/vendors", `{"name":5,"country":"Sweden","email":"nobody","website":"javascript:x","nothing":1}`)
	told := map[string]bool{}
	for _, one := range got["errors"].([]any) {
		told[one.(map[string]any)["field"].(string)] = true
	}
	for _, field := range []string{"name", "country", "email", "website", "nothing"} {
		if !told[field] {
			t.Errorf("%s is not told: %v", field, got["errors"])
		}
	}
	b := p.Browser(t, p.Person(t, "Root", access.Administrator, access.MISManager))
	a := b.Post("/vendors/vendors", url.Values{"name": {""}, "state": {"approved"}, "country": {"Sweden"}, "email": {"nobody"}})
	for _, field := range []string{"name", "country", "email"} {
		if a.Status != 422 || !strings.Contains(a.Body, `href="#f-`+field+`"`) {
			t.Errorf("the form answers %d and does not tell what is wrong with %s", a.Status, field)
		}
	}
}

func TestWrongRequestsAreRefusedAsTheyShould(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		c := program(t, p)
		id := fmt.Sprint(c.want(201, "POST", "vendors/vendors", vendor)["id"])
		one := "vendors/vendors/" + id
		for _, bad := range []struct {
			status             int
			method, path, body string
			head               []string
		}{
			{400, "POST", "vendors/vendors", `{"name":`, nil},
			{400, "POST", "vendors/vendors", `[]`, nil},
			{400, "POST", "vendors/vendors", `null`, nil},
			{400, "POST", "vendors/vendors", vendor + vendor, nil},
			{400, "POST", "vendors/vendors", "{\"name\":\"\xff\"}", nil},
			{400, "POST", "vendors/vendors", `{"name":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`, nil},
			{413, "POST", "vendors/vendors", `{"notes":"` + strings.Repeat("x", 3<<20) + `"}`, nil},
			{415, "POST", "vendors/vendors", vendor, []string{"Content-Type", "text/plain"}},
			{415, "POST", "vendors/vendors", vendor, []string{"Content-Type", "application/x-www-form-urlencoded"}},
			{415, "POST", "vendors/vendors", vendor, []string{"Content-Encoding", "gzip"}},
			{400, "POST", "vendors/vendors", `{"name":"A","country":"SE","name":"B"}`, nil},
			{400, "PATCH", one, `{"name":"A","owner":{"a":1,"a":2}}`, nil},
			{406, "GET", "vendors/vendors", "", []string{"Accept", "text/html"}},
			{405, "PUT", one, vendor, nil},
			{405, "DELETE", "vendors/vendors", "", nil},
			{404, "GET", "vendors/nothing", "", nil},
			{404, "GET", "vendors/vendors/nobody", "", nil},
			{404, "GET", "vendors/vendors/%00", "", nil},
			{404, "GET", "vendors/vendors/%ff", "", nil},
			{404, "GET", "vendors/vendors/VEN-9999", "", nil},
			{404, "GET", "vendors/vendors/VEN-99999999999999999999", "", nil},
			{422, "POST", "vendors/vendors", `{}`, nil},
			{422, "POST", "vendors/vendors", `{"name":5,"country":"SE","state":"approved"}`, nil},
			{422, "POST", "vendors/vendors", `{"name":"a\u0000b","country":"SE","state":"approved"}`, nil},
			{422, "POST", "vendors/vendors", `{"name":"A","country":"Sweden","state":"approved"}`, nil},
			{422, "POST", "vendors/vendors", `{"name":"A","country":"SE","state":"sometimes"}`, nil},
			{422, "PATCH", one, `{"name":null}`, nil},
			{422, "PATCH", one, `{"owner":"nobody"}`, nil},
			{422, "PATCH", one, `{"owner":"` + id + `"}`, nil},
			{422, "PATCH", one, `{"id":"x"}`, nil},
			{422, "PATCH", one, `{"number":7}`, nil},
			{422, "PATCH", one, `{"nothing":7}`, nil},
			{422, "GET", "vendors/vendors?limit=501", "", nil},
			{422, "GET", "vendors/vendors?limit=0", "", nil},
			{422, "GET", "vendors/vendors?nothing=1", "", nil},
			{422, "GET", "vendors/vendors?website=x", "", nil},
			{422, "GET", "vendors/vendors?name.lt=x", "", nil},
			{422, "GET", "vendors/vendors?sort=website", "", nil},
			{422, "GET", "vendors/vendors?sort=name%3Bdrop", "", nil},
			{422, "GET", "vendors/vendors?fields=secret", "", nil},
			{422, "GET", "vendors/vendors?after=nonsense", "", nil},
			{422, "GET", "vendors/vendors?after=eyJ2Ijp7fSwiaSI6IngifQ", "", nil},
			{422, "GET", "vendors/vendors?q=%00", "", nil},
			{422, "GET", "vendors/vendors?state=%ff", "", nil},
			{422, "GET", "vendors/vendors?processor=perhaps", "", nil},
			{400, "GET", "vendors/vendors?name=%zz", "", nil},
			{422, "GET", "search", "", nil},
			{422, "POST", one + "/comments", `{"body":""}`, nil},
			{422, "POST", one + "/comments", `{"text":"x"}`, nil},
			{401, "GET", "vendors/vendors", "", []string{"Authorization", "Bearer stw_nothing"}},
			{401, "GET", "vendors/vendors", "", []string{"Authorization", "Basic x"}},
		} {
			got := c.want(bad.status, bad.method, bad.path, bad.body, bad.head...)
			if got["status"] != json.Number(fmt.Sprint(bad.status)) || got["detail"] == "" || got["title"] == "" {
				t.Errorf("%s %s: not a problem: %v", bad.method, bad.path, got)
			}
		}
		got := c.want(422, "POST", "vendors/vendors", `{"website":5}`, "Accept-Language", "de")["errors"].([]any)
		if len(got) < 2 {
			t.Errorf("all problems are told at once: %v", got)
		}
	})
}

func TestFiltersAreValuesAndNotSQL(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		c := program(t, p)
		c.want(201, "POST", "vendors/vendors", vendor)
		for _, attack := range []string{`' OR 1=1 --`, `"; DROP TABLE vendors_vendor; --`, `%`, `_`, `\`, `') UNION SELECT 1 --`, `$1`, `'||(SELECT 1)||'`} {
			for _, name := range []string{"name", "name.is", "country", "state", "owner", "q", "tag", "sort", "after", "fields", "archived"} {
				status, out, _ := c.do("GET", "vendors/vendors?"+name+"="+url.QueryEscape(attack), "")
				if status != 200 && status != 422 {
					t.Errorf("%s=%s: %d %v", name, attack, status, out)
				}
				if found, _ := out["records"].([]any); len(found) > 0 && name != "archived" {
					t.Errorf("%s=%s finds %v", name, attack, found)
				}
			}
		}
		if got := c.want(200, "GET", "vendors/vendors", "")["records"].([]any); len(got) != 1 {
			t.Errorf("left: %v", got)
		}
	})
}

func TestASessionIsTakenFromTheOwnSiteOnly(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	manager := p.Person(t, "Helena Lindqvist", access.MISManager)
	p.Do(t, func(u *records.Tx) error {
		return signin.SetPassword(u, manager.Person, "a long enough passphrase", "")
	})
	c := &client{t: t, b: p.Browser(t, manager), p: p}
	c.want(200, "GET", "me", "")
	c.want(201, "POST", "vendors/vendors", vendor, "Origin", c.b.Base)
	c.want(403, "POST", "vendors/vendors", vendor, "Origin", "https://evil.example")
	c.want(403, "POST", "vendors/vendors", vendor, "Sec-Fetch-Site", "cross-site")
}

func TestATokenGivesNoMoreThanItsScopes(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	manager := p.Person(t, "Helena Lindqvist", access.Administrator, access.MISManager)
	c := clientOf(t, p, manager, access.TokenScope{Area: access.Vendors, Act: access.View})
	c.want(200, "GET", "vendors/vendors", "")
	c.want(403, "POST", "vendors/vendors", vendor)
	c.want(404, "GET", "org/people", "")
}

func TestTooManyRequestsHaveToWait(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	c := program(t, p)
	c.token = "stw_wrong"
	for range 10 {
		c.want(401, "GET", "me", "")
	}
	c.want(429, "GET", "me", "")
	p.Clock.Advance(2 * time.Second)
	c.want(401, "GET", "me", "")
}

// TestTheAPIAnswersAsTheDecisionSays tries every act of every built-in role on a
// record of every type.
func TestTheAPIAnswersAsTheDecisionSays(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		clients := map[string]*client{}
		actors := map[string]*access.Actor{}
		for _, role := range access.Roles() {
			actors[role.Name] = p.Person(t, "Person "+role.Name, role.Name)
			clients[role.Name] = clientOf(t, p, actors[role.Name])
		}
		for _, d := range p.Registry.Defs() {
			if d.IsInternal {
				continue
			}
			var id string
			err := p.DB.Update(t.Context(), access.System(), func(u *records.Tx) error {
				rec, err := apptest.Sample(u, d, 1)
				if err == nil {
					err = d.Create(u, rec)
				}
				id = records.Record{Def: d, V: rec}.ID()
				return err
			})
			if err != nil {
				t.Logf("%s is not tried: its own rule wants more than a sample has: %v", d.Name, err)
				continue
			}
			p.Clock.Advance(time.Second) // or it were too many requests at once
			path := strings.TrimPrefix(d.Path(""), "/")
			for role, c := range clients {
				may := map[access.Act]bool{}
				any := map[access.Act]bool{}
				p.Look(t, access.System(), func(v *records.View) error {
					rec, err := d.Get(v, id)
					if err != nil {
						return err
					}
					asked := *v
					asked.Actor = actors[role]
					s, err := d.Subject(v, rec.V)
					for _, act := range access.Acts {
						may[act] = access.Decide(actors[role], act, s, v.Now).Allowed
						any[act] = d.MayAny(&asked, act)
					}
					return err
				})
				// status picks what is answered by what may be done.
				status := func(act access.Act, done int) int {
					switch {
					case !may[access.View]:
						return 404
					case d.Unwritten():
						return 405
					case !may[act]:
						return 403
					}
					return done
				}
				tries := []struct {
					name, method, path, body string
					want                     int
				}{
					{"list", "GET", path, "", map[bool]int{true: 200, false: 404}[any[access.View]]},
					{"view", "GET", path + "/" + id, "", map[bool]int{true: 200, false: 404}[may[access.View]]},
					{"history", "GET", path + "/" + id + "/history", "", map[bool]int{true: 200, false: 404}[may[access.View]]},
					{"edit", "PATCH", path + "/" + id, "{}", status(access.Edit, 200)},
					{"archive", "DELETE", path + "/" + id, "", status(access.Archive, 200)},
					{"restore", "POST", path + "/" + id + "/restore", "", status(access.Archive, 200)},
				}
				add := 422 // allowed, but an empty record is not one
				switch {
				case d.Unwritten():
					add = 405
				case !any[access.Add] && any[access.View]:
					add = 403
				case !any[access.Add]:
					add = 404
				}
				tries = append(tries, struct {
					name, method, path, body string
					want                     int
				}{"add", "POST", path, "{}", add})
				for _, try := range tries {
					got, out, _ := c.do(try.method, try.path, try.body)
					if d.Unwritten() && (got == 405 || got == 404) && try.method != "GET" {
						continue // people do not write it, whoever asks
					}
					if got != try.want {
						t.Errorf("%s, %s of %s: %d, the decision says %d: %v", role, try.name, d.Name, got, try.want, out["detail"])
					}
				}
			}
		}
	})
}

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{vendor, `{"a":[1,{"b":null}]}`, `{"a":"\ud800"}`, "{", `{"a":1e999}`, strings.Repeat("[", 100), `{"\u0000":""}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		out, err := api.Object(raw)
		if err == nil && !json.Valid(raw) {
			t.Errorf("%q is taken as %v", raw, out)
		}
	})
}
