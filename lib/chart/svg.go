package chart

import (
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"

	"steward/web"
)

// SVG draws the scene without its table: for tiles, cells and where the table
// stands elsewhere.
func (s Scene) SVG() template.HTML {
	var b strings.Builder
	s.write(&b)
	return template.HTML(b.String())
}

// small scenes are one svg; the others stand in a box of their own.
func (s Scene) small() bool {
	return s.Kind == "spark" || s.Kind == "hbar" || s.Kind == "uptime"
}

func (s Scene) write(b *strings.Builder) {
	label := ` aria-hidden="true"`
	if s.Title != "" {
		label = ` role="img" aria-label="` + html.EscapeString(s.Title) + `"`
	}
	if s.small() {
		b.WriteString(`<svg class="` + s.Kind + `" width="100%" height="` + px(s.H) + `"` + label + `>`)
		s.shapes(b)
		b.WriteString(`</svg>`)
		return
	}
	class := "chart"
	if s.Kind != "chart" {
		class += " " + s.Kind
	}
	switch {
	case s.Kind == "graph": // links inside: a group, not one picture; its box scrolls
		b.WriteString(`<div class="gscroll" data-scroll-to=".me" role="group" tabindex="0" aria-label="` + html.EscapeString(s.Title) + `"><svg class="graph" width="` + px(s.W) + `" height="` + px(s.H) + `">`)
	case s.Fixed():
		b.WriteString(`<div class="` + class + ` fixed" data-chart tabindex="0"` + label + `><svg width="` + px(s.W) + `" height="` + px(s.H) + `" aria-hidden="true">`)
	case len(s.Axis) == 0:
		b.WriteString(`<div class="` + class + ` bare" data-chart tabindex="0"` + label + `><svg class="v-plot" width="100%" height="` + px(s.H) + `" aria-hidden="true">`)
	default:
		b.WriteString(`<div class="` + class + `" data-chart tabindex="0"` + label + `><svg class="v-y" width="` + px(s.Left) + `" height="` + px(s.H) + `" aria-hidden="true">`)
		for _, t := range s.Axis {
			t.write(b, px)
		}
		b.WriteString(`</svg><svg class="v-plot" width="100%" height="` + px(s.H) + `" aria-hidden="true">`)
	}
	s.shapes(b)
	x := s.across()
	for _, z := range s.Zones {
		h := z.H
		if h == 0 {
			h = s.H
		}
		lines := make([]string, len(z.Values))
		for i, v := range z.Values {
			lines[i] = clean(v.Name) + "\t" + clean(v.Text) + "\t" + v.Class
		}
		b.WriteString(`<rect class="v-hz" x="` + x(z.X) + `" width="` + x(z.W) + `" y="` + px(z.Y) + `" height="` + px(h) + `" data-l="` + html.EscapeString(z.Label) + `" data-v="` + html.EscapeString(strings.Join(lines, "\n")) + `"/>`)
	}
	b.WriteString(`</svg></div>`)
}

func clean(s string) string { return strings.NewReplacer("\t", " ", "\n", " ").Replace(s) }

// across writes a position across: percent in a fluid scene.
func (s Scene) across() func(float64) string {
	if s.Fixed() {
		return px
	}
	return percent
}

func (s Scene) shapes(b *strings.Builder) {
	x := s.across()
	for i := 0; i < len(s.Shapes); i++ {
		switch v := s.Shapes[i].(type) {
		case Line:
			b.WriteString(`<line class="` + v.Class + `" x1="` + x(v.X1) + `" x2="` + x(v.X2) + `" y1="` + px(v.Y1) + `" y2="` + px(v.Y2) + `"/>`)
		case Rect:
			b.WriteString(`<rect class="` + v.Class + `" x="` + x(v.X) + `" width="` + x(math.Max(v.W, 0)) + `" y="` + px(v.Y) + `" height="` + px(math.Max(v.H, 0)) + `"`)
			if v.R > 0 {
				b.WriteString(` rx="` + px(v.R) + `"`)
			}
			b.WriteString(`/>`)
		case Text:
			v.write(b, x)
		case Dot:
			b.WriteString(`<circle class="` + v.Class + `" cx="` + x(v.X) + `" cy="` + px(v.Y) + `" r="` + px(v.R) + `"/>`)
		case Glyph:
			b.WriteString(`<svg x="` + x(v.X) + `" y="` + px(v.Y) + `" overflow="visible"><path class="` + v.Class + `" d="` + v.path() + `"/></svg>`)
		case Poly:
			if s.Fixed() {
				v.write(b, 1)
				continue
			}
			// lines of a fluid scene share one stretched viewport; strokes keep their width
			b.WriteString(`<svg x="0" y="0" width="100%" height="` + px(s.H) + `" viewBox="0 0 1000 ` + px(s.H) + `" preserveAspectRatio="none" overflow="visible">`)
			for ; i < len(s.Shapes); i++ {
				p, ok := s.Shapes[i].(Poly)
				if !ok {
					break
				}
				p.write(b, 1000)
			}
			i--
			b.WriteString(`</svg>`)
		case Curve:
			b.WriteString(`<path class="` + v.Class + `" d="M` + pt(v.A) + `C` + pt(v.C) + " " + pt(v.D) + " " + pt(v.B) + `"/>`)
		case Slice:
			b.WriteString(`<path class="` + v.Class + `" d="` + v.path() + `"/>`)
		case Node:
			v.write(b)
		}
	}
}

func (t Text) write(b *strings.Builder, x func(float64) string) {
	b.WriteString(`<text`)
	if t.Class != "" {
		b.WriteString(` class="` + t.Class + `"`)
	}
	b.WriteString(` x="` + x(t.X) + `" y="` + px(t.Y) + `"`)
	if t.DX != 0 {
		b.WriteString(` dx="` + px(t.DX) + `"`)
	}
	if t.Anchor != Start {
		b.WriteString(` text-anchor="` + string(t.Anchor) + `"`)
	}
	b.WriteString(`>` + html.EscapeString(t.S) + `</text>`)
}

func (p Poly) write(b *strings.Builder, scale float64) {
	tag := "polyline"
	if p.Closed {
		tag = "polygon"
	}
	b.WriteString(`<` + tag + ` class="` + p.Class + `" points="`)
	for i, q := range p.Points {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(px(q.X*scale) + "," + px(q.Y))
	}
	b.WriteString(`"/>`)
}

func (g Glyph) path() string {
	s := px(g.Size)
	switch g.Shape {
	case "diamond":
		return "M0 -" + s + "L" + s + " 0L0 " + s + "L-" + s + " 0z"
	case "tick":
		return "M-1.5 -" + s + "h3v" + px(2*g.Size) + "h-3z"
	}
	return "M0 0l-" + s + " -" + px(g.Size*.6) + "v" + px(g.Size*1.2) + "z" // arrow
}

// path is the ring's part as two arcs; a whole ring is two halves.
func (s Slice) path() string {
	if s.To-s.From >= 1 {
		half := s
		half.From, half.To = s.From, s.From+.5
		rest := s
		rest.From, rest.To = s.From+.5, s.From+1-1e-9
		return half.path() + rest.path()
	}
	at := func(r, turn float64) string {
		sin, cos := math.Sincos(2 * math.Pi * turn)
		return pt(Point{s.X + r*sin, s.Y - r*cos})
	}
	large := "0"
	if s.To-s.From > .5 {
		large = "1"
	}
	o, i := px(s.Outer), px(s.Inner)
	return "M" + at(s.Outer, s.From) + "A" + o + " " + o + " 0 " + large + " 1 " + at(s.Outer, s.To) +
		"L" + at(s.Inner, s.To) + "A" + i + " " + i + " 0 " + large + " 0 " + at(s.Inner, s.From) + "z"
}

func (n Node) write(b *strings.Builder) {
	b.WriteString(`<foreignObject x="` + px(n.X) + `" y="` + px(n.Y) + `" width="` + px(n.W) + `" height="` + px(n.H) + `">`)
	class := strings.TrimSpace("gn " + n.Class)
	end := `</span>`
	if n.Href != "" {
		b.WriteString(`<a class="` + class + `" href="` + html.EscapeString(href(n.Href)) + `">`)
		end = `</a>`
	} else {
		b.WriteString(`<span class="` + class + `">`)
	}
	if n.Icon != "" {
		b.WriteString(string(web.Icon(n.Icon)))
	}
	b.WriteString(`<span title="` + html.EscapeString(n.Name) + `"><b>` + html.EscapeString(n.Name) + `</b><small>` + html.EscapeString(n.Sub) + `</small></span>` + end + `</foreignObject>`)
}

// href lets only links within the program and web pages through.
func href(s string) string {
	if strings.HasPrefix(s, "/") || strings.HasPrefix(s, "#") || strings.HasPrefix(s, "?") || strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") {
		return s
	}
	return "#"
}

// px writes a length with at most two digits.
func px(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "0"
	}
	v = math.Round(v*100) / 100
	if v == 0 {
		v = 0 // no minus before zero
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

func percent(f float64) string {
	if f == 0 {
		return "0"
	}
	return px(f*100) + "%"
}

func pt(p Point) string { return px(p.X) + " " + px(p.Y) }
