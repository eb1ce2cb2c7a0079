//go:build linux

package dbtest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Process is a program started for a test.
type Process struct {
	t       testing.TB
	command *exec.Cmd
	log     string
	done    chan struct{}
	ended   error
}

// Folder makes a folder that the programs may enter whoever they run as.
func Folder(t testing.TB, owner string) string {
	t.Helper()
	parent := "" // not t.TempDir, which only its owner may enter
	var room syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &room); err == nil && room.Bavail*uint64(room.Bsize) > 2<<30 {
		parent = "/dev/shm" // memory: the servers wait for no disk
	}
	dir, err := os.MkdirTemp(parent, "steward-dbtest-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	Own(t, dir, owner)
	return dir
}

// Own gives a path to the user the programs run as.
func Own(t testing.TB, path, owner string) {
	t.Helper()
	if uid, gid, other := identity(t, owner); other {
		if err := os.Chown(path, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
}

// identity is the user to run as when the tests run as root.
func identity(t testing.TB, owner string) (uid, gid int, other bool) {
	t.Helper()
	if os.Geteuid() != 0 {
		return 0, 0, false
	}
	for _, name := range []string{owner, "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err := errors.Join(err1, err2); err == nil {
			return uid, gid, true
		}
	}
	t.Fatalf("neither the user %s nor nobody is here to run as", owner)
	return 0, 0, false
}

func command(t testing.TB, owner, folder, program string, args []string) *exec.Cmd {
	t.Helper()
	c := exec.Command(program, args...)
	c.Dir = folder
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC", "HOME=" + folder, "TMPDIR=" + folder}
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
	if uid, gid, other := identity(t, owner); other {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	return c
}

// Do runs a program to its end and fails the test if it fails.
func Do(t testing.TB, owner, folder, program string, args ...string) string {
	t.Helper()
	out, err := command(t, owner, folder, program, args).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(program), err, bytes.TrimSpace(out))
	}
	return string(out)
}

// Start starts a program that runs until the test ends or Stop.
func Start(t testing.TB, owner, folder, program string, args ...string) *Process {
	t.Helper()
	p := &Process{t: t, command: command(t, owner, folder, program, args), done: make(chan struct{})}
	log, err := os.CreateTemp(folder, "log-")
	if err != nil {
		t.Fatal(err)
	}
	p.log = log.Name()
	p.command.Stdout, p.command.Stderr = log, log
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // Pdeathsig follows the thread and not the process
		err := p.command.Start()
		started <- err
		if err == nil {
			p.ended = p.command.Wait()
			close(p.done)
		}
		runtime.UnlockOSThread()
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	log.Close()
	t.Cleanup(p.Stop)
	return p
}

// Pause halts the program until Continue or the end of the test.
func (p *Process) Pause() {
	p.command.Process.Signal(syscall.SIGSTOP)
	p.t.Cleanup(p.Continue)
}

// Continue lets a halted program go on.
func (p *Process) Continue() { p.command.Process.Signal(syscall.SIGCONT) }

// Stop ends the program.
func (p *Process) Stop() {
	select {
	case <-p.done:
		return
	default:
	}
	// Nobody reads their files again, so they need not write them out; only
	// PostgreSQL leaves shared memory behind when it is killed.
	if filepath.Base(p.command.Path) != "postgres" {
		p.command.Process.Kill()
	}
	p.command.Process.Signal(syscall.SIGINT) // its fast shutdown
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		p.command.Process.Kill()
		<-p.done
	}
}

// Await tries until what is awaited is there; it fails the test when the program
// ends before or a minute is over.
func (p *Process) Await(try func() error) {
	p.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-p.done:
			text, _ := os.ReadFile(p.log)
			p.t.Fatalf("%s ended: %v\n%s", filepath.Base(p.command.Path), p.ended, bytes.TrimSpace(text))
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(p.log)
			p.t.Fatalf("%s does not answer: %v\n%s", filepath.Base(p.command.Path), err, bytes.TrimSpace(text))
		}
	}
}

// Await tries until what is awaited is there, and fails the test after a minute.
func Await(t testing.TB, what string, try func() error) {
	t.Helper()
	var err error
	for range 3000 {
		if err = try(); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("%s: %v", what, err)
}

// Program finds a program in the places given or in PATH, and skips the test
// loudly when it is not installed.
func Program(t testing.TB, pkg string, names ...string) string {
	t.Helper()
	for _, n := range names {
		if found, _ := filepath.Glob(n); len(found) > 0 {
			return found[len(found)-1]
		}
		if p, err := exec.LookPath(n); err == nil {
			return p
		}
	}
	t.Skipf("NOT TESTED ON A REAL SERVER: %v is not here; install the package %s", names, pkg)
	return ""
}

// Port is a free port on loopback.
func Port(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// Address is host:port on loopback.
func Address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
