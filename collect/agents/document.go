// Package agents is the server side of the inventory agents that organisations
// already run: GLPI Agent, FusionInventory and OCS. Handler answers unmodified
// agents; Parse reads one of their documents, JSON or XML, into the same
// fact.Inventory that collect/host yields. What documents hold of persons
// (environment variables, command lines, user names) is refused by default.
//
// Sources: the inventory format of the GLPI project (inventory.schema.json,
// version 1.2), and what FusionInventory 2.6 and OCS 2.10 of Debian 12 send.
package agents

import (
	"errors"
	"time"

	"steward/collect/fact"
)

// Kinds of document, which are also the kinds of the facts.
const (
	Computer  = "inventory"
	Phone     = "phone"
	Network   = "network-equipment"
	Printer   = "printer"
	Unmanaged = "unmanaged"
)

// Options say how documents are read. The zero value is safe for use on a network.
type Options struct {
	// Users keeps local accounts and groups. Signed-in users, environment
	// variables and command lines are never kept.
	Users bool
	// MaxBytes is the most a document may have, unpacked; 64 MiB if 0.
	MaxBytes int64
	// Now is the moment of arrival; the clock's if zero.
	Now time.Time
}

// maxItems bounds what is kept of one document; maxElement what one entry of a
// list may have (a port of a switch with all that is behind it is one entry).
const (
	maxItems   = 500_000
	maxElement = 4 << 20
	maxBytes   = 64 << 20
)

// ErrTooLarge is a document above one of the limits.
var ErrTooLarge = errors.New("document is too large")

// Document is what an agent sent, in one message.
type Document struct {
	Form     string         `json:"form" doc:"json or xml"`
	Action   string         `json:"action" doc:"inventory, netinventory, netdiscovery, contact, prolog, get_params …"`
	Kind     string         `json:"kind,omitempty" doc:"inventory, phone, network-equipment, printer, unmanaged"`
	DeviceID string         `json:"device_id,omitempty" doc:"the agent's name of the machine, made at installation; clones share it, so it identifies nothing"`
	Agent    string         `json:"agent,omitempty" doc:"the agent and its version"`
	Tag      string         `json:"tag,omitempty" doc:"the tag set on the agent"`
	Partial  bool           `json:"partial,omitempty" doc:"only what changed; merge it into the last whole one"`
	Refused  map[string]int `json:"refused,omitempty" doc:"what the document held and was not kept, with the number of entries"`
	Tasks    []string       `json:"tasks,omitempty" doc:"tasks the agent can do, of a contact"`
	Unread   []string       `json:"unread,omitempty" doc:"sections the form of facts has no place for"`

	Inventory fact.Inventory `json:"-"`
	Equipment []Equipment    `json:"-"`
}

// HasInventory reports whether the document carries facts, rather than being a
// step of the conversation.
func (d Document) HasInventory() bool { return d.Kind != "" }

// Equipment is a device without an agent of its own, seen by an agent over
// SNMP: network equipment, printers and what a discovery found.
type Equipment struct {
	Kind       string         `json:"kind" doc:"network-equipment, printer, unmanaged …"`
	Inventory  fact.Inventory `json:"inventory" doc:"identity, hardware and system, as for a machine"`
	Contact    string         `json:"contact,omitempty"`
	Location   string         `json:"location,omitempty"`
	Addresses  []string       `json:"addresses,omitempty"`
	Firmware   []Firmware     `json:"firmware,omitempty"`
	Ports      []Port         `json:"ports,omitempty"`
	Components []Component    `json:"components,omitempty"`
	Supplies   []Supply       `json:"supplies,omitempty" doc:"toner, ink, drums"`
	Counters   map[string]int `json:"page_counters,omitempty" doc:"pages by kind: total, black, color, rectoverso …"`
}

// Firmware is a program in the device.
type Firmware struct {
	Name    string `json:"name,omitempty"`
	Version string `json:"version"`
	Maker   string `json:"maker,omitempty"`
	Date    string `json:"date,omitempty" doc:"YYYY-MM-DD"`
}

// Port is one interface of a device as its ifTable and its neighbours tell.
type Port struct {
	Number     int64       `json:"number" doc:"ifIndex"`
	Name       string      `json:"name,omitempty" doc:"ifName"`
	Title      string      `json:"title,omitempty" doc:"ifDescr, where it differs"`
	Alias      string      `json:"alias,omitempty" doc:"ifAlias"`
	Type       int64       `json:"type,omitempty" doc:"IANA ifType"`
	MAC        string      `json:"mac,omitempty"`
	Addresses  []string    `json:"addresses,omitempty"`
	Up         *bool       `json:"up,omitempty" doc:"ifOperStatus is up"`
	Enabled    *bool       `json:"enabled,omitempty" doc:"ifAdminStatus is up"`
	Bits       *int64      `json:"bits_per_second,omitempty"`
	MTU        *int        `json:"mtu,omitempty"`
	FullDuplex *bool       `json:"full_duplex,omitempty"`
	Trunk      bool        `json:"trunk,omitempty"`
	BytesIn    *int64      `json:"bytes_in,omitempty"`
	BytesOut   *int64      `json:"bytes_out,omitempty"`
	ErrorsIn   *int64      `json:"errors_in,omitempty"`
	ErrorsOut  *int64      `json:"errors_out,omitempty"`
	VLANs      []VLAN      `json:"vlans,omitempty"`
	Members    []string    `json:"members,omitempty" doc:"ports of this aggregate"`
	Neighbours []Neighbour `json:"neighbours,omitempty"`
}

// VLAN is a network a port is in.
type VLAN struct {
	Number int    `json:"number"`
	Name   string `json:"name,omitempty"`
	Tagged *bool  `json:"tagged,omitempty"`
}

// Neighbour is what is at the other end of a port.
type Neighbour struct {
	Method string   `json:"method" doc:"discovery if LLDP or CDP told it; forwarding if the addresses were only seen there, then all of them in one entry"`
	Name   string   `json:"name,omitempty"`
	Port   string   `json:"port,omitempty"`
	Title  string   `json:"title,omitempty" doc:"what it says it is"`
	Model  string   `json:"model,omitempty"`
	IP     string   `json:"ip,omitempty"`
	MACs   []string `json:"macs,omitempty"`
}

// Component is a part of a device: chassis, module, power supply, fan …
type Component struct {
	Index    int64  `json:"index"`
	Within   int64  `json:"within,omitempty" doc:"index of the part that contains it"`
	Kind     string `json:"kind,omitempty"`
	Name     string `json:"name,omitempty"`
	Model    string `json:"model,omitempty"`
	Serial   string `json:"serial,omitempty" doc:"absent where it is a placeholder"`
	Vendor   string `json:"vendor,omitempty"`
	Firmware string `json:"firmware,omitempty"`
}

// Supply is something a printer uses up.
type Supply struct {
	Name    string `json:"name"`
	Percent *int   `json:"percent,omitempty" doc:"what is left; absent where the printer says only a state"`
	State   string `json:"state,omitempty" doc:"what the printer said, where it is no number"`
}
