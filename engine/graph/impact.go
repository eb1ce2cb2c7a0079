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
// It takes time in proportion to what is touched, not to the whole graph.
func (g *Graph) Impact(failed ...string) (Impact, error) {
	list, err := g.findAll("failed", failed)
	if err != nil {
		return Impact{}, err
	}
	s := g.spread(list)
	out := Impact{Failed: make([]Failure, 0, len(s.order)), Degraded: []Degraded{}}
	for _, v := range s.order {
		f := Failure{ID: g.nodes[v].ID, Wave: int(s.wave[v])}
		if gr := s.broke[v]; gr >= 0 {
			f.Cause = g.cause(s, gr, s.wave[v])
			f.Chain = g.chain(s, v)
		}
		out.Failed = append(out.Failed, f)
	}
	out.Degraded = g.degraded(s)
	out.Working = len(g.nodes) - len(s.order)
	return out, nil
}

// state is how failures spread: a node's wave, and the need that broke it.
type state struct {
	order []int32         // failed nodes, wave by wave
	wave  map[int32]int32 // by failed node
	broke map[int32]int32 // by failed node: the group no longer met, -1 for a given failure
	lost  map[int32]int32 // by group touched: members down
}

func (g *Graph) spread(failed []int32) *state {
	s := &state{wave: map[int32]int32{}, broke: map[int32]int32{}, lost: map[int32]int32{}}
	for _, v := range failed {
		if _, twice := s.wave[v]; !twice {
			s.wave[v], s.broke[v] = 0, -1
			s.order = append(s.order, v)
		}
	}
	for i := 0; i < len(s.order); i++ {
		v := s.order[i]
		for _, gr := range g.uses[g.usesAt[v]:g.usesAt[v+1]] {
			s.lost[gr]++
			if int32(len(g.membersOf(gr)))-s.lost[gr] >= g.k[gr] {
				continue
			}
			o := g.owner[gr]
			if _, down := s.wave[o]; !down {
				s.wave[o], s.broke[o] = s.wave[v]+1, gr
				s.order = append(s.order, o)
			}
		}
	}
	return s
}

// cause tells a broken need as it stood when it broke in that wave.
func (g *Graph) cause(s *state, gr, wave int32) *Cause {
	c := &Cause{AtLeast: int(g.k[gr]), Of: len(g.membersOf(gr)), Lost: []string{}}
	c.Left = c.Of
	for _, m := range g.membersOf(gr) {
		if w, down := s.wave[m]; down && w < wave {
			if c.Left--; len(c.Lost) < maxLost {
				c.Lost = append(c.Lost, g.nodes[m].ID)
			}
		}
	}
	return c
}

// chain follows, from node v, the member that fell last of each broken need.
func (g *Graph) chain(s *state, v int32) []string {
	ids := []string{g.nodes[v].ID}
	for len(ids) < maxChain && s.broke[v] >= 0 {
		next := int32(-1)
		for _, m := range g.membersOf(s.broke[v]) {
			if w, down := s.wave[m]; down && w < s.wave[v] && (next < 0 || w > s.wave[next]) {
				next = m
			}
		}
		v = next
		ids = append(ids, g.nodes[v].ID)
	}
	return ids
}

func (g *Graph) degraded(s *state) []Degraded {
	touched := make([]int32, 0, len(s.lost))
	for gr := range s.lost {
		if _, down := s.wave[g.owner[gr]]; !down {
			touched = append(touched, gr)
		}
	}
	slices.Sort(touched)
	out := make([]Degraded, 0, len(touched))
	for _, gr := range touched {
		d := Degraded{ID: g.nodes[g.owner[gr]].ID, Of: len(g.membersOf(gr)), Lost: []string{}}
		d.Left = d.Of - int(s.lost[gr])
		for _, m := range g.membersOf(gr) {
			if _, down := s.wave[m]; down && len(d.Lost) < maxLost {
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
