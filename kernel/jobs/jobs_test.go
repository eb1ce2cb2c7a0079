package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/jobs"
	"steward/kernel/storage"
	"steward/kernel/testkit"
)

var (
	ctx   = context.Background()
	quiet = slog.New(slog.DiscardHandler)
	// ledger is where test jobs leave their mark.
	ledger = storage.Migrations{Module: "test.ledger", Files: fstest.MapFS{"0001_ledger.sql": {Data: []byte("CREATE TABLE ledger (id TEXT PRIMARY KEY, n BIGINT NOT NULL)")}}}
)

func each(t *testing.T, fn func(t *testing.T, s *testkit.Store)) {
	testkit.EachStore(t, fn, jobs.Migrations(), ledger)
}

func update(t testing.TB, db *storage.Database, fn func(u *storage.Update) error) {
	t.Helper()
	if err := db.Update(ctx, &access.Actor{Kind: access.PersonKind, Person: "ada"}, fn); err != nil {
		t.Fatal(err)
	}
}

func enqueue(t testing.TB, db *storage.Database, kind string, args any, o jobs.Options) (id string) {
	t.Helper()
	update(t, db, func(u *storage.Update) (err error) { id, err = jobs.Enqueue(u, kind, args, o); return err })
	return id
}

func get(t testing.TB, db *storage.Database, id string) (j *jobs.Job) {
	t.Helper()
	if err := db.View(ctx, access.System(), func(v *storage.View) (err error) { j, err = jobs.Get(v, id); return err }); err != nil {
		t.Fatal(err)
	}
	return j
}

func drain(t testing.TB, r *jobs.Runner) int {
	t.Helper()
	n, err := r.Drain(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func runner(db *storage.Database, kinds ...jobs.Kind) *jobs.Runner {
	return &jobs.Runner{DB: db, Kinds: kinds, Log: quiet}
}

func TestAJobRunsOnceWithItsArgumentsInOrderOfPriorityAndTime(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		var got []string
		r := runner(s.Database, jobs.Kind{Name: "note", Run: func(_ context.Context, run *jobs.Run) error {
			var word string
			err := run.Args(&word)
			got = append(got, word+" "+run.By)
			return err
		}})
		r.Workers = 1
		enqueue(t, s.Database, "note", "late", jobs.Options{At: s.Clock.Now().Add(time.Hour)})
		enqueue(t, s.Database, "note", "second", jobs.Options{})
		s.Clock.Advance(time.Second)
		enqueue(t, s.Database, "note", "third", jobs.Options{})
		id := enqueue(t, s.Database, "note", "first", jobs.Options{Priority: 10})
		if n := drain(t, r); n != 3 {
			t.Errorf("ran %d, want the 3 that are due", n)
		}
		if want := []string{"first ada", "second ada", "third ada"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if j := get(t, s.Database, id); j.State != jobs.Done || j.Attempt != 1 || j.Ended.IsZero() {
			t.Errorf("got %+v", j)
		}
		s.Clock.Advance(time.Hour)
		if n := drain(t, r); n != 1 {
			t.Errorf("ran %d an hour later, want 1", n)
		}
	})
}

func TestAJobOfATransactionThatFailedIsNotEnqueued(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		r := runner(s.Database, jobs.Kind{Name: "note", Run: func(context.Context, *jobs.Run) error { return nil }})
		stop := errors.New("stop")
		err := s.Update(ctx, access.System(), func(u *storage.Update) error {
			if _, err := jobs.Enqueue(u, "note", nil, jobs.Options{}); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		if n := drain(t, r); n != 0 {
			t.Errorf("ran %d, want none", n)
		}
	})
}

func TestAKeyIsQueuedOnce(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		var ran atomic.Int32
		r := runner(s.Database, jobs.Kind{Name: "note", Run: func(context.Context, *jobs.Run) error { ran.Add(1); return nil }})
		a := enqueue(t, s.Database, "note", 1, jobs.Options{Key: "k"})
		if b := enqueue(t, s.Database, "note", 2, jobs.Options{Key: "k"}); b != a {
			t.Errorf("got job %s, want the one that waits, %s", b, a)
		}
		drain(t, r)
		if c := enqueue(t, s.Database, "note", 3, jobs.Options{Key: "k"}); c == a {
			t.Error("the key is still taken after the job is done")
		}
		drain(t, r)
		if ran.Load() != 2 {
			t.Errorf("ran %d times, want 2", ran.Load())
		}
	})
}

func TestWhoAsksAgainDoesNotWaitOutThePauseOfAFailedAttempt(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		r := runner(s.Database, jobs.Kind{Name: "note", Attempts: 3, Pause: time.Hour, Run: func(_ context.Context, run *jobs.Run) error {
			if run.Attempt == 1 {
				return errors.New("the mail server is away")
			}
			return nil
		}})
		id := enqueue(t, s.Database, "note", 1, jobs.Options{Key: "k"})
		drain(t, r)
		enqueue(t, s.Database, "note", 1, jobs.Options{Key: "k"})
		if n := drain(t, r); n != 0 {
			t.Errorf("a job that nobody waits for ran %d times within its pause", n)
		}
		if again := enqueue(t, s.Database, "note", 1, jobs.Options{Key: "k", Priority: 10}); again != id {
			t.Errorf("got job %s, want %s", again, id)
		}
		if n := drain(t, r); n != 1 || get(t, s.Database, id).State != jobs.Done {
			t.Errorf("ran %d times, state %s; want it done at once", n, get(t, s.Database, id).State)
		}
	})
}

func TestAFailedJobIsTriedAgainWithGrowingPausesAndThenPutAside(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		fails := true
		r := runner(s.Database, jobs.Kind{Name: "note", Attempts: 3, Pause: time.Minute, Run: func(_ context.Context, run *jobs.Run) error {
			if fails && run.Attempt == 2 {
				panic("at the second attempt")
			}
			if fails {
				return fmt.Errorf("attempt %d failed", run.Attempt)
			}
			return nil
		}})
		id := enqueue(t, s.Database, "note", nil, jobs.Options{})
		var pauses []time.Duration
		for range 2 {
			if n := drain(t, r); n != 1 {
				t.Fatalf("ran %d, want 1", n)
			}
			j := get(t, s.Database, id)
			if j.State != jobs.Waiting || j.Error == "" {
				t.Fatalf("got %+v, want it to wait with its error", j)
			}
			pauses = append(pauses, j.DueAt.Sub(s.Clock.Now()))
			s.Clock.Set(j.DueAt)
		}
		if p := pauses[0]; p < 45*time.Second || p > time.Minute {
			t.Errorf("first pause %v, want 45 to 60 s", p)
		}
		if p := pauses[1]; p < 90*time.Second || p > 2*time.Minute {
			t.Errorf("second pause %v, want 90 to 120 s", p)
		}
		drain(t, r)
		j := get(t, s.Database, id)
		if j.State != jobs.Failed || j.Error != "attempt 3 failed" {
			t.Fatalf("got %+v, want a dead letter with the last error", j)
		}
		var dead []jobs.Job
		s.View(ctx, access.System(), func(v *storage.View) (err error) { dead, err = jobs.List(v, jobs.Failed, 10); return err })
		if len(dead) != 1 {
			t.Errorf("got %d dead letters", len(dead))
		}
		fails = false
		update(t, s.Database, func(u *storage.Update) error { return jobs.Retry(u, id) })
		drain(t, r)
		if j := get(t, s.Database, id); j.State != jobs.Done || j.Error != "" {
			t.Errorf("got %+v, want it done after another try", j)
		}
		err := s.Update(ctx, access.System(), func(u *storage.Update) error { return jobs.Retry(u, id) })
		if !fail.Is(err, fail.Conflict) {
			t.Errorf("a done job can be tried again: %v", err)
		}
	})
}

func TestAHopelessErrorAndATimeoutEndAnAttempt(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		r := runner(s.Database,
			jobs.Kind{Name: "hopeless", Run: func(context.Context, *jobs.Run) error { return jobs.Hopeless(errors.New("no such file")) }},
			jobs.Kind{Name: "args", Run: func(_ context.Context, run *jobs.Run) error { var n int; return run.Args(&n) }},
			jobs.Kind{Name: "slow", Timeout: time.Millisecond, Attempts: 1, Run: func(ctx context.Context, _ *jobs.Run) error { <-ctx.Done(); return ctx.Err() }})
		hopeless := enqueue(t, s.Database, "hopeless", nil, jobs.Options{})
		args := enqueue(t, s.Database, "args", "text", jobs.Options{})
		slow := enqueue(t, s.Database, "slow", nil, jobs.Options{})
		drain(t, r)
		for id, want := range map[string]string{hopeless: "no such file", args: "arguments of job args", slow: "deadline exceeded"} {
			if j := get(t, s.Database, id); j.State != jobs.Failed || !strings.Contains(j.Error, want) {
				t.Errorf("got %s %q, want failed with %q", j.State, j.Error, want)
			}
		}
	})
}

// counting adds 1 to 10 in batches to the ledger, failing before the batch named.
func counting(failBefore *atomic.Int64) jobs.Kind {
	return jobs.Kind{Name: "count", Run: func(ctx context.Context, run *jobs.Run) error {
		var next int64 = 1
		if _, err := run.Cursor(&next); err != nil {
			return err
		}
		for ; next <= 10; next++ {
			if failBefore.CompareAndSwap(next, 0) {
				return errors.New("interrupted")
			}
			err := run.Update(ctx, func(u *storage.Update) error {
				if u.Origin != "job:count" {
					return fmt.Errorf("origin %q", u.Origin)
				}
				if _, err := u.Exec("INSERT INTO ledger (id, n) VALUES ($1, $2)", fmt.Sprint(run.ID, next), next); err != nil {
					return err
				}
				return run.Save(u, next+1, jobs.Progress{Done: next, Total: 10, Text: "counting"})
			})
			if err != nil {
				return err
			}
		}
		return nil
	}}
}

func sum(t *testing.T, db *storage.Database) (n int64) {
	t.Helper()
	if err := db.View(ctx, access.System(), func(v *storage.View) error {
		_, err := v.Row("SELECT COALESCE(SUM(n), 0) FROM ledger", nil, &n)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAnInterruptedJobGoesOnWhereItsCursorStands(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		var failBefore atomic.Int64
		failBefore.Store(6)
		r := runner(s.Database, counting(&failBefore))
		id := enqueue(t, s.Database, "count", nil, jobs.Options{})
		drain(t, r)
		if j := get(t, s.Database, id); j.Done != 5 || j.Total != 10 || j.Progress != "counting" || j.State != jobs.Waiting {
			t.Fatalf("got %+v, want 5 of 10", j)
		}
		s.Clock.Advance(time.Hour)
		drain(t, r)
		if got := sum(t, s.Database); got != 55 {
			t.Errorf("sum = %d, want 55: each batch once", got)
		}
	})
}

func TestACancelledJobStopsAtItsNextBatch(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		var id string
		r := runner(s.Database, jobs.Kind{Name: "long", Run: func(ctx context.Context, run *jobs.Run) error {
			for n := int64(1); ; n++ {
				err := run.Update(ctx, func(u *storage.Update) error {
					if _, err := u.Exec("INSERT INTO ledger (id, n) VALUES ($1, $2)", fmt.Sprint(n), n); err != nil {
						return err
					}
					return run.Save(u, n, jobs.Progress{Done: n})
				})
				if err != nil {
					return err
				}
				if n == 3 {
					update(t, s.Database, func(u *storage.Update) error { return jobs.Cancel(u, id) })
				}
			}
		}})
		id = enqueue(t, s.Database, "long", nil, jobs.Options{})
		drain(t, r)
		if j := get(t, s.Database, id); j.State != jobs.Cancelled || j.Done != 3 {
			t.Errorf("got %+v, want cancelled after 3 batches", j)
		}
		if got := sum(t, s.Database); got != 6 {
			t.Errorf("sum = %d, want 6: the fourth batch undone", got)
		}
		waits := enqueue(t, s.Database, "long", nil, jobs.Options{At: s.Clock.Now().Add(time.Hour)})
		update(t, s.Database, func(u *storage.Update) error { return jobs.Cancel(u, waits) })
		if j := get(t, s.Database, waits); j.State != jobs.Cancelled {
			t.Errorf("a waiting job is %s after it was cancelled", j.State)
		}
	})
}

func TestARunningJobHearsThatItWasCancelledAndAStoppedRunnerHandsItBack(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		began, cause := make(chan struct{}), make(chan error, 1)
		r := runner(s.Database, jobs.Kind{Name: "wait", Run: func(ctx context.Context, _ *jobs.Run) error {
			began <- struct{}{}
			<-ctx.Done()
			cause <- context.Cause(ctx)
			return ctx.Err()
		}})
		r.Poll = time.Millisecond
		running, stop := context.WithCancel(ctx)
		stopped, err := r.Start(running)
		if err != nil {
			t.Fatal(err)
		}
		id := enqueue(t, s.Database, "wait", nil, jobs.Options{})
		<-began
		update(t, s.Database, func(u *storage.Update) error { return jobs.Cancel(u, id) })
		if err := <-cause; !errors.Is(err, jobs.ErrCancelled) {
			t.Errorf("the job ended by %v", err)
		}
		back := enqueue(t, s.Database, "wait", nil, jobs.Options{})
		r.Wake()
		<-began
		stop()
		<-cause
		<-stopped
		if j := get(t, s.Database, id); j.State != jobs.Cancelled {
			t.Errorf("the cancelled job is %s", j.State)
		}
		if j := get(t, s.Database, back); j.State != jobs.Waiting || j.Attempt != 0 || j.Error != "" {
			t.Errorf("got %+v, want the job back in the queue as it was", j)
		}
	})
}

func TestAJobWhoseProgramDiedIsTakenOverAndTheDeadCannotCommit(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		// The first copy hangs in the middle of a job and is not heard of again.
		hang, resumed, late := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		dead := runner(s.Database, jobs.Kind{Name: "count", Run: func(ctx context.Context, run *jobs.Run) error {
			save := func(n int64) error {
				return run.Update(context.WithoutCancel(ctx), func(u *storage.Update) error {
					if _, err := u.Exec("INSERT INTO ledger (id, n) VALUES ($1, $2)", fmt.Sprint(run.ID, n), n); err != nil {
						return err
					}
					return run.Save(u, n+1, jobs.Progress{Done: n, Total: 10})
				})
			}
			if err := save(1); err != nil {
				return err
			}
			close(hang)
			<-resumed
			late <- save(11)
			return nil
		}})
		id := enqueue(t, s.Database, "count", nil, jobs.Options{})
		finished := make(chan struct{})
		go func() {
			defer close(finished)
			dead.Drain(ctx)
		}()
		<-hang
		other := runner(s.Again(t), counting(new(atomic.Int64)))
		if n := drain(t, other); n != 0 {
			t.Errorf("%d jobs were taken while the lease holds", n)
		}
		s.Clock.Advance(2 * time.Minute)
		if n := drain(t, other); n != 1 {
			t.Errorf("%d jobs were taken over, want 1", n)
		}
		close(resumed)
		if err := <-late; !errors.Is(err, jobs.ErrLost) {
			t.Errorf("the dead copy's batch: got %v, want it refused", err)
		}
		<-finished
		if got := sum(t, s.Database); got != 55 {
			t.Errorf("sum = %d, want 55", got)
		}
		if j := get(t, s.Database, id); j.State != jobs.Done || j.Attempt != 2 {
			t.Errorf("got %+v, want done at the second attempt", j)
		}
	})
}

func TestCopiesOfTheProgramShareTheJobs(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		const all = 300
		update(t, s.Database, func(u *storage.Update) error {
			for n := range all {
				if _, err := jobs.Enqueue(u, "note", n, jobs.Options{}); err != nil {
					return err
				}
			}
			return nil
		})
		var mu sync.Mutex
		times := map[string]int{}
		done := make(chan struct{})
		note := jobs.Kind{Name: "note", Run: func(_ context.Context, run *jobs.Run) error {
			mu.Lock()
			defer mu.Unlock()
			times[run.ID]++
			if len(times) == all {
				select {
				case <-done:
				default:
					close(done)
				}
			}
			return nil
		}}
		running, stop := context.WithCancel(ctx)
		var ends []<-chan struct{}
		for _, db := range []*storage.Database{s.Database, s.Again(t)} {
			r := runner(db, note)
			r.Poll = time.Millisecond
			stopped, err := r.Start(running)
			if err != nil {
				t.Fatal(err)
			}
			ends = append(ends, stopped)
		}
		<-done
		stop()
		for _, e := range ends {
			<-e
		}
		for id, n := range times {
			if n != 1 {
				t.Errorf("job %s ran %d times", id, n)
			}
		}
		var left int
		s.View(ctx, access.System(), func(v *storage.View) error {
			_, err := v.Row("SELECT COUNT(*) FROM job WHERE state <> 'done'", nil, &left)
			return err
		})
		if left != 0 {
			t.Errorf("%d jobs are not written down as done", left)
		}
	})
}

func TestSchedulesRunOnceAmongCopiesAndMakeUpForOneMissedRun(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		var ran atomic.Int32
		kind := jobs.Kind{Name: "tidy", Run: func(context.Context, *jobs.Run) error { ran.Add(1); return nil }}
		copies := []*jobs.Runner{runner(s.Database, kind), runner(s.Again(t), kind)}
		step := func(want int32) {
			t.Helper()
			for _, r := range copies {
				drain(t, r)
			}
			if got := ran.Swap(0); got != want {
				t.Errorf("at %v: ran %d times, want %d", s.Clock.Now(), got, want)
			}
		}
		for _, r := range copies {
			r.Schedules = []jobs.Schedule{{Name: "tidy up", Kind: "tidy", When: jobs.Daily("06:30")}}
		}
		step(0)
		s.Clock.Set(time.Date(2026, 2, 12, 6, 29, 59, 0, time.UTC))
		step(0)
		s.Clock.Advance(time.Second)
		step(1)
		step(0)
		s.Clock.Advance(5 * 24 * time.Hour)
		step(1)
		for _, r := range copies {
			r.Schedules[0].When = jobs.Every(time.Hour)
		}
		step(0) // the new definition counts from now
		s.Clock.Advance(time.Hour)
		step(1)
	})
}

func TestMomentsOfSchedules(t *testing.T) {
	stockholm, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Skip("NO TIME ZONES on this machine: ", err)
	}
	at := func(s string) time.Time {
		tm, err := time.ParseInLocation("2006-01-02 15:04", s, stockholm)
		if err != nil {
			t.Fatal(err)
		}
		return tm
	}
	for _, c := range []struct {
		when     jobs.When
		from, to string
	}{
		{jobs.Daily("06:30"), "2026-02-11 06:29", "2026-02-11 06:30"},
		{jobs.Daily("06:30"), "2026-02-11 06:30", "2026-02-12 06:30"},
		{jobs.Daily("06:30"), "2026-03-28 12:00", "2026-03-29 06:30"}, // the clocks go forward
		{jobs.Daily("02:30"), "2026-03-28 12:00", "2026-03-29 03:30"}, // an hour that does not exist
		{jobs.Every(90 * time.Minute), "2026-02-11 06:00", "2026-02-11 07:30"},
	} {
		if got := jobs.Next(c.when, at(c.from), stockholm); !got.Equal(at(c.to)) {
			t.Errorf("%+v after %s: got %v, want %s", c.when, c.from, got, c.to)
		}
	}
	// An hour that comes twice counts once.
	first := jobs.Next(jobs.Daily("02:30"), at("2026-10-24 12:00"), stockholm)
	if second := jobs.Next(jobs.Daily("02:30"), first, stockholm); second.In(stockholm).Day() != 26 {
		t.Errorf("after %v comes %v, want the next day", first, second)
	}
}

func TestWrongKindsAndSchedulesAreRefusedAtTheStart(t *testing.T) {
	nothing := func(context.Context, *jobs.Run) error { return nil }
	ok := jobs.Kind{Name: "a", Run: nothing}
	for name, r := range map[string]*jobs.Runner{
		"no kinds":         {},
		"no function":      {Kinds: []jobs.Kind{{Name: "a"}}},
		"twice":            {Kinds: []jobs.Kind{ok, ok}},
		"unknown kind":     {Kinds: []jobs.Kind{ok}, Schedules: []jobs.Schedule{{Name: "s", Kind: "b", When: jobs.Every(time.Hour)}}},
		"no time":          {Kinds: []jobs.Kind{ok}, Schedules: []jobs.Schedule{{Name: "s", Kind: "a"}}},
		"no such time":     {Kinds: []jobs.Kind{ok}, Schedules: []jobs.Schedule{{Name: "s", Kind: "a", When: jobs.Daily("25:00")}}},
		"less than second": {Kinds: []jobs.Kind{ok}, Schedules: []jobs.Schedule{{Name: "s", Kind: "a", When: jobs.Every(time.Millisecond)}}},
	} {
		if _, err := r.Start(ctx); err == nil {
			t.Errorf("%s: started", name)
		}
	}
}

func TestWhatEndedLongAgoIsForgotten(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		r := runner(s.Database, jobs.Kind{Name: "a", Run: func(context.Context, *jobs.Run) error { return nil }})
		id := enqueue(t, s.Database, "a", nil, jobs.Options{})
		drain(t, r)
		s.Clock.Advance(8 * 24 * time.Hour)
		drain(t, r)
		err := s.View(ctx, access.System(), func(v *storage.View) error { _, err := jobs.Get(v, id); return err })
		if !fail.Is(err, fail.NotFound) {
			t.Errorf("got %v, want the job gone", err)
		}
	})
}

func BenchmarkJobs(b *testing.B) {
	testkit.EachBench(b, func(b *testing.B, s *testkit.Store) {
		for n := 0; n < b.N; {
			update(b, s.Database, func(u *storage.Update) error {
				for range min(500, b.N-n) {
					if _, err := jobs.Enqueue(u, "note", n, jobs.Options{}); err != nil {
						return err
					}
					n++
				}
				return nil
			})
		}
		var ran atomic.Int64
		done := make(chan struct{})
		r := runner(s.Database, jobs.Kind{Name: "note", Run: func(_ context.Context, run *jobs.Run) error {
			var n int
			if err := run.Args(&n); err != nil {
				return err
			}
			if ran.Add(1) == int64(b.N) {
				close(done)
			}
			return nil
		}})
		running, stop := context.WithCancel(ctx)
		defer stop()
		b.ResetTimer()
		stopped, err := r.Start(running)
		if err != nil {
			b.Fatal(err)
		}
		<-done
		stop()
		<-stopped
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
	}, jobs.Migrations())
}
