package identity_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"steward/kernel/fail"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/modules/identity"
)

// slapd starts OpenLDAP's server on loopback, with TLS, and Ada, Bob and two Zoes in it.
// Without a server on the machine the test is skipped, loudly.
func slapd(t *testing.T) *identity.Directory {
	t.Helper()
	d, _ := slapdWith(t)
	return d
}

// slapdWith also returns the certificate that vouches for the server.
func slapdWith(t *testing.T) (*identity.Directory, string) {
	t.Helper()
	path, err := exec.LookPath("slapd")
	if err != nil {
		path = "/usr/sbin/slapd"
		if _, err := os.Stat(path); err != nil {
			t.Skip("NOT TESTED AGAINST A DIRECTORY: no slapd here; install the package slapd")
		}
	}
	root := filepath.Join(filepath.Dir(path), "..", "..")
	folder := t.TempDir()
	pool := certificate(t, folder)
	if err := os.Mkdir(filepath.Join(folder, "db"), 0o700); err != nil {
		t.Fatal(err)
	}
	conf := fmt.Sprintf(`include %[1]s/etc/ldap/schema/core.schema
include %[1]s/etc/ldap/schema/cosine.schema
include %[1]s/etc/ldap/schema/inetorgperson.schema
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.159 NAME 'accountExpires' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
objectclass ( 1.2.840.113556.1.5.9 NAME 'user' SUP top AUXILIARY MAY ( userAccountControl $ accountExpires $ objectGUID ) )
modulepath %[1]s/usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
pidfile %[2]s/pid
TLSCACertificateFile %[2]s/cert.pem
TLSCertificateFile %[2]s/cert.pem
TLSCertificateKeyFile %[2]s/key.pem
security simple_bind=128
database mdb
maxsize 10485760
suffix "dc=example,dc=org"
rootdn "cn=admin,dc=example,dc=org"
rootpw admin-secret
directory %[2]s/db
overlay ppolicy
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=search,dc=example,dc=org" read by * none
`, root, folder)
	if err := os.WriteFile(filepath.Join(folder, "slapd.conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "ldap://" + l.Addr().String()
	l.Close()
	var out bytes.Buffer
	c := exec.Command(path, "-d", "0", "-f", filepath.Join(folder, "slapd.conf"), "-h", address)
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
	fill(t, address, pool)
	vouches, err := os.ReadFile(filepath.Join(folder, "cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return &identity.Directory{Name: "example", URL: address, Roots: pool, User: "cn=search,dc=example,dc=org", Password: "search-secret",
		Base: "dc=example,dc=org", Filter: "(&(objectClass=inetOrgPerson)(|(uid={login})(mail={login})))", ID: "entryUUID", Login: "mail",
		GroupFilter: "(&(objectClass=groupOfNames)(member={dn}))"}, string(vouches)
}

// certificate writes a certificate for 127.0.0.1 that vouches for itself.
func certificate(t *testing.T, folder string) *x509.CertPool {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "directory"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	os.WriteFile(filepath.Join(folder, "cert.pem"), cert, 0o600)
	os.WriteFile(filepath.Join(folder, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(cert)
	return pool
}

// keeper is whoever keeps the directory, once it listens.
func keeper(t *testing.T, address string, pool *x509.CertPool) *ldap.Conn {
	t.Helper()
	var c *ldap.Conn
	var err error
	for range 200 { // until it listens
		if c, err = ldap.DialURL(address); err == nil {
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.StartTLS(&tls.Config{ServerName: "127.0.0.1", RootCAs: pool}); err != nil {
		t.Fatal(err)
	}
	if err := c.Bind("cn=admin,dc=example,dc=org", "admin-secret"); err != nil {
		t.Fatal(err)
	}
	return c
}

func fill(t *testing.T, address string, pool *x509.CertPool) {
	t.Helper()
	c := keeper(t, address, pool)
	add := func(dn string, attributes map[string][]string) {
		r := ldap.NewAddRequest(dn+"dc=example,dc=org", nil)
		for k, v := range attributes {
			r.Attribute(k, v)
		}
		if err := c.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	add("", map[string][]string{"objectClass": {"dcObject", "organization"}, "dc": {"example"}, "o": {"Example"}})
	add("cn=search,", map[string][]string{"objectClass": {"organizationalRole", "simpleSecurityObject"}, "userPassword": {"search-secret"}})
	for uid, mail := range map[string]string{"ada": "ada@example.org", "bob": "bob@example.org", "carl": "carl@example.org", "zoe1": "zoe@example.org", "zoe2": "zoe@example.org"} {
		add("uid="+uid+",", map[string][]string{"objectClass": {"inetOrgPerson"}, "cn": {uid}, "sn": {uid}, "mail": {mail}, "userPassword": {uid + "-secret"}})
	}
	add("cn=IT staff,", map[string][]string{"objectClass": {"groupOfNames"}, "cn": {"IT staff"}, "member": {"uid=ada,dc=example,dc=org", "uid=zoe1,dc=example,dc=org"}})
}

func TestADirectorySaysWhoSomebodyIs(t *testing.T) {
	d := slapd(t)
	for _, login := range []string{"ada", " ada@example.org "} {
		id, err := d.Authenticate(ctx, login, "ada-secret")
		if err != nil || id.Login != "ada@example.org" || len(id.ID) != 36 || !slices.Equal(id.Groups, []string{"cn=IT staff,dc=example,dc=org"}) {
			t.Errorf("%q: got %+v, %v", login, id, err)
		}
	}
	for name, c := range map[string][2]string{
		"a wrong password":          {"ada", "bob-secret"},
		"nobody":                    {"nobody", "ada-secret"},
		"an empty password":         {"ada", ""},
		"a name that means several": {"zoe@example.org", "zoe1-secret"},
		"a wildcard":                {"ad*", "ada-secret"},
		"a filter":                  {"*)(uid=ada", "ada-secret"},
		"not text":                  {"\xff\xfe", "ada-secret"},
		"a null byte":               {"ada\x00", "ada-secret"},
	} {
		if id, err := d.Authenticate(ctx, c[0], c[1]); !fail.Is(err, fail.Unauthenticated) {
			t.Errorf("%s: got %+v, %v", name, id, err)
		}
	}
	other := *d
	other.Roots = certificate(t, t.TempDir())
	if _, err := other.Authenticate(ctx, "ada", "ada-secret"); !fail.Is(err, fail.Unavailable) {
		t.Errorf("a server that another vouches for: got %v", err)
	}
	other = *d
	other.Password = "wrong"
	if _, err := other.Authenticate(ctx, "ada", "ada-secret"); !fail.Is(err, fail.Unavailable) {
		t.Errorf("a wrong password of the searching user: got %v", err)
	}
}

func TestSigningInByADirectoryFindsTheAccountAndSlowsGuessing(t *testing.T) {
	d := slapd(t)
	each(t, func(w *world) {
		by := func(login, password string) (*signin.SignedIn, error) {
			return signin.SignIn(ctx, w.DB, login, password, office, func(ctx context.Context, login, password string) (func(u *storage.Update) (*signin.SignedIn, error), error) {
				e, err := d.Authenticate(ctx, login, password)
				if err != nil {
					return nil, err
				}
				return identity.EnterAs(identity.Identity{Provider: d.Name, Subject: e.ID, Login: e.Login}, office), nil
			})
		}
		in, err := by("ada", "ada-secret")
		if err != nil {
			w.t.Fatal(err)
		}
		if s, err := w.session(in.Secret); err != nil || s.Person != w.id["ada"] {
			w.t.Errorf("got %+v, %v", s, err)
		}
		if _, err := by("carl", "carl-secret"); !fail.Is(err, fail.Unauthenticated) || !strings.Contains(err.Error(), "no account here") {
			w.t.Errorf("somebody without an account: got %v", err)
		}
		for range 5 {
			by("bob", "wrong")
		}
		if _, err := by("bob", "bob-secret"); !fail.Is(err, fail.TooMany) {
			w.t.Errorf("guessing is not slowed: %v", err)
		}
	})
}

func TestADirectoryThatIsNotThereOrWronglySetUpSaysSo(t *testing.T) {
	good := identity.Directory{Name: "x", URL: "ldaps://127.0.0.1:1", Filter: "(uid={login})", ID: "entryUUID", Login: "uid"}
	if _, err := good.Authenticate(context.Background(), "ada", "x"); !fail.Is(err, fail.Unavailable) {
		t.Errorf("got %v", err)
	}
	for name, change := range map[string]func(d *identity.Directory){
		"name":   func(d *identity.Directory) { d.Name = "" },
		"url":    func(d *identity.Directory) { d.URL = "http://x" },
		"filter": func(d *identity.Directory) { d.Filter = "(uid=ada)" },
		"broken": func(d *identity.Directory) { d.Filter = "(uid={login}" },
		"id":     func(d *identity.Directory) { d.ID = "" },
	} {
		d := good
		change(&d)
		if err := d.Check(); !fail.Is(err, fail.Invalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
