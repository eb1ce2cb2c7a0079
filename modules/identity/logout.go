package identity

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/kernel/web"
)

// Ended is what a provider says has ended there: all of a person's sessions, or one.
type Ended struct {
	Subject, Session string // either may be empty
	id               string // of the message; it counts once
	until            time.Time
}

// oldest is how old a provider's message may be, whatever end it names itself.
const oldest = 10 * time.Minute

// Ended reads a logout token (OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.6): signed
// by the provider, for us, new, and about sessions of its own. Whether it was heard
// before is for the caller to find out.
func (o *OpenID) Ended(ctx context.Context, token string) (*Ended, error) {
	refused := func(err error) (*Ended, error) {
		return nil, fail.New(fail.Invalid, "identity.logout-token", "This is no logout token of the provider.").Because(fmt.Errorf("openid %s: %w", o.Name, err))
	}
	if token == "" {
		return refused(errors.New("there is none"))
	}
	provider, _, err := o.discover(ctx)
	if err != nil {
		return nil, err
	}
	ctx = oidc.ClientContext(ctx, o.client())
	t, err := provider.VerifierContext(ctx, &oidc.Config{ClientID: o.ClientID, Now: o.now}).VerifyLogout(ctx, token)
	if err != nil {
		return refused(err)
	}
	now := o.now()
	if t.IssuedAt.Before(now.Add(-oldest)) || t.IssuedAt.After(now.Add(oldest)) {
		return refused(fmt.Errorf("it was made at %s, which is not now", t.IssuedAt.UTC().Format(time.RFC3339)))
	}
	var event struct {
		Events map[string]json.RawMessage `json:"events"`
	}
	var object map[string]any
	if err := t.Claims(&event); err != nil {
		return refused(err)
	}
	if err := json.Unmarshal(event.Events["http://schemas.openid.net/event/backchannel-logout"], &object); err != nil || object == nil {
		return refused(errors.New("its event is no object"))
	}
	return &Ended{Subject: t.Subject, Session: t.SessionID, id: t.TokenID, until: now.Add(2 * oldest)}, nil
}

// logout is where the provider tells that somebody's sessions ended there.
func logout(w http.ResponseWriter, r *web.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	o, _, err := provider(r)
	if err != nil {
		return err
	}
	ended, err := o.Ended(r.Context(), r.PostFormValue("logout_token"))
	if err == nil {
		err = r.Site.DB.Update(r.Context(), access.System(), func(u *storage.Update) error { return endedThere(u, openIDName, *ended) })
	}
	if e := fail.As(err); e != nil {
		r.Site.Log.Warn("a provider's logout was refused", "error", cmp.Or(e.Unwrap(), err))
		w.Header().Set("Content-Type", "application/json")
		if e.Kind == fail.Invalid { // what the standard asks for
			w.WriteHeader(http.StatusBadRequest)
		} else {
			w.WriteHeader(web.Status(e.Kind))
		}
		return json.NewEncoder(w).Encode(map[string]string{"error": "invalid_request", "error_description": e.Text})
	}
	return err
}

// endedThere ends the sessions here that the provider started there: the one it names, or
// all of the person. What a person began without the provider goes on.
func endedThere(u *records.Tx, provider string, e Ended) error {
	u.Origin = "sign-in:" + provider
	n, err := u.Exec("INSERT INTO identity_challenge (hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING", digest("logout "+provider+" "+e.id), e.until.UnixMicro())
	if err != nil {
		return err
	}
	if n == 0 {
		return fail.New(fail.Invalid, "identity.logout-again", "This logout token was used before.")
	}
	return endStarted(u, `s.provider = $1 AND ($2 = '' OR s.sid = $2) AND ($3 = '' OR s.person IN (SELECT person FROM identity_binding WHERE provider = $1 AND subject = $3))`, provider, e.Session, e.Subject)
}

// endStarted ends the sessions that providers started and a condition finds.
func endStarted(u *records.Tx, where string, args ...any) error {
	type one struct{ session, person string }
	var list []one
	err := u.Each("SELECT s.session, s.person FROM identity_session s WHERE "+where+" ORDER BY s.session", args, func(rows *sql.Rows) error {
		var o one
		err := rows.Scan(&o.session, &o.person)
		list = append(list, o)
		return err
	})
	for _, o := range list {
		if err != nil {
			return err
		}
		if err = signin.Revoke(u, o.person, o.session); fail.Is(err, fail.NotFound) {
			err = nil
		}
		if err == nil {
			_, err = u.Exec("DELETE FROM identity_session WHERE session = $1", o.session)
		}
	}
	return err
}

// keepStarted keeps which session a provider began.
func keepStarted(u *records.Tx, id Identity, secret string) error {
	s, err := signin.SessionOf(u, secret)
	if err != nil {
		return err
	}
	_, err = u.Exec("INSERT INTO identity_session (session, person, provider, sid, at) VALUES ($1, $2, $3, $4, $5)", s.ID, s.Person, id.Provider, storage.Null(id.Session), u.Now.UnixMicro())
	return err
}

// carry says that a session goes on under another id and secret.
func carry(u *records.Tx, session, secret string) error {
	s, err := signin.SessionOf(u, secret)
	if err != nil {
		return err
	}
	_, err = u.Exec("UPDATE identity_session SET session = $1 WHERE session = $2", s.ID, session)
	return err
}

// sessionsKind names the job that ends what a provider began long ago.
const sessionsKind = "identity.sessions"

// outlived ends the sessions that the provider began longer ago than the settings let
// them last, and forgets those that have ended.
func outlived(ctx context.Context, run *jobs.Run) error {
	return run.Update(ctx, func(u *storage.Update) error {
		s, err := SettingsOf(u)
		if err != nil {
			return err
		}
		if s.OpenID.Hours > 0 {
			u.Origin = "sign-in:" + openIDName
			if err := endStarted(u, "s.provider = $1 AND s.at <= $2", openIDName, u.Now.Add(-time.Duration(s.OpenID.Hours)*time.Hour).UnixMicro()); err != nil {
				return err
			}
		}
		_, err = u.Exec("DELETE FROM identity_session WHERE at <= $1", u.Now.Add(-signin.SessionLongest-time.Hour).UnixMicro())
		return err
	})
}
