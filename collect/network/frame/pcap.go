package frame

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// Packet is one frame of a capture.
type Packet struct {
	Number    int
	At        time.Time // zero where the capture tells no time
	Link      Link
	Data      []byte // at most maxKept bytes; valid until the next call
	Original  int64  // length on the wire
	Interface string
}

// Cut tells whether the capture kept less than was on the wire.
func (p Packet) Cut() bool { return int64(len(p.Data)) < p.Original }

const (
	maxKept   = 64 << 10 // bytes of a frame that are kept; no announcement is longer
	maxRecord = 64 << 20 // a record longer than this is a broken file, not a frame
)

// Reader reads a capture in either form. Memory is bounded whatever the file says.
type Reader struct {
	in     *bufio.Reader
	offset int64
	number int
	order  binary.ByteOrder
	buf    []byte
	next   func() (Packet, error)
	broken error
	// pcap
	link   Link
	unit   time.Duration
	header int // bytes of a record's header
	// pcapng
	interfaces []ngInterface
	started    bool
}

// NewReader finds out the form of a capture by its first bytes.
func NewReader(in io.Reader) (*Reader, error) {
	r := &Reader{in: bufio.NewReaderSize(in, 64<<10)}
	magic, err := r.in.Peek(4)
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil, &Problem{What: fmt.Sprintf("the file has %d bytes; a capture begins with at least 24", len(magic)), Lost: LostRest}
		}
		return nil, err
	}
	r.order, r.unit, r.header = binary.LittleEndian, time.Microsecond, 16
	switch binary.BigEndian.Uint32(magic) {
	case 0x0A0D0D0A:
		r.next = r.nextNG
		return r, nil
	case 0xA1B2C3D4:
		r.order = binary.BigEndian
	case 0xD4C3B2A1:
	case 0xA1B23C4D:
		r.order, r.unit = binary.BigEndian, time.Nanosecond
	case 0x4D3CB2A1:
		r.unit = time.Nanosecond
	case 0xA1B2CD34: // Kuznetzov's variant with 8 more bytes in each record's header
		r.order, r.header = binary.BigEndian, 24
	case 0x34CDB2A1:
		r.header = 24
	default:
		return nil, &Problem{What: fmt.Sprintf("the file begins with %x; pcap and pcapng begin otherwise", magic), Lost: LostRest}
	}
	head, err := r.read(24)
	if err != nil {
		return nil, r.ends("its header", err)
	}
	if major := r.order.Uint16(head[4:]); major != 2 {
		return nil, &Problem{Offset: 4, What: fmt.Sprintf("pcap version %d.%d; only 2 is known", major, r.order.Uint16(head[6:])), Lost: LostRest}
	}
	r.link = Link(r.order.Uint32(head[20:]) & 0x03FFFFFF) // above stand the length of the check sequence and flags
	r.next = r.nextPcap
	return r, nil
}

// Next returns the next frame, io.EOF after the last, or a *Problem. After a
// problem whose Lost is not LostRest the next call goes on.
func (r *Reader) Next() (Packet, error) {
	if r.broken != nil {
		return Packet{}, r.broken
	}
	p, err := r.next()
	if err != nil {
		var problem *Problem
		if !errors.As(err, &problem) || problem.Lost == LostRest {
			r.broken = err
			if problem != nil {
				r.broken = io.EOF // said once
			}
		}
	}
	return p, err
}

// Frames is how many frames were met so far.
func (r *Reader) Frames() int { return r.number }

func (r *Reader) nextPcap() (Packet, error) {
	start := r.offset
	head, err := r.read(r.header)
	if err != nil {
		if errors.Is(err, io.EOF) {
			return Packet{}, io.EOF
		}
		return Packet{}, r.ends(fmt.Sprintf("the header of frame %d", r.number+1), err)
	}
	seconds, fraction := r.order.Uint32(head), r.order.Uint32(head[4:])
	kept, original := r.order.Uint32(head[8:]), r.order.Uint32(head[12:])
	r.number++
	if kept > maxRecord {
		return Packet{}, &Problem{Offset: start + 8, What: fmt.Sprintf("frame %d is said to have %d bytes; the file is broken here", r.number, kept), Lost: LostRest}
	}
	p := Packet{Number: r.number, At: time.Unix(int64(seconds), int64(fraction)*int64(r.unit)).UTC(), Link: r.link, Original: int64(max(original, kept))}
	if p.Data, err = r.data(int64(kept)); err != nil {
		return Packet{}, r.ends(fmt.Sprintf("frame %d, which should have %d bytes", r.number, kept), err)
	}
	return p, nil
}

// read returns the next n bytes, valid until the next call. io.EOF means that
// there was none of them.
func (r *Reader) read(n int) ([]byte, error) {
	if cap(r.buf) < n {
		r.buf = make([]byte, n)
	}
	b := r.buf[:n]
	got, err := io.ReadFull(r.in, b)
	r.offset += int64(got)
	return b, err
}

// data reads n bytes and keeps the first maxKept.
func (r *Reader) data(n int64) ([]byte, error) {
	b, err := r.read(int(min(n, maxKept)))
	if err == nil && n > maxKept {
		err = r.skip(n - maxKept)
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

func (r *Reader) skip(n int64) error {
	got, err := io.CopyN(io.Discard, r.in, n)
	r.offset += got
	return err
}

// ends says that the file ends too early; other errors stay as they are.
func (r *Reader) ends(within string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Problem{Offset: r.offset, What: "the file ends within " + within, Lost: LostRest}
	}
	return err
}
