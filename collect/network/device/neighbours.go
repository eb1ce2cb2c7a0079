package device

import (
	"net/netip"
	"slices"
	"strings"

	"steward/collect/network/seen"
	"steward/collect/network/snmp"
)

// lldpTables are the two standards' tables: IEEE 802.1AB-2005 and -2009 (v2).
var lldpTables = []struct {
	base         string
	first        uint32 // column of lldpRemChassisIdSubtype; the others follow
	local        string // entry of the local ports, whose columns are subtype, id, description
	portColumn   uint32
	indexNumbers int // of the remote entry's index
	v2           bool
}{
	{"1.0.8802.1.1.2.1", 4, "3.7.1", 2, 3, false},
	{"1.3.111.2.802.1.1.13.1", 5, "3.7.1", 3, 4, true},
}

var (
	chassisTypes = []string{"component", "alias", "port", "mac", "address", "interface", "local"}
	portTypes    = []string{"alias", "component", "mac", "address", "name", "circuit", "local"}
	lldpRoles    = []string{"other", "repeater", "bridge", "access-point", "router", "phone", "docsis", "station", "c-vlan", "s-vlan", "tpmr"}
)

// lldp reads LLDP-MIB and LLDP-V2-MIB.
func (r *reader) lldp() int {
	n := 0
	for _, t := range lldpTables {
		own := r.scalars(t.base+".3.1.0", t.base+".3.2.0", t.base+".3.3.0")
		if kind, ok := own[0].Int(); ok && !own[1].Missing() && r.d.ChassisID == "" {
			r.d.ChassisType = word(kind, chassisTypes...)
			r.d.ChassisID = identifier(own[1], r.d.ChassisType)
			if r.d.SysName == "" {
				r.d.SysName = own[2].Text()
			}
		}
		f := t.first
		remote := r.table(t.base+".4.1.1", f, f+1, f+2, f+3, f+4, f+5, f+6, f+7, f+8)
		if len(remote.list) == 0 {
			continue
		}
		ports := map[int64]port{}
		for _, w := range r.table(t.base+"."+t.local, t.portColumn, t.portColumn+1, t.portColumn+2).list {
			kind := word(w.int(t.portColumn), portTypes...)
			p := port{id: identifier(w.get(t.portColumn+1), kind), kind: kind, descr: w.text(t.portColumn + 2)}
			p.ifIndex = r.findPort(w.first(), p, t.v2)
			ports[w.first()] = p
		}
		managed := map[string][]string{}
		for _, w := range r.table(t.base+".4.2.1", 3, 4, 5).list {
			// index: time, port, (destination,) number, address type, length, address
			if len(w.index) < t.indexNumbers+2 {
				continue
			}
			if a, ok := managementAddress(w.index[t.indexNumbers:]); ok {
				key := w.index[1:t.indexNumbers].String()
				managed[key] = append(managed[key], a)
			}
		}
		med := map[string]row{}
		for _, w := range r.table("1.0.8802.1.1.2.1.5.4795.1.3.3.1", 4, 6).list {
			if len(w.index) == 3 {
				med[w.index[1:].String()] = w
			}
		}
		for _, w := range remote.list {
			if len(w.index) < t.indexNumbers {
				continue
			}
			local := int64(w.index[1])
			p, ok := ports[local]
			if !ok {
				p.ifIndex = r.findPort(local, p, t.v2)
			}
			key := w.index[1:t.indexNumbers].String()
			b := seen.Neighbour{IfIndex: p.ifIndex, Port: r.portName(p), ChassisType: word(w.int(f), chassisTypes...), PortType: word(w.int(f+2), portTypes...),
				PortDescr: w.text(f + 4), SysName: w.text(f + 5), SysDescr: w.text(f + 6), Addresses: managed[key], Capabilities: roles(w.get(f + 8)),
				Model: clean(med[key].text(6)), Serial: clean(med[key].text(4))}
			b.ChassisID, b.PortID = identifier(w.get(f+1), b.ChassisType), identifier(w.get(f+3), b.PortType)
			if b.ChassisID == "" && b.SysName == "" && b.PortID == "" {
				continue
			}
			if t.v2 && slices.ContainsFunc(r.d.LLDP, func(o seen.Neighbour) bool {
				return o.IfIndex == b.IfIndex && o.ChassisID == b.ChassisID && o.PortID == b.PortID
			}) {
				continue
			}
			r.d.LLDP = append(r.d.LLDP, b)
			n++
		}
	}
	return n
}

// port is an own port as LLDP names it.
type port struct {
	id, kind, descr string
	ifIndex         int64
}

func (r *reader) portName(p port) string {
	if i := r.iface(p.ifIndex); i != nil && i.Name != "" {
		return i.Name
	}
	if p.kind == "mac" || p.id == "" {
		return p.descr
	}
	return p.id
}

// findPort finds the interface of an LLDP port: by what its id is, then by its
// description, then by its number, which is an ifIndex or a bridge port.
func (r *reader) findPort(number int64, p port, v2 bool) int64 {
	if v2 && r.iface(number) != nil {
		return number
	}
	find := func(same func(*seen.Interface) bool) int64 {
		found := int64(0)
		for i := range r.d.Interfaces {
			if same(&r.d.Interfaces[i]) {
				if found != 0 {
					return 0
				}
				found = r.d.Interfaces[i].Index
			}
		}
		return found
	}
	var ways []func(*seen.Interface) bool
	byName := func(s string) func(*seen.Interface) bool {
		return func(i *seen.Interface) bool {
			return s != "" && (strings.EqualFold(i.Name, s) || strings.EqualFold(i.Descr, s))
		}
	}
	switch p.kind {
	case "name":
		ways = append(ways, byName(p.id))
	case "mac":
		ways = append(ways, func(i *seen.Interface) bool { return i.MAC == p.id && i.Type == 6 })
	case "alias":
		ways = append(ways, func(i *seen.Interface) bool { return p.id != "" && (i.Alias == p.id || i.Name == p.id) })
	case "local":
		ways = append(ways, byName(p.id))
	}
	ways = append(ways, byName(p.descr), func(i *seen.Interface) bool { return p.descr != "" && i.Alias == p.descr })
	for _, w := range ways {
		if n := find(w); n != 0 {
			return n
		}
	}
	if p.kind == "local" { // often the ifIndex as text
		if v, ok := (snmp.Value{Kind: snmp.OctetString, Bytes: []byte(p.id)}).Int(); ok && r.iface(v) != nil {
			return v
		}
	}
	if n, ok := r.ports[number]; ok && r.iface(number) == nil {
		return n
	}
	if r.iface(number) != nil {
		return number
	}
	return r.ports[number]
}

// identifier writes an LLDP id by its type.
func identifier(v snmp.Value, kind string) string {
	switch kind {
	case "mac":
		if m, ok := v.MAC(); ok {
			return m
		}
	case "address":
		b := v.Bytes
		if len(b) == 5 && b[0] == 1 || len(b) == 17 && b[0] == 2 {
			if a, ok := netip.AddrFromSlice(b[1:]); ok {
				return a.String()
			}
		}
		if a, ok := v.IP(); ok {
			return a.String()
		}
	}
	s := v.Text()
	if len(v.Bytes) == 6 && strings.Count(s, ":") == 5 { // a hardware address under another name
		return s
	}
	return s
}

func managementAddress(index snmp.OID) (string, bool) {
	a, _, ok := inetAddress(index)
	if !ok || !a.IsValid() || a.IsUnspecified() {
		return "", false
	}
	return a.String(), true
}

// roles reads LldpSystemCapabilitiesMap: the first bit is the highest.
func roles(v snmp.Value) []string {
	var out []string
	for i, name := range lldpRoles {
		if i/8 < len(v.Bytes) && v.Bytes[i/8]&(0x80>>(i%8)) != 0 {
			out = append(out, name)
		}
	}
	return out
}

var cdpRoles = []string{"router", "bridge", "source-route-bridge", "switch", "host", "igmp", "repeater", "phone", "remote"}

// cdp reads CISCO-CDP-MIB, and MikroTik's neighbours, who listen to it too.
func (r *reader) cdp() int {
	for _, w := range r.table("1.3.6.1.4.1.9.9.23.1.2.1.1", 3, 4, 5, 6, 7, 8, 9, 11, 17, 19, 20).list {
		b := seen.Neighbour{IfIndex: w.first(), SysDescr: w.text(5), ChassisType: "name", PortType: "name", PortID: w.text(7), Platform: w.text(8), SysName: w.text(17), NativeVLAN: int(w.int(11))}
		b.ChassisID = w.text(6)
		if m, ok := w.get(6).MAC(); ok {
			b.ChassisID, b.ChassisType = m, "mac"
		}
		if b.SysName == "" && b.ChassisType == "name" {
			b.SysName = b.ChassisID
		}
		for _, c := range []uint32{4, 20} {
			if a, ok := w.get(c).IP(); ok && !a.IsUnspecified() && !slices.Contains(b.Addresses, a.String()) {
				b.Addresses = append(b.Addresses, a.String())
			}
		}
		var bits uint32
		for _, c := range w.get(9).Bytes {
			bits = bits<<8 | uint32(c)
		}
		for n, name := range cdpRoles {
			if bits&(1<<n) != 0 {
				b.Capabilities = append(b.Capabilities, name)
			}
		}
		if i := r.iface(b.IfIndex); i != nil {
			b.Port = i.Name
		}
		if b.ChassisID == "" && b.PortID == "" && len(b.Addresses) == 0 {
			continue
		}
		r.d.CDP = append(r.d.CDP, b)
	}
	if strings.HasPrefix(r.d.SysObjectID, "1.3.6.1.4.1.14988.") {
		for _, w := range r.table("1.3.6.1.4.1.14988.1.1.11.1.1", 2, 3, 4, 5, 6, 8).list {
			b := seen.Neighbour{IfIndex: w.int(8), SysName: w.text(6), SysDescr: w.text(4), Platform: w.text(5)}
			if m, ok := w.get(3).MAC(); ok {
				b.ChassisID, b.ChassisType = m, "mac"
			}
			if a, ok := w.get(2).IP(); ok && !a.IsUnspecified() {
				b.Addresses = []string{a.String()}
			}
			if i := r.iface(b.IfIndex); i != nil {
				b.Port = i.Name
			}
			r.d.CDP = append(r.d.CDP, b)
		}
	}
	return len(r.d.CDP)
}
