package chart

import (
	"math"
	"strconv"
)

// Spark is a line without axes beside a number, which says the value.
func Spark(v []float64, class string) Scene {
	s := Scene{Kind: "spark", H: 28}
	lo, hi := extent(v)
	if hi == lo {
		hi = lo + 1
	}
	n := math.Max(1, float64(len(v)-1))
	y := func(x float64) float64 { return 26 - (x-lo)/(hi-lo)*22 }
	for _, run := range runs(v) {
		if run[1]-run[0] < 2 {
			continue
		}
		var p []Point
		for i := run[0]; i < run[1]; i++ {
			p = append(p, Point{float64(i) / n, y(v[i])})
		}
		area := append(append([]Point{{p[0].X, 28}}, p...), Point{p[len(p)-1].X, 28})
		s.Shapes = append(s.Shapes, Poly{Points: area, Closed: true, Class: "v-ar " + class}, Poly{Points: p, Class: "v-ln " + class})
	}
	return s
}

// Part is a share of a whole.
type Part struct {
	Name  string
	V     float64
	Class string
}

// Stack is one bar of parts; what they leave of total stays empty. The numbers
// stand beside it.
func Stack(total float64, parts ...Part) Scene {
	s := Scene{Kind: "hbar", H: 8, Shapes: []Shape{Rect{W: 1, H: 8, R: 4, Class: "v-track"}}}
	if !(total > 0) {
		return s
	}
	x := 0.0
	for _, p := range parts {
		w := math.Min(p.V/total, 1-x)
		if !(w > 0) {
			continue
		}
		s.Shapes = append(s.Shapes, Rect{X: x, W: w, H: 8, Class: "v-part " + p.Class})
		x += w
	}
	return s
}

// Progress is how much of total is done.
func Progress(done, total float64, class string) Scene {
	return Stack(total, Part{V: done, Class: class})
}

// Bullet is a value against a target within bands: each band reaches to its
// value and says how good that is. most is the bar's end.
func Bullet(f Frame, v, target, most float64, bands []Part) Scene {
	s := Scene{Kind: "chart", Title: f.Title, H: 22}
	t := Table{Head: []string{f.First, f.Title}, Num: []bool{false, true}}
	if !(most > 0) {
		most = 1
	}
	x := func(v float64) float64 { return math.Max(0, math.Min(1, v/most)) }
	from := 0.0
	for _, b := range bands {
		s.Shapes = append(s.Shapes, Rect{X: x(from), W: x(b.V) - x(from), Y: 3, H: 16, Class: "v-range " + b.Class})
		t.Rows = append(t.Rows, []string{b.Name, f.format(from) + " – " + f.format(b.V)})
		from = b.V
	}
	if finite(v) {
		s.Shapes = append(s.Shapes, Rect{W: x(v), Y: 8, H: 6, R: 1, Class: "v-tick"})
	}
	if finite(target) {
		s.Shapes = append(s.Shapes, Glyph{X: x(target), Y: 11, Size: 8, Shape: "tick", Class: "v-tick"})
	}
	s.Numbers = t
	s.Zones = []Zone{{W: 1, Label: f.Title, Values: []Value{{f.First, f.format(v), ""}, {"◇", f.format(target), ""}}}}
	return s
}

// Uptime is a strip with one bar a day (or hour): "ok", "warn", "bad", or ""
// where nothing was measured. title says in words what the strip shows.
func Uptime(title string, days []string) Scene {
	s := Scene{Kind: "uptime", Title: title, H: 28}
	w := 1 / math.Max(1, float64(len(days)))
	for i, d := range days {
		class := "v-part " + d
		h := 20.0 // height says it too, not colour alone
		switch d {
		case "warn":
			h = 24
		case "bad":
			h = 28
		case "ok":
		default:
			class = "v-none"
		}
		s.Shapes = append(s.Shapes, Rect{X: float64(i) * w, W: w * .72, Y: 28 - h, H: h, R: 1, Class: class})
	}
	return s
}

// Donut shows shares of a whole as a ring with the total within. At most six
// parts read well; the caller sums up the rest.
func Donut(f Frame, parts []Part, total string) Scene {
	const size = 168.0
	s := Scene{Kind: "chart", Title: f.Title, W: size, H: size}
	t := Table{Head: []string{f.First, f.Title, "%"}, Num: []bool{false, true, true}}
	sum := 0.0
	for _, p := range parts {
		if p.V > 0 {
			sum += p.V
		}
	}
	turn := 0.0
	for i, p := range parts {
		c := class(p.Class, "c"+strconv.Itoa(i%6+1))
		share := 0.0
		if p.V > 0 {
			share = p.V / sum
			s.Shapes = append(s.Shapes, Slice{X: size / 2, Y: size / 2, Inner: 54, Outer: 80, From: turn, To: turn + share, Class: "v-slice " + c})
			turn += share
		}
		text := f.Lang.Percent(share, 1)
		s.Legend = append(s.Legend, Key{p.Name + " " + text, c, "square"})
		t.add([]string{p.Name, f.format(p.V), text}, nil, raw(p.V), raw(share*100))
	}
	t.Sheet = []string{"", f.Sheet, f.Lang.SheetPercent(1)}
	if sum == 0 {
		s.Shapes = append(s.Shapes, Slice{X: size / 2, Y: size / 2, Inner: 54, Outer: 80, From: 0, To: 1, Class: "v-track"})
	}
	s.Shapes = append(s.Shapes, Text{X: size / 2, Y: size/2 + 7, Anchor: Middle, Class: "v-big", S: total})
	s.Numbers = t
	return s
}
