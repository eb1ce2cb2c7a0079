// Package retention decides which backups stay, grandfather-father-son: of the
// last so many hours, days, weeks, months and years that have a good backup,
// the newest one each. It is a pure function of what it is told.
package retention

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/collect/backup"
)

// Keep is how many of each are kept. Hours, days, weeks (ISO 8601), months and
// years without a backup do not count.
type Keep struct {
	Last    int `json:"last,omitempty" doc:"the newest so many, whatever their time"`
	Hourly  int `json:"hourly,omitempty"`
	Daily   int `json:"daily,omitempty"`
	Weekly  int `json:"weekly,omitempty"`
	Monthly int `json:"monthly,omitempty"`
	Yearly  int `json:"yearly,omitempty"`
}

// Default is kept when nothing else is asked for.
var Default = Keep{Hourly: 24, Daily: 7, Weekly: 4, Monthly: 12, Yearly: 5}

// maxKeep bounds each number: a typing error shall not read as 'for ever'.
const maxKeep = 100_000

// Parse reads hourly=24,daily=7,weekly=4,monthly=12,yearly=5,last=3 in any order.
func Parse(s string) (Keep, error) {
	var k Keep
	named := map[string]*int{"last": &k.Last, "hourly": &k.Hourly, "daily": &k.Daily, "weekly": &k.Weekly, "monthly": &k.Monthly, "yearly": &k.Yearly}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(s, ",") {
		word, number, _ := strings.Cut(strings.TrimSpace(part), "=")
		target := named[word]
		switch n, err := strconv.Atoi(number); {
		case target == nil:
			return Keep{}, backup.NewWrong("--keep", "has %q; known are last, hourly, daily, weekly, monthly and yearly, as in daily=7", part)
		case seen[word]:
			return Keep{}, backup.NewWrong("--keep", "names %s twice", word)
		case err != nil || n < 0 || n > maxKeep:
			return Keep{}, backup.NewWrong("--keep", "has %q; right is a number from 0 to %d", part, maxKeep)
		default:
			*target, seen[word] = n, true
		}
	}
	if k == (Keep{}) {
		return Keep{}, backup.NewWrong("--keep", "keeps nothing; name at least one, as in daily=7")
	}
	return k, nil
}

func (k Keep) String() string {
	var parts []string
	for _, p := range []struct {
		word string
		n    int
	}{{"last", k.Last}, {"hourly", k.Hourly}, {"daily", k.Daily}, {"weekly", k.Weekly}, {"monthly", k.Monthly}, {"yearly", k.Yearly}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", p.word, p.n))
		}
	}
	return strings.Join(parts, ",")
}

// Copy is one backup of a source, as far as retention cares.
type Copy struct {
	ID   string
	At   time.Time // the moment whose state it holds
	Good bool      // complete, and no drill has failed on it
	Held bool      // somebody works on it
}

// Decision says what becomes of one copy, and why.
type Decision struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
	Keep    bool      `json:"keep"`
	Reasons []string  `json:"reasons" doc:"why it is kept: daily 2026-11-22, last good one, held …; or why it may go"`
}

// Plan decides on the copies of one source, newest first in the answer. The
// newest good copy is always kept, as is what is held, and a bad copy that is
// newer than every good one: it is the trace of what went wrong. Periods are
// those of zone.
func Plan(copies []Copy, k Keep, zone *time.Location) []Decision {
	order := slices.Clone(copies)
	slices.SortFunc(order, func(a, b Copy) int {
		if c := b.At.Compare(a.At); c != 0 {
			return c
		}
		return strings.Compare(b.ID, a.ID)
	})
	reasons := make([][]string, len(order))
	var good []int
	for i, c := range order {
		switch {
		case c.Good:
			good = append(good, i)
		case len(good) == 0:
			reasons[i] = append(reasons[i], "newer than the last good one, and not good: to be looked at")
		}
		if c.Held {
			reasons[i] = append(reasons[i], "held: somebody works on it")
		}
	}
	for n, i := range good {
		if n == 0 {
			reasons[i] = append(reasons[i], "last good one")
		}
		if n < k.Last {
			reasons[i] = append(reasons[i], fmt.Sprintf("among the last %d", k.Last))
		}
	}
	for _, p := range periods(k) {
		last, left := "", p.n
		for _, i := range good {
			if left == 0 {
				break
			}
			if name := p.of(order[i].At.In(zone)); name != last {
				reasons[i] = append(reasons[i], p.word+" "+name)
				last = name
				left--
			}
		}
	}
	decisions := make([]Decision, len(order))
	for i, c := range order {
		decisions[i] = Decision{ID: c.ID, At: c.At, Keep: len(reasons[i]) > 0, Reasons: reasons[i]}
		switch {
		case decisions[i].Keep:
		case c.Good:
			decisions[i].Reasons = []string{"no rule keeps it: " + k.String()}
		default:
			decisions[i].Reasons = []string{"not good, and a newer good one is there"}
		}
	}
	return decisions
}

type period struct {
	word string
	n    int
	of   func(time.Time) string
}

func periods(k Keep) []period {
	return []period{
		// The hour is named with its offset, so that the hour that a clock change
		// repeats is two.
		{"hourly", k.Hourly, func(t time.Time) string { return t.Format("2006-01-02T15Z07:00") }},
		{"daily", k.Daily, func(t time.Time) string { return t.Format("2006-01-02") }},
		{"weekly", k.Weekly, func(t time.Time) string {
			year, week := t.ISOWeek()
			return fmt.Sprintf("%d-W%02d", year, week)
		}},
		{"monthly", k.Monthly, func(t time.Time) string { return t.Format("2006-01") }},
		{"yearly", k.Yearly, func(t time.Time) string { return t.Format("2006") }},
	}
}
