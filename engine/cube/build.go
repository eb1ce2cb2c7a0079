package cube

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"sync"
)

// MaxDictionary bounds the bytes of one text column's different values.
const MaxDictionary = 1 << 30

// Builder makes a table of rows. It keeps the encoded segments in memory.
type Builder struct {
	cols  []Column
	open  []openColumn
	rows  int
	total int64
	out   []byte
	meta  meta
}

type openColumn struct {
	ints   []int64
	floats []float64
	null   []bool
	codes  map[string]uint32
	words  []byte
	ends   []uint32
}

// meta is the end of a table's bytes.
type meta struct {
	Columns      []Column  `json:"columns"`
	Rows         int64     `json:"rows"`
	Segments     []segment `json:"segments"`
	Dictionaries []dict    `json:"dictionaries"` // by column; empty but for text
}

type segment struct {
	Rows  int    `json:"rows"`
	Parts []part `json:"parts"`
}

type dict struct {
	At    int64  `json:"at"`
	Words int    `json:"words"`
	Size  int    `json:"size"`
	Sum   uint32 `json:"crc32c"`
}

const magic = "STWCUBE1"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// NewBuilder begins a table.
func NewBuilder(cols []Column) (*Builder, error) {
	seen := map[string]bool{}
	for i, c := range cols {
		switch c.Kind {
		case Text, Integer, Decimal, Float, Bool, Date, Moment:
		default:
			return nil, fmt.Errorf("columns[%d]: %q is no kind of column", i, c.Kind)
		}
		if c.Name == "" || seen[c.Name] {
			return nil, fmt.Errorf("columns[%d]: the name %q is empty or used twice", i, c.Name)
		}
		if c.Scale < 0 || c.Scale > 18 || c.Scale > 0 && c.Kind != Decimal {
			return nil, fmt.Errorf("columns[%d]: a scale of %d does not suit %s", i, c.Scale, c.Kind)
		}
		seen[c.Name] = true
	}
	if len(cols) == 0 {
		return nil, fmt.Errorf("columns: a table needs at least one")
	}
	b := &Builder{cols: cols, open: make([]openColumn, len(cols)), out: []byte(magic)}
	for i := range b.open {
		o := &b.open[i]
		o.null = make([]bool, SegmentRows)
		if cols[i].Kind == Float {
			o.floats = make([]float64, SegmentRows)
		} else {
			o.ints = make([]int64, SegmentRows)
		}
		if cols[i].Kind == Text {
			o.codes = map[string]uint32{}
		}
	}
	return b, nil
}

// Append adds rows. The vectors may be reused afterwards.
func (b *Builder) Append(rows int, v []Vector) error {
	if len(v) != len(b.cols) {
		return fmt.Errorf("%d columns given where the table has %d", len(v), len(b.cols))
	}
	for from := 0; from < rows; {
		n := min(rows-from, SegmentRows-b.rows)
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for w := range 2 {
			wg.Go(func() {
				for c := w; c < len(v) && errs[w] == nil; c += 2 {
					errs[w] = b.open[c].add(b.cols[c], &v[c], from, n, b.rows)
				}
			})
		}
		wg.Wait()
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		from, b.rows = from+n, b.rows+n
		if b.rows == SegmentRows {
			b.flush()
		}
	}
	return nil
}

func (o *openColumn) add(c Column, v *Vector, from, n, at int) error {
	if v.Null == nil {
		clear(o.null[at : at+n])
	} else {
		copy(o.null[at:at+n], v.Null[from:from+n])
	}
	switch c.Kind {
	case Float:
		copy(o.floats[at:], v.Floats[from:from+n])
	case Text:
		for i := range n {
			if o.null[at+i] {
				continue
			}
			word := v.Data[v.From[from+i]:v.To[from+i]]
			code, known := o.codes[string(word)]
			if !known {
				if len(o.words)+len(word) > MaxDictionary {
					return fmt.Errorf("column %q: its different values are more than %d MB", c.Name, MaxDictionary>>20)
				}
				code = uint32(len(o.ends))
				o.codes[string(word)] = code
				o.words = append(o.words, word...)
				o.ends = append(o.ends, uint32(len(o.words)))
			}
			o.ints[at+i] = int64(code)
		}
	default:
		copy(o.ints[at:], v.Ints[from:from+n])
	}
	return nil
}

func (b *Builder) flush() {
	s := segment{Rows: b.rows}
	for c := range b.open {
		o := &b.open[c]
		at := len(b.out)
		var p part
		if o.floats != nil {
			b.out, p = encode(b.out, nil, o.floats[:b.rows], o.null)
		} else {
			b.out, p = encode(b.out, o.ints[:b.rows], nil, o.null)
		}
		p.At, p.Size = int64(at), len(b.out)-at
		p.Sum = crc32.Checksum(b.out[at:], castagnoli)
		s.Parts = append(s.Parts, p)
	}
	b.meta.Segments = append(b.meta.Segments, s)
	b.total += int64(b.rows)
	b.rows = 0
}

// Bytes ends the table and returns it as one piece, as Open reads it: the
// segments, the dictionaries, a directory as JSON, its length and the magic word.
func (b *Builder) Bytes() ([]byte, error) {
	if b.rows > 0 {
		b.flush()
	}
	b.meta.Columns, b.meta.Rows = b.cols, b.total
	b.meta.Dictionaries = make([]dict, len(b.cols))
	for c := range b.open {
		o := &b.open[c]
		if b.cols[c].Kind != Text {
			continue
		}
		at := len(b.out)
		for _, e := range o.ends {
			b.out = binary.LittleEndian.AppendUint32(b.out, e)
		}
		b.out = append(b.out, o.words...)
		b.meta.Dictionaries[c] = dict{At: int64(at), Words: len(o.ends), Size: len(b.out) - at, Sum: crc32.Checksum(b.out[at:], castagnoli)}
		*o = openColumn{}
	}
	dir, err := json.Marshal(b.meta)
	if err != nil {
		return nil, err
	}
	b.out = append(b.out, dir...)
	b.out = binary.LittleEndian.AppendUint64(b.out, uint64(len(dir)))
	b.out = append(b.out, magic...)
	return b.out, nil
}

// Build is NewBuilder, Append, Bytes and Open in one, for data at hand.
func Build(cols []Column, rows int, v []Vector) (*Table, error) {
	b, err := NewBuilder(cols)
	if err != nil {
		return nil, err
	}
	if err := b.Append(rows, v); err != nil {
		return nil, err
	}
	raw, err := b.Bytes()
	if err != nil {
		return nil, err
	}
	return Open(bytes.NewReader(raw), int64(len(raw)))
}
