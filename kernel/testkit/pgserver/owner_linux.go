package pgserver

import (
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
)

// owner is who the server runs as when the caller is root, whom PostgreSQL refuses.
type owner struct {
	other    bool
	uid, gid int
}

func unprivileged() (owner, error) {
	if os.Geteuid() != 0 {
		return owner{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil {
			return owner{true, uid, gid}, nil
		}
	}
	return owner{}, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody to run it as")
}

func (o owner) own(path string) error {
	if !o.other {
		return nil
	}
	return os.Chown(path, o.uid, o.gid)
}

// mayEnter says whether the owner may pass a folder and all above it.
func (o owner) mayEnter(path string) bool {
	for o.other {
		info, err := os.Stat(path)
		if err != nil {
			return false
		}
		need := os.FileMode(0o001)
		switch stat := info.Sys().(*syscall.Stat_t); {
		case int(stat.Uid) == o.uid:
			need = 0o100
		case int(stat.Gid) == o.gid:
			need = 0o010
		}
		if info.Mode()&need == 0 {
			return false
		}
		if path == filepath.Dir(path) {
			break
		}
		path = filepath.Dir(path)
	}
	return true
}

func (o owner) apply(c *exec.Cmd) {
	// A group of its own: Ctrl-C in a terminal reaches only us, and we stop it in
	// order. If we are killed, the kernel stops it.
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
	if o.other {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(o.uid), Gid: uint32(o.gid)}
	}
}

// run starts the command on a thread that lives as long as the server, because
// Pdeathsig follows the thread and not the process.
func (s *Server) run() error {
	started := make(chan error)
	done := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := s.command.Start()
		if err == nil {
			s.done = done
		}
		started <- err
		if err == nil {
			s.ended = s.command.Wait()
			close(done)
		}
	}()
	return <-started
}
