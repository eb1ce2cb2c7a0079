package locale

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Relative writes how far t is from now, both in the reader's zone: 5 minutes
// ago, yesterday, in 3 weeks. Days are calendar days, not spans of 24 hours.
// Pages show the exact moment beside it.
func (l Lang) Relative(t, now time.Time) string {
	f := l.table()
	d := t.Sub(now)
	if d.Abs() < 45*time.Second {
		return f.now
	}
	days := daysBetween(now, t.In(now.Location()))
	switch {
	case d.Abs() < time.Hour:
		return l.distance(0, int64(math.Round(d.Minutes())))
	case days == 0 || d.Abs() < 6*time.Hour:
		return l.distance(1, int64(math.Round(d.Hours())))
	}
	return l.RelativeDays(days)
}

// RelativeDays writes a distance in calendar days from today: yesterday,
// today, in 12 days, 3 months ago.
func (l Lang) RelativeDays(days int) string {
	f := l.table()
	n := float64(days)
	switch a := math.Abs(n); {
	case a <= 1:
		return f.today[days+1]
	case a < 14:
		return l.distance(2, int64(days))
	case a < 61:
		return l.distance(3, int64(math.Round(n/7)))
	case a < 730:
		return l.distance(4, int64(math.Round(n/30.4375)))
	}
	return l.distance(5, int64(math.Round(n/365.25)))
}

func (l Lang) distance(unit int, n int64) string {
	f := l.table()
	words, frame := f.ahead, f.future
	if n < 0 {
		words, frame, n = f.ago, f.past, -n
	}
	x := l.Int(n) + nbsp + words[unit].of(l.Plural(n))
	return strings.ReplaceAll(frame, "{x}", x)
}

// daysBetween counts calendar days from a to b, each in its own zone.
func daysBetween(a, b time.Time) int {
	day := func(t time.Time) int64 {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400
	}
	return int(day(b) - day(a))
}

// Duration writes a span by its two largest units: 3 h 12 min, 2 days 4 h,
// 850 ms. Zero is "0 s".
func (l Lang) Duration(d time.Duration) string {
	f := l.table()
	neg := ""
	if d < 0 {
		neg = minus
		d = -max(d, math.MinInt64+1)
	}
	if d > 0 && d < time.Second {
		return neg + l.Short(float64(d)/float64(time.Millisecond), 0) + nbsp + "ms"
	}
	type part struct {
		n    int64
		word string
	}
	whole := func(u time.Duration) int64 { return int64(d / u) }
	var a, b part
	switch {
	case d >= 24*time.Hour:
		d = d.Round(time.Hour)
		n := whole(24 * time.Hour)
		a, b = part{n, f.dayForms.of(l.Plural(n))}, part{whole(time.Hour) % 24, f.units[1]}
	case d.Round(time.Minute) >= 24*time.Hour:
		a = part{1, f.dayForms.of(l.Plural(1))}
	case d >= time.Hour:
		d = d.Round(time.Minute)
		a, b = part{whole(time.Hour), f.units[1]}, part{whole(time.Minute) % 60, f.units[2]}
	default:
		d = d.Round(time.Second)
		a, b = part{whole(time.Minute), f.units[2]}, part{whole(time.Second) % 60, f.units[3]}
	}
	write := func(p part) string { return l.Int(p.n) + nbsp + p.word }
	switch {
	case a.n == 0:
		return neg + write(b)
	case b.n == 0 || b.word == "":
		return neg + write(a)
	}
	return neg + write(a) + nbsp + write(b)
}

// Size writes a number of bytes by powers of 1,024: 1.5 GiB.
func (l Lang) Size(bytes int64) string { return l.size(bytes, 1024, "iB") }

// SizeDecimal writes a number of bytes by powers of 1,000, as disks and lines
// are sold: 1.5 GB.
func (l Lang) SizeDecimal(bytes int64) string { return l.size(bytes, 1000, "B") }

func (l Lang) size(bytes int64, base float64, unit string) string {
	v, i := float64(bytes), 0
	for i < 6 && math.Abs(v) >= base-0.5 { // what would round to 1,024 is one of the next
		v /= base
		i++
	}
	if i == 0 {
		return l.Int(bytes) + nbsp + "B"
	}
	letter := "kMGTPE"[i-1 : i]
	if base == 1024 && i == 1 {
		letter = "K" // IEC writes KiB, SI kB
	}
	return l.Short(v, digitsFor(math.Abs(v))) + nbsp + letter + unit
}

// List joins words: a, b and c.
func (l Lang) List(words ...string) string { return l.join(words, l.table().and) }

// Either joins words: a, b or c.
func (l Lang) Either(words ...string) string { return l.join(words, l.table().or) }

func (l Lang) join(w []string, last string) string {
	switch len(w) {
	case 0:
		return ""
	case 1:
		return w[0]
	}
	return strings.Join(w[:len(w)-1], ", ") + " " + last + " " + w[len(w)-1]
}

// Quote puts text into the language's quotation marks.
func (l Lang) Quote(s string) string { q := l.table().quote; return q[0] + s + q[1] }

// Ordinal writes a place: 1st, 2. , 2:a. English alone bends it.
func (l Lang) Ordinal(n int) string {
	s := strconv.Itoa(n)
	switch l {
	case Sv:
		if (n%10 == 1 || n%10 == 2) && n%100 != 11 && n%100 != 12 {
			return s + ":a"
		}
		return s + ":e"
	case En:
		switch {
		case n%100 >= 11 && n%100 <= 13:
			return s + "th"
		case n%10 == 1:
			return s + "st"
		case n%10 == 2:
			return s + "nd"
		case n%10 == 3:
			return s + "rd"
		}
		return s + "th"
	}
	return s + "."
}
