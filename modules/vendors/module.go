// Package vendors keeps the suppliers the organisation buys from, the contracts
// it holds with them, and when each must be decided on.
package vendors

import (
	"context"
	"embed"
	"io/fs"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/decisions"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/kernel/report"
	"steward/kernel/storage"
	"steward/kernel/web"
)

//go:embed migrations/*.sql words/*.json pages/*.html
var files embed.FS

// Module is what vendors adds to the program.
func Module() app.Module {
	return app.Module{
		Name:           "vendors",
		Records:        []records.Definition{Vendors, Contracts, PriceSteps},
		ReportSections: []report.Section{contractsSection},
		Migrations:     must(fs.Sub(files, "migrations")),
		Words:          must(fs.Sub(files, "words")),
		Nav: []web.Group{{Title: "Money", Items: []web.Item{
			{Type: Contracts, Key: "c"}, {Type: Vendors, Key: "v"},
			{Title: "Renewals", Icon: "calendar", Href: "/vendors/renewals", Area: access.Vendors}}}},
		Routes:    []web.Route{{Pattern: "GET /vendors/renewals", Area: access.Vendors, Handler: showRenewals}},
		Figures:   ownFigures(),
		Deadlines: deadlines,
		Decisions: []decisions.Kind{renewal},
		Jobs:      background,
		OnSave:    lookAgain,
		Panels:    []web.Panel{{Type: Contracts, Place: web.Main, Show: datesPanel}},
	}
}

// background counts the contracts' dates anew each night: a term that renewed
// since moves them.
func background(*app.Program) ([]jobs.Kind, []jobs.Schedule) {
	refresh := jobs.Kind{Name: "vendors.dates", Attempts: 3, Run: func(ctx context.Context, run *jobs.Run) error {
		return run.Update(ctx, func(u *storage.Update) error {
			changed, err := RefreshDates(u)
			if err != nil || changed == 0 {
				return err
			}
			return decisions.Soon(u)
		})
	}}
	return []jobs.Kind{refresh}, []jobs.Schedule{{Name: "vendors.dates", Kind: "vendors.dates", When: jobs.Daily("00:20")}}
}

// lookAgain has decisions looked for after a contract was written.
func lookAgain(u *records.Tx, w records.Written) error {
	if w.Def != Contracts.Def() {
		return nil
	}
	return decisions.Soon(u)
}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err)
	}
	return f
}
