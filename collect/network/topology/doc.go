// Package topology finds out how devices are connected, from what each of them
// sees: neighbours by LLDP and CDP, spanning tree, forwarding tables, addresses
// of neighbours and networks with room for two. A link carries all the evidence
// for it and how far it can be believed; evidence that disagrees stands there
// too. The same devices give the same map, in whatever order they come.
package topology

import (
	"slices"

	"steward/collect/network/seen"
)

// Map is a network: nodes and the links between them, both in a fixed order.
type Map struct {
	Nodes []Node `json:"nodes"`
	Links []Link `json:"links"`
}

// Classes of nodes.
const (
	Device    = "device"    // was asked itself
	Neighbour = "neighbour" // announced itself to a device, and was not asked
	Segment   = "segment"   // something that must be there: an unmanaged switch or hub
	Host      = "host"      // a hardware address behind a port
)

// Node is a device, or what must stand where a link ends.
type Node struct {
	ID           string   `json:"id" doc:"the device's key, or made of class and identity; the same in each run"`
	Class        string   `json:"class" doc:"device, neighbour, segment or host"`
	Name         string   `json:"name,omitempty"`
	Kind         string   `json:"kind,omitempty" doc:"switch, router, phone …"`
	Vendor       string   `json:"vendor,omitempty"`
	Model        string   `json:"model,omitempty"`
	Keys         []string `json:"keys,omitempty" doc:"of the devices it is, when one was asked in several ways"`
	Addresses    []string `json:"addresses,omitempty"`
	MACs         []string `json:"macs,omitempty"`
	Capabilities []string `json:"capabilities,omitempty"`
	Why          string   `json:"why,omitempty" doc:"of a segment: what it was inferred from"`
}

// Methods a link can be known by.
const (
	LLDP   = "lldp"
	CDP    = "cdp"
	STP    = "stp"
	FDB    = "fdb"
	ARP    = "arp"
	Subnet = "subnet"
)

// Link connects two nodes. A is the one whose id comes first.
type Link struct {
	A          End        `json:"a"`
	B          End        `json:"b"`
	Methods    []string   `json:"methods" doc:"lldp, cdp, stp, fdb, arp, subnet"`
	Confidence float64    `json:"confidence" doc:"0 to 1, of all evidence together"`
	Members    []Member   `json:"members,omitempty" doc:"the links that are bundled in it"`
	Blocked    bool       `json:"blocked,omitempty" doc:"spanning tree holds it in reserve"`
	Logical    bool       `json:"logical,omitempty" doc:"between virtual interfaces: not one cable"`
	Flags      []string   `json:"flags,omitempty" doc:"one-sided, contradicted, elsewhere, between, ports-paired-by-order, unproven"`
	Evidence   []Evidence `json:"evidence"`
}

// End is a port of a node.
type End struct {
	Node    string `json:"node"`
	Port    string `json:"port,omitempty" doc:"absent where it is not known"`
	IfIndex int64  `json:"if_index,omitempty"`
}

// Member is one link of a bundle.
type Member struct {
	A End `json:"a"`
	B End `json:"b"`
}

// Evidence is one reason to believe in a link, or to doubt it.
type Evidence struct {
	Method     string  `json:"method"`
	From       string  `json:"from" doc:"node that says so"`
	Says       string  `json:"says"`
	Confidence float64 `json:"confidence,omitempty" doc:"of this evidence alone; absent where it speaks against the link"`
}

// What a link may be marked with.
const (
	OneSided     = "one-sided"             // the other end was asked too, hears others and does not hear this one
	Contradicted = "contradicted"          // one end names somebody else at the other
	Elsewhere    = "elsewhere"             // a forwarding table has the neighbour behind another port
	Between      = "between"               // forwarding tables show addresses between both ends
	Paired       = "ports-paired-by-order" // several links between the same two; which port faces which is a guess
	Unproven     = "unproven"              // tables that would decide are missing
)

// Build finds the links between devices.
func Build(devices []seen.Device) Map {
	b := newBuilder(devices)
	b.neighbours()
	b.spanningTree()
	b.join()
	b.tables()
	b.hosts()
	b.subnets()
	b.arpHosts()
	return b.finish()
}

// sortedUnique sorts and drops repetitions and empty texts.
func sortedUnique(list []string) []string {
	slices.Sort(list)
	list = slices.Compact(list)
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}
