package infrastructure

import (
	"context"
	"database/sql"
	"time"

	"steward/kernel/jobs"
	"steward/kernel/records"
)

// unheardJob marks the hosts that no longer report.
const unheardJob = "infrastructure.unheard"

// silence is how long a host may be silent before it is no longer called live.
const silence = 7 * 24 * time.Hour

func unheardKind() jobs.Kind {
	return jobs.Kind{Name: unheardJob, Attempts: 3, Run: func(ctx context.Context, run *jobs.Run) error {
		for {
			n := 0
			err := run.Update(ctx, func(u *records.Tx) (err error) {
				n, err = markUnheard(u, 200)
				return err
			})
			if err != nil || n == 0 {
				return err
			}
		}
	}}
}

// markUnheard marks up to limit live hosts that have been silent for too long.
// Their next report makes them live again, whether it brings news or not.
func markUnheard(u *records.Tx, limit int) (int, error) {
	var ids []records.ID[Host]
	err := u.Each(`SELECT h.id FROM infrastructure_host h
WHERE h.state = 'live' AND h.archived_at IS NULL
AND EXISTS (SELECT 1 FROM infrastructure_host_seen s WHERE s.host = h.id)
AND NOT EXISTS (SELECT 1 FROM infrastructure_host_seen s WHERE s.host = h.id AND s.seen_at >= $1)
ORDER BY h.id LIMIT $2`, []any{u.Now.Add(-silence).UnixMicro(), limit}, func(rows *sql.Rows) error {
		var id records.ID[Host]
		err := rows.Scan((*string)(&id))
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if _, err := u.Exec("UPDATE infrastructure_host_seen SET report_hash = '' WHERE host = $1", string(id)); err != nil {
			return 0, err
		}
		if err := Hosts.Update(u, id, func(h *Host) error { h.State = Unheard; return nil }); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}
