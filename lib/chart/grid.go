package chart

import (
	"math"
	"strconv"
)

// Heat colours a table by value in five steps from the least to the greatest;
// each cell shows its number, so colour is never alone.
func Heat(f Frame, rows, cols []string, v [][]float64) Scene {
	const cell, head = 28.0, 22.0
	s := Scene{Kind: "chart", Title: f.Title, H: head + cell*float64(len(rows))}
	t := Table{Head: append([]string{f.First}, cols...), Num: append([]bool{false}, many(len(cols))...)}
	for _, r := range rows {
		s.Left = math.Max(s.Left, textWidth(r))
	}
	s.Left = math.Min(math.Ceil(s.Left), 170) + 10
	lo, hi := extent(v...)
	w := 1 / math.Max(1, float64(len(cols)))
	s.below(cols, 14)
	for i, name := range rows {
		y := head + cell*float64(i)
		s.Axis = append(s.Axis, Text{X: s.Left - 8, Y: y + 18, Anchor: End, Class: "v-lab", S: shorten(name, s.Left-10)})
		line, values := []string{name}, []any{nil}
		for j := range cols {
			x := math.NaN()
			if i < len(v) {
				x = at(v[i], j)
			}
			line, values = append(line, f.format(x)), append(values, raw(x))
			box := Rect{X: float64(j)*w + w*.02, W: w * .96, Y: y + 1, H: cell - 2, R: 3, Class: "v-none"}
			text := ""
			if finite(x) {
				step := 0
				if hi > lo {
					step = min(5, 1+int((x-lo)/(hi-lo)*5))
				}
				box.Class = "v-h" + strconv.Itoa(step)
				text = "v-hl"
				if step >= 4 {
					text = "v-on"
				}
			}
			s.Shapes = append(s.Shapes, box)
			if text != "" && len(cols) <= 14 {
				s.Shapes = append(s.Shapes, Text{X: (float64(j) + .5) * w, Y: y + 18, Anchor: Middle, Class: text, S: f.tick(x)})
			}
			s.Zones = append(s.Zones, Zone{X: float64(j) * w, W: w, Y: y, H: cell, Label: name, Values: []Value{{cols[j], f.format(x), ""}}})
		}
		t.add(line, values...)
	}
	t.Sheet = f.sheets(len(t.Head))
	s.Numbers = t
	return s
}

func many(n int) []bool {
	out := make([]bool, n)
	for i := range out {
		out[i] = true
	}
	return out
}

// Risks counts risks by likelihood (rows, the most likely first) and impact
// (columns, the least first). level gives each cell its judgement: "l", "m",
// "h" or "x" for low, medium, high and beyond what is accepted.
func Risks(f Frame, likelihood, impact []string, count [][]int, level func(row, col int) string) Scene {
	const cell, foot = 34.0, 22.0
	s := Scene{Kind: "chart", Title: f.Title, H: cell*float64(len(likelihood)) + foot}
	t := Table{Head: append([]string{f.First}, impact...), Num: append([]bool{false}, many(len(impact))...)}
	for _, r := range likelihood {
		s.Left = math.Max(s.Left, textWidth(r))
	}
	s.Left = math.Min(math.Ceil(s.Left), 120) + 10
	w := 1 / math.Max(1, float64(len(impact)))
	for i, name := range likelihood {
		y := cell * float64(i)
		s.Axis = append(s.Axis, Text{X: s.Left - 8, Y: y + 21, Anchor: End, Class: "v-lab", S: shorten(name, s.Left-10)})
		line, values := []string{name}, []any{nil}
		for j := range impact {
			l := level(i, j)
			n := 0
			if i < len(count) && j < len(count[i]) {
				n = count[i][j]
			}
			s.Shapes = append(s.Shapes, Rect{X: float64(j)*w + w*.015, W: w * .97, Y: y + 1.5, H: cell - 3, R: 4, Class: "v-r" + l})
			if n > 0 {
				text := "v-r" + l + "t"
				if l == "x" {
					text = "v-on"
				}
				s.Shapes = append(s.Shapes, Text{X: (float64(j) + .5) * w, Y: y + 21, Anchor: Middle, Class: text, S: strconv.Itoa(n)})
			}
			s.Zones = append(s.Zones, Zone{X: float64(j) * w, W: w, Y: y, H: cell, Label: name + " × " + impact[j], Values: []Value{{f.Title, strconv.Itoa(n), ""}}})
			line, values = append(line, strconv.Itoa(n)), append(values, float64(n))
		}
		t.add(line, values...)
	}
	for j, name := range impact {
		s.Shapes = append(s.Shapes, Text{X: (float64(j) + .5) * w, Y: s.H - 6, Anchor: Middle, S: shorten(name, 80)})
	}
	s.Numbers = t
	return s
}

// Mark is a point of a scatter chart; Size 0 takes the usual one.
type Mark struct {
	Name, Class string
	X, Y, Size  float64
}

// Scatter sets two measures against each other: cost and value. The frame
// formats what goes up, across what goes across.
func Scatter(f, across Frame, marks []Mark) Scene {
	s := Scene{Kind: "chart", Title: f.Title, H: f.height(280)}
	var xs, ys []float64
	for _, m := range marks {
		xs, ys = append(xs, m.X), append(ys, m.Y)
	}
	ylo, yhi := extent(ys)
	const top, bottom = 12, 40
	sc := s.upright(f, math.Min(ylo, 0), math.Max(yhi, 0), top, bottom, 5)
	xlo, xhi := extent(xs)
	tx := ticks(math.Min(xlo, 0), math.Max(xhi, 0), 5)
	left, right := tx[0], tx[len(tx)-1]
	x := func(v float64) float64 { return .02 + .96*(v-left)/(right-left) }
	for _, v := range tx {
		s.Shapes = append(s.Shapes, Line{X1: x(v), X2: x(v), Y1: top, Y2: s.H - bottom, Class: "v-grid"},
			Text{X: x(v), Y: s.H - bottom + 15, Anchor: Middle, S: across.tick(v)})
	}
	s.Shapes = append(s.Shapes, Text{X: 1, Y: s.H - 6, Anchor: End, Class: "v-lab", S: across.Title})
	t := Table{Head: []string{f.First, across.Title, f.Title}, Num: []bool{false, true, true}, Sheet: []string{"", across.Sheet, f.Sheet}}
	for _, m := range marks {
		t.add([]string{m.Name, across.format(m.X), f.format(m.Y)}, nil, raw(m.X), raw(m.Y))
		if !finite(m.X) || !finite(m.Y) {
			continue
		}
		r := m.Size
		if r <= 0 {
			r = 5
		}
		c := class(m.Class, "c1")
		s.Shapes = append(s.Shapes, Dot{X: x(m.X), Y: sc.y(m.Y), R: r, Class: "v-dot v-soft " + c})
		if len(marks) <= 30 {
			anchor, dx := Start, r+4
			if x(m.X) > .8 {
				anchor, dx = End, -r-4
			}
			s.Shapes = append(s.Shapes, Text{X: x(m.X), DX: dx, Y: sc.y(m.Y) + 4, Anchor: anchor, Class: "v-lab", S: shorten(m.Name, 130)})
		}
		s.Zones = append(s.Zones, Zone{X: x(m.X) - .015, W: .03, Y: sc.y(m.Y) - 10, H: 20, Label: m.Name, Values: []Value{{across.Title, across.format(m.X), ""}, {f.Title, f.format(m.Y), c}}})
	}
	s.Numbers = t
	return s
}
