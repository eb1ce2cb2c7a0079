//go:build linux || darwin || freebsd

package scratch

import "syscall"

// Free is the room on the disk of a folder, in bytes that this user may fill, and
// whether it is known.
func Free(folder string) (int64, bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true
}
