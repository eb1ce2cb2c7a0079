package rcpsp

import "fmt"

const far = 1 << 40

// instance is a problem made ready: arcs by task, heads and tails, packed needs.
type instance struct {
	*Problem
	n        int
	out, in  [][]arc
	head     []int // earliest start by arcs and releases
	tail     []int // from a task's start to the end of the project, at least
	latest   []int // latest start by arcs and deadlines, far for none
	cyclic   bool
	order    []int // topological order, when not cyclic
	pack     packing
	need     [][]uint64 // packed; nil for a task without needs
	capWords []uint64
	horizon  int     // every schedule worth having ends by then
	between  [][]int // between[i][j]: S_j ≥ S_i + that; nil when too large to keep
}

type arc struct {
	to     int
	weight int
}

// prepare checks a problem and computes what every method needs. A result
// comes back when the problem is decided already.
func prepare(p *Problem) (*instance, *Result, error) {
	if err := p.validate(); err != nil {
		return nil, nil, err
	}
	in := &instance{Problem: p, n: len(p.Durations)}
	for i, needs := range p.Needs {
		for r, a := range needs {
			if a > p.Capacity[r] && p.Durations[i] > 0 {
				return nil, &Result{Infeasible: fmt.Sprintf("task %d needs %d of resource %d, which has %d", i, a, r, p.Capacity[r]), Proven: true}, nil
			}
		}
	}
	in.arcs()
	if loop := in.heads(); loop != nil {
		return nil, &Result{Infeasible: "a loop of arcs", Loop: loop, Proven: true}, nil
	}
	in.tails()
	for i := range in.head {
		if in.head[i] > in.latest[i] {
			return nil, &Result{Infeasible: fmt.Sprintf("task %d cannot start before %d, and must by %d", i, in.head[i], in.latest[i]), Proven: true}, nil
		}
	}
	if !in.packNeeds() {
		return nil, nil, fmt.Errorf("rcpsp: an amount is too large")
	}
	in.setHorizon()
	in.distances()
	return in, nil, nil
}

func (in *instance) arcs() {
	in.out, in.in = make([][]arc, in.n), make([][]arc, in.n)
	best := map[[2]int]int{}
	var keys [][2]int
	for _, a := range in.Arcs {
		k := [2]int{a.From, a.To}
		w, ok := best[k]
		if !ok {
			keys = append(keys, k)
		}
		if !ok || a.Weight > w {
			best[k] = a.Weight
		}
	}
	for _, k := range keys {
		in.out[k[0]] = append(in.out[k[0]], arc{k[1], best[k]})
		in.in[k[1]] = append(in.in[k[1]], arc{k[0], best[k]})
	}
	waits := make([]int, in.n)
	for i := range waits {
		waits[i] = len(in.in[i])
	}
	for i, w := range waits {
		if w == 0 {
			in.order = append(in.order, i)
		}
	}
	for k := 0; k < len(in.order); k++ {
		for _, a := range in.out[in.order[k]] {
			if waits[a.to]--; waits[a.to] == 0 {
				in.order = append(in.order, a.to)
			}
		}
	}
	in.cyclic = len(in.order) < in.n
}

// heads finds earliest starts by labels that only grow; a label that still
// grows after n rounds lies behind a loop of positive length, which it returns.
func (in *instance) heads() []int {
	in.head = make([]int, in.n)
	copy(in.head, in.Release)
	for i := range in.head {
		in.head[i] = max(in.head[i], 0)
	}
	by := make([]int, in.n)
	for i := range by {
		by[i] = -1
	}
	for round := 0; ; round++ {
		grown := -1
		for k := 0; k < in.n; k++ {
			i := k
			if !in.cyclic {
				i = in.order[k]
			}
			for _, a := range in.out[i] {
				if h := in.head[i] + a.weight; h > in.head[a.to] {
					in.head[a.to], by[a.to], grown = h, i, a.to
				}
			}
		}
		if grown < 0 || !in.cyclic {
			return nil
		}
		if round > in.n {
			return loopBehind(by, grown)
		}
	}
}

func loopBehind(by []int, at int) []int {
	for range by {
		at = by[at]
	}
	loop := []int{at}
	for i := by[at]; i != at; i = by[i] {
		loop = append(loop, i)
	}
	for i, j := 0, len(loop)-1; i < j; i, j = i+1, j-1 {
		loop[i], loop[j] = loop[j], loop[i]
	}
	return loop
}

func (in *instance) tails() {
	in.tail, in.latest = make([]int, in.n), make([]int, in.n)
	for i := range in.tail {
		in.tail[i], in.latest[i] = in.Durations[i], far
		if in.Latest != nil && in.Latest[i] >= 0 {
			in.latest[i] = in.Latest[i]
		}
	}
	for changed := true; changed; {
		changed = false
		for k := in.n - 1; k >= 0; k-- {
			i := k
			if !in.cyclic {
				i = in.order[k]
			}
			for _, a := range in.out[i] {
				if t := in.tail[a.to] + a.weight; t > in.tail[i] {
					in.tail[i], changed = t, true
				}
				if l := in.latest[a.to] - a.weight; in.latest[a.to] < far && l < in.latest[i] {
					in.latest[i], changed = l, true
				}
			}
		}
		if !in.cyclic {
			break
		}
	}
}

func (in *instance) packNeeds() bool {
	most := 1
	for r, c := range in.Capacity {
		sum := c
		for i := range in.Needs {
			sum += in.Needs[i][r]
		}
		for _, b := range in.Blocks {
			if b.Resource == r {
				sum += b.Amount
			}
		}
		most = max(most, sum)
	}
	var ok bool
	if in.pack, ok = newPacking(len(in.Capacity), most); !ok {
		return false
	}
	in.capWords = make([]uint64, in.pack.words)
	in.pack.pack(in.Capacity, in.capWords)
	in.need = make([][]uint64, in.n)
	for i := range in.need {
		sum := 0
		for _, a := range in.Needs[i] {
			sum += a
		}
		if sum > 0 && in.Durations[i] > 0 {
			in.need[i] = make([]uint64, in.pack.words)
			in.pack.pack(in.Needs[i], in.need[i])
		}
	}
	return true
}

// setHorizon bounds when the last task ends if tasks run one after another
// with their longest lags between them, after the last release and block.
func (in *instance) setHorizon() {
	last, sum := 0, 0
	for i, d := range in.Durations {
		last = max(last, in.head[i])
		longest := d
		for _, a := range in.out[i] {
			longest = max(longest, a.weight)
		}
		sum += longest
	}
	for _, b := range in.Blocks {
		if b.Amount > 0 {
			last = max(last, b.To)
		}
	}
	in.horizon = last + sum
}

// distances keeps the longest path between any two tasks.
func (in *instance) distances() {
	if in.n > 400 {
		return
	}
	in.between = make([][]int, in.n)
	for i := range in.between {
		in.between[i] = make([]int, in.n)
		for j := range in.between[i] {
			in.between[i][j] = -far
		}
		in.between[i][i] = 0
		for _, a := range in.out[i] {
			in.between[i][a.to] = max(in.between[i][a.to], a.weight)
		}
	}
	for k := range in.n {
		for i := range in.n {
			ik := in.between[i][k]
			if ik == -far {
				continue
			}
			row, via := in.between[i], in.between[k]
			for j, kj := range via {
				if kj > -far && ik+kj > row[j] {
					row[j] = ik + kj
				}
			}
		}
	}
}
