package host

import "syscall"

// usage asks the kernel how full a mounted file system is.
func usage(mount string) (space, bool) {
	var s syscall.Statfs_t
	if syscall.Statfs(mount, &s) != nil || s.Blocks == 0 {
		return space{}, false
	}
	size := int64(s.Bsize)
	u := space{bytes: int64(s.Blocks) * size, free: int64(s.Bavail) * size, used: int64(s.Blocks-s.Bfree) * size}
	if s.Files > 0 {
		u.inodes, u.freeInodes = new(int64(s.Files)), new(int64(s.Ffree))
	}
	return u, true
}

// clockSynced asks the kernel whether its clock is kept right by somebody
// (adjtimex(2), STA_UNSYNC).
func clockSynced() *bool {
	var t syscall.Timex
	if _, err := syscall.Adjtimex(&t); err != nil {
		return nil
	}
	return new(t.Status&0x40 == 0)
}
