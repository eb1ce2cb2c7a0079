// Package frame reads what network devices say of themselves on the wire:
// LLDP (IEEE 802.1AB) and CDP announcements from raw frames, out of capture
// files (pcap and pcapng) or from an interface as they arrive. Every length is
// checked; what is wrong is named by frame, offset and reason, and never stops
// the frames after it.
package frame

import (
	"fmt"
	"time"
)

// Neighbour is one announcement: a device and the port it was sent from.
// Fields that were not announced are absent.
type Neighbour struct {
	Protocol string `json:"protocol" doc:"lldp or cdp"`
	Version  int    `json:"protocol_version,omitempty" doc:"of CDP: 1 or 2"`
	Source   string `json:"source_mac,omitempty" doc:"hardware address that sent the frame"`
	Dest     string `json:"destination_mac,omitempty"`
	Tags     []int  `json:"vlan_tags,omitempty" doc:"VLANs of the frame's own tags, outermost first"`
	TTL      int    `json:"ttl" doc:"seconds the announcement holds"`
	Gone     bool   `json:"gone,omitempty" doc:"the device takes the announcement back (TTL 0)"`

	Chassis           ID       `json:"chassis"`
	Port              ID       `json:"port"`
	PortDescription   string   `json:"port_description,omitempty"`
	SystemName        string   `json:"system_name,omitempty"`
	SystemDescription string   `json:"system_description,omitempty" doc:"of CDP: the software's version text"`
	Platform          string   `json:"platform,omitempty" doc:"of CDP: the model"`
	ObjectID          string   `json:"system_object_id,omitempty" doc:"of CDP"`
	Location          string   `json:"location,omitempty" doc:"of CDP"`
	Capabilities      []string `json:"capabilities,omitempty" doc:"what the device can be"`
	Enabled           []string `json:"enabled_capabilities,omitempty" doc:"what it acts as (LLDP)"`

	Addresses  []string     `json:"addresses,omitempty" doc:"addresses of the device, as CDP tells"`
	Management []Management `json:"management,omitempty" doc:"where it is managed"`

	NativeVLAN  *int     `json:"native_vlan,omitempty" doc:"VLAN of untagged frames; 0: none"`
	VoiceVLAN   *int     `json:"voice_vlan,omitempty" doc:"of CDP"`
	VLANs       []VLAN   `json:"vlans,omitempty"`
	Duplex      string   `json:"duplex,omitempty" doc:"half or full"`
	MTU         int64    `json:"mtu,omitempty"`
	MaxFrame    int      `json:"max_frame,omitempty" doc:"largest frame, of LLDP"`
	Aggregation *Bundle  `json:"aggregation,omitempty"`
	Power       []Power  `json:"power,omitempty"`
	Dot1        *Dot1    `json:"ieee_8021,omitempty"`
	Dot3        *Dot3    `json:"ieee_8023,omitempty"`
	MED         *MED     `json:"med,omitempty"`
	CDP         *Cisco   `json:"cisco,omitempty"`
	MUD         string   `json:"mud_url,omitempty" doc:"manufacturer usage description, RFC 8520"`
	Unknown     []TLV    `json:"unknown,omitempty" doc:"elements without a decoder, as they were"`
	Remarks     []string `json:"remarks,omitempty" doc:"what is odd but readable"`
	Cut         bool     `json:"cut,omitempty" doc:"the capture kept only the beginning of the frame"`
}

// ID names a device or a port.
type ID struct {
	Kind  string `json:"kind" doc:"mac, network, interface-name, interface-alias, component, port-component, agent-circuit, device-id, local or unknown"`
	Value string `json:"value"`
}

// Management is an address that a device is managed at.
type Management struct {
	Address   string `json:"address"`
	Family    string `json:"family" doc:"ipv4, ipv6, mac, or the number of the address family"`
	Interface uint32 `json:"interface,omitempty"`
	Numbering string `json:"numbering,omitempty" doc:"what the interface's number is: ifIndex, system-port or unknown"`
	OID       string `json:"oid,omitempty"`
}

// VLAN is a VLAN a port belongs to.
type VLAN struct {
	ID   int    `json:"id"`
	Name string `json:"name,omitempty"`
}

// Bundle is link aggregation as a port tells it.
type Bundle struct {
	Capable bool   `json:"capable"`
	Active  bool   `json:"active"`
	Port    uint32 `json:"port,omitempty" doc:"number of the aggregated port"`
}

// Power is what is told of power over the cable, in watts.
type Power struct {
	From      string   `json:"from" doc:"802.3, med, cdp-consumption, cdp-request, cdp-available"`
	Device    string   `json:"device,omitempty" doc:"source (PSE) or powered (PD)"`
	Type      string   `json:"type,omitempty"`
	Source    string   `json:"source,omitempty"`
	Priority  string   `json:"priority,omitempty"`
	Class     *int     `json:"class,omitempty"`
	Supported *bool    `json:"supported,omitempty"`
	Enabled   *bool    `json:"enabled,omitempty"`
	Pairs     string   `json:"pairs,omitempty" doc:"signal or spare"`
	Watts     *float64 `json:"watts,omitempty" doc:"used, or wanted by a powered device, or granted by a source"`
	Requested *float64 `json:"requested,omitempty"`
	Allocated *float64 `json:"allocated,omitempty"`
	Available *float64 `json:"available,omitempty"`
	Unlimited bool     `json:"unlimited,omitempty" doc:"CDP's available power without a limit"`
	Maximum   *float64 `json:"maximum,omitempty" doc:"the most the source can give (802.3bt)"`
	request   uint32   // CDP's request and management ids: new in every announcement
}

// TLV is an element that is only kept.
type TLV struct {
	Type    int    `json:"type"`
	OUI     string `json:"oui,omitempty"`
	Subtype *int   `json:"subtype,omitempty"`
	Name    string `json:"name,omitempty"`
	Hex     string `json:"hex"`
}

// Problem is something malformed.
type Problem struct {
	Frame    int       `json:"frame" doc:"number of the frame in its capture, from 1; 0 when the file itself is meant"`
	Offset   int64     `json:"offset" doc:"byte within the frame, from 0; within the file when frame is 0"`
	Protocol string    `json:"protocol,omitempty"`
	What     string    `json:"what"`
	Lost     string    `json:"lost" doc:"what could not be used for it: element, frame or rest of the file"`
	At       time.Time `json:"-"`
	Source   string    `json:"source_mac,omitempty"`
}

func (p *Problem) Error() string {
	if p.Frame == 0 {
		return fmt.Sprintf("byte %d: %s", p.Offset, p.What)
	}
	return fmt.Sprintf("frame %d, byte %d: %s", p.Frame, p.Offset, p.What)
}

// What a problem made unusable.
const (
	LostElement = "element"
	LostFrame   = "frame"
	LostRest    = "rest of the file"
)
