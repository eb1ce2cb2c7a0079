package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"steward/kernel/storage"
)

// Runner takes jobs from the queue and runs them. Fill in its fields, then Start it
// or, in tests and commands, Drain it. A Runner is started once.
type Runner struct {
	DB        *storage.Database
	Kinds     []Kind
	Schedules []Schedule
	// Zone is the zone of schedules' times of day; UTC if nil.
	Zone *time.Location
	// Workers is how many jobs run at once; 0 is 4.
	Workers int
	// Poll is how often the queue is looked at when nothing happens here; 0 is 250 ms.
	// Wake makes it look at once.
	Poll time.Duration
	// Lease is how long a job stays with a copy of the program that is not heard of;
	// 0 is a minute.
	Lease time.Duration
	// Log tells of failures; slog.Default if nil.
	Log *slog.Logger

	lease string // names this runner in the table
	wake  chan struct{}
	mu    sync.Mutex
	hands map[string]context.CancelCauseFunc // jobs in hand, to stop them
}

// Start begins to run jobs, until ctx ends. The returned channel is closed when
// all work is put down: jobs in hand are told to end and go back to the queue
// where their cursor stands.
func (r *Runner) Start(ctx context.Context) (stopped <-chan struct{}, err error) {
	if err := r.prepare(); err != nil {
		return nil, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.loop(ctx)
	}()
	return done, nil
}

// Wake makes the runner look at the queue now; pass it to Update.After when a
// person waits for what was enqueued.
func (r *Runner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Drain runs all jobs that are due, and those they enqueue, and returns how many
// attempts were made.
func (r *Runner) Drain(ctx context.Context) (ran int, err error) {
	if err := r.prepare(); err != nil {
		return 0, err
	}
	if err := errors.Join(r.upkeep(ctx), r.runSchedules(ctx)); err != nil {
		return 0, err
	}
	var ended []outcome
	for {
		runs, err := r.turn(ctx, ended, r.workers())
		if err != nil || len(runs) == 0 {
			return ran, err
		}
		ran += len(runs)
		ended = make([]outcome, len(runs))
		var wg sync.WaitGroup
		for i, run := range runs {
			wg.Go(func() { ended[i] = r.attempt(ctx, run) })
		}
		wg.Wait()
	}
}

func (r *Runner) prepare() error {
	if r.lease != "" {
		return nil
	}
	known := map[string]bool{}
	for _, k := range r.Kinds {
		if k.Name == "" || k.Run == nil || known[k.Name] {
			return fmt.Errorf("job kind %q has no name, no function, or is there twice", k.Name)
		}
		known[k.Name] = true
	}
	named := map[string]bool{}
	for _, s := range r.Schedules {
		if s.Name == "" || named[s.Name] || !known[s.Kind] {
			return fmt.Errorf("schedule %q has no name, is there twice, or is of the unknown kind %q", s.Name, s.Kind)
		}
		named[s.Name] = true
		if err := s.When.check(); err != nil {
			return fmt.Errorf("schedule %q: %w", s.Name, err)
		}
	}
	if len(r.Kinds) == 0 {
		return errors.New("a runner needs kinds of jobs")
	}
	r.lease = rand.Text()
	r.wake = make(chan struct{}, 1)
	r.hands = map[string]context.CancelCauseFunc{}
	return nil
}

func (r *Runner) loop(ctx context.Context) {
	// What is written down at the end must be written although ctx has ended.
	writing := context.WithoutCancel(ctx)
	work := make(chan *Run, r.workers()*(1+ahead))
	ended := make(chan outcome, cap(work))
	var workers sync.WaitGroup
	for range r.workers() {
		workers.Go(func() {
			for run := range work {
				ended <- r.attempt(ctx, run)
			}
		})
	}
	var results []outcome
	inHand, short := 0, false
	poll := time.NewTicker(r.poll())
	defer poll.Stop()
	var scheduled, tended, renewed time.Time
	for ctx.Err() == nil {
		// Short jobs are claimed ahead, so that one transaction serves many of them;
		// long ones are left for other copies.
		want := r.workers() - inHand
		if short {
			want += r.workers() * ahead
		}
		for more := true; more; { // all that has ended by now
			select {
			case o := <-ended:
				results = append(results, o)
				inHand--
				want++
			default:
				more = false
			}
		}
		runs, err := r.turn(writing, results, want)
		if err != nil {
			r.trouble(ctx, "jobs: the queue cannot be read", err)
		} else {
			if len(results) > 0 {
				short = brief(results)
			}
			results = nil
			for _, run := range runs {
				inHand++
				work <- run
			}
			if len(runs) > 0 && len(runs) == want {
				continue // there is likely more
			}
		}
		if now := time.Now(); now.Sub(scheduled) >= scheduleEvery {
			scheduled = now
			if err := r.runSchedules(ctx); err != nil {
				r.trouble(ctx, "jobs: schedules failed", err)
			}
		}
		if now := time.Now(); now.Sub(tended) >= upkeepEvery {
			tended = now
			if err := r.upkeep(ctx); err != nil {
				r.trouble(ctx, "jobs: upkeep failed", err)
			}
		}
		if now := time.Now(); inHand > 0 && now.Sub(renewed) >= r.leaseTime()/3 {
			renewed = now
			r.keep(ctx)
		}
		select {
		case o := <-ended:
			results = append(results, o)
			inHand--
		case <-r.wake:
		case <-poll.C:
			if inHand > 0 {
				r.heed(ctx)
			}
		case <-ctx.Done():
		}
	}
	// Those not begun go back as they are; those begun are waited for.
	close(work)
	for run := range work {
		results = append(results, outcome{run: run, state: Waiting, back: true})
		inHand--
	}
	workers.Wait()
	close(ended)
	for o := range ended {
		results = append(results, o)
	}
	if _, err := r.turn(writing, results, 0); err != nil {
		r.trouble(writing, "jobs: the end of jobs was not written down; they will be run again", err)
	}
}

const (
	// ahead is how many short jobs are claimed for each worker beside the one it runs.
	ahead = 15
	// How often schedules are looked at, and jobs that were lost or are old.
	scheduleEvery = time.Second
	upkeepEvery   = 10 * time.Second
)

// brief reports whether the attempts took so little that claiming ahead pays.
func brief(ended []outcome) bool {
	var sum time.Duration
	for _, o := range ended {
		sum += o.took
	}
	return sum/time.Duration(len(ended)) < 10*time.Millisecond
}

// keep renews the lease and stops what another copy took over.
func (r *Runner) keep(ctx context.Context) {
	held, err := r.renew(ctx)
	if err != nil {
		r.trouble(ctx, "jobs: the lease was not renewed", err)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, stop := range r.hands {
		if !held[id] {
			stop(ErrLost)
		}
	}
}

// heed stops what somebody cancelled.
func (r *Runner) heed(ctx context.Context) {
	ids, err := r.cancelled(ctx)
	if err != nil {
		return // the next poll asks again
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		if stop := r.hands[id]; stop != nil {
			stop(ErrCancelled)
		}
	}
}

// attempt runs a job once and says what follows.
func (r *Runner) attempt(ctx context.Context, run *Run) outcome {
	k := r.kind(run.Kind)
	o := outcome{run: run, kind: k}
	if ctx.Err() != nil {
		o.state, o.back = Waiting, true
		return o
	}
	jobCtx, stop := context.WithCancelCause(ctx)
	r.mu.Lock()
	r.hands[run.ID] = stop
	r.mu.Unlock()
	defer func() {
		stop(nil)
		r.mu.Lock()
		delete(r.hands, run.ID)
		r.mu.Unlock()
	}()
	limited, cancel := context.WithTimeoutCause(jobCtx, k.timeout(), fmt.Errorf("the job took longer than %v", k.timeout()))
	defer cancel()
	began := time.Now()
	o.err = guarded(limited, k, run)
	o.took = time.Since(began)
	var no hopeless
	switch cause := context.Cause(jobCtx); {
	case o.err == nil:
		o.state = Done
	case errors.Is(cause, ErrCancelled):
		o.state, o.err = Cancelled, ErrCancelled
	case ctx.Err() != nil && !errors.As(o.err, &no):
		o.state, o.back = Waiting, true
	case errors.Is(o.err, ErrLost):
		// Cancelled between two polls, or another's by now: settling tells them apart,
		// because it touches only what this runner still holds.
		o.state, o.err = Cancelled, ErrCancelled
	case errors.As(o.err, &no) || run.Attempt >= k.attempts():
		o.state = Failed
		r.log().Error("job failed for good", "kind", run.Kind, "job", run.ID, "attempt", run.Attempt, "err", o.err)
	default:
		if limited.Err() != nil && errors.Is(o.err, context.DeadlineExceeded) {
			o.err = context.Cause(limited)
		}
		o.state = Waiting
		r.log().Warn("job failed, will be tried again", "kind", run.Kind, "job", run.ID, "attempt", run.Attempt, "err", o.err)
	}
	return o
}

// guarded turns a panic into an error: one bad job must not stop the program.
func guarded(ctx context.Context, k *Kind, run *Run) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return k.Run(ctx, run)
}

func (r *Runner) kind(name string) *Kind {
	for i := range r.Kinds {
		if r.Kinds[i].Name == name {
			return &r.Kinds[i]
		}
	}
	return nil
}

func (r *Runner) trouble(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		r.log().Error(what, "err", err)
	}
}

func (r *Runner) log() *slog.Logger {
	if r.Log == nil {
		return slog.Default()
	}
	return r.Log
}

func (r *Runner) zone() *time.Location {
	if r.Zone == nil {
		return time.UTC
	}
	return r.Zone
}

func (r *Runner) workers() int {
	if r.Workers <= 0 {
		return 4
	}
	return r.Workers
}

func (r *Runner) poll() time.Duration {
	if r.Poll <= 0 {
		return 250 * time.Millisecond
	}
	return r.Poll
}

func (r *Runner) leaseTime() time.Duration {
	if r.Lease <= 0 {
		return time.Minute
	}
	return r.Lease
}
