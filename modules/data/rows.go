package data

import (
	"net/http"
	"strconv"

	"steward/engine/cube"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/web"
)

// cellsAtOnce bounds how much of a source a page shows, so that it stays light.
const cellsAtOnce = 1100

type rowsPage struct {
	Name, Explore, Back, Next, Shown string
	Stale                            string
	Chips                            []chip
	Head                             []string
	Rows                             [][]string
}

var rowsTemplate = web.MustPage[rowsPage](embedded, "pages/rows.html")

// showRows shows the rows that a number is made of: those of the exploration in the
// address, as far as they exist for the reader.
func showRows(w http.ResponseWriter, r *web.Request) error {
	m, q, cols, err := askedOf(r)
	if err != nil {
		return err
	}
	skip := 0
	if v := r.URL.Query().Get("skip"); v != "" {
		if skip, err = strconv.Atoi(v); err != nil || skip < 0 || skip > 1e9 {
			return fail.Named("skip", "data.rows.skip", "Say with a whole number from which row on.")
		}
	}
	atOnce := min(100, max(10, cellsAtOnce/(len(cols)+1)))
	a, err := ask(r.Context(), r.View, m, question{Where: q.where, From: q.from, To: q.to, rows: atOnce, skip: skip})
	if err != nil {
		return err
	}
	p := rowsPage{Name: m.Name, Explore: q.address()}
	if a.Condition != Fresh {
		p.Stale = r.Tell(a.Why)
	}
	for i := range q.where {
		p.Chips = append(p.Chips, chip{Text: q.where[i]})
	}
	if q.from != "" || q.to != "" {
		p.Chips = append(p.Chips, chip{Text: r.Day(records.Date(q.from)) + " – " + r.Day(records.Date(q.to))})
	}
	for _, c := range a.listed.columns {
		p.Head = append(p.Head, c.Name)
	}
	for _, row := range a.listed.rows {
		line := make([]string, len(row))
		for i, v := range row {
			line[i] = cellText(r, v)
		}
		p.Rows = append(p.Rows, line)
	}
	p.Shown = r.T("data.rows.none", "no rows")
	if n := len(a.listed.rows); n > 0 {
		p.Shown = r.T("data.rows.shown", "rows {from} to {to} of {all}", "from", skip+1, "to", skip+n, "all", a.listed.all)
	}
	page := func(from int) string {
		at := q
		at.skip = from
		return at.rows()
	}
	if skip > 0 {
		p.Back = page(max(0, skip-atOnce))
	}
	if int64(skip+len(a.listed.rows)) < a.listed.all {
		p.Next = page(skip + atOnce)
	}
	return rowsTemplate.Show(w, r, web.Shell{Title: m.Name, Crumbs: []web.Crumb{{Title: r.Plural(Metrics.Def()), Href: Metrics.Def().Path("")}, {Title: m.Name, Href: p.Explore}}}, p)
}

// listing are rows of a source.
type listing struct {
	columns []cube.Column
	rows    [][]cube.Value
	all     int64
}

// cellText writes a source's value for the reader.
func cellText(r *web.Request, v cube.Value) string {
	switch {
	case v.Null:
		return web.Unknown
	case v.Kind == cube.Date:
		return r.Day(records.Date(v.String()))
	case v.Kind == cube.Decimal:
		return r.Lang.Decimal(v.Int, v.Scale, 0)
	case v.Kind == cube.Bool && v.Int != 0:
		return r.T("kernel.web.yes", "Yes")
	case v.Kind == cube.Bool:
		return r.T("kernel.web.no", "No")
	case v.Kind == cube.Text:
		return clip(v.Text)
	}
	return v.String() // numbers that name things are not grouped
}
