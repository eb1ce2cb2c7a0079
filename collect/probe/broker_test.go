package probe

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// daemon is the path of a server's program, of the Debian package of its name.
func daemon(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		path = "/usr/sbin/" + name
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("SKIPPED: no %s here; install the package %s", name, name)
	}
	return path
}

func TestMosquittoIsAskedPlainByTLSAndWhereItWantsASignIn(t *testing.T) {
	path := daemon(t, "mosquitto")
	folder := t.TempDir()
	own := issue(t, nil, authority)
	secret, err := x509.MarshalPKCS8PrivateKey(own.key)
	if err != nil {
		t.Fatal(err)
	}
	port := func() string { _, p, _ := net.SplitHostPort(closed(t)); return p }
	open, secured, secret1 := port(), port(), port()
	conf := fmt.Sprintf("user root\nper_listener_settings true\nlistener %s 127.0.0.1\nallow_anonymous true\nlistener %s 127.0.0.1\nallow_anonymous true\ncertfile %[4]s/cert.pem\nkeyfile %[4]s/key.pem\nlistener %[3]s 127.0.0.1\nallow_anonymous false\n", open, secured, secret1, folder)
	for name, b := range map[string][]byte{"mosquitto.conf": []byte(conf), "cert.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.cert.Raw}), "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})} {
		if err := os.WriteFile(filepath.Join(folder, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	c := exec.Command(path, "-c", filepath.Join(folder, "mosquitto.conf"))
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Signal(os.Interrupt)
		c.Wait()
		if t.Failed() {
			t.Log(out.String())
		}
	})
	roots := x509.NewCertPool()
	roots.AddCert(own.cert)
	var r Result
	for range 400 { // until it listens
		if r = ask(t, "mqtt://127.0.0.1:"+secret1, Options{}); r.State != "down" {
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	if r.State != "up" || r.Answer != "sign-in wanted" {
		t.Errorf("closed to strangers: %s %s %s", r.State, r.Answer, r.Problem)
	}
	if r = ask(t, "mqtt://127.0.0.1:"+open, Options{}); r.State != "up" || r.Answer != "accepted" || names(r) != "connect reply" {
		t.Errorf("open: %s %s %s", r.State, r.Answer, r.Problem)
	}
	if r = ask(t, "mqtts://127.0.0.1:"+secured, Options{Roots: roots}); r.State != "up" || !r.TLS.Trusted || names(r) != "connect tls reply" {
		t.Errorf("by TLS: %s %s, phases %s", r.State, r.Problem, names(r))
	}
	if r = ask(t, "mqtts://127.0.0.1:"+secured, Options{}); r.State != "wrong" || !strings.Contains(r.Problem, "self-signed") {
		t.Errorf("not trusted: %s %s", r.State, r.Problem)
	}
}
