package frame

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Decode reads one frame. It returns nil when the frame announces nothing, or
// when what it announces is malformed as a whole; problems tell what could not
// be read. cut says that the capture kept less than was on the wire.
func Decode(link Link, data []byte, cut bool) (*Neighbour, []Problem) {
	e, wrong := open(link, data, cut)
	if wrong != nil {
		wrong.Source = e.source
		return nil, []Problem{*wrong}
	}
	var d decoder
	switch e.protocol {
	case "lldp":
		d.lldp(e)
	case "cdp":
		d.cdp(e)
	default:
		return nil, nil
	}
	for i := range d.problems {
		d.problems[i].Protocol, d.problems[i].Source = e.protocol, e.source
	}
	if d.lost {
		return nil, d.problems
	}
	d.n.Protocol, d.n.Source, d.n.Dest, d.n.Tags = e.protocol, e.source, e.dest, e.tags
	return &d.n, d.problems
}

// decoder is one announcement on its way.
type decoder struct {
	n        Neighbour
	problems []Problem
	lost     bool
}

// element names a fault that costs one element.
func (d *decoder) element(p piece, offset int, format string, args ...any) {
	d.problems = append(d.problems, Problem{Offset: at(p, offset), What: fmt.Sprintf(format, args...), Lost: LostElement})
}

// frame names a fault that costs the whole announcement.
func (d *decoder) frame(p piece, offset int, format string, args ...any) {
	d.lost = true
	d.problems = append(d.problems, Problem{Offset: at(p, offset), What: fmt.Sprintf(format, args...), Lost: LostFrame})
}

func (d *decoder) remark(format string, args ...any) {
	d.n.Remarks = append(d.n.Remarks, fmt.Sprintf(format, args...))
}

// text reads what should be UTF-8; other bytes are taken for Latin-1. A zero
// ends it: what stands behind is padding, or rubbish of the sender's memory.
func text(b []byte) string {
	s, _, _ := strings.Cut(string(b), "\x00")
	if utf8.ValidString(s) {
		return s
	}
	var r strings.Builder
	for i := range len(s) {
		r.WriteRune(rune(s[i]))
	}
	return r.String()
}

// printable tells whether b is text on one line.
func printable(b []byte) bool {
	s := strings.TrimRight(string(b), "\x00")
	for _, r := range s {
		if r < ' ' || r == 0x7F || r == utf8.RuneError {
			return false
		}
	}
	return s != ""
}

// textOrHex reads an identifier that may be binary.
func textOrHex(b []byte) string {
	switch {
	case len(b) == 0:
		return ""
	case printable(b):
		return text(b)
	case len(b) == 6:
		return mac(b)
	}
	return hex.EncodeToString(b)
}

// address reads an address of an IANA address family. ok is false where the
// length does not fit the family.
func address(family int, b []byte) (value, name string, ok bool) {
	switch family {
	case 1, 2:
		a, fits := netip.AddrFromSlice(b)
		if !fits || a.Is4() != (family == 1) {
			return "", "", false
		}
		return a.String(), map[int]string{1: "ipv4", 2: "ipv6"}[family], true
	case 6:
		if len(b) != 6 && len(b) != 8 {
			return "", "", false
		}
		return mac(b), "mac", true
	case 16:
		return text(b), "dns", printable(b)
	}
	return hex.EncodeToString(b), strconv.Itoa(family), len(b) > 0
}

// bitNames names the bits that are set, from the lowest; names without text are
// told by number.
func bitNames(v int, names []string) []string {
	var set []string
	for i := range 32 {
		if v>>i&1 == 0 {
			continue
		}
		if i < len(names) && names[i] != "" {
			set = append(set, names[i])
		} else {
			set = append(set, fmt.Sprintf("bit-%d", i))
		}
	}
	return set
}

// oid reads a BER object identifier's content.
func oid(b []byte) (string, bool) {
	if len(b) == 0 {
		return "", false
	}
	var parts []string
	var v uint64
	open := false
	for _, c := range b {
		if v > 1<<56 || !open && c == 0x80 {
			return "", false
		}
		v = v<<7 | uint64(c&0x7F)
		if open = c&0x80 != 0; open {
			continue
		}
		if parts == nil {
			first := min(v/40, 2)
			parts = append(parts, strconv.FormatUint(first, 10))
			v -= first * 40
		}
		parts = append(parts, strconv.FormatUint(v, 10))
		v = 0
	}
	return strings.Join(parts, "."), !open
}
