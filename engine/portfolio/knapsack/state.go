package knapsack

// state is one node of the tree as a searcher works on it: what is fixed, what
// that leaves of each row, and the basis of the relaxation. Variables 0…n-1 are
// items, n…n+m-1 the slacks of the relaxation's rows.
type state struct {
	val   []int8  // of each item: 0, 1, or -1 open
	open  []int32 // items that may be open; filtered when read
	fix   []int64 // of each row: what the items fixed at 1 add up to
	least []int64 // of each row: the least it can still add up to
	most  []int64 // and the most
	gain  int64   // value of the items fixed at 1

	basis []int32   // variable in each row's place
	pos   []int32   // place of each variable, -1 when not in the basis
	up    []bool    // a variable out of the basis stands at its upper limit
	binv  []float64 // inverse of the basis, row by row
	xb    []float64 // values of the basic variables
	pi    []float64 // prices, scaled
	d     []float64 // reduced values of open items
}

func newState(n, m, rows int) state {
	whole, small, float := make([]int64, 3*rows), make([]int32, 2*n+2*m), make([]float64, m*m+2*m+n)
	take := func(k int) (part []float64) {
		part, float = float[:k:k], float[k:]
		return part
	}
	return state{
		val: make([]int8, n), open: small[:0:n],
		fix: whole[:rows:rows], least: whole[rows : 2*rows : 2*rows], most: whole[2*rows:],
		basis: small[n : n+m : n+m], pos: small[n+m:], up: make([]bool, n+m),
		binv: take(m * m), xb: take(m), pi: take(m), d: take(n),
	}
}

// copyFrom makes s equal to o, which has the same shape.
func (s *state) copyFrom(o *state) {
	copy(s.val, o.val)
	s.open = append(s.open[:0], o.open...)
	copy(s.fix, o.fix)
	copy(s.least, o.least)
	copy(s.most, o.most)
	s.gain = o.gain
	copy(s.basis, o.basis)
	copy(s.pos, o.pos)
	copy(s.up, o.up)
	copy(s.binv, o.binv)
	copy(s.xb, o.xb)
	copy(s.pi, o.pi)
	copy(s.d, o.d)
}

// node is an open node between rounds: small, since there may be many.
type node struct {
	val     []byte // two bits an item: 0, 1, or 3 for open
	basis   []int32
	bound   int64 // no choice below it is worth more
	countLo int32 // limits of the number of items chosen
	countHi int32
	seq     int64 // order of creation: breaks ties the same way each time
}

func pack(val []int8) []byte {
	b := make([]byte, (len(val)+3)/4)
	for j, v := range val {
		b[j/4] |= byte(v&3) << (j % 4 * 2)
	}
	return b
}

func unpack(b []byte, val []int8) {
	for j := range val {
		v := int8(b[j/4] >> (j % 4 * 2) & 3)
		if v == 3 {
			v = -1
		}
		val[j] = v
	}
}
