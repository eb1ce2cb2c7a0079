package forecast

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/engine/calc"
)

// unit is what a period counts.
type unit byte

const (
	noUnit unit = iota
	whole       // a whole number, or a year
	quarters
	months
	days
	seconds
)

// monthForms and dayForms are how months and days are written besides 2026-03 and
// 2026-03-31, timeForms how moments are.
var (
	monthForms = []string{"2006-01", "2006/01", "2006M01", "Jan 2006", "January 2006", "2006 Jan", "2006 January", "Jan-2006", "2006-Jan"}
	dayForms   = []string{time.DateOnly, "2006/01/02", "02.01.2006"}
	timeForms  = []string{time.DateTime, "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04", time.RFC3339, "2006-01-02T15:04Z07:00"}
)

// place is a period as a count of units since some origin of its kind.
func place(s string) (int64, unit) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > -1e15 && n < 1e15 {
		return n, whole
	}
	if n, ok := quarter(s); ok {
		return n, quarters
	}
	if n, ok := week(s); ok {
		return n, days
	}
	for _, form := range monthForms {
		if d, err := time.Parse(form, s); err == nil {
			return int64(d.Year())*12 + int64(d.Month()) - 1, months
		}
	}
	for _, form := range dayForms {
		if d, err := time.Parse(form, s); err == nil {
			return d.Unix() / 86400, days
		}
	}
	for _, form := range timeForms {
		if d, err := time.Parse(form, s); err == nil {
			return d.Unix(), seconds
		}
	}
	return 0, noUnit
}

// quarter reads 2026Q1, 2026-Q1, 2026 Q1 and Q1 2026.
func quarter(s string) (int64, bool) {
	year, q, ok := strings.Cut(strings.ToUpper(s), "Q")
	if ok && year == "" {
		q, year, ok = strings.Cut(q, " ")
	}
	y, err1 := strconv.Atoi(strings.TrimRight(year, "- "))
	n, err2 := strconv.Atoi(q)
	if !ok || err1 != nil || err2 != nil || n < 1 || n > 4 || y <= 0 || y >= 10_000 {
		return 0, false
	}
	return int64(y)*4 + int64(n) - 1, true
}

// week reads a week of ISO 8601, 2026-W03 or 2026W03, as the day of its Monday.
func week(s string) (int64, bool) {
	year, w, ok := strings.Cut(strings.ToUpper(s), "W")
	y, err1 := strconv.Atoi(strings.TrimSuffix(year, "-"))
	n, err2 := strconv.Atoi(w)
	if !ok || err1 != nil || err2 != nil || n < 1 || n > 53 || y <= 0 || y >= 10_000 {
		return 0, false
	}
	fourth := time.Date(y, 1, 4, 0, 0, 0, 0, time.UTC) // always in week 1
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
	return monday.AddDate(0, 0, 7*(n-1)).Unix() / 86400, true
}

// order sorts the rows of one series by period, refuses a period that stands
// twice, and puts missing values where periods were left out.
func (r *rows) order() (values []float64, periods []string, err error) {
	at, kind := r.places()
	if kind == noUnit {
		return r.asWritten()
	}
	index := make([]int, len(at))
	for i := range index {
		index[i] = i
	}
	slices.SortStableFunc(index, func(a, b int) int { return int(min(max(at[a]-at[b], -1), 1)) })
	step := stepOf(at, index)
	for j, i := range index {
		if j > 0 {
			before := index[j-1]
			gap := at[i] - at[before]
			if gap == 0 {
				return nil, nil, r.wrong(max(i, before), "stands twice in this series; give each period once")
			}
			missing := gap/step - 1
			if gap%step != 0 {
				missing = 0 // irregular moments are taken one after the other
			}
			if missing > int64(8*len(at)+1000) {
				return nil, nil, r.wrong(i, "comes %d periods after the one before; the series is mostly missing", gap/step)
			}
			for range missing {
				values, periods = append(values, math.NaN()), append(periods, "")
			}
		}
		values, periods = append(values, r.value[i]), append(periods, r.period[i])
	}
	if len(values) > maxValues {
		return nil, nil, calc.Wrong("series "+strconv.Quote(r.name), "has %d values; the most is %d", len(values), maxValues)
	}
	return values, periods, nil
}

// places reads all periods as one kind of unit, or says noUnit.
func (r *rows) places() ([]int64, unit) {
	at := make([]int64, len(r.period))
	kind := noUnit
	for i, s := range r.period {
		n, k := place(s)
		if k == noUnit || kind != noUnit && k != kind {
			return nil, noUnit
		}
		at[i], kind = n, k
	}
	if kind == days {
		if byMonth, ok := oneEachMonth(at); ok {
			return byMonth, months
		}
	}
	return at, kind
}

// oneEachMonth says whether days stand for the months they lie in: all the same day
// of it, or all the last.
func oneEachMonth(at []int64) ([]int64, bool) {
	out, seen := make([]int64, len(at)), make(map[int64]bool, len(at))
	same, lasts := true, true
	first := time.Unix(at[0]*86400, 0).UTC().Day()
	for i, n := range at {
		d := time.Unix(n*86400, 0).UTC()
		same = same && d.Day() == first
		lasts = lasts && d.AddDate(0, 0, 1).Day() == 1
		out[i] = int64(d.Year())*12 + int64(d.Month()) - 1
		if seen[out[i]] {
			return nil, false
		}
		seen[out[i]] = true
	}
	return out, len(at) > 1 && (same || lasts)
}

// stepOf is the smallest distance of two neighbours: 3 for quarters written as
// months, 7 for weeks written as days.
func stepOf(at []int64, index []int) int64 {
	step := int64(math.MaxInt64)
	for j := 1; j < len(index); j++ {
		if d := at[index[j]] - at[index[j-1]]; d > 0 {
			step = min(step, d)
		}
	}
	return step
}

// asWritten takes periods of no known kind in their order as text, which must be
// the order they stand in.
func (r *rows) asWritten() ([]float64, []string, error) {
	for i := 1; i < len(r.period); i++ {
		switch before := r.period[i-1]; {
		case r.period[i] == before:
			return nil, nil, r.wrong(i, "stands twice in this series; give each period once")
		case r.period[i] < before:
			return nil, nil, r.wrong(i, "comes after %q; write periods as 2026, 2026Q1, 2026-03, 2026-W03, 2026-03-31, 2026-03-31 14:00 or 1, 2, 3, or in ascending order", short(before))
		}
	}
	return r.value, r.period, nil
}

func (r *rows) wrong(i int, format string, args ...any) error {
	return calc.Wrong("line "+strconv.Itoa(r.line[i]), "period %q "+format, append([]any{short(r.period[i])}, args...)...)
}
