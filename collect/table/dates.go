package table

import (
	"bytes"
	"time"
)

// dateOrder is a set of ways in which a date can be meant.
type dateOrder uint8

const (
	ymd dateOrder = 1 << iota
	dmy
	mdy
	ym // a month: its first day stands for it
)

func (o dateOrder) String() string {
	switch o {
	case ymd:
		return "year-month-day"
	case dmy:
		return "day-month-year"
	case mdy:
		return "month-day-year"
	case ym:
		return "year-month"
	}
	return ""
}

// day is a date's parts in the order they are written, with the time of day.
type day struct {
	part   [3]int
	orders dateOrder
	micros int64 // since midnight, less the zone's offset
	timed  bool
	zoned  bool
}

// lookDate reads a trimmed cell as a date with or without a time of day:
// 2024-05-31, 31.5.2024, 5/31/24, 31 May 2024, 31-May-24, each followed by
// 'T' or a space and 13:45[:30[.5]] [AM] [Z|+02:00]; 3. März 2025 and the like
// as wordDate has them; and months: 2024-05, 5/2024, May 2024.
func lookDate(b []byte) (day, bool) {
	d, ok := plainDate(b)
	if ok || len(b) < 6 || len(b) > 40 {
		return d, ok
	}
	if d, ok = monthOnly(b); ok {
		return d, true
	}
	for _, c := range b { // months have names
		if c|32 >= 'a' && c|32 <= 'z' || c >= 0x80 {
			return wordDate(b)
		}
	}
	return day{}, false
}

func plainDate(b []byte) (day, bool) {
	var d day
	if len(b) < 6 || len(b) > 40 {
		return d, false
	}
	if b[0]-'0' > 9 {
		return d, false
	}
	var width [3]int
	var sep byte
	i := 0
	named := -1
	for p := range 3 {
		if p > 0 {
			if i >= len(b) {
				return d, false
			}
			c := b[i]
			if c != '-' && c != '/' && c != '.' && c != ' ' || p == 2 && c != sep {
				return d, false
			}
			sep = c
			i++
			if c == '.' && i < len(b) && b[i] == ' ' { // 31. 5. 2024
				i++
			}
		}
		start := i
		for i < len(b) && b[i]-'0' <= 9 && i-start < 4 {
			d.part[p] = d.part[p]*10 + int(b[i]-'0')
			i++
		}
		width[p] = i - start
		if width[p] == 0 {
			m, n := monthName(b[i:])
			if p != 1 || n == 0 {
				return d, false
			}
			d.part[p], named = m, p
			i += n
		}
	}
	switch {
	case width[0] == 4 && width[2] <= 2 && width[2] > 0:
		d.orders = ymd
	case width[0] <= 2 && (width[2] == 4 || width[2] == 2):
		d.orders = dmy
		if named < 0 {
			d.orders |= mdy
		}
	default:
		return d, false
	}
	if sep == ' ' && named < 0 {
		return d, false
	}
	if sep == '.' {
		d.orders &^= mdy
	}
	if width[2] == 2 && d.orders != ymd {
		d.part[2] += 2000
		if d.part[2] > 2068 { // POSIX: 69 to 99 are of the last century
			d.part[2] -= 100
		}
	}
	for _, o := range [3]dateOrder{ymd, dmy, mdy} {
		if d.orders&o != 0 && !d.valid(o) {
			d.orders &^= o
		}
	}
	if d.orders == 0 {
		return d, false
	}
	if i < len(b) && sep == '.' && d.orders == ymd && b[i] == '.' { // 2024. 05. 31.
		i++
	}
	return d, i == len(b) || d.time(b[i:])
}

func (d day) in(o dateOrder) (y, m, dd int) {
	switch o {
	case ymd:
		return d.part[0], d.part[1], d.part[2]
	case dmy:
		return d.part[2], d.part[1], d.part[0]
	case ym:
		return d.part[0], d.part[1], 1
	}
	return d.part[2], d.part[0], d.part[1]
}

func (d day) valid(o dateOrder) bool {
	y, m, dd := d.in(o)
	return y >= 1 && y <= 9999 && m >= 1 && m <= 12 && dd >= 1 && dd <= daysIn(y, m)
}

func daysIn(y, m int) int {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// epochDay counts the days from 1970-01-01 in the Gregorian calendar
// (Howard Hinnant, 'chrono-compatible low-level date algorithms', 2013).
func epochDay(y, m, d int) int64 {
	if m <= 2 {
		y--
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	mp := (m + 9) % 12
	doy := (153*mp+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return int64(era*146097+doe) - 719468
}

const dayMicros = 24 * 3600 * 1_000_000

// days and micros are the date's values once the order is known.
func (d day) days(o dateOrder) int64 { y, m, dd := d.in(o); return epochDay(y, m, dd) }

func (d day) moment(o dateOrder) int64 { return d.days(o)*dayMicros + d.micros }

// time reads what follows the date.
func (d *day) time(b []byte) bool {
	if b[0] != 'T' && b[0] != ' ' && b[0] != 't' {
		return false
	}
	b = bytes.TrimLeft(b[1:], " ")
	var part [3]int
	i := 0
	for p := range 3 {
		if p > 0 {
			if i >= len(b) || b[i] != ':' {
				break
			}
			i++
		}
		start := i
		for i < len(b) && b[i]-'0' <= 9 && i-start < 2 {
			part[p] = part[p]*10 + int(b[i]-'0')
			i++
		}
		if i == start {
			return false
		}
		if p == 0 && (i >= len(b) || b[i] != ':') {
			return false
		}
	}
	micros := int64(0)
	if i < len(b) && (b[i] == '.' || b[i] == ',') {
		i++
		unit := int64(100_000)
		start := i
		for ; i < len(b) && b[i]-'0' <= 9; i++ {
			micros += unit * int64(b[i]-'0')
			unit /= 10
		}
		if i == start {
			return false
		}
	}
	rest := bytes.TrimLeft(b[i:], " ")
	if len(rest) >= 2 && (rest[1]|32) == 'm' && ((rest[0]|32) == 'a' || (rest[0]|32) == 'p') {
		if part[0] < 1 || part[0] > 12 {
			return false
		}
		part[0] %= 12
		if rest[0]|32 == 'p' {
			part[0] += 12
		}
		rest = bytes.TrimLeft(rest[2:], " ")
	}
	if part[0] > 23 || part[1] > 59 || part[2] > 60 {
		return false
	}
	d.timed = true
	d.micros = (int64(part[0])*3600+int64(part[1])*60+int64(part[2]))*1_000_000 + micros
	if len(rest) == 0 {
		return true
	}
	return d.zone(rest)
}

func (d *day) zone(b []byte) bool {
	d.zoned = true
	if string(b) == "Z" || string(b) == "z" || string(b) == "UTC" || string(b) == "+0000 UTC" {
		return true
	}
	if b[0] != '+' && b[0] != '-' {
		return false
	}
	digits := make([]int, 0, 4)
	for i, c := range b[1:] {
		if c-'0' <= 9 && len(digits) < 4 {
			digits = append(digits, int(c-'0'))
		} else if c != ':' || i != 2 {
			return false
		}
	}
	if len(digits) != 2 && len(digits) != 4 {
		return false
	}
	minutes := 60 * (digits[0]*10 + digits[1])
	if len(digits) == 4 {
		minutes += digits[2]*10 + digits[3]
	}
	if minutes > 18*60 {
		return false
	}
	if b[0] == '-' {
		minutes = -minutes
	}
	d.micros -= int64(minutes) * 60_000_000
	return true
}

// monthName reads an English, German, Swedish, Polish or Hungarian month by
// its first three letters, and says how many bytes the word has.
func monthName(b []byte) (month, size int) {
	for size < len(b) && (b[size]|32 >= 'a' && b[size]|32 <= 'z' || b[size] >= 0x80) {
		size++
	}
	if size < 3 {
		return 0, 0
	}
	word := string(bytes.ToLower(b[:size]))
	for m := time.January; m <= time.December; m++ {
		if word[:3] == monthStarts[m-1] {
			return int(m), size
		}
	}
	for start, m := range otherMonths {
		if len(word) >= len(start) && word[:len(start)] == start {
			return m, size
		}
	}
	return 0, 0
}

var monthStarts = [12]string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

var otherMonths = map[string]int{
	"mär": 3, "mai": 5, "maj": 5, "okt": 10, "dez": 12, "máj": 5, "már": 3, "ápr": 4, "jún": 6, "júl": 7, "sze": 9,
	"sty": 1, "lut": 2, "kwi": 4, "cze": 6, "lip": 7, "sie": 8, "wrz": 9, "paź": 10, "lis": 11, "gru": 12,
}

// FormatDate writes days since 1970-01-01 as YYYY-MM-DD.
func FormatDate(days int64) string {
	return time.Unix(days*86400, 0).UTC().Format("2006-01-02")
}

// FormatMoment writes microseconds since 1970-01-01 as RFC 3339.
func FormatMoment(micros int64) string {
	return time.UnixMicro(micros).UTC().Format("2006-01-02T15:04:05.999999Z")
}
