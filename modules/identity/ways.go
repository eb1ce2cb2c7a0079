package identity

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/web"
)

// The cookies of somebody on the way to a provider or a device and back.
const (
	openIDCookie  = "steward_openid"
	passkeyCookie = "steward_passkey"
)

// provider is the OpenID provider as it is set up; NotFound without one.
func provider(r *web.Request) (o *OpenID, s OpenIDSettings, err error) {
	err = r.Reopen(func() error {
		all, err := SettingsOf(r.View)
		if err != nil {
			return err
		}
		if s = all.OpenID; s.Issuer == "" {
			return records.NotFound()
		}
		secret, err := secretsOf(r.View, r.Site.Key)
		o = s.client(secret.OpenID, baseOf(r), r.Site.DB.Now)
		return err
	})
	return o, s, err
}

// toProvider sends the browser to the OpenID provider.
func toProvider(w http.ResponseWriter, r *web.Request) error {
	o, _, err := provider(r)
	if err != nil {
		return err
	}
	page, cookie, err := o.Start(r.Context(), r.Site.Key, r.Back("/"))
	if err != nil {
		return refused(w, r, err, signInPage{Back: r.Back("/")})
	}
	setCookie(w, r, openIDCookie, "/sign-in", cookie)
	http.Redirect(w, r.Request, page, http.StatusSeeOther)
	return nil
}

// fromProvider is where the OpenID provider sends people back to.
func fromProvider(w http.ResponseWriter, r *web.Request) error {
	o, s, err := provider(r)
	if err != nil {
		return err
	}
	cookie := ""
	if c, err := r.Cookie(openIDCookie); err == nil {
		cookie = c.Value
	}
	setCookie(w, r, openIDCookie, "/sign-in", "")
	known, err := o.Finish(r.Context(), r.Site.Key, cookie, r.URL.Query())
	if err != nil {
		return refused(w, r, err, signInPage{})
	}
	in, err := SignInAs(r.Context(), r.Site.DB, Identity{Provider: openIDName, Subject: known.Subject, Login: known.Login, Roles: mapped(s.Roles, known.Groups), Strong: s.Strong, Session: known.Session}, r.Client())
	if err != nil {
		return refused(w, r, err, signInPage{})
	}
	keepSession(w, r, in.Secret)
	return r.Redirect(w, next(in, known.Back))
}

func passkeysAt(r *web.Request) *Passkeys { return &Passkeys{Origin: baseOf(r)} }

// answerJSON answers the script of the page; an error in words, with its status.
func answerJSON(w http.ResponseWriter, r *web.Request, v any, err error) error {
	code := http.StatusOK
	if err != nil {
		e := fail.As(err)
		if e == nil {
			return err
		}
		if e.Unwrap() != nil {
			r.Site.Log.Warn("a passkey was not accepted", "error", e.Unwrap())
		}
		code, v = web.Status(e.Kind), map[string]string{"problem": r.Say(e)}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	return json.NewEncoder(w).Encode(v)
}

// answerOf reads what the device answered.
func answerOf(r *web.Request) (answer []byte, cookie string, err error) {
	answer, err = io.ReadAll(io.LimitReader(r.Body, largestAnswer+1))
	if err != nil {
		return nil, "", unusable(err)
	}
	c, err := r.Cookie(passkeyCookie)
	if err != nil {
		return nil, "", unusable(errors.New("there is no cookie"))
	}
	return answer, c.Value, nil
}

// startPasskey gives the script what the browser asks a device with.
func startPasskey(w http.ResponseWriter, r *web.Request) error {
	options, cookie, err := passkeysAt(r).Start(r.View, r.Site.Key)
	if err == nil {
		setCookie(w, r, passkeyCookie, "/sign-in", cookie)
	}
	return answerJSON(w, r, json.RawMessage(options), err)
}

// usePasskey signs in by what the device answered. The device has verified its owner
// and counts as both factors, so it also answers where a code is waited for.
func usePasskey(w http.ResponseWriter, r *web.Request) error {
	answer, cookie, err := answerOf(r)
	var in *signin.SignedIn
	if err == nil {
		err = r.Update(func(u *records.Tx) (err error) {
			u.Origin = "sign-in:passkey"
			in, err = passkeysAt(r).Finish(u, r.Site.Key, cookie, answer, r.Client())
			return err
		})
	}
	if err != nil {
		return answerJSON(w, r, nil, err)
	}
	keepSession(w, r, in.Secret)
	setCookie(w, r, passkeyCookie, "/sign-in", "")
	return answerJSON(w, r, map[string]string{"to": next(in, r.Back("/"))}, nil)
}
