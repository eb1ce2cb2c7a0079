package pace

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"
)

// fake is a clock that only sleeping moves.
func fake(l *Limiter) *time.Time {
	at := time.Unix(1000, 0)
	l.now = func() time.Time { return at }
	l.sleep = func(_ context.Context, d time.Duration) error { at = at.Add(d); return nil }
	return &at
}

func TestNoStretchOfTimeHoldsMoreThanTheRateAndOneBurst(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		rate, burst := 1+r.Float64()*50000, 1+r.IntN(64)
		l := New(rate, burst)
		at := fake(l)
		type event struct {
			at time.Time
			n  int
		}
		var events []event
		for range 500 {
			n := 1 + r.IntN(burst)
			if r.IntN(20) == 0 {
				*at = at.Add(time.Duration(r.IntN(int(time.Second)))) // idle: saves no more than a burst
			}
			if err := l.Wait(t.Context(), n); err != nil {
				t.Fatal(err)
			}
			events = append(events, event{*at, n})
		}
		for range 200 {
			a, b := r.IntN(len(events)), r.IntN(len(events))
			if a > b {
				a, b = b, a
			}
			sum := 0
			for _, e := range events[a : b+1] {
				sum += e.n
			}
			most := rate*events[b].at.Sub(events[a].at).Seconds() + float64(burst) + 1e-3*float64(b-a+1)
			if float64(sum) > most+1 {
				t.Fatalf("rate %.0f burst %d: %d within %s, at most %.1f", rate, burst, sum, events[b].at.Sub(events[a].at), most)
			}
		}
	}
}

func TestACancelledWaitEnds(t *testing.T) {
	l := New(0.001, 1)
	ctx, cancel := context.WithCancel(t.Context())
	if err := l.Wait(ctx, 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := l.Wait(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := (*Limiter)(nil).Wait(t.Context(), 1<<30); err != nil {
		t.Errorf("no limiter: %v", err)
	}
}
