package database

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

func openMySQL(ctx context.Context, t Target, o Options) (session, error) {
	c := mysql.NewConfig()
	c.User, c.Passwd, c.DBName = t.user, t.password, t.database
	c.Net, c.Addr = "tcp", t.hosts[0]
	if socket := t.query.Get("socket"); socket != "" {
		c.Net, c.Addr = "unix", socket
	}
	c.ParseTime, c.Loc, c.Timeout = true, time.UTC, o.Connect
	c.ReadTimeout = o.Statement + 5*time.Second
	c.AllowNativePasswords = true
	c.ConnectionAttributes = "program_name:steward"
	switch v := t.query.Get("tls"); v {
	case "", "preferred": // encrypted if the server can, its name not checked
		c.TLS, c.AllowFallbackToPlaintext = &tls.Config{InsecureSkipVerify: true}, true
	case "true":
		host, _, _ := net.SplitHostPort(t.hosts[0])
		c.TLS = &tls.Config{ServerName: host}
	case "skip-verify":
		c.TLS = &tls.Config{InsecureSkipVerify: true}
	case "false":
	default:
		return nil, fmt.Errorf("tls=%s is not known; use true, skip-verify, preferred or false", v)
	}
	c.Logger = silent{}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	s := &sqlSession{db: sql.OpenDB(connector), target: t, options: o, readOnly: true, refused: refusedByMySQL, whoami: whoIsMySQL}
	s.db.SetMaxOpenConns(1)
	if err := s.db.PingContext(ctx); err != nil {
		s.db.Close()
		return nil, unreachableMySQL(err, t)
	}
	var version string
	if err := s.db.QueryRowContext(ctx, "SELECT VERSION()").Scan(&version); err != nil {
		s.db.Close()
		return nil, err
	}
	limit := fmt.Sprintf("SET SESSION max_execution_time = %d", o.Statement.Milliseconds())
	if strings.Contains(version, "MariaDB") {
		limit = fmt.Sprintf("SET SESSION max_statement_time = %g", o.Statement.Seconds())
	}
	seconds := max(1, int(o.Lock.Seconds()))
	s.begin = []string{
		limit, // older servers lack it; then the time of the whole answer bounds it
		fmt.Sprintf("SET SESSION lock_wait_timeout = %d", seconds),
		fmt.Sprintf("SET SESSION innodb_lock_wait_timeout = %d", seconds),
		"SET SESSION time_zone = '+00:00'",
	}
	if _, err := s.db.ExecContext(ctx, limit); err != nil {
		s.begin = s.begin[1:]
	}
	return s, nil
}

// silent keeps the driver from writing to standard error.
type silent struct{}

func (silent) Print(...any) {}

func unreachableMySQL(err error, t Target) error {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return &refusal{why: e.Message, right: e.Number != 1040} // 1040: all connections are taken
	}
	return unreachable(err, t)
}

// refusedByMySQL reads the server's error numbers, MySQL's and MariaDB's manuals.
func refusedByMySQL(err error) (error, bool) {
	var e *mysql.MySQLError
	if !errors.As(err, &e) {
		return err, false
	}
	switch e.Number {
	case 1044, 1045, 1142, 1143, 1227, 1345, 1370, 1698:
		return &refusal{why: e.Message, right: true}, true
	case 1049, 1054, 1109, 1146, 1193, 1305, 1356: // database, column, table, variable, function, view
		return &refusal{why: e.Message, right: true}, true
	case 1969, 3024:
		return &refusal{why: "took longer than allowed and was stopped by the server"}, true
	case 1205:
		return &refusal{why: "waited longer for a lock than allowed"}, true
	case 1792:
		return &refusal{why: "wanted to write: " + e.Message}, true
	}
	return &refusal{why: fmt.Sprintf("%s (error %d)", e.Message, e.Number)}, true
}

func whoIsMySQL(ctx context.Context, s *sqlSession) (Server, error) {
	row, err := s.one(ctx, "SELECT VERSION() AS version, DATABASE() AS `database`, CURRENT_USER() AS user, @@version_comment AS edition, @@read_only AS read_only")
	if err != nil {
		return Server{}, err
	}
	version := text(row["version"])
	who := Server{
		Engine: MySQL, Product: "mysql", Version: cleanVersion(strings.TrimPrefix(version, "5.5.5-")),
		Edition: text(row["edition"]), Database: text(row["database"]), User: text(row["user"]), Role: "primary",
	}
	if strings.Contains(version, "MariaDB") {
		who.Product = "mariadb"
	}
	if t, err := s.ask(ctx, "SHOW GLOBAL STATUS LIKE 'Uptime'", 1); err == nil && len(t.rows) == 1 {
		if up, ok := number(t.rows[0][1]); ok {
			who.Started = new(time.Now().UTC().Add(-time.Duration(up) * time.Second).Truncate(time.Minute))
		}
	}
	if t, err := s.ask(ctx, "SHOW SESSION STATUS LIKE 'Ssl_cipher'", 1); err == nil && len(t.rows) == 1 {
		who.Encrypted = new(text(t.rows[0][1]) != "")
	}
	for _, q := range []string{"SHOW REPLICA STATUS", "SHOW SLAVE STATUS"} {
		if t, err := s.ask(ctx, q, 10); err == nil {
			if len(t.rows) > 0 {
				who.Role = "replica"
			}
			break
		}
	}
	return who, nil
}
