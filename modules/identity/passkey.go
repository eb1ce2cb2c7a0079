package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/seal"
	"steward/kernel/signin"
	"steward/kernel/storage"
)

// Passkeys lets people sign in with a device that knows them (WebAuthn level 3). A
// passkey is asked to verify its owner, by PIN or biometrics, so it is both factors.
type Passkeys struct {
	// Origin is the address people use: https://steward.example.org. Browsers allow
	// http:// for localhost alone. A passkey belongs to its host for ever.
	Origin string
}

// Passkey is one of a person's devices.
type Passkey struct {
	ID     string // of the credential
	Name   string // given by the person
	MadeAt time.Time
	UsedAt time.Time // zero: never
}

// challenged is what is kept in the browser's cookie until the device has answered.
type challenged struct {
	Session webauthn.SessionData
	Until   int64
}

const (
	passkeyPlace  = "identity_passkey.challenge"
	deviceAnswers = 5 * time.Minute
	largestAnswer = 64 << 10
)

// StartAdding returns the options for navigator.credentials.create, as JSON, and the
// value of a cookie to set meanwhile.
func (p *Passkeys) StartAdding(r storage.Reader, key *seal.Key, person string) (options []byte, cookie string, err error) {
	w, err := p.webauthn()
	if err != nil {
		return nil, "", err
	}
	o, err := ownerOf(r, person)
	if err != nil {
		return nil, "", err
	}
	creation, session, err := w.BeginRegistration(o, webauthn.WithExclusions(webauthn.Credentials(o.credentials).CredentialDescriptors()))
	if err != nil {
		return nil, "", fmt.Errorf("passkey: %w", err)
	}
	return pack(key, r.Reading().Now, creation, session)
}

// FinishAdding keeps the device that answered (the JSON of the credential made), under
// a name that tells its owner which it is.
func (p *Passkeys) FinishAdding(u *storage.Update, key *seal.Key, person, cookie string, answer []byte, name string) error {
	if name = strings.TrimSpace(name); name == "" || utf8.RuneCountInString(name) > 100 {
		return fail.Named("name", "identity.passkey-name", "Give the passkey a name of at most 100 characters.")
	}
	w, err := p.webauthn()
	if err != nil {
		return err
	}
	session, err := unpack(u, key, cookie, answer)
	if err != nil {
		return err
	}
	o, err := ownerOf(u, person)
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return unusable(err)
	}
	c, err := w.CreateCredential(o, *session, parsed)
	if err != nil {
		return unusable(err)
	}
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	_, err = u.Exec("INSERT INTO identity_passkey (id, person, name, credential, made_at) VALUES ($1, $2, $3, $4, $5)", credentialID(c.ID), person, name, string(text), u.Now.UnixMicro())
	if fail.Is(err, fail.Conflict) {
		return fail.New(fail.Conflict, "identity.passkey-known", "This passkey is known already.")
	}
	if err != nil {
		return err
	}
	return signin.SetFactor(u, person, signin.Passkey, true)
}

// Start returns the options for navigator.credentials.get, as JSON, and the value of a
// cookie to set meanwhile. Nobody has to type a name: the device knows whose it is.
func (p *Passkeys) Start(r storage.Reader, key *seal.Key) (options []byte, cookie string, err error) {
	w, err := p.webauthn()
	if err != nil {
		return nil, "", err
	}
	assertion, session, err := w.BeginDiscoverableLogin()
	if err != nil {
		return nil, "", fmt.Errorf("passkey: %w", err)
	}
	return pack(key, r.Reading().Now, assertion, session)
}

// Finish checks the device's answer and starts a session.
func (p *Passkeys) Finish(u *storage.Update, key *seal.Key, cookie string, answer []byte, client signin.Client) (*signin.SignedIn, error) {
	w, err := p.webauthn()
	if err != nil {
		return nil, err
	}
	session, err := unpack(u, key, cookie, answer)
	if err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, unusable(err)
	}
	var who *owner
	var broken error // the database's, which the library would call a wrong answer
	_, c, err := w.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		who, broken = ownerOf(u, string(handle))
		if broken == nil && who.account.Disabled {
			broken = records.NotFound()
		}
		return who, broken
	}, *session, parsed)
	switch {
	case broken != nil && !fail.Is(broken, fail.NotFound):
		return nil, broken
	case err != nil:
		return nil, unusable(err)
	case c.Authenticator.CloneWarning:
		return nil, unusable(errors.New("its counter went backwards: the device may have been copied"))
	}
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	if _, err := u.Exec("UPDATE identity_passkey SET credential = $1, used_at = $2 WHERE id = $3 AND person = $4", string(text), u.Now.UnixMicro(), credentialID(c.ID), who.account.Person); err != nil {
		return nil, err
	}
	in := &signin.SignedIn{Person: who.account.Person, MustChange: who.account.MustChange}
	in.Secret, err = signin.StartSession(u, in.Person, client)
	return in, err
}

// PasskeysOf lists a person's passkeys.
func PasskeysOf(r storage.Reader, person string) (out []Passkey, err error) {
	err = r.Reading().Each("SELECT id, name, made_at, used_at FROM identity_passkey WHERE person = $1 ORDER BY made_at, id", []any{person}, func(rows *sql.Rows) error {
		var k Passkey
		var made int64
		var used sql.NullInt64
		err := rows.Scan(&k.ID, &k.Name, &made, &used)
		k.MadeAt = records.Moment(made).Time()
		if used.Valid {
			k.UsedAt = records.Moment(used.Int64).Time()
		}
		out = append(out, k)
		return err
	})
	return out, err
}

// RemovePasskey takes one of a person's passkeys away.
func RemovePasskey(u *storage.Update, person, id string) error {
	n, err := u.Exec("DELETE FROM identity_passkey WHERE person = $1 AND id = $2", person, id)
	if err == nil && n == 0 {
		err = fail.New(fail.NotFound, "identity.no-passkey", "There is no such passkey.")
	}
	if err != nil {
		return err
	}
	left, err := PasskeysOf(u, person)
	if err != nil {
		return err
	}
	return signin.SetFactor(u, person, signin.Passkey, len(left) > 0)
}

func (p *Passkeys) webauthn() (*webauthn.WebAuthn, error) {
	u, err := url.Parse(p.Origin)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("passkeys: the origin %q is not an address", p.Origin)
	}
	if !named(u.Host) {
		return nil, fail.New(fail.Conflict, "identity.passkeys-name", "Passkeys belong to a name. Open Steward under its name instead of a number to add one.")
	}
	resident := true
	return webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: "Steward", RPOrigins: []string{p.Origin},
		AuthenticatorSelection: protocol.AuthenticatorSelection{RequireResidentKey: &resident, ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired}})
}

// pack seals what has to come back and writes the options.
func pack(key *seal.Key, now time.Time, options any, session *webauthn.SessionData) ([]byte, string, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return nil, "", err
	}
	kept, err := json.Marshal(challenged{*session, now.Add(deviceAnswers).UnixMicro()})
	if err != nil {
		return nil, "", err
	}
	return text, key.Seal(passkeyPlace, kept), nil
}

// unpack opens the cookie and uses its challenge up.
func unpack(u *storage.Update, key *seal.Key, cookie string, answer []byte) (*webauthn.SessionData, error) {
	if len(answer) > largestAnswer {
		return nil, fail.New(fail.TooLarge, "identity.passkey-large", "The device's answer is too large.")
	}
	raw, err := key.Open(passkeyPlace, cookie)
	if err != nil {
		return nil, unusable(err)
	}
	var c challenged
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, unusable(err)
	}
	if u.Now.UnixMicro() >= c.Until {
		return nil, unusable(errors.New("it took too long"))
	}
	n, err := u.Exec("INSERT INTO identity_challenge (hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING", digest(c.Session.Challenge), c.Until)
	if err == nil && n == 0 {
		err = unusable(errors.New("the challenge was used before"))
	}
	return &c.Session, err
}

func unusable(cause error) error {
	return fail.New(fail.Unauthenticated, "identity.passkey", "The passkey was not accepted. Try again, or sign in otherwise.").Because(cause)
}

// digest is how a challenge that was used is kept, and a recovery code.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// random returns 256 random bits as text.
func random() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

func credentialID(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

// owner is a person as the library asks for them.
type owner struct {
	account     *signin.Account
	credentials []webauthn.Credential
}

func ownerOf(r storage.Reader, person string) (*owner, error) {
	a, err := signin.AccountOf(r, person)
	if err != nil {
		return nil, err
	}
	o := &owner{account: a}
	err = r.Reading().Each("SELECT credential FROM identity_passkey WHERE person = $1 ORDER BY id", []any{person}, func(rows *sql.Rows) error {
		var text string
		var c webauthn.Credential
		if err := rows.Scan(&text); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(text), &c)
		o.credentials = append(o.credentials, c)
		return err
	})
	return o, err
}

// WebAuthnID is the handle under which the device keeps the passkey: the person's id,
// which says nothing about the person.
func (o *owner) WebAuthnID() []byte { return []byte(o.account.Person) }

// WebAuthnName is shown by the device.
func (o *owner) WebAuthnName() string { return o.account.Login }

// WebAuthnDisplayName is shown by the device.
func (o *owner) WebAuthnDisplayName() string { return o.account.Login }

// WebAuthnCredentials are the person's passkeys.
func (o *owner) WebAuthnCredentials() []webauthn.Credential { return o.credentials }

// anyPasskeys says whether somebody has a passkey at all.
func anyPasskeys(r storage.Reader) (bool, error) {
	var n int
	return r.Reading().Row("SELECT 1 FROM identity_passkey LIMIT 1", nil, &n)
}
