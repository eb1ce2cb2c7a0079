package snmp

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Kind is a value's type, by its BER tag.
type Kind byte

// The types of RFC 3416, and the three that say why there is no value.
const (
	Integer        Kind = 0x02
	OctetString    Kind = 0x04
	Null           Kind = 0x05
	ObjectID       Kind = 0x06
	IPAddress      Kind = 0x40
	Counter32      Kind = 0x41
	Gauge32        Kind = 0x42
	TimeTicks      Kind = 0x43
	Opaque         Kind = 0x44
	Counter64      Kind = 0x46
	Unsigned32     Kind = 0x47
	NoSuchObject   Kind = 0x80
	NoSuchInstance Kind = 0x81
	EndOfView      Kind = 0x82
)

// Value is what an agent holds under an identifier.
type Value struct {
	Kind  Kind
	Num   uint64 // of numbers; an Integer as int64
	Bytes []byte // of OctetString, Opaque and IPAddress
	ID    OID    // of ObjectID
}

// Binding is an identifier with its value.
type Binding struct {
	OID   OID
	Value Value
}

// Missing reports whether there is no value.
func (v Value) Missing() bool {
	switch v.Kind {
	case 0, Null, NoSuchObject, NoSuchInstance, EndOfView:
		return true
	}
	return false
}

// Int is the value as a whole number. Agents that send a number as text, or one
// type of number for another, are understood.
func (v Value) Int() (int64, bool) {
	switch v.Kind {
	case Integer:
		return int64(v.Num), true
	case Counter32, Gauge32, TimeTicks, Counter64, Unsigned32:
		if v.Num > math.MaxInt64 {
			return 0, false
		}
		return int64(v.Num), true
	case OctetString:
		n, err := strconv.ParseInt(strings.TrimSpace(strings.Trim(string(v.Bytes), "\x00")), 10, 64)
		return n, err == nil
	}
	return 0, false
}

// Uint is the value as a number that is not negative. A 32-bit number that an
// agent sent as a negative Integer is read as the bits it stands for.
func (v Value) Uint() (uint64, bool) {
	switch v.Kind {
	case Integer:
		if n := int64(v.Num); n < 0 && n >= math.MinInt32 {
			return uint64(uint32(n)), true
		}
		return v.Num, int64(v.Num) >= 0
	case Counter32, Gauge32, TimeTicks, Counter64, Unsigned32:
		return v.Num, true
	}
	n, ok := v.Int()
	return uint64(n), ok && n >= 0
}

// Float is the value as a number; Opaque floats (net-snmp, Cisco) count.
func (v Value) Float() (float64, bool) {
	switch v.Kind {
	case Opaque:
		b := v.Bytes
		switch {
		case len(b) == 7 && b[0] == 0x9f && b[1] == 0x78 && b[2] == 4:
			f := float64(math.Float32frombits(binary.BigEndian.Uint32(b[3:])))
			return f, !math.IsNaN(f) && !math.IsInf(f, 0)
		case len(b) == 11 && b[0] == 0x9f && b[1] == 0x79 && b[2] == 8:
			f := math.Float64frombits(binary.BigEndian.Uint64(b[3:]))
			return f, !math.IsNaN(f) && !math.IsInf(f, 0)
		}
		return 0, false
	case OctetString:
		f, err := strconv.ParseFloat(strings.TrimSpace(strings.Trim(string(v.Bytes), "\x00")), 64)
		return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
	}
	n, ok := v.Int()
	return float64(n), ok
}

// Text is the value as a person reads it: octets as UTF-8 (else Latin-1) without
// control characters, octets that are no text as hexadecimal with colons.
func (v Value) Text() string {
	switch v.Kind {
	case OctetString, Opaque:
		if f, ok := v.Float(); ok && v.Kind == Opaque {
			return strconv.FormatFloat(f, 'g', -1, 64)
		}
		return text(v.Bytes)
	case ObjectID:
		return v.ID.String()
	case IPAddress:
		if a, ok := netip.AddrFromSlice(v.Bytes); ok {
			return a.String()
		}
		return ""
	case Integer:
		return strconv.FormatInt(int64(v.Num), 10)
	case Counter32, Gauge32, TimeTicks, Counter64, Unsigned32:
		return strconv.FormatUint(v.Num, 10)
	}
	return ""
}

func text(b []byte) string {
	for len(b) > 0 && (b[len(b)-1] == 0 || b[len(b)-1] == ' ') { // padded by some agents
		b = b[:len(b)-1]
	}
	if len(b) > 2 && b[0] == 0xfd && b[1] == 0xe8 { // JetDirect puts the number of its character set (65000) before a text
		b = b[2:]
	}
	for n := range min(3, len(b)) { // other printers put two controls there
		if n > 0 && len(b) > n+3 && b[0] < ' ' && b[n-1] < ' ' && printable(b[n:]) {
			b = b[n:]
			break
		}
	}
	odd := 0
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			odd++
		}
	}
	if odd > 0 && (!utf8.Valid(b) || odd*8 > len(b)) {
		if cut := strings.IndexByte(string(b), 0); cut > 3 && printable(b[:cut]) { // text, then rubbish after its end
			return strings.TrimSpace(string(b[:cut]))
		}
		return hexColons(b)
	}
	s := string(b)
	if !utf8.ValidString(s) {
		r := make([]rune, len(b))
		for i, c := range b {
			r[i] = rune(c)
			if c >= 0x80 && c < 0xa0 { // nobody writes these controls: it was no text
				return hexColons(b)
			}
		}
		s = string(r)
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r < ' ' && r != '\n' && r != '\t' || r == 0x7f:
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

func hexColons(b []byte) string {
	out := make([]byte, 0, 3*len(b))
	for i, c := range b {
		if i > 0 {
			out = append(out, ':')
		}
		out = hex.AppendEncode(out, []byte{c})
	}
	return string(out)
}

// MAC is the value as a hardware address of six bytes; agents that write one as
// text are understood.
func (v Value) MAC() (string, bool) {
	if v.Kind != OctetString {
		return "", false
	}
	if len(v.Bytes) == 6 {
		return hexColons(v.Bytes), true
	}
	t := strings.ToLower(strings.TrimSpace(strings.Trim(string(v.Bytes), "\x00")))
	parts := strings.FieldsFunc(t, func(r rune) bool { return r == ':' || r == '-' || r == ' ' })
	if len(parts) == 1 && len(t) == 12 {
		parts = []string{t[:2], t[2:4], t[4:6], t[6:8], t[8:10], t[10:]}
	}
	if len(parts) != 6 {
		return "", false
	}
	b := make([]byte, 0, 6)
	for _, p := range parts {
		n, err := strconv.ParseUint(p, 16, 8)
		if err != nil {
			return "", false
		}
		b = append(b, byte(n))
	}
	return hexColons(b), true
}

// IP is the value as an address: IpAddress, or 4 or 16 octets.
func (v Value) IP() (netip.Addr, bool) {
	switch v.Kind {
	case IPAddress, OctetString:
		if a, ok := netip.AddrFromSlice(v.Bytes); ok {
			return a, true
		}
		if v.Kind == OctetString {
			a, err := netip.ParseAddr(strings.TrimSpace(string(v.Bytes)))
			return a, err == nil
		}
	}
	return netip.Addr{}, false
}
