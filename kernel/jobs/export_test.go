package jobs

import "time"

// Next is the first moment of w after t.
func Next(w When, t time.Time, zone *time.Location) time.Time { return w.next(t, zone) }
