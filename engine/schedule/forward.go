package schedule

import (
	"steward/engine/calc"
	"steward/engine/schedule/workcal"
)

// dates are the four dates of every task, by its index, and why each starts
// when it does.
type dates struct {
	es, ef, ls, lf []int64
	lateStart      []int64 // by the remaining work, where ls is an actual start
	why            []reason
	finish         int64
	work           []int64 // durations instead of the plan's, nil for the plan's
	pinned         []int64 // earliest starts that resource limits or ALAP ask for, or none; nil for none at all
}

// reason is what made a task's start (or, of a started task, its finish) what it is.
type reason struct {
	kind  reasonKind
	link  *link
	moved bool // a calendar moved the start on from where the kind put it
}

type reasonKind uint8

const (
	byProjectStart reasonKind = iota
	byLink
	byConstraint
	byDataDate
	byActual
	byHand
	byDelay
	byPin
	bySummary
)

func (p *project) newDates() *dates {
	n := len(p.tasks)
	all := make([]int64, 5*n)
	d := &dates{es: all[:n], ef: all[n : 2*n], ls: all[2*n : 3*n], lf: all[3*n : 4*n], lateStart: all[4*n:], why: make([]reason, n)}
	for i := range all {
		all[i] = none
	}
	return d
}

// forward is the forward pass: the earliest dates under links, constraints,
// calendars and progress, without resource limits. work, if given, replaces
// the durations.
func (p *project) forward(work []int64) (*dates, error) {
	d := p.newDates()
	return d, p.forwardInto(d, work)
}

func (p *project) forwardInto(d *dates, work []int64) error {
	d.work = work
	rounds := 1
	if p.cyclic {
		rounds = len(p.leaves) + 2
	}
	for round := 0; round < rounds; round++ {
		changed := false
		var last *task
		for _, t := range p.leaves {
			es, ef, why := p.place(d, t, d.workOf(t))
			if es != d.es[t.i] || ef != d.ef[t.i] {
				d.es[t.i], d.ef[t.i], d.why[t.i] = es, ef, why
				changed, last = true, t
			}
			if ef >= workcal.Far {
				if loop := tracedLoop(d, t); loop != nil {
					return loopError(loop)
				}
				return calc.Wrong(p.where(t.i), "%s would end after the year 2299: its calendar or the chain before it leaves too little time", t.label())
			}
		}
		if !changed || !p.cyclic {
			break
		}
		if round == rounds-1 {
			if loop := tracedLoop(d, last); loop != nil {
				return loopError(loop)
			}
			return calc.Wrong(p.where(last.i), "infeasible: %s and the tasks it is linked with in a loop push each other on without end", last.label())
		}
	}
	d.finish = none
	for _, t := range p.leaves {
		d.finish = max(d.finish, d.ef[t.i])
	}
	return nil
}

// workOf is the duration a task has in these dates.
func (d *dates) workOf(t *task) int64 {
	if d.work != nil {
		return d.work[t.i]
	}
	return t.work
}

// place finds a task's earliest dates from its predecessors' as they stand.
func (p *project) place(d *dates, t *task, work int64) (es, ef int64, why reason) {
	switch {
	case t.done:
		return t.from, t.to, reason{kind: byActual}
	case t.fixed:
		return t.from, t.to, reason{kind: byHand}
	case t.started:
		return p.placeStarted(d, t, work)
	}
	es = p.floor(t)
	why = reason{kind: byProjectStart}
	if data := p.asOf(t); data != none && data > es {
		es, why.kind = data, byDataDate
	}
	for _, l := range t.in {
		if d.es[l.pred.i] == none {
			continue
		}
		from := p.linkTime(d, l)
		if !l.kind.toStart() {
			from = t.startFor(from, work)
		}
		if from > es {
			es, why = from, reason{kind: byLink, link: l}
		}
	}
	if es == none { // every predecessor still unplaced, in a loop
		es = p.start
	}
	if t.delay > 0 {
		es, why = t.nextStart(es)+t.delay, reason{kind: byDelay}
	}
	if t.notBefore > es {
		es, why = t.notBefore, reason{kind: bySummary}
	}
	es, why = p.constrain(t, es, work, why)
	if d.pinned != nil && d.pinned[t.i] > es {
		es, why = d.pinned[t.i], reason{kind: byPin}
	}
	next := t.nextStart(es)
	// The ordinary night of the project's calendar is not worth a word.
	if next-es > workcal.Day || next > es && t.cal != p.cal {
		why.moved = true
	}
	return next, t.finishFrom(next, work), why
}

// asOf is the moment a task's progress is reported as of, or none: the data
// date of its own project, where a file has several.
func (p *project) asOf(t *task) int64 {
	if t.src.asOf != 0 {
		return t.src.asOf
	}
	return p.data
}

// floor is the earliest start without any link.
func (p *project) floor(t *task) int64 {
	if !p.in.microsoft || len(t.in) == 0 {
		return p.start
	}
	for _, l := range t.in {
		if l.kind == finishFinish {
			return p.start
		}
	}
	return none
}

// linkTime is the earliest start or finish a link leaves its successor.
func (p *project) linkTime(d *dates, l *link) int64 {
	at := d.ef[l.pred.i]
	if l.kind.fromStart() {
		at = d.es[l.pred.i]
	}
	return l.cal.Add(at, l.lagTicks(d.workOf(l.pred)))
}

// constrain applies a task's constraint to its earliest start.
func (p *project) constrain(t *task, es, work int64, why reason) (int64, reason) {
	by := reason{kind: byConstraint}
	pinned := func(start int64) (int64, reason) {
		if start > es || start < es && p.in.Honour {
			return start, by
		}
		return es, why
	}
	switch t.constraint {
	case "SNET":
		if t.date > es {
			return t.date, by
		}
	case "FNET":
		if s := t.startFor(t.date, work); s > es {
			return s, by
		}
	case "SNLT":
		if p.in.Honour && t.date < es {
			return t.date, by
		}
	case "FNLT":
		if s := t.startFor(t.date, work); p.in.Honour && s < es {
			return s, by
		}
	case "MSO":
		return pinned(t.date)
	case "MFO":
		return pinned(t.startFor(t.date, work))
	}
	return es, why
}

// placeStarted finds when a task in progress ends. With a data date the rest
// goes on from there, or, by retained logic, when its predecessors let it.
func (p *project) placeStarted(d *dates, t *task, work int64) (es, ef int64, why reason) {
	why = reason{kind: byActual}
	data := p.asOf(t)
	if data == none {
		return t.from, p.startedFinish(t, work), why
	}
	at := max(t.from, data)
	why.kind = byDataDate
	if !p.override {
		for _, l := range t.in {
			if d.es[l.pred.i] == none || l.pred.done || l.kind.fromStart() && l.pred.started {
				continue
			}
			from := p.linkTime(d, l)
			if !l.kind.toStart() {
				from = t.startFor(from, t.left)
			}
			if from > at {
				at, why = from, reason{kind: byLink, link: l}
			}
		}
	}
	if d.pinned != nil && d.pinned[t.i] > at {
		at, why = d.pinned[t.i], reason{kind: byPin}
	}
	return t.from, t.finishFrom(t.nextStart(at), t.left), why
}

// startedFinish is when a started task ends if nobody says as of when.
func (p *project) startedFinish(t *task, work int64) int64 {
	if t.src.resume != 0 {
		return t.finishFrom(t.nextStart(max(t.from, t.src.resume)), t.left)
	}
	total := work
	if !t.src.Remaining.IsZero() {
		done := max(0, work-t.left)
		if t.src.Percent > 0 {
			done = round(float64(work) * t.src.Percent / 100)
		}
		total = done + t.left
	}
	ef := t.finishFrom(t.from, total)
	if t.constraint == "FNET" {
		ef = max(ef, t.date)
	}
	return ef
}
