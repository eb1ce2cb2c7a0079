package snmp

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Bounds of a recording: more than any device that was recorded whole.
const (
	maxRecorded     = 3_000_000 // values
	maxRecordedLine = 4 << 20   // bytes
)

// Recording is a device's walk read from a file. It answers like the device did.
type Recording struct {
	list   []Binding
	arcs   []uint32 // where the next identifiers go: one piece for many
	octets []byte   // the same for texts
	Unread []string // lines that could not be read, the first few, with their number
	Lines  int      // lines that could not be read in all
}

// ReadRecording reads a walk: snmpsim's snmprec (OID|TAG|VALUE) or the text of
// snmpwalk (-On, with or without types). The first lines decide which it is. A
// line that cannot be read is left out and told in Unread; a file of which
// nothing can be read is an error.
func ReadRecording(r io.Reader) (*Recording, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	head, _ := in.Peek(64 << 10)
	rec := &Recording{}
	var err error
	if looksLikeRec(head) {
		err = rec.readRec(in)
	} else {
		err = rec.readWalk(in)
	}
	if err != nil {
		return nil, err
	}
	if len(rec.list) == 0 {
		if len(rec.Unread) > 0 {
			return nil, fmt.Errorf("no line could be read; %s. An OID|TAG|VALUE file or the output of snmpwalk -On is wanted", rec.Unread[0])
		}
		return nil, fmt.Errorf("the recording is empty")
	}
	rec.sort()
	return rec, nil
}

// NewRecording makes a recording of bindings, for tests and responders.
func NewRecording(list []Binding) *Recording {
	rec := &Recording{list: slices.Clone(list)}
	rec.sort()
	return rec
}

// sort puts the values in order; of two with one identifier the first stays.
func (r *Recording) sort() {
	less := func(a, b Binding) int { return a.OID.Compare(b.OID) }
	if !slices.IsSortedFunc(r.list, less) {
		slices.SortStableFunc(r.list, less)
	}
	r.list = slices.CompactFunc(r.list, func(a, b Binding) bool { return a.OID.Compare(b.OID) == 0 })
}

// Len is the number of values.
func (r *Recording) Len() int { return len(r.list) }

// Get implements Source.
func (r *Recording) Get(_ context.Context, oids ...OID) ([]Binding, error) {
	out := make([]Binding, len(oids))
	for i, o := range oids {
		out[i] = Binding{OID: o, Value: Value{Kind: NoSuchInstance}}
		if at, ok := slices.BinarySearchFunc(r.list, o, func(b Binding, o OID) int { return b.OID.Compare(o) }); ok {
			out[i] = r.list[at]
		}
	}
	return out, nil
}

// Next implements Source.
func (r *Recording) Next(ctx context.Context, o OID) ([]Binding, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	at, ok := slices.BinarySearchFunc(r.list, o, func(b Binding, o OID) int { return b.OID.Compare(o) })
	if ok {
		at++
	}
	return r.list[at:min(at+100, len(r.list))], nil
}

func (r *Recording) miss(line int, why string) {
	if r.Lines++; len(r.Unread) < 10 {
		r.Unread = append(r.Unread, fmt.Sprintf("line %d: %s", line, why))
	}
}

func (r *Recording) add(b Binding) error {
	if len(r.list) == maxRecorded {
		return fmt.Errorf("more than %d values", maxRecorded)
	}
	// A recording has up to millions of values: kept in pieces they take half
	// the memory of one allocation each.
	if n := len(b.OID); n > cap(r.arcs)-len(r.arcs) {
		r.arcs = make([]uint32, 0, max(64<<10, n))
	}
	at := len(r.arcs)
	r.arcs = append(r.arcs, b.OID...)
	b.OID = r.arcs[at:len(r.arcs):len(r.arcs)]
	if b.Value.Bytes != nil {
		if n := len(b.Value.Bytes); n > cap(r.octets)-len(r.octets) {
			r.octets = make([]byte, 0, max(256<<10, n))
		}
		at := len(r.octets)
		r.octets = append(r.octets, b.Value.Bytes...)
		b.Value.Bytes = r.octets[at:len(r.octets):len(r.octets)]
	}
	r.list = append(r.list, b)
	return nil
}

func looksLikeRec(head []byte) bool {
	for line := range bytes.Lines(head) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		bar, equal := bytes.IndexByte(line, '|'), bytes.Index(line, []byte(" ="))
		return bar > 0 && (equal < 0 || bar < equal)
	}
	return false
}

// lines calls each with every line and its number, without its end.
func lines(in *bufio.Reader, each func(n int, line []byte) error) error {
	var long []byte
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		for err == bufio.ErrBufferFull {
			if long = append(long, line...); len(long) > maxRecordedLine {
				return fmt.Errorf("line %d: longer than %d bytes", n, maxRecordedLine)
			}
			line, err = in.ReadSlice('\n')
		}
		if len(long) > 0 {
			line, long = append(long, line...), nil
		}
		if err != nil && err != io.EOF {
			return err
		}
		if len(line) > 0 {
			if e := each(n, bytes.TrimRight(line, "\r\n")); e != nil {
				return e
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}

// plainOID reads numbers with dots into o; false for whatever else.
func plainOID(o OID, b []byte) (OID, bool) {
	n, digits := uint64(0), 0
	for i := 0; i <= len(b); i++ {
		switch {
		case i == len(b) || b[i] == '.':
			if digits == 0 || n > 1<<32-1 || len(o) == maxArcs {
				return nil, false
			}
			o = append(o, uint32(n))
			n, digits = 0, 0
		case b[i] >= '0' && b[i] <= '9' && digits < 10:
			n = 10*n + uint64(b[i]-'0')
			digits++
		default:
			return nil, false
		}
	}
	return o, true
}

func (r *Recording) readRec(in *bufio.Reader) error {
	scratch := make(OID, maxArcs)
	return lines(in, func(n int, line []byte) error {
		if len(bytes.TrimSpace(line)) == 0 || line[0] == '#' {
			return nil
		}
		id, rest, ok := bytes.Cut(line, []byte{'|'})
		tag, value, ok2 := bytes.Cut(rest, []byte{'|'})
		if !ok || !ok2 {
			r.miss(n, "OID|TAG|VALUE is wanted")
			return nil
		}
		o, ok := plainOID(scratch[:0], bytes.TrimSpace(id))
		if !ok {
			if o, err := ParseOID(strings.TrimSpace(string(id))); err != nil {
				r.miss(n, err.Error())
			} else if v, err := recValue(string(tag), string(value)); err != nil {
				r.miss(n, err.Error())
			} else {
				return r.add(Binding{o, v})
			}
			return nil
		}
		v, err := recValue(string(tag), string(value))
		if err != nil {
			r.miss(n, err.Error())
			return nil
		}
		return r.add(Binding{o, v})
	})
}

// recValue reads a value of snmprec. A tag may end in x (hexadecimal) or e
// (escapes), and name a variation module whose first value is taken.
func recValue(tag, text string) (Value, error) {
	tag, module, varies := strings.Cut(tag, ":")
	encoding := byte(0)
	if n := len(tag); n > 0 && (tag[n-1] == 'x' || tag[n-1] == 'e') {
		tag, encoding = tag[:n-1], tag[n-1]
	}
	number, err := strconv.ParseUint(tag, 10, 8)
	if err != nil {
		return Value{}, fmt.Errorf("tag %.20q is none", tag)
	}
	if varies {
		if text, err = firstOf(module, text); err != nil {
			return Value{}, err
		}
	}
	raw := []byte(text)
	switch encoding {
	case 'x':
		if raw, err = hex.DecodeString(strings.TrimPrefix(strings.ReplaceAll(strings.TrimSpace(text), " ", ""), "0x")); err != nil {
			return Value{}, fmt.Errorf("the value is not hexadecimal")
		}
	case 'e':
		raw = unescape(text)
	}
	return valueOf(Kind(number), raw, encoding == 'x')
}

// firstOf is the value a variation module begins with.
func firstOf(module, text string) (string, error) {
	for _, key := range []string{"value=", "initial=", "hexvalue="} {
		for part := range strings.SplitSeq(text, ",") {
			if v, ok := strings.CutPrefix(strings.TrimSpace(part), key); ok {
				return v, nil
			}
		}
	}
	if module == "numeric" {
		return "0", nil
	}
	return "", fmt.Errorf("the value is made by %.20q, which is not known", module)
}

// valueOf makes a value of its recorded bytes.
func valueOf(kind Kind, raw []byte, hexadecimal bool) (Value, error) {
	v := Value{Kind: kind}
	if len(raw) == 0 && kind != OctetString && kind != Opaque && kind != ObjectID { // left out when it was recorded
		return Value{Kind: Null}, nil
	}
	switch kind {
	case Integer, Counter32, Gauge32, TimeTicks, Counter64, Unsigned32:
		t := strings.TrimSpace(string(raw))
		if n, err := strconv.ParseInt(t, 10, 64); err == nil {
			if v.Num = uint64(n); n < 0 && kind != Integer && kind != Counter64 {
				v.Num = uint64(uint32(n))
			}
			return v, nil
		}
		n, err := strconv.ParseUint(t, 10, 64)
		if err != nil {
			return Value{}, fmt.Errorf("%.30q is no number", t)
		}
		v.Num = n
	case OctetString, Opaque:
		v.Bytes = raw
	case IPAddress:
		v.Bytes = raw
		if !hexadecimal {
			a, ok := Value{Kind: OctetString, Bytes: raw}.IP()
			if !ok {
				return Value{}, fmt.Errorf("%.30q is no address", raw)
			}
			v.Bytes = a.AsSlice()
		}
	case ObjectID:
		t := strings.TrimSpace(string(raw))
		if t == "" {
			v.ID = OID{0, 0}
			return v, nil
		}
		o, err := ParseOID(t)
		if err != nil {
			return Value{}, err
		}
		v.ID = o
	case Null, NoSuchObject, NoSuchInstance, EndOfView:
	default:
		return Value{}, fmt.Errorf("tag %d is no type of SNMP", kind)
	}
	return v, nil
}

// unescape reads the escapes of snmprec's e: \n, \r, \t, \\ and \xHH.
func unescape(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out = append(out, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'x':
			if i+2 < len(s) {
				if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
					out = append(out, byte(n))
					i += 2
					continue
				}
			}
			out = append(out, '\\', 'x')
		default:
			out = append(out, s[i])
		}
	}
	return out
}
