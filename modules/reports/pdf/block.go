package pdf

import (
	"fmt"
	"slices"

	"steward/kernel/report"
)

// block sets one block below the last; next is what follows it.
func (w *writer) block(b, next report.Block) {
	switch b := b.(type) {
	case report.Heading:
		w.need(23 + w.opening(next))
		w.y += 6
		w.font(10, true)
		w.text(left, w.y+9, b.Text, ink)
		w.y += 17
	case report.Paragraph:
		w.paragraph(b)
	case report.Notes:
		w.notes(b)
	case report.Keys:
		w.need(keysTall + min(w.opening(next), 90))
		w.keys(b)
	case report.Table:
		w.table(b)
	case report.Chart:
		w.chart(b)
	case report.Charts:
		w.charts(b)
	}
}

// opening is the height of a block's first piece, which may not be parted from the
// heading over it.
func (w *writer) opening(b report.Block) float64 {
	switch b := b.(type) {
	case report.Heading:
		return 70
	case report.Keys:
		return keysTall + 20
	case report.Table:
		if len(b.Rows) > 0 {
			return 110
		}
	case report.Chart:
		tall, _ := size(b.Scene.Place(paper))
		return tall + 44
	case report.Charts:
		tall := 0.0
		for _, c := range b[:min(2, len(b))] {
			tall = max(tall, c.Scene.H*pairScale+32)
		}
		return tall
	case report.Notes:
		return 90
	}
	return 30
}

// longest is how many lines one piece of text may have.
const longest = 200

func (w *writer) paragraph(b report.Paragraph) {
	size, lead, c := 9.2, 13.6, ink
	switch {
	case b.Lead:
		size, lead = 11, 17.6
	case b.Note:
		size, lead, c = 8.2, 12, third
	}
	w.font(size, false)
	lines := w.wrap(b.Text, width, longest)
	for i, l := range lines {
		if i == 0 && len(lines) > 1 {
			w.need(2 * lead)
		} else {
			w.need(lead)
		}
		w.font(size, false)
		w.text(left, w.y+size, l, c)
		w.y += lead
	}
	w.y += 5
}

// notes sets texts side by side, three in a row.
func (w *writer) notes(b report.Notes) {
	const gap = 17.0
	const across = 3
	for from := 0; from < len(b); from += across {
		row := b[from:min(from+across, len(b))]
		col := (width - gap*float64(across-1)) / across
		tall := 0.0
		texts := make([][][]string, len(row))
		w.font(9.2, false)
		for i, n := range row {
			h := 30.0
			said := n.Lines
			if n.Rest != "" {
				said = append(slices.Clone(said), n.Rest)
			}
			for k, l := range said {
				if n.Numbered && k < len(n.Lines) {
					l = fmt.Sprintf("%d. %s", k+1, l)
				}
				lines := w.wrap(l, col, 8)
				texts[i] = append(texts[i], lines)
				h += float64(len(lines))*13.4 + 3
			}
			tall = max(tall, h)
		}
		w.need(min(tall, bottom-top))
		for i, n := range row {
			x := left + float64(i)*(col+gap)
			w.rule(x, x+col, w.y+2, .6, line2)
			c, ok := inks[n.State]
			if !ok {
				c = accent
			}
			w.font(9.2, true)
			w.text(x, w.y+18, n.Title, c)
			w.font(9.2, false)
			y := w.y + 33
			for _, lines := range texts[i] {
				for _, l := range lines {
					w.text(x, y, l, ink)
					y += 13.4
				}
				y += 3
			}
		}
		w.y += tall + 4
	}
}

// keysTall is the height of a row of numbers side by side.
const keysTall = 54.0

// keys sets numbers side by side, four in a row. A number too wide for its place is
// set smaller, never cut.
func (w *writer) keys(b report.Keys) {
	const gap, across, tall = 14.0, 4, keysTall
	col := (width - gap*float64(across-1)) / across
	for from := 0; from < len(b); from += across {
		w.need(tall)
		for i, k := range b[from:min(from+across, len(b))] {
			x := left + float64(i)*(col+gap)
			w.rule(x, x+col, w.y+2, .6, line2)
			w.font(8, false)
			w.text(x, w.y+14, w.wrap(k.Label, col, 1)[0], third)
			size := 15.0
			for w.font(size, true); size > 6 && w.width(k.Value.Text) > col; w.font(size, true) {
				size -= .5
			}
			w.text(x, w.y+32, w.wrap(k.Value.Text, col+.1, 1)[0], ink)
			w.font(7.6, false)
			c := third
			if s, ok := inks[k.State]; ok {
				c = s
			}
			w.text(x, w.y+44, w.wrap(k.Note, col, 1)[0], c)
		}
		w.y += tall
	}
	w.y += 6
}
