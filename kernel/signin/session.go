package signin

import (
	"context"
	"database/sql"
	"strings"
	"time"
	"unicode/utf8"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/storage"
)

// How long a session lasts: from its start at most, without a page at most, and
// while the second factor is awaited.
const (
	SessionLongest = 12 * time.Hour
	SessionIdle    = 2 * time.Hour
	codeWait       = 5 * time.Minute
	// seenEvery is how exactly the last use is kept: reading a page writes seldom.
	seenEvery = time.Minute
)

// Client is where a person sits: kept with a session so that they recognise it.
type Client struct {
	Address string // IP address, with or without port
	Browser string // user agent
}

// Session is one browser in which a person is signed in.
type Session struct {
	ID     string // names it in lists; opens nothing
	Person string
	// WaitCode: a second factor is still to come, after the password or because a role
	// has come to need the one that the account has.
	WaitCode bool
	// Must says what the person has to see to before anything else is open: "change" the
	// password, set up a "second" factor. Sessions leaves it out.
	Must    string
	MadeAt  time.Time
	SeenAt  time.Time
	Expires time.Time
	Network string
	Browser string
	// Stale: the last use should be written down by Touch.
	Stale bool
}

// StartSession signs a person in and returns the secret for the browser's cookie. It
// does not ask for anything: the caller has asked for two factors.
func StartSession(u *storage.Update, person string, c Client) (secret string, err error) {
	return startSession(u, person, c, false, true)
}

func startSession(u *storage.Update, person string, c Client, waitCode, strong bool) (string, error) {
	secret := newSecret()
	lasts := SessionLongest
	if waitCode {
		lasts = codeWait
	}
	_, err := u.Exec(`INSERT INTO signin_session (hash, id, person, waits_for_code, strong, made_at, seen_at, expires_at, network, browser)
		VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9)`,
		hashSecret(secret), storage.NewID(u.Now), person, waitCode, strong, u.Now.UnixMicro(), u.Now.Add(lasts).UnixMicro(), storage.Null(Network(c.Address)), storage.Null(shorten(c.Browser)))
	if err != nil {
		return "", err
	}
	if !waitCode {
		_, err = u.Exec("UPDATE signin_account SET last_at = $1 WHERE person = $2", u.Now.UnixMicro(), person)
	}
	return secret, err
}

const sessionColumns = "s.id, s.person, s.waits_for_code, s.made_at, s.seen_at, s.expires_at, s.network, s.browser"

// SessionOf returns the session of a cookie's secret; 'not signed in' if it is
// unknown, has expired, lay idle too long, or the account was closed.
func SessionOf(r storage.Reader, secret string) (*Session, error) {
	v := r.Reading()
	s := &Session{}
	var change, strong, asked, has bool
	found, err := v.Row("SELECT "+sessionColumns+", a.must_change, s.strong, a.codes OR a.passkeys, EXISTS (SELECT 1 FROM signin_second) FROM signin_session s JOIN signin_account a ON a.person = s.person WHERE s.hash = $1 AND NOT a.disabled",
		[]any{hashSecret(secret)}, append(s.into(), &change, &strong, &has, &asked)...)
	if err != nil {
		return nil, err
	}
	if !found || !v.Now.Before(s.Expires) || v.Now.Sub(s.SeenAt) >= SessionIdle {
		return nil, fail.New(fail.Unauthenticated, "kernel.signin.signed-out", "You are not signed in, or have been away for long. Sign in again.")
	}
	if asked && !strong && !s.WaitCode {
		needed, err := NeedsSecond(r, s.Person)
		if err != nil {
			return nil, err
		}
		if s.WaitCode = needed && has; needed && !has {
			s.Must = "second"
		}
	}
	if change {
		s.Must = "change"
	}
	s.Stale = v.Now.Sub(s.SeenAt) >= seenEvery
	return s, nil
}

// Seen writes down that a session was used, at most once a minute. Call it for each
// request of a session, or it ends as idle while it is used.
func Seen(ctx context.Context, db *storage.Database, s *Session) error {
	if !s.Stale {
		return nil
	}
	return db.Update(ctx, access.System(), func(u *storage.Update) error { return Touch(u, s) })
}

// Touch writes down that a session was used.
func Touch(u *storage.Update, s *Session) error {
	_, err := u.Exec("UPDATE signin_session SET seen_at = $1 WHERE id = $2 AND seen_at < $1", u.Now.UnixMicro(), s.ID)
	return err
}

// Sessions lists where a person is signed in, the last used first.
func Sessions(r storage.Reader, person string) (out []Session, err error) {
	v := r.Reading()
	err = v.Each("SELECT "+sessionColumns+" FROM signin_session s WHERE s.person = $1 AND s.expires_at > $2 AND s.seen_at > $3 AND NOT s.waits_for_code ORDER BY s.seen_at DESC, s.id",
		[]any{person, v.Now.UnixMicro(), v.Now.Add(-SessionIdle).UnixMicro()}, func(rows *sql.Rows) error {
			var s Session
			err := rows.Scan(s.into()...)
			out = append(out, s)
			return err
		})
	return out, err
}

// SignOut ends the session of a cookie's secret.
func SignOut(u *storage.Update, secret string) error {
	_, err := u.Exec("DELETE FROM signin_session WHERE hash = $1", hashSecret(secret))
	return err
}

// Revoke ends one of a person's sessions by its id.
func Revoke(u *storage.Update, person, id string) error {
	n, err := u.Exec("DELETE FROM signin_session WHERE person = $1 AND id = $2", person, id)
	if err == nil && n == 0 {
		err = fail.New(fail.NotFound, "kernel.signin.no-session", "This session has ended already.")
	}
	return err
}

// into are the places into which sessionColumns are scanned.
func (s *Session) into() []any {
	return []any{&s.ID, &s.Person, &s.WaitCode, storage.Instant(&s.MadeAt), storage.Instant(&s.SeenAt), storage.Instant(&s.Expires), storage.Zero(&s.Network), storage.Zero(&s.Browser)}
}

// shorten keeps enough of a user agent to recognise the browser.
func shorten(browser string) string {
	browser = strings.ToValidUTF8(strings.ReplaceAll(browser, "\x00", ""), "")
	const most = 160
	if len(browser) <= most {
		return browser
	}
	cut := most
	for !utf8.RuneStart(browser[cut]) {
		cut--
	}
	return browser[:cut]
}
