package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"database/sql"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/seal"
	"steward/kernel/signin"
	"steward/kernel/storage"
)

// Time-based one-time codes (RFC 6238): six digits of an HMAC-SHA-1 over the number
// of the half minute, which is what every authenticator program can show.
const (
	totpStep   = 30 * time.Second
	totpDigits = 1_000_000
	// totpDrift is how many half minutes a device's clock may be off, either way.
	totpDrift = 1
)

var base32Secret = base32.StdEncoding.WithPadding(base32.NoPadding)

// totpCode is the code of a half minute.
func totpCode(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	binary.Write(mac, binary.BigEndian, step)
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[at:])&0x7fffffff)%totpDigits)
}

// totpMatch returns the half minute, later than after, of which the code is.
func totpMatch(secret []byte, code string, now time.Time, after int64) (step int64, ok bool) {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	this := now.Unix() / int64(totpStep/time.Second)
	for s := this - totpDrift; s <= this+totpDrift; s++ {
		if subtle.ConstantTimeCompare([]byte(totpCode(secret, s)), []byte(code)) == 1 && s > after && !ok {
			step, ok = s, true
		}
	}
	return step, ok
}

// Enrolment is what an authenticator program needs to know.
type Enrolment struct {
	Secret string // base32, to type in
	URL    string // otpauth://…, to show as a QR code
}

// StartTOTP makes a secret for a person's authenticator program. It counts once
// ConfirmTOTP has seen a code made with it; until then the old one holds.
func StartTOTP(u *storage.Update, key *seal.Key, person, issuer string) (Enrolment, error) {
	a, err := signin.AccountOf(u, person)
	if err != nil {
		return Enrolment{}, err
	}
	secret := make([]byte, 20)
	rand.Read(secret)
	if _, err := u.Exec("INSERT INTO identity_authenticator (person, draft) VALUES ($1, $2) ON CONFLICT (person) DO UPDATE SET draft = excluded.draft", person, key.Seal(totpPlace(person), secret)); err != nil {
		return Enrolment{}, err
	}
	return enrolment(secret, issuer, a.Login), nil
}

// StartedTOTP is what StartTOTP returned, for whoever mistyped the code; nil when
// nothing was started.
func StartedTOTP(r storage.Reader, key *seal.Key, person, issuer string) (*Enrolment, error) {
	var draft sql.NullString
	if found, err := r.Reading().Row("SELECT draft FROM identity_authenticator WHERE person = $1", []any{person}, &draft); err != nil || !found || !draft.Valid {
		return nil, err
	}
	a, err := signin.AccountOf(r, person)
	if err != nil {
		return nil, err
	}
	secret, err := key.Open(totpPlace(person), draft.String)
	if err != nil {
		return nil, err
	}
	e := enrolment(secret, issuer, a.Login)
	return &e, nil
}

func enrolment(secret []byte, issuer, login string) Enrolment {
	text := base32Secret.EncodeToString(secret)
	q := url.Values{"secret": {text}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	return Enrolment{text, "otpauth://totp/" + url.PathEscape(issuer+":"+login) + "?" + q.Encode()}
}

// ConfirmTOTP makes the started secret the person's second factor and returns
// recovery codes to print, each good for one sign-in without the device.
func ConfirmTOTP(u *storage.Update, key *seal.Key, person, code string) (recovery []string, err error) {
	var draft sql.NullString
	if found, err := u.Row("SELECT draft FROM identity_authenticator WHERE person = $1", []any{person}, &draft); err != nil {
		return nil, err
	} else if !found || !draft.Valid {
		return nil, fail.New(fail.Conflict, "identity.totp-not-started", "Begin the set-up of the authenticator again.")
	}
	secret, err := key.Open(totpPlace(person), draft.String)
	if err != nil {
		return nil, err
	}
	step, ok := totpMatch(secret, code, u.Now, 0)
	if !ok {
		return nil, fail.Named("code", "identity.totp-wrong", "This is not the code that the authenticator shows now. Check the clock of the device.")
	}
	if _, err := u.Exec("UPDATE identity_authenticator SET secret = draft, draft = NULL, step = $1 WHERE person = $2", step, person); err != nil {
		return nil, err
	}
	if err := signin.SetFactor(u, person, signin.Authenticator, true); err != nil {
		return nil, err
	}
	return NewRecoveryCodes(u, person)
}

// RemoveTOTP takes a person's second factor away, with its recovery codes.
func RemoveTOTP(u *storage.Update, person string) error {
	if err := signin.SetFactor(u, person, signin.Authenticator, false); err != nil {
		return err
	}
	if _, err := u.Exec("DELETE FROM identity_recovery WHERE person = $1", person); err != nil {
		return err
	}
	_, err := u.Exec("DELETE FROM identity_authenticator WHERE person = $1", person)
	return err
}

// RemoveFactors takes all second factors away from a person whose devices are lost.
func RemoveFactors(u *storage.Update, person string) error {
	if err := RemoveTOTP(u, person); err != nil {
		return err
	}
	if _, err := u.Exec("DELETE FROM identity_passkey WHERE person = $1", person); err != nil {
		return err
	}
	return signin.SetFactor(u, person, signin.Passkey, false)
}

// recoveryCodes is how many are made at once.
const recoveryCodes = 10

// NewRecoveryCodes makes new recovery codes in place of the old ones.
func NewRecoveryCodes(u *storage.Update, person string) ([]string, error) {
	if _, err := u.Exec("DELETE FROM identity_recovery WHERE person = $1", person); err != nil {
		return nil, err
	}
	var out []string
	for range recoveryCodes {
		b := make([]byte, 10) // 80 bits: beyond guessing, so a plain hash keeps it
		rand.Read(b)
		text := strings.ToLower(base32Secret.EncodeToString(b))
		if _, err := u.Exec("INSERT INTO identity_recovery (hash, person) VALUES ($1, $2)", digest(text), person); err != nil {
			return nil, err
		}
		out = append(out, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
	}
	return out, nil
}

// EnterCode completes a sign-in with the code of the authenticator or a recovery code.
func EnterCode(ctx context.Context, db *storage.Database, key *seal.Key, secret, code string, c signin.Client) (*signin.SignedIn, error) {
	waited := ""
	in, err := signin.Complete(ctx, db, secret, c, func(u *storage.Update, person string) (bool, error) {
		s, err := signin.SessionOf(u, secret)
		if err != nil {
			return false, err
		}
		waited = s.ID
		return useCode(u, key, person, code)
	})
	if err != nil {
		return nil, err
	}
	return in, db.Update(ctx, access.System(), func(u *storage.Update) error { return carry(u, waited, in.Secret) })
}

// useCode accepts a code of the authenticator or a recovery code, each once.
func useCode(u *storage.Update, key *seal.Key, person, code string) (bool, error) {
	var sealed sql.NullString
	var last sql.NullInt64
	if found, err := u.Row("SELECT secret, step FROM identity_authenticator WHERE person = $1", []any{person}, &sealed, &last); err != nil || !found || !sealed.Valid {
		return false, err
	}
	secret, err := key.Open(totpPlace(person), sealed.String)
	if err != nil {
		return false, err
	}
	if step, ok := totpMatch(secret, code, u.Now, last.Int64); ok {
		n, err := u.Exec("UPDATE identity_authenticator SET step = $1 WHERE person = $2 AND (step IS NULL OR step < $1)", step, person)
		return n == 1, err
	}
	plain := strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code))
	n, err := u.Exec("DELETE FROM identity_recovery WHERE person = $1 AND hash = $2", person, digest(plain))
	return n == 1, err
}

// totpPlace is where secrets were kept when the first ones were sealed.
func totpPlace(person string) string { return "signin_account.totp/" + person }
