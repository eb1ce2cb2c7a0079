package locale

import (
	"strconv"
	"strings"
	"time"

	"steward/kernel/fail"
)

// ParseDate reads a day typed by a person and returns it as 2026-11-22.
//
// ISO days are read in every language, and so are the language's own ways:
// 22.11.2026, 22.11.26, 2026. 11. 22., 22 nov. 2026, 22 listopada 2026. today
// (a day as 2026-11-22) is what "today", "tomorrow", "+14" and days without a
// year are counted from; without it they are refused. In English 3/4/2026
// names two days and is refused; 22/11/2026 names one.
func (l Lang) ParseDate(s, today string) (string, error) {
	text := strings.TrimSpace(s)
	if t, err := time.Parse(time.DateOnly, text); err == nil && t.Year() > 0 {
		return text, nil
	}
	wrong := func() (string, error) {
		return "", fail.New(fail.Invalid, "locale.read.date", "“{text}” is not a day; write {example}.").With("text", quoted(s)).With("example", l.Day("2026-11-22", Short))
	}
	if text == "" || len(text) > 60 {
		return wrong()
	}
	now, err := time.Parse(time.DateOnly, today)
	known := err == nil
	if known {
		for i, w := range l.table().today {
			if Fold(text) == Fold(w) {
				return now.AddDate(0, 0, i-1).Format(time.DateOnly), nil
			}
		}
		if text[0] == '+' || text[0] == '-' {
			if n, err := strconv.Atoi(text); err == nil && n > -40000 && n < 40000 {
				return now.AddDate(0, 0, n).Format(time.DateOnly), nil
			}
		}
	}
	nums, month, ok := l.dateParts(text)
	if !ok {
		return wrong()
	}
	year, day := 0, 0
	switch {
	case month > 0 && len(nums) == 2: // 22 Nov 2026, 2026. nov. 22.
		day, year = nums[0].n, nums[1].n
		if nums[0].digits == 4 {
			day, year = year, day
		} else {
			year = nums[1].year()
		}
	case month > 0 && len(nums) == 1 && known: // 22 Nov
		day, year = nums[0].n, now.Year()
	case month == 0 && len(nums) == 3 && nums[0].digits == 4:
		year, month, day = nums[0].n, nums[1].n, nums[2].n
	case month == 0 && len(nums) == 3:
		day, month, year = nums[0].n, nums[1].n, nums[2].year()
		if strings.Contains(text, "/") && l == En && day <= 12 && month <= 12 && day != month {
			return "", fail.New(fail.Invalid, "locale.read.day-or-month", "“{text}” names two days; write {first} or {second}.").With("text", quoted(s)).
				With("first", l.Day(iso(year, month, day), Medium)).With("second", l.Day(iso(year, day, month), Medium))
		}
	case month == 0 && len(nums) == 2 && known && !strings.ContainsAny(text, "/-"): // 22.11.
		day, month, year = nums[0].n, nums[1].n, now.Year()
		if l == Hu || l == Sv {
			day, month = month, day
		}
	default:
		return wrong()
	}
	out := iso(year, month, day)
	if t, err := time.Parse(time.DateOnly, out); err != nil || t.Year() < 1 {
		return wrong()
	}
	return out, nil
}

func iso(y, m, d int) string {
	if y < 0 || y > 9999 || m < 1 || m > 12 || d < 1 || d > 31 {
		return ""
	}
	return strings.Repeat("0", 4-len(strconv.Itoa(y))) + strconv.Itoa(y) + "-" + two(m) + "-" + two(d)
}

type datePart struct{ n, digits int }

// year completes a year of two digits: 00–69 is this century, 70–99 the last.
func (p datePart) year() int {
	switch {
	case p.digits > 2:
		return p.n
	case p.n < 70:
		return 2000 + p.n
	}
	return 1900 + p.n
}

// dateParts finds numbers and at most one month's name; days of the week are
// passed over.
func (l Lang) dateParts(text string) (nums []datePart, month int, ok bool) {
	word := func(w string) bool {
		w = Fold(strings.Trim(w, "."))
		for _, names := range [][12]string{l.table().monthF, l.table().months, l.table().shortM, l.table().axisM} {
			for i, n := range names {
				if Fold(strings.Trim(n, ".")) == w {
					if month > 0 {
						return false
					}
					month = i + 1
					return true
				}
			}
		}
		for i := range 7 {
			if w == Fold(l.table().days[i]) || w == Fold(strings.Trim(l.table().shortD[i], ".")) {
				return true
			}
		}
		return false
	}
	fields := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" .,/-\u00a0\u202f", r) })
	for _, f := range fields {
		if f[0] >= '0' && f[0] <= '9' {
			n, err := strconv.Atoi(f)
			if err != nil || len(f) > 4 || len(f) == 3 || len(nums) == 3 {
				return nil, 0, false
			}
			nums = append(nums, datePart{n, len(f)})
		} else if !word(f) {
			return nil, 0, false
		}
	}
	return nums, month, len(nums) > 0
}

// ParseClock reads a time of day: 14:05, 14.05, 1405, 9. It returns minutes
// since midnight.
func (l Lang) ParseClock(s string) (int, error) {
	t := strings.NewReplacer(".", ":", " ", "").Replace(strings.TrimSpace(s))
	hour, minute, found := strings.Cut(t, ":")
	if !found && len(t) > 2 && len(t) <= 4 {
		hour, minute = t[:len(t)-2], t[len(t)-2:]
	} else if !found {
		minute = "00"
	}
	h, err1 := strconv.ParseUint(hour, 10, 8)
	m, err2 := strconv.ParseUint(minute, 10, 8)
	if err1 != nil || err2 != nil || h > 23 || m > 59 || len(minute) != 2 {
		return 0, fail.New(fail.Invalid, "locale.read.clock", "“{text}” is not a time of day; write 14:05.").With("text", quoted(s))
	}
	return int(h*60 + m), nil
}

// ParseDuration reads a span: "3 h 12 min", "1:30" (hours and minutes),
// "90 min", "1,5 h", "2 d", with the language's own words for the units too.
// A number alone is refused, since its unit is not known.
func (l Lang) ParseDuration(s string) (time.Duration, error) {
	wrong := func() (time.Duration, error) {
		return 0, fail.New(fail.Invalid, "locale.read.duration", "“{text}” is not a span of time; write {example}.").With("text", quoted(s)).With("example", l.Duration(3*time.Hour+12*time.Minute))
	}
	t := strings.TrimSpace(s)
	if len(t) > 60 {
		return wrong()
	}
	if h, m, ok := strings.Cut(t, ":"); ok {
		hn, err1 := strconv.ParseUint(h, 10, 16)
		mn, err2 := strconv.ParseUint(m, 10, 8)
		if err1 != nil || err2 != nil || mn > 59 || len(m) != 2 {
			return wrong()
		}
		return time.Duration(hn)*time.Hour + time.Duration(mn)*time.Minute, nil
	}
	var total time.Duration
	rest := t
	for rest != "" {
		i := strings.IndexFunc(rest, func(r rune) bool { return !(r >= '0' && r <= '9' || r == '.' || r == ',') })
		if i <= 0 {
			return wrong()
		}
		v, err := l.ParseFloat(rest[:i])
		if err != nil {
			return wrong()
		}
		rest = strings.TrimLeft(rest[i:], " \u00a0")
		j := strings.IndexFunc(rest, func(r rune) bool { return r >= '0' && r <= '9' || r == ' ' || r == '\u00a0' })
		if j < 0 {
			j = len(rest)
		}
		unit, ok := l.unit(rest[:j])
		if !ok || v*float64(unit) > float64(100*365*24*time.Hour) {
			return wrong()
		}
		total += time.Duration(v * float64(unit))
		rest = strings.TrimLeft(rest[j:], " \u00a0")
	}
	if t == "" {
		return wrong()
	}
	return total, nil
}

func (l Lang) unit(w string) (time.Duration, bool) {
	w = Fold(strings.Trim(w, "."))
	f := l.table()
	for i, d := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		if w == []string{"d", "h", "min", "s"}[i] || w == Fold(strings.Trim(f.units[i], ".")) {
			return d, true
		}
	}
	switch w {
	case "m":
		return time.Minute, true
	case "ms":
		return time.Millisecond, true
	}
	match := func(x forms) bool { return w == Fold(x.one) || w == Fold(x.few) || w == Fold(x.other) }
	switch {
	case w == "":
	case match(f.ahead[0]):
		return time.Minute, true
	case match(f.ahead[1]):
		return time.Hour, true
	case match(f.ahead[2]), match(f.dayForms):
		return 24 * time.Hour, true
	case match(f.ahead[3]):
		return 7 * 24 * time.Hour, true
	}
	return 0, false
}

// ParseBool reads yes and no as people write them in tables: yes, ja, tak,
// igen, true, 1, x. English words are read in every language.
func (l Lang) ParseBool(s string) (bool, error) {
	w := Fold(s)
	for _, t := range []*facts{l.table(), tables[En]} {
		for _, y := range t.yes {
			if w == Fold(y) {
				return true, nil
			}
		}
		for _, n := range t.no {
			if w == Fold(n) {
				return false, nil
			}
		}
	}
	switch w {
	case "1", "✓":
		return true, nil
	case "0", "-":
		return false, nil
	}
	return false, fail.New(fail.Invalid, "locale.read.yes-no", "“{text}” is neither yes nor no.").With("text", quoted(s))
}
