package signin

import (
	"database/sql"
	"slices"

	"steward/kernel/fail"
	"steward/kernel/storage"
)

// SecondRoles are the roles whose holders need a second factor.
func SecondRoles(r storage.Reader) (out []string, err error) {
	err = r.Reading().Each("SELECT role FROM signin_second ORDER BY role", nil, func(rows *sql.Rows) error {
		var role string
		err := rows.Scan(&role)
		out = append(out, role)
		return err
	})
	return out, err
}

// SetSecondRoles says which roles need a second factor from the next sign-in on.
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

// Proven says that somebody has just set up the second factor that a session lacked.
func Proven(u *storage.Update, session string) error {
	_, err := u.Exec("UPDATE signin_session SET needs_second = $1 WHERE id = $2", false, session)
	return err
}

// SetPasskeys says whether a person has passkeys; the module that keeps them calls it.
// The last one stays where a role needs a second factor and there is no other.
func SetPasskeys(u *storage.Update, person string, any bool) error {
	if !any {
		if err := mayDo(u, person, func(a *Account) bool { return a.TOTP }); err != nil {
			return err
		}
	}
	_, err := u.Exec("UPDATE signin_account SET passkeys = $1 WHERE person = $2", any, person)
	return err
}

// mayDo refuses to let somebody go without a second factor that a role of theirs
// needs. Somebody else may take it away, after a device was lost.
func mayDo(u *storage.Update, person string, has func(*Account) bool) error {
	a, err := AccountOf(u, person)
	if err != nil || has(a) || u.Actor.Person != person {
		return err
	}
	needed, err := NeedsSecond(u, person)
	if err == nil && needed {
		err = fail.New(fail.Conflict, "kernel.signin.second-needed", "Your role needs a second factor. Set up another one first.")
	}
	return err
}
