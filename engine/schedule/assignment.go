package schedule

import "steward/engine/schedule/workcal"

// assignment is the work one resource of a project file does on a task, in
// the calendar it works by, already divided by its units.
type assignment struct {
	cal   *workcal.Calendar
	ticks int64
}

// assigned is an assignment as a project file has it.
type assigned struct {
	resource string
	units    float64
	work     int64 // ticks; -1 when the file does not say
}

// pause is a rest of a task between its parts: after so much of its working
// time, for so long.
type pause struct{ after, rest int64 }
