package schedule

import (
	"sort"

	"steward/engine/calc"
	"steward/engine/schedule/mspdi"
	"steward/engine/schedule/workcal"
)

// gap is the working time during which a task that has not started rests
// between its parts: a split, which a file shows only in what its assignments
// do from day to day. It is kept when the task moves, as in Microsoft Project.
func (r *mspdiReader) gap(x *mspdi.Task, t *Task, ticks int64, base *workcal.Calendar, where string) (int64, error) {
	if ticks == 0 || t.Duration.elapsed || t.fixed || !t.ActualStart.IsZero() {
		return 0, nil
	}
	var err error
	if t.pauses, err = r.rests(x, base, where); err != nil || len(t.pauses) == 0 {
		return 0, err
	}
	rest := int64(0)
	for _, p := range t.pauses {
		rest += p.rest
	}
	// Days are the grain of what assignments do; the task's own dates know the
	// gap to the minute.
	start, _, err1 := workcal.Parse(x.Start)
	finish, _, err2 := workcal.Parse(x.Finish)
	if err1 == nil && err2 == nil && r.alikeAll(x, base) {
		return max(base.Between(start, finish)-ticks, 0), nil
	}
	return rest, nil
}

// keepGap makes a task's pauses add up to its gap and lie within its work.
func (t *Task) keepGap(gap, ticks int64) {
	last := &t.pauses[len(t.pauses)-1]
	for i := range t.pauses {
		p := &t.pauses[i]
		p.after = min(p.after, ticks)
		p.rest = min(p.rest, gap)
		gap -= p.rest
	}
	last.rest += gap
}

// rests finds the working time between the first and the last work of a
// task in which none of its assignments does anything although it could.
func (r *mspdiReader) rests(x *mspdi.Task, base *workcal.Calendar, where string) ([]pause, error) {
	var busy [][2]int64
	var cals []*workcal.Calendar
	for _, a := range r.phased[x.UID] {
		works := false
		for _, ph := range a.Phases {
			if ph.Type != "1" && ph.Type != "2" {
				continue
			}
			value, err := mspdi.Duration(ph.Value)
			if ph.Value == "" || err == nil && value <= 0 {
				continue
			}
			from, _, err1 := workcal.Parse(ph.Start)
			to, _, err2 := workcal.Parse(ph.Finish)
			if err != nil || err1 != nil || err2 != nil || to < from {
				return nil, calc.Wrong(where+", TimephasedData", "%s to %s with %s is not work in a stretch of time", ph.Start, ph.Finish, ph.Value)
			}
			busy, works = append(busy, [2]int64{from, to}), true
		}
		if works {
			cals = append(cals, r.assignmentCalendar(a, base))
		}
	}
	sort.Slice(busy, func(i, j int) bool { return busy[i][0] < busy[j][0] })
	var out []pause
	var done int64 // working time from the first work to a pause, pauses left out
	for i := 1; i < len(busy); i++ {
		from, to := busy[i-1][1], busy[i][0]
		done += max(base.Between(busy[i-1][0], min(from, max(to, busy[i-1][0]))), 0)
		if to <= from {
			busy[i][1] = max(busy[i][1], from) // the stretches before reach as far
			continue
		}
		could := int64(0)
		for _, c := range cals {
			could = max(could, c.Between(from, to))
		}
		if could > 0 {
			out = append(out, pause{done, could})
		}
	}
	return out, nil
}

// assignmentCalendar is the calendar an assignment's work is done by.
func (r *mspdiReader) assignmentCalendar(a *mspdi.Assignment, base *workcal.Calendar) *workcal.Calendar {
	if x := r.resources[a.ResourceUID]; x != nil {
		if c := r.cals[x.CalendarUID]; c != nil {
			return c
		}
	}
	return base
}

// alikeAll reports whether everybody on a task works by the task's calendar.
func (r *mspdiReader) alikeAll(x *mspdi.Task, base *workcal.Calendar) bool {
	for _, a := range r.work[x.UID] {
		if !alike(r.assignmentCalendar(a, base), base) {
			return false
		}
	}
	return true
}
