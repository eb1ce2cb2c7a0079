package chart

import (
	"time"

	"steward/lib/locale"
)

// Task is a row of a Gantt chart. A milestone starts and ends on one day.
type Task struct {
	ID, Name, Owner  string
	Class            string  // state of the bar: ok, warn, bad, mute, c1
	Start, End       string  // days, the end included
	Baseline         string  // planned end; a later End shows the slip
	Done             float64 // 0 to 1
	Group, Milestone bool
	Critical         bool
	After            []string // ids of what must be finished before
}

// RowH and HeadH let the list beside the chart keep its rows in line.
const RowH, HeadH = 36.0, 44.0

// Gantt draws tasks between two days, months above, quarters above these, with
// what must be finished before as arrows, the slip against the baseline, and
// today. Days that do not exist leave their row empty.
func Gantt(f Frame, from, to, today, todayName string, tasks []Task) Scene {
	s := Scene{Kind: "gantt", Title: f.Title, H: HeadH + RowH*float64(len(tasks))}
	a, errA := time.Parse(time.DateOnly, from)
	b, errB := time.Parse(time.DateOnly, to)
	if errA != nil || errB != nil || !b.After(a) {
		return s
	}
	span := b.Sub(a).Hours()/24 + 1
	x := func(day string, after float64) (float64, bool) {
		t, err := time.Parse(time.DateOnly, day)
		if err != nil {
			return 0, false
		}
		v := (t.Sub(a).Hours()/24 + after) / span
		return max(0, min(1, v)), true
	}
	for i, t := range tasks {
		y := HeadH + RowH*float64(i)
		if t.Group {
			s.Shapes = append(s.Shapes, Rect{W: 1, Y: y, H: RowH, Class: "v-group"})
		}
		s.Shapes = append(s.Shapes, Line{X2: 1, Y1: y, Y2: y, Class: "v-grid"})
	}
	s.months(f.Lang, a, b, x)
	row := map[string]int{}
	for i, t := range tasks {
		row[t.ID] = i
	}
	for i, t := range tasks {
		for _, before := range t.After {
			j, ok := row[before]
			if !ok {
				continue
			}
			x1, ok1 := x(tasks[j].End, 1)
			x2, ok2 := x(t.Start, 0)
			if !ok1 || !ok2 {
				continue
			}
			y1, y2 := HeadH+RowH*(float64(j)+.5), HeadH+RowH*(float64(i)+.5)
			mid := x1 + .0035
			if x2-x1 > .01 {
				mid = x1 + (x2-x1)/2
			}
			class := "v-dep"
			if t.Critical && tasks[j].Critical {
				class += " v-crit"
			}
			s.Shapes = append(s.Shapes,
				Line{X1: x1, X2: mid, Y1: y1, Y2: y1, Class: class}, Line{X1: mid, X2: mid, Y1: y1, Y2: y2, Class: class},
				Line{X1: mid, X2: x2, Y1: y2, Y2: y2, Class: class}, Glyph{X: x2, Y: y2, Size: 5, Shape: "arrow", Class: "v-depah"})
		}
	}
	s.Numbers = Table{Head: []string{f.First, "⊢", "⊣", "%", ""}, Num: []bool{false, true, true, true, false}, Sheet: []string{"", f.Lang.SheetDay(), f.Lang.SheetDay(), f.Lang.SheetPercent(0), ""}}
	for i, t := range tasks {
		s.task(f.Lang, t, HeadH+RowH*float64(i), x)
	}
	if v, ok := x(today, .5); ok && v > 0 && v < 1 {
		s.Shapes = append(s.Shapes, Line{X1: v, X2: v, Y1: 4, Y2: s.H, Class: "v-now"},
			Text{X: v, DX: 5, Y: 12, Class: "v-nowt", S: todayName})
	}
	return s
}

func (s *Scene) months(l locale.Lang, a, b time.Time, x func(string, float64) (float64, bool)) {
	for m := time.Date(a.Year(), a.Month(), 1, 0, 0, 0, 0, time.UTC); !m.After(b); m = m.AddDate(0, 1, 0) {
		v, _ := x(m.Format(time.DateOnly), 0)
		quarter := (int(m.Month())-1)%3 == 0
		line := Line{X1: v, X2: v, Y1: 24, Y2: s.H, Class: "v-grid"}
		if quarter {
			line.Y1, line.Class = 0, "v-grid v-strong"
			s.Shapes = append(s.Shapes, Text{X: v, Y: 16, DX: 6, Class: "v-head", S: l.Quarter(m)})
		}
		s.Shapes = append(s.Shapes, line, Text{X: v, Y: 36, DX: 6, S: l.MonthAxis(m.Month())})
	}
}

func (s *Scene) task(l locale.Lang, t Task, y float64, x func(string, float64) (float64, bool)) {
	done := l.Percent(t.Done, 0)
	s.Numbers.add([]string{t.Name, l.Day(t.Start, locale.Medium), l.Day(t.End, locale.Medium), done, t.Owner}, nil, rawDay(t.Start), rawDay(t.End), raw(t.Done*100), nil)
	x1, ok1 := x(t.Start, 0)
	x2, ok2 := x(t.End, 1)
	if !ok1 || !ok2 {
		return
	}
	c := class(t.Class, "c1")
	if t.Milestone {
		s.Shapes = append(s.Shapes, Glyph{X: x1, Y: y + RowH/2, Size: 7, Shape: "diamond", Class: "v-dot " + c},
			Text{X: x1, DX: 13, Y: y + RowH/2 + 4, Class: "v-lab", S: l.Day(t.Start, locale.DayMonth)})
	} else {
		h := 16.0
		if t.Group {
			h = 8
		}
		top := y + (RowH-h)/2
		bar := Rect{X: x1, W: max(x2-x1, .002), Y: top, H: h, R: 4, Class: "v-task " + c}
		if t.Critical && !t.Group {
			bar.Class += " v-crit"
		}
		s.Shapes = append(s.Shapes, bar)
		if t.Done > 0 {
			s.Shapes = append(s.Shapes, Rect{X: x1, W: bar.W * min(t.Done, 1), Y: top, H: h, R: 4, Class: "v-bar " + c})
		}
		if p, ok := x(t.Baseline, 1); ok && p < x2 {
			s.Shapes = append(s.Shapes, Rect{X: p, W: x2 - p, Y: top - 2, H: h + 4, R: 4, Class: "v-slip"})
		}
	}
	values := []Value{{l.Day(t.Start, locale.Medium) + " – " + l.Day(t.End, locale.Medium), done, c}}
	if t.Owner != "" {
		values = append(values, Value{t.Owner, "", ""})
	}
	s.Zones = append(s.Zones, Zone{W: 1, Y: y, H: RowH, Label: t.Name, Values: values})
}

// rawDay is a day for Table.Raw.
func rawDay(iso string) any {
	t, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return nil
	}
	return t
}
