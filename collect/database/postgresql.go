package database

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

func openPostgreSQL(ctx context.Context, t Target, o Options) (session, error) {
	u := url.URL{Scheme: "postgres", Host: t.hosts[0], Path: "/" + t.database, RawQuery: t.query.Encode()}
	if t.user != "" {
		u.User = url.User(t.user)
	}
	c, err := pgx.ParseConfig(u.String())
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "cannot parse `"+u.String()+"`: "))
	}
	if t.password != "" {
		c.Password = t.password
	}
	if !t.query.Has("require_auth") && !t.loopback() && c.TLSConfig == nil {
		// A server that is not who it should be must not get the password as it is.
		u.RawQuery = withValue(t.query, "require_auth", "!password").Encode()
		if strict, err := pgx.ParseConfig(u.String()); err == nil {
			strict.Password = c.Password
			c = strict
		}
	}
	c.ConnectTimeout = o.Connect
	c.RuntimeParams["application_name"] = "steward"
	// No prepared statements, so that it works through a pooler too.
	c.DefaultQueryExecMode = pgx.QueryExecModeExec
	s := &sqlSession{
		db: stdlib.OpenDB(*c), target: t, options: o, readOnly: true, refused: refusedByPostgreSQL, whoami: whoIsPostgreSQL,
		begin: []string{
			fmt.Sprintf("SET LOCAL statement_timeout = %d", o.Statement.Milliseconds()),
			fmt.Sprintf("SET LOCAL lock_timeout = %d", o.Lock.Milliseconds()),
			"SET LOCAL search_path = pg_catalog", // no function of a stranger is called in place of one meant
			"SET LOCAL TimeZone = 'UTC'",
		},
	}
	s.db.SetMaxOpenConns(1)
	if err := s.db.PingContext(ctx); err != nil {
		s.db.Close()
		return nil, unreachable(err, t)
	}
	return s, nil
}

func withValue(q url.Values, k, v string) url.Values {
	out := url.Values{}
	for name, list := range q {
		out[name] = list
	}
	out.Set(k, v)
	return out
}

// refusedByPostgreSQL reads SQLSTATE, PostgreSQL's manual, appendix A.
func refusedByPostgreSQL(err error) (error, bool) {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return err, false
	}
	switch e.Code {
	case "42501":
		return &refusal{why: e.Message, right: true}, true
	case "3F000", "42P01", "42883", "42703", "42704": // schema, table, function, column, object
		return &refusal{why: e.Message, right: true}, true
	case "57014":
		return &refusal{why: "took longer than allowed and was stopped by the server"}, true
	case "55P03":
		return &refusal{why: "waited longer for a lock than allowed"}, true
	case "25006":
		return &refusal{why: "wanted to write: " + e.Message}, true
	}
	return &refusal{why: e.Message + " (SQLSTATE " + e.Code + ")"}, true
}

func whoIsPostgreSQL(ctx context.Context, s *sqlSession) (Server, error) {
	row, err := s.one(ctx, `
SELECT current_setting('server_version') AS version, current_database() AS database, current_user AS "user",
       pg_is_in_recovery() AS replica, EXTRACT(EPOCH FROM pg_postmaster_start_time())::bigint AS started,
       (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS encrypted, version() AS edition`)
	if err != nil {
		return Server{}, err
	}
	who := Server{
		Engine: PostgreSQL, Product: "postgresql", Version: cleanVersion(text(row["version"])), Edition: text(row["edition"]),
		Database: text(row["database"]), User: text(row["user"]), Role: "primary", Started: moment(row["started"]), Encrypted: truth(row["encrypted"]),
	}
	if r := truth(row["replica"]); r != nil && *r {
		who.Role = "replica"
	}
	return who, nil
}

// unreachable says in one line why a server could not be connected to.
func unreachable(err error, t Target) error {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return &refusal{why: e.Message, right: strings.HasPrefix(e.Code, "28")}
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return &refusal{why: fmt.Sprintf("cannot reach %s: %v", strings.Join(t.hosts, ","), op.Err)}
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return &refusal{why: fmt.Sprintf("cannot find %s: %s", dns.Name, dns.Err)}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &refusal{why: fmt.Sprintf("%s does not answer in time", strings.Join(t.hosts, ","))}
	}
	return err
}

const day = 24 * time.Hour
