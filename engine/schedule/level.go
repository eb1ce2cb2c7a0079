package schedule

import (
	"context"
	"sort"
	"strings"

	"steward/engine/calc"
)

// wait is a task that starts later than its links ask for.
type wait struct {
	t        *task
	from, to int64
	r        int // -1 when no single resource explains it
	holders  []*task
}

// level finds dates under which no resource is asked for more than it has.
func (p *project) level(ctx context.Context, s *solution) error {
	if err := p.refuseOversized(); err != nil {
		return err
	}
	var pins []int64
	if a := p.axis(s.free); a != nil {
		r, err := a.solve(ctx)
		if err != nil {
			return err
		}
		s.cut = r.Cut
		if r.Start == nil && r.Proven {
			return calc.Wrong("", "infeasible: %s", a.whyNot(r))
		}
		s.bound, s.proven = max(s.bound, a.instant(r.Bound)), r.Proven
		if r.Start != nil {
			pins = a.pins(r.Start)
		}
	} else {
		pins = p.levelByCalendars(ctx, s)
	}
	if pins == nil {
		s.status, s.proven = "unknown", false
		return nil
	}
	d := p.newDates()
	d.pinned = pins
	if err := p.forwardInto(d, nil); err != nil {
		return err
	}
	s.leveled = d
	s.waits = p.waits(s.free, d)
	// Links that stand for the hand-over of resources make the late dates and
	// floats those of this schedule.
	p.handOver(d)
	if err := p.sortLeaves(); err != nil {
		return err
	}
	p.backward(d, d.finish)
	s.proven = s.proven || d.finish <= s.bound
	if s.proven {
		s.bound = d.finish
	}
	if s.status = "feasible"; s.proven {
		s.status, s.cut = "optimal", ""
	}
	return nil
}

// refuseOversized refuses a task that asks for more than there ever is.
func (p *project) refuseOversized() error {
	for _, t := range p.leaves {
		if t.done || t.fixed || t.work == 0 {
			continue
		}
		for _, n := range t.needs {
			if r := p.res[n.r]; n.amount > r.capacity {
				return calc.Wrong(p.where(t.i)+".needs."+r.id, "infeasible: %s needs %s of %s, which never has more than %s; no delay can make it fit",
					t.label(), number(float64(n.amount)/r.scale), r.id, number(float64(r.capacity)/r.scale))
			}
		}
	}
	return nil
}

// hold is the stretch in which a task holds its resources: from its start (or,
// in progress, from now) to its finish.
func (p *project) hold(d *dates, t *task) (from, to int64) {
	from, to = d.es[t.i], d.ef[t.i]
	if data := p.asOf(t); t.started && data != none {
		from = max(from, min(data, to))
	}
	return from, to
}

// waits explains each start that is later than the links ask for.
func (p *project) waits(free, d *dates) []wait {
	var out []wait
	held := p.holders(d)
	at := &dates{es: d.es, ef: d.ef} // as placed, but free to start earlier
	for _, t := range p.leaves {
		if t.done || t.started || t.fixed {
			continue
		}
		es, _, _ := p.place(at, t, t.work)
		if t.cal.Between(es, d.es[t.i]) <= 0 {
			continue
		}
		w := wait{t: t, from: es, to: d.es[t.i], r: -1}
		w.r, w.holders = p.heldAt(held, t, w.to)
		out = append(out, w)
	}
	return out
}

// holders are the tasks that hold each resource, by rising start, so that
// those of one moment are found without asking all.
type holders struct {
	by      [][]holder // by resource
	longest []int64    // stretch any holds it
}

type holder struct {
	t              *task
	order          int // among the leaves
	from, to, need int64
}

func (p *project) holders(d *dates) *holders {
	h := &holders{by: make([][]holder, len(p.res)), longest: make([]int64, len(p.res))}
	for k, t := range p.leaves {
		if t.done {
			continue
		}
		from, to := p.hold(d, t)
		for _, n := range t.needs {
			h.by[n.r] = append(h.by[n.r], holder{t, k, from, to, n.amount})
			h.longest[n.r] = max(h.longest[n.r], to-from)
		}
	}
	for r := range h.by {
		sort.SliceStable(h.by[r], func(a, b int) bool { return h.by[r][a].from < h.by[r][b].from })
	}
	return h
}

// at lists who holds a resource at an instant, in the order of the leaves.
func (h *holders) at(r int, instant int64) []holder {
	all := h.by[r]
	var out []holder
	for k := sort.Search(len(all), func(k int) bool { return all[k].from > instant-h.longest[r] }); k < len(all) && all[k].from <= instant; k++ {
		if instant < all[k].to {
			out = append(out, all[k])
		}
	}
	sort.Slice(out, func(a, b int) bool { return out[a].order < out[b].order })
	return out
}

// heldAt finds which resource keeps a task from starting just before start,
// and the tasks that hold it then.
func (p *project) heldAt(h *holders, t *task, start int64) (int, []*task) {
	before := t.cal.Prev(start) - 1
	if t.cal.Continuous() {
		before = start - 1
	}
	for _, n := range t.needs {
		used := p.res[n.r].capacity - p.res[n.r].at(before)
		var by []*task
		for _, o := range h.at(n.r, before) {
			if o.t != t {
				used += o.need
				by = append(by, o.t)
			}
		}
		if used+n.amount > p.res[n.r].capacity {
			return n.r, by
		}
	}
	return -1, nil
}

// at is the capacity at an instant.
func (r *resource) at(t int64) int64 {
	for _, l := range r.limits {
		if l.from <= t && t < l.to {
			return l.capacity
		}
	}
	return r.capacity
}

func names(tasks []*task) string {
	var ids []string
	for k, t := range tasks {
		if k == 5 {
			ids = append(ids, "…")
			break
		}
		ids = append(ids, t.id)
	}
	return strings.Join(ids, ", ")
}
