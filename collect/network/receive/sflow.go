package receive

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// SFlow decodes sFlow version 5 (sflow.org, "sFlow Version 5", July 2004). It is
// used by one goroutine.
type SFlow struct {
	sources map[sflowKey]*sflowSource
	order   uint64
}

type sflowKey struct {
	agent netip.Addr
	sub   uint32
}

// sflowSource counts a stream's datagrams, to tell how many were lost.
type sflowSource struct {
	next uint32
	used uint64
}

// NewSFlow returns a decoder.
func NewSFlow() *SFlow { return &SFlow{sources: map[sflowKey]*sflowSource{}} }

const maxSamples = 1024 // in one datagram

// decode reads one datagram.
func (s *SFlow) decode(from netip.Addr, b []byte) (d decoded, counters []Counters) {
	c := cursor{b: b}
	if version := c.u32(); version != 5 {
		d.fault("unknown version", "sFlow version %d; 5 is read", version)
		return d, nil
	}
	agent, ok := sflowAddress(&c)
	if !ok {
		d.fault("wrong address", "the agent's address is neither of IPv4 nor of IPv6")
		return d, nil
	}
	sub, sequence := c.u32(), c.u32()
	c.u32() // uptime
	samples := c.u32()
	if c.short {
		d.fault("too short", "%d bytes end within the header", len(b))
		return d, nil
	}
	if samples > maxSamples {
		d.fault("wrong count", "%d samples in one datagram", samples)
		return d, nil
	}
	d.lost = s.sequence(sflowKey{agent, sub}, sequence)
	for i := range samples {
		kind, size := c.u32(), c.u32()
		if c.short || size > uint32(len(c.b)) {
			d.fault("broken sample", "sample %d of %d is said to have %d bytes and %d are left", i+1, samples, size, len(c.b))
			return d, counters
		}
		sample := cursor{b: c.take(int(size))}
		switch kind {
		case 1, 3:
			d.flowSample(&sample, kind == 3)
		case 2, 4:
			if one, ok := d.counterSample(&sample, kind == 4); ok {
				one.Agent, one.Exporter = agent.String(), from.String()
				counters = append(counters, one)
			}
		} // samples of makers, and newer ones, are passed over
	}
	if len(c.b) > 0 {
		d.fault("wrong length", "%d bytes stand behind the samples", len(c.b))
	}
	return d, counters
}

func sflowAddress(c *cursor) (netip.Addr, bool) {
	size := map[uint32]int{1: 4, 2: 16}[c.u32()]
	if size == 0 {
		return netip.Addr{}, false
	}
	a, ok := netip.AddrFromSlice(c.take(size))
	return a, ok
}

func (s *SFlow) sequence(key sflowKey, is uint32) (lost uint64) {
	s.order++
	source := s.sources[key]
	if source == nil {
		if len(s.sources) >= maxSenders {
			var oldest sflowKey
			least := ^uint64(0)
			for k, v := range s.sources {
				if v.used < least {
					oldest, least = k, v.used
				}
			}
			delete(s.sources, oldest)
		}
		s.sources[key] = &sflowSource{is + 1, s.order}
		return 0
	}
	source.used = s.order
	if gap := is - source.next; gap > 0 && gap < maxGap {
		lost = uint64(gap)
	}
	if late := source.next - is; late > 0 && late < 1024 {
		return 0
	}
	source.next = is + 1
	return lost
}

// flowSample reads a sampled packet. Interfaces in the short form have their
// kind in the two highest bits; 0 is an interface's number.
func (d *decoded) flowSample(c *cursor, expanded bool) {
	r := record{packets: 1}
	c.u32() // sequence
	if expanded {
		c.take(8)
	} else {
		c.u32()
	}
	r.sampling = c.u32()
	c.take(8) // pool, drops
	port := func() (uint32, bool) {
		if expanded {
			format, value := c.u32(), c.u32()
			return value, format == 0 && value != 0x3FFFFFFF
		}
		v := c.u32()
		return v & 0x3FFFFFFF, v>>30 == 0 && v != 0x3FFFFFFF
	}
	r.in, r.hasIn = port()
	r.out, r.hasOut = port()
	count := c.u32()
	if c.short {
		d.fault("broken sample", "a flow sample ends within its header")
		return
	}
	found := false
	for i := range count {
		kind, size := c.u32(), c.u32()
		if c.short || size > uint32(len(c.b)) {
			d.fault("broken sample", "record %d of %d in a flow sample is said to have %d bytes and %d are left", i+1, count, size, len(c.b))
			return
		}
		v := cursor{b: c.take(int(size))}
		switch kind {
		case 1:
			protocol, length := v.u32(), v.u32()
			v.u32() // stripped
			n := v.u32()
			if v.short || n > uint32(len(v.b)) {
				d.fault("broken sample", "a packet's header is said to have %d bytes and %d are there", n, len(v.b))
				return
			}
			r.bytes = uint64(length)
			found = r.packet(protocol, v.b[:n]) || found
		case 3, 4:
			size := map[uint32]int{3: 4, 4: 16}[kind]
			length, proto := v.u32(), v.u32()
			src, dst := v.take(size), v.take(size)
			sport, dport := v.u32(), v.u32()
			if v.short {
				d.fault("broken sample", "a record of IP addresses is too short")
				return
			}
			if !found {
				r.src, _ = netip.AddrFromSlice(src)
				r.dst, _ = netip.AddrFromSlice(dst)
				r.proto, r.sport, r.dport = uint8(proto), uint16(sport), uint16(dport)
				r.ports = hasPorts(r.proto)
				if r.bytes == 0 {
					r.bytes = uint64(length)
				}
				found = true
			}
		}
	}
	if found {
		d.records = append(d.records, r)
	}
}

func (d *decoded) counterSample(c *cursor, expanded bool) (Counters, bool) {
	var one Counters
	c.u32() // sequence
	if expanded {
		kind := c.u32()
		one.Interface = c.u32()
		one.Source = fmt.Sprintf("%d:%d", kind, one.Interface)
	} else {
		source := c.u32()
		one.Interface = source & 0xFFFFFF
		one.Source = fmt.Sprintf("%d:%d", source>>24, one.Interface)
	}
	count := c.u32()
	if c.short {
		d.fault("broken sample", "a counter sample ends within its header")
		return one, false
	}
	for i := range count {
		kind, size := c.u32(), c.u32()
		if c.short || size > uint32(len(c.b)) {
			d.fault("broken sample", "record %d of %d in a counter sample is said to have %d bytes and %d are left", i+1, count, size, len(c.b))
			return one, false
		}
		body := c.take(int(size))
		switch {
		case kind == 1 && len(body) >= 88:
			one.generic(body)
		case kind == 2 && len(body) >= 52:
			e := &Errors{}
			for i, into := range []*uint32{&e.Alignment, &e.FCS, &e.SingleCollision, &e.MultipleCollision, &e.SQE, &e.Deferred, &e.LateCollision, &e.Excessive,
				&e.MACTransmit, &e.CarrierSense, &e.FrameTooLong, &e.MACReceive, &e.Symbol} {
				*into = binary.BigEndian.Uint32(body[4*i:])
			}
			one.Ethernet = e
		case kind == 1 || kind == 2:
			d.fault("broken sample", "counter record %d has %d bytes", kind, size)
			return one, false
		default:
			if len(one.Other) < 32 {
				one.Other = append(one.Other, fmt.Sprintf("%d:%d", kind>>12, kind&0xFFF))
			}
		}
	}
	return one, true
}

// generic reads if_counters: all ones stand for what the agent does not count.
func (o *Counters) generic(b []byte) {
	c := cursor{b: b}
	o.Interface, o.Type = c.u32(), c.u32()
	o.Speed = c.u64()
	o.Duplex = map[uint32]string{1: "full", 2: "half", 3: "in", 4: "out"}[c.u32()]
	status := c.u32()
	o.Admin, o.Oper = "down", "down"
	if status&1 == 1 {
		o.Admin = "up"
	}
	if status&2 == 2 {
		o.Oper = "up"
	}
	long := func() *uint64 {
		if v := c.u64(); v != ^uint64(0) {
			return &v
		}
		return nil
	}
	short := func() *uint64 {
		if v := uint64(c.u32()); v != 1<<32-1 {
			return &v
		}
		return nil
	}
	o.InOctets, o.InUnicast, o.InMulticast, o.InBroadcast = long(), short(), short(), short()
	o.InDiscards, o.InErrors, o.InUnknown = short(), short(), short()
	o.OutOctets, o.OutUnicast, o.OutMulti, o.OutBroad = long(), short(), short(), short()
	o.OutDiscards, o.OutErrors = short(), short()
	o.Promiscuous = c.u32() == 1
}
