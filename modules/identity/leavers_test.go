package identity_test

import (
	"crypto/x509"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/jobs"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/kernel/testkit/apptest"
	"steward/modules/identity"
)

const adaDN = "uid=ada,dc=example,dc=org"

// kept is a directory and who keeps it, set up in a program by its administrator.
type kept struct {
	w     *world
	c     *ldap.Conn
	admin *apptest.Browser
	form  url.Values
}

func keptDirectory(w *world, d *identity.Directory, pem string) *kept {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(pem))
	k := &kept{w: w, c: keeper(w.t, d.URL, pool), admin: w.Browser(w.t, w.Person(w.t, "Root", access.Administrator)), form: directoryForm(d.URL, pem, d.User, "search-secret")}
	k.save()
	return k
}

func (k *kept) save() {
	k.w.t.Helper()
	k.form.Set("do", "save")
	if a := k.admin.Post("/settings/sign-in", k.form); a.Status != 303 {
		k.w.t.Fatalf("saving the directory: %d %s", a.Status, a.Body)
	}
}

// ask has the directory asked now, by a button of the page, and returns the page after it.
func (k *kept) ask(do string) string {
	k.w.t.Helper()
	k.w.Clock.Advance(time.Second) // the page tells the latest changes first
	if a := k.admin.Post("/settings/sign-in", url.Values{"do": {do}}); a.Status != 303 {
		k.w.t.Fatalf("%s: %d %s", do, a.Status, a.Body)
	}
	if _, err := k.w.Runner.Drain(k.w.t.Context()); err != nil {
		k.w.t.Fatal(err)
	}
	return k.admin.Get("/settings/sign-in").Body
}

func (k *kept) change(attribute string, values ...string) {
	k.w.t.Helper()
	r := ldap.NewModifyRequest(adaDN, nil)
	r.Replace(attribute, values)
	if err := k.c.Modify(r); err != nil {
		k.w.t.Fatal(err)
	}
}

func (k *kept) members(dns ...string) {
	k.w.t.Helper()
	r := ldap.NewModifyRequest("cn=IT staff,dc=example,dc=org", nil)
	r.Replace("member", dns)
	if err := k.c.Modify(r); err != nil {
		k.w.t.Fatal(err)
	}
}

func (w *world) roles(person string) (out []string) {
	w.t.Helper()
	w.read(func(v *storage.View) error {
		list, err := signin.Roles(v, person)
		for _, r := range list {
			out = append(out, r.Role)
		}
		return err
	})
	return out
}

func (w *world) account(person string) *signin.Account {
	w.t.Helper()
	var a *signin.Account
	w.read(func(v *storage.View) (err error) { a, err = signin.AccountOf(v, person); return err })
	return a
}

// token is a program's key to act as a person; in reports whether it opens anything.
func (w *world) token(person string) (in func() bool) {
	var secret string
	w.do("", func(u *storage.Update) (err error) {
		u.Actor = access.System()
		secret, err = signin.CreateToken(u, signin.Token{Person: person, Name: "script", Scopes: []access.TokenScope{{Area: access.Everywhere, Act: access.View}}, Expires: u.Now.AddDate(0, 1, 0)})
		return err
	})
	return func() bool {
		return w.read(func(v *storage.View) error { _, err := signin.TokenOf(v, secret); return err }) == nil
	}
}

func TestWhoLeavesTheDirectoryIsClosedOutHereAndComesBackWithIt(t *testing.T) {
	d, pem := slapdWith(t)
	each(t, func(w *world) {
		k := keptDirectory(w, d, pem)
		k.members(adaDN)
		w.do("", func(u *storage.Update) error {
			u.Actor = access.System()
			return signin.GiveRole(u, signin.Role{Person: w.id["ada"], Role: access.Auditor})
		})
		b := w.Browser(w.t, nil)
		comeIn := func() {
			w.t.Helper()
			if a := enterBy(b, "ada", "ada-secret"); a.Status != 303 {
				w.t.Fatalf("ada comes in: %d %s", a.Status, a.Body)
			}
		}
		comeIn()
		token := w.token(w.id["ada"])
		both := []string{access.Auditor, access.Technician}
		in := func(what string, want bool, roles ...string) {
			w.t.Helper()
			session := b.Get("/account").Status == 200
			if session != want || token() != want || w.account(w.id["ada"]).Disabled == want || !slices.Equal(w.roles(w.id["ada"]), roles) {
				w.t.Errorf("%s: session %v, token %v, closed %v, roles %v; want %v and %v", what, session, token(), w.account(w.id["ada"]).Disabled, w.roles(w.id["ada"]), want, roles)
			}
		}
		if page := k.ask("ask"); !strings.Contains(page, "about 1 person") {
			w.t.Error("the page does not say that somebody was asked about")
		}
		in("still there", true, both...)

		k.change("objectClass", "inetOrgPerson", "user")
		for what, c := range map[string]struct {
			attribute, value string
			closes           bool
		}{
			"disabled in Active Directory": {"userAccountControl", "514", true},
			"a usual account there":        {"userAccountControl", "512", false},
			"expired in Active Directory":  {"accountExpires", "129000000000000000", true},
			"never expires there":          {"accountExpires", "9223372036854775807", false},
			"locked for good in OpenLDAP":  {"pwdAccountLockedTime", "000001010000Z", true},
			"locked by wrong passwords":    {"pwdAccountLockedTime", "20260101120000Z", false},
		} {
			k.change(c.attribute, c.value)
			page := k.ask("ask")
			if c.closes {
				in(what, false, access.Auditor)
				if !strings.Contains(page, "ada is disabled in the directory") {
					w.t.Errorf("%s: the page does not say so", what)
				}
			} else {
				in(what, true, both...)
			}
			k.change(c.attribute)
			k.ask("ask")
			if c.closes {
				if w.account(w.id["ada"]).Disabled || !slices.Equal(w.roles(w.id["ada"]), both) {
					w.t.Errorf("%s, and back: closed or without the group's role", what)
				}
				comeIn()
			}
			in(what+", and back", true, both...)
		}

		k.members("uid=bob,dc=example,dc=org")
		if page := k.ask("ask"); !strings.Contains(page, "−technician") {
			w.t.Error("the page does not say that a role went")
		}
		in("out of the group", true, access.Auditor)

		k.form.Set("url", "ldap://127.0.0.1:1")
		k.form.Set("password", "search-secret")
		k.save()
		if page := k.ask("ask"); !strings.Contains(page, "The directory did not answer. Nobody was signed out") || !strings.Contains(page, "Nothing answers at this address") {
			w.t.Error("the page does not say that the directory does not answer")
		}
		in("a directory that does not answer", true, access.Auditor)
		k.form.Set("url", d.URL)
		k.save()

		if err := k.c.Del(ldap.NewDelRequest(adaDN, nil)); err != nil {
			w.t.Fatal(err)
		}
		page := k.ask("ask")
		in("removed", false, access.Auditor)
		if !strings.Contains(page, "ada is no longer in the directory") || strings.Contains(page, "did not answer") {
			w.t.Error("the page does not say who is gone")
		}
		if a := enterBy(b, "ada@example.org", good); a.Status != 401 {
			w.t.Errorf("with the own password of Steward: %d", a.Status)
		}
		var entries int
		w.read(func(v *storage.View) error {
			_, err := v.Row("SELECT COUNT(*) FROM history WHERE record = $1 AND origin = 'directory' AND changes LIKE '%closed%'", []any{w.id["ada"]}, &entries)
			return err
		})
		if entries < 4 {
			w.t.Errorf("%d entries of the history say that the account was closed", entries)
		}

		// An administrator who opens the account has the last word.
		w.do("", func(u *storage.Update) error {
			u.Actor = access.System()
			return signin.SetDisabled(u, w.id["ada"], false)
		})
		k.ask("ask")
		k.ask("ask")
		if w.account(w.id["ada"]).Disabled {
			w.t.Error("an account that was opened by hand was closed again")
		}
		add := ldap.NewAddRequest(adaDN, nil)
		for name, value := range map[string]string{"objectClass": "inetOrgPerson", "cn": "ada", "sn": "ada", "mail": "ada@example.org", "userPassword": "ada-secret"} {
			add.Attribute(name, []string{value})
		}
		if err := k.c.Add(add); err != nil {
			w.t.Fatal(err)
		}
	})
}

// bound makes somebody known by the directory under an id.
func (w *world) bound(person, subject string) {
	w.t.Helper()
	if _, err := identity.SignInAs(ctx, w.DB, identity.Identity{Provider: "directory", Subject: subject, Login: w.account(person).Login}, office); err != nil {
		w.t.Fatal(err)
	}
}

func TestADirectoryThatMissesMostPeopleAtOnceIsNotBelievedUnlessSomebodySaysSo(t *testing.T) {
	d, pem := slapdWith(t)
	each(t, func(w *world) {
		k := keptDirectory(w, d, pem)
		people := []string{w.id["ada"], w.id["bob"], w.Person(w.t, "Cleo").Person}
		for _, person := range people {
			w.bound(person, "gone-"+person)
		}
		closed := func() (n int) {
			for _, person := range people {
				if w.account(person).Disabled {
					n++
				}
			}
			return n
		}
		if page := k.ask("ask"); closed() != 0 || !strings.Contains(page, "knows 3 people no more") {
			w.t.Errorf("%d accounts were closed, or the page does not wonder", closed())
		}
		if k.ask("ask-sure"); closed() != 3 {
			w.t.Errorf("%d accounts were closed once somebody was sure", closed())
		}
		if a := w.Browser(w.t, w.Person(w.t, "Audrey", access.Auditor)).Post("/settings/sign-in", url.Values{"do": {"ask"}}); a.Status != 403 {
			w.t.Errorf("an auditor has the directory asked: %d", a.Status)
		}
	})
}

func TestADirectoryThatShowsNobodyHasSaidNothing(t *testing.T) {
	d, _ := slapdWith(t)
	d.Filter = "(&(objectClass=inetOrgPerson)(uid={login}))"
	if _, err := d.Standings(ctx, []string{"x"}, false, time.Now()); err != nil {
		t.Errorf("somebody unknown among others: %v", err)
	}
	for what, change := range map[string]func(d *identity.Directory){
		"another base":        func(d *identity.Directory) { d.Base = "ou=empty,dc=example,dc=org" },
		"another id":          func(d *identity.Directory) { d.ID = "employeeNumber" },
		"no right to read":    func(d *identity.Directory) { d.User, d.Password = "", "" },
		"a wrong password":    func(d *identity.Directory) { d.Password = "wrong" },
		"nothing at the port": func(d *identity.Directory) { d.URL = "ldap://127.0.0.1:1" },
	} {
		other := *d
		change(&other)
		if s, err := other.Standings(ctx, []string{"x"}, false, time.Now()); !fail.Is(err, fail.Unavailable) {
			t.Errorf("%s: got %v, %v", what, s, err)
		}
	}
}

func TestAPersonIsFoundByABinaryIdAndOnlyAsTheFilterLetsIn(t *testing.T) {
	d, pem := slapdWith(t)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(pem))
	c := keeper(t, d.URL, pool)
	guid := "\x9f\x01(\xff\x00*\\)\x80abcdefg"
	r := ldap.NewModifyRequest(adaDN, nil)
	r.Add("objectClass", []string{"user"})
	r.Add("objectGUID", []string{guid})
	r.Add("description", []string{"staff"})
	if err := c.Modify(r); err != nil {
		t.Fatal(err)
	}
	d.ID = "objectGUID"
	id, err := d.Authenticate(ctx, "ada", "ada-secret")
	if err != nil {
		t.Fatal(err)
	}
	for filter, in := range map[string]bool{
		"(&(objectClass=person)(|(uid={login})(mail={login})))": true,
		"(&(description=staff)(uid={login}))":                   true,
		"(uid={login})":                                         true,
		"(uid:caseExactMatch:={login})":                         true, // which cannot be asked for any name
	} {
		d.Filter = filter
		got, err := d.Standings(ctx, []string{"none", id.ID}, true, time.Now())
		if err != nil || got[id.ID].In() != in || got["none"].In() || !slices.Equal(got[id.ID].Entry.Groups, []string{"cn=IT staff,dc=example,dc=org"}) {
			t.Errorf("%s: got %+v, %v", filter, got, err)
		}
	}
	// Others are still let in, this one no more.
	r = ldap.NewModifyRequest("uid=bob,dc=example,dc=org", nil)
	r.Add("objectClass", []string{"user"})
	r.Add("objectGUID", []string{"another guid"})
	if err := c.Modify(r); err != nil {
		t.Fatal(err)
	}
	d.Filter = "(&(uid=bob)(uid={login}))"
	if got, err := d.Standings(ctx, []string{id.ID}, true, time.Now()); err != nil || got[id.ID].In() {
		t.Errorf("outside the filter: got %+v, %v", got, err)
	}
}

func TestTheLastAdministratorsAccountStaysOpenAndTheSessionsEnd(t *testing.T) {
	d, pem := slapdWith(t)
	each(t, func(w *world) {
		k := keptDirectory(w, d, pem)
		root := w.account(k.rootPerson())
		w.bound(root.Person, "gone")
		k.ask("ask")
		if a := k.admin.Get("/account"); a.Status != 303 {
			w.t.Errorf("the session goes on: %d", a.Status)
		}
		if w.account(root.Person).Disabled || len(w.roles(root.Person)) != 1 {
			w.t.Error("the last administrator was closed out")
		}
	})
}

func (k *kept) rootPerson() (person string) {
	k.w.read(func(v *storage.View) error {
		a, err := signin.AccountNamed(v, "root")
		if err == nil {
			person = a.Person
		}
		return err
	})
	return person
}

func TestTheDirectoryIsAskedAsOftenAsTheSettingsSay(t *testing.T) {
	d, pem := slapdWith(t)
	each(t, func(w *world) {
		k := keptDirectory(w, d, pem)
		k.form.Set("every", "4")
		if a := k.admin.Post("/settings/sign-in", k.form); a.Status != 422 || !strings.Contains(a.Body, "5 to 240 minutes") {
			w.t.Errorf("every 4 minutes: %d", a.Status)
		}
		k.form.Set("every", "30")
		k.save()
		ran := func() string {
			w.do("", func(u *storage.Update) error {
				u.Actor = access.System()
				_, err := jobs.Enqueue(u, "identity.leavers", struct{}{}, jobs.Options{})
				return err
			})
			if _, err := w.Runner.Drain(w.t.Context()); err != nil {
				w.t.Fatal(err)
			}
			var at string
			w.read(func(v *storage.View) error {
				_, err := v.Row("SELECT value FROM org_setting WHERE key = 'identity.watch'", nil, &at)
				return err
			})
			return at
		}
		first := ran()
		w.Clock.Advance(26 * time.Minute)
		if again := ran(); again != first {
			w.t.Error("asked again after 26 of 30 minutes")
		}
		w.Clock.Advance(4 * time.Minute)
		if again := ran(); again == first {
			w.t.Error("not asked again after 30 minutes")
		}
	})
}
