package worktime

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// walk is the clock on its way through the events.
type walk struct {
	policy       Policy
	at           time.Time
	priority     string
	paused, done bool
	used         time.Duration
	restarted    int // index into strip where the present count began
	changed      time.Time
	closed       time.Time
	strip        []Segment
}

func (w *walk) target() Target { return w.policy.Targets[w.priority] }

func (w *walk) apply(e Event) {
	switch e.Kind {
	case Pause:
		w.paused = true
	case Resume:
		w.paused = false
	case Close:
		if !w.done {
			w.done, w.closed = true, e.At
		}
	case Reopen:
		w.done, w.closed = false, time.Time{}
	case Priority:
		if e.Priority == w.priority {
			return
		}
		w.priority, w.changed = e.Priority, e.At
		if w.policy.Restart {
			w.used, w.restarted = 0, len(w.strip)
		}
	}
}

// runTo lays segments from where the clock is to a moment.
func (w *walk) runTo(end time.Time, ahead bool) error {
	if !end.After(w.at) {
		return nil
	}
	if w.done || w.paused {
		kind := Paused
		if w.done {
			kind = Closed
		}
		w.lay(end, kind, "", ahead)
		return nil
	}
	cal := w.target().Calendar
	for s := range cal.ahead(w.at) {
		if !s.From.Before(end) {
			break
		}
		w.idle(s.From, ahead)
		w.lay(earlier(s.To, end), Counted, "", ahead)
		if len(w.strip) > maxSegments {
			return fmt.Errorf("the case spans more than %d stretches of working time", maxSegments)
		}
	}
	w.idle(end, ahead)
	return nil
}

// maxSegments bounds the strip: about 60 years of two stretches a day.
const maxSegments = 100000

// idle lays time without work until a moment, holidays apart and named.
func (w *walk) idle(until time.Time, ahead bool) {
	cal := w.target().Calendar
	loc := cal.Location()
	for w.at.Before(until) {
		d := DateOf(w.at.In(loc))
		h, free := cal.Special(d)
		free = free && !cal.IsWorkday(d)
		// Join ordinary idle days up to the next named one.
		end := d + 1
		for !free && end < MaxDate && end.Start(loc).Before(until) {
			if _, named := cal.Special(end); named && !cal.IsWorkday(end) {
				break
			}
			end++
		}
		stop := earlier(end.Start(loc), until)
		if !stop.After(w.at) {
			stop = until
		}
		if free {
			w.lay(stop, Free, h.Name, ahead)
		} else {
			w.lay(stop, OffHours, "", ahead)
		}
	}
}

func (w *walk) lay(to time.Time, kind SegmentKind, note string, ahead bool) {
	if !to.After(w.at) {
		return
	}
	s := Segment{From: w.at, To: to, Kind: kind, Note: note, Priority: w.priority, Ahead: ahead}
	if kind == Counted {
		s.Counted = to.Sub(w.at)
		w.used += s.Counted
	}
	s.Used = w.used
	w.strip, w.at = append(w.strip, s), to
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// reading turns the walk, which stands at now, into what the clock shows.
func (w *walk) reading(now time.Time) (Reading, error) {
	target := w.target()
	r := Reading{Target: target.Within, Used: w.used, Remaining: target.Within - w.used}
	over := w.used >= target.Within
	switch {
	case over:
		r.Due, _ = w.reachedAt(target.Within)
	case w.done: // closed in time: due is where it would have been had it gone on
		due, err := target.Calendar.AddWorkingTime(w.closed, r.Remaining)
		if err != nil {
			return r, err
		}
		r.Due = due
	default:
		due, err := target.Calendar.AddWorkingTime(now, r.Remaining)
		if err != nil {
			return r, err
		}
		if w.paused {
			r.DueIfResumed = due
		} else {
			r.Due = due
		}
	}
	stood := now
	if w.done {
		stood = w.closed
	}
	late := over && stood.After(r.Due)
	switch {
	case w.done && late:
		r.State = Missed
	case w.done:
		r.State = Met
	case late:
		r.State = Breached
	case w.paused:
		r.State = OnHold
	default:
		r.State = Running
	}
	if late {
		r.BreachedAt = r.Due
		if w.changed.After(r.Due) {
			r.BreachedAt = w.changed
		}
	}
	if !w.done && !w.paused && r.Due.After(now) {
		if err := w.runTo(r.Due, true); err != nil {
			return r, err
		}
	}
	r.Strip = w.strip
	var err error
	r.Escalations, err = w.escalations(r, now)
	return r, err
}

// reachedAt returns the moment the present count reached a level, and false
// when it has not yet.
func (w *walk) reachedAt(level time.Duration) (time.Time, bool) {
	var before time.Duration
	if level == 0 && w.restarted < len(w.strip) {
		return w.strip[w.restarted].From, true
	}
	for _, s := range w.strip[w.restarted:] {
		if s.Used >= level && s.Counted > 0 {
			return s.From.Add(level - before), true
		}
		before = s.Used
	}
	return time.Time{}, false
}

func (w *walk) escalations(r Reading, now time.Time) ([]Escalation, error) {
	var all []Escalation
	for _, t := range w.policy.Thresholds {
		e := Escalation{Threshold: t}
		level := t.level(r.Target)
		at, ok := w.reachedAt(level)
		switch {
		case ok:
			e.At = at
		case w.done || w.paused:
		default:
			reached, err := w.target().Calendar.AddWorkingTime(now, level-r.Used)
			if err != nil {
				return nil, err
			}
			e.At = reached
		}
		e.Reached = !e.At.IsZero() && !e.At.After(now)
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(a, b Escalation) int {
		return cmp.Compare(a.Threshold.level(r.Target), b.Threshold.level(r.Target))
	})
	return all, nil
}
