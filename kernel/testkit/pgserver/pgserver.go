// Package pgserver runs a private PostgreSQL server from the machine's binaries,
// on loopback, in a folder of its own: for tests, and to try Steward on PostgreSQL.
package pgserver

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrNone says that the machine has no PostgreSQL.
var ErrNone = errors.New("no PostgreSQL here: neither initdb in PATH nor /usr/lib/postgresql/*/bin; install the package postgresql")

// Config says how the server is kept.
type Config struct {
	// Folder keeps the data from one start to the next; "" is a temporary folder
	// that is removed at the end, with a server that does not wait for the disk.
	Folder string
	// Aside is where the data lies when root asks for a folder that the server's own
	// user may not enter, with a link to it in the folder's place; "" is
	// /var/lib/steward-postgres.
	Aside string
}

// Server is a running PostgreSQL server.
type Server struct {
	// URL opens the server's database "steward" as its superuser.
	URL  string
	Port int

	folder    string
	temporary bool
	command   *exec.Cmd
	log       *os.File
	done      chan struct{} // closed when the server has ended
	ended     error
}

// Variable is the environment variable in which tests find the server's URL.
const Variable = "STEWARD_TEST_POSTGRES"

// superuser is the name inside the server.
const superuser = "steward"

// Start starts a server, making its folder if it is empty, and returns when it answers.
func Start(ctx context.Context, c Config) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	s := &Server{folder: c.Folder, temporary: c.Folder == ""}
	if s.temporary {
		s.folder, err = os.MkdirTemp("", "steward-postgres-")
	} else if s.folder, err = filepath.Abs(s.folder); err == nil {
		if err = os.MkdirAll(s.folder, 0o700); err == nil {
			s.folder, err = filepath.EvalSymlinks(s.folder)
		}
		if err == nil {
			err = s.stepAside(cmp.Or(c.Aside, "/var/lib/steward-postgres"))
		}
	}
	if err != nil {
		return nil, err
	}
	if err := s.start(ctx, bin); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// stepAside has the data lie below a folder that the server's user may enter when it
// may not enter the one asked for, such as one in root's home.
func (s *Server) stepAside(aside string) error {
	owner, err := unprivileged()
	if err != nil || owner.mayEnter(filepath.Dir(s.folder)) {
		return err
	}
	name := sha256.Sum256([]byte(s.folder))
	real := filepath.Join(aside, hex.EncodeToString(name[:6]))
	if err := errors.Join(os.MkdirAll(aside, 0o755), os.MkdirAll(real, 0o700)); err != nil {
		return err
	}
	if err := os.Remove(s.folder); err != nil {
		return fmt.Errorf("the user that PostgreSQL runs as may not enter %s: move what lies there away, or let others enter the folders above it (chmod o+x): %w", s.folder, err)
	}
	if err := os.Symlink(real, s.folder); err != nil {
		return err
	}
	s.folder = real
	return nil
}

func (s *Server) start(ctx context.Context, bin string) error {
	owner, err := unprivileged()
	if err != nil {
		return err
	}
	if err := owner.own(s.folder); err != nil {
		return err
	}
	data := filepath.Join(s.folder, "data")
	password, err := s.prepare(ctx, bin, data, owner)
	if err != nil {
		return err
	}
	if s.log, err = os.OpenFile(filepath.Join(s.folder, "server.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		return err
	}
	if s.Port, err = freePort(); err != nil {
		return err
	}
	args := []string{"-D", data, "-h", "127.0.0.1", "-p", strconv.Itoa(s.Port), "-k", "",
		"-c", "max_connections=200", "-c", "timezone=UTC", "-c", "lc_messages=C"}
	if s.temporary {
		args = append(args, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "autovacuum_naptime=10s")
	}
	s.command = exec.Command(filepath.Join(bin, "postgres"), args...)
	s.command.Dir = s.folder
	s.command.Env = environment()
	s.command.Stdout, s.command.Stderr = s.log, s.log
	owner.apply(s.command)
	if err := s.run(); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	return s.wait(ctx, password)
}

// prepare makes the data folder at the first start and returns the password.
func (s *Server) prepare(ctx context.Context, bin, data string, owner owner) (string, error) {
	file := filepath.Join(s.folder, "password")
	if kept, err := os.ReadFile(file); err == nil {
		return strings.TrimSpace(string(kept)), nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	secret := make([]byte, 16)
	rand.Read(secret)
	password := hex.EncodeToString(secret)
	draft := file + ".new"
	if err := os.WriteFile(draft, []byte(password), 0o600); err != nil {
		return "", err
	}
	if err := owner.own(draft); err != nil {
		return "", err
	}
	// A collation that is not byte order, as servers in the field have, so that
	// tests notice SQL that relies on one.
	collations := [][]string{{"--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en"}, {"--locale=C"}}
	var err error
	for _, collation := range collations {
		args := append([]string{"-D", data, "-U", superuser, "-E", "UTF8", "--auth=scram-sha-256", "--pwfile=" + draft, "--no-sync", "--no-instructions"}, collation...)
		init := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), args...)
		init.Dir = s.folder
		init.Env = environment()
		owner.apply(init)
		var out []byte
		if out, err = init.CombinedOutput(); err == nil {
			break
		}
		err = fmt.Errorf("initdb: %w\n%s", err, bytes.TrimSpace(out))
	}
	if err != nil {
		return "", err
	}
	return password, os.Rename(draft, file)
}

// wait returns when the server answers and has its database.
func (s *Server) wait(ctx context.Context, password string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	address := func(database string) string {
		return fmt.Sprintf("postgres://%s:%s@127.0.0.1:%d/%s?sslmode=disable", superuser, password, s.Port, database)
	}
	for {
		c, err := pgx.Connect(ctx, address("postgres"))
		if err == nil {
			defer c.Close(ctx)
			var there bool
			if err := c.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = 'steward')").Scan(&there); err != nil {
				return err
			}
			if !there {
				if _, err := c.Exec(ctx, "CREATE DATABASE steward"); err != nil {
					return err
				}
			}
			s.URL = address("steward")
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("postgres does not answer: %w", err)
		case <-s.done:
			text, _ := os.ReadFile(s.log.Name())
			return fmt.Errorf("postgres ended at once: %v\n%s", s.ended, bytes.TrimSpace(text))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Done is closed when the server has ended, by Stop or by itself.
func (s *Server) Done() <-chan struct{} { return s.done }

// Crash ends the server without order: it writes nothing more, and its next start
// finds what its log holds.
func (s *Server) Crash() {
	s.command.Process.Signal(syscall.SIGQUIT)
	<-s.done
}

// Stop ends the server and removes its folder if that was temporary.
func (s *Server) Stop() error {
	if s.done != nil {
		s.command.Process.Signal(os.Interrupt) // fast shutdown: ends sessions, writes a checkpoint
		select {
		case <-s.done:
		case <-time.After(20 * time.Second):
			s.command.Process.Kill()
			<-s.done
		}
	}
	if s.log != nil {
		s.log.Close()
	}
	if s.temporary {
		return os.RemoveAll(s.folder)
	}
	return nil
}

// binaries finds the folder with initdb and postgres: in PATH, else the newest
// of Debian's version folders.
func binaries() (string, error) {
	if p, err := exec.LookPath("initdb"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			if _, err := os.Stat(filepath.Join(filepath.Dir(p), "postgres")); err == nil {
				return filepath.Dir(p), nil
			}
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", ErrNone
	}
	version := func(p string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(p))))
		return n
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(newest), nil
}

// environment is what the server needs and nothing of the caller's.
func environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC"}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
