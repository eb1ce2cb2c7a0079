package snmp

import (
	"errors"
	"fmt"
	"math"
)

// errShort is a message that ends before what it announces.
var errShort = errors.New("the message ends too early")

// reader takes values off the front of a message. It copies nothing.
type reader struct{ b []byte }

// next takes one value, whatever its tag.
func (r *reader) next() (tag byte, body []byte, err error) {
	b := r.b
	if len(b) < 2 {
		return 0, nil, errShort
	}
	tag = b[0]
	if tag&0x1f == 0x1f {
		return 0, nil, fmt.Errorf("tag 0x%02x is of more than one byte; SNMP has none such", tag)
	}
	n, at := int(b[1]), 2
	if n >= 0x80 {
		size := n & 0x7f
		if size == 0 || size > 4 {
			return 0, nil, fmt.Errorf("a length of %d bytes; 1 to 4 are allowed", size)
		}
		if len(b) < 2+size {
			return 0, nil, errShort
		}
		n = 0
		for _, c := range b[2 : 2+size] {
			n = n<<8 | int(c)
		}
		at += size
	}
	if n < 0 || n > len(b)-at {
		return 0, nil, errShort
	}
	r.b = b[at+n:]
	return tag, b[at : at+n : at+n], nil
}

// expect takes one value of the given tag.
func (r *reader) expect(tag byte, what string) ([]byte, error) {
	got, body, err := r.next()
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", what, err)
	case got != tag:
		return nil, fmt.Errorf("%s: tag 0x%02x where 0x%02x belongs", what, got, tag)
	}
	return body, nil
}

func (r *reader) integer(what string) (int64, error) {
	b, err := r.expect(byte(Integer), what)
	if err != nil {
		return 0, err
	}
	n, ok := signed(b)
	if !ok {
		return 0, fmt.Errorf("%s: a number of %d bytes; 1 to 8 are allowed", what, len(b))
	}
	return n, nil
}

func signed(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 8 {
		return 0, false
	}
	n := int64(int8(b[0]))
	for _, c := range b[1:] {
		n = n<<8 | int64(c)
	}
	return n, true
}

// unsigned reads a number that is not negative. Agents that forget the zero
// before a first bit that is set are understood.
func unsigned(b []byte) (uint64, bool) {
	for len(b) > 1 && b[0] == 0 {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 8 {
		return 0, false
	}
	var n uint64
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n, true
}

func decodeOID(b []byte) (OID, error) {
	if len(b) == 0 {
		return OID{0, 0}, nil // sent by agents for "none"
	}
	n := 1
	for _, c := range b {
		if c < 0x80 {
			n++
		}
	}
	if n > maxArcs {
		return nil, fmt.Errorf("an object identifier of more than %d numbers", maxArcs)
	}
	o := make(OID, 0, n)
	var v uint64
	for i, c := range b {
		v = v<<7 | uint64(c&0x7f)
		if v > math.MaxUint32+80 {
			return nil, errors.New("an object identifier with a number above 32 bits")
		}
		if c >= 0x80 {
			if i == len(b)-1 {
				return nil, errShort
			}
			continue
		}
		if len(o) == 0 {
			first := min(v/40, 2)
			o = append(o, uint32(first), uint32(v-40*first))
		} else if v > math.MaxUint32 {
			return nil, errors.New("an object identifier with a number above 32 bits")
		} else {
			o = append(o, uint32(v))
		}
		v = 0
	}
	return o, nil
}

func decodeValue(tag byte, body []byte) (Value, error) {
	v := Value{Kind: Kind(tag)}
	ok := true
	switch v.Kind {
	case Integer:
		var n int64
		n, ok = signed(body)
		v.Num = uint64(n)
	case Counter32, Gauge32, TimeTicks, Unsigned32:
		if v.Num, ok = unsigned(body); ok && len(body) > 4 && v.Num > math.MaxUint32 {
			v.Num &= math.MaxUint32 // sign extended by broken agents
		}
	case Counter64:
		v.Num, ok = unsigned(body)
	case OctetString, Opaque, IPAddress:
		v.Bytes = body
	case ObjectID:
		var err error
		v.ID, err = decodeOID(body)
		return v, err
	case Null, NoSuchObject, NoSuchInstance, EndOfView:
	default:
		v.Kind, v.Bytes = Opaque, body // unknown types keep their bytes
	}
	if !ok {
		return Value{Kind: Null}, nil // a number without bytes, or too long: no value, but the rest is good
	}
	return v, nil
}

// writer builds a message from its end to its beginning, so that every length
// is known when it is written.
type writer struct {
	b  []byte
	at int // b[at:] is written
}

func newWriter() *writer { return &writer{b: make([]byte, 512), at: 512} }

func (w *writer) bytes() []byte { return w.b[w.at:] }

func (w *writer) len() int { return len(w.b) - w.at }

func (w *writer) room(n int) {
	if w.at >= n {
		return
	}
	grown := make([]byte, 2*len(w.b)+n)
	at := len(grown) - w.len()
	copy(grown[at:], w.bytes())
	w.b, w.at = grown, at
}

func (w *writer) raw(b []byte) {
	w.room(len(b))
	w.at -= len(b)
	copy(w.b[w.at:], b)
}

func (w *writer) byte(c byte) {
	w.room(1)
	w.at--
	w.b[w.at] = c
}

// head writes tag and length of what was written since the length was mark.
func (w *writer) head(tag byte, mark int) {
	n := w.len() - mark
	switch {
	case n < 0x80:
		w.byte(byte(n))
	default:
		size := byte(0)
		for m := n; m > 0; m >>= 8 {
			w.byte(byte(m))
			size++
		}
		w.byte(0x80 | size)
	}
	w.byte(tag)
}

func (w *writer) octets(tag byte, b []byte) {
	mark := w.len()
	w.raw(b)
	w.head(tag, mark)
}

func (w *writer) integer(n int64) {
	mark := w.len()
	for {
		w.byte(byte(n))
		if n >= -128 && n < 128 {
			break
		}
		n >>= 8
	}
	w.head(byte(Integer), mark)
}

func (w *writer) unsigned(tag byte, n uint64) {
	mark := w.len()
	for {
		w.byte(byte(n))
		if n < 128 {
			break
		}
		if n >>= 8; n == 0 {
			w.byte(0)
			break
		}
	}
	w.head(tag, mark)
}

func (w *writer) oid(o OID) {
	mark := w.len()
	for i := len(o) - 1; i >= 2; i-- {
		w.arc(uint64(o[i]))
	}
	switch len(o) {
	case 0:
		w.byte(0)
	case 1:
		w.arc(40 * uint64(min(o[0], 2)))
	default:
		w.arc(40*uint64(min(o[0], 2)) + uint64(o[1]))
	}
	w.head(byte(ObjectID), mark)
}

func (w *writer) arc(n uint64) {
	w.byte(byte(n & 0x7f))
	for n >>= 7; n > 0; n >>= 7 {
		w.byte(byte(n&0x7f) | 0x80)
	}
}

func (w *writer) value(v Value) {
	switch v.Kind {
	case Integer:
		w.integer(int64(v.Num))
	case Counter32, Gauge32, TimeTicks, Counter64, Unsigned32:
		w.unsigned(byte(v.Kind), v.Num)
	case OctetString, Opaque, IPAddress:
		w.octets(byte(v.Kind), v.Bytes)
	case ObjectID:
		w.oid(v.ID)
	case 0:
		w.octets(byte(Null), nil)
	default:
		w.octets(byte(v.Kind), nil)
	}
}
