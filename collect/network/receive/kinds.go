package receive

import "time"

// Trap is an SNMP notification. Communities and passwords are never told.
type Trap struct {
	Version    string     `json:"version" doc:"1, 2c or 3"`
	Inform     bool       `json:"inform,omitempty" doc:"the sender waited for an answer and got it"`
	From       string     `json:"from" doc:"address the datagram came from"`
	Agent      string     `json:"agent,omitempty" doc:"address the agent gives as its own"`
	Trap       string     `json:"trap" doc:"snmpTrapOID; of version 1 translated as RFC 3584 does"`
	Name       string     `json:"name,omitempty" doc:"of the traps every agent may send"`
	Enterprise string     `json:"enterprise,omitempty"`
	Generic    *int       `json:"generic,omitempty" doc:"of version 1"`
	Specific   *int64     `json:"specific,omitempty" doc:"of version 1"`
	Uptime     *float64   `json:"uptime_seconds,omitempty"`
	User       string     `json:"user,omitempty" doc:"of version 3"`
	Level      string     `json:"level,omitempty" doc:"of version 3: none, signed or encrypted"`
	Engine     string     `json:"engine,omitempty" doc:"of version 3, hexadecimal"`
	Context    string     `json:"context,omitempty"`
	Variables  []Variable `json:"variables,omitempty"`
}

// Variable is a value that came with a trap.
type Variable struct {
	OID   string `json:"oid"`
	Type  string `json:"type"`
	Value string `json:"value" doc:"as text; octets that are no text as hexadecimal with colons"`
}

// Flow is the traffic of one minute from one address to one port of another.
type Flow struct {
	Exporter    string    `json:"exporter,omitempty" doc:"who told; empty in what is left over"`
	Minute      time.Time `json:"minute" doc:"in which it was told"`
	Source      string    `json:"source,omitempty"`
	Destination string    `json:"destination,omitempty"`
	Protocol    string    `json:"protocol,omitempty" doc:"tcp, udp, icmp … or its number"`
	Port        *int      `json:"port,omitempty" doc:"destination port; of ICMP type*256+code; absent where there is none"`
	Bytes       uint64    `json:"bytes" doc:"multiplied by the sampling rate"`
	Packets     uint64    `json:"packets" doc:"multiplied by the sampling rate"`
	Flows       uint64    `json:"flows" doc:"records or samples it is made of"`
	Sampled     uint32    `json:"sampled,omitempty" doc:"one in this many packets was seen; the largest rate met"`
	In          []uint32  `json:"in,omitempty" doc:"interfaces it came in by, at most 8"`
	Out         []uint32  `json:"out,omitempty" doc:"interfaces it went out by, at most 8"`
	First       time.Time `json:"first,omitzero" doc:"earliest beginning the exporter told"`
	Last        time.Time `json:"last,omitzero" doc:"latest end the exporter told"`
	Rest        int       `json:"rest,omitempty" doc:"this is the sum of so many smaller flows"`
}

// Counters are an interface's, as sFlow tells them.
type Counters struct {
	Agent       string   `json:"agent"`
	Exporter    string   `json:"exporter"`
	Source      string   `json:"source" doc:"the data source: kind:number, 0 is an interface"`
	Interface   uint32   `json:"interface"`
	Type        uint32   `json:"type,omitempty" doc:"ifType"`
	Speed       uint64   `json:"bits_per_second,omitempty"`
	Duplex      string   `json:"duplex,omitempty" doc:"full, half, in or out"`
	Admin       string   `json:"admin,omitempty"`
	Oper        string   `json:"oper,omitempty"`
	InOctets    *uint64  `json:"in_octets,omitempty"`
	InUnicast   *uint64  `json:"in_unicast,omitempty"`
	InMulticast *uint64  `json:"in_multicast,omitempty"`
	InBroadcast *uint64  `json:"in_broadcast,omitempty"`
	InDiscards  *uint64  `json:"in_discards,omitempty"`
	InErrors    *uint64  `json:"in_errors,omitempty"`
	InUnknown   *uint64  `json:"in_unknown_protocols,omitempty"`
	OutOctets   *uint64  `json:"out_octets,omitempty"`
	OutUnicast  *uint64  `json:"out_unicast,omitempty"`
	OutMulti    *uint64  `json:"out_multicast,omitempty"`
	OutBroad    *uint64  `json:"out_broadcast,omitempty"`
	OutDiscards *uint64  `json:"out_discards,omitempty"`
	OutErrors   *uint64  `json:"out_errors,omitempty"`
	Promiscuous bool     `json:"promiscuous,omitempty"`
	Ethernet    *Errors  `json:"ethernet,omitempty"`
	Other       []string `json:"other,omitempty" doc:"records that came along and are not read, enterprise:format"`
}

// Errors are an Ethernet interface's (dot3StatsTable).
type Errors struct {
	Alignment         uint32 `json:"alignment"`
	FCS               uint32 `json:"fcs"`
	SingleCollision   uint32 `json:"single_collision"`
	MultipleCollision uint32 `json:"multiple_collision"`
	SQE               uint32 `json:"sqe_test"`
	Deferred          uint32 `json:"deferred"`
	LateCollision     uint32 `json:"late_collision"`
	Excessive         uint32 `json:"excessive_collision"`
	MACTransmit       uint32 `json:"mac_transmit"`
	CarrierSense      uint32 `json:"carrier_sense"`
	FrameTooLong      uint32 `json:"frame_too_long"`
	MACReceive        uint32 `json:"mac_receive"`
	Symbol            uint32 `json:"symbol"`
}

// Malformed is input that could not be read, told once for each sender and
// reason; the receiver fact has the counts.
type Malformed struct {
	From   string `json:"from"`
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

// Status is what a listener did since it started.
type Status struct {
	Protocol  string            `json:"protocol"`
	Address   string            `json:"address"`
	Received  uint64            `json:"received" doc:"datagrams, or messages over TCP"`
	Bytes     uint64            `json:"bytes"`
	Facts     uint64            `json:"facts" doc:"messages, flow records or counters made of it"`
	Folded    uint64            `json:"folded,omitempty" doc:"repeated syslog messages that were counted instead of told"`
	Malformed uint64            `json:"malformed,omitempty"`
	Reasons   map[string]uint64 `json:"malformed_reasons,omitempty"`
	Dropped   uint64            `json:"dropped,omitempty" doc:"read, but the queue was full"`
	Missed    uint64            `json:"missed,omitempty" doc:"datagrams the operating system dropped because they were not fetched in time (Linux)"`
	Lost      uint64            `json:"lost,omitempty" doc:"records that exporters' sequence numbers say were sent and did not arrive"`
	Waiting   uint64            `json:"without_template,omitempty" doc:"sets of flow records that came before their template"`
	Refused   uint64            `json:"refused,omitempty" doc:"connections above the bound, or handshakes that failed"`
	Final     bool              `json:"final,omitempty" doc:"the listener has stopped"`
}
