package knapsack

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
)

const (
	varyFrom  = 1400 // items × rows from which choices are varied: below, the tree is as fast
	varyAfter = 4000 // nodes of the tree before: many problems of this size are proven by then
	varyNodes = 600  // nodes for each variation
	varyIdle  = 6    // rounds without a better choice after which they become rare
	varyMost  = 40   // rounds after which they do in any case
	varyEvery = 40   // rounds of the tree between two of variations
	varyOpen  = 36   // items left open at first
	varyLeast = 12   // and at least
)

// varier looks for better choices near the best one known: most items keep their
// place, and the search decides on the rest, drawn anew each time with preference for
// those the relaxation is least sure of (relaxation induced neighbourhoods: Danna,
// Rothberg and Le Pape, Mathematical Programming 102, 2005). Like narrow it proves nothing.
type varier struct {
	root  node
	doubt []float64 // of each item, |reduced value| in the root's relaxation
	rng   *rand.Rand
	size  float64 // items left open: as many as can be decided within varyNodes

	rounds, idle, nodes int // rounds so far, those since a better choice was found, and their nodes
}

// varier is nil when variations would not pay.
func (t *tree) varier(root node) *varier {
	s := t.workers[0]
	if t.c.n*t.r.m < varyFrom || !s.load(&root) || s.solve(nothing) != optimal {
		return nil
	}
	v := &varier{root: root, size: varyOpen, rng: rand.New(rand.NewPCG(1, 1)), doubt: make([]float64, t.c.n)}
	mean := 0.0
	for j := range v.doubt {
		if s.pos[j] < 0 {
			v.doubt[j] = math.Abs(s.d[j])
			mean += v.doubt[j] / float64(t.c.n)
		}
	}
	for j := range v.doubt {
		v.doubt[j] += mean / 8 // so that chance decides among the least sure
	}
	return v
}

// vary tries one round of variations and reports whether a better choice was found.
func (t *tree) vary(v *varier) bool {
	if v == nil || !t.found {
		return false
	}
	before := t.value
	var jobs []job
	for range roundSize {
		key := make([]float64, t.c.n)
		order := make([]int32, t.c.n)
		for j := range key {
			order[j] = int32(j)
			key[j] = v.doubt[j] * v.rng.Float64()
		}
		sort.SliceStable(order, func(a, b int) bool { return key[order[a]] < key[order[b]] })
		val := make([]int8, t.c.n)
		for j, in := range t.best {
			if in {
				val[j] = 1
			}
		}
		for _, j := range order[:min(int(v.size), len(order))] {
			val[j] = -1
		}
		nd := v.root
		nd.val, nd.basis = pack(val), slices.Clone(v.root.basis)
		jobs = append(jobs, job{nd: nd})
	}
	t.do(jobs, varyNodes)
	undecided := 0
	for k := range jobs {
		if len(jobs[k].left) > 0 {
			undecided++
		}
	}
	if undecided > len(jobs)/3 {
		v.size = max(v.size*0.87, varyLeast)
	} else {
		v.size *= 1.1
	}
	t.prune()
	return t.value > before
}

// varySometimes varies until that no longer helps, for no more nodes than the tree
// takes, and from then on now and again.
func (t *tree) varySometimes(v *varier, rounds int) {
	if v == nil || len(t.open) == 0 || t.halted() {
		return
	}
	settled := v.rounds >= varyMost || v.idle >= varyIdle
	if settled && rounds%varyEvery != 0 || !settled && 2*v.nodes > t.nodes {
		return
	}
	before := t.nodes
	v.rounds++
	if v.idle++; t.vary(v) {
		v.idle = 0
	}
	v.nodes += t.nodes - before
}
