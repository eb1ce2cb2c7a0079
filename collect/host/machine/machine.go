// Package machine is the way collectors look at the machine they run on: its
// files and its tools, both replaceable by recorded ones. It reads and runs;
// it never writes, and what it reads is bounded.
package machine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// MaxFile is the most that is read of one file, and MaxOutput of one command.
const (
	MaxFile   = 64 << 20
	MaxOutput = 64 << 20
)

// Machine is a machine looked at.
type Machine struct {
	// Files is the root folder. Paths are without the leading slash.
	Files fs.FS
	// Run runs a command; nil means that none can be run.
	Run Runner
	// Live is true when Files is the root of the machine this program runs on,
	// so that system calls speak of the same machine.
	Live bool
	// Root is true when the collector has all rights.
	Root bool
	// Platform is linux, windows, darwin or freebsd.
	Platform string
}

// Runner runs a program and returns what it wrote to standard output. A
// program that is not there is fs.ErrNotExist; one that ends with another code
// than 0 is an *ExitError and its output is still returned.
type Runner func(ctx context.Context, name string, args ...string) ([]byte, error)

// ExitError is a command that ended with a code other than 0.
type ExitError struct {
	Command string
	Code    int
	Message string // the last line it wrote to standard error
}

func (e *ExitError) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("%s ended with code %d", e.Command, e.Code)
	}
	return fmt.Sprintf("%s ended with code %d: %s", e.Command, e.Code, e.Message)
}

// This is the machine the program runs on.
func This() *Machine {
	root := "/"
	if runtime.GOOS == "windows" {
		root = `C:\`
	}
	return &Machine{Files: os.DirFS(root), Run: Exec(30 * time.Second), Live: true, Root: os.Geteuid() == 0, Platform: runtime.GOOS}
}

// Exec returns a Runner for real programs. Each gets at most limit, no input,
// and the language "C", so that its output can be read by a program.
func Exec(limit time.Duration) Runner {
	return func(ctx context.Context, name string, args ...string) ([]byte, error) {
		ctx, stop := context.WithTimeout(ctx, limit)
		defer stop()
		path, err := find(name)
		if err != nil {
			return nil, err
		}
		cmd := exec.CommandContext(ctx, path, args...)
		cmd.Env = append(os.Environ(), "LC_ALL=C", "LANG=C", "LANGUAGE=C", "TERM=dumb", "DEBIAN_FRONTEND=noninteractive", "SYSTEMD_PAGER=", "NO_COLOR=1")
		cmd.WaitDelay = time.Second
		out := &bounded{max: MaxOutput}
		problems := &bounded{max: 64 << 10, drop: true}
		cmd.Stdout, cmd.Stderr = out, problems
		err = cmd.Run()
		var exit *exec.ExitError
		switch {
		case ctx.Err() != nil:
			return nil, fmt.Errorf("%s: %w", name, ctx.Err())
		case out.full:
			return nil, fmt.Errorf("%s wrote more than %d MB", name, MaxOutput>>20)
		case errors.As(err, &exit):
			return out.b, &ExitError{name, exit.ExitCode(), lastLine(problems.b)}
		case err != nil:
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return out.b, nil
	}
}

// find looks a program up in PATH and in the folders administrators' tools
// live in, which are often not in an ordinary account's PATH.
func find(name string) (string, error) {
	if p, err := exec.LookPath(name); err == nil {
		return p, nil
	}
	if runtime.GOOS != "windows" && !strings.Contains(name, "/") {
		for _, dir := range []string{"/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin"} {
			if p, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
				return p, nil
			}
		}
	}
	return "", fmt.Errorf("%s: %w", name, fs.ErrNotExist)
}

type bounded struct {
	b    []byte
	max  int
	full bool
	drop bool // drop what is too much instead of failing
}

func (w *bounded) Write(p []byte) (int, error) {
	if len(w.b)+len(p) > w.max {
		if w.drop {
			return len(p), nil
		}
		w.full = true
		return 0, io.ErrShortWrite
	}
	w.b = append(w.b, p...)
	return len(p), nil
}

func lastLine(b []byte) string {
	s := strings.TrimSpace(string(b))
	s = strings.TrimSpace(s[strings.LastIndexByte(s, '\n')+1:])
	if len(s) > 200 {
		s = s[:200]
	}
	return s
}

// Command runs a program, or says that there is none to run.
func (m *Machine) Command(ctx context.Context, name string, args ...string) ([]byte, error) {
	if m.Run == nil {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return m.Run(ctx, name, args...)
}

func clean(path string) string { return strings.TrimPrefix(path, "/") }

// Open opens a file by its absolute path.
func (m *Machine) Open(path string) (fs.File, error) { return m.Files.Open(clean(path)) }

// Read returns a file's content, at most MaxFile of it.
func (m *Machine) Read(path string) ([]byte, error) {
	f, err := m.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(b) > MaxFile {
		return nil, fmt.Errorf("%s is larger than %d MB", path, MaxFile>>20)
	}
	return b, nil
}

// Text returns a small file's content without surrounding space, or "".
func (m *Machine) Text(path string) string {
	b, err := m.Read(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ToValidUTF8(strings.TrimRight(string(b), "\x00"), ""))
}

// Number returns the whole number that a file holds, or nil.
func (m *Machine) Number(path string) *int64 {
	n, err := strconv.ParseInt(m.Text(path), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// Lines calls each with every line of a file until it returns false.
func (m *Machine) Lines(path string, each func(string) bool) error {
	f, err := m.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, MaxFile))
	lines.Buffer(make([]byte, 0, 64<<10), 1<<20)
	for lines.Scan() {
		if !each(strings.TrimRight(lines.Text(), "\r")) {
			return nil
		}
	}
	return lines.Err()
}

// Exists reports whether there is something at path.
func (m *Machine) Exists(path string) bool {
	_, err := fs.Stat(m.Files, clean(path))
	return err == nil
}

// Modified returns when the file was last changed, or the zero time.
func (m *Machine) Modified(path string) time.Time {
	info, err := fs.Stat(m.Files, clean(path))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime().UTC()
}

// Names returns the sorted names in a folder; none when it cannot be read.
func (m *Machine) Names(dir string) []string {
	entries, err := fs.ReadDir(m.Files, clean(dir))
	if err != nil {
		return nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

// Glob returns the absolute paths that match a pattern, sorted.
func (m *Machine) Glob(pattern string) []string {
	found, _ := fs.Glob(m.Files, clean(pattern))
	for i := range found {
		found[i] = "/" + found[i]
	}
	return found
}

// Link returns what a symbolic link says, or "".
func (m *Machine) Link(path string) string {
	to, err := fs.ReadLink(m.Files, clean(path))
	if err != nil {
		return ""
	}
	return to
}

// Why says in words why something could not be read or run, and what would
// show it.
func Why(err error) (why, needs string) {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "permission denied", "run as root"
	case errors.Is(err, fs.ErrNotExist):
		return "is not there", ""
	case errors.Is(err, context.DeadlineExceeded):
		return "took too long", ""
	}
	return err.Error(), ""
}
