package database

import (
	"errors"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"steward/engine/calc"
)

// Target is one database to ask. It never shows its password.
type Target struct {
	Engine Engine
	Name   string // as it is named in facts: the address without the password

	scheme   string
	hosts    []string // host:port, in the order given
	user     string
	password string
	database string // also Oracle's service, Redis' number
	path     string // of an SQLite file
	query    url.Values
}

// String is the target's name, without the password.
func (t Target) String() string { return t.Name }

// GoString hides the password from %#v.
func (t Target) GoString() string { return "database.Target(" + t.Name + ")" }

var schemes = map[string]struct {
	engine Engine
	port   string
}{
	"postgres": {PostgreSQL, "5432"}, "postgresql": {PostgreSQL, "5432"},
	"mysql": {MySQL, "3306"}, "mariadb": {MySQL, "3306"},
	"sqlite": {SQLite, ""}, "sqlserver": {SQLServer, "1433"}, "oracle": {Oracle, "1521"},
	"mongodb": {MongoDB, "27017"}, "redis": {Redis, "6379"}, "rediss": {Redis, "6379"},
	"valkey": {Redis, "6379"}, "valkeys": {Redis, "6379"},
}

const forms = "postgres://user@host/database, mysql://user@host/database, sqlite:PATH, sqlserver://user@host?database=name, oracle://user@host/service, mongodb://user@host, redis://user@host"

// ParseTarget reads an address. A password given beside it goes before the one
// within. A wrong address is a *calc.Invalid, whose text has no password.
func ParseTarget(address, password string) (Target, error) {
	if rest, ok := strings.CutPrefix(address, "sqlite:"); ok {
		return sqliteTarget(rest)
	}
	scheme, rest, ok := strings.Cut(address, "://")
	kind, known := schemes[scheme]
	if !ok || !known || scheme == "sqlite" {
		name := address
		if ok {
			name = scheme + "://…" // the rest may hold a password
		}
		if scheme == "mongodb+srv" {
			return Target{}, calc.Wrong("target", "%s: the names behind mongodb+srv are not looked up; name the members, mongodb://user@host1,host2/?tls=true", name)
		}
		return Target{}, calc.Wrong("target", "%q is no address of a database; they look like %s", name, forms)
	}
	t := Target{Engine: kind.engine, scheme: scheme}
	// Several hosts (MongoDB) are no URL to net/url: take the authority apart here.
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	hosts := authority
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		u, err := url.Parse(scheme + "://" + authority[:i] + "@h")
		if err != nil {
			return Target{}, calc.Wrong("target", "%s://…: user and password cannot be read; write signs such as @ / : %% # in them as %%40 %%2F %%3A %%25 %%23", scheme)
		}
		t.user, hosts = u.User.Username(), authority[i+1:]
		t.password, _ = u.User.Password()
	}
	if password != "" {
		t.password = password
	}
	u, err := url.Parse("x://h" + tail)
	if err != nil {
		return Target{}, calc.Wrong("target", "%s://%s: what follows the host cannot be read", scheme, hosts)
	}
	t.query, err = url.ParseQuery(u.RawQuery)
	if err != nil {
		return Target{}, calc.Wrong("target", "%s://%s: what follows ? cannot be read", scheme, hosts)
	}
	t.database = strings.TrimPrefix(u.Path, "/")
	if t.Engine == SQLServer {
		t.database = t.query.Get("database")
	}
	for h := range strings.SplitSeq(hosts, ",") {
		hp, err := hostPort(h, kind.port)
		if err != nil {
			return Target{}, calc.Wrong("target", "%s://%s: %v", scheme, hosts, err)
		}
		t.hosts = append(t.hosts, hp)
	}
	if len(t.hosts) > 1 && t.Engine != MongoDB {
		return Target{}, calc.Wrong("target", "%s://%s names several hosts; give each as a target of its own", scheme, hosts)
	}
	if t.Engine == Redis && t.database != "" {
		if n, err := strconv.Atoi(t.database); err != nil || n < 0 {
			return Target{}, calc.Wrong("target", "%s://%s/%s: the database of a Redis is a number", scheme, hosts, t.database)
		}
	}
	if t.Engine == Oracle && t.database == "" {
		return Target{}, calc.Wrong("target", "%s://%s needs the service's name: oracle://user@host/service", scheme, hosts)
	}
	if err := t.checkOptions(); err != nil {
		return Target{}, err
	}
	name := url.URL{Scheme: scheme, Host: strings.Join(t.hosts, ","), Path: u.Path}
	if t.user != "" {
		name.User = url.User(t.user)
	}
	if t.Engine == SQLServer && t.database != "" {
		name.RawQuery = url.Values{"database": {t.database}}.Encode()
	}
	t.Name = name.String()
	return t, nil
}

// options after ? that each engine understands; others may hold secrets or do
// what is not meant, so they are refused and not passed on.
var options = map[Engine][]string{
	PostgreSQL: {"sslmode", "sslrootcert", "sslcert", "sslkey", "target_session_attrs", "require_auth"},
	MySQL:      {"tls", "socket"},
	SQLServer:  {"database", "encrypt", "TrustServerCertificate", "certificate", "hostNameInCertificate", "ApplicationIntent", "instance"},
	Oracle:     {"SSL", "SSL VERIFY", "WALLET"},
	MongoDB:    {"tls", "authSource", "tlsCAFile", "replicaSet", "directConnection", "authMechanism"},
	Redis:      {"tlsCAFile"},
}

func (t Target) checkOptions() error {
	for k := range t.query {
		if !slices.Contains(options[t.Engine], k) {
			return calc.Wrong("target", "%s://%s: the option %q is not known here; known are %s", t.scheme, strings.Join(t.hosts, ","), k, strings.Join(options[t.Engine], ", "))
		}
	}
	return nil
}

func sqliteTarget(path string) (Target, error) {
	path = strings.TrimPrefix(path, "//")
	if path == "" {
		return Target{}, calc.Wrong("target", "sqlite: needs the path of a file, as in sqlite:/var/lib/app/data.db")
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return Target{}, calc.Wrong("target", "sqlite:%s: there is no such file", path)
	case err == nil && !info.Mode().IsRegular():
		return Target{}, calc.Wrong("target", "sqlite:%s is not a file", path)
	}
	return Target{Engine: SQLite, Name: "sqlite:" + path, path: path, scheme: "sqlite"}, nil
}

func hostPort(h, port string) (string, error) {
	if h == "" {
		return "", errors.New("the host is missing")
	}
	if strings.Count(h, ":") > 1 && !strings.HasPrefix(h, "[") {
		return "", errors.New("write an IPv6 address in brackets, as [::1]:5432")
	}
	host, p, err := net.SplitHostPort(h)
	if err != nil {
		host, p = strings.Trim(h, "[]"), port
	}
	if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 {
		return "", errors.New("the port is a number from 1 to 65535")
	}
	if host == "" || strings.ContainsAny(host, " \t\n\\") {
		return "", errors.New("the host is missing or holds signs no host has")
	}
	return net.JoinHostPort(host, p), nil
}

// hide takes the password out of a driver's message.
func (t Target) hide(err error) error {
	if err == nil || t.password == "" {
		return err
	}
	text := err.Error()
	for _, form := range []string{t.password, url.QueryEscape(t.password), url.PathEscape(t.password), url.UserPassword("", t.password).String()[1:]} {
		text = strings.ReplaceAll(text, form, "…")
	}
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}

// loopback reports whether the target is on this machine.
func (t Target) loopback() bool {
	for _, h := range t.hosts {
		host, _, _ := net.SplitHostPort(h)
		ip := net.ParseIP(host)
		if host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return false
		}
	}
	return true
}
