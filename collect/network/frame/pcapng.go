package frame

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"time"
)

// Blocks of pcapng (draft-ietf-opsawg-pcapng).
const (
	ngSection   = 0x0A0D0D0A
	ngInterfce  = 1
	ngPacket    = 2 // obsolete
	ngSimple    = 3
	ngEnhanced  = 6
	maxNGKept   = maxKept + 4096 // bytes of a block that are kept: a frame and what stands before it
	maxNGCards  = 4096           // interfaces in one section
	ngOptName   = 2
	ngOptResol  = 9
	ngOptOffset = 14
)

type ngInterface struct {
	link   Link
	name   string
	snap   uint32
	units  uint64 // of a second; 0: the resolution is not usable
	offset int64  // seconds
}

func (r *Reader) nextNG() (Packet, error) {
	for {
		start := r.offset
		head, err := r.read(8)
		if err != nil {
			if errors.Is(err, io.EOF) {
				return Packet{}, io.EOF
			}
			return Packet{}, r.ends("a block's header", err)
		}
		kind, size := r.order.Uint32(head), r.order.Uint32(head[4:])
		if kind == ngSection {
			if err := r.section(start, [4]byte(head[4:])); err != nil {
				return Packet{}, err
			}
			continue
		}
		if !r.started {
			return Packet{}, &Problem{Offset: start, What: "a block stands before the first section header", Lost: LostRest}
		}
		if size < 12 || size%4 != 0 || size > maxRecord {
			return Packet{}, &Problem{Offset: start + 4, What: fmt.Sprintf("block of type %d is said to have %d bytes; at least 12 and a multiple of 4 would be right", kind, size), Lost: LostRest}
		}
		body, err := r.body(start, size)
		if err != nil {
			return Packet{}, err
		}
		switch kind {
		case ngInterfce:
			if err := r.interfaceBlock(start, body); err != nil {
				return Packet{}, err
			}
		case ngEnhanced, ngPacket, ngSimple:
			r.number++
			return r.packet(kind, start, size, body)
		}
	}
}

// body reads what is left of the block that began at start and compares both
// of its lengths.
func (r *Reader) body(start int64, size uint32) ([]byte, error) {
	n := start + int64(size) - 4 - r.offset
	keep := int(min(n, maxNGKept))
	all, err := r.read(keep)
	if err == nil {
		err = r.skip(n - int64(keep))
	}
	var tail [4]byte
	if err == nil {
		var got int
		got, err = io.ReadFull(r.in, tail[:])
		r.offset += int64(got)
	}
	if err != nil {
		return nil, r.ends(fmt.Sprintf("the block at byte %d, which should have %d bytes", start, size), err)
	}
	if again := r.order.Uint32(tail[:]); again != size {
		return nil, &Problem{Offset: r.offset - 4, What: fmt.Sprintf("the block at byte %d says %d bytes at its beginning and %d at its end", start, size, again), Lost: LostRest}
	}
	return all, nil
}

// section reads a section header; size is still in unknown order.
func (r *Reader) section(start int64, size [4]byte) error {
	magic, err := r.read(4)
	if err != nil {
		return r.ends("a section header", err)
	}
	switch binary.BigEndian.Uint32(magic) {
	case 0x1A2B3C4D:
		r.order = binary.BigEndian
	case 0x4D3C2B1A:
		r.order = binary.LittleEndian
	default:
		return &Problem{Offset: start + 8, What: fmt.Sprintf("the section's byte order is given as %x", magic), Lost: LostRest}
	}
	n := r.order.Uint32(size[:])
	if n < 28 || n%4 != 0 || n > maxRecord {
		return &Problem{Offset: start + 4, What: fmt.Sprintf("the section header is said to have %d bytes; at least 28 and a multiple of 4 would be right", n), Lost: LostRest}
	}
	body, err := r.body(start, n)
	if err != nil {
		return err
	}
	if major := r.order.Uint16(body); major != 1 {
		return &Problem{Offset: start + 12, What: fmt.Sprintf("pcapng version %d; only 1 is known", major), Lost: LostRest}
	}
	r.interfaces, r.started = r.interfaces[:0], true
	return nil
}

// interfaceBlock reads an interface description. A fault in its options makes
// the options unusable, not the interface.
func (r *Reader) interfaceBlock(start int64, body []byte) error {
	if len(r.interfaces) == maxNGCards {
		return &Problem{Offset: start, What: fmt.Sprintf("more than %d interfaces in one section", maxNGCards), Lost: LostRest}
	}
	if len(body) < 8 {
		return &Problem{Offset: start, What: "an interface description is shorter than 20 bytes", Lost: LostRest}
	}
	card := ngInterface{link: Link(r.order.Uint16(body)), snap: r.order.Uint32(body[4:]), units: 1e6}
	defer func() { r.interfaces = append(r.interfaces, card) }()
	at := 8
	for at+4 <= len(body) {
		code, n := r.order.Uint16(body[at:]), int(r.order.Uint16(body[at+2:]))
		at += 4
		if code == 0 {
			break
		}
		if n > len(body)-at {
			return &Problem{Offset: start + 8 + int64(at), What: fmt.Sprintf("option %d of an interface has %d bytes where %d are left", code, n, len(body)-at), Lost: LostElement}
		}
		v := body[at : at+n]
		switch {
		case code == ngOptName:
			card.name = text(v)
		case code == ngOptResol && n == 1:
			card.units = resolution(v[0])
		case code == ngOptOffset && n == 8:
			card.offset = int64(r.order.Uint64(v))
		}
		at += (n + 3) &^ 3
	}
	return nil
}

// resolution is how many units a second has: a power of ten, or of two with
// the highest bit set. 0 where it does not fit.
func resolution(b byte) uint64 {
	if b&0x80 != 0 {
		if b &= 0x7F; b > 62 {
			return 0
		}
		return 1 << b
	}
	if b > 18 {
		return 0
	}
	units := uint64(1)
	for range b {
		units *= 10
	}
	return units
}

func (c ngInterface) time(high, low uint32) time.Time {
	if c.units == 0 {
		return time.Time{}
	}
	units := uint64(high)<<32 | uint64(low)
	seconds, rest := units/c.units, units%c.units
	hi, lo := bits.Mul64(rest, 1e9)
	nano, _ := bits.Div64(hi, lo, c.units) // rest < units, so the quotient is below a second
	return time.Unix(int64(seconds)+c.offset, int64(nano)).UTC()
}

// packet takes a frame out of the body of one of the three packet blocks.
func (r *Reader) packet(kind uint32, start int64, size uint32, body []byte) (Packet, error) {
	p := Packet{Number: r.number}
	wrong := func(at int, format string, args ...any) (Packet, error) {
		return Packet{}, &Problem{Frame: r.number, Offset: start + int64(at), What: "in the file, " + fmt.Sprintf(format, args...), Lost: LostFrame}
	}
	header := map[uint32]int{ngEnhanced: 20, ngPacket: 20, ngSimple: 4}[kind]
	if len(body) < header {
		return wrong(8, "the frame's block has %d bytes; its header alone needs %d", size, header+12)
	}
	var index, kept, original uint32
	switch kind {
	case ngEnhanced:
		index, kept, original = r.order.Uint32(body), r.order.Uint32(body[12:]), r.order.Uint32(body[16:])
	case ngPacket:
		index, kept, original = uint32(r.order.Uint16(body)), r.order.Uint32(body[12:]), r.order.Uint32(body[16:])
	case ngSimple:
		original = r.order.Uint32(body)
	}
	if int(index) >= len(r.interfaces) {
		return wrong(8, "the frame came from interface %d, and %d were described", index, len(r.interfaces))
	}
	card := r.interfaces[index]
	room := int64(size) - 12 - int64(header)
	if kind == ngSimple {
		kept = uint32(min(int64(original), room))
		if card.snap > 0 {
			kept = min(kept, card.snap)
		}
	} else {
		p.At = card.time(r.order.Uint32(body[4:]), r.order.Uint32(body[8:]))
	}
	if int64(kept) > room {
		return wrong(20, "the frame is said to have %d bytes where its block has room for %d", kept, room)
	}
	p.Link, p.Interface, p.Original = card.link, card.name, int64(max(original, kept))
	p.Data = body[header:min(len(body), header+int(kept))]
	return p, nil
}
