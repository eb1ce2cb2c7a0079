package schedule

import "math"

// totalFloat is how much working time a task may slip without delaying the
// project, a constraint or a deadline: the smaller of the slack of its start
// and of its finish, of its finish alone once it has started.
func (p *project) totalFloat(d *dates, t *task) int64 {
	finish := t.slack.Between(d.ef[t.i], d.lf[t.i])
	switch {
	case t.done || t.constraint == "ALAP":
		return 0
	case t.started:
		return finish
	}
	return min(t.slack.Between(d.es[t.i], d.ls[t.i]), finish)
}

// summaryFloat is how much a summary may slip. All below it slip with it, so
// the least of their floats counts; Microsoft Project takes it from the
// summary's own dates instead, which reach from its first task to its last.
func (p *project) summaryFloat(d *dates, t *task, es, ef, ls, lf int64) int64 {
	if p.in.microsoft {
		finish := t.slack.Between(ef, lf)
		for _, b := range p.below(t) {
			if b.started || b.done {
				return finish
			}
		}
		return min(finish, t.slack.Between(es, ls))
	}
	total := int64(math.MaxInt64)
	for _, b := range p.below(t) {
		if !b.done {
			total = min(total, p.totalFloat(d, b))
		}
	}
	return total
}

// freeFloat is how much a task may slip without moving any other task from
// its earliest dates; without successors it is the total float.
func (p *project) freeFloat(d *dates, t *task) int64 {
	if t.done {
		return 0
	}
	free, any := int64(0), false
	for _, l := range t.out {
		if l.succ.done || l.succ.started && l.kind.toStart() && p.override {
			continue
		}
		slack := p.linkSlack(d, l)
		if !any || slack < free {
			free, any = slack, true
		}
	}
	if !any {
		free = p.totalFloat(d, t)
	}
	return max(free, 0)
}

// linkSlack is the working time between when a link's predecessor is ready
// and when it must be for the successor to stay where it is.
func (p *project) linkSlack(d *dates, l *link) int64 {
	ready, wanted := d.ef[l.pred.i], d.ef[l.succ.i]
	if l.kind.fromStart() {
		ready = d.es[l.pred.i]
	}
	if l.kind.toStart() {
		wanted = d.es[l.succ.i]
	}
	return l.pred.slack.Between(ready, l.cal.Add(wanted, -l.lagTicks(l.pred.work)))
}
