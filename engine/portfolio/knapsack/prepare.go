package knapsack

import "math"

// row is a row over the items still open: idx and coef in step, lo ≤ Σ ≤ hi.
// hi is always finite; lo may be NoLo.
type row struct {
	idx    []int32
	coef   []int64
	lo, hi int64
	lazy   bool
	origin int     // index in Problem.Rows, -1 for the count of items
	sign   int64   // -1 when the row was turned around to have a finite hi
	big    int64   // largest |coef|
	dense  []int64 // coefs by item, of rows that name most items
}

// entry is one row's coefficient in an item's column.
type entry struct {
	row  int32
	coef int64
}

// core is the problem with what is settled beforehand taken out: rows that
// cannot bind dropped, forced items fixed, values divided by their common factor.
// rows[0] counts the chosen items.
type core struct {
	problem Problem
	items   []int  // index in problem of each open item
	fixed   []bool // the choice for settled items
	base    int64  // value of the settled items chosen
	unit    int64  // common factor of the open items' values
	n       int
	p       []int64 // values over unit
	rows    []row
	cols    [][]entry
	packing bool // all rows but the count have coefs ≥ 0 and no lower limit
}

// prepare returns false when propagation alone shows that nothing keeps the rows.
func prepare(p Problem) (*core, bool) {
	rows := normalise(p)
	state := make([]int8, len(p.Value)) // -1 open
	for j := range state {
		state[j] = -1
	}
	if !propagateAll(rows, state) {
		return nil, false
	}
	c := &core{problem: p, fixed: make([]bool, len(p.Value)), unit: 1, packing: true,
		items: make([]int, 0, len(p.Value)), p: make([]int64, 0, len(p.Value))}
	at := make([]int32, len(p.Value))
	for j, v := range state {
		at[j] = -1
		switch v {
		case 1:
			c.fixed[j] = true
			c.base += p.Value[j]
		case -1:
			at[j] = int32(c.n)
			c.items = append(c.items, j)
			c.p = append(c.p, p.Value[j])
			c.n++
		}
	}
	c.unit = commonFactor(c.p)
	for j := range c.p {
		c.p[j] /= c.unit
	}
	count := row{lo: 0, hi: int64(c.n), origin: -1, sign: 1, idx: make([]int32, c.n), coef: make([]int64, c.n)}
	for j := range c.n {
		count.idx[j], count.coef[j] = int32(j), 1
	}
	c.rows = append(make([]row, 0, len(rows)+1), count)
	for _, r := range rows {
		open, binds := restrict(r, state, at)
		if !binds {
			continue
		}
		c.rows = append(c.rows, open)
		for _, a := range open.coef {
			c.packing = c.packing && a >= 0
		}
		c.packing = c.packing && open.lo == NoLo
	}
	c.cols = make([][]entry, c.n)
	many, all := make([]int, c.n), 0
	for i := range c.rows {
		for _, j := range c.rows[i].idx {
			many[j]++
		}
		all += len(c.rows[i].idx)
	}
	for j, entries := 0, make([]entry, all); j < c.n; j++ {
		c.cols[j], entries = entries[:0:many[j]], entries[many[j]:]
	}
	for i := range c.rows {
		r := &c.rows[i]
		if 2*len(r.idx) > c.n {
			r.dense = make([]int64, c.n)
		}
		for k, j := range r.idx {
			c.cols[j] = append(c.cols[j], entry{int32(i), r.coef[k]})
			r.big = max(r.big, abs(r.coef[k]))
			if r.dense != nil {
				r.dense[j] = r.coef[k]
			}
		}
	}
	return c, true
}

// normalise gives each row a finite upper limit and drops those without limits.
func normalise(p Problem) []row {
	out := make([]row, 0, len(p.Rows))
	for i, r := range p.Rows {
		n := row{lo: r.Lo, hi: r.Hi, lazy: r.Lazy, origin: i, sign: 1}
		if r.Hi == NoHi {
			if r.Lo == NoLo {
				continue
			}
			n.sign, n.hi, n.lo = -1, -r.Lo, NoLo
		}
		n.idx, n.coef = make([]int32, 0, len(r.Terms)), make([]int64, 0, len(r.Terms))
		for _, t := range r.Terms {
			if t.Coef != 0 {
				n.idx = append(n.idx, int32(t.Item))
				n.coef = append(n.coef, n.sign*t.Coef)
			}
		}
		out = append(out, n)
	}
	return out
}

// span is the least and the most a row can add up to under state.
func (r *row) span(state []int8) (least, most int64) {
	for k, j := range r.idx {
		a := r.coef[k]
		switch {
		case state[j] == 1:
			least += a
			most += a
		case state[j] == 0:
		case a > 0:
			most += a
		default:
			least += a
		}
	}
	return least, most
}

// propagateAll fixes what the rows force until nothing more follows.
func propagateAll(rows []row, state []int8) bool {
	for changed := true; changed; {
		changed = false
		for i := range rows {
			r := &rows[i]
			least, most := r.span(state)
			if least > r.hi || most < r.lo {
				return false
			}
			for k, j := range r.idx {
				if state[j] >= 0 {
					continue
				}
				if v := forced(r.coef[k], least, most, r.lo, r.hi); v >= 0 {
					if v == 1 && r.coef[k] > 0 || v == 0 && r.coef[k] < 0 {
						least += abs(r.coef[k])
					} else {
						most -= abs(r.coef[k])
					}
					if least > r.hi || most < r.lo {
						return false
					}
					state[j] = v
					changed = true
				}
			}
		}
	}
	return true
}

// forced says which value a row leaves to an open item with coefficient a: 0, 1,
// or -1 when both are possible.
func forced(a, least, most, lo, hi int64) int8 {
	if a > 0 {
		if least+a > hi {
			return 0
		}
		if lo != NoLo && most-a < lo {
			return 1
		}
		return -1
	}
	if least-a > hi {
		return 1
	}
	if lo != NoLo && most+a < lo {
		return 0
	}
	return -1
}

// restrict takes the settled items out of a row; false when it can no longer bind.
func restrict(r row, state []int8, at []int32) (row, bool) {
	least, most := r.span(state)
	if most <= r.hi && (r.lo == NoLo || least >= r.lo) {
		return row{}, false
	}
	out := row{lo: r.lo, hi: min(r.hi, most), lazy: r.lazy, origin: r.origin, sign: r.sign}
	if least >= r.lo {
		out.lo = NoLo
	}
	out.idx, out.coef = make([]int32, 0, len(r.idx)), make([]int64, 0, len(r.idx))
	for k, j := range r.idx {
		switch state[j] {
		case 1:
			out.hi -= r.coef[k]
			if out.lo != NoLo {
				out.lo -= r.coef[k]
			}
		case -1:
			out.idx = append(out.idx, at[j])
			out.coef = append(out.coef, r.coef[k])
		}
	}
	return out, true
}

func commonFactor(v []int64) int64 {
	var g int64
	for _, x := range v {
		for x = abs(x); x != 0; {
			g, x = x, g%x
		}
	}
	return max(g, 1)
}

func abs(x int64) int64 {
	if x < 0 {
		return -x
	}
	return x
}

// solution lifts a choice among the open items to the whole problem.
func (c *core) solution(x []bool) []bool {
	out := append([]bool(nil), c.fixed...)
	for j, v := range x {
		out[c.items[j]] = v
	}
	return out
}

// worth turns a value in units of the core into one of the problem.
func (c *core) worth(v int64) int64 { return c.base + v*c.unit }

// floorOf is the largest core value worth no more than value.
func (c *core) floorOf(value int64) int64 {
	d := value - c.base
	q := d / c.unit
	if d%c.unit != 0 && d < 0 {
		q--
	}
	return q
}

const nothing = math.MinInt64 / 4 // the value of having found no choice yet
