package signin

import (
	"context"
	"database/sql"
	"errors"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/storage"
)

// SignedIn is a successful sign-in.
type SignedIn struct {
	Person string
	Secret string // for the session's cookie
	// NeedsCode: the session opens nothing until Complete was called.
	NeedsCode bool
	// MustChange: the password is to be changed before anything else.
	MustChange bool
}

// SignIn checks a name and password and starts a session. To whoever fails, an
// unknown name, a wrong password and a closed account look alike and take as long;
// failures slow further attempts for the name and for the network. What is not right
// here is asked of others: directories that know people's passwords.
//
// It opens its own transactions, because hashing must not hold one.
func SignIn(ctx context.Context, db *storage.Database, login, password string, c Client, others ...Prover) (*SignedIn, error) {
	typed, login := login, Fold(login)
	name, network := slotOf("name", login), slotOf("network", Network(c.Address))
	if err := begin(ctx, db, name, network); err != nil {
		return nil, err
	}
	var person string
	var hash sql.NullString
	var disabled bool
	err := db.View(ctx, access.System(), func(v *storage.View) error {
		_, err := v.Row("SELECT person, password, disabled FROM signin_account WHERE login = $1",
			[]any{login}, &person, &hash, &disabled)
		return err
	})
	if err != nil {
		return nil, err
	}
	ok, outdated := checkPassword(orNobody(hash), clip(password))
	if !ok || disabled || !hash.Valid {
		return askOthers(ctx, db, typed, password, name, network, others)
	}
	renewed := ""
	if outdated {
		renewed = hashPassword(password)
	}
	var in *SignedIn
	err = db.Update(ctx, access.System(), func(u *storage.Update) error {
		u.Origin = "sign-in"
		if renewed != "" {
			if _, err := u.Exec("UPDATE signin_account SET password = $1 WHERE person = $2 AND password = $3", renewed, person, hash.String); err != nil {
				return err
			}
		}
		if in, err = open(u, person, c, false); err != nil {
			return err
		}
		return in.passed(u, name, network)
	})
	return in, err
}

// Prover asks elsewhere whether a password is that of the person with a name, and
// returns what signs that person in. A wrong name and a wrong password look alike:
// Unauthenticated.
type Prover func(ctx context.Context, login, password string) (enter func(u *storage.Update) (*SignedIn, error), err error)

// Vouch starts the session of a person whom an outside provider has proven; strong: it
// has asked for a second factor itself. Who comes in so needs no password here.
func Vouch(u *storage.Update, person string, c Client, strong bool) (*SignedIn, error) {
	if _, err := u.Exec("UPDATE signin_account SET must_change = $1 WHERE person = $2 AND password IS NULL", false, person); err != nil {
		return nil, err
	}
	return open(u, person, c, strong)
}

// askOthers asks the provers in turn, once the password was not right here.
func askOthers(ctx context.Context, db *storage.Database, login, password string, name, network string, others []Prover) (in *SignedIn, err error) {
	for _, prove := range others {
		enter, err := prove(ctx, login, clip(password))
		if fail.Is(err, fail.Unauthenticated) {
			continue
		}
		if err != nil {
			return nil, err
		}
		err = db.Update(ctx, access.System(), func(u *storage.Update) error {
			if in, err = enter(u); err != nil {
				return err
			}
			return in.passed(u, name, network)
		})
		return in, err
	}
	return nil, fail.New(fail.Unauthenticated, "kernel.signin.wrong", "The name or the password is wrong.")
}

// passed takes back what the attempt counted; the name stays slowed until the
// second factor was right too.
func (in *SignedIn) passed(u *storage.Update, name, network string) error {
	if err := takeBack(u, network); err != nil || in.NeedsCode {
		return err
	}
	return forgive(u, name)
}

// open starts the session of a person whose password, link or provider was right: it
// waits for a second factor where there is one, and asks for one to be set up where a
// role needs it. strong: two factors were asked for already.
func open(u *storage.Update, person string, c Client, strong bool) (*SignedIn, error) {
	a, err := AccountOf(u, person)
	if err != nil {
		return nil, err
	}
	needed := false
	if !strong {
		if needed, err = NeedsSecond(u, person); err != nil {
			return nil, err
		}
	}
	in := &SignedIn{Person: person, NeedsCode: !strong && (a.TOTP || a.Passkeys && needed), MustChange: a.MustChange}
	in.Secret, err = startSession(u, person, c, in.NeedsCode, strong)
	return in, err
}

// Complete ends a sign-in that waits for a second factor, once proven says that it was
// right. The session continues under a new secret.
func Complete(ctx context.Context, db *storage.Database, secret string, c Client, proven func(u *storage.Update, person string) (bool, error)) (*SignedIn, error) {
	var in *SignedIn
	var wait *Session
	var login string
	err := db.View(ctx, access.System(), func(v *storage.View) (err error) {
		if wait, err = SessionOf(v, secret); err != nil {
			return err
		}
		a, err := AccountOf(v, wait.Person)
		if err != nil {
			return err
		}
		login, in = a.Login, &SignedIn{Person: a.Person, MustChange: a.MustChange}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !wait.WaitCode {
		return nil, fail.New(fail.Conflict, "kernel.signin.no-code-asked", "No code is asked for; you are signed in.")
	}
	name, network := slotOf("name", login), slotOf("network", Network(c.Address))
	if err := begin(ctx, db, name, network); err != nil {
		return nil, err
	}
	right := false
	err = db.Update(ctx, access.System(), func(u *storage.Update) (err error) {
		u.Origin = "sign-in"
		if right, err = proven(u, wait.Person); err != nil || !right {
			return err
		}
		if n, err := u.Exec("DELETE FROM signin_session WHERE id = $1", wait.ID); err != nil || n == 0 {
			right = false
			return err
		}
		if err := errors.Join(takeBack(u, network), forgive(u, name)); err != nil {
			return err
		}
		in.Secret, err = startSession(u, wait.Person, c, false, true)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !right {
		return nil, fail.New(fail.Unauthenticated, "kernel.signin.wrong-code", "The code is wrong or was used before.")
	}
	return in, nil
}

// begin counts an attempt and refuses it while the name or the network must wait.
func begin(ctx context.Context, db *storage.Database, name, network string) error {
	return db.Update(ctx, access.System(), func(u *storage.Update) error {
		u.Origin = "sign-in"
		if err := attempt(u, name, loginPatience); err != nil {
			return err
		}
		return attempt(u, network, networkPatience)
	})
}

// clip keeps somebody from making us hash megabytes; no password is that long.
func clip(password string) string { return password[:min(len(password), longest+1)] }
