//go:build unix && !solaris && !illumos && !aix

package hold

import (
	"errors"
	"os"
	"syscall"
)

func lock(f *os.File, exclusive bool) (*os.File, error) {
	how := syscall.LOCK_SH
	if exclusive {
		how = syscall.LOCK_EX
	}
	for {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EWOULDBLOCK):
			return f, ErrHeld
		}
		return f, err
	}
}
