package worktime

import (
	"fmt"
	"slices"
	"time"

	"steward/engine/calc"
)

// Policy is a service-level promise: how much working time a case may take, by
// priority, and when somebody is told.
type Policy struct {
	// Targets by priority. A case whose priority has none cannot be clocked.
	Targets map[string]Target
	// Restart gives a case the whole target again when its priority changes;
	// otherwise the time already used counts against the new target.
	Restart    bool
	Thresholds []Threshold
}

// Target is the working time promised, counted in a calendar.
type Target struct {
	Within   time.Duration
	Calendar *Calendar
}

// Threshold is a point on the clock at which somebody is told: at a share of
// the target, or an amount of working time before (negative) or after due.
type Threshold struct {
	Name    string
	Percent int           // of the target, when not 0
	Offset  time.Duration // from due, in working time; used when Percent is 0
}

// level is the used working time at which the threshold is reached.
func (t Threshold) level(target time.Duration) time.Duration {
	if t.Percent != 0 {
		return max(target/100*time.Duration(t.Percent)+target%100*time.Duration(t.Percent)/100, 0)
	}
	return max(target+t.Offset, 0)
}

// EventKind is what happened to a case.
type EventKind string

// The kinds of event. Pausing a paused case and resuming a running one change
// nothing; after Close the clock stands until Reopen.
const (
	Pause    EventKind = "pause"
	Resume   EventKind = "resume"
	Priority EventKind = "priority"
	Close    EventKind = "close"
	Reopen   EventKind = "reopen"
)

// Event is something that happened to a case.
type Event struct {
	At       time.Time
	Kind     EventKind
	Priority string // the new one, for Priority
}

// Case is a ticket, request or task on the clock.
type Case struct {
	Opened   time.Time
	Priority string
	Events   []Event // in any order; equal moments keep the given order
	// Now is the moment the case is looked at; events after it are ignored.
	Now time.Time
}

// SegmentKind says why time counted or did not.
type SegmentKind string

// The kinds of segment: counted working time, and the reasons for time that
// does not count.
const (
	Counted  SegmentKind = "working"
	OffHours SegmentKind = "off_hours"
	Free     SegmentKind = "holiday"
	Paused   SegmentKind = "paused"
	Closed   SegmentKind = "closed"
)

// Segment is one piece of the strip from the opening to the due moment (or to
// now, if that is later). Segments follow one another without a gap.
type Segment struct {
	From, To time.Time
	Kind     SegmentKind
	Note     string        // the holiday's name
	Priority string        // in force
	Counted  time.Duration // To - From for working time, else 0
	Used     time.Duration // counted since the opening (or restart), at To
	Ahead    bool          // lies after Now: planned
}

// State is how a case stands.
type State string

// The states of a case.
const (
	Running  State = "running"
	OnHold   State = "paused"
	Breached State = "breached" // due has passed and the case is not closed
	Met      State = "met"      // closed in time
	Missed   State = "missed"   // closed too late
)

// Escalation is a threshold with its moment.
type Escalation struct {
	Threshold Threshold
	At        time.Time // zero while it cannot be known: paused, or closed before
	Reached   bool      // At is not after Now
}

// Reading is what the clock shows.
type Reading struct {
	State State
	// Due is when the target is used up; zero while the case is on hold, because
	// nobody knows when it goes on. DueIfResumed assumes it does now.
	Due, DueIfResumed time.Time
	Target            time.Duration
	Used              time.Duration // working time counted until now or until closed
	Remaining         time.Duration // Target - Used; negative when overdue
	BreachedAt        time.Time     // when the case became late; may be after Due when a new priority made it late
	Strip             []Segment
	Escalations       []Escalation
}

// Read reads the clock. An error names the event or priority that is wrong.
func (p Policy) Read(c Case) (Reading, error) {
	events, err := p.inOrder(c)
	if err != nil {
		return Reading{}, err
	}
	w := walk{policy: p, at: c.Opened, priority: c.Priority}
	for _, e := range events {
		if err := w.runTo(e.At, false); err != nil {
			return Reading{}, err
		}
		w.apply(e)
	}
	if err := w.runTo(c.Now, false); err != nil {
		return Reading{}, err
	}
	return w.reading(c.Now)
}

// inOrder checks the case and returns the events up to now, by time.
func (p Policy) inOrder(c Case) ([]Event, error) {
	if _, ok := p.Targets[c.Priority]; !ok {
		return nil, calc.Wrong("priority", "there is no target for priority %q", clip(c.Priority))
	}
	for name, t := range p.Targets {
		if t.Within <= 0 {
			return nil, calc.Wrong("targets."+clip(name)+".within", "must be longer than 0")
		}
	}
	for i, t := range p.Thresholds {
		if t.Percent < 0 || t.Percent > 10000 {
			return nil, calc.Wrong(fmt.Sprintf("thresholds[%d].percent", i), "must be between 1 and 10000")
		}
	}
	if c.Now.Before(c.Opened) {
		return nil, calc.Wrong("now", "lies before the opening")
	}
	for i, e := range c.Events {
		switch e.Kind {
		case Pause, Resume, Close, Reopen:
		case Priority:
			if _, ok := p.Targets[e.Priority]; !ok {
				return nil, calc.Wrong(fmt.Sprintf("events[%d].priority", i), "there is no target for priority %q", clip(e.Priority))
			}
		default:
			return nil, calc.Wrong(fmt.Sprintf("events[%d].kind", i), "%q is not an event; use pause, resume, priority, close or reopen", clip(string(e.Kind)))
		}
		if e.At.Before(c.Opened) {
			return nil, calc.Wrong(fmt.Sprintf("events[%d].at", i), "lies before the opening")
		}
	}
	events := slices.DeleteFunc(slices.Clone(c.Events), func(e Event) bool { return e.At.After(c.Now) })
	slices.SortStableFunc(events, func(a, b Event) int { return a.At.Compare(b.At) })
	return events, nil
}
