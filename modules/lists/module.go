// Package lists is what a person does with many records at once: keep a list's
// filter, order and columns as a view and share it, and change many records in
// one step that is shown before it is done and can be undone.
package lists

import (
	"embed"
	"io/fs"

	"steward/kernel/api"
	"steward/kernel/app"
	"steward/kernel/jobs"
	"steward/kernel/web"
)

//go:embed migrations/*.sql pages/*.html words/*.json
var files embed.FS

// Module is what lists adds to the program.
func Module() app.Module {
	return app.Module{
		Name:       "lists",
		Notices:    endedSince,
		Migrations: must(fs.Sub(files, "migrations")),
		Words:      must(fs.Sub(files, "words")),
		Lists:      above,
		Pages:      pages,
		Operations: []api.Operation{viewsOperation, changeOperation, undoOperation},
		Jobs: func(p *app.Program) ([]jobs.Kind, []jobs.Schedule) {
			return []jobs.Kind{{Name: carryJob, Run: carryOn, Attempts: 3}, {Name: tidyJob, Run: tidy}},
				[]jobs.Schedule{{Name: tidyJob, Kind: tidyJob, When: jobs.Daily("03:40")}}
		},
	}
}

// pages are those of every type's views and changes.
func pages(p *app.Program) []web.Route {
	out := []web.Route{
		{Pattern: "GET /changes/{id}", Handler: showChange},
		{Pattern: "POST /changes/{id}", Handler: actOnChange},
	}
	for _, d := range p.Registry.Defs() {
		if d.IsInternal {
			continue
		}
		for _, f := range formats {
			out = append(out, web.Route{Pattern: "GET " + d.Path("") + "." + f.name, Handler: export(d, f)})
		}
		out = append(out, web.Route{Pattern: "GET " + d.Path("views"), Handler: showViews(d)}, web.Route{Pattern: "POST " + d.Path("views"), Handler: changeViews(d)},
			web.Route{Pattern: "POST " + d.Path("bulk"), Handler: choose(d)})
	}
	return out
}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err)
	}
	return f
}
