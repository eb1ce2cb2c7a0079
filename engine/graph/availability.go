package graph

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// Availability is the share of time a system works.
type Availability struct {
	Availability float64  `json:"availability" doc:"share of time the system works, its own failures included"`
	Downtime     float64  `json:"downtime_hours_per_year" doc:"of 8,766 hours"`
	Exact        bool     `json:"exact" doc:"true: computed exactly; false: simulated, see low and high"`
	Method       string   `json:"method"`
	Low          *float64 `json:"low,omitempty" doc:"simulated: lower end of the 95 % interval (Wilson)"`
	High         *float64 `json:"high,omitempty" doc:"simulated: upper end of the 95 % interval"`
	Parts        []Part   `json:"parts" doc:"what matters most: parts by the downtime that would go away if they never failed; at most 20; exact method only"`
	Assumed      []string `json:"assumed_perfect" doc:"parts without availability figures, taken to never fail; at most 100 named"`
	AssumedCount int      `json:"assumed_perfect_count"`
}

// Part is what one part's failures cost a system.
type Part struct {
	ID    string  `json:"id"`
	Gain  float64 `json:"gain_hours_per_year" doc:"downtime of the system that would go away if this part never failed"`
	Share float64 `json:"share" doc:"that as a share of the system's downtime; shares of redundant parts overlap, so they need not add up to 1"`
}

const hoursPerYear = 8766 // 365.25 days

// Bounds of the exact method; beyond them the system is simulated.
const (
	maxVertices  = 1_500_000
	maxVariables = 20_000
)

// Simulation is how a system too entangled for the exact method is simulated.
type Simulation struct {
	Seed    uint64
	Samples int // rounded up to a multiple of 64; 0: 1,000,000
}

// Availability computes how much of the time a system works from the parts'
// own availabilities, taking their failures as independent. A part that several
// others share is one variable, so shared parts are counted once and not
// multiplied as if they were different ones.
//
// Method: the system's failure as a binary decision diagram over the parts,
// summed exactly; parts are ordered as a depth-first walk from the system meets
// them. If that grows beyond a bound, simulation with the given seed.
func (g *Graph) Availability(ctx context.Context, system string, sim Simulation) (Availability, error) {
	top, err := g.find("system", system)
	if err != nil {
		return Availability{}, err
	}
	in := g.below(top)
	out := Availability{Parts: []Part{}, Assumed: []string{}}
	q := make([]float64, len(g.nodes))
	for v, below := range in {
		if !below {
			continue
		}
		var known bool
		if q[v], known = g.nodes[v].down(); !known {
			if out.AssumedCount++; len(out.Assumed) < 100 {
				out.Assumed = append(out.Assumed, g.nodes[v].ID)
			}
		}
	}
	if !g.exact(ctx, &out, top, in, q) {
		if err := g.simulate(ctx, &out, top, in, q, sim); err != nil {
			return Availability{}, err
		}
	}
	out.Downtime = (1 - out.Availability) * hoursPerYear
	return out, ctx.Err()
}

// exact fills out and says whether it could within its bounds.
func (g *Graph) exact(ctx context.Context, out *Availability, top int32, in []bool, q []float64) bool {
	vars := g.variables(top, q)
	if len(vars) > maxVariables {
		return false
	}
	chances := make([]float64, len(vars))
	for l, v := range vars {
		chances[l] = q[v]
	}
	d := newDiagram(maxVertices)
	f := make([]int32, len(g.nodes))
	own := map[int32]int32{} // by the first of nodes that fall together: that one of them fails itself
	for l := len(vars) - 1; l >= 0; l-- {
		first := g.together[vars[l]]
		own[first] = d.vertex(int32(l), own[first], down)
	}
	for c, alone := range g.alone {
		part := g.order[g.comp[c]:g.comp[c+1]]
		for changed := true; changed; {
			changed = false
			for _, v := range part {
				if !in[v] {
					continue
				}
				first := g.together[v]
				w := d.or(f[first], d.or(own[first], d.brokenNeeds(g, v, f)))
				if d.overflow || ctx.Err() != nil {
					return false
				}
				changed = changed || !alone && w != f[first]
				f[first] = w
			}
		}
	}
	p, birnbaum := d.chance(f[g.together[top]], chances)
	out.Availability, out.Exact = 1-p, true
	out.Method = fmt.Sprintf("exact: binary decision diagram over %d parts that can fail, failures independent", len(vars))
	for l, v := range vars {
		if gain := birnbaum[l] * chances[l]; gain > 0 {
			out.Parts = append(out.Parts, Part{ID: g.nodes[v].ID, Gain: gain * hoursPerYear, Share: gain / p})
		}
	}
	slices.SortStableFunc(out.Parts, func(a, b Part) int {
		switch {
		case a.Gain > b.Gain:
			return -1
		case a.Gain < b.Gain:
			return 1
		}
		return 0
	})
	out.Parts = out.Parts[:min(20, len(out.Parts))]
	return true
}

// brokenNeeds is when one of v's needs is not met. Diagrams are put together
// from the last to the first: those whose parts come first in the order then
// stand on top, and each step touches only what is new.
func (d *diagram) brokenNeeds(g *Graph, v int32, f []int32) int32 {
	w := up
	groups := g.groupsOf(v)
	for i := len(groups) - 1; i >= 0; i-- {
		members := g.membersOf(groups[i])
		must := len(members) - int(g.k[groups[i]]) + 1
		list := make([]int32, 0, len(members))
		for j := len(members) - 1; j >= 0; j-- {
			if m := g.together[members[j]]; must > 1 || m != g.together[v] {
				list = append(list, f[m])
			}
		}
		if len(list) > 0 {
			w = d.or(d.atLeast(list, must), w)
		}
	}
	return w
}

// variables are the nodes that can fail by themselves, as a depth-first walk
// from the system leaves them: parts that belong together stand together,
// which keeps the diagram small.
func (g *Graph) variables(top int32, q []float64) []int32 {
	var vars []int32
	seen := make([]bool, len(g.nodes))
	seen[top] = true
	work := []int32{top}
	for len(work) > 0 {
		v := work[len(work)-1]
		work = work[:len(work)-1]
		if q[v] > 0 {
			vars = append(vars, v)
		}
		groups := g.groupsOf(v)
		for i := len(groups) - 1; i >= 0; i-- {
			members := g.membersOf(groups[i])
			for j := len(members) - 1; j >= 0; j-- {
				if m := members[j]; !seen[m] {
					seen[m] = true
					work = append(work, m)
				}
			}
		}
	}
	return vars
}

// simulate draws states of all parts, 64 at a time.
func (g *Graph) simulate(ctx context.Context, out *Availability, top int32, in []bool, q []float64, sim Simulation) error {
	if sim.Samples == 0 {
		sim.Samples = 1_000_000
	}
	rounds := (sim.Samples + 63) / 64
	r := rand.New(rand.NewPCG(sim.Seed, 0x5eed))
	s, parts := g.scenariosFor(in), g.variables(top, q)
	bad := 0
	for range rounds {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.reset()
		for _, v := range parts {
			s.fail(v, draw(r, q[v]))
		}
		s.run()
		bad += bits.OnesCount64(s.word[top])
	}
	n := float64(rounds * 64)
	p := float64(bad) / n
	const z = 1.959963984540054
	mid := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	low, high := max(0, 1-mid-half), min(1, 1-mid+half)
	out.Availability, out.Low, out.High = 1-p, &low, &high
	out.Method = fmt.Sprintf("simulated: %d samples, seed %d, failures independent; the exact method would need more than %d vertices or %d parts", rounds*64, sim.Seed, maxVertices, maxVariables)
	return nil
}

// draw sets each of 64 bits with probability q. Rare failures jump from one to
// the next (geometric gaps), so a part that hardly ever fails costs one draw.
func draw(r *rand.Rand, q float64) uint64 {
	switch {
	case q <= 0:
		return 0
	case q >= 1:
		return ^uint64(0)
	}
	var w uint64
	l := math.Log1p(-q)
	for i := 0.0; ; i++ {
		i += math.Floor(math.Log(1-r.Float64()) / l)
		if i >= 64 {
			return w
		}
		w |= 1 << int(i)
	}
}
