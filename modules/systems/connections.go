package systems

import (
	"html/template"
	"strings"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/web"
)

// mostConnections is how many of each kind a system's page lists; the rest is
// behind the list's address.
const mostConnections = 12

// connections are what a system is made of, what it needs and what needs it.
type connections struct{ Groups []connectionGroup }

type connectionGroup struct {
	Title, Empty string
	Rows         []connectionRow
	All          string // the list, when there are more than these
	Add          string
}

// connectionRow names what stands at the other end, and opens the record that says so.
type connectionRow struct {
	Name, Href string
	Sub        string
	Edit       string // the dependency itself; "" when Href is it
	Note       template.HTML
}

var connectionsTemplate = web.MustPage[connections](files, "pages/connections.html")

// connectionsPanel lists by name, kind and consequence what the drawing shows.
func connectionsPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	may, err := Systems.Def().May(r.View, access.Edit, rec.V)
	if err != nil {
		return nil, err
	}
	parts, needs := Components.Def(), Dependencies.Def()
	me := string(records.MakeRef(systemType, rec.ID()))
	groups := []struct {
		connectionGroup
		def    *records.Def
		field  string
		value  string
		end    string // the field with what stands at the other end; "" the record itself
		marked string // the field shown below as a label; "" none
	}{
		{connectionGroup{Title: r.T("systems.connections.parts", "Made of"), Empty: r.T("systems.connections.no-parts", "No component is recorded yet.")}, parts, "system", rec.ID(), "", ""},
		{connectionGroup{Title: r.T("systems.connections.needs", "Needs"), Empty: r.T("systems.connections.no-needs", "Nothing else is recorded that it needs.")}, needs, "system", rec.ID(), "needs", "effect"},
		{connectionGroup{Title: r.T("systems.connections.needed", "Needed by"), Empty: r.T("systems.connections.no-needed", "No other system is recorded to need it.")}, needs, "needs", me, "system", "effect"},
	}
	var view connections
	for _, g := range groups {
		where := []records.Cond{{Field: g.field, Op: records.OpIs, Value: g.value}}
		page, err := g.def.List(r.View, records.Query{Where: where, Limit: mostConnections})
		if err != nil {
			return nil, err
		}
		labels, err := r.LabelsOf(page.Rows, g.def.Fields)
		if err != nil {
			return nil, err
		}
		for _, row := range page.Rows {
			cell := func(name string) web.Cell {
				f := g.def.Field(name)
				return r.Cell(g.def, f, row.Value(f), labels)
			}
			c := connectionRow{Name: row.Title(), Href: row.Path()}
			if g.marked != "" {
				c.Note = cell(g.marked).HTML()
			}
			if g.end != "" {
				end := cell(g.end)
				c.Sub, c.Edit = row.Title()+" · "+cell("kind").Text, row.Path()
				c.Name, c.Href = end.Text, end.Href
			} else {
				c.Sub = partSub(r, cell("kind"), cell("runs_on"), cell("redundancy"), cell("at_least"))
			}
			g.Rows = append(g.Rows, c)
		}
		if page.Next != "" {
			g.All = g.def.Path("") + "?" + g.field + "=" + template.URLQueryEscaper(g.value)
		}
		if may && g.field == "system" {
			g.Add = g.def.Path("new") + "?system=" + rec.ID() + "&back=" + template.URLQueryEscaper(rec.Path())
		}
		view.Groups = append(view.Groups, g.connectionGroup)
	}
	body, err := connectionsTemplate.Body(r, view)
	return &web.PanelView{ID: "connections", Title: r.T("systems.connections.title", "Parts and connections"), Body: body, Instead: []records.Definition{Components, Dependencies}}, err
}

// partSub says what a component is, where it runs and what stands in for it.
func partSub(r *web.Request, kind, runsOn, word, least web.Cell) string {
	said := []string{kind.Text}
	if runsOn.Text != web.Unknown {
		said = append(said, r.T("systems.connections.on", "on {name}", "name", runsOn.Text))
	}
	switch {
	case word.Text == web.Unknown:
	case least.Text == web.Unknown:
		said = append(said, word.Text)
	default:
		said = append(said, r.T("systems.connections.least", "{count} of the {word} must work", "count", least.Text, "word", word.Text))
	}
	return strings.Join(said, " · ")
}
