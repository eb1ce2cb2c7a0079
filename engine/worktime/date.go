package worktime

import (
	"fmt"
	"time"
)

// Date is a civil day without a time zone. It counts days, 1 being
// 0001-01-01, so that dates compare with < and differ by subtraction.
// The zero Date is no date: absent, written as "".
type Date int32

// The days a Date can hold besides "no date".
const (
	MinDate Date = 1       // 0001-01-01
	MaxDate Date = 3652059 // 9999-12-31
)

// NewDate returns the day y-m-d, or an error when there is no such day.
func NewDate(year int, month time.Month, day int) (Date, error) {
	if year < 1 || year > 9999 {
		return 0, fmt.Errorf("year %d is not between 1 and 9999", year)
	}
	if month < 1 || month > 12 {
		return 0, fmt.Errorf("there is no month %d", int(month))
	}
	if day < 1 || day > DaysIn(year, month) {
		return 0, fmt.Errorf("%s %d has no day %d", month, year, day)
	}
	return dayNumber(year, month, day), nil
}

// MustDate returns the day written as YYYY-MM-DD and panics when it is none.
// It is for constants in programs and tests.
func MustDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// ParseDate reads a day written as YYYY-MM-DD. The empty text is an error.
func ParseDate(s string) (Date, error) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, fmt.Errorf("%q is not a date; write it as YYYY-MM-DD", clip(s))
	}
	var n [3]int
	for i, part := range []string{s[:4], s[5:7], s[8:]} {
		for _, c := range []byte(part) {
			if c < '0' || c > '9' {
				return 0, fmt.Errorf("%q is not a date; write it as YYYY-MM-DD", clip(s))
			}
			n[i] = n[i]*10 + int(c-'0')
		}
	}
	d, err := NewDate(n[0], time.Month(n[1]), n[2])
	if err != nil {
		return 0, fmt.Errorf("%q is not a date: %w", s, err)
	}
	return d, nil
}

// clip shortens text that is shown in an error.
func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

// DateOf returns the day of t in t's own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return clamp(dayNumber(y, m, d))
}

// clamp keeps a computed day inside the days a Date can hold.
func clamp(d Date) Date { return min(max(d, MinDate), MaxDate) }

// dayNumber counts days since 0000-12-31 in the proleptic Gregorian calendar.
func dayNumber(year int, month time.Month, day int) Date {
	y, m := year, int(month)
	if m <= 2 {
		y, m = y-1, m+12
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + day - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return Date(era*146097 + doe - 305)
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// YMD returns the year, month and day of d.
func (d Date) YMD() (year int, month time.Month, day int) {
	n := int(d) + 305
	era := floorDiv(n, 146097)
	doe := n - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = doy - (153*mp+2)/5 + 1
	m := mp + 3
	year = yoe + era*400
	if m > 12 {
		m, year = m-12, year+1
	}
	return year, time.Month(m), day
}

// Year returns the year of d.
func (d Date) Year() int { y, _, _ := d.YMD(); return y }

// Month returns the month of d.
func (d Date) Month() time.Month { _, m, _ := d.YMD(); return m }

// Day returns the day of the month of d.
func (d Date) Day() int { _, _, n := d.YMD(); return n }

// Weekday returns the weekday of d.
func (d Date) Weekday() time.Weekday {
	w := int(d) % 7 // day 7, 0001-01-07, was a Sunday
	if w < 0 {
		w += 7
	}
	return time.Weekday(w)
}

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d == 0 }

// AddDays returns the day n days after d, held inside MinDate and MaxDate.
func (d Date) AddDays(n int) Date {
	return Date(min(max(int64(d)+int64(n), int64(MinDate)), int64(MaxDate)))
}

// DaysUntil returns the number of days from d to e, negative when e is earlier.
func (d Date) DaysUntil(e Date) int { return int(e - d) }

// AddMonths returns the same day n months later; where that month has no such
// day, its last day. So 31 January and one month is 28 or 29 February.
func (d Date) AddMonths(n int) Date {
	y, m, day := d.YMD()
	months := int64(y)*12 + int64(m) - 1 + int64(n)
	switch {
	case months < 12:
		return MinDate
	case months >= 10000*12:
		return MaxDate
	}
	y, m = int(months/12), time.Month(months%12+1)
	return dayNumber(y, m, min(day, DaysIn(y, m)))
}

// AddYears is AddMonths by twelve times n.
func (d Date) AddYears(n int) Date { return d.AddMonths(min(max(n, -10000), 10000) * 12) }

// MonthsUntil returns the number of whole months from d to e: the largest n
// with d.AddMonths(n) ≤ e, negative when e lies before d.
func (d Date) MonthsUntil(e Date) int {
	y1, m1, _ := d.YMD()
	y2, m2, _ := e.YMD()
	n := (y2-y1)*12 + int(m2-m1)
	if d.AddMonths(n) > e {
		n--
	}
	return n
}

// FirstOfMonth returns the first day of d's month.
func (d Date) FirstOfMonth() Date { y, m, _ := d.YMD(); return dayNumber(y, m, 1) }

// LastOfMonth returns the last day of d's month.
func (d Date) LastOfMonth() Date { y, m, _ := d.YMD(); return dayNumber(y, m, DaysIn(y, m)) }

// ISOWeek returns the ISO 8601 year and week number of d.
func (d Date) ISOWeek() (year, week int) {
	thursday := d + 3 - Date((d.Weekday()+6)%7)
	year = thursday.Year()
	return year, int(thursday-dayNumber(year, time.January, 1))/7 + 1
}

// At returns the moment d begins in loc, plus minutes of the wall clock. A wall
// time that the clock skips is the moment of the change; one it shows twice is
// the first of the two.
func (d Date) At(minutes int, loc *time.Location) time.Time { return wall(d, minutes, loc) }

// Start returns the first moment of d in loc.
func (d Date) Start(loc *time.Location) time.Time { return wall(d, 0, loc) }

// DaysIn returns how many days a month of a year has.
func DaysIn(year int, month time.Month) int {
	switch month {
	case time.February:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case time.April, time.June, time.September, time.November:
		return 30
	}
	return 31
}

// String writes d as YYYY-MM-DD, and no date as "".
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	y, m, day := d.YMD()
	return fmt.Sprintf("%04d-%02d-%02d", y, int(m), day)
}

// MarshalText writes d as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD, and "" as no date.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = 0
		return nil
	}
	v, err := ParseDate(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// JSONSchema describes the JSON form of a Date.
func (Date) JSONSchema() map[string]any {
	return map[string]any{"type": "string", "format": "date", "pattern": `^\d{4}-\d{2}-\d{2}$`}
}
