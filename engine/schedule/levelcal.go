package schedule

import (
	"context"
	"math/rand/v2"
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
		over := func() bool { return best != nil && (ctx.Err() != nil || time.Now().After(until)) }
		if pins, end := g.place(key, over); pins != nil && (best == nil || end < finish) {
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
	held []*timeline // by resource, with what is missing of it
}

// place builds one schedule; nil when a maximal lag comes out broken, or when
// over says to stop.
func (g *calendarLeveller) place(key []int64, over func() bool) ([]int64, int64) {
	p := g.p
	g.held = make([]*timeline, len(p.res))
	for r, res := range p.res {
		g.held[r] = newTimeline()
		for _, l := range res.limits {
			g.held[r].add(l.from, l.to, res.capacity-l.capacity)
		}
	}
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
	line := newQueue(p, key)
	for k := range p.leaves {
		if k%256 == 255 && over() {
			return nil, 0
		}
		t := line.next()
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

func (g *calendarLeveller) take(d *dates, t *task) {
	from, to := g.p.hold(d, t)
	for _, n := range t.needs {
		g.held[n.r].add(from, to, n.amount)
	}
}

// blocked is the next instant worth trying when the task does not fit where it
// stands, none when it fits.
func (g *calendarLeveller) blocked(d *dates, t *task) int64 {
	from, to := g.p.hold(d, t)
	for _, n := range t.needs {
		if at := g.held[n.r].crowded(from, to, g.p.res[n.r].capacity-n.amount); at != none {
			return at
		}
	}
	return none
}
