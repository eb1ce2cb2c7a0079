// Package backuptest starts the database servers that tests of backups take as
// their sources. They listen on sockets in folders of their own and end with
// the test binary at the latest.
package backuptest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"steward/collect/backup"
	"steward/collect/backup/program"
)

// Password is the superusers' password; it has letters that files and addresses must escape.
const Password = `s:e\c"r'et #1`

// Source is a server.
type Source struct {
	Dir     string
	Data    string
	Archive string // PostgreSQL's archived log
	socket  string
	kind    backup.Kind
	server  *program.Server
	owner   program.Owner
}

// Major is the PostgreSQL that the tests run on.
const Major = 15

// StartPostgres starts a cluster with checksums and an archived log. It returns a
// *program.Missing when there is no PostgreSQL.
func StartPostgres(ctx context.Context) (*Source, error) {
	s, err := newSource(backup.PostgreSQL)
	if err != nil {
		return nil, err
	}
	return s, errors.Join(s.startPostgres(ctx))
}

func newSource(kind backup.Kind) (*Source, error) {
	owner, err := program.Unprivileged()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "steward-source-") // not t.TempDir, which only its owner may enter
	if err != nil {
		return nil, err
	}
	s := &Source{Dir: dir, Data: filepath.Join(dir, "data"), Archive: filepath.Join(dir, "archive"), socket: filepath.Join(dir, "s"), kind: kind, owner: owner}
	return s, errors.Join(os.Mkdir(s.socket, 0o755), os.Mkdir(s.Archive, 0o755), os.Chmod(dir, 0o755), owner.Own(dir))
}

func (s *Source) startPostgres(ctx context.Context) error {
	initdb, err := program.Postgres(ctx, "initdb", Major, false)
	if err != nil {
		return err
	}
	password := filepath.Join(s.Dir, "password")
	if err := errors.Join(os.WriteFile(password, []byte(Password), 0o600), s.owner.Own(password)); err != nil {
		return err
	}
	if _, err := program.Run(ctx, program.Call{Program: initdb, As: s.owner, Dir: s.Dir, Args: []string{"-D", s.Data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", "--pwfile=" + password, "--no-sync", "--no-instructions", "--data-checksums", "--wal-segsize=1"}}); err != nil {
		return err
	}
	return s.Restart(ctx)
}

// Restart starts the server, anew when it runs.
func (s *Source) Restart(ctx context.Context) error {
	if s.server != nil {
		if err := s.server.Stop(os.Interrupt, 20*time.Second); err != nil {
			return err
		}
	}
	server, err := program.Postgres(ctx, "postgres", Major, false)
	if err != nil {
		return err
	}
	args := []string{"-D", s.Data}
	for _, c := range []string{"listen_addresses=", "unix_socket_directories=" + s.socket, "fsync=off", "wal_level=replica", "max_wal_senders=4", "archive_mode=on",
		"archive_command=cp %p " + s.Archive + "/%f", "max_connections=40", "timezone=UTC", "lc_messages=C", "autovacuum=off"} {
		args = append(args, "-c", c)
	}
	if s.server, err = program.Start(ctx, program.Call{Program: server, Args: args, As: s.owner, Dir: s.Dir}); err != nil {
		return err
	}
	return s.wait(ctx, func() error {
		c, err := s.Target("postgres").Postgres(ctx, true)
		if err != nil {
			return err
		}
		defer c.Close(ctx)
		var recovering bool
		if err := c.QueryRow(ctx, "SELECT pg_is_in_recovery()").Scan(&recovering); err != nil || recovering {
			return errors.Join(err, errors.New("it recovers"))
		}
		return nil
	})
}

func (s *Source) wait(ctx context.Context, answers func() error) error {
	for range 600 {
		err := answers()
		if err == nil {
			return nil
		}
		select {
		case <-s.server.Done():
			return fmt.Errorf("the server ended: %s", s.server.Said())
		case <-ctx.Done():
			return err
		case <-time.After(30 * time.Millisecond):
		}
	}
	return errors.New("the server does not answer")
}

// StartMariaDB starts a server.
func StartMariaDB(ctx context.Context) (*Source, error) {
	install, err := program.Find(ctx, "mariadb-install-db", "mariadb-server")
	if err != nil {
		return nil, err
	}
	daemon, err := program.Find(ctx, "mariadbd", "mariadb-server")
	if err != nil {
		return nil, err
	}
	s, err := newSource(backup.MariaDB)
	if err != nil {
		return nil, err
	}
	if _, err := program.Run(ctx, program.Call{Program: install, As: s.owner, Dir: s.Dir, Args: []string{"--no-defaults", "--datadir=" + s.Data, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"}}); err != nil {
		return s, err
	}
	s.server, err = program.Start(ctx, program.Call{Program: daemon, As: s.owner, Dir: s.Dir, Args: []string{"--no-defaults", "--datadir=" + s.Data, "--socket=" + s.socket + "/mariadb", "--pid-file=" + s.Dir + "/pid", "--skip-networking",
		"--log-bin=" + s.Dir + "/log-bin", "--server-id=7", "--expire-logs-days=1", "--innodb-flush-log-at-trx-commit=0", "--log-error=" + s.Dir + "/log", "--innodb-buffer-pool-size=64M", "--performance-schema=OFF"}})
	if err != nil {
		return s, err
	}
	return s, s.wait(ctx, func() error {
		root := backup.SocketMariaDB(s.socket+"/mariadb", "root", "mysql")
		db, err := root.MySQL(ctx, 1)
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.ExecContext(ctx, "CREATE USER boss@localhost IDENTIFIED BY '"+strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(Password)+"'")
		if err == nil {
			_, err = db.ExecContext(ctx, "GRANT ALL PRIVILEGES ON *.* TO boss@localhost WITH GRANT OPTION")
		}
		return err
	})
}

// Address is the address of a database, with the superuser's password.
func (s *Source) Address(database string) string {
	if s.kind == backup.MariaDB {
		return (&url.URL{Scheme: "mysql", User: url.UserPassword("boss", Password), Path: "/" + database, RawQuery: "socket=" + url.QueryEscape(s.socket+"/mariadb")}).String()
	}
	return (&url.URL{Scheme: "postgres", User: url.UserPassword("postgres", Password), Path: "/" + database, RawQuery: "host=" + url.QueryEscape(s.socket)}).String()
}

// Target is a database of the server.
func (s *Source) Target(database string) backup.Target {
	t, err := backup.ParseTarget(s.Address(database), "")
	if err != nil {
		panic(err) // the address is made above
	}
	return t
}

// Do runs statements in a database.
func (s *Source) Do(t testing.TB, database string, statements ...string) {
	t.Helper()
	ctx := t.Context()
	if s.kind == backup.MariaDB {
		db, err := s.Target(database).MySQL(ctx, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for _, q := range statements {
			if _, err := db.ExecContext(ctx, q); err != nil {
				t.Fatalf("%s: %v", q, err)
			}
		}
		return
	}
	c, err := s.Target(database).Postgres(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	for _, q := range statements {
		if _, err := c.Exec(ctx, q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}

// Stop ends the server and removes its folder.
func (s *Source) Stop() {
	if s == nil {
		return
	}
	if s.server != nil {
		signal := os.Signal(os.Interrupt)
		if s.kind == backup.MariaDB {
			signal = syscall.SIGTERM
		}
		s.server.Stop(signal, 20*time.Second)
	}
	os.RemoveAll(s.Dir)
}

// Leavings are what a drill must not leave behind: rooms, secrets, and processes
// that work in a room.
func Leavings(t testing.TB, scratch string) []string {
	t.Helper()
	var left []string
	for _, pattern := range []string{filepath.Join(scratch, "steward-drill-*"), filepath.Join(os.TempDir(), "steward-secret-*")} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, found...)
	}
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, l := range lines {
		if b, err := os.ReadFile(l); err == nil && bytes.Contains(b, []byte(filepath.Join(scratch, "steward-drill-"))) {
			left = append(left, l+": "+strings.ReplaceAll(string(b), "\x00", " "))
		}
	}
	return left
}

// Skip skips a test when a program is missing, and fails it on any other error.
func Skip(t testing.TB, err error) {
	t.Helper()
	var missing *program.Missing
	if errors.As(err, &missing) {
		t.Skip("NOT TESTED: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Own gives files to the user that the server runs as.
func (s *Source) Own(paths ...string) error {
	var all error
	for _, p := range paths {
		all = errors.Join(all, s.owner.Own(p))
	}
	return all
}

// Archived waits until all log that was written before is archived.
func (s *Source) Archived(t testing.TB) {
	t.Helper()
	for range 600 {
		waiting, err := filepath.Glob(filepath.Join(s.Data, "pg_wal", "archive_status", "*.ready"))
		if err != nil {
			t.Fatal(err)
		}
		if len(waiting) == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the log is not archived")
}
