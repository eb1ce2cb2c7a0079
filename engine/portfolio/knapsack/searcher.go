package knapsack

// searcher works on nodes, one at a time. Each goroutine has its own.
type searcher struct {
	c *core
	r *relax
	state
	lo, hi []int64 // limits of the rows; those of row 0 differ from node to node

	// scratch
	rho, col  []float64
	fill      []int32 // where rho is not zero
	alpha     []float64
	cand      []candidate
	paid      []int32 // where prices are not zero
	prices    []int64 // π in whole numbers, as exactBound last used them
	reduced   []int64 // reduced values belonging to them
	total     int64   // bound over the open items, times 2^shift
	shift     uint
	moved     []float64 // change of the row sums by items flipped outside the basis
	touched   []bool
	queue     []int32
	frames    []frame
	depth     int
	bestValue int64
	best      []bool
	found     bool
	nodes     int
	pivots    int
	bound     int64 // proven at the present node
	fresh     bool  // bound belongs to the present prices
}

// frame is a node whose first child is being searched; its second child waits.
type frame struct {
	state
	bound int64
	item  int32
	v     int8 // the value of item in the child that waits
}

func newSearcher(c *core, r *relax) *searcher {
	n, m, rows := c.n, r.m, len(c.rows)
	s := &searcher{c: c, r: r, state: newState(n, m, rows),
		lo: make([]int64, rows), hi: make([]int64, rows),
		rho: make([]float64, m), col: make([]float64, m), alpha: make([]float64, n+m),
		prices: make([]int64, m), reduced: make([]int64, n), moved: make([]float64, m),
		touched: make([]bool, rows), best: make([]bool, n)}
	for i := range c.rows {
		s.lo[i], s.hi[i] = c.rows[i].lo, c.rows[i].hi
	}
	return s
}

// load makes the searcher stand at nd, ready to solve; false when nothing below
// nd keeps the rows.
func (s *searcher) load(nd *node) bool {
	unpack(nd.val, s.val)
	s.lo[0], s.hi[0] = int64(nd.countLo), int64(nd.countHi)
	s.gain = 0
	s.open = s.open[:0]
	for i := range s.c.rows {
		s.fix[i], s.least[i], s.most[i] = 0, 0, 0
		s.touched[i] = true
	}
	s.queue = s.queue[:0]
	for i := range s.c.rows {
		s.queue = append(s.queue, int32(i))
	}
	for j, v := range s.val {
		switch v {
		case -1:
			s.open = append(s.open, int32(j))
			for _, e := range s.c.cols[j] {
				if e.coef > 0 {
					s.most[e.row] += e.coef
				} else {
					s.least[e.row] += e.coef
				}
			}
		case 1:
			s.gain += s.c.p[j]
			for _, e := range s.c.cols[j] {
				s.fix[e.row] += e.coef
				s.least[e.row] += e.coef
				s.most[e.row] += e.coef
			}
		}
	}
	for i, b := range nd.basis {
		s.basis[i] = int32(b)
	}
	s.refactor()
	s.bound, s.fresh = nd.bound, false
	return s.propagate()
}

// set fixes an open item and keeps the row sums and the basis in step. An item
// outside the basis that stood at the other value moves; settle then corrects
// the basic variables.
func (s *searcher) set(j int32, v int8) {
	s.val[j] = v
	if v == 1 {
		s.gain += s.c.p[j]
	}
	for _, e := range s.c.cols[j] {
		if !s.touched[e.row] {
			s.touched[e.row] = true
			s.queue = append(s.queue, e.row)
		}
		switch {
		case v == 1 && e.coef > 0:
			s.least[e.row] += e.coef
		case v == 1:
			s.most[e.row] += e.coef
		case e.coef > 0:
			s.most[e.row] -= e.coef
		default:
			s.least[e.row] -= e.coef
		}
		if v == 1 {
			s.fix[e.row] += e.coef
		}
	}
	if s.pos[j] < 0 && s.up[j] != (v == 1) {
		s.shiftBy(j, v == 1)
		s.up[j] = v == 1
	}
}

// propagate fixes what the touched rows force; false when a row cannot be kept.
func (s *searcher) propagate() bool {
	for len(s.queue) > 0 {
		i := s.queue[len(s.queue)-1]
		s.queue = s.queue[:len(s.queue)-1]
		s.touched[i] = false
		lo, hi := s.lo[i], s.hi[i]
		if s.least[i] > hi || s.most[i] < lo {
			for _, k := range s.queue {
				s.touched[k] = false
			}
			s.queue = s.queue[:0]
			return false
		}
		if s.most[i] <= hi && (lo == NoLo || s.least[i] >= lo) {
			continue
		}
		row := &s.c.rows[i]
		if s.least[i]+row.big <= hi && (lo == NoLo || s.most[i]-row.big >= lo) {
			continue // room for any item, whatever its value
		}
		if row.dense != nil {
			for _, j := range s.open {
				if s.val[j] >= 0 || row.dense[j] == 0 {
					continue
				}
				if v := forced(row.dense[j], s.least[i], s.most[i], lo, hi); v >= 0 {
					s.set(j, v)
				}
			}
			continue
		}
		for k, j := range row.idx {
			if s.val[j] >= 0 {
				continue
			}
			if v := forced(row.coef[k], s.least[i], s.most[i], lo, hi); v >= 0 {
				s.set(j, v)
			}
		}
	}
	return true
}

// compact drops fixed items from the list of open ones.
func (s *searcher) compact() {
	k := 0
	for _, j := range s.open {
		if s.val[j] < 0 {
			s.open[k] = j
			k++
		}
	}
	s.open = s.open[:k]
}
