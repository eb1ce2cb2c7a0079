package host

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"steward/collect/fact"
)

// socket is one line of /proc/net/tcp or its like.
type socket struct {
	local   netip.AddrPort
	remote  netip.AddrPort
	waiting bool // listening, or UDP without a peer
	uid     string
	inode   string
}

// ports reads the kernel's tables of sockets and names who holds each.
func (c *collection) ports() {
	section := fact.Saw([]fact.Port{})
	owner := map[string]*process{}
	for i := range c.processes {
		for _, inode := range c.processes[i].sockets {
			if owner[inode] == nil {
				owner[inode] = &c.processes[i]
			}
		}
	}
	from, to := c.ephemeralRange()
	accounts := c.accountNames()
	ephemeral, unnamed, tables := 0, 0, 0
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		b, err := c.Read("/proc/net/" + table)
		if err != nil {
			if table == "tcp" || table == "udp" {
				why, needs := reason(err)
				section.Miss(table+" sockets", why, needs)
			}
			continue
		}
		tables++
		protocol := strings.TrimSuffix(table, "6")
		for _, s := range parseSockets(b, protocol) {
			if !s.waiting {
				continue
			}
			p := owner[s.inode]
			number := int(s.local.Port())
			if protocol == "udp" && number >= from && number <= to && (p == nil || p.unit == "") {
				ephemeral++
				continue
			}
			port := fact.Port{Protocol: protocol, Address: s.local.Addr().String(), Port: number, Account: accounts[s.uid]}
			if port.Account == "" {
				port.Account = s.uid
			}
			if p != nil {
				port.Process = p.name
				if p.program != "kernel" {
					port.Program = p.program
				}
			} else {
				unnamed++
			}
			section.Value = append(section.Value, port)
		}
	}
	if tables == 0 {
		c.inv.Ports = fact.Unseen[[]fact.Port]("listening ports", "/proc/net cannot be read", "")
		return
	}
	if unnamed > 0 && !c.Root {
		section.Miss(fmt.Sprintf("the process behind %d sockets", unnamed), "they belong to other accounts", "run as root")
	} else if unnamed > 0 {
		section.Miss(fmt.Sprintf("the process behind %d sockets", unnamed), "no process shows them: the kernel, another namespace, or one that ended", "")
	}
	c.inv.Volatile.Ephemeral = &ephemeral
	c.inv.Ports = section
}

func (c *collection) ephemeralRange() (from, to int) {
	from, to = 32768, 60999
	if f := strings.Fields(c.Text("/proc/sys/net/ipv4/ip_local_port_range")); len(f) == 2 {
		a, errA := strconv.Atoi(f[0])
		b, errB := strconv.Atoi(f[1])
		if errA == nil && errB == nil {
			from, to = a, b
		}
	}
	return from, to
}

// parseSockets reads /proc/net/{tcp,tcp6,udp,udp6}. Lines that are not
// sockets are passed over.
func parseSockets(b []byte, protocol string) []socket {
	var all []socket
	for line := range bytes.Lines(b) {
		f := strings.Fields(string(line))
		if len(f) < 10 {
			continue
		}
		local, ok := parseProcAddress(f[1])
		if !ok {
			continue
		}
		remote, ok := parseProcAddress(f[2])
		if !ok {
			continue
		}
		s := socket{local: local, remote: remote, uid: f[7], inode: f[9]}
		switch protocol {
		case "tcp":
			s.waiting = f[3] == "0A"
		case "udp":
			s.waiting = f[3] == "07" && remote.Port() == 0
		}
		all = append(all, s)
	}
	return all
}

// parseProcAddress reads 0100007F:1F90: address words in the machine's byte
// order (all systems we run on are little-endian), port in hex.
func parseProcAddress(s string) (netip.AddrPort, bool) {
	address, port, found := strings.Cut(s, ":")
	if !found || len(address) != 8 && len(address) != 32 {
		return netip.AddrPort{}, false
	}
	b, err := hex.DecodeString(address)
	if err != nil {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(b); i += 4 {
		b[i], b[i+1], b[i+2], b[i+3] = b[i+3], b[i+2], b[i+1], b[i]
	}
	a, _ := netip.AddrFromSlice(b)
	p, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(a.Unmap(), uint16(p)), true
}
