package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Kind is what a target is.
type Kind string

// The kinds of target that backups are made of.
const (
	PostgreSQL Kind = "postgresql"
	MariaDB    Kind = "mariadb"
	SQLite     Kind = "sqlite"
	Folder     Kind = "folder"
)

// Target is one database or folder.
type Target struct {
	Kind     Kind
	Shown    string // the address without its password
	Database string
	Host     string // or the folder of the Unix socket (PostgreSQL)
	Port     int
	User     string
	Password string
	Socket   string            // MariaDB's Unix socket
	TLS      map[string]string // sslmode, sslrootcert …, as in the address
	Path     string            // absolute path of a file or folder
	address  string
}

// tlsWords are the parameters of an address that are handed on to the tools.
var tlsWords = []string{"sslmode", "sslrootcert", "sslcert", "sslkey", "ssl-ca", "ssl-cert", "ssl-key"}

// ParseTarget reads postgres://user@host:port/database, mysql://… or
// mariadb://…, sqlite:PATH, file:PATH or a path: a file with SQLite's header is
// a database, a folder a folder. password, when not "", stands in for one in
// the address, so that it need not stand on a command line. PostgreSQL's
// password file (PGPASSFILE, ~/.pgpass) is honoured.
func ParseTarget(address, password string) (Target, error) {
	scheme, rest, found := strings.Cut(address, ":")
	switch {
	case address == "":
		return Target{}, NewWrong("target", "is missing; name one such as postgres://user@host/database or a folder")
	case found && (scheme == "postgres" || scheme == "postgresql"):
		return parsePostgres(address, password)
	case found && (scheme == "mysql" || scheme == "mariadb"):
		return parseMariaDB(address, password)
	case found && scheme == "sqlite":
		return pathTarget(strings.TrimPrefix(rest, "//"), SQLite)
	case found && scheme == "file":
		return pathTarget(strings.TrimPrefix(rest, "//"), "")
	case found && strings.HasPrefix(rest, "//"):
		return Target{}, NewWrong("target", "begins with %s://; known are postgres, mysql, mariadb, sqlite, file and plain paths", scheme)
	}
	return pathTarget(address, "")
}

func parsePostgres(address, password string) (Target, error) {
	c, err := pgx.ParseConfig(address)
	u, uerr := url.Parse(address)
	if err != nil || uerr != nil {
		return Target{}, NewWrong("target", "is not postgres://user@host:port/database")
	}
	t := Target{Kind: PostgreSQL, Shown: hidden(*u), Database: c.Database, Host: c.Host, Port: int(c.Port), User: c.User, Password: c.Password, TLS: tlsOf(u), address: address}
	if password != "" {
		t.Password = password
	}
	if t.Database == "" {
		t.Database = t.User
	}
	return t, nil
}

func parseMariaDB(address, password string) (Target, error) {
	u, err := url.Parse(address)
	if err != nil {
		return Target{}, NewWrong("target", "is not mysql://user@host:port/database")
	}
	t := Target{Kind: MariaDB, Shown: hidden(*u), Database: strings.TrimPrefix(u.Path, "/"), Host: u.Hostname(), Port: 3306, User: u.User.Username(), Socket: u.Query().Get("socket"), TLS: tlsOf(u), address: address}
	t.Password, _ = u.User.Password()
	if password != "" {
		t.Password = password
	}
	if p := u.Port(); p != "" {
		if t.Port, err = strconv.Atoi(p); err != nil {
			return Target{}, NewWrong("target", "has the port %q; a port is a number", p)
		}
	}
	if t.Database == "" || strings.Contains(t.Database, "/") {
		return Target{}, NewWrong("target", "names no database; right is mysql://user@host:port/database")
	}
	if t.Host == "" && t.Socket == "" {
		t.Host = "localhost"
	}
	return t, nil
}

func pathTarget(path string, kind Kind) (Target, error) {
	absolute, err := filepath.Abs(path)
	if err != nil || path == "" {
		return Target{}, NewWrong("target", "%q is not a path", path)
	}
	info, err := os.Stat(absolute)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return Target{}, NewWrong("target", "%s is not there", path)
	case err != nil:
		return Target{}, NewWrong("target", "%v", err)
	case info.IsDir() && kind == SQLite:
		return Target{}, NewWrong("target", "%s is a folder; a SQLite database is a file", path)
	case info.IsDir():
		kind = Folder
	case HasSQLiteHeader(absolute):
		kind = SQLite
	default:
		return Target{}, NewWrong("target", "%s is neither a folder nor a SQLite database", path)
	}
	return Target{Kind: kind, Shown: absolute, Path: absolute, address: absolute, Database: filepath.Base(absolute)}, nil
}

// HasSQLiteHeader reports whether the file begins as SQLite databases do
// (https://www.sqlite.org/fileformat.html, 1.3.1).
func HasSQLiteHeader(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 16)
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == "SQLite format 3\x00"
}

// Name is the name a target has in a repository when no other is given.
func (t Target) Name() string {
	switch t.Kind {
	case PostgreSQL, MariaDB:
		host := t.Host
		if t.Socket != "" {
			host = t.Socket
		}
		return Slug(string(t.Kind) + "-" + host + "-" + strconv.Itoa(t.Port) + "-" + t.Database)
	}
	sum := sha256.Sum256([]byte(t.Path))
	return Slug(string(t.Kind) + "-" + filepath.Base(t.Path) + "-" + hex.EncodeToString(sum[:4]))
}

// Slug makes a text fit to be a folder's name: lower-case letters, digits, and
// - _ . between them.
func Slug(s string) string {
	var b strings.Builder
	dash := true // nothing but a letter or digit begins the name
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || !dash && (r == '_' || r == '.'):
			b.WriteRune(r)
			dash = false
		case !dash:
			b.WriteByte('-')
			dash = true
		}
		if b.Len() >= 120 {
			break
		}
	}
	if name := strings.TrimRight(b.String(), "-._"); name != "" {
		return name
	}
	return "source"
}

func hidden(u url.URL) string {
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	q := u.Query()
	if q.Has("password") {
		q.Del("password")
		u.RawQuery = q.Encode()
	}
	return u.String()
}

func tlsOf(u *url.URL) map[string]string {
	found := map[string]string{}
	for _, w := range tlsWords {
		if v := u.Query().Get(w); v != "" {
			found[w] = v
		}
	}
	return found
}

// Hide takes the target's password out of a text.
func (t Target) Hide(text string) string {
	if len(t.Password) < 3 {
		return text
	}
	text = strings.ReplaceAll(text, url.QueryEscape(t.Password), "…")
	return strings.ReplaceAll(text, t.Password, "…")
}
