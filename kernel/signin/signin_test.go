package signin_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/kernel/testkit"
)

// organisation stands for kernel/org's tables, of which ActorOf reads these columns.
var organisation = storage.Migrations{Module: "test.org", Files: fstest.MapFS{"0001_org.sql": {Data: []byte(`
CREATE TABLE org_unit (id TEXT PRIMARY KEY, head TEXT);
CREATE TABLE org_unit_closure (ancestor TEXT NOT NULL, descendant TEXT NOT NULL);
CREATE TABLE org_person (id TEXT PRIMARY KEY, name TEXT NOT NULL, manager TEXT, lang TEXT, unit TEXT);
INSERT INTO org_unit (id, head) VALUES ('firm', 'eve'), ('sales', 'ada'), ('north', NULL), ('it', NULL);
INSERT INTO org_unit_closure (ancestor, descendant) VALUES ('firm', 'firm'), ('firm', 'sales'), ('firm', 'north'), ('firm', 'it'), ('sales', 'sales'), ('sales', 'north'), ('north', 'north'), ('it', 'it');
INSERT INTO org_person (id, name, manager, lang, unit) VALUES ('eve', 'Eve', 'cyc', NULL, 'firm'), ('ada', 'Ada Lovelace', 'eve', 'de', 'sales'), ('bob', 'Bob', 'ada', 'en', 'north'), ('dan', 'Dan', 'bob', 'sv', 'north'), ('cyc', 'Cyc', 'dan', 'hu', 'it');
`)}}}

const good = "lamp-orbit-velvet-17"

var (
	ctx    = context.Background()
	office = signin.Client{Address: "192.0.2.7:51515", Browser: "Firefox"}
)

// world is a database with accounts ada, bob, dan and eve.
type world struct {
	*testkit.Store
	t *testing.T
}

func each(t *testing.T, fn func(w *world)) {
	testkit.EachStore(t, func(t *testing.T, s *testkit.Store) {
		w := &world{s, t}
		w.do("", func(u *storage.Update) error {
			for _, p := range []string{"ada", "bob", "dan", "eve"} {
				password := ""
				if p == "ada" || p == "bob" {
					password = good
				}
				if err := signin.CreateAccount(u, p, strings.ToUpper(p)+"@example.org", password); err != nil {
					return err
				}
			}
			return nil
		})
		fn(w)
	}, records.Migrations(), organisation, signin.Migrations())
}

func (w *world) try(by string, fn func(u *storage.Update) error) error {
	return w.Update(ctx, &access.Actor{Kind: access.PersonKind, Person: by}, fn)
}

func (w *world) do(by string, fn func(u *storage.Update) error) {
	w.t.Helper()
	if err := w.try(by, fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) refused(k fail.Kind, by string, fn func(u *storage.Update) error) {
	w.t.Helper()
	if err := w.try(by, fn); !fail.Is(err, k) {
		w.t.Fatalf("got %v, want a failure of kind %s", err, k)
	}
}

func (w *world) read(fn func(v *storage.View) error) error {
	return w.View(ctx, access.System(), fn)
}

func (w *world) session(secret string) (s *signin.Session, err error) {
	err = w.read(func(v *storage.View) (err error) { s, err = signin.SessionOf(v, secret); return err })
	return s, err
}

func (w *world) actor(person string) *access.Actor {
	w.t.Helper()
	var a *access.Actor
	if err := w.read(func(v *storage.View) (err error) { a, err = signin.ActorOf(v, person); return err }); err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) signIn(login, password string) (*signin.SignedIn, error) {
	return signin.SignIn(ctx, w.Database, login, password, office)
}

func TestSignInOpensASessionAndWrongOnesLookAlike(t *testing.T) {
	each(t, func(w *world) {
		in, err := w.signIn("  Ada@Example.org ", good)
		if err != nil {
			w.t.Fatal(err)
		}
		s, err := w.session(in.Secret)
		if err != nil || s.Person != "ada" || s.Network != "192.0.2.0/24" || s.WaitCode {
			w.t.Fatalf("got %+v, %v", s, err)
		}
		w.do("", func(u *storage.Update) error { return signin.SetDisabled(u, "bob", true) })
		var said []string
		for login, password := range map[string]string{"nobody@example.org": good, "ada@example.org": "wrong", "bob@example.org": good} {
			_, err := w.signIn(login, password)
			if !fail.Is(err, fail.Unauthenticated) {
				w.t.Fatalf("%s: got %v", login, err)
			}
			said = append(said, err.Error())
		}
		if said[0] != said[1] || said[1] != said[2] {
			w.t.Errorf("the answers tell accounts apart: %q", said)
		}
		if _, err := w.signIn("ada@example.org", strings.Repeat("x", 1<<20)); !fail.Is(err, fail.Unauthenticated) {
			w.t.Errorf("a megabyte of password: got %v", err)
		}
	})
}

func TestGuessingIsSlowedForKnownAndUnknownNamesAlike(t *testing.T) {
	each(t, func(w *world) {
		for _, login := range []string{"ada@example.org", "nobody@example.org"} {
			for n := range 5 {
				if _, err := w.signIn(login, "wrong"); !fail.Is(err, fail.Unauthenticated) {
					w.t.Fatalf("%s, attempt %d: got %v", login, n+1, err)
				}
			}
			if _, err := w.signIn(login, good); !fail.Is(err, fail.TooMany) {
				w.t.Fatalf("%s: the sixth attempt was not slowed: %v", login, err)
			}
		}
		w.Clock.Advance(2 * time.Second)
		if _, err := w.signIn("ada@example.org", good); err != nil {
			w.t.Errorf("the person cannot come in after the wait: %v", err)
		}
		if _, err := w.signIn("ada@example.org", good); err != nil {
			w.t.Errorf("a success does not wipe the name's failures: %v", err)
		}
	})
}

func TestANewPasswordEndsTheWaitThatGuessingAtTheOldOneBroughtAbout(t *testing.T) {
	each(t, func(w *world) {
		for range 8 {
			w.signIn("ada@example.org", "wrong")
		}
		if _, err := w.signIn("ada@example.org", good); !fail.Is(err, fail.TooMany) {
			w.t.Fatalf("guessing is not slowed: %v", err)
		}
		const fresh = "harbour-violin-copper-88"
		w.do("ada", func(u *storage.Update) error { return signin.SetPassword(u, "ada", fresh, "") })
		if _, err := w.signIn("ada@example.org", fresh); err != nil {
			w.t.Errorf("the new password at once: %v", err)
		}
	})
}

func TestANetworkThatTriesManyNamesIsSlowed(t *testing.T) {
	each(t, func(w *world) {
		slowed := 0
		for n := range 30 {
			if _, err := w.signIn(strings.Repeat("x", n+1), "wrong"); fail.Is(err, fail.TooMany) {
				slowed++
			}
		}
		if slowed != 10 {
			w.t.Errorf("%d of 30 attempts were slowed, want 10", slowed)
		}
		if _, err := signin.SignIn(ctx, w.Database, "ada@example.org", good, signin.Client{Address: "198.51.100.1"}); err != nil {
			w.t.Errorf("another network is slowed too: %v", err)
		}
	})
}

func TestManyAttemptsAtOnceAreAllCounted(t *testing.T) {
	each(t, func(w *world) {
		var wg sync.WaitGroup
		answers := make([]error, 20)
		for i := range answers {
			wg.Go(func() { _, answers[i] = w.signIn("ada@example.org", "wrong") })
		}
		wg.Wait()
		tried := 0
		for _, err := range answers {
			if fail.Is(err, fail.Unauthenticated) {
				tried++
			}
		}
		if tried > 5 {
			w.t.Errorf("%d passwords were tried at once, want at most 5", tried)
		}
	})
}

func TestWeakPasswordsAreRefusedWithTheReason(t *testing.T) {
	for password, key := range map[string]string{
		"short-one":                  "short",
		"Password1234":               "common",
		"123456789012":               "common",
		"qwertyuiopasdf":             "common",
		"aaaaaaaaaaaaaaaa":           "monotonous",
		"my-lovelace-pass":           "has-login",
		strings.Repeat("ab3!x", 300): "long",
		"abc\xff\xfe\xfddefghijk":    "not-text",
	} {
		err := signin.CheckPassword("lovelace@example.org", password)
		if e := fail.As(err); e == nil || e.Field != "password" || e.Key != "kernel.signin."+key {
			t.Errorf("%.20q: got %v, want %s", password, err, key)
		}
	}
	for _, password := range []string{good, "Der Hund schläft im Garten", "árvíztűrő tükörfúrógép", "x7#Kq2!vLp9@"} {
		if err := signin.CheckPassword("lovelace@example.org", password); err != nil {
			t.Errorf("%q was refused: %v", password, err)
		}
	}
}

func TestAnAccountHasOneNameAndANameOneAccount(t *testing.T) {
	each(t, func(w *world) {
		w.refused(fail.Invalid, "", func(u *storage.Update) error { return signin.CreateAccount(u, "cyc", "ADA@example.org", good) })
		w.refused(fail.Invalid, "", func(u *storage.Update) error { return signin.CreateAccount(u, "ada", "ada2", good) })
		w.refused(fail.Invalid, "", func(u *storage.Update) error { return signin.CreateAccount(u, "cyc", "a b", good) })
		w.refused(fail.Invalid, "", func(u *storage.Update) error { return signin.CreateAccount(u, "cyc", "", good) })
	})
}

func TestANewPasswordEndsAllOtherSessions(t *testing.T) {
	each(t, func(w *world) {
		here, _ := w.signIn("ada@example.org", good)
		there, err := w.signIn("ada@example.org", good)
		if err != nil {
			w.t.Fatal(err)
		}
		s, err := w.session(here.Secret)
		if err != nil {
			w.t.Fatal(err)
		}
		w.do("ada", func(u *storage.Update) error { return signin.SetPassword(u, "ada", "another-velvet-lamp", s.ID) })
		if _, err := w.session(here.Secret); err != nil {
			w.t.Errorf("the own session ended: %v", err)
		}
		if _, err := w.session(there.Secret); !fail.Is(err, fail.Unauthenticated) {
			w.t.Errorf("the other session lives: %v", err)
		}
		if _, err := w.signIn("ada@example.org", good); !fail.Is(err, fail.Unauthenticated) {
			w.t.Errorf("the old password still opens: %v", err)
		}
		if err := signin.CheckOwnPassword(ctx, w.Database, "ada", "another-velvet-lamp", office); err != nil {
			w.t.Error(err)
		}
	})
}

func TestSessionsExpireIdleOutAreListedAndRevoked(t *testing.T) {
	each(t, func(w *world) {
		a, _ := w.signIn("ada@example.org", good)
		b, _ := w.signIn("ada@example.org", good)
		var list []signin.Session
		w.read(func(v *storage.View) (err error) { list, err = signin.Sessions(v, "ada"); return err })
		if len(list) != 2 || list[0].Browser != "Firefox" {
			w.t.Fatalf("got %+v, want two sessions", list)
		}
		sb, _ := w.session(b.Secret)
		w.refused(fail.NotFound, "bob", func(u *storage.Update) error { return signin.Revoke(u, "bob", sb.ID) })
		w.do("ada", func(u *storage.Update) error { return signin.Revoke(u, "ada", sb.ID) })
		if _, err := w.session(b.Secret); !fail.Is(err, fail.Unauthenticated) {
			w.t.Errorf("a revoked session lives: %v", err)
		}
		for range 11 { // used every hour: lives on, but not for ever
			w.Clock.Advance(time.Hour)
			s, err := w.session(a.Secret)
			if err != nil || !s.Stale {
				w.t.Fatalf("got %+v, %v, want a living session to be touched", s, err)
			}
			if err := signin.Seen(ctx, w.Database, s); err != nil {
				w.t.Fatal(err)
			}
		}
		w.Clock.Advance(time.Hour)
		if _, err := w.session(a.Secret); !fail.Is(err, fail.Unauthenticated) {
			w.t.Errorf("a session lives beyond %v: %v", signin.SessionLongest, err)
		}
		c, _ := w.signIn("ada@example.org", good)
		w.Clock.Advance(signin.SessionIdle)
		if _, err := w.session(c.Secret); !fail.Is(err, fail.Unauthenticated) {
			w.t.Errorf("an idle session lives: %v", err)
		}
		w.do("", signin.Tidy)
		var left int
		w.read(func(v *storage.View) error {
			_, err := v.Row("SELECT (SELECT COUNT(*) FROM signin_session) + (SELECT COUNT(*) FROM signin_failure)", nil, &left)
			return err
		})
		if left > 1 { // the network's counter is younger than a day
			w.t.Errorf("%d rows left after tidying", left)
		}
	})
}

func TestALinkSignsInOnceAndAsksForAPassword(t *testing.T) {
	each(t, func(w *world) {
		var link string
		w.do("", func(u *storage.Update) (err error) {
			if err = signin.CreateAccount(u, "cyc", "cyc", ""); err == nil {
				link, err = signin.CreateLink(u, "cyc", time.Hour)
			}
			return err
		})
		if _, err := w.signIn("cyc", ""); !fail.Is(err, fail.Unauthenticated) {
			w.t.Errorf("an account without a password opens with an empty one: %v", err)
		}
		var in *signin.SignedIn
		use := func(u *storage.Update) (err error) { in, err = signin.UseLink(u, link, office); return err }
		w.do("", use)
		if s, err := w.session(in.Secret); err != nil || in.Person != "cyc" || !in.MustChange || s.Must != "change" {
			w.t.Errorf("got %+v, %+v, %v", in, s, err)
		}
		w.do("", func(u *storage.Update) error { return signin.SetPassword(u, "cyc", good, "") })
		if in, err := w.signIn("cyc", good); err != nil || in.MustChange {
			w.t.Errorf("got %+v, %v, want no change asked after one was made", in, err)
		}
		w.refused(fail.Unauthenticated, "", use)
		w.do("", func(u *storage.Update) (err error) { link, err = signin.CreateLink(u, "cyc", time.Hour); return err })
		w.Clock.Advance(time.Hour)
		w.refused(fail.Unauthenticated, "", use)
	})
}

func TestATokenActsForItsPersonWithinItsScopesUntilItEnds(t *testing.T) {
	each(t, func(w *world) {
		var secret string
		w.do("ada", func(u *storage.Update) (err error) {
			secret, err = signin.CreateToken(u, signin.Token{Name: "export", Person: "ada", Expires: u.Now.Add(time.Hour), Scopes: []access.TokenScope{{Area: access.Systems, Act: access.View}}})
			return err
		})
		if !strings.HasPrefix(secret, "stw_") {
			w.t.Errorf("the token is not to be recognised: %q", secret)
		}
		var tok *signin.Token
		look := func() error {
			return w.read(func(v *storage.View) (err error) { tok, err = signin.TokenOf(v, secret); return err })
		}
		if err := look(); err != nil {
			w.t.Fatal(err)
		}
		w.do("", func(u *storage.Update) error { return signin.TouchToken(u, tok) })
		var a *access.Actor
		if err := w.read(func(v *storage.View) (err error) { a, err = signin.TokenActor(v, tok); return err }); err != nil {
			w.t.Fatal(err)
		}
		system := access.Subject{Area: access.Systems, Unit: "sales"}
		if !access.Decide(a, access.View, system, testkit.Now).Allowed || access.Decide(a, access.Export, system, testkit.Now).Allowed {
			w.t.Error("the token reaches other than its scope")
		}
		for _, bad := range []signin.Token{
			{Name: "", Person: "ada", Expires: testkit.Now.Add(time.Hour), Scopes: tok.Scopes},
			{Name: "x", Person: "ada", Expires: testkit.Now, Scopes: tok.Scopes},
			{Name: "x", Person: "ada", Expires: testkit.Now.AddDate(2, 0, 0), Scopes: tok.Scopes},
			{Name: "x", Person: "ada", Expires: testkit.Now.Add(time.Hour)},
			{Name: "x", Person: "ada", Expires: testkit.Now.Add(time.Hour), Scopes: []access.TokenScope{{Area: "kitchen", Act: access.View}}},
		} {
			w.refused(fail.Invalid, "ada", func(u *storage.Update) error { _, err := signin.CreateToken(u, bad); return err })
		}
		id := tok.ID
		w.Clock.Advance(time.Hour)
		if err := look(); !fail.Is(err, fail.Unauthenticated) {
			w.t.Errorf("the token outlives its end: %v", err)
		}
		w.Clock.Set(testkit.Now)
		var list []signin.Token
		w.read(func(v *storage.View) (err error) { list, err = signin.Tokens(v, "ada"); return err })
		if len(list) != 1 || list[0].UsedAt.IsZero() {
			w.t.Fatalf("got %+v", list)
		}
		w.refused(fail.NotFound, "", func(u *storage.Update) error { return signin.RevokeToken(u, "bob", id) })
		w.do("", func(u *storage.Update) error { return signin.RevokeToken(u, "ada", id) })
		if err := look(); !fail.Is(err, fail.Unauthenticated) {
			w.t.Errorf("a revoked token opens: %v", err)
		}
	})
}

func TestAnActorKnowsRolesUnitsAndLine(t *testing.T) {
	each(t, func(w *world) {
		ada := w.actor("ada")
		if ada.Name != "Ada Lovelace" || ada.Lang != "de" {
			w.t.Errorf("got %q, %q", ada.Name, ada.Lang)
		}
		if want := []string{access.DepartmentHead, access.Employee}; !slices.Equal(ada.Roles, want) {
			w.t.Errorf("roles = %v, want %v of who heads a unit", ada.Roles, want)
		}
		if want := []string{"north", "sales"}; !slices.Equal(ada.Units, want) {
			w.t.Errorf("units = %v, want %v", ada.Units, want)
		}
		if want := []string{"bob", "cyc", "dan", "eve"}; !slices.Equal(ada.Below, want) {
			w.t.Errorf("below = %v, want %v, though the hierarchy is a circle", ada.Below, want)
		}
		w.do("eve", func(u *storage.Update) error {
			if err := signin.GiveRole(u, signin.Role{Person: "bob", Role: access.DepartmentHead, Unit: "it", Until: u.Now.Add(time.Hour)}); err != nil {
				return err
			}
			return signin.GiveRole(u, signin.Role{Person: "dan", Role: access.Consultant})
		})
		if bob := w.actor("bob"); !slices.Equal(bob.Units, []string{"it"}) || !slices.Contains(bob.Roles, access.DepartmentHead) {
			w.t.Errorf("the deputy has units %v and roles %v", bob.Units, bob.Roles)
		}
		w.Clock.Advance(time.Hour)
		if bob := w.actor("bob"); len(bob.Units) != 0 || !slices.Equal(bob.Roles, []string{access.Employee}) {
			w.t.Errorf("after the end: units %v, roles %v", bob.Units, bob.Roles)
		}
		w.do("", func(u *storage.Update) error { return signin.SetParty(u, "dan", "acme", "Acme") })
		if dan := w.actor("dan"); !slices.Equal(dan.Roles, []string{access.Consultant}) || dan.Party != "acme" {
			w.t.Errorf("a consultant got %v, %q", dan.Roles, dan.Party)
		}
		w.refused(fail.Invalid, "", func(u *storage.Update) error {
			return signin.GiveRole(u, signin.Role{Person: "bob", Role: "adminstrator"})
		})
		w.refused(fail.Invalid, "", func(u *storage.Update) error {
			return signin.GiveRole(u, signin.Role{Person: "bob", Role: access.Auditor, Unit: "it"})
		})
	})
}

func TestTheLastAdministratorStays(t *testing.T) {
	each(t, func(w *world) {
		w.do("", func(u *storage.Update) error {
			return signin.GiveRole(u, signin.Role{Person: "eve", Role: access.Administrator})
		})
		var roles []signin.Role
		w.read(func(v *storage.View) (err error) { roles, err = signin.Roles(v, "eve"); return err })
		w.refused(fail.Conflict, "eve", func(u *storage.Update) error { return signin.TakeRole(u, roles[0].ID) })
		w.do("", func(u *storage.Update) error {
			return signin.GiveRole(u, signin.Role{Person: "bob", Role: access.Administrator})
		})
		w.do("eve", func(u *storage.Update) error { return signin.TakeRole(u, roles[0].ID) })
	})
}

func TestClosedRecordsOpenByAnEndingGrantThatASecondPersonApproved(t *testing.T) {
	each(t, func(w *world) {
		review := access.Subject{Area: access.People, Sensitivity: access.Review}
		open := signin.Grant{Grant: access.Grant{Area: access.People, Act: access.View, Scope: access.All, Sensitivity: access.Review}, Person: "bob", Reason: "Works council complaint 12"}
		w.refused(fail.Invalid, "eve", func(u *storage.Update) error { _, err := signin.AddGrant(u, open); return err })
		open.Until = testkit.Now.Add(24 * time.Hour)
		var id string
		w.do("eve", func(u *storage.Update) (err error) {
			if err = signin.GiveRole(u, signin.Role{Person: "bob", Role: access.Administrator}); err == nil {
				id, err = signin.AddGrant(u, open)
			}
			return err
		})
		sees := func() bool { return access.Decide(w.actor("bob"), access.View, review, w.Clock.Now()).Allowed }
		if sees() {
			w.t.Error("open before the second person approved")
		}
		for _, by := range []string{"eve", "bob", ""} {
			w.refused(fail.Forbidden, by, func(u *storage.Update) error { return signin.ApproveGrant(u, id) })
		}
		w.do("ada", func(u *storage.Update) error { return signin.ApproveGrant(u, id) })
		if !sees() {
			w.t.Error("closed after the second person approved")
		}
		w.Clock.Advance(24 * time.Hour)
		if sees() {
			w.t.Error("open after the end")
		}
	})
}

func TestGrantsAreAddedToRolesAndWithdrawnFromThem(t *testing.T) {
	each(t, func(w *world) {
		cost := access.Subject{Area: access.Money, Unit: "sales"}
		sees := func() bool { return access.Decide(w.actor("ada"), access.View, cost, testkit.Now).Allowed }
		if !sees() {
			w.t.Fatal("a department head does not see the own costs")
		}
		var id string
		w.do("eve", func(u *storage.Update) (err error) {
			id, err = signin.AddGrant(u, signin.Grant{Grant: access.Grant{Role: access.DepartmentHead, Area: access.Money, Act: access.View, Scope: access.Unit}, Withdrawn: true, Reason: "Costs are central here"})
			return err
		})
		if sees() {
			w.t.Error("the withdrawn grant still holds")
		}
		w.do("eve", func(u *storage.Update) error { return signin.RemoveGrant(u, id) })
		if !sees() {
			w.t.Error("the grant does not come back")
		}
		w.do("eve", func(u *storage.Update) error {
			if _, err := signin.AddGrant(u, signin.Grant{Grant: access.Grant{Role: "buyer", Area: access.Vendors, Act: access.Edit, Scope: access.All}, Reason: "Purchasing keeps contracts"}); err != nil {
				return err
			}
			return signin.GiveRole(u, signin.Role{Person: "bob", Role: "buyer"})
		})
		if !access.Decide(w.actor("bob"), access.Edit, access.Subject{Area: access.Vendors}, testkit.Now).Allowed {
			w.t.Error("a role of the organisation's own gives nothing")
		}
	})
}

func TestNetworksAreCutShort(t *testing.T) {
	for in, want := range map[string]string{"192.0.2.7:80": "192.0.2.0/24", "192.0.2.7": "192.0.2.0/24", "[2001:db8:1:2::1]:443": "2001:db8:1::/56", "::ffff:192.0.2.9": "192.0.2.0/24", "nonsense": "", "fe80::1%eth0": "fe80::/56"} {
		if got := signin.Network(in); got != want {
			t.Errorf("Network(%q) = %q, want %q", in, got, want)
		}
	}
}
