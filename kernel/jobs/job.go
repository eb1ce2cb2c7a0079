package jobs

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"steward/kernel/fail"
	"steward/kernel/storage"
)

// State is where a job stands.
type State string

const (
	Waiting   State = "waiting" // until its time, or for a worker
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed" // a dead letter: tried as often as its kind allows
	Cancelled State = "cancelled"
)

// Options say when and how a job is to run; the zero value means now, once for
// each call.
type Options struct {
	// Key keeps a job from being enqueued while another with the same key waits or runs.
	Key string
	// At is the moment before which it does not start; zero is now.
	At time.Time
	// Priority puts higher ones first. Somebody waiting for the result: 10; upkeep: -10.
	// Above zero it also ends the pause before another attempt of the one with its key.
	Priority int
}

// Enqueue puts a job in the queue if the transaction commits, and returns its id: of
// the one that is there already if its key is taken. args become JSON.
func Enqueue(u *storage.Update, kind string, args any, o Options) (id string, err error) {
	raw, err := json.Marshal(args)
	if err != nil {
		return "", fmt.Errorf("enqueue %s: %w", kind, err)
	}
	at := o.At
	if at.IsZero() {
		at = u.Now
	}
	var key, by any
	if o.Key != "" {
		key = o.Key
	}
	if u.Actor.Person != "" {
		by = u.Actor.Person
	}
	found, err := u.Row(`INSERT INTO job (id, kind, args, state, priority, due_at, attempt, unique_key, done, cancel, by_person, made_at)
		VALUES ($1, $2, $3, 'waiting', $4, $5, 0, $6, 0, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING id`,
		[]any{storage.NewID(u.Now), kind, string(raw), o.Priority, at.UnixMicro(), key, false, by, u.Now.UnixMicro()}, &id)
	if err == nil && !found && o.Priority > 0 { // somebody waits: what pauses before another attempt is made now
		_, err = u.Exec("UPDATE job SET due_at = $1 WHERE unique_key = $2 AND state = 'waiting' AND due_at > $1", at.UnixMicro(), o.Key)
	}
	if err == nil && !found {
		_, err = u.Row("SELECT id FROM job WHERE unique_key = $1 AND state IN ('waiting', 'running')", []any{o.Key}, &id)
	}
	return id, err
}

// Job is a job as it is shown.
type Job struct {
	ID, Kind string
	Args     json.RawMessage
	State    State
	Attempt  int
	DueAt    time.Time
	Done     int64
	Total    int64 // 0: unknown
	Progress string
	Error    string // of the last attempt
	By       string // person who caused it, "" for Steward
	Cancel   bool   // asked to stop
	MadeAt   time.Time
	Started  time.Time // last attempt; zero: none yet
	Ended    time.Time // zero: not yet
}

const columns = "id, kind, args, state, attempt, due_at, done, total, progress, error, by_person, cancel, made_at, started_at, ended_at"

// Get returns a job, or 'not found'.
func Get(r storage.Reader, id string) (*Job, error) {
	list, err := query(r, "WHERE id = $1", id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fail.New(fail.NotFound, "kernel.jobs.none", "There is no such job.")
	}
	return &list[0], nil
}

// List returns the jobs in a state, the newest first, up to limit.
func List(r storage.Reader, s State, limit int) ([]Job, error) {
	return query(r, "WHERE state = $1 ORDER BY made_at DESC, id DESC LIMIT $2", string(s), limit)
}

func query(r storage.Reader, where string, args ...any) (out []Job, err error) {
	err = r.Reading().Each("SELECT "+columns+" FROM job "+where, args, func(rows *sql.Rows) error {
		var j Job
		var raw string
		err := rows.Scan(&j.ID, &j.Kind, &raw, &j.State, &j.Attempt, storage.Instant(&j.DueAt), &j.Done, storage.Zero(&j.Total), storage.Zero(&j.Progress), storage.Zero(&j.Error), storage.Zero(&j.By), &j.Cancel,
			storage.Instant(&j.MadeAt), storage.Instant(&j.Started), storage.Instant(&j.Ended))
		j.Args = json.RawMessage(raw)
		out = append(out, j)
		return err
	})
	return out, err
}

// Cancel stops a job: at once if it waits, at its next batch if it runs.
func Cancel(u *storage.Update, id string) error {
	n, err := u.Exec(`UPDATE job SET cancel = $1,
			state = CASE WHEN state = 'waiting' THEN 'cancelled' ELSE state END,
			ended_at = CASE WHEN state = 'waiting' THEN CAST($2 AS BIGINT) ELSE ended_at END
		WHERE id = $3 AND state IN ('waiting', 'running')`, true, u.Now.UnixMicro(), id)
	return oneOf(n, err, "kernel.jobs.ended", "This job has ended already.")
}

// Retry puts a failed or cancelled job back in the queue, to go on where it stood.
func Retry(u *storage.Update, id string) error {
	n, err := u.Exec("UPDATE job SET state = 'waiting', attempt = 0, due_at = $1, cancel = $2, ended_at = NULL, error = NULL WHERE id = $3 AND state IN ('failed', 'cancelled')",
		u.Now.UnixMicro(), false, id)
	return oneOf(n, err, "kernel.jobs.not-failed", "Only a failed or cancelled job can be tried again.")
}

func oneOf(n int64, err error, key, text string) error {
	if err == nil && n == 0 {
		return fail.New(fail.Conflict, key, text)
	}
	return err
}
