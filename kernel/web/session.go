package web

import (
	"net/http"

	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/signin"
)

// SessionCookie holds the secret of a signed-in browser.
const SessionCookie = "steward_session"

type signInPage struct {
	Login, Back, Problem string
	Action               string
	Welcome              bool
	Name                 string
}

var signInTemplate = MustPage[signInPage](pageFiles, "pages/signin.html")

type codePage struct{ Back, Problem string }

var codeTemplate = MustPage[codePage](pageFiles, "pages/code.html")

func (s *Site) signInForm(w http.ResponseWriter, r *Request) error {
	if r.Actor != nil {
		return r.Redirect(w, r.Back("/"))
	}
	return r.showSignIn(w, http.StatusOK, signInPage{Back: r.FormValue("back")})
}

func (r *Request) showSignIn(w http.ResponseWriter, code int, p signInPage) error {
	return signInTemplate.Status(w, r, code, Shell{Title: r.T("kernel.web.sign-in-title", "Sign in"), Bare: true}, p)
}

func (s *Site) signIn(w http.ResponseWriter, r *Request) error {
	login := r.PostFormValue("login")
	in, err := signin.SignIn(r.Context(), s.DB, login, r.PostFormValue("password"), r.Client())
	if e := fail.As(err); e != nil {
		return r.showSignIn(w, Status(e.Kind), signInPage{Login: login, Back: r.PostFormValue("back"), Problem: r.Say(e)})
	}
	if err != nil {
		return err
	}
	return r.enter(w, in)
}

// enter gives the browser its session and sends it where it wanted to go.
func (r *Request) enter(w http.ResponseWriter, in *signin.SignedIn) error {
	r.keepSession(w, in.Secret)
	switch back := r.Back("/"); {
	case in.NeedsCode:
		return r.Redirect(w, "/sign-in/code?back="+back)
	case in.MustChange:
		return r.Redirect(w, "/account?must=change")
	default:
		return r.Redirect(w, back)
	}
}

func (r *Request) keepSession(w http.ResponseWriter, secret string) {
	http.SetCookie(w, &http.Cookie{Name: SessionCookie, Value: secret, Path: "/", HttpOnly: true, Secure: r.Site.Secure || r.TLS != nil, SameSite: http.SameSiteLaxMode})
}

func (s *Site) codeForm(w http.ResponseWriter, r *Request) error {
	return codeTemplate.Show(w, r, Shell{Title: r.T("kernel.web.sign-in-title", "Sign in"), Bare: true}, codePage{Back: r.FormValue("back")})
}

func (s *Site) enterCode(w http.ResponseWriter, r *Request) error {
	c, err := r.Cookie(SessionCookie)
	if err != nil {
		return r.Redirect(w, "/sign-in")
	}
	in, err := signin.EnterCode(r.Context(), s.DB, s.Key, c.Value, r.PostFormValue("code"), r.Client())
	if e := fail.As(err); e != nil {
		return codeTemplate.Status(w, r, Status(e.Kind), Shell{Title: r.T("kernel.web.sign-in-title", "Sign in"), Bare: true}, codePage{Back: r.PostFormValue("back"), Problem: r.Say(e)})
	}
	if err != nil {
		return err
	}
	return r.enter(w, in)
}

// welcomeForm shows a button: mail programs open links by themselves, and a
// link that works once must not be used up by them.
func (s *Site) welcomeForm(w http.ResponseWriter, r *Request) error {
	return r.showSignIn(w, http.StatusOK, signInPage{Welcome: true, Action: "/welcome/" + r.PathValue("secret")})
}

func (s *Site) welcome(w http.ResponseWriter, r *Request) error {
	var in *signin.SignedIn
	err := r.Update(func(u *records.Tx) error {
		var err error
		in, err = signin.UseLink(u, r.PathValue("secret"), r.Client())
		return err
	})
	if e := fail.As(err); e != nil {
		return r.showSignIn(w, Status(e.Kind), signInPage{Problem: r.Say(e)})
	}
	if err != nil {
		return err
	}
	return r.enter(w, in)
}

func (s *Site) signOut(w http.ResponseWriter, r *Request) error {
	c, err := r.Cookie(SessionCookie)
	if err == nil {
		if err := r.Update(func(u *records.Tx) error { return signin.SignOut(u, c.Value) }); err != nil {
			return err
		}
	}
	http.SetCookie(w, &http.Cookie{Name: SessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return r.Redirect(w, "/sign-in")
}

type accountPage struct {
	Name, Login    string
	MustChange     bool
	HasPassword    bool
	TOTP           bool
	Problem        string
	Sessions       []sessionView
	Langs          []optionView
	Enrol          *signin.Enrolment
	Recovery       []string
	Roles          []string
	CurrentSession string
}

type sessionView struct {
	ID, Browser, Network, Made, Seen string
	This                             bool
}

var accountTemplate = MustPage[accountPage](pageFiles, "pages/account.html")

func (s *Site) account(w http.ResponseWriter, r *Request) error {
	return r.showAccount(w, http.StatusOK, accountPage{MustChange: r.FormValue("must") != ""})
}

func (r *Request) showAccount(w http.ResponseWriter, code int, p accountPage) error {
	a, err := signin.AccountOf(r.View, r.Actor.Person)
	if err != nil {
		return err
	}
	p.Name, p.Login, p.HasPassword, p.TOTP = r.Actor.Name, a.Login, a.Password, a.TOTP
	p.MustChange = p.MustChange || a.MustChange
	p.CurrentSession = r.Session.ID
	for _, l := range r.Actor.Roles {
		p.Roles = append(p.Roles, l)
	}
	sessions, err := signin.Sessions(r.View, r.Actor.Person)
	if err != nil {
		return err
	}
	for _, se := range sessions {
		p.Sessions = append(p.Sessions, sessionView{se.ID, se.Browser, se.Network, r.Moment(records.MomentOf(se.MadeAt)), r.Ago(records.MomentOf(se.SeenAt)), se.ID == r.Session.ID})
	}
	p.Langs = r.langOptions(r.Actor.Lang)
	return accountTemplate.Status(w, r, code, Shell{Title: r.T("kernel.web.account", "My account")}, p)
}

// saveAccount changes the own password, language or second factor.
func (s *Site) saveAccount(w http.ResponseWriter, r *Request) error {
	var p accountPage
	var err error
	switch r.PostFormValue("do") {
	case "password":
		err = r.changePassword()
	case "lang":
		err = r.Site.DB.Update(r.Context(), system(), func(u *records.Tx) error {
			d := s.Registry.Def("org.person")
			return d.Update(u, r.Actor.Person, records.AnyVersion, func(rec any) error {
				d.SetValue(rec, "lang", r.PostFormValue("lang"))
				return nil
			})
		})
	case "totp":
		err = r.Update(func(u *records.Tx) error {
			e, err := signin.StartTOTP(u, s.Key, r.Actor.Person, "Steward")
			p.Enrol = &e
			return err
		})
		if err == nil {
			return r.Reopen(func() error { return r.showAccount(w, http.StatusOK, p) })
		}
	case "totp-confirm":
		err = r.Update(func(u *records.Tx) (err error) {
			p.Recovery, err = signin.ConfirmTOTP(u, s.Key, r.Actor.Person, r.PostFormValue("code"))
			return err
		})
		if err == nil {
			return r.Reopen(func() error { return r.showAccount(w, http.StatusOK, p) })
		}
	case "totp-remove":
		err = r.Update(func(u *records.Tx) error { return signin.RemoveTOTP(u, r.Actor.Person) })
	default:
		err = fail.New(fail.Invalid, "kernel.web.bulk-act", "There is no such action.")
	}
	if e := fail.As(err); e != nil && e.Kind != fail.Unavailable {
		p.Problem = r.Say(e)
		return r.showAccount(w, Status(e.Kind), p)
	}
	if err != nil {
		return err
	}
	r.Toast(w, "saved")
	if !r.SetUp && r.May("admin", "settings") {
		return r.Redirect(w, "/setup")
	}
	return r.Redirect(w, r.Back("/account"))
}

func (r *Request) changePassword() error {
	a, err := signin.AccountOf(r.View, r.Actor.Person)
	if err != nil {
		return err
	}
	if a.Password && !a.MustChange {
		if err := signin.CheckOwnPassword(r.View, r.Actor.Person, r.PostFormValue("old")); err != nil {
			return err
		}
	}
	password := r.PostFormValue("password")
	if err := signin.CheckPassword(a.Login, password); err != nil {
		return err
	}
	return r.Update(func(u *records.Tx) error { return signin.SetPassword(u, r.Actor.Person, password, r.Session.ID) })
}

func (s *Site) revokeSession(w http.ResponseWriter, r *Request) error {
	if err := r.Update(func(u *records.Tx) error { return signin.Revoke(u, r.Actor.Person, r.PostFormValue("id")) }); err != nil {
		return err
	}
	return r.Redirect(w, "/account")
}
