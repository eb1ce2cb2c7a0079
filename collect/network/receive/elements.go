package receive

import (
	"math"
	"net/netip"
	"time"
)

// flow makes a record of a template's values, by the numbers of IANA's IPFIX
// information elements, which v9 shares. ok is false for records without
// addresses (of layer 2, of events).
func (e *exporter) flow(t *template, values [][]byte, h header) (r record, ok bool) {
	var icmp uint64
	var interval, space uint64
	var size, population uint64
	boot := h.boot
	if boot.IsZero() {
		boot = e.boot
	}
	for i, f := range t.fields {
		if f.enterprise != 0 {
			continue
		}
		v := values[i]
		switch f.id {
		case 8, 27:
			setAddr(&r.src, v)
			continue
		case 12, 28:
			setAddr(&r.dst, v)
			continue
		}
		n, fits := number(v)
		if !fits {
			continue
		}
		switch f.id {
		case 1, 85, 231: // octets: delta, total, of the initiator
			r.bytes = max(r.bytes, n)
		case 352: // of layer 2, where nothing else is told
			if r.bytes == 0 {
				r.bytes = n
			}
		case 2, 86, 298:
			r.packets = max(r.packets, n)
		case 23: // going out, where nothing was counted coming in
			if r.bytes == 0 {
				r.bytes = n
			}
		case 24:
			if r.packets == 0 {
				r.packets = n
			}
		case 4:
			r.proto = uint8(n)
		case 7, 180, 182:
			r.sport = uint16(n)
		case 11, 181, 183:
			r.dport = uint16(n)
		case 32, 139:
			icmp = n
		case 10:
			r.in, r.hasIn = uint32(n), true
		case 14:
			r.out, r.hasOut = uint32(n), true
		case 34, 50:
			r.sampling = uint32(min(n, math.MaxUint32))
		case 48, 302:
			r.samplerID, r.hasSampler = n, true
		case 305:
			interval = n
		case 306:
			space = n
		case 309:
			size = n
		case 310:
			population = n
		case 160:
			boot = time.UnixMilli(int64(n & (1<<50 - 1))).UTC()
		}
	}
	if interval > 0 {
		r.sampling = ratio(interval+space, interval)
	}
	if size > 0 {
		r.sampling = ratio(population, size)
	}
	for i, f := range t.fields {
		if n, fits := number(values[i]); fits && f.enterprise == 0 {
			r.moment(f.id, n, boot, h)
		}
	}
	if (r.proto == 1 || r.proto == 58) && r.dport == 0 {
		r.dport = uint16(icmp)
	}
	r.ports = hasPorts(r.proto)
	if r.sampling == 0 {
		if rate, known := e.samplers[r.samplerID]; known && r.hasSampler {
			r.sampling = rate
		} else {
			r.sampling = e.rate
		}
	}
	return r, r.src.IsValid() && r.dst.IsValid()
}

// moment sets the flow's beginning or end from one of the many forms.
func (r *record) moment(id uint16, n uint64, boot time.Time, h header) {
	var at time.Time
	switch id {
	case 21, 22:
		switch {
		case h.hasUptime:
			at = uptimeAt(boot, h.uptime, uint32(n))
		case !boot.IsZero():
			// 32 bits of milliseconds wrap after 49 days: the last such moment before the message counts.
			const wrap = time.Duration(1<<32) * time.Millisecond
			at = boot.Add(time.Duration(n&math.MaxUint32) * time.Millisecond)
			if ahead := at.Sub(h.sent.Add(time.Hour)); ahead > 0 {
				at = at.Add(-(ahead/wrap + 1) * wrap)
			} else {
				at = at.Add(-ahead / wrap * wrap)
			}
		default:
			return
		}
	case 150, 151:
		at = time.Unix(int64(n&math.MaxUint32), 0)
	case 152, 153:
		at = time.UnixMilli(int64(n & (1<<50 - 1)))
	case 154, 155, 156, 157: // as NTP writes: seconds since 1900 and a fraction
		at = time.Unix(int64(n>>32)-2208988800, int64(n&math.MaxUint32*1e9>>32))
	case 158, 159: // microseconds before the message was sent
		if h.sent.IsZero() {
			return
		}
		at = h.sent.Add(-time.Duration(n&math.MaxUint32) * time.Microsecond)
	default:
		return
	}
	switch id {
	case 22, 150, 152, 154, 156, 158:
		r.first = at.UTC()
	default:
		r.last = at.UTC()
	}
}

func setAddr(into *netip.Addr, b []byte) {
	a, ok := netip.AddrFromSlice(b)
	if !ok || into.IsValid() && a.IsUnspecified() {
		return // templates for both families leave the other one empty
	}
	if !into.IsValid() || into.IsUnspecified() {
		*into = a.Unmap()
	}
}

func ratio(of, one uint64) uint32 {
	return uint32(min((of+one/2)/one, math.MaxUint32))
}

// option takes sampling rates from a record of options.
func (e *exporter) option(t *template, values [][]byte) {
	var rate, id uint64
	var interval, space, size, population uint64
	named := false
	for i, f := range t.fields {
		// v9 numbers its scopes on their own: 1 system, 2 interface, 3 card, 4 cache, 5 template.
		if f.enterprise != 0 || i < t.scope && f.id != 48 && f.id != 302 {
			continue
		}
		n, fits := number(values[i])
		if !fits {
			continue
		}
		switch f.id {
		case 34, 50:
			rate = n
		case 48, 302:
			id, named = n, true
		case 160:
			e.boot = time.UnixMilli(int64(n & (1<<50 - 1))).UTC()
		case 305:
			interval = n
		case 306:
			space = n
		case 309:
			size = n
		case 310:
			population = n
		case 311:
			if p := math.Float64frombits(n); len(values[i]) == 8 && p > 0 && p <= 1 {
				rate = uint64(math.Round(1 / p))
			}
		}
	}
	switch {
	case interval > 0:
		rate = uint64(ratio(interval+space, interval))
	case size > 0:
		rate = uint64(ratio(population, size))
	}
	if rate == 0 {
		return
	}
	one := uint32(min(rate, math.MaxUint32))
	if !named {
		e.rate = one
		return
	}
	if _, known := e.samplers[id]; known || len(e.samplers) < maxSamplers {
		e.samplers[id] = one
	}
}
