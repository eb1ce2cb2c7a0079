package cube

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"unicode/utf8"
)

// Table is data to be queried. It may be used by several goroutines at once.
type Table struct {
	meta
	r       io.ReaderAt
	inplace []byte // the whole table, when it is given as bytes
	words   []dictionary
	size    int64
}

// dictionary holds a text column's different values by code.
type dictionary struct {
	ends  []uint32
	words []byte
}

func (d *dictionary) word(code int64) string {
	from := uint32(0)
	if code > 0 {
		from = d.ends[code-1]
	}
	return string(d.words[from:d.ends[code]])
}

// maxDirectory bounds the directory of a table of any sensible size.
const maxDirectory = 256 << 20

var errBroken = errors.New("the table's bytes are broken")

// OpenBytes is Open for a table in memory (or mapped by the caller), which is
// then read in place.
func OpenBytes(raw []byte) (*Table, error) { return open(nil, raw, int64(len(raw))) }

// Open reads a table's directory and dictionaries. Segments are read as
// queries need them.
func Open(r io.ReaderAt, size int64) (*Table, error) { return open(r, nil, size) }

func open(r io.ReaderAt, raw []byte, size int64) (*Table, error) {
	t := &Table{r: r, inplace: raw, size: size}
	const tail = 8 + int64(len(magic))
	if size < tail+int64(len(magic)) {
		return nil, fmt.Errorf("%w: %d bytes are too few", errBroken, size)
	}
	end, err := t.bytes(size-tail, int(tail), nil)
	if err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(end)
	if string(end[8:]) != magic || n > maxDirectory || int64(n) > size-tail-int64(len(magic)) {
		return nil, fmt.Errorf("%w: it does not end as a table does", errBroken)
	}
	limit := size - tail - int64(n)
	dir, err := t.bytes(limit, int(n), nil)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(dir, &t.meta); err != nil {
		return nil, fmt.Errorf("%w: directory: %v", errBroken, err)
	}
	if err := t.check(limit); err != nil {
		return nil, err
	}
	return t, t.readDictionaries()
}

// check holds the directory to what the reading code relies on.
func (t *Table) check(limit int64) error {
	if _, err := NewBuilder(t.Columns); err != nil {
		return fmt.Errorf("%w: %v", errBroken, err)
	}
	if len(t.Dictionaries) != len(t.Columns) {
		return fmt.Errorf("%w: %d dictionaries for %d columns", errBroken, len(t.Dictionaries), len(t.Columns))
	}
	inside := func(at int64, size int) bool {
		return size >= 0 && at >= int64(len(magic)) && at <= limit && int64(size) <= limit-at
	}
	for c, d := range t.Dictionaries {
		if t.Columns[c].Kind == Text && (!inside(d.At, d.Size) || d.Words < 0 || d.Words > d.Size/4) {
			return fmt.Errorf("%w: dictionary of column %q", errBroken, t.Columns[c].Name)
		}
	}
	rows := int64(0)
	for i, s := range t.Segments {
		if s.Rows < 1 || s.Rows > SegmentRows || len(s.Parts) != len(t.Columns) || i < len(t.Segments)-1 && s.Rows != SegmentRows {
			return fmt.Errorf("%w: segment %d", errBroken, i)
		}
		for c, p := range s.Parts {
			want := s.Rows * p.Width
			if p.Nulls > 0 {
				want += (s.Rows + 7) / 8
			}
			ok := inside(p.At, p.Size) && p.Size == want && p.Nulls >= 0 && p.Nulls <= s.Rows && p.Min <= p.Max
			span := uint64(p.Max) - uint64(p.Min)
			switch p.Width {
			case 0:
				ok = ok && span == 0
			case 1, 2, 4:
				ok = ok && span < 1<<(8*p.Width)
			case 8:
			default:
				ok = false
			}
			if k := t.Columns[c].Kind; k == Float && p.Width != 8 || k == Text && (p.Min < 0 || p.Max >= int64(max(t.Dictionaries[c].Words, 1))) {
				ok = false
			}
			if !ok {
				return fmt.Errorf("%w: segment %d, column %q", errBroken, i, t.Columns[c].Name)
			}
		}
		rows += int64(s.Rows)
	}
	if rows != t.Rows {
		return fmt.Errorf("%w: the segments hold %d rows, the directory says %d", errBroken, rows, t.Rows)
	}
	return nil
}

func (t *Table) readDictionaries() error {
	t.words = make([]dictionary, len(t.Columns))
	for c, d := range t.Dictionaries {
		if t.Columns[c].Kind != Text {
			continue
		}
		b, err := t.bytes(d.At, d.Size, nil)
		if err != nil {
			return err
		}
		if crc32.Checksum(b, castagnoli) != d.Sum {
			return fmt.Errorf("%w: dictionary of column %q does not match its checksum", errBroken, t.Columns[c].Name)
		}
		w := &t.words[c]
		w.ends, w.words = make([]uint32, d.Words), b[4*d.Words:]
		last := uint32(0)
		for i := range w.ends {
			w.ends[i] = binary.LittleEndian.Uint32(b[4*i:])
			if w.ends[i] < last || int(w.ends[i]) > len(w.words) {
				return fmt.Errorf("%w: dictionary of column %q", errBroken, t.Columns[c].Name)
			}
			last = w.ends[i]
		}
	}
	return nil
}

// Verify checks every segment against its checksum and every code against its
// bounds: for a table that comes from outside. Queries on a table that was
// altered on purpose could otherwise fail in ways that cannot be foreseen.
func (t *Table) Verify() error {
	var room []byte
	buf := make([]int64, SegmentRows)
	for i, s := range t.Segments {
		for c := range s.Parts {
			p := &s.Parts[c]
			b, err := t.bytes(p.At, p.Size, room)
			if err != nil {
				return err
			}
			if t.inplace == nil {
				room = b
			}
			if crc32.Checksum(b, castagnoli) != p.Sum {
				return fmt.Errorf("%w: segment %d, column %q does not match its checksum", errBroken, i, t.Columns[c].Name)
			}
			if t.Columns[c].Kind == Float {
				continue
			}
			p.decode(buf[:s.Rows], b, 0)
			for _, v := range buf[:s.Rows] {
				if v < p.Min || v > p.Max {
					return fmt.Errorf("%w: segment %d, column %q holds a value outside its bounds", errBroken, i, t.Columns[c].Name)
				}
			}
		}
	}
	for c := range t.words {
		if !utf8.Valid(t.words[c].words) {
			return fmt.Errorf("%w: column %q holds text that is not UTF-8", errBroken, t.Columns[c].Name)
		}
	}
	return nil
}

// bytes are size bytes at an offset: in place, or read into room.
func (t *Table) bytes(at int64, size int, room []byte) ([]byte, error) {
	if t.inplace != nil {
		return t.inplace[at : at+int64(size)], nil
	}
	if cap(room) < size {
		room = make([]byte, size)
	}
	room = room[:size]
	if n, err := t.r.ReadAt(room, at); n < size {
		return nil, fmt.Errorf("read the table at %d: %w", at, err)
	}
	return room, nil
}

// Size is how many bytes the table has.
func (t *Table) Size() int64 { return t.size }
