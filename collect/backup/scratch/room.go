// Package scratch makes the place a drill restores into: a folder of its own with
// a database server that listens on a socket in it and nowhere else, runs as an
// unprivileged user where the caller is root, sees no network where that can be
// had, and is gone afterwards, whichever way the drill ends.
package scratch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"steward/collect/backup"
	"steward/collect/backup/hold"
	"steward/collect/backup/program"
)

// Room is the folder of one drill.
type Room struct {
	Dir       string
	Owner     program.Owner
	NoNetwork bool // the servers in it see no network at all
	hold      *hold.Hold
	folder    string // Dir's parent, which is removed with it
	closers   []func() error
}

const (
	prefix = "steward-drill-"
	inside = "room"
	held   = "hold"
)

// NewRoom makes a room below parent; "" is the system's folder for temporary
// files. Rooms that processes left behind, because they were killed, are removed
// first. A room within one of the folders of the source, or around one, is refused.
func NewRoom(ctx context.Context, parent string, apart ...string) (*Room, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	parent, err := filepath.Abs(parent)
	if err != nil {
		return nil, err
	}
	if resolved, err := filepath.EvalSymlinks(parent); err != nil {
		return nil, backup.NewWrong("--scratch", "%v; name a folder that is there", err)
	} else {
		parent = resolved
	}
	for _, a := range apart {
		if a == "" || a == string(filepath.Separator) {
			continue
		}
		if within(parent, a) {
			return nil, backup.NewWrong("--scratch", "%s lies in %s, which belongs to the source or the backup; a drill never touches those", parent, a)
		}
	}
	owner, err := program.Unprivileged()
	if err != nil {
		return nil, err
	}
	sweep(parent)
	folder, err := os.MkdirTemp(parent, prefix)
	if err != nil {
		return nil, err
	}
	r := &Room{Dir: filepath.Join(folder, inside), Owner: owner, folder: folder}
	if err := r.furnish(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Room) furnish(ctx context.Context) (err error) {
	// The folder around it is ours and holds what the room's owner must not touch.
	if err := os.Chmod(r.folder, 0o711); err != nil {
		return err
	}
	if r.hold, err = hold.Exclusive(filepath.Join(r.folder, held)); err != nil {
		return err
	}
	if err := os.Mkdir(r.Dir, 0o700); err != nil {
		return err
	}
	if err := r.Owner.Own(r.Dir); err != nil {
		return err
	}
	if alone := r.Owner.Alone(); alone.IsAlone() {
		// Some containers do not let even root take the network away.
		if _, err := program.Run(ctx, program.Call{Program: program.Program{Path: "/bin/sh", Name: "sh"}, Args: []string{"-c", ":"}, As: alone}); err == nil {
			r.Owner, r.NoNetwork = alone, true
		}
	}
	if _, err := program.Run(ctx, program.Call{Program: program.Program{Path: "/bin/sh", Name: "sh"}, Args: []string{"-c", ": >probe && rm probe"}, Dir: r.Dir, As: r.Owner}); err != nil {
		return backup.NewWrong("--scratch", "%s cannot be reached by the unprivileged user that the scratch instance runs as: %v", r.Dir, err)
	}
	return ctx.Err()
}

// within reports whether path is folder, or lies in it.
func within(path, folder string) bool {
	if resolved, err := filepath.EvalSymlinks(folder); err == nil {
		folder = resolved
	}
	rel, err := filepath.Rel(folder, path)
	return err == nil && filepath.IsLocal(rel)
}

// sweep removes rooms whose process is gone.
func sweep(parent string) {
	found, _ := filepath.Glob(filepath.Join(parent, prefix+"*"))
	for _, folder := range found {
		// Only what looks like a room in every respect.
		if _, err := os.Stat(filepath.Join(folder, held)); err != nil {
			continue
		}
		if info, err := os.Lstat(folder); err != nil || !info.IsDir() {
			continue
		}
		if h, err := hold.Exclusive(filepath.Join(folder, held)); err == nil {
			h.Release()
			os.RemoveAll(folder)
		}
	}
}

// Path is a path in the room.
func (r *Room) Path(names ...string) string {
	return filepath.Join(append([]string{r.Dir}, names...)...)
}

// Folder makes a folder in the room that the servers in it may use.
func (r *Room) Folder(names ...string) (string, error) {
	path := r.Path(names...)
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", err
	}
	return path, r.Owner.Own(r.Path(names[0])) // with the folders above it in the room
}

// OnClose is done when the room is closed, last in first out.
func (r *Room) OnClose(f func() error) { r.closers = append(r.closers, f) }

// Close ends all servers of the room and removes it with all that is in it. It may
// be called more than once.
func (r *Room) Close() error {
	var all error
	for i := len(r.closers) - 1; i >= 0; i-- {
		all = errors.Join(all, r.closers[i]())
	}
	r.closers = nil
	all = errors.Join(all, os.RemoveAll(r.Dir)) // before the hold ends: a sweep must not meet us
	r.hold.Release()
	all = errors.Join(all, os.RemoveAll(r.folder))
	if _, err := os.Lstat(r.folder); all == nil && !errors.Is(err, os.ErrNotExist) {
		all = fmt.Errorf("%s is still there", r.folder)
	}
	return all
}

// socketRoom is the longest folder a Unix socket fits into (107 letters on Linux,
// 103 elsewhere, with its own name).
const socketRoom = 85

func (r *Room) socket() (string, error) {
	path, err := r.Folder("s")
	if err == nil && len(path) > socketRoom {
		err = backup.NewWrong("--scratch", "%s is too long a path for a socket; name a folder of at most %d letters", path, socketRoom-30)
	}
	return path, err
}

// first returns the first lines of a text.
func first(text string, n int) string {
	lines := strings.SplitN(strings.TrimSpace(text), "\n", n+1)
	return strings.Join(lines[:min(n, len(lines))], "\n")
}
