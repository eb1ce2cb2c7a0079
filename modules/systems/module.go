// Package systems keeps the organisation's information systems: who answers for
// them, what they are made of and need, who works with them, and what stops
// when a part fails.
package systems

import (
	"embed"
	"io/fs"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/kernel/report"
	"steward/kernel/web"
	"steward/modules/infrastructure"
	"steward/modules/vendors"
)

//go:embed migrations/*.sql words/*.json pages/*.html
var files embed.FS

// Module is what systems adds to the program.
func Module() app.Module {
	return app.Module{
		Name:           "systems",
		Records:        []records.Definition{Systems, Components, Dependencies, Uses, ContractUses},
		Migrations:     must(fs.Sub(files, "migrations")),
		Words:          must(fs.Sub(files, "words")),
		ReportSections: []report.Section{systemsSection},
		Figures:        ownFigures(),
		Nav: []web.Group{{Title: "Systems", Items: []web.Item{
			{Type: Systems, Key: "s"},
			{Title: "Impact", Icon: "affiliate", Href: "/systems/impact", Area: access.Systems}}}},
		Jobs: func(p *app.Program) ([]jobs.Kind, []jobs.Schedule) {
			p.DB.Attach(keptKey{}, &kept{})
			return nil, nil
		},
		Routes: []web.Route{{Pattern: "GET /systems/impact", Area: access.Systems, Handler: showImpact}},
		Panels: []web.Panel{
			{Type: Systems, Place: web.Main, Show: graphPanel},
			{Type: Systems, Place: web.Main, Show: connectionsPanel},
			{Type: Systems, Place: web.Aside, Show: contractsPanel},
			{Type: Systems, Place: web.Aside, Show: usesPanel},
			{Type: Systems, Place: web.Aside, Show: securityPanel},
			{Type: vendors.Contracts, Place: web.Aside, Show: servesPanel},
			{Type: Components, Place: web.Main, Show: fallsPanel},
			{Type: infrastructure.Hosts, Place: web.Main, Show: fallsPanel},
		},
	}
}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err)
	}
	return f
}
