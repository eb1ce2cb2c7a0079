package web

import "steward/kernel/records"

// Deadline is a day by which something must have happened: a notice, a
// certificate's end, a report. Modules name theirs; the Bridge shows those ahead.
type Deadline struct {
	Day   records.Date
	Title string
	Note  string // what must happen, or what it is about
	Href  string
}

// Deadlines finds a module's deadlines up to a day that the reader may see, those
// that have passed unmet included.
type Deadlines func(r *Request, until records.Date) ([]Deadline, error)
