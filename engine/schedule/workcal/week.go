package workcal

import (
	"fmt"
	"sort"
)

// Week is what is worked on each day of an ordinary week, Sunday first, in
// order and without overlap.
type Week [7][]Span

// Office is the week of Microsoft Project's standard calendar: Monday to
// Friday, 8:00 to 12:00 and 13:00 to 17:00.
func Office() Week {
	day := []Span{{8 * Hour, 12 * Hour}, {13 * Hour, 17 * Hour}}
	return Week{nil, day, day, day, day, day, nil}
}

// Exception replaces what is worked on the days From to To, both included
// (days since 1970-01-01). On, if set, picks the days it holds for; Week, if
// set, replaces them by a week of its own instead of by Spans.
type Exception struct {
	From, To int64
	Spans    []Span
	On       func(day int64) bool
	Week     *Week
}

// New makes a calendar of a week and exceptions; of two exceptions for one day
// the later one in the list holds.
func New(name string, week Week, exceptions []Exception) (*Calendar, error) {
	for d := range week {
		if err := ordered(week[d]); err != nil {
			return nil, err
		}
	}
	first, last := int64(lastDay), int64(firstDay)
	for _, e := range exceptions {
		if e.To < e.From {
			return nil, fmt.Errorf("an exception ends before it starts")
		}
		if err := ordered(e.Spans); err != nil {
			return nil, err
		}
		first, last = min(first, e.From), max(last, e.To)
	}
	ex := append([]Exception(nil), exceptions...)
	starts := startsOf(ex)
	c := &Calendar{Name: name}
	c.shape = func(day int64) []Span {
		if day >= first && day <= last {
			if e := covering(ex, starts, day); e != nil {
				if e.Week != nil {
					return e.Week[Weekday(day)]
				}
				return e.Spans
			}
		}
		return week[Weekday(day)]
	}
	return c, nil
}

// startsOf indexes exceptions by the years they touch, so that a calendar with
// decades of holidays answers a day by looking at one year's.
func startsOf(ex []Exception) map[int64][]int {
	years := map[int64][]int{}
	for i, e := range ex {
		from, to := max(e.From, firstDay), min(e.To, lastDay)
		for y := yearOf(from); y <= yearOf(to); y++ {
			years[y] = append(years[y], i)
		}
	}
	return years
}

func covering(ex []Exception, years map[int64][]int, day int64) *Exception {
	in := years[yearOf(day)]
	for i := len(in) - 1; i >= 0; i-- {
		e := &ex[in[i]]
		if e.From <= day && day <= e.To && (e.On == nil || e.On(day)) {
			return e
		}
	}
	return nil
}

// yearOf cuts time into stretches of 366 days; only equality matters.
func yearOf(day int64) int64 { return (day - firstDay) / 366 }

// Weekday is 0 for Sunday.
func Weekday(day int64) int { return int(((day+4)%7 + 7) % 7) }

func ordered(spans []Span) error {
	for i, s := range spans {
		if s.From < 0 || s.To > Day || s.From >= s.To {
			return fmt.Errorf("worked time must lie inside its day and end after it starts")
		}
		if i > 0 && s.From < spans[i-1].To {
			return fmt.Errorf("worked times of one day overlap or are out of order")
		}
	}
	return nil
}

// Tidy orders spans and joins those that touch or overlap.
func Tidy(spans []Span) []Span {
	s := append([]Span(nil), spans...)
	sort.Slice(s, func(i, j int) bool { return s[i].From < s[j].From })
	out := s[:0]
	for _, x := range s {
		if n := len(out); n > 0 && x.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, x.To)
			continue
		}
		if x.From < x.To {
			out = append(out, x)
		}
	}
	return out
}

// Empty reports whether a calendar has no work in the 30 years after day.
func (c *Calendar) Empty(day int64) bool {
	if c.shape == nil {
		return false
	}
	for d := day; d < day+30*366 && d < lastDay; d++ {
		if len(c.shape(d)) > 0 {
			return false
		}
	}
	return true
}
