package signin

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/storage"
)

// Account is a person's right to sign in.
type Account struct {
	Person     string
	Login      string
	Password   bool // has one of our own; else signs in by a link or an outside provider
	TOTP       bool
	Passkeys   bool // has one: it can be the second factor
	MustChange bool
	Disabled   bool
	Party      string // id of the vendor a consultant works for
	MadeAt     time.Time
	LastAt     time.Time // zero: never signed in
}

// Fold brings a sign-in name into the one spelling under which it is kept; what is no
// text, or longer than any name, becomes nobody's.
func Fold(login string) string {
	if len(login) > 1000 || !utf8.ValidString(login) || strings.ContainsRune(login, 0) {
		return ""
	}
	return strings.ToLower(norm.NFKC.String(strings.TrimSpace(login)))
}

// CreateAccount lets a person sign in under a name. Without a password they come in
// by a one-time link. It refuses a name that is taken, and a second account.
func CreateAccount(u *storage.Update, person, login, password string) error {
	folded := Fold(login)
	if folded == "" || utf8.RuneCountInString(folded) > 200 || strings.ContainsFunc(folded, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }) {
		return fail.Named("login", "kernel.signin.login", "A sign-in name has 1 to 200 characters and no blanks.")
	}
	if person == "" {
		return fail.Named("person", "kernel.signin.person", "An account belongs to a person.")
	}
	var hash string
	var chosen time.Time
	if password != "" {
		if err := CheckPassword(folded, password); err != nil {
			return err
		}
		hash, chosen = hashPassword(password), u.Now
	}
	var taken string
	if found, err := u.Row("SELECT person FROM signin_account WHERE person = $1 OR login = $2", []any{person, folded}, &taken); err != nil {
		return err
	} else if found && taken == person {
		return fail.Named("person", "kernel.signin.has-account", "This person already has an account.")
	} else if found {
		return fail.Named("login", "kernel.signin.login-taken", "Somebody else signs in under this name.")
	}
	_, err := u.Exec("INSERT INTO signin_account (person, login, password, must_change, disabled, made_at, password_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		person, folded, storage.Null(hash), password == "", false, u.Now.UnixMicro(), storage.Null(chosen))
	if err != nil {
		return err
	}
	return keep(u, person, "account", nil, "open")
}

// SetPassword sets a person's password and ends all sessions but the one in which it
// is done (session is its ID, or ""). Who guessed at the one before slows nobody any more.
func SetPassword(u *storage.Update, person, password, session string) error {
	a, err := AccountOf(u, person)
	if err != nil {
		return err
	}
	if err := CheckPassword(a.Login, password); err != nil {
		return err
	}
	if _, err := u.Exec("UPDATE signin_account SET password = $1, must_change = $2, password_at = $3 WHERE person = $4",
		hashPassword(password), false, u.Now.UnixMicro(), person); err != nil {
		return err
	}
	if err := forgive(u, slotOf("name", a.Login)); err != nil {
		return err
	}
	if _, err := u.Exec("DELETE FROM signin_link WHERE person = $1", person); err != nil {
		return err
	}
	if _, err = u.Exec("DELETE FROM signin_session WHERE person = $1 AND id <> $2", person, session); err != nil {
		return err
	}
	return keep(u, person, "password", nil, "…")
}

// CheckOwnPassword asks for the present password before something grave is changed. Wrong
// ones slow further tries as at signing in: whoever found a browser open must not guess on.
// It opens its own transactions, because hashing must not hold one.
func CheckOwnPassword(ctx context.Context, db *storage.Database, person, password string, c Client) error {
	var login string
	var hash sql.NullString
	err := db.View(ctx, access.System(), func(v *storage.View) error {
		_, err := v.Row("SELECT login, password FROM signin_account WHERE person = $1", []any{person}, &login, &hash)
		return err
	})
	if err != nil {
		return err
	}
	name, network := slotOf("name", login), slotOf("network", Network(c.Address))
	if err := begin(ctx, db, name, network); err != nil {
		return err
	}
	if ok, _ := checkPassword(orNobody(hash), clip(password)); !ok {
		return fail.Named("password", "kernel.signin.wrong-password", "This is not your present password.")
	}
	return db.Update(ctx, access.System(), func(u *storage.Update) error {
		return errors.Join(takeBack(u, network), forgive(u, name))
	})
}

// SetDisabled closes an account, ending its sessions, or opens it again.
// The last administrator's is refused to be closed.
func SetDisabled(u *storage.Update, person string, disabled bool) error {
	if disabled {
		if err := notTheLast(u, person); err != nil {
			return err
		}
	}
	n, err := u.Exec("UPDATE signin_account SET disabled = $1 WHERE person = $2", disabled, person)
	if err != nil {
		return err
	}
	if n == 0 {
		return noAccount()
	}
	if !disabled {
		return keep(u, person, "account", "closed", "open")
	}
	if _, err = u.Exec("DELETE FROM signin_session WHERE person = $1", person); err != nil {
		return err
	}
	return keep(u, person, "account", "open", "closed")
}

// SetParty says for which vendor a consultant works, and how it is called, for the
// history; "" for none.
func SetParty(u *storage.Update, person, vendor, name string) error {
	a, err := AccountOf(u, person)
	if err != nil || a.Party == vendor {
		return err
	}
	if _, err := u.Exec("UPDATE signin_account SET party = $1 WHERE person = $2", storage.Null(vendor), person); err != nil {
		return err
	}
	return keep(u, person, "party", nil, storage.Null(name))
}

// AccountOf returns a person's account, or 'not found'.
func AccountOf(r storage.Reader, person string) (*Account, error) {
	return account(r, "person = $1", person)
}

// AccountNamed returns the account under a sign-in name, or 'not found'.
func AccountNamed(r storage.Reader, login string) (*Account, error) {
	return account(r, "login = $1", Fold(login))
}

func account(r storage.Reader, where, value string) (*Account, error) {
	a := &Account{}
	found, err := r.Reading().Row("SELECT person, login, password IS NOT NULL, codes, passkeys, must_change, disabled, party, made_at, last_at FROM signin_account WHERE "+where,
		[]any{value}, &a.Person, &a.Login, &a.Password, &a.TOTP, &a.Passkeys, &a.MustChange, &a.Disabled, storage.Zero(&a.Party), storage.Instant(&a.MadeAt), storage.Instant(&a.LastAt))
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, noAccount()
	}
	return a, nil
}

// Accounts is how many accounts there are; at none the program is being set up.
func Accounts(r storage.Reader) (n int, err error) {
	_, err = r.Reading().Row("SELECT COUNT(*) FROM signin_account", nil, &n)
	return n, err
}

func noAccount() error {
	return fail.New(fail.NotFound, "kernel.signin.no-account", "There is no such account.")
}

func orNobody(hash sql.NullString) string {
	if hash.Valid {
		return hash.String
	}
	return nobody()
}
