package agentproto

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Headers that carry who sent a request, when, and the signature.
const (
	HeaderAgent     = "Steward-Agent"
	HeaderDate      = "Steward-Date"
	HeaderSignature = "Steward-Signature"
)

// MaxSkew is how far a request's date may be from the server's clock.
const MaxSkew = 5 * time.Minute

// ErrClock is a request whose date is too far from the server's clock. The
// agent sets itself by the Date header of the answer and tries again.
var ErrClock = errors.New("the request's date is too far from the server's clock")

// ErrSignature is a request that was not signed by the key it should be.
var ErrSignature = errors.New("the signature does not fit the request")

// message is what is signed: everything that must not be changed on the way.
func message(agent, method, path, date string, body []byte) []byte {
	sum := sha256.Sum256(body)
	return fmt.Appendf(nil, "steward-agent-v1\n%s\n%s\n%s\n%s\n%s\n", agent, method, path, date, hex.EncodeToString(sum[:]))
}

// Sign adds the three headers to a request whose body is body, as it goes over
// the wire. The key is Ed25519 or ECDSA.
func Sign(h http.Header, key crypto.Signer, agent, method, path string, body []byte, now time.Time) error {
	date := now.UTC().Format(time.RFC3339)
	m := message(agent, method, path, date, body)
	digest, opts := m, crypto.SignerOpts(crypto.Hash(0))
	if _, ok := key.Public().(*ecdsa.PublicKey); ok {
		sum := sha256.Sum256(m)
		digest, opts = sum[:], crypto.SHA256
	}
	signature, err := key.Sign(rand.Reader, digest, opts)
	if err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	h.Set(HeaderAgent, agent)
	h.Set(HeaderDate, date)
	h.Set(HeaderSignature, base64.StdEncoding.EncodeToString(signature))
	return nil
}

// Verify checks a request's signature against the public key of the agent it
// names: ErrSignature or ErrClock when it must be refused. The path is
// that of the protocol, without what a proxy put before it. A report may be
// received twice; its ID tells.
func Verify(h http.Header, key crypto.PublicKey, method, path string, body []byte, now time.Time) error {
	date, err := time.Parse(time.RFC3339, h.Get(HeaderDate))
	if err != nil {
		return fmt.Errorf("%w: the header %s is not a moment", ErrSignature, HeaderDate)
	}
	signature, err := base64.StdEncoding.DecodeString(h.Get(HeaderSignature))
	if err != nil || len(signature) == 0 || len(signature) > 1024 {
		return fmt.Errorf("%w: the header %s is not base64", ErrSignature, HeaderSignature)
	}
	m := message(h.Get(HeaderAgent), method, path, h.Get(HeaderDate), body)
	valid := false
	switch k := key.(type) {
	case ed25519.PublicKey:
		valid = len(k) == ed25519.PublicKeySize && ed25519.Verify(k, m, signature)
	case *ecdsa.PublicKey:
		sum := sha256.Sum256(m)
		valid = ecdsa.VerifyASN1(k, sum[:], signature)
	}
	if !valid {
		return ErrSignature
	}
	if d := now.Sub(date); d > MaxSkew || d < -MaxSkew {
		return fmt.Errorf("%w: it says %s, the server %s", ErrClock, date.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return nil
}
