package worktime

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"steward/engine/calc"
)

func (in Input) sla(cal *Calendar, out *Output) ([]string, error) {
	if in.SLA == nil {
		return nil, calc.Wrong("sla", "is missing; give targets, opened and priority")
	}
	policy, err := in.SLA.policy(cal)
	if err != nil {
		return nil, err
	}
	c, err := in.SLA.toCase(cal)
	if err != nil {
		return nil, err
	}
	r, err := policy.Read(c)
	if err != nil {
		return nil, within("sla", err)
	}
	loc := cal.Location()
	local := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return show(t.In(loc))
	}
	o := &SLAOutput{
		State: r.State, Due: local(r.Due), DueIfResumed: local(r.DueIfResumed), Target: Length(r.Target), Used: Length(r.Used),
		Remaining: Length(r.Remaining), BreachedAt: local(r.BreachedAt), Strip: stripParts(r.Strip, loc),
	}
	for _, e := range r.Escalations {
		o.Escalations = append(o.Escalations, EscalationOutput{e.Threshold.label(), local(e.At), e.Reached})
	}
	out.SLA = o
	first := fmt.Sprintf("The case is %s: %s of %s used", o.State, o.Used, o.Target)
	if o.Due != "" {
		first += ", due " + o.Due
	}
	return explainStrip(o.Strip, first+"."), nil
}

// within puts the place of wrong input under the field that holds it.
func within(field string, err error) error {
	var wrong *calc.Invalid
	if errors.As(err, &wrong) {
		return calc.Wrong(field+"."+wrong.Where, "%s", wrong.Problem)
	}
	return calc.Wrong(field, "%v", err)
}

// label names a threshold by its name or else by what it is.
func (t Threshold) label() string {
	by := "due"
	switch {
	case t.Percent != 0:
		by = fmt.Sprintf("%d %%", t.Percent)
	case t.Offset < 0:
		by = Length(-t.Offset).String() + " before due"
	case t.Offset > 0:
		by = Length(t.Offset).String() + " after due"
	}
	return cmp.Or(t.Name, by)
}

func (in SLAInput) policy(cal *Calendar) (Policy, error) {
	if len(in.Targets) == 0 {
		return Policy{}, calc.Wrong("sla.targets", "is empty; give the working time promised for each priority")
	}
	p := Policy{Targets: map[string]Target{}, Restart: in.Restart}
	for _, name := range slices.Sorted(maps.Keys(in.Targets)) {
		t := in.Targets[name]
		own := cal
		if t.Calendar != nil {
			var err error
			if own, _, err = t.Calendar.calendar("sla.targets." + name + ".calendar"); err != nil {
				return Policy{}, err
			}
		}
		p.Targets[name] = Target{time.Duration(t.Within), own}
	}
	for i, t := range in.Thresholds {
		where := fmt.Sprintf("sla.thresholds[%d]", i)
		given := 0
		v := Threshold{Name: t.Name, Percent: t.Percent}
		if t.Percent != 0 {
			given++
		}
		for _, l := range []*Length{t.Before, t.After} {
			if l == nil {
				continue
			}
			given++
			if *l < 0 {
				return Policy{}, calc.Wrong(where, "a length must not be negative; use before or after")
			}
		}
		if t.Before != nil {
			v.Offset = -time.Duration(*t.Before)
		}
		if t.After != nil {
			v.Offset = time.Duration(*t.After)
		}
		if given > 1 {
			return Policy{}, calc.Wrong(where, "give one of percent, before and after")
		}
		p.Thresholds = append(p.Thresholds, v)
	}
	return p, nil
}

func (in SLAInput) toCase(cal *Calendar) (Case, error) {
	opened, err := moment("sla.opened", in.Opened, cal)
	if err != nil {
		return Case{}, err
	}
	c := Case{Opened: opened, Priority: in.Priority, Now: opened}
	for i, e := range in.Events {
		at, err := moment(fmt.Sprintf("sla.events[%d].at", i), e.At, cal)
		if err != nil {
			return Case{}, err
		}
		kind := EventKind(strings.ToLower(string(e.Kind)))
		c.Events = append(c.Events, Event{at, kind, e.Priority})
		if at.After(c.Now) {
			c.Now = at
		}
	}
	if in.Now != "" {
		if c.Now, err = moment("sla.now", in.Now, cal); err != nil {
			return Case{}, err
		}
	}
	return c, nil
}
