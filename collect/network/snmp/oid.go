package snmp

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxArcs is the most numbers an object identifier may have: RFC 3416.
const maxArcs = 128

// OID is an object identifier, one number an arc.
type OID []uint32

// ParseOID reads numbers with dots, with or without a leading dot; "iso" may
// stand for the first 1, as snmpwalk writes it.
func ParseOID(s string) (OID, error) {
	t := strings.TrimPrefix(s, ".")
	if rest, ok := strings.CutPrefix(t, "iso"); ok {
		t = "1" + rest
	}
	if t == "" {
		return nil, fmt.Errorf("an object identifier is empty")
	}
	o := make(OID, 0, strings.Count(t, ".")+1)
	for part := range strings.SplitSeq(t, ".") {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("object identifier %.60q: %.20q is no number from 0 to 4294967295", s, part)
		}
		o = append(o, uint32(n))
	}
	if len(o) > maxArcs {
		return nil, fmt.Errorf("object identifier %.60q has more than %d numbers", s, maxArcs)
	}
	return o, nil
}

// MustOID is ParseOID for identifiers written in the program.
func MustOID(s string) OID {
	o, err := ParseOID(s)
	if err != nil {
		panic("snmp: " + err.Error())
	}
	return o
}

// String writes the numbers with dots, without a leading one.
func (o OID) String() string {
	b := make([]byte, 0, 4*len(o))
	for i, n := range o {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendUint(b, uint64(n), 10)
	}
	return string(b)
}

// Compare orders identifiers as agents do.
func (o OID) Compare(p OID) int { return slices.Compare(o, p) }

// Under reports whether o is p or below it.
func (o OID) Under(p OID) bool { return len(o) >= len(p) && slices.Equal(o[:len(p)], p) }

// With returns o with more numbers behind; o itself is not changed.
func (o OID) With(more ...uint32) OID {
	n := make(OID, 0, len(o)+len(more))
	return append(append(n, o...), more...)
}
