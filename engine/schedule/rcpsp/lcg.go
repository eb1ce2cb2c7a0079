package rcpsp

import "slices"

// literal says that a bound has reached a value: b[2i] is the earliest start
// of task i and b[2i+1] the negative of its latest, so both only grow.
// Its negation is {p^1, 1-v}.
type literal struct{ p, v int32 }

// event is one growth of a bound with its reason.
type event struct {
	p, old, new int32
	prev        int32 // the event before of the same bound, -1
	level       int32
	kind        reasonKind
	a, c        int32 // what the kind says
}

type reasonKind uint8

const (
	decided   reasonKind = iota // a decision, or a fact at level 0
	byArc                       // bound a plus c
	byClause                    // clause a
	byPackage                   // literals a to c of the arena
	byCrowd                     // no room at moment a
)

// lcg is a lazy clause generation search (Ohrimenko, Stuckey, Codish 2009;
// Schutt, Feydy, Stuckey, Wallace 2011): start times under precedence and
// cumulative propagation that explains itself, conflicts analysed into
// clauses over bounds, activity-based decisions, restarts.
type lcg struct {
	in      *instance
	end     int // every task ends by then in this search
	b, b0   []int32
	last    []int32
	trail   []event
	limits  []int32 // trail length at each decision
	arena   []literal
	marks   []int32 // arena length at each decision
	next    int     // first event not propagated
	dead    bool    // nothing exists within end
	arcs    [][]arcTo
	pairs   [][]pair
	users   [][]int32
	loaded  []int32 // tasks that need anything
	used    []uint64
	low     int32 // dirty part of the profile
	high    int32
	touched []bool
	fail    []literal // why the last propagation failed

	db      []*clause
	watches [][][]watch
	order   activityHeap
	phase   []int32 // starts to steer by, nil for none
	rule    bool    // this restart decides by the earliest start, not by activity
	grow    float64

	need   []int32 // analysis: least value wanted of each bound
	wanted []bool
	found  []int32 // bounds wanted
	keepDB int
	luby   int64
	left   int64 // conflicts until the next restart
}

type arcTo struct{ p, w int32 }

// pair is a task that cannot run beside this one.
type pair struct{ task int32 }

type clause struct {
	lits []literal
	lbd  int32
	act  float64
}

type watch struct {
	c       int32
	blocker literal
}

// newLCG sets up a search for a schedule that ends by end.
func newLCG(in *instance, end int) *lcg {
	n := in.n
	s := &lcg{
		in: in, end: end, b: make([]int32, 2*n), b0: make([]int32, 2*n), last: make([]int32, 2*n),
		arcs: make([][]arcTo, 2*n), pairs: make([][]pair, n), users: make([][]int32, len(in.Capacity)),
		touched: make([]bool, n), need: make([]int32, 2*n), wanted: make([]bool, 2*n), watches: make([][][]watch, 2*n),
		grow: 1, keepDB: 4000, low: 0, high: int32(end),
	}
	for i := range n {
		late := min(in.latest[i], end-in.tail[i])
		s.b[2*i], s.b[2*i+1] = int32(in.head[i]), int32(-late)
		if in.head[i] > late {
			s.dead = true
			return s
		}
		s.last[2*i], s.last[2*i+1] = -1, -1
		s.touched[i] = true
		for _, a := range in.out[i] {
			s.arcs[2*i] = append(s.arcs[2*i], arcTo{int32(2 * a.to), int32(a.weight)})
			s.arcs[2*a.to+1] = append(s.arcs[2*a.to+1], arcTo{int32(2*i + 1), int32(a.weight)})
		}
		if in.need[i] != nil {
			s.loaded = append(s.loaded, int32(i))
			for r, a := range in.Needs[i] {
				if a > 0 {
					s.users[r] = append(s.users[r], int32(i))
				}
			}
		}
	}
	copy(s.b0, s.b)
	s.findPairs()
	s.order.init(s)
	for p := range s.watches {
		s.watches[p] = make([][]watch, -s.b0[p^1]-s.b0[p]+1)
	}
	s.fillProfile()
	if !s.dead && !s.propagate() {
		s.dead = true
	}
	return s
}

// findPairs lists the tasks that exclude each other by a resource and whose
// order no arc decides.
func (s *lcg) findPairs() {
	in := s.in
	for x, i := range s.loaded {
		for _, j := range s.loaded[x+1:] {
			if in.between != nil && (in.between[i][j] >= in.Durations[i] || in.between[j][i] >= in.Durations[j]) {
				continue
			}
			for r, c := range in.Capacity {
				if in.Needs[i][r]+in.Needs[j][r] > c {
					s.pairs[i] = append(s.pairs[i], pair{j})
					s.pairs[j] = append(s.pairs[j], pair{i})
					break
				}
			}
		}
	}
}

func (s *lcg) fillProfile() {
	w := s.in.pack.words
	s.used = make([]uint64, (s.end+1)*w)
	for _, b := range s.in.Blocks {
		amount := min(b.Amount, s.in.Capacity[b.Resource])
		for t := b.From; t < b.To && t < s.end; t++ {
			k, shift := t*w+b.Resource/s.in.pack.per, uint(b.Resource%s.in.pack.per)*s.in.pack.lane
			have := int(s.used[k] >> shift & (1<<(s.in.pack.lane-1) - 1))
			s.used[k] += uint64(min(amount, s.in.Capacity[b.Resource]-have)) << shift
		}
	}
	for _, i := range s.loaded {
		lb, ub, d := s.b[2*i], -s.b[2*i+1], int32(s.in.Durations[i])
		for t := ub; t < lb+d; t++ {
			if !s.load(int(i), t, 1) {
				s.dead = true
			}
		}
	}
}

// load adds (sign 1) or removes (-1) a task's needs at a moment and reports
// whether capacity still suffices.
func (s *lcg) load(i int, t int32, sign int) bool {
	need, ok := s.in.need[i], true
	at := int(t) * len(need)
	for k, w := range need {
		if sign > 0 {
			s.used[at+k] += w
			if ((s.in.capWords[k]|s.in.pack.guard)-s.used[at+k])&s.in.pack.guard != s.in.pack.guard {
				ok = false
			}
		} else {
			s.used[at+k] -= w
		}
	}
	return ok
}

// mandatory is the stretch that an event adds to what a task surely occupies.
func (s *lcg) mandatory(p, old, now int32) (from, to int32) {
	d := int32(s.in.Durations[p>>1])
	if p&1 == 0 {
		ub := -s.b[p^1]
		return max(ub, old+d), now + d
	}
	lb := s.b[p^1]
	return -now, min(-old, lb+d)
}

func (s *lcg) level() int32 { return int32(len(s.limits)) }

func (s *lcg) holds(l literal) bool { return s.b[l.p] >= l.v }

// set makes a literal true. On conflict it returns false and leaves in fail
// literals that cannot hold together.
func (s *lcg) set(p, v int32, kind reasonKind, a, c int32) bool {
	old := s.b[p]
	if old >= v {
		return true
	}
	if v+s.b[p^1] > 0 {
		s.fail = s.reason(s.fail[:0], event{p: p, new: v, kind: kind, a: a, c: c}, v, int32(len(s.trail)))
		s.fail = append(s.fail, literal{p ^ 1, 1 - v})
		return false
	}
	s.trail = append(s.trail, event{p, old, v, s.last[p], s.level(), kind, a, c})
	s.last[p] = int32(len(s.trail) - 1)
	i := int(p >> 1)
	s.touched[i] = true
	over := int32(-1)
	if s.in.need[i] != nil {
		from, to := s.mandatory(p, old, v)
		s.b[p] = v
		if from < to {
			s.low, s.high = min(s.low, from), max(s.high, to)
			for t := from; t < to; t++ {
				if !s.load(i, t, 1) {
					over = t
				}
			}
		}
	}
	s.b[p] = v
	if over >= 0 {
		s.fail = s.overload(s.fail[:0], over)
		return false
	}
	return true
}

// backtrack undoes every event above a level.
func (s *lcg) backtrack(level int32) {
	if s.level() <= level {
		return
	}
	to := s.limits[level]
	for k := len(s.trail) - 1; k >= int(to); k-- {
		e := &s.trail[k]
		i := int(e.p >> 1)
		s.b[e.p] = e.old
		if s.in.need[i] != nil {
			from, end := s.mandatory(e.p, e.old, e.new)
			for t := from; t < end; t++ {
				s.load(i, t, -1)
			}
		}
		s.last[e.p] = e.prev
		s.order.free(e.p, e.old, e.new)
	}
	s.trail = s.trail[:to]
	s.arena = s.arena[:s.marks[level]]
	s.limits, s.marks = s.limits[:level], s.marks[:level]
	s.next = int(to)
	s.low, s.high = 1<<30, -1
	clear(s.touched)
}

func (s *lcg) decide(l literal) bool {
	s.limits = append(s.limits, int32(len(s.trail)))
	s.marks = append(s.marks, int32(len(s.arena)))
	return s.set(l.p, l.v, decided, 0, 0)
}

// tighten asks for schedules that end by end, at level 0.
func (s *lcg) tighten(end int) {
	s.backtrack(0)
	for i := range s.in.n {
		if !s.set(int32(2*i+1), int32(s.in.tail[i]-end), decided, 0, 0) {
			s.dead = true
			return
		}
	}
	if !s.propagate() {
		s.dead = true
	}
}

// add stores a learned clause whose first two literals are watched.
func (s *lcg) add(lits []literal, lbd int32) int32 {
	c := &clause{lits: slices.Clone(lits), lbd: lbd, act: s.grow}
	s.db = append(s.db, c)
	id := int32(len(s.db) - 1)
	s.watch(lits[0], watch{id, lits[1]})
	s.watch(lits[1], watch{id, lits[0]})
	return id
}

func (s *lcg) watch(l literal, w watch) {
	at := &s.watches[l.p][l.v-s.b0[l.p]]
	*at = append(*at, w)
}

// forget drops the half of the clauses that has helped least. It runs at
// level 0, where no clause is a reason that analysis could still ask for.
func (s *lcg) forget() {
	if len(s.db) < s.keepDB {
		return
	}
	s.keepDB += s.keepDB / 20
	slices.SortStableFunc(s.db, func(a, b *clause) int {
		if (a.lbd <= 3) != (b.lbd <= 3) {
			if a.lbd <= 3 {
				return -1
			}
			return 1
		}
		switch {
		case a.act > b.act:
			return -1
		case a.act < b.act:
			return 1
		}
		return 0
	})
	s.db = s.db[:len(s.db)/2]
	for p := range s.watches {
		for v := range s.watches[p] {
			s.watches[p][v] = s.watches[p][v][:0]
		}
	}
	kept := s.db[:0]
	for _, c := range s.db {
		if s.unsettled(c) {
			kept = append(kept, c)
			id := int32(len(kept) - 1)
			s.watch(c.lits[0], watch{id, c.lits[1]})
			s.watch(c.lits[1], watch{id, c.lits[0]})
		}
	}
	s.db = kept
}

// unsettled brings two literals of a clause that do not hold at level 0 to
// the front; false when the clause can never do anything more.
func (s *lcg) unsettled(c *clause) bool {
	front := 0
	for k, l := range c.lits {
		if s.holds(literal{l.p ^ 1, 1 - l.v}) {
			return false
		}
		if front < 2 && !s.holds(l) {
			c.lits[front], c.lits[k] = c.lits[k], c.lits[front]
			front++
		}
	}
	return front == 2
}
