package frame

import (
	"encoding/hex"
	"fmt"
)

// Dot1 is what the 802.1 group's elements tell beside VLANs (802.1Q annex D).
type Dot1 struct {
	PortVLANs      []ProtocolVLAN `json:"protocol_vlans,omitempty"`
	Protocols      []string       `json:"protocol_identities,omitempty" doc:"first bytes of the protocols, hexadecimal"`
	UsageDigest    string         `json:"vid_usage_digest,omitempty"`
	ManagementVLAN *int           `json:"management_vlan,omitempty"`
	ETS            *ETS           `json:"ets,omitempty" doc:"enhanced transmission selection in use"`
	ETSWanted      *ETS           `json:"ets_recommended,omitempty"`
	PFC            *PFC           `json:"pfc,omitempty"`
	Applications   []Application  `json:"application_priorities,omitempty"`
}

// ProtocolVLAN is a port and protocol VLAN.
type ProtocolVLAN struct {
	ID        int  `json:"id"`
	Supported bool `json:"supported"`
	Enabled   bool `json:"enabled"`
}

// ETS shares a link's bandwidth among traffic classes.
type ETS struct {
	Willing   bool  `json:"willing,omitempty"`
	Shaper    bool  `json:"credit_based_shaper,omitempty"`
	Classes   int   `json:"max_classes,omitempty"`
	Priority  []int `json:"class_of_priority"`
	Bandwidth []int `json:"bandwidth_percent"`
	Algorithm []int `json:"algorithm"`
}

// PFC is priority-based flow control.
type PFC struct {
	Willing bool  `json:"willing"`
	Bypass  bool  `json:"macsec_bypass"`
	Classes int   `json:"classes"`
	Enabled []int `json:"enabled_priorities"`
}

// Application gives a protocol its priority.
type Application struct {
	Priority int    `json:"priority"`
	Selector string `json:"selector" doc:"ethertype, tcp, udp, tcp-udp, dscp"`
	Protocol int    `json:"protocol"`
}

// Organisations whose elements are decoded.
const (
	ouiDot1 = 0x0080C2
	ouiDot3 = 0x00120F
	ouiMED  = 0x0012BB
	ouiIANA = 0x00005E
)

func (d *decoder) organisation(v piece) {
	if v.len() < 4 {
		d.element(v, -2, "an organisationally specific TLV has %d bytes; at least 4 would be right", v.len())
		return
	}
	oui, kind, rest := v.u24(0), int(v.b[3]), v.from(4)
	known := false
	switch oui {
	case ouiDot1:
		known = d.dot1(kind, rest)
	case ouiDot3:
		known = d.dot3(kind, rest)
	case ouiMED:
		known = d.med(kind, rest)
	case ouiIANA:
		if known = kind == 1; known {
			d.n.MUD = text(rest.b)
		}
	}
	if !known {
		d.n.Unknown = append(d.n.Unknown, TLV{Type: lldpOrganisation, OUI: fmt.Sprintf("%02x-%02x-%02x", v.b[0], v.b[1], v.b[2]), Subtype: &kind,
			Name: organisationNames[oui<<8|kind], Hex: hex.EncodeToString(rest.b)})
	}
}

// organisationNames are elements that are named and kept as they are.
var organisationNames = map[int]string{
	ouiDot1<<8 | 8: "congestion notification", ouiDot1<<8 | 13: "edge virtual bridging", ouiDot1<<8 | 14: "channel discovery", ouiDot1<<8 | 16: "application VLAN",
	0x000ECF01: "PROFINET delays", 0x000ECF02: "PROFINET port status", 0x000ECF04: "PROFINET redundancy", 0x000ECF05: "PROFINET chassis address", 0x000ECF06: "PROFINET time",
	0x001B2102: "data center bridging (CEE)", 0x00014201: "Cisco four-wire power",
}

// exact tells whether an element has the length it must have, and names it otherwise.
func (d *decoder) exact(v piece, title string, n int) bool {
	if v.len() != n {
		d.element(v, -6, "%s has %d bytes behind its subtype; %d would be right", title, v.len(), n)
		return false
	}
	return true
}

func (d *decoder) atLeast(v piece, title string, n int) bool {
	if v.len() < n {
		d.element(v, -6, "%s has %d bytes behind its subtype; at least %d would be right", title, v.len(), n)
		return false
	}
	return true
}

// vid checks a VLAN number; 4095 is reserved.
func (d *decoder) vid(v piece, offset int, title string) (int, bool) {
	id := v.u16(offset)
	if id > 4094 {
		d.element(v, offset, "%s names VLAN %d; 4094 is the highest", title, id)
		return 0, false
	}
	return id, true
}

func (d *decoder) dot1(kind int, v piece) bool {
	if d.n.Dot1 == nil {
		d.n.Dot1 = &Dot1{}
	}
	o := d.n.Dot1
	defer func() {
		if o.empty() {
			d.n.Dot1 = nil
		}
	}()
	switch kind {
	case 1:
		if !d.exact(v, "Port VLAN ID", 2) {
			break
		}
		if d.n.NativeVLAN != nil {
			d.element(v, -6, "Port VLAN ID stands a second time; the first one counts")
		} else if id, ok := d.vid(v, 0, "Port VLAN ID"); ok {
			d.n.NativeVLAN = &id
		}
	case 2:
		if !d.exact(v, "Port and Protocol VLAN ID", 3) {
			break
		}
		if id, ok := d.vid(v, 1, "Port and Protocol VLAN ID"); ok {
			o.PortVLANs = append(o.PortVLANs, ProtocolVLAN{id, bit(v.b[0], 2), bit(v.b[0], 4)})
		}
	case 3:
		if !d.atLeast(v, "VLAN Name", 3) {
			break
		}
		n := int(v.b[2])
		if n > 32 || n != v.len()-3 {
			d.element(v, 2, "VLAN Name says %d bytes of name and has %d; at most 32 would be right", n, v.len()-3)
			break
		}
		if id, ok := d.vid(v, 0, "VLAN Name"); ok {
			d.n.VLANs = append(d.n.VLANs, VLAN{id, text(v.b[3:])})
		}
	case 4:
		if !d.atLeast(v, "Protocol Identity", 1) {
			break
		}
		if n := int(v.b[0]); n != v.len()-1 {
			d.element(v, 0, "Protocol Identity says %d bytes and has %d", n, v.len()-1)
			break
		}
		o.Protocols = append(o.Protocols, hex.EncodeToString(v.b[1:]))
	case 5:
		if d.exact(v, "VID Usage Digest", 4) {
			o.UsageDigest = hex.EncodeToString(v.b)
		}
	case 6:
		if !d.exact(v, "Management VID", 2) {
			break
		}
		if id, ok := d.vid(v, 0, "Management VID"); ok {
			o.ManagementVLAN = &id
		}
	case 7:
		d.aggregation(v)
	case 9, 10:
		if !d.exact(v, map[int]string{9: "ETS Configuration", 10: "ETS Recommendation"}[kind], 21) {
			break
		}
		e := &ETS{Priority: nibbles(v.b[1:5]), Bandwidth: octets(v.b[5:13]), Algorithm: octets(v.b[13:21])}
		if kind == 10 {
			o.ETSWanted = e
			break
		}
		e.Willing, e.Shaper = bit(v.b[0], 0x80), bit(v.b[0], 0x40)
		if e.Classes = int(v.b[0] & 7); e.Classes == 0 {
			e.Classes = 8
		}
		o.ETS = e
	case 11:
		if d.exact(v, "Priority-based Flow Control", 2) {
			o.PFC = &PFC{Willing: bit(v.b[0], 0x80), Bypass: bit(v.b[0], 0x40), Classes: int(v.b[0] & 0x0F), Enabled: set(v.b[1])}
		}
	case 12:
		if !d.atLeast(v, "Application Priority", 1) {
			break
		}
		if (v.len()-1)%3 != 0 {
			d.element(v, -6, "Application Priority has %d bytes behind its subtype; 1 and 3 for each application would be right", v.len())
			break
		}
		for i := 1; i < v.len(); i += 3 {
			sel := []string{"reserved", "ethertype", "tcp", "udp", "tcp-udp", "dscp", "reserved", "reserved"}[v.b[i]&7]
			o.Applications = append(o.Applications, Application{int(v.b[i] >> 5), sel, v.u16(i + 1)})
		}
	default:
		return false
	}
	return true
}

func (o *Dot1) empty() bool {
	return o.PortVLANs == nil && o.Protocols == nil && o.UsageDigest == "" && o.ManagementVLAN == nil && o.ETS == nil && o.ETSWanted == nil && o.PFC == nil && o.Applications == nil
}

// aggregation is the same element in both groups.
func (d *decoder) aggregation(v piece) {
	if d.exact(v, "Link Aggregation", 5) {
		d.n.Aggregation = &Bundle{bit(v.b[0], 1), bit(v.b[0], 2), v.u32(1)}
	}
}

func nibbles(b []byte) []int {
	var v []int
	for _, c := range b {
		v = append(v, int(c>>4), int(c&0x0F))
	}
	return v
}

func octets(b []byte) []int {
	v := make([]int, len(b))
	for i, c := range b {
		v[i] = int(c)
	}
	return v
}

// set is the numbers of the bits that are set.
func set(b byte) []int {
	v := []int{}
	for i := range 8 {
		if b>>i&1 == 1 {
			v = append(v, i)
		}
	}
	return v
}
