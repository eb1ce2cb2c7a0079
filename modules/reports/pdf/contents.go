package pdf

import (
	"strconv"

	"steward/kernel/report"
)

// contentsLead is from line to line in the list of sections.
const contentsLead = 14.0

// listed are the sections after the summary, which the list of contents names.
func (w *writer) listed() []report.Built {
	if w.doc.Contents == "" || len(w.doc.Sections) < 4 {
		return nil
	}
	return w.doc.Sections[1:]
}

// reserve leaves room below the summary for the list of contents, whose pages are
// not known yet.
func (w *writer) reserve() {
	n := len(w.listed())
	if n == 0 {
		return
	}
	tall := 26 + float64((n+1)/2)*contentsLead
	w.need(tall)
	w.place.page, w.place.y = w.p.PageNo(), w.y
	w.y += tall
}

// contents names the sections with their pages, two beside each other, each a link.
func (w *writer) contents() {
	list := w.listed()
	if len(list) == 0 {
		return
	}
	const gap = 28.0
	const col = (width - gap) / 2
	w.p.SetPage(w.place.page)
	w.font(7, false) // so that the next line sets the font anew on this page
	w.font(9.2, true)
	w.rule(left, left+width, w.place.y+2, .6, line2)
	w.text(left, w.place.y+18, w.doc.Contents, second)
	w.font(9.2, false)
	rows := (len(list) + 1) / 2
	for i, s := range list {
		x := left + float64(i/rows)*(col+gap)
		y := w.place.y + 33 + float64(i%rows)*contentsLead
		page := w.begun[i+1]
		number := strconv.Itoa(page)
		w.text(x, y, w.wrap(s.Title, col-30, 1)[0], ink)
		w.textRight(x+col, y, number, third)
		link := w.p.AddLink()
		w.p.SetLink(link, 0, page)
		w.p.Link(x, y-10, col, contentsLead, link)
	}
	w.p.SetPage(w.p.PageCount())
}
