package schedule

import (
	"context"
	"fmt"
	"strings"
	"time"

	"steward/engine/schedule/rcpsp"
	"steward/engine/schedule/workcal"
)

// axis lays a project whose tasks all work by one calendar on a line of
// working time counted in whole steps, where the exact search can work.
type axis struct {
	p      *project
	cal    *workcal.Calendar
	origin int64
	step   int64
	tasks  []*task // the variables
	at     []int   // a task's number among them, -1
	prob   rcpsp.Problem
}

// maxCells bounds the memory of the search's profile.
const maxCells = 6_000_000

// axis returns nil when the project does not fit on one line: calendars
// differ, or lags run in other time than work.
func (p *project) axis(d *dates) *axis {
	a := &axis{p: p, at: make([]int, len(p.tasks))}
	for i := range a.at {
		a.at[i] = -1
	}
	for _, t := range p.leaves {
		if t.done || t.fixed || t.started && p.data == none {
			continue
		}
		if len(t.parts) > 0 || a.cal != nil && t.cal != a.cal {
			return nil
		}
		a.cal = t.cal
		a.at[t.i] = len(a.tasks)
		a.tasks = append(a.tasks, t)
	}
	for _, t := range a.tasks {
		for _, l := range t.in {
			if a.at[l.pred.i] >= 0 && l.lagTicks(l.pred.work) != 0 && l.cal != a.cal {
				return nil
			}
		}
	}
	if a.cal == nil {
		return nil
	}
	a.origin = p.start
	for _, t := range p.leaves {
		a.origin = min(a.origin, d.es[t.i])
	}
	a.fill(d)
	if words := (len(p.res) + 3) / 4; a.length()*int64(words) > maxCells {
		return nil
	}
	a.shrink()
	return a
}

func (a *axis) fill(d *dates) {
	p := a.p
	n := len(a.tasks)
	pr := &a.prob
	pr.Durations, pr.Needs = make([]int, n), make([][]int, n)
	pr.Release, pr.Latest = make([]int, n), make([]int, n)
	pr.Capacity = make([]int, len(p.res))
	for r := range p.res {
		pr.Capacity[r] = int(p.res[r].capacity)
		for _, l := range p.res[r].limits {
			a.block(r, l.from, l.to, p.res[r].capacity-l.capacity)
		}
	}
	for _, t := range p.leaves {
		if a.at[t.i] < 0 && !t.done {
			for _, n := range t.needs {
				a.block(n.r, d.es[t.i], d.ef[t.i], n.amount)
			}
		}
	}
	for k, t := range a.tasks {
		pr.Durations[k], pr.Needs[k] = int(a.work(t)), make([]int, len(p.res))
		for _, n := range t.needs {
			pr.Needs[k][n.r] = int(n.amount)
		}
		pr.Release[k], pr.Latest[k] = int(a.place(a.earliest(d, t))), -1
		if l := a.latestStart(t); l != none {
			pr.Latest[k] = max(int(a.place(l)), 0)
		}
		if t.locked {
			pr.Latest[k] = pr.Release[k]
		}
		for _, l := range t.in {
			a.arc(l)
		}
	}
}

// work is what a task still has to do.
func (a *axis) work(t *task) int64 {
	if t.started {
		return t.left
	}
	return t.work
}

// earliest is when a task's remaining work can go on by the links.
func (a *axis) earliest(d *dates, t *task) int64 {
	if t.started {
		return t.startFor(d.ef[t.i], t.left)
	}
	return d.es[t.i]
}

// latestStart is the latest start that dates which must hold leave a task.
func (a *axis) latestStart(t *task) int64 {
	if t.started || !(t.hard || a.p.in.Honour && (t.constraint == "MSO" || t.constraint == "MFO")) {
		return none
	}
	switch t.constraint {
	case "MSO", "SNLT":
		return t.date
	case "MFO", "FNLT":
		return t.startFor(t.date, t.work)
	}
	return none
}

func (a *axis) place(t int64) int64 { return a.cal.Between(a.origin, t) }

func (a *axis) block(r int, from, to, amount int64) {
	x, y := max(a.place(from), 0), a.place(to)
	if amount > 0 && x < y {
		a.prob.Blocks = append(a.prob.Blocks, rcpsp.Block{Resource: r, From: int(x), To: int(y), Amount: int(amount)})
	}
}

// arc adds a link between two variables as a distance of their starts. What
// hangs on a start that is a fact is in the releases already.
func (a *axis) arc(l *link) {
	from, to := a.at[l.pred.i], a.at[l.succ.i]
	if from < 0 || l.kind.fromStart() && l.pred.started || l.succ.started && a.p.override {
		return
	}
	w := l.lagTicks(l.pred.work)
	if !l.kind.fromStart() {
		w += a.work(l.pred)
	}
	if !l.kind.toStart() {
		w -= a.work(l.succ)
	}
	a.prob.Arcs = append(a.prob.Arcs, rcpsp.Arc{From: from, To: to, Weight: int(w)})
}

// numbers calls f for every length on the axis.
func (a *axis) numbers(f func(*int)) {
	pr := &a.prob
	for k := range pr.Durations {
		f(&pr.Durations[k])
		f(&pr.Release[k])
		if pr.Latest[k] > 0 {
			f(&pr.Latest[k])
		}
	}
	for k := range pr.Arcs {
		f(&pr.Arcs[k].Weight)
	}
	for k := range pr.Blocks {
		f(&pr.Blocks[k].From)
		f(&pr.Blocks[k].To)
	}
}

// shrink counts in the largest step that divides every length.
func (a *axis) shrink() {
	g := 0
	a.numbers(func(v *int) { g = gcd(g, *v) })
	g = max(g, 1)
	a.numbers(func(v *int) { *v /= g })
	a.step = int64(g)
}

// length is an upper bound of the axis in steps after shrinking.
func (a *axis) length() int64 {
	g, last, sum := 0, 0, 0
	a.numbers(func(v *int) { g = gcd(g, *v) })
	for k, d := range a.prob.Durations {
		last = max(last, a.prob.Release[k])
		sum += d
	}
	for _, b := range a.prob.Blocks {
		last = max(last, b.To)
	}
	for _, arc := range a.prob.Arcs {
		sum += max(0, arc.Weight-a.prob.Durations[arc.From])
	}
	return int64((last + sum) / max(g, 1))
}

func gcd(a, b int) int {
	if b < 0 {
		b = -b
	}
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func (a *axis) solve(ctx context.Context) (*rcpsp.Result, error) {
	l := rcpsp.Limits{Seed: a.p.in.Seed, Work: a.p.in.WorkLimit}
	seconds := a.p.in.TimeLimit
	if seconds == 0 && l.Work == 0 {
		seconds = 10
	}
	l.Time = time.Duration(seconds * float64(time.Second))
	return rcpsp.Solve(ctx, &a.prob, l)
}

// instant is a place on the axis as a finish.
func (a *axis) instant(at int) int64 {
	return a.cal.Prev(a.cal.Add(a.origin, int64(at)*a.step))
}

// pins are the starts the search found, for the tasks that compete. The rest
// follows by the links, unless maximal lags tie it to them.
func (a *axis) pins(start []int) []int64 {
	pins := make([]int64, len(a.p.tasks))
	for i := range pins {
		pins[i] = none
	}
	for k, t := range a.tasks {
		if len(t.needs) > 0 || a.p.cyclic {
			pins[t.i] = a.cal.Next(a.cal.Add(a.origin, int64(start[k])*a.step))
			if t.milestone() {
				pins[t.i] = a.cal.Add(a.origin, int64(start[k])*a.step)
			}
		}
	}
	return pins
}

// whyNot says in the project's words why there is no schedule.
func (a *axis) whyNot(r *rcpsp.Result) string {
	if len(r.Loop) > 0 {
		var ids []string
		for _, k := range r.Loop {
			ids = append(ids, a.tasks[k].id)
		}
		return fmt.Sprintf("the links form a loop that no dates satisfy: %s → %s", strings.Join(ids, " → "), ids[0])
	}
	var tight []string
	for _, t := range a.tasks {
		if t.hard || t.locked {
			tight = append(tight, t.id)
		}
	}
	why := "no schedule keeps every link, maximal lag and resource limit together"
	if len(tight) > 0 {
		why += "; the dates of " + strings.Join(tight[:min(len(tight), 8)], ", ") + " must hold"
	}
	return why + " (proved by complete search)"
}
