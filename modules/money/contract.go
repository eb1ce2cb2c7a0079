package money

import (
	"html/template"
	"net/url"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/web"
)

// contractMonths is how many months of a contract its page shows.
const contractMonths = 12

type contractCosts struct{ Rows []contractCost }

type contractCost struct {
	Month, Href, Amount string
	State               template.HTML
}

var contractTemplate = web.MustPage[contractCosts](files, "pages/contract.html")

// contractPanel lists what a contract costs month by month, the latest first: what is
// committed, and what was billed.
func contractPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	if !r.MayView(access.Money) {
		return nil, nil
	}
	d := CostLines.Def()
	where := []records.Cond{records.Is(&CostLines.P.Contract, rec.ID())}
	page, err := d.List(r.View, records.Query{Where: where, Sort: "-month", Limit: contractMonths})
	if err != nil || len(page.Rows) == 0 {
		return nil, err
	}
	var view contractCosts
	state := d.Field("state")
	for _, row := range page.Rows {
		l := row.V.(*CostLine)
		view.Rows = append(view.Rows, contractCost{Month: r.Lang.Month(l.Month.Time()), Href: row.Path(), Amount: r.Money(l.Amount), State: r.Cell(d, state, string(l.State), nil).HTML()})
	}
	v := &web.PanelView{ID: "costs", Title: r.Plural(d), Instead: []records.Definition{CostLines},
		More: d.Path("") + "?" + url.Values{"contract": {rec.ID()}}.Encode(), MoreText: r.T("kernel.web.all", "All")}
	v.Body, err = contractTemplate.Body(r, view)
	return v, err
}
