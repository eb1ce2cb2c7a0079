package forecast

import (
	"time"

	"steward/engine/calc"
)

// CalendarEffects returns, for n periods from start on, what of the calendar moves
// business series: working days (Monday to Friday, less holidays) and the share of
// the Easter fortnight in the period. start is a month (2020-01), or a day
// (2020-01-31); with a frequency of 4 periods are quarters, of 12 or 1 months, for
// a start that is a month. A day starts daily periods, or weekly ones when the
// frequency is 52. Days have a column each for Saturday, Sunday and holiday too.
func CalendarEffects(start string, frequency, n int, holidays []string) ([][]float64, error) {
	if n < 0 || n > maxValues+maxHorizon {
		return nil, calc.Wrong("effects", "%d periods are too many", n)
	}
	off := make(map[string]bool, len(holidays))
	for i, d := range holidays {
		if _, err := time.Parse(time.DateOnly, d); err != nil {
			return nil, calc.Wrong("holidays", "entry %d, %q, is not a day such as 2026-12-25", i+1, short(d))
		}
		off[d] = true
	}
	step := func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }
	at, err := time.Parse(time.DateOnly, start)
	daily := err == nil && frequency < 52
	switch {
	case daily:
	case err == nil:
		step = func(t time.Time) time.Time { return t.AddDate(0, 0, 7) }
	default:
		if at, err = time.Parse("2006-01", start); err != nil {
			return nil, calc.Wrong("start", "%q is neither a month such as 2020-01 nor a day such as 2020-01-31", short(start))
		}
		count := 1
		switch frequency {
		case 4:
			count = 3
		case 2:
			count = 6
		}
		step = func(t time.Time) time.Time { return t.AddDate(0, count, 0) }
	}
	rows := make([][]float64, n)
	for i := range rows {
		end := step(at)
		if end.Year() > 9999 {
			return nil, calc.Wrong("start", "the periods run past the year 9999")
		}
		rows[i] = period(at, end, off, daily)
		at = end
	}
	return rows, nil
}

// period describes the days from at until before end.
func period(at, end time.Time, off map[string]bool, daily bool) []float64 {
	working, easter, saturday, sunday, holiday := 0.0, 0.0, 0.0, 0.0, 0.0
	for d := at; d.Before(end); d = d.AddDate(0, 0, 1) {
		switch {
		case off[d.Format(time.DateOnly)]:
			holiday++
		case d.Weekday() == time.Saturday:
			saturday++
		case d.Weekday() == time.Sunday:
			sunday++
		default:
			working++
		}
		if s := Easter(d.Year()); !d.Before(s.AddDate(0, 0, -8)) && d.Before(s.AddDate(0, 0, 2)) {
			easter += 0.1
		}
	}
	if daily {
		return []float64{easter * 10, saturday, sunday, holiday}
	}
	return []float64{working, easter}
}

// Easter returns Easter Sunday of a year of the Gregorian calendar (Meeus,
// "Astronomical Algorithms", chapter 8).
func Easter(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	month, day := (h+l-7*m+114)/31, (h+l-7*m+114)%31+1
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}
