// Package attachments lets people attach files to records of every type, and fetch
// them. The files are kept by kernel/files.
package attachments

import (
	"embed"
	"io/fs"

	"steward/kernel/app"
	"steward/kernel/web"
)

//go:embed pages/*.html words/*.json
var embedded embed.FS

// Module is what attachments adds to the program.
func Module() app.Module {
	return app.Module{
		Name:   "attachments",
		Words:  must(fs.Sub(embedded, "words")),
		Pages:  pages,
		Panels: []web.Panel{{Place: web.Below, Show: panel}},
	}
}

// pages are those of every type's files.
func pages(p *app.Program) (out []web.Route) {
	for _, d := range p.Registry.Defs() {
		if !d.IsInternal {
			out = append(out, web.Route{Pattern: "POST " + d.Path("{id}") + "/files", Handler: attach(d)},
				web.Route{Pattern: "GET " + d.Path("{id}") + "/files/{file}", Handler: download(d)})
		}
	}
	return out
}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err)
	}
	return f
}
