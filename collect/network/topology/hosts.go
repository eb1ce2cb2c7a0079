package topology

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// place is where a hardware address was found: nearest to the edge.
type place struct {
	port, size int
	tie        bool
}

// places puts every address that is nobody's we know behind a port at the edge:
// of the ports that have learnt it, the one with the fewest. Ports that lead to
// another bridge are no edge.
func (b *builder) places(tables []*table, macs []string, owner []int) {
	behind := b.behind(tables)
	bridge := map[int]bool{}
	for _, t := range tables {
		bridge[t.node] = true
	}
	// edge: the node that addresses behind a port hang on; -1: no edge.
	edge := func(p int) (node int, ok bool) {
		far := -1
		for _, i := range b.linked[p] {
			l := b.links[i]
			other := l.a
			if other == p {
				other = l.b
			}
			if far = b.ports[other].node; bridge[far] {
				return 0, false
			}
			if b.nodes[far].Class == Segment && b.bridges(far, p, bridge) {
				return 0, false
			}
		}
		if far >= 0 {
			return far, true
		}
		for _, n := range behind[p] {
			if bridge[n] {
				return 0, false
			}
		}
		return -1, true
	}
	best := map[int]place{}
	onEdge := map[int]int{}
	for _, t := range tables {
		for _, p := range t.ports {
			far, ok := edge(p)
			if !ok {
				continue
			}
			onEdge[p] = far
			size := t.macs[p].count()
			t.macs[p].each(func(m int) {
				if owner[m] >= 0 {
					return
				}
				at, known := best[m]
				switch {
				case !known || size < at.size:
					best[m] = place{p, size, false}
				case size == at.size && b.ports[at.port].node != b.ports[p].node:
					at.tie = true
					best[m] = at
				}
			})
		}
	}
	b.trunks(tables, onEdge, best)
	hosts := map[int][]int{}
	for _, m := range sortedKeys(best) {
		if at := best[m]; !at.tie {
			hosts[at.port] = append(hosts[at.port], m)
		}
	}
	for _, p := range sortedKeys(hosts) {
		list := hosts[p]
		slices.SortFunc(list, func(x, y int) int { return strings.Compare(macs[x], macs[y]) })
		b.hang(p, onEdge[p], list, macs)
	}
}

// bridges tells whether a segment has a bridge on another end than p.
func (b *builder) bridges(segment, p int, bridge map[int]bool) bool {
	for _, l := range b.links {
		for _, e := range [][2]int{{l.a, l.b}, {l.b, l.a}} {
			if b.ports[e[0]].node == segment && e[1] != p && bridge[b.ports[e[1]].node] {
				return true
			}
		}
	}
	return false
}

// trunks joins ports whose every address is at the edge of one other bridge to
// that bridge, although neither has learnt the other.
func (b *builder) trunks(tables []*table, onEdge map[int]int, best map[int]place) {
	for _, t := range tables {
		for _, p := range t.ports {
			if far, ok := onEdge[p]; !ok || far >= 0 || len(b.linked[p]) > 0 {
				continue
			}
			to, one := -1, t.macs[p].count() > 1
			t.macs[p].each(func(m int) {
				at, known := best[m]
				if !known || at.tie || at.port == p {
					one = false
					return
				}
				n := b.ports[at.port].node
				one = one && (to < 0 || to == n) && n != t.node
				to = n
			})
			if !one || to < 0 || b.between(t.node, to) != nil {
				continue
			}
			l := b.link(p, b.named(to, "", fmt.Sprintf("facing %d", p)))
			l.says(FDB, b.nodes[t.node].ID, "has learnt at "+b.title(p)+" only what is at ports of "+b.nodes[to].Name, 0.4)
			l.flag(Unproven)
			delete(onEdge, p)
		}
	}
}

// hang puts hosts behind a port: one is a host at it, several need something
// that is no device we know, unless a node is there they can hang on.
func (b *builder) hang(p, far int, list []int, macs []string) {
	from := b.nodes[b.ports[p].node].ID
	// What announced itself there is not a host of its own.
	var hosts []string
	for _, m := range list {
		if far >= 0 && slices.Contains(b.nodes[far].MACs, macs[m]) {
			for _, i := range b.linked[p] {
				b.links[i].says(FDB, from, "has learnt "+macs[m]+" at "+b.title(p), trust[FDB][1])
			}
			continue
		}
		hosts = append(hosts, macs[m])
	}
	if len(hosts) == 0 {
		return
	}
	hub := far
	if far < 0 && len(hosts) == 1 {
		h := b.host(hosts[0])
		l := b.link(p, b.named(h, "", fmt.Sprintf("facing %d", p)))
		l.says(FDB, from, "has learnt "+hosts[0]+" alone at "+b.title(p), 0.7)
		return
	}
	if far < 0 {
		hub = b.segment(p, fmt.Sprintf("%d hardware addresses at one port", len(hosts)))
		l := b.link(p, b.named(hub, "", fmt.Sprintf("facing %d", p)))
		l.says(FDB, from, fmt.Sprintf("has learnt %d hardware addresses at %s", len(hosts), b.title(p)), 0.6)
	}
	for _, m := range hosts {
		h := b.host(m)
		l := b.link(b.named(hub, "", "towards "+m), b.named(h, "", fmt.Sprintf("facing %d", p)))
		l.says(FDB, from, "has learnt "+m+" at "+b.title(p), 0.5)
	}
}

// host finds or makes the node of a hardware address; a neighbour that
// announced it elsewhere is that node.
func (b *builder) host(m string) int {
	if i, known := b.others["mac "+m]; known && i >= 0 {
		return i
	}
	b.others["mac "+m] = len(b.nodes)
	b.nodes = append(b.nodes, &node{Node: Node{ID: Host + " " + m, Class: Host, MACs: []string{m}}})
	return len(b.nodes) - 1
}

// hosts gives addresses to the hardware addresses found, from the neighbour
// tables of routers.
func (b *builder) hosts() {
	for _, n := range slices.Clone(b.nodes) {
		if n.dev == nil {
			continue
		}
		for _, e := range n.dev.ARP {
			m, ok := usable(e.MAC)
			ip, err := netip.ParseAddr(e.IP)
			if !ok || err != nil || e.Kind == "invalid" || ip.IsLinkLocalUnicast() {
				continue
			}
			if i, known := b.others["mac "+m]; known && i >= 0 {
				h := b.nodes[i]
				if len(h.Addresses) < 32 {
					h.Addresses = sortedUnique(append(h.Addresses, ip.Unmap().String()))
				}
			}
		}
	}
}

// maxARPHosts bounds how many hosts of one interface are drawn from neighbour
// addresses alone.
const maxARPHosts = 64

// arpHosts places what only a neighbour table knows: behind the interface that
// has it, with little confidence, since any number of bridges may be between.
func (b *builder) arpHosts() {
	for i, n := range slices.Clone(b.nodes) {
		if n.dev == nil {
			continue
		}
		found := map[int64]map[string][]string{} // ifIndex, hardware address, addresses
		for _, e := range n.dev.ARP {
			m, ok := usable(e.MAC)
			if !ok || b.learnt[m] || e.IfIndex == 0 || e.Kind == "invalid" || e.Kind == "local" || get(b.byMAC, m) == i {
				continue
			}
			if _, known := b.others["mac "+m]; known {
				continue // announced itself, or was placed
			}
			if found[e.IfIndex] == nil {
				found[e.IfIndex] = map[string][]string{}
			}
			found[e.IfIndex][m] = append(found[e.IfIndex][m], e.IP)
		}
		indexes := make([]int64, 0, len(found))
		for index := range found {
			indexes = append(indexes, index)
		}
		slices.Sort(indexes)
		for _, index := range indexes {
			b.arpInterface(i, index, found[index])
		}
	}
}

func (b *builder) arpInterface(i int, index int64, found map[string][]string) {
	macs := make([]string, 0, len(found))
	for m := range found {
		macs = append(macs, m)
	}
	slices.Sort(macs)
	p := b.whole(b.port(i, index))
	if len(b.linked[p]) > 0 {
		return // what is there is known better
	}
	from, hub := b.nodes[i].ID, -1
	if len(macs) > 1 {
		hub = b.segment(p, fmt.Sprintf("%d neighbours' addresses at one interface", len(macs)))
		l := b.link(p, b.named(hub, "", fmt.Sprintf("facing %d", p)))
		l.says(ARP, from, fmt.Sprintf("has addresses of %d neighbours at %s", len(macs), b.title(p)), 0.3)
	}
	for k, m := range macs {
		if k == maxARPHosts {
			b.nodes[hub].Why += fmt.Sprintf("; %d of them are shown", maxARPHosts)
			return
		}
		j := get(b.byMAC, m)
		if j < 0 {
			j = b.host(m)
			b.nodes[j].Addresses = sortedUnique(append(b.nodes[j].Addresses, found[m]...))
		} else if b.between(i, j) != nil {
			continue
		}
		near := p
		if hub >= 0 {
			near = b.named(hub, "", "towards "+m)
		}
		l := b.link(near, b.named(j, "", fmt.Sprintf("facing %d", p)))
		l.says(ARP, from, "has "+found[m][0]+" as its neighbour at "+b.title(p), 0.3)
	}
}
