//go:build unix

package program

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"steward/collect/backup"
)

func shell(t testing.TB) Program {
	t.Helper()
	path, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("NOT TESTED: there is no sh")
	}
	return Program{Path: path, Name: "sh"}
}

func TestWhatAProgramSaysIsKeptInBoundsAndItsFailureHoldsIt(t *testing.T) {
	lines := 0
	_, err := Run(t.Context(), Call{Program: shell(t), Args: []string{"-c", "echo first >&2; i=0; while [ $i -lt 9000 ]; do echo 0123456789 >&2; i=$((i+1)); done; echo last >&2; exit 3"}, Lines: func(string) { lines++ }})
	var failed *Failed
	if !errors.As(err, &failed) || failed.Exit != 3 {
		t.Fatal(err)
	}
	if len(failed.Said) > 40<<10 || !strings.HasPrefix(failed.Said, "first") || !strings.HasSuffix(failed.Said, "last\n") || lines != 9002 {
		t.Errorf("%d bytes kept, %d lines told", len(failed.Said), lines)
	}
}

func TestAnInterruptedProgramEndsWithItsChildren(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	child := 0
	_, err := Run(ctx, Call{Program: shell(t), Args: []string{"-c", "sh -c 'echo $$ >&2; exec sleep 600'; true"}, Lines: func(line string) {
		child, _ = strconv.Atoi(line)
		cancel()
	}})
	if !errors.Is(err, context.Canceled) || child == 0 {
		t.Fatal(err, child)
	}
	for range 200 {
		if errors.Is(syscall.Kill(child, 0), syscall.ESRCH) || zombie(child) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("the child %d lives on", child)
}

// zombie reports whether a process has ended and only waits to be noticed.
func zombie(pid int) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || strings.Contains(string(b), ") Z ")
}

func TestProgramsDoNotSeeTheCallersEnvironment(t *testing.T) {
	t.Setenv("PGPASSWORD", "leaked")
	t.Setenv("RESTIC_PASSWORD", "leaked")
	r, err := Run(t.Context(), Call{Program: shell(t), Args: []string{"-c", "env"}})
	if err != nil || strings.Contains(r.Out, "leaked") {
		t.Errorf("%v: %s", err, r.Out)
	}
}

func TestPasswordsGoIntoFilesThatOnlyTheirOwnerReads(t *testing.T) {
	target := backup.Target{Kind: backup.PostgreSQL, Host: "h", Port: 1, User: "u", Password: `a:b\c"d`, Database: "d"}
	env, s, err := PostgresAccess(target)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(s.file)
	info, _ := os.Stat(s.file)
	if string(b) != `*:*:*:*:a\:b\\c"d`+"\n" || info.Mode().Perm() != 0o600 || strings.Contains(strings.Join(env, " "), `a:b`) {
		t.Errorf("%q, mode %v, %v", b, info.Mode(), env)
	}
	s.Remove()
	arg, m, err := MariaDBAccess(target)
	if err != nil {
		t.Fatal(err)
	}
	b, _ = os.ReadFile(m.file)
	if !strings.Contains(string(b), `password="a:b\\c\"d"`) || strings.Contains(arg, "a:b") {
		t.Errorf("%s %s", arg, b)
	}
	m.Remove()
	if _, err := os.Stat(filepath.Dir(m.file)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder stays: %v", err)
	}
}

// What a killed process left is removed by the next; what a living one holds stays.
func TestPasswordFilesOfAKilledProcessAreRemovedByTheNext(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	left, _, err := Temporary("steward-secret-") // never removed
	if err != nil {
		t.Fatal(err)
	}
	mine, err := secret("pgpass", "x")
	if err != nil {
		t.Fatal(err)
	}
	defer mine.Remove()
	if _, err := os.Stat(left); err != nil {
		t.Errorf("a folder that is held was removed: %v", err)
	}
	killed := filepath.Join(os.Getenv("TMPDIR"), "steward-secret-killed")
	if err := os.MkdirAll(killed, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{held, "pgpass"} {
		if err := os.WriteFile(filepath.Join(killed, name), []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	next, err := secret("pgpass", "x")
	if err != nil {
		t.Fatal(err)
	}
	next.Remove()
	if _, err := os.Stat(killed); err == nil {
		t.Error("the password file of a process that is gone is still there")
	}
	if _, err := os.Stat(mine.file); err != nil {
		t.Errorf("a secret in use was removed: %v", err)
	}
}
