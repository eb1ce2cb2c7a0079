package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	_ "net/http/pprof" // for profileAt
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// beProgram makes the test's own binary act as the program.
const beProgram = "STEWARD_TEST_BE_PROGRAM"

// profileAt is the address at which a benchmark's server shows where its time goes.
const profileAt = "STEWARD_BENCH_PPROF"

func TestMain(m *testing.M) {
	if os.Getenv(beProgram) != "" {
		if at := os.Getenv(profileAt); at != "" {
			go http.ListenAndServe(at, nil) // a benchmark's server, for go tool pprof to look into
		}
		main()
	}
	os.Exit(m.Run())
}

// installation is a data folder that processes of the program work on.
type installation struct {
	t      testing.TB
	data   string
	db     string // PostgreSQL's URL; "" is SQLite
	token  string
	prefix []string // what each process is started by, such as a shell that sets limits
}

func (i *installation) command(args ...string) *exec.Cmd {
	args = append(args, "--data", i.data)
	if i.db != "" {
		args = append(args, "--db", i.db)
	}
	self, err := os.Executable()
	if err != nil {
		i.t.Fatal(err)
	}
	args = append(append(append([]string{}, i.prefix...), self), args...)
	c := exec.Command(args[0], args[1:]...)
	c.Env = append(os.Environ(), beProgram+"=1")
	return c
}

// run runs a command to its end and returns what it said and its exit code.
func (i *installation) run(args ...string) (out, errs string, code int) {
	i.t.Helper()
	c := i.command(args...)
	var o, e bytes.Buffer
	c.Stdout, c.Stderr = &o, &e
	err := c.Run()
	if _, ended := err.(*exec.ExitError); err != nil && !ended {
		i.t.Fatal(err)
	}
	return o.String(), e.String(), c.ProcessState.ExitCode()
}

// must runs a command that has to succeed.
func (i *installation) must(args ...string) string {
	i.t.Helper()
	out, errs, code := i.run(args...)
	if code != 0 {
		i.t.Fatalf("steward %s: exit %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

// newInstallation makes an installation with a manager's token.
func newInstallation(t testing.TB, data, db string) *installation {
	t.Helper()
	i := &installation{t: t, data: data, db: db}
	i.must("user", "add", "--login", "helena", "--role", "administrator,mis-manager")
	i.token = trim(i.must("token", "create", "--user", "helena"))
	return i
}

// server is a running `steward serve`.
type server struct {
	*installation
	cmd  *exec.Cmd
	base string
	log  *lockedBuffer
	end  chan struct{} // closed when it has ended
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// serve starts the server and returns when it answers.
func (i *installation) serve(flags ...string) *server {
	i.t.Helper()
	s := &server{installation: i, log: &lockedBuffer{}, end: make(chan struct{})}
	s.cmd = i.command(append([]string{"serve", "--listen", "127.0.0.1:0"}, flags...)...)
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		i.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		i.t.Fatal(err)
	}
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			fmt.Fprintln(s.log, lines.Text())
			if _, at, ok := strings.Cut(lines.Text(), " is ready at "); ok {
				found <- at
			}
		}
		s.cmd.Wait()
		close(s.end)
	}()
	i.t.Cleanup(s.kill)
	select {
	case s.base = <-found:
	case <-s.end:
		i.t.Fatalf("the server ended at once:\n%s", s.log)
	case <-time.After(time.Minute):
		i.t.Fatalf("the server does not start:\n%s", s.log)
	}
	return s
}

// kill ends the server at once, as when its machine's memory is full.
func (s *server) kill() {
	s.cmd.Process.Kill()
	<-s.end
}

// stop ends the server in order.
func (s *server) stop() {
	s.t.Helper()
	s.cmd.Process.Signal(os.Interrupt)
	select {
	case <-s.end:
	case <-time.After(20 * time.Second):
		s.t.Error("the server does not stop")
		s.kill()
	}
}

var client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 16}}

// ask sends a request to the API; the status is 0 without an answer.
func (s *server) ask(method, path string, body any) (int, map[string]any) {
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			panic(err)
		}
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, s.base+path, in)
	if err != nil {
		panic(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, nil
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, nil
	}
	var out map[string]any
	if json.Unmarshal(raw, &out) != nil {
		out = map[string]any{"text": strings.TrimSpace(string(raw))}
	}
	return res.StatusCode, out
}

func trim(s string) string { return strings.TrimSpace(s) }
