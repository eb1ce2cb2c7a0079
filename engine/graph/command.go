package graph

import (
	"context"
	"fmt"
	"strings"

	"steward/engine/calc"
)

// Input is what `steward calc graph` reads.
type Input struct {
	Nodes   []Node   `json:"nodes,omitempty" doc:"the parts; left out: taken from the needs"`
	Needs   []Need   `json:"needs,omitempty" doc:"what needs what"`
	Failed  []string `json:"failed,omitempty" doc:"what fails: its impact is computed"`
	Systems []string `json:"systems,omitempty" doc:"nodes to analyse: single points, cut sets, availability; left out: what nothing else needs, when nothing has failed"`
	CutSize *int     `json:"cut_size,omitempty" doc:"largest cut set to look for, 0 to 3; 0: none; left out: 3"`
	Layout  bool     `json:"layout,omitempty" doc:"true: compute drawing positions"`
	Draw    []string `json:"draw,omitempty" doc:"the nodes to draw; left out: all"`
	Seed    uint64   `json:"seed,omitempty" doc:"seed of the simulation, used where availability cannot be computed exactly"`
	Samples int      `json:"samples,omitempty" doc:"samples of the simulation, up to 100 million; left out: 1,000,000"`
}

// Output is what it writes.
type Output struct {
	Nodes        int           `json:"nodes" doc:"how many there are"`
	Needs        int           `json:"needs"`
	Cycles       [][]string    `json:"cycles" doc:"sets of nodes that need each other; at most 100"`
	ColdStart    []string      `json:"cold_start_blocked" doc:"nodes that could not be started from black, because of cycles; at most 1,000"`
	Impact       *Impact       `json:"impact,omitempty"`
	SinglePoints []SinglePoint `json:"single_points,omitempty" doc:"parts whose failure alone stops a system; at most 10,000"`
	Systems      []System      `json:"systems,omitempty"`
	Drawing      *Drawing      `json:"drawing,omitempty"`
	Notes        []string      `json:"notes,omitempty" doc:"what was left out and why"`
}

// System is what was found about one system.
type System struct {
	ID           string        `json:"id"`
	SinglePoints []string      `json:"single_points" doc:"parts whose failure alone stops it"`
	CutSets      *CutSets      `json:"cut_sets,omitempty"`
	Availability *Availability `json:"availability,omitempty" doc:"left out when no part has figures"`
}

// manySystems bounds what is analysed without being asked for by name.
const manySystems = 20

const example = `{"nodes":[
   {"id":"shop","logical":true},
   {"id":"web1","availability":0.99},{"id":"web2","availability":0.99},
   {"id":"database","mtbf_hours":4000,"mttr_hours":8},
   {"id":"power","availability":0.9999}],
 "needs":[
   {"node":"shop","of":["web1","web2"],"at_least":1},
   {"node":"shop","of":["database"]},
   {"node":"web1","of":["power"]},{"node":"web2","of":["power"]}],
 "failed":["web1"],"systems":["shop"],"layout":true}`

// Command is `steward calc graph`.
var Command = calc.JSON("graph", "dependencies: impact of failures, single points of failure, cut sets, availability, drawing", example, solve)

func solve(ctx context.Context, in Input) (Output, []string, error) {
	if in.Samples < 0 || in.Samples > 100_000_000 {
		return Output{}, nil, calc.Wrong("samples", "is %d; it must be 1 to 100,000,000", in.Samples)
	}
	cutSize := 3
	if in.CutSize != nil {
		cutSize = *in.CutSize
	}
	if cutSize < 0 || cutSize > 3 {
		return Output{}, nil, calc.Wrong("cut_size", "is %d; it must be 0 to 3", cutSize)
	}
	g, err := New(in.Nodes, in.Needs)
	if err != nil {
		return Output{}, nil, err
	}
	out := Output{Nodes: g.Len(), Needs: len(in.Needs), Cycles: g.Cycles(), ColdStart: g.ColdStart()}
	why := out.start()
	if in.Failed != nil {
		impact, err := g.Impact(in.Failed...)
		if err != nil {
			return Output{}, nil, err
		}
		for i, f := range impact.Failed {
			impact.Failed[i].Chain = impact.Chain(f)
		}
		out.Impact = &impact
		why = append(why, impact.explain()...)
	}
	asked := in.Systems != nil
	if !asked && in.Failed == nil {
		in.Systems = g.Tops()
		if len(in.Systems) > manySystems {
			out.Notes = append(out.Notes, fmt.Sprintf("%d nodes are needed by nothing; only single points were looked for, name systems to have each analysed", len(in.Systems)))
			cutSize = 0
		}
	}
	if len(in.Systems) > 0 {
		each := asked || len(in.Systems) <= manySystems
		lines, err := out.analyse(ctx, g, in, cutSize, each)
		if err != nil {
			return Output{}, nil, err
		}
		why = append(why, lines...)
	}
	if in.Layout || in.Draw != nil {
		d, err := g.Layout(in.Draw...)
		if err != nil {
			return Output{}, nil, err
		}
		out.Drawing = &d
	}
	return out, why, nil
}

// start bounds the lists about cycles and says what they mean.
func (out *Output) start() []string {
	var why []string
	if out.Cycles == nil {
		out.Cycles = [][]string{}
	}
	if out.ColdStart == nil {
		out.ColdStart = []string{}
	}
	for i, c := range out.Cycles {
		if i == 3 {
			why = append(why, fmt.Sprintf("There are %d more cycles.", len(out.Cycles)-3))
			break
		}
		why = append(why, fmt.Sprintf("%s need each other: they stay up together, but see whether they can be started together.", list(c)))
	}
	if n := len(out.ColdStart); n > 0 {
		why = append(why, fmt.Sprintf("%d nodes could not be started from black, one after the other: %s.", n, list(out.ColdStart)))
	}
	if n := len(out.Cycles); n > 100 {
		out.Notes, out.Cycles = append(out.Notes, fmt.Sprintf("there are %d cycles; 100 are listed", n)), out.Cycles[:100]
	}
	if n := len(out.ColdStart); n > 1000 {
		out.Notes, out.ColdStart = append(out.Notes, fmt.Sprintf("%d nodes cannot be started from black; 1,000 are listed", n)), out.ColdStart[:1000]
	}
	return why
}

func (out *Output) analyse(ctx context.Context, g *Graph, in Input, cutSize int, each bool) ([]string, error) {
	points, err := g.SinglePoints(ctx, in.Systems...)
	if err != nil {
		return nil, err
	}
	of := map[string][]string{}
	for _, p := range points {
		for _, t := range p.Stops {
			of[t] = append(of[t], p.ID)
		}
	}
	out.SinglePoints = points
	if n := len(points); n > 10_000 {
		out.Notes, out.SinglePoints = append(out.Notes, fmt.Sprintf("there are %d single points; 10,000 are listed", n)), points[:10_000]
	}
	why := []string{fmt.Sprintf("%d single points of failure were found by trying every single failure.", len(points))}
	if !each {
		return why, nil
	}
	figures := false
	for _, n := range g.nodes {
		figures = figures || n.Availability != nil || n.MTBF != nil
	}
	for _, id := range in.Systems {
		s := System{ID: id, SinglePoints: of[id]}
		if s.SinglePoints == nil {
			s.SinglePoints = []string{}
		}
		if cutSize > 0 {
			c, err := g.CutSets(ctx, id, cutSize)
			if err != nil {
				return nil, err
			}
			s.CutSets = &c
			if c.Complete {
				why = append(why, fmt.Sprintf("%s: %d minimal cut sets of up to %d nodes, all of them.", id, len(c.Sets), cutSize))
			} else {
				why = append(why, fmt.Sprintf("%s: %d minimal cut sets, complete up to %d nodes: %s.", id, len(c.Sets), c.CompleteTo, c.Note))
			}
		}
		if figures {
			a, err := g.Availability(ctx, id, Simulation{Seed: in.Seed, Samples: in.Samples})
			if err != nil {
				return nil, err
			}
			s.Availability = &a
			why = append(why, fmt.Sprintf("%s: available %.6f %% of the time, down %.2f hours a year (%s).", id, 100*a.Availability, a.Downtime, a.Method))
			if a.AssumedCount > 0 {
				why = append(why, fmt.Sprintf("%s: %d parts have no figures and are taken to never fail: %s.", id, a.AssumedCount, list(a.Assumed)))
			}
		}
		out.Systems = append(out.Systems, s)
	}
	return why, nil
}

func (i Impact) explain() []string {
	var why []string
	for n, f := range i.Failed {
		if n == 50 {
			why = append(why, fmt.Sprintf("%d more are down.", len(i.Failed)-n))
			break
		}
		why = append(why, f.Sentence())
	}
	for n, d := range i.Degraded {
		if n == 20 {
			why = append(why, fmt.Sprintf("%d more lost redundancy.", len(i.Degraded)-n))
			break
		}
		why = append(why, fmt.Sprintf("%s still works with %d of %d; %d more may fail.", d.ID, d.Left, d.Of, d.Spare))
	}
	return append(why, fmt.Sprintf("%d nodes still work.", i.Working))
}

// list names up to eight.
func list(ids []string) string {
	if len(ids) > 8 {
		return strings.Join(ids[:8], ", ") + fmt.Sprintf(" and %d more", len(ids)-8)
	}
	return strings.Join(ids, ", ")
}
