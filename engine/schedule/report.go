package schedule

import (
	"fmt"
	"math"

	"steward/engine/schedule/workcal"
)

// report writes a solution in the input's terms.
func (p *project) report(s *solution) *Output {
	d := s.dates
	out := &Output{Name: p.in.Name, Unit: "unit", Proven: s.proven, Status: s.status, Cut: s.cut, Warnings: []string{}}
	if p.dated {
		if out.Unit = p.in.Unit; out.Unit == "" {
			out.Unit = "day"
		}
	}
	start := d.finish
	for _, t := range p.leaves {
		start = min(start, d.es[t.i])
	}
	out.Start, out.Finish, out.Bound = p.out(start), p.out(d.finish), p.out(s.bound)
	if p.in.Level == "preview" && s.leveled != nil {
		out.Bound, out.Proven, out.Status = p.out(s.free.finish), true, "critical_path"
		p.backwardFree(s)
	}
	waits := map[*task]wait{}
	for _, w := range s.waits {
		waits[w.t] = w
	}
	rows := make([]TaskDates, len(p.tasks))
	for _, t := range p.leaves {
		rows[t.i] = p.row(s, d, t, waits)
	}
	for _, t := range p.tasks {
		switch {
		case t.idle:
			rows[t.i] = p.idleRow(t)
		case t.summary():
			rows[t.i] = p.summaryRow(d, s.free, t)
		}
	}
	out.Tasks = rows
	for r := range p.res {
		out.Resources = append(out.Resources, p.resourceUse(d, r))
	}
	if s.leveled != nil {
		out.Levelling = p.levelling(s)
	}
	p.warn(out, s)
	return out
}

// backwardFree takes the hand-over links out again for a preview's floats.
func (p *project) backwardFree(s *solution) {
	for _, t := range p.tasks {
		t.in, t.out = own(t.in), own(t.out)
	}
	// The order was valid with more links and stays valid with fewer.
	for i := range s.free.lf {
		s.free.lf[i] = none
	}
	p.backward(s.free, s.free.finish)
}

func own(links []*link) []*link {
	var out []*link
	for _, l := range links {
		if !l.resource {
			out = append(out, l)
		}
	}
	return out
}

func (p *project) row(s *solution, d *dates, t *task, waits map[*task]wait) TaskDates {
	total, free := p.totalFloat(d, t), p.freeFloat(d, t)
	early, earlyFinish := p.early(s.free, t)
	if !p.in.microsoft {
		free = min(free, max(total, 0)) // where a date leaves less than the next task does
	}
	r := TaskDates{
		ID: t.id, Name: t.name, Start: p.out(d.es[t.i]), Finish: p.out(d.ef[t.i]), Duration: p.units(t.work),
		Earliest: p.out(early), EarliestFinish: p.out(earlyFinish),
		Latest: p.out(d.ls[t.i]), LatestFinish: p.out(d.lf[t.i]),
		TotalFloat: p.units(total), FreeFloat: p.units(free), Milestone: t.milestone(),
		Critical: !t.done && p.units(total) <= p.in.CriticalUpTo,
	}
	if w, ok := waits[t]; ok && d == s.leveled {
		r.Why, r.Driver = p.whyWait(w)
		return r
	}
	r.Why, r.Driver = p.why(d, t)
	return r
}

// early is where the links alone would let a task lie, also one that wants to
// be late.
func (p *project) early(free *dates, t *task) (start, finish int64) {
	start, finish = free.es[t.i], free.ef[t.i]
	if t.constraint == "ALAP" && !t.started && !t.done && !t.fixed {
		start, finish, _ = p.place(&dates{es: free.es, ef: free.ef}, t, t.work)
	}
	return start, finish
}

// idleRow is a task that was made inactive.
func (p *project) idleRow(t *task) TaskDates {
	return TaskDates{
		ID: t.id, Name: t.name, Start: p.out(t.from), Finish: p.out(t.to), Duration: p.units(t.work),
		Earliest: p.out(t.from), EarliestFinish: p.out(t.to), Latest: p.out(t.from), LatestFinish: p.out(t.to),
		Milestone: t.work == 0, Why: "inactive: it keeps its dates, and nothing waits for it",
	}
}

// summaryRow rolls up the tasks below a summary.
func (p *project) summaryRow(d, free *dates, t *task) TaskDates {
	r := TaskDates{ID: t.id, Name: t.name, Summary: true}
	below := p.below(t)
	es, ef, ls, lf := d.es[below[0].i], none, d.ls[below[0].i], none
	fes, fef := int64(math.MaxInt64), none
	freeFloat, critical, done := int64(math.MaxInt64), false, true
	for _, b := range below {
		es, ef, ls, lf = min(es, d.es[b.i]), max(ef, d.ef[b.i]), min(ls, d.ls[b.i]), max(lf, d.lf[b.i])
		early, earlyFinish := p.early(free, b)
		fes, fef = min(fes, early), max(fef, earlyFinish)
		if b.done {
			continue
		}
		done, freeFloat = false, min(freeFloat, p.freeFloat(d, b))
		critical = critical || p.units(p.totalFloat(d, b)) <= p.in.CriticalUpTo
	}
	total := int64(0)
	if done {
		freeFloat = 0
	} else {
		total = p.summaryFloat(d, t, es, ef, ls, lf)
	}
	if freeFloat = min(freeFloat, max(total, 0)); p.in.microsoft {
		freeFloat = max(total, 0) // nothing follows the summary itself
	}
	if r.Why = "spans its one task"; len(below) > 1 {
		r.Why = fmt.Sprintf("spans its %d tasks", len(below))
	}
	if t.fixed {
		es, ef, r.Why = t.from, t.to, "scheduled by hand: it stays at its dates, whatever its tasks say"
	}
	r.Start, r.Finish, r.Latest, r.LatestFinish = p.out(es), p.out(ef), p.out(ls), p.out(lf)
	r.Earliest, r.EarliestFinish = p.out(fes), p.out(fef)
	r.Duration, r.TotalFloat, r.FreeFloat, r.Critical = p.units(t.cal.Between(es, ef)), p.units(total), p.units(freeFloat), critical
	return r
}

func (p *project) resourceUse(d *dates, r int) ResourceUse {
	res := p.res[r]
	u := ResourceUse{ID: res.id, Capacity: float64(res.capacity) / res.scale}
	most, at := p.peak(d, r, false)
	u.Peak = float64(most) / res.scale
	if most > 0 {
		u.PeakAt = p.out(at)
	}
	over, when := p.peak(d, r, true)
	u.Overload = over > res.at(when)
	return u
}

func (p *project) levelling(s *solution) *Levelling {
	l := &Levelling{Applied: s.dates == s.leveled, Finish: p.out(s.leveled.finish), Without: p.out(s.free.finish), Delays: []Delay{}}
	for _, w := range s.waits {
		d := Delay{Task: w.t.id, From: p.out(w.from), To: p.out(w.to), By: p.units(w.t.cal.Between(w.from, w.to))}
		if w.r >= 0 {
			d.Resource = p.res[w.r].id
		}
		for _, h := range w.holders {
			d.Holders = append(d.Holders, h.id)
		}
		d.Why, _ = p.whyWait(w)
		l.Delays = append(l.Delays, d)
	}
	return l
}

// out writes an instant the way the input counts time.
func (p *project) out(t int64) Moment {
	if p.dated {
		return Date(workcal.Format(t))
	}
	return At(p.units(t))
}

// units writes working time in the input's units, without the noise of
// binary fractions.
func (p *project) units(t int64) float64 {
	return math.Round(float64(t)/p.perUnit*1e6) / 1e6
}

// when writes an instant in a sentence.
func (p *project) when(t int64) string { return p.out(t).String() }
