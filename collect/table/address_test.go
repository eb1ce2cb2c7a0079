package table

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
)

func TestAnAddressIsPutIntoEachDriversWords(t *testing.T) {
	for _, c := range []struct{ kind, target, want string }{
		{"mysql", "mysql://u:p%40%2F@db/shop", "u:p@/@tcp(db:3306)/shop?timeout=10s&tls=preferred&time_zone=%27%2B00%3A00%27"},
		{"mysql", "mariadb://u@[::1]:3307/shop?tls=true", "u@tcp([::1]:3307)/shop?timeout=10s&tls=true&time_zone=%27%2B00%3A00%27"},
		{"mysql", "mysql://u:p@/shop?socket=/run/sock", "u:p@unix(/run/sock)/shop?timeout=10s&time_zone=%27%2B00%3A00%27"},
		{"postgres", "postgres://u:p%40@db/shop", "postgres://u:p%40@db/shop?connect_timeout=10"},
		{"postgres", "postgresql://u@h1:1,h2:2/shop", "postgresql://u@h1:1,h2:2/shop?connect_timeout=10"},
		{"sqlserver", "sqlserver://u:p%40@db/shop", "sqlserver://u:p%40@db:1433?app+name=steward&database=shop&dial+timeout=10&encrypt=true"},
		{"sqlserver", "sqlserver://u@db?database=shop&instance=X&encrypt=strict", "sqlserver://u:@db/X?app+name=steward&database=shop&dial+timeout=10&encrypt=strict"},
		{"oracle", "oracle://u:p%40@db/svc", "oracle://u:p%40@db:1521/svc?CONNECTION+TIMEOUT=10&PROGRAM=steward"},
	} {
		got, err := servers[c.kind].dsn(c.target)
		if err != nil || got != c.want {
			t.Errorf("%s:\n got %s %v\nwant %s", c.target, got, err, c.want)
		}
	}
}

func TestAWrongAddressIsWrongUseAndHidesThePassword(t *testing.T) {
	for target, want := range map[string]string{
		"mysql://u:secret@:3306/x":               "host is missing",
		"mysql://u:secret@h:99999/x":             "port 99999",
		"mysql://u:sec%ret@h/x":                  "cannot be read",
		"mysql://u:secret@h/x?charset=latin1":    `"charset" is not known`,
		"sqlserver://u:secret@/x":                "host is missing",
		"sqlserver://u:secret@h?app=1":           `"app" is not known`,
		"sqlserver://u:secret@h/a?database=b":    "twice",
		"sqlserver://u:secret@h/a?encrypt=maybe": "encrypt",
		"oracle://u:secret@h":                    "service's name is missing",
		"oracle://u:secret@h/s?SID=x":            `"SID" is not known`,
		"oracle://u:secret@h:x/s":                "cannot be read",
		"postgres://u:secret@h:port/x":           "postgres://user:password@host:port/database",
	} {
		_, err := Open(t.Context(), Source{Target: target, Table: "t"})
		var invalid *Invalid
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "sec%ret") {
			t.Errorf("%s: %v, want %q as wrong use", target, err, want)
		}
	}
}

func TestAServerThatDoesNotAnswerIsAFailureAndNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close() // nobody listens there now
	for kind, name := range map[string]string{"mysql": "MySQL", "postgres": "PostgreSQL", "sqlserver": "SQL Server", "oracle": "Oracle"} {
		_, err := Open(t.Context(), Source{Target: fmt.Sprintf("%s://u:secret@127.0.0.1:%d/x", kind, port), Table: "t"})
		var invalid *Invalid
		if err == nil || errors.As(err, &invalid) || !strings.Contains(err.Error(), "connect to "+name) || !strings.Contains(err.Error(), "refused") || !strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", kind, err)
		}
		t.Log(err)
	}
}
