package database

import (
	"cmp"
	"fmt"
	"html"
	"io"
	"math"
	"slices"
	"strings"
	"unicode"

	"steward/engine/graph"
)

// Measures of the diagram in pixels. Letters are of one width, so that a box
// is as wide as its longest line whatever draws it.
const (
	letter     = 6.65 // of 11 px monospace
	lineHeight = 16.0
	headHeight = 22.0
	boxPad     = 8.0
	layerGap   = 84.0
	boxGap     = 22.0
	bendHeight = 14.0
	margin     = 20.0
	maxLines   = 40 // columns of a table shown
	maxLetters = 34 // of a name or a type shown
)

// diagram is tables as boxes with a line for each reference. Nothing overlaps:
// boxes stand in layers, lines cross a layer only in a slot of their own.
type diagram struct {
	boxes         []*box
	lines         []wire
	width, height float64
}

type box struct {
	table      *Table
	rows       []string // name, type
	types      []string
	marks      []string
	at         map[string]int // row of a column
	more       int
	x, y, w, h float64
}

type wire struct {
	from, to *box
	points   []point // straight between 0 and 1, curved between 1 and 2, and so on
	loop     bool
	title    string
}

type point struct{ x, y float64 }

// item is a box or the slot of a line in a layer.
type item struct {
	box     *box
	y, h    float64
	near    []*item // in the layers beside
	x, span float64
}

// WriteSVG draws the structure: each table a box with its columns, each foreign
// key a line from the many to the one. The same structure gives the same bytes.
// A *calc.Invalid says when there are more tables than can be drawn.
func WriteSVG(w io.Writer, s *Structure) error {
	d, err := layOut(s.Tables)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, d.svg(s))
	return err
}

func layOut(tables []Table) (*diagram, error) {
	d := &diagram{}
	by := map[string]*box{}
	for i := range tables {
		b := newBox(&tables[i])
		by[tables[i].FullName()] = b
		d.boxes = append(d.boxes, b)
	}
	needs := map[string][]string{}
	var nodes []graph.Node
	var list []graph.Need
	for _, b := range d.boxes {
		name := b.table.FullName()
		nodes = append(nodes, graph.Node{ID: name})
		for _, k := range b.table.Keys {
			if k.Kind == "foreign" && k.RefTable != name && by[k.RefTable] != nil && !slices.Contains(needs[name], k.RefTable) {
				needs[name] = append(needs[name], k.RefTable)
				list = append(list, graph.Need{Node: name, Of: []string{k.RefTable}})
			}
		}
	}
	if len(nodes) == 0 {
		d.width, d.height = 320, 80
		return d, nil
	}
	g, err := graph.New(nodes, list)
	if err != nil {
		return nil, err
	}
	if len(nodes) > graph.MaxDrawn {
		_, err := g.Layout()
		return nil, err
	}
	limit := 1400.0 // of a row of blocks; a wider block has a row of its own
	x, y, tall := margin, margin, 0.0
	for _, part := range connected(d.boxes, needs) {
		w, h, err := d.block(g, by, part)
		if err != nil {
			return nil, err
		}
		if x > margin && x+w > limit {
			x, y, tall = margin, y+tall+2*boxGap, 0
		}
		d.move(part, x, y)
		d.width, d.height = max(d.width, x+w), max(d.height, y+h)
		x, tall = x+w+2*boxGap, max(tall, h)
	}
	d.width += margin
	d.height += margin
	return d, nil
}

func newBox(t *Table) *box {
	b := &box{table: t, at: map[string]int{}}
	mark := map[string]string{}
	for _, k := range t.Keys {
		for _, c := range k.Columns {
			switch k.Kind {
			case "primary":
				mark[c] = "PK " + mark[c]
			case "foreign":
				if !strings.Contains(mark[c], "FK") {
					mark[c] += "FK "
				}
			}
		}
	}
	names, types, marks := 0.0, 0.0, 0.0
	for i, c := range t.Columns {
		// Of very wide tables the keys and the first columns are shown.
		if len(t.Columns) > maxLines && i >= maxLines && mark[c.Name] == "" || len(b.rows) >= 2*maxLines {
			b.more++
			continue
		}
		m := strings.TrimSpace(mark[c.Name])
		typ := c.Type
		if c.Nullable {
			typ += "?"
		}
		b.at[c.Name] = len(b.rows)
		b.rows, b.types, b.marks = append(b.rows, bounded(c.Name, maxLetters)), append(b.types, bounded(typ, maxLetters)), append(b.marks, m)
		names, types, marks = max(names, wide(b.rows[len(b.rows)-1])), max(types, wide(b.types[len(b.types)-1])), max(marks, wide(m))
	}
	b.w = max(wide(bounded(t.FullName(), 2*maxLetters))+2*boxPad, marks+names+types+2*boxPad+2*letter*2, 120)
	b.h = headHeight + float64(len(b.rows))*lineHeight + 4
	if b.more > 0 {
		b.h += lineHeight
	}
	return b
}

// wide is the width of a text; letters of East Asia take two places.
func wide(s string) float64 {
	n := 0
	for _, r := range s {
		n++
		if unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) || r > 0xffff {
			n++
		}
	}
	return float64(n) * letter
}

// connected splits the boxes into those that refer to each other, the largest
// group first and single tables at the end.
func connected(boxes []*box, needs map[string][]string) [][]*box {
	group := map[string]string{}
	var find func(string) string
	find = func(n string) string {
		if g := group[n]; g != "" && g != n {
			group[n] = find(g)
			return group[n]
		}
		return n
	}
	for _, b := range boxes {
		for _, to := range needs[b.table.FullName()] {
			group[find(b.table.FullName())] = find(to)
		}
	}
	var order []string
	parts := map[string][]*box{}
	for _, b := range boxes {
		root := find(b.table.FullName())
		if parts[root] == nil {
			order = append(order, root)
		}
		parts[root] = append(parts[root], b)
	}
	out := make([][]*box, len(order))
	for i, root := range order {
		out[i] = parts[root]
	}
	slices.SortStableFunc(out, func(a, b []*box) int { return cmp.Compare(len(b), len(a)) })
	return out
}

// block lays out one group from 0, 0 and returns its size.
func (d *diagram) block(g *graph.Graph, by map[string]*box, part []*box) (w, h float64, err error) {
	ids := make([]string, len(part))
	for i, b := range part {
		ids[i] = b.table.FullName()
	}
	plan, err := g.Layout(ids...)
	if err != nil {
		return 0, 0, err
	}
	type placed struct {
		*item
		order float64
	}
	layers := make([][]placed, plan.Layers)
	items := map[string]*item{}
	for _, n := range plan.Nodes {
		it := &item{box: by[n.ID], h: by[n.ID].h}
		items[n.ID] = it
		layers[n.Layer] = append(layers[n.Layer], placed{it, n.X})
	}
	paths := make([][]*item, len(plan.Edges))
	for i, e := range plan.Edges {
		path := []*item{items[e.From]}
		for _, bend := range e.Bends {
			it := &item{h: bendHeight}
			layers[int(bend[1])] = append(layers[int(bend[1])], placed{it, bend[0]})
			path = append(path, it)
		}
		paths[i] = append(path, items[e.To])
		for j := 1; j < len(paths[i]); j++ {
			a, b := paths[i][j-1], paths[i][j]
			a.near, b.near = append(a.near, b), append(b.near, a)
		}
	}
	columns := make([][]*item, len(layers))
	x := 0.0
	for i, layer := range layers {
		slices.SortStableFunc(layer, func(a, b placed) int { return cmp.Compare(a.order, b.order) })
		span := 0.0
		for _, p := range layer {
			columns[i] = append(columns[i], p.item)
			if p.box != nil {
				span = max(span, p.box.w)
			}
		}
		for _, p := range layer {
			p.x, p.span = x, span
		}
		x += span + layerGap
	}
	settle(columns)
	top := math.Inf(1)
	for _, c := range columns {
		for _, it := range c {
			top = min(top, it.y)
		}
	}
	for _, c := range columns {
		for _, it := range c {
			it.y -= top
			h = max(h, it.y+it.h)
			if it.box != nil {
				it.box.x, it.box.y = it.x, it.y
			}
		}
	}
	for i, e := range plan.Edges {
		d.lines = append(d.lines, connect(by[e.From], by[e.To], paths[i], e.Up))
	}
	for _, b := range part {
		for _, k := range b.table.Keys {
			if k.Kind == "foreign" && k.RefTable == b.table.FullName() {
				d.lines = append(d.lines, wire{from: b, to: b, loop: true, points: []point{{b.x + b.w, b.row(k.Columns)}, {b.x + b.w, b.y + headHeight/2}}, title: title(b, b)})
				break
			}
		}
	}
	return x - layerGap + 40, h, nil // 40: room for a loop
}

// settle gives each layer's items a height near those they are joined to, in
// their order and without overlapping.
func settle(columns [][]*item) {
	for _, c := range columns {
		y := 0.0
		for _, it := range c {
			it.y = y
			y += it.h + boxGap
		}
	}
	for range 12 {
		for _, c := range columns {
			want := make([]float64, len(c))
			for i, it := range c {
				want[i] = it.y
				if len(it.near) > 0 {
					sum := 0.0
					for _, n := range it.near {
						sum += n.y + min(n.h, 60)/2
					}
					want[i] = sum/float64(len(it.near)) - min(it.h, 60)/2
				}
			}
			// The mean of pushing down and of pushing up keeps all apart.
			down, up := slices.Clone(want), slices.Clone(want)
			for i := 1; i < len(c); i++ {
				down[i] = max(down[i], down[i-1]+c[i-1].h+boxGap)
			}
			for i := len(c) - 2; i >= 0; i-- {
				up[i] = min(up[i], up[i+1]-c[i].h-boxGap)
			}
			for i, it := range c {
				it.y = math.Round((down[i] + up[i]) / 2)
				if i > 0 { // rounding must not bring them together
					it.y = max(it.y, c[i-1].y+c[i-1].h+boxGap)
				}
			}
		}
	}
}

// row is the height of a key's first column in the box.
func (b *box) row(columns []string) float64 {
	for _, c := range columns {
		if i, ok := b.at[c]; ok {
			return b.y + headHeight + (float64(i)+0.5)*lineHeight + 2
		}
	}
	return b.y + headHeight/2
}

func connect(from, to *box, path []*item, up bool) wire {
	var columns, target []string
	for _, k := range from.table.Keys {
		if k.Kind == "foreign" && k.RefTable == to.table.FullName() {
			columns, target = k.Columns, k.RefColumns
			break
		}
	}
	w := wire{from: from, to: to, title: title(from, to)}
	start, end := from.row(columns), to.row(target)
	first, last := path[0], path[len(path)-1]
	if up { // to the left
		w.points = append(w.points, point{from.x, start}, point{first.x, start})
	} else {
		w.points = append(w.points, point{from.x + from.w, start}, point{first.x + first.span, start})
	}
	for _, it := range path[1 : len(path)-1] {
		y := it.y + it.h/2
		if up {
			w.points = append(w.points, point{it.x + it.span, y}, point{it.x, y})
		} else {
			w.points = append(w.points, point{it.x, y}, point{it.x + it.span, y})
		}
	}
	if up {
		w.points = append(w.points, point{last.x + last.span, end}, point{to.x + to.w, end})
	} else {
		w.points = append(w.points, point{last.x, end}, point{to.x, end})
	}
	return w
}

func title(from, to *box) string {
	var list []string
	for _, k := range from.table.Keys {
		if k.Kind == "foreign" && k.RefTable == to.table.FullName() {
			list = append(list, from.table.FullName()+" ("+strings.Join(k.Columns, ", ")+") → "+to.table.FullName()+" ("+strings.Join(k.RefColumns, ", ")+")")
		}
	}
	return strings.Join(list, "\n")
}

// move shifts a group and its lines.
func (d *diagram) move(part []*box, x, y float64) {
	in := map[*box]bool{}
	for _, b := range part {
		in[b] = true
		b.x, b.y = b.x+x, b.y+y
	}
	for i := range d.lines {
		if in[d.lines[i].from] {
			for j := range d.lines[i].points {
				d.lines[i].points[j].x += x
				d.lines[i].points[j].y += y
			}
		}
	}
}

const svgStyle = `svg{background:#fff}text{font:11px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;fill:#1c2330}.b{fill:#fff;stroke:#8a94a6}.h{fill:#e8edf6}.v .h{fill:#f3eee2}.n{font-weight:700}.t{fill:#5b6579}.k{fill:#2556b9;font-weight:700}.l{fill:none;stroke:#5b6579;stroke-width:1.2}.l:hover{stroke:#2556b9;stroke-width:2.4}
@media(prefers-color-scheme:dark){svg{background:#14181f}text{fill:#e6e9ef}.b{fill:#1b212b;stroke:#566074}.h{fill:#263043}.v .h{fill:#37311f}.t{fill:#9aa4b5}.k{fill:#8cb0ff}.l{stroke:#8a94a6}}`

func (d *diagram) svg(s *Structure) string {
	var b strings.Builder
	references := len(d.lines)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" role="img" aria-labelledby="t d">`+"\n", px(d.width), px(d.height), px(d.width), px(d.height))
	fmt.Fprintf(&b, "<title id=\"t\">%s</title>\n<desc id=\"d\">%d tables, %d references</desc>\n<style>%s</style>\n", esc("Tables of "+s.Target), len(d.boxes), references, svgStyle)
	for _, l := range d.lines {
		fmt.Fprintf(&b, "<path class=\"l\" d=\"%s\"><title>%s</title></path>\n", l.path(), esc(l.title))
	}
	for _, x := range d.boxes {
		class := ""
		if x.table.Kind != "table" {
			class = ` class="v"`
		}
		fmt.Fprintf(&b, "<g%s><rect class=\"b\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"3\"/>", class, px(x.x), px(x.y), px(x.w), px(x.h))
		fmt.Fprintf(&b, "<rect class=\"h\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"2\"/>", px(x.x+.5), px(x.y+.5), px(x.w-1), px(headHeight-1))
		fmt.Fprintf(&b, "<text class=\"n\" x=\"%s\" y=\"%s\">%s", px(x.x+boxPad), px(x.y+15), esc(bounded(x.table.FullName(), 2*maxLetters)))
		if x.table.Comment != "" {
			fmt.Fprintf(&b, "<title>%s</title>", esc(x.table.Comment))
		}
		b.WriteString("</text>")
		marks := 0.0
		for _, m := range x.marks {
			marks = max(marks, wide(m))
		}
		if marks > 0 {
			marks += letter
		}
		for i, name := range x.rows {
			y := px(x.y + headHeight + float64(i)*lineHeight + 13)
			if x.marks[i] != "" {
				fmt.Fprintf(&b, "<text class=\"k\" x=\"%s\" y=\"%s\">%s</text>", px(x.x+boxPad), y, x.marks[i])
			}
			fmt.Fprintf(&b, "<text x=\"%s\" y=\"%s\">%s</text>", px(x.x+boxPad+marks), y, esc(name))
			if x.types[i] != "" {
				fmt.Fprintf(&b, "<text class=\"t\" x=\"%s\" y=\"%s\" text-anchor=\"end\">%s</text>", px(x.x+x.w-boxPad), y, esc(x.types[i]))
			}
		}
		if x.more > 0 {
			fmt.Fprintf(&b, "<text class=\"t\" x=\"%s\" y=\"%s\">… %d more</text>", px(x.x+boxPad), px(x.y+headHeight+float64(len(x.rows))*lineHeight+13), x.more)
		}
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// path is the line with a crow's foot at the many and an arrow at the one.
func (l wire) path() string {
	var b strings.Builder
	p := l.points
	first, last := p[0], p[len(p)-1]
	side := 1.0
	if !l.loop && p[len(p)-1].x < p[0].x {
		side = -1
	}
	fmt.Fprintf(&b, "M%s %sl%s %sl%s %s", px(first.x), px(first.y-4), px(9*side), "4", px(-9*side), "4")
	fmt.Fprintf(&b, "M%s %s", px(first.x), px(first.y))
	if l.loop {
		fmt.Fprintf(&b, "C%s %s %s %s %s %s", px(first.x+36), px(first.y), px(last.x+36), px(last.y), px(last.x), px(last.y))
		fmt.Fprintf(&b, "M%s %sl-7 4l7 4", px(last.x+7), px(last.y-4))
		return b.String()
	}
	for i := 1; i < len(p); i++ {
		if i%2 == 1 {
			fmt.Fprintf(&b, "L%s %s", px(p[i].x), px(p[i].y))
			continue
		}
		half := (p[i].x - p[i-1].x) / 2
		fmt.Fprintf(&b, "C%s %s %s %s %s %s", px(p[i-1].x+half), px(p[i-1].y), px(p[i].x-half), px(p[i].y), px(p[i].x), px(p[i].y))
	}
	fmt.Fprintf(&b, "M%s %sl%s 4l%s 4", px(last.x-7*side), px(last.y-4), px(7*side), px(-7*side))
	return b.String()
}

func px(v float64) string { return fmt.Sprintf("%g", math.Round(v*10)/10) }

// esc makes a text stand in XML, which has no sign for some characters.
func esc(s string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, clean(s)))
}
