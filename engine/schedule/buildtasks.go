package schedule

import (
	"fmt"
	"math"
	"strings"

	"steward/engine/calc"
	"steward/engine/schedule/workcal"
)

func (p *project) buildTasks() error {
	for i := range p.in.Tasks {
		in := &p.in.Tasks[i]
		where := p.where(i)
		if in.ID == "" {
			return calc.Wrong(where+".id", "is empty; give the task a name")
		}
		if first, twice := p.index[in.ID]; twice {
			return calc.Wrong(where+".id", "%q also names %s; ids must differ", in.ID, p.where(first))
		}
		p.index[in.ID] = i
		p.tasks = append(p.tasks, &task{i: i, id: in.ID, name: in.Name, src: in, parent: -1, date: none, deadline: none, from: none, to: none, delay: in.delay})
	}
	return nil
}

// where names a task's place in the input.
func (p *project) where(i int) string {
	if n := p.in.Tasks[i].note; n != "" {
		return n
	}
	return fmt.Sprintf("tasks[%d]", i)
}

func (p *project) buildParents() error {
	for i, t := range p.tasks {
		if t.src.Parent == "" {
			continue
		}
		j, ok := p.index[t.src.Parent]
		if !ok {
			return calc.Wrong(p.where(i)+".parent", "there is no task %q", t.src.Parent)
		}
		if t.parent = j; t.src.idle {
			continue
		}
		p.tasks[j].kids = append(p.tasks[j].kids, i)
	}
	for i, t := range p.tasks {
		slow := t
		for steps := 0; slow.parent >= 0; steps++ {
			if slow = p.tasks[slow.parent]; slow == t || steps > len(p.tasks) {
				return calc.Wrong(p.where(i)+".parent", "task %s is its own summary", t.label())
			}
		}
	}
	return nil
}

func (p *project) buildDetails() error {
	for i, t := range p.tasks {
		if err := p.buildTask(t, p.where(i)); err != nil {
			return err
		}
	}
	p.inherit()
	return nil
}

func (p *project) buildTask(t *task, where string) error {
	in := t.src
	var err error
	t.cal = p.cal
	if in.Calendar != "" {
		if t.cal, err = p.calendar(where+".calendar", in.Calendar); err != nil {
			return err
		}
	}
	if t.idle = in.idle; t.idle {
		t.from, t.to = in.dates[0], in.dates[1]
		t.work, _, err = p.ticks(where+".duration", in.Duration)
		return err
	}
	if t.summary() {
		return p.buildSummary(t, where)
	}
	if in.Duration.IsZero() && in.Estimate == nil && in.ActualFinish.IsZero() && len(in.work) == 0 {
		return calc.Wrong(where+".duration", "is missing; give the working time %s takes, 0 for a milestone", t.label())
	}
	duration := in.Duration
	if duration.IsZero() && in.Estimate != nil {
		duration = Units(in.Estimate.mean())
	}
	var elapsed bool
	if t.work, elapsed, err = p.ticks(where+".duration", duration); err != nil {
		return err
	}
	if t.work < 0 {
		return calc.Wrong(where+".duration", "%s is negative", duration)
	}
	if err := p.buildNeeds(t, where); err != nil {
		return err
	}
	if t.slack = t.cal; elapsed {
		t.cal = p.always
	} else if err := p.resourceCalendars(t, where); err != nil {
		return err
	}
	if !elapsed {
		t.slack = t.cal
		for _, w := range in.work {
			t.parts = append(t.parts, part{w.cal, w.ticks})
		}
	}
	if err := p.buildConstraint(t, where); err != nil {
		return err
	}
	if !in.Deadline.IsZero() {
		if t.deadline, err = p.moment(where+".deadline", in.Deadline, true); err != nil {
			return err
		}
	}
	t.locked = in.Priority >= 1000
	if in.fixed {
		t.fixed, t.from, t.to = true, in.dates[0], in.dates[1]
	}
	return p.buildProgress(t, where)
}

// buildSummary understands what a summary says itself: dates that hold for all
// tasks below it.
func (p *project) buildSummary(t *task, where string) error {
	in := t.src
	t.slack = t.cal
	if len(in.Needs) > 0 {
		return calc.Wrong(where+".needs", "%s is a summary; its tasks need resources, not itself", t.label())
	}
	if in.fixed {
		t.fixed, t.from, t.to = true, in.dates[0], in.dates[1]
	}
	if err := p.buildConstraint(t, where); err != nil {
		return err
	}
	switch t.constraint {
	case "", "SNET", "FNLT":
	case "ALAP":
		t.constraint = "" // it means the tasks below, which say so themselves
	default:
		if !p.in.microsoft {
			return calc.Wrong(where+".constraint.type", "%s is a summary and can be tied by SNET and FNLT only; constrain its tasks", t.label())
		}
		t.constraint = ""
	}
	if in.Deadline.IsZero() {
		return nil
	}
	var err error
	t.deadline, err = p.moment(where+".deadline", in.Deadline, true)
	return err
}

// inherit hands dates that hold for a summary to the tasks below it.
func (p *project) inherit() {
	for _, t := range p.tasks {
		t.notBefore, t.notAfter = none, none
		if t.summary() {
			continue
		}
		for s := t; s.parent >= 0; {
			s = p.tasks[s.parent]
			switch s.constraint {
			case "SNET":
				t.notBefore = max(t.notBefore, s.date)
			case "FNLT":
				t.notAfter = earlier(t.notAfter, s.date)
			}
		}
	}
}

// earlier is the earlier of two dates of which either may be none.
func earlier(a, b int64) int64 {
	if a == none || b != none && b < a {
		return b
	}
	return a
}

func (p *project) buildNeeds(t *task, where string) error {
	for _, id := range sortedKeys(t.src.Needs) {
		v := t.src.Needs[id]
		at := where + ".needs." + id
		r, ok := p.rindex[id]
		if !ok {
			return calc.Wrong(at, "there is no resource %q", id)
		}
		if !(v >= 0) || v > 1e9 {
			return calc.Wrong(at, "%s is out of range; give 0 to 1e9", number(v))
		}
		if amount := int64(math.Ceil(v*p.res[r].scale - 1e-6)); amount > 0 {
			t.needs = append(t.needs, need{r, amount})
		}
	}
	return nil
}

func (p *project) resourceCalendars(t *task, where string) error {
	if t.src.IgnoreResourceCalendars {
		return nil
	}
	for _, n := range t.needs {
		c := p.res[n.r].cal
		if c == nil {
			continue
		}
		if both := p.both(t.cal, c); both != t.cal {
			if both.Empty(workcal.DayOf(p.start)) {
				return calc.Wrong(where+".needs."+p.res[n.r].id, "%s and this resource never work at the same time", t.label())
			}
			t.cal = both
		}
	}
	return nil
}

// both intersects calendars, once for each pair.
func (p *project) both(a, b *workcal.Calendar) *workcal.Calendar {
	if a == b || a.Continuous() {
		return b
	}
	if b.Continuous() {
		return a
	}
	key := a.Name + "\x00" + b.Name
	if c := p.cals[key]; c != nil {
		return c
	}
	c := workcal.Both(a, b)
	c.Name = a.Name + " and " + b.Name
	p.cals[key] = c
	return c
}

var constraintWords = map[string]string{
	"ASAP": "as soon as possible", "ALAP": "as late as possible",
	"SNET": "start no earlier than", "SNLT": "start no later than",
	"FNET": "finish no earlier than", "FNLT": "finish no later than",
	"MSO": "must start on", "MFO": "must finish on",
}

func (p *project) buildConstraint(t *task, where string) error {
	c := t.src.Constraint
	if c == nil {
		return nil
	}
	kind := strings.ToUpper(c.Type)
	if constraintWords[kind] == "" {
		return calc.Wrong(where+".constraint.type", "%q is unknown; use ASAP, ALAP, SNET, SNLT, FNET, FNLT, MSO or MFO", c.Type)
	}
	if kind == "ASAP" {
		return nil
	}
	t.constraint, t.hard = kind, c.Hard
	if kind == "ALAP" {
		return nil
	}
	if c.Date.IsZero() {
		return calc.Wrong(where+".constraint.date", "is missing; %s (%s) needs a date", kind, constraintWords[kind])
	}
	var err error
	t.date, err = p.moment(where+".constraint.date", c.Date, kind[0] == 'F' || kind == "MFO")
	return err
}

func (p *project) buildProgress(t *task, where string) error {
	in := t.src
	var err error
	if in.ActualStart.IsZero() {
		if !in.ActualFinish.IsZero() {
			return calc.Wrong(where+".actual_start", "is missing; %s has an actual finish", t.label())
		}
		if in.Percent != 0 || !in.Remaining.IsZero() {
			return calc.Wrong(where+".actual_start", "is missing; %s has progress", t.label())
		}
		return nil
	}
	t.started = true
	if t.from, err = p.moment(where+".actual_start", in.ActualStart, false); err != nil {
		return err
	}
	if !in.ActualFinish.IsZero() {
		t.done = true
		if t.to, err = p.moment(where+".actual_finish", in.ActualFinish, true); err != nil {
			return err
		}
		if t.to < t.from {
			return calc.Wrong(where+".actual_finish", "lies before the actual start")
		}
		return nil
	}
	if !(in.Percent >= 0 && in.Percent <= 100) {
		return calc.Wrong(where+".percent", "%s must lie between 0 and 100", number(in.Percent))
	}
	t.left = round(float64(t.work) * (1 - in.Percent/100))
	if !in.Remaining.IsZero() {
		if t.left, _, err = p.ticks(where+".remaining", in.Remaining); err != nil {
			return err
		}
		if t.left < 0 {
			return calc.Wrong(where+".remaining", "%s is negative", in.Remaining)
		}
	}
	return nil
}
