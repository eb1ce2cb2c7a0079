// Package bridge is the manager's first page: the figures with their targets and
// trends, the decisions that wait, the deadlines ahead and what changed; and, in
// an empty installation, what to do first.
package bridge

import (
	"embed"
	"io/fs"

	"steward/kernel/app"
	"steward/kernel/web"
)

//go:embed words/*.json pages/*.html
var files embed.FS

// Module is what the bridge adds to the program.
func Module() app.Module {
	return app.Module{
		Name:  "bridge",
		Words: must(fs.Sub(files, "words")),
		Nav: []web.Group{{Title: "", Items: []web.Item{
			{Title: "Bridge", Icon: "layout-dashboard", Href: "/", Key: "b"},
			{Title: "Decisions", Icon: "inbox", Href: "/inbox", Key: "i"},
			{Title: "Figures", Icon: "math-function", Href: "/figures", Key: "f"}}}},
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
		},
		Panels:  []web.Panel{decisionsPanel(), figuresPanel()},
		Figures: ownFigures(),
	}
}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err)
	}
	return f
}
