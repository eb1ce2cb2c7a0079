package rcpsp

import (
	"context"
)

// Solve searches for the schedule that ends first. The error is for problems
// that are not well formed; infeasible ones are a result.
func Solve(ctx context.Context, p *Problem, l Limits) (*Result, error) {
	in, decided, err := prepare(p)
	if err != nil || decided != nil {
		return decided, err
	}
	s := &solver{in: in, clock: newClock(ctx, l), limits: l, best: far}
	s.bound = in.simpleBound()
	if in.n == 0 {
		return &Result{Start: []int{}, Proven: true}, nil
	}
	s.run()
	return s.result()
}

// solver runs the methods in turn, each starting from what the others found.
type solver struct {
	in     *instance
	clock  *clock
	limits Limits
	bound  int
	best   int
	start  []int32
	proven bool // the search is complete: best is optimal, or nothing exists
	ga     *genetic
	down   *lcg // looks for schedules shorter than the best
	up     *lcg // excludes lengths from the bound on
}

func (s *solver) run() {
	if !s.in.cyclic {
		s.ga = newGenetic(s.in, s.clock, s.limits.Seed, s.bound)
		s.ga.first(s.limits.Hint)
		s.fromGenetic()
		if s.finished() {
			return
		}
		s.ga.run(int64(40 * s.in.n))
		s.fromGenetic()
	}
	for slice := int64(1); !s.finished(); slice++ {
		if s.searchable() {
			s.search(400 + 200*slice)
		}
		if s.ga != nil && !s.finished() {
			s.ga.run(int64(20*s.in.n) * slice)
			s.fromGenetic()
		}
		if s.ga == nil && s.down == nil {
			s.clock.cut = "work"
		}
	}
}

func (s *solver) finished() bool {
	return s.proven || s.start != nil && s.best <= s.bound || s.clock.cut != ""
}

func (s *solver) fromGenetic() {
	if g := s.ga; g.best.finish < s.best {
		s.best, s.start = g.best.finish, append([]int32(nil), g.best.start...)
	}
}

func (s *solver) result() (*Result, error) {
	r := &Result{Finish: s.best, Bound: s.bound, Work: s.clock.work}
	if s.start == nil {
		r.Finish, r.Cut = 0, s.clock.cut
		if s.proven {
			r.Proven, r.Cut = true, ""
			r.Infeasible = "no schedule keeps every lag, date and capacity"
		}
		return r, nil
	}
	r.Start = make([]int, s.in.n)
	for i, t := range s.start {
		r.Start[i] = int(t)
	}
	if s.proven {
		r.Bound = s.best
	}
	r.Proven = r.Bound >= r.Finish
	if !r.Proven {
		r.Cut = s.clock.cut
	}
	return r, Check(s.in.Problem, r.Start)
}
