package probe

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// issued is a certificate and its key.
type issued struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

var serial = int64(1)

// issue makes a certificate signed by by, or by itself.
func issue(t *testing.T, by *issued, change func(*x509.Certificate)) issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial++
	now := time.Now()
	c := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "made for a test " + big.NewInt(serial).String()}, NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, DNSNames: []string{"localhost"}, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature}
	if change != nil {
		change(c)
	}
	signer := issued{c, key}
	if by != nil {
		signer = *by
	}
	der, err := x509.CreateCertificate(rand.Reader, c, signer.cert, &key.PublicKey, signer.key)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return issued{made, key}
}

func authority(c *x509.Certificate) {
	c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageDigitalSignature
}

// present serves a chain by TLS.
func present(t *testing.T, on string, own issued, more ...issued) string {
	t.Helper()
	c := tls.Certificate{PrivateKey: own.key, Certificate: [][]byte{own.cert.Raw}}
	for _, m := range more {
		c.Certificate = append(c.Certificate, m.cert.Raw)
	}
	l, err := tls.Listen("tcp", on, &tls.Config{Certificates: []tls.Certificate{c}})
	if err != nil {
		t.Skipf("SKIPPED: %s is not there on this machine (%v)", on, err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = c.(*tls.Conn).Handshake(); c.Close() }()
		}
	}()
	return l.Addr().String()
}

func TestEachFaultOfAChainIsToldApartAndAllOfThem(t *testing.T) {
	root := issue(t, nil, authority)
	between := issue(t, &root, authority)
	good := issue(t, &between, nil)
	ended := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }
	elsewhere := func(c *x509.Certificate) {
		c.IPAddresses, c.DNSNames = nil, []string{"elsewhere.example"}
	}
	roots := x509.NewCertPool()
	roots.AddCert(root.cert)
	endedBetween := issue(t, &root, func(c *x509.Certificate) { authority(c); ended(c) })
	for name, c := range map[string]struct {
		own  issued
		more []issued
		want string
	}{
		"good":                   {good, []issued{between}, ""},
		"good with its root":     {good, []issued{between, root}, ""},
		"expired":                {issue(t, &between, ended), []issued{between}, "expired"},
		"not yet valid":          {issue(t, &between, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) }), []issued{between}, "not-yet-valid"},
		"another host":           {issue(t, &between, elsewhere), []issued{between}, "wrong-host"},
		"signed by itself":       {issue(t, nil, nil), nil, "self-signed"},
		"unknown root":           {issue(t, new(issue(t, nil, authority)), nil), nil, "unknown-issuer"},
		"one between is missing": {good, nil, "unknown-issuer"},
		"one between has ended":  {issue(t, &endedBetween, nil), []issued{endedBetween}, "expired"},
		"everything":             {issue(t, nil, func(c *x509.Certificate) { ended(c); elsewhere(c) }), nil, "expired wrong-host self-signed"},
		"for clients only":       {issue(t, &between, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), []issued{between}, "unfit"},
	} {
		r := ask(t, "tls://"+present(t, "127.0.0.1:0", c.own, c.more...), Options{Roots: roots})
		if r.TLS == nil {
			t.Errorf("%s: %s %s", name, r.State, r.Problem)
			continue
		}
		if got := strings.Join(r.TLS.Faults, " "); got != c.want || r.TLS.Trusted != (c.want == "") || (r.State == "up") != (c.want == "") || c.want != "" && !strings.Contains(r.Problem, r.TLS.Faults[0]) {
			t.Errorf("%s: %s, faults %q, want %q (%s)", name, r.State, got, c.want, r.Problem)
		}
	}
	if r := ask(t, "tls://"+present(t, "[::1]:0", good, between), Options{Roots: roots}); r.State != "up" || !strings.HasPrefix(r.Address, "[::1]:") {
		t.Errorf("by IPv6: %s %s %s", r.State, r.Address, r.Problem)
	}
}

func TestAShortKeyIsTold(t *testing.T) {
	n := new(big.Int).Lsh(big.NewInt(1), 1023)
	own := &x509.Certificate{PublicKey: &rsa.PublicKey{N: n, E: 65537}, SignatureAlgorithm: x509.SHA1WithRSA, NotAfter: time.Now().Add(time.Hour), RawSubject: []byte{1}, RawIssuer: []byte{2}}
	got := faults([]*x509.Certificate{own}, "localhost", x509.VerifyOptions{Roots: x509.NewCertPool(), CurrentTime: time.Now()})
	if !slices.Contains(got, "weak-key") || !slices.Contains(got, "weak-signature") {
		t.Errorf("%v", got)
	}
}
