package schedule

// Output is the schedule.
type Output struct {
	Name   string `json:"name,omitempty"`
	Unit   string `json:"unit" doc:"what plain numbers of time mean: the input's units, or minute, hour, day, week of working time"`
	Start  Moment `json:"start" doc:"when the first task starts"`
	Finish Moment `json:"finish" doc:"when the last task finishes"`
	Bound  Moment `json:"bound" doc:"no schedule that keeps the links and resource limits finishes earlier"`
	Proven bool   `json:"proven" doc:"finish is proven the earliest possible"`
	Status string `json:"status" doc:"critical_path: links alone decide; optimal or feasible: found under resource limits; unknown: the search ended without a schedule that keeps the resource limits, the dates are those of the links"`
	Cut    string `json:"cut_short,omitempty" doc:"time or work, when that limit ended the search before a proof: a further run may then differ"`

	Tasks     []TaskDates    `json:"tasks" doc:"in the order of the input"`
	Resources []ResourceUse  `json:"resources,omitempty" doc:"how each resource is used by these dates"`
	Levelling *Levelling     `json:"levelling,omitempty" doc:"what resource limits delay, and why"`
	Warnings  []string       `json:"warnings,omitempty" doc:"what deserves a look: broken constraints, late deadlines, open ends, overloads"`
	Risk      *RiskOutput    `json:"risk,omitempty"`
	Earned    *EarnedMeasure `json:"earned_value,omitempty"`
}

// TaskDates is one task's place in the schedule.
type TaskDates struct {
	ID             string  `json:"id"`
	Name           string  `json:"name,omitempty"`
	Start          Moment  `json:"start"`
	Finish         Moment  `json:"finish"`
	Duration       float64 `json:"duration" doc:"working time it takes"`
	Earliest       Moment  `json:"earliest" doc:"earliest start the links allow"`
	EarliestFinish Moment  `json:"earliest_finish"`
	Latest         Moment  `json:"latest" doc:"latest start that does not delay the project, a constraint or a deadline"`
	LatestFinish   Moment  `json:"latest_finish"`
	TotalFloat     float64 `json:"total_float" doc:"working time it may slip without delaying the project, a constraint or a deadline; negative when one is missed already"`
	FreeFloat      float64 `json:"free_float" doc:"working time it may slip without moving another task"`
	Critical       bool    `json:"critical"`
	Milestone      bool    `json:"milestone,omitempty"`
	Summary        bool    `json:"summary,omitempty" doc:"its dates are those of the tasks below it"`
	Why            string  `json:"why" doc:"what puts it where it is: a predecessor, a resource, a calendar, a date"`
	Driver         string  `json:"driver,omitempty" doc:"id of the predecessor or competing task that holds it"`
}

// ResourceUse sums up one resource.
type ResourceUse struct {
	ID       string  `json:"id"`
	Capacity float64 `json:"capacity"`
	Peak     float64 `json:"peak" doc:"most that is asked for at one time"`
	PeakAt   Moment  `json:"peak_at,omitzero" doc:"when that is first so"`
	Overload bool    `json:"overload,omitempty" doc:"more is asked for than there is"`
}

// Levelling says what resource limits do to the schedule.
type Levelling struct {
	Applied bool    `json:"applied" doc:"the tasks' dates include the delays"`
	Finish  Moment  `json:"finish" doc:"when the project finishes with the delays"`
	Without Moment  `json:"without" doc:"when it would finish if resources had no limit"`
	Delays  []Delay `json:"delays" doc:"tasks that wait for a resource, by start"`
}

// Delay is one task that waits for a resource.
type Delay struct {
	Task     string   `json:"task"`
	Resource string   `json:"resource,omitempty" doc:"what it waits for; empty when an earlier start would break a maximal lag or help nothing"`
	From     Moment   `json:"from" doc:"when its links would let it start"`
	To       Moment   `json:"to" doc:"when it starts"`
	By       float64  `json:"by" doc:"working time between"`
	Holders  []string `json:"holders,omitempty" doc:"tasks that hold the resource just before it starts"`
	Why      string   `json:"why"`
}
