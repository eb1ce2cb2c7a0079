package schedule

import (
	"fmt"
)

// why says in words what puts a task where it is, and which task drives it.
func (p *project) why(d *dates, t *task) (string, string) {
	r := d.why[t.i]
	text, driver := "", ""
	switch r.kind {
	case byProjectStart:
		text = "starts with the project: nothing holds it later"
	case byDataDate:
		if t.started {
			text = "in progress: the rest goes on from the data date " + p.when(p.asOf(t))
		} else {
			text = "not started: it cannot start before the data date " + p.when(p.asOf(t))
		}
	case byActual:
		if t.done {
			text = "done: these are its actual dates"
		} else {
			text = "started: its start is a fact"
		}
	case byHand:
		text = "scheduled by hand: it stays at its dates"
	case byDelay:
		text = "delayed by the levelling delay in the file"
	case bySummary:
		text = "its summary must start no earlier than " + p.when(t.notBefore)
	case byConstraint:
		text = fmt.Sprintf("constraint: %s %s", constraintWords[t.constraint], p.when(t.date))
	case byPin:
		if t.constraint == "ALAP" {
			text = "as late as possible: later would delay what follows"
		} else {
			text = "placed by the search: its links alone would let it start earlier"
		}
	case byLink:
		text, driver = p.whyLink(t, r.link), r.link.pred.id
	}
	if r.moved && p.dated {
		text += fmt.Sprintf("; moved on to working time of calendar %s", calendarName(t))
	}
	return text, driver
}

func calendarName(t *task) string {
	if t.cal.Name == "" {
		return "standard"
	}
	return t.cal.Name
}

func (p *project) whyLink(t *task, l *link) string {
	verb := map[linkKind]string{
		finishStart: "starts after %s finishes", startStart: "starts after %s starts",
		finishFinish: "finishes after %s finishes", startFinish: "finishes after %s starts",
	}[l.kind]
	text := fmt.Sprintf(verb, l.pred.label())
	if t.started {
		text = "in progress: the rest waits, " + text
	}
	if lag := l.src.Lag; !lag.IsZero() && lag.value != 0 {
		text += fmt.Sprintf(" (%s%s)", l.kind, signed(lag))
	} else {
		text += fmt.Sprintf(" (%s)", l.kind)
	}
	return text
}

func (p *project) whyWait(w wait) (string, string) {
	if w.r < 0 {
		return fmt.Sprintf("could start at %s by its links; it starts at %s because an earlier start would break another rule or gain nothing", p.when(w.from), p.when(w.to)), ""
	}
	r := p.res[w.r]
	amount := int64(0)
	for _, n := range w.t.needs {
		if n.r == w.r {
			amount = n.amount
		}
	}
	text := fmt.Sprintf("could start at %s by its links, but waits for %s until %s: it needs %s of %s", p.when(w.from), r.id, p.when(w.to),
		number(float64(amount)/r.scale), number(float64(r.capacity)/r.scale))
	if len(w.holders) == 0 {
		return text + ", and there is less of it before", ""
	}
	return text + ", held before by " + names(w.holders), w.holders[0].id
}

// warn lists what deserves a look.
func (p *project) warn(out *Output, s *solution) {
	d := s.dates
	out.Warnings = append(out.Warnings, p.in.notes...)
	for _, t := range p.tasks {
		if !t.summary() || t.deadline == none {
			continue
		}
		finish := none
		for _, b := range p.below(t) {
			finish = max(finish, d.ef[b.i])
		}
		if t.cal.Between(finish, t.deadline) < 0 {
			out.Warnings = append(out.Warnings, fmt.Sprintf("%s misses its deadline %s: its tasks finish %s", t.label(), p.when(t.deadline), p.when(finish)))
		}
	}
	for _, t := range p.leaves {
		if t.done {
			continue
		}
		if t.date != none && !p.constraintHolds(t, d.es[t.i], d.ef[t.i]) && !t.started {
			out.Warnings = append(out.Warnings, fmt.Sprintf("%s breaks its constraint: %s %s, but it lies at %s to %s", t.label(), constraintWords[t.constraint], p.when(t.date), p.when(d.es[t.i]), p.when(d.ef[t.i])))
		}
		if t.notAfter != none && t.cal.Between(d.ef[t.i], t.notAfter) < 0 {
			out.Warnings = append(out.Warnings, fmt.Sprintf("%s finishes %s, but its summary must finish no later than %s", t.label(), p.when(d.ef[t.i]), p.when(t.notAfter)))
		}
		if t.deadline != none && t.cal.Between(d.ef[t.i], t.deadline) < 0 {
			out.Warnings = append(out.Warnings, fmt.Sprintf("%s misses its deadline %s: it finishes %s", t.label(), p.when(t.deadline), p.when(d.ef[t.i])))
		}
		if p.in.Honour {
			for _, l := range t.in {
				if !l.resource && !p.linkHolds(d, l) {
					out.Warnings = append(out.Warnings, fmt.Sprintf("%s starts before its link to %s allows, because its constraint date wins", t.label(), l.pred.label()))
				}
			}
		}
		if open := danglingEnd(t); open != "" {
			out.Warnings = append(out.Warnings, open)
		}
	}
	for _, r := range out.Resources {
		if r.Overload {
			out.Warnings = append(out.Warnings, fmt.Sprintf("%s is asked for up to %s of %s", r.ID, number(r.Peak), number(r.Capacity)))
		}
	}
}

// danglingEnd finds a task whose finish no link holds although its start does:
// it may grow without anybody noticing.
func danglingEnd(t *task) string {
	starts, ends := 0, 0
	for _, l := range t.out {
		if l.resource {
			continue
		}
		if l.kind.fromStart() {
			starts++
		} else {
			ends++
		}
	}
	if starts > 0 && ends == 0 && !t.milestone() {
		return fmt.Sprintf("%s has an open end: others hang on its start, nothing on its finish", t.label())
	}
	return ""
}

// explain says in sentences how the schedule came about.
func (o *Output) explain() []string {
	var lines []string
	critical := 0
	for _, t := range o.Tasks {
		if t.Critical && !t.Summary {
			critical++
		}
	}
	lines = append(lines, fmt.Sprintf("The project runs from %s to %s; %d of %d tasks are critical.", o.Start, o.Finish, critical, len(o.Tasks)))
	switch o.Status {
	case "critical_path":
		lines = append(lines, "Links, calendars and dates alone decide; this is the earliest finish they allow.")
	case "optimal":
		lines = append(lines, fmt.Sprintf("Under the resource limits no schedule finishes before %s: proven.", o.Bound))
	case "feasible":
		lines = append(lines, fmt.Sprintf("Under the resource limits this is the best schedule found; none finishes before %s.", o.Bound))
	case "unknown":
		lines = append(lines, "The search ended without a schedule that keeps the resource limits; these dates keep the links only.")
	}
	if o.Cut != "" {
		lines = append(lines, "The "+o.Cut+" limit ended the search.")
	}
	for _, t := range o.Tasks {
		lines = append(lines, fmt.Sprintf("%s: %s to %s, %s.", t.ID, t.Start, t.Finish, t.Why))
	}
	if l := o.Levelling; l != nil && !l.Applied {
		lines = append(lines, fmt.Sprintf("Levelling would end the project at %s instead of %s and move %d tasks:", l.Finish, l.Without, len(l.Delays)))
		for _, d := range l.Delays {
			lines = append(lines, d.Task+" "+d.Why+".")
		}
	}
	for _, w := range o.Warnings {
		lines = append(lines, "Look: "+w+".")
	}
	return lines
}
