package settings

import (
	"maps"
	"net/http"
	"time"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/web"
)

type accessPage struct {
	Title, Path string
	Acts        []actView
	Act         string
	Rows        []whoRow
}

type actView struct {
	Act, Title, Href string
	On               bool
}

type whoRow struct {
	Name, Href string
	Allowed    bool
	Reasons    []string
}

var accessTemplate = web.MustPage[accessPage](files, "pages/access.html")

// showAccess answers 'who can see this and why' for a record: /access?ref=type/id&act=view.
// Who may read the settings, or owns the record's area, may ask.
func showAccess(w http.ResponseWriter, r *web.Request) error {
	typ, id := records.Ref(r.FormValue("ref")).Split()
	d := r.Site.Registry.Def(typ)
	if d == nil {
		return records.NotFound()
	}
	rec, err := d.Get(r.View, id)
	if err != nil {
		return err
	}
	if !r.MayView(access.Settings) {
		return records.NotFound()
	}
	subject, err := d.Subject(r.View, rec.V)
	if err != nil {
		return err
	}
	act := access.Act(r.FormValue("act"))
	if act == "" {
		act = access.View
	}
	p := accessPage{Title: rec.Title(), Path: rec.Path(), Act: string(act)}
	for _, a := range access.Acts {
		p.Acts = append(p.Acts, actView{string(a), r.T("kernel.access.act."+string(a), string(a)), "/access?ref=" + typ + "/" + id + "&act=" + string(a), a == act})
	}
	who, err := WhoMay(r.View, act, subject)
	if err != nil {
		return err
	}
	for _, x := range who {
		row := whoRow{Name: x.Name, Href: "/settings/accounts/" + x.Person, Allowed: x.Allowed}
		for _, why := range append(x.Why, x.NearMiss...) {
			row.Reasons = append(row.Reasons, reason(r, why))
		}
		p.Rows = append(p.Rows, row)
	}
	return accessTemplate.Show(w, r, web.Shell{Title: r.T("settings.access.title", "Who can do this, and why"), Crumbs: []web.Crumb{{Title: rec.Title(), Href: rec.Path()}}}, p)
}

// reason says a reason in the reader's words: roles, areas and kinds by their names.
func reason(r *web.Request, why access.Reason) string {
	args := maps.Clone(why.Args)
	if g := why.Grant; g != nil {
		args["by"] = r.T("settings.access.role", "The role “{role}”", "role", roleTitle(r, g.Role))
		if g.Role == "" {
			args["by"] = r.T("settings.access.own", "A grant of one's own")
		}
	}
	if area, ok := args["area"].(string); ok {
		args["area"] = r.Tell(areas[area].With())
	}
	if kind, ok := args["sensitivity"].(string); ok {
		args["sensitivity"] = r.Tell(sensitivities[access.Sensitivity(kind)].With())
	}
	if until, ok := args["until"].(time.Time); ok {
		args["until"] = untilText(r, until)
	}
	return r.Site.Words.Text(r.Lang, why.Key, why.Text, args)
}

// accessAction leads from every record's page to the answer.
func accessAction(r *web.Request, rec records.Record) (*web.PanelView, error) {
	if !r.MayView(access.Settings) {
		return nil, nil
	}
	return &web.PanelView{Actions: []web.Action{{Text: r.T("settings.access.link", "Who can see this"), Icon: "lock-open", Href: "/access?ref=" + rec.Def.Name + "/" + rec.ID()}}}, nil
}
