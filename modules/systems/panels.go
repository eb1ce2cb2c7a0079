package systems

import (
	"cmp"
	"html/template"
	"slices"
	"strings"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/web"
	"steward/lib/chart"
	"steward/modules/vendors"
)

// Bounds of the drawing on a system's page, a column each.
const mostBeside = 9

type graphView struct {
	Graph   template.HTML
	Empty   bool
	Undrawn int64
}

var graphTemplate = web.MustPage[graphView](files, "pages/graph.html")

// graphPanel draws a system between what uses it and what it needs, and puts its
// targets on the strip.
func graphPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	s := rec.V.(*System)
	me := Systems.Ref(s.ID)
	l, err := ReadLandscape(r.View)
	if err != nil {
		return nil, err
	}
	v := &web.PanelView{ID: "dependencies", Title: r.T("systems.graph.title", "Dependencies"), Sub: r.T("systems.graph.sub", "used by → system → needs"), Strip: targets(r, s)}
	view := graphView{Empty: true}
	if l.Part(me) != nil {
		v.More, v.MoreText = impactPath(me), r.T("systems.graph.impact", "Impact of an outage")
		users, needs, below := l.around(me)
		for _, list := range []*[]records.Ref{&users, &needs, &below} {
			view.Undrawn += int64(max(0, len(*list)-mostBeside))
			*list = (*list)[:min(len(*list), mostBeside)]
		}
		n, err := l.name(r, slices.Concat([]records.Ref{me}, users, needs, below))
		if err != nil {
			return nil, err
		}
		things := []chart.Thing{n.node(me, 1, "me")}
		for i, list := range [][]records.Ref{users, nil, needs, below} {
			for _, ref := range list {
				things = append(things, n.node(ref, i, ""))
			}
		}
		if view.Empty = len(things) == 1; !view.Empty {
			view.Graph = n.draw(v.Title, things, func(Line) string { return "" }).HTML(r.T)
		}
	}
	v.Body, err = graphTemplate.Body(r, view)
	return v, err
}

// targets are what the system promises: how available it is, and how soon it is
// back with how much of its data.
func targets(r *web.Request, s *System) []web.StripItem {
	target := web.StripItem{Label: r.T("systems.strip.availability", "Availability target"), Value: web.Unknown}
	if s.Availability.Set {
		target.Value = r.Lang.Decimal(int64(s.Availability.V), AvailabilityDigits, 1) + "\u00a0%"
	}
	target.Note = s.ServiceHours.V
	back := web.StripItem{Label: r.T("systems.strip.recovery", "Recovery targets"), Value: minutes(r, s.RTOMinutes)}
	switch {
	case s.RTOMinutes.Set && s.RPOMinutes.Set:
		back.Note = r.T("systems.strip.rpo", "losing at most {time} of work", "time", minutes(r, s.RPOMinutes))
	case s.State.Runs() && s.Criticality != Low:
		back.State, back.Note = "warn", r.T("systems.strip.no-recovery", "not complete")
	}
	return []web.StripItem{target, back}
}

type contractRow struct{ Title, Href, Vendor, Cost, When, State string }

type contractsView struct {
	Rows []contractRow
	Add  string
}

var contractsTemplate = web.MustPage[contractsView](files, "pages/contracts.html")

// contractsPanel lists the contracts that serve a system, with its share of
// their price, and puts the next deadline on the strip.
func contractsPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	s := rec.V.(*System)
	uses, err := ContractUses.List(r.View, records.Query{Where: []records.Cond{records.Is(&ContractUses.P.System, s.ID)}})
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, x := range uses {
		ids = append(ids, string(x.Contract))
	}
	contracts, err := vendors.Contracts.List(r.View, records.Query{IDs: ids, SortAt: &vendors.Contracts.P.DecideBy})
	if err != nil {
		return nil, err
	}
	share := map[records.ID[vendors.Contract]]records.Scaled{}
	for _, x := range uses {
		share[x.Contract] = x.Share
	}
	var vendorIDs []string
	for _, c := range contracts {
		vendorIDs = append(vendorIDs, string(c.Vendor))
	}
	names, err := vendors.Vendors.Def().Labels(r.View, vendorIDs)
	if err != nil {
		return nil, err
	}
	next := deadline{day: s.Review, what: r.T("systems.strip.review", "review")}
	view := contractsView{}
	totals := map[string]int64{}
	for _, c := range contracts {
		row := contractRow{Title: c.Title, Href: vendors.Contracts.Path(c.ID), Vendor: names[string(c.Vendor)].Title, Cost: web.Unknown}
		if c.State == vendors.Active && c.Yearly.Set {
			part := records.Money{Minor: Shared(c.Yearly.V.Minor, share[c.ID]), Currency: c.Yearly.V.Currency}
			row.Cost = r.Money(part)
			totals[part.Currency] += part.Minor
		}
		switch {
		case c.DecideBy.Set:
			row.When = r.T("systems.contracts.decide", "decide by {day}", "day", r.Day(c.DecideBy.V))
			if c.DecideBy.V <= r.Today().AddDays(30) {
				row.State = "warn"
			}
			next.sooner(c.DecideBy, r.T("systems.strip.contract", "contract {name}", "name", c.Title), row.Href)
		case c.CurrentEnd.Set:
			row.When = r.T("systems.contracts.ends", "ends {day}", "day", r.Day(c.CurrentEnd.V))
		}
		view.Rows = append(view.Rows, row)
	}
	next.sooner(s.Retires, r.T("systems.strip.retires", "end of life"), "")
	if ok, err := Systems.Def().May(r.View, access.Edit, s); err != nil {
		return nil, err
	} else if ok {
		view.Add = ContractUses.Def().Path("new") + "?system=" + string(s.ID) + "&back=" + template.URLQueryEscaper(rec.Path())
	}
	v := &web.PanelView{ID: "contracts", Title: r.Plural(vendors.Contracts.Def()), Strip: []web.StripItem{next.item(r)}, Sub: perYear(r, totals), Instead: []records.Definition{ContractUses}}
	if len(view.Rows) > 0 || view.Add != "" {
		v.Body, err = contractsTemplate.Body(r, view)
	}
	return v, err
}

// Shared is a share of an amount, rounded half away from zero.
func Shared(minor int64, share records.Scaled) int64 {
	p := minor * int64(share)
	if p < 0 {
		return -((-p + WholeShare/2) / WholeShare)
	}
	return (p + WholeShare/2) / WholeShare
}

func perYear(r *web.Request, totals map[string]int64) string {
	var said []string
	for currency, minor := range totals {
		said = append(said, r.T("systems.contracts.year", "{amount} a year", "amount", r.Money(records.Money{Minor: minor, Currency: currency})))
	}
	slices.SortFunc(said, cmp.Compare)
	return strings.Join(said, " · ")
}

// deadline is the soonest of the days by which something must happen.
type deadline struct {
	day        records.Opt[records.Date]
	what, href string
}

func (d *deadline) sooner(day records.Opt[records.Date], what, href string) {
	if day.Set && (!d.day.Set || day.V < d.day.V) {
		d.day, d.what, d.href = day, what, href
	}
}

func (d *deadline) item(r *web.Request) web.StripItem {
	s := web.StripItem{Label: r.T("systems.strip.deadline", "Next deadline"), Value: web.Unknown}
	if !d.day.Set {
		return s
	}
	s.Value, s.Note, s.Href = r.Day(d.day.V), d.what, d.href
	switch today := r.Today(); {
	case d.day.V < today:
		s.State, s.Note = "bad", d.what+" · "+r.Lang.RelativeDays(int(d.day.V.Time().Sub(today.Time()).Hours()/24))
	case d.day.V <= today.AddDays(30):
		s.State = "warn"
	}
	return s
}

type useRow struct {
	Unit, Href, Purpose, Users string
	Pill                       template.HTML
}

type usesView struct {
	Rows []useRow
	Add  string
}

var usesTemplate = web.MustPage[usesView](files, "pages/uses.html")

// usesPanel lists the departments that work with a system.
func usesPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	s := rec.V.(*System)
	uses, err := Uses.List(r.View, records.Query{Where: []records.Cond{records.Is(&Uses.P.System, s.ID)}})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(uses, func(a, b *Use) int {
		return cmp.Or(slices.Index(importances, a.Importance)-slices.Index(importances, b.Importance), cmp.Compare(b.Users.V, a.Users.V))
	})
	var ids []string
	for _, x := range uses {
		ids = append(ids, string(x.Unit))
	}
	names, err := org.Units.Def().Labels(r.View, ids)
	if err != nil {
		return nil, err
	}
	view := usesView{}
	sum, known := int64(0), false
	f := Uses.Def().Field("importance")
	for _, x := range uses {
		row := useRow{Unit: r.T("systems.hidden", "Not for you to see"), Href: Uses.Path(x.ID), Purpose: x.Purpose.V, Users: web.Unknown, Pill: r.Cell(Uses.Def(), f, string(x.Importance), nil).HTML()}
		if l, ok := names[string(x.Unit)]; ok {
			row.Unit = l.Title
		}
		if x.Users.Set {
			row.Users, sum, known = r.Lang.Int(x.Users.V), sum+x.Users.V, true
		}
		view.Rows = append(view.Rows, row)
	}
	v := &web.PanelView{ID: "uses", Title: r.T("systems.uses.title", "Used by"), Instead: []records.Definition{Uses}}
	if known {
		v.Sub = r.T("systems.uses.sum", "{users} users", "users", r.Lang.Int(sum))
	}
	if ok, err := Systems.Def().May(r.View, access.Edit, s); err != nil {
		return nil, err
	} else if ok {
		view.Add = Uses.Def().Path("new") + "?system=" + string(s.ID) + "&back=" + template.URLQueryEscaper(rec.Path())
	}
	if len(view.Rows) > 0 || view.Add != "" {
		v.Body, err = usesTemplate.Body(r, view)
	}
	return v, err
}

type fallsView struct {
	Rows   []systemRow
	Hidden int64
	Saved  int64
	Users  string
}

var fallsTemplate = web.MustPage[fallsView](files, "pages/falls.html")

// fallsPanel says, on any record that can be a part, which systems stop when it
// fails.
func fallsPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	ref := records.MakeRef(rec.Def.Name, rec.ID())
	l, err := ReadLandscape(r.View)
	if err != nil || l.Part(ref) == nil {
		return nil, err
	}
	out, err := l.WhatIf(ref)
	if err != nil {
		return nil, err
	}
	hits, err := Departments(r.View, out.Systems)
	if err != nil {
		return nil, err
	}
	const most = 8
	n, err := l.name(r, first(out.Systems, most))
	if err != nil {
		return nil, err
	}
	view := fallsView{Saved: int64(len(out.Saved))}
	d := Systems.Def()
	critical := d.Field("criticality")
	for i, s := range out.Systems {
		if s.Ref == ref {
			continue
		}
		if i >= most || !n.sees(s.Ref) {
			view.Hidden++
			continue
		}
		view.Rows = append(view.Rows, systemRow{linkView: n.link(s.Ref), Pill: r.Cell(d, critical, string(s.Criticality), nil).HTML()})
	}
	users := int64(0)
	for _, h := range hits {
		users += h.Users
	}
	view.Users = r.Lang.Int(users)
	body, err := fallsTemplate.Body(r, view)
	return &web.PanelView{ID: "falls", Title: r.T("systems.impact.title", "What if this fails"), More: impactPath(ref), MoreText: r.T("systems.falls.more", "In full"), Body: body}, err
}
