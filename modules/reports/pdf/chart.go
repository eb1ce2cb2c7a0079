package pdf

import (
	"math"

	"codeberg.org/go-pdf/fpdf"

	"steward/kernel/report"
	"steward/lib/chart"
)

// paper is how many pixels of a page the width of the text stands for.
const paper = 780.0

// chart sets a picture with its title, legend and caption.
func (w *writer) chart(b report.Chart) {
	s := b.Scene.Place(paper)
	tall, scale := size(s)
	legend := len(s.Legend) > 1
	need := tall + 30
	if legend {
		need += 14
	}
	w.need(need)
	if s.Title != "" {
		w.font(9.2, true)
		w.text(left, w.y+9, w.wrap(s.Title, width, 1)[0], ink)
		w.y += 17
	}
	if legend {
		w.legend(s.Legend)
	}
	draw{writer: w, x0: left, y0: w.y, k: scale}.scene(s)
	w.y += tall + 6
	if b.Caption != "" {
		w.paragraph(report.Paragraph{Text: b.Caption, Note: true})
	}
	w.y += 4
}

// size is how tall a placed picture becomes at the width of the text, and its scale;
// one taller than a page is set smaller.
func size(s chart.Scene) (tall, scale float64) {
	scale = width / max(paper, s.W)
	tall = s.H * scale
	if most := bottom - top - 60; tall > most {
		scale *= most / tall
		tall = most
	}
	return tall, scale
}

// Small pictures stand two in a row, each drawn pairPx wide.
const (
	pairGap   = 20.0
	pairPx    = 380.0
	pairScale = (width - pairGap) / 2 / pairPx
)

// charts sets small pictures two in a row.
func (w *writer) charts(b report.Charts) {
	const gap, px, scale = pairGap, pairPx, pairScale
	const col = (width - gap) / 2
	for from := 0; from < len(b); from += 2 {
		pair := b[from:min(from+2, len(b))]
		tall := 0.0
		for _, c := range pair {
			tall = max(tall, c.Scene.H*scale+32)
		}
		w.need(tall)
		for i, c := range pair {
			x := left + float64(i)*(col+gap)
			w.font(8.6, true)
			w.text(x, w.y+9, w.wrap(c.Scene.Title, col, 1)[0], ink)
			w.font(7.6, false)
			w.text(x, w.y+19, w.wrap(c.Caption, col, 1)[0], third)
			draw{writer: w, x0: x, y0: w.y + 25, k: scale}.scene(c.Scene.Place(px))
		}
		w.y += tall + 8
	}
}

func (w *writer) legend(keys []chart.Key) {
	x, bands := left, 0
	w.font(8.2, false)
	for _, k := range keys {
		room := w.width(k.Name) + 26
		if x > left && x+room > left+width {
			x = left
			w.y += 12
		}
		w.key(k, x, bands)
		if k.Kind == "band" {
			bands++
		}
		w.text(x+11, w.y+8.5, k.Name, second)
		x += room
	}
	w.y += 15
}

// key is the sign before a name of the legend, drawn as the chart draws what it
// stands for, so that it is found without colours too: a line, dashes, a block, or
// the shade of a band, of which the second is the wider and lighter one.
func (w *writer) key(k chart.Key, x float64, bands int) {
	c := fill(k.Class)
	w.p.SetFillColor(c.parts())
	w.p.SetDrawColor(c.parts())
	switch k.Kind {
	case "", "dash":
		w.p.SetLineWidth(1.3)
		if k.Kind == "dash" {
			w.p.SetDashPattern([]float64{2.2, 1.4}, 0)
		}
		w.p.Line(x-1, w.y+5.6, x+8, w.y+5.6)
		w.p.SetDashPattern(nil, 0)
	case "band":
		share := .24
		if bands > 0 {
			share = .09
		}
		w.p.SetAlpha(share, "Normal")
		w.p.Rect(x, w.y+2.4, 7, 6, "F")
		w.p.SetAlpha(1, "Normal")
	default:
		w.p.Rect(x, w.y+3.5, 7, 4, "F")
	}
}

// draw puts a placed scene on the page: px times scale from (x, y).
type draw struct {
	*writer
	x0, y0, k float64
	narrow    bool // as on a phone: every other label is left out
}

func (d draw) x(v float64) float64  { return d.x0 + v*d.k }
func (d draw) at(v float64) float64 { return d.y0 + v*d.k }

// stroke is a line's colour, thickness in px and dashes.
func (d draw) stroke(class string, c rgb, thick float64) {
	d.p.SetDrawColor(c.parts())
	d.p.SetLineWidth(thick * d.k)
	switch {
	case has(class, "v-dash"):
		d.p.SetDashPattern([]float64{4 * d.k, 4 * d.k}, 0)
	case has(class, "v-goal"):
		d.p.SetDashPattern([]float64{5 * d.k, 3 * d.k}, 0)
	case has(class, "v-conn"), has(class, "v-none"):
		d.p.SetDashPattern([]float64{2 * d.k, 2 * d.k}, 0)
	default:
		d.p.SetDashPattern(nil, 0)
	}
}

func (d draw) scene(s chart.Scene) {
	d.narrow = s.W < 480
	for _, sh := range s.Shapes {
		switch v := sh.(type) {
		case chart.Line:
			c, thick := lineOf(v.Class)
			d.stroke(v.Class, c, thick)
			d.p.Line(d.x(v.X1), d.at(v.Y1), d.x(v.X2), d.at(v.Y2))
		case chart.Rect:
			d.rect(v)
		case chart.Text:
			d.label(v)
		case chart.Poly:
			d.poly(v)
		case chart.Dot:
			d.p.SetFillColor(fill(v.Class).parts())
			d.p.Circle(d.x(v.X), d.at(v.Y), v.R*d.k, "F")
		case chart.Glyph:
			d.glyph(v)
		case chart.Curve:
			c, thick := lineOf(v.Class)
			d.stroke(v.Class, c, thick)
			d.p.MoveTo(d.x(v.A.X), d.at(v.A.Y))
			d.p.CurveBezierCubicTo(d.x(v.C.X), d.at(v.C.Y), d.x(v.D.X), d.at(v.D.Y), d.x(v.B.X), d.at(v.B.Y))
			d.p.DrawPath("D")
		case chart.Slice:
			d.slice(v)
		case chart.Node:
			d.node(v)
		}
	}
	d.p.SetDashPattern(nil, 0)
}

// lineOf is the colour and thickness of a straight or curved line.
func lineOf(class string) (rgb, float64) {
	switch {
	case has(class, "v-grid"):
		return line1, 1
	case has(class, "v-axis"):
		return line2, 1
	case has(class, "v-zero"), has(class, "v-conn"):
		return line3, 1
	case has(class, "v-goal"):
		return second, 1
	case has(class, "v-now"):
		return accent, 1.25
	case has(class, "v-e"), has(class, "v-dep"):
		if c := fill(class); c != ink {
			return c, 1.4
		}
		return line3, 1.2
	}
	return fill(class), 1
}

func (d draw) rect(v chart.Rect) {
	c, style := fill(v.Class), "F"
	switch {
	case has(v.Class, "v-none"):
		d.stroke(v.Class, line2, 1)
		style = "D"
	case has(v.Class, "v-track"), has(v.Class, "v-group"):
		c = press
	case has(v.Class, "v-range"), has(v.Class, "v-task"):
		c = c.mix(.32)
	case has(v.Class, "v-slip"):
		c = fills["bad"].mix(.35)
	case has(v.Class, "v-rl"):
		c = 0xe6f5ed
	case has(v.Class, "v-rm"):
		c = 0xfdf2dc
	case has(v.Class, "v-rh"):
		c = fills["bad"].mix(.24)
	case has(v.Class, "v-rx"):
		c = 0xc23a2e
	case has(v.Class, "v-h0"):
		c = sunken
	case has(v.Class, "v-h1"):
		c = fills["c1"].mix(.12)
	case has(v.Class, "v-h2"):
		c = fills["c1"].mix(.26)
	case has(v.Class, "v-h3"):
		c = fills["c1"].mix(.44)
	case has(v.Class, "v-h4"):
		c = 0x5d74e6
	case has(v.Class, "v-h5"):
		c = 0x2c41b8
	}
	w, h := max(v.W, 0)*d.k, max(v.H, 0)*d.k
	if w == 0 || h == 0 {
		return
	}
	d.p.SetFillColor(c.parts())
	if r := min(v.R*d.k, w/2, h/2); r > .2 {
		d.p.RoundedRect(d.x(v.X), d.at(v.Y), w, h, r, "1234", style)
		return
	}
	d.p.Rect(d.x(v.X), d.at(v.Y), w, h, style)
}

func (d draw) label(v chart.Text) {
	if d.narrow && has(v.Class, "v-odd") {
		return // no room for it
	}
	size, bold, c := 11.0, false, third
	switch {
	case has(v.Class, "v-val"), has(v.Class, "v-hl"), has(v.Class, "v-rht"):
		size, bold, c = 11.5, true, ink
	case has(v.Class, "v-big"):
		size, bold, c = 20, true, ink
	case has(v.Class, "v-on"):
		bold, c = true, white
	case has(v.Class, "v-rlt"):
		bold, c = true, inks["ok"]
	case has(v.Class, "v-rmt"):
		bold, c = true, inks["warn"]
	case has(v.Class, "v-lab"):
		c = second
	case has(v.Class, "v-nowt"):
		c = accent
	}
	d.font(size*d.k, bold)
	x := d.x(v.X + v.DX)
	switch v.Anchor {
	case chart.Middle:
		x -= d.width(v.S) / 2
	case chart.End:
		x -= d.width(v.S)
	}
	d.text(x, d.at(v.Y), v.S, c)
}

func (d draw) poly(v chart.Poly) {
	if len(v.Points) < 2 {
		return
	}
	c := fill(v.Class)
	if v.Closed {
		pts := make([]fpdf.PointType, len(v.Points))
		for i, p := range v.Points {
			pts[i] = fpdf.PointType{X: d.x(p.X), Y: d.at(p.Y)}
		}
		share := 1.0
		switch {
		case has(v.Class, "v-ar"):
			share = .1
		case has(v.Class, "v-wide"):
			share = .09
		case has(v.Class, "v-band"):
			share = .16
		}
		d.p.SetFillColor(c.parts())
		d.p.SetAlpha(share, "Normal")
		d.p.Polygon(pts, "F")
		d.p.SetAlpha(1, "Normal")
		return
	}
	thick := 1.9
	if has(v.Class, "c6") {
		thick = 1.3
	}
	d.stroke(v.Class, c, thick)
	d.p.SetLineJoinStyle("round")
	d.p.SetLineCapStyle("round")
	d.p.MoveTo(d.x(v.Points[0].X), d.at(v.Points[0].Y))
	for _, p := range v.Points[1:] {
		d.p.LineTo(d.x(p.X), d.at(p.Y))
	}
	d.p.DrawPath("D")
	d.p.SetLineCapStyle("butt")
}

func (d draw) glyph(v chart.Glyph) {
	c := fill(v.Class)
	if c == ink && (has(v.Class, "v-ah") || has(v.Class, "v-depah")) {
		c = line3
	}
	d.p.SetFillColor(c.parts())
	s := v.Size
	var pts []chart.Point
	switch v.Shape {
	case "diamond":
		pts = []chart.Point{{X: 0, Y: -s}, {X: s, Y: 0}, {X: 0, Y: s}, {X: -s, Y: 0}}
	case "tick":
		pts = []chart.Point{{X: -1.5, Y: -s}, {X: 1.5, Y: -s}, {X: 1.5, Y: s}, {X: -1.5, Y: s}}
	default:
		pts = []chart.Point{{X: 0, Y: 0}, {X: -s, Y: -s * .6}, {X: -s, Y: s * .6}}
	}
	out := make([]fpdf.PointType, len(pts))
	for i, p := range pts {
		out[i] = fpdf.PointType{X: d.x(v.X + p.X), Y: d.at(v.Y + p.Y)}
	}
	d.p.Polygon(out, "F")
}

// slice draws a part of a ring as a polygon fine enough to look round.
func (d draw) slice(v chart.Slice) {
	n := max(2, int(math.Ceil((v.To-v.From)*96)))
	var pts []fpdf.PointType
	edge := func(r float64, i int) {
		sin, cos := math.Sincos(2 * math.Pi * (v.From + (v.To-v.From)*float64(i)/float64(n)))
		pts = append(pts, fpdf.PointType{X: d.x(v.X + r*sin), Y: d.at(v.Y - r*cos)})
	}
	for i := 0; i <= n; i++ {
		edge(v.Outer, i)
	}
	for i := n; i >= 0; i-- {
		edge(v.Inner, i)
	}
	c := fill(v.Class)
	if has(v.Class, "v-track") {
		c = press
	}
	d.p.SetFillColor(c.parts())
	d.stroke("", white, 1)
	d.p.Polygon(pts, "FD")
}

// node draws a box of a graph.
func (d draw) node(v chart.Node) {
	d.stroke("", line2, 1)
	c, edge := white, line2
	if s, ok := fills[v.Class]; ok {
		c, edge = s.mix(.1), s
	}
	if v.Class == "me" {
		c, edge = accent.mix(.1), accent
	}
	d.p.SetDrawColor(edge.parts())
	d.p.SetFillColor(c.parts())
	d.p.RoundedRect(d.x(v.X), d.at(v.Y), v.W*d.k, v.H*d.k, 5*d.k, "1234", "FD")
	d.font(11.5*d.k, true)
	room := (v.W - 16) * d.k
	d.text(d.x(v.X+8), d.at(v.Y+v.H/2-3), d.wrap(v.Name, room, 1)[0], ink)
	d.font(10*d.k, false)
	d.text(d.x(v.X+8), d.at(v.Y+v.H/2+12), d.wrap(v.Sub, room, 1)[0], third)
}
