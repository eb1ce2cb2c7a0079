package graph

import "math/bits"

// scenarios computes 64 states of the graph at once, one a bit: bit i of a
// node's word says that the node is down in scenario i. Single points of
// failure and simulated availability stand on it. Only what failures reach is
// evaluated, so rare failures cost little.
type scenarios struct {
	g       *Graph
	word    []uint64
	in      []bool   // nodes to evaluate; nil: all
	compOf  []int32  // component of each node; components are ordered needed first
	dirty   []uint64 // bitmap of components to evaluate
	touched []int32  // nodes whose word is not zero
	bit     []uint64
	queue   []int32 // nodes of a cycle to evaluate, and which wait in it
	waits   []bool
}

// scenariosFor prepares the evaluation of the nodes marked in (nil: all).
func (g *Graph) scenariosFor(in []bool) *scenarios {
	s := &scenarios{g: g, word: make([]uint64, len(g.nodes)), in: in, compOf: make([]int32, len(g.nodes)), dirty: make([]uint64, len(g.alone)/64+1)}
	for c := range g.alone {
		for _, v := range g.order[g.comp[c]:g.comp[c+1]] {
			s.compOf[v] = int32(c)
		}
	}
	return s
}

// fail says that v itself is down in the scenarios of w.
func (s *scenarios) fail(v int32, w uint64) {
	if w == 0 {
		return
	}
	if s.word[v] == 0 {
		s.touched = append(s.touched, v)
	}
	s.word[v] |= w
	for _, gr := range s.g.uses[s.g.usesAt[v]:s.g.usesAt[v+1]] {
		if o := s.g.owner[gr]; s.in == nil || s.in[o] {
			c := s.compOf[o]
			s.dirty[c/64] |= 1 << (c % 64)
		}
	}
}

// reset forgets all failures.
func (s *scenarios) reset() {
	for _, v := range s.touched {
		s.word[v] = 0
	}
	s.touched = s.touched[:0]
}

// run completes the words from the failures given. A component is evaluated
// after all that it needs. In a cycle only nodes are evaluated again of which
// something that they need has changed, until nothing more fails.
func (s *scenarios) run() {
	for i := range s.dirty {
		for s.dirty[i] != 0 {
			c := i*64 + bits.TrailingZeros64(s.dirty[i])
			s.dirty[i] &= s.dirty[i] - 1
			if s.g.alone[c] {
				if v := s.g.order[s.g.comp[c]]; s.in == nil || s.in[v] {
					s.eval(v)
				}
				continue
			}
			s.cycle(int32(c))
		}
	}
}

func (s *scenarios) cycle(c int32) {
	if s.waits == nil {
		s.waits = make([]bool, len(s.word))
	}
	queue := s.queue[:0]
	for _, v := range s.g.order[s.g.comp[c]:s.g.comp[c+1]] {
		if s.in == nil || s.in[v] {
			queue, s.waits[v] = append(queue, v), true
		}
	}
	for i := 0; i < len(queue); i++ {
		v := queue[i]
		s.waits[v] = false
		before := s.word[v]
		if s.eval(v); s.word[v] == before {
			continue
		}
		for _, gr := range s.g.uses[s.g.usesAt[v]:s.g.usesAt[v+1]] {
			o := s.g.owner[gr]
			if s.compOf[o] == c && !s.waits[o] && (s.in == nil || s.in[o]) {
				queue, s.waits[o] = append(queue, o), true
			}
		}
	}
	s.queue = queue
	s.dirty[c/64] &^= 1 << (c % 64)
}

func (s *scenarios) eval(v int32) {
	var w uint64
	for _, gr := range s.g.groupsOf(v) {
		w |= s.broken(gr)
	}
	if w &^= s.word[v]; w != 0 {
		s.fail(v, w)
	}
}

// broken says in which scenarios fewer than k of the group's members are left.
func (s *scenarios) broken(gr int32) uint64 {
	members := s.g.membersOf(gr)
	k := int(s.g.k[gr])
	if k == len(members) {
		var w uint64
		for _, m := range members {
			w |= s.word[m]
		}
		return w
	}
	if k == 1 {
		w := ^uint64(0)
		for _, m := range members {
			w &= s.word[m]
		}
		return w
	}
	return s.atLeast(members, len(members)-k+1)
}

// atLeast counts, in binary counters of one bit a word, how many members are
// down in each scenario, and says where they are at least limit.
func (s *scenarios) atLeast(members []int32, limit int) uint64 {
	digits := bits.Len(uint(len(members)))
	if cap(s.bit) < digits {
		s.bit = make([]uint64, digits)
	}
	s.bit = s.bit[:digits]
	clear(s.bit)
	for _, m := range members {
		carry := s.word[m]
		for d := 0; carry != 0; d++ {
			s.bit[d], carry = s.bit[d]^carry, s.bit[d]&carry
		}
	}
	var above uint64
	equal := ^uint64(0)
	for d := digits - 1; d >= 0; d-- {
		if limit>>d&1 == 1 {
			equal &= s.bit[d]
		} else {
			above |= equal & s.bit[d]
			equal &^= s.bit[d]
		}
	}
	return above | equal
}
