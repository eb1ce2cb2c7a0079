package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"steward/demo"
	"steward/kernel/app"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/modules"
)

func demoCommand() command {
	return command{
		name: "demo", summary: "load a sample organisation, or take it away",
		help: `Usage: steward demo load --data DIR [--scale N] [--seed N] [--today YYYY-MM-DD] [--password WORD] [--json]
       steward demo remove --data DIR [--json]

Load fills an empty installation with the Nordwind Group: 4 sites, 400 people, 60 information
systems, 900 hosts, three years of costs, contracts, changes and orders. The scale multiplies
people, hosts and orders; the same seed, scale and day bring the same content. It prints a one-time
sign-in for an account of each role, unless one password is given for all of them.
An interrupted load goes on where it stood. Every page says that the organisation is a sample.
Remove takes everything away again but the accounts that the sample did not bring.

Example: steward demo load --data ./data-demo --seed 7`,
		run: runDemo,
	}
}

func runDemo(ctx context.Context, s streams, args []string) error {
	if len(args) == 0 || args[0] != "load" && args[0] != "remove" {
		return wrongUse("say `steward demo load …` or `steward demo remove …`; see --help")
	}
	fs := newFlags("demo " + args[0])
	at := placeFlags(fs)
	asJSON := fs.Bool("json", false, "answer as JSON")
	o := demo.Options{}
	if args[0] == "load" {
		fs.Float64Var(&o.Scale, "scale", 1, "how many times 400 people and 900 hosts")
		fs.Uint64Var(&o.Seed, "seed", 1, "what the content follows from")
		fs.StringVar((*string)(&o.Today), "today", string(records.DateOf(time.Now().UTC())), "the day the story ends on")
		fs.StringVar(&o.Password, "password", "", "for all accounts of the sample")
	}
	if rest, err := parse(fs, args[1:]); err != nil || len(rest) > 0 {
		if err == nil {
			err = wrongUse("demo %s takes no argument %q", args[0], rest[0])
		}
		return err
	}
	if o.Password != "" {
		if err := signin.CheckPassword("demo", o.Password); err != nil {
			return wrongUse("--password: %v", err)
		}
	}
	clock := &demo.Clock{}
	p, err := app.Open(ctx, app.Config{Data: at.data, URL: at.db, NoBackup: at.noBackup, Now: clock.Now, Log: slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelWarn}))}, modules.All())
	if err != nil {
		return err
	}
	defer p.Close()
	if args[0] == "remove" {
		return removeDemo(ctx, s, p, *asJSON)
	}
	return loadDemo(ctx, s, p, clock, o, *asJSON)
}

func loadDemo(ctx context.Context, s streams, p *app.Program, clock *demo.Clock, o demo.Options, asJSON bool) error {
	began, said := time.Now(), time.Time{}
	o.Say = func(done, total int, what string) {
		if time.Since(said) > 2*time.Second {
			said = time.Now()
			fmt.Fprintf(s.err, "%3d %%  %s\n", done*100/max(total, 1), what)
		}
	}
	logins, err := demo.Load(ctx, p, clock, o)
	if e := fail.As(err); e != nil && e.Kind == fail.Invalid && !errors.Is(err, context.Canceled) {
		return wrongUse("%v", err)
	}
	if err != nil {
		return err
	}
	if asJSON {
		return told(s.out, true, logins, "")
	}
	fmt.Fprintf(s.out, "The sample organisation is loaded (%s). Start it with: steward serve --data %s\n\nSign in as:\n", time.Since(began).Round(time.Second), p.Data)
	for _, l := range logins {
		how := "the password given"
		if l.Link != "" {
			how = "/welcome/" + l.Link
		}
		fmt.Fprintf(s.out, "  %-10s %-18s %-24s %s\n", l.Login, l.Name, l.Role, how)
	}
	if o.Password == "" {
		fmt.Fprintln(s.out, "\nEach link follows the address that serve prints, works once and within 7 days.")
	}
	return nil
}

func removeDemo(ctx context.Context, s streams, p *app.Program, asJSON bool) error {
	kept, err := demo.Remove(ctx, p)
	if err != nil {
		return err
	}
	link, err := firstSignIn(ctx, p) // a server that runs goes on: without this nobody could enter
	if err != nil {
		return err
	}
	gone := struct {
		Kept    int    `json:"accounts_kept"`
		Welcome string `json:"welcome,omitempty"`
	}{kept, ""}
	words := fmt.Sprintf("The sample organisation is gone. Accounts kept: %d.\n", kept)
	if link != "" {
		gone.Welcome = "/welcome/" + link
		words += "First administrator's sign-in, after the address that serve prints (works once, within 24 hours):\n  " + gone.Welcome + "\n"
	}
	return told(s.out, asJSON, gone, "%s", words)
}
