package locale

import (
	"strconv"
	"strings"
	"time"
)

// Style is how much of a date is written.
type Style int

const (
	Short    Style = iota // for columns: 2026-11-22 · 22.11.2026 · 2026. 11. 22.
	Medium                // 22 Nov 2026
	Long                  // 22 November 2026
	Full                  // Sunday 22 November 2026
	DayMonth              // 22 Nov
	WeekDay               // Sun 22 Nov
)

// Date writes the day of t, in t's zone.
func (l Lang) Date(t time.Time, s Style) string {
	f := l.table()
	p := [...]string{f.dateShort, f.dateMedium, f.dateLong, f.dateFull, f.dayMonth, f.dayMonthWeek}
	if s < 0 || int(s) >= len(p) {
		s = Medium
	}
	return l.fill(p[s], t)
}

// Day writes a day given as 2026-11-22; text that is no day comes back as it is.
func (l Lang) Day(iso string, s Style) string {
	t, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	return l.Date(t, s)
}

// Clock writes the time of day, 24 hours: 14:05.
func (l Lang) Clock(t time.Time) string { return t.Format("15:04") }

// Moment writes day and time, in t's zone: 22 Nov 2026, 14:05.
func (l Lang) Moment(t time.Time, s Style) string {
	return strings.NewReplacer("{d}", l.Date(t, s), "{t}", l.Clock(t)).Replace(l.table().dateTime)
}

// Month writes month and year: November 2026 · 2026. november.
func (l Lang) Month(t time.Time) string { return l.fill(l.table().monthYear, t) }

// MonthShort writes month and year short: Nov 2026.
func (l Lang) MonthShort(t time.Time) string { return l.fill(l.table().monthYearShort, t) }

// MonthAxis is the month's name under an axis, without a full stop: Nov, lis.
func (l Lang) MonthAxis(m time.Month) string { return l.table().axisM[index(int(m)-1, 12)] }

// MonthName is the month's name standing alone: listopad, not listopada.
func (l Lang) MonthName(m time.Month) string { return l.table().months[index(int(m)-1, 12)] }

// Weekday is the day's name; short is as in a calendar's head.
func (l Lang) Weekday(d time.Weekday, short bool) string {
	i := index(int(d)-1, 7)
	if short {
		return l.table().shortD[i]
	}
	return l.table().days[i]
}

// FirstWeekday is the day a week begins with: Monday in all five languages.
func (l Lang) FirstWeekday() time.Weekday { return time.Monday }

// Week writes the week of t by ISO 8601: week 47 · KW 47 · 47. hét.
func (l Lang) Week(t time.Time) string {
	_, n := t.ISOWeek()
	return strings.ReplaceAll(l.table().week, "{n}", strconv.Itoa(n))
}

// Quarter writes the quarter of t: Q4 2026 · 4 kw. 2026.
func (l Lang) Quarter(t time.Time) string {
	return strings.NewReplacer("{q}", strconv.Itoa((int(t.Month())-1)/3+1), "{y}", strconv.Itoa(t.Year())).Replace(l.table().quarter)
}

// Days writes a range of days, saying once what both share: 22–28 Nov 2026.
// Languages that put the year first write both days in full.
func (l Lang) Days(from, to time.Time) string {
	a, b := l.Date(from, Medium), l.Date(to, Medium)
	switch {
	case a == b:
		return a
	case l == Hu || from.Year() != to.Year() || l == De:
		return a + " – " + b
	case from.Month() == to.Month():
		return strconv.Itoa(from.Day()) + "–" + b
	}
	return l.Date(from, DayMonth) + " – " + b
}

func index(i, n int) int { return ((i % n) + n) % n }

// fill puts the parts of a day into a pattern: {y}, {d} and {0d}, {0m},
// {mmm} and {mmmm} as in a date, {MMMM} standing alone, {www} and {wwww}.
func (l Lang) fill(pattern string, t time.Time) string {
	f := l.table()
	var b strings.Builder
	for pattern != "" {
		i := strings.IndexByte(pattern, '{')
		if i < 0 {
			b.WriteString(pattern)
			break
		}
		b.WriteString(pattern[:i])
		j := i + strings.IndexByte(pattern[i:], '}')
		m := int(t.Month()) - 1
		switch pattern[i+1 : j] {
		case "y":
			b.WriteString(strconv.Itoa(t.Year()))
		case "d":
			b.WriteString(strconv.Itoa(t.Day()))
		case "0d":
			b.WriteString(two(t.Day()))
		case "0m":
			b.WriteString(two(int(t.Month())))
		case "mmm":
			b.WriteString(f.shortM[m])
		case "mmmm":
			b.WriteString(f.monthF[m])
		case "MMMM":
			b.WriteString(f.months[m])
		case "www":
			b.WriteString(l.Weekday(t.Weekday(), true))
		case "wwww":
			b.WriteString(l.Weekday(t.Weekday(), false))
		}
		pattern = pattern[j+1:]
	}
	return b.String()
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
