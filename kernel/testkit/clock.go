package testkit

import (
	"sync/atomic"
	"time"
)

// Now is the time in tests: a Wednesday morning.
var Now = time.Date(2026, 2, 11, 9, 0, 0, 0, time.UTC)

// Clock is a clock that moves only when a test moves it.
type Clock struct{ micros atomic.Int64 }

// NewClock returns a clock that shows Now.
func NewClock() *Clock {
	c := &Clock{}
	c.Set(Now)
	return c
}

// Now is the clock's time, in UTC.
func (c *Clock) Now() time.Time { return time.UnixMicro(c.micros.Load()).UTC() }

// Set puts the clock to a moment.
func (c *Clock) Set(to time.Time) { c.micros.Store(to.UnixMicro()) }

// Advance moves the clock by d.
func (c *Clock) Advance(d time.Duration) { c.micros.Add(int64(d / time.Microsecond)) }
