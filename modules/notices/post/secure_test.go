package post

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"steward/kernel/seal"
)

// server is a mail server on loopback that wants TLS and a password, under a
// certificate that only an authority of its own vouches for.
type server struct {
	Port     int
	ca       string // the authority's certificate
	implicit bool   // TLS from the first byte
	leaves   int    // goes away in the middle of this letter, counted from 1; 0: never
	mu       sync.Mutex
	letters  []string
	open     bool // somebody said a password before TLS
}

func newServer(t *testing.T, implicit bool, leaves int) *server {
	ca, pair := authority(t)
	s := &server{ca: ca, implicit: implicit, leaves: leaves}
	secure := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s.Port = l.Addr().(*net.TCPAddr).Port
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.speak(c, secure)
		}
	}()
	return s
}

// authority makes a certificate authority and a certificate for 127.0.0.1 that it signed.
func authority(t *testing.T) (ca string, pair tls.Certificate) {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	root, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	rootCert := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Firm"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	rootDER, err := x509.CreateCertificate(rand.Reader, rootCert, rootCert, &root.PublicKey, root)
	must(err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	cert := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "mail"}, NotBefore: rootCert.NotBefore, NotAfter: rootCert.NotAfter, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, cert, rootCert, &key.PublicKey, root)
	must(err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER})), tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// speak is the server's side of SMTP (RFC 5321), as much of it as a client needs.
func (s *server) speak(c net.Conn, secure *tls.Config) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	safe := s.implicit
	if safe {
		c = tls.Server(c, secure)
	}
	in := bufio.NewReader(c)
	say := func(line string) { c.Write([]byte(line + "\r\n")) }
	say("220 mail ESMTP")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(strings.Fields(line + " x")[0]); {
		case verb == "EHLO" && !safe:
			say("250-mail\r\n250 STARTTLS")
		case verb == "EHLO":
			say("250-mail\r\n250 AUTH PLAIN")
		case verb == "STARTTLS":
			say("220 go on")
			c, safe = tls.Server(c, secure), true
			in = bufio.NewReader(c)
		case verb == "AUTH":
			s.mu.Lock()
			s.open = s.open || !safe
			s.mu.Unlock()
			text, _ := base64.StdEncoding.DecodeString(strings.Fields(line)[2])
			if string(text) != "\x00steward\x00right" {
				say("535 5.7.8 wrong")
				continue
			}
			say("235 ok")
		case verb == "DATA":
			say("354 go on")
			var letter strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil || line == ".\r\n" {
					break
				}
				letter.WriteString(line)
			}
			s.mu.Lock()
			away := s.leaves == len(s.letters)+1
			if !away {
				s.letters = append(s.letters, letter.String())
			}
			s.mu.Unlock()
			if away {
				return
			}
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func TestLettersGoOverTLSWhereTheServersAuthorityIsTrustedAndNowhereElse(t *testing.T) {
	key, err := seal.New(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	two := []Message{{To: "a@b.example", Subject: "One", Text: "1"}, {To: "c@b.example", Subject: "Two", Text: "2"}}
	another, _ := authority(t)
	for security, implicit := range map[Security]bool{StartTLS: false, TLS: true} {
		for what, c := range map[string]struct {
			ca       string // "own": that of the server
			password string
			leaves   int
			reached  bool
			taken    int
		}{
			"trusted":                     {"own", "right", 0, true, 2},
			"nobody vouches for it":       {"", "right", 0, false, 0},
			"another vouches":             {another, "right", 0, false, 0},
			"a wrong password":            {"own", "wrong", 0, false, 0},
			"it goes in the first letter": {"own", "right", 1, true, 0},
			"it goes in the second":       {"own", "right", 2, true, 1},
		} {
			s := newServer(t, implicit, c.leaves)
			if c.ca == "own" {
				c.ca = s.ca
			}
			settings := Settings{Host: "127.0.0.1", Port: s.Port, Security: security, User: "steward", Password: key.Seal(sealPlace, []byte(c.password)), From: "steward@b.example", Certificate: c.ca}
			each, err := Send(context.Background(), key, settings, two)
			if c.reached != (err == nil) {
				t.Errorf("%s, %s: got %v", security, what, err)
			}
			taken := 0
			for _, e := range each {
				if e == nil && err == nil {
					taken++
				}
			}
			if s.mu.Lock(); taken != c.taken || len(s.letters) != c.taken || s.open {
				t.Errorf("%s, %s: %d are said to be taken, %d were; want %d (%v)", security, what, taken, len(s.letters), c.taken, each)
			}
			s.mu.Unlock()
		}
	}
	// What speaks no TLS gets nothing, and what speaks it at once is not waited for in vain.
	s := newServer(t, false, 0)
	if _, err := Send(context.Background(), key, Settings{Host: "127.0.0.1", Port: s.Port, Security: TLS, From: "steward@b.example", Certificate: s.ca}, two); err == nil || len(s.letters) != 0 {
		t.Errorf("TLS to a server that wants STARTTLS: got %v", err)
	}
	if s := (Settings{Host: "mail.example.org", Port: 25, Security: TLS, From: "a@b.example", Certificate: "none"}); s.check() == nil {
		t.Error("a certificate that is none was taken")
	}
}
