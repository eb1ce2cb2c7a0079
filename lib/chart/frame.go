package chart

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"steward/lib/locale"
)

// Frame is what every chart is told: what it shows, in which language, and how
// its values are written.
type Frame struct {
	Title  string
	Lang   locale.Lang
	H      float64              // height in px; 0 takes the chart's own
	Format func(float64) string // a value in full; nil writes at most two digits
	Tick   func(float64) string // a value under an axis; nil writes it short
	// First is the head of the table's first column: "Month", "Department".
	First string
	// Sheet is the number format of the values in a workbook. Days are the first
	// days of the labels where these are periods, and DaySheet is their format.
	Sheet    string
	Days     []time.Time
	DaySheet string
}

// Money writes values given in whole units of a currency.
func Money(l locale.Lang, currency string) func(float64) string {
	return func(v float64) string { return l.Money(locale.Minor(v, currency), currency) }
}

// Percent writes values that are percentages.
func Percent(l locale.Lang, digits int) func(float64) string {
	return func(v float64) string { return l.PercentOf(v, digits) }
}

// Unit writes values with a unit behind them.
func Unit(l locale.Lang, unit string, digits int) func(float64) string {
	return func(v float64) string { return l.Short(v, digits) + "\u00a0" + unit }
}

func (f Frame) format(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return locale.Unknown
	case f.Format != nil:
		return f.Format(v)
	}
	return f.Lang.Short(v, 2)
}

func (f Frame) tick(v float64) string {
	if f.Tick != nil {
		return f.Tick(v)
	}
	return f.Lang.Compact(v)
}

// day is the first day of a label; nil where it is no period.
func (f Frame) day(i int) any {
	if i < len(f.Days) {
		return f.Days[i]
	}
	return nil
}

// sheets are the formats of a table's columns: the first is of the labels.
func (f Frame) sheets(columns int) []string {
	out := []string{f.DaySheet}
	for len(out) < columns {
		out = append(out, f.Sheet)
	}
	return out
}

func (f Frame) height(own float64) float64 {
	if f.H > 0 {
		return f.H
	}
	return own
}

// textWidth estimates the width of text of 11 px in the page's font.
func textWidth(s string) float64 { return 6.2 * float64(utf8.RuneCountInString(s)) }

// shorten cuts text to what fits into w px.
func shorten(s string, w float64) string {
	n := int(w / 6.2)
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return strings.TrimRight(string(r[:max(n-1, 1)]), " ") + "…"
}

// finite reports whether a value is known.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// extent is the least and greatest known value of all lists; 0 and 0 without any.
func extent(lists ...[]float64) (lo, hi float64) {
	first := true
	for _, l := range lists {
		for _, v := range l {
			switch {
			case !finite(v):
			case first:
				lo, hi, first = v, v, false
			default:
				lo, hi = math.Min(lo, v), math.Max(hi, v)
			}
		}
	}
	return lo, hi
}

// ticks are about n round values that span lo to hi.
func ticks(lo, hi float64, n int) []float64 {
	if !(hi > lo) {
		hi = lo + math.Max(1, math.Abs(lo)*.1)
	}
	raw := (hi - lo) / float64(n)
	mag := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * mag
	for _, m := range []float64{1, 2, 2.5, 5} {
		if m*mag >= raw*(1-1e-9) {
			step = m * mag
			break
		}
	}
	from, to := math.Floor(lo/step+1e-9), math.Ceil(hi/step-1e-9)
	out := make([]float64, 0, n+3)
	for i := from; i <= to && len(out) < 50; i++ {
		out = append(out, i*step) // multiplied, not added up: no drift
	}
	return out
}

// scale maps values onto the plot's height.
type scale struct{ lo, hi, top, h float64 }

func (s scale) y(v float64) float64 {
	if s.hi == s.lo {
		return s.top + s.h
	}
	return s.top + s.h - (v-s.lo)/(s.hi-s.lo)*s.h
}

// upright draws the value axis with its grid and returns the scale.
func (s *Scene) upright(f Frame, lo, hi, top, bottom float64, n int) scale {
	t := ticks(lo, hi, n)
	sc := scale{t[0], t[len(t)-1], top, s.H - top - bottom}
	left := 0.0
	for _, v := range t {
		left = math.Max(left, textWidth(f.tick(v)))
	}
	s.Left = math.Ceil(left) + 8
	for i, v := range t {
		class := "v-grid"
		switch {
		case v == 0:
			class = "v-zero"
		case i == 0:
			class = "v-axis"
		}
		s.Axis = append(s.Axis, Text{X: s.Left - 6, Y: sc.y(v) + 4, Anchor: End, S: f.tick(v)})
		s.Shapes = append(s.Shapes, Line{X1: 0, X2: 1, Y1: sc.y(v), Y2: sc.y(v), Class: class})
	}
	return sc
}

// deskRoom is the width in px that a plot has at least on a desk: the main column of a
// record at 1280 px, in the widest language.
const deskRoom = 560.0

// below writes labels under the plot, as many as a desk shows without
// touching; those a phone has no room for are v-odd, which it hides.
func (s *Scene) below(labels []string, y float64) {
	n := len(labels)
	if n == 0 {
		return
	}
	widest := 0.0
	for _, l := range labels {
		widest = math.Max(widest, textWidth(l))
	}
	widest = math.Min(widest, 130)
	need := widest + 10
	step := max(1, int(math.Ceil(float64(n)*need/deskRoom)))
	phone := max(1, int(math.Ceil(float64(n)*need/260)))
	phone = (phone + step - 1) / step * step
	taken := math.Inf(-1) // to where the plot's width is written on, on a desk
	for i := 0; i < n; i += step {
		class := ""
		if i%phone != 0 {
			class = "v-odd"
		}
		label := Text{X: (float64(i) + .5) / float64(n), Y: y, Anchor: Middle, Class: class, S: shorten(labels[i], math.Max(widest, 40))}
		room, next := deskRoom, float64(step)/float64(n)
		if class == "" {
			room, next = 260, float64(phone)/float64(n)
		}
		// At the edges a label leans inwards; one that would touch its neighbour there on
		// a phone is for a desk alone.
		w := textWidth(label.S) / room
		if near := math.Min(label.X, 1-label.X); class == "" && near < w/2 && near+next < 1.5*w {
			class, label.Class = "v-odd", "v-odd"
			w = textWidth(label.S) / deskRoom
		}
		if label.X < w/2 {
			label.X, label.Anchor = 0, Start
		} else if label.X > 1-w/2 {
			label.X, label.Anchor = 1, End
		}
		// On a desk the one between two that a phone shows gives way where they touch.
		from := label.X - textWidth(label.S)/deskRoom*map[Anchor]float64{Middle: .5, End: 1}[label.Anchor]
		if from < taken+4/deskRoom {
			if class != "" {
				continue
			}
			if last := len(s.Shapes) - 1; last >= 0 {
				if before, ok := s.Shapes[last].(Text); ok && before.Class == "v-odd" && before.Y == y {
					s.Shapes = s.Shapes[:last]
				}
			}
		}
		taken = from + textWidth(label.S)/deskRoom
		s.Shapes = append(s.Shapes, label)
	}
}

// names writes a name under each column, on several lines where one is too narrow: what
// a column stands for cannot be guessed from its neighbours, as a month can. A phone
// shows as many as it has room for; all stand in the table.
func (s *Scene) names(labels []string, y float64) {
	n := float64(len(labels))
	room := nameRoom(len(labels))
	widest := 0.0
	lines := make([][]string, len(labels))
	for i, l := range labels {
		lines[i] = folded(l, room)
		for _, line := range lines[i] {
			widest = math.Max(widest, textWidth(line))
		}
	}
	phone := max(1, int(math.Ceil(n*(widest+6)/260)))
	for i, ls := range lines {
		class := ""
		if i%phone != 0 {
			class = "v-odd"
		}
		for k, line := range ls {
			s.Shapes = append(s.Shapes, Text{X: (float64(i) + .5) / n, Y: y + 13*float64(k), Anchor: Middle, Class: class, S: line})
		}
	}
}

// nameRoom is how wide a name under one of n columns may be.
func nameRoom(n int) float64 { return deskRoom/math.Max(float64(n), 1) - 6 }

// mostFolds is how many lines a name under a column has at most.
const mostFolds = 4

// folded breaks a name into lines of w px: between words, and a word that is too wide
// alone within it.
func folded(s string, w float64) (lines []string) {
	line := ""
	add := func(word string) {
		if line != "" && textWidth(line+" "+word) > w {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	for _, word := range strings.Fields(s) {
		for textWidth(word) > w {
			head, tail, ok := hyphened(word, w)
			if !ok {
				break
			}
			add(head + "-")
			word = tail
		}
		add(word)
	}
	lines = append(lines, line)
	if len(lines) > mostFolds {
		lines = append(lines[:mostFolds-1], strings.Join(lines[mostFolds-1:], " "))
	}
	for i := range lines {
		lines[i] = shorten(lines[i], w)
	}
	return lines
}

// hyphened breaks a word before a consonant that a vowel follows, as syllables of the
// five languages begin, nearest to its middle where the first part fits into w px.
func hyphened(word string, w float64) (head, tail string, ok bool) {
	r := []rune(word)
	vowel := func(c rune) bool {
		return strings.ContainsRune("aeiouyäöüåáéíóőúűąęAEIOUYÄÖÜÅÁÉÍÓŐÚŰ", c)
	}
	best := -1
	for i := 2; i < len(r)-2; i++ {
		far := func(k int) int { return max(2*k-len(r), len(r)-2*k) }
		if !vowel(r[i]) && vowel(r[i+1]) && textWidth(string(r[:i])+"-") <= w && (best < 0 || far(i) < far(best)) {
			best = i
		}
	}
	if best < 0 {
		return "", "", false
	}
	return string(r[:best]), string(r[best:]), true
}

func at(v []float64, i int) float64 {
	if i < len(v) {
		return v[i]
	}
	return math.NaN()
}
