package schedule

import (
	"context"
	"fmt"

	"steward/engine/calc"
)

// Solve schedules a project. The lines say in words how the dates came about.
func Solve(ctx context.Context, in Input) (*Output, []string, error) {
	if len(in.Tasks) == 0 && in.EarnedValue != nil {
		earned, err := EarnedValue(in.EarnedValue)
		if err != nil {
			return nil, nil, err
		}
		return &Output{Name: in.Name, Unit: "unit", Status: "no_tasks", Tasks: []TaskDates{}, Earned: earned}, earned.explain(), nil
	}
	p, s, err := solve(ctx, &in)
	if err != nil {
		return nil, nil, err
	}
	out := p.report(s)
	if in.Risk != nil {
		if out.Risk, err = p.simulate(ctx, in.Risk); err != nil {
			return nil, nil, err
		}
	}
	if in.EarnedValue != nil {
		if out.Earned, err = EarnedValue(in.EarnedValue); err != nil {
			return nil, nil, err
		}
	}
	why := out.explain()
	if out.Earned != nil {
		why = append(why, out.Earned.explain()...)
	}
	return out, why, nil
}

func solve(ctx context.Context, in *Input) (*project, *solution, error) {
	p, err := build(in)
	if err != nil {
		return nil, nil, err
	}
	s, err := p.schedule(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := p.check(s); err != nil {
		return nil, nil, fmt.Errorf("schedule: the result does not pass its own check: %w", err)
	}
	return p, s, nil
}

// MSPDI schedules a project and writes it as Microsoft Project XML.
func MSPDI(ctx context.Context, in Input) ([]byte, error) {
	p, s, err := solve(ctx, &in)
	if err != nil {
		return nil, err
	}
	if in.Level == "preview" {
		p.backwardFree(s)
	}
	return p.toMSPDI(s)
}

// solution is a project with dates.
type solution struct {
	free    *dates // by links alone
	dates   *dates // with resource limits, where they apply; else free
	bound   int64
	proven  bool
	status  string
	cut     string
	leveled *dates // with resource limits; nil when there are none
	waits   []wait
}

func (p *project) schedule(ctx context.Context) (*solution, error) {
	free, err := p.forward(nil)
	if err != nil {
		return nil, err
	}
	if err := p.keepsHard(free); err != nil {
		return nil, err
	}
	if in := p.in; in.until != 0 {
		free.finish = max(free.finish, in.until)
	}
	p.backward(free, free.finish)
	if err := p.asLateAsPossible(free); err != nil {
		return nil, err
	}
	s := &solution{free: free, dates: free, bound: free.finish, proven: true, status: "critical_path"}
	if p.in.Level == "no" || !p.anyNeeds() {
		return s, nil
	}
	if err := p.level(ctx, s); err != nil {
		return nil, err
	}
	if p.in.Level != "preview" && s.leveled != nil {
		s.dates = s.leveled
	}
	return s, nil
}

func (p *project) anyNeeds() bool {
	for _, t := range p.leaves {
		if len(t.needs) > 0 && !t.done {
			return true
		}
	}
	return false
}

// asLateAsPossible moves tasks that want to be late to their latest dates, and
// then what waits for them.
func (p *project) asLateAsPossible(d *dates) error {
	late := false
	for _, t := range p.leaves {
		if t.constraint == "ALAP" && !t.started && !t.done && !t.fixed {
			late = true
		}
	}
	if !late {
		return nil
	}
	// Going backwards, a task's successors stand where they will be.
	d.pinned = make([]int64, len(p.tasks))
	for i := range d.pinned {
		d.pinned[i] = none
	}
	for _, t := range p.leaves {
		if t.constraint == "ALAP" && !t.started && !t.done && !t.fixed {
			d.pinned[t.i] = d.ls[t.i]
		}
	}
	finish := d.finish
	if err := p.forwardInto(d, nil); err != nil {
		return err
	}
	p.backward(d, max(finish, d.finish))
	return nil
}

// keepsHard refuses a project whose links break a constraint that must hold.
func (p *project) keepsHard(d *dates) error {
	for _, t := range p.leaves {
		if !t.hard || t.done || p.constraintHolds(t, d.es[t.i], d.ef[t.i]) {
			continue
		}
		return calc.Wrong(p.where(t.i)+".constraint", "infeasible: %s %s %s, but the links before it put it at %s to %s (%s)",
			t.label(), constraintWords[t.constraint], p.when(t.date), p.when(d.es[t.i]), p.when(d.ef[t.i]), p.chain(d, t))
	}
	return nil
}

// constraintHolds compares in working time: the end of one day is the start of the next.
func (p *project) constraintHolds(t *task, start, finish int64) bool {
	switch t.constraint {
	case "SNET":
		return t.cal.Between(t.date, start) >= 0
	case "SNLT":
		return t.cal.Between(start, t.date) >= 0
	case "FNET":
		return t.cal.Between(t.date, finish) >= 0
	case "FNLT":
		return t.cal.Between(finish, t.date) >= 0
	case "MSO":
		return t.cal.Between(start, t.date) == 0
	case "MFO":
		return t.cal.Between(finish, t.date) == 0
	}
	return true
}

// chain names the tasks that drive one, from the first.
func (p *project) chain(d *dates, t *task) string {
	ids := []string{t.id}
	for l := d.why[t.i].link; l != nil && len(ids) < 20; l = d.why[l.pred.i].link {
		ids = append(ids, l.pred.id)
	}
	reverse(ids)
	s := ids[0]
	for _, id := range ids[1:] {
		s += " → " + id
	}
	return s
}
