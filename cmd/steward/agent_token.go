package main

import (
	"context"
	"fmt"
	"time"

	"steward/kernel/access"
	"steward/kernel/storage"
	"steward/modules/infrastructure"
)

const agentTokenHelp = `
       steward agent token --data DIR [--uses N] [--days N] [--name TEXT]

token      prints a token with which machines enrol at the server of DIR, alone

Flags of token:
  --data DIR        the server's folder (default ./data), --db URL its PostgreSQL
  --uses N          for how many machines (default 1)
  --days N          how long it holds (default 1)
  --name TEXT       what it is for
`

// agentToken prints a new enrolment token.
func agentToken(ctx context.Context, s streams, args []string) error {
	fs := newFlags("agent token")
	at := placeFlags(fs)
	uses := fs.Int64("uses", 1, "for how many machines")
	days := fs.Int("days", 1, "days it holds")
	name := fs.String("name", "command line", "what it is for")
	if rest, err := parse(fs, args); err != nil || len(rest) > 0 {
		if err == nil {
			err = wrongUse("agent token takes no argument %q", rest[0])
		}
		return err
	}
	if *uses < 1 || *uses > infrastructure.MostUses {
		return wrongUse("--uses must be between 1 and %d", infrastructure.MostUses)
	}
	if most := int(infrastructure.LongestUse.Hours() / 24); *days < 1 || *days > most {
		return wrongUse("--days must be between 1 and %d", most)
	}
	p, err := at.openExisting(ctx, s.err)
	if err != nil {
		return err
	}
	defer p.Close()
	token := ""
	err = p.DB.Update(ctx, access.System(), func(u *storage.Update) (err error) {
		u.Origin = "command"
		token, err = infrastructure.NewEnrolment(u, *name, *uses, time.Duration(*days)*24*time.Hour)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, token)
	return err
}
