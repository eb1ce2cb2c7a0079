package topology

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"steward/collect/network/seen"
)

// claim says that from faces to.
type claim struct {
	from, to int // ports
	method   string
	says     string
}

// half is a claim whose far port is not known: only the node is.
type half struct {
	from   int // port
	node   int
	label  string
	method string
	says   string
}

// link is a Link on its way. Both ends are ports.
type link struct {
	a, b     int
	evidence []Evidence
	flags    []string
	members  [][2]int
	twoSided map[string]bool
	blocked  bool
	logical  bool
}

func (l *link) flag(f string) {
	if !slices.Contains(l.flags, f) {
		l.flags = append(l.flags, f)
	}
}

func (l *link) says(method, from, text string, confidence float64) {
	e := Evidence{method, from, text, confidence}
	if !slices.Contains(l.evidence, e) {
		l.evidence = append(l.evidence, e)
	}
}

// port returns the number of a managed node's port.
func (b *builder) port(n int, ifIndex int64) int {
	return b.portOf(port{n, ifIndex, ""}, fmt.Sprintf("%d #%d", n, ifIndex))
}

// named returns the number of a port that is known by a text alone.
func (b *builder) named(n int, label, key string) int {
	return b.portOf(port{n, 0, label}, fmt.Sprintf("%d %s", n, key))
}

func (b *builder) portOf(p port, key string) int {
	if i, known := b.portKeys[key]; known {
		if b.ports[i].label == "" {
			b.ports[i].label = p.label
		}
		return i
	}
	b.portKeys[key] = len(b.ports)
	b.ports = append(b.ports, p)
	return len(b.ports) - 1
}

// whole is the aggregate a port belongs to, or the port itself.
func (b *builder) whole(p int) int {
	at := b.ports[p]
	if n := b.nodes[at.node]; at.ifIndex > 0 && n.cards[at.ifIndex] != nil {
		if up := n.cards[at.ifIndex].Aggregate; up > 0 && up != at.ifIndex {
			return b.port(at.node, up)
		}
	}
	return p
}

// title names a port for a person.
func (b *builder) title(p int) string {
	at := b.ports[p]
	if c := b.nodes[at.node].cards[at.ifIndex]; at.ifIndex > 0 && c != nil && c.Name != "" {
		return c.Name
	}
	if at.label == "" && at.ifIndex > 0 {
		return fmt.Sprintf("ifIndex %d", at.ifIndex)
	}
	return at.label
}

func (b *builder) both(p int) string {
	if t := b.title(p); t != "" {
		return b.nodes[b.ports[p].node].Name + " " + t
	}
	return b.nodes[b.ports[p].node].Name
}

// neighbours turns the tables of LLDP and CDP into claims.
func (b *builder) neighbours() {
	managed := len(b.nodes)
	for i := range managed {
		n := b.nodes[i]
		for _, table := range []struct {
			method string
			rows   []seen.Neighbour
		}{{LLDP, n.dev.LLDP}, {CDP, n.dev.CDP}} {
			rows := slices.Clone(table.rows)
			slices.SortStableFunc(rows, func(x, y seen.Neighbour) int {
				return cmp.Or(cmp.Compare(x.IfIndex, y.IfIndex), cmp.Compare(x.Port, y.Port), cmp.Compare(x.ChassisID, y.ChassisID), cmp.Compare(x.PortID, y.PortID))
			})
			for _, e := range rows {
				b.neighbour(i, table.method, e)
			}
		}
	}
}

func (b *builder) neighbour(i int, method string, e seen.Neighbour) {
	own := e.IfIndex
	if own == 0 {
		own = b.nodes[i].card(e.Port)
	}
	var from int
	if own > 0 {
		from = b.port(i, own)
	} else {
		from = b.named(i, e.Port, "name "+portName(e.Port))
	}
	who := cmp.Or(e.SysName, e.ChassisID, "a neighbour")
	says := fmt.Sprintf("hears %s, port %s", who, cmp.Or(e.PortID, e.PortDescr, "not told"))
	j := b.managed(e, i)
	if j == i {
		return // a loop, or an announcement of its own that came back
	}
	if j < 0 {
		j = b.other(e, method)
		label := e.PortID
		if _, ok := usable(e.PortID); ok || e.PortType == "local" {
			label = cmp.Or(e.PortDescr, e.PortID)
		}
		to := b.named(j, label, fmt.Sprintf("facing %d", b.whole(from)))
		if b.whole(from) != from { // members of a bundle face a port each
			to = b.named(j, label, fmt.Sprintf("facing %d", from))
		}
		b.claims = append(b.claims, claim{from, to, method, says})
		return
	}
	if far := b.nodes[j].far(e); far > 0 {
		b.claims = append(b.claims, claim{from, b.port(j, far), method, says})
		return
	}
	b.halves = append(b.halves, half{from, j, cmp.Or(e.PortID, e.PortDescr), method, says})
}

// card finds an interface by the ways its name is written; 0 where none or
// several fit.
func (n *node) card(name string) int64 {
	want := portName(name)
	if want == "" {
		return 0
	}
	for _, of := range []func(*seen.Interface) string{
		func(c *seen.Interface) string { return c.Name }, func(c *seen.Interface) string { return c.Descr }} {
		var found int64
		for _, c := range n.dev.Interfaces {
			if s := of(&c); s != "" && portName(s) == want {
				if found != 0 && found != c.Index {
					found = -1
					break
				}
				found = c.Index
			}
		}
		if found > 0 {
			return found
		}
	}
	return 0
}

// far finds the interface a neighbour entry gives as the far port.
func (n *node) far(e seen.Neighbour) int64 {
	one := func(fits func(*seen.Interface) bool) int64 {
		var found int64
		for i := range n.dev.Interfaces {
			if c := &n.dev.Interfaces[i]; fits(c) {
				if found != 0 && found != c.Index {
					return 0
				}
				found = c.Index
			}
		}
		return found
	}
	if m, ok := usable(e.PortID); ok {
		if i := one(func(c *seen.Interface) bool {
			own, _ := usable(c.MAC)
			return own == m && c.Aggregate == 0 && c.Type != 161
		}); i > 0 {
			return i
		}
		if i := one(func(c *seen.Interface) bool { own, _ := usable(c.MAC); return own == m }); i > 0 {
			return i
		}
	} else {
		if i := n.card(e.PortID); i > 0 {
			return i
		}
		if e.PortType == "alias" && e.PortID != "" {
			if i := one(func(c *seen.Interface) bool { return c.Alias == e.PortID }); i > 0 {
				return i
			}
		}
	}
	if i := n.card(e.PortDescr); i > 0 {
		return i
	}
	if e.PortDescr != "" {
		if i := one(func(c *seen.Interface) bool { return c.Alias == e.PortDescr }); i > 0 {
			return i
		}
	}
	// A number, as "local" ports are told: the ifIndex on nearly all devices.
	var index int64
	if _, err := fmt.Sscanf(e.PortID, "%d", &index); err == nil && fmt.Sprint(index) == e.PortID && n.cards[index] != nil {
		return index
	}
	return 0
}

// abbreviations are how Cisco and others shorten names of interfaces.
var abbreviations = []struct{ long, short string }{
	{"fastethernet", "fa"}, {"gigabitethernet", "gi"}, {"tengigabitethernet", "te"}, {"tengige", "te"}, {"twentyfivegige", "twe"}, {"twentyfivegigabitethernet", "twe"},
	{"fortygigabitethernet", "fo"}, {"fortygige", "fo"}, {"hundredgige", "hu"}, {"hundredgigabitethernet", "hu"}, {"twogigabitethernet", "tw"}, {"fivegigabitethernet", "fi"},
	{"appgigabitethernet", "ap"}, {"port-channel", "po"}, {"ethernet", "et"}, {"eth", "et"}, {"ten-gigabitethernet", "te"}, {"xgigabitethernet", "xge"},
	{"bridge-aggregation", "bagg"}, {"eth-trunk", "eth-trunk"}, {"gig", "gi"}, {"ten", "te"}, {"fas", "fa"},
}

// portName writes a port's name in one way.
func portName(s string) string {
	s = strings.ToLower(strings.ReplaceAll(strings.TrimSpace(s), " ", ""))
	end := strings.IndexAny(s, "0123456789")
	if end <= 0 {
		return s
	}
	for _, a := range abbreviations {
		if s[:end] == a.long {
			return a.short + s[end:]
		}
	}
	return s
}

// spanningTree turns ports whose segment another bridge serves into claims:
// the designated bridge and its port are the other end.
func (b *builder) spanningTree() {
	byBridge := map[string]int{}
	for i, n := range b.nodes {
		if n.dev == nil {
			continue
		}
		if m, ok := usable(n.dev.BridgeMAC); ok {
			put(byBridge, m, i)
		}
		for _, s := range n.dev.STP {
			if m, ok := usable(bridgeMAC(s.Bridge)); ok {
				put(byBridge, m, i)
			}
		}
	}
	for i, n := range b.nodes {
		if n.dev == nil {
			continue
		}
		told := map[[2]int64]bool{} // a port facing one bridge, in however many trees
		for _, s := range n.dev.STP {
			for _, p := range s.Ports {
				b.stpPort(byBridge, i, s, p, told)
			}
		}
	}
}

func (b *builder) stpPort(byBridge map[string]int, i int, s seen.STPInstance, p seen.STPPort, told map[[2]int64]bool) {
	m, ok := usable(bridgeMAC(p.DesignatedBridge))
	if !ok || p.State == "disabled" || p.IfIndex == 0 {
		return
	}
	if own, _ := usable(bridgeMAC(s.Bridge)); own == m {
		return
	}
	j := get(byBridge, m)
	if j < 0 {
		j = get(b.byMAC, m)
	}
	if j < 0 || j == i {
		return
	}
	if told[[2]int64{p.IfIndex, int64(j)}] {
		return
	}
	told[[2]int64{p.IfIndex, int64(j)}] = true
	from := b.port(i, p.IfIndex)
	says := fmt.Sprintf("is served by bridge %s, port %s", b.nodes[j].Name, p.DesignatedPort)
	if far := b.nodes[j].ports[stpNumber(p.DesignatedPort)]; far > 0 {
		b.claims = append(b.claims, claim{from, b.port(j, far), STP, says})
		return
	}
	b.halves = append(b.halves, half{from, j, "", STP, says})
}

// bridgeMAC takes the address out of priority/mac.
func bridgeMAC(id string) string {
	if _, mac, ok := strings.Cut(id, "/"); ok {
		return mac
	}
	return id
}

// stpNumber takes the number out of priority/number.
func stpNumber(port string) int64 {
	_, number, _ := strings.Cut(port, "/")
	var v int64
	if _, err := fmt.Sscanf(number, "%d", &v); err != nil {
		return 0
	}
	return v
}

// join makes links of claims: claims about the same two ports are one link,
// ports that several others face are a segment.
func (b *builder) join() {
	b.joinHalves()
	b.makeLinks(b.claims, 0)
}

// joinHalves finds the far ports of claims that only name a node: the port of
// that node that in turn faces this one.
func (b *builder) joinHalves() {
	type pair struct{ from, to int } // nodes
	back := map[int][]int{}          // port to the ports that claim to face it
	for _, c := range b.claims {
		back[c.to] = append(back[c.to], c.from)
	}
	open := map[pair][]half{}
	var order []pair
	for _, h := range b.halves {
		found := -1
		for _, p := range back[h.from] {
			if b.ports[p].node == h.node {
				found = p
			}
		}
		if found >= 0 {
			b.claims = append(b.claims, claim{h.from, found, h.method, h.says})
			continue
		}
		key := pair{b.ports[h.from].node, h.node}
		if open[key] == nil {
			order = append(order, key)
		}
		open[key] = append(open[key], h)
	}
	// A port that another method leads to the same node needs no port of its own.
	known := map[pair]map[int]int{}
	for _, c := range b.claims {
		key := pair{b.ports[c.from].node, b.ports[c.to].node}
		if known[key] == nil {
			known[key] = map[int]int{}
		}
		known[key][c.from] = c.to
	}
	done := map[pair]bool{}
	for _, key := range order {
		if done[key] {
			continue
		}
		other := pair{key.to, key.from}
		done[key], done[other] = true, true
		mine, theirs := ends(open[key]), ends(open[other])
		match := map[int]int{}
		if len(mine) == len(theirs) {
			for k := range mine {
				match[mine[k]], match[theirs[k]] = theirs[k], mine[k]
			}
		}
		for _, h := range append(open[key], open[other]...) {
			at := pair{b.ports[h.from].node, h.node}
			if to, there := known[at][h.from]; there {
				b.claims = append(b.claims, claim{h.from, to, h.method, h.says})
			} else if to, there := match[h.from]; there {
				b.claims = append(b.claims, claim{h.from, to, h.method, h.says + pairedNote(len(mine))})
			} else {
				b.claims = append(b.claims, claim{h.from, b.named(h.node, h.label, fmt.Sprintf("facing %d", h.from)), h.method, h.says})
			}
		}
	}
}

const pairedSuffix = " (paired by order)"

func pairedNote(n int) string {
	if n > 1 {
		return pairedSuffix
	}
	return ""
}

// ends are the different ports of halves, in order.
func ends(list []half) []int {
	var ports []int
	for _, h := range list {
		if !slices.Contains(ports, h.from) {
			ports = append(ports, h.from)
		}
	}
	slices.Sort(ports)
	return ports
}

// trust is how far each method is believed when both ends say so, and when one
// does.
var trust = map[string][2]float64{LLDP: {0.95, 0.8}, CDP: {0.95, 0.8}, STP: {0.8, 0.8}, FDB: {0.75, 0.5}}

// makeLinks joins claims into links and segments. cut, when not 0, lowers what
// is believed of each.
func (b *builder) makeLinks(claims []claim, cut float64) {
	// Members of a bundle are joined as they are, and bundled afterwards.
	says := map[int][]int{} // port to the ports it claims to face
	stp := map[int][]int{}  // port to the ports that spanning tree says face it
	for _, c := range claims {
		if c.method == STP {
			if !slices.Contains(stp[c.to], c.from) {
				stp[c.to] = append(stp[c.to], c.from)
			}
			continue
		}
		if !slices.Contains(says[c.from], c.to) {
			says[c.from] = append(says[c.from], c.to)
		}
	}
	// Ports that belong to one segment.
	group := map[int]int{}
	var find func(int) int
	find = func(p int) int {
		if q, there := group[p]; there && q != p {
			group[p] = find(q)
			return group[p]
		}
		return p
	}
	shared := map[int]bool{}
	unite := func(list []int) {
		for _, p := range list[1:] {
			x, y := find(list[0]), find(p)
			group[max(x, y)] = min(x, y)
		}
		shared[find(list[0])] = true
	}
	for _, p := range sortedKeys(says) {
		if len(says[p]) > 1 && b.different(says[p]) {
			unite(append([]int{p}, says[p]...))
		}
	}
	for _, p := range sortedKeys(stp) {
		if len(stp[p]) > 1 && len(says[p]) == 0 && !slices.ContainsFunc(stp[p], func(q int) bool { return len(says[q]) > 0 }) {
			unite(append([]int{p}, stp[p]...))
		}
	}
	segment := map[int]bool{}
	for p := range shared {
		segment[find(p)] = true
	}
	segments := map[int]int{}
	inSegment := func(p int) (int, bool) {
		root := find(p)
		return root, segment[root]
	}
	for _, c := range claims {
		root, in := inSegment(c.from)
		if other, also := inSegment(c.to); in && also && other == root {
			s, there := segments[root]
			if !there {
				s = b.segment(root, "several neighbours are heard at "+b.both(root))
				segments[root] = s
			}
			for _, p := range []int{c.from, c.to} {
				l := b.link(p, b.named(s, "", fmt.Sprintf("facing %d", p)))
				l.says(c.method, b.nodes[b.ports[c.from].node].ID, c.says, 0.6-cut)
			}
			continue
		}
		l := b.link(c.from, c.to)
		text, paired := strings.CutSuffix(c.says, pairedSuffix)
		if paired {
			l.flag(Paired)
		}
		mutual := slices.Contains(says[c.to], c.from)
		level := 1
		if mutual || c.method == FDB {
			level = 0
		}
		if mutual {
			if l.twoSided == nil {
				l.twoSided = map[string]bool{}
			}
			l.twoSided[c.method] = true
		}
		l.says(c.method, b.nodes[b.ports[c.from].node].ID, text, trust[c.method][level]-cut)
		far := b.nodes[b.ports[c.to].node]
		if c.method == STP || mutual {
			continue
		}
		if len(says[c.to]) > 0 {
			l.flag(Contradicted)
			l.says(c.method, far.ID, "faces "+b.both(says[c.to][0]), 0)
		} else if far.heard[c.method] {
			l.flag(OneSided)
		}
	}
}

func sortedKeys[V any](m map[int]V) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// different tells whether ports belong to more than one node, or to several
// ports of one managed node. One device may announce itself under two names of
// a port.
func (b *builder) different(ports []int) bool {
	for _, p := range ports[1:] {
		if b.ports[p].node != b.ports[ports[0]].node {
			return true
		}
	}
	return false
}

// segment makes a node for what several ports share.
func (b *builder) segment(root int, why string) int {
	at := b.ports[root]
	id := fmt.Sprintf("%s %s %s", Segment, b.nodes[at.node].ID, cmp.Or(b.title(root), fmt.Sprint(at.ifIndex)))
	for i, n := range b.nodes {
		if n.ID == id {
			return i
		}
	}
	b.nodes = append(b.nodes, &node{Node: Node{ID: id, Class: Segment, Name: "unmanaged switch", Why: why}})
	return len(b.nodes) - 1
}

// link finds or makes the link between two ports. Links of a bundle are one.
func (b *builder) link(p, q int) *link {
	x, y := b.whole(p), b.whole(q)
	bundled := x != p || y != q
	for _, i := range b.linked[x] {
		l := b.links[i]
		other := l.a
		if other == x {
			other = l.b
		}
		// Of a bundle one side may not know its own part: then the node decides.
		if other == y || b.isBundle(x) && b.ports[other].node == b.ports[y].node && (b.ports[y].ifIndex == 0 || b.ports[other].ifIndex == 0 || !b.isBundle(y) && !b.isBundle(other)) {
			l.member(p, q, bundled)
			return l
		}
	}
	for _, i := range b.linked[y] {
		l := b.links[i]
		other := l.a
		if other == y {
			other = l.b
		}
		if b.isBundle(y) && b.ports[other].node == b.ports[x].node && (b.ports[x].ifIndex == 0 || !b.isBundle(x) && !b.isBundle(other)) {
			l.member(p, q, bundled)
			return l
		}
	}
	l := &link{a: x, b: y}
	l.member(p, q, bundled)
	b.links = append(b.links, l)
	b.linked[x] = append(b.linked[x], len(b.links)-1)
	b.linked[y] = append(b.linked[y], len(b.links)-1)
	return l
}

func (l *link) member(p, q int, bundled bool) {
	if !bundled || slices.Contains(l.members, [2]int{q, p}) || slices.Contains(l.members, [2]int{p, q}) {
		return
	}
	l.members = append(l.members, [2]int{p, q})
}

// isBundle tells whether a port is an aggregate.
func (b *builder) isBundle(p int) bool {
	at := b.ports[p]
	n := b.nodes[at.node]
	if at.ifIndex == 0 || n.dev == nil {
		return false
	}
	if c := n.cards[at.ifIndex]; c != nil && c.Type == 161 {
		return true
	}
	for _, c := range n.cards {
		if c.Aggregate == at.ifIndex && c.Index != at.ifIndex {
			return true
		}
	}
	return false
}

// between is the link that joins two nodes, if there is exactly one.
func (b *builder) between(i, j int) *link {
	var found *link
	for _, l := range b.links {
		x, y := b.ports[l.a].node, b.ports[l.b].node
		if x == i && y == j || x == j && y == i {
			if found != nil {
				return nil
			}
			found = l
		}
	}
	return found
}

// believe combines the evidence: what is left of the doubt after each method.
func (l *link) believe() float64 {
	best := map[string]float64{}
	for _, e := range l.evidence {
		c := e.Confidence
		if l.twoSided[e.Method] {
			c = max(c, trust[e.Method][0])
		}
		best[e.Method] = max(best[e.Method], c)
	}
	doubt := 1.0
	for _, m := range []string{LLDP, CDP, STP, FDB, ARP, Subnet} {
		doubt *= 1 - best[m]
	}
	c := min(1-doubt, 0.99)
	if slices.Contains(l.flags, Contradicted) {
		c *= 0.4
	}
	if slices.Contains(l.flags, Elsewhere) {
		c *= 0.7
	}
	if slices.Contains(l.flags, OneSided) || slices.Contains(l.flags, Paired) {
		c *= 0.9
	}
	return math.Round(c*100) / 100
}
