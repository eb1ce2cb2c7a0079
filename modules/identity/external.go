package identity

import (
	"context"
	"errors"
	"slices"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/signin"
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
	// Session is what the provider calls the session there, or "".
	Session string
}

// SignInAs starts a session for an identity that its provider has proven. People are
// not made by signing in: an identity without an open account is refused. A second
// factor set up here is asked for, unless the provider has asked for one.
func SignInAs(ctx context.Context, db *storage.Database, id Identity, c signin.Client) (in *signin.SignedIn, err error) {
	err = db.Update(ctx, access.System(), func(u *storage.Update) error {
		in, err = enterAs(id, c)(u)
		return err
	})
	return in, err
}

// enterAs is SignInAs in the transaction of somebody else.
func enterAs(id Identity, c signin.Client) func(u *storage.Update) (*signin.SignedIn, error) {
	return func(u *storage.Update) (*signin.SignedIn, error) {
		u.Origin = "sign-in:" + id.Provider
		a, err := accountOf(u, id)
		if err != nil {
			return nil, err
		}
		if id.Roles != nil {
			if err := follow(u, a.Person, id); err != nil {
				return nil, err
			}
		}
		in, err := signin.Vouch(u, a.Person, c, id.Strong)
		if err != nil || id.Provider != openIDName {
			return in, err
		}
		return in, keepStarted(u, id, in.Secret)
	}
}

func accountOf(u *storage.Update, id Identity) (*signin.Account, error) {
	refused := fail.New(fail.Unauthenticated, "identity.stranger", "You are who you say, but have no account here. Ask an administrator.")
	if id.Provider == "" || id.Subject == "" {
		return nil, errors.New("sign-in by a provider: it named nobody")
	}
	var person string
	found, err := u.Row("SELECT person FROM identity_binding WHERE provider = $1 AND subject = $2", []any{id.Provider, id.Subject}, &person)
	if err != nil {
		return nil, err
	}
	var a *signin.Account
	switch {
	case found:
		a, err = signin.AccountOf(u, person)
	case id.Login == "":
		return nil, fail.New(fail.Unauthenticated, "identity.not-vouched", "The provider knows you, but vouches for no sign-in name of yours: your e-mail address is not verified there. Have it verified, or ask an administrator.")
	default:
		a, err = signin.AccountNamed(u, id.Login)
	}
	if fail.Is(err, fail.NotFound) || err == nil && a.Disabled {
		return nil, refused
	}
	if err != nil || found {
		return a, err
	}
	// Somebody new at the provider who was given the name of somebody else must not
	// come in as them: a person has one identity at a provider.
	n, err := u.Exec(`INSERT INTO identity_binding (provider, subject, person, made_at) SELECT $1, $2, $3, $4
		WHERE NOT EXISTS (SELECT 1 FROM identity_binding WHERE provider = $1 AND person = $3)`, id.Provider, id.Subject, a.Person, u.Now.UnixMicro())
	if err == nil && n == 0 {
		err = refused
	}
	return a, err
}

// follows reports whether follow would change nothing.
func follows(have []signin.Role, id Identity) bool {
	by := "provider:" + id.Provider
	for _, r := range have {
		if id.Roles != nil && r.GivenBy == by && !slices.Contains(id.Roles, r.Role) {
			return false
		}
	}
	for _, role := range id.Roles {
		if !slices.ContainsFunc(have, func(r signin.Role) bool { return r.Role == role && r.Unit == "" }) {
			return false
		}
	}
	return true
}

// follow gives the roles that the provider's groups give and takes those it gave before.
func follow(u *storage.Update, person string, id Identity) error {
	by := "provider:" + id.Provider
	have, err := signin.Roles(u, person)
	if err != nil {
		return err
	}
	for _, r := range have {
		if r.GivenBy == by && !slices.Contains(id.Roles, r.Role) {
			if err := signin.TakeRole(u, r.ID); err != nil && !fail.Is(err, fail.Conflict) { // the last administrator stays one
				return err
			}
		}
	}
	for _, role := range id.Roles {
		if slices.ContainsFunc(have, func(r signin.Role) bool { return r.Role == role && r.Unit == "" }) {
			continue
		}
		if err := signin.GiveRole(u, signin.Role{Person: person, Role: role, GivenBy: by}); err != nil {
			return err
		}
	}
	return nil
}
