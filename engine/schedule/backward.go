package schedule

// backward is the backward pass: the latest dates at which every task may lie
// for the project still to finish by finish.
func (p *project) backward(d *dates, finish int64) {
	rounds := 1
	if p.cyclic {
		rounds = len(p.leaves) + 2
	}
	for ; rounds > 0; rounds-- {
		changed := false
		for k := len(p.leaves) - 1; k >= 0; k-- {
			t := p.leaves[k]
			lf := p.latest(d, t, finish)
			if lf != d.lf[t.i] {
				changed = true
			}
			p.setLate(d, t, lf)
		}
		if !changed {
			break
		}
	}
}

func (p *project) setLate(d *dates, t *task, lf int64) {
	d.lf[t.i] = lf
	switch {
	case t.done:
		d.ls[t.i], d.lateStart[t.i] = t.from, t.from
	case t.started:
		d.ls[t.i], d.lateStart[t.i] = t.from, t.startFor(lf, t.left)
	default:
		d.ls[t.i] = t.startFor(lf, d.workOf(t))
		d.lateStart[t.i] = d.ls[t.i]
	}
}

func (p *project) latest(d *dates, t *task, finish int64) int64 {
	if t.done {
		return t.to
	}
	lf := finish
	if p.in.ownEnds && p.last(t) {
		lf = d.ef[t.i] // it ends a critical path of its own
	}
	if t.milestone() && t.started {
		lf = min(lf, t.from)
	}
	for _, l := range t.out {
		if d.lf[l.succ.i] == none || !p.holdsLate(l) {
			continue
		}
		lf = min(lf, p.lateByLink(d, l))
	}
	limit := func(date int64) {
		if p.in.Honour && (t.constraint == "MSO" || t.constraint == "MFO") {
			lf = date
		}
		lf = min(lf, date)
	}
	switch t.constraint {
	case "MSO", "SNLT":
		if !t.started {
			limit(t.finishFrom(t.date, d.workOf(t)))
		}
	case "MFO", "FNLT":
		limit(t.date)
	}
	if t.deadline != none {
		lf = min(lf, t.deadline)
	}
	if t.notAfter != none {
		lf = min(lf, t.notAfter)
	}
	return t.prevFinish(lf)
}

// last reports whether nothing that is still to be done follows a task.
func (p *project) last(t *task) bool {
	for _, l := range t.out {
		if !l.succ.done {
			return false
		}
	}
	return true
}

// holdsLate reports whether a link still limits how late its predecessor may be.
func (p *project) holdsLate(l *link) bool {
	switch {
	case l.succ.done:
		return false
	case l.kind.fromStart() && (l.pred.started || l.pred.fixed):
		return false // the start is a fact
	case l.succ.started && (p.override || l.kind == startStart):
		return false
	}
	return true
}

// lateByLink is the latest finish a link leaves its predecessor.
func (p *project) lateByLink(d *dates, l *link) int64 {
	at := d.lf[l.succ.i]
	if l.kind.toStart() {
		at = d.lateStart[l.succ.i]
		if l.kind == startStart {
			at = l.pred.nextStart(at)
		}
	}
	at = l.cal.Add(at, -l.lagTicks(d.workOf(l.pred)))
	if l.kind.fromStart() {
		return l.pred.finishFrom(at, d.workOf(l.pred))
	}
	return at
}
