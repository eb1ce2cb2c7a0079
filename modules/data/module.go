// Package data keeps the business sources: what they deliver and how far it can
// be relied on, the metrics made of them, dashboards and forecasts.
package data

import (
	"embed"
	"io/fs"
	"time"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/kernel/report"
	"steward/kernel/web"
)

//go:embed migrations/*.sql words/*.json pages/*.html
var embedded embed.FS

// Module is what data adds to the program.
func Module() app.Module {
	return app.Module{
		Name:       "data",
		Notices:    troubles,
		Records:    []records.Definition{Sources, Deliveries, Metrics, Targets, Dashboards, Tiles},
		Migrations: must(fs.Sub(embedded, "migrations")),
		Words:      must(fs.Sub(embedded, "words")),
		Nav: []web.Group{{Title: "Data", Items: []web.Item{
			{Type: Dashboards}, {Type: Metrics, Key: "m"}, {Type: Sources},
			{Title: "Upload data", Icon: "upload", Href: "/data/upload", Area: access.Data, Act: access.Add},
			{Title: "Connect a database", Icon: "plug", Href: "/data/connect", Area: access.Data, Act: access.Add}}}},
		Routes: []web.Route{
			{Pattern: "GET /data/upload", Area: access.Data, Handler: showUpload},
			{Pattern: "POST /data/upload", Area: access.Data, Handler: takeUpload},
			{Pattern: "GET /data/connect", Area: access.Data, Handler: showConnect, Outside: true},
			{Pattern: "POST /data/connect", Area: access.Data, Handler: takeConnect, Outside: true},
			{Pattern: "POST /data/data-sources/{id}/deliver", Area: access.Data, Handler: deliver},
			{Pattern: "POST /data/data-sources/{id}/read", Area: access.Data, Handler: readNow},
			{Pattern: "GET /data/data-sources/{id}/metric", Area: access.Data, Handler: showMeasure},
			{Pattern: "POST /data/data-sources/{id}/metric", Area: access.Data, Handler: takeMeasure},
			{Pattern: "POST /data/deliveries/{id}/accept", Area: access.Data, Handler: accept},
			{Pattern: "GET /data/deliveries/{id}/{what}", Area: access.Data, Handler: download},
			{Pattern: "GET /data/metrics/{id}/explore", Area: access.Data, Handler: explore},
			{Pattern: "GET /data/metrics/{id}/rows", Area: access.Data, Handler: showRows},
			{Pattern: "GET /data/metrics/{id}/answer", Area: access.Data, Handler: exportAnswer},
		},
		Panels: []web.Panel{
			{Type: Sources, Place: web.Main, Show: sourcePanel},
			{Type: Deliveries, Place: web.Main, Show: deliveryPanel},
			{Type: Metrics, Place: web.Main, Show: metricPanel},
			{Type: Dashboards, Place: web.Main, Show: dashboardPanel},
		},
		Figures:        figureList(),
		ReportSections: []report.Section{forecastSection},
		Jobs: func(p *app.Program) ([]jobs.Kind, []jobs.Schedule) {
			attachStore(p)
			return []jobs.Kind{
					{Name: readJob, Attempts: 3, Pause: time.Minute, Timeout: 30 * time.Minute, Run: runRead},
					{Name: watchJob, Attempts: 2, Run: runWatch},
					{Name: tidyJob, Attempts: 2, Timeout: 10 * time.Minute, Run: runTidy},
				}, []jobs.Schedule{
					{Name: watchJob, Kind: watchJob, When: jobs.Every(time.Hour)},
					{Name: tidyJob, Kind: tidyJob, When: jobs.Daily("03:40")},
				}
		},
	}
}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err)
	}
	return f
}
