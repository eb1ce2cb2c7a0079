package signin

import (
	"context"
	"time"

	"steward/kernel/jobs"
	"steward/kernel/storage"
)

// TidyKind names the job that tidies.
const TidyKind = "signin.tidy"

// TidyJob is Tidy as background work.
func TidyJob() jobs.Kind {
	return jobs.Kind{Name: TidyKind, Run: func(ctx context.Context, run *jobs.Run) error { return run.Update(ctx, Tidy) }}
}

// TidySchedule tidies each hour.
func TidySchedule() jobs.Schedule {
	return jobs.Schedule{Name: TidyKind, Kind: TidyKind, When: jobs.Every(time.Hour)}
}

// Tidy removes what has expired: sessions, links, tokens long gone, old failures.
func Tidy(u *storage.Update) error {
	now := u.Now.UnixMicro()
	for _, step := range []struct {
		query string
		arg   int64
	}{
		{"DELETE FROM signin_session WHERE expires_at <= $1", now},
		{"DELETE FROM signin_session WHERE seen_at <= $1", u.Now.Add(-SessionIdle).UnixMicro()},
		{"DELETE FROM signin_link WHERE expires_at <= $1", now},
		{"DELETE FROM signin_token WHERE expires_at <= $1", u.Now.AddDate(-1, 0, 0).UnixMicro()},
		{"DELETE FROM signin_failure WHERE last_at <= $1", u.Now.Add(-forgotten).UnixMicro()},
	} {
		if _, err := u.Exec(step.query, step.arg); err != nil {
			return err
		}
	}
	return nil
}
