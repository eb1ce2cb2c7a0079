// Package vendors keeps the suppliers the organisation buys from, the contracts
// it holds with them, and when each must be decided on.
package vendors

import (
	"embed"
	"io/fs"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/records"
	"steward/kernel/web"
)

//go:embed migrations/*.sql words/*.json pages/*.html
var files embed.FS

// Module is what vendors adds to the program.
func Module() app.Module {
	return app.Module{
		Name:       "vendors",
		Records:    []records.Definition{Vendors, Contracts, PriceSteps},
		Migrations: must(fs.Sub(files, "migrations")),
		Words:      must(fs.Sub(files, "words")),
		Nav: []web.Group{{Title: "Money", Items: []web.Item{
			{Type: Contracts, Key: "c"}, {Type: Vendors, Key: "v"},
			{Title: "Renewals", Icon: "calendar", Href: "/vendors/renewals", Area: access.Vendors}}}},
		Routes: []web.Route{{Pattern: "GET /vendors/renewals", Area: access.Vendors, Handler: showRenewals}},
		Panels: []web.Panel{{Type: Contracts, Place: web.Main, Show: datesPanel}},
	}
}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err)
	}
	return f
}
