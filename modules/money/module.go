// Package money keeps what information systems are planned to cost and what
// they do cost, by system, department, category and month, and holds one against
// the other.
package money

import (
	"embed"
	"io/fs"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/decisions"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/kernel/report"
	"steward/kernel/web"
	"steward/modules/systems"
	"steward/modules/vendors"
)

//go:embed migrations/*.sql words/*.json pages/*.html
var files embed.FS

// Module is what money adds to the program.
func Module() app.Module {
	return app.Module{
		Name:           "money",
		Records:        []records.Definition{BudgetLines, CostLines},
		Migrations:     must(fs.Sub(files, "migrations")),
		Words:          must(fs.Sub(files, "words")),
		ReportSections: []report.Section{costsSection},
		Figures:        ownFigures(),
		Decisions:      []decisions.Kind{overPlan},
		Nav: []web.Group{{Title: "Money", Items: []web.Item{
			{Title: "Plan and actual", Icon: "wallet", Href: "/money/actuals", Area: access.Money},
			{Type: CostLines}, {Type: BudgetLines}}}},
		Panels: []web.Panel{{Type: systems.Systems, Place: web.Main, Show: costPanel}, {Type: vendors.Contracts, Place: web.Main, Show: contractPanel}, {Place: web.Home, Show: yearPanel}},
		Routes: []web.Route{{Pattern: "GET /money/actuals", Area: access.Money, Handler: showActuals}},
		Jobs: func(*app.Program) ([]jobs.Kind, []jobs.Schedule) {
			return []jobs.Kind{commitJob()}, []jobs.Schedule{{Name: commitKind, Kind: commitKind, When: jobs.Daily("03:10")}}
		},
	}
}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err)
	}
	return f
}
