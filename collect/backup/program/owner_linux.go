package program

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
)

// Owner is who a program runs as, when that is somebody else than the caller.
type Owner struct {
	other    bool
	uid, gid int
	alone    bool
}

// Unprivileged is the user nobody when the caller is root, else the caller. A
// dump is a program: it must run as somebody who owns nothing, least of all the
// files of a server in use, so users such as postgres or mysql are not taken.
func Unprivileged() (Owner, error) {
	if os.Geteuid() != 0 {
		return Owner{}, nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		return Owner{}, errors.New("a scratch instance does not run as root, and there is no user nobody to run it as")
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	return Owner{other: true, uid: uid, gid: gid}, errors.Join(err1, err2)
}

// Alone returns the owner without any network: the program sees no interface,
// not even loopback. Only root may ask for that; for others it is the same owner.
func (o Owner) Alone() Owner {
	o.alone = o.other
	return o
}

// IsAlone reports whether programs of this owner see no network.
func (o Owner) IsAlone() bool { return o.alone }

// Own gives a file or folder, with all in it, to the owner.
func (o Owner) Own(path string) error {
	if !o.other {
		return nil
	}
	return filepath.WalkDir(path, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(name, o.uid, o.gid)
	})
}

// Apply makes a command run as the owner, in a group of its own: Ctrl-C in a
// terminal reaches only us, and we end it in order. When we are killed the
// kernel ends it.
func (o Owner) Apply(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if o.other {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(o.uid), Gid: uint32(o.gid)}
	}
	if o.alone {
		c.SysProcAttr.Cloneflags = syscall.CLONE_NEWNET
	}
}

func interrupt(p *os.Process) error { return syscall.Kill(-p.Pid, syscall.SIGINT) }

func killGroup(c *exec.Cmd) {
	if c.Process != nil {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
	}
}

// runLocked runs a command on a thread that lives as long as it does, because
// the signal at a parent's death follows the thread and not the process.
func runLocked(c *exec.Cmd) error {
	ended := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		ended <- c.Run()
	}()
	return <-ended
}
