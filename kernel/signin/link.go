package signin

import (
	"time"

	"steward/kernel/fail"
	"steward/kernel/storage"
)

// CreateLink makes the secret of a one-time sign-in link: for the first
// administrator, for somebody invited, for a forgotten password. Older links of
// the person end. That it was made, by whom, and that it was used stands in the
// person's history.
func CreateLink(u *storage.Update, person string, lasts time.Duration) (secret string, err error) {
	a, err := AccountOf(u, person)
	if err != nil {
		return "", err
	}
	if a.Disabled {
		return "", fail.New(fail.Conflict, "kernel.signin.closed", "The account is closed. Open it first.")
	}
	if _, err := u.Exec("DELETE FROM signin_link WHERE person = $1", person); err != nil {
		return "", err
	}
	secret = newSecret()
	_, err = u.Exec("INSERT INTO signin_link (hash, person, expires_at) VALUES ($1, $2, $3)", hashSecret(secret), person, u.Now.Add(lasts).UnixMicro())
	if err != nil {
		return "", err
	}
	return secret, keep(u, person, "link", nil, "made")
}

// UseLink signs in by a one-time link: the person has to choose a password next. A
// second factor is asked for as at any sign-in. Mail programs open links by
// themselves, so call it when a button is pressed and not when the page is shown.
func UseLink(u *storage.Update, secret string, c Client) (*SignedIn, error) {
	var person string
	found, err := u.Row(`UPDATE signin_link SET used_at = $1
		WHERE hash = $2 AND used_at IS NULL AND expires_at > $1 AND person IN (SELECT person FROM signin_account WHERE NOT disabled) RETURNING person`,
		[]any{u.Now.UnixMicro(), hashSecret(secret)}, &person)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fail.New(fail.Unauthenticated, "kernel.signin.link", "This link was used before or has expired. Ask for a new one.")
	}
	if _, err := u.Exec("UPDATE signin_account SET must_change = $1 WHERE person = $2", true, person); err != nil {
		return nil, err
	}
	by, err := ActorOf(u, person)
	if err != nil {
		return nil, err
	}
	if err := keep(u.As(by), person, "link", nil, "used"); err != nil {
		return nil, err
	}
	return open(u, person, c, false)
}
