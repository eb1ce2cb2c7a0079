package worktime

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"steward/engine/calc"
)

// Rules describes a Calendar: weekly hours, a time zone, and what changes them.
type Rules struct {
	Week     Week           // the zero Week is Monday to Friday, 08:00–18:00
	Location *time.Location // nil is UTC
	// Places whose holidays are free: usually one; several for a team that
	// only works when all do.
	Places []Place
	// Customary counts customary days (Swedish Midsummer's Eve) as free too.
	Customary bool
	// Own days win over holidays and weekly hours.
	Own []OwnDay
}

// OwnDay is a day an organisation treats in its own way: free without Hours,
// else worked in these Hours.
type OwnDay struct {
	Date   Date   `json:"date,omitzero" doc:"the day; give date or yearly"`
	Yearly string `json:"yearly,omitempty" doc:"MM-DD: the same day every year"`
	Name   string `json:"name,omitempty" doc:"shown where the day matters"`
	Hours  []Span `json:"hours,omitempty" doc:"working stretches of that day; none means free"`
}

// Calendar knows when people work. It is immutable and safe for concurrent
// use. Make it with NewCalendar; a nil *Calendar is Monday to Friday,
// 08:00–18:00 UTC without holidays.
type Calendar struct {
	rules  Rules
	dated  map[Date]OwnDay
	yearly map[[2]int]OwnDay

	mu    sync.RWMutex
	years map[int]map[Date]Holiday
}

// NewCalendar checks the rules and returns their calendar. An error names the
// entry that is wrong.
func NewCalendar(r Rules) (*Calendar, error) {
	empty := true
	for _, spans := range r.Week {
		empty = empty && len(spans) == 0
	}
	if empty {
		r.Week = Office(8*60, 18*60)
	}
	var err error
	if r.Week, err = r.Week.checked(); err != nil {
		return nil, calc.Wrong("week", "%v", err)
	}
	if r.Location == nil {
		r.Location = time.UTC
	}
	r.Places = slices.Clone(r.Places)
	for i, p := range r.Places {
		if _, err := ParsePlace(p.String()); err != nil {
			return nil, calc.Wrong(fmt.Sprintf("holidays[%d]", i), "%v", err)
		}
	}
	c := &Calendar{rules: r, dated: map[Date]OwnDay{}, yearly: map[[2]int]OwnDay{}, years: map[int]map[Date]Holiday{}}
	for i, d := range r.Own {
		if d.Hours, err = ordered(d.Hours); err != nil {
			return nil, calc.Wrong(fmt.Sprintf("own[%d].hours", i), "%v", err)
		}
		switch {
		case d.Date != 0 && d.Yearly == "":
			if d.Date < MinDate || d.Date > MaxDate {
				return nil, calc.Wrong(fmt.Sprintf("own[%d].date", i), "is out of range")
			}
			c.dated[d.Date] = d
		case d.Date == 0 && d.Yearly != "":
			day, err := ParseDate("2000-" + d.Yearly)
			if err != nil {
				return nil, calc.Wrong(fmt.Sprintf("own[%d].yearly", i), "%q is not a day of the year; write it as MM-DD", clip(d.Yearly))
			}
			_, m, n := day.YMD()
			c.yearly[[2]int{int(m), n}] = d
		default:
			return nil, calc.Wrong(fmt.Sprintf("own[%d]", i), "give either date or yearly")
		}
	}
	return c, nil
}

var plain = sync.OnceValue(func() *Calendar { c, _ := NewCalendar(Rules{}); return c })

func (c *Calendar) or() *Calendar {
	if c == nil {
		return plain()
	}
	return c
}

// Location returns the calendar's time zone.
func (c *Calendar) Location() *time.Location { return c.or().rules.Location }

// Special returns what makes d special: the own day or the holiday that is in
// force, and false on an ordinary day. Own days win; then a day that is free
// wins over a working day made by decree.
func (c *Calendar) Special(d Date) (Holiday, bool) {
	c = c.or()
	if o, ok := c.own(d); ok {
		return Holiday{Date: d, Name: cmp.Or(o.Name, "own day"), Kind: Own}, true
	}
	h, ok := c.holidays(d.Year())[d]
	return h, ok
}

func (c *Calendar) own(d Date) (OwnDay, bool) {
	if o, ok := c.dated[d]; ok {
		return o, true
	}
	if len(c.yearly) == 0 {
		return OwnDay{}, false
	}
	_, m, n := d.YMD()
	o, ok := c.yearly[[2]int{int(m), n}]
	return o, ok
}

// holidays returns the special days of a year, computed once.
func (c *Calendar) holidays(year int) map[Date]Holiday {
	if len(c.rules.Places) == 0 {
		return nil
	}
	c.mu.RLock()
	days, ok := c.years[year]
	c.mu.RUnlock()
	if ok {
		return days
	}
	days = map[Date]Holiday{}
	for _, p := range c.rules.Places {
		for _, h := range Holidays(p, year) {
			if h.Kind == Customary && !c.rules.Customary {
				continue
			}
			if old, ok := days[h.Date]; ok && (old.Kind != Workday || h.Kind == Workday) {
				continue
			}
			days[h.Date] = h
		}
	}
	c.mu.Lock()
	c.years[year] = days
	c.mu.Unlock()
	return days
}

// Hours returns the working stretches of d in minutes of the wall clock, in
// order; none when d is free. A Workday has the hours of a Monday.
func (c *Calendar) Hours(d Date) []Span {
	c = c.or()
	if o, ok := c.own(d); ok {
		return o.Hours
	}
	if h, ok := c.holidays(d.Year())[d]; ok {
		if h.Kind != Workday {
			return nil
		}
		if own := c.rules.Week[d.Weekday()]; len(own) > 0 {
			return own
		}
		return c.rules.Week[time.Monday]
	}
	return c.rules.Week[d.Weekday()]
}

// IsWorkday reports whether anybody works on d.
func (c *Calendar) IsWorkday(d Date) bool { return len(c.Hours(d)) > 0 }

// ErrNoWorkingTime is returned when a calendar has no working time within
// twenty years of where it was needed.
var ErrNoWorkingTime = errors.New("the calendar has no working time within 20 years")

const searchDays = 20 * 366

// Roll returns d when it is a working day, else the nearest one in the
// direction of step (+1 later, -1 earlier).
func (c *Calendar) Roll(d Date, step int) (Date, error) {
	if step >= 0 {
		step = 1
	} else {
		step = -1
	}
	for n, day := 0, d; n < searchDays && day >= MinDate && day <= MaxDate; n, day = n+1, day+Date(step) {
		if c.IsWorkday(day) {
			return day, nil
		}
	}
	return 0, ErrNoWorkingTime
}

// AddWorkdays returns the nth working day after d, before it for negative n.
// For n = 0 it is d, or the next working day when d is free.
func (c *Calendar) AddWorkdays(d Date, n int) (Date, error) {
	if n == 0 {
		return c.Roll(d, 1)
	}
	step := 1
	if n < 0 {
		step = -1
	}
	var err error
	for ; n != 0; n -= step {
		if d, err = c.Roll(d+Date(step), step); err != nil {
			return 0, err
		}
	}
	return d, nil
}

// WorkdaysBetween counts the working days from from (included) to to
// (excluded); negative when to lies before from.
func (c *Calendar) WorkdaysBetween(from, to Date) int {
	if to < from {
		return -c.WorkdaysBetween(to, from)
	}
	n := 0
	for d := from; d < to; d++ {
		if c.IsWorkday(d) {
			n++
		}
	}
	return n
}
