package bridge_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/decisions"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
)

// call asks the API as the browser's person does.
func call(t *testing.T, b *apptest.Browser, method, path string, body any) apptest.Answer {
	t.Helper()
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	req, err := http.NewRequest(method, b.Base+"/api/v1/"+path, strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", b.Base)
	return b.Send(req)
}

// staff are a person of each role.
func staff(t *testing.T, p *apptest.Program) map[string]*apptest.Browser {
	out := map[string]*apptest.Browser{}
	for _, role := range access.Roles() {
		out[role.Name] = p.Browser(t, p.Person(t, "Person "+role.Name, role.Name))
	}
	return out
}

func TestWhoMayDecideMayByFormAndByAPIAlike(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program, id string, site *org.Site) {
		people := staff(t, p)
		other := p.Person(t, "Otto Other", access.MISManager)
		path := "/decisions/" + id
		// Only the manager approves in the area of people; who reads all of it sees the decision.
		reads := map[string]bool{access.MISManager: true, access.Administrator: true, access.Auditor: true, access.DPO: true}
		for name, b := range people {
			for _, act := range []struct {
				name string
				form url.Values
				body map[string]any
			}{
				{"ask", url.Values{"of": {other.Person}, "reason": {"Is it empty?"}}, map[string]any{"of": other.Person, "question": "Is it empty?"}},
				{"delegate", url.Values{"to": {other.Person}, "until": {"2026-02-20"}, "reason": {"Away."}}, map[string]any{"to": other.Person, "until": "2026-02-20", "reason": "Away."}},
				{"reopen", url.Values{"reason": {"Wrong."}}, map[string]any{"reason": "Wrong."}},
				{"agree", url.Values{"agrees": {"yes"}, "reason": {"Yes."}}, map[string]any{"agrees": true, "reason": "Yes."}},
			} {
				want := 404
				switch {
				case name == access.MISManager && (act.name == "reopen" || act.name == "agree"):
					want = 409 // nothing decided yet
				case name == access.MISManager:
					want = 200
				case reads[name] && act.name == "reopen":
					want = 409
				case reads[name]:
					want = 403
				}
				if got := b.Post(path+"/"+act.name, act.form).Status; got != want && !(want == 200 && got == 303) {
					t.Errorf("%s, form %s: %d, want %d", name, act.name, got, want)
				}
				if got := call(t, b, "POST", "decisions/"+id+"/"+act.name, act.body); got.Status != want {
					t.Errorf("%s, API %s: %d, want %d: %s", name, act.name, got.Status, want, got.Body)
				}
			}
			want := 404
			if reads[name] {
				want = 200
			}
			if got := b.Get(path).Status; got != want {
				t.Errorf("%s reads the page: %d, want %d", name, got, want)
			}
			if got := call(t, b, "GET", "decisions/"+id, nil).Status; got != want {
				t.Errorf("%s reads by the API: %d, want %d", name, got, want)
			}
			if name != access.MISManager {
				want = 404
				if reads[name] {
					want = 403
				}
				if got := call(t, b, "POST", "decisions/"+id+"/decide", map[string]any{"option": "keep", "reason": "We grow."}); got.Status != want {
					t.Errorf("%s decides by the API: %d, want %d", name, got.Status, want)
				}
				if got := b.Post(path, url.Values{"option": {"keep"}, "reason": {"We grow."}}).Status; got != want {
					t.Errorf("%s decides by the form: %d, want %d", name, got, want)
				}
			}
		}
		manager := people[access.MISManager]
		asked := p.Browser(t, other)
		if got := call(t, asked, "POST", "decisions/"+id+"/answer", map[string]any{"text": "It is."}); got.Status != 200 {
			t.Errorf("the person asked answers: %d %s", got.Status, got.Body)
		}
		if got := call(t, asked, "POST", "decisions/"+id+"/answer", map[string]any{"text": "Again."}); got.Status != 403 {
			t.Errorf("answers what was not asked: %d", got.Status)
		}
		if got := call(t, manager, "POST", "decisions/"+id+"/decide", map[string]any{"option": "keep", "reason": "We grow."}); got.Status != 200 || !strings.Contains(got.Body, `"state":"decided"`) {
			t.Fatalf("the manager decides: %d %s", got.Status, got.Body)
		}
		if got := call(t, people[access.Auditor], "POST", "decisions/"+id+"/reopen", map[string]any{"reason": "I would."}); got.Status != 403 {
			t.Errorf("an auditor opens it again: %d", got.Status)
		}
		if got := call(t, manager, "POST", "decisions/"+id+"/reopen", map[string]any{"reason": ""}); got.Status != 422 {
			t.Errorf("without a reason: %d", got.Status)
		}
		if got := manager.Post(path+"/reopen", url.Values{"reason": {"The lease was cancelled."}}).Status; got != 303 {
			t.Errorf("the manager opens it again: %d", got)
		}
		refresh(t, p)
		a := manager.Get(path)
		for _, want := range []string{"What shall be done?", "asked Otto Other", "answered", "opened it again", "The lease was cancelled."} {
			if !strings.Contains(a.Body, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
	})
}

func TestAPersonAskedSeesTheDecisionUntilTheAnswer(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program, id string, site *org.Site) {
		manager, emil := p.Browser(t, p.Person(t, "Mia", access.MISManager)), p.Person(t, "Emil", access.Employee)
		b := p.Browser(t, emil)
		if got := b.Get("/decisions/" + id).Status; got != 404 {
			t.Errorf("before: %d", got)
		}
		manager.Post("/decisions/"+id+"/ask", url.Values{"of": {emil.Person}, "reason": {"Who sits there?"}})
		if a := b.Get("/decisions/" + id); a.Status != 200 || !strings.Contains(a.Body, "Who sits there?") || strings.Contains(a.Body, `form="decide"`) {
			t.Errorf("asked: %d, wants the question and no form to decide", a.Status)
		}
		if got := b.Post("/decisions/"+id, url.Values{"option": {"keep"}, "reason": {"I like it."}}).Status; got != 403 {
			t.Errorf("decides: %d", got)
		}
		if got := b.Post("/decisions/"+id+"/answer", url.Values{"reason": {"Nobody."}}).Status; got != 303 {
			t.Errorf("answers: %d", got)
		}
		if got := b.Get("/decisions/" + id).Status; got != 404 {
			t.Errorf("afterwards: %d", got)
		}
	})
}

func TestTargetsAreSetByWhoApprovesAndColourTheFigureAtOnce(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program, _ string, _ *org.Site) {
		p.Do(t, func(u *records.Tx) error {
			return org.Persons.Create(u, &org.Person{Name: "Oscar Outside", External: true})
		})
		people := staff(t, p)
		refresh(t, p) // 1 of 10 from outside: 10 %, goal 50 %
		manager := people[access.MISManager]
		state := func() string {
			var out struct {
				State   string
				Target  *float64
				Targets []struct{ ID, Reason string }
			}
			a := call(t, manager, "GET", "figures/test.external", nil)
			if err := json.Unmarshal([]byte(a.Body), &out); err != nil || a.Status != 200 {
				t.Fatalf("%d %s", a.Status, a.Body)
			}
			return fmt.Sprint(out.State, " ", len(out.Targets))
		}
		if got := state(); got != "ok 0" {
			t.Fatalf("before: %s", got)
		}
		form := url.Values{"from": {"2026-02-01"}, "until": {"2026-02-28"}, "better": {"lower"}, "target": {"5"}, "limit": {"20"}, "reason": {"We hire."}}
		body := map[string]any{"from": "2026-02-01", "better": "lower", "target": 1, "limit": 2, "reason": "Harder."}
		for name, b := range people {
			want, byAPI := 404, 404
			switch name {
			case access.MISManager:
				continue
			case access.Administrator, access.Auditor, access.DPO, access.Executive:
				want, byAPI = 403, 403
			}
			if got := b.Post("/figures/test.external/targets", form).Status; got != want {
				t.Errorf("%s, form: %d, want %d", name, got, want)
			}
			if got := call(t, b, "POST", "figures/test.external/targets", body).Status; got != byAPI {
				t.Errorf("%s, API: %d, want %d", name, got, byAPI)
			}
		}
		if a := manager.Post("/figures/test.external/targets", form); a.Status != 303 {
			t.Fatalf("the manager: %d %s", a.Status, a.Body)
		}
		if got := state(); got != "warn 1" {
			t.Errorf("10 %% against 5 %%: %s", got)
		}
		if a := manager.Get("/"); !strings.Contains(a.Body, `class="st warn"`) || !strings.Contains(a.Body, "goal 5%") && !strings.Contains(a.Body, "goal 5 %") {
			t.Error("the Bridge does not show the new goal and its colour")
		}
		p.Clock.Advance(time.Second)
		if a := call(t, manager, "POST", "figures/test.external/targets", body); a.Status != 200 {
			t.Fatalf("by the API: %d %s", a.Status, a.Body)
		}
		refresh(t, p)
		if got := state(); got != "bad 2" {
			t.Errorf("10 %% against 2 %%: %s", got)
		}
		p.Clock.Advance(30 * 24 * time.Hour) // to March: the first has ended, the second holds
		for what, bad := range map[string]url.Values{
			"no number":      {"from": {"2026-02-01"}, "better": {"lower"}, "target": {"many"}, "reason": {"x"}},
			"no reason":      {"from": {"2026-02-01"}, "better": {"lower"}, "target": {"5"}},
			"no direction":   {"from": {"2026-02-01"}, "target": {"5"}, "reason": {"x"}},
			"the wrong side": {"from": {"2026-02-01"}, "better": {"lower"}, "target": {"5"}, "limit": {"1"}, "reason": {"x"}},
			"no day":         {"from": {"soon"}, "better": {"lower"}, "target": {"5"}, "reason": {"x"}},
			"an end before":  {"from": {"2026-02-01"}, "until": {"2026-01-01"}, "better": {"lower"}, "target": {"5"}, "reason": {"x"}},
			"nothing to set": {"from": {"2026-02-01"}, "better": {"lower"}, "reason": {"x"}},
			"another scope":  {"from": {"2026-02-01"}, "better": {"lower"}, "target": {"5"}, "reason": {"x"}, "scope": {"org.unit/none"}},
		} {
			if a := p.Browser(t, p.Person(t, "M "+what, access.MISManager)).Post("/figures/test.external/targets", bad); a.Status != 422 && !(what == "another scope" && a.Status == 404) {
				t.Errorf("%s: %d", what, a.Status)
			}
		}
		var told int
		p.Look(t, access.System(), func(v *records.View) error {
			_, err := v.Row("SELECT COUNT(*) FROM history WHERE type = 'setting' AND record = 'figure.target'", nil, &told)
			return err
		})
		if told != 2 {
			t.Errorf("the change log tells of %d changes, want 2", told)
		}
	})
}

func TestLimitsAreOfWhoMayChangeSettingsAndStandInTheChangeLog(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program, _ string, _ *org.Site) {
		form := url.Values{"default": {"500"}, "second": {access.Executive}, "role." + access.MISManager: {"1000"}, "kind.0": {"test.site"}, "currency.0": {"sek"}, "amount.0": {"70"}}
		body := decisions.Limits{Default: 400, More: []decisions.Limit{{Kind: "test.site", Amount: 5}}}
		for name, b := range staff(t, p) {
			want, byAPI := 404, 403
			switch name {
			case access.Administrator:
				want, byAPI = 303, 200
			case access.MISManager, access.Auditor:
				want = 403
			}
			if got := b.Post("/settings/limits", form); got.Status != want {
				t.Errorf("%s, form: %d, want %d", name, got.Status, want)
			}
			if got := call(t, b, "POST", "decision-limits", body); got.Status != byAPI {
				t.Errorf("%s, API: %d, want %d: %s", name, got.Status, byAPI, got.Body)
			}
		}
		admin := p.Browser(t, p.Person(t, "Ada", access.Administrator))
		admin.Post("/settings/limits", form)
		p.Look(t, p.Person(t, "Mia", access.MISManager), func(v *records.View) error {
			for _, c := range []struct {
				amount records.Money
				kind   string
				want   bool
			}{
				{records.Money{Minor: 999_00, Currency: "EUR"}, "test.site", false},
				{records.Money{Minor: 1000_00, Currency: "EUR"}, "test.site", true},
				{records.Money{Minor: 69_00, Currency: "SEK"}, "test.site", false},
				{records.Money{Minor: 70_00, Currency: "SEK"}, "test.site", true},
				{records.Money{Minor: 70_00, Currency: "SEK"}, "test.other", true}, // no rate: counts as above
			} {
				d := &decisions.Decision{Kind: c.kind, Ask: decisions.Ask{Amount: records.Some(c.amount)}}
				got, err := decisions.NeedsSecond(v, d, &decisions.Option{})
				if err != nil || got != c.want {
					t.Errorf("%+v of %s: %v %v, want %v", c.amount, c.kind, got, err, c.want)
				}
			}
			return nil
		})
		for what, bad := range map[string]url.Values{
			"no amount":     {"default": {"much"}},
			"below nothing": {"default": {"-1"}},
			"no currency":   {"default": {"1"}, "kind.0": {"test.site"}, "currency.0": {"XX"}, "amount.0": {"1"}},
			"no kind":       {"default": {"1"}, "kind.0": {"no.such"}, "amount.0": {"1"}},
			"no role":       {"default": {"1"}, "second": {"king"}},
			"twice":         {"default": {"1"}, "kind.0": {"test.site"}, "amount.0": {"1"}, "kind.1": {"test.site"}, "amount.1": {"2"}},
		} {
			if a := admin.Post("/settings/limits", bad); a.Status != 422 {
				t.Errorf("%s: %d", what, a.Status)
			}
		}
		var told int
		p.Look(t, access.System(), func(v *records.View) error {
			_, err := v.Row("SELECT COUNT(*) FROM history WHERE type = 'setting' AND record = 'decisions.limits'", nil, &told)
			return err
		})
		if told < 2 {
			t.Errorf("the change log tells of %d changes of the limits", told)
		}
	})
}

func TestADelegateWhoSeesNoPeopleCanAskWhoGaveItAway(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program, id string, site *org.Site) {
		mia, tom := p.Person(t, "Mia", access.MISManager), p.Person(t, "Tom", access.Technician)
		p.Browser(t, mia).Post("/decisions/"+id+"/delegate", url.Values{"to": {tom.Person}, "until": {"2099-01-01"}, "reason": {"He knows."}})
		body := p.Browser(t, tom).Get("/decisions/" + id).Body
		if !strings.Contains(body, `form="decide"`) || !strings.Contains(body, `<option value="`+mia.Person+`">Mia</option>`) {
			t.Error("the delegate cannot decide, or cannot ask the manager")
		}
		if strings.Contains(body, `action="/decisions/`+id+`/delegate"`) {
			t.Error("a delegate may delegate on")
		}
	})
}
