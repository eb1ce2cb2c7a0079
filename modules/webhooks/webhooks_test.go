package webhooks_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/lib/locale"
	"steward/modules"
	"steward/modules/notices"
	"steward/modules/vendors"
	"steward/modules/webhooks"
)

// receiver keeps what it is sent and answers with a status.
type receiver struct {
	*httptest.Server
	status int
	got    []*http.Request
	bodies [][]byte
}

func newReceiver(t *testing.T) *receiver {
	rc := &receiver{status: 204}
	rc.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		rc.got, rc.bodies = append(rc.got, r), append(rc.bodies, body)
		if rc.status/100 == 3 {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(rc.status)
	}))
	t.Cleanup(rc.Close)
	return rc
}

const secret = "a secret of the two"

func hook(t *testing.T, p *apptest.Program, rc *receiver, owner *access.Actor, change func(*webhooks.Hook)) {
	t.Helper()
	p.Do(t, func(u *records.Tx) error {
		h := &webhooks.Hook{Name: "Ledger", Url: rc.URL + "/in", Secret: secret, Owner: records.ID[org.Person](owner.Person), Types: "vendors.vendor", Acts: records.Some("create, archive"), Active: true}
		if change != nil {
			change(h)
		}
		return webhooks.Hooks.Create(u, h)
	})
}

func vendor(t *testing.T, p *apptest.Program, name string) (id records.ID[vendors.Vendor]) {
	t.Helper()
	p.Do(t, func(u *records.Tx) error {
		v := &vendors.Vendor{Name: name, Country: "SE", State: vendors.Approved}
		err := vendors.Vendors.Create(u, v)
		id = v.ID
		return err
	})
	return id
}

func drain(t *testing.T, p *apptest.Program) {
	t.Helper()
	if _, err := p.Runner.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestAChangeIsToldSignedAndOnce(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		rc := newReceiver(t)
		hook(t, p, rc, p.Person(t, "Helena Lindqvist", access.MISManager), nil)
		id := vendor(t, p, "Acme")
		p.Do(t, func(u *records.Tx) error {
			return vendors.Vendors.Update(u, id, func(v *vendors.Vendor) error { v.Country = "DE"; return nil }) // not asked for
		})
		drain(t, p)
		drain(t, p)
		if len(rc.got) != 1 {
			t.Fatalf("%d messages, want 1", len(rc.got))
		}
		sign := rc.got[0].Header.Get("Steward-Signature")
		at, _ := strconv.ParseInt(strings.TrimPrefix(strings.Split(sign, ",")[0], "t="), 10, 64)
		if sign != webhooks.Sign(secret, at, rc.bodies[0]) || sign == webhooks.Sign("another", at, rc.bodies[0]) || at != p.Clock.Now().Unix() {
			t.Errorf("signature %s", sign)
		}
		var m webhooks.Message
		if err := json.Unmarshal(rc.bodies[0], &m); err != nil {
			t.Fatal(err)
		}
		if m.Type != "vendors.vendor" || m.Act != "create" || m.Path != "/api/v1/vendors/vendors/"+string(id) || m.Record["name"] != "Acme" || m.ID != rc.got[0].Header.Get("Steward-Delivery") {
			t.Errorf("message %+v", m)
		}
	})
}

func TestWhatIsNotTakenIsTriedAgainAndCanBeReplayed(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	rc := newReceiver(t)
	manager := p.Person(t, "Helena Lindqvist", access.Administrator)
	hook(t, p, rc, p.Person(t, "Max Manager", access.MISManager), nil)
	rc.status = 302 // redirects are not followed: they would lead what is sent elsewhere
	vendor(t, p, "Acme")
	for range 20 {
		drain(t, p)
		p.Clock.Advance(7 * time.Hour)
	}
	if len(rc.got) != 12 || rc.got[11].URL.Path != "/in" {
		t.Fatalf("%d attempts", len(rc.got))
	}
	b := p.Browser(t, manager)
	page := b.Get("/webhooks/deliveries")
	_, rest, _ := strings.Cut(page.Body, `action="/webhooks/deliveries/`)
	id, _, _ := strings.Cut(rest, `"`)
	if !strings.Contains(page.Body, "Given up") || id == "" {
		t.Fatalf("the page of messages: %d", page.Status)
	}
	rc.status = 200
	if a := b.Post("/webhooks/deliveries/"+id, nil); a.Status != 303 {
		t.Fatalf("replay: %d", a.Status)
	}
	drain(t, p)
	if len(rc.got) != 13 || rc.got[12].Header.Get("Steward-Delivery") != id || !strings.Contains(b.Get("/webhooks/deliveries").Body, "Taken") {
		t.Errorf("replayed: %d messages", len(rc.got))
	}
	if a := p.Browser(t, p.Person(t, "Erik Employee", access.Employee)).Get("/webhooks/deliveries"); a.Status != 404 {
		t.Errorf("an employee sees the messages: %d", a.Status)
	}
}

func TestTheOwnersRightsHold(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	rc := newReceiver(t)
	hook(t, p, rc, p.Person(t, "Erik Employee", access.Employee), nil)
	vendor(t, p, "Acme")
	drain(t, p)
	if len(rc.got) != 0 {
		t.Errorf("an employee's webhook was told of a vendor: %s", rc.bodies[0])
	}
}

func TestNothingIsSentUnlessAskedFor(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	rc := newReceiver(t)
	hook(t, p, rc, p.Person(t, "Helena Lindqvist", access.MISManager), func(h *webhooks.Hook) { h.Active = false })
	vendor(t, p, "Acme")
	drain(t, p)
	if len(rc.got) != 0 {
		t.Error("a webhook that is not active was told something")
	}
}

func TestAllThatWasGivenUpIsSentAgainAtOnce(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	rc := newReceiver(t)
	manager := p.Person(t, "Helena Lindqvist", access.Administrator)
	hook(t, p, rc, p.Person(t, "Max Manager", access.MISManager), nil)
	rc.status = 500
	for _, name := range []string{"Acme", "Bolt", "Cord"} {
		vendor(t, p, name)
	}
	drain(t, p)
	p.Do(t, func(u *records.Tx) error { // as after the last attempt
		_, err := u.Exec("UPDATE webhooks_delivery SET state = 'failed' WHERE attempts = 1")
		return err
	})
	b := p.Browser(t, manager)
	if page := b.Get("/webhooks/deliveries"); !strings.Contains(page.Body, "given up (3)") {
		t.Fatalf("the page does not offer to send the three again: %d", page.Status)
	}
	rc.status, rc.got = 200, nil
	if a := b.Post("/webhooks/deliveries", nil); a.Status != http.StatusSeeOther {
		t.Fatalf("replay of all: %d", a.Status)
	}
	drain(t, p)
	if page := b.Get("/webhooks/deliveries"); len(rc.got) != 3 || strings.Contains(page.Body, "Given up") {
		t.Errorf("%d of 3 messages were sent again", len(rc.got))
	}
}

func TestAnAddressThatIsNoneIsRefused(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	owner := p.Person(t, "Max Manager", access.MISManager)
	for _, bad := range []string{"", "ledger.example/steward", "file:///etc/passwd", "https://", "https://name:password@ledger.example"} {
		err := p.DB.Update(t.Context(), access.System(), func(u *records.Tx) error {
			return webhooks.Hooks.Create(u, &webhooks.Hook{Name: "Ledger", Url: bad, Secret: secret, Owner: records.ID[org.Person](owner.Person), Types: "*", Active: true})
		})
		if !fail.Is(err, fail.Invalid) {
			t.Errorf("the address %q: got %v, want it refused", bad, err)
		}
	}
}

func TestWhoOwnsAWebhookHearsOnceADayThatItsMessagesWereGivenUpAndNotWhoChangedARecord(t *testing.T) {
	p := apptest.SQLite(t, []app.Module{webhooks.Module(), vendors.Module(), notices.Module()})
	p.Organisation(t)
	rc := newReceiver(t)
	owner, admin, clerk := p.Person(t, "Max Manager", access.MISManager), p.Person(t, "Anders Holm", access.Administrator), p.Person(t, "Clara Clerk", access.MISManager)
	hook(t, p, rc, owner, nil)
	rc.status = 500
	for _, name := range []string{"Acme", "Bolt", "Cord"} {
		p.DoAs(t, clerk, func(u *records.Tx) error {
			return vendors.Vendors.Create(u, &vendors.Vendor{Name: name, Country: "SE", State: vendors.Approved})
		})
	}
	for range 20 {
		drain(t, p)
		p.Clock.Advance(7 * time.Hour)
	}
	heard := func(a *access.Actor) (n int) {
		p.Look(t, a, func(v *records.View) error {
			list, err := notices.List(v, false, 0, 100)
			for _, one := range list {
				if text := one.Said.In(p.Words, locale.En); strings.Contains(text, "webhook") || strings.Contains(text, "Ledger") {
					n++
				}
			}
			return err
		})
		return n
	}
	if o, a, c := heard(owner), heard(admin), heard(clerk); o != 1 || a != 1 || c != 0 {
		t.Errorf("the owner heard %d times, the administrator %d, who changed the records %d; want 1, 1, 0", o, a, c)
	}
}
