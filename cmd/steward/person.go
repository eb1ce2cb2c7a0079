package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/modules/privacy"
)

func personCommand() command {
	return command{
		name: "person", summary: "tell what is held of a person",
		help: `Usage:
  steward person export --data DIR --person PER-0012 --out FILE [--as NAME] [--db postgres://…]

export writes all that is held of a person as JSON (GDPR art. 15): the record, account, roles, sessions, history,
comments, links in both directions, decisions, notifications, files, and where texts name the person. No secrets are in
it. --as reads with the rights of who signs in under NAME; without it all is read. That it was read stands in the
person's history.

Example: steward person export --data ./data --person PER-0012 --out held.json`,
		run: func(ctx context.Context, s streams, args []string) error {
			if len(args) > 0 {
				switch args[0] {
				case "export":
					return exportPerson(ctx, s, args[1:])
				}
			}
			return wrongUse("say `steward person export …`; see --help")
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
