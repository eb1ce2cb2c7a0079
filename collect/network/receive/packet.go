package receive

import "net/netip"

// packet reads a packet's beginning: addresses, protocol and ports. What is not
// there for the cut stays empty; ok tells whether addresses were found.
func (r *record) packet(protocol uint32, b []byte) bool {
	switch protocol { // header_protocol of sFlow
	case 1:
		return r.ethernet(b)
	case 11:
		return r.ip(4, b)
	case 12:
		return r.ip(6, b)
	}
	return false
}

func (r *record) ethernet(b []byte) bool {
	if len(b) < 14 {
		return false
	}
	kind, rest := uint16(b[12])<<8|uint16(b[13]), b[14:]
	for range 8 {
		switch kind {
		case 0x8100, 0x88A8, 0x9100:
			if len(rest) < 4 {
				return false
			}
			kind, rest = uint16(rest[2])<<8|uint16(rest[3]), rest[4:]
			continue
		case 0x8847, 0x8848: // MPLS: labels up to the bottom of the stack
			for range 16 {
				if len(rest) < 5 {
					return false
				}
				bottom := rest[2]&1 == 1
				rest = rest[4:]
				if bottom {
					return r.ip(int(rest[0]>>4), rest)
				}
			}
			return false
		case 0x8864: // PPPoE
			if len(rest) < 8 {
				return false
			}
			switch uint16(rest[6])<<8 | uint16(rest[7]) {
			case 0x0021:
				return r.ip(4, rest[8:])
			case 0x0057:
				return r.ip(6, rest[8:])
			}
			return false
		case 0x0800:
			return r.ip(4, rest)
		case 0x86DD:
			return r.ip(6, rest)
		}
		return false
	}
	return false
}

func (r *record) ip(version int, b []byte) bool {
	switch {
	case version == 4 && len(b) >= 20 && b[0]>>4 == 4:
		size := int(b[0]&0x0F) * 4
		if size < 20 {
			return false
		}
		r.src, r.dst, r.proto = netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20])), b[9]
		r.ports = hasPorts(r.proto)
		if b[6]&0x1F == 0 && b[7] == 0 && size <= len(b) { // a later fragment has no ports
			r.transport(b[size:])
		}
		return true
	case version == 6 && len(b) >= 40 && b[0]>>4 == 6:
		r.src, r.dst = netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
		next, rest := b[6], b[40:]
		for range 8 {
			switch next {
			case 0, 43, 60, 135: // hop by hop, routing, destination, mobility
				if len(rest) < 8 || len(rest) < int(rest[1])*8+8 {
					r.proto = next
					return true
				}
				next, rest = rest[0], rest[int(rest[1])*8+8:]
				continue
			case 44: // fragment
				if len(rest) < 8 {
					r.proto = next
					return true
				}
				later := rest[2] != 0 || rest[3]&0xF8 != 0
				next = rest[0]
				if rest = rest[8:]; later {
					rest = nil
				}
				continue
			case 51:
				if len(rest) < 8 || len(rest) < int(rest[1])*4+8 {
					r.proto = next
					return true
				}
				next, rest = rest[0], rest[int(rest[1])*4+8:]
				continue
			}
			break
		}
		r.proto = next
		r.ports = hasPorts(next)
		r.transport(rest)
		return true
	}
	return false
}

func (r *record) transport(b []byte) {
	switch {
	case !r.ports || len(b) < 2:
	case r.proto == 1 || r.proto == 58:
		r.dport = uint16(b[0])<<8 | uint16(b[1])
	case len(b) >= 4:
		r.sport, r.dport = uint16(b[0])<<8|uint16(b[1]), uint16(b[2])<<8|uint16(b[3])
	}
}
