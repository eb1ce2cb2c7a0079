// Package importing takes CSV and Excel files in for every record type: columns
// are mapped to fields, a preview says what would happen to each row, the import
// runs in the background and can be undone as a whole.
package importing

import (
	"embed"
	"io/fs"
	"strings"

	"steward/kernel/app"
	"steward/kernel/jobs"
)

//go:embed migrations/*.sql pages/*.html words/*.json
var files embed.FS

// Module is what importing adds to the program.
func Module() app.Module {
	return app.Module{
		Name:       "importing",
		Notices:    endedSince,
		Migrations: must(fs.Sub(files, "migrations")),
		Words:      must(fs.Sub(files, "words")),
		Pages:      pages,
		Jobs: func(p *app.Program) ([]jobs.Kind, []jobs.Schedule) {
			i := importer{p}
			return []jobs.Kind{{Name: importKind, Run: i.runJob, Attempts: 3}, {Name: undoKind, Run: i.undoJob, Attempts: 3}}, nil
		},
	}
}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err)
	}
	return f
}

// clean is a text from a file, fit to be shown and kept.
func clean(s string) string {
	s = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "?"))
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}
