package post

import (
	"crypto/x509"
	"net/mail"
	"strings"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/seal"
)

// Security is how the connection to the mail server is protected.
type Security string

const (
	StartTLS Security = "starttls" // begins in the open and refuses to go on without TLS
	TLS      Security = "tls"      // TLS from the first byte
	Plain    Security = "plain"    // unprotected: for a relay on this machine
)

// Securities are all, the usual first.
var Securities = []Security{StartTLS, TLS, Plain}

// Settings name the mail server. The zero value sends nothing.
type Settings struct {
	Host     string   `json:"host,omitempty"`
	Port     int      `json:"port,omitempty"`
	Security Security `json:"security,omitempty"`
	User     string   `json:"user,omitempty"`
	Password string   `json:"password,omitempty"` // sealed
	From     string   `json:"from,omitempty"`     // "Steward <steward@example.org>"
	// Certificate is of who vouches for the server, in PEM; "" leaves it to the machine.
	Certificate string `json:"certificate,omitempty"`
}

// On reports whether mail can be sent.
func (s Settings) On() bool { return s.Host != "" && s.From != "" }

const (
	settingsKey = "notify.mail"
	sealPlace   = "notify.mail"
)

// Load reads the settings.
func Load(r records.Reader) (s Settings, err error) {
	_, err = org.Setting(r, settingsKey, &s)
	return s, err
}

// Save keeps the settings. password, when not empty, is sealed and replaces the
// one kept; without a user there is none.
func Save(u *records.Tx, key *seal.Key, s Settings, password string) error {
	if len(access.HeldScopes(u.Actor, access.Admin, access.Settings, "", u.Now)) == 0 {
		return fail.New(fail.Forbidden, "notices.post.may-not", "Only who may change settings may name the mail server.")
	}
	if err := s.check(); err != nil {
		return err
	}
	before, err := Load(u)
	if err != nil {
		return err
	}
	switch {
	case s.User == "":
		s.Password = ""
	case password != "":
		s.Password = key.Seal(sealPlace, []byte(password))
	case s.Host == before.Host && s.User == before.User:
		s.Password = before.Password
	default: // a password is never sent to a server it was not given for
		s.Password = ""
	}
	if s.User != "" && s.Password == "" {
		return fail.Named("password", "notices.post.password", "Give the password of {user}.").With("user", s.User)
	}
	return org.Set(u, settingsKey, s)
}

func (s *Settings) check() error {
	s.Host, s.From, s.Certificate = strings.TrimSpace(s.Host), strings.TrimSpace(s.From), strings.TrimSpace(s.Certificate)
	if s.Host == "" {
		*s = Settings{}
		return nil
	}
	if strings.ContainsAny(s.Host, " /:@\r\n") || len(s.Host) > 253 {
		return fail.Named("host", "notices.post.host", "Give the mail server's name alone, such as mail.example.org.")
	}
	if s.Port < 1 || s.Port > 65535 {
		return fail.Named("port", "notices.post.port", "Give a port between 1 and 65535; 587 is usual.")
	}
	if s.Security != StartTLS && s.Security != TLS && s.Security != Plain {
		return fail.Named("security", "notices.post.security", "Choose how the connection is protected.")
	}
	if s.Certificate != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(s.Certificate)) {
		return fail.Named("certificate", "notices.post.certificate", "This is no certificate in PEM: it begins with {example}.").With("example", "-----BEGIN CERTIFICATE-----")
	}
	if a, err := mail.ParseAddress(s.From); err != nil || strings.ContainsAny(s.From, "\r\n") || a.Address == "" {
		return fail.Named("from", "notices.post.from", "Give the sender's address, such as steward@example.org.")
	}
	return nil
}
