// Package settings keeps the installation itself: who may sign in and with which
// roles, access tokens, custom fields, and the log of every change.
package settings

import (
	"embed"
	"io/fs"
	"net/http"

	"steward/kernel/access"
	"steward/kernel/api"
	"steward/kernel/app"
	"steward/kernel/web"
)

//go:embed words/*.json pages/*.html
var files embed.FS

// Module is what settings adds to the program.
func Module() app.Module {
	words, err := fs.Sub(files, "words")
	if err != nil {
		panic(err)
	}
	return app.Module{
		Name:  "settings",
		Words: words,
		Nav: []web.Group{{Title: "Settings", Items: []web.Item{
			{Title: "Organisation", Icon: "settings", Href: "/setup", Area: access.Settings, Act: access.Admin},
			{Title: "Sign-in and roles", Icon: "users", Href: "/settings/accounts", Area: access.Settings},
			{Title: "Roles", Icon: "id-badge-2", Href: "/settings/roles", Area: access.Settings},
			{Title: "Grants", Icon: "shield-check", Href: "/settings/grants", Area: access.Settings},
			{Title: "Custom fields", Icon: "adjustments-horizontal", Href: "/settings/fields", Area: access.Settings},
			{Title: "Change log", Icon: "history", Href: "/settings/log", Area: access.Settings},
			{Title: "Background work", Icon: "refresh", Href: "/settings/jobs", Area: access.Settings},
			{Title: "Access tokens", Icon: "key", Href: "/settings/tokens"},
		}}},
		Panels:     []web.Panel{{Place: web.Strip, Show: accessAction}},
		OnSave:     leaving,
		Operations: []api.Operation{rolesOperation, changeRoleOperation, removeRoleOperation},
		Jobs:       indexJob,
		Started:    started,
		Around: func(p *app.Program, h http.Handler) http.Handler {
			return (&metrics{db: p.DB, remote: p.TrustProxy}).around(h)
		},
		Routes: []web.Route{
			{Pattern: "GET /setup", Handler: setupForm},
			{Pattern: "POST /setup", Handler: setup},
			{Pattern: "GET /settings/accounts", Area: access.Settings, Handler: showAccounts},
			{Pattern: "POST /settings/accounts", Area: access.Settings, Handler: addAccount},
			{Pattern: "GET /settings/accounts/{person}", Area: access.Settings, Handler: showPerson},
			{Pattern: "POST /settings/accounts/{person}", Area: access.Settings, Handler: changePerson},
			{Pattern: "GET /settings/roles", Area: access.Settings, Handler: showRoles},
			{Pattern: "GET /settings/roles/new", Area: access.Settings, Handler: newRole},
			{Pattern: "POST /settings/roles/new", Area: access.Settings, Handler: changeRole},
			{Pattern: "GET /settings/roles/{role}", Area: access.Settings, Handler: showRole},
			{Pattern: "POST /settings/roles/{role}", Area: access.Settings, Handler: changeRole},
			{Pattern: "GET /settings/grants", Area: access.Settings, Handler: showGrants},
			{Pattern: "POST /settings/grants", Area: access.Settings, Handler: changeGrants},
			{Pattern: "GET /settings/jobs", Area: access.Settings, Handler: showJobs},
			{Pattern: "POST /settings/jobs", Area: access.Settings, Handler: changeJob},
			{Pattern: "GET /settings/fields", Area: access.Settings, Handler: showFields},
			{Pattern: "POST /settings/fields", Area: access.Settings, Handler: saveField},
			{Pattern: "GET /settings/log", Area: access.Settings, Handler: showLog},
			{Pattern: "GET /settings/tokens", Handler: showTokens},
			{Pattern: "POST /settings/tokens", Handler: changeTokens},
			{Pattern: "GET /access", Handler: showAccess},
		},
	}
}
