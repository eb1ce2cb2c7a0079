package pdf

import (
	_ "embed"
	"fmt"
	"io"
	"strings"
	"unicode"

	"codeberg.org/go-pdf/fpdf"

	"steward/kernel/report"
)

var (
	//go:embed fonts/inter-400.ttf
	regular []byte
	//go:embed fonts/inter-600.ttf
	semibold []byte
)

// A4 in points, and what stays free around the text.
const (
	pageW, pageH = 595.28, 841.89
	left         = 42.5
	top          = 48.0
	bottom       = pageH - 58
	width        = pageW - 2*left
)

// writer sets one document.
type writer struct {
	p   *fpdf.Fpdf
	doc *report.Document
	y   float64 // where the next line begins
	// begun is the page on which each section begins; place is where the list of
	// them stands.
	begun []int
	place struct {
		page int
		y    float64
	}
}

// Write sets a document.
func Write(out io.Writer, doc *report.Document) error {
	p := fpdf.New("P", "pt", "A4", "")
	p.SetCatalogSort(true)
	p.SetCreationDate(doc.At.UTC())
	p.SetModificationDate(doc.At.UTC())
	p.SetProducer(doc.Producer, true)
	p.SetTitle(known(doc.Organisation+" · "+doc.Title+" · "+doc.Period), true)
	p.SetAuthor(known(doc.Organisation), true)
	p.SetLang(string(doc.Lang))
	p.SetAutoPageBreak(false, 0)
	p.SetMargins(0, 0, 0)
	p.AddUTF8FontFromBytes("inter", "", regular)
	p.AddUTF8FontFromBytes("inter", "B", semibold)
	w := &writer{p: p, doc: doc}
	w.page()
	w.head()
	for i, s := range doc.Sections {
		w.section(s)
		if i == 0 {
			w.reserve()
		}
	}
	w.feet()
	w.contents()
	if err := p.Error(); err != nil {
		return fmt.Errorf("set the report: %w", err)
	}
	return p.Output(out)
}

// page begins a new page.
func (w *writer) page() {
	w.p.AddPage()
	w.y = top
}

// need begins a new page unless h points are left on this one.
func (w *writer) need(h float64) {
	if w.y+h > bottom && w.y > top {
		w.page()
	}
}

// font sets size and weight for what is measured and written next.
func (w *writer) font(size float64, bold bool) {
	style := ""
	if bold {
		style = "B"
	}
	w.p.SetFont("inter", style, size)
}

// text writes one line at a position in a colour.
func (w *writer) text(x, y float64, s string, c rgb) {
	w.p.SetTextColor(c.parts())
	w.p.Text(x, y, known(s))
}

// textRight writes one line that ends at x.
func (w *writer) textRight(x, y float64, s string, c rgb) { w.text(x-w.width(s), y, s, c) }

func (w *writer) width(s string) float64 { return w.p.GetStringWidth(known(s)) }

// rule draws a line across.
func (w *writer) rule(x1, x2, y, thick float64, c rgb) {
	w.p.SetDrawColor(c.parts())
	w.p.SetLineWidth(thick)
	w.p.Line(x1, y, x2, y)
}

// known replaces what the fonts have no picture for.
func known(s string) string {
	s = strings.ToValidUTF8(s, "?")
	clean := func(r rune) bool { return r <= 0xffff && unicode.Is(covered, r) }
	if strings.IndexFunc(s, func(r rune) bool { return !clean(r) }) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case clean(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r):
			return -1
		}
		return '?'
	}, s)
}

// wrap breaks text into lines of at most room points, at spaces where it can.
// most bounds the lines; what is cut ends in an ellipsis.
func (w *writer) wrap(s string, room float64, most int) []string {
	var out []string
	for _, par := range strings.Split(s, "\n") {
		par, line := known(par), ""
		for _, word := range strings.FieldsFunc(par, func(r rune) bool { return r == ' ' || r == '\t' }) {
			next := word
			if line != "" {
				next = line + " " + word
			}
			if w.width(next) <= room {
				line = next
				continue
			}
			if line != "" {
				out = append(out, line)
			}
			line = word
			for w.width(line) > room { // a word longer than the line
				n := 1
				runes := []rune(line)
				for n < len(runes) && w.width(string(runes[:n+1])) <= room {
					n++
				}
				if n == len(runes) {
					break
				}
				out, line = append(out, string(runes[:n])), string(runes[n:])
				if len(out) > most {
					break
				}
			}
		}
		out = append(out, line)
		if len(out) > most {
			break
		}
	}
	if len(out) > most {
		out = out[:most]
		last := []rune(out[most-1])
		for len(last) > 0 && w.width(string(last)+"…") > room {
			last = last[:len(last)-1]
		}
		out[most-1] = strings.TrimRight(string(last), " ") + "…"
	}
	return out
}

// head is the first page's: whose report, of which month, for whom.
func (w *writer) head() {
	d := w.doc
	w.font(9.2, true)
	w.text(left, w.y+6, d.Organisation, accent)
	w.font(24, true)
	w.text(left, w.y+37, d.Title, ink)
	w.font(14, false)
	w.text(left, w.y+57, d.Period, second)
	w.font(9.2, false)
	names, values := 0.0, 0.0
	for _, f := range d.Facts {
		names, values = max(names, w.width(f[0])), max(values, w.width(f[1]))
	}
	values = min(values, 230)
	x := left + width - values
	for i, f := range d.Facts {
		y := w.y + 11 + float64(i)*15.6
		w.text(x-12-names, y, f[0], third)
		w.text(x, y, w.wrap(f[1], values+1, 1)[0], ink)
	}
	w.y += max(72, 14+float64(len(d.Facts))*15.6)
	w.rule(left, left+width, w.y, 1.2, ink)
	w.y += 10
}

// feet writes the foot of every page once their number is known.
func (w *writer) feet() {
	n := w.p.PageCount()
	for i := 1; i <= n; i++ {
		w.p.SetPage(i)
		w.font(7, true) // so that the next line sets the font anew on this page
		w.font(8.2, false)
		w.text(left, pageH-25, w.doc.Foot, third)
		w.textRight(left+width, pageH-25, fmt.Sprintf("%d / %d", i, n), third)
	}
}

// section sets one section with its title and bookmark.
func (w *writer) section(s report.Built) {
	if s.Fresh && w.y > top {
		w.page()
	}
	first := 30.0
	if len(s.Blocks) > 0 {
		first = w.opening(s.Blocks[0])
		if _, ok := s.Blocks[0].(report.Heading); ok && len(s.Blocks) > 1 {
			first = 23 + w.opening(s.Blocks[1])
		}
	}
	w.need(max(90, 38+first))
	if w.y > top {
		w.y += 14
	}
	w.p.Bookmark(known(s.Title), 0, w.y)
	w.begun = append(w.begun, w.p.PageNo())
	w.font(12.6, true)
	w.text(left, w.y+11, s.Title, ink)
	w.y += 24
	for i, b := range s.Blocks {
		var next report.Block
		if i+1 < len(s.Blocks) {
			next = s.Blocks[i+1]
		}
		w.block(b, next)
	}
}
