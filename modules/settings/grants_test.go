package settings_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/testkit/apptest"
)

var grantID = regexp.MustCompile(`name="id" value="([0-9a-f-]{36})"><button class="btn sm" name="do" value="remove"`)

func TestAGrantOpensWhatTheRoleDoesNotAndIsTakenBack(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		emil := p.Person(t, "Emil", access.Employee)
		his, admin := p.Browser(t, emil), p.Browser(t, p.Person(t, "Root", access.Administrator))
		if got := his.Get("/settings/log").Status; got != 404 && got != 403 {
			t.Fatalf("without a grant: %d", got)
		}
		form := url.Values{"do": {"add"}, "login": {apptest.Login("Emil")}, "area": {access.Settings}, "act": {"view"}, "scope": {"all"}, "effect": {"give"}, "reason": {"helps the auditor"}}
		if a := admin.Post("/settings/grants", form); a.Status != 303 {
			t.Fatalf("giving: %d %s", a.Status, a.Body)
		}
		if got := his.Get("/settings/log").Status; got != 200 {
			t.Errorf("with the grant: %d", got)
		}
		page := admin.Get("/settings/grants").Body
		if !strings.Contains(page, "Emil") || !strings.Contains(page, "helps the auditor") {
			t.Errorf("the grant is not listed: %s", page)
		}
		if got := his.Post("/settings/grants", form).Status; got != 403 {
			t.Errorf("who may only look adds a grant: %d", got)
		}
		id := grantID.FindStringSubmatch(page)
		if a := admin.Post("/settings/grants", url.Values{"do": {"remove"}, "id": {id[1]}}); a.Status != 303 {
			t.Fatalf("taking back: %d", a.Status)
		}
		if got := his.Get("/settings/log").Status; got == 200 {
			t.Error("what was taken back still opens the page")
		}
	})
}

func TestAWrongGrantIsRefusedAndWhatWasTypedStays(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		admin := p.Browser(t, p.Person(t, "Root", access.Administrator))
		p.Person(t, "Emil", access.Employee)
		for what, change := range map[string]url.Values{
			"nobody of that name":      {"login": {"who.ever"}},
			"a role and a person":      {"login": {apptest.Login("Emil")}, "role": {access.Auditor}},
			"neither":                  {},
			"an area that is none":     {"role": {access.Auditor}, "area": {"moon"}},
			"no reason":                {"role": {access.Auditor}, "reason": {" "}},
			"a day that is none":       {"role": {access.Auditor}, "until": {"2026-02-30"}},
			"a day in the past":        {"role": {access.Auditor}, "until": {"2001-01-01"}},
			"closed without an end":    {"login": {apptest.Login("Emil")}, "area": {access.People}, "sensitivity": {"health"}},
			"closed for all the areas": {"role": {access.Auditor}, "area": {"*"}, "sensitivity": {"health"}},
		} {
			form := url.Values{"do": {"add"}, "area": {access.Money}, "act": {"view"}, "scope": {"all"}, "effect": {"give"}, "reason": {"typed before"}}
			for k, v := range change {
				form[k] = v
			}
			a := admin.Post("/settings/grants", form)
			if a.Status != 422 || !strings.Contains(a.Body, `role="alert"`) {
				t.Errorf("%s: %d", what, a.Status)
			}
			if change.Get("reason") == "" && !strings.Contains(a.Body, "typed before") {
				t.Errorf("%s: what was typed is lost", what)
			}
		}
	})
}

func TestWhatOpensClosedRecordsWaitsForASecondPerson(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		p.Person(t, "Emil", access.Employee)
		one, two := p.Browser(t, p.Person(t, "Root", access.Administrator)), p.Browser(t, p.Person(t, "Rut", access.Administrator))
		until := records.DateOf(p.Clock.Now()).AddDays(7)
		form := url.Values{"do": {"add"}, "login": {apptest.Login("Emil")}, "area": {access.People}, "act": {"view"}, "scope": {"all"}, "sensitivity": {"review"}, "until": {string(until)}, "reason": {"works council"}}
		if a := one.Post("/settings/grants", form); a.Status != 303 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		const approve = `name="do" value="approve"`
		page := one.Get("/settings/grants").Body
		if strings.Contains(page, approve) || !strings.Contains(page, "Waits for a second person") {
			t.Error("who gave it may approve it, or it does not wait")
		}
		id := grantID.FindStringSubmatch(page)[1]
		if a := one.Post("/settings/grants", url.Values{"do": {"approve"}, "id": {id}}); a.Status != 403 {
			t.Errorf("who gave it approves it: %d", a.Status)
		}
		if !strings.Contains(two.Get("/settings/grants").Body, approve) {
			t.Error("a second administrator is not asked")
		}
		if a := two.Post("/settings/grants", url.Values{"do": {"approve"}, "id": {id}}); a.Status != 303 {
			t.Errorf("a second person: %d %s", a.Status, a.Body)
		}
		if page := one.Get("/settings/grants").Body; !strings.Contains(page, "In force") || !strings.Contains(page, "approved by Rut") {
			t.Error("it is not in force")
		}
	})
}

func TestFailedWorkIsShownWithItsReasonAndTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		var id string
		p.Do(t, func(u *records.Tx) (err error) {
			if id, err = jobs.Enqueue(u, "test.nothing", nil, jobs.Options{}); err != nil {
				return err
			}
			_, err = u.Exec("UPDATE job SET state = 'failed', attempt = 8, error = $1, ended_at = $2 WHERE id = $3", "the mail server does not answer", u.Now.UnixMicro(), id)
			return err
		})
		admin, auditor := p.Browser(t, p.Person(t, "Root", access.Administrator)), p.Browser(t, p.Person(t, "Aron", access.Auditor))
		if page := auditor.Get("/settings/jobs"); page.Status != 200 || strings.Contains(page.Body, `value="retry"`) || !strings.Contains(page.Body, "the mail server does not answer") {
			t.Errorf("an auditor: %d, or is offered to try again, or sees no reason", page.Status)
		}
		if a := admin.Post("/settings/jobs", url.Values{"do": {"retry"}, "id": {id}, "state": {"failed"}}); a.Status != 303 {
			t.Fatalf("trying again: %d %s", a.Status, a.Body)
		}
		state := func() (s jobs.State) {
			p.Look(t, access.System(), func(v *storage.View) error {
				j, err := jobs.Get(v, id)
				if err == nil {
					s = j.State
				}
				return err
			})
			return s
		}
		if got := state(); got != jobs.Waiting {
			t.Errorf("it is %s, want waiting", got)
		}
		if a := admin.Post("/settings/jobs", url.Values{"do": {"retry"}, "id": {id}}); a.Status != 409 {
			t.Errorf("again while it waits: %d", a.Status)
		}
		if a := admin.Post("/settings/jobs", url.Values{"do": {"cancel"}, "id": {id}, "state": {"waiting"}}); a.Status != 303 || state() != jobs.Cancelled {
			t.Errorf("stopping: %d, %s", a.Status, state())
		}
	})
}
