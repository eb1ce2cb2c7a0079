package graph

import (
	"slices"

	"steward/engine/calc"
)

// Bounds of a drawing: more would not be readable.
const (
	MaxDrawn  = 2_000
	maxBends  = 40_000
	orderings = 16 // sweeps over the layers to remove crossings
)

// Drawing is where to put the nodes: what needs others above what it needs.
// One unit is the distance of two nodes or of two layers.
type Drawing struct {
	Nodes     []Place `json:"nodes" doc:"in the order of the input"`
	Edges     []Edge  `json:"edges"`
	Layers    int     `json:"layers"`
	Width     float64 `json:"width"`
	Crossings int     `json:"crossings" doc:"how many pairs of lines cross"`
}

// Place is a node's position.
type Place struct {
	ID    string  `json:"id"`
	Layer int     `json:"layer" doc:"0 at the top"`
	X     float64 `json:"x"`
}

// Edge is a line from a node to one it needs.
type Edge struct {
	From  string       `json:"from"`
	To    string       `json:"to"`
	Up    bool         `json:"up,omitempty" doc:"true: the line runs upwards, because the two are in a cycle"`
	Bends [][2]float64 `json:"bends,omitempty" doc:"x and layer of the points it passes between its ends"`
}

// Layout places the named nodes (none: all) in layers by the method of Sugiyama,
// Tagawa and Toda (IEEE Trans. SMC-11, 1981): cycles opened by turning the lines
// that lead back, longest paths as layers, long lines bent at each layer,
// crossings reduced by barycentres, and then x by least squares around the
// neighbours with the order kept.
func (g *Graph) Layout(ids ...string) (Drawing, error) {
	list, err := g.findAll("layout", ids)
	if err != nil {
		return Drawing{}, err
	}
	if len(ids) == 0 {
		for v := range g.nodes {
			list = append(list, int32(v))
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	if len(list) > MaxDrawn {
		return Drawing{}, calc.Wrong("layout", "asks for %d nodes; up to %d are drawn: name those to show", len(list), MaxDrawn)
	}
	d := newDraft(g, list)
	d.openCycles()
	d.assignLayers()
	if err := d.bendLongEdges(); err != nil {
		return Drawing{}, err
	}
	d.reduceCrossings()
	d.place()
	return d.drawing(), nil
}

// draft is a drawing being made. Points 0 … n-1 are nodes, later ones bends.
type draft struct {
	g     *Graph
	list  []int32
	edges []draftEdge
	down  [][]int // by point: points in the layer below it is joined to
	above [][]int
	layer []int
	rows  [][]int // points of each layer, left to right
	x     []float64
	cross int
}

type draftEdge struct {
	from, to int
	up       bool
	bends    []int
}

func newDraft(g *Graph, list []int32) *draft {
	d := &draft{g: g, list: list}
	at := make(map[int32]int, len(list))
	for i, v := range list {
		at[v] = i
	}
	for i, v := range list {
		seen := map[int]bool{i: true} // a line to itself is not drawn
		for _, gr := range g.groupsOf(v) {
			for _, m := range g.membersOf(gr) {
				if j, ok := at[m]; ok && !seen[j] {
					seen[j] = true
					d.edges = append(d.edges, draftEdge{from: i, to: j})
				}
			}
		}
	}
	return d
}

// openCycles turns the edges that a depth-first walk finds leading back.
func (d *draft) openCycles() {
	n := len(d.list)
	out, in := make([][]int, n), make([]int, n)
	for e, edge := range d.edges {
		out[edge.from] = append(out[edge.from], e)
		in[edge.to]++
	}
	const fresh, open, closed = 0, 1, 2
	mark := make([]int, n)
	var walk func(v int)
	walk = func(v int) {
		mark[v] = open
		for _, e := range out[v] {
			switch to := d.edges[e].to; mark[to] {
			case fresh:
				walk(to)
			case open:
				d.edges[e].up = true
			}
		}
		mark[v] = closed
	}
	for pass := range 2 { // from the tops first, so that lines turn at the bottom
		for v := range n {
			if mark[v] == fresh && (pass == 1 || in[v] == 0) {
				walk(v)
			}
		}
	}
}

// ends are an edge's points from the upper to the lower.
func (e draftEdge) ends() (upper, lower int) {
	if e.up {
		return e.to, e.from
	}
	return e.from, e.to
}

func (d *draft) assignLayers() {
	n := len(d.list)
	d.layer = make([]int, n)
	next, waiting := make([][]int, n), make([]int, n)
	for _, e := range d.edges {
		a, b := e.ends()
		next[a] = append(next[a], b)
		waiting[b]++
	}
	tops := []int{}
	for v := range n {
		if waiting[v] == 0 {
			tops = append(tops, v)
		}
	}
	for work := slices.Clone(tops); len(work) > 0; work = work[1:] {
		v := work[0]
		for _, w := range next[v] {
			d.layer[w] = max(d.layer[w], d.layer[v]+1)
			if waiting[w]--; waiting[w] == 0 {
				work = append(work, w)
			}
		}
	}
	for _, v := range tops { // come down to what they need: shorter lines
		if len(next[v]) > 0 {
			lowest := d.layer[next[v][0]]
			for _, w := range next[v] {
				lowest = min(lowest, d.layer[w])
			}
			d.layer[v] = lowest - 1
		}
	}
}

func (d *draft) bendLongEdges() error {
	layers := 0
	for _, l := range d.layer {
		layers = max(layers, l+1)
	}
	total := 0
	for i := range d.edges {
		e := &d.edges[i]
		a, b := e.ends()
		for l := d.layer[a] + 1; l < d.layer[b]; l++ {
			e.bends = append(e.bends, len(d.layer))
			d.layer = append(d.layer, l)
		}
		if total += len(e.bends); total > maxBends {
			return calc.Wrong("layout", "the lines would need more than %d bends; name fewer nodes", maxBends)
		}
	}
	d.down, d.above = make([][]int, len(d.layer)), make([][]int, len(d.layer))
	for _, e := range d.edges {
		a, b := e.ends()
		for _, p := range append(slices.Clone(e.bends), b) {
			d.down[a], d.above[p] = append(d.down[a], p), append(d.above[p], a)
			a = p
		}
	}
	d.rows = make([][]int, layers)
	for p, l := range d.layer {
		d.rows[l] = append(d.rows[l], p)
	}
	return nil
}

func (d *draft) drawing() Drawing {
	out := Drawing{Nodes: make([]Place, len(d.list)), Edges: make([]Edge, 0, len(d.edges)), Layers: len(d.rows), Crossings: d.cross}
	for i, v := range d.list {
		out.Nodes[i] = Place{ID: d.g.nodes[v].ID, Layer: d.layer[i], X: d.x[i]}
	}
	for _, e := range d.edges {
		edge := Edge{From: out.Nodes[e.from].ID, To: out.Nodes[e.to].ID, Up: e.up}
		for _, p := range e.bends {
			edge.Bends = append(edge.Bends, [2]float64{d.x[p], float64(d.layer[p])})
		}
		if e.up {
			slices.Reverse(edge.Bends)
		}
		out.Edges = append(out.Edges, edge)
	}
	for _, x := range d.x {
		out.Width = max(out.Width, x)
	}
	return out
}
