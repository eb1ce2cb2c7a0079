// Package apptest opens whole programs for tests, with people of every role and
// a browser that signs in, on both databases.
package apptest

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/kernel/testkit"
	"steward/kernel/web"
)

// Program is a whole program on an empty database with a clock of its own.
type Program struct {
	*app.Program
	Clock *testkit.Clock // nil: the real one
}

// Each runs fn on SQLite and on PostgreSQL, each time with an empty program.
func Each(t *testing.T, modules []app.Module, fn func(t *testing.T, p *Program)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t, modules)) })
	t.Run("postgres", func(t *testing.T) {
		store := testkit.Postgres(t)
		fn(t, open(t, modules, app.Config{Data: t.TempDir(), URL: store.Config.URL, Now: store.Clock.Now}, store.Clock))
	})
}

// EachBench is Each for benchmarks. Their clock is the real one: ids sort by time,
// and what is written in order costs less than what is not.
func EachBench(b *testing.B, modules []app.Module, fn func(b *testing.B, p *Program)) {
	b.Run("sqlite", func(b *testing.B) { fn(b, open(b, modules, app.Config{Data: b.TempDir()}, nil)) })
	b.Run("postgres", func(b *testing.B) {
		fn(b, open(b, modules, app.Config{Data: b.TempDir(), URL: testkit.Postgres(b).Config.URL}, nil))
	})
}

// SQLite opens an empty program on SQLite.
func SQLite(t testing.TB, modules []app.Module) *Program {
	t.Helper()
	clock := testkit.NewClock()
	return open(t, modules, app.Config{Data: t.TempDir(), Now: clock.Now}, clock)
}

func open(t testing.TB, modules []app.Module, c app.Config, clock *testkit.Clock) *Program {
	t.Helper()
	c.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	p, err := app.Open(context.Background(), c, modules)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return &Program{p, clock}
}

// Do runs fn in a transaction of Steward itself.
func (p *Program) Do(t testing.TB, fn func(u *records.Tx) error) {
	t.Helper()
	p.DoAs(t, access.System(), fn)
}

// DoAs runs fn in a transaction of an actor and fails the test on an error.
func (p *Program) DoAs(t testing.TB, actor *access.Actor, fn func(u *records.Tx) error) {
	t.Helper()
	if err := p.DB.Update(context.Background(), actor, func(u *storage.Update) error { u.Origin = "test"; return fn(u) }); err != nil {
		t.Fatal(err)
	}
}

// Look runs fn on a view of an actor.
func (p *Program) Look(t testing.TB, actor *access.Actor, fn func(v *records.View) error) {
	t.Helper()
	if err := p.DB.View(context.Background(), actor, fn); err != nil {
		t.Fatal(err)
	}
}

// Organisation answers the assistant's questions.
func (p *Program) Organisation(t testing.TB) {
	t.Helper()
	p.Do(t, func(u *records.Tx) error {
		return org.Save(u, org.Organisation{Name: "Nordwind AG", Country: "DE", Lang: "en", Currency: "EUR", Timezone: "Europe/Berlin", FiscalMonth: 1})
	})
}

// Person makes a person with an account and roles.
func (p *Program) Person(t testing.TB, name string, roles ...string) *access.Actor {
	t.Helper()
	var actor *access.Actor
	p.Do(t, func(u *records.Tx) error {
		person := &org.Person{Name: name}
		if err := org.Persons.Create(u, person); err != nil {
			return err
		}
		if err := signin.CreateAccount(u, string(person.ID), Login(name), ""); err != nil {
			return err
		}
		// as if a password had been chosen, without the time that hashing one takes
		if _, err := u.Exec("UPDATE signin_account SET must_change = $1 WHERE person = $2", false, string(person.ID)); err != nil {
			return err
		}
		for _, role := range roles {
			if err := signin.GiveRole(u, signin.Role{Person: string(person.ID), Role: role}); err != nil {
				return err
			}
		}
		var err error
		actor, err = signin.ActorOf(u, string(person.ID))
		return err
	})
	return actor
}

// Login is the sign-in name that Person gives.
func Login(name string) string { return strings.ReplaceAll(strings.ToLower(name), " ", ".") }

// Browser is somebody's browser on the program's pages.
type Browser struct {
	t    testing.TB
	http *http.Client
	Base string
}

// Browser opens a browser in which the actor is signed in; nil: not signed in.
func (p *Program) Browser(t testing.TB, actor *access.Actor) *Browser {
	t.Helper()
	srv := httptest.NewServer(p.Handler())
	t.Cleanup(srv.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &Browser{t: t, Base: srv.URL, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if actor != nil {
		u, _ := url.Parse(srv.URL)
		jar.SetCookies(u, []*http.Cookie{{Name: web.SessionCookie, Value: p.Session(t, actor)}})
	}
	return b
}

// Session starts a session and returns its secret.
func (p *Program) Session(t testing.TB, actor *access.Actor) (secret string) {
	t.Helper()
	p.Do(t, func(u *records.Tx) (err error) {
		secret, err = signin.StartSession(u, actor.Person, signin.Client{Address: "127.0.0.1"})
		return err
	})
	return secret
}

// Answer is what the program answered.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Get asks for a page.
func (b *Browser) Get(path string) Answer {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodGet, b.Base+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.Send(req)
}

// Post sends a form as the program's own page would.
func (b *Browser) Post(path string, form url.Values) Answer {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodPost, b.Base+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", b.Base)
	return b.Send(req)
}

// Send sends any request.
func (b *Browser) Send(req *http.Request) Answer {
	b.t.Helper()
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return Answer{res.StatusCode, res.Header, string(body)}
}
