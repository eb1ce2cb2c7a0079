package workcal

import (
	"fmt"
	"time"
)

// layouts are the forms of a civil date or date and time that are read.
var layouts = []string{
	"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02",
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05.999999999",
}

// Parse reads a civil date or date and time; dayOnly says no time was given.
func Parse(s string) (t int64, dayOnly bool, err error) {
	for _, l := range layouts {
		if at, err := time.Parse(l, s); err == nil {
			if y := at.Year(); y < 1900 || y > 2299 {
				return 0, false, fmt.Errorf("the year %d is outside 1900 to 2299", y)
			}
			return FromTime(at), len(l) == len("2006-01-02"), nil
		}
	}
	return 0, false, fmt.Errorf("%q is not a date such as 2026-01-31 or 2026-01-31T08:00", s)
}

// FromTime is the instant of a time's civil fields.
func FromTime(t time.Time) int64 {
	day := civilDay(t)
	return day*Day + int64(t.Hour())*Hour + int64(t.Minute())*Minute + int64(t.Second())/6
}

func civilDay(t time.Time) int64 {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// Time is the civil time of an instant, in UTC for want of a zone.
func Time(t int64) time.Time { return time.Unix(t*6, 0).UTC() }

// Format writes an instant as 2026-01-31T08:00, with seconds when it has any.
func Format(t int64) string {
	if t%Minute != 0 {
		return Time(t).Format("2006-01-02T15:04:05")
	}
	return Time(t).Format("2006-01-02T15:04")
}

// DayOf is the day an instant lies in, counted from 1970-01-01.
func DayOf(t int64) int64 { return floorDay(t) }
