// Package read tells the state of backups that other tools make, from what those
// tools print: which is the last good one, how old and how large it is, how the
// size goes, and what went wrong.
package read

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"steward/collect/backup"
	"steward/collect/backup/trend"
	"steward/collect/fact"
)

// Copy is one backup as its tool tells it.
type Copy struct {
	ID     string    `json:"id"`
	Source string    `json:"source" doc:"stanza, server, host and path, or job"`
	Kind   string    `json:"kind,omitempty" doc:"full, differential, incremental, as far as the tool says"`
	Start  time.Time `json:"start,omitzero"`
	End    time.Time `json:"end,omitzero"`
	Size   int64     `json:"size" doc:"bytes of what was backed up; -1: not told"`
	Stored int64     `json:"stored" doc:"bytes it added to the repository; -1: not told"`
	Good   bool      `json:"good"`
	Wrong  string    `json:"wrong,omitempty" doc:"why it is not good, or what is to be looked at"`
}

// at is the moment by which copies are ordered.
func (c Copy) at() time.Time {
	if !c.End.IsZero() {
		return c.End
	}
	return c.Start
}

// State is the state of one source's backups.
type State struct {
	Tool     string      `json:"tool"`
	Source   string      `json:"source"`
	Copies   int         `json:"copies"`
	Good     int         `json:"good"`
	LastGood *Copy       `json:"last_good,omitempty"`
	Age      float64     `json:"age" doc:"seconds since the last good one ended; -1: there is none"`
	Size     int64       `json:"size" doc:"bytes of the last good one's source; -1: not told"`
	Trend    *trend.Band `json:"trend,omitempty" doc:"what size the last good one was expected to have, from those before"`
	Small    bool        `json:"small,omitempty" doc:"the last good one is smaller than expected"`
	Errors   []string    `json:"errors,omitempty" doc:"what the tool says is wrong"`
	Gaps     []fact.Gap  `json:"gaps,omitempty"`
}

// Result is what a tool's output holds.
type Result struct {
	Tool   string
	Copies []Copy
	Errors map[string][]string // by source; "" is of the whole
	Gaps   []fact.Gap
}

// maxOutput bounds what is read of a tool's output.
const maxOutput = 64 << 20

// Tools are the tools that are read.
var Tools = []string{"pgbackrest", "barman", "restic", "borg", "veeam"}

// Parse reads a tool's output. now stands in for moments the tool leaves out;
// zone is that of moments without one.
func Parse(tool string, r io.Reader, zone *time.Location) (*Result, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxOutput+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxOutput {
		return nil, backup.NewWrong(tool, "wrote more than %d MB", maxOutput>>20)
	}
	switch tool {
	case "pgbackrest":
		return PgBackRest(b)
	case "barman":
		return Barman(b, zone)
	case "restic":
		return Restic(b)
	case "borg":
		return Borg(b, zone)
	case "veeam":
		return Veeam(b, zone)
	}
	return nil, backup.NewWrong("read", "knows no tool %q; known are %s", tool, strings.Join(Tools, ", "))
}

// States sums the copies up, one state for each source, in the sources' order.
func (r *Result) States(now time.Time) []State {
	by := map[string][]Copy{}
	for _, c := range r.Copies {
		by[c.Source] = append(by[c.Source], c)
	}
	for source := range r.Errors {
		if _, there := by[source]; !there && source != "" {
			by[source] = nil
		}
	}
	var names []string
	for n := range by {
		names = append(names, n)
	}
	slices.Sort(names)
	var states []State
	for _, n := range names {
		s := State{Tool: r.Tool, Source: n, Copies: len(by[n]), Age: -1, Size: -1, Errors: append(slices.Clone(r.Errors[""]), r.Errors[n]...), Gaps: r.Gaps}
		s.sum(by[n], now)
		states = append(states, s)
	}
	return states
}

func (s *State) sum(copies []Copy, now time.Time) {
	slices.SortStableFunc(copies, func(a, b Copy) int { return cmp.Or(a.at().Compare(b.at()), cmp.Compare(a.ID, b.ID)) })
	var points []trend.Point
	for i := range copies {
		c := copies[i]
		if !c.Good {
			continue
		}
		s.Good++
		s.LastGood = &copies[i]
		s.Size = c.Size
		if !c.at().IsZero() {
			s.Age = math.Max(now.Sub(c.at()).Seconds(), 0)
		}
		if c.Size >= 0 {
			points = append(points, trend.Point{At: c.at(), Size: c.Size})
		}
	}
	if s.LastGood != nil && s.Size >= 0 {
		if band, ok := trend.Expect(points, s.LastGood.at()); ok {
			s.Trend, s.Small = &band, s.Size < band.Low
		}
	}
	const most = 20
	for i := len(copies) - 1; i >= 0 && len(s.Errors) < most; i-- {
		if c := copies[i]; c.Wrong != "" {
			s.Errors = append(s.Errors, c.ID+": "+c.Wrong)
		}
	}
}

func (r *Result) failed(source, format string, args ...any) {
	if r.Errors == nil {
		r.Errors = map[string][]string{}
	}
	if list := r.Errors[source]; len(list) < 100 {
		r.Errors[source] = append(list, fmt.Sprintf(format, args...))
	}
}

// moment makes a moment of seconds since 1970; out of all bounds is none.
func moment(seconds int64) time.Time {
	if seconds <= 0 || seconds > 253402300799 { // the year 9999
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
