package topology

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strings"
)

// Measures of the picture, in pixels.
const (
	boxWidth   = 150
	boxHeight  = 44
	gapX       = 34
	gapY       = 92
	margin     = 30
	perRow     = 10 // boxes side by side before a layer gets another row
	manyHosts  = 4  // more hosts on one node are drawn as one box with their number
	labelRunes = 20
)

// box is a node of the picture.
type box struct {
	id, name, under, class string
	x, y                   int
	layer                  int
	order                  float64
}

// wire is a link of the picture.
type wire struct {
	from, to int
	link     *Link
}

// SVG draws a map: one row for each distance from the best connected node,
// neighbours near each other. Nodes with many hosts show their number. The same
// map gives the same picture; it has no script and no style sheet.
func SVG(m Map) string {
	boxes, wires := picture(m)
	layers := layout(boxes, wires)
	width, height := arrange(boxes, layers)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" font-family="system-ui, sans-serif" font-size="12">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, "<title>%d nodes, %d links</title>\n", len(m.Nodes), len(m.Links))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	at := hooks(boxes, wires)
	for i, w := range wires {
		draw(&b, boxes, w, at[i])
	}
	for _, x := range boxes {
		drawBox(&b, x)
	}
	legend(&b, height)
	b.WriteString("</svg>\n")
	return b.String()
}

// picture chooses what is drawn.
func picture(m Map) ([]*box, []wire) {
	class := map[string]string{}
	for _, n := range m.Nodes {
		class[n.ID] = n.Class
	}
	on := map[string][]string{} // node to its hosts
	for _, l := range m.Links {
		switch {
		case class[l.A.Node] == Host && class[l.B.Node] != Host:
			on[l.B.Node] = append(on[l.B.Node], l.A.Node)
		case class[l.B.Node] == Host && class[l.A.Node] != Host:
			on[l.A.Node] = append(on[l.A.Node], l.B.Node)
		}
	}
	hidden := map[string]string{}
	for node, hosts := range on {
		if len(hosts) > manyHosts {
			for _, h := range hosts {
				hidden[h] = node
			}
		}
	}
	var boxes []*box
	at := map[string]int{}
	for _, n := range m.Nodes {
		if hidden[n.ID] != "" {
			continue
		}
		at[n.ID] = len(boxes)
		x := &box{id: n.ID, name: n.Name, class: n.Class, under: cmp.Or(n.Model, n.Kind)}
		switch n.Class {
		case Host:
			x.name = strings.TrimPrefix(n.ID, Host+" ")
			if len(n.Addresses) > 0 {
				x.name, x.under = n.Addresses[0], x.name
			}
		case Segment:
			x.under = "inferred"
		case Neighbour:
			x.name = cmp.Or(n.Name, first(n.Addresses), first(n.MACs), strings.TrimPrefix(n.ID, Neighbour+" "))
			x.under = strings.TrimPrefix(cmp.Or(n.Model, n.Kind)+", not asked", ", ")
		}
		boxes = append(boxes, x)
	}
	var wires []wire
	counted := map[string]int{}
	for i := range m.Links {
		l := &m.Links[i]
		x, y := at[l.A.Node], at[l.B.Node]
		node, host := l.A.Node, hidden[l.B.Node]
		if host == "" {
			node, host = l.B.Node, hidden[l.A.Node]
		}
		if host == "" {
			wires = append(wires, wire{x, y, l})
			continue
		}
		if _, there := at["hosts "+node]; !there {
			at["hosts "+node] = len(boxes)
			boxes = append(boxes, &box{id: "hosts " + node, class: Host})
			wires = append(wires, wire{at[node], at["hosts "+node], nil})
		}
		counted[node]++
		boxes[at["hosts "+node]].name = fmt.Sprintf("%d hosts", counted[node])
	}
	return boxes, wires
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// layout gives each box a layer, its distance from the best connected box of
// its part of the network, and orders the layers so that links cross little.
func layout(boxes []*box, wires []wire) [][]int {
	next := make([][]int, len(boxes))
	for _, w := range wires {
		if w.from != w.to {
			next[w.from] = append(next[w.from], w.to)
			next[w.to] = append(next[w.to], w.from)
		}
	}
	rank := map[string]int{Device: 0, Neighbour: 1, Segment: 2, Host: 3}
	roots := make([]int, len(boxes))
	for i := range roots {
		roots[i] = i
		boxes[i].layer = -1
	}
	inner := func(i int) (n int) { // links to what is no host
		for _, j := range next[i] {
			if boxes[j].class != Host {
				n++
			}
		}
		return n
	}
	slices.SortStableFunc(roots, func(i, j int) int {
		return cmp.Or(cmp.Compare(rank[boxes[i].class], rank[boxes[j].class]), cmp.Compare(inner(j), inner(i)), cmp.Compare(len(next[j]), len(next[i])), cmp.Compare(boxes[i].id, boxes[j].id))
	})
	var layers [][]int
	for _, root := range roots {
		if boxes[root].layer >= 0 {
			continue
		}
		boxes[root].layer = 0
		for queue := []int{root}; len(queue) > 0; queue = queue[1:] {
			i := queue[0]
			for len(layers) <= boxes[i].layer {
				layers = append(layers, nil)
			}
			boxes[i].order = float64(len(layers[boxes[i].layer]))
			layers[boxes[i].layer] = append(layers[boxes[i].layer], i)
			for _, j := range next[i] {
				if boxes[j].layer < 0 {
					boxes[j].layer = boxes[i].layer + 1
					queue = append(queue, j)
				}
			}
		}
	}
	for round := range 8 {
		for k := range layers {
			if round%2 == 1 {
				k = len(layers) - 1 - k
			}
			layer := layers[k]
			middle := make(map[int]float64, len(layer))
			for _, i := range layer {
				sum, n := 0.0, 0
				for _, j := range next[i] {
					if d := boxes[j].layer - k; round%2 == 0 && d == -1 || round%2 == 1 && d == 1 {
						sum += boxes[j].order
						n++
					}
				}
				if middle[i] = boxes[i].order; n > 0 {
					middle[i] = sum / float64(n)
				}
			}
			slices.SortStableFunc(layer, func(i, j int) int { return cmp.Compare(middle[i], middle[j]) })
			for pos, i := range layer {
				boxes[i].order = float64(pos)
			}
		}
	}
	return layers
}

// arrange turns layers into rows of boxes and returns the picture's size.
func arrange(boxes []*box, layers [][]int) (width, height int) {
	widest := 1
	for _, l := range layers {
		widest = max(widest, min(len(l), perRow))
	}
	width = 2*margin + widest*(boxWidth+gapX) - gapX
	y := margin
	for _, l := range layers {
		for row := range slices.Chunk(l, perRow) {
			x := (width - len(row)*(boxWidth+gapX) + gapX) / 2
			for _, i := range row {
				boxes[i].x, boxes[i].y = x, y
				x += boxWidth + gapX
			}
			y += boxHeight + gapY
		}
	}
	return max(width, 2*margin+4*(boxWidth+gapX)), y - gapY + margin + 60
}

// hook is where a wire meets a box: on its lower or upper edge, in a slot of
// its own.
type hook struct{ x, y, slot int }

// hooks spreads the wires of each edge of a box in the order of where they go.
func hooks(boxes []*box, wires []wire) [][2]hook {
	type side struct {
		box   int
		lower bool
	}
	type use struct{ wire, end, toward int }
	edges := map[side][]use{}
	for i, w := range wires {
		from, to := boxes[w.from], boxes[w.to]
		edges[side{w.from, from.y <= to.y}] = append(edges[side{w.from, from.y <= to.y}], use{i, 0, to.x})
		edges[side{w.to, to.y <= from.y}] = append(edges[side{w.to, to.y <= from.y}], use{i, 1, from.x})
	}
	all := make([][2]hook, len(wires))
	for at, uses := range edges {
		slices.SortStableFunc(uses, func(x, y use) int { return cmp.Or(cmp.Compare(x.toward, y.toward), cmp.Compare(x.wire, y.wire)) })
		for slot, u := range uses {
			h := hook{boxes[at.box].x + boxWidth*(slot+1)/(len(uses)+1), boxes[at.box].y, slot}
			if at.lower {
				h.y += boxHeight
			}
			all[u.wire][u.end] = h
		}
	}
	return all
}

// draw draws a link as a curve between two boxes.
func draw(b *strings.Builder, boxes []*box, w wire, at [2]hook) {
	p, q := at[0], at[1]
	bend := func(h hook, own, other *box) int {
		if own.y <= other.y {
			return h.y + gapY/2
		}
		return h.y - gapY/2
	}
	from, to := boxes[w.from], boxes[w.to]
	path := fmt.Sprintf("M%d %dC%d %d %d %d %d %d", p.x, p.y, p.x, bend(p, from, to), q.x, bend(q, to, from), q.x, q.y)
	stroke, thick, dash := "#44546a", "1.5", ""
	l := w.link
	if l != nil {
		switch {
		case slices.Contains(l.Flags, Contradicted) || slices.Contains(l.Flags, Elsewhere):
			stroke = "#b3261e"
		case l.Blocked:
			stroke = "#b58100"
		}
		if len(l.Members) > 1 {
			thick = "4"
		}
		switch {
		case l.Logical || l.Confidence < 0.5:
			dash = ` stroke-dasharray="2 4"`
		case l.Confidence < 0.75:
			dash = ` stroke-dasharray="7 4"`
		}
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="%s"%s>`, path, stroke, thick, dash)
	if l != nil {
		fmt.Fprintf(b, "<title>%s</title>", xmlText(fmt.Sprintf("%s %s – %s %s, %s, %.0f %%", l.A.Node, l.A.Port, l.B.Node, l.B.Port, strings.Join(l.Methods, " + "), l.Confidence*100)))
	}
	b.WriteString("</path>\n")
	if l == nil {
		return
	}
	for i, h := range at {
		own, other, port := from, to, l.A.Port
		if i == 1 {
			own, other, port = to, from, l.B.Port
		}
		y := h.y + 12 + h.slot%4*10
		if own.y > other.y {
			y = h.y - 5 - h.slot%4*10
		}
		label(b, h.x+3, y, brief(port))
	}
}

// brief writes a port's name as it is written on devices with little room.
func brief(port string) string {
	end := strings.IndexAny(port, "0123456789")
	if end <= 0 {
		return port
	}
	for _, a := range abbreviations {
		if strings.EqualFold(port[:end], a.long) && len(a.short) < end {
			return strings.ToUpper(a.short[:1]) + a.short[1:] + port[end:]
		}
	}
	return port
}

func label(b *strings.Builder, x, y int, text string) {
	if text != "" {
		fmt.Fprintf(b, `<text x="%d" y="%d" font-size="10" fill="#44546a">%s</text>`+"\n", x, y, xmlText(short(text, 18)))
	}
}

func drawBox(b *strings.Builder, x *box) {
	fill, stroke, round := "#e8eef7", "#2f5597", 6
	switch x.class {
	case Neighbour:
		fill, stroke = "#f4f1e6", "#8a6d1f"
	case Segment:
		fill, stroke, round = "#f2f2f2", "#7f7f7f", 20
	case Host:
		fill, stroke, round = "#ffffff", "#a6a6a6", 14
	}
	fmt.Fprintf(b, `<g><title>%s</title><rect x="%d" y="%d" width="%d" height="%d" rx="%d" fill="%s" stroke="%s"/>`, xmlText(x.id), x.x, x.y, boxWidth, boxHeight, round, fill, stroke)
	line := x.y + 27
	if x.under != "" {
		line = x.y + 19
		fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle" font-size="10" fill="#595959">%s</text>`, x.x+boxWidth/2, x.y+35, xmlText(short(x.under, 26)))
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle" fill="#1a1a1a">%s</text></g>`+"\n", x.x+boxWidth/2, line, xmlText(short(x.name, labelRunes)))
}

// legend says what lines and boxes mean.
func legend(b *strings.Builder, height int) {
	y := height - 26
	x := margin
	for _, e := range []struct{ text, line string }{
		{"sure", `stroke="#44546a" stroke-width="1.5"`}, {"likely", `stroke="#44546a" stroke-width="1.5" stroke-dasharray="7 4"`},
		{"guess, or logical", `stroke="#44546a" stroke-width="1.5" stroke-dasharray="2 4"`}, {"bundle", `stroke="#44546a" stroke-width="4"`},
		{"in reserve", `stroke="#b58100" stroke-width="1.5"`}, {"evidence disagrees", `stroke="#b3261e" stroke-width="1.5"`},
	} {
		fmt.Fprintf(b, `<path d="M%d %dh28" fill="none" %s/><text x="%d" y="%d" font-size="11" fill="#44546a">%s</text>`+"\n", x, y, e.line, x+34, y+4, e.text)
		x += 34 + 7*len(e.text) + 20
	}
}

// xmlText escapes a text and leaves out what XML cannot hold.
func xmlText(s string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == 0xFFFE || r == 0xFFFF {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// short cuts a text in its middle, where names differ least.
func short(s string, n int) string {
	r := []rune(strings.ToValidUTF8(s, "\uFFFD"))
	if len(r) <= n {
		return string(r)
	}
	return string(r[:n-8]) + "…" + string(r[len(r)-7:])
}
