package schedule

import (
	"context"
	"math/rand/v2"
	"sort"
	"time"
)

// levelByCalendars levels a project whose tasks work by different calendars:
// tasks are placed one by one in civil time, each as early as its links and
// resources let it, in many orders around "least latest start first".
func (p *project) levelByCalendars(ctx context.Context, s *solution) []int64 {
	g := &calendarLeveller{p: p, free: s.free, rng: rand.New(rand.NewPCG(p.in.Seed, 0xca1))}
	rounds, budget := 400, p.in.WorkLimit
	if budget > 0 {
		rounds = int(min(budget, 1_000_000))
	}
	seconds := p.in.TimeLimit
	if seconds == 0 {
		seconds = 10
	}
	until := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	key := make([]int64, len(p.tasks))
	var best []int64
	finish, spread := int64(0), int64(1)
	for _, t := range p.leaves {
		spread = max(spread, t.work)
	}
	for round := 0; round < rounds; round++ {
		for _, t := range p.leaves {
			key[t.i] = s.free.ls[t.i] - int64(t.src.Priority)*spread
			if round > 0 {
				key[t.i] += g.rng.Int64N(4*spread) - 2*spread
			}
		}
		if pins, end := g.place(key); pins != nil && (best == nil || end < finish) {
			best, finish = pins, end
		}
		if best != nil && finish <= s.bound {
			break
		}
		if ctx.Err() != nil || time.Now().After(until) {
			s.cut = "time"
			break
		}
		if s.cut = "work"; round == rounds-1 {
			break
		}
	}
	s.proven = best != nil && finish <= s.bound
	return best
}

type calendarLeveller struct {
	p    *project
	free *dates
	rng  *rand.Rand
	held [][]holding // by resource, in order of placing
}

type holding struct{ from, to, amount int64 }

// place builds one schedule; nil when a maximal lag comes out broken.
func (g *calendarLeveller) place(key []int64) ([]int64, int64) {
	p := g.p
	g.held = make([][]holding, len(p.res))
	d := p.newDates()
	d.pinned = make([]int64, len(p.tasks))
	for i := range d.pinned {
		d.pinned[i] = none
	}
	for _, t := range p.leaves {
		if t.fixed || t.started && p.data == none {
			g.take(g.free, t)
		}
	}
	placed := make([]bool, len(p.tasks))
	for range p.leaves {
		t := g.next(placed, key)
		placed[t.i] = true
		d.es[t.i], d.ef[t.i], d.why[t.i] = p.place(d, t, t.work)
		if len(t.needs) == 0 || t.done || t.fixed || t.started && p.data == none {
			continue
		}
		for at := g.blocked(d, t); at != none; at = g.blocked(d, t) {
			d.pinned[t.i] = at
			d.es[t.i], d.ef[t.i], d.why[t.i] = p.place(d, t, t.work)
			if t.locked && d.es[t.i] > g.free.es[t.i] {
				return nil, 0
			}
		}
		g.take(d, t)
	}
	finish := none
	for _, t := range p.leaves {
		finish = max(finish, d.ef[t.i])
		for _, l := range t.in {
			if p.cyclic && !p.linkHolds(d, l) {
				return nil, 0
			}
		}
	}
	return d.pinned, finish
}

// next picks, of the tasks whose predecessors are placed, the one with the
// least key; in a loop, where none may be free, the least of all.
func (g *calendarLeveller) next(placed []bool, key []int64) *task {
	var best, any *task
	for _, t := range g.p.leaves {
		if placed[t.i] {
			continue
		}
		if any == nil || key[t.i] < key[any.i] {
			any = t
		}
		if best != nil && key[t.i] >= key[best.i] {
			continue
		}
		ready := true
		for _, l := range t.in {
			ready = ready && placed[l.pred.i]
		}
		if ready {
			best = t
		}
	}
	if best == nil {
		return any
	}
	return best
}

func (g *calendarLeveller) take(d *dates, t *task) {
	from, to := g.p.hold(d, t)
	for _, n := range t.needs {
		g.held[n.r] = append(g.held[n.r], holding{from, to, n.amount})
	}
}

// blocked is the next instant worth trying when the task does not fit where it
// stands, none when it fits.
func (g *calendarLeveller) blocked(d *dates, t *task) int64 {
	from, to := g.p.hold(d, t)
	for _, n := range t.needs {
		if at := g.p.res[n.r].crowded(g.held[n.r], from, to, n.amount); at != none {
			return at
		}
	}
	return none
}

// crowded finds whether amount more is too much somewhere in [from, to), and
// if so when the first holding there that is in the way ends.
func (r *resource) crowded(held []holding, from, to, amount int64) int64 {
	type change struct{ at, by int64 }
	var changes []change
	for _, h := range held {
		if h.from < to && from < h.to {
			changes = append(changes, change{max(h.from, from), h.amount}, change{h.to, -h.amount})
		}
	}
	for _, l := range r.limits {
		if l.from < to && from < l.to {
			changes = append(changes, change{max(l.from, from), r.capacity - l.capacity}, change{l.to, l.capacity - r.capacity})
		}
	}
	sort.Slice(changes, func(a, b int) bool {
		if changes[a].at != changes[b].at {
			return changes[a].at < changes[b].at
		}
		return changes[a].by < changes[b].by
	})
	used, over := int64(0), false
	for _, c := range changes {
		if used += c.by; c.at < to && used+amount > r.capacity {
			over = true
		}
		if over && c.by < 0 {
			return c.at
		}
	}
	return none
}
