// Package notices tells people what happened that concerns them, in the program
// and by mail, as each of them wants it: a decision that waits, a comment that
// names them, a followed record that changed, work that ended or failed.
package notices

import (
	"embed"
	"io/fs"
	"time"

	"steward/kernel/api"
	"steward/kernel/app"
	"steward/kernel/jobs"
	"steward/kernel/notify"
	"steward/kernel/web"
)

//go:embed migrations/*.sql pages/*.html words/*.json
var files embed.FS

const (
	lookJob   = "notices.look"
	mailJob   = "notices.mail"
	digestJob = "notices.digest"
	tidyJob   = "notices.tidy"
)

// Module is what notices adds to the program.
func Module() app.Module {
	return app.Module{
		Name:       "notices",
		Migrations: must(fs.Sub(files, "migrations")),
		Words:      must(fs.Sub(files, "words")),
		Unread:     func(r *web.Request) (int64, error) { return Unread(r.View) },
		Panels:     []web.Panel{{Place: web.Strip, Show: followAction}},
		Routes: []web.Route{
			{Pattern: "GET /notifications", Handler: showNotices},
			{Pattern: "POST /notifications", Handler: readNotices},
			{Pattern: "GET /notifications/{id}", Handler: openNotice},
			{Pattern: "GET /notifications/settings", Handler: showWays},
			{Pattern: "POST /notifications/settings", Handler: saveWays},
			{Pattern: "POST /follow/{type}/{id}", Handler: changeFollow},
		},
		Operations: []api.Operation{listOperation, readOperation, followOperation},
		Jobs: func(p *app.Program) ([]jobs.Kind, []jobs.Schedule) {
			l := looker{sources: []notify.Happened{decided, waiting, commented, followed, failed, expiring}}
			for _, m := range p.Modules {
				if m.Notices != nil {
					l.sources = append(l.sources, m.Notices)
				}
			}
			m := mailer{p.Words, p.Key}
			return []jobs.Kind{{Name: lookJob, Run: l.run, Attempts: 2}, {Name: mailJob, Run: m.now}, {Name: digestJob, Run: m.digest, Pause: time.Minute}, {Name: tidyJob, Run: tidy, Attempts: 2}},
				[]jobs.Schedule{{Name: lookJob, Kind: lookJob, When: jobs.Every(30 * time.Second)}, {Name: digestJob, Kind: digestJob, When: jobs.Daily("07:00")}, {Name: tidyJob, Kind: tidyJob, When: jobs.Daily("03:50")}}
		},
	}
}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err)
	}
	return f
}
