package chart

import (
	"math"
	"slices"
	"sort"
)

// Thing is a node of a dependency graph. Layer says its column, from the left;
// Class what an outage means for it: "bad" it fails, "warn" it is weakened,
// "ok", "faint" it is not concerned, "me" it is the one looked at.
type Thing struct {
	ID, Name, Sub, Icon, Class, Href string
	Layer                            int
}

// Arrow leads from one node to another: what uses to what is used.
type Arrow struct {
	From, To string
	Class    string // "bad", "warn", "v-faint" or ""
	Dash     bool   // it can do without: redundant, or optional
	Name     string // what flows, for the table
}

const nodeW, nodeH, gapX, gapY, pad = 164.0, 46.0, 36.0, 14.0, 14.0

// wide is how wide a node grows where there are few layers, since names are read
// whole then; the picture stays as wide as four layers of narrow ones.
const wide = 200.0

func nodeWidth(layers int) float64 {
	room := 4*nodeW + 3*gapX - float64(layers-1)*gapX
	return min(wide, max(nodeW, math.Floor(room/float64(max(layers, 1)))))
}

// Graph draws nodes in layers, ordered so that few arrows cross (barycentre
// sweeps, four each way, ties in the order given). Arrows to unknown nodes are
// left out of the picture; the table names them.
func Graph(f Frame, things []Thing, arrows []Arrow) Scene {
	s := Scene{Kind: "graph", Title: f.Title}
	layers := layered(things, arrows)
	w := nodeWidth(len(layers))
	tall := 0
	for _, l := range layers {
		tall = max(tall, len(l))
	}
	s.W = float64(len(layers))*(w+gapX) - gapX + 2*pad
	s.H = float64(max(tall, 1))*(nodeH+gapY) - gapY + 2*pad
	pos := map[string]Point{}
	for i, l := range layers {
		for j, k := range l {
			pos[things[k].ID] = Point{pad + float64(i)*(w+gapX), s.H/2 + (float64(j)-float64(len(l)-1)/2)*(nodeH+gapY) - nodeH/2}
		}
	}
	name := map[string]string{}
	for _, t := range things {
		name[t.ID] = t.Name
	}
	s.Numbers = Table{Head: []string{f.First, "→", ""}, Num: []bool{false, false, false}}
	for _, a := range arrows {
		from, to := name[a.From], name[a.To]
		if from == "" {
			from = a.From
		}
		if to == "" {
			to = a.To
		}
		s.Numbers.Rows = append(s.Numbers.Rows, []string{from, to, a.Name})
		p, ok1 := pos[a.From]
		q, ok2 := pos[a.To]
		if !ok1 || !ok2 {
			continue
		}
		s.Shapes = append(s.Shapes, arrow(p, q, w, a)...)
	}
	for _, t := range things {
		p := pos[t.ID]
		s.Shapes = append(s.Shapes, Node{X: p.X, Y: p.Y, W: w, H: nodeH, Name: t.Name, Sub: t.Sub, Icon: t.Icon, Class: t.Class, Href: t.Href})
	}
	return s
}

// arrow draws from box p to box q, each w wide: out at the end side and in at the start
// side; within a layer or backwards around by the end side.
func arrow(p, q Point, w float64, a Arrow) []Shape {
	class := "v-e"
	if a.Dash {
		class += " v-dash"
	}
	head := "v-ah"
	if a.Class != "" {
		class, head = class+" "+a.Class, head+" "+a.Class
	}
	from, to := Point{p.X + w, p.Y + nodeH/2}, Point{q.X, q.Y + nodeH/2}
	if q.X > p.X {
		m := (to.X - from.X) / 2
		return []Shape{
			Curve{A: from, C: Point{from.X + m, from.Y}, D: Point{to.X - m, to.Y}, B: Point{to.X - 5, to.Y}, Class: class},
			Glyph{X: to.X, Y: to.Y, Size: 6, Shape: "arrow", Class: head},
		}
	}
	to.X = q.X + w
	out := math.Max(from.X, to.X) + gapX*.7
	return []Shape{
		Curve{A: from, C: Point{out, from.Y}, D: Point{out, to.Y}, B: Point{to.X + 1, to.Y}, Class: class},
		Dot{X: to.X + 1, Y: to.Y, R: 2.5, Class: head},
	}
}

// layered groups nodes by layer and orders each layer.
func layered(things []Thing, arrows []Arrow) (layers [][]int) {
	numbers := map[int]bool{}
	for _, t := range things {
		numbers[t.Layer] = true
	}
	order := make([]int, 0, len(numbers))
	for n := range numbers {
		order = append(order, n)
	}
	slices.Sort(order)
	layers = make([][]int, len(order))
	layerOf := map[string]int{}
	for i, t := range things {
		l, _ := slices.BinarySearch(order, t.Layer)
		layers[l] = append(layers[l], i)
		layerOf[t.ID] = l
	}
	into, outOf := map[string][]string{}, map[string][]string{}
	for _, a := range arrows {
		if layerOf[a.From] != layerOf[a.To] {
			into[a.To] = append(into[a.To], a.From)
			outOf[a.From] = append(outOf[a.From], a.To)
		}
	}
	place := map[string]float64{}
	set := func(l int) {
		for i, k := range layers[l] {
			place[things[k].ID] = float64(i) - float64(len(layers[l])-1)/2
		}
	}
	for l := range layers {
		set(l)
	}
	sweep := func(l int, neighbours map[string][]string) {
		want := map[int]float64{}
		for _, k := range layers[l] {
			id := things[k].ID
			want[k] = place[id]
			if ns := neighbours[id]; len(ns) > 0 {
				sum := 0.0
				for _, n := range ns {
					sum += place[n]
				}
				want[k] = sum / float64(len(ns))
			}
		}
		sort.SliceStable(layers[l], func(i, j int) bool { return want[layers[l][i]] < want[layers[l][j]] })
		set(l)
	}
	for range 4 {
		for l := 1; l < len(layers); l++ {
			sweep(l, into)
		}
		for l := len(layers) - 2; l >= 0; l-- {
			sweep(l, outOf)
		}
	}
	return layers
}

// Post is a place in an organisation chart with the posts below it.
type Post struct {
	Name, Sub, Icon, Class, Href string
	Below                        []Post
}

// Org draws a tree from the top: each post above the middle of those below it.
// Pages show large organisations as a list that opens; this is for a part of
// one, and for paper.
func Org(f Frame, root Post) Scene {
	const w, h, gx, gy = 170.0, 48.0, 14.0, 34.0
	s := Scene{Kind: "graph", Title: f.Title, Numbers: Table{Head: []string{f.First, "", "↑"}, Num: make([]bool, 3)}}
	next, deepest := 0.0, 0
	var boxes []Shape
	var put func(p Post, boss string, depth int) float64
	put = func(p Post, boss string, depth int) float64 {
		deepest = max(deepest, depth)
		s.Numbers.Rows = append(s.Numbers.Rows, []string{p.Name, p.Sub, boss})
		y := pad + float64(depth)*(h+gy)
		var mids []float64
		if depth < 12 {
			for _, b := range p.Below {
				mids = append(mids, put(b, p.Name, depth+1))
			}
		}
		mid := 0.0
		if len(mids) == 0 {
			mid = next + w/2
			next += w + gx
		} else {
			mid = (mids[0] + mids[len(mids)-1]) / 2
			knee := y + h + gy/2
			s.Shapes = append(s.Shapes, Line{X1: pad + mid, X2: pad + mid, Y1: y + h, Y2: knee, Class: "v-e"})
			if len(mids) > 1 {
				s.Shapes = append(s.Shapes, Line{X1: pad + mids[0], X2: pad + mids[len(mids)-1], Y1: knee, Y2: knee, Class: "v-e"})
			}
			for _, m := range mids {
				s.Shapes = append(s.Shapes, Line{X1: pad + m, X2: pad + m, Y1: knee, Y2: y + h + gy, Class: "v-e"})
			}
		}
		boxes = append(boxes, Node{X: pad + mid - w/2, Y: y, W: w, H: h, Name: p.Name, Sub: p.Sub, Icon: p.Icon, Class: p.Class, Href: p.Href})
		return mid
	}
	put(root, "", 0)
	s.Shapes = append(s.Shapes, boxes...)
	s.W, s.H = next-gx+2*pad, 2*pad+float64(deepest+1)*(h+gy)-gy
	return s
}
