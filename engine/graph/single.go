package graph

import (
	"context"
	"maps"
	"math/bits"
	"slices"
)

// SinglePoint is a part whose failure alone stops systems.
type SinglePoint struct {
	ID    string   `json:"id"`
	Stops []string `json:"stops" doc:"the systems that go down when it fails alone"`
}

// SinglePoints finds, for the named systems, every node whose failure alone
// stops one of them, in the order of the input. Logical nodes cannot fail
// alone; a system that is not logical is its own single point and is left out,
// because that says nothing.
//
// All single failures are tried, 64 at a time, on the part of the graph that
// the systems stand on: the answer is exact, cycles and shared parts included.
// Of nodes that can only fall together one is tried.
func (g *Graph) SinglePoints(ctx context.Context, systems ...string) ([]SinglePoint, error) {
	list, err := g.findAll("systems", systems)
	if err != nil {
		return nil, err
	}
	in := make([]bool, len(g.nodes))
	for _, t := range list {
		if in[t] {
			continue
		}
		for v, below := range g.below(t) {
			in[v] = in[v] || below
		}
	}
	var try []int32
	same := map[int32][]int32{} // nodes that fall together, by the one that is tried
	for _, v := range g.order { // neighbours in this order share what they reach
		if in[v] && !g.nodes[v].Logical {
			first := g.together[v]
			if same[first] = append(same[first], v); len(same[first]) == 1 {
				try = append(try, first)
			}
		}
	}
	s := g.scenariosFor(in)
	stops := map[int32][]string{}
	for len(try) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		block := try[:min(64, len(try))]
		try = try[len(block):]
		s.reset()
		for b, v := range block {
			s.fail(v, 1<<b)
		}
		s.run()
		for _, t := range list {
			for w := s.word[t]; w != 0; w &= w - 1 {
				for _, v := range same[block[bits.TrailingZeros64(w)]] {
					if v != t {
						stops[v] = append(stops[v], g.nodes[t].ID)
					}
				}
			}
		}
	}
	found := make([]SinglePoint, 0, len(stops))
	for _, v := range slices.Sorted(maps.Keys(stops)) {
		found = append(found, SinglePoint{ID: g.nodes[v].ID, Stops: stops[v]})
	}
	return found, nil
}
