package receive

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// record is one flow as an exporter tells it.
type record struct {
	src, dst       netip.Addr
	proto          uint8
	sport, dport   uint16
	ports          bool // the protocol has ports, or the port stands for ICMP's type and code
	bytes, packets uint64
	in, out        uint32
	hasIn, hasOut  bool
	first, last    time.Time
	sampling       uint32 // one in so many; 0 and 1: all
	samplerID      uint64
	hasSampler     bool
}

// fault is input that cannot be read: a reason of few words that is counted,
// and the detail of this one.
type fault struct {
	reason, detail string
}

func (f *fault) Error() string { return f.reason + ": " + f.detail }

// cursor takes numbers off the front of a message. After it ran out every
// further number is zero and short is set.
type cursor struct {
	b     []byte
	short bool
}

func (c *cursor) take(n int) []byte {
	if n < 0 || n > len(c.b) {
		c.short, c.b = true, nil
		return nil
	}
	v := c.b[:n:n]
	c.b = c.b[n:]
	return v
}

func (c *cursor) u8() uint8 {
	if v := c.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (c *cursor) u16() uint16 {
	if v := c.take(2); v != nil {
		return binary.BigEndian.Uint16(v)
	}
	return 0
}

func (c *cursor) u32() uint32 {
	if v := c.take(4); v != nil {
		return binary.BigEndian.Uint32(v)
	}
	return 0
}

func (c *cursor) u64() uint64 {
	if v := c.take(8); v != nil {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

// number reads a big-endian number of 1 to 8 bytes.
func number(b []byte) (uint64, bool) {
	if len(b) == 0 || len(b) > 8 {
		return 0, false
	}
	var v uint64
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v, true
}

// protocolNames are the protocols of IP that are met; others go by number.
var protocolNames = map[uint8]string{0: "hopopt", 1: "icmp", 2: "igmp", 4: "ipip", 6: "tcp", 8: "egp", 17: "udp", 33: "dccp", 41: "ipv6", 46: "rsvp", 47: "gre", 50: "esp", 51: "ah",
	58: "icmpv6", 88: "eigrp", 89: "ospf", 103: "pim", 112: "vrrp", 115: "l2tp", 132: "sctp", 136: "udplite"}

func hasPorts(proto uint8) bool {
	switch proto {
	case 6, 17, 33, 132, 136, 1, 58:
		return true
	}
	return false
}
