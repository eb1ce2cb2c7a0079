package probe

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

func TestFTPBeginsTLSWhereItIsAskedTo(t *testing.T) {
	own := issue(t, nil, authority)
	roots := x509.NewCertPool()
	roots.AddCert(own.cert)
	config := &tls.Config{Certificates: []tls.Certificate{{PrivateKey: own.key, Certificate: [][]byte{own.cert.Raw}}}}
	at := serve(t, func(c net.Conn) {
		io.WriteString(c, "220 ready\r\n")
		if l, _ := bufio.NewReader(c).ReadString('\n'); l == "AUTH TLS\r\n" {
			io.WriteString(c, "234 go on\r\n")
			s := tls.Server(c, config)
			io.Copy(io.Discard, s)
		}
	})
	if r := ask(t, "ftp://"+at+"?starttls", Options{Roots: roots}); r.State != "up" || names(r) != "connect banner starttls tls" || !r.TLS.Trusted {
		t.Errorf("%s %s, phases %s", r.State, r.Problem, names(r))
	}
	refuses := serve(t, func(c net.Conn) {
		io.WriteString(c, "220 ready\r\n")
		bufio.NewReader(c).ReadString('\n')
		io.WriteString(c, "500 what\r\n")
	})
	if r := ask(t, "ftp://"+refuses+"?starttls", Options{}); r.State != "wrong" || !strings.Contains(r.Problem, "500") {
		t.Errorf("%s %s", r.State, r.Problem)
	}
}

func TestOpenLDAPIsAskedPlainAndByStartTLS(t *testing.T) {
	path := daemon(t, "slapd")
	folder := t.TempDir()
	own := issue(t, nil, authority)
	secret, err := x509.MarshalPKCS8PrivateKey(own.key)
	if err != nil {
		t.Fatal(err)
	}
	conf := "TLSCACertificateFile " + folder + "/cert.pem\nTLSCertificateFile " + folder + "/cert.pem\nTLSCertificateKeyFile " + folder + "/key.pem\npidfile " + folder + "/pid\n"
	for name, b := range map[string][]byte{"slapd.conf": []byte(conf), "cert.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.cert.Raw}), "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})} {
		if err := os.WriteFile(filepath.Join(folder, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	at := closed(t)
	var out bytes.Buffer
	c := exec.Command(path, "-d", "0", "-f", filepath.Join(folder, "slapd.conf"), "-h", "ldap://"+at)
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Signal(os.Interrupt); c.Wait() })
	var plain Result
	for range 400 { // until it listens
		if plain = ask(t, "ldap://"+at, Options{}); plain.State != "down" {
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	if plain.State != "up" || !strings.Contains(plain.Answer, "anonymous bind") {
		t.Fatalf("plain: %s %s %s\n%s", plain.State, plain.Answer, plain.Problem, out.String())
	}
	roots := x509.NewCertPool()
	roots.AddCert(own.cert)
	if r := ask(t, "ldap://"+at+"?starttls", Options{Roots: roots}); r.State != "up" || names(r) != "connect starttls tls reply" || !r.TLS.Trusted {
		t.Errorf("starttls: %s %s, phases %s", r.State, r.Problem, names(r))
	}
	if r := ask(t, "ldap://"+at+"?starttls", Options{}); r.State != "wrong" || r.TLS.Faults[0] != "self-signed" {
		t.Errorf("starttls, not trusted: %s %+v", r.State, r.TLS)
	}
}

func TestValuesOfJSONAreCompared(t *testing.T) {
	at := serve(t, func(c net.Conn) {
		body := `{"queue":{"length":12.50},"state":"degraded: disk","big":90071992547409931,"list":[1]}`
		bufio.NewReader(c).ReadString('\n')
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
	})
	for assertion, holds := range map[string]bool{
		"queue.length<100": true, "queue.length>12.4": true, "queue.length<=12.5": true, "queue.length>=12.51": false, "queue.length<1e1": false, "queue.length!=12": true,
		"state~^degraded": true, "state!~disk": false, "state=degraded: disk": true, "state<5": false, "big=90071992547409931": true, "big<90071992547409932": true, "missing!=1": false, "list~1": true,
	} {
		r := ask(t, "http://"+at, Options{JSON: []string{assertion}})
		if (r.State == "up") != holds || r.State == "down" {
			t.Errorf("%s: %s %s", assertion, r.State, r.Problem)
		}
	}
	for _, bad := range []string{"queue", "=1", "a<many", "a~(", "a<1e9999999999"} {
		if _, err := Ask(t.Context(), "http://"+at, Options{JSON: []string{bad}}); err == nil || !strings.Contains(err.Error(), "JSON check") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestADNSAnswerThatDoesNotFitIsAskedForByTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	udp, err := net.ListenPacket("udp", l.Addr().String())
	if err != nil {
		t.Skipf("SKIPPED: the port is taken (%v)", err)
	}
	defer udp.Close()
	answer := func(q []byte, cut bool) []byte {
		var m dnsmessage.Message
		if m.Unpack(q) != nil {
			return nil
		}
		m.Response, m.Truncated = true, cut
		for i := range 60 {
			if !cut {
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Class: dnsmessage.ClassINET}, Body: &dnsmessage.TXTResource{TXT: []string{fmt.Sprintf("%0100d", i)}}})
			}
		}
		b, _ := m.Pack()
		return b
	}
	go func() {
		b := make([]byte, 512)
		for {
			n, from, err := udp.ReadFrom(b)
			if err != nil {
				return
			}
			udp.WriteTo(answer(b[:n], true), from)
		}
	}()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b := make([]byte, 514)
			n, _ := c.Read(b)
			whole := answer(b[min(n, 2):n], false)
			c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(whole))), whole[:3000]...))
			time.Sleep(10 * time.Millisecond)
			c.Write(whole[3000:])
			c.Close()
		}
	}()
	r := ask(t, "dns://"+l.Addr().String()+"/example.org", Options{Type: "TXT"})
	if r.State != "up" || names(r) != "connect reply connect reply" || r.Checks[0].Got != "60" {
		t.Errorf("%s %s, phases %s, %+v", r.State, r.Problem, names(r), r.Checks)
	}
}

func TestACipherThatIsNotSafeIsToldAndNotRefused(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{PrivateKey: key, Certificate: [][]byte{der}}}, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.(*tls.Conn).Handshake()
			c.Close()
		}
	}()
	if r := ask(t, "tls://"+l.Addr().String(), Options{}); r.State != "wrong" || r.TLS == nil || !r.TLS.Weak || r.TLS.Cipher != "TLS_RSA_WITH_AES_128_CBC_SHA" {
		t.Errorf("%s %s %+v", r.State, r.Problem, r.TLS)
	}
}
