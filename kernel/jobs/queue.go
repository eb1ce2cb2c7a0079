package jobs

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/storage"
)

// outcome is how an attempt ended.
type outcome struct {
	run   *Run
	kind  *Kind
	err   error
	took  time.Duration
	state State // Done, Failed, Cancelled, or Waiting for another attempt
	// back: it did not fail, the program is being stopped; another copy goes on.
	back bool
}

// turn writes down how attempts ended and claims up to want more jobs, in one
// transaction, so that short jobs cost little more than their own work.
func (r *Runner) turn(ctx context.Context, ended []outcome, want int) (claimed []*Run, err error) {
	if len(ended) == 0 && want <= 0 {
		return nil, nil
	}
	err = r.DB.Update(ctx, access.System(), func(u *storage.Update) error {
		claimed = nil
		if err := r.settle(u, ended); err != nil {
			return err
		}
		if want > 0 {
			claimed, err = r.claim(u, want)
		}
		return err
	})
	return claimed, err
}

func (r *Runner) settle(u *storage.Update, ended []outcome) error {
	var ids []any
	for _, o := range ended {
		if o.state == Done {
			ids = append(ids, o.run.ID)
			continue
		}
		if err := r.settleOne(u, o); err != nil {
			return err
		}
	}
	for batch := range slices.Chunk(ids, 100) {
		_, err := u.Exec("UPDATE job SET state = 'done', lease = NULL, lease_until = NULL, error = NULL, ended_at = $1 WHERE state = 'running' AND lease = $2 AND id IN ("+marks(3, len(batch))+")",
			append([]any{u.Now.UnixMicro(), r.lease}, batch...)...)
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *Runner) settleOne(u *storage.Update, o outcome) error {
	attempt, due, ended := o.run.Attempt, u.Now, any(u.Now.UnixMicro())
	var failure any
	if o.err != nil {
		failure = shorten(o.err.Error())
	}
	if o.state == Waiting {
		ended = nil
		if o.back {
			attempt, failure = attempt-1, nil
		} else {
			due = u.Now.Add(o.kind.pause(o.run.ID, o.run.Attempt))
		}
	}
	_, err := u.Exec("UPDATE job SET state = $1, lease = NULL, lease_until = NULL, attempt = $2, due_at = $3, error = $4, ended_at = $5 WHERE id = $6 AND state = 'running' AND lease = $7",
		string(o.state), attempt, due.UnixMicro(), failure, ended, o.run.ID, r.lease)
	return err
}

// claim leases jobs whose time has come, of the kinds this copy knows.
func (r *Runner) claim(u *storage.Update, want int) (out []*Run, err error) {
	names := make([]any, 0, len(r.Kinds))
	for _, k := range r.Kinds {
		names = append(names, k.Name)
	}
	type claimed struct {
		*Run
		priority, due int64
	}
	if u.Dialect() == storage.Postgres {
		// A queue's statistics are always of another moment: taken when it was empty,
		// they make PostgreSQL sort all of a long queue instead of reading its index.
		if _, err := u.Exec("SET LOCAL enable_sort = off"); err != nil {
			return nil, err
		}
	}
	var list []claimed
	err = u.Each(`WITH due AS MATERIALIZED (
			SELECT id FROM job WHERE state = 'waiting' AND due_at <= $1 AND kind IN (`+marks(5, len(names))+`)
			ORDER BY priority DESC, due_at, id LIMIT $2`+u.Dialect().SkipLocked()+`
		)
		UPDATE job SET state = 'running', lease = $3, lease_until = $4, attempt = attempt + 1, started_at = $1
		WHERE id IN (SELECT id FROM due)
		RETURNING id, kind, args, attempt, cursor_json, by_person, priority, due_at`,
		append([]any{u.Now.UnixMicro(), want, r.lease, u.Now.Add(r.leaseTime()).UnixMicro()}, names...), func(rows *sql.Rows) error {
			c := claimed{Run: &Run{DB: r.DB, lease: r.lease, lasts: r.leaseTime()}}
			err := rows.Scan(&c.ID, &c.Run.Kind, &c.args, &c.Attempt, storage.Zero(&c.cursor), storage.Zero(&c.By), &c.priority, &c.due)
			list = append(list, c)
			return err
		})
	slices.SortFunc(list, func(a, b claimed) int {
		return cmp.Or(cmp.Compare(b.priority, a.priority), cmp.Compare(a.due, b.due), cmp.Compare(a.ID, b.ID))
	})
	for _, c := range list {
		out = append(out, c.Run)
	}
	return out, err
}

// renew keeps the lease on the jobs in hand that did not keep it themselves by
// saving, and returns those still held.
func (r *Runner) renew(ctx context.Context) (held map[string]bool, err error) {
	err = r.DB.Update(ctx, access.System(), func(u *storage.Update) error {
		held = map[string]bool{}
		_, err := u.Exec("UPDATE job SET lease_until = $1 WHERE lease = $2 AND state = 'running' AND lease_until < $3",
			u.Now.Add(r.leaseTime()).UnixMicro(), r.lease, u.Now.Add(r.leaseTime()*2/3).UnixMicro())
		if err != nil {
			return err
		}
		return u.Each("SELECT id FROM job WHERE lease = $1 AND state = 'running'", []any{r.lease}, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			held[id] = true
			return err
		})
	})
	return held, err
}

// cancelled returns the jobs in hand that somebody asked to stop.
func (r *Runner) cancelled(ctx context.Context) (ids []string, err error) {
	err = r.DB.View(ctx, access.System(), func(v *storage.View) error {
		return v.Each("SELECT id FROM job WHERE lease = $1 AND state = 'running' AND cancel", []any{r.lease}, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
	})
	return ids, err
}

// upkeep frees jobs whose worker is gone, and forgets what ended long ago.
func (r *Runner) upkeep(ctx context.Context) error {
	return r.DB.Update(ctx, access.System(), func(u *storage.Update) error {
		now := u.Now.UnixMicro()
		type left struct {
			id, kind string
			attempt  int
			cancel   bool
		}
		var lost []left
		err := u.Each("SELECT id, kind, attempt, cancel FROM job WHERE state = 'running' AND lease_until < $1 ORDER BY id LIMIT 500"+u.Dialect().SkipLocked(), []any{now}, func(rows *sql.Rows) error {
			var l left
			err := rows.Scan(&l.id, &l.kind, &l.attempt, &l.cancel)
			lost = append(lost, l)
			return err
		})
		if err != nil {
			return err
		}
		for _, l := range lost {
			state, ended := Waiting, any(nil)
			k := r.kind(l.kind)
			switch {
			case l.cancel:
				state, ended = Cancelled, now
			case k != nil && l.attempt >= k.attempts():
				state, ended = Failed, now
			}
			if _, err := u.Exec("UPDATE job SET state = $1, lease = NULL, lease_until = NULL, error = $2, ended_at = $3, due_at = $4 WHERE id = $5 AND state = 'running'",
				string(state), "The program ended while the job ran.", ended, now, l.id); err != nil {
				return err
			}
		}
		for _, state := range []State{Done, Cancelled, Failed} {
			keep := keepDone
			if state == Failed {
				keep = keepFailed
			}
			if _, err := u.Exec("DELETE FROM job WHERE id IN (SELECT id FROM job WHERE state = $1 AND ended_at < $2 ORDER BY ended_at LIMIT 500)", string(state), u.Now.Add(-keep).UnixMicro()); err != nil {
				return err
			}
		}
		return nil
	})
}

// How long jobs that ended can still be looked at.
const (
	keepDone   = 7 * 24 * time.Hour
	keepFailed = 90 * 24 * time.Hour
)

// marks are n placeholders from $from on.
func marks(from, n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("$%d", from+i)
	}
	return strings.Join(out, ", ")
}

// shorten keeps an error readable in a list.
func shorten(s string) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "?")
	if len(s) > 2000 {
		s = strings.ToValidUTF8(s[:2000], "") + "…"
	}
	return s
}
