package chart

import "math"

// Columns draws series as columns beside each other, or stacked. Stacked
// values below zero go down from the zero line.
func Columns(f Frame, labels []string, series []Series, stacked bool) Scene {
	s := Scene{Kind: "chart", Title: f.Title, H: f.height(220)}
	up, down := make([]float64, len(labels)), make([]float64, len(labels))
	var all [][]float64
	for _, r := range series {
		all = append(all, r.V)
		for i := range labels {
			if v := at(r.V, i); v > 0 {
				up[i] += v
			} else if v < 0 {
				down[i] += v
			}
		}
	}
	lo, hi := extent(all...)
	if stacked {
		lo, hi = extent(up, down)
	}
	const top, bottom = 10, 24
	sc := s.upright(f, math.Min(lo, 0), math.Max(hi, 0), top, bottom, 5)
	s.below(labels, s.H-6)
	n := math.Max(1, float64(len(labels)))
	clear(up)
	clear(down)
	for k, r := range series {
		for i := range labels {
			v := at(r.V, i)
			if !finite(v) {
				continue
			}
			b := Rect{X: (float64(i) + .19) / n, W: .62 / n, Class: "v-bar " + r.Class, R: 1.5}
			from, to := 0.0, v
			if stacked {
				part := up
				if v < 0 {
					part = down
				}
				from = part[i]
				to = from + v
				part[i] = to
				b.Class, b.R = "v-part "+r.Class, 0
			} else {
				w := .62 / n / float64(len(series))
				b.X, b.W = (float64(i)+.19)/n+float64(k)*w, w*.94
			}
			b.Y, b.H = math.Min(sc.y(from), sc.y(to)), math.Abs(sc.y(from)-sc.y(to))
			s.Shapes = append(s.Shapes, b)
		}
	}
	s.readout(f, labels, series, s.H-bottom)
	for _, r := range series {
		s.Legend = append(s.Legend, Key{r.Name, r.Class, "square"})
	}
	return s
}

// Bar is one line of Rows.
type Bar struct {
	Label string
	V     float64
	Class string
	Note  string // after the value: "+3 % on last year"
}

// Rows draws values as bars across, one below the other: a ranking.
func Rows(f Frame, bars []Bar) Scene {
	const row, thick = 26.0, 12.0
	s := Scene{Kind: "chart", Title: f.Title, H: row*float64(len(bars)) + 4}
	t := Table{Head: []string{f.First, f.Title}, Num: []bool{false, true}}
	var vs []float64
	value := 0.0
	for _, b := range bars {
		vs = append(vs, b.V)
		s.Left = math.Max(s.Left, textWidth(b.Label))
		value = math.Max(value, textWidth(bText(f, b)))
	}
	s.Left = math.Min(math.Ceil(s.Left), 170) + 10
	lo, hi := extent(vs)
	lo, hi = math.Min(lo, 0), math.Max(hi, 0)
	if hi == lo {
		hi = 1
	}
	room := math.Max(.45, 1-(value+12)/420) // the rest holds the value beside the longest bar
	x := func(v float64) float64 { return (v - lo) / (hi - lo) * room }
	if lo < 0 {
		s.Shapes = append(s.Shapes, Line{X1: x(0), X2: x(0), Y1: 0, Y2: s.H, Class: "v-zero"})
	}
	for i, b := range bars {
		y := row * float64(i)
		s.Axis = append(s.Axis, Text{X: s.Left - 8, Y: y + 17, Anchor: End, Class: "v-lab", S: shorten(b.Label, s.Left-10)})
		end := x(0)
		if finite(b.V) {
			end = math.Max(x(b.V), x(0))
			s.Shapes = append(s.Shapes, Rect{X: math.Min(x(b.V), x(0)), W: math.Max(math.Abs(x(b.V)-x(0)), .002), Y: y + (row-thick)/2, H: thick, R: 2, Class: "v-bar " + class(b.Class, "c1")})
		}
		text := Text{X: end, DX: 7, Y: y + 17, Class: "v-val", S: bText(f, b)}
		if end > .5 { // stays within the plot on a phone, where it may touch the bar
			text.X, text.DX, text.Anchor = 1, 0, End
		}
		s.Shapes = append(s.Shapes, text)
		s.Zones = append(s.Zones, Zone{X: 0, W: 1, Y: y, H: row, Label: b.Label, Values: []Value{{f.Title, bText(f, b), class(b.Class, "c1")}}})
		behind := raw(b.V)
		if b.Note != "" {
			behind = nil // the text says more
		}
		t.add([]string{b.Label, bText(f, b)}, f.day(i), behind)
	}
	t.Sheet = f.sheets(2)
	s.Numbers = t
	return s
}

// RowsStacked draws for each label one bar across, made of the series' values; its
// end is the sum. Values below zero and unknown ones are left out of the bar and
// stand in the table.
func RowsStacked(f Frame, labels []string, series []Series) Scene {
	const row, thick = 26.0, 14.0
	s := Scene{Kind: "chart", Title: f.Title, H: row*float64(len(labels)) + 4}
	sums := make([]float64, len(labels))
	most, value := 0.0, 0.0
	for i, l := range labels {
		s.Left = math.Max(s.Left, textWidth(l))
		for _, r := range series {
			if v := at(r.V, i); v > 0 {
				sums[i] += v
			}
		}
		most = math.Max(most, sums[i])
		value = math.Max(value, textWidth(f.format(sums[i])))
	}
	s.Left = math.Min(math.Ceil(s.Left), 170) + 10
	room := math.Max(.45, 1-(value+12)/420) // the rest holds the sum beside the longest bar
	for i, l := range labels {
		y := row * float64(i)
		s.Axis = append(s.Axis, Text{X: s.Left - 8, Y: y + 17, Anchor: End, Class: "v-lab", S: shorten(l, s.Left-10)})
		x := 0.0
		for _, r := range series {
			if v := at(r.V, i); v > 0 {
				w := v / most * room
				s.Shapes = append(s.Shapes, Rect{X: x, W: w, Y: y + (row-thick)/2, H: thick, Class: "v-part " + r.Class})
				x += w
			}
		}
		text := Text{X: x, DX: 7, Y: y + 17, Class: "v-val", S: f.format(sums[i])}
		if x > .5 { // as in Rows
			text.X, text.DX, text.Anchor = 1, 0, End
		}
		s.Shapes = append(s.Shapes, text)
	}
	s.readout(f, labels, series, 0)
	for i := range s.Zones {
		s.Zones[i].X, s.Zones[i].W, s.Zones[i].Y, s.Zones[i].H = 0, 1, row*float64(i), row
	}
	for _, r := range series {
		s.Legend = append(s.Legend, Key{r.Name, r.Class, "square"})
	}
	return s
}

func bText(f Frame, b Bar) string {
	if b.Note != "" {
		return f.format(b.V) + " " + b.Note
	}
	return f.format(b.V)
}

func class(c, other string) string {
	if c == "" {
		return other
	}
	return c
}

// Step is one column of a waterfall: a change, or a total that stands on the
// ground.
type Step struct {
	Label string
	V     float64
	Total bool
	Class string // of the colour; "" shows ok for less, bad for more, and grey for a total
}

// Waterfall leads from one total to another through what changed between. The
// axis may begin above zero; then the totals are cut, which the axis shows. A
// total that does not equal the run so far is drawn as it is given.
func Waterfall(f Frame, steps []Step) Scene {
	s := Scene{Kind: "chart", Title: f.Title, H: f.height(240)}
	run := 0.0
	tops := make([]float64, 0, len(steps)*2)
	type span struct{ from, to float64 }
	spans := make([]span, len(steps))
	for i, st := range steps {
		if st.Total {
			run = st.V
			spans[i] = span{math.NaN(), run}
		} else {
			spans[i] = span{run, run + st.V}
			run += st.V
		}
		tops = append(tops, spans[i].from, spans[i].to)
	}
	lo, hi := extent(tops)
	switch {
	case lo <= 0 && hi >= 0:
	case lo > 0 && (hi-lo) < .35*hi: // far from zero: begin where changes can be seen
		lo -= (hi - lo) * .8
	default:
		lo, hi = math.Min(lo, 0), math.Max(hi, 0)
	}
	const top = 20
	folds := 2
	for _, st := range steps {
		folds = max(folds, len(folded(st.Label, nameRoom(len(steps)))))
	}
	bottom := 12 + 13*float64(folds)
	s.H += bottom - 38
	widest := 0.0
	for _, st := range steps {
		widest = math.Max(widest, textWidth("+"+f.format(st.V)))
	}
	phone := max(1, int(math.Ceil(float64(len(steps))*widest/250))) // of how many values a phone shows one
	sc := s.upright(f, lo, hi, top, bottom, 4)
	ground := math.Max(sc.lo, math.Min(0, sc.hi))
	labels := make([]string, len(steps))
	t := Table{Head: []string{f.First, f.Title}, Num: []bool{false, true}}
	w := 1 / math.Max(1, float64(len(steps)))
	for i, st := range steps {
		labels[i] = st.Label
		g := spans[i]
		if st.Total {
			g.from = ground
		}
		x, a, z := float64(i)*w+w*.17, math.Max(g.from, g.to), math.Min(g.from, g.to)
		c, text := st.Class, f.format(st.V)
		switch {
		case c == "" && st.Total:
			c = "mute"
		case c == "" && st.V > 0:
			c = "bad"
		case c == "":
			c = "ok"
		}
		if !st.Total && st.V > 0 {
			text = "+" + text
		}
		if finite(st.V) {
			s.Shapes = append(s.Shapes, Rect{X: x, W: w * .66, Y: sc.y(a), H: math.Max(1.5, sc.y(z)-sc.y(a)), R: 2, Class: "v-bar " + c})
			if i < len(steps)-1 {
				s.Shapes = append(s.Shapes, Line{X1: x + w*.66, X2: x + w, Y1: sc.y(g.to), Y2: sc.y(g.to), Class: "v-conn"})
			}
			class := "v-val"
			if i%phone != 0 {
				class += " v-odd"
			}
			s.Shapes = append(s.Shapes, Text{X: x + w*.33, Y: sc.y(a) - 5, Anchor: Middle, Class: class, S: text})
		}
		s.Zones = append(s.Zones, Zone{X: float64(i) * w, W: w, H: s.H - bottom, Label: st.Label, Values: []Value{{f.Title, text, c}}})
		t.add([]string{st.Label, text}, nil, raw(st.V))
	}
	t.Sheet = f.sheets(2)
	s.names(labels, s.H-bottom+16)
	s.Numbers = t
	return s
}
