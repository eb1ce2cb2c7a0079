package rcpsp

// maxStatements bounds the memory of the clause search: one statement is one
// possible start of one task.
const maxStatements = 1_500_000

// searchable reports whether the clause search fits this problem.
func (s *solver) searchable() bool {
	end := s.in.horizon
	if s.start != nil {
		end = s.best - 1
	}
	size := 0
	for i := range s.in.n {
		size += max(0, min(s.in.latest[i], end-s.in.tail[i])-s.in.head[i]+1)
	}
	return size <= maxStatements
}

// search looks for a better schedule, and from below for the shortest length
// that cannot be excluded, sharing the conflicts between the two.
func (s *solver) search(conflicts int64) {
	if s.down == nil {
		end := s.in.horizon
		if s.start != nil {
			end = s.best - 1
		}
		s.down = newLCG(s.in, end)
	}
	s.fromAbove(conflicts)
	if !s.finished() && s.start != nil && s.best-1 > s.bound {
		s.fromBelow(conflicts / 2)
	}
}

// fromAbove asks for a schedule shorter than the best, again and again.
func (s *solver) fromAbove(conflicts int64) {
	d := s.down
	if s.start != nil {
		d.phase = s.start
		if s.best-1 < d.end {
			d.end = s.best - 1
			d.tighten(d.end)
		}
	}
	until := s.clock.work + conflicts
	for s.clock.work < until && !s.finished() {
		switch d.search(s.clock, until-s.clock.work) {
		case satisfied:
			s.adopt(d.starts())
			d.phase = s.start
			d.end = s.best - 1
			d.tighten(d.end)
		case impossible:
			s.proven = true
		case spent:
			return
		}
	}
}

// fromBelow asks for a schedule as short as the bound. None: the bound rises.
func (s *solver) fromBelow(conflicts int64) {
	until := s.clock.work + conflicts
	for s.clock.work < until && !s.finished() {
		if s.up == nil {
			s.up = newLCG(s.in, s.bound)
			s.up.phase = s.start
			s.clock.spend(1) // setting up costs too
		}
		switch s.up.search(s.clock, until-s.clock.work) {
		case satisfied:
			s.adopt(s.up.starts())
			s.proven = true
		case impossible:
			s.bound++
			s.up = nil
			if s.ga != nil {
				s.ga.bound = s.bound
			}
		case spent:
			return
		}
	}
}

func (s *solver) adopt(start []int32) {
	finish := 0
	for i, t := range start {
		finish = max(finish, int(t)+s.in.Durations[i])
	}
	if finish >= s.best {
		return
	}
	s.best, s.start = finish, start
	if s.ga != nil {
		list := make([]int32, s.in.n)
		s.ga.lists.byStarts(start, list)
		s.ga.adopt(s.ga.grow(list))
		s.fromGenetic()
	}
}
