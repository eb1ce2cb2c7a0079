package main

import (
	"cmp"
	"context"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/signin"
	"steward/kernel/storage"
)

func tokenCommand() command {
	return command{
		name: "token", summary: "make API tokens",
		help: `Usage: steward token create --data DIR --user NAME [--name TEXT] [--scope AREA:ACT[,…]] [--days 90] [--json]

Prints the token alone. It has the user's rights, narrowed to the scope (all by default), and ends
after at most a year.

Example: steward token create --user admin --scope 'vendors:view,*:export'`,
		run: runToken,
	}
}

func runToken(ctx context.Context, s streams, args []string) error {
	if len(args) == 0 || args[0] != "create" {
		return wrongUse("say `steward token create …`; see --help")
	}
	fs := newFlags("token create")
	at := placeFlags(fs)
	user := fs.String("user", "", "sign-in name of the person whose rights the token has")
	name := fs.String("name", "command line", "what the token is for")
	scope := fs.String("scope", "*:*", "areas and acts it may be used for")
	days := fs.Int("days", 90, "days until it ends")
	asJSON := fs.Bool("json", false, "answer as JSON")
	if rest, err := parse(fs, args[1:]); err != nil || len(rest) > 0 {
		return cmp.Or(err, wrongUse("token create takes no argument"))
	}
	if *user == "" {
		return wrongUse("name the person: --user")
	}
	if *days < 1 || *days > 366 {
		return wrongUse("--days must be between 1 and 366")
	}
	scopes, err := tokenScopes(*scope)
	if err != nil {
		return err
	}
	p, err := at.openExisting(ctx, s.err)
	if err != nil {
		return err
	}
	defer p.Close()
	t := signin.Token{Name: *name, Scopes: scopes}
	secret := ""
	err = p.DB.Update(ctx, access.System(), func(u *storage.Update) error {
		u.Origin = "command"
		a, err := signin.AccountNamed(u, *user)
		if fail.Is(err, fail.NotFound) {
			return wrongUse("nobody signs in as %q", *user)
		}
		if err != nil {
			return err
		}
		t.Person, t.Expires = a.Person, u.Now.Add(time.Duration(*days)*24*time.Hour)
		secret, err = signin.CreateToken(u, t)
		return err
	})
	if err != nil {
		return err
	}
	return told(s.out, *asJSON, struct {
		Token   string    `json:"token"`
		Expires time.Time `json:"expires"`
	}{secret, t.Expires}, "%s\n", secret)
}

func tokenScopes(text string) ([]access.TokenScope, error) {
	var out []access.TokenScope
	for _, part := range strings.Split(text, ",") {
		area, act, ok := strings.Cut(strings.TrimSpace(part), ":")
		if !ok || area == "" || act == "" {
			return nil, wrongUse("--scope wants AREA:ACT, such as vendors:view; got %q", part)
		}
		out = append(out, access.TokenScope{Area: area, Act: access.Act(act)})
	}
	return out, nil
}
