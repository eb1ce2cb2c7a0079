package table

import (
	"bytes"
	"context"
	"fmt"
	"unicode/utf8"
)

// block is some rows of cells as text, row by row. Cell c of row r is
// data[from[i]:to[i]] with i = r·columns + c; to < from marks a null.
type block struct {
	data     []byte
	from, to []uint32
	number   []int64 // line or row of each row
	rows     int
	rejected []Rejected
	cut      int64       // cells cut short
	lines    [][2]uint32 // where each row stands in data, for files of lines
}

func (b *block) reset() {
	b.data, b.from, b.to, b.number, b.rows, b.rejected, b.cut = b.data[:0], b.from[:0], b.to[:0], b.number[:0], 0, b.rejected[:0], 0
	b.lines = b.lines[:0]
}

// add appends a cell; nil is null.
func (b *block) add(cell []byte) {
	if cell == nil {
		b.null()
		return
	}
	b.from = append(b.from, uint32(len(b.data)))
	b.data = append(b.data, cell...)
	b.to = append(b.to, uint32(len(b.data)))
}

func (b *block) addString(cell string) {
	b.from = append(b.from, uint32(len(b.data)))
	b.data = append(b.data, cell...)
	b.to = append(b.to, uint32(len(b.data)))
}

// maxCell is the most bytes of one cell that are read from a database or a
// Parquet file; longer ones are cut and counted.
const maxCell = 1 << 20

// addLong appends a cell of any length. Bytes that are no text are shown as the
// hexadecimal beginning of them.
func (b *block) addLong(cell []byte) {
	if len(cell) > maxCell {
		n := maxCell
		for n > maxCell-utf8.UTFMax && !utf8.RuneStart(cell[n]) {
			n--
		}
		cell = cell[:n]
		b.cut++
	}
	if utf8.Valid(cell) {
		b.add(cell)
		return
	}
	b.addString(fmt.Sprintf("0x%x… (%d bytes)", cell[:min(len(cell), 32)], len(cell)))
}

func (b *block) null() {
	b.from, b.to = append(b.from, 1), append(b.to, 0)
}

func (b *block) endRow(number int64) {
	b.number = append(b.number, number)
	b.rows++
}

// raw is row r as it stands in the file, or rendered as CSV.
func (b *block) raw(r, columns int) (string, bool) {
	if r < len(b.lines) {
		return cutRaw(bytes.TrimRight(b.data[b.lines[r][0]:b.lines[r][1]], "\r\n"))
	}
	var out []byte
	for c := range columns {
		if c > 0 {
			out = append(out, ',')
		}
		if i := r*columns + c; b.to[i] >= b.from[i] {
			out = append(out, b.data[b.from[i]:b.to[i]]...)
		}
		if len(out) > maxRaw {
			break
		}
	}
	return cutRaw(out)
}

const maxRaw = 4096

func cutRaw(raw []byte) (string, bool) {
	if len(raw) > maxRaw {
		return string(raw[:maxRaw]), true
	}
	return string(raw), false
}

// Sizes of a block: enough to keep two workers busy, small enough to forget.
const (
	blockBytes = 1 << 20
	blockRows  = 16_384
)

// cellSource yields a source's rows as text cells, some at a time.
type cellSource interface {
	// names and declared types; kinds says which columns' kinds are certain.
	columns() []Column
	certain() bool
	// next fills b and returns io.EOF when there is nothing more; the last block
	// may come with nil.
	next(ctx context.Context, b *block) error
	// again returns a source that starts over, or nil when it cannot.
	again(ctx context.Context) (cellSource, error)
	close() error
}
