package signin

import (
	"context"
	"errors"

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
}

// SignInAs starts a session for an identity that its provider has proven. People are
// not made by signing in: an identity without an open account is refused. A second
// factor set up here is asked for.
func SignInAs(ctx context.Context, db *storage.Database, id Identity, c Client) (in *SignedIn, err error) {
	err = db.Update(ctx, access.System(), func(u *storage.Update) error {
		u.Origin = "sign-in:" + id.Provider
		a, err := accountOf(u, id)
		if err != nil {
			return err
		}
		in = &SignedIn{Person: a.Person, NeedsCode: a.TOTP}
		in.Secret, err = startSession(u, a.Person, c, a.TOTP)
		return err
	})
	if err != nil {
		return nil, err
	}
	return in, nil
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
	if err != nil {
		return nil, err
	}
	if !found {
		// Somebody new at the provider who was given the name of somebody else must not
		// come in as them: a person has one identity at a provider.
		var other string
		taken, err := u.Row("SELECT subject FROM signin_identity WHERE provider = $1 AND person = $2", []any{id.Provider, a.Person}, &other)
		if err != nil {
			return nil, err
		}
		if taken {
			return nil, refused
		}
		if _, err := u.Exec("INSERT INTO signin_identity (provider, subject, person, made_at) VALUES ($1, $2, $3, $4)", id.Provider, id.Subject, a.Person, u.Now.UnixMicro()); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// Unlink forgets whom a provider means, after somebody's account there was made anew.
func Unlink(u *storage.Update, provider, person string) error {
	_, err := u.Exec("DELETE FROM signin_identity WHERE provider = $1 AND person = $2", provider, person)
	return err
}

// SignInByDirectory checks a name and password against a directory and starts a
// session. It is slowed after failures as SignIn is.
func SignInByDirectory(ctx context.Context, db *storage.Database, d *Directory, login, password string, c Client) (*SignedIn, error) {
	name, network := slotOf("name", Fold(login)), slotOf("network", Network(c.Address))
	if err := begin(ctx, db, name, network); err != nil {
		return nil, err
	}
	id, err := d.Authenticate(ctx, login, password)
	if err != nil {
		return nil, err
	}
	in, err := SignInAs(ctx, db, id, c)
	if err != nil {
		return nil, err
	}
	err = db.Update(ctx, access.System(), func(u *storage.Update) error {
		u.Origin = "sign-in:" + d.Name
		if in.NeedsCode {
			return takeBack(u, network)
		}
		return errors.Join(takeBack(u, network), forgive(u, name))
	})
	return in, err
}
