// Package chart draws the product's charts. A chart is first a scene: shapes
// with a meaning (series, state, axis) instead of colours, which becomes SVG
// for pages (HTML) and is placed on paper by the report (Place).
//
// In a page a scene is fluid: positions across are fractions of the plot's
// width and become percentages, positions down are pixels, so text keeps its
// size and no script measures anything. Colours come from classes, so the
// theme, print and forced colours work; there is no style attribute. Every
// class of a shape begins with v-, except the series c1–c6 and the states ok,
// warn, bad, info and mute, which only say the colour.
//
// Each scene carries its numbers as a table, for those who do not see it, for
// copying and for checking. An unknown value is NaN: a gap in the line, no
// bar, and "–" in the table; it is never drawn as zero.
package chart

import "math"

// Scene is a chart as shapes.
type Scene struct {
	Kind    string  // class of the whole: "chart", "spark", "hbar", "uptime", "graph", "gantt"
	Title   string  // what it shows, read aloud; "" makes it decoration
	W       float64 // width in px of a fixed scene; 0 for a fluid one
	H       float64 // height in px
	Left    float64 // px beside the plot for the axis of a fluid scene
	Axis    []Text  // in that space; X in px from its left
	Shapes  []Shape
	Zones   []Zone
	Legend  []Key
	Numbers Table
}

// Fixed reports whether positions across are px too.
func (s Scene) Fixed() bool { return s.W > 0 }

// Shape is one of Line, Rect, Text, Poly, Dot, Glyph, Curve, Slice and Node.
// The last three stand in fixed scenes only.
type Shape interface{ shape() }

// Line is a straight line.
type Line struct {
	X1, Y1, X2, Y2 float64
	Class          string
}

// Rect is a box; R rounds its corners.
type Rect struct {
	X, Y, W, H, R float64
	Class         string
}

// Anchor says which point of a text stands at its position.
type Anchor string

const (
	Start  Anchor = ""
	Middle Anchor = "middle"
	End    Anchor = "end"
)

// Text stands with its baseline at Y; DX moves it by px.
type Text struct {
	X, Y, DX float64
	Anchor   Anchor
	Class    string
	S        string
}

// Point is a position.
type Point struct{ X, Y float64 }

// Poly is a line through points, or an area when Closed.
type Poly struct {
	Points []Point
	Closed bool
	Class  string
}

// Dot is a circle of radius R px.
type Dot struct {
	X, Y, R float64
	Class   string
}

// Glyph is a sign of Size px around its position: "diamond", "arrow" (its tip
// at the position, pointing right), "tick" (a short upright bar).
type Glyph struct {
	X, Y, Size float64
	Shape      string
	Class      string
}

// Curve is a cubic from A to B with the control points C and D.
type Curve struct {
	A, C, D, B Point
	Class      string
}

// Slice is a ring's part around (X, Y), from and to in turns clockwise from
// the top.
type Slice struct {
	X, Y, Inner, Outer, From, To float64
	Class                        string
}

// Node is a box with a name, a second line, an icon and a link.
type Node struct {
	X, Y, W, H             float64
	Name, Sub, Icon, Class string
	Href                   string
}

func (Line) shape()  {}
func (Rect) shape()  {}
func (Text) shape()  {}
func (Poly) shape()  {}
func (Dot) shape()   {}
func (Glyph) shape() {}
func (Curve) shape() {}
func (Slice) shape() {}
func (Node) shape()  {}

// Zone is a part of the plot that reads out its values.
type Zone struct {
	X, W, Y, H float64 // H 0: the whole height
	Label      string
	Values     []Value
}

// Value is one line of a read-out.
type Value struct{ Name, Text, Class string }

// Key is one line of the legend; Kind is "", "dash", "band" or "square".
type Key struct{ Name, Class, Kind string }

// Table holds a scene's numbers as they are shown. Num marks number columns.
type Table struct {
	Head []string
	Num  []bool
	Rows [][]string
	// Raw are the numbers and days behind Rows, for programs that reckon on with
	// them: a float64 or a time.Time; nil where there is only the text, or nothing
	// is known. Sheet are the columns' number formats in a workbook; under one with
	// a percent sign, values are percentages: 12.5, not 0.125.
	Raw   [][]any
	Sheet []string
}

// add appends a row of texts with what is behind them.
func (t *Table) add(texts []string, raw ...any) {
	t.Rows, t.Raw = append(t.Rows, texts), append(t.Raw, raw)
}

// raw is a value for Table.Raw.
func raw(v float64) any {
	if !finite(v) {
		return nil
	}
	return v
}

// Place turns a fluid scene into a fixed one of the given width: what a
// printer needs. Zones go, since paper does not read out.
func (s Scene) Place(width float64) Scene {
	s.Zones = nil
	if s.Fixed() {
		return s
	}
	plot := math.Max(width-s.Left, 1)
	x := func(f float64) float64 { return s.Left + f*plot }
	out := make([]Shape, 0, len(s.Axis)+len(s.Shapes))
	for _, t := range s.Axis {
		out = append(out, t)
	}
	for _, sh := range s.Shapes {
		switch v := sh.(type) {
		case Line:
			v.X1, v.X2 = x(v.X1), x(v.X2)
			sh = v
		case Rect:
			v.X, v.W = x(v.X), v.W*plot
			sh = v
		case Text:
			v.X, v.DX = x(v.X)+v.DX, 0
			sh = v
		case Poly:
			pts := make([]Point, len(v.Points))
			for i, p := range v.Points {
				pts[i] = Point{x(p.X), p.Y}
			}
			v.Points = pts
			sh = v
		case Dot:
			v.X = x(v.X)
			sh = v
		case Glyph:
			v.X = x(v.X)
			sh = v
		}
		out = append(out, sh)
	}
	s.W, s.Left, s.Axis, s.Shapes = width, 0, nil, out
	return s
}
