package mspdi

import (
	"fmt"
	"time"

	"steward/engine/schedule/workcal"
)

// WorkCalendars makes the project's calendars, by UID. A resource's calendar
// takes from its base what it does not say itself.
func (p *Project) WorkCalendars() (map[string]*workcal.Calendar, error) {
	b := calendars{at: map[string]int{}, done: map[string]*parts{}, open: map[string]bool{}, p: p}
	for i, c := range p.Calendars {
		b.at[c.UID] = i
	}
	out := map[string]*workcal.Calendar{}
	for _, c := range p.Calendars {
		x, err := b.build(c.UID)
		if err != nil {
			return nil, err
		}
		out[c.UID] = x.cal
	}
	return out, nil
}

type calendars struct {
	p    *Project
	at   map[string]int
	done map[string]*parts
	open map[string]bool

	exceptions int // so far, with those taken from bases
}

type parts struct {
	week       workcal.Week
	exceptions []workcal.Exception
	cal        *workcal.Calendar
}

func (b *calendars) build(uid string) (*parts, error) {
	if x := b.done[uid]; x != nil {
		return x, nil
	}
	i, ok := b.at[uid]
	if !ok {
		return nil, fmt.Errorf("there is no calendar with UID %s", uid)
	}
	if b.open[uid] {
		return nil, fmt.Errorf("calendar UID %s stands on itself", uid)
	}
	b.open[uid] = true
	c := b.p.Calendars[i]
	x := &parts{}
	if base := c.BaseCalendarUID; base != uid && b.known(base) {
		from, err := b.build(base)
		if err != nil {
			return nil, err
		}
		x.week, x.exceptions = from.week, append(x.exceptions, from.exceptions...)
	} else if len(c.WeekDays) == 0 {
		x.week = workcal.Office()
	}
	where := fmt.Sprintf("calendar UID %s", uid)
	// Since Project 2007 the exceptions stand in a list of their own. The days
	// of type 0 beside it are for older programs: a recurring exception stands
	// there as one stretch from its first to its last day.
	old := &x.exceptions
	if len(c.Exceptions) > 0 {
		old = nil
	}
	if err := readDays(where, c.WeekDays, &x.week, old); err != nil {
		return nil, err
	}
	for _, w := range c.WorkWeeks {
		if w.Period == nil {
			continue
		}
		e, err := period(where, w.Period)
		if err != nil {
			return nil, err
		}
		week := x.week
		if err := readDays(where, w.WeekDays, &week, nil); err != nil {
			return nil, err
		}
		e.Week = &week
		x.exceptions = append(x.exceptions, e)
	}
	for _, in := range c.Exceptions {
		if in.Period == nil {
			continue
		}
		e, err := exception(where, in)
		if err != nil {
			return nil, err
		}
		x.exceptions = append(x.exceptions, e)
	}
	if b.exceptions += len(x.exceptions); b.exceptions > 200_000 {
		return nil, fmt.Errorf("%s: the calendars have more than 200,000 exceptions together", where)
	}
	var err error
	if x.cal, err = workcal.New(c.Name, x.week, x.exceptions); err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	b.done[uid] = x
	return x, nil
}

func (b *calendars) known(uid string) bool { _, ok := b.at[uid]; return ok }

func readDays(where string, days []WeekDay, week *workcal.Week, exceptions *[]workcal.Exception) error {
	for _, d := range days {
		n, err := Int(d.DayType, -1)
		if err != nil || n < 0 || n > 7 {
			return fmt.Errorf("%s: %q is not a day of the week from 1 to 7", where, d.DayType)
		}
		spans, err := times(where, d.WorkingTimes)
		if err != nil {
			return err
		}
		spans = worked(d.DayWorking, spans)
		if n > 0 {
			week[n-1] = spans
			continue
		}
		if d.Period == nil || exceptions == nil {
			continue
		}
		e, err := period(where, d.Period)
		if err != nil {
			return err
		}
		e.Spans = spans
		*exceptions = append(*exceptions, e)
	}
	return nil
}

// worked is what a day works: nothing when it is free, the standard day when
// it is worked and does not say when.
func worked(working string, spans []workcal.Span) []workcal.Span {
	switch {
	case !True(working, len(spans) > 0):
		return nil
	case len(spans) == 0:
		return workcal.Office()[1]
	}
	return spans
}

func times(where string, in []WorkingTime) ([]workcal.Span, error) {
	var out []workcal.Span
	for _, t := range in {
		if t.From == "" && t.To == "" {
			continue
		}
		from, err := clock(t.From)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", where, err)
		}
		to, err := clock(t.To)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", where, err)
		}
		if to <= from { // midnight is the end of the day, not its start
			to = workcal.Day
		}
		out = append(out, workcal.Span{From: from, To: to})
	}
	return workcal.Tidy(out), nil
}

func period(where string, p *Period) (workcal.Exception, error) {
	from, _, err := workcal.Parse(p.From)
	if err != nil {
		return workcal.Exception{}, fmt.Errorf("%s: %w", where, err)
	}
	to, _, err := workcal.Parse(p.To)
	if err != nil {
		return workcal.Exception{}, fmt.Errorf("%s: %w", where, err)
	}
	if to < from {
		return workcal.Exception{}, fmt.Errorf("%s: %s lies before %s", where, p.To, p.From)
	}
	return workcal.Exception{From: workcal.DayOf(from), To: workcal.DayOf(to)}, nil
}

// exception reads one exception with its recurrence.
func exception(where string, in Exception) (workcal.Exception, error) {
	e, err := period(where, in.Period)
	if err != nil {
		return e, err
	}
	if e.Spans, err = times(where, in.WorkingTimes); err != nil {
		return e, err
	}
	e.Spans = worked(in.DayWorking, e.Spans)
	n := map[string]int64{}
	for _, f := range [][2]string{{"Type", in.Type}, {"Period", in.Every}, {"DaysOfWeek", in.DaysOfWeek}, {"MonthItem", in.MonthItem}, {"MonthPosition", in.MonthPosition}, {"Month", in.Month}, {"MonthDay", in.MonthDay}} {
		if n[f[0]], err = Int(f[1], 0); err != nil {
			return e, fmt.Errorf("%s: exception %q: %s: %w", where, in.Name, f[0], err)
		}
	}
	e.On = recurrence(e.From, n)
	return e, nil
}

// recurrence says on which days of its period an exception holds; nil for all.
func recurrence(from int64, n map[string]int64) func(int64) bool {
	every := max(n["Period"], 1)
	first := date(from)
	months := func(t time.Time) int64 {
		return int64(t.Year()-first.Year())*12 + int64(t.Month()) - int64(first.Month())
	}
	switch n["Type"] {
	case 1, 7:
		if every > 1 {
			return func(day int64) bool { return (day-from)%every == 0 }
		}
	case 2:
		return func(day int64) bool {
			t := date(day)
			return int64(t.Month())-1 == n["Month"] && int64(t.Day()) == n["MonthDay"]
		}
	case 3:
		return func(day int64) bool {
			t := date(day)
			return int64(t.Month())-1 == n["Month"] && inPosition(t, n["MonthPosition"], n["MonthItem"])
		}
	case 4:
		return func(day int64) bool {
			t := date(day)
			return months(t)%every == 0 && int64(t.Day()) == n["MonthDay"]
		}
	case 5:
		return func(day int64) bool {
			t := date(day)
			return months(t)%every == 0 && inPosition(t, n["MonthPosition"], n["MonthItem"])
		}
	case 6:
		sunday := from - int64(workcal.Weekday(from))
		return func(day int64) bool {
			return n["DaysOfWeek"]>>workcal.Weekday(day)&1 == 1 && (day-sunday)/7%every == 0
		}
	}
	return nil
}

func date(day int64) time.Time { return workcal.Time(day * workcal.Day) }

// inPosition reports whether t is the first, second, third, fourth (0 to 3)
// or last (4) of its kind in its month: any day 0, weekday 1, weekend day 2,
// or Sunday to Saturday 3 to 9.
func inPosition(t time.Time, position, item int64) bool {
	is := func(t time.Time) bool {
		w := int64(t.Weekday())
		switch item {
		case 0:
			return true
		case 1:
			return w != 0 && w != 6
		case 2:
			return w == 0 || w == 6
		}
		return w == item-3
	}
	if !is(t) {
		return false
	}
	before, after := int64(0), int64(0)
	for d := t.AddDate(0, 0, -1); d.Month() == t.Month(); d = d.AddDate(0, 0, -1) {
		if is(d) {
			before++
		}
	}
	for d := t.AddDate(0, 0, 1); d.Month() == t.Month(); d = d.AddDate(0, 0, 1) {
		if is(d) {
			after++
		}
	}
	if position == 4 {
		return after == 0
	}
	return before == position
}
