package schedule

import (
	"fmt"
	"strconv"
	"strings"

	"steward/engine/calc"
	"steward/engine/schedule/mspdi"
	"steward/engine/schedule/workcal"
)

// toMSPDI writes a scheduled project as Microsoft Project XML. Delays by
// levelling become levelling delays, so that the file, scheduled again, keeps
// its dates.
func (p *project) toMSPDI(s *solution) ([]byte, error) {
	if !p.dated {
		return nil, calc.Wrong("start", "a Microsoft Project file needs dates; give the project a start date")
	}
	w := &mspdiWriter{p: p, s: s, d: s.dates, cals: map[*workcal.Calendar]string{}}
	x := &w.out
	x.SaveVersion, x.Name, x.Title = 14, p.in.Name, p.in.Name
	x.ScheduleFromStart, x.StartDate, x.FinishDate = yesNo(p.in.until == 0), stamp(p.start), stamp(w.d.finish)
	x.MultipleCritical = yesNo(p.in.ownEnds)
	if p.data != none {
		x.StatusDate = stamp(p.data)
	}
	x.MinutesPerDay = itoa(round(p.hoursPerDay() * 60))
	x.MinutesPerWeek = itoa(round(p.hoursPerDay() * 60 * p.daysPerWeek()))
	x.DaysPerMonth, x.HonorConstraints = "20", yesNo(p.in.Honour)
	x.CriticalSlackLimit = itoa(round(p.in.CriticalUpTo * p.perUnit / (p.hoursPerDay() * float64(workcal.Hour))))
	x.CalendarUID = w.calendar(p.cal)
	w.tasks()
	w.resources()
	return mspdi.Encode(x)
}

type mspdiWriter struct {
	p    *project
	s    *solution
	d    *dates
	out  mspdi.Project
	cals map[*workcal.Calendar]string
	uid  []string
	idle map[int][]int // inactive tasks by the summary they stand under
}

func stamp(t int64) string { return workcal.Time(t).Format("2006-01-02T15:04:05") }
func itoa(v int64) string  { return strconv.FormatInt(v, 10) }

func yesNo(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// calendar writes a calendar once and returns its UID.
func (w *mspdiWriter) calendar(c *workcal.Calendar) string {
	if uid := w.cals[c]; uid != "" {
		return uid
	}
	uid := strconv.Itoa(len(w.cals) + 1)
	w.cals[c] = uid
	x := mspdi.Calendar{UID: uid, Name: c.Name, IsBaseCalendar: "1", BaseCalendarUID: "-1"}
	if x.Name == "" || x.Name == "standard" {
		x.Name = "Standard"
	}
	week := c.Week
	if c.Continuous() {
		for d := range week {
			week[d] = []workcal.Span{{From: 0, To: workcal.Day}}
		}
	}
	x.WeekDays = weekDays(week)
	for _, e := range c.Exceptions {
		period := &mspdi.Period{From: stamp(e.From * workcal.Day), To: stamp((e.To+1)*workcal.Day - workcal.Minute)}
		switch {
		case e.Week != nil:
			x.WorkWeeks = append(x.WorkWeeks, mspdi.WorkWeek{Period: period, WeekDays: weekDays(*e.Week)})
		case e.On == nil:
			x.Exceptions = append(x.Exceptions, dayException(period, e.Spans))
		default:
			w.recurring(&x, e)
		}
	}
	w.out.Calendars = append(w.out.Calendars, x)
	return uid
}

// recurring writes out the days on which an exception holds during the project.
func (w *mspdiWriter) recurring(x *mspdi.Calendar, e workcal.Exception) {
	from := max(e.From, workcal.DayOf(w.p.start)-366)
	to := min(e.To, workcal.DayOf(w.d.finish)+366)
	for day := from; day <= to && day-from < 20000; day++ {
		if e.On(day) {
			x.Exceptions = append(x.Exceptions, dayException(&mspdi.Period{From: stamp(day * workcal.Day), To: stamp((day+1)*workcal.Day - workcal.Minute)}, e.Spans))
		}
	}
}

func dayException(period *mspdi.Period, spans []workcal.Span) mspdi.Exception {
	return mspdi.Exception{Period: period, Type: "1", DayWorking: yesNo(len(spans) > 0), WorkingTimes: workingTimes(spans)}
}

func weekDays(week workcal.Week) []mspdi.WeekDay {
	var out []mspdi.WeekDay
	for d, spans := range week {
		out = append(out, mspdi.WeekDay{DayType: strconv.Itoa(d + 1), DayWorking: yesNo(len(spans) > 0), WorkingTimes: workingTimes(spans)})
	}
	return out
}

func workingTimes(spans []workcal.Span) []mspdi.WorkingTime {
	var out []mspdi.WorkingTime
	hour := func(t int64) string {
		t %= workcal.Day
		return fmt.Sprintf("%02d:%02d:00", t/workcal.Hour, t%workcal.Hour/workcal.Minute)
	}
	for _, s := range spans {
		out = append(out, mspdi.WorkingTime{From: hour(s.From), To: hour(s.To)})
	}
	return out
}

func (w *mspdiWriter) tasks() {
	p := w.p
	w.uid = make([]string, len(p.tasks))
	numbers := true
	for _, t := range p.tasks {
		n, err := strconv.Atoi(t.id)
		numbers = numbers && err == nil && n >= 0 && n < 1<<31 && strconv.Itoa(n) == t.id && (n > 0 || t.summary())
	}
	for i, t := range p.tasks {
		if w.uid[i] = strconv.Itoa(i + 1); numbers {
			w.uid[i] = t.id
		}
	}
	w.idle = map[int][]int{}
	for i, t := range p.tasks {
		if t.idle && t.parent >= 0 {
			w.idle[t.parent] = append(w.idle[t.parent], i)
		}
	}
	top := int64(1)
	for _, t := range p.tasks {
		if numbers && t.id == "0" {
			top = 0
		}
	}
	for _, t := range p.tasks {
		if t.parent < 0 {
			w.task(t, top)
		}
	}
}

func (w *mspdiWriter) task(t *task, level int64) {
	row := mspdi.Task{UID: w.uid[t.i], ID: strconv.Itoa(len(w.out.Tasks) + 1), Name: t.name, OutlineLevel: itoa(level), Summary: yesNo(t.summary()), Active: "1", Manual: yesNo(t.fixed), Type: "1", Priority: "500", ConstraintType: "0"}
	if t.src.kind != "" {
		row.Type = t.src.kind
	}
	if t.src.Priority > 0 {
		row.Priority = strconv.Itoa(t.src.Priority)
	}
	w.constraint(&row, t)
	if row.UID == "0" {
		row.ID = "0"
	}
	if row.Name == "" {
		row.Name = t.id
	}
	if t.idle {
		row.Active, row.Manual = "0", "0"
		w.dates(&row, w.p.idleRow(t))
		row.Duration, row.DurationFormat = mspdi.FormatDuration(t.work), "7"
		w.out.Tasks = append(w.out.Tasks, row)
		return
	}
	if t.summary() {
		w.dates(&row, w.p.summaryRow(w.d, w.s.free, t))
		row.Duration, row.DurationFormat = mspdi.FormatDuration(round(w.p.summaryRow(w.d, w.s.free, t).Duration*w.p.perUnit)), "7"
	} else {
		w.leaf(&row, t)
	}
	w.links(&row, t)
	w.out.Tasks = append(w.out.Tasks, row)
	for _, k := range t.kids {
		w.task(w.p.tasks[k], level+1)
	}
	for _, k := range w.idle[t.i] {
		w.task(w.p.tasks[k], level+1)
	}
}

func (w *mspdiWriter) dates(row *mspdi.Task, d TaskDates) {
	at := func(m Moment) string { return m.text + ":00" }
	full := func(m Moment) string {
		if strings.Count(m.text, ":") == 2 {
			return m.text
		}
		return at(m)
	}
	row.Start, row.Finish = full(d.Start), full(d.Finish)
	row.EarlyStart, row.EarlyFinish = full(d.Start), full(d.Finish)
	row.LateStart, row.LateFinish = full(d.Latest), full(d.LatestFinish)
	row.Critical, row.Milestone = yesNo(d.Critical), yesNo(d.Milestone)
	row.TotalSlack = itoa(round(d.TotalFloat * w.p.perUnit))
	row.FreeSlack = itoa(round(d.FreeFloat * w.p.perUnit))
}

func (w *mspdiWriter) leaf(row *mspdi.Task, t *task) {
	p, d := w.p, w.d
	w.dates(row, p.row(w.s, d, t, nil))
	if t.constraint == "ALAP" {
		early, finish := p.early(w.s.free, t)
		row.EarlyStart, row.EarlyFinish = stamp(early), stamp(finish)
	}
	row.StartSlack = itoa(t.slack.Between(d.es[t.i], d.ls[t.i]))
	row.FinishSlack = itoa(t.slack.Between(d.ef[t.i], d.lf[t.i]))
	row.Duration, row.DurationFormat = mspdi.FormatDuration(max(t.work, t.left)), "7"
	if t.src.Duration.elapsed {
		row.DurationFormat = "8"
	}
	if own := t.slack; own != p.cal {
		row.CalendarUID, row.IgnoreResourceCalendar = w.calendar(own), yesNo(t.src.own || len(t.src.assigned) == 0)
	}
	if row.PercentComplete = "0"; t.done {
		row.PercentComplete, row.ActualStart, row.ActualFinish, row.RemainingDuration = "100", stamp(t.from), stamp(t.to), "PT0H0M0S"
	} else if t.started {
		row.ActualStart, row.RemainingDuration = stamp(t.from), mspdi.FormatDuration(t.left)
		row.PercentComplete = itoa(max(0, 100-round(100*float64(t.left)/float64(max(t.work, 1)))))
		// The rest goes on here, after a break if that is later.
		row.Stop, row.Resume = stamp(t.finishFrom(t.from, max(t.work-t.left, 0))), stamp(t.startFor(d.ef[t.i], t.left))
	}
	delay := t.delay
	for _, x := range w.s.waits {
		if x.t == t && d == w.s.leveled {
			delay += x.to - x.from
		}
	}
	switch {
	case delay > 0 && !w.clipped(t) || !w.held(t):
	case t.constraint == "":
		row.ConstraintType, row.ConstraintDate, delay = "4", stamp(d.es[t.i]), 0
	default:
		delay = max(d.es[t.i]-t.nextStart(w.byLinks(t)), 0)
	}
	if delay > 0 {
		row.LevelingDelay, row.LevelingDelayFormat = itoa(delay), "8"
	}
}

// constraint writes what ties a task or a summary to dates.
func (w *mspdiWriter) constraint(row *mspdi.Task, t *task) {
	if t.constraint != "" {
		for k, name := range mspdiConstraints {
			if name == t.constraint {
				row.ConstraintType = strconv.Itoa(k)
			}
		}
		if t.date != none {
			row.ConstraintDate = stamp(t.date)
		}
	}
	if t.deadline != none {
		row.Deadline = stamp(t.deadline)
	}
}

// clipped reports whether only the project's start, and no link, keeps a task
// from lying before it.
func (w *mspdiWriter) clipped(t *task) bool {
	if w.p.in.microsoft || len(t.src.After) == 0 || t.started || t.done || t.fixed {
		return false
	}
	return w.byLinks(t) < w.p.start
}

// held reports whether something keeps a task later than the rules of
// Microsoft Project would: there, links may pull it before the project's
// start, and work that has not started may lie before the data date.
func (w *mspdiWriter) held(t *task) bool {
	if t.started || t.done || t.fixed || t.constraint == "ALAP" {
		return false
	}
	there, in := *w.p, *w.p.in
	in.microsoft, there.in, there.data = true, &in, none
	alone, src := *t, *t.src
	src.asOf = 0
	alone.in, alone.src = own(t.in), &src
	es, _, _ := there.place(&dates{es: w.d.es, ef: w.d.ef}, &alone, t.work)
	return es < w.d.es[t.i]
}

// byLinks is how early a task could start by its links, before the project's
// start too; without links it is the project's start.
func (w *mspdiWriter) byLinks(t *task) int64 {
	earliest := none
	for _, l := range t.in {
		if l.resource {
			continue
		}
		at := w.p.linkTime(w.d, l)
		if !l.kind.toStart() {
			at = t.startFor(at, t.work)
			if l.kind == finishFinish {
				at = max(at, w.p.start)
			}
		}
		earliest = max(earliest, at)
	}
	if earliest == none {
		return w.p.start
	}
	return earliest
}

func (w *mspdiWriter) links(row *mspdi.Task, t *task) {
	for k := range t.src.After {
		l := &t.src.After[k]
		x := mspdi.Link{PredecessorUID: w.uid[w.p.index[l.Task]], Type: "1", LinkLag: "0", LagFormat: "7"}
		for n, name := range mspdiLinks {
			if strings.EqualFold(name, l.Type) {
				x.Type = strconv.Itoa(n)
			}
		}
		if l.Lag.unit == "%" {
			if x.LinkLag, x.LagFormat = itoa(round(l.Lag.value)), "19"; l.Lag.elapsed {
				x.LagFormat = "20"
			}
		} else if lag, elapsed, err := w.p.ticks("", l.Lag); err == nil {
			if x.LinkLag = itoa(lag); elapsed {
				x.LagFormat = "8"
			}
		}
		row.Links = append(row.Links, x)
	}
}
