package systems

import (
	"html/template"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/web"
	"steward/modules/vendors"
)

// servesPanel lists on a contract the systems that it serves, with the share of its
// price that each bears.
func servesPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	c := rec.V.(*vendors.Contract)
	uses, err := ContractUses.List(r.View, records.Query{Where: []records.Cond{records.Is(&ContractUses.P.Contract, c.ID)}})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, x := range uses {
		ids = append(ids, string(x.System))
	}
	names, err := Systems.Def().Labels(r.View, ids)
	if err != nil {
		return nil, err
	}
	view := servesView{Add: ContractUses.Def().Path("new") + "?contract=" + rec.ID() + "&back=" + template.URLQueryEscaper(rec.Path())}
	if !ContractUses.Def().MayAny(r.View, access.Add) {
		view.Add = ""
	}
	for _, x := range uses {
		row := serveRow{Name: r.T("systems.hidden", "Not for you to see"), Share: r.Lang.Decimal(int64(x.Share), ShareDigits, 0) + "\u00a0%", Edit: ContractUses.Path(x.ID)}
		if l, ok := names[string(x.System)]; ok {
			row.Name, row.Href = l.Title, l.Path
		}
		view.Rows = append(view.Rows, row)
	}
	v := &web.PanelView{ID: "serves", Title: r.T("systems.serves.title", "Systems it serves"), Sub: r.T("systems.serves.sub", "with their share of its price"), Instead: []records.Definition{ContractUses}}
	v.Body, err = servesTemplate.Body(r, view)
	return v, err
}

type servesView struct {
	Rows []serveRow
	Add  string
}

type serveRow struct{ Name, Href, Share, Edit string }

var servesTemplate = web.MustPage[servesView](files, "pages/serves.html")
