package schedule

import (
	"fmt"
	"sort"
	"strings"

	"steward/engine/calc"
	"steward/engine/schedule/workcal"
)

func (p *project) buildLinks() error {
	for i, t := range p.tasks {
		for j := range t.src.After {
			if err := p.buildLink(t, &t.src.After[j], fmt.Sprintf("%s.after[%d]", p.where(i), j)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *project) buildLink(t *task, in *Link, where string) error {
	i, ok := p.index[in.Task]
	if !ok {
		return calc.Wrong(where+".task", "there is no task %q", in.Task)
	}
	l := &link{pred: p.tasks[i], succ: t, src: in, where: where}
	if l.pred == t {
		return calc.Wrong(where+".task", "loop: %s comes after itself", t.label())
	}
	switch strings.ToUpper(in.Type) {
	case "", "FS":
		l.kind = finishStart
	case "SS":
		l.kind = startStart
	case "FF":
		l.kind = finishFinish
	case "SF":
		l.kind = startFinish
	default:
		return calc.Wrong(where+".type", "%q is unknown; use FS, SS, FF or SF", in.Type)
	}
	l.cal = p.lagCalendar(l)
	if in.Lag.unit == "%" {
		l.share = in.Lag.value / 100
		if l.share < -1000 || l.share > 1000 {
			return calc.Wrong(where+".lag", "%s is out of range", in.Lag)
		}
		if in.Lag.elapsed {
			l.cal = p.always
		}
	} else {
		lag, elapsed, err := p.ticks(where+".lag", in.Lag)
		if err != nil {
			return err
		}
		if l.lag = lag; elapsed {
			l.cal = p.always
		}
	}
	l.succ.in = append(l.succ.in, l)
	l.pred.out = append(l.pred.out, l)
	return nil
}

func (p *project) lagCalendar(l *link) *workcal.Calendar {
	switch p.in.LagCalendar {
	case "predecessor":
		return l.pred.slack
	case "project":
		return p.cal
	case "continuous":
		return p.always
	}
	return l.succ.slack // its own time, also when its duration is elapsed
}

// expandSummaries replaces links of summaries by links of the tasks below
// them. A link from a summary's start hangs on the task below that starts
// first without the summaries' own links.
func (p *project) expandSummaries() error {
	switch p.in.LagCalendar {
	case "", "successor", "predecessor", "project", "continuous":
	default:
		return calc.Wrong("lag_calendar", "%q is unknown; use successor, predecessor, project or continuous", p.in.LagCalendar)
	}
	var summary []*link
	for _, t := range p.tasks {
		for _, l := range t.in {
			if !l.pred.summary() && !l.succ.summary() {
				continue
			}
			if p.inside(l.pred, l.succ) || p.inside(l.succ, l.pred) {
				return calc.Wrong(l.where, "loop: %s cannot wait for %s, one is part of the other", l.succ.label(), l.pred.label())
			}
			summary = append(summary, l)
		}
	}
	if len(summary) == 0 {
		return nil
	}
	for _, t := range p.tasks {
		t.in, t.out = plain(t.in), plain(t.out)
	}
	if err := p.sortLeaves(); err != nil {
		return err
	}
	d, err := p.forward(nil)
	if err != nil {
		return err
	}
	made := 0
	for _, l := range summary {
		preds, succs := p.below(l.pred), p.below(l.succ)
		if l.kind.fromStart() && l.pred.summary() {
			sort.SliceStable(preds, func(a, b int) bool { return d.es[preds[a].i] < d.es[preds[b].i] })
			preds = preds[:1]
		}
		if made += len(preds) * len(succs); made > maxSummaryLinks {
			return calc.Wrong(l.where, "the links of summaries stand for more than %d links of the tasks below them; link the tasks that matter", maxSummaryLinks)
		}
		for _, a := range preds {
			for _, b := range succs {
				c := *l
				c.pred, c.succ = a, b
				c.cal = l.cal
				if l.cal != p.always {
					c.cal = p.lagCalendar(&c)
				}
				b.in, a.out = append(b.in, &c), append(a.out, &c)
			}
		}
	}
	return nil
}

func plain(links []*link) []*link {
	var out []*link
	for _, l := range links {
		if !l.pred.summary() && !l.succ.summary() {
			out = append(out, l)
		}
	}
	return out
}

func (p *project) inside(t, summary *task) bool {
	for t.parent >= 0 {
		if t = p.tasks[t.parent]; t == summary {
			return true
		}
	}
	return false
}

// below lists the leaves of a summary, or the task itself.
func (p *project) below(t *task) []*task {
	if !t.summary() {
		return []*task{t}
	}
	var out []*task
	for _, k := range t.kids {
		out = append(out, p.below(p.tasks[k])...)
	}
	return out
}

// sortLeaves puts the leaves into an order in which predecessors come first.
// Tasks in loops keep the input's order after those before them.
func (p *project) sortLeaves() error {
	waits := make([]int, len(p.tasks))
	var ready, leaves []*task
	for _, t := range p.tasks {
		if t.summary() || t.idle {
			continue
		}
		if waits[t.i] = len(t.in); waits[t.i] == 0 {
			ready = append(ready, t)
		}
		leaves = append(leaves, t)
	}
	order := make([]*task, 0, len(leaves))
	seen := make([]bool, len(p.tasks))
	for len(ready) > 0 {
		t := ready[0]
		ready, seen[t.i] = ready[1:], true
		order = append(order, t)
		for _, l := range t.out {
			if waits[l.succ.i]--; waits[l.succ.i] == 0 {
				ready = append(ready, l.succ)
			}
		}
	}
	p.cyclic = len(order) < len(leaves)
	for _, t := range leaves {
		if !seen[t.i] {
			order = append(order, t)
		}
	}
	p.leaves = order
	if p.cyclic {
		return p.refuseLoops(seen)
	}
	return nil
}
