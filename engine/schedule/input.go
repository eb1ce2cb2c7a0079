package schedule

import "steward/engine/schedule/workcal"

// Input is a project to be scheduled.
type Input struct {
	Name        string     `json:"name,omitempty" doc:"what the project is called"`
	Start       string     `json:"start,omitempty" doc:"civil date or date and time the project starts; without it time is counted in units from 0 and there are no calendars"`
	Unit        string     `json:"unit,omitempty" doc:"what a plain number of time means in a project with a start date: minute, hour, day (default) or week; one day is hours_per_day of work"`
	HoursPerDay float64    `json:"hours_per_day,omitempty" doc:"working hours in one day of duration; 8 unless said"`
	DaysPerWeek float64    `json:"days_per_week,omitempty" doc:"working days in one week of duration; 5 unless said"`
	Calendar    string     `json:"calendar,omitempty" doc:"id of the calendar of all tasks that name none; Monday to Friday 8-12 and 13-17 unless said; 'continuous' is all time"`
	Calendars   []Calendar `json:"calendars,omitempty" doc:"working calendars"`
	LagCalendar string     `json:"lag_calendar,omitempty" doc:"whose calendar a lag runs in: successor (default), predecessor, project or continuous"`

	Resources []Resource `json:"resources,omitempty" doc:"what the tasks compete for"`
	Tasks     []Task     `json:"tasks" doc:"the tasks, in any order"`

	DataDate     Moment  `json:"data_date,omitzero" doc:"the moment progress is reported as of: unfinished work does not lie before it"`
	ProgressMode string  `json:"progress_mode,omitempty" doc:"what work in progress out of sequence does: retained (default: the rest waits for the predecessors) or override (the rest goes on)"`
	Honour       bool    `json:"honour_constraints,omitempty" doc:"constraint dates win over links, as in Microsoft Project; otherwise links win and the float turns negative"`
	CriticalUpTo float64 `json:"critical_float,omitempty" doc:"tasks with this much total float or less are critical; 0 unless said"`

	Level     string  `json:"level,omitempty" doc:"whether resource limits move tasks: yes (default when tasks need resources), no, or preview (dates stay as the links say; the delays levelling would cause are listed)"`
	TimeLimit float64 `json:"time_limit_s,omitempty" doc:"seconds the search for the earliest finish may take; 10 unless said"`
	WorkLimit int64   `json:"work_limit,omitempty" doc:"steps the search may take: a bound that does not depend on the machine's speed"`
	Seed      uint64  `json:"seed,omitempty" doc:"seed of the search's random choices; the same seed gives the same schedule"`

	Risk        *RiskInput        `json:"risk,omitempty" doc:"asks for a simulation of uncertain durations and events"`
	EarnedValue *EarnedValueInput `json:"earned_value,omitempty" doc:"asks for earned value measures"`

	// What only project files bring along:
	microsoft bool                         // scheduled by Microsoft Project's rules: links may pull a task before the project's start, summaries have the float of their dates
	ownEnds   bool                         // tasks nothing follows are late when they finish (multiple critical paths)
	calendars map[string]*workcal.Calendar // made already
	until     int64                        // the project is scheduled back from here, if set
	notes     []string                     // what was left out in reading
}

// Calendar says which time is worked.
type Calendar struct {
	ID         string              `json:"id" doc:"its name in the tasks and resources"`
	Base       string              `json:"base,omitempty" doc:"id of a calendar whose days hold where this one says nothing"`
	Week       map[string][]string `json:"week,omitempty" doc:"worked time by weekday: mon to sun, each a list such as 08:00-12:00; days left out are free, or as in base; a time past midnight such as 22:00-06:00 runs into the next day"`
	Exceptions []Exception         `json:"exceptions,omitempty" doc:"days that differ; of two for one day the later in the list holds"`
}

// Exception replaces the worked time of some days.
type Exception struct {
	From  string   `json:"from" doc:"first day, such as 2026-12-24"`
	To    string   `json:"to,omitempty" doc:"last day; the first unless said"`
	Hours []string `json:"hours,omitempty" doc:"worked time on these days, such as 08:00-12:00; none unless said"`
}

// Resource is people, machines or anything else of which there is only so much.
type Resource struct {
	ID           string         `json:"id" doc:"its name in the tasks' needs"`
	Name         string         `json:"name,omitempty"`
	Capacity     float64        `json:"capacity" doc:"how much there is at any time"`
	Calendar     string         `json:"calendar,omitempty" doc:"id of the calendar it works by; tasks that need it work only when it does"`
	Availability []Availability `json:"availability,omitempty" doc:"stretches in which there is less of it than capacity"`

	cal *workcal.Calendar // of a project file, whose tasks say what follows from it
}

// Availability lowers a resource's capacity for a while.
type Availability struct {
	From     Moment  `json:"from" doc:"when it starts"`
	To       Moment  `json:"to" doc:"when it ends"`
	Capacity float64 `json:"capacity" doc:"how much there is meanwhile"`
}

// Task is a piece of work, a milestone (duration 0), or a summary of the tasks
// that name it as their parent.
type Task struct {
	ID       string             `json:"id" doc:"its name in other tasks' links"`
	Name     string             `json:"name,omitempty"`
	Parent   string             `json:"parent,omitempty" doc:"id of the summary it belongs to; a summary has no duration of its own, its links and its constraint (SNET or FNLT) hold for all below it"`
	Duration Amount             `json:"duration,omitzero" doc:"working time it takes; 0 is a milestone"`
	Needs    map[string]float64 `json:"needs,omitempty" doc:"how much of each resource it takes while it runs"`
	After    []Link             `json:"after,omitempty" doc:"links to predecessors; a negative lag back to an earlier task is a maximal distance"`
	Calendar string             `json:"calendar,omitempty" doc:"id of the calendar it works by"`

	IgnoreResourceCalendars bool        `json:"ignore_resource_calendars,omitempty" doc:"it works by its own calendar only"`
	Constraint              *Constraint `json:"constraint,omitempty" doc:"a date it is tied to"`
	Deadline                Moment      `json:"deadline,omitzero" doc:"when it should be finished: later is negative float, not an error"`
	Priority                int         `json:"priority,omitempty" doc:"of two tasks that compete, the higher tends to go first when the search is not asked to prove an optimum; 1000 is never delayed by levelling"`

	ActualStart  Moment  `json:"actual_start,omitzero" doc:"when it did start"`
	ActualFinish Moment  `json:"actual_finish,omitzero" doc:"when it did finish"`
	Remaining    Amount  `json:"remaining,omitzero" doc:"working time still to go, of a task in progress"`
	Percent      float64 `json:"percent,omitempty" doc:"share of the duration done, 0 to 100, if remaining is not given"`

	Estimate *Estimate `json:"estimate,omitempty" doc:"uncertain duration, for risk"`
	Budget   float64   `json:"budget,omitempty" doc:"its planned cost, for earned value"`

	kind     string     // task type of Microsoft Project
	assigned []assigned // who does it there
	pauses   []pause    // splits there
	own      bool       // it ignores the calendars of who does it

	work   []assignment // what drives the duration instead of one calendar, from project files
	asOf   int64        // data date of its own project, of a file with several
	resume int64        // when work in progress goes on after a break, if set
	delay  int64        // levelling delay of a project file, in elapsed ticks
	fixed  bool         // scheduled by hand: it stays where the file has it
	idle   bool         // inactive: likewise, and it counts for nothing
	dates  [2]int64     // and this is where
	note   string       // where in the source file the task stands
}

// Link ties a task to a predecessor.
type Link struct {
	Task string `json:"task" doc:"id of the predecessor"`
	Type string `json:"type,omitempty" doc:"FS (default: starts after it finishes), SS, FF or SF"`
	Lag  Amount `json:"lag,omitzero" doc:"time between; negative to overlap; 50% of the predecessor's duration; 2ed elapsed"`
}

// Constraint ties a task to a date.
type Constraint struct {
	Type string `json:"type" doc:"ASAP, ALAP, SNET, SNLT, FNET, FNLT, MSO or MFO: as soon or late as possible; start or finish no earlier or later than; must start or finish on"`
	Date Moment `json:"date,omitzero" doc:"the date, for all but ASAP and ALAP"`
	Hard bool   `json:"hard,omitempty" doc:"the project is infeasible if the date cannot hold"`
}

// Estimate is an uncertain duration in three points.
type Estimate struct {
	Shape       string  `json:"shape,omitempty" doc:"pert (default), triangular, uniform or fixed"`
	Optimistic  float64 `json:"optimistic" doc:"the shortest it takes, in the project's unit"`
	Likely      float64 `json:"likely" doc:"the most likely"`
	Pessimistic float64 `json:"pessimistic" doc:"the longest it takes"`
}
