// Package identity is how people come in and what they see of it: the pages of
// signing in, of the own account with its second factors, and of the providers that
// vouch for people: a directory (LDAP), an OpenID provider, devices (passkeys).
// What it finds out becomes a session by kernel/signin.
package identity

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/kernel/web"
)

//go:embed words/*.json pages/*.html migrations/*.sql
var files embed.FS

// Module is what identity adds to the program.
func Module() app.Module {
	return app.Module{
		Name:       "identity",
		Words:      sub("words"),
		Migrations: sub("migrations"),
		Nav: []web.Group{{Title: "Settings", Items: []web.Item{
			{Title: "Ways to sign in", Icon: "login", Href: "/settings/sign-in", Area: access.Settings},
		}}},
		Routes: []web.Route{
			{Pattern: "GET /sign-in", Handler: signInForm, Public: true},
			{Pattern: "POST /sign-in", Handler: signIn, Public: true, Outside: true},
			{Pattern: "GET /sign-in/code", Handler: codeForm, Public: true},
			{Pattern: "POST /sign-in/code", Handler: enterCode, Public: true},
			{Pattern: "GET /sign-in/openid", Handler: toProvider, Public: true, Outside: true},
			{Pattern: "GET /sign-in/openid/back", Handler: fromProvider, Public: true, Outside: true},
			{Pattern: "POST /sign-in/openid/logout", Handler: logout, Public: true, Outside: true},
			{Pattern: "POST /sign-in/passkey/start", Handler: startPasskey, Public: true},
			{Pattern: "POST /sign-in/passkey", Handler: usePasskey, Public: true},
			{Pattern: "GET /welcome/{secret}", Handler: welcomeForm, Public: true},
			{Pattern: "POST /welcome/{secret}", Handler: welcome, Public: true},
			{Pattern: "POST /sign-out", Handler: signOut},
			{Pattern: "GET /account", Handler: account},
			{Pattern: "POST /account", Handler: saveAccount},
			{Pattern: "POST /account/sessions", Handler: revokeSession},
			{Pattern: "POST /account/passkeys/start", Handler: startAdding},
			{Pattern: "POST /account/passkeys", Handler: finishAdding},
			{Pattern: "POST /account/passkeys/remove", Handler: removePasskey},
			{Pattern: "GET /settings/sign-in", Area: access.Settings, Handler: showProviders},
			{Pattern: "POST /settings/sign-in", Area: access.Settings, Handler: saveProviders, Outside: true},
		},
		Notices: happened,
		Jobs: func(p *app.Program) ([]jobs.Kind, []jobs.Schedule) {
			return []jobs.Kind{
					{Name: tidyKind, Run: func(ctx context.Context, run *jobs.Run) error { return run.Update(ctx, tidy) }},
					{Name: leaversKind, Run: leavers(p), Attempts: 2, Timeout: 10 * time.Minute},
					{Name: sessionsKind, Run: outlived, Attempts: 2},
				}, []jobs.Schedule{
					{Name: tidyKind, Kind: tidyKind, When: jobs.Every(time.Hour)},
					{Name: leaversKind, Kind: leaversKind, Args: leaversArgs{}, When: jobs.Every(leaversTick)},
					{Name: sessionsKind, Kind: sessionsKind, When: jobs.Every(leaversTick)},
				}
		},
	}
}

const tidyKind = "identity.tidy"

// tidy forgets the challenges that nobody can answer any more, and what was done a year
// ago, which the persons' histories keep.
func tidy(u *records.Tx) error {
	if _, err := u.Exec("DELETE FROM identity_change WHERE at <= $1", u.Now.AddDate(-1, 0, 0).UnixMicro()); err != nil {
		return err
	}
	_, err := u.Exec("DELETE FROM identity_challenge WHERE expires_at <= $1", u.Now.UnixMicro())
	return err
}

func sub(dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic(err)
	}
	return f
}
