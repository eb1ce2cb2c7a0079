package probe

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net"
	"slices"
	"strings"
	"time"
)

// TLS is what a server showed of itself.
type TLS struct {
	Version  string        `json:"version" doc:"1.2, 1.3 …"`
	Cipher   string        `json:"cipher"`
	Weak     bool          `json:"weak,omitempty" doc:"the version or cipher is no longer held to be safe"`
	Trusted  bool          `json:"trusted" doc:"the chain leads to a root that is trusted, is valid now and names the host"`
	Problem  string        `json:"problem,omitempty" doc:"why it is not, in words"`
	Faults   []string      `json:"faults,omitempty" doc:"all that is wrong with the chain: expired, not-yet-valid, wrong-host, self-signed, unknown-issuer (its root is not trusted, or a certificate between is missing), weak-signature, weak-key, unfit (not for a server, or against a rule of a name)"`
	DaysLeft int           `json:"days_left" doc:"whole days until the first certificate of the chain ends, below 0 if it has"`
	Chain    []Certificate `json:"chain" doc:"as the server sent it, its own first"`
}

// Certificate is one of a chain.
type Certificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	Names     []string  `json:"names,omitempty" doc:"hosts it is for, at most 20"`
	Key       string    `json:"key" doc:"kind of the public key"`
	Signed    string    `json:"signed" doc:"algorithm of the signature"`
	SHA256    string    `json:"sha256" doc:"of the whole certificate, hex"`
}

var versions = map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

// handshake begins TLS. A certificate that is not right does not end the
// handshake: it is told with the chain, which says more than the refusal would.
func (r *run) handshake(ctx context.Context, c net.Conn, protocols ...string) (*tls.Conn, error) {
	host := r.url.Hostname()
	// Old versions and ciphers are accepted so that they can be told, versions by MinTLS.
	t := tls.Client(c, &tls.Config{ServerName: host, InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, NextProtos: protocols, CipherSuites: anyCipher()})
	if err := r.phase("tls", func() error { return t.HandshakeContext(ctx) }); err != nil {
		return nil, err
	}
	s := t.ConnectionState()
	now := r.o.Now()
	told := &TLS{Cipher: tls.CipherSuiteName(s.CipherSuite)}
	for name, v := range versions {
		if v == s.Version {
			told.Version = name
		}
	}
	ends := time.Time{}
	within := x509.NewCertPool()
	for i, cert := range s.PeerCertificates {
		sum := sha256.Sum256(cert.Raw)
		told.Chain = append(told.Chain, Certificate{Subject: cert.Subject.String(), Issuer: cert.Issuer.String(), NotBefore: cert.NotBefore.UTC(), NotAfter: cert.NotAfter.UTC(),
			Names: cert.DNSNames[:min(20, len(cert.DNSNames))], Key: cert.PublicKeyAlgorithm.String(), Signed: cert.SignatureAlgorithm.String(), SHA256: hex.EncodeToString(sum[:])})
		if ends.IsZero() || cert.NotAfter.Before(ends) {
			ends = cert.NotAfter
		}
		if i > 0 {
			within.AddCert(cert)
		}
	}
	told.DaysLeft = int(math.Floor(ends.Sub(now).Hours() / 24))
	_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: host, Roots: r.o.Roots, Intermediates: within, CurrentTime: now})
	if told.Trusted = err == nil; err != nil {
		told.Problem = err.Error()
	}
	told.Faults = faults(s.PeerCertificates, host, x509.VerifyOptions{Roots: r.o.Roots, Intermediates: within, CurrentTime: now})
	r.TLS = told
	told.Weak = slices.ContainsFunc(tls.InsecureCipherSuites(), func(c *tls.CipherSuite) bool { return c.ID == s.CipherSuite }) || s.Version < tls.VersionTLS12
	r.check("certificate", "trusted", trust(told), told.Trusted)
	if r.o.MinDays > 0 {
		r.check("days left of the certificate", fmt.Sprintf("%d or more", r.o.MinDays), fmt.Sprint(told.DaysLeft), told.DaysLeft >= r.o.MinDays)
	}
	if r.o.MinTLS != "" {
		r.check("TLS version", r.o.MinTLS+" or above", told.Version, s.Version >= versions[r.o.MinTLS])
	}
	return t, nil
}

// anyCipher is every cipher there is, also those that are not safe.
func anyCipher() []uint16 {
	var all []uint16
	for _, c := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		all = append(all, c.ID)
	}
	return all
}

// faults tells everything that is wrong with a chain; a verification stops at
// the first. What it says of trust is asked at a moment when the server's own
// certificate is valid, so that an expired one may be known to be of a trusted
// issuer all the same.
func faults(chain []*x509.Certificate, host string, o x509.VerifyOptions) []string {
	var list []string
	add := func(fault string) {
		if !slices.Contains(list, fault) {
			list = append(list, fault)
		}
	}
	own := chain[0]
	if o.CurrentTime.After(own.NotAfter) {
		add("expired")
	}
	if o.CurrentTime.Before(own.NotBefore) {
		add("not-yet-valid")
	}
	if own.VerifyHostname(host) != nil {
		add("wrong-host")
	}
	if len(list) > 0 && slices.Contains(list, "expired") {
		o.CurrentTime = own.NotAfter.Add(-time.Second)
	} else if slices.Contains(list, "not-yet-valid") {
		o.CurrentTime = own.NotBefore.Add(time.Second)
	}
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var unread x509.SystemRootsError
	switch _, err := own.Verify(o); {
	case err == nil:
	case errors.As(err, &unknown), errors.As(err, &unread):
		if len(chain) == 1 && selfSigned(own) {
			add("self-signed")
		} else {
			add("unknown-issuer")
		}
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		add("expired") // one above it
	default:
		add("unfit")
	}
	for _, c := range chain {
		if bytes.Equal(c.RawIssuer, c.RawSubject) && c != own {
			continue // nobody checks how a root is signed
		}
		switch c.SignatureAlgorithm {
		case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
			add("weak-signature")
		}
		if k, ok := c.PublicKey.(*rsa.PublicKey); ok && k.N.BitLen() < 2048 {
			add("weak-key")
		}
	}
	return list
}

// selfSigned reports whether a certificate is signed by its own key; whether it
// may sign others does not matter here.
func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, c.RawSubject) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

func trust(t *TLS) string {
	if t.Trusted {
		return "trusted"
	}
	return "not trusted: " + cmp.Or(strings.Join(t.Faults, ", "), "unfit") + " (" + t.Problem + ")"
}

func (r *run) check(what, want, got string, ok bool) {
	r.Checks = append(r.Checks, Check{What: what, Want: clip(want), Got: clip(got), OK: ok})
}
