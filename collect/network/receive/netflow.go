package receive

import (
	"fmt"
	"net/netip"
	"time"
)

// NetFlow decodes NetFlow v5, v9 and IPFIX of many exporters. It is used by one
// goroutine.
type NetFlow struct {
	exporters map[exporterKey]*exporter
	order     uint64
	fields    int // of all templates
}

// exporterKey is an exporter's stream: v9's source or IPFIX' observation domain
// of one address.
type exporterKey struct {
	from    netip.Addr
	version uint16
	domain  uint32
}

// exporter is what is kept of one stream.
type exporter struct {
	templates map[uint16]*template
	samplers  map[uint64]uint32 // one in so many, by sampler
	rate      uint32            // of the stream, where no sampler is named
	boot      time.Time         // IPFIX: when the exporter started, which times of uptime count from
	next      uint32            // expected sequence number
	counting  bool
	used      uint64
	of        *NetFlow
}

const (
	maxTemplates = 1024 // of one stream
	maxFields    = 512  // of one template
	maxSamplers  = 256
	maxAll       = 1 << 20 // fields of all templates together
	// templateLife is how long a template holds without being sent again: three
	// times the 600 seconds RFC 7011 expects over UDP.
	templateLife = 30 * time.Minute
	// maxGap is the largest leap of a sequence number that counts as loss; a
	// larger one is an exporter that began anew.
	maxGap = 1 << 20
)

// decoded is what one datagram held.
type decoded struct {
	records []record
	sets    uint64 // data sets without their template
	lost    uint64 // told by the sequence number
	faults  []*fault
}

func (d *decoded) fault(reason, format string, args ...any) {
	d.faults = append(d.faults, &fault{reason, fmt.Sprintf(format, args...)})
}

// NewNetFlow returns a decoder that knows no template yet.
func NewNetFlow() *NetFlow { return &NetFlow{exporters: map[exporterKey]*exporter{}} }

// Decode reads one datagram.
func (n *NetFlow) decode(from netip.Addr, b []byte, now time.Time) decoded {
	var d decoded
	if len(b) < 2 {
		d.fault("too short", "%d bytes", len(b))
		return d
	}
	switch version := uint16(b[0])<<8 | uint16(b[1]); version {
	case 5:
		n.v5(from, b, &d)
	case 9:
		n.v9(from, b, now, &d)
	case 10:
		n.ipfix(from, b, now, &d)
	default:
		d.fault("unknown version", "NetFlow version %d; 5, 9 and 10 (IPFIX) are read", version)
	}
	return d
}

func (n *NetFlow) exporter(key exporterKey) *exporter {
	n.order++
	e := n.exporters[key]
	if e == nil {
		if len(n.exporters) >= maxSenders {
			n.forget()
		}
		e = &exporter{templates: map[uint16]*template{}, samplers: map[uint64]uint32{}, of: n}
		n.exporters[key] = e
	}
	e.used = n.order
	return e
}

// forget drops the stream that was silent longest.
func (n *NetFlow) forget() {
	var oldest exporterKey
	least := ^uint64(0)
	for key, e := range n.exporters {
		if e.used < least {
			oldest, least = key, e.used
		}
	}
	if e := n.exporters[oldest]; e != nil {
		for id := range e.templates {
			e.drop(id)
		}
	}
	delete(n.exporters, oldest)
}

// drop forgets one template.
func (e *exporter) drop(id uint16) {
	if t := e.templates[id]; t != nil {
		e.of.fields -= len(t.fields)
		delete(e.templates, id)
	}
}

// keep takes a template, in place of the one that had its number. When all
// exporters together have too many fields, streams that were silent longest are
// forgotten.
func (e *exporter) keep(id uint16, t *template) {
	e.drop(id)
	for e.of.fields+len(t.fields) > maxAll && len(e.of.exporters) > 1 {
		e.of.forget()
	}
	e.templates[id] = t
	e.of.fields += len(t.fields)
}

// sequence compares a message's number with the expected one; count is how far
// this message moves it.
func (e *exporter) sequence(is, count uint32) (lost uint64) {
	if gap := is - e.next; e.counting && gap > 0 && gap < maxGap {
		lost = uint64(gap)
	}
	if late := e.next - is; e.counting && late > 0 && late < 1024 {
		return 0 // out of order: what is expected stays
	}
	e.next, e.counting = is+count, true
	return lost
}

// v5 reads Cisco's fixed format: a header of 24 bytes and records of 48.
func (n *NetFlow) v5(from netip.Addr, b []byte, d *decoded) {
	if len(b) < 24 {
		d.fault("too short", "the header has %d of 24 bytes", len(b))
		return
	}
	c := cursor{b: b[2:]}
	count := int(c.u16())
	uptime, seconds, nano, sequence := c.u32(), c.u32(), c.u32(), c.u32()
	c.u16() // engine
	sampling := uint32(c.u16() & 0x3FFF)
	if count == 0 || count > 30 {
		d.fault("wrong count", "%d records; 1 to 30 are possible", count)
		return
	}
	if have := len(c.b) / 48; have < count || len(c.b)%48 != 0 && have == count {
		d.fault("wrong length", "%d records are announced and %d bytes are there", count, len(c.b))
		count = min(count, have)
	}
	boot := time.Unix(int64(seconds), int64(nano)).UTC().Add(-time.Duration(uptime) * time.Millisecond)
	for range count {
		r := record{sampling: sampling, hasIn: true, hasOut: true}
		r.src, r.dst = netip.AddrFrom4([4]byte(c.take(4))), netip.AddrFrom4([4]byte(c.take(4)))
		c.take(4) // next hop
		r.in, r.out = uint32(c.u16()), uint32(c.u16())
		r.packets, r.bytes = uint64(c.u32()), uint64(c.u32())
		r.first, r.last = uptimeAt(boot, uptime, c.u32()), uptimeAt(boot, uptime, c.u32())
		r.sport, r.dport = c.u16(), c.u16()
		c.take(2) // padding, TCP flags
		r.proto = c.u8()
		c.take(9) // TOS, autonomous systems, masks, padding
		r.ports = hasPorts(r.proto)
		d.records = append(d.records, r)
	}
	// One stream for each engine; the sequence counts flows.
	key := exporterKey{from, 5, uint32(b[20])<<8 | uint32(b[21])}
	d.lost += n.exporter(key).sequence(sequence, uint32(count))
}

// uptimeAt is the moment of a tick of the exporter's uptime, which wraps after
// 49 days: a tick above the header's is from before the wrap.
func uptimeAt(boot time.Time, now, tick uint32) time.Time {
	if tick > now && tick-now > 1<<31 {
		boot = boot.Add(-time.Duration(1<<32) * time.Millisecond)
	}
	return boot.Add(time.Duration(tick) * time.Millisecond)
}
