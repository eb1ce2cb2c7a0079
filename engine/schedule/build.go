package schedule

import (
	"math"
	"sort"
	"strings"

	"steward/engine/calc"
	"steward/engine/schedule/workcal"
)

// maxTasks and maxTime bound what one project may ask for.
const (
	maxTasks = 200_000
	maxTime  = 1e12 // ticks

	maxSummaryLinks = 3_000_000
)

// build understands an input, or says what is wrong with it and where.
func build(in *Input) (*project, error) {
	p := &project{in: in, data: none, index: map[string]int{}, rindex: map[string]int{}, always: workcal.Always("continuous")}
	if len(in.Tasks) == 0 {
		return nil, calc.Wrong("tasks", "there are no tasks; give at least one")
	}
	if len(in.Tasks) > maxTasks {
		return nil, calc.Wrong("tasks", "there are %d tasks; %d are the most", len(in.Tasks), maxTasks)
	}
	steps := []func() error{p.buildTime, p.buildResources, p.buildTasks, p.buildParents, p.buildDetails, p.buildLinks}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if err := p.expandSummaries(); err != nil {
		return nil, err
	}
	return p, p.sortLeaves()
}

func (p *project) buildTime() error {
	in := p.in
	switch in.ProgressMode {
	case "", "retained", "override":
	default:
		return calc.Wrong("progress_mode", "%q is unknown; use retained or override", in.ProgressMode)
	}
	switch in.Level {
	case "", "yes", "no", "preview":
	default:
		return calc.Wrong("level", "%q is unknown; use yes, no or preview", in.Level)
	}
	if in.TimeLimit < 0 || in.TimeLimit > 86400 || math.IsNaN(in.TimeLimit) {
		return calc.Wrong("time_limit_s", "must lie between 0 and 86400 seconds")
	}
	if in.WorkLimit < 0 {
		return calc.Wrong("work_limit", "must not be negative")
	}
	p.override = in.ProgressMode == "override"
	if in.HoursPerDay < 0 || in.HoursPerDay > 24 || in.DaysPerWeek < 0 || in.DaysPerWeek > 7 {
		return calc.Wrong("hours_per_day", "a day has up to 24 hours and a week up to 7 days")
	}
	if p.dated = in.Start != ""; !p.dated {
		return p.buildAbstract()
	}
	start, dayOnly, err := workcal.Parse(in.Start)
	if err != nil {
		return calc.Wrong("start", "%v", err)
	}
	if p.perUnit, err = p.unit(in.Unit); err != nil {
		return err
	}
	if p.cals, err = buildCalendars(in); err != nil {
		return err
	}
	for _, id := range sortedKeys(in.calendars) {
		p.cals[id] = in.calendars[id]
	}
	if p.cal, err = p.calendar("calendar", in.Calendar); err != nil {
		return err
	}
	if p.start = start; dayOnly {
		p.start = p.cal.Next(start)
	}
	if !in.DataDate.IsZero() {
		if p.data, err = p.moment("data_date", in.DataDate, false); err != nil {
			return err
		}
	}
	return nil
}

// buildAbstract sets up time that is counted and not dated. Ticks are small
// enough that every duration, lag and date given is a whole number of them.
func (p *project) buildAbstract() error {
	in := p.in
	if len(in.Calendars) > 0 || in.Calendar != "" {
		return calc.Wrong("start", "calendars need a project that starts on a date, such as \"2026-01-05\"")
	}
	if in.Unit != "" {
		return calc.Wrong("unit", "a unit of time needs a project that starts on a date; without one time is counted in units from 0")
	}
	p.cal, p.perUnit = p.always, 1
	for _, scale := range []float64{1, 2, 4, 10, 20, 100, 1000, 1e4, 1e6} {
		p.perUnit = scale
		if p.in.Risk != nil && scale < 1000 {
			continue // drawn durations are fractions
		}
		if p.allWhole(scale) {
			break
		}
	}
	if !in.DataDate.IsZero() {
		var err error
		if p.data, err = p.moment("data_date", in.DataDate, false); err != nil {
			return err
		}
	}
	return nil
}

func (p *project) allWhole(scale float64) bool {
	whole := func(v float64) bool { return math.Abs(v*scale-math.Round(v*scale)) < 1e-9*scale }
	moments := []Moment{p.in.DataDate}
	durations := make(map[string]float64, len(p.in.Tasks))
	for i := range p.in.Tasks {
		durations[p.in.Tasks[i].ID] = p.in.Tasks[i].Duration.value
	}
	for i := range p.in.Tasks {
		t := &p.in.Tasks[i]
		if !whole(t.Duration.value) || !whole(t.Remaining.value) {
			return false
		}
		moments = append(moments, t.ActualStart, t.ActualFinish, t.Deadline)
		if t.Constraint != nil {
			moments = append(moments, t.Constraint.Date)
		}
		for _, l := range t.After {
			if l.Lag.unit == "" && !whole(l.Lag.value) || l.Lag.unit == "%" && !whole(l.Lag.value/100*durations[l.Task]) {
				return false
			}
		}
	}
	for i := range p.in.Resources {
		for _, a := range p.in.Resources[i].Availability {
			moments = append(moments, a.From, a.To)
		}
	}
	for _, m := range moments {
		if !whole(m.num) {
			return false
		}
	}
	return true
}

func (p *project) hoursPerDay() float64 {
	if p.in.HoursPerDay > 0 {
		return p.in.HoursPerDay
	}
	return 8
}

func (p *project) daysPerWeek() float64 {
	if p.in.DaysPerWeek > 0 {
		return p.in.DaysPerWeek
	}
	return 5
}

// unit is how many ticks a plain number of time stands for.
func (p *project) unit(name string) (float64, error) {
	day := p.hoursPerDay() * float64(workcal.Hour)
	switch name {
	case "minute":
		return float64(workcal.Minute), nil
	case "hour":
		return float64(workcal.Hour), nil
	case "", "day":
		return day, nil
	case "week":
		return day * p.daysPerWeek(), nil
	}
	return 0, calc.Wrong("unit", "%q is unknown; use minute, hour, day or week", name)
}

// ticks turns an amount into ticks and says whether it is elapsed time. A
// percentage is not an amount of time and refused; links take it apart.
func (p *project) ticks(where string, a Amount) (int64, bool, error) {
	per := p.perUnit
	if !p.dated && (a.unit != "" || a.elapsed) {
		if a.unit != "" {
			return 0, false, calc.Wrong(where, "%s needs a project that starts on a date; without one give a plain number", a)
		}
	}
	day := p.hoursPerDay() * float64(workcal.Hour)
	if a.elapsed {
		day = float64(workcal.Day)
	}
	week := day * p.daysPerWeek()
	if a.elapsed {
		week = day * 7
	}
	switch a.unit {
	case "m":
		per = float64(workcal.Minute)
	case "h":
		per = float64(workcal.Hour)
	case "d":
		per = day
	case "w":
		per = week
	case "mo":
		per = day * 20
		if a.elapsed {
			per = day * 30
		}
	case "%":
		return 0, false, calc.Wrong(where, "%s: a percentage is for lags only", a)
	}
	v := a.value * per
	if math.IsNaN(v) || math.Abs(v) > maxTime {
		return 0, false, calc.Wrong(where, "%s is too long to schedule", a)
	}
	return round(v), a.elapsed, nil
}

// moment turns a point in time into ticks. A date without a time is the
// start of that day's work, or its end for a finish.
func (p *project) moment(where string, m Moment, finish bool) (int64, error) {
	if n, ok := m.Number(); ok {
		if math.IsNaN(n) || math.Abs(n*p.perUnit) > maxTime {
			return 0, calc.Wrong(where, "%s is out of range", m)
		}
		if p.dated {
			at := p.cal.Add(p.start, round(n*p.perUnit))
			return at, nil
		}
		return round(n * p.perUnit), nil
	}
	if !p.dated {
		return 0, calc.Wrong(where, "%q is a date, but the project has no start date; give one in start, or a number here", m.text)
	}
	t, dayOnly, err := workcal.Parse(m.text)
	if err != nil {
		return 0, calc.Wrong(where, "%v", err)
	}
	if dayOnly && finish {
		return p.cal.Prev(t + workcal.Day), nil
	}
	if dayOnly {
		return p.cal.Next(t), nil
	}
	return t, nil
}

func (p *project) calendar(where, id string) (*workcal.Calendar, error) {
	if c := p.cals[id]; c != nil {
		if c.Empty(workcal.DayOf(p.start)) {
			return nil, calc.Wrong(where, "calendar %q has no working time", id)
		}
		return c, nil
	}
	if !p.dated {
		return nil, calc.Wrong(where, "calendars need a project that starts on a date, such as \"2026-01-05\"")
	}
	return nil, calc.Wrong(where, "there is no calendar %q; known are %s", id, strings.Join(sortedKeys(p.cals), ", "))
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		if k != "" {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	return keys
}
