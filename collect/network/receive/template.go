package receive

import (
	"net/netip"
	"time"
)

// template says what the records of a data set hold.
type template struct {
	fields []field
	scope  int // of options: how many fields come first as scope; -1 of flows
	least  int // shortest record
	at     time.Time
}

// field is an information element: of IANA where enterprise is 0.
type field struct {
	id         uint16
	size       uint16 // variable: 65535
	enterprise uint32
}

const variable = 65535

// v9 reads RFC 3954.
func (n *NetFlow) v9(from netip.Addr, b []byte, now time.Time, d *decoded) {
	if len(b) < 20 {
		d.fault("too short", "the header has %d of 20 bytes", len(b))
		return
	}
	c := cursor{b: b[4:]} // the count of records includes templates and is wrong in practice
	uptime, seconds, sequence, domain := c.u32(), c.u32(), c.u32(), c.u32()
	e := n.exporter(exporterKey{from, 9, domain})
	d.lost += e.sequence(sequence, 1)
	clock := header{boot: time.Unix(int64(seconds), 0).UTC().Add(-time.Duration(uptime) * time.Millisecond), uptime: uptime, hasUptime: true}
	e.sets(c.b, 0, 1, clock, now, d)
}

// ipfix reads RFC 7011.
func (n *NetFlow) ipfix(from netip.Addr, b []byte, now time.Time, d *decoded) {
	if len(b) < 16 {
		d.fault("too short", "the header has %d of 16 bytes", len(b))
		return
	}
	c := cursor{b: b[2:]}
	size := int(c.u16())
	if size < 16 || size > len(b) {
		d.fault("wrong length", "the message is said to have %d bytes and has %d", size, len(b))
		return
	}
	if size < len(b) {
		d.fault("wrong length", "%d bytes stand behind the message", len(b)-size)
	}
	seconds, sequence, domain := c.u32(), c.u32(), c.u32()
	e := n.exporter(exporterKey{from, 10, domain})
	before := len(d.records)
	others := e.sets(b[16:size], 2, 3, header{sent: time.Unix(int64(seconds), 0).UTC()}, now, d)
	d.lost += e.sequence(sequence, uint32(len(d.records)-before)+others)
}

// header is what a message tells for its records' times.
type header struct {
	boot      time.Time
	uptime    uint32
	hasUptime bool
	sent      time.Time
}

// sets reads a message's sets and returns how many records were no flows.
func (e *exporter) sets(b []byte, templates, options uint16, h header, now time.Time, d *decoded) (others uint32) {
	for c := (cursor{b: b}); len(c.b) > 0; {
		if len(c.b) < 4 {
			if templates == 0 && allZero(c.b) {
				return others // padding, as some exporters add it
			}
			d.fault("broken set", "%d bytes stand where a set should begin", len(c.b))
			return others
		}
		id, size := c.u16(), int(c.u16())
		if size < 4 || size-4 > len(c.b) {
			d.fault("broken set", "set %d is said to have %d bytes and %d are left", id, size, len(c.b)+4)
			return others
		}
		body := c.take(size - 4)
		switch {
		case id == templates:
			e.template(body, false, templates == 2, now, d)
		case id == options:
			e.template(body, true, templates == 2, now, d)
		case id < 256:
			d.fault("unknown set", "set %d is reserved", id)
		default:
			t := e.templates[id]
			if t != nil && now.Sub(t.at) > templateLife {
				e.drop(id)
				t = nil
			}
			if t == nil {
				d.sets++
				continue
			}
			others += e.data(t, body, h, d)
		}
	}
	return others
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// template reads a set of templates. A template that is wrong costs the rest of
// its set, since where the next begins is not known.
func (e *exporter) template(b []byte, options, ipfix bool, now time.Time, d *decoded) {
	for c := (cursor{b: b}); len(c.b) >= 4; {
		if allZero(c.b) {
			return // padding
		}
		id, count := c.u16(), int(c.u16())
		if id < 256 && !(ipfix && count == 0) {
			d.fault("broken template", "template %d; 256 is the lowest number", id)
			return
		}
		t := &template{scope: -1, at: now}
		switch {
		case ipfix && count == 0: // withdrawn; the set's own number means all
			if id < 256 {
				for id := range e.templates {
					e.drop(id)
				}
			} else {
				e.drop(id)
			}
			continue
		case options && ipfix:
			if t.scope = int(c.u16()); t.scope == 0 || t.scope > count {
				d.fault("broken template", "options template %d has %d scope fields of %d", id, t.scope, count)
				return
			}
		case options: // v9 tells both lengths in bytes
			scope, rest := count, int(c.u16())
			if scope%4 != 0 || rest%4 != 0 {
				d.fault("broken template", "options template %d has %d and %d bytes of fields; multiples of 4 would be right", id, scope, rest)
				return
			}
			t.scope, count = scope/4, (scope+rest)/4
		}
		if count == 0 || count > maxFields {
			d.fault("broken template", "template %d has %d fields; 1 to %d are taken", id, count, maxFields)
			return
		}
		for range count {
			f := field{id: c.u16(), size: c.u16()}
			if ipfix && f.id&0x8000 != 0 {
				f.id &= 0x7FFF
				f.enterprise = c.u32()
			}
			if f.size == 0 && !c.short {
				d.fault("broken template", "field %d of template %d has no bytes", len(t.fields)+1, id)
				return
			}
			t.fields = append(t.fields, f)
			if ipfix && f.size == variable {
				t.least++
			} else {
				t.least += int(f.size)
			}
		}
		if c.short {
			d.fault("broken template", "template %d announces %d fields and ends before", id, count)
			return
		}
		if t.least > maxDatagram {
			d.fault("broken template", "the records of template %d would have %d bytes", id, t.least)
			return
		}
		if e.templates[id] == nil && len(e.templates) >= maxTemplates {
			d.fault("too many templates", "template %d is number %d of its exporter", id, maxTemplates+1)
			return
		}
		e.keep(id, t)
	}
}

// data reads the records of a set; padding at its end is shorter than a record.
func (e *exporter) data(t *template, b []byte, h header, d *decoded) (others uint32) {
	values := make([][]byte, len(t.fields))
	for c := (cursor{b: b}); len(c.b) >= t.least; {
		for i, f := range t.fields {
			size := int(f.size)
			if f.size == variable {
				if size = int(c.u8()); size == 255 {
					size = int(c.u16())
				}
			}
			values[i] = c.take(size)
		}
		if c.short {
			if t.least > 1 || !allZero(b) {
				d.fault("broken record", "a record of variable length is longer than its set")
			}
			return others
		}
		if t.scope >= 0 {
			e.option(t, values)
			others++
			continue
		}
		r, ok := e.flow(t, values, h)
		if !ok {
			others++
			continue
		}
		d.records = append(d.records, r)
	}
	return others
}
