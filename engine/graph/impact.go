package graph

import (
	"fmt"
	"slices"
	"strings"
)

// Impact is what a set of failures does.
type Impact struct {
	Failed   []Failure  `json:"failed" doc:"every node that is down, the given ones first, then in waves"`
	Degraded []Degraded `json:"degraded" doc:"nodes that still work but lost redundancy, the barest first"`
	Working  int        `json:"working" doc:"how many nodes still work, the degraded included"`
}

// Failure is one node that is down and why.
type Failure struct {
	ID    string   `json:"id"`
	Wave  int      `json:"wave" doc:"0: failed itself; n: fails because of nodes of waves below n"`
	Cause *Cause   `json:"cause,omitempty" doc:"the need that is no longer met; none for wave 0"`
	Chain []string `json:"chain,omitempty" doc:"a shortest chain of causes from this node to a given failure, at most 32 nodes"`

	last int32 // in Impact.Failed: which of those needed fell last
}

// Cause is a need that is no longer met.
type Cause struct {
	AtLeast int      `json:"at_least" doc:"how many of the group must work"`
	Of      int      `json:"of" doc:"how many there are in the group"`
	Left    int      `json:"left" doc:"how many of them still worked when the need broke"`
	Lost    []string `json:"lost" doc:"those that were down by then, at most 32 named"`
}

// Degraded is a node that works with less redundancy than it has.
type Degraded struct {
	ID    string   `json:"id"`
	Spare int      `json:"spare" doc:"how many more of the group may fail; 0: the next failure stops the node"`
	Left  int      `json:"left" doc:"how many of the group still work"`
	Of    int      `json:"of"`
	Lost  []string `json:"lost" doc:"the members of the group that are down, at most 32 named"`
}

// maxChain bounds the chains in an answer: 100,000 nodes in a row would
// otherwise print five thousand million names. Cause links lead on.
const maxChain = 32

// maxLost bounds the names listed for one group; left and of give the counts.
const maxLost = 32

// Impact says what fails and what loses redundancy when the named nodes fail.
// It takes time in proportion to what is touched, not to the whole graph. It leaves
// the chains out: ask Impact.Chain for those that are shown.
func (g *Graph) Impact(failed ...string) (Impact, error) {
	list, err := g.findAll("failed", failed)
	if err != nil {
		return Impact{}, err
	}
	s := g.spread(list)
	defer g.rest(s)
	out := Impact{Failed: make([]Failure, len(s.order)), Degraded: []Degraded{}}
	causes, room := make([]Cause, len(s.order)), make([]string, 0, len(s.order))
	for i, v := range s.order {
		f := &out.Failed[i]
		f.ID, f.Wave = g.nodes[v].ID, int(s.wave[v])
		gr := s.broke[i]
		if gr < 0 {
			continue
		}
		f.Cause = &causes[i]
		var last int32
		room, last = g.cause(f.Cause, room, s, gr, s.wave[v])
		f.last = s.at[last]
	}
	out.Degraded = g.degraded(s)
	out.Working = len(g.nodes) - len(s.order)
	return out, nil
}

// Chain is a shortest chain of causes from a failed node to a given failure, at most 32
// nodes: each time the one that fell last of those needed. None of a given failure.
func (im *Impact) Chain(f Failure) []string {
	if f.Cause == nil {
		return nil
	}
	ids := []string{f.ID}
	for f.Cause != nil && len(ids) < maxChain {
		f = im.Failed[f.last]
		ids = append(ids, f.ID)
	}
	return ids
}

// state is how failures spread: a node's wave, and the need that broke it. It is as
// large as the graph, and used again by the next question.
type state struct {
	order   []int32 // failed nodes, wave by wave
	broke   []int32 // in that order: the group no longer met, -1 for a given failure
	wave    []int32 // by node; -1: it works
	at      []int32 // by failed node: where it stands in order
	lost    []int32 // by group: members down
	touched []int32 // groups of which some are
}

func (g *Graph) spread(failed []int32) *state {
	s, _ := g.idle.Get().(*state)
	if s == nil {
		s = &state{wave: slices.Repeat([]int32{-1}, len(g.nodes)), at: make([]int32, len(g.nodes)), lost: make([]int32, len(g.owner))}
	}
	fall := func(v, wave, gr int32) {
		if s.wave[v] < 0 {
			s.wave[v], s.at[v] = wave, int32(len(s.order))
			s.order, s.broke = append(s.order, v), append(s.broke, gr)
		}
	}
	for _, v := range failed {
		fall(v, 0, -1)
	}
	for i := 0; i < len(s.order); i++ {
		v := s.order[i]
		for _, gr := range g.uses[g.usesAt[v]:g.usesAt[v+1]] {
			if s.lost[gr]++; s.lost[gr] == 1 {
				s.touched = append(s.touched, gr)
			}
			if int32(len(g.membersOf(gr)))-s.lost[gr] < g.k[gr] {
				fall(g.owner[gr], s.wave[v]+1, gr)
			}
		}
	}
	return s
}

// rest clears what was touched, for the next question.
func (g *Graph) rest(s *state) {
	for _, v := range s.order {
		s.wave[v] = -1
	}
	for _, gr := range s.touched {
		s.lost[gr] = 0
	}
	s.order, s.broke, s.touched = s.order[:0], s.broke[:0], s.touched[:0]
	g.idle.Put(s)
}

// cause tells a broken need as it stood when it broke in that wave, and which member
// fell last. The names go into room.
func (g *Graph) cause(c *Cause, room []string, s *state, gr, wave int32) ([]string, int32) {
	c.AtLeast, c.Of = int(g.k[gr]), len(g.membersOf(gr))
	c.Left = c.Of
	last, from := int32(-1), len(room)
	for _, m := range g.membersOf(gr) {
		w := s.wave[m]
		if w < 0 || w >= wave {
			continue
		}
		if c.Left--; len(room)-from < maxLost {
			room = append(room, g.nodes[m].ID)
		}
		if last < 0 || w > s.wave[last] {
			last = m
		}
	}
	c.Lost = slices.Clip(room[from:])
	return room, last
}

func (g *Graph) degraded(s *state) []Degraded {
	var touched []int32
	for _, gr := range s.touched {
		if s.wave[g.owner[gr]] < 0 {
			touched = append(touched, gr)
		}
	}
	slices.Sort(touched)
	out := make([]Degraded, 0, len(touched))
	for _, gr := range touched {
		d := Degraded{ID: g.nodes[g.owner[gr]].ID, Of: len(g.membersOf(gr)), Lost: []string{}}
		d.Left = d.Of - int(s.lost[gr])
		for _, m := range g.membersOf(gr) {
			if s.wave[m] >= 0 && len(d.Lost) < maxLost {
				d.Lost = append(d.Lost, g.nodes[m].ID)
			}
		}
		d.Spare = d.Left - int(g.k[gr])
		out = append(out, d)
	}
	slices.SortStableFunc(out, func(a, b Degraded) int { return a.Spare - b.Spare })
	return out
}

// Sentence says in words why the node is down.
func (f Failure) Sentence() string {
	if f.Cause == nil {
		return f.ID + " failed itself."
	}
	lost := strings.Join(f.Cause.Lost, ", ")
	if down := f.Cause.Of - f.Cause.Left; down > 8 {
		lost = strings.Join(f.Cause.Lost[:8], ", ") + fmt.Sprintf(" and %d more", down-8)
	}
	if f.Cause.Of == 1 {
		return fmt.Sprintf("%s is down because it needs %s.", f.ID, lost)
	}
	return fmt.Sprintf("%s is down because it needs %d of %d and only %d are left: %s are down.", f.ID, f.Cause.AtLeast, f.Cause.Of, f.Cause.Left, lost)
}
