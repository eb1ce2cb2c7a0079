package rcpsp

import (
	"math/rand/v2"
	"sort"
)

// member is one schedule of the population with the list it came from.
type member struct {
	list   []int32
	start  []int32
	finish int
}

// genetic is a population of schedules improved by crossover, mutation and
// forward-backward justification (Valls, Ballestín, Quintanilla 2008; Debels,
// Vanhoucke 2007).
type genetic struct {
	in      *instance
	lists   *lister
	profile *profile
	rng     *rand.Rand
	clock   *clock
	people  []member
	best    member
	bound   int // no schedule is shorter: stop there
	idle    int // children since the best one improved or the population was renewed

	at      []int32 // scratch: a task's place in a list
	taken   []bool
	back    []int32
	rev     []int32
	weights []float64
	latest  []int32 // latest start by the critical path: the seed's priority
}

const (
	population = 40
	patience   = 1500 // children without a better schedule until renewal
)

func newGenetic(in *instance, c *clock, seed uint64, bound int) *genetic {
	g := &genetic{
		in: in, lists: newLister(in), profile: newProfile(in, in.horizon),
		rng: rand.New(rand.NewPCG(seed, 0x5eed)), clock: c, bound: bound,
		at: make([]int32, in.n), taken: make([]bool, in.n), back: make([]int32, in.n), rev: make([]int32, in.n),
		weights: make([]float64, in.n), latest: make([]int32, in.n),
	}
	longest := 0
	for i := range in.n {
		longest = max(longest, in.head[i]+in.tail[i])
	}
	for i := range in.n {
		g.latest[i] = int32(longest - in.tail[i])
	}
	g.best.finish = far
	return g
}

// first builds schedules by the classic rules: latest start, latest finish,
// most work behind, and the caller's hint.
func (g *genetic) first(hint []int) {
	rules := []func(i int32) int32{
		func(i int32) int32 { return g.latest[i] },
		func(i int32) int32 { return g.latest[i] + int32(g.in.Durations[i]) },
		func(i int32) int32 { return -int32(len(g.in.out[i])) },
		func(i int32) int32 { return int32(g.in.head[i]) },
	}
	if len(hint) == g.in.n {
		rank := make([]int32, g.in.n)
		for k, i := range hint {
			rank[i] = int32(k)
		}
		rules = append([]func(i int32) int32{func(i int32) int32 { return rank[i] }}, rules...)
	}
	for _, rule := range rules {
		list := make([]int32, g.in.n)
		g.lists.topological(rule, list, false)
		g.adopt(g.grow(list))
		if g.done() {
			return
		}
	}
}

func (g *genetic) done() bool { return g.best.finish <= g.bound || g.clock.cut != "" }

// run makes children until the work is spent, the bound is met or the clock says stop.
func (g *genetic) run(work int64) {
	until := g.clock.work + work
	for g.clock.work < until && !g.done() {
		if len(g.people) < population {
			g.adopt(g.grow(g.sample()))
			continue
		}
		if g.idle++; g.idle > patience {
			g.renew()
			continue
		}
		g.breed()
	}
}

// renew starts a new population that keeps nothing but the best.
func (g *genetic) renew() {
	g.idle, g.people = 0, append(g.people[:0], g.best)
}

// grow turns a list into a justified schedule.
func (g *genetic) grow(list []int32) member {
	m := member{list: list, start: make([]int32, g.in.n)}
	g.clock.spend(1)
	if m.finish = g.profile.forwardSerial(list, m.start); m.finish < 0 {
		m.finish = far
		return m
	}
	for {
		g.lists.byEnds(m.start, g.rev)
		if g.clock.spend(2); !g.profile.backwardSerial(g.rev, g.back, m.finish) {
			break
		}
		g.lists.byStarts(g.back, g.rev)
		finish := g.profile.forwardSerial(g.rev, g.back)
		if finish < 0 || finish > m.finish {
			break
		}
		better := finish < m.finish
		m.finish = finish
		copy(m.start, g.back)
		if !better || g.clock.cut != "" {
			break
		}
	}
	g.lists.byStarts(m.start, m.list)
	return m
}

// adopt puts a schedule into the population if it is new and good enough.
func (g *genetic) adopt(m member) bool {
	if m.finish < g.best.finish {
		g.best = member{append([]int32(nil), m.list...), append([]int32(nil), m.start...), m.finish}
		g.idle = 0
	}
	if m.finish == far {
		if len(g.people) < population {
			g.people = append(g.people, m)
		}
		return false
	}
	k := sort.Search(len(g.people), func(k int) bool { return g.people[k].finish > m.finish })
	for j := k - 1; j >= 0 && g.people[j].finish == m.finish; j-- {
		if same(g.people[j].start, m.start) {
			return false
		}
	}
	if len(g.people) >= population {
		if k == len(g.people) {
			return false
		}
		g.people = g.people[:len(g.people)-1]
	}
	g.people = append(g.people, member{})
	copy(g.people[k+1:], g.people[k:])
	g.people[k] = m
	return true
}

func same(a, b []int32) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// sample draws a list: of the tasks that may come next, one by how urgent its
// latest start makes it, with more or less chance from list to list.
func (g *genetic) sample() []int32 {
	in := g.in
	list := make([]int32, 0, in.n)
	waits := make([]int, in.n)
	var ready []int32
	for i := range in.n {
		if waits[i] = len(in.in[i]); waits[i] == 0 {
			ready = append(ready, int32(i))
		}
	}
	bias := 1 + 3*g.rng.Float64()
	for len(ready) > 0 {
		worst := int32(-1 << 30)
		for _, i := range ready {
			worst = max(worst, g.latest[i])
		}
		sum := 0.0
		for k, i := range ready {
			w := float64(worst-g.latest[i]) + 1
			w = powf(w, bias)
			g.weights[k] = w
			sum += w
		}
		x, k := g.rng.Float64()*sum, 0
		for ; k < len(ready)-1; k++ {
			if x -= g.weights[k]; x < 0 {
				break
			}
		}
		i := ready[k]
		ready[k] = ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		list = append(list, i)
		for _, a := range in.out[i] {
			if waits[a.to]--; waits[a.to] == 0 {
				ready = append(ready, int32(a.to))
			}
		}
	}
	return list
}

// powf is w to the power of bias for bias between 1 and 4, without the cost
// of math.Pow: between whole powers it mixes the two neighbours.
func powf(w, bias float64) float64 {
	low := w
	for bias >= 2 {
		low *= w
		bias--
	}
	return low*(2-bias) + low*w*(bias-1)
}

func (g *genetic) breed() {
	a, b := g.pick(), g.pick()
	if a == b {
		b = (a + 1 + g.rng.IntN(len(g.people)-1)) % len(g.people)
	}
	list := make([]int32, g.in.n)
	if g.rng.IntN(2) == 0 {
		g.twoPoint(&g.people[a], &g.people[b], list)
	} else {
		g.busiest(&g.people[a], &g.people[b], list)
	}
	g.mutate(list)
	g.adopt(g.grow(list))
}

// pick is a tournament of two.
func (g *genetic) pick() int { return min(g.rng.IntN(len(g.people)), g.rng.IntN(len(g.people))) }

// twoPoint takes the outer parts of the list from one parent and the order of
// the tasks between from the other (Hartmann 1998).
func (g *genetic) twoPoint(a, b *member, list []int32) {
	n := len(list)
	q1, q2 := g.rng.IntN(n+1), g.rng.IntN(n+1)
	if q1 > q2 {
		q1, q2 = q2, q1
	}
	clear(g.taken)
	k := 0
	for ; k < q1; k++ {
		list[k] = a.list[k]
		g.taken[list[k]] = true
	}
	for _, i := range b.list {
		if k == q2 {
			break
		}
		if !g.taken[i] {
			list[k], g.taken[i] = i, true
			k++
		}
	}
	for _, i := range a.list {
		if !g.taken[i] {
			list[k] = i
			k++
		}
	}
}

// busiest keeps together the stretch of one parent in which resources are
// used best, and orders the tasks before and after it as the other parent does.
func (g *genetic) busiest(a, b *member, list []int32) {
	n := len(list)
	length := n/4 + g.rng.IntN(n/2+1)
	from := g.rng.IntN(n - length + 1)
	best := -1.0
	for try := 0; try < 3; try++ {
		f := g.rng.IntN(n - length + 1)
		if u := g.use(a, f, f+length); u > best {
			best, from = u, f
		}
	}
	clear(g.taken)
	for _, i := range a.list[from : from+length] {
		g.taken[i] = true
	}
	for k, i := range a.list {
		g.at[i] = int32(k)
	}
	// Before the stretch come, in the other parent's order, the tasks that
	// parent a has before it; what it has after it follows likewise.
	k := 0
	for _, i := range b.list {
		if int(g.at[i]) < from {
			list[k] = i
			k++
		}
	}
	k += copy(list[k:], a.list[from:from+length])
	for _, i := range b.list {
		if int(g.at[i]) >= from+length {
			list[k] = i
			k++
		}
	}
}

// use is the work done on resources per unit of time by a stretch of a list.
func (g *genetic) use(m *member, from, to int) float64 {
	work, begin, end := 0.0, int32(1<<30), int32(0)
	for _, i := range m.list[from:to] {
		for r, a := range g.in.Needs[i] {
			if c := g.in.Capacity[r]; c > 0 {
				work += float64(a*g.in.Durations[i]) / float64(c)
			}
		}
		begin, end = min(begin, m.start[i]), max(end, m.start[i]+int32(g.in.Durations[i]))
	}
	return work / float64(max(end-begin, 1))
}

// mutate moves some tasks to another place their links allow.
func (g *genetic) mutate(list []int32) {
	n := len(list)
	if n < 3 {
		return
	}
	for moves := g.rng.IntN(3) + n/40; moves > 0; moves-- {
		k := g.rng.IntN(n)
		i := list[k]
		low, high := k, k
		for low > 0 && !g.linked(list[low-1], i) {
			low--
		}
		for high < n-1 && !g.linked(i, list[high+1]) {
			high++
		}
		to := low + g.rng.IntN(high-low+1)
		if to < k {
			copy(list[to+1:k+1], list[to:k])
		} else {
			copy(list[k:to], list[k+1:to+1])
		}
		list[to] = i
	}
}

func (g *genetic) linked(i, j int32) bool {
	for _, a := range g.in.out[i] {
		if a.to == int(j) {
			return true
		}
	}
	return false
}
