package identity

import (
	"net/http"
	"net/url"

	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/web"
)

type signInPage struct {
	Login, Back, Problem string
	Action               string
	Welcome              bool
	Provider             string // the OpenID provider's name; "" without one
	ProviderHref         string
	Passkeys             bool
}

var signInTemplate = web.MustPage[signInPage](files, "pages/signin.html")

type codePage struct {
	Back, Problem string
	TOTP          bool
	Passkeys      bool
}

var codeTemplate = web.MustPage[codePage](files, "pages/code.html")

func signInForm(w http.ResponseWriter, r *web.Request) error {
	if r.Actor != nil {
		return r.Redirect(w, r.Back("/"))
	}
	return showSignIn(w, r, http.StatusOK, signInPage{Back: r.FormValue("back")})
}

// showSignIn offers what is set up and nothing else.
func showSignIn(w http.ResponseWriter, r *web.Request, code int, p signInPage) error {
	if !p.Welcome {
		s, err := SettingsOf(r.View)
		if err != nil {
			return err
		}
		if s.OpenID.Issuer != "" {
			p.Provider, p.ProviderHref = s.OpenID.Name, "/sign-in/openid?back="+url.QueryEscape(p.Back)
		}
		if p.Passkeys, err = anyPasskeys(r.View); err != nil {
			return err
		}
	}
	return signInTemplate.Status(w, r, code, signInShell(r), p)
}

func signInShell(r *web.Request) web.Shell {
	return web.Shell{Title: r.T("kernel.web.sign-in-title", "Sign in"), Bare: true}
}

// refused shows the page of signing in again with what was wrong.
func refused(w http.ResponseWriter, r *web.Request, err error, p signInPage) error {
	e := fail.As(err)
	if e == nil {
		return err
	}
	if e.Unwrap() != nil {
		r.Site.Log.Warn("somebody could not sign in", "error", e.Unwrap())
	}
	p.Problem = r.Say(e)
	return r.Reopen(func() error { return showSignIn(w, r, web.Status(e.Kind), p) })
}

func signIn(w http.ResponseWriter, r *web.Request) error {
	login := r.PostFormValue("login")
	var others []signin.Prover
	err := r.Reopen(func() error {
		s, err := SettingsOf(r.View)
		if err != nil || s.Directory.URL == "" {
			return err
		}
		secret, err := secretsOf(r.View, r.Site.Key)
		others = []signin.Prover{s.Directory.prover(secret.Directory, r.Client())}
		return err
	})
	if err != nil {
		return err
	}
	in, err := signin.SignIn(r.Context(), r.Site.DB, login, r.PostFormValue("password"), r.Client(), others...)
	if err != nil {
		return refused(w, r, err, signInPage{Login: login, Back: r.PostFormValue("back")})
	}
	return enter(w, r, in)
}

// enter gives the browser its session and sends it where it wanted to go.
func enter(w http.ResponseWriter, r *web.Request, in *signin.SignedIn) error {
	keepSession(w, r, in.Secret)
	return r.Redirect(w, next(in, r.Back("/")))
}

// next is where somebody goes who has just signed in and asked for a page.
func next(in *signin.SignedIn, back string) string {
	switch {
	case in.NeedsCode:
		return "/sign-in/code?back=" + url.QueryEscape(back)
	case in.MustChange:
		return "/account?must=change"
	}
	return back
}

func keepSession(w http.ResponseWriter, r *web.Request, secret string) {
	setCookie(w, r, web.SessionCookie, "/", secret)
}

func setCookie(w http.ResponseWriter, r *web.Request, name, path, value string) {
	c := &http.Cookie{Name: name, Value: value, Path: path, HttpOnly: true, Secure: r.Site.Secure || r.TLS != nil, SameSite: http.SameSiteLaxMode}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

func codeForm(w http.ResponseWriter, r *web.Request) error {
	return showCode(w, r, http.StatusOK, codePage{Back: r.FormValue("back")})
}

// showCode asks for the second factor that the account has.
func showCode(w http.ResponseWriter, r *web.Request, code int, p codePage) error {
	p.TOTP = true
	if c, err := r.Cookie(web.SessionCookie); err == nil {
		if s, err := signin.SessionOf(r.View, c.Value); err == nil && s.WaitCode {
			a, err := signin.AccountOf(r.View, s.Person)
			if err != nil {
				return err
			}
			p.TOTP, p.Passkeys = a.TOTP, a.Passkeys
		}
	}
	return codeTemplate.Status(w, r, code, signInShell(r), p)
}

func enterCode(w http.ResponseWriter, r *web.Request) error {
	c, err := r.Cookie(web.SessionCookie)
	if err != nil {
		return r.Redirect(w, "/sign-in")
	}
	in, err := EnterCode(r.Context(), r.Site.DB, r.Site.Key, c.Value, r.PostFormValue("code"), r.Client())
	if e := fail.As(err); e != nil {
		return showCode(w, r, web.Status(e.Kind), codePage{Back: r.PostFormValue("back"), Problem: r.Say(e)})
	}
	if err != nil {
		return err
	}
	return enter(w, r, in)
}

// welcomeForm shows a button: mail programs open links by themselves, and a
// link that works once must not be used up by them.
func welcomeForm(w http.ResponseWriter, r *web.Request) error {
	return showSignIn(w, r, http.StatusOK, signInPage{Welcome: true, Action: "/welcome/" + r.PathValue("secret")})
}

func welcome(w http.ResponseWriter, r *web.Request) error {
	var in *signin.SignedIn
	err := r.Update(func(u *records.Tx) (err error) {
		in, err = signin.UseLink(u, r.PathValue("secret"), r.Client())
		return err
	})
	if err != nil {
		return refused(w, r, err, signInPage{})
	}
	return enter(w, r, in)
}

func signOut(w http.ResponseWriter, r *web.Request) error {
	if c, err := r.Cookie(web.SessionCookie); err == nil {
		if err := r.Update(func(u *records.Tx) error { return signin.SignOut(u, c.Value) }); err != nil {
			return err
		}
	}
	keepSession(w, r, "")
	return r.Redirect(w, "/sign-in")
}

// baseOf is the address under which the browser reached us.
func baseOf(r *web.Request) string {
	scheme := "http"
	if r.TLS != nil || r.Site.Secure {
		scheme = "https"
	}
	return (&url.URL{Scheme: scheme, Host: r.Host}).String()
}
