package host

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/collect/fact"
)

// core are packages whose new version is only used after a reboot.
var core = map[string][]string{
	"rhel": {"kernel", "kernel-core", "kernel-rt", "glibc", "linux-firmware", "systemd", "dbus", "dbus-daemon", "dbus-broker", "microcode_ctl"},
	"suse": {"kernel-default", "kernel-firmware", "glibc", "systemd", "dbus-1", "ucode-intel", "ucode-amd"},
}

// restart finds what still runs what an update replaced.
func (c *collection) restart(family string) {
	section := fact.Section[fact.Restart]{Seen: true}
	r := &section.Value
	container := c.inv.Virtual.Value.Role == "container"
	reboot := false
	why := func(s string) { reboot = true; r.Reasons = append(r.Reasons, s) }
	for _, p := range []string{"/run/reboot-required", "/var/run/reboot-required", "/run/reboot-needed", "/var/run/reboot-needed", "/run/reboot-required.pkgs"} {
		if !c.Exists(p) {
			continue
		}
		if strings.HasSuffix(p, ".pkgs") {
			names := strings.Fields(c.Text(p))
			slices.Sort(names)
			why("asked for by " + strings.Join(slices.Compact(names), ", "))
		} else if !reboot {
			why(p + " is there")
		}
	}
	running := c.inv.System.Value.Kernel
	if !container && running != "" {
		if newest := c.newestKernel(running, family); newest != "" {
			why("kernel " + newest + " is installed, " + running + " runs")
		}
	}
	if at := c.booted(); at != nil && !container {
		for _, name := range core[family] {
			if when := c.changed[name]; when.After(*at) {
				why(name + " was updated on " + when.Format(time.DateOnly) + ", after the start")
			}
		}
	}
	r.Reboot = &reboot
	unreadable := 0
	for _, p := range c.processes {
		if p.program == "kernel" {
			continue
		}
		stale := p.deleted && replaced(p.program)
		if !stale {
			b, err := c.Read("/proc/" + strconv.Itoa(p.pid) + "/maps")
			if errors.Is(err, fs.ErrPermission) { // not one that has ended since
				unreadable++
			}
			if err != nil {
				continue
			}
			stale = deletedLibrary(b) != ""
		}
		if stale {
			name := p.program
			if name == "" {
				name = p.name
			}
			r.Processes = append(r.Processes, name)
			if p.unit != "" {
				r.Services = append(r.Services, strings.TrimSuffix(p.unit, ".service"))
			}
		}
	}
	slices.Sort(r.Processes)
	r.Processes = slices.Compact(r.Processes)
	slices.Sort(r.Services)
	r.Services = slices.Compact(r.Services)
	if unreadable > 0 && !c.Root {
		section.Miss("programs of other accounts that run deleted files", "permission denied", "run as root")
	}
	if len(c.processes) == 0 {
		section.Miss("programs that run deleted files", "no process could be seen", "")
	}
	c.inv.Restart = section
}

// replaced reports whether a deleted executable was an installed program, not
// one that was built in a temporary folder and removed.
func replaced(program string) bool {
	for _, dir := range []string{"/usr/", "/bin/", "/sbin/", "/opt/", "/lib"} {
		if strings.HasPrefix(program, dir) {
			return true
		}
	}
	return false
}

// deletedLibrary returns the first library or program in /proc/PID/maps that
// is mapped for execution and was deleted.
func deletedLibrary(maps []byte) string {
	for line := range bytes.Lines(maps) {
		text := strings.TrimRight(string(line), "\n")
		file, deleted := strings.CutSuffix(text, " (deleted)")
		if !deleted {
			continue
		}
		f := strings.Fields(file)
		if len(f) < 6 || !strings.Contains(f[1], "x") {
			continue
		}
		name := strings.Join(f[5:], " ")
		for _, dir := range []string{"/usr/lib", "/lib", "/usr/bin", "/usr/sbin", "/bin/", "/sbin/", "/opt/"} {
			if strings.HasPrefix(name, dir) {
				return name
			}
		}
	}
	return ""
}

// newestKernel returns the newest installed kernel of the running one's kind
// if it is newer than the running one.
func (c *collection) newestKernel(running, family string) string {
	var installed []string
	for _, dir := range []string{"/lib/modules", "/usr/lib/modules"} {
		for _, name := range c.Names(dir) {
			// A folder that only has leftovers is no kernel.
			if c.Exists("/boot/vmlinuz-"+name) || c.Exists(dir+"/"+name+"/vmlinuz") || c.Exists(dir+"/"+name+"/modules.dep") && (family == "alpine" || family == "arch") {
				installed = append(installed, name)
			}
		}
		if len(installed) > 0 {
			break
		}
	}
	if len(installed) == 0 {
		return ""
	}
	if !slices.Contains(installed, running) {
		if family != "arch" && family != "alpine" {
			return "" // the kernel comes from outside: a hypervisor, netboot
		}
		return installed[len(installed)-1]
	}
	newest := running
	for _, k := range installed {
		if flavour(k) == flavour(running) && compareRPM(k, newest) > 0 {
			newest = k
		}
	}
	if newest == running {
		return ""
	}
	return newest
}

// flavour is the part of a kernel's name that is not its version: generic,
// amd64, lts.
func flavour(kernel string) string {
	f := strings.Split(kernel, "-")
	last := f[len(f)-1]
	if last == "" || digit(last[0]) || strings.Contains(last, ".") {
		return path.Ext(kernel)
	}
	return last
}
