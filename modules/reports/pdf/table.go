package pdf

import (
	"steward/kernel/report"
)

const (
	cell     = 8.2  // size of text in tables
	cellLead = 10.8 // from line to line
	cellPad  = 5.2  // above and below
	cellGap  = 8.5  // between columns
	dotRoom  = 9.0
	cellMost = 12 // lines
)

// table sets rows under a head that is repeated on every page.
func (w *writer) table(t report.Table) {
	if len(t.Rows) == 0 {
		if t.Empty != "" {
			w.paragraph(report.Paragraph{Text: t.Empty})
		}
		return
	}
	cols := w.columns(t)
	heads := make([][]string, len(t.Columns))
	tall := 0
	w.font(cell, false)
	for i, c := range t.Columns {
		heads[i] = w.wrap(c.Title, cols[i], 3)
		tall = max(tall, len(heads[i]))
	}
	headH := float64(tall)*cellLead + 9
	head := func() {
		w.font(cell, false)
		x := left
		for i, c := range t.Columns {
			for k, l := range heads[i] {
				y := w.y + 9 + float64(tall-len(heads[i])+k)*cellLead
				if c.Number {
					w.textRight(x+cols[i], y, l, second)
				} else {
					w.text(x, y, l, second)
				}
			}
			x += cols[i] + cellGap
		}
		w.y += headH
		w.rule(left, left+width, w.y, .9, ink)
	}
	fit := func(row []report.Cell) ([][]string, float64) {
		lines := make([][]string, len(cols))
		tall := 1
		for i := range cols {
			if i >= len(row) {
				continue
			}
			w.font(cell, row[i].Bold)
			room := cols[i]
			if row[i].State != "" {
				room -= dotRoom
			}
			lines[i] = w.wrap(row[i].Text, room+.5, cellMost)
			tall = max(tall, len(lines[i]))
		}
		return lines, float64(tall)*cellLead + 2*cellPad
	}
	_, first := fit(t.Rows[0])
	w.need(headH + max(first, 3*(cellLead+2*cellPad)))
	head()
	for n, row := range t.Rows {
		lines, h := fit(row)
		if w.y+h > bottom {
			w.page()
			head()
		}
		w.row(t, cols, row, lines)
		w.y += h
		c := line1
		if n == len(t.Rows)-1 {
			c = line2
		}
		w.rule(left, left+width, w.y, .6, c)
	}
	w.y += 10
}

func (w *writer) row(t report.Table, cols []float64, row []report.Cell, lines [][]string) {
	x := left
	for i := range cols {
		if i < len(row) {
			c := row[i]
			colour := ink
			if c.Quiet {
				colour = third
			}
			if s, ok := inks[c.State]; ok {
				colour = s
			}
			w.font(cell, c.Bold)
			for k, l := range lines[i] {
				y := w.y + cellPad + 8 + float64(k)*cellLead
				at := x
				if c.State != "" {
					at += dotRoom
					if k == 0 {
						w.p.SetFillColor(fill(c.State).parts())
						w.p.Circle(x+2.6, y-2.9, 2.3, "F")
					}
				}
				if t.Columns[i].Number {
					w.textRight(x+cols[i], y, l, colour)
				} else {
					w.text(at, y, l, colour)
				}
			}
		}
		x += cols[i] + cellGap
	}
}

// columns shares out the width: each column what its widest cell needs, when that
// fits; else columns of numbers what they need and the others the rest, in
// proportion to what they want, words never cut before that.
func (w *writer) columns(t report.Table) []float64 {
	n := len(t.Columns)
	want, least := make([]float64, n), make([]float64, n)
	measure := func(i int, c report.Cell) {
		extra := 0.0
		if c.State != "" {
			extra = dotRoom
		}
		want[i] = max(want[i], w.width(c.Text)+extra+.5)
		word := 0.0
		for _, part := range w.wrap(c.Text, 1e-3+min(w.longestWord(c.Text), 110), longest) {
			word = max(word, w.width(part))
		}
		least[i] = max(least[i], word+extra+.5)
	}
	for i, c := range t.Columns {
		w.font(cell, false)
		measure(i, report.Cell{Text: c.Title})
	}
	for k, row := range t.Rows {
		if k == 400 { // enough to know how wide they are
			break
		}
		for i := range min(n, len(row)) {
			w.font(cell, row[i].Bold)
			measure(i, row[i])
			if t.Columns[i].Number {
				least[i] = max(least[i], w.width(row[i].Text)+.5)
			}
		}
	}
	room := width - cellGap*float64(n-1)
	total, floor := 0.0, 0.0
	for i := range want {
		total, floor = total+want[i], floor+least[i]
	}
	out := make([]float64, n)
	switch {
	case total <= room: // the surplus goes to text, most to what is widest
		texts := 0.0
		for i, c := range t.Columns {
			if !c.Number {
				texts += want[i]
			}
		}
		for i, c := range t.Columns {
			out[i] = want[i]
			if texts == 0 {
				out[i] += (room - total) / float64(n)
			} else if !c.Number {
				out[i] += (room - total) * want[i] / texts
			}
		}
	case floor < room: // words whole, the rest by want
		for i := range out {
			out[i] = least[i] + (room-floor)*(want[i]-least[i])/(total-floor)
		}
	default:
		for i := range out {
			out[i] = least[i] * room / floor
		}
	}
	return out
}

func (w *writer) longestWord(s string) (most float64) {
	from := 0
	for i, r := range s + " " {
		if r == ' ' || r == '\n' {
			if i > from {
				most = max(most, w.width(s[from:i]))
			}
			from = i + 1
		}
	}
	return most
}
