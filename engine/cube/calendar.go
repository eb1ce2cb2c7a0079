package cube

import (
	"fmt"
	"time"
)

// Grain is a length of period that dates are grouped by.
type Grain string

const (
	Day     Grain = "day"
	Week    Grain = "week" // Monday to Sunday, named after ISO 8601
	Month   Grain = "month"
	Quarter Grain = "quarter"
	Year    Grain = "year"
	Weekday Grain = "weekday" // 1 Monday to 7 Sunday, of any week
	Hour    Grain = "hour"    // 0 to 23, of any day
)

// Calendar says where years begin. The zero Calendar is the civil year.
type Calendar struct {
	// FirstMonth is the month the fiscal year begins with, 1 to 12; 0 is 1. A
	// fiscal year that does not begin in January is named after the year it ends in.
	FirstMonth int
}

func (c Calendar) first() int { return max(c.FirstMonth, 1) }

// period numbers the period that a day is in. Consecutive periods have
// consecutive numbers, the same here and in the SQL made of a query.
func (c Calendar) period(g Grain, day int64) int64 {
	switch g {
	case Week:
		return floorDiv(day+3, 7) // 1970-01-01 was a Thursday
	case Weekday:
		return floorMod(day+3, 7) + 1
	case Month, Quarter, Year:
		t := time.Unix(day*86400, 0).UTC()
		month := int64(t.Year())*12 + int64(t.Month()) - 1
		switch g {
		case Month:
			return month
		case Quarter:
			return floorDiv(month-int64(c.first()-1), 3)
		}
		return floorDiv(month-int64(c.first()-1), 12)
	}
	return day
}

// begin is the first day of a period.
func (c Calendar) begin(g Grain, n int64) int64 {
	month := n
	switch g {
	case Day:
		return n
	case Week:
		return n*7 - 3
	case Quarter:
		month = n*3 + int64(c.first()-1)
	case Year:
		month = n*12 + int64(c.first()-1)
	}
	return time.Date(int(floorDiv(month, 12)), time.Month(floorMod(month, 12)+1), 1, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// name is how a period is called: 2024-05-31, 2024-W22, 2024-05, 2024-Q2, 2024;
// of a fiscal year FY2024-Q1, FY2024.
func (c Calendar) name(g Grain, n int64) string {
	start := time.Unix(c.begin(g, n)*86400, 0).UTC()
	switch g {
	case Day:
		return start.Format("2006-01-02")
	case Week:
		y, w := start.ISOWeek()
		return fmt.Sprintf("%04d-W%02d", y, w)
	case Month:
		return start.Format("2006-01")
	case Quarter:
		if c.first() == 1 {
			return fmt.Sprintf("%04d-Q%d", floorDiv(n, 4), floorMod(n, 4)+1)
		}
		return fmt.Sprintf("FY%04d-Q%d", floorDiv(n, 4)+1, floorMod(n, 4)+1)
	case Year:
		if c.first() == 1 {
			return fmt.Sprintf("%04d", n)
		}
		return fmt.Sprintf("FY%04d", n+1)
	case Weekday:
		return [...]string{"?", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}[min(max(n, 0), 7)]
	}
	return fmt.Sprint(n)
}

// cyclic grains repeat, so they have no gaps and no earlier period.
func (g Grain) cyclic() bool { return g == Weekday || g == Hour }

// back is how many periods a comparison looks back.
func (g Grain) back(c Comparison) int64 {
	if c == YearBefore {
		switch g {
		case Week:
			return 52
		case Month:
			return 12
		case Quarter:
			return 4
		}
	}
	return 1
}

// earlier is the period to compare with.
func (c Calendar) earlier(g Grain, n int64, how Comparison) int64 {
	if g == Day && how == YearBefore {
		t := time.Unix(n*86400, 0).UTC()
		day := min(t.Day(), time.Date(t.Year()-1, t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day())
		return time.Date(t.Year()-1, t.Month(), day, 0, 0, 0, 0, time.UTC).Unix() / 86400
	}
	return n - g.back(how)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
