package frame

import (
	"encoding/binary"
	"fmt"
	"net"
)

// Link is the form of a capture's frames (the LINKTYPE_ list of libpcap).
type Link uint32

// Forms of frames.
const (
	Null     Link = 0
	Ethernet Link = 1
	PPP      Link = 9
	PPPHDLC  Link = 50
	RawIP    Link = 101
	CiscoHD  Link = 104
	Loop     Link = 108
	Cooked   Link = 113
	IPv4     Link = 228
	IPv6     Link = 229
	Cooked2  Link = 276
)

// Known tells whether frames of this form are read; those of the others are
// only counted.
func (l Link) Known() bool {
	switch l {
	case Null, Ethernet, PPP, PPPHDLC, RawIP, 12, 14, CiscoHD, Loop, Cooked, IPv4, IPv6, Cooked2:
		return true
	}
	return false
}

func (l Link) String() string {
	names := map[Link]string{Null: "null", Ethernet: "ethernet", PPP: "ppp", PPPHDLC: "ppp-hdlc", RawIP: "raw-ip", 12: "raw-ip", 14: "raw-ip",
		CiscoHD: "cisco-hdlc", Loop: "loop", Cooked: "linux-cooked", IPv4: "ipv4", IPv6: "ipv6", Cooked2: "linux-cooked-2", 105: "ieee-802.11", 127: "radiotap"}
	if n := names[l]; n != "" {
		return n
	}
	return fmt.Sprintf("link type %d", uint32(l))
}

// piece is part of a frame that knows where in the frame it stands.
type piece struct {
	b  []byte
	at int
}

func (p piece) from(n int) piece      { return piece{p.b[n:], p.at + n} }
func (p piece) part(n, m int) piece   { return piece{p.b[n:m], p.at + n} }
func (p piece) u16(n int) int         { return int(binary.BigEndian.Uint16(p.b[n:])) }
func (p piece) u32(n int) uint32      { return binary.BigEndian.Uint32(p.b[n:]) }
func (p piece) u24(n int) int         { return int(p.b[n])<<16 | p.u16(n+1) }
func (p piece) len() int              { return len(p.b) }
func mac(b []byte) string             { return net.HardwareAddr(b).String() }
func ptr[T any](v T) *T               { return &v }
func at(p piece, offset int) int64    { return int64(p.at + offset) }
func tenth(v uint32) *float64         { return ptr(float64(v) / 10) }
func milli(v uint32) *float64         { return ptr(float64(v) / 1000) }
func bit[T ~byte | ~int](v, b T) bool { return v&b != 0 }

// Ethertypes and numbers met on the way to an announcement.
const (
	etherLLDP    = 0x88CC
	etherCDP     = 0x2000 // as a SNAP protocol of Cisco, and in Cisco's HDLC
	etherSlow    = 0x0600 // smallest ethertype; below it is a length
	pppCDP       = 0x0207
	maxTags      = 8
	cookedLLC    = 0x0004
	snapCisco    = 0x00000C
	snapEthernet = 0x000000
)

// envelope is what was found around a protocol's data.
type envelope struct {
	source, dest string
	tags         []int
	protocol     string // lldp, cdp or nothing of ours
	payload      piece
	cut          bool // bytes that were on the wire are missing here
}

// open finds the announcement in a frame. A problem is only told where the
// frame is surely an announcement.
func open(link Link, data []byte, cut bool) (envelope, *Problem) {
	e := envelope{cut: cut}
	p := piece{data, 0}
	switch link {
	case Ethernet:
		return e.ethernet(p)
	case Cooked:
		if p.len() < 16 {
			return e, nil
		}
		if n := p.u16(4); n >= 1 && n <= 8 {
			e.source = mac(p.b[6 : 6+n])
		}
		return e.cooked(p.u16(14), p.from(16))
	case Cooked2:
		if p.len() < 20 {
			return e, nil
		}
		if n := int(p.b[11]); n >= 1 && n <= 8 {
			e.source = mac(p.b[12 : 12+n])
		}
		return e.cooked(p.u16(0), p.from(20))
	case CiscoHD:
		if p.len() >= 4 && p.u16(2) == etherCDP {
			e.protocol, e.payload = "cdp", p.from(4)
		}
	case PPP, PPPHDLC:
		if p.len() >= 2 && p.u16(0) == 0xFF03 {
			p = p.from(2)
		}
		if p.len() >= 2 && p.u16(0) == pppCDP {
			e.protocol, e.payload = "cdp", p.from(2)
		}
	}
	return e, nil
}

func (e envelope) cooked(kind int, p piece) (envelope, *Problem) {
	if kind == cookedLLC {
		return e.llc(p, p.len())
	}
	return e.typed(kind, p)
}

func (e envelope) ethernet(p piece) (envelope, *Problem) {
	if p.len() < 14 {
		return e, nil
	}
	// Cisco's ISL puts 26 bytes before the frame; its address has 40 bits.
	if p.len() > 40 && (p.b[0] == 0x01 || p.b[0] == 0x03) && p.b[1] == 0 && p.b[2] == 0x0C && p.b[3] == 0 && p.b[4] == 0 && p.u24(14) == 0xAAAA03 {
		e.tags = append(e.tags, p.u16(20)>>1)
		p = p.from(26)
	}
	e.dest, e.source = mac(p.b[:6]), mac(p.b[6:12])
	return e.typed(p.u16(12), p.from(14))
}

// typed goes on by an ethertype, or by a length and what it bounds.
func (e envelope) typed(kind int, p piece) (envelope, *Problem) {
	for range maxTags {
		if kind != 0x8100 && kind != 0x88A8 && kind != 0x9100 && kind != 0x9200 {
			break
		}
		if p.len() < 4 {
			return e, nil
		}
		e.tags = append(e.tags, p.u16(0)&0xFFF)
		kind, p = p.u16(2), p.from(4)
	}
	switch {
	case kind == etherLLDP:
		e.protocol, e.payload = "lldp", p
	case kind < etherSlow:
		return e.llc(p, kind)
	}
	return e, nil
}

// llc looks behind an 802.2 header with SNAP for a protocol of ours. size is
// the length the frame tells.
func (e envelope) llc(p piece, size int) (envelope, *Problem) {
	if p.len() < 8 || p.u24(0) != 0xAAAA03 {
		return e, nil
	}
	switch oui, kind := p.u24(3), p.u16(6); {
	case oui == snapCisco && kind == etherCDP:
		e.protocol = "cdp"
	case oui == snapEthernet && kind == etherLLDP:
		e.protocol = "lldp"
	default:
		return e, nil
	}
	if size < 8 {
		return e, &Problem{Offset: at(p, -2), Protocol: e.protocol, What: fmt.Sprintf("the frame's length field says %d bytes; LLC and SNAP alone are 8", size), Lost: LostFrame}
	}
	if size > p.len() {
		if !e.cut {
			return e, &Problem{Offset: at(p, -2), Protocol: e.protocol, What: fmt.Sprintf("the frame's length field says %d bytes and %d are there", size, p.len()), Lost: LostFrame}
		}
		size = p.len()
	} else {
		e.cut = false // only padding is missing
	}
	e.payload = p.part(8, size)
	return e, nil
}
