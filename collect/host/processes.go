package host

import (
	"bytes"
	"path"
	"slices"
	"strconv"
	"strings"
)

// process is what the collector needs to know of a running program. Command
// lines and environments are never read: they may hold secrets.
type process struct {
	pid     int
	name    string
	program string // path of the executable, "" if it could not be seen
	uid     string
	unit    string   // systemd service
	deleted bool     // the executable was replaced or removed
	sockets []string // inodes
}

// maxProcesses bounds the look at a machine with very many.
const maxProcesses = 50_000

// scanProcesses looks once at every process; what of them another account's
// rights hide is counted.
func (c *collection) scanProcesses() {
	for _, name := range c.Names("/proc") {
		pid, err := strconv.Atoi(name)
		if err != nil || len(c.processes) >= maxProcesses {
			continue
		}
		dir := "/proc/" + name
		p := process{pid: pid, name: c.Text(dir + "/comm")}
		if p.name == "" {
			continue // gone meanwhile
		}
		if b, err := c.Read(dir + "/status"); err == nil {
			var kernel bool
			p.uid, kernel = parseStatus(b)
			if kernel {
				p.program = "kernel"
			}
		}
		if b, err := c.Read(dir + "/cgroup"); err == nil {
			p.unit = unitOf(b)
		}
		if p.program == "" {
			program := c.Link(dir + "/exe")
			if program == "" {
				c.hidden++
			}
			p.program, p.deleted = strings.CutSuffix(program, " (deleted)")
			for _, fd := range c.Names(dir + "/fd") {
				to := c.Link(dir + "/fd/" + fd)
				if inode, found := strings.CutPrefix(to, "socket:["); found {
					p.sockets = append(p.sockets, strings.TrimSuffix(inode, "]"))
				}
			}
		}
		c.processes = append(c.processes, p)
	}
}

// parseStatus reads the real user id of /proc/PID/status, and whether the
// process is a thread of the kernel, which has no memory of its own.
func parseStatus(b []byte) (uid string, kernel bool) {
	kernel = true
	for line := range bytes.Lines(b) {
		key, value, _ := strings.Cut(string(line), ":")
		switch key {
		case "Uid":
			if f := strings.Fields(value); len(f) > 0 {
				uid = f[0]
			}
		case "VmSize":
			kernel = false
		}
	}
	return uid, kernel
}

// unitOf finds the systemd service in /proc/PID/cgroup.
func unitOf(b []byte) string {
	for line := range bytes.Lines(b) {
		f := strings.SplitN(strings.TrimSpace(string(line)), ":", 3)
		if len(f) < 3 || f[1] != "" && f[1] != "name=systemd" {
			continue
		}
		for part := range strings.SplitSeq(f[2], "/") {
			if strings.HasSuffix(part, ".service") && !strings.HasPrefix(part, "user@") {
				return part
			}
		}
	}
	return ""
}

// running returns the first process with one of the names.
func (c *collection) running(names ...string) *process {
	for i := range c.processes {
		if slices.Contains(names, c.processes[i].name) || slices.Contains(names, path.Base(c.processes[i].program)) {
			return &c.processes[i]
		}
	}
	return nil
}
