// Package infrastructure keeps the machines of the organisation: what they are,
// what is installed and runs on them, how they are protected, who answers for
// them. Agents report it; this machine inventories itself.
package infrastructure

import (
	"embed"
	"io/fs"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/records"
	"steward/kernel/web"
)

//go:embed migrations/*.sql pages/*.html words/*.json
var files embed.FS

// Module is what infrastructure adds to the program.
func Module() app.Module {
	return app.Module{
		Name:       "infrastructure",
		Records:    []records.Definition{Hosts, Catalogue},
		Migrations: must(fs.Sub(files, "migrations")),
		Words:      must(fs.Sub(files, "words")),
		Figures:    ownFigures(),
		Decisions:  ownDecisions(),
		Jobs:       jobKinds,
		Mounts:     mounts,
		Started:    started,
		Nav: []web.Group{{Title: "Infrastructure", Items: []web.Item{
			{Type: Hosts, Key: "h"}, {Type: Catalogue},
			{Title: "Possible duplicates", Icon: "copy", Href: "/infrastructure/duplicates", Area: access.Infrastructure},
			{Title: "Add a host", Icon: "plus", Href: "/infrastructure/add-host", Area: access.Infrastructure, Act: access.Add}}}},
		Routes: ownRoutes(),
		Pages:  addRoutes,
		Panels: ownPanels(),
	}
}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err)
	}
	return f
}
