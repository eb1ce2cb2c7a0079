// Package workcal keeps working calendars for schedules: which parts of each
// day are worked, and how to walk forwards and backwards in working time. An
// instant is a count of ticks since 1970-01-01 00:00 civil time without a
// zone; a tick is a tenth of a minute, the grain of Microsoft Project.
package workcal

import (
	"sort"
)

const (
	Minute int64 = 10
	Hour         = 60 * Minute
	Day          = 24 * Hour

	// firstDay and lastDay bound every walk: 1900-01-01 and 2300-01-01.
	firstDay = -25567
	lastDay  = 120530

	// Far is what a walk returns that found no end before 2300, and
	// Past one that found none after 1900.
	Far  = lastDay * Day
	Past = firstDay * Day
)

// Span is worked time inside one day, in ticks from midnight; To is exclusive.
type Span struct{ From, To int64 }

// Calendar answers questions about working time. It caches, so one Calendar
// must not be used by several goroutines at once.
type Calendar struct {
	Name string
	// Week and Exceptions are what New was given; a calendar made by Both has none.
	Week       Week
	Exceptions []Exception

	shape func(day int64) []Span // nil: every instant is worked

	low int64   // the first day in sum
	sum []int64 // sum[i] is the work from day low to day low+i
}

// Always is a calendar in which all time is worked.
func Always(name string) *Calendar { return &Calendar{Name: name} }

// Continuous reports whether the calendar has no free time at all.
func (c *Calendar) Continuous() bool { return c.shape == nil }

// Both is worked when a and b are.
func Both(a, b *Calendar) *Calendar {
	switch {
	case a == b || b.Continuous():
		return a
	case a.Continuous():
		return b
	}
	return &Calendar{Name: a.Name + " and " + b.Name, shape: func(day int64) []Span {
		return intersect(a.shape(day), b.shape(day))
	}}
}

func intersect(a, b []Span) []Span {
	var out []Span
	for _, x := range a {
		for _, y := range b {
			if from, to := max(x.From, y.From), min(x.To, y.To); from < to {
				out = append(out, Span{from, to})
			}
		}
	}
	return out
}

// Next is the first instant at or after t from which work can go on.
func (c *Calendar) Next(t int64) int64 {
	if c.shape == nil || t >= Far {
		return t
	}
	for day := max(floorDay(t), firstDay); day < lastDay; day++ {
		for _, s := range c.shape(day) {
			if day*Day+s.To > t {
				return max(t, day*Day+s.From)
			}
		}
		if day = c.skipForward(day); day >= lastDay {
			break
		}
	}
	return Far
}

// Prev is the last instant at or before t at which work has just been done.
func (c *Calendar) Prev(t int64) int64 {
	if c.shape == nil || t <= Past {
		return t
	}
	for day := min(floorDay(t), lastDay); day >= firstDay; day-- {
		spans := c.shape(day)
		for i := len(spans) - 1; i >= 0; i-- {
			if day*Day+spans[i].From < t {
				return min(t, day*Day+spans[i].To)
			}
		}
	}
	return Past
}

// skipForward jumps over days without work, so that an empty calendar costs
// one walk through the cache and not one a call.
func (c *Calendar) skipForward(day int64) int64 {
	if len(c.shape(day+1)) > 0 {
		return day
	}
	w := c.at((day + 1) * Day)
	end := c.find(w + 1)
	if end >= Far {
		return lastDay
	}
	return max(day, floorDay(end-1)-1)
}

// Add walks work ticks of working time from t: forwards to the first instant
// by which that much is done, backwards (negative) to the last instant from
// which that much remains. Nothing to walk leaves t where it is.
func (c *Calendar) Add(t, work int64) int64 {
	switch {
	case work == 0 || t >= Far || t <= Past:
		return t
	case c.shape == nil:
		return min(max(t+work, Past), Far)
	case work > 0:
		return c.find(c.at(t) + work)
	}
	return c.findLast(c.at(t) + work)
}

// Between is the working time from a to b, negative when b is earlier.
func (c *Calendar) Between(a, b int64) int64 {
	if c.shape == nil {
		return b - a
	}
	c.cover(floorDay(min(max(min(a, b), Past), Far))) // at may move the counting, so reach the earlier one first
	return c.at(b) - c.at(a)
}

// Works reports whether t lies in worked time.
func (c *Calendar) Works(t int64) bool { return c.Next(t) == t }

// Segments returns the worked stretches of [from, to), at most limit of them.
func (c *Calendar) Segments(from, to int64, limit int) [][2]int64 {
	if c.shape == nil {
		return [][2]int64{{from, to}}
	}
	var out [][2]int64
	for at := c.Next(from); at < to && len(out) < limit; {
		end := to
		for _, s := range c.shape(floorDay(at)) {
			if base := floorDay(at) * Day; base+s.From <= at && at < base+s.To {
				end = min(to, base+s.To)
			}
		}
		out = append(out, [2]int64{at, end})
		at = c.Next(end)
	}
	return out
}

// at is the work done from the start of the cache until t.
func (c *Calendar) at(t int64) int64 {
	t = min(max(t, Past), Far)
	day := floorDay(t)
	c.cover(day)
	w := c.sum[day-c.low]
	if rest := t - day*Day; rest > 0 {
		for _, s := range c.shape(day) {
			if rest > s.From {
				w += min(rest, s.To) - s.From
			}
		}
	}
	return w
}

// find is the first instant by which w is done, counted as at counts.
func (c *Calendar) find(w int64) int64 {
	for c.sum[len(c.sum)-1] < w {
		last := c.low + int64(len(c.sum)) - 1
		if last >= lastDay {
			return Far
		}
		c.cover(min(last+2*366, lastDay))
	}
	i := sort.Search(len(c.sum), func(i int) bool { return c.sum[i] >= w }) - 1
	if i < 0 {
		return c.low * Day
	}
	day, left := c.low+int64(i), w-c.sum[i]
	for _, s := range c.shape(day) {
		if left <= s.To-s.From {
			return day*Day + s.From + left
		}
		left -= s.To - s.From
	}
	return (day + 1) * Day
}

// findLast is the last instant until which no more than w is done.
func (c *Calendar) findLast(w int64) int64 {
	for w < 0 { // earlier than the cache reaches: its counting moves along
		if c.low <= firstDay {
			return Past
		}
		before := c.sum[len(c.sum)-1]
		c.cover(max(c.low-2*366, firstDay))
		w += c.sum[len(c.sum)-1] - before
	}
	for c.sum[len(c.sum)-1] <= w {
		last := c.low + int64(len(c.sum)) - 1
		if last >= lastDay {
			return Far
		}
		c.cover(min(last+2*366, lastDay))
	}
	i := sort.Search(len(c.sum), func(i int) bool { return c.sum[i] > w }) - 1
	if i < 0 {
		return Past
	}
	day, left := c.low+int64(i), w-c.sum[i]
	for _, s := range c.shape(day) {
		if left < s.To-s.From {
			return day*Day + s.From + left
		}
		left -= s.To - s.From
	}
	return (day + 1) * Day
}

// cover makes the cache reach day. Earlier days shift what at returns, which
// is why only differences of it leave this package.
func (c *Calendar) cover(day int64) {
	day = min(max(day, firstDay), lastDay)
	if c.sum == nil {
		c.low, c.sum = day, []int64{0}
	}
	if day < c.low {
		low := max(day-366, firstDay)
		sum := make([]int64, 1, int(c.low-low)+len(c.sum))
		for d := low; d < c.low; d++ {
			sum = append(sum, sum[len(sum)-1]+c.work(d))
		}
		shift := sum[len(sum)-1]
		for _, s := range c.sum[1:] {
			sum = append(sum, s+shift)
		}
		c.low, c.sum = low, sum
	}
	for d := c.low + int64(len(c.sum)) - 1; d < day; d++ {
		c.sum = append(c.sum, c.sum[len(c.sum)-1]+c.work(d))
	}
}

func (c *Calendar) work(day int64) int64 {
	var w int64
	for _, s := range c.shape(day) {
		w += s.To - s.From
	}
	return w
}

func floorDay(t int64) int64 {
	if t >= 0 {
		return t / Day
	}
	return -((-t + Day - 1) / Day)
}
