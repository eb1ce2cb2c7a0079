package knapsack

import "sort"

// improve looks for good choices near the relaxation's solution in s: round it,
// fill it up, exchange items while that pays.
func (t *tree) improve(s *searcher) {
	c := t.c
	order := c.wanted(s)
	l := &local{c: c, in: make([]bool, c.n), sum: make([]int64, len(c.rows)), order: order}
	for _, j := range order {
		if l.fits(j, -1, -1) {
			l.flip(j)
		}
	}
	l.exchange(4_000_000)
	if c.keeps(l.in, 0, int64(c.n)) {
		t.accept(l.in, l.value)
	}
}

// wanted lists the items as the relaxation in s wants them, the most wanted first.
func (c *core) wanted(s *searcher) []int32 {
	order := make([]int32, c.n)
	for j := range order {
		order[j] = int32(j)
	}
	lean := func(j int32) float64 { // how much the relaxation wants the item
		switch {
		case s.pos[j] >= 0:
			return s.xb[s.pos[j]] - 0.5
		case s.up[j]:
			return 1 + s.d[j]
		}
		return -1 + s.d[j]
	}
	sort.SliceStable(order, func(a, b int) bool { return lean(order[a]) > lean(order[b]) })
	return order
}

// local is a choice under improvement.
type local struct {
	c     *core
	in    []bool
	sum   []int64
	value int64
	order []int32 // the items it may change, the most wanted first
	tries int
}

// repaired gives items their values in val where it is not -1 and mends the best
// choice around them: what is wanted least goes out until the rows hold, then what
// fits comes in. nil when that does not lead to a choice that keeps the rows.
func (t *tree) repaired(val []int8, order []int32) ([]bool, int64) {
	c := t.c
	if !c.packing || !t.found || len(order) == 0 {
		return nil, 0
	}
	l := &local{c: c, in: make([]bool, c.n), sum: make([]int64, len(c.rows))}
	for _, j := range order {
		want := t.best[j]
		if val[j] >= 0 {
			want = val[j] == 1
		} else {
			l.order = append(l.order, j)
		}
		if want {
			l.flip(j)
		}
	}
	for k := len(l.order) - 1; k >= 0 && l.over(); k-- {
		if j := l.order[k]; l.in[j] {
			l.flip(j)
		}
	}
	if l.over() {
		return nil, 0
	}
	l.exchange(20_000)
	return l.in, l.value
}

// over reports whether an upper limit is exceeded.
func (l *local) over() bool {
	for i := range l.c.rows {
		if l.sum[i] > l.c.rows[i].hi {
			return true
		}
	}
	return false
}

func (l *local) flip(j int32) {
	f := int64(1)
	if l.in[j] {
		f = -1
	}
	l.in[j] = !l.in[j]
	l.value += f * l.c.p[j]
	for _, e := range l.c.cols[j] {
		l.sum[e.row] += f * e.coef
	}
}

// fits reports whether all rows hold after flipping a and, unless negative, b and c.
func (l *local) fits(items ...int32) bool {
	l.tries++
	for _, j := range items {
		if j >= 0 {
			l.flip(j)
		}
	}
	ok := true
	for _, j := range items {
		if j < 0 || !ok {
			continue
		}
		for _, e := range l.c.cols[j] {
			r := &l.c.rows[e.row]
			if l.sum[e.row] > r.hi || l.sum[e.row] < r.lo {
				ok = false
				break
			}
		}
	}
	for _, j := range items {
		if j >= 0 {
			l.flip(j)
		}
	}
	return ok
}

// exchange takes one item out and one or two in, or two out and one in, while the
// value rises and tries last.
func (l *local) exchange(tries int) {
	for better := true; better && l.tries < tries; {
		better = false
		for _, a := range l.order {
			if !l.in[a] && l.c.p[a] > 0 && l.fits(a) {
				l.flip(a)
				better = true
			}
		}
		for _, a := range l.order {
			if l.tries >= tries {
				return
			}
			if l.in[a] && l.replace(a) {
				better = true
			}
		}
	}
}

func (l *local) replace(a int32) bool {
	p := l.c.p
	for _, b := range l.order {
		if l.in[b] {
			continue
		}
		if p[b] > p[a] && l.fits(a, b) {
			l.flip(a)
			l.flip(b)
			return true
		}
	}
	return false
}
