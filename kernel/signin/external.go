package signin

import (
	"context"
	"errors"
	"slices"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/storage"
)

// Identity is who an outside provider says somebody is.
type Identity struct {
	Provider string // the provider's name here
	Subject  string // the provider's id of the person, which never changes
	// Login is the sign-in name here that the provider vouches for: at the first
	// sign-in it finds the account, later only the subject counts.
	Login string
	// Roles are those that the provider's groups give; nil leaves roles alone. What the
	// provider gave before and gives no longer is taken away, what people gave stays.
	Roles []string
	// Strong: the provider has asked for a second factor itself.
	Strong bool
}

// Prover asks an outside provider whether a password is that of the person with a
// name, and who that is. A wrong name and a wrong password look alike: Unauthenticated.
type Prover func(ctx context.Context, login, password string) (Identity, error)

// SignInAs starts a session for an identity that its provider has proven. People are
// not made by signing in: an identity without an open account is refused. A second
// factor set up here is asked for, unless the provider has asked for one.
func SignInAs(ctx context.Context, db *storage.Database, id Identity, c Client) (in *SignedIn, err error) {
	err = db.Update(ctx, access.System(), func(u *storage.Update) error {
		u.Origin = "sign-in:" + id.Provider
		in, err = signInAs(u, id, c)
		return err
	})
	return in, err
}

func signInAs(u *storage.Update, id Identity, c Client) (*SignedIn, error) {
	a, err := accountOf(u, id)
	if err != nil {
		return nil, err
	}
	if id.Roles != nil {
		if err := follow(u, a.Person, id); err != nil {
			return nil, err
		}
	}
	if !a.Password { // who comes in by a provider needs none here
		if _, err := u.Exec("UPDATE signin_account SET must_change = $1 WHERE person = $2", false, a.Person); err != nil {
			return nil, err
		}
	}
	return open(u, a.Person, c, id.Strong)
}

func accountOf(u *storage.Update, id Identity) (*Account, error) {
	refused := fail.New(fail.Unauthenticated, "kernel.signin.stranger", "You are known to {provider}, but have no account here. Ask an administrator.").With("provider", id.Provider)
	if id.Provider == "" || id.Subject == "" {
		return nil, errors.New("sign-in by a provider: it named nobody")
	}
	var person string
	found, err := u.Row("SELECT person FROM signin_identity WHERE provider = $1 AND subject = $2", []any{id.Provider, id.Subject}, &person)
	if err != nil {
		return nil, err
	}
	var a *Account
	switch {
	case found:
		a, err = AccountOf(u, person)
	case id.Login == "":
		return nil, refused
	default:
		a, err = AccountNamed(u, id.Login)
	}
	if fail.Is(err, fail.NotFound) || err == nil && a.Disabled {
		return nil, refused
	}
	if err != nil || found {
		return a, err
	}
	// Somebody new at the provider who was given the name of somebody else must not
	// come in as them: a person has one identity at a provider.
	n, err := u.Exec(`INSERT INTO signin_identity (provider, subject, person, made_at) SELECT $1, $2, $3, $4
		WHERE NOT EXISTS (SELECT 1 FROM signin_identity WHERE provider = $1 AND person = $3)`, id.Provider, id.Subject, a.Person, u.Now.UnixMicro())
	if err == nil && n == 0 {
		err = refused
	}
	return a, err
}

// follow gives the roles that the provider's groups give and takes those it gave before.
func follow(u *storage.Update, person string, id Identity) error {
	by := "provider:" + id.Provider
	have, err := Roles(u, person)
	if err != nil {
		return err
	}
	for _, r := range have {
		if r.GivenBy == by && !slices.Contains(id.Roles, r.Role) {
			if err := TakeRole(u, r.ID); err != nil && !fail.Is(err, fail.Conflict) { // the last administrator stays one
				return err
			}
		}
	}
	for _, role := range id.Roles {
		if slices.ContainsFunc(have, func(r Role) bool { return r.Role == role && r.Unit == "" }) {
			continue
		}
		if err := GiveRole(u, Role{Person: person, Role: role, GivenBy: by}); err != nil {
			return err
		}
	}
	return nil
}
