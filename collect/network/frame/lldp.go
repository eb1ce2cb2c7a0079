package frame

import (
	"encoding/hex"
	"fmt"
	"slices"
)

// Elements of an LLDPDU (IEEE 802.1AB-2016, table 8-1).
const (
	lldpEnd = iota
	lldpChassis
	lldpPort
	lldpTTL
	lldpPortDescription
	lldpName
	lldpDescription
	lldpCapabilities
	lldpManagement
	lldpOrganisation = 127
)

var lldpNames = map[int]string{lldpEnd: "End of LLDPDU", lldpChassis: "Chassis ID", lldpPort: "Port ID", lldpTTL: "Time To Live", lldpPortDescription: "Port Description",
	lldpName: "System Name", lldpDescription: "System Description", lldpCapabilities: "System Capabilities", lldpManagement: "Management Address", lldpOrganisation: "organisationally specific"}

func lldpTitle(kind int) string {
	if n := lldpNames[kind]; n != "" {
		return n
	}
	return fmt.Sprintf("TLV type %d", kind)
}

// chassisKinds and portKinds are the subtypes of tables 8-2 and 8-3.
var (
	chassisKinds    = []string{1: "component", 2: "interface-alias", 3: "port-component", 4: "mac", 5: "network", 6: "interface-name", 7: "local"}
	portKinds       = []string{1: "interface-alias", 2: "port-component", 3: "mac", 4: "network", 5: "interface-name", 6: "agent-circuit", 7: "local"}
	capabilityNames = []string{"other", "repeater", "bridge", "wlan-ap", "router", "telephone", "docsis", "station", "c-vlan", "s-vlan", "two-port-mac-relay"}
)

// lldp reads an LLDPDU as section 9.2.7.7 checks it: a fault in one of the
// three first elements or in the chain of lengths costs the frame, one in
// another element costs the element.
func (d *decoder) lldp(e envelope) {
	p := e.payload
	if p.len() == 0 {
		if e.cut {
			d.frame(p, 0, "the capture kept nothing of the LLDPDU")
		} else {
			d.frame(p, 0, "the LLDPDU is empty")
		}
		return
	}
	seen := map[int]bool{}
	for count := 0; ; count++ {
		if p.len() < 2 {
			switch {
			case e.cut:
				d.cutShort(p, count)
			case p.len() == 1:
				d.frame(p, 0, "one byte stands where a TLV's header of 2 should begin, or the end")
			case count < 3:
				d.frame(p, 0, "the LLDPDU ends where %s should stand", lldpTitle(count+1))
			default:
				d.remark("no End of LLDPDU")
			}
			return
		}
		kind, size := p.u16(0)>>9, p.u16(0)&0x1FF
		if count < 3 && kind != count+1 {
			d.frame(p, 0, "TLV %d is %s where %s should stand", count+1, lldpTitle(kind), lldpTitle(count+1))
			return
		}
		if kind == lldpEnd {
			if size != 0 {
				d.element(p, 0, "End of LLDPDU has %d bytes; 0 would be right", size)
			}
			return
		}
		if size > p.len()-2 {
			if e.cut {
				d.cutShort(p, count)
				return
			}
			d.frame(p, 0, "%s should have %d bytes and %d are left in the frame", lldpTitle(kind), size, p.len()-2)
			return
		}
		value := p.part(2, 2+size)
		if count >= 3 && kind <= lldpTTL {
			d.frame(p, 0, "%s stands a second time", lldpTitle(kind))
			return
		}
		if kind >= lldpPortDescription && kind <= lldpCapabilities && seen[kind] {
			d.element(p, 0, "%s stands a second time; the first one counts", lldpTitle(kind))
		} else if d.lldpElement(kind, value); d.lost {
			return
		}
		seen[kind] = true
		p = p.from(2 + size)
	}
}

// cutShort keeps what stood before the capture's cut, if it names the port.
func (d *decoder) cutShort(p piece, count int) {
	if count < 3 {
		d.frame(p, 0, "the capture cut the frame before %s was whole", lldpTitle(min(count+1, 3)))
		return
	}
	d.n.Cut = true
	d.element(p, 0, "the capture cut the frame here")
}

func (d *decoder) lldpElement(kind int, v piece) {
	switch kind {
	case lldpChassis:
		d.n.Chassis = d.id(v, "Chassis ID", chassisKinds, 4, 5)
	case lldpPort:
		d.n.Port = d.id(v, "Port ID", portKinds, 3, 4)
	case lldpTTL:
		if v.len() < 2 {
			d.frame(v, -2, "Time To Live has %d bytes; 2 would be right", v.len())
			return
		}
		if v.len() > 2 {
			d.remark("Time To Live has %d bytes instead of 2", v.len())
		}
		d.n.TTL = v.u16(0)
		d.n.Gone = d.n.TTL == 0
	case lldpPortDescription:
		d.basicText(v, kind, &d.n.PortDescription)
	case lldpName:
		d.basicText(v, kind, &d.n.SystemName)
	case lldpDescription:
		d.basicText(v, kind, &d.n.SystemDescription)
	case lldpCapabilities:
		if v.len() != 4 {
			d.element(v, -2, "System Capabilities has %d bytes; 4 would be right", v.len())
			return
		}
		d.n.Capabilities, d.n.Enabled = bitNames(v.u16(0), capabilityNames), bitNames(v.u16(2), capabilityNames)
		if v.u16(2)&^v.u16(0) != 0 {
			d.remark("enabled capabilities that the device does not have: %v", slices.DeleteFunc(slices.Clone(d.n.Enabled), func(c string) bool { return slices.Contains(d.n.Capabilities, c) }))
		}
	case lldpManagement:
		d.management(v)
	case lldpOrganisation:
		d.organisation(v)
	default:
		d.n.Unknown = append(d.n.Unknown, TLV{Type: kind, Hex: hex.EncodeToString(v.b)})
	}
}

func (d *decoder) basicText(v piece, kind int, into *string) {
	if v.len() > 255 {
		d.element(v, -2, "%s has %d bytes; at most 255 would be right", lldpTitle(kind), v.len())
		return
	}
	*into = text(v.b)
}

// id reads a chassis' or a port's name. Its subtype for hardware addresses is
// macKind, for network addresses netKind.
func (d *decoder) id(v piece, title string, kinds []string, macKind, netKind int) ID {
	if v.len() < 2 || v.len() > 256 {
		d.frame(v, -2, "%s has %d bytes; 2 to 256 would be right", title, v.len())
		return ID{}
	}
	kind, b := int(v.b[0]), v.b[1:]
	id := ID{Kind: "unknown"}
	if kind > 0 && kind < len(kinds) {
		id.Kind = kinds[kind]
	} else {
		d.remark("%s has the reserved subtype %d", title, kind)
	}
	switch kind {
	case macKind:
		if len(b) != 6 {
			d.frame(v, -2, "%s is a hardware address of %d bytes; 6 would be right", title, len(b))
			return id
		}
		id.Value = mac(b)
	case netKind:
		value, _, ok := address(int(b[0]), b[1:])
		if !ok {
			d.frame(v, 1, "%s is a network address of family %d with %d bytes", title, b[0], len(b)-1)
			return id
		}
		id.Value = value
	default:
		id.Value = textOrHex(b)
	}
	return id
}

// management reads a Management Address TLV (802.1AB, 8.5.9).
func (d *decoder) management(v piece) {
	if v.len() < 9 || v.len() > 167 {
		d.element(v, -2, "Management Address has %d bytes; 9 to 167 would be right", v.len())
		return
	}
	n := int(v.b[0]) // subtype and address
	if n < 2 || n > 32 {
		d.element(v, 0, "Management Address' address has %d bytes; 2 to 32 would be right", n)
		return
	}
	if 1+n+6 > v.len() {
		d.element(v, 0, "Management Address' address has %d bytes and leaves no room for the interface's number", n)
		return
	}
	m := Management{}
	var ok bool
	if m.Address, m.Family, ok = address(int(v.b[1]), v.b[2:1+n]); !ok {
		d.element(v, 1, "Management Address of family %d has %d bytes", v.b[1], n-1)
		return
	}
	rest := v.from(1 + n)
	switch rest.b[0] {
	case 1:
		m.Numbering = "unknown"
	case 2:
		m.Numbering = "ifIndex"
	case 3:
		m.Numbering = "system-port"
	default:
		d.remark("management address %s has the reserved interface numbering %d", m.Address, rest.b[0])
	}
	m.Interface = rest.u32(1)
	size := int(rest.b[5])
	switch name, ok := oid(rest.b[6:min(6+size, rest.len())]); {
	case size > 128:
		d.element(rest, 5, "Management Address' object identifier has %d bytes; at most 128 would be right", size)
		return
	case size > rest.len()-6:
		d.element(rest, 5, "Management Address' object identifier should have %d bytes and %d are left", size, rest.len()-6)
		return
	case size > 0 && ok:
		m.OID = name
	case size > 0:
		d.remark("the object identifier of management address %s is not one: %x", m.Address, rest.b[6:6+size])
	}
	if extra := rest.len() - 6 - size; extra > 0 {
		d.remark("%d bytes stand behind management address %s", extra, m.Address)
	}
	d.n.Management = append(d.n.Management, m)
}
