package host

import (
	"bytes"
	"context"
	"path"
	"slices"
	"strings"

	"steward/collect/fact"
)

// disks reads the block devices that are a medium: no loops, memory disks,
// volumes or optical drives.
func (c *collection) disks() {
	if !c.Exists("/sys/block") {
		c.inv.Disks = fact.Unseen[[]fact.Disk]("disks", "/sys/block cannot be read", "")
		return
	}
	section := fact.Saw([]fact.Disk{})
	hidden := false
	for _, name := range c.Names("/sys/block") {
		if !medium(name) {
			continue
		}
		dir := "/sys/block/" + name + "/"
		d := fact.Disk{Name: name, Vendor: c.Text(dir + "device/vendor"), Model: c.Text(dir + "device/model"), Serial: c.Text(dir + "serial"), WWN: c.Text(dir + "device/wwid")}
		if n := c.Number(dir + "size"); n != nil {
			if *n == 0 && strings.HasPrefix(name, "nbd") {
				continue
			}
			d.Bytes = new(*n * 512)
		}
		if d.Serial == "" {
			d.Serial = c.Text(dir + "device/serial")
		}
		if d.Serial == "" && c.Exists(dir+"device/vpd_pg80") {
			b, err := c.Read(dir + "device/vpd_pg80")
			if err != nil {
				hidden = true
			} else if len(b) > 4 {
				d.Serial = strings.TrimSpace(strings.Map(printable, string(b[4:])))
			}
		}
		if d.WWN == "" {
			d.WWN = c.Text(dir + "wwid")
		}
		if fact.GarbageSerial(d.Serial) != "" {
			d.Serial = ""
		}
		if d.Vendor == "ATA" || strings.HasPrefix(d.Vendor, "0x") {
			d.Vendor = "" // the protocol's name, not the maker's
		}
		link := c.Link("/sys/block/" + name)
		rotational := c.Text(dir + "queue/rotational")
		switch {
		case strings.HasPrefix(name, "nvme"):
			d.Kind, d.Bus = "nvme", "nvme"
		case strings.HasPrefix(name, "vd"):
			d.Kind, d.Bus = "virtual", "virtio"
		case strings.HasPrefix(name, "xvd"):
			d.Kind, d.Bus = "virtual", "xen"
		case strings.HasPrefix(name, "mmcblk"):
			d.Kind, d.Bus = "ssd", "mmc"
		case c.Text(dir+"removable") == "1" || strings.Contains(link, "/usb"):
			d.Kind, d.Bus = "removable", "usb"
		case virtualDisk(d.Vendor + " " + d.Model):
			d.Kind, d.Bus = "virtual", "scsi"
		case rotational == "1":
			d.Kind = "hdd"
		case rotational == "0":
			d.Kind = "ssd"
		}
		if d.Bus == "" && strings.Contains(link, "/ata") {
			d.Bus = "sata"
		}
		section.Value = append(section.Value, d)
	}
	if hidden {
		section.Miss("serial numbers of SCSI and SATA disks", "permission denied", "run as root")
	}
	c.inv.Disks = section
}

func medium(name string) bool {
	for _, p := range []string{"loop", "ram", "zram", "dm-", "md", "sr", "fd", "zd"} {
		if rest, found := strings.CutPrefix(name, p); found && rest != "" && digit(rest[0]) {
			return false
		}
	}
	return true
}

func virtualDisk(s string) bool {
	for _, v := range []string{"QEMU", "VMware", "Msft Virtual", "Virtual Disk", "VBOX", "Google PersistentDisk", "Amazon Elastic"} {
		if strings.Contains(s, v) {
			return true
		}
	}
	return false
}

// mount is one line of /proc/mounts.
type mount struct{ device, point, kind, options string }

func parseMounts(b []byte) []mount {
	var all []mount
	for line := range bytes.Lines(b) {
		f := strings.Fields(strings.ToValidUTF8(string(line), ""))
		if len(f) >= 4 {
			all = append(all, mount{unescapeMount(f[0]), unescapeMount(f[1]), f[2], f[3]})
		}
	}
	return all
}

// unescapeMount turns \040 and its like back into the character.
func unescapeMount(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && octal(s[i+1]) && octal(s[i+2]) && octal(s[i+3]) {
			b.WriteByte((s[i+1]-'0')<<6 | (s[i+2]-'0')<<3 | (s[i+3] - '0'))
			i += 3
			continue
		}
		b.WriteByte(s[i])
	}
	return strings.ToValidUTF8(b.String(), "")
}

func octal(b byte) bool { return b >= '0' && b <= '7' }

var (
	remoteKinds = []string{"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "fuse.glusterfs", "glusterfs", "ceph", "fuse.ceph", "9p", "virtiofs", "afs", "gfs2", "fuse.s3fs", "fuse.rclone", "davfs", "lustre"}
	mediaKinds  = []string{"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "jfs", "reiserfs", "vfat", "exfat", "ntfs", "ntfs3", "fuseblk", "hfsplus", "apfs", "bcachefs", "nilfs2", "ocfs2", "overlay", "ufs"}
)

// filesystems reads what is mounted and holds files of the machine; a device
// mounted twice (bind mounts, subvolumes of containers) is told once.
func (c *collection) filesystems(ctx context.Context) {
	b, err := c.Read("/proc/mounts")
	if err != nil {
		why, needs := reason(err)
		c.inv.Filesystems = fact.Unseen[[]fact.Filesystem]("file systems", why, needs)
		return
	}
	section := fact.Saw([]fact.Filesystem{})
	seen := map[string]bool{}
	volumes := c.encryptedVolumes()
	for _, m := range parseMounts(b) {
		remote := slices.Contains(remoteKinds, m.kind)
		if !remote && !slices.Contains(mediaKinds, m.kind) || m.kind == "overlay" && m.point != "/" {
			continue
		}
		if seen[m.device] && m.kind != "zfs" && m.kind != "btrfs" || seen[m.point] {
			continue
		}
		if m.kind == "btrfs" && seen[m.device] && !slices.Contains([]string{"/", "/home", "/var", "/srv"}, m.point) {
			continue
		}
		seen[m.device], seen[m.point] = true, true
		f := fact.Filesystem{Mount: m.point, Device: m.device, Type: m.kind, Remote: remote}
		var keep []string
		for o := range strings.SplitSeq(m.options, ",") {
			if slices.Contains([]string{"ro", "nosuid", "nodev", "noexec"}, o) {
				keep = append(keep, o)
			}
		}
		f.Options = strings.Join(keep, ",")
		switch {
		case remote:
			section.Miss("size of "+m.point, "it is on another machine, which is not waited for", "")
		case m.kind == "zfs":
			f.Encrypted, f.Cipher = c.zfsEncrypted(ctx, m.device)
		case m.kind != "overlay":
			f.Encrypted, f.Cipher = c.encrypted(m.device, volumes)
		}
		if !remote && c.Live {
			if u, ok := usage(m.point); ok {
				f.Bytes, f.Inodes = &u.bytes, u.inodes
				c.inv.Volatile.Usage = append(c.inv.Volatile.Usage, fact.FilesystemUsage{Mount: m.point, Free: u.free, Used: u.used, FreeInodes: u.freeInodes})
			} else {
				section.Miss("size of "+m.point, "permission denied", "run as root")
			}
		}
		section.Value = append(section.Value, f)
	}
	c.inv.Filesystems = section
}

// space is how large and how full a mounted file system is.
type space struct {
	bytes, free, used  int64
	inodes, freeInodes *int64
}

// volume is a device mapper's volume by its kernel name.
type volume struct{ kernel, name, uuid string }

func (c *collection) encryptedVolumes() map[string]volume {
	all := map[string]volume{}
	for _, name := range c.Names("/sys/block") {
		if !strings.HasPrefix(name, "dm-") {
			continue
		}
		v := volume{name, c.Text("/sys/block/" + name + "/dm/name"), c.Text("/sys/block/" + name + "/dm/uuid")}
		all["/dev/"+name], all["/dev/mapper/"+v.name] = v, v
	}
	return all
}

// encrypted looks down from a device through volumes, RAIDs and partitions
// for one that dm-crypt made. Not found is 'not encrypted' as far as this
// machine sees; unknown devices stay unknown.
func (c *collection) encrypted(device string, volumes map[string]volume) (*bool, string) {
	kernel := strings.TrimPrefix(device, "/dev/")
	if v, ok := volumes[device]; ok {
		kernel = v.kernel
	} else if !strings.HasPrefix(device, "/dev/") || device == "/dev/root" {
		return nil, ""
	} else if strings.Contains(kernel, "/") { // /dev/disk/by-…, /dev/vg/lv
		v, ok := volumes["/dev/mapper/"+strings.ReplaceAll(strings.ReplaceAll(kernel, "-", "--"), "/", "-")]
		if !ok {
			return nil, ""
		}
		kernel = v.kernel
	}
	if !c.Exists("/sys/block/"+kernel) && !c.Exists("/sys/class/block/"+kernel) && len(c.Glob("/sys/block/*/"+kernel)) == 0 {
		return nil, ""
	}
	cipher := c.cipherUnder(kernel, volumes, 0)
	return new(cipher != ""), cipher
}

func (c *collection) cipherUnder(kernel string, volumes map[string]volume, depth int) string {
	if depth > 8 {
		return ""
	}
	if v, ok := volumes["/dev/"+kernel]; ok {
		if kind, found := strings.CutPrefix(v.uuid, "CRYPT-"); found {
			kind, _, _ = strings.Cut(kind, "-")
			return strings.ToLower(kind)
		}
	}
	for _, slave := range c.Names("/sys/block/" + kernel + "/slaves") {
		if cipher := c.cipherUnder(slave, volumes, depth+1); cipher != "" {
			return cipher
		}
	}
	// A partition's parent may be a volume itself.
	for _, p := range c.Glob("/sys/block/*/" + kernel) {
		if parent := path.Base(path.Dir(p)); parent != kernel {
			return c.cipherUnder(parent, volumes, depth+1)
		}
	}
	return ""
}

func (c *collection) zfsEncrypted(ctx context.Context, dataset string) (*bool, string) {
	out, err := c.Command(ctx, "zfs", "get", "-H", "-o", "value", "encryption", dataset)
	if err != nil {
		return nil, ""
	}
	switch cipher := strings.TrimSpace(string(out)); cipher {
	case "off", "":
		return new(false), ""
	default:
		return new(true), "zfs " + cipher
	}
}
