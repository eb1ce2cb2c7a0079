package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/modules/privacy"
)

func personCommand() command {
	return command{
		name: "person", summary: "tell what is held of a person, and erase it",
		help: `Usage:
  steward person export --data DIR --person PER-0012 --out FILE [--as NAME] [--db postgres://…]
  steward person erase  --data DIR --person PER-0012 --reason TEXT [--yes] [--json] [--db postgres://…]

export writes all that is held of a person as JSON (GDPR art. 15): the record, account, roles, sessions, history,
comments, links in both directions, decisions, notifications, files, and where texts name the person. No secrets are in
it. --as reads with the rights of who signs in under NAME; without it all is read. That it was read stands in the
person's history.

erase shows what an erasure (GDPR art. 17) would clear, change and keep, and what stands against it; with --yes it is
done at once, by whoever has the data folder: in the program a second person has to agree. It cannot be undone. Leave
the name out of the reason. The list of erasures, DIR/erasures.jsonl, is in no backup: keep a copy of it elsewhere, as of
the key, so that a restore erases again what an older backup brings back.

Example: steward person export --data ./data --person PER-0012 --out held.json`,
		run: func(ctx context.Context, s streams, args []string) error {
			if len(args) > 0 {
				switch args[0] {
				case "export":
					return exportPerson(ctx, s, args[1:])
				case "erase":
					return erasePerson(ctx, s, args[1:])
				}
			}
			return wrongUse("say `steward person export …` or `steward person erase …`; see --help")
		},
	}
}

func exportPerson(ctx context.Context, s streams, args []string) error {
	flags := newFlags("person export")
	at := placeFlags(flags)
	who := flags.String("person", "", "number or id of the person")
	out := flags.String("out", "", "file to write; - for standard output")
	as := flags.String("as", "", "sign-in name of who reads")
	if rest, err := parse(flags, args); err != nil || len(rest) > 0 {
		return cmp.Or(err, wrongUse("person export takes flags only"))
	}
	switch {
	case *who == "":
		return wrongUse("name the person: --person PER-0012")
	case *out == "":
		return wrongUse("name the file to write: --out")
	}
	if _, err := os.Stat(*out); *out != "-" && !errors.Is(err, fs.ErrNotExist) {
		return wrongUse("%s already exists; name another file", *out)
	}
	p, err := at.openExisting(ctx, s.err)
	if err != nil {
		return err
	}
	defer p.Close()
	var held *privacy.Held
	err = p.DB.Update(ctx, access.System(), func(u *storage.Update) error {
		u.Origin = "command"
		actor, err := actorNamed(u, *as)
		if err != nil {
			return err
		}
		held, err = privacy.Read(u.As(actor), *who, privacy.AsFile)
		return err
	})
	if fail.Is(err, fail.NotFound) {
		return wrongUse("there is no person %s, or not for %s to read", *who, cmp.Or(*as, "anybody"))
	}
	if err != nil {
		return err
	}
	raw, err := held.JSON()
	if err != nil {
		return err
	}
	if *out == "-" {
		_, err = s.out.Write(raw)
		return err
	}
	f, err := os.OpenFile(*out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(*out))
	}
	_, err = fmt.Fprintf(s.out, "Wrote %s: what is held of %s, %s.\n", *out, held.Person.Number, held.Person.Title)
	return err
}

func erasePerson(ctx context.Context, s streams, args []string) error {
	flags := newFlags("person erase")
	at := placeFlags(flags)
	who := flags.String("person", "", "number or id of the person")
	reason := flags.String("reason", "", "why, without the name")
	yes := flags.Bool("yes", false, "erase; without it nothing is changed")
	asJSON := flags.Bool("json", false, "answer as JSON")
	if rest, err := parse(flags, args); err != nil || len(rest) > 0 {
		return cmp.Or(err, wrongUse("person erase takes flags only"))
	}
	switch {
	case *who == "":
		return wrongUse("name the person: --person PER-0012")
	case strings.TrimSpace(*reason) == "":
		return wrongUse("say why, without the name: --reason")
	}
	p, err := at.openExisting(ctx, s.err)
	if err != nil {
		return err
	}
	defer p.Close()
	var plan *privacy.Plan
	err = p.DB.View(ctx, access.System(), func(v *storage.View) error {
		rec, err := org.Persons.Def().Find(v, *who)
		if fail.Is(err, fail.NotFound) {
			return wrongUse("there is no person %s", *who)
		}
		if err == nil {
			plan, err = privacy.Preview(v, rec.ID())
		}
		return err
	})
	if err != nil {
		return err
	}
	if *yes && len(plan.Why) == 0 {
		err = p.DB.Update(ctx, access.System(), func(u *storage.Update) (err error) {
			u.Origin = "command"
			plan, err = privacy.Erase(u, plan.Person.ID, *reason)
			return err
		})
		if err != nil {
			return err
		}
	}
	if *asJSON {
		if err := told(s.out, true, plan, ""); err != nil {
			return err
		}
	} else {
		tellPlan(s.out, plan)
	}
	switch {
	case len(plan.Why) > 0:
		return errors.New("nothing was erased: " + plan.Why[0])
	case !*yes:
		return errors.New("nothing was erased; say --yes to do it, which cannot be undone")
	case !*asJSON:
		_, err = fmt.Fprintf(s.out, "%s is erased. Keep a copy of %s elsewhere.\n", plan.Person.Number, filepath.Join(at.data, privacy.LedgerFile))
	}
	return err
}

// tellPlan says in words what an erasure does.
func tellPlan(w io.Writer, plan *privacy.Plan) {
	fmt.Fprintf(w, "%s, %s\n", plan.Person.Number, plan.Person.Title)
	for _, list := range []struct {
		title string
		parts []privacy.Part
	}{{"Cleared", plan.Cleared}, {"Changed", plan.Changed}, {"Kept", plan.Kept}} {
		fmt.Fprintf(w, "%s:\n", list.title)
		for _, part := range list.parts {
			fmt.Fprintf(w, "  %6d  %s\n", part.Count, part.Text)
			if part.WhyText != "" {
				fmt.Fprintf(w, "          %s\n", part.WhyText)
			}
		}
	}
	for _, note := range plan.Says {
		fmt.Fprintln(w, "Note: "+note)
	}
	for _, why := range plan.Why {
		fmt.Fprintln(w, "Against it: "+why)
	}
}

// actorNamed is who signs in under a name; Steward itself for none.
func actorNamed(r storage.Reader, login string) (*access.Actor, error) {
	if login == "" {
		return access.System(), nil
	}
	a, err := signin.AccountNamed(r, login)
	if fail.Is(err, fail.NotFound) {
		return nil, wrongUse("nobody signs in as %q", login)
	}
	if err != nil {
		return nil, err
	}
	return signin.ActorOf(r, a.Person)
}
