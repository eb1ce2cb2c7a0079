package database

import "syscall"

// networkDisks are file systems whose locks SQLite does not trust, by the
// kernel's magic numbers (statfs(2)): NFS, SMB, SMB2, CIFS, 9P, AFS, Ceph, FUSE.
var networkDisks = map[uint32]string{
	0x6969: "NFS", 0x517b: "SMB", 0xfe534d42: "SMB2", 0xff534d42: "CIFS", 0x01021997: "9P", 0x5346414f: "AFS", 0x00c36400: "Ceph",
}

// fileSystem tells the bytes free for a file's owner and the kind of network
// disk it is on; nil where that is not known or it is on none.
func fileSystem(path string) (free, network any) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return nil, nil
	}
	if name := networkDisks[uint32(s.Type)]; name != "" {
		network = name
	}
	return int64(s.Bavail) * int64(s.Bsize), network
}
