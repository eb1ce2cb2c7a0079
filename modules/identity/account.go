package identity

import (
	"encoding/json"
	"html/template"
	"net"
	"net/http"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/web"
	"steward/lib/locale"
)

type accountPage struct {
	Name, Login  string
	Must         string // "change", "second" or ""
	HasPassword  bool
	TOTP         bool
	Problem      string
	Sessions     []sessionView
	Langs        []langView
	Enrol        *Enrolment
	Square       template.HTML // what Enrol holds, for the authenticator's camera
	Recovery     []string
	Roles        []string
	Passkeys     []passkeyView
	PasskeysHere bool // the address is one that a passkey can belong to
}

type sessionView struct {
	ID, Browser, Network, Made, Seen string
	This                             bool
}

type langView struct {
	Value, Name string
	On          bool
}

type passkeyView struct{ ID, Name, Made, Used string }

var accountTemplate = web.MustPage[accountPage](files, "pages/account.html")

func account(w http.ResponseWriter, r *web.Request) error {
	return showAccount(w, r, http.StatusOK, accountPage{})
}

func showAccount(w http.ResponseWriter, r *web.Request, code int, p accountPage) error {
	a, err := signin.AccountOf(r.View, r.Actor.Person)
	if err != nil {
		return err
	}
	p.Name, p.Login, p.HasPassword, p.TOTP, p.Must = r.Actor.Name, a.Login, a.Password, a.TOTP, r.Session.Must
	for _, name := range r.Actor.Roles {
		p.Roles = append(p.Roles, RoleTitle(r, name))
	}
	sessions, err := signin.Sessions(r.View, r.Actor.Person)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		p.Sessions = append(p.Sessions, sessionView{s.ID, browserNamed(s.Browser), s.Network, r.Moment(records.MomentOf(s.MadeAt)), r.Ago(records.MomentOf(s.SeenAt)), s.ID == r.Session.ID})
	}
	for _, l := range locale.Langs() {
		p.Langs = append(p.Langs, langView{string(l), l.Name(), l == r.Lang})
	}
	keys, err := PasskeysOf(r.View, r.Actor.Person)
	if err != nil {
		return err
	}
	for _, k := range keys {
		v := passkeyView{ID: k.ID, Name: k.Name, Made: r.Moment(records.MomentOf(k.MadeAt)), Used: web.Unknown}
		if !k.UsedAt.IsZero() {
			v.Used = r.Ago(records.MomentOf(k.UsedAt))
		}
		p.Passkeys = append(p.Passkeys, v)
	}
	p.PasskeysHere = named(r.Host)
	if p.Enrol != nil {
		if p.Square, err = square(p.Enrol.URL, r.T("identity.totp-square", "The key as a picture for the authenticator's camera")); err != nil {
			return err
		}
	}
	return accountTemplate.Status(w, r, code, web.Shell{Title: r.T("identity.account", "My account")}, p)
}

// named says whether the address is a name: browsers tie no passkey to a number.
func named(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	return net.ParseIP(host) == nil
}

// issuer is how authenticators name what their codes are for.
const issuer = "Steward"

// saveAccount changes the own password, language or second factor.
func saveAccount(w http.ResponseWriter, r *web.Request) error {
	var p accountPage
	var err error
	shown := false // what was made is shown once, at once
	me := r.Actor.Person
	switch r.PostFormValue("do") {
	case "password":
		err = changePassword(r)
	case "lang":
		err = r.Site.DB.Update(r.Context(), access.System(), func(u *records.Tx) error {
			d := r.Site.Registry.Def("org.person")
			return d.Update(u, me, records.AnyVersion, func(rec any) error {
				d.SetValue(rec, "lang", r.PostFormValue("lang"))
				return nil
			})
		})
	case "totp":
		shown = true
		err = r.Update(func(u *records.Tx) error {
			e, err := StartTOTP(u, r.Site.Key, me, issuer)
			p.Enrol = &e
			return err
		})
	case "totp-confirm":
		shown = true
		err = r.Update(func(u *records.Tx) (err error) {
			if p.Recovery, err = ConfirmTOTP(u, r.Site.Key, me, r.PostFormValue("code")); err != nil {
				return err
			}
			return signin.Proven(u, r.Session.ID)
		})
		if err == nil {
			r.Session.Must = ""
		}
	case "totp-remove":
		if err = checkPresent(r); err == nil {
			err = r.Update(func(u *records.Tx) error { return RemoveTOTP(u, me) })
		}
	default:
		err = fail.New(fail.Invalid, "identity.bulk-act", "There is no such action.")
	}
	if e := fail.As(err); e != nil && e.Kind != fail.Unavailable {
		p = accountPage{Problem: r.Say(e)}
		if e.Field == "code" { // the key that the authenticator holds by now stays on the page
			if p.Enrol, err = StartedTOTP(r.View, r.Site.Key, me, issuer); err != nil {
				return err
			}
		}
		return showAccount(w, r, web.Status(e.Kind), p)
	}
	if err != nil {
		return err
	}
	if shown {
		return r.Reopen(func() error { return showAccount(w, r, http.StatusOK, p) })
	}
	r.Toast(w, "saved")
	if !r.SetUp && r.May(access.Admin, access.Settings) {
		return r.Redirect(w, "/setup")
	}
	return r.Redirect(w, r.Back("/account"))
}

// checkPresent asks who has a password for it.
func checkPresent(r *web.Request) error {
	a, err := signin.AccountOf(r.View, r.Actor.Person)
	if err != nil || !a.Password {
		return err
	}
	return signin.CheckOwnPassword(r.Context(), r.Site.DB, r.Actor.Person, r.PostFormValue("old"), r.Client())
}

func changePassword(r *web.Request) error {
	a, err := signin.AccountOf(r.View, r.Actor.Person)
	if err != nil {
		return err
	}
	if a.Password && !a.MustChange {
		if err := checkPresent(r); err != nil {
			return err
		}
	}
	password := r.PostFormValue("password")
	if err := signin.CheckPassword(a.Login, password); err != nil {
		return err
	}
	return r.Update(func(u *records.Tx) error { return signin.SetPassword(u, r.Actor.Person, password, r.Session.ID) })
}

func revokeSession(w http.ResponseWriter, r *web.Request) error {
	if err := r.Update(func(u *records.Tx) error { return signin.Revoke(u, r.Actor.Person, r.PostFormValue("id")) }); err != nil {
		return err
	}
	return r.Redirect(w, "/account")
}

// startAdding gives the script what the browser makes a passkey with.
func startAdding(w http.ResponseWriter, r *web.Request) error {
	options, cookie, err := passkeysAt(r).StartAdding(r.View, r.Site.Key, r.Actor.Person)
	if err == nil {
		setCookie(w, r, passkeyCookie, "/account", cookie)
	}
	return answerJSON(w, r, json.RawMessage(options), err)
}

// finishAdding keeps the passkey that was made, under the name in the address.
func finishAdding(w http.ResponseWriter, r *web.Request) error {
	answer, cookie, err := answerOf(r)
	if err == nil {
		err = r.Update(func(u *records.Tx) error {
			if err := passkeysAt(r).FinishAdding(u, r.Site.Key, r.Actor.Person, cookie, answer, r.URL.Query().Get("name")); err != nil {
				return err
			}
			return signin.Proven(u, r.Session.ID)
		})
	}
	if err == nil {
		setCookie(w, r, passkeyCookie, "/account", "")
		r.Toast(w, "saved")
	}
	return answerJSON(w, r, map[string]string{"to": "/account"}, err)
}

func removePasskey(w http.ResponseWriter, r *web.Request) error {
	err := r.Update(func(u *records.Tx) error { return RemovePasskey(u, r.Actor.Person, r.PostFormValue("id")) })
	if e := fail.As(err); e != nil && e.Kind == fail.Conflict {
		return showAccount(w, r, http.StatusConflict, accountPage{Problem: r.Say(e)})
	}
	if err != nil {
		return err
	}
	r.Toast(w, "saved")
	return r.Redirect(w, "/account")
}
