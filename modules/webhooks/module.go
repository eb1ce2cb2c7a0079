// Package webhooks tells other programs of changes: signed messages, tried again
// until they are taken. Nothing is sent until somebody adds a webhook.
package webhooks

import (
	"embed"
	"io/fs"
	"time"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/kernel/web"
)

//go:embed migrations/*.sql pages/*.html words/*.json
var files embed.FS

// Module is what webhooks adds to the program.
func Module() app.Module {
	return app.Module{
		Name:       "webhooks",
		Records:    []records.Definition{Hooks},
		Migrations: must(fs.Sub(files, "migrations")),
		Words:      must(fs.Sub(files, "words")),
		Nav:        []web.Group{{Title: "Settings", Items: []web.Item{{Type: Hooks}}}},
		Routes: []web.Route{
			{Pattern: "GET /webhooks/deliveries", Area: access.Settings, Handler: showDeliveries},
			{Pattern: "POST /webhooks/deliveries", Area: access.Settings, Handler: replayFailed},
			{Pattern: "POST /webhooks/deliveries/{id}", Area: access.Settings, Handler: replay},
		},
		OnSave:  note,
		Notices: givenUp,
		Jobs: func(p *app.Program) ([]jobs.Kind, []jobs.Schedule) {
			return []jobs.Kind{{Name: deliverKind, Run: deliverer{p}.run, Attempts: attempts, Pause: 20 * time.Second, Timeout: time.Minute}}, nil
		},
	}
}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err)
	}
	return f
}
