// Package pace holds a rate: a token bucket that lets through no more than was
// allowed, over any stretch of time, whoever asks.
package pace

import (
	"context"
	"sync"
	"time"
)

// Limiter lets rate things a second through, at most burst at once. A nil
// Limiter lets everything through. It is for many goroutines at once.
type Limiter struct {
	mu    sync.Mutex
	rate  float64
	burst int
	next  time.Time // when the bucket is as full as it was left, virtual time
	now   func() time.Time
	sleep func(context.Context, time.Duration) error
}

// New returns a limiter, or nil for a rate that is not above zero: no limit.
func New(rate float64, burst int) *Limiter {
	if rate <= 0 {
		return nil
	}
	return &Limiter{rate: rate, burst: max(burst, 1), now: time.Now, sleep: sleep}
}

// Burst is how many may be asked for at once; 0 is any number.
func (l *Limiter) Burst() int {
	if l == nil {
		return 0
	}
	return l.burst
}

// Wait waits until n may go, in the order of asking. n above the burst waits
// for all n. It ends early with ctx's error, and then has taken nothing back:
// the rate holds all the same.
func (l *Limiter) Wait(ctx context.Context, n int) error {
	if err := ctx.Err(); err != nil || l == nil || n <= 0 {
		return err
	}
	l.mu.Lock()
	now := l.now()
	// The bucket holds at most burst: time before that is forgotten.
	if earliest := now.Add(-l.duration(l.burst)); l.next.Before(earliest) {
		l.next = earliest
	}
	l.next = l.next.Add(l.duration(n))
	wait := l.next.Sub(now)
	l.mu.Unlock()
	if wait <= 0 {
		return nil
	}
	return l.sleep(ctx, wait)
}

func (l *Limiter) duration(n int) time.Duration {
	return time.Duration(float64(n) / l.rate * float64(time.Second))
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
