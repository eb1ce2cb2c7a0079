package schedule

import (
	"steward/engine/schedule/workcal"
)

// none stands for a date that is not set.
const none = int64(-1) << 62

// project is the input understood: ids resolved, time in ticks.
type project struct {
	in      *Input
	dated   bool
	perUnit float64 // ticks in one unit of the input's time
	start   int64
	data    int64 // data date, or none

	cal      *workcal.Calendar // of tasks that name none
	always   *workcal.Calendar
	cals     map[string]*workcal.Calendar
	tasks    []*task
	index    map[string]int
	leaves   []*task // tasks that are not summaries, in an order predecessors come first, unless cyclic
	cyclic   bool    // links form loops, which maximal distances do
	res      []*resource
	rindex   map[string]int
	override bool
}

type task struct {
	i      int
	id     string
	name   string
	src    *Task
	parent int // -1 for none
	kids   []int

	cal   *workcal.Calendar
	slack *workcal.Calendar // what its floats are counted in: cal, or without elapsed time
	work  int64             // duration, in cal
	parts []part            // what drives the duration instead, if anything does
	needs []need

	in, out []*link

	constraint string // "", ALAP, SNET …
	date       int64
	hard       bool
	deadline   int64
	notBefore  int64 // start no earlier than, by the summaries above; none for no date
	notAfter   int64 // finish no later than, likewise
	locked     bool  // levelling must not move it
	fixed      bool  // stays at from and to, scheduled by hand
	idle       bool  // likewise, and counts for nothing: made inactive

	done, started bool
	from, to      int64 // actual or fixed dates
	left          int64 // remaining work of a started task
	delay         int64
}

// part is work one assignment does in its own calendar; the task lasts until
// the last part is done.
type part struct {
	cal  *workcal.Calendar
	work int64
}

type need struct {
	r      int
	amount int64
}

type resource struct {
	id       string
	capacity int64 // in need units
	limits   []limit
	cal      *workcal.Calendar // nil: always there
	scale    float64           // need units in 1
}

// limit is a stretch with less capacity.
type limit struct {
	from, to int64
	capacity int64
}

type link struct {
	pred, succ *task
	kind       linkKind
	lag        int64
	share      float64 // part of the predecessor's duration, added to lag
	cal        *workcal.Calendar
	src        *Link
	where      string
	resource   bool // stands for a hand-over of a resource, not for a link of the input
}

type linkKind uint8

const (
	finishStart linkKind = iota
	startStart
	finishFinish
	startFinish
)

func (k linkKind) String() string { return [...]string{"FS", "SS", "FF", "SF"}[k] }

// fromStart says the link hangs on the predecessor's start, toStart that it
// holds the successor's start.
func (k linkKind) fromStart() bool { return k == startStart || k == startFinish }
func (k linkKind) toStart() bool   { return k == startStart || k == finishStart }

// lagTicks is the lag in ticks of the link's calendar for a predecessor of
// the given duration.
func (l *link) lagTicks(work int64) int64 {
	if l.share == 0 {
		return l.lag
	}
	return l.lag + round(l.share*float64(work))
}

func (t *task) summary() bool { return len(t.kids) > 0 }

func (t *task) milestone() bool { return t.work == 0 && len(t.parts) == 0 }

func (t *task) label() string {
	if t.name == "" || t.name == t.id {
		return t.id
	}
	return t.id + " (" + t.name + ")"
}

// finishFrom is when a task that starts at s and still has work to do ends.
func (t *task) finishFrom(s, work int64) int64 {
	if len(t.parts) == 0 {
		return t.cal.Add(s, work)
	}
	end := s
	for _, p := range t.parts {
		end = max(end, p.cal.Add(s, t.scaled(p.work, work)))
	}
	return end
}

// startFor is the latest start from which the work is done by f.
func (t *task) startFor(f, work int64) int64 {
	if len(t.parts) == 0 {
		return t.cal.Add(f, -work)
	}
	start := f
	for _, p := range t.parts {
		start = min(start, p.cal.Add(f, -t.scaled(p.work, work)))
	}
	return start
}

// scaled shrinks an assignment's work to the part of the duration asked for.
func (t *task) scaled(part, work int64) int64 {
	if work == t.work || t.work == 0 {
		return part
	}
	return round(float64(part) * float64(work) / float64(t.work))
}

// nextStart is the first instant at or after s at which the task can work; a
// milestone may sit at the end of a worked stretch.
func (t *task) nextStart(s int64) int64 {
	if len(t.parts) == 0 {
		next := t.cal.Next(s)
		if next > s && t.milestone() && t.cal.Prev(s) == s {
			return s
		}
		return next
	}
	next := int64(workcal.Far)
	for _, p := range t.parts {
		next = min(next, p.cal.Next(s))
	}
	return next
}

// prevFinish is f, or the end of the worked stretch before it when nothing is
// worked in between.
func (t *task) prevFinish(f int64) int64 {
	if len(t.parts) == 0 {
		return t.cal.Prev(f)
	}
	prev := int64(workcal.Past)
	for _, p := range t.parts {
		prev = max(prev, p.cal.Prev(f))
	}
	return prev
}

func round(x float64) int64 {
	if x < 0 {
		return -int64(-x + 0.5)
	}
	return int64(x + 0.5)
}
