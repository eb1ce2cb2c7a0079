package identity

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"steward/kernel/fail"
)

// Directory is an LDAP server that knows people's passwords: OpenLDAP, Active
// Directory and their kin.
type Directory struct {
	Name string // of the provider, kept with each identity
	// URL is ldaps://host, or ldap://host, which is made secure by StartTLS. Without
	// TLS only a server on this machine is spoken to.
	URL   string
	Roots *x509.CertPool // that vouch for the server; the machine's if nil
	// User and Password find people; both empty searches anonymously.
	User, Password string
	// Base and Filter find a person by the name typed, which replaces {login}:
	// "(&(objectClass=person)(|(uid={login})(mail={login})))".
	Base, Filter string
	// ID is the attribute that never changes for a person: entryUUID, or objectGUID in
	// Active Directory. Login is the one that is the sign-in name here: mail, or uid.
	ID, Login string
	// Group is the attribute that names a person's groups, such as memberOf; GroupFilter
	// finds them where persons do not name theirs: the person's name in the directory
	// replaces {dn}: "(&(objectClass=groupOfNames)(member={dn}))". Either may be empty.
	Group, GroupFilter string
	// Timeout is for each step; 0 is 10 seconds.
	Timeout time.Duration
}

// Check says what is wrong with the settings.
func (d *Directory) Check() error {
	u, err := url.Parse(d.URL)
	switch {
	case d.Name == "":
		return fail.Named("name", "identity.directory-name", "The directory needs a name.")
	case err != nil || u.Scheme != "ldap" && u.Scheme != "ldaps" || u.Host == "":
		return fail.Named("url", "identity.directory-url", "The address of a directory looks like ldaps://host.")
	case !strings.Contains(d.Filter, "{login}"):
		return fail.Named("filter", "identity.directory-filter", "The filter must contain {login} where the typed name belongs.").With("login", "{login}")
	case d.ID == "" || d.Login == "":
		return fail.Named("id", "identity.directory-id", "Name the attribute with the lasting id and the one with the sign-in name.")
	}
	if d.GroupFilter != "" {
		if !strings.Contains(d.GroupFilter, "{dn}") {
			return fail.Named("group_filter", "identity.group-filter", "The filter of groups must contain {dn} where the person's name in the directory belongs.").With("dn", "{dn}")
		}
		if _, err := ldap.CompileFilter(strings.ReplaceAll(d.GroupFilter, "{dn}", "x")); err != nil {
			return fail.Named("group_filter", "identity.filter-broken", "The filter is not an LDAP filter: {problem}").With("problem", err.Error())
		}
	}
	if _, err := ldap.CompileFilter(d.filter("x")); err != nil {
		return fail.Named("filter", "identity.filter-broken", "The filter is not an LDAP filter: {problem}").With("problem", err.Error())
	}
	return nil
}

// longest is the most bytes a password has.
const longest = 1024

// Entry is a person as the directory knows them.
type Entry struct {
	DN, ID, Login string
	Groups        []string // names of entries, in the directory's order
}

var errWrong = fail.New(fail.Unauthenticated, "kernel.signin.wrong", "The name or the password is wrong.")

// Authenticate asks the directory whether the password is that of the person with
// the name, and who that is. A wrong name and a wrong password look alike.
func (d *Directory) Authenticate(ctx context.Context, login, password string) (*Entry, error) {
	// A bind with an empty password succeeds as nobody (RFC 4513, 5.1.2).
	if password == "" || strings.TrimSpace(login) == "" || !utf8.ValidString(login) || len(login) > 1000 || len(password) > longest {
		return nil, errWrong
	}
	c, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	e, err := d.person(c, login)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return nil, errWrong
	}
	if err := d.groups(c, e); err != nil { // before the person's own bind: persons may not search
		return nil, err
	}
	if err := c.Bind(e.DN, password); err != nil {
		if ldap.IsErrorAnyOf(err, ldap.LDAPResultInvalidCredentials, ldap.LDAPResultInappropriateAuthentication, ldap.LDAPResultUnwillingToPerform, ldap.LDAPResultInsufficientAccessRights) {
			return nil, errWrong
		}
		return nil, d.unreachable(fmt.Errorf("bind: %w", err))
	}
	if e.ID == "" {
		return nil, d.unreachable(fmt.Errorf("%s has no attribute %s", e.DN, d.ID))
	}
	return e, nil
}

// Find looks a person up as signing in would, without a password; nil when the name
// means nobody, or several.
func (d *Directory) Find(ctx context.Context, login string) (*Entry, error) {
	c, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	e, err := d.person(c, login)
	if err != nil {
		return nil, err
	}
	if e != nil {
		return e, d.groups(c, e)
	}
	_, err = c.Search(ldap.NewSearchRequest(d.Base, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 1, int(d.timeout().Seconds()), false, "(objectClass=*)", []string{"1.1"}, nil))
	if ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject) {
		return nil, fail.Named("base", "identity.no-base", "The directory has nothing of this name, or the user that searches may not see it.")
	}
	return nil, nil
}

// open connects, and signs in as the user who searches.
func (d *Directory) open(ctx context.Context) (*ldap.Conn, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	c, err := d.dial(ctx)
	if err != nil {
		return nil, d.unreachable(err)
	}
	if d.User != "" {
		if err := c.Bind(d.User, d.Password); err != nil {
			c.Close()
			return nil, d.unreachable(fmt.Errorf("bind as the searching user: %w", err))
		}
	}
	return c, nil
}

func (d *Directory) person(c *ldap.Conn, login string) (*Entry, error) {
	attributes := []string{d.ID, d.Login}
	if d.Group != "" {
		attributes = append(attributes, d.Group)
	}
	found, err := c.Search(ldap.NewSearchRequest(d.Base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 2, int(d.timeout().Seconds()), false,
		d.filter(strings.TrimSpace(login)), attributes, nil))
	if ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) || ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject) {
		return nil, nil
	}
	if err != nil {
		return nil, d.unreachable(fmt.Errorf("search: %w", err))
	}
	if len(found.Entries) != 1 { // nobody, or a name that means several
		return nil, nil
	}
	e := found.Entries[0]
	out := &Entry{DN: e.DN, ID: readable(e.GetEqualFoldRawAttributeValue(d.ID)), Login: e.GetEqualFoldAttributeValue(d.Login)}
	if d.Group != "" {
		out.Groups = e.GetEqualFoldAttributeValues(d.Group)
	}
	return out, nil
}

// mostGroups is how many groups of a person are read.
const mostGroups = 1000

func (d *Directory) groups(c *ldap.Conn, e *Entry) error {
	if d.GroupFilter == "" {
		return nil
	}
	found, err := c.Search(ldap.NewSearchRequest(d.Base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, mostGroups, int(d.timeout().Seconds()), false,
		strings.ReplaceAll(d.GroupFilter, "{dn}", ldap.EscapeFilter(e.DN)), []string{"1.1"}, nil))
	if err != nil && !ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) && !ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject) {
		return d.unreachable(fmt.Errorf("search groups: %w", err))
	}
	if found != nil {
		for _, g := range found.Entries {
			e.Groups = append(e.Groups, g.DN)
		}
	}
	return nil
}

func (d *Directory) dial(ctx context.Context) (*ldap.Conn, error) {
	u, err := url.Parse(d.URL)
	if err != nil {
		return nil, err
	}
	secure := &tls.Config{ServerName: u.Hostname(), RootCAs: d.Roots, MinVersion: tls.VersionTLS12}
	dialer := &net.Dialer{Timeout: d.timeout()}
	if deadline, ok := ctx.Deadline(); ok {
		dialer.Deadline = deadline
	}
	c, err := ldap.DialURL(d.URL, ldap.DialWithDialer(dialer), ldap.DialWithTLSConfig(secure))
	if err != nil {
		return nil, err
	}
	c.SetTimeout(d.timeout())
	if u.Scheme == "ldap" {
		// Only a server on this machine may have no TLS; one that has it is not asked without.
		if err := c.StartTLS(secure); err != nil && (d.Roots != nil || !here(u.Hostname()) || ldap.IsErrorWithCode(err, ldap.ErrorNetwork)) {
			c.Close()
			return nil, fmt.Errorf("the connection cannot be made secure: %w", err)
		}
	}
	return c, nil
}

func (d *Directory) timeout() time.Duration {
	if d.Timeout <= 0 {
		return 10 * time.Second
	}
	return d.Timeout
}

func (d *Directory) filter(login string) string {
	return strings.ReplaceAll(d.Filter, "{login}", ldap.EscapeFilter(login))
}

func (d *Directory) unreachable(err error) error {
	return fail.New(fail.Unavailable, "identity.directory", "The directory cannot answer now. Try again, or sign in with a password of Steward.").
		Because(fmt.Errorf("directory %s: %w", d.Name, err))
}

// readable keeps an id as it is if it is text, else in hexadecimal figures: Active
// Directory's objectGUID is 16 bytes.
func readable(id []byte) string {
	if utf8.Valid(id) && !strings.ContainsFunc(string(id), func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return string(id)
	}
	return hex.EncodeToString(id)
}

// here reports whether a host is this machine.
func here(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}
