package cube

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
)

// state collects one aggregate by group.
type state interface {
	grow(groups int)
	add(ch *chunk, group []uint32) error
	merge(o state, to []uint32)
	answer(rows []int64) []acc
}

func (s *scan) newState(a *atom) state {
	switch {
	case a.agg == "rows":
		return &rowState{}
	case a.agg == "count":
		return &sumState{s: s, e: a.expr, count: true}
	case a.agg == "distinct":
		return s.newDistinct(a.expr.col, false)
	case a.agg == "days":
		return s.newDistinct(s.c.time, true)
	case a.agg == "percentile":
		return &percentileState{s: s, e: a.expr, percent: a.percent}
	case a.agg == "last":
		return &lastState{s: s, e: a.expr}
	case a.agg == "min" || a.agg == "max":
		return &extremeState{s: s, e: a.expr, most: a.agg == "max"}
	}
	return &sumState{s: s, e: a.expr}
}

// fits refuses what could exceed 64 bits, judged by the bounds of the columns.
func (s *scan) fits(a *atom) error {
	if a.agg == "distinct" && a.expr.op != 'c' {
		return fmt.Errorf("distinct wants one column")
	}
	if a.expr == nil || a.agg == "count" || a.agg == "distinct" || a.expr.float {
		return nil
	}
	most := s.reach(a.expr)
	if a.agg == "sum" || a.agg == "avg" || a.agg == "last" {
		most *= float64(max(s.t.Rows, 1))
	}
	if most >= math.MaxInt64/2 {
		return fmt.Errorf("the values are so great that a sum of them could exceed 18 digits")
	}
	return nil
}

// reach is the greatest size an expression can have on this table.
func (s *scan) reach(e *expr) float64 {
	switch e.op {
	case 'c':
		lo, hi, _ := s.t.bounds(e.col)
		return max(math.Abs(float64(lo)), math.Abs(float64(hi)))
	case '0':
		return math.Abs(float64(e.value))
	}
	l, r := s.reach(e.left), s.reach(e.right)
	if e.op == '*' {
		return l * r
	}
	return l*math.Pow10(e.scale-e.left.scale) + r*math.Pow10(e.scale-e.right.scale)
}

// eval computes an expression for a chunk's rows.
func (e *expr) eval(ch *chunk) (*values, error) {
	if e.op == 'c' {
		return ch.column(e.col)
	}
	out := &values{}
	if e.op == '0' {
		out.ints = make([]int64, ch.rows)
		for i := range out.ints {
			out.ints[i] = e.value
		}
		return out, nil
	}
	l, err := e.left.eval(ch)
	if err != nil {
		return nil, err
	}
	r, err := e.right.eval(ch)
	if err != nil {
		return nil, err
	}
	if l.null != nil || r.null != nil {
		out.null = make([]bool, ch.rows)
		for i := range out.null {
			out.null[i] = l.null != nil && l.null[i] || r.null != nil && r.null[i]
		}
	}
	if e.float {
		out.floats = make([]float64, ch.rows)
		for i := range out.floats {
			out.floats[i] = combine(e.op, l.float(i, e.left.scale), r.float(i, e.right.scale))
		}
		return out, nil
	}
	out.ints = make([]int64, ch.rows)
	if e.op == '*' {
		for i := range out.ints {
			out.ints[i] = l.ints[i] * r.ints[i]
		}
		return out, nil
	}
	lf, rf := pow10(e.scale-e.left.scale), pow10(e.scale-e.right.scale)
	if e.op == '-' {
		rf = -rf
	}
	for i := range out.ints {
		out.ints[i] = l.ints[i]*lf + r.ints[i]*rf
	}
	return out, nil
}

func (v *values) float(i, scale int) float64 {
	if v.floats != nil {
		return v.floats[i]
	}
	return float64(v.ints[i]) / math.Pow10(scale)
}

func combine(op byte, a, b float64) float64 {
	switch op {
	case '+':
		return a + b
	case '-':
		return a - b
	}
	return a * b
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

// rowState counts rows: the scan does.
type rowState struct{}

func (*rowState) grow(int)                   {}
func (*rowState) add(*chunk, []uint32) error { return nil }
func (*rowState) merge(state, []uint32)      {}
func (*rowState) answer(rows []int64) []acc {
	out := make([]acc, len(rows))
	for g, n := range rows {
		out[g] = acc{n: n, i: n}
	}
	return out
}

// sumState adds up, or counts values.
type sumState struct {
	s     *scan
	e     *expr
	count bool
	a     []acc
}

func (s *sumState) grow(n int) { s.a = append(s.a, make([]acc, n-len(s.a))...) }

func (s *sumState) add(ch *chunk, group []uint32) error {
	v, err := s.e.eval(ch)
	if err != nil {
		return err
	}
	a := s.a
	switch {
	case v.null != nil && v.floats != nil:
		for i, g := range group {
			if !v.null[i] {
				a[g].f += v.floats[i]
				a[g].n++
			}
		}
	case v.null != nil:
		for i, g := range group {
			if !v.null[i] {
				a[g].i += v.ints[i]
				a[g].n++
			}
		}
	case v.floats != nil:
		for i, g := range group {
			a[g].f += v.floats[i]
			a[g].n++
		}
	default:
		ints := v.ints[:len(group)]
		for i, g := range group {
			x := &a[g]
			x.i += ints[i]
			x.n++
		}
	}
	return nil
}

func (s *sumState) merge(o state, to []uint32) {
	for g, x := range o.(*sumState).a {
		a := &s.a[to[g]]
		a.n, a.i, a.f = a.n+x.n, a.i+x.i, a.f+x.f
	}
}

func (s *sumState) answer([]int64) []acc {
	if s.count {
		for g := range s.a {
			s.a[g].i, s.a[g].f = s.a[g].n, 0
		}
	}
	return s.a
}

// extremeState finds the least or the greatest value.
type extremeState struct {
	s    *scan
	e    *expr
	most bool
	a    []acc
}

func (s *extremeState) grow(n int) { s.a = append(s.a, make([]acc, n-len(s.a))...) }

func (s *extremeState) take(g uint32, i int64, f float64) {
	a := &s.a[g]
	better := i < a.i || f < a.f
	if s.most {
		better = i > a.i || f > a.f
	}
	if a.n == 0 || better {
		a.i, a.f = i, f
	}
	a.n++
}

func (s *extremeState) add(ch *chunk, group []uint32) error {
	v, err := s.e.eval(ch)
	if err != nil {
		return err
	}
	for i, g := range group {
		switch {
		case v.null != nil && v.null[i]:
		case v.floats != nil:
			s.take(g, 0, v.floats[i])
		default:
			s.take(g, v.ints[i], 0)
		}
	}
	return nil
}

func (s *extremeState) merge(o state, to []uint32) {
	for g, x := range o.(*extremeState).a {
		if x.n > 0 {
			s.take(to[g], x.i, x.f)
			s.a[to[g]].n += x.n - 1
		}
	}
}

func (s *extremeState) answer([]int64) []acc { return s.a }

// lastState adds up the values of each group's last day.
type lastState struct {
	s   *scan
	e   *expr
	day []int64
	a   []acc
}

func (s *lastState) grow(n int) {
	s.a = append(s.a, make([]acc, n-len(s.a))...)
	s.day = append(s.day, make([]int64, n-len(s.day))...)
}

func (s *lastState) take(g uint32, day int64, x acc) {
	a := &s.a[g]
	if a.n == 0 || day > s.day[g] {
		*a, s.day[g] = x, day
	} else if day == s.day[g] {
		a.n, a.i, a.f = a.n+x.n, a.i+x.i, a.f+x.f
	}
}

func (s *lastState) add(ch *chunk, group []uint32) error {
	v, err := s.e.eval(ch)
	if err != nil {
		return err
	}
	t, err := ch.column(s.s.c.time)
	if err != nil {
		return err
	}
	moment := ch.t.Columns[s.s.c.time].Kind == Moment
	for i, g := range group {
		if v.null != nil && v.null[i] || t.null != nil && t.null[i] {
			continue
		}
		day := t.ints[i]
		if moment {
			day = floorDiv(day, dayMicros)
		}
		if v.floats != nil {
			s.take(g, day, acc{n: 1, f: v.floats[i]})
		} else {
			s.take(g, day, acc{n: 1, i: v.ints[i]})
		}
	}
	return nil
}

func (s *lastState) merge(o state, to []uint32) {
	l := o.(*lastState)
	for g, x := range l.a {
		if x.n > 0 {
			s.take(to[g], l.day[g], x)
		}
	}
}

func (s *lastState) answer([]int64) []acc { return s.a }

// percentileState keeps every value, so its answer is exact.
type percentileState struct {
	s       *scan
	e       *expr
	percent float64
	groups  []uint32
	vals    []float64
	size    int
}

func (s *percentileState) grow(n int) { s.size = n }

func (s *percentileState) add(ch *chunk, group []uint32) error {
	v, err := s.e.eval(ch)
	if err != nil {
		return err
	}
	s.groups, s.vals = slices.Grow(s.groups, len(group)), slices.Grow(s.vals, len(group))
	for i, g := range group {
		if v.null != nil && v.null[i] {
			continue
		}
		s.groups = append(s.groups, g)
		if v.floats != nil {
			s.vals = append(s.vals, v.floats[i])
		} else {
			s.vals = append(s.vals, float64(v.ints[i]))
		}
	}
	return nil
}

func (s *percentileState) merge(o state, to []uint32) {
	p := o.(*percentileState)
	s.vals = append(s.vals, p.vals...)
	s.groups = slices.Grow(s.groups, len(p.groups))
	for _, g := range p.groups {
		s.groups = append(s.groups, to[g])
	}
}

// answer interpolates between the neighbours of rank (n-1)·p, as spreadsheets
// and PostgreSQL's percentile_cont do (Hyndman and Fan 1996, type 7).
func (s *percentileState) answer(rows []int64) []acc {
	at := make([]int, len(rows)+1)
	for _, g := range s.groups {
		at[g+1]++
	}
	for g := range rows {
		at[g+1] += at[g]
	}
	sorted := make([]float64, len(s.vals))
	next := slices.Clone(at)
	for i, g := range s.groups {
		sorted[next[g]] = s.vals[i]
		next[g]++
	}
	out := make([]acc, len(rows))
	unit := s.e.unit()
	var wg sync.WaitGroup
	for w := range partitions {
		wg.Go(func() {
			for g := w; g < len(rows); g += partitions {
				v := sorted[at[g]:at[g+1]]
				if len(v) == 0 {
					continue
				}
				k, part := percentileRank(s.percent, len(v))
				x := nth(v, k)
				if part > 0 {
					x = interpolate(x, slices.Min(v[k+1:]), part)
				}
				out[g] = acc{n: int64(len(v)), f: x / unit}
			}
		})
	}
	wg.Wait()
	return out
}

// percentileRank is the rank of a percentile among n values, from 0: a whole
// number and the part towards the next.
func percentileRank(percent float64, n int) (k int, part float64) {
	rank := percent / 100 * float64(n-1)
	k = int(rank)
	return k, rank - float64(k)
}

func interpolate(low, high, part float64) float64 {
	if part == 0 {
		return low
	}
	return low + part*(high-low)
}

// unit is how many of an expression's whole numbers make 1.
func (e *expr) unit() float64 {
	if e.float {
		return 1
	}
	return math.Pow10(e.scale)
}

// nth moves the k-th smallest value to its place, smaller ones before and
// greater ones after it (Hoare's FIND, 1961, with the median of three).
func nth(v []float64, k int) float64 {
	lo, hi := 0, len(v)-1
	for hi-lo > 16 {
		mid := lo + (hi-lo)/2
		a, b, c := v[lo], v[mid], v[hi]
		pivot := max(min(a, b), min(max(a, b), c))
		i, j := lo, hi
		for i <= j {
			for v[i] < pivot {
				i++
			}
			for v[j] > pivot {
				j--
			}
			if i <= j {
				v[i], v[j] = v[j], v[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return v[k]
		}
	}
	slices.Sort(v[lo : hi+1])
	return v[k]
}

// maxBits bounds the bitmap of exact distinct counts: 128 MB.
const maxBits = 1 << 30

// bitState counts different values exactly with one bit for each group and
// value, shared by all partitions.
type bitState struct {
	col    int
	base   int64
	domain uint64 // a multiple of 64
	bits   []uint64
	days   bool
}

func (s *scan) newDistinct(col int, days bool) state {
	lo, hi, ok := s.t.bounds(col)
	if days && s.t.Columns[col].Kind == Moment {
		lo, hi = floorDiv(lo, dayMicros), floorDiv(hi, dayMicros)
	} else {
		days = false
	}
	span := uint64(hi) - uint64(lo)
	if !ok || s.t.Columns[col].Kind == Float || span >= 1<<32 {
		return &hashState{col: col, days: days, seen: map[pair]struct{}{}}
	}
	domain := (span/64 + 1) * 64
	if !s.dense || domain*s.groups > maxBits {
		return &setState{col: col, base: lo, days: days}
	}
	id := shared{col, days}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shared == nil {
		s.shared = map[shared][]uint64{}
	}
	if s.shared[id] == nil {
		s.shared[id] = make([]uint64, domain*s.groups/64)
	}
	return &bitState{col: col, base: lo, domain: domain, bits: s.shared[id], days: days}
}

type shared struct {
	col  int
	days bool
}

func (*bitState) grow(int) {}

func (b *bitState) add(ch *chunk, group []uint32) error {
	v, err := ch.column(b.col)
	if err != nil {
		return err
	}
	for i, g := range group {
		if v.null != nil && v.null[i] {
			continue
		}
		x := v.ints[i]
		if b.days {
			x = floorDiv(x, dayMicros)
		}
		bit := uint64(g)*b.domain + uint64(x-b.base)
		w, m := &b.bits[bit/64], uint64(1)<<(bit%64)
		if atomic.LoadUint64(w)&m == 0 {
			atomic.OrUint64(w, m)
		}
	}
	return nil
}

func (*bitState) merge(state, []uint32) {} // the bits are shared

func (b *bitState) answer(rows []int64) []acc {
	out := make([]acc, len(rows))
	words := int(b.domain / 64)
	for g := range rows {
		n := 0
		for _, w := range b.bits[g*words : (g+1)*words] {
			n += bits.OnesCount64(w)
		}
		out[g] = acc{n: rows[g], i: int64(n)}
	}
	return out
}

// union counts the different values of all groups together.
func (b *bitState) union() int64 {
	words := int(b.domain / 64)
	all := make([]uint64, words)
	for i, w := range b.bits {
		all[i%words] |= w
	}
	n := 0
	for _, w := range all {
		n += bits.OnesCount64(w)
	}
	return int64(n)
}

// hashState counts different values where a bitmap would be too large.
type hashState struct {
	col  int
	days bool
	size int
	seen map[pair]struct{}
}

type pair struct {
	group uint32
	value uint64
}

func (h *hashState) grow(n int) { h.size = n }

func (h *hashState) add(ch *chunk, group []uint32) error {
	v, err := ch.column(h.col)
	if err != nil {
		return err
	}
	for i, g := range group {
		if v.null != nil && v.null[i] {
			continue
		}
		x := uint64(0)
		switch {
		case v.floats != nil:
			x = math.Float64bits(v.floats[i] + 0) // -0 is 0
		case h.days:
			x = uint64(floorDiv(v.ints[i], dayMicros))
		default:
			x = uint64(v.ints[i])
		}
		h.seen[pair{g, x}] = struct{}{}
	}
	return nil
}

func (h *hashState) merge(o state, to []uint32) {
	for p := range o.(*hashState).seen {
		h.seen[pair{to[p.group], p.value}] = struct{}{}
	}
}

func (h *hashState) answer(rows []int64) []acc {
	out := make([]acc, len(rows))
	for p := range h.seen {
		out[p.group].i++
	}
	for g := range out {
		out[g].n = rows[g]
	}
	return out
}
