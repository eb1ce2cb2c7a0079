package table

import "context"

// block is some rows of cells as text, row by row. Cell c of row r is
// data[from[i]:to[i]] with i = r·columns + c; to < from marks a null.
type block struct {
	data     []byte
	from, to []uint32
	number   []int64 // line or row of each row
	rows     int
	rejected []Rejected
}

func (b *block) reset() {
	b.data, b.from, b.to, b.number, b.rows, b.rejected = b.data[:0], b.from[:0], b.to[:0], b.number[:0], 0, b.rejected[:0]
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

func (b *block) null() {
	b.from, b.to = append(b.from, 1), append(b.to, 0)
}

func (b *block) endRow(number int64) {
	b.number = append(b.number, number)
	b.rows++
}

// raw renders row r for a person, as CSV.
func (b *block) raw(r, columns int) (string, bool) {
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
