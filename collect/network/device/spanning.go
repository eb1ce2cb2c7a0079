package device

import (
	"fmt"
	"strings"

	"steward/collect/fact"
	"steward/collect/network/seen"
	"steward/collect/network/snmp"
)

// stp reads the spanning tree of BRIDGE-MIB: the common one, or where a Cisco
// switch has a tree for each VLAN, each in its context.
func (r *reader) stp() int {
	n := r.tree(r.src, 0, r.ports)
	if n == 0 && r.failed != nil || !strings.HasPrefix(r.d.SysObjectID, "1.3.6.1.4.1.9.") || len(r.d.VLANs) < 2 {
		return n
	}
	// CISCO-STP-EXTENSIONS-MIB stpxSpanningTreeType; old switches do not tell
	switch kind := r.scalars("1.3.6.1.4.1.9.9.82.1.6.1.0")[0]; {
	case kind.Missing() && n == 0:
		return n
	case !kind.Missing() && intOf(kind) != 1 && intOf(kind) != 3 && intOf(kind) != 5:
		return n // MISTP and MST have no trees by VLAN
	}
	if r.o.Context == nil {
		r.d.Gaps = append(r.d.Gaps, fact.Gap{What: "spanning trees of VLANs but the first", Why: "the switch tells each only in a context of the VLAN", Needs: "asking the live device (community@VLAN, or user access to the contexts vlan-…)"})
		return n
	}
	common := r.d.STP
	r.d.STP = nil
	rows := 0
	r.eachVLAN(func(src snmp.Source, vlan int, ports map[int64]int64) { rows += r.tree(src, vlan, ports) })
	if len(r.d.STP) == 0 {
		r.d.STP = common
		return n
	}
	return rows
}

// tree reads one spanning tree.
func (r *reader) tree(src snmp.Source, vlan int, ports map[int64]int64) int {
	const b = "1.3.6.1.2.1.17.2."
	v := r.scalarsFrom(src, b+"1.0", b+"2.0", b+"3.0", b+"4.0", b+"5.0", b+"6.0", b+"7.0", "1.3.6.1.2.1.17.1.1.0")
	if v[4].Missing() && v[0].Missing() {
		return 0
	}
	s := seen.STPInstance{VLAN: vlan, Protocol: word(intOf(v[0]), "unknown", "dec-lb100", "ieee8021d"), Root: bridgeID(v[4]), RootCost: intOf(v[5]), RootPort: intOf(v[6]), Changes: intOf(v[3])}
	if t, ok := v[2].Uint(); ok {
		s.SinceSeconds = float64(t) / 100
	}
	own, ok := v[7].MAC() // Cisco's may have another address in each VLAN
	if !ok || own == "00:00:00:00:00:00" {
		own = r.d.BridgeMAC
	}
	if own != "" && !v[1].Missing() {
		s.Bridge = fmt.Sprintf("%d/%s", intOf(v[1]), own)
	}
	s.RootIfIndex = ports[s.RootPort]
	for _, w := range r.tableFrom(src, b+"15.1", 3, 5, 6, 8, 9).list {
		if len(w.index) != 1 {
			continue
		}
		p := seen.STPPort{BridgePort: w.first(), IfIndex: ports[w.first()], State: word(w.int(3), "disabled", "blocking", "listening", "learning", "forwarding", "broken"),
			Cost: w.int(5), DesignatedRoot: bridgeID(w.get(6)), DesignatedBridge: bridgeID(w.get(8))}
		if x := w.get(9).Bytes; len(x) == 2 {
			// RFC 4188: 4 bits of priority, 12 of number
			p.DesignatedPort = fmt.Sprintf("%d/%d", x[0]&0xf0, int(x[0]&0x0f)<<8|int(x[1]))
		}
		s.Ports = append(s.Ports, p)
	}
	if s.Root == "" && len(s.Ports) == 0 {
		return 0
	}
	r.d.STP = append(r.d.STP, s)
	return 1 + len(s.Ports)
}

// bridgeID writes a bridge id as priority/mac; "" for one of zeros.
func bridgeID(v snmp.Value) string {
	b := v.Bytes
	if len(b) != 8 {
		return ""
	}
	m, _ := snmp.Value{Kind: snmp.OctetString, Bytes: b[2:]}.MAC()
	if m == "00:00:00:00:00:00" {
		return ""
	}
	return fmt.Sprintf("%d/%s", int(b[0])<<8|int(b[1]), m)
}
