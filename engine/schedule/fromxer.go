package schedule

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"steward/engine/calc"
	"steward/engine/schedule/workcal"
	"steward/engine/schedule/xer"
)

// xerReader turns a Primavera P6 file into an input scheduled by P6's rules:
// links win over dates except mandatory ones, work in progress is counted
// from the data date, lags run in the calendar the file's options choose.
type xerReader struct {
	in     Input
	tables map[string][]xer.Row
	tasks  map[string]int   // by task_id, in in.Tasks
	asOf   map[string]int64 // data date by proj_id, or its start where that is later
	wbs    map[string]xer.Row
	skip   map[string]bool // tasks left out
}

func fromXER(raw []byte) (Input, error) {
	tables, err := xer.Decode(raw, "PROJECT", "CALENDAR", "PROJWBS", "TASK", "TASKPRED", "RSRC", "RSRCRATE", "TASKRSRC", "SCHEDOPTIONS")
	if err != nil {
		return Input{}, calc.Wrong("", "%v", err)
	}
	r := &xerReader{tables: tables, tasks: map[string]int{}, asOf: map[string]int64{}, wbs: map[string]xer.Row{}, skip: map[string]bool{}}
	for _, step := range []func() error{r.project, r.calendars, r.readTasks, r.summaries, r.links, r.resources} {
		if err := step(); err != nil {
			return Input{}, err
		}
	}
	return r.in, nil
}

func at(row xer.Row, field string) string { return fmt.Sprintf("line %d, %s", row.Line, field) }

func (r *xerReader) project() error {
	in := &r.in
	in.Unit, in.Level = "hour", "no"
	in.HoursPerDay = 8
	for _, row := range r.tables["PROJECT"] {
		if in.Name == "" {
			in.Name = row.Get("proj_short_name")
		}
		if s := row.Get("plan_start_date"); s != "" && (in.Start == "" || s < in.Start) {
			in.Start = s
		}
		if s := row.Get("last_recalc_date"); s != "" && s > in.DataDate.text {
			in.DataDate = Date(s)
		}
		for _, field := range []string{"plan_start_date", "last_recalc_date"} {
			if s := row.Get(field); s != "" {
				at, _, err := workcal.Parse(s)
				if err != nil {
					return calc.Wrong(fmt.Sprintf("line %d, %s", row.Line, field), "%v", err)
				}
				id := row.Get("proj_id")
				r.asOf[id] = max(r.asOf[id], at)
			}
		}
		if c := row.Get("clndr_id"); c != "" && in.Calendar == "" {
			in.Calendar = "clndr " + c
		}
	}
	if in.Start == "" {
		in.Start = in.DataDate.text
	}
	if in.Start == "" {
		return calc.Wrong("PROJECT", "has no plan_start_date; the project needs a start")
	}
	for _, row := range r.tables["SCHEDOPTIONS"] {
		if row.Get("sched_retained_logic") == "N" && row.Get("sched_progress_override") == "Y" {
			in.ProgressMode = "override"
		}
		switch c := row.Get("sched_calendar_on_relationship_lag"); c {
		case "rcal_Predecessor":
			in.LagCalendar = "predecessor"
		case "rcal_24Hour":
			in.LagCalendar = "continuous"
		case "rcal_ProjDefault":
			in.LagCalendar = "project"
		}
	}
	return nil
}

func (r *xerReader) calendars() error {
	r.in.calendars = map[string]*workcal.Calendar{}
	exceptions := 0
	for _, row := range r.tables["CALENDAR"] {
		data := row.Get("clndr_data")
		if strings.TrimSpace(data) == "" {
			continue
		}
		c, err := xer.Calendar(row.Get("clndr_name"), data)
		if err != nil {
			return calc.Wrong(at(row, "clndr_data"), "%v", err)
		}
		if exceptions += len(c.Exceptions); exceptions > 200_000 {
			return calc.Wrong(at(row, "clndr_data"), "the calendars have more than 200,000 exceptions together")
		}
		if row.Get("default_flag") == "Y" && r.in.Calendar == "" {
			r.in.Calendar = "clndr " + row.Get("clndr_id")
		}
		r.in.calendars["clndr "+row.Get("clndr_id")] = c
	}
	if r.in.calendars[r.in.Calendar] == nil {
		r.in.Calendar = ""
	}
	return nil
}

var xerConstraints = map[string]string{
	"CS_MSOA": "SNET", "CS_MSOB": "SNLT", "CS_MEOA": "FNET", "CS_MEOB": "FNLT",
	"CS_MSO": "MSO", "CS_MEO": "MFO", "CS_MANDSTART": "MSO", "CS_MANDFIN": "MFO", "CS_ALAP": "ALAP",
}

func (r *xerReader) readTasks() error {
	left := 0
	for _, row := range r.tables["TASK"] {
		id := row.Get("task_id")
		if id == "" {
			return calc.Wrong(at(row, "task_id"), "is empty")
		}
		if kind := row.Get("task_type"); kind == "TT_LOE" || kind == "TT_WBS" {
			r.skip[id] = true
			left++
			continue
		}
		if _, twice := r.tasks[id]; twice {
			return calc.Wrong(at(row, "task_id"), "%s stands twice in the file", id)
		}
		t, err := r.task(row)
		if err != nil {
			return err
		}
		r.tasks[id] = len(r.in.Tasks)
		r.in.Tasks = append(r.in.Tasks, t)
	}
	if left > 0 {
		r.in.notes = append(r.in.notes, fmt.Sprintf("%d level-of-effort and WBS summary activities are left out: they follow others and drive nothing", left))
	}
	return nil
}

func (r *xerReader) task(row xer.Row) (Task, error) {
	t := Task{ID: row.Get("task_code"), Name: row.Get("task_name"), note: fmt.Sprintf("line %d, task %s", row.Line, row.Get("task_code")), IgnoreResourceCalendars: true}
	if t.ID == "" {
		t.ID = row.Get("task_id")
	}
	if len(r.tables["PROJECT"]) > 1 { // codes are unique within a project only
		t.ID = row.Get("task_id") + " " + t.ID
		t.asOf = r.asOf[row.Get("proj_id")]
	}
	hours := func(field string) (float64, error) {
		s := row.Get(field)
		if s == "" {
			return 0, nil
		}
		v, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(v) || math.Abs(v) > 1e7 {
			return 0, calc.Wrong(at(row, field), "%q is not a number of hours", s)
		}
		return v, nil
	}
	planned, err := hours("target_drtn_hr_cnt")
	if err != nil {
		return t, err
	}
	remaining, err := hours("remain_drtn_hr_cnt")
	if err != nil {
		return t, err
	}
	t.Duration = Amount{set: true, value: max(planned, 0), unit: "h"}
	if c := "clndr " + row.Get("clndr_id"); r.in.calendars[c] != nil {
		t.Calendar = c
	}
	if kind := row.Get("task_type"); kind == "TT_Mile" || kind == "TT_FinMile" {
		t.Duration.value, remaining = 0, 0
	}
	switch row.Get("status_code") {
	case "TK_Complete":
		t.ActualStart, t.ActualFinish = Date(row.Get("act_start_date")), Date(row.Get("act_end_date"))
		if t.ActualStart.text == "" || t.ActualFinish.text == "" {
			return t, calc.Wrong(at(row, "act_end_date"), "is missing; the task is complete")
		}
	case "TK_Active":
		if t.ActualStart = Date(row.Get("act_start_date")); t.ActualStart.text == "" {
			return t, calc.Wrong(at(row, "act_start_date"), "is missing; the task is active")
		}
		t.Remaining = Amount{set: true, value: max(remaining, 0), unit: "h"}
	default:
		if row.Get("remain_drtn_hr_cnt") != "" {
			t.Duration.value = max(remaining, 0)
		}
	}
	// P6 knows two constraints a task; the one that binds the forward pass is kept first.
	if kind := xerConstraints[row.Get("cstr_type")]; kind == "ALAP" || kind != "" && row.Get("cstr_date") != "" {
		t.Constraint = &Constraint{Type: kind}
		if kind != "ALAP" {
			t.Constraint.Date = Date(row.Get("cstr_date"))
		}
	}
	if xerConstraints[row.Get("cstr_type2")] == "FNLT" && row.Get("cstr_date2") != "" {
		t.Deadline = Date(row.Get("cstr_date2"))
	}
	return t, nil
}

// summaries makes a summary of each part of the work breakdown that has tasks.
func (r *xerReader) summaries() error {
	for _, row := range r.tables["PROJWBS"] {
		r.wbs[row.Get("wbs_id")] = row
	}
	made := map[string]bool{}
	var out []Task
	var make func(id string, depth int) string
	make = func(id string, depth int) string {
		row, ok := r.wbs[id]
		if !ok || depth > 100 {
			return ""
		}
		name := "WBS " + id
		if !made[id] {
			made[id] = true
			parent := make(row.Get("parent_wbs_id"), depth+1)
			if parent == name {
				parent = ""
			}
			out = append(out, Task{ID: name, Name: row.Get("wbs_name"), Parent: parent, note: fmt.Sprintf("line %d, WBS %s", row.Line, id)})
		}
		return name
	}
	for _, row := range r.tables["TASK"] {
		if i, ok := r.tasks[row.Get("task_id")]; ok {
			r.in.Tasks[i].Parent = make(row.Get("wbs_id"), 0)
		}
	}
	r.in.Tasks = append(r.in.Tasks, out...)
	return nil
}

func (r *xerReader) links() error {
	for _, row := range r.tables["TASKPRED"] {
		succ, pred := row.Get("task_id"), row.Get("pred_task_id")
		i, ok1 := r.tasks[succ]
		j, ok2 := r.tasks[pred]
		if !ok1 || !ok2 {
			if !r.skip[succ] && !r.skip[pred] {
				r.in.notes = append(r.in.notes, fmt.Sprintf("line %d: the link of %s to %s is left out: one is not in the file", row.Line, succ, pred))
			}
			continue
		}
		l := Link{Task: r.in.Tasks[j].ID, Type: strings.TrimPrefix(row.Get("pred_type"), "PR_")}
		if l.Type == "" {
			l.Type = "FS"
		}
		if s := row.Get("lag_hr_cnt"); s != "" {
			v, err := strconv.ParseFloat(s, 64)
			if err != nil || math.IsNaN(v) || math.Abs(v) > 1e7 {
				return calc.Wrong(at(row, "lag_hr_cnt"), "%q is not a number of hours", s)
			}
			l.Lag = Amount{set: v != 0, value: v, unit: "h"}
		}
		r.in.Tasks[i].After = append(r.in.Tasks[i].After, l)
	}
	return nil
}

// resources reads needs in units of the resource working all the time.
func (r *xerReader) resources() error {
	per := map[string]float64{}
	for _, row := range r.tables["RSRCRATE"] {
		if v, err := strconv.ParseFloat(row.Get("max_qty_per_hr"), 64); err == nil && v >= 0 && v < 1e6 {
			per[row.Get("rsrc_id")] = v
		}
	}
	known := map[string]string{}
	for _, row := range r.tables["RSRC"] {
		if row.Get("rsrc_type") != "RT_Labor" && row.Get("rsrc_type") != "RT_Equip" {
			continue
		}
		id := row.Get("rsrc_id")
		capacity, ok := per[id]
		if !ok {
			continue
		}
		if known[id] != "" {
			return calc.Wrong(at(row, "rsrc_id"), "%s stands twice in the file", id)
		}
		known[id] = "rsrc " + id
		r.in.Resources = append(r.in.Resources, Resource{ID: known[id], Name: row.Get("rsrc_name"), Capacity: capacity})
	}
	for _, row := range r.tables["TASKRSRC"] {
		i, ok := r.tasks[row.Get("task_id")]
		id := known[row.Get("rsrc_id")]
		if !ok || id == "" {
			continue
		}
		v, err := strconv.ParseFloat(row.Get("target_qty_per_hr"), 64)
		if err != nil || !(v > 0) || v > 1e6 {
			continue
		}
		t := &r.in.Tasks[i]
		if t.Needs == nil {
			t.Needs = map[string]float64{}
		}
		t.Needs[id] += v
	}
	return nil
}
