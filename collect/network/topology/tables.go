package topology

import (
	"fmt"
	"math/bits"
	"slices"

	"steward/collect/fact"
)

// set is a set of small numbers.
type set []uint64

func newSet(n int) set  { return make(set, (n+63)/64) }
func (s set) add(i int) { s[i/64] |= 1 << (i % 64) }

func (s set) count() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

func (s set) meets(t set) bool {
	for i, w := range s {
		if w&t[i] != 0 {
			return true
		}
	}
	return false
}

func (s set) unite(t set) {
	for i, w := range t {
		s[i] |= w
	}
}

// each calls do for the members in order.
func (s set) each(do func(int)) {
	for i, w := range s {
		for ; w != 0; w &= w - 1 {
			do(i*64 + bits.TrailingZeros64(w))
		}
	}
}

// table is what a bridge has learnt.
type table struct {
	node  int
	ports []int       // in order
	macs  map[int]set // by port: hardware addresses by number
	reach map[int]int // by node: the port it is behind; absent where unknown or in doubt
	all   set         // every address of it
}

// forwarding reads the tables of all devices. Ports of a bundle are one port.
func (b *builder) forwarding() (tables []*table, names []string) {
	number := map[string]int{}
	read := map[string]string{} // an address as it is written to what it is; "" where it is nobody's
	type entry struct{ port, mac int }
	rows := map[int][]entry{}
	for i, n := range b.nodes {
		if n.dev == nil {
			continue
		}
		ports := map[int64]int{} // by ifIndex, bundles as one
		for _, e := range n.dev.FDB {
			m, known := read[e.MAC]
			if !known {
				if plain, ok := fact.MAC(e.MAC); ok {
					b.learnt[plain] = true
				}
				m, _ = usable(e.MAC)
				read[e.MAC] = m
			}
			if m == "" || e.Status == "self" || e.Status == "invalid" || e.Status == "mgmt" || get(b.byMAC, m) == i {
				continue
			}
			index := e.IfIndex
			if index == 0 {
				index = n.ports[e.BridgePort]
			}
			p := 0
			switch {
			case index > 0:
				at, seen := ports[index]
				if !seen {
					at = b.whole(b.port(i, index))
					ports[index] = at
				}
				p = at
			case e.BridgePort > 0:
				p = b.named(i, fmt.Sprintf("bridge port %d", e.BridgePort), fmt.Sprintf("bridge %d", e.BridgePort))
			default:
				continue
			}
			if _, known := number[m]; !known {
				number[m] = len(names)
				names = append(names, m)
			}
			rows[i] = append(rows[i], entry{p, number[m]})
		}
	}
	for i := range b.nodes {
		if len(rows[i]) == 0 {
			continue
		}
		t := &table{node: i, macs: map[int]set{}, reach: map[int]int{}, all: newSet(len(names))}
		for _, e := range rows[i] {
			if t.macs[e.port] == nil {
				t.macs[e.port] = newSet(len(names))
			}
			t.macs[e.port].add(e.mac)
			t.all.add(e.mac)
		}
		t.ports = sortedKeys(t.macs)
		tables = append(tables, t)
	}
	return tables, names
}

// tables infers links from forwarding tables where nobody announced any, and
// weighs the announced ones against them.
//
// Two bridges are joined directly when each is behind one port of the other and
// no third one is between: a bridge k behind both ports that has the two behind
// different ports of its own (after Breitbart et al., 2000, and Lowekamp et
// al., 2001, who need no complete tables for it). Bridges whose own addresses
// nobody learnt are joined where what is behind two ports is complementary.
func (b *builder) tables() {
	tables, macs := b.forwarding()
	if len(tables) == 0 {
		return
	}
	owner := make([]int, len(macs))
	for i, m := range macs {
		owner[i] = get(b.byMAC, m)
	}
	for _, t := range tables {
		t.find(owner)
	}
	b.weigh(tables)
	claims := b.adjacent(tables)
	b.makeLinks(claims, 0)
	b.oneSided(tables)
	b.complementary(tables, owner)
	b.places(tables, macs, owner)
}

// find notes behind which port each node is: the one with most of its
// addresses; a tie says nothing.
func (t *table) find(owner []int) {
	count := map[int]map[int]int{}
	for _, p := range t.ports {
		t.macs[p].each(func(m int) {
			if o := owner[m]; o >= 0 && o != t.node {
				if count[o] == nil {
					count[o] = map[int]int{}
				}
				count[o][p]++
			}
		})
	}
	for _, o := range sortedKeys(count) {
		best, most, tie := 0, 0, false
		for _, p := range sortedKeys(count[o]) {
			switch c := count[o][p]; {
			case c > most:
				best, most, tie = p, c, false
			case c == most:
				tie = true
			}
		}
		if !tie {
			t.reach[o] = best
		}
	}
}

// weigh compares links that are known with the tables.
func (b *builder) weigh(tables []*table) {
	byNode := map[int]*table{}
	for _, t := range tables {
		byNode[t.node] = t
	}
	for _, l := range b.links {
		for _, e := range [][2]int{{l.a, l.b}, {l.b, l.a}} {
			near, far := e[0], b.ports[e[1]].node
			t := byNode[b.ports[near].node]
			if t == nil {
				continue
			}
			p, known := t.reach[far]
			switch {
			case !known:
			case p == near:
				l.says(FDB, b.nodes[t.node].ID, "has learnt "+b.nodes[far].Name+" at "+b.title(near), trust[FDB][1])
			case b.parallel(t.node, far, p) || l.blocked:
				// Another link of the same two carries the traffic.
			case b.resting(near) || b.resting(e[1]):
			default:
				l.flag(Elsewhere)
				l.says(FDB, b.nodes[t.node].ID, "has learnt "+b.nodes[far].Name+" at "+b.title(p), 0)
			}
		}
	}
}

// parallel tells whether a port has a link to a node.
func (b *builder) parallel(_, far, p int) bool {
	return slices.ContainsFunc(b.linked[p], func(i int) bool {
		return b.ports[b.links[i].a].node == far || b.ports[b.links[i].b].node == far
	})
}

// resting tells whether some spanning tree lets a port carry nothing.
func (b *builder) resting(p int) bool {
	some, _ := b.inReserve(p)
	return some
}

// inReserve tells whether spanning tree lets a port carry nothing: in some of
// its trees, and in all of them.
func (b *builder) inReserve(p int) (some, all bool) {
	at := b.ports[p]
	n := b.nodes[at.node]
	if n.dev == nil || at.ifIndex == 0 {
		return false, false
	}
	carries := false
	for _, s := range n.dev.STP {
		for _, q := range s.Ports {
			if q.IfIndex > 0 && b.whole(b.port(at.node, q.IfIndex)) == p {
				switch q.State {
				case "blocking", "listening", "broken":
					some = true
				case "forwarding", "learning":
					carries = true
				}
			}
		}
	}
	return some, some && !carries
}

// adjacent finds the bridges that are joined directly, as claims of both. Ports
// that have a link already are left alone.
func (b *builder) adjacent(tables []*table) []claim {
	var claims []claim
	behind := b.behind(tables)
	for i, s := range tables {
		for _, t := range tables[i+1:] {
			p, there := s.reach[t.node]
			q, back := t.reach[s.node]
			if !there || !back || len(b.linked[p]) > 0 || len(b.linked[q]) > 0 {
				continue
			}
			between, proven := false, true
			for _, k := range behind[p] {
				if k == t.node {
					continue
				}
				other, known := t.reach[k]
				if !known {
					proven = false // t has not learnt k: it may be before or behind t
					continue
				}
				if other != q {
					continue // behind t
				}
				kt := tableOf(tables, k)
				if kt == nil {
					between = true // hears nothing itself, and is on the way or beside it
					break
				}
				x, one := kt.reach[s.node]
				y, two := kt.reach[t.node]
				if one && two && x != y {
					between = true
					break
				}
				proven = proven && one && two
			}
			if between {
				continue
			}
			text := "has learnt %s at %s, with nobody between"
			if !proven {
				text = "has learnt %s at %s; tables that would show somebody between are missing"
			}
			claims = append(claims, claim{p, q, FDB, fmt.Sprintf(text, b.nodes[t.node].Name, b.title(p))},
				claim{q, p, FDB, fmt.Sprintf(text, b.nodes[s.node].Name, b.title(q))})
		}
	}
	return claims
}

func tableOf(tables []*table, node int) *table {
	i, found := slices.BinarySearchFunc(tables, node, func(t *table, n int) int { return t.node - n })
	if !found {
		return nil
	}
	return tables[i]
}

// behind are the nodes behind each port, in order.
func (b *builder) behind(tables []*table) map[int][]int {
	behind := map[int][]int{}
	for _, t := range tables {
		for _, n := range sortedKeys(t.reach) {
			behind[t.reach[n]] = append(behind[t.reach[n]], n)
		}
	}
	return behind
}

// oneSided joins a port to a node that is behind it and does not see back: one
// whose table is missing, or a router or server. It is the nearest when it is
// alone there, or when everybody else there is behind another port of it.
func (b *builder) oneSided(tables []*table) {
	behind := b.behind(tables)
	for _, t := range tables {
		for _, p := range t.ports {
			if len(b.linked[p]) > 0 || len(behind[p]) == 0 {
				continue
			}
			nearest, sure := -1, true
			for _, j := range behind[p] {
				tj := tableOf(tables, j)
				ok := true
				for _, k := range behind[p] {
					if k == j {
						continue
					}
					if tj == nil {
						ok = false
						break
					}
					x, one := tj.reach[k]
					y, two := tj.reach[t.node]
					if !one || two && x == y {
						ok = false
						break
					}
				}
				if ok {
					if nearest >= 0 {
						sure = false
					}
					nearest = j
				}
			}
			if nearest < 0 || !sure || tableOf(tables, nearest) != nil && b.takenBack(tables, nearest, t.node) {
				continue
			}
			says := fmt.Sprintf("has learnt %s at %s, and nobody nearer", b.nodes[nearest].Name, b.title(p))
			far, method := b.farPort(tables, t, nearest, p)
			l := b.link(p, far)
			l.says(FDB, b.nodes[t.node].ID, says, trust[FDB][1])
			if method != "" {
				l.says(ARP, b.nodes[nearest].ID, method, 0.3)
			}
			if tableOf(tables, nearest) != nil {
				l.flag(Unproven)
			}
		}
	}
}

// takenBack tells whether the port behind which a node sees another one has a
// link already: then the way back does not lead here.
func (b *builder) takenBack(tables []*table, node, to int) bool {
	p, known := tableOf(tables, node).reach[to]
	return known && len(b.linked[p]) > 0
}

// farPort finds the port of a node that hears nothing by LLDP or CDP: the one
// whose hardware address was learnt, or the one behind which it has a
// neighbour's address.
func (b *builder) farPort(tables []*table, t *table, node, near int) (port int, arp string) {
	n := b.nodes[node]
	if tj := tableOf(tables, node); tj != nil {
		if p, known := tj.reach[t.node]; known && len(b.linked[p]) == 0 {
			return p, ""
		}
	}
	if n.dev != nil {
		var found int64
		several := false
		learnt := map[string]bool{}
		for _, e := range b.nodes[t.node].dev.FDB {
			if e.IfIndex > 0 && b.whole(b.port(t.node, e.IfIndex)) == near {
				if m, ok := fact.MAC(e.MAC); ok {
					learnt[m] = true
				}
			}
		}
		for _, c := range n.dev.Interfaces {
			if m, ok := fact.MAC(c.MAC); ok && learnt[m] && !virtual(c.Type) {
				several = several || found > 0
				found = c.Index
			}
		}
		if found > 0 && !several {
			return b.whole(b.port(node, found)), ""
		}
		for _, e := range n.dev.ARP {
			if m, ok := usable(e.MAC); ok && get(b.byMAC, m) == t.node && e.IfIndex > 0 {
				return b.whole(b.port(node, e.IfIndex)), "has " + e.IP + " of " + b.nodes[t.node].Name + " as its neighbour"
			}
		}
	}
	return b.named(node, "", fmt.Sprintf("facing %d", near)), ""
}

// virtual tells whether an interface's type is of no cable.
func virtual(ifType int64) bool {
	switch ifType {
	case 24, 53, 131, 135, 136, 1:
		return true
	}
	return false
}

// complementary joins bridges that nobody has learnt the addresses of: what is
// behind two ports makes the whole and has nothing in common. A port that would
// fit several is left alone.
func (b *builder) complementary(tables []*table, owner []int) {
	fits := map[int][]int{}
	for i, s := range tables {
		for _, t := range tables[i+1:] {
			if _, seen := s.reach[t.node]; seen {
				continue
			}
			if _, seen := t.reach[s.node]; seen {
				continue
			}
			whole := newSet(len(owner))
			whole.unite(s.all)
			whole.unite(t.all)
			n := whole.count()
			if n < 2 || s.all.count() < n || t.all.count() < n {
				continue
			}
			for _, p := range s.ports {
				rest := n - s.macs[p].count()
				if len(b.linked[p]) > 0 {
					continue
				}
				for _, q := range t.ports {
					if len(b.linked[q]) == 0 && t.macs[q].count() == rest && rest > 0 && !s.macs[p].meets(t.macs[q]) {
						fits[p] = append(fits[p], q)
						fits[q] = append(fits[q], p)
					}
				}
			}
		}
	}
	for _, p := range sortedKeys(fits) {
		if q := fits[p][0]; len(fits[p]) == 1 && len(fits[q]) == 1 && p < q {
			l := b.link(p, q)
			says := "what is behind both ports is complementary"
			l.says(FDB, b.nodes[b.ports[p].node].ID, says, trust[FDB][1])
			l.says(FDB, b.nodes[b.ports[q].node].ID, says, trust[FDB][1])
		}
	}
}
