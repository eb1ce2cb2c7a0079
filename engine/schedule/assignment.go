package schedule

import "steward/engine/schedule/workcal"

// assignment is the work one resource of a project file does on a task, in
// the calendar it works by, already divided by its units.
type assignment struct {
	cal   *workcal.Calendar
	ticks int64
}
