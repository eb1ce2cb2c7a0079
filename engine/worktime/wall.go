package worktime

import "time"

// wall returns the moment at which the wall clock of loc shows minutes after
// midnight of d. time.Date leaves open which moment it picks where the clock is
// changed; here a skipped wall time is the moment of the change and a repeated
// one is its first occurrence, so that later wall times never come earlier.
func wall(d Date, minutes int, loc *time.Location) time.Time {
	utc := time.Unix(int64(d-unixDay)*86400+int64(minutes)*60, 0)
	before, after := offset(utc.Add(-26*time.Hour), loc), offset(utc.Add(26*time.Hour), loc)
	first := utc.Add(-before).In(loc)
	if before == after && offset(first, loc) == before {
		return first
	}
	second := utc.Add(-after).In(loc)
	okFirst, okSecond := offset(first, loc) == before, offset(second, loc) == after
	switch {
	case okFirst && okSecond && second.Before(first), okSecond && !okFirst:
		return second
	case okFirst:
		return first
	}
	// Skipped: the later of the two readings already lies after the change.
	later := first
	if second.After(first) {
		later = second
	}
	if change, _ := later.ZoneBounds(); !change.IsZero() {
		return change
	}
	return later
}

const unixDay = Date(719163) // 1970-01-01

func offset(t time.Time, loc *time.Location) time.Duration {
	_, seconds := t.In(loc).Zone()
	return time.Duration(seconds) * time.Second
}
