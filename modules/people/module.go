// Package people keeps what is known of the people who work in the organisation
// beyond who they are, which is the kernel's: so far what they are paid.
package people

import (
	"embed"
	"io/fs"

	"steward/kernel/app"
	"steward/kernel/records"
	"steward/kernel/web"
)

//go:embed migrations/*.sql words/*.json
var files embed.FS

// Module is what people adds to the program.
func Module() app.Module {
	return app.Module{
		Name:       "people",
		Records:    []records.Definition{Salaries},
		Migrations: must(fs.Sub(files, "migrations")),
		Words:      must(fs.Sub(files, "words")),
		Nav:        []web.Group{{Title: "People", Items: []web.Item{{Type: Salaries}}}},
	}
}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err)
	}
	return f
}
