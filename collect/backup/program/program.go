// Package program runs the databases' own programs: it finds the right version,
// hands passwords over in files that only their owner may read and never on a
// command line, keeps a bounded part of what they say, and ends them with all
// their children when the context ends.
package program

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Program is a program of this machine.
type Program struct {
	Path    string `json:"-"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Major   int    `json:"-"`
}

// Missing says that a program is not here.
type Missing struct{ Name, Package string }

func (m *Missing) Error() string {
	return fmt.Sprintf("%s is not here; install the package %s", m.Name, m.Package)
}

var firstVersion = regexp.MustCompile(`\d+(\.\d+)+`)

// Find finds a program in PATH and asks for its version.
func Find(ctx context.Context, name, pkg string) (Program, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		for _, folder := range []string{"/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/sbin"} {
			if p := filepath.Join(folder, name); executable(p) {
				path, err = p, nil
				break
			}
		}
	}
	if err != nil {
		return Program{}, &Missing{name, pkg}
	}
	return versioned(ctx, path, name)
}

func versioned(ctx context.Context, path, name string) (Program, error) {
	flag := "--version"
	if name == "restic" {
		flag = "version"
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, path, flag)
	c.Env = Environment()
	out, err := c.CombinedOutput()
	if err != nil {
		return Program{}, fmt.Errorf("%s %s: %w", path, flag, err)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	// mariadb-dump says its own version and, after "Distrib", the server's.
	if _, after, found := strings.Cut(line, "Distrib "); found {
		line = after
	}
	p := Program{Path: path, Name: name, Version: firstVersion.FindString(line)}
	major, _, _ := strings.Cut(p.Version, ".")
	p.Major, _ = strconv.Atoi(major)
	return p, nil
}

// Postgres finds a program of PostgreSQL. major > 0 asks for that version, or
// the oldest newer one (a dump program reads older servers, never newer ones);
// exact forbids newer ones (a server starts only its own version's data). Its
// full version is not asked for; see Ask.
func Postgres(ctx context.Context, name string, major int, exact bool) (Program, error) {
	var found []Program
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // Debian and its kin
	others, _ := filepath.Glob("/usr/pgsql-*/bin")           // the project's own packages for Red Hat and its kin
	for _, folder := range append(folders, others...) {
		n, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(filepath.Dir(folder)), "pgsql-"))
		if p := filepath.Join(folder, name); err == nil && executable(p) {
			found = append(found, Program{Path: p, Name: name, Major: n})
		}
	}
	if len(found) == 0 {
		if v, err := Find(ctx, name, "postgresql"); err == nil {
			found = append(found, v)
		}
	}
	if err := ctx.Err(); err != nil {
		return Program{}, err
	}
	slices.SortFunc(found, func(a, b Program) int { return a.Major - b.Major })
	if major == 0 && len(found) > 0 {
		return found[len(found)-1], nil
	}
	for _, p := range found {
		if p.Major == major || p.Major > major && !exact {
			return p, nil
		}
	}
	if major == 0 {
		return Program{}, &Missing{name, "postgresql"}
	}
	return Program{}, &Missing{fmt.Sprintf("%s of PostgreSQL %d", name, major), fmt.Sprintf("postgresql-%d", major)}
}

// Ask returns the program with its full version.
func (p Program) Ask(ctx context.Context) (Program, error) {
	if p.Version != "" {
		return p, nil
	}
	return versioned(ctx, p.Path, p.Name)
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && (info.Mode()&0o111 != 0 || filepath.Separator == '\\')
}

// Environment is what programs are given of the caller's environment: where
// programs lie, and nothing that would change what they do.
func Environment(more ...string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC", "HOME=/nonexistent"}
	for _, name := range []string{"SystemRoot", "TMPDIR", "TEMP"} {
		if v := os.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return append(env, more...)
}

// Call is one run of a program.
type Call struct {
	Program Program
	Args    []string
	Env     []string // in addition to Environment
	Dir     string
	In      io.Reader
	Out     io.Writer // nil: kept as far as it is small, and returned
	As      Owner
	Lines   func(string) // is told each line of standard error, as progress
	OK      []int        // exit codes beside 0 that are no failure
}

// Failed says how a program failed.
type Failed struct {
	Name string
	Exit int    // -1 when a signal ended it
	Said string // a bounded part of its standard error
}

func (f *Failed) Error() string {
	said := strings.TrimSpace(f.Said)
	if said == "" {
		said = "it said nothing"
	}
	return fmt.Sprintf("%s ended with %d: %s", f.Name, f.Exit, said)
}

// Result is what a run that did not fail gave.
type Result struct {
	Exit int
	Out  string // when Call.Out was nil, bounded
	Said string
}

// Run runs the program to its end. When ctx ends it is interrupted with all its
// children, and killed five seconds later.
func Run(ctx context.Context, call Call) (Result, error) {
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	c := exec.CommandContext(ctx, call.Program.Path, call.Args...)
	c.Env = Environment(call.Env...)
	c.Dir, c.Stdin = call.Dir, call.In
	said, out := &tail{lines: call.Lines}, &tail{}
	c.Stderr = said
	c.Stdout = call.Out
	if call.Out == nil {
		c.Stdout = out
	}
	call.As.Apply(c)
	c.Cancel = func() error { return interrupt(c.Process) }
	c.WaitDelay = 5 * time.Second
	err := runLocked(c)
	// Children that outlive their parent would hold files of a folder that is
	// about to be removed.
	killGroup(c)
	said.flush()
	if ctx.Err() != nil {
		return Result{}, ctx.Err()
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
	case errors.As(err, &exit) && slices.Contains(call.OK, exit.ExitCode()):
	case errors.As(err, &exit):
		return Result{Exit: exit.ExitCode(), Out: out.text(), Said: said.text()}, &Failed{call.Program.Name, exit.ExitCode(), said.text()}
	default:
		return Result{Exit: -1, Out: out.text(), Said: said.text()}, fmt.Errorf("%s: %w", call.Program.Name, err)
	}
	return Result{Exit: c.ProcessState.ExitCode(), Out: out.text(), Said: said.text()}, nil
}

// tail keeps the first 16 KB and the last 16 KB of what is written to it.
type tail struct {
	head, end []byte
	line      []byte
	lines     func(string)
}

const tailSize = 16 << 10

func (t *tail) Write(p []byte) (int, error) {
	n := len(p)
	if t.lines != nil {
		t.line = append(t.line, p...)
		for {
			i := bytes.IndexAny(t.line, "\r\n")
			if i < 0 {
				break
			}
			if i > 0 {
				t.lines(string(t.line[:i]))
			}
			t.line = t.line[i+1:]
		}
		if len(t.line) > tailSize {
			t.line = nil
		}
	}
	if room := tailSize - len(t.head); room > 0 {
		k := min(room, len(p))
		t.head, p = append(t.head, p[:k]...), p[k:]
	}
	t.end = append(t.end, p...)
	if len(t.end) > 2*tailSize {
		t.end = append([]byte(nil), t.end[len(t.end)-tailSize:]...)
	}
	return n, nil
}

func (t *tail) flush() {
	if t.lines != nil && len(t.line) > 0 {
		t.lines(string(t.line))
		t.line = nil
	}
}

func (t *tail) text() string {
	if len(t.end) <= tailSize {
		return string(t.head) + string(t.end)
	}
	return string(t.head) + "\n…\n" + string(t.end[len(t.end)-tailSize:])
}
