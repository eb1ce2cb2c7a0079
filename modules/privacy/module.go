// Package privacy answers what persons may ask by the GDPR: what is held of them
// (art. 15), and that it is erased (art. 17). It knows of every column that may hold a
// person's name or address, refuses an erasure that a duty or a hold stands against, has a
// second person approve it, and erases again what a restored backup brings back.
package privacy

import (
	"embed"
	"io/fs"

	"steward/kernel/api"
	"steward/kernel/app"
	"steward/kernel/decisions"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/web"
)

//go:embed migrations/*.sql pages/*.html words/*.json
var embedded embed.FS

// Module is what privacy adds to the program.
func Module() app.Module {
	return app.Module{
		Name:       "privacy",
		Migrations: must(fs.Sub(embedded, "migrations")),
		Words:      must(fs.Sub(embedded, "words")),
		Panels:     []web.Panel{{Type: org.Persons, Place: web.Strip, Show: action}},
		Routes: []web.Route{
			{Pattern: "GET /privacy/me", Handler: showMine},
			{Pattern: "GET /privacy/people/{person}", Handler: showHeld},
			{Pattern: "GET /privacy/people/{person}/held.json", Handler: sendHeld},
			{Pattern: "GET /privacy/people/{person}/erase", Handler: showErase},
			{Pattern: "POST /privacy/people/{person}/erase", Handler: askErase},
			{Pattern: "POST /privacy/people/{person}/holds", Handler: changeHolds},
		},
		Operations: []api.Operation{heldOperation, previewOperation, requestOperation, withdrawOperation, holdOperation, liftOperation},
		Decisions:  []decisions.Kind{erasing},
		OnSave:     stays,
		Jobs:       ledgerJob,
		Started:    started,
		Pages: func(p *app.Program) []web.Route {
			install(p)
			return nil
		},
	}
}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err)
	}
	return f
}

// action leads from a person's record to what is held of the person.
func action(r *web.Request, rec records.Record) (*web.PanelView, error) {
	if !MayRead(r.View, rec.ID()) {
		return nil, nil
	}
	return &web.PanelView{Actions: []web.Action{{Text: r.T("privacy.held", "What is held"), Icon: "shield-lock", Href: pathOf(rec.ID())}}}, nil
}

func pathOf(person string) string { return "/privacy/people/" + person }
