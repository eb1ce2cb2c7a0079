package device

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"steward/collect/fact"
	"steward/collect/network/seen"
	"steward/collect/network/snmp"
)

// bridge reads the bridge's address and which interface each of its ports is.
func (r *reader) bridge() int {
	if m, ok := r.scalars("1.3.6.1.2.1.17.1.1.0")[0].MAC(); ok && m != "00:00:00:00:00:00" {
		r.d.BridgeMAC = m
	}
	for _, w := range r.table("1.3.6.1.2.1.17.1.4.1", 2).list {
		if len(w.index) == 1 && w.int(2) > 0 {
			r.ports[w.first()] = w.int(2)
		}
	}
	if r.d.BridgeMAC != "" && len(r.ports) == 0 {
		return 1
	}
	return len(r.ports)
}

// vlans reads Q-BRIDGE-MIB, and Cisco's and Juniper's own tables.
func (r *reader) vlans() int {
	at := map[int]*seen.VLAN{}
	get := func(id int) *seen.VLAN {
		if id < 1 || id > 4094 {
			return &seen.VLAN{}
		}
		if at[id] == nil {
			at[id] = &seen.VLAN{ID: id}
		}
		return at[id]
	}
	members := func(v *seen.VLAN, egress, untagged snmp.Value) {
		tagged, plain := r.portList(egress.Bytes), r.portList(untagged.Bytes)
		v.Tagged, v.Untagged = nil, nil
		for _, p := range tagged {
			if !slices.Contains(plain, p) {
				v.Tagged = append(v.Tagged, p)
			}
		}
		for _, p := range plain {
			if slices.Contains(tagged, p) || len(tagged) == 0 {
				v.Untagged = append(v.Untagged, p)
			}
		}
	}
	for _, w := range r.table("1.3.6.1.2.1.17.7.1.4.3.1", 1, 2, 4).list {
		v := get(int(w.last()))
		v.Name = w.text(1)
		members(v, w.get(2), w.get(4))
	}
	for _, w := range r.table("1.3.6.1.2.1.17.7.1.4.2.1", 3, 4, 5).list {
		if len(w.index) != 2 {
			continue
		}
		v := get(int(w.last()))
		if fdb := w.get(3); !fdb.Missing() {
			n := w.int(3)
			if _, two := r.fdbVLAN[n]; two {
				r.fdbVLAN[n] = 0 // several VLANs share one table: it cannot be told
			} else {
				r.fdbVLAN[n] = int(w.last())
			}
		}
		if len(w.get(4).Bytes) > 0 {
			members(v, w.get(4), w.get(5))
		}
	}
	for _, w := range r.table("1.3.6.1.2.1.17.7.1.4.5.1", 1).list {
		if i := r.iface(r.ports[w.first()]); i != nil && w.int(1) < 4095 {
			i.PVID = int(w.int(1))
		}
	}
	switch {
	case strings.HasPrefix(r.d.SysObjectID, "1.3.6.1.4.1.9."):
		r.ciscoVLANs(get)
	case strings.HasPrefix(r.d.SysObjectID, "1.3.6.1.4.1.2636."):
		for _, t := range []struct {
			entry     string
			name, tag uint32
			fdb       uint32
		}{{"1.3.6.1.4.1.2636.3.40.1.5.1.5.1", 2, 5, 0}, {"1.3.6.1.4.1.2636.3.48.1.3.1.1", 2, 3, 5}} {
			for _, w := range r.table(t.entry, t.name, t.tag, max(t.fdb, t.tag)).list {
				tag := int(w.int(t.tag))
				get(tag).Name = w.text(t.name)
				fdb := w.first()
				if t.fdb > 0 {
					fdb = w.int(t.fdb)
				}
				r.fdbVLAN[fdb] = tag
			}
		}
	}
	r.fromTables("vlans", func() int { return len(at) }, func(w cells) {
		id, ok := w.number("id")
		if !ok && len(w.index) > 0 {
			id = float64(w.index[len(w.index)-1])
		}
		if id != math.Trunc(id) || id < 1 || id > 4094 {
			return
		}
		if v := get(int(id)); v.Name == "" {
			v.Name = w.text("name")
		}
	})
	for _, v := range at {
		r.d.VLANs = append(r.d.VLANs, *v)
	}
	slices.SortFunc(r.d.VLANs, func(a, b seen.VLAN) int { return cmp.Compare(a.ID, b.ID) })
	return len(r.d.VLANs)
}

// ciscoVLANs reads the VTP database, access ports and trunks.
func (r *reader) ciscoVLANs(get func(int) *seen.VLAN) {
	known := []int{}
	for _, w := range r.table("1.3.6.1.4.1.9.9.46.1.3.1.1", 2, 3, 4).list {
		id := int(w.last())
		if id >= 1002 && id <= 1005 { // of token ring and FDDI, always there
			continue
		}
		get(id).Name = w.text(4)
		known = append(known, id)
	}
	trunk := map[int64]bool{}
	for _, w := range r.table("1.3.6.1.4.1.9.9.46.1.6.1.1", 4, 5, 14, 17, 18, 19).list {
		i := r.iface(w.first())
		if i == nil || w.int(14) != 1 {
			continue
		}
		trunk[i.Index] = true
		i.PVID = int(w.int(5))
		for part, column := range []uint32{4, 17, 18, 19} {
			b := w.get(column).Bytes
			for _, id := range known {
				if id/1024 == part && id%1024/8 < len(b) && b[id%1024/8]&(0x80>>(id%8)) != 0 {
					v := get(id)
					if id == i.PVID {
						v.Untagged = append(v.Untagged, i.Index)
					} else {
						v.Tagged = append(v.Tagged, i.Index)
					}
				}
			}
		}
	}
	for _, w := range r.table("1.3.6.1.4.1.9.9.68.1.2.2.1", 2).list {
		if i := r.iface(w.first()); i != nil && !trunk[i.Index] && w.int(2) > 0 {
			i.PVID = int(w.int(2))
			v := get(i.PVID)
			v.Untagged = append(v.Untagged, i.Index)
		}
	}
}

// portList reads a PortList of bridge ports as ifIndexes.
func (r *reader) portList(b []byte) []int64 {
	var out []int64
	for n, c := range b {
		for bit := range 8 {
			if c&(0x80>>bit) == 0 {
				continue
			}
			port := int64(8*n + bit + 1)
			index, ok := r.ports[port]
			if !ok && len(r.ports) == 0 {
				index, ok = port, r.iface(port) != nil
			}
			if ok {
				out = append(out, index)
			}
		}
	}
	return out
}

var fdbStates = []string{"other", "invalid", "learned", "self", "mgmt"}

// fdb reads the forwarding table: by VLAN where Q-BRIDGE-MIB tells, else
// without; from Cisco switches each VLAN's own.
func (r *reader) fdb() int {
	for _, w := range r.table("1.3.6.1.2.1.17.7.1.2.2.1", 2, 3).list {
		if len(w.index) < 7 {
			continue
		}
		b, ok := octets(w.index[len(w.index)-6:])
		if !ok {
			continue
		}
		mac, _ := snmp.Value{Kind: snmp.OctetString, Bytes: b}.MAC()
		id := w.first()
		vlan, told := r.fdbVLAN[id]
		if !told && id <= 4094 && len(r.fdbVLAN) == 0 {
			vlan = int(id) // most agents number the tables like the VLANs
		}
		r.learnt(vlan, mac, w.int(2), w.get(3), r.ports)
	}
	n := len(r.d.FDB)
	plain := r.basicFDB(r.src, 0, r.ports)
	if n > 0 {
		r.d.FDB = slices.CompactFunc(r.d.FDB, func(a, b seen.FDBEntry) bool { return a == b })
	}
	if strings.HasPrefix(r.d.SysObjectID, "1.3.6.1.4.1.9.") && n == 0 {
		r.perVLAN(plain)
	}
	return len(r.d.FDB)
}

// basicFDB reads dot1dTpFdbTable; addresses already known with their VLAN are
// left out.
func (r *reader) basicFDB(src snmp.Source, vlan int, ports map[int64]int64) int {
	known := map[string]bool{}
	for _, e := range r.d.FDB {
		if vlan == 0 || e.VLAN == vlan {
			known[e.MAC] = true
		}
	}
	n := 0
	for _, w := range r.tableFrom(src, "1.3.6.1.2.1.17.4.3.1", 2, 3).list {
		b, ok := octets(w.index)
		if !ok || len(b) != 6 {
			continue
		}
		mac, _ := snmp.Value{Kind: snmp.OctetString, Bytes: b}.MAC()
		if !known[mac] {
			r.learnt(vlan, mac, w.int(2), w.get(3), ports)
			n++
		}
	}
	return n
}

func (r *reader) learnt(vlan int, mac string, port int64, status snmp.Value, ports map[int64]int64) {
	s, _ := status.Int()
	e := seen.FDBEntry{VLAN: vlan, MAC: mac, BridgePort: port, IfIndex: ports[port], Status: word(s, fdbStates...)}
	if e.IfIndex == 0 && len(ports) == 0 && r.iface(port) != nil {
		e.IfIndex = port
	}
	r.d.FDB = append(r.d.FDB, e)
}

// perVLAN reads the table of each VLAN of a Cisco switch, which shows only that
// of VLAN 1 (or none) otherwise.
func (r *reader) perVLAN(plain int) {
	if r.o.Context == nil || len(r.d.VLANs) == 0 {
		if len(r.d.VLANs) > 1 {
			r.d.Gaps = append(r.d.Gaps, fact.Gap{What: "forwarding table of VLANs but the first", Why: "the switch tells it only in a context of each VLAN", Needs: "asking the live device (community@VLAN, or user access to the contexts vlan-…)"})
		}
		return
	}
	base := slices.Clone(r.d.FDB)
	r.d.FDB = nil
	r.eachVLAN(func(src snmp.Source, vlan int, ports map[int64]int64) { r.basicFDB(src, vlan, ports) })
	if len(r.d.FDB) == 0 && plain > 0 {
		r.d.FDB = base
	}
}

// eachVLAN opens the contexts of the VLANs of a Cisco switch one after the
// other. One that is not active has none; after three in a row none is tried.
func (r *reader) eachVLAN(read func(src snmp.Source, vlan int, ports map[int64]int64)) {
	refused := 0
	if r.closedAll {
		r.fail(fmt.Errorf("%w: the contexts of the VLANs", snmp.ErrAccess))
		return
	}
	for n, v := range r.d.VLANs {
		if n == 512 || refused >= 3 {
			r.fail(fmt.Errorf("the tables of %d VLANs were not read", len(r.d.VLANs)-n))
			return
		}
		if r.closed[v.ID] {
			continue
		}
		src, done, err := r.o.Context(strconv.Itoa(v.ID))
		if err != nil {
			r.fail(err)
			return
		}
		before := r.failed
		ports, known := r.vlanPorts[v.ID]
		if !known {
			ports = map[int64]int64{}
			for _, w := range r.tableFrom(src, "1.3.6.1.2.1.17.1.4.1", 2).list {
				ports[w.first()] = w.int(2)
			}
		}
		if r.failed != nil && before == nil && (errors.Is(r.failed, snmp.ErrNoAnswer) || errors.Is(r.failed, snmp.ErrAccess)) {
			refused++
			r.closed[v.ID] = true
			r.failed = nil
			if refused == 3 {
				r.closedAll = len(r.vlanPorts) == 0
				r.failed = fmt.Errorf("%w: the contexts of the VLANs", snmp.ErrAccess)
			}
		} else {
			refused = 0
			r.vlanPorts[v.ID] = ports
			read(src, v.ID, ports)
		}
		done()
		if r.ctx.Err() != nil {
			return
		}
	}
}
