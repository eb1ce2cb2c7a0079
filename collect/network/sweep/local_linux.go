package sweep

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"steward/collect/fact"
)

// enlarge gives a socket room for the answers of a burst: by right past the
// system's limit, else up to it.
func enlarge(c net.PacketConn) {
	s, ok := c.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		const size = 8 << 20
		const force = 33 // SO_RCVBUFFORCE
		if syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, force, size) != nil {
			_ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, size)
		}
	})
}

// onlyReplies lets the system drop all ICMP but echo replies.
func onlyReplies(c net.PacketConn) {
	s, ok := c.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		const icmpFilter = 1 // ICMP_FILTER: a set bit drops the type
		reply := uint32(1)   // all types but 0, the echo reply
		_ = syscall.SetsockoptInt(int(fd), syscall.SOL_RAW, icmpFilter, int(int32(^reply)))
	})
}

// segment is an own interface with its networks.
type segment struct {
	net.Interface
	prefixes []netip.Prefix
}

func segments() []segment {
	all, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var out []segment
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 || len(i.HardwareAddr) != 6 {
			continue
		}
		s := segment{Interface: i}
		addresses, _ := i.Addrs()
		for _, a := range addresses {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				s.prefixes = append(s.prefixes, p)
			}
		}
		out = append(out, s)
	}
	return out
}

const ethARP = 0x0806

func swap(n uint16) uint16 { return n<<8 | n>>8 }

// arp asks who has each address that lies on an own segment (RFC 826).
func (r *run) arp(ctx context.Context) error {
	for _, s := range segments() {
		for _, p := range s.prefixes {
			if !p.Addr().Is4() || p.Bits() >= 31 {
				continue
			}
			var list []int
			for i := range r.t.Len() {
				if a := r.t.At(i); p.Contains(a) && a != p.Addr() {
					list = append(list, i)
				}
			}
			if len(list) == 0 {
				continue
			}
			if err := r.arpOn(ctx, s.Interface, p.Addr(), list); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) arpOn(ctx context.Context, on net.Interface, own netip.Addr, list []int) error {
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, int(swap(ethARP)))
	if err != nil {
		g := fact.Gap{What: "ARP on " + on.Name, Why: err.Error()}
		if errors.Is(err, os.ErrPermission) {
			g.Needs = "CAP_NET_RAW; the system's own neighbour table is read instead"
		}
		r.gap(g)
		return nil
	}
	defer syscall.Close(fd)
	if err := syscall.Bind(fd, &syscall.SockaddrLinklayer{Protocol: swap(ethARP), Ifindex: on.Index}); err != nil {
		r.gap(fact.Gap{What: "ARP on " + on.Name, Why: err.Error()})
		return nil
	}
	_ = syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Usec: 50_000})
	var over atomic.Bool
	done := make(chan struct{})
	begun := time.Now()
	go func() {
		defer close(done)
		buf := make([]byte, 128)
		for !over.Load() {
			n, _, err := syscall.Recvfrom(fd, buf, 0)
			if err != nil {
				continue
			}
			if a, mac, ok := arpReply(buf[:n]); ok {
				if i := r.t.Index(a); i >= 0 {
					r.heard(i, byARP, 0)
					r.mu.Lock()
					r.mac[i] = mac
					r.mu.Unlock()
				}
			}
		}
	}()
	defer func() { over.Store(true); <-done; r.sending += time.Since(begun) }()
	all := func() bool {
		for _, i := range list {
			if !r.answered(i, byARP) {
				return false
			}
		}
		return true
	}
	to := syscall.SockaddrLinklayer{Protocol: swap(ethARP), Ifindex: on.Index, Halen: 6, Addr: [8]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}
	for try := range r.o.Retries + 1 {
		for n, i := range list {
			if r.answered(i, byARP) {
				continue
			}
			if err := r.limit.Wait(ctx, 1); err != nil {
				return err
			}
			for tries := 0; ; tries++ {
				err := syscall.Sendto(fd, arpRequest(on.HardwareAddr, own, r.t.At(i)), 0, &to)
				if err == nil {
					r.probes++
					break
				}
				if (err != syscall.ENOBUFS && err != syscall.EAGAIN) || tries > 100 {
					r.gap(fact.Gap{What: "ARP on " + on.Name, Why: err.Error()})
					return nil
				}
				time.Sleep(time.Millisecond)
			}
			if err := r.show("arp", try, n+1, len(list)); err != nil {
				return err
			}
		}
		if err := wait(ctx, r.o.Timeout<<min(try, 6), all); err != nil {
			return err
		}
	}
	return nil
}

func arpRequest(mac net.HardwareAddr, own, who netip.Addr) []byte {
	b := make([]byte, 28)
	binary.BigEndian.PutUint16(b, 1) // Ethernet
	binary.BigEndian.PutUint16(b[2:], 0x0800)
	b[4], b[5] = 6, 4
	binary.BigEndian.PutUint16(b[6:], 1) // who has
	copy(b[8:], mac)
	copy(b[14:], own.AsSlice())
	copy(b[24:], who.AsSlice())
	return b
}

// arpReply reads who says to have which address.
func arpReply(b []byte) (netip.Addr, string, bool) {
	if len(b) < 28 || binary.BigEndian.Uint16(b) != 1 || binary.BigEndian.Uint16(b[2:]) != 0x0800 || b[4] != 6 || b[5] != 4 || binary.BigEndian.Uint16(b[6:]) != 2 {
		return netip.Addr{}, "", false
	}
	a, _ := netip.AddrFromSlice(b[14:18])
	return a, net.HardwareAddr(b[8:14]).String(), true
}

// neighbours adds the hardware addresses that the system itself learnt: ARP's
// table as a file, that of IPv6 by netlink.
func (r *run) neighbours() {
	if f, err := os.Open("/proc/net/arp"); err == nil {
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if a, mac, ok := arpLine(lines.Text()); ok {
				r.neighbour(a, mac)
			}
		}
	}
	raw, err := syscall.NetlinkRIB(syscall.RTM_GETNEIGH, syscall.AF_INET6)
	if err != nil {
		return
	}
	for _, n := range neighbourTable(raw) {
		r.neighbour(n.addr, n.mac)
	}
}

// neighbour notes what the table knows. An address that answered nothing but is
// reachable there counts as being there.
func (r *run) neighbour(a netip.Addr, mac string) {
	i := r.t.Index(a)
	if i < 0 {
		return
	}
	if r.how[i] == 0 {
		r.how[i] |= byTable
	}
	if r.mac[i] == "" {
		r.mac[i] = mac
	}
}

// arpLine reads a line of /proc/net/arp whose entry is complete.
func arpLine(line string) (netip.Addr, string, bool) {
	f := strings.Fields(line)
	if len(f) < 6 || f[2] == "0x0" || f[3] == "00:00:00:00:00:00" {
		return netip.Addr{}, "", false
	}
	a, err := netip.ParseAddr(f[0])
	mac, err2 := net.ParseMAC(f[3])
	if err != nil || err2 != nil || len(mac) != 6 {
		return netip.Addr{}, "", false
	}
	return a, mac.String(), true
}

type tableEntry struct {
	addr netip.Addr
	mac  string
}

// neighbourTable reads the answer to RTM_GETNEIGH: struct ndmsg and attributes
// (linux/neighbour.h).
func neighbourTable(raw []byte) []tableEntry {
	messages, err := syscall.ParseNetlinkMessage(raw)
	if err != nil {
		return nil
	}
	var out []tableEntry
	for _, m := range messages {
		if m.Header.Type != syscall.RTM_NEWNEIGH || len(m.Data) < 12 {
			continue
		}
		const reachable, stale, delay, probe, permanent = 0x02, 0x04, 0x08, 0x10, 0x80
		if binary.NativeEndian.Uint16(m.Data[8:])&(reachable|stale|delay|probe|permanent) == 0 {
			continue
		}
		var e tableEntry
		for b := m.Data[12:]; len(b) >= 4; {
			n, kind := int(binary.NativeEndian.Uint16(b)), binary.NativeEndian.Uint16(b[2:])
			if n < 4 || n > len(b) {
				break
			}
			switch body := b[4:n]; {
			case kind == 1:
				e.addr, _ = netip.AddrFromSlice(body)
			case kind == 2 && len(body) == 6:
				e.mac = net.HardwareAddr(body).String()
			}
			b = b[min((n+3)&^3, len(b)):]
		}
		if e.addr.IsValid() && e.mac != "" && e.mac != "00:00:00:00:00:00" && !e.addr.IsMulticast() {
			out = append(out, e)
		}
	}
	return out
}
