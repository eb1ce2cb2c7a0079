package frame

import "strings"

// Dot3 is what the 802.3 group's elements tell (IEEE 802.3, clause 79).
type Dot3 struct {
	Autonegotiation *Autonegotiation `json:"autonegotiation,omitempty"`
	EEE             *EEE             `json:"energy_efficient,omitempty"`
	FastWake        *FastWake        `json:"energy_efficient_fast_wake,omitempty"`
	Preemption      *Preemption      `json:"preemption,omitempty"`
}

// Autonegotiation is the state of a port's physical layer.
type Autonegotiation struct {
	Supported  bool     `json:"supported"`
	Enabled    bool     `json:"enabled"`
	Advertised []string `json:"advertised,omitempty"`
	MAU        int      `json:"mau" doc:"operational type, dot3MauType of IANA-MAU-MIB"`
	Type       string   `json:"type,omitempty" doc:"its name"`
}

// EEE are the wake times of Energy-Efficient Ethernet, in microseconds.
type EEE struct {
	Transmit int `json:"transmit"`
	Receive  int `json:"receive"`
	Fallback int `json:"fallback"`
	EchoTX   int `json:"echo_transmit"`
	EchoRX   int `json:"echo_receive"`
}

// FastWake tells whether a port wakes fast instead of deeply asleep.
type FastWake struct {
	Transmit     bool `json:"transmit"`
	Receive      bool `json:"receive"`
	EchoTransmit bool `json:"echo_transmit"`
	EchoReceive  bool `json:"echo_receive"`
}

// Preemption is frame preemption (802.3br).
type Preemption struct {
	Supported bool `json:"supported"`
	Enabled   bool `json:"enabled"`
	Active    bool `json:"active"`
	Fragment  int  `json:"additional_fragment"`
}

// mauTypes are the names of IANA-MAU-MIB's types that are in use.
var mauTypes = strings.Fields(`- AUI 10Base5 FOIRL 10Base2 10BaseT 10BaseFP 10BaseFB 10BaseFL 10Broad36 10BaseTHD 10BaseTFD 10BaseFLHD 10BaseFLFD
	100BaseT4 100BaseTXHD 100BaseTXFD 100BaseFXHD 100BaseFXFD 100BaseT2HD 100BaseT2FD 1000BaseXHD 1000BaseXFD 1000BaseLXHD 1000BaseLXFD 1000BaseSXHD
	1000BaseSXFD 1000BaseCXHD 1000BaseCXFD 1000BaseTHD 1000BaseTFD 10GigBaseX 10GigBaseLX4 10GigBaseR 10GigBaseER 10GigBaseLR 10GigBaseSR 10GigBaseW
	10GigBaseEW 10GigBaseLW 10GigBaseSW 10GigBaseCX4 2BaseTL 10PassTS 100BaseBX10D 100BaseBX10U 100BaseLX10 1000BaseBX10D 1000BaseBX10U 1000BaseLX10
	1000BasePX10D 1000BasePX10U 1000BasePX20D 1000BasePX20U 10GbaseT 10GbaseLRM 1000baseKX 10GbaseKX4 10GbaseKR 10G1GbasePRXD1 10G1GbasePRXD2
	10G1GbasePRXD3 10G1GbasePRXU1 10G1GbasePRXU2 10G1GbasePRXU3 10GbasePRD1 10GbasePRD2 10GbasePRD3 10GbasePRU1 10GbasePRU3 40GbaseKR4 40GbaseCR4
	40GbaseSR4 40GbaseFR 40GbaseLR4 100GbaseCR10 100GbaseSR10 100GbaseLR4 100GbaseER4`)

// advertised are the bits of ifMauAutoNegCapAdvertisedBits from the lowest of
// the 16, which is the last of the MIB's list.
var advertised = []string{"1000baseTFD", "1000baseT", "1000baseXFD", "1000baseX", "fdxBPause", "fdxSPause", "fdxAPause", "fdxPause",
	"100baseT2FD", "100baseT2", "100baseTXFD", "100baseTX", "100baseT4", "10baseTFD", "10baseT", "other"}

func (d *decoder) dot3(kind int, v piece) bool {
	o := d.n.Dot3
	if o == nil {
		o = &Dot3{}
	}
	defer func() {
		if *o != (Dot3{}) {
			d.n.Dot3 = o
		}
	}()
	switch kind {
	case 1:
		if !d.exact(v, "MAC/PHY Configuration/Status", 5) {
			break
		}
		a := &Autonegotiation{Supported: bit(v.b[0], 1), Enabled: bit(v.b[0], 2), Advertised: bitNames(v.u16(1), advertised), MAU: v.u16(3)}
		if a.MAU > 0 && a.MAU < len(mauTypes) {
			a.Type = mauTypes[a.MAU]
			switch {
			case strings.HasSuffix(a.Type, "HD"):
				d.n.Duplex = "half"
			case strings.HasSuffix(a.Type, "FD") || a.MAU >= 31 && a.MAU <= 41 || a.MAU >= 54:
				d.n.Duplex = "full"
			}
		}
		o.Autonegotiation = a
	case 2:
		d.dot3Power(v)
	case 3:
		d.aggregation(v)
	case 4:
		if d.exact(v, "Maximum Frame Size", 2) {
			d.n.MaxFrame = v.u16(0)
		}
	case 5:
		if d.exact(v, "Energy-Efficient Ethernet", 10) {
			o.EEE = &EEE{v.u16(0), v.u16(2), v.u16(4), v.u16(6), v.u16(8)}
		}
	case 6:
		if d.exact(v, "EEE Fast Wake", 4) {
			o.FastWake = &FastWake{v.b[0] == 1, v.b[1] == 1, v.b[2] == 1, v.b[3] == 1}
		}
	case 7:
		if d.exact(v, "Additional Ethernet Capabilities", 2) {
			c := v.u16(0)
			o.Preemption = &Preemption{bit(c, 1), bit(c, 2), bit(c, 4), c >> 3 & 3}
		}
	default:
		return false
	}
	return true
}

// dot3Power reads Power via MDI in its three lengths: of 802.3af, at and bt.
func (d *decoder) dot3Power(v piece) {
	if n := v.len(); n != 3 && n != 8 && n != 25 {
		d.element(v, -6, "Power via MDI has %d bytes behind its subtype; 3, 8 or 25 would be right", n)
		return
	}
	p := Power{From: "802.3", Device: "powered", Supported: ptr(bit(v.b[0], 2)), Enabled: ptr(bit(v.b[0], 4))}
	if bit(v.b[0], 1) {
		p.Device = "source"
	}
	switch v.b[1] {
	case 1:
		p.Pairs = "signal"
	case 2:
		p.Pairs = "spare"
	}
	if c := int(v.b[2]); c >= 1 && c <= 5 {
		p.Class = ptr(c - 1)
	}
	if v.len() >= 8 {
		t := v.b[3]
		p.Type = []string{"type-2-source", "type-2-powered", "type-1-source", "type-1-powered"}[t>>6]
		p.Source = powerSource(t>>6&1 == 1, t>>4&3)
		p.Priority = powerPriority(int(t & 3))
		p.Requested, p.Allocated = tenth(uint32(v.u16(4))), tenth(uint32(v.u16(6)))
	}
	if v.len() >= 25 {
		// Behind the four values of dual-signature devices and the status.
		status := v.u16(16)
		if c := status & 0x0F; c >= 1 && c <= 8 {
			p.Class = ptr(c)
		}
		switch v.b[18] >> 1 & 7 {
		case 0:
			p.Type = "type-3-source"
		case 1:
			p.Type = "type-4-source"
		case 2, 3:
			p.Type = "type-3-powered"
		case 4, 5:
			p.Type = "type-4-powered"
		}
		p.Maximum = tenth(uint32(v.u16(19)))
	}
	d.n.Power = append(d.n.Power, p)
}

func powerSource(powered bool, bits byte) string {
	if powered {
		return []string{"", "source", "local", "source and local"}[bits]
	}
	return []string{"", "primary", "backup", ""}[bits]
}

func powerPriority(v int) string {
	if v > 3 {
		return ""
	}
	return []string{"", "critical", "high", "low"}[v]
}
