package figures

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"steward/kernel/access"
	"steward/kernel/jobs"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
)

// ComputeJob is the kind of the job that computes all figures, and its key while it waits.
const ComputeJob = "figures.compute"

// Jobs are the package's background work: computing every ten minutes, closing
// months every night.
func Jobs(log *slog.Logger) ([]jobs.Kind, []jobs.Schedule) {
	return []jobs.Kind{
			{Name: ComputeJob, Attempts: 2, Run: func(ctx context.Context, run *jobs.Run) error { return Compute(ctx, run.DB, log) }},
			{Name: "figures.close", Attempts: 3, Run: func(ctx context.Context, run *jobs.Run) error { return CloseDue(ctx, run.DB, log) }},
		}, []jobs.Schedule{
			{Name: "figures.compute", Kind: ComputeJob, When: jobs.Every(10 * time.Minute)},
			{Name: "figures.close", Kind: "figures.close", When: jobs.Daily("03:10")},
		}
}

// Soon asks for all figures to be computed as soon as a worker is free.
func Soon(u *records.Tx) error {
	_, err := jobs.Enqueue(u, ComputeJob, nil, jobs.Options{Key: ComputeJob})
	return err
}

type computed struct {
	figure *Figure
	scope  Scope
	at     time.Time
	result Result
	err    error
}

// batch is how many values are kept in one transaction.
const batch = 200

// Compute computes the figures with the given keys, all without any, for their
// scopes and keeps the values. A figure that fails keeps its last value, marked,
// and does not hold up the others; log tells why.
func Compute(ctx context.Context, db *storage.Database, log *slog.Logger, keys ...string) error {
	var done []computed
	err := db.View(ctx, access.System(), func(v *storage.View) error {
		set := SetOf(v)
		for _, f := range set.All() {
			if len(keys) > 0 && !slices.Contains(keys, f.Key) {
				continue
			}
			scopes, err := f.ComputedFor(v)
			if err != nil {
				return err
			}
			for _, s := range scopes {
				if err := ctx.Err(); err != nil {
					return err
				}
				c := computed{figure: f, scope: s, at: v.Now}
				c.result, c.err = f.compute(v, s, v.Now)
				done = append(done, c)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for part := range slices.Chunk(done, batch) {
		err := db.Update(ctx, access.System(), func(u *storage.Update) error {
			u.Origin = "job:" + ComputeJob
			for _, c := range part {
				if err := c.keep(u); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, c := range done {
		if c.err != nil {
			log.Error("a figure could not be computed", "figure", c.figure.Key, "scope", string(c.scope), "error", c.err)
		}
	}
	return db.Update(ctx, access.System(), forget)
}

// ComputedFor are the scopes that the figure is computed for.
func (f *Figure) ComputedFor(v *storage.View) ([]Scope, error) {
	scopes := []Scope{Organisation}
	if f.Scopes != nil {
		more, err := f.Scopes(v)
		if err != nil {
			return nil, fmt.Errorf("scopes of figure %s: %w", f.Key, err)
		}
		scopes = append(scopes, more...)
	}
	return scopes, nil
}

// compute calls Compute and turns a panic into an error, since one figure must
// not take the others with it.
func (f *Figure) compute(v *storage.View, s Scope, at time.Time) (r Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f.Compute(v, s, at)
}

func (c computed) keep(u *storage.Update) error {
	if c.err == nil {
		return Keep(u, c.figure, c.scope, c.at, c.result)
	}
	_, err := u.Exec(`UPDATE figure_value SET failed_at = $1 WHERE figure = $2 AND scope = $3 AND failed_at IS NULL
AND day = (SELECT MAX(day) FROM figure_value l WHERE l.figure = $2 AND l.scope = $3)`, c.at.UnixMicro(), c.figure.Key, string(c.scope))
	return err
}

// explained is for how long each day's explanation is kept; the values stay.
// It is longer than a month is open.
const explained = 70

func forget(u *storage.Update) error {
	o, _, err := org.Get(u)
	if err != nil {
		return err
	}
	_, err = u.Exec("UPDATE figure_value SET explanation = NULL WHERE day < $1 AND explanation IS NOT NULL", string(o.Today(u).AddDays(-explained)))
	return err
}
