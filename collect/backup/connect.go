package backup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Postgres opens a connection. readOnly makes the session refuse to write.
func (t Target) Postgres(ctx context.Context, readOnly bool) (*pgx.Conn, error) {
	c, err := pgx.ParseConfig(t.address)
	if err != nil {
		return nil, errors.New(t.Hide(err.Error()))
	}
	c.Password = t.Password
	c.ConnectTimeout = 15 * time.Second
	c.RuntimeParams["application_name"] = "steward backup"
	if readOnly {
		c.RuntimeParams["default_transaction_read_only"] = "on"
	}
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %s", t.Shown, t.Hide(err.Error()))
	}
	return conn, nil
}

// SocketPostgres is a database of a server that listens on a socket in folder
// only, as a scratch instance does.
func SocketPostgres(folder string, port int, user, database string) Target {
	q := url.Values{"host": {folder}, "port": {strconv.Itoa(port)}, "sslmode": {"disable"}}
	address := (&url.URL{Scheme: "postgres", User: url.User(user), Path: "/" + database, RawQuery: q.Encode()}).String()
	return Target{Kind: PostgreSQL, Shown: address, Database: database, Host: folder, Port: port, User: user, address: address}
}

// SocketMariaDB is a database of a server that listens on a socket only.
func SocketMariaDB(socket, user, database string) Target {
	return Target{Kind: MariaDB, Shown: "mysql://" + user + "@/" + database + "?socket=" + url.QueryEscape(socket), Database: database, User: user, Socket: socket}
}

// MySQL opens a pool of at most n connections to a MariaDB or MySQL server.
func (t Target) MySQL(ctx context.Context, n int) (*sql.DB, error) {
	c := mysql.NewConfig()
	c.User, c.Passwd, c.DBName = t.User, t.Password, t.Database
	c.Net, c.Addr = "tcp", net.JoinHostPort(t.Host, strconv.Itoa(t.Port))
	if t.Socket != "" {
		c.Net, c.Addr = "unix", t.Socket
	}
	c.Timeout, c.Loc = 15*time.Second, time.UTC
	switch mode := strings.ToLower(t.TLS["sslmode"]); mode {
	case "", "disable", "disabled":
	case "require", "required":
		c.TLSConfig = "skip-verify"
	case "prefer", "preferred":
		c.TLSConfig = "preferred"
	case "verify-full", "verify_identity", "verify-ca", "verify_ca":
		c.TLSConfig = "true"
	default:
		return nil, NewWrong("target", "has sslmode=%s; known are disable, prefer, require and verify-full", mode)
	}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, errors.New(t.Hide(err.Error()))
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(n)
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("connect to %s: %s", t.Shown, t.Hide(err.Error()))
	}
	return db, nil
}

// OpenSQLite opens a SQLite file for reading, on one connection; it is never
// written to.
func OpenSQLite(ctx context.Context, path string) (*sql.DB, error) {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: "mode=ro&_pragma=busy_timeout(10000)&_pragma=query_only(1)"}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	db.SetConnMaxLifetime(0)
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return db, nil
}
