// Package seen holds what the network collector sees of a device, in plain
// structs that no method reads differently: the same whether it came by SNMP
// from a live agent or from a recording. Topology is built of them.
//
// Addresses are written as net/netip writes them, hardware addresses in lower
// case with colons. A zero number or empty text was not told, unless a field's
// words say otherwise.
package seen

import "steward/collect/fact"

// Device is one device as it tells about itself.
type Device struct {
	Key         string        `json:"key" doc:"names the device within one collection: the address or file it was asked by"`
	Address     string        `json:"address,omitempty" doc:"address it was asked at; absent for a recording"`
	SysName     string        `json:"sys_name,omitempty"`
	SysDescr    string        `json:"sys_descr,omitempty"`
	SysObjectID string        `json:"sys_object_id,omitempty" doc:"numbers with dots, no leading dot"`
	Contact     string        `json:"contact,omitempty"`
	Location    string        `json:"location,omitempty"`
	Uptime      *float64      `json:"uptime_seconds,omitempty" doc:"since the agent, or where it tells, the device started"`
	Services    int           `json:"services,omitempty" doc:"sysServices: sum of 2^(layer-1)"`
	Engine      *Engine       `json:"engine,omitempty" doc:"the SNMP engine, where it was told"`
	ChassisID   string        `json:"chassis_id,omitempty" doc:"own LLDP chassis id; a hardware address is written as one"`
	ChassisType string        `json:"chassis_type,omitempty" doc:"mac, name, address, component, interface, alias, port or local"`
	BridgeMAC   string        `json:"bridge_mac,omitempty" doc:"dot1dBaseBridgeAddress"`
	MACs        []string      `json:"macs,omitempty" doc:"all own hardware addresses that can identify it, sorted"`
	Vendor      string        `json:"vendor,omitempty"`
	Model       string        `json:"model,omitempty"`
	Kind        string        `json:"kind,omitempty" doc:"switch, router, firewall, access-point, printer, ups, server, nas, camera, phone, pdu, controller, hypervisor …"`
	OS          string        `json:"os,omitempty"`
	Version     string        `json:"version,omitempty" doc:"of the operating system or firmware"`
	Serial      string        `json:"serial,omitempty"`
	Claims      []Claim       `json:"evidence,omitempty" doc:"what vendor, model, kind, os, version and serial rest on, best first within a field; what disagrees stands there too"`
	Banners     []Banner      `json:"banners,omitempty" doc:"what its services say of themselves before anybody signs in"`
	Interfaces  []Interface   `json:"interfaces,omitempty"`
	Members     []Member      `json:"members,omitempty" doc:"of a stack or of a chassis of several: each with its serial number"`
	Components  []Component   `json:"components,omitempty" doc:"ENTITY-MIB: chassis, stack members, modules, power supplies, fans"`
	Sensors     []Sensor      `json:"sensors,omitempty"`
	Storage     []Storage     `json:"storage,omitempty"`
	Processors  []Processor   `json:"processors,omitempty"`
	Printer     *Printer      `json:"printer,omitempty"`
	UPS         *UPS          `json:"ups,omitempty"`
	LLDP        []Neighbour   `json:"lldp,omitempty"`
	CDP         []Neighbour   `json:"cdp,omitempty"`
	FDB         []FDBEntry    `json:"fdb,omitempty" doc:"forwarding table"`
	ARP         []ARPEntry    `json:"arp,omitempty" doc:"neighbours by IPv4 and IPv6 address"`
	Routes      []Route       `json:"routes,omitempty"`
	VLANs       []VLAN        `json:"vlans,omitempty"`
	STP         []STPInstance `json:"stp,omitempty" doc:"spanning tree; one entry unless the device tells more"`
	Sections    []Section     `json:"sections,omitempty" doc:"how much was seen of each part"`
	Gaps        []fact.Gap    `json:"gaps,omitempty"`
}

// Section says how much of one part of a device was seen.
type Section struct {
	Name  string `json:"name"`
	State string `json:"state" doc:"seen, partly, absent (the device answers but does not have it) or unseen"`
	Rows  int    `json:"rows"`
}

// Engine is the SNMP engine of an agent.
type Engine struct {
	ID     string `json:"id" doc:"hexadecimal"`
	Boots  int64  `json:"boots,omitempty"`
	Time   int64  `json:"time_seconds,omitempty"`
	Packet int64  `json:"max_message,omitempty" doc:"largest message it takes, bytes"`
}

// Claim is what one piece of evidence says about one field.
type Claim struct {
	Field      string  `json:"field" doc:"vendor, model, kind, os, version or serial"`
	Value      string  `json:"value"`
	From       string  `json:"from" doc:"what was read: sysObjectID, sysDescr, entPhysicalSerialNum.1, an OID"`
	Saw        string  `json:"saw,omitempty" doc:"the value it was read from, shortened"`
	Rule       string  `json:"rule,omitempty" doc:"the rule of the device data that read it"`
	Confidence float64 `json:"confidence" doc:"0 to 1"`
	Used       bool    `json:"used,omitempty" doc:"the device's field has this value"`
	Conflict   bool    `json:"conflict,omitempty" doc:"says otherwise than the value used"`
}

// Banner is what one service says of itself.
type Banner struct {
	Port         int    `json:"port"`
	Service      string `json:"service" doc:"ssh, ftp, telnet, smtp, pop3, imap, http, https or other"`
	Greeting     string `json:"greeting,omitempty" doc:"its first line"`
	Server       string `json:"server,omitempty" doc:"of a web interface: the header Server"`
	Title        string `json:"title,omitempty" doc:"of its first page"`
	Realm        string `json:"realm,omitempty" doc:"the header WWW-Authenticate"`
	Certificate  string `json:"certificate,omitempty" doc:"common name of its certificate"`
	Organisation string `json:"organisation,omitempty" doc:"of its certificate"`
}

// Interface is a port or logical interface: ifTable and ifXTable.
type Interface struct {
	Index     int64     `json:"index" doc:"ifIndex"`
	Name      string    `json:"name,omitempty" doc:"ifName, or ifDescr where there is none"`
	Descr     string    `json:"descr,omitempty" doc:"ifDescr, where it differs from the name"`
	Alias     string    `json:"alias,omitempty" doc:"what a person wrote there"`
	Type      int64     `json:"type,omitempty" doc:"IANA ifType: 6 Ethernet, 24 loopback, 53 virtual, 131 tunnel, 135 VLAN, 136 layer 3 VLAN, 161 aggregate …"`
	MAC       string    `json:"mac,omitempty"`
	MTU       int64     `json:"mtu,omitempty"`
	Speed     int64     `json:"bits_per_second,omitempty"`
	Admin     string    `json:"admin,omitempty" doc:"up, down or testing"`
	Oper      string    `json:"oper,omitempty" doc:"up, down, testing, unknown, dormant, not-present or lower-layer-down"`
	IPs       []string  `json:"ips,omitempty" doc:"own addresses with prefix length, 192.0.2.1/24; without one where it is not told"`
	Connector *bool     `json:"connector,omitempty" doc:"whether there is a physical connector"`
	Aggregate int64     `json:"aggregate,omitempty" doc:"ifIndex of the aggregate this port belongs to"`
	Lower     []int64   `json:"lower,omitempty" doc:"ifIndex of the interfaces it lies on (ifStackTable)"`
	Duplex    string    `json:"duplex,omitempty" doc:"full or half"`
	PVID      int       `json:"pvid,omitempty" doc:"VLAN of untagged frames"`
	Counters  *Counters `json:"counters,omitempty"`
}

// Counters are an interface's since its agent started; each wraps at Bits.
type Counters struct {
	Bits          int     `json:"bits" doc:"64 for ifHC counters, else 32"`
	InOctets      *uint64 `json:"in_octets,omitempty"`
	OutOctets     *uint64 `json:"out_octets,omitempty"`
	InPackets     *uint64 `json:"in_unicast,omitempty"`
	OutPackets    *uint64 `json:"out_unicast,omitempty"`
	InErrors      *uint64 `json:"in_errors,omitempty"`
	OutErrors     *uint64 `json:"out_errors,omitempty"`
	InDiscards    *uint64 `json:"in_discards,omitempty"`
	OutDiscards   *uint64 `json:"out_discards,omitempty"`
	Discontinuity uint32  `json:"discontinuity,omitempty" doc:"sysUpTime in hundredths when counting last began anew"`
}

// Neighbour is what one port heard from the other end by LLDP or CDP.
type Neighbour struct {
	Port          string   `json:"port,omitempty" doc:"own port as the device names it"`
	IfIndex       int64    `json:"if_index,omitempty" doc:"own port; 0 where it cannot be told"`
	ChassisID     string   `json:"chassis_id,omitempty" doc:"LLDP chassis id or CDP device id; a hardware address is written as one"`
	ChassisType   string   `json:"chassis_type,omitempty" doc:"as Device.ChassisType; name for CDP"`
	PortID        string   `json:"port_id,omitempty" doc:"the other end's port"`
	PortType      string   `json:"port_type,omitempty" doc:"alias, component, mac, address, name, circuit or local"`
	PortDescr     string   `json:"port_descr,omitempty"`
	SysName       string   `json:"sys_name,omitempty"`
	SysDescr      string   `json:"sys_descr,omitempty" doc:"LLDP system description, or CDP version"`
	Platform      string   `json:"platform,omitempty" doc:"CDP platform"`
	Addresses     []string `json:"addresses,omitempty" doc:"management addresses"`
	Capabilities  []string `json:"capabilities,omitempty" doc:"other, repeater, bridge, access-point, router, phone, docsis, station, switch, host, igmp …; those switched on"`
	NativeVLAN    int      `json:"native_vlan,omitempty"`
	ManagementOID string   `json:"management_oid,omitempty"`
	Model         string   `json:"model,omitempty" doc:"LLDP-MED model"`
	Serial        string   `json:"serial,omitempty" doc:"LLDP-MED serial"`
}

// FDBEntry is a hardware address learnt on a port.
type FDBEntry struct {
	VLAN       int    `json:"vlan,omitempty" doc:"0 where the table does not tell"`
	MAC        string `json:"mac"`
	BridgePort int64  `json:"bridge_port,omitempty"`
	IfIndex    int64  `json:"if_index,omitempty" doc:"0 where the bridge port has no interface"`
	Status     string `json:"status,omitempty" doc:"learned, self, mgmt, other or invalid"`
}

// ARPEntry is a neighbour's address on an interface.
type ARPEntry struct {
	IfIndex int64  `json:"if_index,omitempty"`
	IP      string `json:"ip"`
	MAC     string `json:"mac"`
	Kind    string `json:"kind,omitempty" doc:"dynamic, static, local, invalid or other"`
}

// Route is an entry of the routing table.
type Route struct {
	Prefix   string `json:"prefix" doc:"192.0.2.0/24"`
	NextHop  string `json:"next_hop,omitempty" doc:"absent for a network directly attached"`
	IfIndex  int64  `json:"if_index,omitempty"`
	Protocol string `json:"protocol,omitempty" doc:"local, static, ospf, bgp …"`
	Kind     string `json:"kind,omitempty" doc:"local (attached), remote, reject or blackhole"`
	Metric   int64  `json:"metric,omitempty"`
}

// VLAN is a virtual network the device knows.
type VLAN struct {
	ID       int     `json:"id"`
	Name     string  `json:"name,omitempty"`
	Tagged   []int64 `json:"tagged,omitempty" doc:"ifIndex of ports that send its frames tagged"`
	Untagged []int64 `json:"untagged,omitempty" doc:"ifIndex of ports that send its frames untagged"`
}

// STPInstance is one spanning tree.
type STPInstance struct {
	VLAN         int       `json:"vlan,omitempty" doc:"0 for the common tree"`
	Protocol     string    `json:"protocol,omitempty" doc:"unknown, dec-lb100 or ieee8021d"`
	Bridge       string    `json:"bridge,omitempty" doc:"own bridge id: priority/mac"`
	Root         string    `json:"root,omitempty" doc:"bridge id of the root: priority/mac"`
	RootPort     int64     `json:"root_port,omitempty" doc:"bridge port towards the root; 0 if this is the root"`
	RootIfIndex  int64     `json:"root_if_index,omitempty"`
	RootCost     int64     `json:"root_cost,omitempty"`
	Changes      int64     `json:"topology_changes,omitempty"`
	SinceSeconds float64   `json:"since_change_seconds,omitempty"`
	Ports        []STPPort `json:"ports,omitempty"`
}

// STPPort is a port of a spanning tree.
type STPPort struct {
	BridgePort       int64  `json:"bridge_port"`
	IfIndex          int64  `json:"if_index,omitempty"`
	State            string `json:"state,omitempty" doc:"disabled, blocking, listening, learning, forwarding or broken"`
	Cost             int64  `json:"cost,omitempty"`
	DesignatedBridge string `json:"designated_bridge,omitempty" doc:"priority/mac of the bridge that serves the segment"`
	DesignatedPort   string `json:"designated_port,omitempty" doc:"its port: priority/number"`
	DesignatedRoot   string `json:"designated_root,omitempty"`
}
