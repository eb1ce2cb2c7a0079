package notices

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"steward/kernel/access"
	"steward/kernel/jobs"
	"steward/kernel/notify"
	"steward/kernel/signin"
	"steward/kernel/storage"
)

const (
	// overlap is how far back is looked again, for what was committed late.
	overlap = 2 * time.Minute
	// firstLook is how far back a new installation looks.
	firstLook = 24 * time.Hour
	// atOnce is how many things of a sort are heard of in one look, and how many
	// notices one transaction keeps.
	atOnce = 300
)

// looker looks through what happened and gives notices of it.
type looker struct{ sources []notify.Happened }

func (l looker) run(ctx context.Context, run *jobs.Run) error {
	var found []notify.Notice
	var w ways
	var now time.Time
	may := map[string]bool{}
	roles := map[string][]string{}
	err := run.View(ctx, func(v *storage.View) error {
		now = v.Now
		var mark int64
		known, err := v.Row("SELECT at FROM notices_mark WHERE name = 'look'", nil, &mark)
		if err != nil {
			return err
		}
		since := time.UnixMicro(mark).Add(-overlap)
		if !known {
			since = now.Add(-firstLook)
		}
		for _, happened := range l.sources {
			list, err := happened(v, since)
			if err != nil {
				return err
			}
			found = append(found, list...)
		}
		if len(found) == 0 {
			return nil
		}
		if w, err = loadWays(v, ""); err != nil {
			return err
		}
		err = v.Each("SELECT person FROM signin_account WHERE NOT disabled", nil, func(rows *sql.Rows) error {
			var person string
			err := rows.Scan(&person)
			may[person] = true
			return err
		})
		if err != nil {
			return err
		}
		held, err := signin.Roles(v, "")
		for _, h := range held {
			if h.Until.IsZero() || h.Until.After(now) {
				roles[h.Role] = append(roles[h.Role], h.Person)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	for part := range slices.Chunk(found, atOnce) {
		err := run.Update(ctx, func(u *storage.Update) error {
			for _, n := range part {
				to := slices.Clone(n.To)
				for _, role := range n.Roles {
					to = append(to, roles[role]...)
				}
				slices.Sort(to)
				for _, person := range slices.Compact(to) {
					if may[person] {
						if err := give(u, person, n, w); err != nil {
							return err
						}
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return run.Update(ctx, func(u *storage.Update) error {
		if _, err := u.Exec("INSERT INTO notices_mark (name, at) VALUES ('look', $1) ON CONFLICT (name) DO UPDATE SET at = $1", now.UnixMicro()); err != nil {
			return err
		}
		var due int
		if found, err := u.Row("SELECT 1 FROM notices_notice WHERE mail = 'due' LIMIT 1", nil, &due); err != nil || !found {
			return err
		}
		_, err := jobs.Enqueue(u, mailJob, nil, jobs.Options{Key: mailJob})
		return err
	})
}

// after is the least id that something made since a moment can have: ids sort by time.
func after(since time.Time) string { return storage.NewID(since)[:13] }

// deciders are those whom decisions can wait for: who holds a role or heads a unit.
func deciders(v *storage.View) (out []*access.Actor, err error) {
	people, err := v.Texts(`SELECT a.person FROM signin_account a WHERE NOT a.disabled AND (
	EXISTS (SELECT 1 FROM signin_role r WHERE r.person = a.person) OR EXISTS (SELECT 1 FROM signin_grant g WHERE g.person = a.person)
	OR EXISTS (SELECT 1 FROM org_unit o WHERE o.head = a.person) OR EXISTS (SELECT 1 FROM decision d WHERE (d.assignee = a.person OR d.delegate = a.person) AND d.state IN ('open', 'second')))
ORDER BY a.person`)
	if err != nil {
		return nil, err
	}
	return signin.ActorsOf(v, people)
}
