package worktime

import (
	"iter"
	"time"
)

// stretch is working time between two moments, From included, To excluded.
type stretch struct{ From, To time.Time }

// ahead yields the calendar's working stretches that end after t, in order. It
// ends after twenty years without any, or at the last Date.
func (c *Calendar) ahead(t time.Time) iter.Seq[stretch] {
	c = c.or()
	loc := c.rules.Location
	return func(yield func(stretch) bool) {
		end := t // stretches that pass midnight may meet the next day's
		idle := 0
		for d := max(DateOf(t.In(loc))-2, MinDate); d <= MaxDate && idle < searchDays; d++ {
			idle++
			for _, s := range c.Hours(d) {
				w := stretch{wall(d, s.From, loc), wall(d, s.To, loc)}
				if w.From.Before(end) {
					w.From = end
				}
				if !w.To.After(w.From) {
					continue
				}
				end, idle = w.To, 0
				if !yield(w) {
					return
				}
			}
		}
	}
}

// back yields the working stretches that begin before t, last first.
func (c *Calendar) back(t time.Time) iter.Seq[stretch] {
	c = c.or()
	loc := c.rules.Location
	return func(yield func(stretch) bool) {
		idle := 0
		for d := min(DateOf(t.In(loc))+1, MaxDate); d >= MinDate && idle < searchDays; d-- {
			idle++
			day := c.Hours(d)
			for i := len(day) - 1; i >= 0; i-- {
				w := stretch{wall(d, day[i].From, loc), wall(d, day[i].To, loc)}
				// The part that the day before still holds counts as that day's.
				if d > MinDate {
					if before := c.Hours(d - 1); len(before) > 0 {
						if until := wall(d-1, before[len(before)-1].To, loc); until.After(w.From) {
							w.From = until
						}
					}
				}
				if w.To.After(t) {
					w.To = t
				}
				if !w.To.After(w.From) {
					continue
				}
				idle = 0
				if !yield(w) {
					return
				}
			}
		}
	}
}

// AddWorkingTime returns the moment at which d of working time has passed since
// t: the earliest such moment, so work that fills a day ends that evening and
// not next morning. With negative d it goes back, to the latest moment from
// which -d of working time passes until t; so adding and then subtracting
// returns to t, or to the next working moment when t was outside working time.
// Zero returns t. It fails with ErrNoWorkingTime.
func (c *Calendar) AddWorkingTime(t time.Time, d time.Duration) (time.Time, error) {
	switch {
	case d > 0:
		for w := range c.ahead(t) {
			if have := w.To.Sub(w.From); d > have {
				d -= have
				continue
			}
			return w.From.Add(d).In(c.Location()), nil
		}
		return time.Time{}, ErrNoWorkingTime
	case d < 0:
		for w := range c.back(t) {
			if have := w.To.Sub(w.From); -d > have {
				d += have
				continue
			}
			return w.To.Add(d).In(c.Location()), nil
		}
		return time.Time{}, ErrNoWorkingTime
	}
	return t.In(c.Location()), nil
}

// WorkingTimeBetween returns the working time from a to b, negative when b
// lies before a.
func (c *Calendar) WorkingTimeBetween(a, b time.Time) time.Duration {
	if b.Before(a) {
		return -c.WorkingTimeBetween(b, a)
	}
	var sum time.Duration
	for w := range c.ahead(a) {
		if !w.From.Before(b) {
			break
		}
		if w.To.After(b) {
			w.To = b
		}
		sum += w.To.Sub(w.From)
	}
	return sum
}

// Working reports whether t lies in working time.
func (c *Calendar) Working(t time.Time) bool {
	for w := range c.ahead(t) {
		return !w.From.After(t)
	}
	return false
}
