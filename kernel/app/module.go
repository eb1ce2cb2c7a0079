// Package app assembles the modules into one program and holds the tests of the
// house's rules.
package app

import (
	"context"
	"io/fs"
	"net/http"
	"net/url"

	"steward/kernel/api"
	"steward/kernel/decisions"
	"steward/kernel/figures"
	"steward/kernel/jobs"
	"steward/kernel/notify"
	"steward/kernel/records"
	"steward/kernel/report"
	"steward/kernel/web"
)

// Module is what a module gives the program. Everything is optional but the name.
type Module struct {
	Name string
	// Records are its record types; pages, forms, API and import follow from them.
	Records []records.Definition
	// Migrations holds NNNN_name.sql files at its root.
	Migrations fs.FS
	// Words holds de.json, sv.json, pl.json and hu.json at its root.
	Words fs.FS
	// Nav adds to the navigation's groups, by the group's English title.
	Nav    []web.Group
	Routes []web.Route
	// Pages are routes that depend on what the program is made of, such as one for
	// every record type. They are made when the program is put together.
	Pages  func(p *Program) []web.Route
	Panels []web.Panel
	// Lists adds to every type's list: saved views; one module does.
	Lists func(r *web.Request, d *records.Def, in url.Values) (web.ListMore, error)
	// Unread is how many notices the reader has not read; one module counts them.
	Unread func(r *web.Request) (int64, error)
	// Notices finds what happened in the module that people should hear of.
	Notices notify.Happened
	// Jobs are kinds of background work; Schedules say when the program starts them
	// by itself. They are made when the program is put together.
	Jobs func(p *Program) ([]jobs.Kind, []jobs.Schedule)
	// Figures are the numbers the module answers for; see docs/figures.md.
	Figures []figures.Figure
	// Goals finds what people have set figures to reach; one module does.
	Goals figures.Goals
	// Deadlines finds the days that the module knows something must happen by.
	Deadlines web.Deadlines
	// Decisions are the sorts of decisions that arise in it; see docs/decisions.md.
	Decisions []decisions.Kind
	// ReportSections are its parts of the monthly report; see docs/report.md.
	ReportSections []report.Section
	// OnSave runs in the transaction of every write of any record type.
	OnSave func(u *records.Tx, w records.Written) error
	// Operations are what programs may do beside reading and writing records.
	Operations []api.Operation
	// Document describes the API with the operations of all modules, and to a reader with
	// the organisation's own fields; one module does.
	Document func(p *Program, r records.Reader, operations []api.Operation) (map[string]any, error)
	// Mounts are handlers beside the pages that guard themselves, by pattern:
	// the agents' door. They are made when the program starts.
	Mounts func(p *Program) map[string]http.Handler
	// Around wraps all that the program answers, such as to count it. It is made when
	// the program starts.
	Around func(p *Program, h http.Handler) http.Handler
	// BeforeUpgrade is called before the schema of a database that an older version made
	// is changed, and says what was kept of it. Its error keeps the upgrade from being made.
	BeforeUpgrade func(ctx context.Context, p *Program) (kept string, err error)
	// Started is called once when the program begins to serve. It must not take
	// long: what takes time is a job that it enqueues.
	Started func(ctx context.Context, p *Program) error
}
