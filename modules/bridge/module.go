// Package bridge is the manager's first page: the figures with their targets and
// trends, the decisions that wait, the deadlines ahead and what changed; and, in
// an empty installation, what to do first.
package bridge

import (
	"embed"
	"io/fs"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/web"
)

//go:embed words/*.json pages/*.html migrations/*.sql
var files embed.FS

// Module is what the bridge adds to the program.
func Module() app.Module {
	return app.Module{
		Name:       "bridge",
		Words:      must(fs.Sub(files, "words")),
		Migrations: must(fs.Sub(files, "migrations")),
		Goals:      goal,
		Nav: []web.Group{{Title: "", Items: []web.Item{
			{Title: "Bridge", Icon: "layout-dashboard", Href: "/", Key: "b"},
			{Title: "Decisions", Icon: "inbox", Href: "/inbox", Key: "i"},
			{Title: "Figures", Icon: "math-function", Href: "/figures", Key: "f"}}},
			{Title: "Settings", Items: []web.Item{{Title: "Four eyes", Icon: "users", Href: "/settings/limits", Area: access.Settings}}}},
		Routes: []web.Route{
			{Pattern: "GET /{$}", Handler: show},
			{Pattern: "GET /figures", Handler: showFigures},
			{Pattern: "GET /figures/{key}", Handler: showFigure},
			{Pattern: "POST /figures/{key}/compute", Handler: computeNow},
			{Pattern: "GET /inbox", Handler: showInbox},
			{Pattern: "GET /decisions/{id}", Handler: showDecision},
			{Pattern: "POST /decisions/{id}", Handler: postDecide},
			{Pattern: "POST /decisions/{id}/agree", Handler: postAgree},
			{Pattern: "POST /decisions/{id}/delegate", Handler: postDelegate},
			{Pattern: "POST /decisions/{id}/ask", Handler: postAsk},
			{Pattern: "POST /decisions/{id}/answer", Handler: postAnswer},
			{Pattern: "POST /decisions/{id}/reopen", Handler: postReopen},
			{Pattern: "POST /figures/{key}/targets", Handler: postTarget},
			{Pattern: "POST /figures/{key}/targets/{id}/end", Handler: endTargetForm},
			{Pattern: "GET /settings/limits", Area: access.Settings, Handler: showLimits},
			{Pattern: "POST /settings/limits", Area: access.Settings, Handler: saveLimits},
		},
		Panels:     []web.Panel{decisionsPanel(), figuresPanel()},
		Figures:    ownFigures(),
		Operations: operations(),
	}
}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err)
	}
	return f
}
