//go:build !windows

package main

import (
	"os"
	"syscall"
)

// lockFile opens a file and locks it without waiting. The lock ends with the process.
func lockFile(path string, alone bool) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	how := syscall.LOCK_SH
	if alone {
		how = syscall.LOCK_EX
	}
	switch err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); err {
	case nil:
		return f, nil
	case syscall.EWOULDBLOCK:
		f.Close()
		return nil, errHeld
	default:
		f.Close()
		return nil, err
	}
}
