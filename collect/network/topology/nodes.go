package topology

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"steward/collect/fact"
	"steward/collect/network/seen"
)

// node is a Node on its way.
type node struct {
	Node
	dev   *seen.Device // of a managed one
	cards map[int64]*seen.Interface
	ports map[int64]int64 // bridge port to ifIndex
	heard map[string]bool // methods whose neighbours it was seen to have
}

// port is an end of a link: of a managed node by its ifIndex, else by the port
// that faces it.
type port struct {
	node    int
	ifIndex int64
	label   string
}

// builder holds the map while it is made.
type builder struct {
	nodes    []*node
	byMAC    map[string]int // of managed nodes; -1 where several have it
	byName   map[string]int
	byIP     map[netip.Addr]int
	others   map[string]int // unmanaged ones by their keys
	ports    []port
	portKeys map[string]int
	claims   []claim
	halves   []half
	links    []*link
	linked   map[int][]int   // port, as aggregate, to its links
	learnt   map[string]bool // hardware addresses in any forwarding table
}

func newBuilder(devices []seen.Device) *builder {
	b := &builder{byMAC: map[string]int{}, byName: map[string]int{}, byIP: map[netip.Addr]int{}, others: map[string]int{}, portKeys: map[string]int{}, linked: map[int][]int{}, learnt: map[string]bool{}}
	for _, group := range same(devices) {
		b.device(group)
	}
	for i, n := range b.nodes {
		b.index(i, n)
	}
	return b
}

// same groups the devices that are one, asked in several ways. The fullest of
// a group stands first.
func same(devices []seen.Device) [][]*seen.Device {
	all := make([]*seen.Device, len(devices))
	for i := range devices {
		all[i] = &devices[i]
	}
	slices.SortStableFunc(all, func(x, y *seen.Device) int { return cmp.Compare(x.Key, y.Key) })
	first := map[string]int{}
	into := make([]int, len(all))
	for i, d := range all {
		into[i] = i
		for _, key := range identity(d) {
			if j, known := first[key]; known {
				from, to := into[i], into[j]
				for k := range into[:i+1] {
					if into[k] == max(from, to) {
						into[k] = min(from, to)
					}
				}
			} else {
				first[key] = i
			}
		}
	}
	groups := make([][]*seen.Device, len(all))
	for i, g := range into {
		groups[g] = append(groups[g], all[i])
	}
	groups = slices.DeleteFunc(groups, func(g []*seen.Device) bool { return g == nil })
	for _, g := range groups {
		slices.SortStableFunc(g, func(x, y *seen.Device) int { return cmp.Compare(richness(y), richness(x)) })
	}
	return groups
}

func richness(d *seen.Device) int {
	return len(d.Interfaces) + len(d.LLDP) + len(d.CDP) + len(d.FDB) + len(d.ARP)
}

// identity are the texts that only one device can have.
func identity(d *seen.Device) []string {
	var keys []string
	if m, ok := usable(d.ChassisID); ok {
		keys = append(keys, "mac "+m)
	}
	if m, ok := usable(d.BridgeMAC); ok {
		keys = append(keys, "mac "+m)
	}
	if d.Engine != nil && d.Engine.ID != "" && d.SysName != "" {
		keys = append(keys, "engine "+d.Engine.ID+" "+d.SysName)
	}
	return keys
}

// usable tells whether a hardware address identifies somebody.
func usable(s string) (string, bool) {
	m, ok := fact.MAC(s)
	if !ok || fact.GarbageMAC(m) != "" || multicast(m) {
		return "", false
	}
	return m, true
}

// multicast looks at the lowest bit of the first byte.
func multicast(mac string) bool { return strings.ContainsRune("13579bdf", rune(mac[1])) }

func (b *builder) device(group []*seen.Device) {
	d := group[0]
	n := &node{dev: d, cards: map[int64]*seen.Interface{}, ports: map[int64]int64{}, heard: map[string]bool{LLDP: len(d.LLDP) > 0, CDP: len(d.CDP) > 0}}
	n.Node = Node{ID: d.Key, Class: Device, Name: d.SysName, Kind: d.Kind, Vendor: d.Vendor, Model: d.Model}
	if n.Name == "" {
		n.Name = d.Key
	}
	keys := []string{}
	for _, g := range group {
		keys = append(keys, g.Key)
		n.Addresses = append(n.Addresses, g.Address)
		n.MACs = append(n.MACs, g.MACs...)
		n.MACs = append(n.MACs, g.ChassisID, g.BridgeMAC)
		for i := range g.Interfaces {
			n.MACs = append(n.MACs, g.Interfaces[i].MAC)
		}
	}
	slices.Sort(keys)
	n.ID = keys[0]
	if len(keys) > 1 {
		n.Keys = keys
	}
	for i, m := range n.MACs {
		n.MACs[i], _ = usable(m)
	}
	n.MACs = sortedUnique(n.MACs)
	for i := range d.Interfaces {
		c := &d.Interfaces[i]
		if _, twice := n.cards[c.Index]; !twice {
			n.cards[c.Index] = c
		}
		for _, ip := range c.IPs {
			if p, ok := address(ip); ok && !p.Addr().IsLoopback() {
				n.Addresses = append(n.Addresses, p.Addr().String())
			}
		}
	}
	n.Addresses = sortedUnique(n.Addresses)
	for _, e := range d.FDB {
		if e.BridgePort > 0 && e.IfIndex > 0 {
			n.ports[e.BridgePort] = e.IfIndex
		}
	}
	for _, s := range d.STP {
		for _, p := range s.Ports {
			if p.BridgePort > 0 && p.IfIndex > 0 {
				n.ports[p.BridgePort] = p.IfIndex
			}
		}
	}
	b.nodes = append(b.nodes, n)
}

// address reads an address with or without its prefix length.
func address(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), true
}

// index makes a managed node findable; what two nodes share finds neither.
func (b *builder) index(i int, n *node) {
	for _, m := range n.MACs {
		put(b.byMAC, m, i)
	}
	for _, name := range names(n.dev.SysName) {
		put(b.byName, name, i)
	}
	if n.dev.ChassisID != "" && n.dev.ChassisType != "mac" {
		put(b.byName, strings.ToLower(n.dev.ChassisID), i)
	}
	for _, a := range n.Addresses {
		if ip, err := netip.ParseAddr(a); err == nil && !ip.IsLinkLocalUnicast() {
			put(b.byIP, ip, i)
		}
	}
}

func put[K comparable](m map[K]int, key K, i int) {
	if j, known := m[key]; known && j != i {
		m[key] = -1
		return
	}
	m[key] = i
}

func get[K comparable](m map[K]int, key K) int {
	if i, known := m[key]; known {
		return i
	}
	return -1
}

// commonNames are what devices are called before anybody names them.
var commonNames = map[string]bool{"": true, "localhost": true, "localhost.localdomain": true, "switch": true, "router": true, "unknown": true, "(none)": true, "default": true, "ap": true}

// names are the forms a name is written in: whole, and without its domain. CDP
// adds a serial number in brackets on some devices.
func names(s string) []string {
	s = strings.ToLower(strings.TrimSpace(s))
	if i := strings.IndexByte(s, '('); i > 0 && strings.HasSuffix(s, ")") {
		s = s[:i]
	}
	if commonNames[s] {
		return nil
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return []string{s}
	}
	if short, _, dotted := strings.Cut(s, "."); dotted && !commonNames[short] {
		return []string{s, short}
	}
	return []string{s}
}

// managed finds the device a neighbour entry speaks of; -1 where it is none.
func (b *builder) managed(n seen.Neighbour, from int) int {
	if m, ok := usable(n.ChassisID); ok {
		if i := get(b.byMAC, m); i >= 0 {
			return i
		}
	}
	for _, s := range []string{n.SysName, n.ChassisID} {
		if _, mac := fact.MAC(s); mac {
			continue
		}
		for _, name := range names(s) {
			if i := get(b.byName, name); i >= 0 && i != from {
				// Another chassis of the same name is another device.
				if m, ok := usable(n.ChassisID); ok && n.ChassisType == "mac" && b.nodes[i].dev.ChassisType == "mac" {
					if own, ok := usable(b.nodes[i].dev.ChassisID); ok && own != m {
						continue
					}
				}
				return i
			}
		}
	}
	for _, a := range n.Addresses {
		if ip, err := netip.ParseAddr(a); err == nil {
			if i := get(b.byIP, ip.Unmap()); i >= 0 && i != from {
				return i
			}
		}
	}
	if m, ok := usable(n.PortID); ok {
		return get(b.byMAC, m)
	}
	return -1
}

// other finds or makes the unmanaged node a neighbour entry speaks of. Entries
// belong together by chassis, and by name or address where no chassis speaks
// against it.
func (b *builder) other(n seen.Neighbour, method string) int {
	chassis := ""
	if m, ok := usable(n.ChassisID); ok {
		chassis = "mac " + m
	} else if n.ChassisID != "" && method == LLDP {
		chassis = "chassis " + strings.ToLower(n.ChassisID) + " " + strings.ToLower(n.SysName)
	}
	var weak []string
	for _, s := range []string{n.SysName, n.ChassisID} {
		if _, mac := fact.MAC(s); !mac {
			for _, name := range names(s) {
				weak = append(weak, "name "+name)
			}
		}
	}
	for _, a := range n.Addresses {
		if ip, err := netip.ParseAddr(a); err == nil && !ip.IsLinkLocalUnicast() && !ip.IsUnspecified() && !ip.IsLoopback() {
			weak = append(weak, "address "+ip.Unmap().String())
		}
	}
	i, known := -1, false
	if chassis != "" {
		i, known = b.others[chassis]
	}
	for _, key := range weak {
		if known {
			break
		}
		if j, there := b.others[key]; there && j >= 0 && !(chassis != "" && b.hasChassis(j)) {
			i, known = j, true
		}
	}
	if !known {
		i = len(b.nodes)
		id := chassis
		if id == "" && len(weak) > 0 {
			id = weak[0]
		}
		if id == "" {
			id = fmt.Sprintf("number %d", i)
		}
		b.nodes = append(b.nodes, &node{Node: Node{ID: Neighbour + " " + id, Class: Neighbour}})
	}
	if chassis != "" {
		b.others[chassis] = i
	}
	for _, key := range weak {
		if j, there := b.others[key]; there && j != i {
			b.others[key] = -1 // two devices go by it
		} else if !there {
			b.others[key] = i
		}
	}
	b.nodes[i].learn(n)
	return i
}

func (b *builder) hasChassis(i int) bool {
	return strings.HasPrefix(b.nodes[i].ID, Neighbour+" mac ") || strings.HasPrefix(b.nodes[i].ID, Neighbour+" chassis ")
}

// learn takes what a neighbour entry tells of an unmanaged node.
func (n *node) learn(e seen.Neighbour) {
	take := func(into *string, v string) {
		if *into == "" {
			*into = v
		}
	}
	take(&n.Name, e.SysName)
	if _, mac := fact.MAC(e.ChassisID); !mac {
		take(&n.Name, e.ChassisID)
	}
	take(&n.Model, e.Model)
	take(&n.Model, e.Platform)
	for _, s := range []string{e.ChassisID, e.PortID} {
		if m, ok := usable(s); ok {
			n.MACs = sortedUnique(append(n.MACs, m))
		}
	}
	for _, a := range e.Addresses {
		if ip, err := netip.ParseAddr(a); err == nil && !ip.IsUnspecified() {
			n.Addresses = sortedUnique(append(n.Addresses, ip.Unmap().String()))
		}
	}
	n.Capabilities = sortedUnique(append(n.Capabilities, e.Capabilities...))
	has := func(c string) bool { return slices.Contains(n.Capabilities, c) }
	switch {
	case n.Kind != "":
	case has("phone"), has("telephone"):
		n.Kind = "phone"
	case has("access-point"), has("wlan-ap"):
		n.Kind = "access-point"
	case has("router"):
		n.Kind = "router"
	case has("bridge"), has("switch"):
		n.Kind = "switch"
	}
}
