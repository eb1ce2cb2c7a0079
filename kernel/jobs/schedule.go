package jobs

import (
	"context"
	"fmt"
	"time"

	"steward/kernel/access"
	"steward/kernel/storage"
)

// Schedule enqueues a job again and again. What was missed while the program was
// off is made up for once, not as often as it was missed; a run that lasts beyond
// the next moment is not overlapped.
type Schedule struct {
	Name string
	Kind string
	Args any
	When When
}

// When is every so often, or each day at a time.
type When struct {
	Every time.Duration
	At    string // "06:30", local
}

// Every is each d from the program's first start on.
func Every(d time.Duration) When { return When{Every: d} }

// Daily is each day at "HH:MM".
func Daily(at string) When { return When{At: at} }

func (w When) check() error {
	if w.Every != 0 {
		if w.Every < time.Second || w.At != "" {
			return fmt.Errorf("a schedule is either every second or more, or at a time of day")
		}
		return nil
	}
	if _, err := time.Parse("15:04", w.At); err != nil {
		return fmt.Errorf("time of day %q is not HH:MM", w.At)
	}
	return nil
}

func (w When) spec(zone *time.Location) string {
	if w.Every != 0 {
		return "every " + w.Every.String()
	}
	return "at " + w.At + " " + zone.String()
}

// next is the first moment after t. An hour that the clocks leap over comes an hour
// later; one that they repeat counts the first time.
func (w When) next(t time.Time, zone *time.Location) time.Time {
	if w.Every != 0 {
		return t.Add(w.Every)
	}
	clock, _ := time.Parse("15:04", w.At)
	local := t.In(zone)
	for n := 0; ; n++ {
		at := time.Date(local.Year(), local.Month(), local.Day()+n, clock.Hour(), clock.Minute(), 0, 0, zone)
		if at.After(t) {
			return at
		}
	}
}

// runSchedules enqueues what has come due, once among all copies.
func (r *Runner) runSchedules(ctx context.Context) error {
	for _, s := range r.Schedules {
		spec := s.When.spec(r.zone())
		var kept string
		var next int64
		var found bool
		err := r.DB.View(ctx, access.System(), func(v *storage.View) (err error) {
			found, err = v.Row("SELECT spec, next_at FROM job_schedule WHERE name = $1", []any{s.Name}, &kept, &next)
			return err
		})
		if err != nil {
			return err
		}
		if found && kept == spec && r.DB.Now().UnixMicro() < next {
			continue
		}
		err = r.DB.Update(ctx, access.System(), func(u *storage.Update) error {
			u.Origin = "schedule:" + s.Name
			then := s.When.next(u.Now, r.zone()).UnixMicro()
			if !found {
				_, err := u.Exec("INSERT INTO job_schedule (name, spec, next_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", s.Name, spec, then)
				return err
			}
			if kept != spec {
				_, err := u.Exec("UPDATE job_schedule SET spec = $1, next_at = $2 WHERE name = $3 AND spec = $4", spec, then, s.Name, kept)
				return err
			}
			n, err := u.Exec("UPDATE job_schedule SET next_at = $1, last_at = $2 WHERE name = $3 AND next_at = $4", then, u.Now.UnixMicro(), s.Name, next)
			if err != nil || n == 0 {
				return err
			}
			_, err = Enqueue(u, s.Kind, s.Args, Options{Key: "schedule:" + s.Name})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
