//go:build linux

package dbtest

import (
	"fmt"
	"net"
	"path/filepath"
	"testing"
	"time"

	"steward/collect/database/resp"
)

// Redis is a server started for a test.
type Redis struct {
	*Process
	t      testing.TB
	Port   int
	Folder string
	// Password signs the tests themselves in, as the default user.
	Password string
}

// NewRedis starts a server with the given settings, each "name value".
func NewRedis(t testing.TB, password string, settings ...string) *Redis {
	t.Helper()
	program := Program(t, "redis-server", "redis-server", "valkey-server")
	r := &Redis{t: t, Port: Port(t), Folder: Folder(t, "redis"), Password: password}
	args := []string{"--port", fmt.Sprint(r.Port), "--bind", "127.0.0.1", "--dir", r.Folder, "--daemonize", "no", "--shutdown-timeout", "0", "--repl-diskless-sync-delay", "0", "--logfile", filepath.Join(r.Folder, "server.log")}
	if password != "" {
		args = append(args, "--requirepass", password, "--masterauth", password)
	}
	r.Process = Start(t, "redis", r.Folder, program, append(args, settings...)...)
	r.Await(func() error {
		c, err := net.Dial("tcp", Address(r.Port))
		if err == nil {
			c.Close()
		}
		return err
	})
	return r
}

// Do sends commands on one connection and fails the test at a refusal.
func (r *Redis) Do(commands ...[]string) any {
	r.t.Helper()
	v, err := r.Try(commands...)
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

// Try sends commands on one connection and returns the last answer.
func (r *Redis) Try(commands ...[]string) (last any, err error) {
	c, err := net.Dial("tcp", Address(r.Port))
	if err != nil {
		return nil, err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(30 * time.Second))
	in := resp.NewReader(c)
	if r.Password != "" {
		commands = append([][]string{{"AUTH", r.Password}}, commands...)
	}
	for _, words := range commands {
		if _, err := c.Write(resp.Append(nil, words...)); err != nil {
			return nil, err
		}
		if last, err = in.Read(); err != nil {
			return nil, fmt.Errorf("%v: %w", words, err)
		}
	}
	return last, nil
}

// Address is the URL of the server.
func (r *Redis) Address(user string) string {
	if user != "" {
		user += "@"
	}
	return fmt.Sprintf("redis://%s127.0.0.1:%d", user, r.Port)
}
