package frame

import (
	"encoding/hex"
	"fmt"
	"net/netip"
)

// Cisco is what only CDP tells.
type Cisco struct {
	VTP             *string  `json:"vtp_domain,omitempty" doc:"empty when the device has none"`
	Prefixes        []string `json:"ip_prefixes,omitempty" doc:"networks of an on-demand routing stub"`
	Gateway         string   `json:"default_gateway,omitempty" doc:"of on-demand routing"`
	Hello           *Hello   `json:"protocol_hello,omitempty"`
	Trust           *int     `json:"trust_bitmap,omitempty"`
	UntrustedCoS    *int     `json:"untrusted_cos,omitempty"`
	Appliance       *int     `json:"appliance,omitempty" doc:"kind of appliance the voice VLAN is for or asked by; 1: phone"`
	VoiceVLANWanted *int     `json:"voice_vlan_wanted,omitempty" doc:"VLAN a phone asks for"`
}

// Hello is a protocol's hello message carried along, of clusters of switches.
type Hello struct {
	OUI      string `json:"oui"`
	Protocol int    `json:"protocol"`
	Hex      string `json:"hex"`
}

// Elements of CDP (Cisco Discovery Protocol, as documented by Cisco and by its
// readers).
const (
	cdpDevice        = 0x01
	cdpAddresses     = 0x02
	cdpPort          = 0x03
	cdpCapability    = 0x04
	cdpVersion       = 0x05
	cdpPlatform      = 0x06
	cdpPrefix        = 0x07
	cdpHello         = 0x08
	cdpVTP           = 0x09
	cdpNative        = 0x0A
	cdpDuplex        = 0x0B
	cdpVoiceReply    = 0x0E
	cdpVoiceQuery    = 0x0F
	cdpPower         = 0x10
	cdpMTU           = 0x11
	cdpTrust         = 0x12
	cdpUntrusted     = 0x13
	cdpSystemName    = 0x14
	cdpSystemOID     = 0x15
	cdpManagement    = 0x16
	cdpLocation      = 0x17
	cdpPowerRequest  = 0x19
	cdpPowerAvailble = 0x1A
)

var cdpNames = map[int]string{cdpDevice: "Device ID", cdpAddresses: "Addresses", cdpPort: "Port ID", cdpCapability: "Capabilities", cdpVersion: "Version", cdpPlatform: "Platform",
	cdpPrefix: "IP Prefix", cdpHello: "Protocol Hello", cdpVTP: "VTP Domain", cdpNative: "Native VLAN", cdpDuplex: "Duplex", cdpVoiceReply: "Voice VLAN reply",
	cdpVoiceQuery: "Voice VLAN query", cdpPower: "Power", cdpMTU: "MTU", cdpTrust: "Extended Trust", cdpUntrusted: "Untrusted CoS", cdpSystemName: "System Name",
	cdpSystemOID: "System Object ID", cdpManagement: "Management Address", cdpLocation: "Location", 0x18: "External Port ID", cdpPowerRequest: "Power Requested",
	cdpPowerAvailble: "Power Available", 0x1B: "Unidirectional", 0x1D: "EnergyWise", 0x1F: "Spare PoE"}

func cdpTitle(kind int) string {
	if n := cdpNames[kind]; n != "" {
		return n
	}
	return fmt.Sprintf("TLV type 0x%04x", kind)
}

var cdpCapabilities = []string{"router", "transparent-bridge", "source-route-bridge", "switch", "host", "igmp", "repeater", "telephone", "remotely-managed", "cast-or-stp-dispute", "two-port-mac-relay"}

// cdp reads an announcement. A broken chain of lengths or a wrong checksum
// costs the frame, a fault within an element costs the element.
func (d *decoder) cdp(e envelope) {
	p := e.payload
	if p.len() < 4 {
		d.frame(p, 0, "CDP has %d bytes; its header alone needs 4", p.len())
		return
	}
	d.n.Version, d.n.TTL = int(p.b[0]), int(p.b[1])
	d.n.Gone = d.n.TTL == 0
	if d.n.Version != 1 && d.n.Version != 2 {
		d.frame(p, 0, "CDP version %d; 1 and 2 are known", d.n.Version)
		return
	}
	if !e.cut {
		switch is := p.u16(2); {
		case checksumHolds(p.b):
		case is == 0:
			d.remark("no checksum")
		default:
			d.frame(p, 2, "the checksum is 0x%04x and should be 0x%04x", is, cdpChecksum(p.b))
			return
		}
	}
	seen := map[int]bool{}
	for rest := p.from(4); rest.len() > 0; {
		if rest.len() < 4 {
			if !e.cut {
				d.frame(rest, 0, "%d bytes stand where a TLV's header of 4 should begin, or the end", rest.len())
				return
			}
			d.cutCDP(rest, seen)
			return
		}
		kind, size := rest.u16(0), rest.u16(2)
		if size < 4 {
			d.frame(rest, 2, "%s has a length of %d; its header alone has 4", cdpTitle(kind), size)
			return
		}
		if size > rest.len() {
			if !e.cut {
				d.frame(rest, 2, "%s should have %d bytes and %d are left in the frame", cdpTitle(kind), size, rest.len())
				return
			}
			d.cutCDP(rest, seen)
			return
		}
		if seen[kind] && (kind == cdpDevice || kind == cdpPort) {
			d.element(rest, 0, "%s stands a second time; the first one counts", cdpTitle(kind))
		} else {
			d.cdpElement(kind, rest.part(4, size))
		}
		seen[kind] = true
		rest = rest.from(size)
	}
	if !seen[cdpDevice] {
		d.frame(p, 4, "there is no Device ID")
	} else if d.n.Chassis.Value == "" && !d.lost {
		d.remark("the Device ID is empty")
	}
	if !seen[cdpPort] {
		d.remark("no Port ID")
	}
}

func (d *decoder) cutCDP(p piece, seen map[int]bool) {
	if !seen[cdpDevice] {
		d.frame(p, 0, "the capture cut the frame before the Device ID was whole")
		return
	}
	d.n.Cut = true
	d.element(p, 0, "the capture cut the frame here")
}

// checksumHolds accepts the Internet checksum and Cisco's own for an odd
// number of bytes.
func checksumHolds(b []byte) bool {
	if sum(b, false) == 0xFFFF {
		return true
	}
	return len(b)%2 == 1 && sum(b, true) == 0xFFFF
}

// cdpChecksum is what the checksum should have been.
func cdpChecksum(b []byte) uint16 {
	c := append([]byte(nil), b...)
	c[2], c[3] = 0, 0
	return ^uint16(sum(c, len(b)%2 == 1))
}

// sum is the ones' complement sum. Cisco puts the last of an odd number of
// bytes low instead of high and takes it for signed, less one.
func sum(b []byte, cisco bool) uint32 {
	var s uint32
	n := len(b) &^ 1
	for i := 0; i < n; i += 2 {
		s += uint32(b[i])<<8 | uint32(b[i+1])
	}
	if len(b)%2 == 1 {
		last := uint32(b[n])
		switch {
		case !cisco:
			s += last << 8
		case last&0x80 != 0:
			s += 0xFF00 | last - 1
		default:
			s += last
		}
	}
	for s > 0xFFFF {
		s = s&0xFFFF + s>>16
	}
	return s
}

func (d *decoder) cisco() *Cisco {
	if d.n.CDP == nil {
		d.n.CDP = &Cisco{}
	}
	return d.n.CDP
}

func (d *decoder) cdpElement(kind int, v piece) {
	// fits tells whether an element has at least n bytes.
	fits := func(n int) bool {
		if v.len() < n {
			d.element(v, -2, "%s has %d bytes; at least %d would be right", cdpTitle(kind), v.len(), n)
			return false
		}
		if v.len() > n {
			d.remark("%s has %d bytes instead of %d", cdpTitle(kind), v.len(), n)
		}
		return true
	}
	switch kind {
	case cdpDevice:
		d.n.Chassis = ID{"device-id", textOrHex(v.b)}
	case cdpAddresses:
		for _, m := range d.cdpAddresses(v, kind) {
			d.n.Addresses = append(d.n.Addresses, m.Address)
		}
	case cdpManagement:
		d.n.Management = append(d.n.Management, d.cdpAddresses(v, kind)...)
	case cdpPort:
		d.n.Port = ID{"interface-name", textOrHex(v.b)}
	case cdpCapability:
		if fits(4) {
			d.n.Capabilities = bitNames(int(v.u32(0)), cdpCapabilities)
		}
	case cdpVersion:
		d.n.SystemDescription = text(v.b)
	case cdpPlatform:
		d.n.Platform = text(v.b)
	case cdpPrefix:
		d.prefixes(v)
	case cdpHello:
		if v.len() < 5 {
			d.element(v, -2, "Protocol Hello has %d bytes; at least 5 would be right", v.len())
			return
		}
		d.cisco().Hello = &Hello{fmt.Sprintf("%02x-%02x-%02x", v.b[0], v.b[1], v.b[2]), v.u16(3), hex.EncodeToString(v.b[5:])}
	case cdpVTP:
		d.cisco().VTP = ptr(text(v.b))
	case cdpNative:
		if fits(2) {
			if id, ok := d.vid(v, 0, "Native VLAN"); ok {
				d.n.NativeVLAN = &id
			}
		}
	case cdpDuplex:
		if fits(1) {
			d.n.Duplex = "half"
			if v.b[0] != 0 {
				d.n.Duplex = "full"
			}
		}
	case cdpVoiceReply, cdpVoiceQuery:
		d.voice(kind, v)
	case cdpPower:
		if fits(2) {
			d.n.Power = append(d.n.Power, Power{From: "cdp-consumption", Device: "powered", Watts: milli(uint32(v.u16(0)))})
		}
	case cdpMTU:
		if fits(4) {
			d.n.MTU = int64(v.u32(0))
		}
	case cdpTrust:
		if fits(1) {
			d.cisco().Trust = ptr(int(v.b[0]))
		}
	case cdpUntrusted:
		if fits(1) {
			d.cisco().UntrustedCoS = ptr(int(v.b[0]))
		}
	case cdpSystemName:
		d.n.SystemName = text(v.b)
	case cdpSystemOID:
		b := v.b
		if len(b) > 2 && b[0] == 6 && int(b[1]) == len(b)-2 {
			b = b[2:] // with its BER header, as most devices send it
		}
		if name, ok := oid(b); ok {
			d.n.ObjectID = name
		} else {
			d.element(v, 0, "System Object ID is not an object identifier")
		}
	case cdpLocation:
		if v.len() > 0 && v.b[0] < ' ' {
			v = v.from(1) // the kind of location
		}
		d.n.Location = text(v.b)
	case cdpPowerRequest, cdpPowerAvailble:
		d.cdpPower(kind, v)
	default:
		d.n.Unknown = append(d.n.Unknown, TLV{Type: kind, Name: cdpNames[kind], Hex: hex.EncodeToString(v.b)})
	}
}

// cdpAddresses reads a list of addresses: a count, then for each the protocol
// and the address with their lengths.
func (d *decoder) cdpAddresses(v piece, kind int) []Management {
	var found []Management
	if v.len() < 4 {
		d.element(v, -2, "%s has %d bytes; at least 4 would be right", cdpTitle(kind), v.len())
		return nil
	}
	count, rest := v.u32(0), v.from(4)
	for i := range count {
		if rest.len() < 2 || rest.len() < 2+int(rest.b[1])+2 {
			d.element(rest, 0, "%s promises %d addresses and ends within number %d", cdpTitle(kind), count, i+1)
			return found
		}
		n := int(rest.b[1])
		protocol := hex.EncodeToString(rest.b[2 : 2+n])
		size := rest.u16(2 + n)
		if 4+n+size > rest.len() {
			d.element(rest, 2+n, "address %d of %s should have %d bytes and %d are left", i+1, cdpTitle(kind), size, rest.len()-4-n)
			return found
		}
		b := rest.b[4+n : 4+n+size]
		m := Management{Address: hex.EncodeToString(b), Family: protocol}
		family := 0
		switch protocol {
		case "cc", "aaaa030000000800", "0800":
			family = 1
		case "aaaa0300000086dd", "86dd", "8e":
			family = 2
		}
		ok := size > 0
		if family > 0 {
			m.Address, m.Family, ok = address(family, b)
		}
		if ok {
			found = append(found, m)
		} else {
			d.element(rest, 4+n, "address %d of %s has %d bytes, which does not fit protocol %s", i+1, cdpTitle(kind), size, protocol)
		}
		rest = rest.from(4 + n + size)
	}
	if rest.len() > 0 {
		d.remark("%d bytes stand behind the addresses of %s", rest.len(), cdpTitle(kind))
	}
	return found
}

// prefixes reads IP Prefix: the default gateway alone, or networks of five
// bytes each.
func (d *decoder) prefixes(v piece) {
	if v.len() == 4 {
		d.cisco().Gateway = netip.AddrFrom4([4]byte(v.b)).String()
		return
	}
	if v.len()%5 != 0 {
		d.element(v, -2, "IP Prefix has %d bytes; 4, or 5 for each network, would be right", v.len())
		return
	}
	for i := 0; i < v.len(); i += 5 {
		prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte(v.b[i:i+4])), int(v.b[i+4]))
		if !prefix.IsValid() {
			d.element(v, i+4, "IP Prefix has a length of %d bits", v.b[i+4])
			continue
		}
		d.cisco().Prefixes = append(d.cisco().Prefixes, prefix.String())
	}
}

// voice reads the appliance's kind and its VLAN. Some phones send more.
func (d *decoder) voice(kind int, v piece) {
	if v.len() == 1 { // asked for or given without a VLAN
		d.cisco().Appliance = ptr(int(v.b[0]))
		return
	}
	if v.len() < 3 {
		d.element(v, -2, "%s has %d bytes; 1 or 3 would be right", cdpTitle(kind), v.len())
		return
	}
	d.cisco().Appliance = ptr(int(v.b[0]))
	id := v.u16(1)
	switch {
	case kind == cdpVoiceReply && id <= 4095:
		d.n.VoiceVLAN = &id // 4095 and 0 tell a phone to send untagged
	case kind == cdpVoiceQuery && id <= 4095:
		d.cisco().VoiceVLANWanted = &id
	default:
		d.remark("%s names VLAN %d", cdpTitle(kind), id)
	}
}

// cdpPower reads a request's number, a management number and watts.
func (d *decoder) cdpPower(kind int, v piece) {
	if v.len() < 8 || v.len()%4 != 0 {
		d.element(v, -2, "%s has %d bytes; 4 and 4 for each value would be right", cdpTitle(kind), v.len())
		return
	}
	p := Power{From: "cdp-request", Device: "powered", request: v.u32(0)}
	if kind == cdpPowerAvailble {
		p.From, p.Device = "cdp-available", "source"
	}
	value := v.u32(4)
	if kind == cdpPowerRequest {
		p.Requested = milli(value)
	} else {
		p.Available = milli(value)
		if v.len() >= 12 {
			if v.u32(8) == 1<<32-1 {
				p.Unlimited = true
			} else {
				p.Maximum = milli(v.u32(8))
			}
		}
	}
	d.n.Power = append(d.n.Power, p)
}
