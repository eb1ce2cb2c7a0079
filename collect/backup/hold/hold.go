// Package hold keeps files and folders from being removed while somebody works
// on them, and tells what was left behind by a process that is gone: a hold ends
// with the process that took it, however that ends.
package hold

import (
	"errors"
	"os"
)

// ErrHeld says that another process, or another part of this one, holds the file.
var ErrHeld = errors.New("is held by another process")

// Hold is one hold on a file.
type Hold struct {
	file *os.File
	path string
}

// Shared takes a hold that others may share, making the file when it is not there.
func Shared(path string) (*Hold, error) { return take(path, false) }

// Exclusive takes a hold that nobody shares; ErrHeld when somebody has one.
func Exclusive(path string) (*Hold, error) { return take(path, true) }

func take(path string, exclusive bool) (*Hold, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if f, err = lock(f, exclusive); err != nil {
		f.Close()
		return nil, err
	}
	h := &Hold{f, path}
	// What was moved or removed between opening and holding is no longer the
	// file of that name.
	held, err1 := f.Stat()
	named, err2 := os.Stat(path)
	if err1 != nil || err2 != nil || !os.SameFile(held, named) {
		h.Release()
		return nil, ErrHeld
	}
	return h, nil
}

// Release ends the hold; the file stays. A nil hold is released already.
func (h *Hold) Release() error {
	if h == nil || h.file == nil {
		return nil
	}
	err := h.file.Close()
	h.file = nil
	return err
}
