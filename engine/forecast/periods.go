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
)

// place is a period as a count of units since some origin of its kind.
func place(s string) (int64, unit) {
	if year, q, ok := strings.Cut(strings.ToUpper(s), "Q"); ok {
		y, err1 := strconv.Atoi(strings.TrimRight(year, "- "))
		n, err2 := strconv.Atoi(q)
		if err1 == nil && err2 == nil && n >= 1 && n <= 4 && y > 0 && y < 10_000 {
			return int64(y)*4 + int64(n) - 1, quarters
		}
		return 0, noUnit
	}
	if d, err := time.Parse("2006-01", s); err == nil {
		return int64(d.Year())*12 + int64(d.Month()) - 1, months
	}
	if d, err := time.Parse(time.DateOnly, s); err == nil {
		return d.Unix() / 86400, days
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > -1e15 && n < 1e15 {
		return n, whole
	}
	return 0, noUnit
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
				missing = 0 // dates of months of unlike length, or irregular ones
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
	if kind == days && firstOfMonth(r.period) {
		for i, s := range r.period {
			at[i], _ = place(s[:len("2006-01")])
		}
		kind = months
	}
	return at, kind
}

func firstOfMonth(periods []string) bool {
	for _, s := range periods {
		if !strings.HasSuffix(s, "-01") {
			return false
		}
	}
	return len(periods) > 1
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
			return nil, nil, r.wrong(i, "comes after %q; write periods as 2026, 2026Q1, 2026-03, 2026-03-31 or 1, 2, 3, or in ascending order", short(before))
		}
	}
	return r.value, r.period, nil
}

func (r *rows) wrong(i int, format string, args ...any) error {
	return calc.Wrong("line "+strconv.Itoa(r.line[i]), "period %q "+format, append([]any{short(r.period[i])}, args...)...)
}
