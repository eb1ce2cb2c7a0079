// Package rcpsp schedules tasks that compete for renewable resources so that
// the last one ends as early as possible: the resource-constrained project
// scheduling problem, with minimal and maximal time lags (RCPSP/max). A hybrid
// genetic algorithm with justification finds good schedules; a lazy clause
// generation search improves them and proves them optimal or the problem
// infeasible. Nothing is called proven that the search did not prove.
package rcpsp

import (
	"context"
	"fmt"
	"sort"
	"time"
)

// Problem is what to schedule. Time and amounts are whole numbers; every task
// starts at 0 or later and runs without a break.
type Problem struct {
	Durations []int
	Capacity  []int   // of each resource
	Needs     [][]int // [task][resource]
	Arcs      []Arc
	Release   []int   // earliest starts; nil for none
	Latest    []int   // latest starts, -1 for none; nil for none
	Blocks    []Block // capacity taken by something else
}

// Arc says that To starts at least Weight after From starts. A negative
// weight lets To start earlier; with an arc back it makes a maximal lag.
type Arc struct{ From, To, Weight int }

// Block takes an amount of a resource during [From, To).
type Block struct{ Resource, From, To, Amount int }

// Limits bound the search. Work counts schedules built and conflicts met;
// results depend on it, and on the clock only if Time cut the search short.
type Limits struct {
	Time time.Duration // 0: none
	Work int64         // 0: none
	Seed uint64
	// Hint is a list of tasks by falling priority to try first; nil for none.
	Hint []int
}

// Result is what the search found.
type Result struct {
	Start      []int // nil when no schedule was found
	Finish     int   // when the last task ends
	Bound      int   // no schedule ends earlier
	Proven     bool  // Start is optimal, or there is no schedule when it is nil
	Infeasible string
	Loop       []int  // tasks of a loop of arcs that no dates satisfy
	Cut        string // "time", "work" or "" when the search ended by itself
	Work       int64
}

// validate refuses problems that are not well formed.
func (p *Problem) validate() error {
	n := len(p.Durations)
	if len(p.Needs) != n || p.Release != nil && len(p.Release) != n || p.Latest != nil && len(p.Latest) != n {
		return fmt.Errorf("rcpsp: lists of different lengths")
	}
	for i, d := range p.Durations {
		if d < 0 || len(p.Needs[i]) != len(p.Capacity) {
			return fmt.Errorf("rcpsp: task %d has a negative duration or wrong needs", i)
		}
	}
	for _, a := range p.Arcs {
		if a.From < 0 || a.From >= n || a.To < 0 || a.To >= n {
			return fmt.Errorf("rcpsp: an arc leads to no task")
		}
	}
	for _, b := range p.Blocks {
		if b.Resource < 0 || b.Resource >= len(p.Capacity) || b.From < 0 || b.To < b.From || b.Amount < 0 {
			return fmt.Errorf("rcpsp: a block is malformed")
		}
	}
	return nil
}

// Check tests a schedule against every rule of the problem, without any of
// the solver's code, and names the first rule broken.
func Check(p *Problem, start []int) error {
	if len(start) != len(p.Durations) {
		return fmt.Errorf("%d starts for %d tasks", len(start), len(p.Durations))
	}
	for i, s := range start {
		if s < 0 || p.Release != nil && s < p.Release[i] {
			return fmt.Errorf("task %d starts at %d, before it may", i, s)
		}
		if p.Latest != nil && p.Latest[i] >= 0 && s > p.Latest[i] {
			return fmt.Errorf("task %d starts at %d, after it may", i, s)
		}
	}
	for _, a := range p.Arcs {
		if start[a.To] < start[a.From]+a.Weight {
			return fmt.Errorf("task %d starts at %d, less than %d after task %d at %d", a.To, start[a.To], a.Weight, a.From, start[a.From])
		}
	}
	for r, capacity := range p.Capacity {
		if err := checkCapacity(p, start, r, capacity); err != nil {
			return err
		}
	}
	return nil
}

// checkCapacity goes through the moments at which the use of a resource
// changes, in order.
func checkCapacity(p *Problem, start []int, r, capacity int) error {
	type change struct{ at, tasks, blocked int }
	var changes []change
	for i, s := range start {
		if amount := p.Needs[i][r]; amount > 0 && p.Durations[i] > 0 {
			changes = append(changes, change{s, amount, 0}, change{s + p.Durations[i], -amount, 0})
		}
	}
	for _, b := range p.Blocks {
		if b.Resource == r && b.From < b.To && b.Amount > 0 {
			changes = append(changes, change{b.From, 0, b.Amount}, change{b.To, 0, -b.Amount})
		}
	}
	sort.Slice(changes, func(a, b int) bool { return changes[a].at < changes[b].at })
	tasks, blocked := 0, 0
	for k, c := range changes {
		tasks, blocked = tasks+c.tasks, blocked+c.blocked
		if k+1 < len(changes) && changes[k+1].at == c.at {
			continue
		}
		if tasks > 0 && tasks+blocked > capacity { // blocks alone may take more than there is
			return fmt.Errorf("resource %d is asked for %d of %d at %d", r, tasks+blocked, capacity, c.at)
		}
	}
	return nil
}

// clock stops a search when its limits are reached.
type clock struct {
	ctx   context.Context
	until time.Time
	work  int64
	limit int64
	cut   string
}

func newClock(ctx context.Context, l Limits) *clock {
	c := &clock{ctx: ctx, limit: l.Work}
	if l.Time > 0 {
		c.until = time.Now().Add(l.Time)
	}
	return c
}

// spend counts work and reports whether the search must stop.
func (c *clock) spend(n int64) bool {
	c.work += n
	if c.cut != "" {
		return true
	}
	if c.limit > 0 && c.work >= c.limit {
		c.cut = "work"
		return true
	}
	if c.ctx.Err() != nil || !c.until.IsZero() && time.Now().After(c.until) {
		c.cut = "time"
		return true
	}
	return false
}
