package schedule

import (
	"strconv"

	"steward/engine/calc"
	"steward/engine/schedule/mspdi"
	"steward/engine/schedule/workcal"
)

// assignments gives a task its needs and, unless its duration is fixed, the
// work that drives it where resources work by other calendars than the task.
func (r *mspdiReader) assignments(x *mspdi.Task, t *Task, ticks int64, where string) error {
	own := r.cals[x.CalendarUID]
	base := own
	if base == nil {
		base = r.base
	}
	var work []assignment
	other := false
	for _, a := range r.work[x.UID] {
		units := 1.0
		if a.Units != "" {
			var err error
			if units, err = strconv.ParseFloat(a.Units, 64); err != nil || !(units >= 0) || units > 1e6 {
				return calc.Wrong(where+", Assignment Units", "%q is not a number of units", a.Units)
			}
		}
		if units == 0 {
			continue
		}
		if t.Needs == nil {
			t.Needs = map[string]float64{}
		}
		t.Needs[a.ResourceUID] += units
		cal := r.cals[r.resources[a.ResourceUID].CalendarUID]
		if cal == nil || mspdi.True(x.IgnoreResourceCalendar, false) {
			cal = base
		}
		if own != nil && cal != own {
			cal = r.both(own, cal)
		}
		t.assigned = append(t.assigned, assigned{a.ResourceUID, units, -1})
		amount := ticks
		if a.Work != "" {
			w, err := mspdi.Duration(a.Work)
			if err != nil {
				return calc.Wrong(where+", Assignment Work", "%v", err)
			}
			if t.assigned[len(t.assigned)-1].work = w; w <= 0 {
				continue
			}
			amount = round(float64(w) / units)
		}
		other = other || !alike(cal, base)
		work = append(work, assignment{cal, amount})
	}
	gap, err := r.gap(x, t, ticks, base, where)
	if err != nil {
		return err
	}
	if gap > 0 {
		t.keepGap(gap, ticks)
		t.work = []assignment{{base, ticks + gap}}
	}
	if !other || x.Type == "1" || t.Duration.elapsed || ticks == 0 {
		return nil
	}
	for _, w := range work {
		if w.cal.Empty(workcal.DayOf(0)) {
			return nil
		}
	}
	if len(work) == 1 {
		work[0].ticks = ticks // the file's duration knows contours and rounding
	}
	for i := range work {
		work[i].ticks += gap
	}
	t.work = work
	return nil
}

// both intersects two calendars, once for each pair.
func (r *mspdiReader) both(a, b *workcal.Calendar) *workcal.Calendar {
	key := [2]*workcal.Calendar{a, b}
	if r.pairs[key] == nil {
		r.pairs[key] = workcal.Both(a, b)
	}
	return r.pairs[key]
}

// alike reports whether two calendars have the same working time, as far as
// their definitions show.
func alike(a, b *workcal.Calendar) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil || len(a.Exceptions) != len(b.Exceptions) || a.Continuous() != b.Continuous() {
		return false
	}
	for d := range a.Week {
		if !sameSpans(a.Week[d], b.Week[d]) {
			return false
		}
	}
	for i, e := range a.Exceptions {
		f := b.Exceptions[i]
		if e.From != f.From || e.To != f.To || !sameSpans(e.Spans, f.Spans) || (e.On == nil) != (f.On == nil) || e.Week != f.Week {
			return false
		}
	}
	return true
}

func sameSpans(a, b []workcal.Span) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
