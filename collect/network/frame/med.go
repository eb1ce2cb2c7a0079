package frame

import (
	"encoding/hex"
	"fmt"
	"math"
	"strings"
)

// MED is what an endpoint tells of itself (ANSI/TIA-1057).
type MED struct {
	Capabilities []string  `json:"capabilities,omitempty"`
	Class        string    `json:"class,omitempty" doc:"endpoint-1, endpoint-2, endpoint-3 or network"`
	Policies     []Policy  `json:"policies,omitempty"`
	Place        *Location `json:"location,omitempty"`
	Hardware     string    `json:"hardware_revision,omitempty"`
	Firmware     string    `json:"firmware_revision,omitempty"`
	Software     string    `json:"software_revision,omitempty"`
	Serial       string    `json:"serial,omitempty"`
	Manufacturer string    `json:"manufacturer,omitempty"`
	Model        string    `json:"model,omitempty"`
	Asset        string    `json:"asset,omitempty"`
}

// Policy is the VLAN and priority of one application.
type Policy struct {
	Application string `json:"application"`
	Unknown     bool   `json:"unknown,omitempty" doc:"the device wants to be told"`
	Tagged      bool   `json:"tagged"`
	VLAN        int    `json:"vlan"`
	Priority    int    `json:"priority"`
	DSCP        int    `json:"dscp"`
}

// Location is where a device stands, in one or more of three forms.
type Location struct {
	Coordinates *Coordinates      `json:"coordinates,omitempty"`
	Of          string            `json:"of,omitempty" doc:"whose place it is: server, network element, client"`
	Country     string            `json:"country,omitempty"`
	Civic       map[string]string `json:"civic,omitempty" doc:"parts of the address by the names of RFC 4776"`
	ELIN        string            `json:"emergency_number,omitempty"`
}

// Coordinates are of RFC 6225.
type Coordinates struct {
	Latitude         float64 `json:"latitude"`
	Longitude        float64 `json:"longitude"`
	Altitude         float64 `json:"altitude"`
	AltitudeUnit     string  `json:"altitude_unit,omitempty" doc:"metres or floors"`
	Datum            string  `json:"datum,omitempty"`
	LatitudeBits     int     `json:"latitude_bits" doc:"leading bits that are meant"`
	LongitudeBits    int     `json:"longitude_bits"`
	AltitudeBitsUsed int     `json:"altitude_bits"`
}

var (
	medCapabilities = []string{"capabilities", "network-policy", "location", "power-source", "power-device", "inventory"}
	medApplications = []string{1: "voice", 2: "voice-signalling", 3: "guest-voice", 4: "guest-voice-signalling", 5: "softphone-voice", 6: "video-conferencing", 7: "streaming-video", 8: "video-signalling"}
	medClasses      = []string{1: "endpoint-1", 2: "endpoint-2", 3: "endpoint-3", 4: "network"}
	civicTypes      = map[byte]string{0: "language", 1: "state", 2: "county", 3: "city", 4: "district", 5: "block", 6: "street", 16: "leading_street_direction", 17: "trailing_street_suffix",
		18: "street_suffix", 19: "house_number", 20: "house_number_suffix", 21: "landmark", 22: "additional", 23: "name", 24: "postal_code", 25: "building", 26: "unit", 27: "floor",
		28: "room", 29: "place_type", 30: "postal_community", 31: "post_office_box", 32: "additional_code", 33: "seat", 34: "road", 35: "road_section", 36: "branch_road", 37: "sub_branch_road", 128: "script"}
)

func (d *decoder) med(kind int, v piece) bool {
	m := d.n.MED
	if m == nil {
		m = &MED{}
	}
	keep := func() { d.n.MED = m }
	say := func(title string, into *string) {
		if v.len() > 32 {
			d.element(v, -6, "%s has %d bytes; at most 32 would be right", title, v.len())
			return
		}
		*into = text(v.b)
		keep()
	}
	switch kind {
	case 1:
		if !d.exact(v, "LLDP-MED Capabilities", 3) {
			break
		}
		m.Capabilities = bitNames(v.u16(0), medCapabilities)
		m.Class = nameOr(medClasses, int(v.b[2]))
		keep()
	case 2:
		if !d.exact(v, "Network Policy", 4) {
			break
		}
		bits := v.u24(1)
		m.Policies = append(m.Policies, Policy{nameOr(medApplications, int(v.b[0])), bit(bits, 1<<23), bit(bits, 1<<22), bits >> 9 & 0xFFF, bits >> 6 & 7, bits & 0x3F})
		keep()
	case 3:
		if d.atLeast(v, "Location Identification", 1) {
			place := m.Place
			if place == nil {
				place = &Location{}
			}
			if d.location(v, place) {
				m.Place = place
				keep()
			}
		}
	case 4:
		if !d.exact(v, "Extended Power-via-MDI", 3) {
			break
		}
		t := v.b[0]
		p := Power{From: "med", Priority: powerPriority(int(t & 0x0F)), Watts: tenth(uint32(v.u16(1)))}
		switch t >> 6 {
		case 0:
			p.Device = "source"
		case 1:
			p.Device = "powered"
		}
		p.Source = powerSource(t>>6 == 1, t>>4&3)
		d.n.Power = append(d.n.Power, p)
	case 5:
		say("Hardware Revision", &m.Hardware)
	case 6:
		say("Firmware Revision", &m.Firmware)
	case 7:
		say("Software Revision", &m.Software)
	case 8:
		say("Serial Number", &m.Serial)
	case 9:
		say("Manufacturer Name", &m.Manufacturer)
	case 10:
		say("Model Name", &m.Model)
	case 11:
		say("Asset ID", &m.Asset)
	default:
		return false
	}
	return true
}

func nameOr(names []string, i int) string {
	if i < len(names) && names[i] != "" {
		return names[i]
	}
	return fmt.Sprintf("reserved-%d", i)
}

func (d *decoder) location(v piece, l *Location) bool {
	body := v.from(1)
	switch v.b[0] {
	case 1:
		if body.len() != 16 {
			d.element(v, -6, "Location's coordinates have %d bytes; 16 would be right", body.len())
			return false
		}
		l.Coordinates = coordinates(body.b)
	case 2:
		return d.civic(body, l)
	case 3:
		if body.len() < 10 || body.len() > 25 {
			d.element(v, -6, "Location's emergency number has %d digits; 10 to 25 would be right", body.len())
			return false
		}
		if strings.Trim(string(body.b), "0123456789") != "" {
			d.element(v, 1, "Location's emergency number holds other than digits")
			return false
		}
		l.ELIN = string(body.b)
	default:
		d.n.Unknown = append(d.n.Unknown, TLV{Type: lldpOrganisation, OUI: "00-12-bb", Subtype: ptr(3), Name: fmt.Sprintf("location of format %d", v.b[0]), Hex: hex.EncodeToString(body.b)})
		return false
	}
	return true
}

// civic reads an address in the form of RFC 4776.
func (d *decoder) civic(v piece, l *Location) bool {
	if v.len() < 4 {
		d.element(v, 0, "Location's civic address has %d bytes; at least 4 would be right", v.len())
		return false
	}
	size := int(v.b[0])
	if size < 3 || size > v.len()-1 {
		d.element(v, 0, "Location's civic address says %d bytes and has %d", size, v.len()-1)
		return false
	}
	parts := v.part(4, 1+size)
	civic := map[string]string{}
	for parts.len() > 0 {
		if parts.len() < 2 || int(parts.b[1]) > parts.len()-2 {
			d.element(parts, 0, "a part of Location's civic address is longer than the address")
			return false
		}
		name := civicTypes[parts.b[0]]
		if name == "" {
			name = fmt.Sprintf("type_%d", parts.b[0])
		}
		n := int(parts.b[1])
		civic[name] = text(parts.b[2 : 2+n])
		parts = parts.from(2 + n)
	}
	l.Of = nameOr([]string{"server", "network element", "client"}, int(v.b[1]))
	l.Country, l.Civic = text(v.b[2:4]), civic
	return true
}

// coordinates reads the 16 bytes of RFC 6225: fixed point numbers of 9 and 25
// bits (latitude, longitude) and of 22 and 8 (altitude).
func coordinates(b []byte) *Coordinates {
	at := 0
	take := func(n int) uint64 {
		var v uint64
		for range n {
			v = v<<1 | uint64(b[at/8]>>(7-at%8)&1)
			at++
		}
		return v
	}
	fixed := func(n, fraction int) float64 {
		v := int64(take(n))
		if v >= 1<<(n-1) {
			v -= 1 << n
		}
		return float64(v) / math.Exp2(float64(fraction))
	}
	c := &Coordinates{}
	c.LatitudeBits = int(take(6))
	c.Latitude = round6(fixed(34, 25))
	c.LongitudeBits = int(take(6))
	c.Longitude = round6(fixed(34, 25))
	unit := take(4)
	c.AltitudeUnit = map[uint64]string{1: "metres", 2: "floors"}[unit]
	c.AltitudeBitsUsed = int(take(6))
	c.Altitude = round6(fixed(30, 8))
	c.Datum = map[uint64]string{1: "WGS84", 2: "NAD83/NAVD88", 3: "NAD83/MLLW"}[take(8)]
	return c
}

// round6 leaves six decimals: a tenth of a metre on the ground.
func round6(v float64) float64 { return math.Round(v*1e6) / 1e6 }
