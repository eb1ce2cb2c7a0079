package rcpsp

// reason appends the literals that made bound e.p reach v, which is at most
// what the event, the trail's at-th, set it to.
func (s *lcg) reason(into []literal, e event, v, at int32) []literal {
	switch e.kind {
	case byArc:
		return append(into, literal{e.a, v - e.c})
	case byClause:
		c := s.db[e.a]
		s.bump(c)
		for _, l := range c.lits {
			if l.p != e.p^1 || l.v != 1-e.new {
				into = append(into, l)
			}
		}
		return into
	case byPackage:
		return append(into, s.arena[e.a:e.c]...)
	case byCrowd:
		return s.crowd(into, e.p, e.a, at)
	}
	return into
}

func (s *lcg) bump(c *clause) {
	if c.act += s.grow; c.act > 1e100 {
		for _, c := range s.db {
			c.act *= 1e-100
		}
		s.grow *= 1e-100
	}
}

// since finds the event that made a literal true, -1 for one true from the start.
func (s *lcg) since(l literal) int32 {
	k := s.last[l.p]
	for k >= 0 && s.trail[k].old >= l.v {
		k = s.trail[k].prev
	}
	return k
}

// want adds a literal to the conflict under analysis; it returns 1 when the
// literal became true at the current level and was not wanted there before.
func (s *lcg) want(l literal) int {
	if l.v <= s.b0[l.p] {
		return 0
	}
	k := s.since(l)
	if k < 0 || s.trail[k].level == 0 {
		return 0
	}
	now := 0
	if s.trail[k].level == s.level() {
		now = 1
	}
	if s.wanted[l.p] {
		if s.need[l.p] >= l.v {
			return 0
		}
		if was := s.since(literal{l.p, s.need[l.p]}); was >= 0 && s.trail[was].level == s.level() {
			now = 0
		}
		s.need[l.p] = l.v
	} else {
		s.wanted[l.p], s.need[l.p] = true, l.v
		s.found = append(s.found, l.p)
	}
	s.order.bump(l)
	return now
}

// analyse turns the failure into a clause that is asserting after going back
// to the level returned; the first literal is the one to negate, the second
// one of the highest level among the rest.
func (s *lcg) analyse(out []literal) ([]literal, int32, int32) {
	here := 0
	for _, l := range s.fail {
		here += s.want(l)
	}
	k := len(s.trail) - 1
	var scratch []literal
	for {
		e := s.trail[k]
		if !s.wanted[e.p] || s.need[e.p] <= e.old || s.need[e.p] > e.new {
			k--
			continue
		}
		v := s.need[e.p]
		if here == 1 {
			out = append(out[:0], literal{e.p, v})
			s.wanted[e.p] = false
			break
		}
		s.wanted[e.p] = false
		here--
		scratch = s.reason(scratch[:0], e, v, int32(k))
		for _, l := range scratch {
			here += s.want(l)
		}
		k--
	}
	for _, p := range s.found {
		if s.wanted[p] && !s.implied(literal{p, s.need[p]}, &scratch) {
			out = append(out, literal{p, s.need[p]})
		}
	}
	back, lbd := s.grade(out)
	for _, p := range s.found {
		s.wanted[p] = false
	}
	s.found = s.found[:0]
	return out, back, lbd
}

// implied reports whether a literal's reason is among the wanted literals, so
// that the clause is as strong without it.
func (s *lcg) implied(l literal, scratch *[]literal) bool {
	k := s.since(l)
	e := s.trail[k]
	if e.kind == decided {
		return false
	}
	*scratch = s.reason((*scratch)[:0], e, l.v, k)
	for _, m := range *scratch {
		if m.v <= s.b0[m.p] || s.wanted[m.p] && s.need[m.p] >= m.v && m.p != l.p {
			continue
		}
		if j := s.since(m); j >= 0 && s.trail[j].level > 0 {
			return false
		}
	}
	return true
}

// grade puts a literal of the highest level second and counts the levels.
func (s *lcg) grade(lits []literal) (back, lbd int32) {
	seen := map[int32]bool{s.level(): true}
	for k := 1; k < len(lits); k++ {
		level := s.trail[s.since(lits[k])].level
		seen[level] = true
		if level > back {
			back = level
			lits[1], lits[k] = lits[k], lits[1]
		}
	}
	return back, int32(len(seen))
}
