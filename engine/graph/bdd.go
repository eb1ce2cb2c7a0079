package graph

// A diagram is an ordered binary decision diagram (Bryant, IEEE Trans.
// Computers C-35, 1986) of when things are down, over the nodes' own failures.
// Equal functions are the same number, so a cycle's fixpoint is seen at once.
type diagram struct {
	level    []int32 // of each vertex: the variable it asks for
	low      []int32 // vertex when that one works
	high     []int32 // vertex when it is down
	unique   map[[3]int32]int32
	done     map[[3]int32]int32 // results of or and and
	most     int
	overflow bool
}

// The two ends of every diagram.
const (
	up   int32 = 0
	down int32 = 1
)

const noLevel = 1 << 30

func newDiagram(most int) *diagram {
	return &diagram{
		level: []int32{noLevel, noLevel}, low: []int32{up, down}, high: []int32{up, down},
		unique: map[[3]int32]int32{}, done: map[[3]int32]int32{}, most: most,
	}
}

func (d *diagram) vertex(level, low, high int32) int32 {
	if low == high {
		return low
	}
	key := [3]int32{level, low, high}
	if v, ok := d.unique[key]; ok {
		return v
	}
	if len(d.level) >= d.most {
		d.overflow = true
		return up
	}
	v := int32(len(d.level))
	d.level, d.low, d.high = append(d.level, level), append(d.low, low), append(d.high, high)
	d.unique[key] = v
	return v
}

// combine is a or b (op 0), a and b (op 1). Its depth is the number of
// variables, which the caller bounds.
func (d *diagram) combine(op, a, b int32) int32 {
	neutral := up
	if op == 1 {
		neutral = down
	}
	switch {
	case d.overflow:
		return up
	case a == b || b == neutral:
		return a
	case a == neutral:
		return b
	case a <= 1 || b <= 1: // the other end decides
		return 1 - neutral
	}
	if a > b {
		a, b = b, a
	}
	key := [3]int32{op, a, b}
	if v, ok := d.done[key]; ok {
		return v
	}
	level := min(d.level[a], d.level[b])
	a0, a1, b0, b1 := a, a, b, b
	if d.level[a] == level {
		a0, a1 = d.low[a], d.high[a]
	}
	if d.level[b] == level {
		b0, b1 = d.low[b], d.high[b]
	}
	v := d.vertex(level, d.combine(op, a0, b0), d.combine(op, a1, b1))
	if len(d.done) < 4*d.most {
		d.done[key] = v
	}
	return v
}

func (d *diagram) or(a, b int32) int32  { return d.combine(0, a, b) }
func (d *diagram) and(a, b int32) int32 { return d.combine(1, a, b) }

// atLeast is true where at least j of list are.
func (d *diagram) atLeast(list []int32, j int) int32 {
	row := make([]int32, j+1) // row[c]: at least c of those looked at
	row[0] = down
	for i, f := range list {
		// With so few left to look at, lower counts cannot get to j any more.
		for c := min(j, i+1); c >= max(1, j-(len(list)-1-i)); c-- {
			row[c] = d.or(row[c], d.and(row[c-1], f))
			if d.overflow {
				return up
			}
		}
	}
	return row[j]
}

// chance is the probability of root when the variable of level l is down with
// probability q[l], and for each level the derivative of it with respect to
// q[l] (Birnbaum's importance). Vertices are numbered children first.
func (d *diagram) chance(root int32, q []float64) (p float64, birnbaum []float64) {
	value := make([]float64, root+1)
	if root >= 1 {
		value[down] = 1
	}
	for v := int32(2); v <= root; v++ {
		l := q[d.level[v]]
		value[v] = (1-l)*value[d.low[v]] + l*value[d.high[v]]
	}
	birnbaum = make([]float64, len(q))
	reach := make([]float64, root+1)
	reach[root] = 1
	for v := root; v >= 2; v-- {
		if reach[v] == 0 {
			continue
		}
		level := d.level[v]
		birnbaum[level] += reach[v] * (value[d.high[v]] - value[d.low[v]])
		reach[d.low[v]] += reach[v] * (1 - q[level])
		reach[d.high[v]] += reach[v] * q[level]
	}
	return value[root], birnbaum
}
