package cube

import (
	"encoding/binary"
	"math"
)

// SegmentRows is how many rows a segment holds; the last may hold fewer.
const SegmentRows = 1 << 16

// part is one column of one segment: where its bytes are and the bounds of its
// values. Values are kept as their distance from Min in 0, 1, 2, 4 or 8 bytes,
// whichever suffices; text as its code in the dictionary; floats as they are.
type part struct {
	At    int64  `json:"at"`
	Size  int    `json:"size"`
	Width int    `json:"width"`
	Min   int64  `json:"min"`
	Max   int64  `json:"max"`
	Nulls int    `json:"nulls,omitempty"` // with any, a bitmap of them follows the values
	Sum   uint32 `json:"crc32c"`
}

// encode appends a segment's values. Nulls are stored as Min.
func encode(out []byte, ints []int64, floats []float64, null []bool) ([]byte, part) {
	var p part
	n := len(ints) + len(floats)
	for _, is := range null[:n] {
		if is {
			p.Nulls++
		}
	}
	if floats != nil {
		p.Width = 8
		for _, f := range floats {
			out = binary.LittleEndian.AppendUint64(out, math.Float64bits(f))
		}
	} else {
		first := true
		for i, v := range ints {
			if null[i] {
				continue
			}
			if first {
				p.Min, p.Max, first = v, v, false
			}
			p.Min, p.Max = min(p.Min, v), max(p.Max, v)
		}
		span := uint64(p.Max) - uint64(p.Min)
		switch {
		case span == 0:
			p.Width = 0
		case span < 1<<8:
			p.Width = 1
		case span < 1<<16:
			p.Width = 2
		case span < 1<<32:
			p.Width = 4
		default:
			p.Width = 8
		}
		for i, v := range ints {
			d := uint64(v) - uint64(p.Min)
			if null[i] {
				d = 0
			}
			switch p.Width {
			case 1:
				out = append(out, byte(d))
			case 2:
				out = binary.LittleEndian.AppendUint16(out, uint16(d))
			case 4:
				out = binary.LittleEndian.AppendUint32(out, uint32(d))
			case 8:
				out = binary.LittleEndian.AppendUint64(out, d)
			}
		}
	}
	if p.Nulls > 0 {
		bits := make([]byte, (n+7)/8)
		for i, is := range null[:n] {
			if is {
				bits[i/8] |= 1 << (i % 8)
			}
		}
		out = append(out, bits...)
	}
	return out, p
}

// decode writes rows from … from+len(dst)-1 of a part to dst.
func (p *part) decode(dst []int64, b []byte, from int) {
	base := p.Min
	switch p.Width {
	case 0:
		for i := range dst {
			dst[i] = base
		}
	case 1:
		b = b[from : from+len(dst)]
		for i, v := range b {
			dst[i] = base + int64(v)
		}
	case 2:
		b = b[2*from : 2*(from+len(dst))]
		for i := range dst {
			dst[i] = base + int64(binary.LittleEndian.Uint16(b[2*i:]))
		}
	case 4:
		b = b[4*from : 4*(from+len(dst))]
		for i := range dst {
			dst[i] = base + int64(binary.LittleEndian.Uint32(b[4*i:]))
		}
	case 8:
		b = b[8*from : 8*(from+len(dst))]
		for i := range dst {
			dst[i] = int64(uint64(base) + binary.LittleEndian.Uint64(b[8*i:]))
		}
	}
}

func (p *part) decodeFloats(dst []float64, b []byte, from int) {
	for i := range dst {
		dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*(from+i):]))
	}
}

// nulls marks the rows without a value; it is false when all have one.
func (p *part) nulls(dst []bool, b []byte, from, rows int) bool {
	if p.Nulls == 0 {
		return false
	}
	bits := b[p.Width*rows:]
	for i := range dst {
		dst[i] = bits[(from+i)/8]>>((from+i)%8)&1 == 1
	}
	return true
}
