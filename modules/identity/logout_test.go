package identity_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc/oidctest"

	"steward/kernel/access"
	"steward/kernel/jobs"
	"steward/kernel/storage"
	"steward/kernel/testkit/apptest"
	"steward/modules/identity"
)

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// firm sets the provider up in a program.
func firm(w *world, p *provider, more url.Values) *apptest.Browser {
	admin := w.Browser(w.t, w.Person(w.t, "Root", access.Administrator))
	form := url.Values{"part": {"openid"}, "name": {"Firm"}, "issuer": {p.URL}, "client_id": {"steward"}, "secret": {"client-secret"}, "do": {"save"}}
	maps.Copy(form, more)
	if a := admin.Post("/settings/sign-in", form); a.Status != 303 {
		w.t.Fatalf("saving: %d %s", a.Status, a.Body)
	}
	return admin
}

// comeBy signs ada in by the provider, in a session that it calls sid, with a fresh browser.
func comeBy(w *world, p *provider, sid string) *apptest.Browser {
	w.t.Helper()
	b := w.Browser(w.t, nil)
	p.back = b.Base + "/sign-in/openid/back"
	back := p.visit(w.t, b.Get("/sign-in/openid").Header.Get("Location"))
	p.claims["sid"] = sid
	if a := b.Get("/sign-in/openid/back?" + back.Encode()); a.Status != 303 {
		w.t.Fatalf("by the provider: %d %s", a.Status, a.Body)
	}
	return b
}

// said is a logout token as the provider makes it.
func (p *provider) said(w *world, id string, change func(claims map[string]any)) string {
	now := w.Clock.Now()
	claims := map[string]any{"iss": p.URL, "aud": "steward", "iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(), "jti": id, "sub": "u-1", "events": map[string]any{logoutEvent: map[string]any{}}}
	change(claims)
	text, _ := json.Marshal(claims)
	return oidctest.SignIDToken(p.key, "k", "ES256", string(text))
}

func TestWhoIsSignedOutAtTheProviderIsSignedOutHere(t *testing.T) {
	p := newProvider(t)
	each(t, func(w *world) {
		firm(w, p, nil)
		tell := func(token string) apptest.Answer {
			return w.Browser(w.t, nil).Post("/sign-in/openid/logout", url.Values{"logout_token": {token}})
		}
		in := func(b *apptest.Browser) bool { return b.Get("/account").Status == 200 }
		one, two := comeBy(w, p, "s-1"), comeBy(w, p, "s-2")
		own := w.Browser(w.t, nil)
		if a := enterBy(own, "ada@example.org", good); a.Status != 303 {
			w.t.Fatalf("by the own password: %d", a.Status)
		}
		was := p.key
		for what, token := range map[string]func() string{
			"no token":         func() string { return "" },
			"no JWT":           func() string { return "x.y.z" },
			"another audience": func() string { return p.said(w, "1", func(c map[string]any) { c["aud"] = "other" }) },
			"another issuer":   func() string { return p.said(w, "2", func(c map[string]any) { c["iss"] = "https://evil.example" }) },
			"a nonce":          func() string { return p.said(w, "3", func(c map[string]any) { c["nonce"] = "n" }) },
			"no event":         func() string { return p.said(w, "4", func(c map[string]any) { delete(c, "events") }) },
			"another event": func() string {
				return p.said(w, "5", func(c map[string]any) { c["events"] = map[string]any{"x": map[string]any{}} })
			},
			"an event that is none": func() string {
				return p.said(w, "6", func(c map[string]any) { c["events"] = map[string]any{logoutEvent: nil} })
			},
			"about nobody": func() string { return p.said(w, "7", func(c map[string]any) { delete(c, "sub") }) },
			"no id":        func() string { return p.said(w, "", func(c map[string]any) { delete(c, "jti") }) },
			"expired": func() string {
				return p.said(w, "8", func(c map[string]any) { c["exp"] = w.Clock.Now().Add(-time.Minute).Unix() })
			},
			"without an end": func() string { return p.said(w, "9", func(c map[string]any) { delete(c, "exp") }) },
			"made long ago": func() string {
				return p.said(w, "10", func(c map[string]any) { c["iat"] = w.Clock.Now().Add(-time.Hour).Unix() })
			},
			"made later": func() string {
				return p.said(w, "11", func(c map[string]any) { c["iat"] = w.Clock.Now().Add(time.Hour).Unix() })
			},
			"another key": func() string {
				p.key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
				defer func() { p.key = was }()
				return p.said(w, "12", func(map[string]any) {})
			},
			"no signature": func() string {
				parts := strings.Split(p.said(w, "13", func(map[string]any) {}), ".")
				return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + "."
			},
		} {
			a := tell(token())
			if a.Status != 400 || !strings.Contains(a.Body, `"error":"invalid_request"`) || a.Header.Get("Cache-Control") != "no-store" || !in(one) || !in(two) {
				w.t.Errorf("%s: %d %s, or somebody was signed out", what, a.Status, a.Body)
			}
		}
		first := p.said(w, "a", func(c map[string]any) { c["sid"] = "s-1" })
		if a := tell(first); a.Status != 200 || a.Header.Get("Cache-Control") != "no-store" || in(one) || !in(two) || !in(own) {
			w.t.Errorf("one session: %d; in %v %v %v", a.Status, in(one), in(two), in(own))
		}
		if a := tell(first); a.Status != 400 {
			w.t.Errorf("the same token again: %d", a.Status)
		}
		tell(p.said(w, "b", func(c map[string]any) { c["sid"], c["sub"] = "s-2", "somebody else" }))
		if !in(two) {
			w.t.Error("somebody else's session of this name ended")
		}
		three := comeBy(w, p, "s-3")
		if a := tell(p.said(w, "c", func(c map[string]any) { c["sid"] = "s-3"; delete(c, "sub") })); a.Status != 200 || in(three) || !in(two) {
			w.t.Errorf("by the session alone: %d", a.Status)
		}
		if a := tell(p.said(w, "d", func(map[string]any) {})); a.Status != 200 || in(two) || !in(own) {
			w.t.Errorf("all sessions: %d; in %v, by password %v", a.Status, in(two), in(own))
		}
	})
}

func TestASessionThatWaitedForACodeIsStillTheProviders(t *testing.T) {
	p := newProvider(t)
	each(t, func(w *world) {
		firm(w, p, nil)
		codes := w.enrolled(w.id["ada"])
		b := comeBy(w, p, "s-1")
		if a := b.Post("/sign-in/code", url.Values{"code": {codes[0]}}); a.Status != 303 || b.Get("/account").Status != 200 {
			w.t.Fatalf("the code: %d", a.Status)
		}
		token := p.said(w, "a", func(c map[string]any) { c["sid"] = "s-1" })
		if a := w.Browser(w.t, nil).Post("/sign-in/openid/logout", url.Values{"logout_token": {token}}); a.Status != 200 || b.Get("/account").Status == 200 {
			w.t.Errorf("signed out there: %d, still in here", a.Status)
		}
	})
}

func TestASessionByTheProviderLastsAsLongAsTheSettingsSay(t *testing.T) {
	p := newProvider(t)
	each(t, func(w *world) {
		admin := firm(w, p, url.Values{"hours": {"2"}})
		if a := admin.Post("/settings/sign-in", url.Values{"part": {"openid"}, "name": {"Firm"}, "issuer": {p.URL}, "client_id": {"steward"}, "hours": {"13"}, "do": {"save"}}); a.Status != 422 || !strings.Contains(a.Body, "1 to 12 hours") {
			w.t.Errorf("13 hours: %d", a.Status)
		}
		b, own := comeBy(w, p, "s-1"), w.Browser(w.t, nil)
		enterBy(own, "ada@example.org", good)
		in := func(b *apptest.Browser) bool {
			w.do("", func(u *storage.Update) error {
				u.Actor = access.System()
				_, err := jobs.Enqueue(u, "identity.sessions", nil, jobs.Options{})
				return err
			})
			if _, err := w.Runner.Drain(w.t.Context()); err != nil {
				w.t.Fatal(err)
			}
			return b.Get("/account").Status == 200
		}
		for range 2 {
			w.Clock.Advance(59 * time.Minute)
			if !in(b) || !in(own) {
				w.t.Fatal("it ended too early")
			}
		}
		w.Clock.Advance(3 * time.Minute)
		if in(b) || !in(own) {
			w.t.Error("it goes on after two hours, or the one by password ended")
		}
	})
}

// enrolled sets an authenticator up for a person and returns the recovery codes.
func (w *world) enrolled(person string) (recovery []string) {
	w.do(person, func(u *storage.Update) error {
		e, err := identity.StartTOTP(u, w.Key, person, "Steward")
		if err != nil {
			return err
		}
		recovery, err = identity.ConfirmTOTP(u, w.Key, person, code(w.t, e.Secret, w.Clock.Now()))
		return err
	})
	return recovery
}
