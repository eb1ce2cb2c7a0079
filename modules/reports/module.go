// Package reports makes the monthly management report: what changed, what is off
// target, what is to be decided, and for each number where it comes from. On paper
// (PDF), as a workbook and as one HTML file; from the page, the command line, and by
// e-mail under each recipient's own rights.
package reports

import (
	"embed"
	"io/fs"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/web"
)

//go:embed migrations/*.sql words/*.json pages/*.html
var files embed.FS

// Module is what reports adds to the program.
func Module() app.Module {
	return app.Module{
		Name:           "reports",
		Notices:        deliveries,
		Migrations:     must(fs.Sub(files, "migrations")),
		Words:          must(fs.Sub(files, "words")),
		ReportSections: sections(),
		Nav:            []web.Group{{Title: "", Items: []web.Item{{Title: "Reports", Icon: "report-analytics", Href: "/reports", Area: access.Bridge}}}, {Title: "Settings", Items: []web.Item{{Title: "Report by e-mail", Icon: "send", Href: "/settings/reports", Area: access.Settings}}}},
		Routes:         routes(),
		Jobs:           jobKinds,
	}
}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err)
	}
	return f
}
