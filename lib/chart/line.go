package chart

import "math"

// Series is one run of values over the labels; NaN where unknown.
type Series struct {
	Name  string
	Class string // c1–c6 or a state
	V     []float64
	Area  bool // filled to the baseline
	Dash  bool // planned, not measured
	Bars  bool // columns instead of a line
	// Low and High bound an interval around V, drawn as a band; LowWide and
	// HighWide a wider one: the fan of a forecast.
	Low, High, LowWide, HighWide []float64
}

// Over says what a line chart holds beside its series.
type Over struct {
	Goal     float64 // a level to reach, when GoalName is set
	GoalName string
	Now      int    // index from which values are forecast; 0 for none
	NowName  string // "today"
	Tight    bool   // the axis need not begin at zero
	Band     string // the band's name in the legend: "80 % interval"
	Wide     string // the wider band's
}

// Lines draws series over labels: time, most often.
func Lines(f Frame, labels []string, series []Series, o Over) Scene {
	s := Scene{Kind: "chart", Title: f.Title, H: f.height(220)}
	var all [][]float64
	for _, r := range series {
		all = append(all, r.V, r.Low, r.High, r.LowWide, r.HighWide)
	}
	if o.GoalName != "" {
		all = append(all, []float64{o.Goal})
	}
	lo, hi := extent(all...)
	if !o.Tight {
		lo, hi = math.Min(lo, 0), math.Max(hi, 0)
	}
	const top, bottom = 10, 24
	sc := s.upright(f, lo, hi, top, bottom, 5)
	s.below(labels, s.H-6)
	n := math.Max(1, float64(len(labels)))
	x := func(i int) float64 { return (float64(i) + .5) / n }
	base := sc.y(math.Max(sc.lo, math.Min(0, sc.hi)))
	// what is wide lies under what is thin
	bars := 0
	for _, r := range series {
		if r.Bars {
			bars++
		}
	}
	k := 0
	for _, r := range series {
		if !r.Bars {
			continue
		}
		w := .62 / n / float64(bars)
		for i, v := range r.V {
			if finite(v) && i < len(labels) {
				y := sc.y(v)
				s.Shapes = append(s.Shapes, Rect{X: x(i) - .31/n + float64(k)*w, W: w, Y: math.Min(y, base), H: math.Abs(base - y), R: 1.5, Class: "v-bar " + r.Class})
			}
		}
		k++
	}
	for _, r := range series {
		s.band(r.LowWide, r.HighWide, sc, x, "v-band v-wide "+r.Class)
		s.band(r.Low, r.High, sc, x, "v-band "+r.Class)
	}
	for _, r := range series {
		if r.Bars {
			continue
		}
		for _, run := range runs(r.V) {
			var p []Point
			for i := run[0]; i < run[1]; i++ {
				p = append(p, Point{x(i), sc.y(r.V[i])})
			}
			if r.Area {
				area := append(append([]Point{{p[0].X, base}}, p...), Point{p[len(p)-1].X, base})
				s.Shapes = append(s.Shapes, Poly{Points: area, Closed: true, Class: "v-ar " + r.Class})
			}
			s.strokes(p, run[0], r, o)
		}
	}
	for _, r := range series { // a value alone between gaps is a dot, else it would not show
		for _, run := range runs(r.V) {
			if !r.Bars && run[1]-run[0] == 1 {
				s.Shapes = append(s.Shapes, Dot{X: x(run[0]), Y: sc.y(r.V[run[0]]), R: 2.5, Class: "v-dot " + r.Class})
			}
		}
	}
	if o.GoalName != "" {
		s.Shapes = append(s.Shapes, Line{X1: 0, X2: 1, Y1: sc.y(o.Goal), Y2: sc.y(o.Goal), Class: "v-goal"},
			Text{X: 1, DX: -4, Y: sc.y(o.Goal) - 4, Anchor: End, Class: "v-lab", S: o.GoalName + " " + f.tick(o.Goal)})
	}
	if o.Now > 0 && o.Now < len(labels) {
		s.Shapes = append(s.Shapes, Line{X1: x(o.Now) - .5/n, X2: x(o.Now) - .5/n, Y1: top, Y2: s.H - bottom, Class: "v-now"})
		if o.NowName != "" {
			s.Shapes = append(s.Shapes, Text{X: x(o.Now) - .5/n, DX: 4, Y: top + 8, Class: "v-lab", S: o.NowName})
		}
	}
	s.readout(f, labels, series, s.H-bottom)
	s.legend(series, o)
	return s
}

// strokes draws a run's line; what is forecast is dashed.
func (s *Scene) strokes(p []Point, from int, r Series, o Over) {
	if len(p) < 2 {
		return
	}
	class := "v-ln " + r.Class
	if r.Dash {
		s.Shapes = append(s.Shapes, Poly{Points: p, Class: class + " v-dash"})
		return
	}
	cut := o.Now - 1 - from // index in p of the last measured value
	if o.Now <= 0 || cut >= len(p)-1 {
		s.Shapes = append(s.Shapes, Poly{Points: p, Class: class})
		return
	}
	if cut > 0 {
		s.Shapes = append(s.Shapes, Poly{Points: p[:cut+1], Class: class})
	}
	s.Shapes = append(s.Shapes, Poly{Points: p[max(cut, 0):], Class: class + " v-dash"})
}

func (s *Scene) band(low, high []float64, sc scale, x func(int) float64, class string) {
	both := make([]float64, min(len(low), len(high)))
	for i := range both {
		both[i] = low[i] + high[i] // unknown where either is
	}
	for _, run := range runs(both) {
		if run[1]-run[0] < 2 {
			continue
		}
		var p []Point
		for i := run[0]; i < run[1]; i++ {
			p = append(p, Point{x(i), sc.y(high[i])})
		}
		for i := run[1] - 1; i >= run[0]; i-- {
			p = append(p, Point{x(i), sc.y(low[i])})
		}
		s.Shapes = append(s.Shapes, Poly{Points: p, Closed: true, Class: class})
	}
}

// runs are the stretches of known values, as from and to (exclusive).
func runs(v []float64) [][2]int {
	var out [][2]int
	for i := 0; i < len(v); i++ {
		if !finite(v[i]) {
			continue
		}
		j := i
		for j < len(v) && finite(v[j]) {
			j++
		}
		out = append(out, [2]int{i, j})
		i = j
	}
	return out
}

// readout makes the zones and the table from the series.
func (s *Scene) readout(f Frame, labels []string, series []Series, h float64) {
	n := float64(len(labels))
	t := Table{Head: []string{f.First}, Num: []bool{false}}
	for _, r := range series {
		t.Head, t.Num = append(t.Head, r.Name), append(t.Num, true)
		if r.Low != nil && r.High != nil {
			t.Head, t.Num = append(t.Head, r.Name+" (–)", r.Name+" (+)"), append(t.Num, true, true)
		}
	}
	for i, l := range labels {
		z := Zone{X: float64(i) / n, W: 1 / n, H: h, Label: l}
		row, values := []string{l}, []any{f.day(i)}
		for _, r := range series {
			v := f.format(at(r.V, i))
			row, values = append(row, v), append(values, raw(at(r.V, i)))
			if finite(at(r.V, i)) {
				shown := v
				if lo, hi := at(r.Low, i), at(r.High, i); finite(lo) && finite(hi) {
					shown += " (" + f.format(lo) + " – " + f.format(hi) + ")"
				}
				z.Values = append(z.Values, Value{r.Name, shown, r.Class})
			}
			if r.Low != nil && r.High != nil {
				row, values = append(row, f.format(at(r.Low, i)), f.format(at(r.High, i))), append(values, raw(at(r.Low, i)), raw(at(r.High, i)))
			}
		}
		s.Zones = append(s.Zones, z)
		t.add(row, values...)
	}
	t.Sheet = f.sheets(len(t.Head))
	s.Numbers = t
}

func (s *Scene) legend(series []Series, o Over) {
	for _, r := range series {
		kind := ""
		switch {
		case r.Dash:
			kind = "dash"
		case r.Bars:
			kind = "square"
		}
		s.Legend = append(s.Legend, Key{r.Name, r.Class, kind})
	}
	for _, r := range series {
		if r.Low != nil && o.Band != "" {
			s.Legend = append(s.Legend, Key{o.Band, r.Class, "band"})
		}
		if r.LowWide != nil && o.Wide != "" {
			s.Legend = append(s.Legend, Key{o.Wide, r.Class, "band"})
		}
	}
}
