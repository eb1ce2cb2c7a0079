package decisions

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/kernel/storage"
)

// FindJob is the kind of the job that looks for what is to be decided, and its
// key while it waits.
const FindJob = "decisions.find"

// Jobs are the package's background work.
func Jobs(log *slog.Logger) ([]jobs.Kind, []jobs.Schedule) {
	return []jobs.Kind{{Name: FindJob, Attempts: 2, Run: func(ctx context.Context, run *jobs.Run) error { return Refresh(ctx, run.DB, log) }}},
		[]jobs.Schedule{{Name: FindJob, Kind: FindJob, When: jobs.Every(5 * time.Minute)}}
}

// Soon asks for the kinds to be looked through as soon as a worker is free:
// after a write that makes or ends a cause.
func Soon(u *records.Tx) error {
	_, err := jobs.Enqueue(u, FindJob, nil, jobs.Options{Key: FindJob})
	return err
}

// batch is how many matters are written in one transaction.
const batch = 200

// Refresh asks every kind what there is to decide: new matters are asked, open
// ones follow their cause, and those whose cause is gone are withdrawn. A kind that
// fails leaves its decisions as they are and does not hold up the others.
func Refresh(ctx context.Context, db *storage.Database, log *slog.Logger) error {
	var kinds []*Kind
	err := db.View(ctx, access.System(), func(v *storage.View) error {
		kinds = SetOf(v).All()
		return nil
	})
	if err != nil {
		return err
	}
	for _, k := range kinds {
		if err := k.refresh(ctx, db); err != nil {
			if ctx.Err() != nil {
				return err
			}
			log.Error("decisions could not be found", "kind", k.Name, "error", err)
		}
	}
	return nil
}

func (k *Kind) refresh(ctx context.Context, db *storage.Database) error {
	var asks []Ask
	gone := map[string]string{} // natural key → id of what waits
	err := db.View(ctx, access.System(), func(v *storage.View) (err error) {
		if asks, err = k.find(v); err != nil {
			return err
		}
		return v.Each("SELECT natural_key, id FROM decision WHERE kind = $1 AND state IN ('open', 'second')", []any{k.Name}, func(rows *sql.Rows) error {
			var key, id string
			err := rows.Scan(&key, &id)
			gone[key] = id
			return err
		})
	})
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for i := range asks {
		a := &asks[i]
		if err := a.check(); err != nil {
			return err
		}
		if seen[a.Key] {
			return fmt.Errorf("decisions: %s asks %q twice", k.Name, a.Key)
		}
		seen[a.Key] = true
		delete(gone, a.Key)
	}
	for part := range slices.Chunk(asks, batch) {
		if err := db.Update(ctx, access.System(), marked(func(u *storage.Update) error { return k.ask(u, part) })); err != nil {
			return err
		}
	}
	ids := make([]string, 0, len(gone))
	for _, id := range gone {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for part := range slices.Chunk(ids, batch) {
		if err := db.Update(ctx, access.System(), marked(func(u *storage.Update) error { return withdraw(u, part) })); err != nil {
			return err
		}
	}
	return nil
}

func marked(fn func(u *storage.Update) error) func(u *storage.Update) error {
	return func(u *storage.Update) error {
		u.Origin = "job:" + FindJob
		return fn(u)
	}
}

func (k *Kind) find(v *storage.View) (asks []Ask, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return k.Find(v)
}

// ask writes what is new and brings what is open up to date.
func (k *Kind) ask(u *storage.Update, asks []Ask) error {
	args, marks := []any{k.Name}, make([]string, len(asks))
	for i, a := range asks {
		args = append(args, a.Key)
		marks[i] = "$" + strconv.Itoa(i+2)
	}
	keyed := "WHERE kind = $1 AND natural_key IN (" + strings.Join(marks, ", ") + ")"
	waiting, err := query(u, keyed+" AND state IN ('open', 'second')", args...)
	if err != nil {
		return err
	}
	old := map[string]*Decision{}
	for _, d := range waiting {
		old[d.Key] = d
	}
	answered := map[string]bool{}
	err = u.Each("SELECT natural_key FROM decision "+keyed+" AND state = 'decided'", args, func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		answered[key] = true
		return err
	})
	if err != nil {
		return err
	}
	for i := range asks {
		a := &asks[i]
		switch d := old[a.Key]; {
		case d != nil:
			err = d.follow(u, a)
		case !answered[a.Key]:
			err = k.insert(u, a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *Ask) amount() (minor, currency any) {
	if !a.Amount.Set {
		return nil, nil
	}
	return a.Amount.V.Minor, a.Amount.V.Currency
}

func (k *Kind) insert(u *storage.Update, a *Ask) error {
	raw, hash, err := a.kept()
	if err != nil {
		return err
	}
	typeName, id := a.Subject.Split()
	minor, currency := a.amount()
	d := &Decision{ID: u.NewID()}
	n, err := u.Exec(`INSERT INTO decision (id, kind, natural_key, area, subject_type, subject, content, content_hash, state, decide_by, assignee, role, requester, amount, currency, asked_at, changed_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9, $10, $11, $12, $13, $14, $15, $15, 1) ON CONFLICT DO NOTHING`,
		d.ID, k.Name, a.Key, k.Area, typeName, id, raw, hash, storage.Null(a.DecideBy), storage.Null(a.Assignee), storage.Null(a.Role), storage.Null(a.Requester), minor, currency, u.Now.UnixMicro())
	if err != nil || n == 0 {
		return err
	}
	return d.happened(u, "asked", "", "")
}

// follow brings an open decision up to date with its cause. When one person has
// answered and what that answer relied on has changed, it is asked anew.
func (d *Decision) follow(u *storage.Update, a *Ask) error {
	raw, hash, err := a.kept()
	if err != nil {
		return err
	}
	was, wasHash, err := d.Ask.kept()
	if err != nil {
		return err
	}
	if raw == was && hash == wasHash && a.Subject == d.Subject && a.DecideBy == d.DecideBy && a.Assignee == d.Assignee && a.Role == d.Role && a.Requester == d.Requester {
		return nil
	}
	typeName, id := a.Subject.Split()
	minor, currency := a.amount()
	_, err = u.Exec(`UPDATE decision SET subject_type = $1, subject = $2, content = $3, content_hash = $4, decide_by = $5, assignee = $6, role = $7, requester = $8, amount = $9, currency = $10,
changed_at = $11, version = version + 1 WHERE id = $12`,
		typeName, id, raw, hash, storage.Null(a.DecideBy), storage.Null(a.Assignee), storage.Null(a.Role), storage.Null(a.Requester), minor, currency, u.Now.UnixMicro(), d.ID)
	if err != nil || hash == wasHash {
		return err
	}
	if d.State == Second {
		if err := d.reopen(u); err != nil {
			return err
		}
	}
	return d.happened(u, "changed", "", "")
}

// reopen takes the first person's answer away.
func (d *Decision) reopen(u *storage.Update) error {
	_, err := u.Exec(`UPDATE decision SET state = 'open', outcome = NULL, reason = NULL, decided_by = NULL, decided_name = NULL, decided_at = NULL,
second_by = NULL, second_name = NULL, second_reason = NULL, second_at = NULL, changed_at = $1, version = version + 1 WHERE id = $2`, u.Now.UnixMicro(), d.ID)
	return err
}

// withdraw takes back what nobody needs to decide any more.
func withdraw(u *storage.Update, ids []string) error {
	for _, id := range ids {
		n, err := u.Exec("UPDATE decision SET state = 'withdrawn', changed_at = $1, version = version + 1 WHERE id = $2 AND state IN ('open', 'second')", u.Now.UnixMicro(), id)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		if err := (&Decision{ID: id}).happened(u, "withdrawn", "", ""); err != nil {
			return err
		}
	}
	return nil
}
