package knapsack

// root solves the relaxation, taking in lazy rows that its solution breaks.
func (t *tree) root() (node, *searcher) {
	c := t.c
	var in []int
	for i := range c.rows {
		if !c.rows[i].lazy && len(in) < maxLPRows {
			in = append(in, i)
		}
	}
	for {
		t.r = newRelax(c, in)
		s := newSearcher(c, t.r)
		nd := node{val: make([]byte, (c.n+3)/4), countHi: int32(c.n), bound: int64(maxBound)}
		for i := range nd.val {
			nd.val[i] = 0xff
		}
		for i := range t.r.m {
			nd.basis = append(nd.basis, int32(c.n+i))
		}
		t.nodes++
		if !s.load(&nd) || s.solve(t.value) == cut {
			nd.bound = t.value
			return nd, s
		}
		nd.bound = s.exactBound()
		nd.basis = savedBasis(s.basis)
		more := c.broken(s, in)
		if len(more) == 0 || t.halted() {
			return nd, s
		}
		in = append(in, more...)
	}
}

const maxBound int = 1 << 60

// broken lists rows outside the relaxation that its solution breaks.
func (c *core) broken(s *searcher, in []int) []int {
	inside := make([]bool, len(c.rows))
	for _, i := range in {
		inside[i] = true
	}
	var out []int
	for i := range c.rows {
		if inside[i] || len(in)+len(out) >= maxLPRows {
			continue
		}
		r := &c.rows[i]
		sum, size := 0.0, 1.0
		for k, j := range r.idx {
			x := 0.0
			switch {
			case s.pos[j] >= 0:
				x = s.xb[s.pos[j]]
			case s.up[j]:
				x = 1
			}
			sum += float64(r.coef[k]) * x
			size = max(size, float64(abs(r.coef[k])))
		}
		if sum > float64(r.hi)+1e-6*size || r.lo != NoLo && sum < float64(r.lo)-1e-6*size {
			out = append(out, i)
		}
	}
	return out
}

// split divides the root by the number of items chosen: below the root's own
// number, above it, and so on while the bound beats what is known.
func (t *tree) split(s *searcher, root node) {
	const most = 12
	load := func(lo, hi int64) (node, float64, bool) {
		nd := root
		nd.countLo, nd.countHi = int32(lo), int32(hi)
		t.nodes++
		if t.halted() {
			return nd, 0, true // as it is
		}
		if lo > hi || !s.load(&nd) || s.solve(t.value) == cut {
			return nd, 0, false
		}
		nd.bound = min(nd.bound, s.exactBound())
		nd.basis = savedBasis(s.basis)
		return nd, s.count(), nd.bound > t.value
	}
	n := int64(t.c.n)
	_, count, ok := load(0, n)
	if !ok {
		return
	}
	mid := int64(count + whole)
	for k, lo := 0, mid+1; ; k, lo = k+1, lo+1 { // upwards
		all, _, ok := load(lo, n)
		if !ok {
			break
		}
		if k == most {
			t.add(all)
			break
		}
		if one, _, ok := load(lo, lo); ok {
			t.add(one)
		}
	}
	for k, hi := 0, mid; ; k, hi = k+1, hi-1 { // downwards
		all, _, ok := load(0, hi)
		if !ok {
			break
		}
		if k == most {
			t.add(all)
			break
		}
		if one, _, ok := load(hi, hi); ok {
			t.add(one)
		}
	}
}

// count is how many items the relaxation's solution chooses.
func (s *searcher) count() float64 {
	sum := 0.0
	for j := range s.c.n {
		switch {
		case s.pos[j] >= 0:
			sum += s.xb[s.pos[j]]
		case s.up[j]:
			sum++
		}
	}
	return sum
}

// prices turns the relaxation's scaled prices into those of the problem's rows.
func (c *core) prices(s *searcher) []float64 {
	out := make([]float64, len(c.problem.Rows))
	for i, ri := range s.r.in {
		if r := &c.rows[ri]; r.origin >= 0 {
			out[r.origin] = float64(r.sign) * s.pi[i] * s.r.pScale / s.r.rowScale[i] * float64(c.unit)
		}
	}
	return out
}
