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
	index := indexed(ex)
	c := &Calendar{Name: name, Week: week, Exceptions: ex}
	c.shape = func(day int64) []Span {
		if day >= first && day <= last {
			if e := index.covering(day); e != nil {
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

// exceptionIndex finds the exception of a day without looking at all of them.
type exceptionIndex struct {
	all   []Exception
	years map[int64][]int // those that touch a year
	wide  []int           // those that span many
}

func indexed(ex []Exception) *exceptionIndex {
	x := &exceptionIndex{all: ex, years: map[int64][]int{}}
	for i, e := range ex {
		from, to := yearOf(max(e.From, firstDay)), yearOf(min(e.To, lastDay))
		if to-from > 20 {
			x.wide = append(x.wide, i)
			continue
		}
		for y := from; y <= to; y++ {
			x.years[y] = append(x.years[y], i)
		}
	}
	return x
}

// covering is the last exception in the list that holds for a day, or nil.
func (x *exceptionIndex) covering(day int64) *Exception {
	a, b := x.latest(x.years[yearOf(day)], day), x.latest(x.wide, day)
	if i := max(a, b); i >= 0 {
		return &x.all[i]
	}
	return nil
}

func (x *exceptionIndex) latest(in []int, day int64) int {
	for k := len(in) - 1; k >= 0; k-- {
		e := &x.all[in[k]]
		if e.From <= day && day <= e.To && (e.On == nil || e.On(day)) {
			return in[k]
		}
	}
	return -1
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
