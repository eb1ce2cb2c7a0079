package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"steward/kernel/access"
	"steward/kernel/storage"
)

// Kind is a sort of job: what it does, and what to do when that fails.
type Kind struct {
	Name string
	// Run does the work, in transactions of its own. It ends soon after ctx does. An
	// error means another attempt, unless it is Hopeless.
	Run func(ctx context.Context, run *Run) error
	// Attempts is how often it is tried at most; 0 is 8.
	Attempts int
	// Pause is the wait after the first failure, doubled after each further one up to
	// six hours; 0 is 10 seconds.
	Pause time.Duration
	// Timeout ends an attempt; 0 is an hour.
	Timeout time.Duration
}

const longestPause = 6 * time.Hour

func (k *Kind) attempts() int {
	if k.Attempts == 0 {
		return 8
	}
	return k.Attempts
}

// pause is the wait after the n-th attempt failed. Up to a quarter is taken off by
// the job's id, so that those which failed together do not come back together.
func (k *Kind) pause(id string, n int) time.Duration {
	p := k.Pause
	if p == 0 {
		p = 10 * time.Second
	}
	for ; n > 1 && p < longestPause; n-- {
		p *= 2
	}
	p = min(p, longestPause)
	h := fnv.New32a()
	h.Write([]byte(id))
	return p - time.Duration(int64(p/4)*int64(h.Sum32()%1024)/1024)
}

func (k *Kind) timeout() time.Duration {
	if k.Timeout == 0 {
		return time.Hour
	}
	return k.Timeout
}

type hopeless struct{ error }

func (h hopeless) Unwrap() error { return h.error }

// Hopeless marks an error that another attempt would meet again: the job becomes a
// dead letter at once.
func Hopeless(err error) error {
	if err == nil {
		return nil
	}
	return hopeless{err}
}

// ErrCancelled is the cause of a job's context when somebody cancelled it.
var ErrCancelled = errors.New("the job was cancelled")

// ErrLost is returned by Save when the job is no longer this worker's: it was
// cancelled, or another copy of the program took it over.
var ErrLost = errors.New("the job is no longer this worker's")

// Run is one attempt at a job.
type Run struct {
	DB      *storage.Database
	ID      string
	Kind    string
	Attempt int    // 1 is the first
	By      string // person who caused it, "" for Steward

	args, cursor string
	lease        string
	lasts        time.Duration // the lease
}

// Args reads the job's arguments.
func (r *Run) Args(into any) error {
	if err := json.Unmarshal([]byte(r.args), into); err != nil {
		return Hopeless(fmt.Errorf("arguments of job %s: %w", r.Kind, err))
	}
	return nil
}

// Cursor reads where an earlier attempt stood; false if there was none.
func (r *Run) Cursor(into any) (bool, error) {
	if r.cursor == "" {
		return false, nil
	}
	if err := json.Unmarshal([]byte(r.cursor), into); err != nil {
		return false, Hopeless(fmt.Errorf("cursor of job %s: %w", r.Kind, err))
	}
	return true, nil
}

// Progress is what a person sees of a running job.
type Progress struct {
	Done, Total int64  // Total 0: unknown
	Text        string // what it is doing
}

// Save keeps where the job stands, with the batch that the transaction writes. Its
// ErrLost must end the transaction: somebody else does this batch, or nobody shall.
func (r *Run) Save(u *storage.Update, cursor any, p Progress) error {
	raw, err := json.Marshal(cursor)
	if err != nil {
		return err
	}
	var total, text any
	if p.Total != 0 {
		total = p.Total
	}
	if p.Text != "" {
		text = p.Text
	}
	n, err := u.Exec("UPDATE job SET cursor_json = $1, done = $2, total = $3, progress = $4, lease_until = $5 WHERE id = $6 AND lease = $7 AND state = 'running' AND NOT cancel",
		string(raw), p.Done, total, text, u.Now.Add(r.lasts).UnixMicro(), r.ID, r.lease)
	if err == nil && n == 0 {
		err = ErrLost
	}
	return err
}

// Update runs fn in a transaction of Steward itself, marked with the job's kind.
func (r *Run) Update(ctx context.Context, fn func(u *storage.Update) error) error {
	return r.DB.Update(ctx, access.System(), func(u *storage.Update) error {
		u.Origin = "job:" + r.Kind
		return fn(u)
	})
}

// View runs fn on a snapshot, as Steward itself.
func (r *Run) View(ctx context.Context, fn func(v *storage.View) error) error {
	return r.DB.View(ctx, access.System(), fn)
}
