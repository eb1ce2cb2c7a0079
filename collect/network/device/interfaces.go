package device

import (
	"cmp"
	"slices"

	"steward/collect/network/seen"
	"steward/collect/network/snmp"
)

// interfaces reads IF-MIB: ifTable and what ifXTable adds; aggregates (LAG-MIB)
// and duplex (EtherLike-MIB).
func (r *reader) interfaces() int {
	for _, w := range r.table("1.3.6.1.2.1.2.2.1", 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13, 14, 16, 17, 19, 20).list {
		if len(w.index) != 1 || w.index[0] == 0 {
			continue
		}
		i := seen.Interface{Index: w.first(), Name: w.text(2), Type: w.int(3), MTU: w.int(4),
			Admin: word(w.int(7), "up", "down", "testing"),
			Oper:  word(w.int(8), "up", "down", "testing", "unknown", "dormant", "not-present", "lower-layer-down")}
		if mac, ok := w.get(6).MAC(); ok && mac != "00:00:00:00:00:00" {
			i.MAC = mac
		}
		// 4294967295 stands for "more than fits"
		if n, ok := w.get(5).Uint(); ok && n < 1<<32-1 {
			i.Speed = int64(n)
		}
		if c := counters(w, 32, 10, 16, 11, 17, 14, 20, 13, 19); c != (seen.Counters{Bits: 32}) {
			i.Counters = &c
		}
		r.add(i)
	}
	for _, w := range r.table("1.3.6.1.2.1.31.1.1.1", 1, 6, 7, 10, 11, 15, 17, 18, 19).list {
		if len(w.index) != 1 || w.index[0] == 0 {
			continue
		}
		i := r.iface(w.first())
		if i == nil {
			if len(r.d.Interfaces) > 0 && w.text(1) == "" {
				continue
			}
			r.add(seen.Interface{Index: w.first()})
			i = r.iface(w.first())
		}
		if name := w.text(1); name != "" && name != i.Name {
			i.Descr, i.Name = i.Name, name
		}
		i.Alias = w.text(18)
		if n := w.int(15); n > 0 && (i.Speed == 0 || n >= 4295) {
			i.Speed = n * 1_000_000
		}
		if n := w.int(17); n == 1 || n == 2 {
			i.Connector = new(n == 1)
		}
		if w.has(6) || w.has(10) {
			c := counters(w, 64, 6, 10, 7, 11, 0, 0, 0, 0)
			if old := i.Counters; old != nil { // errors and discards have no wide form
				c.InErrors, c.OutErrors, c.InDiscards, c.OutDiscards = old.InErrors, old.OutErrors, old.InDiscards, old.OutDiscards
				c.InPackets, c.OutPackets = cmp.Or(c.InPackets, old.InPackets), cmp.Or(c.OutPackets, old.OutPackets)
			}
			i.Counters = &c
		}
		if i.Counters != nil {
			n, _ := w.get(19).Uint()
			i.Counters.Discontinuity = uint32(n)
		}
	}
	if len(r.d.Interfaces) == 0 {
		return 0
	}
	for _, w := range r.table("1.3.6.1.2.1.10.7.2.1", 19).list {
		if i := r.iface(w.first()); i != nil {
			i.Duplex = word(w.int(19)-1, "half", "full")
		}
	}
	for _, w := range r.table("1.2.840.10006.300.43.1.2.1.1", 12, 13).list {
		i := r.iface(w.first())
		if i == nil {
			continue
		}
		if n := cmp.Or(w.int(13), w.int(12)); n != 0 && n != i.Index && r.iface(n) != nil {
			i.Aggregate = n
		}
	}
	for _, w := range r.table("1.3.6.1.2.1.31.1.2.1", 3).list {
		if len(w.index) != 2 || w.index[0] == 0 || w.index[1] == 0 {
			continue
		}
		upper, lower := r.iface(w.first()), r.iface(w.last())
		if upper == nil || lower == nil {
			continue
		}
		upper.Lower = append(upper.Lower, lower.Index)
		if upper.Type == 161 && lower.Aggregate == 0 && lower.Type == 6 {
			lower.Aggregate = upper.Index
		}
	}
	slices.SortFunc(r.d.Interfaces, func(a, b seen.Interface) int { return cmp.Compare(a.Index, b.Index) })
	for n, i := range r.d.Interfaces {
		r.byIndex[i.Index] = n
	}
	return len(r.d.Interfaces)
}

func (r *reader) add(i seen.Interface) {
	if _, ok := r.byIndex[i.Index]; ok {
		return
	}
	r.byIndex[i.Index] = len(r.d.Interfaces)
	r.d.Interfaces = append(r.d.Interfaces, i)
}

// iface is the interface with this ifIndex, or nil.
func (r *reader) iface(index int64) *seen.Interface {
	if n, ok := r.byIndex[index]; ok {
		return &r.d.Interfaces[n]
	}
	return nil
}

func counters(w row, bits int, columns ...uint32) seen.Counters {
	c := seen.Counters{Bits: bits}
	for n, to := range []**uint64{&c.InOctets, &c.OutOctets, &c.InPackets, &c.OutPackets, &c.InErrors, &c.OutErrors, &c.InDiscards, &c.OutDiscards} {
		if columns[n] == 0 {
			continue
		}
		v := w.get(columns[n])
		if u, ok := v.Uint(); ok && !v.Missing() && v.Kind != snmp.OctetString {
			*to = &u
		}
	}
	return c
}
