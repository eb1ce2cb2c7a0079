package cube

// chunkRows is how many rows are worked on at once: their columns stay in the
// first-level cache.
const chunkRows = 2048

// values are a chunk's rows of one column.
type values struct {
	ints   []int64
	floats []float64
	null   []bool // nil: every row has a value
}

// chunk is a run of rows of a segment with the columns decoded so far.
type chunk struct {
	t       *Table
	seg     *segment
	from, n int
	rows    int // rows kept; n before the filter
	sel     []int32
	have    []bool
	cols    []values
	bufs    []values
	raw     [][]byte // bytes of each column of the segment
	room    [][]byte
	loaded  []bool
	spare   [][]bool // for joined conditions, one for each level
	used    int
}

func newChunk(t *Table) *chunk {
	n := len(t.Columns)
	return &chunk{t: t, have: make([]bool, n), cols: make([]values, n), bufs: make([]values, n), raw: make([][]byte, n), room: make([][]byte, n), loaded: make([]bool, n)}
}

// marks lends room for marking rows until unmark.
func (ch *chunk) marks() []bool {
	if ch.used == len(ch.spare) {
		ch.spare = append(ch.spare, make([]bool, chunkRows))
	}
	ch.used++
	return ch.spare[ch.used-1]
}

func (ch *chunk) unmark() { ch.used-- }

func (ch *chunk) segment(s *segment) {
	ch.seg = s
	clear(ch.loaded)
}

func (ch *chunk) move(from, n int) {
	ch.from, ch.n, ch.rows, ch.sel = from, n, n, nil
	clear(ch.have)
}

// column decodes a column's rows, those kept by the filter once there is one.
func (ch *chunk) column(c int) (*values, error) {
	v := &ch.cols[c]
	if ch.have[c] {
		return v, nil
	}
	p := &ch.seg.Parts[c]
	if !ch.loaded[c] {
		b, err := ch.t.bytes(p.At, p.Size, ch.room[c])
		if err != nil {
			return nil, err
		}
		if ch.t.inplace == nil {
			ch.room[c] = b
		}
		ch.raw[c], ch.loaded[c] = b, true
	}
	buf := &ch.bufs[c]
	*v = values{}
	if ch.t.Columns[c].Kind == Float {
		if buf.floats == nil {
			buf.floats = make([]float64, chunkRows)
		}
		v.floats = buf.floats[:ch.n]
		p.decodeFloats(v.floats, ch.raw[c], ch.from)
	} else {
		if buf.ints == nil {
			buf.ints = make([]int64, chunkRows)
		}
		v.ints = buf.ints[:ch.n]
		p.decode(v.ints, ch.raw[c], ch.from)
	}
	if p.Nulls > 0 {
		if buf.null == nil {
			buf.null = make([]bool, chunkRows)
		}
		v.null = buf.null[:ch.n]
		p.nulls(v.null, ch.raw[c], ch.from, ch.seg.Rows)
	}
	if ch.sel != nil {
		v.pick(ch.sel)
	}
	ch.have[c] = true
	return v, nil
}

// keep leaves only the rows marked.
func (ch *chunk) keep(mark []bool, sel []int32) {
	n := 0
	for i, ok := range mark { // without a branch, which would be guessed wrong
		sel[n] = int32(i)
		if ok {
			n++
		}
	}
	sel = sel[:n]
	if ch.rows = len(sel); ch.rows == ch.n {
		return
	}
	ch.sel = sel
	for c, have := range ch.have {
		if have {
			ch.cols[c].pick(sel)
		}
	}
}

func (v *values) pick(sel []int32) {
	if v.ints != nil {
		v.ints = pick(v.ints, sel)
	} else {
		v.floats = pick(v.floats, sel)
	}
	if v.null != nil {
		v.null = pick(v.null, sel)
	}
}

func pick[T any](list []T, sel []int32) []T {
	for k, i := range sel {
		list[k] = list[i]
	}
	return list[:len(sel)]
}
