// Package privacy answers what persons may ask by the GDPR: what is held of them
// (art. 15), and that it is erased (art. 17). It knows of every column that may hold a
// person's name or address, refuses an erasure that a duty or a hold stands against, has a
// second person approve it, and erases again what a restored backup brings back.
package privacy

import (
	"embed"
	"io/fs"

	"steward/kernel/access"
	"steward/kernel/api"
	"steward/kernel/app"
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
			{Pattern: "GET /privacy/people/{person}", Handler: showHeld},
			{Pattern: "GET /privacy/people/{person}/held.json", Handler: sendHeld},
		},
		Operations: []api.Operation{heldOperation},
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

type heldIn struct {
	Person string `json:"person"`
}

var heldOperation = api.Op("GET /privacy/people/{person}", "", access.View, "What is held of a person, by id or number: who may export all that concerns personal data, and the person. That it was read stands in the person's history.",
	func(u *records.Tx, in heldIn) (*Held, error) { return Read(u, in.Person, ByAPI) })
