package table

import (
	"errors"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
)

// connectWithin bounds connecting to a server.
const connectWithin = 10 * time.Second

// address is a server's address taken apart.
type address struct {
	form     string // what it should look like
	url      *url.URL
	host     string // with the port
	user     string
	password string
	name     string // of the database or service
	query    url.Values
}

// parseAddress reads scheme://user:password@host:port/name?option=value. The
// password is in none of its errors.
func parseAddress(target, form, port string, options ...string) (address, error) {
	wrong := func(format string, args ...any) (address, error) {
		return address{}, Wrong("address", format+"; it should look like "+form, args...)
	}
	u, err := url.Parse(target)
	if err != nil {
		return wrong("cannot be read; write signs such as @ / : %% # in user and password as %%40 %%2F %%3A %%25 %%23")
	}
	a := address{form: form, url: u, name: strings.TrimPrefix(u.Path, "/"), user: u.User.Username()}
	a.password, _ = u.User.Password()
	if a.query, err = url.ParseQuery(u.RawQuery); err != nil {
		return wrong("what follows ? cannot be read")
	}
	for k := range a.query {
		if !slices.Contains(options, k) {
			return wrong("the option %q is not known here; known are %s", k, strings.Join(options, ", "))
		}
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 {
			return wrong("the port %s is none; ports are 1 to 65535", p)
		}
		port = p
	}
	if u.Hostname() == "" && a.query.Get("socket") == "" {
		return wrong("the host is missing")
	}
	a.host = net.JoinHostPort(u.Hostname(), port)
	return a, nil
}

// postgresDSN leaves the address to the driver, which knows several hosts.
func postgresDSN(target string) (string, error) {
	c, err := pgx.ParseConfig(target)
	if err != nil {
		return "", hideIn(Wrong("address", "%v; it should look like postgres://user:password@host:port/database", err), target)
	}
	if c.ConnectTimeout == 0 {
		u, err := url.Parse(target)
		if err == nil { // several hosts with ports are no URL to net/url: those wait as long as the driver does
			q := u.Query()
			q.Set("connect_timeout", strconv.Itoa(int(connectWithin.Seconds())))
			u.RawQuery = q.Encode()
			return u.String(), nil
		}
	}
	return target, nil
}

// mysqlDSN puts mysql://user:password@host:port/database into the driver's form.
// Dates come as text, times in UTC.
func mysqlDSN(target string) (string, error) {
	a, err := parseAddress(target, "mysql://user:password@host:port/database", "3306", "tls", "socket")
	if err != nil {
		return "", err
	}
	c := mysql.NewConfig()
	c.User, c.Passwd, c.DBName = a.user, a.password, a.name
	c.Net, c.Addr = "tcp", a.host
	c.TLSConfig = "preferred" // encrypted if the server can
	if socket := a.query.Get("socket"); socket != "" {
		c.Net, c.Addr, c.TLSConfig = "unix", socket, ""
	}
	switch v := a.query.Get("tls"); v {
	case "":
	case "true", "false", "skip-verify", "preferred":
		c.TLSConfig = v
	default:
		return "", Wrong("address", "tls=%s is not known; use true, skip-verify, preferred or false", v)
	}
	c.Loc, c.Timeout = time.UTC, connectWithin
	c.Params = map[string]string{"time_zone": "'+00:00'"} // else TIMESTAMP comes in the server's zone, which is not told
	return c.FormatDSN(), nil
}

// sqlServerDSN puts the login's database where it is asked for as a path or an
// option, and encrypts unless the address says otherwise.
func sqlServerDSN(target string) (string, error) {
	a, err := parseAddress(target, "sqlserver://user:password@host:port?database=name", "1433",
		"database", "instance", "encrypt", "TrustServerCertificate", "certificate", "hostNameInCertificate", "ApplicationIntent")
	if err != nil {
		return "", err
	}
	q := a.query
	switch {
	case a.name != "" && q.Get("database") != "":
		return "", Wrong("address", "names the database twice, as a path and as an option; it should look like %s", a.form)
	case a.name != "":
		q.Set("database", a.name)
	}
	host := a.host
	instance := q.Get("instance")
	if q.Del("instance"); instance != "" && a.url.Port() == "" {
		host = a.url.Host // the server's browser service tells the instance's port
	}
	if q.Get("encrypt") == "" {
		q.Set("encrypt", "true")
	}
	q.Set("app name", "steward")
	q.Set("dial timeout", strconv.Itoa(int(connectWithin.Seconds())))
	u := url.URL{Scheme: "sqlserver", Host: host, Path: instance, RawQuery: q.Encode()}
	if a.user != "" {
		u.User = url.UserPassword(a.user, a.password)
	}
	return u.String(), nil
}

// oracleDSN needs the service's name.
func oracleDSN(target string) (string, error) {
	a, err := parseAddress(target, "oracle://user:password@host:port/service", "1521", "SSL", "SSL VERIFY", "WALLET")
	if err != nil {
		return "", err
	}
	if a.name == "" {
		return "", Wrong("address", "the service's name is missing; it should look like %s", a.form)
	}
	q := a.query
	q.Set("PROGRAM", "steward")
	q.Set("CONNECTION TIMEOUT", strconv.Itoa(int(connectWithin.Seconds())))
	u := url.URL{Scheme: "oracle", Host: a.host, Path: "/" + a.name, User: url.UserPassword(a.user, a.password), RawQuery: q.Encode()}
	return u.String(), nil
}

// hideIn takes an address's password out of a message, however it is written.
func hideIn(err error, target string) error {
	u, perr := url.Parse(target)
	if err == nil || perr != nil || u.User == nil {
		return err
	}
	pw, ok := u.User.Password()
	if !ok || pw == "" {
		return err
	}
	hide := func(text string) string {
		for _, form := range []string{pw, url.QueryEscape(pw), url.PathEscape(pw), url.UserPassword("", pw).String()[1:]} {
			text = strings.ReplaceAll(text, form, "…")
		}
		return text
	}
	var invalid *Invalid
	switch {
	case hide(err.Error()) == err.Error():
		return err
	case errors.As(err, &invalid):
		return &Invalid{Where: invalid.Where, Problem: hide(invalid.Problem)}
	}
	return &hidden{hide(err.Error()), TroubleOf(err)}
}

// hidden is an error whose words held a password. What it meant is kept, what it
// was made of is not.
type hidden struct {
	text    string
	trouble Trouble
}

func (h *hidden) Error() string { return h.text }
