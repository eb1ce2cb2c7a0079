package topology

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// subnets joins interfaces of two devices that share a network with room for
// two: /30 and /31, /126 and /127.
func (b *builder) subnets() {
	type at struct {
		node  int
		index int64
		ip    netip.Addr
	}
	nets := map[netip.Prefix][]at{}
	for i, n := range b.nodes {
		if n.dev == nil {
			continue
		}
		for _, c := range n.dev.Interfaces {
			for _, s := range c.IPs {
				p, ok := address(s)
				if !ok || p.Addr().IsLoopback() || p.Addr().IsLinkLocalUnicast() || c.Type == 24 || c.Oper == "down" {
					continue
				}
				if room := p.Addr().BitLen() - p.Bits(); room == 1 || room == 2 {
					nets[p.Masked()] = append(nets[p.Masked()], at{i, c.Index, p.Addr()})
				}
			}
		}
	}
	keys := make([]netip.Prefix, 0, len(nets))
	for k := range nets {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(x, y netip.Prefix) int {
		return cmp.Or(x.Addr().Compare(y.Addr()), cmp.Compare(x.Bits(), y.Bits()))
	})
	for _, k := range keys {
		ends := nets[k]
		// A third device, or twice the same address, is a network used twice.
		if len(ends) != 2 || ends[0].node == ends[1].node || ends[0].ip == ends[1].ip {
			continue
		}
		x, y := ends[0], ends[1]
		p, q := b.whole(b.port(x.node, x.index)), b.whole(b.port(y.node, y.index))
		logical := virtual(b.nodes[x.node].cards[x.index].Type) || virtual(b.nodes[y.node].cards[y.index].Type)
		var l *link
		switch {
		case b.joined(p, q):
			l = b.link(p, q)
		case logical:
			if l = b.between(x.node, y.node); l == nil { // else the network runs over the cable between them
				l = b.link(p, q)
				l.logical = true
			}
		case len(b.linked[p])+len(b.linked[q]) > 0:
			if l = b.between(x.node, y.node); l == nil {
				continue // they are known to lead elsewhere: bridges are between
			}
		default:
			l = b.link(p, q)
		}
		for _, e := range [][2]at{{x, y}, {y, x}} {
			l.says(Subnet, b.nodes[e[0].node].ID, fmt.Sprintf("has %s of %s", e[0].ip, k), 0.6)
			for _, a := range b.nodes[e[0].node].dev.ARP {
				if m, ok := usable(a.MAC); ok && a.IP == e[1].ip.String() && get(b.byMAC, m) == e[1].node {
					l.says(ARP, b.nodes[e[0].node].ID, "has "+a.IP+" as its neighbour", 0.4)
				}
			}
		}
	}
}

// joined tells whether two ports have a link.
func (b *builder) joined(p, q int) bool {
	return slices.ContainsFunc(b.linked[p], func(i int) bool { return b.links[i].a == q || b.links[i].b == q })
}

// finish writes the map down in a fixed order.
func (b *builder) finish() Map {
	var m Map
	used := make([]bool, len(b.nodes))
	for _, l := range b.links {
		used[b.ports[l.a].node], used[b.ports[l.b].node] = true, true
	}
	for i, n := range b.nodes {
		if !used[i] && n.dev == nil {
			continue
		}
		m.Nodes = append(m.Nodes, n.Node)
	}
	slices.SortFunc(m.Nodes, func(x, y Node) int { return cmp.Compare(x.ID, y.ID) })
	for _, l := range b.links {
		if len(l.evidence) > 0 {
			m.Links = append(m.Links, b.written(l))
		}
	}
	slices.SortStableFunc(m.Links, func(x, y Link) int {
		return cmp.Or(cmp.Compare(x.A.Node, y.A.Node), cmp.Compare(x.B.Node, y.B.Node), cmp.Compare(x.A.IfIndex, y.A.IfIndex), cmp.Compare(x.A.Port, y.A.Port),
			cmp.Compare(x.B.IfIndex, y.B.IfIndex), cmp.Compare(x.B.Port, y.B.Port))
	})
	return m
}

func (b *builder) end(p int) End {
	at := b.ports[p]
	return End{b.nodes[at.node].ID, b.title(p), at.ifIndex}
}

func (b *builder) written(l *link) Link {
	out := Link{A: b.end(l.a), B: b.end(l.b), Confidence: l.believe(), Flags: sortedUnique(slices.Clone(l.flags)), Evidence: slices.Clone(l.evidence), Logical: l.logical}
	_, near := b.inReserve(l.a)
	_, far := b.inReserve(l.b)
	out.Blocked = near || far
	swap := out.A.Node > out.B.Node
	for _, m := range l.members {
		one := Member{b.end(m[0]), b.end(m[1])}
		if one.A.Node != out.A.Node {
			one.A, one.B = one.B, one.A
		}
		if swap {
			one.A, one.B = one.B, one.A
		}
		out.Members = append(out.Members, one)
	}
	slices.SortFunc(out.Members, func(x, y Member) int {
		return cmp.Or(cmp.Compare(x.A.IfIndex, y.A.IfIndex), cmp.Compare(x.B.IfIndex, y.B.IfIndex), cmp.Compare(x.A.Port, y.A.Port), cmp.Compare(x.B.Port, y.B.Port))
	})
	out.Members = slices.Compact(out.Members)
	if swap {
		out.A, out.B = out.B, out.A
	}
	order := []string{LLDP, CDP, STP, FDB, ARP, Subnet}
	for _, method := range order {
		if slices.ContainsFunc(out.Evidence, func(e Evidence) bool { return e.Method == method && e.Confidence > 0 }) {
			out.Methods = append(out.Methods, method)
		}
	}
	slices.SortStableFunc(out.Evidence, func(x, y Evidence) int {
		return cmp.Or(cmp.Compare(slices.Index(order, x.Method), slices.Index(order, y.Method)), strings.Compare(x.From, y.From), strings.Compare(x.Says, y.Says))
	})
	return out
}
