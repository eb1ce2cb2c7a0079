package schedule

import (
	"sort"
)

// handOver adds links from tasks that give up a resource to those that take
// it over, so that each task's float is what it may slip in this schedule
// without any resource being asked for too much (Artigues 2003: resource flow).
func (p *project) handOver(d *dates) {
	tasks := append([]*task(nil), p.leaves...)
	sort.SliceStable(tasks, func(a, b int) bool { return d.es[tasks[a].i] < d.es[tasks[b].i] })
	for r := range p.res {
		p.flow(d, tasks, r)
	}
}

// giver has units of a resource to give from an instant on; t is nil for
// units nobody held before.
type giver struct {
	t     *task
	from  int64
	units int64
}

func (p *project) flow(d *dates, tasks []*task, r int) {
	pool := []giver{{nil, none, p.res[r].capacity}}
	for _, l := range p.res[r].limits {
		pool = lend(pool, l.from, p.res[r].capacity-l.capacity)
		pool = append(pool, giver{nil, l.to, p.res[r].capacity - l.capacity})
	}
	for _, t := range tasks {
		amount := int64(0)
		for _, n := range t.needs {
			if n.r == r {
				amount = n.amount
			}
		}
		from, to := p.hold(d, t)
		if amount == 0 || t.done || from >= to {
			continue
		}
		linked := map[*task]bool{nil: true}
		for _, l := range t.in {
			linked[l.pred] = true
		}
		waited := d.why[t.i].kind == byPin
		sort.SliceStable(pool, func(a, b int) bool {
			if la, lb := linked[pool[a].t], linked[pool[b].t]; la != lb && !waited {
				return la
			}
			return waited && pool[a].from > pool[b].from || !waited && pool[a].from < pool[b].from
		})
		left := amount
		for k := range pool {
			g := &pool[k]
			if left == 0 {
				break
			}
			if g.units == 0 || g.from > from && t.cal.Between(from, g.from) > 0 {
				continue
			}
			got := min(left, g.units)
			g.units -= got
			left -= got
			if !linked[g.t] && !t.started {
				linked[g.t] = true
				l := &link{pred: g.t, succ: t, kind: finishStart, cal: p.always, src: &Link{Task: g.t.id}, where: p.where(t.i), resource: true}
				t.in, g.t.out = append(t.in, l), append(g.t.out, l)
			}
		}
		kept := pool[:0]
		for _, g := range pool {
			if g.units > 0 {
				kept = append(kept, g)
			}
		}
		pool = append(kept, giver{t, to, amount})
	}
}

// lend takes units out of what is free before an instant.
func lend(pool []giver, at, units int64) []giver {
	for k := range pool {
		if pool[k].from <= at {
			got := min(units, pool[k].units)
			pool[k].units -= got
			units -= got
		}
	}
	return pool
}
