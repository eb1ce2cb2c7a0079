package database

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/collect/database/resp"
)

// redisSession asks a Redis or Valkey.
type redisSession struct {
	target  Target
	options Options
	conn    net.Conn
	reader  *resp.Reader
	broken  error
}

// reading are the commands that may be asked. CONFIG GET shows the server's own
// passwords where it is asked for them, so what it may ask is named.
var reading = []string{
	"INFO", "CONFIG GET", "CLIENT LIST", "SLOWLOG GET", "SLOWLOG LEN", "LATENCY LATEST", "CLUSTER INFO", "DBSIZE", "ROLE", "MEMORY STATS",
	"ACL WHOAMI", "LASTSAVE", "PING", "MODULE LIST", "ANONYMOUS PING",
}

// redisCommand splits an ask into words and lets only reading through.
// ANONYMOUS PING is a PING on a connection that has not signed in.
func redisCommand(ask string) ([]string, error) {
	parts := strings.Fields(ask)
	if len(parts) == 0 {
		return nil, errors.New("is empty")
	}
	parts[0] = strings.ToUpper(parts[0])
	name := parts[0]
	if len(parts) > 1 && !slices.Contains(reading, name) {
		parts[1] = strings.ToUpper(parts[1])
		name += " " + parts[1]
	}
	if !slices.Contains(reading, name) {
		return nil, fmt.Errorf("asks %.40q; a check may ask %s", ask, strings.Join(reading, ", "))
	}
	if name == "CONFIG GET" {
		for _, p := range parts[2:] {
			p = strings.ToLower(p)
			if strings.ContainsAny(p, "*?[\\") || strings.Contains(p, "pass") || strings.Contains(p, "auth") || strings.Contains(p, "user") {
				return nil, fmt.Errorf("asks for %.40q; name one setting, and none that holds a password", p)
			}
		}
	}
	return parts, nil
}

func openRedis(ctx context.Context, t Target, o Options) (session, error) {
	s := &redisSession{target: t, options: o}
	var err error
	if s.conn, s.reader, err = s.dial(ctx); err != nil {
		return nil, unreachable(err, t)
	}
	if t.password != "" {
		auth := []string{"AUTH", t.password}
		if t.user != "" && t.user != "default" {
			auth = []string{"AUTH", t.user, t.password}
		}
		if _, err := s.do(ctx, auth...); err != nil {
			s.close()
			return nil, &refusal{why: "the sign-in was refused: " + err.Error(), right: true}
		}
	}
	if _, err := s.do(ctx, "PING"); err != nil {
		var e resp.Error
		kind, _, _ := strings.Cut(err.Error(), " ")
		switch {
		case !errors.As(err, &e):
			s.close()
			return nil, err
		case kind == "NOAUTH" || kind == "WRONGPASS" || kind == "DENIED":
			s.close()
			return nil, &refusal{why: string(e), right: true}
		}
		// It answers; that it cannot save (MISCONF) or is loading is for the checks.
	}
	return s, nil
}

func (s *redisSession) dial(ctx context.Context) (net.Conn, *resp.Reader, error) {
	d := net.Dialer{Timeout: s.options.Connect}
	conn, err := d.DialContext(ctx, "tcp", s.target.hosts[0])
	if err != nil {
		return nil, nil, err
	}
	if s.encrypted() {
		host, _, _ := net.SplitHostPort(s.target.hosts[0])
		roots, err := trusted(s.target.query.Get("tlsCAFile"))
		if err != nil {
			conn.Close()
			return nil, nil, err
		}
		secured := tls.Client(conn, &tls.Config{ServerName: host, RootCAs: roots})
		if err := secured.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, nil, err
		}
		conn = secured
	}
	return conn, resp.NewReader(conn), nil
}

func (s *redisSession) encrypted() bool {
	return s.target.scheme == "rediss" || s.target.scheme == "valkeys"
}

// trusted reads roots in PEM form; none is the system's.
func trusted(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate in PEM form", file)
	}
	return roots, nil
}

func (s *redisSession) close() { s.conn.Close() }

func (s *redisSession) do(ctx context.Context, words ...string) (any, error) {
	if s.broken != nil {
		return nil, s.broken
	}
	v, err := s.exchange(ctx, s.conn, s.reader, words)
	var e resp.Error
	if err != nil && !errors.As(err, &e) {
		s.broken = fmt.Errorf("the connection is lost: %w", err) // what follows would answer another question
	}
	return v, err
}

func (s *redisSession) exchange(ctx context.Context, conn net.Conn, r *resp.Reader, words []string) (any, error) {
	deadline := time.Now().Add(s.options.Statement)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	conn.SetDeadline(deadline)
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := conn.Write(resp.Append(nil, words...)); err != nil {
		return nil, err
	}
	return r.Read()
}

func (s *redisSession) ask(ctx context.Context, statement string, limit int) (*table, error) {
	words, err := redisCommand(statement)
	if err != nil {
		return nil, err
	}
	if words[0] == "ANONYMOUS" {
		return s.anonymous(ctx, words[1:])
	}
	v, err := s.do(ctx, words...)
	var e resp.Error
	if errors.As(err, &e) {
		kind, _, _ := strings.Cut(string(e), " ")
		return nil, &refusal{why: string(e), right: kind == "NOPERM" || kind == "NOAUTH" || strings.Contains(string(e), "unknown command")}
	}
	if err != nil {
		return nil, err
	}
	return redisTable(words, v, limit), nil
}

// anonymous asks on a connection that has not signed in. The answer has one
// row: whether it was answered, and with what.
func (s *redisSession) anonymous(ctx context.Context, words []string) (*table, error) {
	conn, reader, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	v, err := s.exchange(ctx, conn, reader, words)
	t := &table{columns: []string{"answered", "text"}}
	var e resp.Error
	switch {
	case errors.As(err, &e):
		t.rows = [][]any{{int64(0), string(e)}}
	case err != nil:
		return nil, err
	default:
		t.rows = [][]any{{int64(1), text(v)}}
	}
	return t, nil
}

// redisTable lays an answer out in rows. INFO gives section, name, value;
// CONFIG GET name, value; CLIENT LIST a column for each field; SLOWLOG GET id,
// at, microseconds, command, key, arguments, client; others c1, c2 ….
func redisTable(words []string, v any, limit int) *table {
	switch name := strings.Join(words[:min(2, len(words))], " "); {
	case words[0] == "INFO":
		return infoTable(text(v), limit)
	case name == "CLUSTER INFO":
		return infoTable(text(v), limit)
	case name == "CONFIG GET":
		t := &table{columns: []string{"name", "value"}}
		list, _ := v.([]any)
		for i := 0; i+1 < len(list); i += 2 {
			t.add(limit, []any{text(list[i]), text(list[i+1])})
		}
		return t
	case name == "CLIENT LIST":
		return clientTable(text(v), limit)
	case name == "SLOWLOG GET":
		return slowTable(v, limit)
	}
	t := &table{columns: []string{"c1"}}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, item := range list {
		row, ok := item.([]any)
		if !ok {
			row = []any{item}
		}
		for len(t.columns) < min(len(row), 50) {
			t.columns = append(t.columns, "c"+strconv.Itoa(len(t.columns)+1))
		}
	}
	for _, item := range list {
		row, ok := item.([]any)
		if !ok {
			row = []any{item}
		}
		cells := make([]any, len(t.columns))
		for i := range min(len(row), len(cells)) {
			switch c := row[i].(type) {
			case int64, float64, bool, nil:
				cells[i] = c
			default:
				cells[i] = text(c)
			}
		}
		t.add(limit, cells)
	}
	return t
}

func infoTable(s string, limit int) *table {
	t := &table{columns: []string{"section", "name", "value"}}
	section := ""
	for line := range strings.Lines(s) {
		line = strings.TrimSpace(line)
		if head, ok := strings.CutPrefix(line, "# "); ok {
			section = strings.ToLower(head)
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if ok {
			t.add(limit, []any{section, name, value})
		}
	}
	return t
}

// clientTable has those fields of a client that say nothing of a key's value.
func clientTable(s string, limit int) *table {
	t := &table{columns: []string{"id", "addr", "name", "user", "age", "idle", "flags", "db", "cmd", "tot-mem", "omem"}}
	for line := range strings.Lines(s) {
		row := make([]any, len(t.columns))
		for field := range strings.FieldsSeq(line) {
			name, value, _ := strings.Cut(field, "=")
			if i := slices.Index(t.columns, name); i >= 0 {
				row[i] = value
			}
		}
		if row[0] != nil {
			t.add(limit, row)
		}
	}
	return t
}

// slowTable leaves the arguments out: they are the data. The key stays.
func slowTable(v any, limit int) *table {
	t := &table{columns: []string{"id", "at", "microseconds", "command", "key", "arguments", "client"}}
	list, _ := v.([]any)
	for _, item := range list {
		e, _ := item.([]any)
		if len(e) < 4 {
			continue
		}
		args, _ := e[3].([]any)
		var command, key, client string
		if len(args) > 0 {
			command = strings.ToUpper(text(args[0]))
		}
		if len(args) > 1 && !slices.Contains([]string{"AUTH", "HELLO", "CONFIG", "ACL", "EVAL", "MIGRATE", "FCALL"}, command) {
			key = bounded(text(args[1]), 80)
		}
		if len(e) > 4 {
			client = text(e[4])
		}
		t.add(limit, []any{e[0], e[1], e[2], command, key, int64(max(0, len(args)-1)), client})
	}
	return t
}

// info is INFO as a map from name to value.
func (s *redisSession) info(ctx context.Context) (map[string]string, error) {
	t, err := s.ask(ctx, "INFO", maxAsked)
	if err != nil {
		return nil, err
	}
	m := map[string]string{}
	for _, row := range t.rows {
		m[text(row[1])] = text(row[2])
	}
	return m, nil
}

func (s *redisSession) server(ctx context.Context) (Server, error) {
	info, err := s.info(ctx)
	if err != nil {
		return Server{}, err
	}
	who := Server{
		Engine: Redis, Product: "redis", Version: cleanVersion(info["redis_version"]), Edition: info["redis_mode"],
		Database: s.target.database, User: s.target.user, Encrypted: new(s.encrypted()), Role: "primary",
	}
	if v := info["valkey_version"]; v != "" {
		who.Product, who.Version = "valkey", cleanVersion(v)
	}
	if info["role"] == "slave" {
		who.Role = "replica"
	}
	if up, err := strconv.ParseInt(info["uptime_in_seconds"], 10, 64); err == nil {
		who.Started = new(time.Now().UTC().Add(-time.Duration(up) * time.Second).Truncate(time.Minute))
	}
	return who, nil
}
