package identity_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/kernel/testkit/apptest"
	"steward/kernel/web"
	"steward/modules/identity"
)

// enterBy signs a browser in by name and password, and returns where it is sent.
func enterBy(b *apptest.Browser, login, password string) apptest.Answer {
	return b.Post("/sign-in", url.Values{"login": {login}, "password": {password}})
}

func directoryForm(url_, pem, user, password string) url.Values {
	return url.Values{"part": {"directory"}, "url": {url_}, "certificate": {pem}, "user": {user}, "password": {password}, "base": {"dc=example,dc=org"},
		"filter": {"(&(objectClass=inetOrgPerson)(|(uid={login})(mail={login})))"}, "id": {"entryUUID"}, "login": {"mail"},
		"group_filter": {"(&(objectClass=groupOfNames)(member={dn}))"}, "directory_roles": {"IT staff = " + access.Technician + "\n"}}
}

func TestADirectoryIsTriedKeptAndSignsPeopleInWithTheirGroupsRoles(t *testing.T) {
	d, pem := slapdWith(t)
	each(t, func(w *world) {
		w.do("", func(u *storage.Update) error { // ada's password is the directory's
			u.Actor = access.System()
			_, err := u.Exec("UPDATE signin_account SET password = NULL WHERE person = $1", w.id["ada"])
			return err
		})
		admin := w.Browser(w.t, w.Person(w.t, "Root", access.Administrator))
		form := directoryForm(d.URL, pem, d.User, "search-secret")
		try := func(name string) apptest.Answer {
			f := url.Values{}
			for k, v := range form {
				f[k] = v
			}
			f.Set("do", "try-directory")
			f.Set("try", name)
			return admin.Post("/settings/sign-in", f)
		}
		a := try("ada")
		for _, want := range []string{"knows uid=ada,dc=example,dc=org", "ada@example.org", "cn=IT staff,dc=example,dc=org", "Technician"} {
			if a.Status != 200 || !strings.Contains(a.Body, want) {
				w.t.Errorf("trying ada: %d, lacks %q", a.Status, want)
			}
		}
		if a := try("carl"); !strings.Contains(a.Body, "none: nobody comes in") {
			w.t.Error("trying carl does not say that there is no account")
		}
		if a := try("nobody"); !strings.Contains(a.Body, "knows nobody") {
			w.t.Error("trying nobody does not say so")
		}
		form.Set("password", "wrong")
		if a := try("ada"); a.Status != 503 || !strings.Contains(a.Body, "Invalid Credentials") || strings.Contains(a.Body, `value="wrong"`) {
			w.t.Errorf("a wrong password of the searching user: %d", a.Status)
		}
		form.Set("password", "search-secret")
		form.Set("do", "save")
		if a := admin.Post("/settings/sign-in", form); a.Status != 303 {
			w.t.Fatalf("saving: %d %s", a.Status, a.Body)
		}
		if a := admin.Get("/settings/sign-in"); strings.Contains(a.Body, "search-secret") || strings.Contains(a.Body, "s1.") || !strings.Contains(a.Body, "One is kept, sealed") {
			w.t.Error("the page shows the secret, or not that there is one")
		}
		w.read(func(v *storage.View) error {
			for _, query := range []string{"SELECT COUNT(*) FROM history WHERE changes LIKE '%search-secret%' OR changes LIKE '%s1.%'", "SELECT COUNT(*) FROM org_setting WHERE value LIKE '%search-secret%'"} {
				var n int
				if _, err := v.Row(query, nil, &n); err != nil || n != 0 {
					w.t.Errorf("the secret stands in the database %d times: %v", n, err)
				}
			}
			return nil
		})
		form.Set("password", "") // the kept one is used
		form.Set("url", "ldap://127.0.0.1:1")
		if a := try("ada"); a.Status != 503 {
			w.t.Errorf("a server that is not there: %d", a.Status)
		}
		b := w.Browser(w.t, nil)
		if a := enterBy(b, "ada", "ada-wrong"); a.Status != 401 {
			w.t.Errorf("a wrong password: %d", a.Status)
		}
		if a := enterBy(b, "carl", "carl-secret"); a.Status != 401 || !strings.Contains(a.Body, "no account here") {
			w.t.Errorf("somebody without an account: %d", a.Status)
		}
		if a := enterBy(b, "ada@example.org", "ada-secret"); a.Status != 303 || a.Header.Get("Location") != "/" {
			w.t.Fatalf("ada: %d to %q", a.Status, a.Header.Get("Location"))
		}
		if a := b.Get("/account"); !strings.Contains(a.Body, "Technician") {
			w.t.Error("ada did not get the role of the group")
		}
		if a := enterBy(w.Browser(w.t, nil), "bob@example.org", good); a.Status != 303 {
			w.t.Errorf("a password of Steward beside the directory: %d", a.Status)
		}
		// The role goes when the mapping gives another one; what people gave stays.
		w.do("", func(u *storage.Update) error {
			u.Actor = access.System()
			return signin.GiveRole(u, signin.Role{Person: w.id["ada"], Role: access.Auditor})
		})
		form.Set("url", d.URL)
		form.Set("directory_roles", "cn=IT staff,dc=example,dc=org = "+access.Executive)
		form.Set("do", "save")
		if a := admin.Post("/settings/sign-in", form); a.Status != 303 {
			w.t.Fatalf("saving again: %d", a.Status)
		}
		if a := enterBy(w.Browser(w.t, nil), "ada", "ada-secret"); a.Status != 303 {
			w.t.Fatalf("ada again, with the kept secret: %d %s", a.Status, a.Body)
		}
		var roles []string
		w.read(func(v *storage.View) error {
			list, err := signin.Roles(v, w.id["ada"])
			for _, r := range list {
				roles = append(roles, r.Role)
			}
			return err
		})
		if !slices.Equal(roles, []string{access.Auditor, access.Executive}) {
			w.t.Errorf("ada's roles are %v", roles)
		}
	})
}

func TestWrongProvidersAreRefusedWithTheFieldAndForOthersAltogether(t *testing.T) {
	each(t, func(w *world) {
		admin := w.Browser(w.t, w.Person(w.t, "Root", access.Administrator))
		for what, form := range map[string]url.Values{
			"an address of the web":  directoryForm("http://x", "", "", ""),
			"a broken certificate":   directoryForm("ldaps://x", "no PEM", "", ""),
			"a role that is none":    {"part": {"directory"}, "url": {"ldaps://x"}, "filter": {"(uid={login})"}, "id": {"i"}, "login": {"l"}, "directory_roles": {"staff = king"}},
			"an issuer without TLS":  {"part": {"openid"}, "name": {"x"}, "issuer": {"http://example.org"}, "client_id": {"c"}},
			"no client":              {"part": {"openid"}, "name": {"x"}, "issuer": {"https://example.org"}},
			"a second-factor's role": {"do": {"second"}, "role": {"king"}},
		} {
			if a := admin.Post("/settings/sign-in", form); a.Status != 422 || !strings.Contains(a.Body, `class="em"`) && what != "a second-factor's role" {
				w.t.Errorf("%s: %d", what, a.Status)
			}
		}
		for _, role := range []string{access.Auditor, access.MISManager} {
			b := w.Browser(w.t, w.Person(w.t, "P "+role, role))
			if a := b.Get("/settings/sign-in"); a.Status != 200 || strings.Contains(a.Body, `value="save"`) {
				w.t.Errorf("%s reads the page: %d, or may save", role, a.Status)
			}
			if a := b.Post("/settings/sign-in", directoryForm("ldaps://x", "", "", "")); a.Status != 403 {
				w.t.Errorf("%s saves: %d", role, a.Status)
			}
		}
		if a := w.Browser(w.t, w.Person(w.t, "Tech", access.Technician)).Get("/settings/sign-in"); a.Status != 404 {
			w.t.Errorf("a technician: %d", a.Status)
		}
	})
}

func TestAnOpenIDProviderIsSetUpTriedAndSignsIn(t *testing.T) {
	p := newProvider(t)
	each(t, func(w *world) {
		if a := w.Browser(w.t, nil).Get("/sign-in"); strings.Contains(a.Body, "Firm") || strings.Contains(a.Body, "passkey") {
			w.t.Error("the page of signing in offers what is not set up")
		}
		if a := w.Browser(w.t, nil).Get("/sign-in/openid"); a.Status != 404 {
			w.t.Errorf("a provider that is not set up: %d", a.Status)
		}
		admin := w.Browser(w.t, w.Person(w.t, "Root", access.Administrator))
		form := url.Values{"part": {"openid"}, "name": {"Firm"}, "issuer": {p.URL}, "client_id": {"steward"}, "secret": {"client-secret"}, "group_claim": {"groups"}, "openid_roles": {"it = " + access.Technician}, "do": {"try-openid"}}
		if a := admin.Post("/settings/sign-in", form); a.Status != 200 || !strings.Contains(a.Body, p.URL+"/auth") || strings.Contains(a.Body, "client-secret\"") {
			w.t.Errorf("trying: %d", a.Status)
		}
		form.Set("do", "save")
		if a := admin.Post("/settings/sign-in", form); a.Status != 303 {
			w.t.Fatalf("saving: %d %s", a.Status, a.Body)
		}
		b := w.Browser(w.t, nil)
		if a := b.Get("/sign-in?back=/inbox"); !strings.Contains(a.Body, "Sign in with Firm") || !strings.Contains(a.Body, `href="/sign-in/openid?back=%2finbox"`) && !strings.Contains(a.Body, `href="/sign-in/openid?back=%2Finbox"`) {
			w.t.Error("the page does not offer the provider")
		}
		a := b.Get("/sign-in/openid?back=/account")
		if a.Status != 303 {
			w.t.Fatalf("to the provider: %d %s", a.Status, a.Body)
		}
		p.back = b.Base + "/sign-in/openid/back"
		back := p.visit(w.t, a.Header.Get("Location"))
		if a := w.Browser(w.t, nil).Get("/sign-in/openid/back?" + back.Encode()); a.Status != 401 {
			w.t.Errorf("another browser comes back: %d", a.Status)
		}
		if a := b.Get("/sign-in/openid/back?" + back.Encode()); a.Status != 303 || a.Header.Get("Location") != "/account" {
			w.t.Fatalf("back: %d to %q %s", a.Status, a.Header.Get("Location"), a.Body)
		}
		if a := b.Get("/account"); a.Status != 200 || !strings.Contains(a.Body, "Technician") {
			w.t.Errorf("the account: %d, without the group's role", a.Status)
		}
		if a := b.Get("/sign-in/openid/back?" + back.Encode()); a.Status != 401 {
			w.t.Errorf("coming back twice: %d", a.Status)
		}
	})
}

// code is what an authenticator shows for a secret (RFC 6238).
func code(t *testing.T, secret string, at time.Time) string {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	binary.Write(mac, binary.BigEndian, at.Unix()/30)
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[sum[19]&0xf:])&0x7fffffff)%1_000_000)
}

func TestARoleThatNeedsASecondFactorSetsOneUpBeforeAnythingElse(t *testing.T) {
	each(t, func(w *world) {
		w.do("", func(u *storage.Update) error {
			u.Actor = access.System()
			return signin.GiveRole(u, signin.Role{Person: w.id["ada"], Role: access.MISManager})
		})
		admin := w.Browser(w.t, w.Person(w.t, "Root", access.Administrator))
		if a := admin.Post("/settings/sign-in", url.Values{"do": {"second"}, "role": {access.MISManager}}); a.Status != 303 {
			w.t.Fatalf("setting the policy: %d", a.Status)
		}
		bob := w.Browser(w.t, nil)
		if a := enterBy(bob, "bob@example.org", good); a.Status != 303 || bob.Get("/search?q=x").Status != 200 {
			w.t.Error("a role that needs none is asked")
		}
		b := w.Browser(w.t, nil)
		enterBy(b, "ada@example.org", good)
		if a := b.Get("/search?q=x"); a.Status != 303 || a.Header.Get("Location") != "/account?must=second" {
			w.t.Fatalf("before a second factor: %d to %q", a.Status, a.Header.Get("Location"))
		}
		req, _ := http.NewRequest("GET", b.Base+"/api/v1/me", nil)
		if a := b.Send(req); a.Status != 401 {
			w.t.Errorf("the API before a second factor: %d", a.Status)
		}
		if a := b.Get("/account"); !strings.Contains(a.Body, "Your role needs a second factor") {
			w.t.Error("the account does not say what is needed")
		}
		a := b.Post("/account", url.Values{"do": {"totp"}})
		secret := regexp.MustCompile(`[A-Z2-7]{32}`).FindString(a.Body)
		if a := b.Post("/account", url.Values{"do": {"totp-confirm"}, "code": {"000000"}}); a.Status != 422 {
			w.t.Errorf("a wrong code: %d", a.Status)
		}
		if a := b.Get("/search?q=x"); a.Status != 303 {
			w.t.Errorf("after a wrong code: %d", a.Status)
		}
		if a := b.Post("/account", url.Values{"do": {"totp-confirm"}, "code": {code(w.t, secret, w.Clock.Now())}}); a.Status != 200 || !strings.Contains(a.Body, "recovery codes") {
			w.t.Fatalf("confirming: %d", a.Status)
		}
		if a := b.Get("/search?q=x"); a.Status != 200 {
			w.t.Errorf("after it: %d", a.Status)
		}
		if a := b.Post("/account", url.Values{"do": {"totp-remove"}, "old": {good}}); a.Status != 409 {
			w.t.Errorf("going without again: %d", a.Status)
		}
		again := w.Browser(w.t, nil)
		if a := enterBy(again, "ada@example.org", good); a.Header.Get("Location") != "/sign-in/code?back=%2F" {
			w.t.Errorf("the next sign-in goes to %q", a.Header.Get("Location"))
		}
		if a := again.Get("/account"); a.Status != 303 {
			w.t.Errorf("the account before the code: %d", a.Status)
		}
		w.Clock.Advance(time.Minute)
		if a := again.Post("/sign-in/code", url.Values{"code": {code(w.t, secret, w.Clock.Now())}}); a.Status != 303 {
			w.t.Errorf("the code: %d", a.Status)
		}
		if a := again.Get("/search?q=x"); a.Status != 200 {
			w.t.Errorf("after the code: %d", a.Status)
		}
	})
}

func TestASecondFactorThatARoleComesToNeedHoldsAtOnceForThoseSignedIn(t *testing.T) {
	each(t, func(w *world) {
		give := func(who string) {
			w.do("", func(u *storage.Update) error {
				u.Actor = access.System()
				return signin.GiveRole(u, signin.Role{Person: w.id[who], Role: access.MISManager})
			})
		}
		give("ada")
		ada, bob := w.Browser(w.t, nil), w.Browser(w.t, nil)
		enterBy(ada, "ada@example.org", good)
		enterBy(bob, "bob@example.org", good)
		expect := func(b *apptest.Browser, when, place string) {
			w.t.Helper()
			a := b.Get("/search?q=x")
			if place == "" && a.Status != 200 || place != "" && (a.Status != 303 || a.Header.Get("Location") != place) {
				w.t.Errorf("%s: %d to %q, want %q", when, a.Status, a.Header.Get("Location"), place)
			}
			req, _ := http.NewRequest("GET", b.Base+"/api/v1/me", nil)
			if a := b.Send(req); (a.Status == 200) != (place == "") {
				w.t.Errorf("%s, the API: %d", when, a.Status)
			}
		}
		admin := w.Browser(w.t, w.Person(w.t, "Root", access.Administrator))
		policy := func(roles ...string) {
			if a := admin.Post("/settings/sign-in", url.Values{"do": {"second"}, "role": roles}); a.Status != 303 {
				w.t.Fatalf("setting the policy: %d", a.Status)
			}
		}
		expect(ada, "before the policy", "")
		policy(access.MISManager)
		expect(ada, "with the policy", "/account?must=second")
		expect(bob, "without the role", "")
		give("bob")
		expect(bob, "with the role given while signed in", "/account?must=second")
		policy()
		expect(ada, "with the policy gone", "")
		w.do("", func(u *storage.Update) error {
			u.Actor = access.System()
			return signin.SetFactor(u, w.id["ada"], signin.Passkey, true)
		})
		policy(access.MISManager)
		expect(ada, "with a passkey that this session did not show", "/sign-in?back=%2Fsearch%3Fq%3Dx")
	})
}

func TestTheSessionChangesAtEachStepOfSigningInAndTheOldOneIsRefused(t *testing.T) {
	each(t, func(w *world) {
		cookie := func(a apptest.Answer) string {
			for _, c := range (&http.Response{Header: a.Header}).Cookies() {
				if c.Name == web.SessionCookie {
					if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
						w.t.Errorf("the cookie is %+v", c)
					}
					return c.Value
				}
			}
			return ""
		}
		as := func(secret, path string) int {
			b := w.Browser(w.t, nil)
			req, _ := http.NewRequest("GET", b.Base+path, nil)
			req.AddCookie(&http.Cookie{Name: web.SessionCookie, Value: secret})
			return b.Send(req).Status
		}
		// A secret that somebody planted is not taken over.
		b := w.Browser(w.t, nil)
		req, _ := http.NewRequest("POST", b.Base+"/sign-in", strings.NewReader(url.Values{"login": {"bob@example.org"}, "password": {good}}.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", b.Base)
		req.AddCookie(&http.Cookie{Name: web.SessionCookie, Value: "planted"})
		first := cookie(b.Send(req))
		if first == "" || first == "planted" || as("planted", "/account") != 303 || as(first, "/account") != 200 {
			w.t.Errorf("the session after a planted one: %q", first)
		}
		second := cookie(enterBy(w.Browser(w.t, nil), "bob@example.org", good))
		if second == first {
			w.t.Error("two sign-ins have one session")
		}
		// With a second factor: the one that waits opens nothing, and ends with the code.
		var enrolled identity.Enrolment
		w.do(w.id["ada"], func(u *storage.Update) (err error) {
			enrolled, err = identity.StartTOTP(u, w.Key, w.id["ada"], "Steward")
			return err
		})
		w.do(w.id["ada"], func(u *storage.Update) error {
			_, err := identity.ConfirmTOTP(u, w.Key, w.id["ada"], code(w.t, enrolled.Secret, w.Clock.Now()))
			return err
		})
		w.Clock.Advance(time.Minute)
		ada := w.Browser(w.t, nil)
		waiting := cookie(enterBy(ada, "ada@example.org", good))
		if as(waiting, "/account") != 303 {
			w.t.Error("a session that waits for a code opens the account")
		}
		full := cookie(ada.Post("/sign-in/code", url.Values{"code": {code(w.t, enrolled.Secret, w.Clock.Now())}}))
		if full == "" || full == waiting || as(waiting, "/account") != 303 || as(full, "/account") != 200 {
			w.t.Error("the session did not change with the code, or the old one still opens")
		}
		// A new password ends the other sessions; signing out ends this one.
		b = w.Browser(w.t, nil)
		mine := cookie(enterBy(b, "bob@example.org", good))
		if a := b.Post("/account", url.Values{"do": {"password"}, "old": {good}, "password": {"marble-kettle-orchid-5"}}); a.Status != 303 {
			w.t.Fatalf("a new password: %d %s", a.Status, a.Body)
		}
		if as(first, "/account") != 303 || as(second, "/account") != 303 || as(mine, "/account") != 200 {
			w.t.Error("a new password leaves other sessions, or ends this one")
		}
		b.Post("/sign-out", nil)
		if as(mine, "/account") != 303 {
			w.t.Error("a session that was signed out still opens")
		}
	})
}

func TestGuessingByThePageIsSlowedAndSaysNothingOfWhoExists(t *testing.T) {
	each(t, func(w *world) {
		closed := w.Person(w.t, "Closed Clara")
		w.Do(w.t, func(u *records.Tx) error { return signin.SetDisabled(u, closed.Person, true) })
		words := regexp.MustCompile(`<b>([^<]*)</b></div>`)
		said := func(login, password string) (int, string) {
			a := enterBy(w.Browser(w.t, nil), login, password)
			m := words.FindStringSubmatch(a.Body)
			if m == nil {
				return a.Status, ""
			}
			return a.Status, m[1]
		}
		wantStatus, want := said("bob@example.org", "wrong")
		if wantStatus != 401 || want == "" {
			w.t.Fatalf("a wrong password: %d %q", wantStatus, want)
		}
		for _, login := range []string{"nobody", "closed.clara", "<script>", strings.Repeat("x", 5000), "\x00", "' OR 1=1 --"} {
			if status, text := said(login, "wrong"); status != wantStatus || text != want {
				w.t.Errorf("%.20q: %d %q, where a known name has %d %q", login, status, text, wantStatus, want)
			}
		}
		// Of a known and of an unknown name: five tries are free, then each has to wait, twice as long each time.
		for _, login := range []string{"ada@example.org", "somebody"} {
			w.Clock.Advance(2 * time.Hour) // else the network is slowed too
			var waits []int
			for range 5 {
				said(login, "wrong")
			}
			for range 4 {
				status, text := said(login, good)
				if status != 429 {
					w.t.Fatalf("%s: after five failures the right password is answered %d", login, status)
				}
				var n int
				fmt.Sscan(regexp.MustCompile(`\d+`).FindString(text), &n)
				waits = append(waits, n)
				w.Clock.Advance(time.Duration(n) * time.Second)
				said(login, "wrong")
			}
			if waits[0] < 1 || waits[1] != 2*waits[0] || waits[3] != 8*waits[0] {
				w.t.Errorf("%s waits %v seconds", login, waits)
			}
		}
		w.Clock.Advance(2 * time.Hour)
		if status, _ := said("ada@example.org", good); status != 303 {
			w.t.Errorf("after two hours: %d", status)
		}
	})
}

func TestAMistypedCodeKeepsTheKeyOnThePage(t *testing.T) {
	each(t, func(w *world) {
		b := w.Browser(w.t, w.Person(w.t, "Emil", access.Employee))
		key := regexp.MustCompile(`\b[A-Z2-7]{32}\b`)
		page := b.Post("/account", url.Values{"do": {"totp"}}).Body
		if !strings.Contains(page, `<svg class="qr" role="img" aria-label="The key as a picture`) {
			w.t.Error("there is nothing to scan")
		}
		first := key.FindString(page)
		a := b.Post("/account", url.Values{"do": {"totp-confirm"}, "code": {"000000"}})
		if first == "" || a.Status != 422 || key.FindString(a.Body) != first {
			w.t.Errorf("%d, and the key %q became %q", a.Status, first, key.FindString(a.Body))
		}
	})
}

func TestThePresentPasswordIsAskedForBeforeWhatIsGraveAndGuessingItIsSlowed(t *testing.T) {
	each(t, func(w *world) {
		b := w.Browser(w.t, nil)
		if a := enterBy(b, "ada@example.org", good); a.Status != 303 {
			w.t.Fatal(a.Status)
		}
		secret := regexp.MustCompile(`\b[A-Z2-7]{32}\b`).FindString(b.Post("/account", url.Values{"do": {"totp"}}).Body)
		b.Post("/account", url.Values{"do": {"totp-confirm"}, "code": {code(w.t, secret, w.Clock.Now())}})
		slowed := false
		for n := range 8 {
			a := b.Post("/account", url.Values{"do": {"totp-remove"}, "old": {fmt.Sprint("guess ", n)}})
			if slowed = a.Status == 429; !slowed && a.Status != 422 {
				w.t.Fatalf("guess %d: %d", n, a.Status)
			}
		}
		if !slowed {
			w.t.Error("eight guesses are as quick as one")
		}
		if a := b.Post("/account", url.Values{"do": {"password"}, "old": {good}, "password": {"another " + good}}); a.Status != 429 {
			w.t.Errorf("the other form guesses on: %d", a.Status)
		}
		w.Clock.Advance(time.Hour)
		if a := b.Post("/account", url.Values{"do": {"totp-remove"}, "old": {good}}); a.Status != 303 {
			w.t.Errorf("with the password: %d", a.Status)
		}
	})
}
