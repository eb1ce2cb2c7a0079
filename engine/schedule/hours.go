package schedule

import (
	"fmt"
	"strconv"
	"strings"

	"steward/engine/calc"
	"steward/engine/schedule/workcal"
)

var weekdays = map[string]int{"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}

// buildCalendars makes the input's calendars, bases before what stands on them.
func buildCalendars(in *Input) (map[string]*workcal.Calendar, error) {
	office, err := workcal.New("standard", workcal.Office(), nil)
	if err != nil {
		return nil, err
	}
	cals := map[string]*workcal.Calendar{"": office, "continuous": workcal.Always("continuous")}
	at := map[string]int{}
	for i, c := range in.Calendars {
		where := fmt.Sprintf("calendars[%d].id", i)
		if c.ID == "" || c.ID == "continuous" {
			return nil, calc.Wrong(where, "%q cannot name a calendar; give it an id of its own", c.ID)
		}
		if _, twice := at[c.ID]; twice {
			return nil, calc.Wrong(where, "%q names two calendars; ids must differ", c.ID)
		}
		at[c.ID] = i
	}
	b := calendarBuilder{in: in, at: at, done: cals, weeks: map[string]workcal.Week{}, except: map[string][]workcal.Exception{}, open: map[string]bool{}}
	for _, c := range in.Calendars {
		if err := b.build(c.ID); err != nil {
			return nil, err
		}
	}
	return cals, nil
}

type calendarBuilder struct {
	in     *Input
	at     map[string]int
	done   map[string]*workcal.Calendar
	weeks  map[string]workcal.Week
	except map[string][]workcal.Exception
	open   map[string]bool

	exceptions int // so far, with those taken from bases
}

func (b *calendarBuilder) build(id string) error {
	if b.done[id] != nil {
		return nil
	}
	i := b.at[id]
	c, where := b.in.Calendars[i], fmt.Sprintf("calendars[%d]", b.at[id])
	if b.open[id] {
		return calc.Wrong(where+".base", "calendar %q stands on itself", id)
	}
	b.open[id] = true
	defer delete(b.open, id)
	var week workcal.Week
	var exceptions []workcal.Exception
	if c.Base != "" {
		if _, ok := b.at[c.Base]; !ok {
			return calc.Wrong(where+".base", "there is no calendar %q", c.Base)
		}
		if err := b.build(c.Base); err != nil {
			return err
		}
		week, exceptions = b.weeks[c.Base], append(exceptions, b.except[c.Base]...)
	}
	if err := readWeek(where+".week", c.Week, &week); err != nil {
		return err
	}
	for j, e := range c.Exceptions {
		x, err := readException(fmt.Sprintf("%s.exceptions[%d]", where, j), e)
		if err != nil {
			return err
		}
		exceptions = append(exceptions, x)
	}
	if b.exceptions += len(exceptions); b.exceptions > maxTasks {
		return calc.Wrong(where+".exceptions", "the calendars have more than %d exceptions together, with those of their bases", maxTasks)
	}
	cal, err := workcal.New(id, week, exceptions)
	if err != nil {
		return calc.Wrong(where, "%v", err)
	}
	b.done[id], b.weeks[id], b.except[id] = cal, week, exceptions
	return nil
}

func readWeek(where string, in map[string][]string, week *workcal.Week) error {
	for _, name := range sortedKeys(in) {
		d, ok := weekdays[strings.ToLower(name)]
		if !ok {
			return calc.Wrong(where, "%q is not a weekday; use mon, tue, wed, thu, fri, sat, sun", name)
		}
		week[d] = nil
	}
	for _, name := range sortedKeys(in) {
		d := weekdays[strings.ToLower(name)]
		for k, h := range in[name] {
			from, to, err := readHours(h)
			if err != nil {
				return calc.Wrong(fmt.Sprintf("%s.%s[%d]", where, name, k), "%v", err)
			}
			if from < to {
				week[d] = append(week[d], workcal.Span{From: from, To: to})
				continue
			}
			week[d] = append(week[d], workcal.Span{From: from, To: workcal.Day})
			if to > 0 {
				next := (d + 1) % 7
				week[next] = append(week[next], workcal.Span{From: 0, To: to})
			}
		}
	}
	for d := range week {
		week[d] = workcal.Tidy(week[d])
	}
	return nil
}

func readException(where string, e Exception) (workcal.Exception, error) {
	from, _, err := workcal.Parse(e.From)
	if err != nil {
		return workcal.Exception{}, calc.Wrong(where+".from", "%v", err)
	}
	to := from
	if e.To != "" {
		if to, _, err = workcal.Parse(e.To); err != nil {
			return workcal.Exception{}, calc.Wrong(where+".to", "%v", err)
		}
	}
	if to < from {
		return workcal.Exception{}, calc.Wrong(where+".to", "%s lies before %s", e.To, e.From)
	}
	x := workcal.Exception{From: workcal.DayOf(from), To: workcal.DayOf(to)}
	for k, h := range e.Hours {
		a, b, err := readHours(h)
		if err == nil && a >= b {
			err = fmt.Errorf("%q ends before it starts; give the part after midnight to the next day", h)
		}
		if err != nil {
			return x, calc.Wrong(fmt.Sprintf("%s.hours[%d]", where, k), "%v", err)
		}
		x.Spans = append(x.Spans, workcal.Span{From: a, To: b})
	}
	x.Spans = workcal.Tidy(x.Spans)
	return x, nil
}

// readHours reads 08:00-12:00; 24:00 is the end of the day.
func readHours(s string) (from, to int64, err error) {
	a, b, ok := strings.Cut(s, "-")
	if ok {
		if from, ok = clock(a); ok {
			to, ok = clock(b)
		}
	}
	if !ok || from == to || from == workcal.Day {
		return 0, 0, fmt.Errorf("%q is not a stretch of time such as 08:00-12:00", s)
	}
	return from, to, nil
}

func clock(s string) (int64, bool) {
	h, m, ok := strings.Cut(strings.TrimSpace(s), ":")
	hour, err1 := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	if !ok || err1 != nil || err2 != nil || hour < 0 || minute < 0 || minute > 59 || hour*60+minute > 24*60 {
		return 0, false
	}
	return int64(hour)*workcal.Hour + int64(minute)*workcal.Minute, true
}
