package worktime

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// recurrence is an RRULE.
type recurrence struct {
	freq            string
	interval, count int
	until           Date
	months, days    []int
	positions       []int // of the days of a period, from the first or the last
	weekdays        []nthWeekday
}

type nthWeekday struct {
	n   int // 0: every
	day time.Weekday
}

func parseRecurrence(s string) (recurrence, error) {
	r := recurrence{interval: 1, until: MaxDate}
	for part := range strings.SplitSeq(s, ";") {
		key, value, _ := strings.Cut(part, "=")
		var err error
		switch key {
		case "FREQ":
			r.freq = value
		case "INTERVAL":
			r.interval, err = number(value, 1, 1000)
		case "COUNT":
			r.count, err = number(value, 1, 100000)
		case "UNTIL":
			day, _, _ := strings.Cut(value, "T")
			r.until, err = icsDate(day)
		case "BYMONTH":
			r.months, err = numbers(value, 1, 12)
		case "BYMONTHDAY":
			r.days, err = numbers(value, -31, 31)
		case "BYDAY":
			r.weekdays, err = weekdays(value)
		case "BYSETPOS":
			r.positions, err = numbers(value, -366, 366)
		case "WKST", "":
		default:
			err = fmt.Errorf("%s is not supported", clip(key))
		}
		if err != nil {
			return r, err
		}
	}
	switch r.freq {
	case "DAILY", "WEEKLY", "MONTHLY", "YEARLY":
		return r, nil
	}
	return r, fmt.Errorf("FREQ %q is not supported; DAILY, WEEKLY, MONTHLY and YEARLY are", clip(r.freq))
}

func number(s string, lo, hi int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < lo || n > hi {
		return 0, fmt.Errorf("%q is not a number between %d and %d", clip(s), lo, hi)
	}
	return n, nil
}

func numbers(s string, lo, hi int) ([]int, error) {
	var all []int
	for part := range strings.SplitSeq(s, ",") {
		n, err := number(part, lo, hi)
		if err != nil {
			return nil, err
		}
		if all = append(all, n); len(all) > 100 {
			return nil, fmt.Errorf("more than 100 values")
		}
	}
	return all, nil
}

func weekdays(s string) ([]nthWeekday, error) {
	var all []nthWeekday
	for part := range strings.SplitSeq(s, ",") {
		if len(part) < 2 {
			return nil, fmt.Errorf("%q is not a weekday", clip(part))
		}
		i := slices.Index([]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}, part[len(part)-2:])
		if i < 0 || len(all) > 100 {
			return nil, fmt.Errorf("%q is not a weekday", clip(part))
		}
		n := 0
		if len(part) > 2 {
			var err error
			if n, err = number(strings.TrimPrefix(part[:len(part)-2], "+"), -53, 53); err != nil {
				return nil, err
			}
		}
		all = append(all, nthWeekday{n, time.Weekday(i)})
	}
	return all, nil
}

// starts lists the days from from to to on which an event happens that first
// happens on start.
func (r recurrence) starts(start, from, to Date) []Date {
	last := min(to, r.until)
	var out []Date
	// Each period is a day, week, month or year; its days are those that match.
	n := 0
	for period, empty := 0, 0; len(out) < maxICSDays && empty < 5000; period += r.interval {
		first, end := r.period(start, period)
		if first > last {
			break
		}
		empty++
		for _, d := range r.within(first, end, start) {
			if d < start || d > last {
				continue
			}
			empty = 0
			if d >= from {
				out = append(out, d)
			}
			if n++; n == r.count {
				return out
			}
		}
	}
	return out
}

// within lists the days of a period on which the event happens.
func (r recurrence) within(first, end, start Date) []Date {
	var all []Date
	for d := first; d < end; d++ {
		if r.matches(d, start) {
			all = append(all, d)
		}
	}
	if len(r.positions) == 0 {
		return all
	}
	var out []Date
	for i, d := range all {
		if slices.Contains(r.positions, i+1) || slices.Contains(r.positions, i-len(all)) {
			out = append(out, d)
		}
	}
	return out
}

func (r recurrence) period(start Date, n int) (first, end Date) {
	switch r.freq {
	case "DAILY":
		return start.AddDays(n), start.AddDays(n + 1)
	case "WEEKLY":
		monday := start - Date((start.Weekday()+6)%7)
		return monday.AddDays(7 * n), monday.AddDays(7*n + 7)
	case "MONTHLY":
		return start.FirstOfMonth().AddMonths(n), start.FirstOfMonth().AddMonths(n + 1)
	}
	year := dayNumber(start.Year(), 1, 1)
	return year.AddYears(n), year.AddYears(n + 1)
}

func (r recurrence) matches(d, start Date) bool {
	y, m, day := d.YMD()
	_, sm, sd := start.YMD()
	if len(r.months) > 0 && !slices.Contains(r.months, int(m)) {
		return false
	}
	if len(r.days) > 0 && !slices.Contains(r.days, day) && !slices.Contains(r.days, day-DaysIn(y, m)-1) {
		return false
	}
	if len(r.weekdays) > 0 && !slices.ContainsFunc(r.weekdays, func(w nthWeekday) bool { return r.isNth(w, d) }) {
		return false
	}
	if len(r.days)+len(r.weekdays) > 0 {
		return true
	}
	switch r.freq {
	case "WEEKLY":
		return d.Weekday() == start.Weekday()
	case "MONTHLY":
		return day == sd
	case "YEARLY":
		return day == sd && (m == sm || len(r.months) > 0)
	}
	return true
}

// isNth reports whether d is that weekday of its month, or of its year for a
// yearly rule that names no month.
func (r recurrence) isNth(w nthWeekday, d Date) bool {
	if d.Weekday() != w.day {
		return false
	}
	if w.n == 0 || r.freq == "WEEKLY" || r.freq == "DAILY" {
		return true
	}
	first, last := d.FirstOfMonth(), d.LastOfMonth()
	if r.freq == "YEARLY" && len(r.months) == 0 {
		first, last = dayNumber(d.Year(), 1, 1), dayNumber(d.Year(), 12, 31)
	}
	if w.n > 0 {
		return first.DaysUntil(d)/7 == w.n-1
	}
	return d.DaysUntil(last)/7 == -w.n-1
}
