package infrastructure

import (
	"html/template"

	"steward/kernel/records"
	"steward/kernel/web"
)

// table is a small table in a panel or page.
type table struct {
	Label, Empty string
	Heads        []head
	Rows         [][]web.Cell
}

type head struct {
	Text   string
	Number bool
}

var tableTemplate = web.MustPage[table](files, "pages/table.html")

func (t *table) head(text string) { t.Heads = append(t.Heads, head{Text: text}) }

// number heads a column of numbers.
func (t *table) number(text string) { t.Heads = append(t.Heads, head{text, true}) }

func (t *table) row(cells ...web.Cell) {
	for i := range cells {
		cells[i].Number = i < len(t.Heads) && t.Heads[i].Number
	}
	t.Rows = append(t.Rows, cells)
}

func (t *table) body(r *web.Request) (template.HTML, error) { return tableTemplate.Body(r, *t) }

func plain(s string) web.Cell {
	if s == "" {
		s = web.Unknown
	}
	return web.Cell{Text: s}
}

func optional(o records.Opt[string]) web.Cell { return plain(o.V) }

// mono is a technical text, such as an address.
func mono(s string) web.Cell {
	if s == "" {
		return plain(s)
	}
	return web.Cell{Text: s, Mono: true}
}

// size is a number of bytes.
func size(r *web.Request, o records.Opt[int64]) web.Cell {
	if !o.Set {
		return plain("")
	}
	return plain(r.Lang.Size(o.V))
}

// moment is a relative time with the exact one behind it.
func moment(r *web.Request, m records.Moment) web.Cell {
	return web.Cell{Text: r.Ago(m), Title: r.Moment(m)}
}

// yes says yes, no or unknown.
func yes(r *web.Request, o records.Opt[bool]) web.Cell {
	switch {
	case !o.Set:
		return plain("")
	case o.V:
		return plain(r.T("kernel.web.yes", "Yes"))
	}
	return plain(r.T("kernel.web.no", "No"))
}
