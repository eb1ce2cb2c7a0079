package topology

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"steward/collect/network/seen"
)

// cable is a connection of a made-up network: ports of two switches; b is a
// switch, or -1 for a host at a's port.
type cable struct {
	a, ap, b, bp int
	blocked      bool
	bundle       int // number of cables when it is an aggregate; 0 when not
	host         string
}

// network is a made-up network with a known answer.
type network struct {
	switches int
	cables   []cable
	nextPort []int64
	hosts    []string
}

func switchMAC(i, port int) string { return fmt.Sprintf("00:1b:54:%02x:%02x:%02x", i>>8, i&0xff, port) }

// made makes a tree of switches with hosts, extra cables that spanning tree
// blocks, and some bundles.
func made(r *rand.Rand, switches, extra, hostsEach int, bundles bool) *network {
	n := &network{switches: switches, nextPort: make([]int64, switches)}
	port := func(i int) int { n.nextPort[i]++; return int(n.nextPort[i]) }
	connect := func(a, b int, blocked bool) {
		c := cable{a: a, ap: port(a), b: b, bp: port(b), blocked: blocked}
		if bundles && r.IntN(3) == 0 {
			c.bundle = 2
			port(a)
			port(b)
		}
		n.cables = append(n.cables, c)
	}
	for i := 1; i < switches; i++ {
		connect(r.IntN(i), i, false)
	}
	for range extra {
		a, b := r.IntN(switches), r.IntN(switches)
		if a != b {
			connect(min(a, b), max(a, b), true)
		}
	}
	for i := range switches {
		for range hostsEach {
			mac := fmt.Sprintf("3c:22:fb:%02x:%02x:%02x", i>>8, i&0xff, len(n.hosts)&0xff)
			n.hosts = append(n.hosts, mac)
			n.cables = append(n.cables, cable{a: i, ap: port(i), b: -1, host: mac})
		}
	}
	return n
}

func aggregateIndex(port int) int64 { return int64(1000 + port) }

// devices are what each switch sees. Forwarding tables are complete; which
// other methods speak is chosen.
func (n *network) devices(lldp, cdp, stp, fdb bool) []seen.Device {
	devices := make([]seen.Device, n.switches)
	name := func(p int) string { return fmt.Sprintf("GigabitEthernet1/0/%d", p) }
	for i := range devices {
		d := &devices[i]
		d.Key = fmt.Sprintf("sw%03d", i)
		d.SysName = fmt.Sprintf("sw%03d.example.org", i)
		d.ChassisID, d.ChassisType, d.BridgeMAC, d.Kind = switchMAC(i, 0), "mac", switchMAC(i, 0), "switch"
		for p := 1; p <= int(n.nextPort[i]); p++ {
			d.Interfaces = append(d.Interfaces, seen.Interface{Index: int64(p), Name: name(p), Type: 6, MAC: switchMAC(i, p)})
		}
	}
	heard := func(i, port, j, far int, alias bool) {
		e := seen.Neighbour{Port: name(port), IfIndex: int64(port), ChassisID: switchMAC(j, 0), ChassisType: "mac", PortID: name(far), PortType: "name", SysName: devices[j].SysName}
		if alias { // as CDP and some agents write it
			e.PortID = fmt.Sprintf("Gi1/0/%d", far)
		}
		if lldp {
			devices[i].LLDP = append(devices[i].LLDP, e)
		}
		if cdp {
			e.ChassisID, e.ChassisType, e.SysName, e.PortID = devices[j].SysName, "name", "", name(far)
			devices[i].CDP = append(devices[i].CDP, e)
		}
	}
	bundle := func(i, port, k int) {
		for p := range k {
			devices[i].Interfaces[port-1+p].Aggregate = aggregateIndex(port)
		}
		devices[i].Interfaces = append(devices[i].Interfaces, seen.Interface{Index: aggregateIndex(port), Name: fmt.Sprintf("Port-channel%d", port), Type: 161})
	}
	for _, c := range n.cables {
		if c.b < 0 {
			continue
		}
		for k := range max(c.bundle, 1) {
			heard(c.a, c.ap+k, c.b, c.bp+k, k == 0)
			heard(c.b, c.bp+k, c.a, c.ap+k, false)
		}
		if c.bundle > 0 {
			bundle(c.a, c.ap, c.bundle)
			bundle(c.b, c.bp, c.bundle)
		}
	}
	if stp {
		n.spanningTree(devices)
	}
	if fdb {
		n.forward(devices)
	}
	return devices
}

func (c cable) index(end int) int64 {
	p := c.ap
	if end == 1 {
		p = c.bp
	}
	if c.bundle > 0 {
		return aggregateIndex(p)
	}
	return int64(p)
}

// spanningTree has switch 0 as root; the lower number serves each segment, since
// the tree was made from it.
func (n *network) spanningTree(devices []seen.Device) {
	for i := range devices {
		devices[i].STP = []seen.STPInstance{{Protocol: "ieee8021d", Bridge: fmt.Sprintf("32768/%s", switchMAC(i, 0)), Root: fmt.Sprintf("32768/%s", switchMAC(0, 0))}}
	}
	add := func(i int, index int64, state string, by int, port int64) {
		s := &devices[i].STP[0]
		s.Ports = append(s.Ports, seen.STPPort{BridgePort: index, IfIndex: index, State: state, DesignatedBridge: fmt.Sprintf("32768/%s", switchMAC(by, 0)), DesignatedPort: fmt.Sprintf("128/%d", port)})
	}
	for _, c := range n.cables {
		add(c.a, c.index(0), "forwarding", c.a, c.index(0))
		if c.b < 0 {
			continue
		}
		state := "forwarding"
		if c.blocked {
			state = "blocking"
		}
		add(c.b, c.index(1), state, c.a, c.index(0))
	}
}

// forward gives each switch every address, behind the port that leads to it.
func (n *network) forward(devices []seen.Device) {
	type hop struct {
		to    int
		index int64
	}
	next := make([][]hop, n.switches)
	local := make([][]seen.FDBEntry, n.switches)
	for _, c := range n.cables {
		switch {
		case c.b < 0:
			local[c.a] = append(local[c.a], seen.FDBEntry{MAC: c.host, IfIndex: c.index(0), Status: "learned"})
		case !c.blocked:
			next[c.a] = append(next[c.a], hop{c.b, c.index(0)})
			next[c.b] = append(next[c.b], hop{c.a, c.index(1)})
		}
	}
	for i := range devices {
		devices[i].FDB = append(devices[i].FDB, local[i]...)
		for _, h := range next[i] {
			var walk func(at, from int)
			walk = func(at, from int) {
				devices[i].FDB = append(devices[i].FDB, seen.FDBEntry{MAC: switchMAC(at, 0), IfIndex: h.index, Status: "learned"})
				for _, e := range local[at] {
					devices[i].FDB = append(devices[i].FDB, seen.FDBEntry{MAC: e.MAC, IfIndex: h.index, Status: "learned"})
				}
				for _, on := range next[at] {
					if on.to != from {
						walk(on.to, at)
					}
				}
			}
			walk(h.to, i)
		}
	}
}

// answer are the links that should be found, as texts; blocked ones can only be
// found where something speaks over them.
func (n *network) answer(blocked, hosts bool) []string {
	var all []string
	for _, c := range n.cables {
		switch {
		case c.b < 0 && hosts:
			all = append(all, fmt.Sprintf("host %s – sw%03d %d", c.host, c.a, c.index(0)))
		case c.b >= 0 && (blocked || !c.blocked):
			x, y := fmt.Sprintf("sw%03d %d", c.a, c.index(0)), fmt.Sprintf("sw%03d %d", c.b, c.index(1))
			if y < x {
				x, y = y, x
			}
			all = append(all, x+" – "+y)
		}
	}
	slices.Sort(all)
	return all
}

// found are a map's links in the same form.
func found(m Map, hosts bool) []string {
	var all []string
	end := func(e End) string {
		if e.IfIndex == 0 {
			return e.Node
		}
		return fmt.Sprintf("%s %d", e.Node, e.IfIndex)
	}
	for _, l := range m.Links {
		if !hosts && (len(l.A.Node) > 5 || len(l.B.Node) > 5) {
			continue
		}
		x, y := end(l.A), end(l.B)
		if y < x {
			x, y = y, x
		}
		all = append(all, x+" – "+y)
	}
	slices.Sort(all)
	return all
}
