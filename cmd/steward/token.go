package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/signin"
	"steward/kernel/storage"
)

func tokenCommand() command {
	return command{
		name: "token", summary: "make API tokens",
		help: `Usage: steward token create --data DIR --user NAME [--name TEXT] [--scope AREA:ACT[,…]] [--days 90]

Prints the token alone. It has the user's rights, narrowed to the scope (all by default), and ends.

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
	if _, err := parse(fs, args[1:]); err != nil {
		return err
	}
	if *user == "" {
		return wrongUse("name the person: --user")
	}
	if *days < 1 || *days > 3650 {
		return wrongUse("--days must be between 1 and 3650")
	}
	scopes, err := tokenScopes(*scope)
	if err != nil {
		return err
	}
	p, err := at.open(ctx, s.err)
	if err != nil {
		return err
	}
	defer p.Close()
	secret := ""
	err = p.DB.Update(ctx, access.System(), func(u *storage.Update) error {
		u.Origin = "command"
		a, err := signin.AccountNamed(u, *user)
		if err != nil {
			return err
		}
		secret, err = signin.CreateToken(u, signin.Token{Person: a.Person, Name: *name, Scopes: scopes, Expires: u.Now.Add(time.Duration(*days) * 24 * time.Hour)})
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, secret)
	return err
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
