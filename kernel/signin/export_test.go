package signin

import (
	"crypto/tls"
	"crypto/x509"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
)

// TOTPCode is what an authenticator shows at a moment.
func TOTPCode(secret []byte, at time.Time) string { return totpCode(secret, at.Unix()/30) }

var (
	CheckHash    = checkPassword
	HashPassword = hashPassword
)

// Cheaply makes hashes cost next to nothing until the returned function is called:
// most tests are not about them.
func Cheaply() (dear func()) {
	was := current
	current = cost{memory: 64, passes: 1, lanes: 1}
	return func() { current = was }
}

// TLSFor is a client's TLS for a server that the pool vouches for.
func TLSFor(host string, pool *x509.CertPool) *tls.Config {
	return &tls.Config{ServerName: host, RootCAs: pool}
}

// ParseAnswers reads a device's answer both ways.
func ParseAnswers(text []byte) {
	protocol.ParseCredentialCreationResponseBytes(text)
	protocol.ParseCredentialRequestResponseBytes(text)
}
