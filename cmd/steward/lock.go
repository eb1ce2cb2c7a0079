package main

import (
	"errors"
	"os"
	"path/filepath"
)

// errHeld says that another process holds the lock.
var errHeld = errors.New("held by another process")

// serving locks the data folder for as long as the process lives: alone, or beside others
// that share it as copies of the program on one PostgreSQL do. The second server on an
// embedded database, and a move beside a server, whose last writes it would leave
// behind, are refused. Where files cannot be locked nobody is kept out.
func (p *place) serving(alone bool) (unlock func(), err error) {
	if err := os.MkdirAll(p.data, 0o700); err != nil {
		return func() {}, nil // opening the program says it better
	}
	f, err := lockFile(filepath.Join(p.data, "serve.lock"), alone)
	if errors.Is(err, errHeld) {
		return nil, errors.New("another Steward is serving from " + p.data + "; stop it first, or name another folder with --data")
	}
	if err != nil {
		return func() {}, nil
	}
	return func() { f.Close() }, nil
}
