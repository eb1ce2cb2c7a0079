package cube

import (
	"context"
	"fmt"
	"math"
	"sync"
)

// partitions is how many runs of segments are scanned on their own. It does not
// depend on the machine, so that sums of floats are the same everywhere.
const partitions = 4

// maxDense is up to how many possible groups are held in arrays by number;
// beyond, groups are found by hash.
const maxDense = 1 << 20

// MaxGroups bounds the groups of an answer.
const MaxGroups = 5_000_000

// scanDim turns a column's values into codes 0 … size-1; size-1 is 'no value'.
type scanDim struct {
	col     int
	grain   Grain
	cal     Calendar
	base    int64
	size    uint64
	lut     []uint32         // by value-base (or day-base): code; nil: value-base is the code
	remap   map[int64]uint32 // for values cut to the top
	moment  bool
	text    bool
	keys    []key  // by code, when lut or remap decide
	none    uint64 // with keys: the code of 'no value'
	firstID int64  // period of code 0
	hasLUT  bool
}

// scan is one pass over the table.
type scan struct {
	t      *Table
	c      *compiled
	dims   []scanDim
	groups uint64 // possible groups
	dense  bool
	filter *pred
	atoms  []*atom
	mu     sync.Mutex
	shared map[shared][]uint64 // bitmaps of distinct counts
}

// raw answers a grouping from the table.
func (t *Table) raw(ctx context.Context, c *compiled, q rawQuery) ([]rawRow, error) {
	s := &scan{t: t, c: c, groups: 1, atoms: c.atoms}
	if err := s.prepare(q); err != nil {
		return nil, err
	}
	parts := make([]*partial, partitions)
	errs := make([]error, partitions)
	var wg sync.WaitGroup
	for i := range parts {
		from, to := len(t.Segments)*i/partitions, len(t.Segments)*(i+1)/partitions
		wg.Go(func() { parts[i], errs[i] = s.run(ctx, from, to) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	for _, p := range parts[1:] {
		if err := parts[0].merge(p); err != nil {
			return nil, err
		}
	}
	if q.whole != nil {
		s.whole(parts[0], q.whole)
	}
	return s.rows(parts[0])
}

// whole puts the aggregates of all groups together where that is exact: sums,
// and distinct counts by the union of their bitmaps.
func (s *scan) whole(p *partial, out *rawRow) {
	sum := rawRow{atoms: make([]acc, len(s.atoms))}
	for i, st := range p.states {
		if b, ok := st.(*bitState); ok {
			sum.atoms[i].i = b.union()
			continue
		}
		if !s.atoms[i].summable() {
			return
		}
		for _, x := range st.answer(p.count) {
			s.atoms[i].join(&sum.atoms[i], x)
		}
	}
	for _, n := range p.count {
		sum.rows += n
	}
	for i := range sum.atoms {
		if _, ok := p.states[i].(*bitState); ok {
			sum.atoms[i].n = sum.rows
		}
	}
	*out = sum
}

func (s *scan) prepare(q rawQuery) error {
	and := Cond{And: s.c.where}
	if and.And == nil {
		and.And = []Cond{}
	}
	var err error
	if s.filter, err = s.t.pred(and); err != nil {
		return err
	}
	if q.ranged {
		s.filter.and = append(s.filter.and, s.days(q.from, q.to))
	}
	if len(s.filter.and) == 0 {
		s.filter = nil
	}
	for _, d := range q.dims {
		dim, err := s.dim(s.c.dims[d], d == s.c.top && q.top != nil, q.top)
		if err != nil {
			return err
		}
		if s.groups > math.MaxUint64/8/dim.size {
			return fmt.Errorf("grouping by these columns together has too many possible combinations")
		}
		s.groups *= dim.size
		s.dims = append(s.dims, dim)
	}
	s.dense = s.groups <= maxDense
	for i, a := range s.atoms {
		if err := s.fits(a); err != nil {
			return fmt.Errorf("measure %d: %w", i+1, err)
		}
	}
	return nil
}

// days is the condition that the time column is within days.
func (s *scan) days(from, to int64) *pred {
	p := &pred{col: s.c.time, spans: []span{{from, to}}}
	if s.t.Columns[s.c.time].Kind == Moment {
		p.spans[0] = span{from * dayMicros, to*dayMicros + dayMicros - 1}
	}
	return p
}

// bounds are the least and greatest value of a column; false: no value at all.
func (t *Table) bounds(col int) (lo, hi int64, ok bool) {
	for i := range t.Segments {
		p := &t.Segments[i].Parts[col]
		if p.Nulls == t.Segments[i].Rows {
			continue
		}
		if !ok {
			lo, hi, ok = p.Min, p.Max, true
		}
		lo, hi = min(lo, p.Min), max(hi, p.Max)
	}
	return lo, hi, ok
}

const maxLUT = 1 << 24

func (s *scan) dim(p planDim, cut bool, top []key) (scanDim, error) {
	col := s.t.Columns[p.col]
	d := scanDim{col: p.col, grain: p.grain, cal: s.c.Calendar, moment: col.Kind == Moment, text: col.Kind == Text}
	lo, hi, ok := s.t.bounds(p.col)
	if !ok {
		d.size = 1
		return d, nil
	}
	d.base = lo
	switch {
	case cut:
		d.cut(s.t, top)
	case p.grain == Hour:
		d.base, d.size = 0, 25
	case p.grain != "":
		if d.moment {
			lo, hi = floorDiv(lo, dayMicros), floorDiv(hi, dayMicros)
		}
		if hi-lo >= maxLUT {
			return d, fmt.Errorf("column %q spans %d years", col.Name, (hi-lo)/365)
		}
		d.base, d.hasLUT = lo, true
		d.lut = make([]uint32, hi-lo+1)
		d.firstID = d.cal.period(p.grain, lo)
		if p.grain == Weekday {
			d.firstID = 0
		}
		most := uint32(0)
		for i := range d.lut {
			d.lut[i] = uint32(d.cal.period(p.grain, lo+int64(i)) - d.firstID)
			most = max(most, d.lut[i])
		}
		d.size = uint64(most) + 2
	default:
		span := uint64(hi) - uint64(lo)
		if span > 1<<62 {
			return d, fmt.Errorf("column %q holds values too far apart to group by", col.Name)
		}
		d.size = span + 2
	}
	return d, nil
}

// cut maps the top values to 0 … n-1 and all others to n.
func (d *scanDim) cut(t *Table, top []key) {
	d.keys = append(append([]key{}, top...), key{other: true})
	d.size = uint64(len(d.keys))
	d.remap = map[int64]uint32{}
	want := map[string]uint32{}
	nullIsTop := -1
	for i, k := range top {
		switch {
		case k.null:
			nullIsTop = i
		case d.text:
			want[k.text] = uint32(i)
		default:
			d.remap[k.n] = uint32(i)
		}
	}
	if d.text {
		words := &t.words[d.col]
		d.lut, d.hasLUT, d.base = make([]uint32, len(words.ends)), true, 0
		for code := range d.lut {
			d.lut[code] = uint32(len(top))
			if i, ok := want[words.word(int64(code))]; ok {
				d.lut[code] = i
			}
		}
	}
	d.none = uint64(len(top)) // rows without a value belong to the rest
	if nullIsTop >= 0 {
		d.none = uint64(nullIsTop)
	}
}

// codes adds this dimension's codes to the group numbers.
func (d *scanDim) codes(ch *chunk, group []uint64) error {
	v, err := ch.column(d.col)
	if err != nil {
		return err
	}
	size := d.size
	none := size - 1
	if d.keys != nil {
		none = d.none
	}
	code := func(x int64) uint64 {
		if d.moment && d.grain != "" {
			if d.grain == Hour {
				return uint64(floorMod(x, dayMicros) / 3_600_000_000)
			}
			x = floorDiv(x, dayMicros)
		}
		if d.hasLUT {
			return uint64(d.lut[x-d.base])
		}
		if d.remap != nil {
			if c, ok := d.remap[x]; ok {
				return uint64(c)
			}
			return size - 1
		}
		return uint64(x - d.base)
	}
	switch {
	case v.null != nil:
		for i, x := range v.ints {
			if v.null[i] {
				group[i] = group[i]*size + none
			} else {
				group[i] = group[i]*size + code(x)
			}
		}
	case d.hasLUT && !d.moment:
		lut, base := d.lut, d.base
		for i, x := range v.ints {
			group[i] = group[i]*size + uint64(lut[x-base])
		}
	case d.remap == nil && d.grain == "":
		base := d.base
		for i, x := range v.ints {
			group[i] = group[i]*size + uint64(x-base)
		}
	default:
		for i, x := range v.ints {
			group[i] = group[i]*size + code(x)
		}
	}
	return nil
}

// key tells what a code stands for.
func (d *scanDim) key(t *Table, code uint64) key {
	switch {
	case d.keys != nil:
		return d.keys[code]
	case code == d.size-1:
		return key{null: true}
	case d.grain == Hour:
		return key{n: int64(code)}
	case d.grain != "":
		return key{n: d.firstID + int64(code)}
	case d.text:
		return key{text: t.words[d.col].word(d.base + int64(code))}
	}
	return key{n: d.base + int64(code)}
}

// partial is what one run of segments came to.
type partial struct {
	s      *scan
	count  []int64           // rows by group
	index  map[uint64]uint32 // groups found, when not dense
	ids    []uint64          // their numbers
	states []state
}

func (s *scan) newPartial() *partial {
	p := &partial{s: s}
	if s.dense {
		p.count = make([]int64, s.groups)
	} else {
		p.index = map[uint64]uint32{}
	}
	for _, a := range s.atoms {
		st := s.newState(a)
		st.grow(len(p.count))
		p.states = append(p.states, st)
	}
	return p
}

// run scans the segments from … to-1.
func (s *scan) run(ctx context.Context, from, to int) (*partial, error) {
	p := s.newPartial()
	number, group := make([]uint64, chunkRows), make([]uint32, chunkRows)
	err := s.chunks(ctx, from, to, func(ch *chunk) error { return p.add(ch, number[:ch.rows], group[:ch.rows]) })
	if err != nil {
		return nil, err
	}
	return p, nil
}

// chunks calls each with the rows of the segments from … to-1 that the filter keeps,
// a chunk of them at a time, in their order; chunks of which none is kept are left out.
func (s *scan) chunks(ctx context.Context, from, to int, each func(ch *chunk) error) error {
	ch := newChunk(s.t)
	mark, sel := make([]bool, chunkRows), make([]int32, chunkRows)
	for i := from; i < to; i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		seg := &s.t.Segments[i]
		if s.filter != nil && s.filter.never(seg) {
			continue
		}
		ch.segment(seg)
		for at := 0; at < seg.Rows; at += chunkRows {
			ch.move(at, min(chunkRows, seg.Rows-at))
			if s.filter != nil {
				if err := s.filter.mark(ch, mark[:ch.n]); err != nil {
					return err
				}
				ch.keep(mark[:ch.n], sel)
				if ch.rows == 0 {
					continue
				}
			}
			if err := each(ch); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *partial) add(ch *chunk, number []uint64, group []uint32) error {
	clear(number)
	for i := range p.s.dims {
		if err := p.s.dims[i].codes(ch, number); err != nil {
			return err
		}
	}
	if p.s.dense {
		for i, n := range number {
			group[i] = uint32(n)
		}
	} else if err := p.find(number, group); err != nil {
		return err
	}
	for _, g := range group {
		p.count[g]++
	}
	for _, st := range p.states {
		if err := st.add(ch, group); err != nil {
			return err
		}
	}
	return nil
}

// find gives each group number its place, new ones the next.
func (p *partial) find(number []uint64, group []uint32) error {
	for i, n := range number {
		if i > 0 && n == number[i-1] {
			group[i] = group[i-1]
			continue
		}
		g, ok := p.index[n]
		if !ok {
			g = uint32(len(p.ids))
			if g >= MaxGroups {
				return fmt.Errorf("the answer has more than %d rows; group more coarsely or filter", MaxGroups)
			}
			p.index[n] = g
			p.ids = append(p.ids, n)
		}
		group[i] = g
	}
	if more := len(p.ids) - len(p.count); more > 0 {
		p.count = append(p.count, make([]int64, more)...)
		for _, st := range p.states {
			st.grow(len(p.count))
		}
	}
	return nil
}

func (p *partial) merge(o *partial) error {
	to := make([]uint32, len(o.count))
	if p.s.dense {
		for g := range to {
			to[g] = uint32(g)
		}
	} else if err := p.find(o.ids, to); err != nil {
		return err
	}
	for g, n := range o.count {
		p.count[to[g]] += n
	}
	for i, st := range p.states {
		st.merge(o.states[i], to)
	}
	return nil
}

// rows lists the groups that have rows.
func (s *scan) rows(p *partial) ([]rawRow, error) {
	accs := make([][]acc, len(s.atoms))
	for i, st := range p.states {
		accs[i] = st.answer(p.count)
	}
	var out []rawRow
	for g, n := range p.count {
		if n == 0 && len(s.dims) > 0 {
			continue
		}
		r := rawRow{rows: n, keys: make([]key, len(s.dims)), atoms: make([]acc, len(s.atoms))}
		number := uint64(g)
		if !s.dense {
			number = p.ids[g]
		}
		for i := len(s.dims) - 1; i >= 0; i-- {
			d := &s.dims[i]
			r.keys[i] = d.key(s.t, number%d.size)
			number /= d.size
		}
		for i := range accs {
			r.atoms[i] = accs[i][g]
		}
		out = append(out, r)
	}
	return out, nil
}
