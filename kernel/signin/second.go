package signin

import (
	"slices"

	"steward/kernel/fail"
	"steward/kernel/storage"
)

// SecondRoles are the roles whose holders need a second factor.
func SecondRoles(r storage.Reader) (out []string, err error) {
	out, err = r.Reading().Texts("SELECT role FROM signin_second ORDER BY role")
	return out, err
}

// SetSecondRoles says which roles need a second factor, at once: sessions without one
// open nothing more until it was given or set up.
func SetSecondRoles(u *storage.Update, roles []string) error {
	if _, err := u.Exec("DELETE FROM signin_second"); err != nil {
		return err
	}
	for _, role := range roles {
		if _, err := u.Exec("INSERT INTO signin_second (role) VALUES ($1) ON CONFLICT DO NOTHING", role); err != nil {
			return err
		}
	}
	return nil
}

// NeedsSecond says whether one of a person's roles needs a second factor.
func NeedsSecond(r storage.Reader, person string) (bool, error) {
	roles, err := SecondRoles(r)
	if err != nil || len(roles) == 0 {
		return false, err
	}
	a, err := ActorOf(r, person)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(a.Roles, func(role string) bool { return slices.Contains(roles, role) }), nil
}

// Proven says that a session has just proved a second factor, by setting it up.
func Proven(u *storage.Update, session string) error {
	_, err := u.Exec("UPDATE signin_session SET strong = $1 WHERE id = $2", true, session)
	return err
}

// Factor is a second factor. Modules keep them; the account says which ones a person has.
type Factor string

const (
	Authenticator Factor = "TOTP"
	Passkey       Factor = "passkey"
)

// columns are where the account says so.
var columns = map[Factor]string{Authenticator: "codes", Passkey: "passkeys"}

// SetFactor says whether a person has a second factor. The last one stays where a role
// needs one: somebody else may take it away, after a device was lost.
func SetFactor(u *storage.Update, person string, f Factor, has bool) error {
	a, err := AccountOf(u, person)
	if err != nil {
		return err
	}
	had, other := a.TOTP, a.Passkeys
	if f == Passkey {
		had, other = other, had
	}
	if !has && !other && u.Actor.Person == person {
		needed, err := NeedsSecond(u, person)
		if err != nil {
			return err
		}
		if needed {
			return fail.New(fail.Conflict, "kernel.signin.second-needed", "Your role needs a second factor. Set up another one first.")
		}
	}
	if had == has {
		return nil
	}
	if _, err := u.Exec("UPDATE signin_account SET "+columns[f]+" = $1 WHERE person = $2", has, person); err != nil {
		return err
	}
	if has {
		return keep(u, person, "second-factor", nil, string(f))
	}
	return keep(u, person, "second-factor", string(f), nil)
}
