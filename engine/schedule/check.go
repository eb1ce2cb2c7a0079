package schedule

import (
	"fmt"
	"sort"
)

// check tests a solution against the input's rules, apart from how it was
// found: durations, calendars, links, hard constraints, resource limits.
func (p *project) check(s *solution) error {
	if err := p.checkDates(s.free, false); err != nil {
		return err
	}
	if s.leveled != nil {
		return p.checkDates(s.leveled, true)
	}
	return nil
}

func (p *project) checkDates(d *dates, limits bool) error {
	for _, t := range p.leaves {
		es, ef := d.es[t.i], d.ef[t.i]
		if es == none || ef < es {
			return fmt.Errorf("%s has no dates or ends before it starts", t.label())
		}
		if t.done || t.started || t.fixed {
			continue
		}
		if len(t.parts) == 0 && t.cal.Between(es, ef) != t.work {
			return fmt.Errorf("%s has %d of %d ticks of work between its dates", t.label(), t.cal.Between(es, ef), t.work)
		}
		if p.in.Honour && t.constraint != "" && t.constraint != "ALAP" {
			continue // its date wins over its links
		}
		for _, l := range t.in {
			if l.resource && !limits {
				continue
			}
			if !p.linkHolds(d, l) {
				return fmt.Errorf("%s does not keep its %s link to %s", t.label(), l.kind, l.pred.label())
			}
		}
		if t.hard && !p.constraintHolds(t, es, ef) {
			return fmt.Errorf("%s does not keep its constraint", t.label())
		}
	}
	if limits {
		for r := range p.res {
			if use, at := p.peak(d, r, true); use > p.res[r].at(at) {
				return fmt.Errorf("%s is asked for more than it has at %s", p.res[r].id, p.when(at))
			}
		}
	}
	return nil
}

// linkHolds compares in the successor's working time.
func (p *project) linkHolds(d *dates, l *link) bool {
	if l.pred.done && l.succ.done || l.succ.started || l.succ.fixed || l.succ.done {
		return true
	}
	at := p.linkTime(d, l)
	got := d.ef[l.succ.i]
	if l.kind.toStart() {
		got = d.es[l.succ.i]
	}
	if len(l.succ.parts) > 0 {
		for _, part := range l.succ.parts {
			if part.cal.Between(at, got) >= 0 {
				return true
			}
		}
		return false
	}
	return got >= at || l.succ.cal.Between(at, got) >= 0
}

// peak is the most a resource is asked for, and when first. With excess it is
// the first moment at which that is more than there is, if there is one.
func (p *project) peak(d *dates, r int, excess bool) (most, when int64) {
	type change struct{ at, by int64 }
	var changes []change
	for _, t := range p.leaves {
		if t.done {
			continue
		}
		from, to := p.hold(d, t)
		for _, n := range t.needs {
			if n.r == r && from < to {
				changes = append(changes, change{from, n.amount}, change{to, -n.amount})
			}
		}
	}
	for _, l := range p.res[r].limits {
		changes = append(changes, change{l.from, 0}, change{l.to, 0})
	}
	sort.Slice(changes, func(a, b int) bool {
		if changes[a].at != changes[b].at {
			return changes[a].at < changes[b].at
		}
		return changes[a].by < changes[b].by
	})
	used := int64(0)
	for k, c := range changes {
		used += c.by
		if k+1 < len(changes) && changes[k+1].at == c.at {
			continue
		}
		if excess && used > p.res[r].at(c.at) {
			return used, c.at
		}
		if used > most {
			most, when = used, c.at
		}
	}
	return most, when
}
