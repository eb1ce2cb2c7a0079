package device

import (
	"math/bits"
	"net/netip"
	"slices"

	"steward/collect/network/snmp"
)

// octets reads n numbers of an index as bytes.
func octets(index snmp.OID) ([]byte, bool) {
	b := make([]byte, len(index))
	for i, n := range index {
		if n > 255 {
			return nil, false
		}
		b[i] = byte(n)
	}
	return b, true
}

// inetAddress reads an InetAddressType and InetAddress off the front of an
// index (RFC 4001) and returns what is behind. Agents that leave out the length
// are understood where the type tells it.
func inetAddress(index snmp.OID) (a netip.Addr, rest snmp.OID, ok bool) {
	if len(index) < 2 {
		return a, nil, false
	}
	kind, n := index[0], int(index[1])
	want := map[uint32]int{1: 4, 2: 16, 3: 8, 4: 20}[kind]
	rest = index[2:]
	if kind == 0 && n == 0 {
		return a, rest, true
	}
	if want == 0 {
		return a, nil, false
	}
	if n != want {
		if len(index)-1 < want {
			return a, nil, false
		}
		n, rest = want, index[1:]
	}
	if len(rest) < n {
		return a, nil, false
	}
	b, ok := octets(rest[:n])
	if !ok {
		return a, nil, false
	}
	switch kind {
	case 1, 3:
		a, ok = netip.AddrFromSlice(b[:4])
	default:
		a, ok = netip.AddrFromSlice(b[:16])
	}
	return a, rest[n:], ok
}

// maskBits is the prefix length of a mask, and whether it is one.
func maskBits(m netip.Addr) (int, bool) {
	if !m.Is4() {
		return 0, false
	}
	b := m.As4()
	n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	ones := bits.LeadingZeros32(^n)
	return ones, n<<ones == 0
}

// addresses reads the device's own addresses: ipAddrTable, ipAddressTable, the
// older IPv6 table and Cisco's.
func (r *reader) addresses() int {
	n := 0
	have := map[string]bool{}
	add := func(index int64, a netip.Addr, length int) {
		i := r.iface(index)
		if !a.IsValid() || a.IsUnspecified() || i == nil {
			return
		}
		key := a.WithZone("").String()
		if have[key] && length < 0 {
			return
		}
		s := key
		if length >= 0 && length <= a.BitLen() {
			s = netip.PrefixFrom(a, length).String()
		}
		for at, old := range i.IPs { // the prefix may come from the second table
			if old == key || old == s {
				i.IPs[at] = s
				return
			}
		}
		if have[key] {
			return
		}
		have[key] = true
		i.IPs = append(i.IPs, s)
		n++
	}
	for _, w := range r.table("1.3.6.1.2.1.4.20.1", 1, 2, 3).list {
		a, ok := w.get(1).IP()
		if !ok {
			if b, good := octets(w.index); good && len(b) == 4 {
				a, ok = netip.AddrFromSlice(b)
			}
		}
		if !ok {
			continue
		}
		length := -1
		if m, ok := w.get(3).IP(); ok {
			if n, good := maskBits(m); good && (n > 0 || a.IsUnspecified()) {
				length = n
			}
		}
		add(w.int(2), a, length)
	}
	for _, entry := range []string{"1.3.6.1.2.1.4.34.1", "1.3.6.1.4.1.9.10.86.1.1.2.1"} {
		for _, w := range r.table(entry, 3, 4, 5).list {
			a, _, ok := inetAddress(w.index)
			if !ok || w.int(4) == 3 { // broadcast
				continue
			}
			length := -1
			if p := w.get(5); p.Kind == snmp.ObjectID && len(p.ID) > 4 { // points at the prefix, whose length is last
				if l := int(p.ID[len(p.ID)-1]); l <= a.BitLen() {
					length = l
				}
			}
			add(w.int(3), a.Unmap(), length)
		}
	}
	for _, w := range r.table("1.3.6.1.2.1.55.1.8.1", 2).list {
		if len(w.index) < 17 {
			continue
		}
		if b, ok := octets(w.index[len(w.index)-16:]); ok {
			a, _ := netip.AddrFromSlice(b)
			add(w.first(), a, int(w.int(2)))
		}
	}
	for i := range r.d.Interfaces {
		slices.Sort(r.d.Interfaces[i].IPs)
	}
	return n
}
