package schedule

import (
	"fmt"
	"strconv"

	"steward/engine/calc"
	"steward/engine/schedule/mspdi"
	"steward/engine/schedule/workcal"
)

// mspdiReader turns a Microsoft Project file into an input that is scheduled
// by that program's rules: constraint dates win over links, lags run in the
// successor's calendar, work drives the duration of tasks that are not of
// fixed duration, tasks scheduled by hand stay.
type mspdiReader struct {
	p         *mspdi.Project
	in        Input
	cals      map[string]*workcal.Calendar
	def       string // UID of the project's calendar
	base      *workcal.Calendar
	resources map[string]*mspdi.Resource
	work      map[string][]*mspdi.Assignment // by task, of resources that work
	phased    map[string][]*mspdi.Assignment // by task, those that say what is done when
	pairs     map[[2]*workcal.Calendar]*workcal.Calendar
}

func fromMSPDI(raw []byte) (Input, error) {
	p, err := mspdi.Decode(raw)
	if err != nil {
		return Input{}, calc.Wrong("", "%v", err)
	}
	r := &mspdiReader{p: p, resources: map[string]*mspdi.Resource{}, work: map[string][]*mspdi.Assignment{}, phased: map[string][]*mspdi.Assignment{}, pairs: map[[2]*workcal.Calendar]*workcal.Calendar{}}
	for _, step := range []func() error{r.project, r.readResources, r.tasks} {
		if err := step(); err != nil {
			return Input{}, err
		}
	}
	return r.in, nil
}

func (r *mspdiReader) project() error {
	p, in := r.p, &r.in
	perDay, err := mspdi.Int(p.MinutesPerDay, 480)
	if err != nil || perDay <= 0 || perDay > 1440 {
		return calc.Wrong("MinutesPerDay", "%q is not a number of minutes from 1 to 1440", p.MinutesPerDay)
	}
	perWeek, err := mspdi.Int(p.MinutesPerWeek, 5*perDay)
	if err != nil || perWeek < perDay || perWeek > 7*perDay {
		perWeek = 5 * perDay
	}
	if in.Name = p.Title; in.Name == "" {
		in.Name = p.Name
	}
	in.Unit, in.Level = "minute", "no"
	in.HoursPerDay, in.DaysPerWeek = float64(perDay)/60, float64(perWeek)/float64(perDay)
	in.Honour, in.microsoft = mspdi.True(p.HonorConstraints, true), true
	limit, err := mspdi.Int(p.CriticalSlackLimit, 0)
	if err != nil {
		return calc.Wrong("CriticalSlackLimit", "%v", err)
	}
	in.CriticalUpTo = float64(limit * perDay)
	in.ownEnds = mspdi.True(p.MultipleCritical, false)
	if r.cals, err = p.WorkCalendars(); err != nil {
		return calc.Wrong("Calendars", "%v", err)
	}
	in.calendars = map[string]*workcal.Calendar{}
	for uid, c := range r.cals {
		in.calendars["UID "+uid] = c
	}
	r.def = p.CalendarUID
	if r.cals[r.def] == nil {
		r.def = ""
		for _, c := range p.Calendars {
			if mspdi.True(c.IsBaseCalendar, false) && (r.def == "" || c.Name == "Standard") {
				r.def = c.UID
			}
		}
	}
	if r.def != "" {
		in.Calendar, r.base = "UID "+r.def, r.cals[r.def]
	} else if r.base, err = workcal.New("standard", workcal.Office(), nil); err != nil {
		return err
	}
	in.Start = p.StartDate
	if in.Start == "" {
		for _, t := range p.Tasks {
			if t.Start != "" && (in.Start == "" || t.Start < in.Start) {
				in.Start = t.Start
			}
		}
	}
	if in.Start == "" {
		return calc.Wrong("StartDate", "is missing; the project needs a start date")
	}
	if !mspdi.True(p.ScheduleFromStart, true) && p.FinishDate != "" {
		if in.until, _, err = workcal.Parse(p.FinishDate); err != nil {
			return calc.Wrong("FinishDate", "%v", err)
		}
	}
	return nil
}

func (r *mspdiReader) readResources() error {
	for i := range r.p.Resources {
		x := &r.p.Resources[i]
		if mspdi.True(x.IsNull, false) || x.UID == "" || x.UID == "0" {
			continue
		}
		if _, twice := r.resources[x.UID]; twice {
			return calc.Wrong(fmt.Sprintf("Resource UID %s", x.UID), "stands twice in the file")
		}
		if r.resources[x.UID] = x; x.Type == "0" || x.Type == "2" {
			continue // material and cost limit nothing
		}
		units := 1.0
		if x.MaxUnits != "" {
			var err error
			if units, err = strconv.ParseFloat(x.MaxUnits, 64); err != nil || !(units >= 0) || units > 1e6 {
				return calc.Wrong(fmt.Sprintf("Resource UID %s, MaxUnits", x.UID), "%q is not a number of units", x.MaxUnits)
			}
		}
		r.in.Resources = append(r.in.Resources, Resource{ID: x.UID, Name: x.Name, Capacity: units, cal: r.cals[x.CalendarUID]})
	}
	for i := range r.p.Assignments {
		a := &r.p.Assignments[i]
		if len(a.Phases) > 0 {
			r.phased[a.TaskUID] = append(r.phased[a.TaskUID], a)
		}
		x := r.resources[a.ResourceUID]
		if x == nil || x.Type == "0" || x.Type == "2" {
			continue
		}
		r.work[a.TaskUID] = append(r.work[a.TaskUID], a)
	}
	return nil
}

func (r *mspdiReader) tasks() error {
	var open []*Task // the summaries above, by outline level
	var levels []int64
	seen := map[string]bool{}
	tasks := make([]Task, 0, len(r.p.Tasks))
	for i := range r.p.Tasks {
		x := &r.p.Tasks[i]
		where := fmt.Sprintf("Task UID %s", x.UID)
		if mspdi.True(x.IsNull, false) || x.UID == "" {
			continue
		}
		if !mspdi.True(x.Active, true) && (x.Start == "" || x.Finish == "") {
			r.in.notes = append(r.in.notes, fmt.Sprintf("task %s is left out: it is inactive and has no dates", x.UID))
			continue
		}
		if seen[x.UID] {
			return calc.Wrong(where, "stands twice in the file")
		}
		seen[x.UID] = true
		level, err := mspdi.Int(x.OutlineLevel, 1)
		if err != nil {
			return calc.Wrong(where+", OutlineLevel", "%v", err)
		}
		for len(levels) > 0 && levels[len(levels)-1] >= level {
			open, levels = open[:len(open)-1], levels[:len(levels)-1]
		}
		t, err := r.task(x, where)
		if err != nil {
			return err
		}
		if len(open) > 0 {
			t.Parent = open[len(open)-1].ID
		}
		tasks = append(tasks, t)
		if !t.idle && (mspdi.True(x.Summary, false) || x.UID == "0") {
			open, levels = append(open, &tasks[len(tasks)-1]), append(levels, level)
		}
	}
	r.in.Tasks = tasks
	r.dropEmptySummaries()
	return r.links(seen)
}

// dropEmptySummaries gives summaries without tasks below them the duration 0,
// so that they are milestones, and leaves out an empty project summary.
func (r *mspdiReader) dropEmptySummaries() {
	parents := map[string]bool{}
	for _, t := range r.in.Tasks {
		parents[t.Parent] = true
	}
	kept := r.in.Tasks[:0]
	for _, t := range r.in.Tasks {
		if t.ID == "0" && !parents["0"] {
			continue
		}
		if parents[t.ID] {
			// What is left of it are its dates, which hold for all below it, and
			// those a person gave it.
			t.Duration, t.Needs, t.work, t.assigned, t.pauses = Amount{}, nil, nil, nil, nil
			t.ActualStart, t.ActualFinish, t.Percent = Moment{}, Moment{}, 0
		}
		kept = append(kept, t)
	}
	r.in.Tasks = kept
}

var mspdiConstraints = []string{"ASAP", "ALAP", "MSO", "MFO", "SNET", "SNLT", "FNET", "FNLT"}

func (r *mspdiReader) task(x *mspdi.Task, where string) (Task, error) {
	t := Task{ID: x.UID, Name: x.Name, note: where, IgnoreResourceCalendars: true, kind: x.Type, own: mspdi.True(x.IgnoreResourceCalendar, false)}
	format, err := mspdi.Int(x.DurationFormat, 7)
	if err != nil {
		return t, calc.Wrong(where+", DurationFormat", "%v", err)
	}
	ticks := int64(0)
	if x.Duration != "" {
		if ticks, err = mspdi.Duration(x.Duration); err != nil {
			return t, calc.Wrong(where+", Duration", "%v", err)
		}
	}
	t.Duration = Amount{set: true, value: float64(max(ticks, 0)) / float64(workcal.Minute), unit: "m", elapsed: mspdi.Elapsed(int(format))}
	if r.cals[x.CalendarUID] != nil && x.CalendarUID != "" {
		t.Calendar = "UID " + x.CalendarUID
	}
	kind, err := mspdi.Int(x.ConstraintType, 0)
	if err != nil || kind < 0 || kind > 7 {
		return t, calc.Wrong(where+", ConstraintType", "%q is not a constraint from 0 to 7", x.ConstraintType)
	}
	if kind == 1 || kind > 1 && x.ConstraintDate != "" {
		t.Constraint = &Constraint{Type: mspdiConstraints[kind]}
		if kind > 1 {
			t.Constraint.Date = Date(x.ConstraintDate)
		}
	}
	if x.Deadline != "" {
		t.Deadline = Date(x.Deadline)
	}
	priority, err := mspdi.Int(x.Priority, 500)
	if err != nil {
		return t, calc.Wrong(where+", Priority", "%v", err)
	}
	if t.Priority = int(priority); priority == 500 {
		t.Priority = 0
	}
	if err := r.progress(x, &t, where); err != nil {
		return t, err
	}
	if t.delay, err = mspdi.Int(x.LevelingDelay, 0); err != nil || t.delay < 0 {
		return t, calc.Wrong(where+", LevelingDelay", "%q is not a delay", x.LevelingDelay)
	}
	// Tasks of other projects are where those projects have them.
	byHand := mspdi.True(x.Manual, false) || mspdi.True(x.ExternalTask, false) || mspdi.True(x.IsSubproject, false)
	idle := !mspdi.True(x.Active, true) && x.Start != "" && x.Finish != ""
	if (byHand || idle) && x.Start != "" && x.Finish != "" {
		var err1, err2 error
		t.dates[0], _, err1 = workcal.Parse(x.Start)
		t.dates[1], _, err2 = workcal.Parse(x.Finish)
		if err1 != nil || err2 != nil || t.dates[1] < t.dates[0] {
			return t, calc.Wrong(where+", Start", "%q to %q are not a start and a finish", x.Start, x.Finish)
		}
		t.fixed = true
	}
	if idle {
		t.fixed, t.idle = false, true
		t.ActualStart, t.ActualFinish, t.Percent = Moment{}, Moment{}, 0
		return t, nil
	}
	return t, r.assignments(x, &t, ticks, where)
}

func (r *mspdiReader) progress(x *mspdi.Task, t *Task, where string) error {
	if x.ActualStart == "" {
		return nil
	}
	t.ActualStart = Date(x.ActualStart)
	if x.ActualFinish != "" {
		t.ActualFinish = Date(x.ActualFinish)
		return nil
	}
	percent, err := mspdi.Int(x.PercentComplete, 0)
	if err != nil || percent < 0 || percent > 100 {
		return calc.Wrong(where+", PercentComplete", "%q is not a percentage", x.PercentComplete)
	}
	t.Percent = float64(percent)
	if x.RemainingDuration != "" && x.Duration != "" {
		left, err := mspdi.Duration(x.RemainingDuration)
		if err != nil {
			return calc.Wrong(where+", RemainingDuration", "%v", err)
		}
		if all, err := mspdi.Duration(x.Duration); err == nil && all > 0 && left >= 0 && left <= all {
			t.Percent = 100 * float64(all-left) / float64(all)
		}
	}
	if x.Stop != "" && x.Resume != "" {
		stop, _, err1 := workcal.Parse(x.Stop)
		resume, _, err2 := workcal.Parse(x.Resume)
		if err1 == nil && err2 == nil && r.base.Between(stop, resume) > 0 {
			t.resume = resume
		}
	}
	return nil
}
