package worktime

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"steward/engine/calc"
)

func (in Input) add(cal *Calendar, out *Output) ([]string, error) {
	if (in.Duration == nil) == (in.Days == nil) {
		return nil, calc.Wrong("duration", "give either duration or days")
	}
	if in.Days != nil {
		text, _, _ := strings.Cut(strings.Replace(in.From, "T", " ", 1), " ")
		d, err := date("from", text)
		if err != nil {
			return nil, err
		}
		return addDays(d, *in.Days, cal, out)
	}
	from, err := moment("from", in.From, cal)
	if err != nil {
		return nil, err
	}
	to, err := cal.AddWorkingTime(from, time.Duration(*in.Duration))
	if err != nil {
		return nil, calc.Wrong("calendar", "%v", err)
	}
	out.Moment = show(to)
	a, b := from.In(cal.Location()), to
	if b.Before(a) {
		a, b = b, a
	}
	out.Strip = strip(a, b, cal)
	return explainStrip(out.Strip, fmt.Sprintf("%s of working time from %s ends at %s.", *in.Duration, show(from.In(cal.Location())), out.Moment)), nil
}

func addDays(d Date, n int, cal *Calendar, out *Output) ([]string, error) {
	got, err := cal.AddWorkdays(d, n)
	if err != nil {
		return nil, calc.Wrong("calendar", "%v", err)
	}
	out.Date = got
	return []string{fmt.Sprintf("%d working days from %s is %s, a %s.", n, d, got, got.Weekday())}, nil
}

func (in Input) between(cal *Calendar, out *Output) ([]string, error) {
	from, err := moment("from", in.From, cal)
	if err != nil {
		return nil, err
	}
	to, err := moment("to", in.To, cal)
	if err != nil {
		return nil, err
	}
	if days := DateOf(from).DaysUntil(DateOf(to)); days > 200*366 || days < -200*366 {
		return nil, calc.Wrong("to", "lies more than 200 years from from")
	}
	working := cal.WorkingTimeBetween(from, to)
	length, minutes := Length(working), working.Minutes()
	n := cal.WorkdaysBetween(DateOf(from.In(cal.Location())), DateOf(to.In(cal.Location())))
	out.Working, out.Minutes, out.Workdays = &length, &minutes, &n
	a, b := from.In(cal.Location()), to.In(cal.Location())
	if b.Before(a) {
		a, b = b, a
	}
	out.Strip = strip(a, b, cal)
	return explainStrip(out.Strip, fmt.Sprintf("From %s to %s people work %s.", show(from.In(cal.Location())), show(to.In(cal.Location())), length)), nil
}

// strip shows every segment between two moments, or nothing when they are more
// than 2,000.
func strip(a, b time.Time, cal *Calendar) []StripPart {
	w := walk{policy: Policy{Targets: map[string]Target{"": {Within: 1, Calendar: cal}}}, at: a}
	if w.runTo(b, false) != nil || len(w.strip) > 2000 {
		return nil
	}
	return stripParts(w.strip, cal.Location())
}

func stripParts(segments []Segment, loc *time.Location) []StripPart {
	parts := []StripPart{}
	for _, s := range segments {
		parts = append(parts, StripPart{show(s.From.In(loc)), show(s.To.In(loc)), s.Kind, s.Note, s.Priority, Length(s.Counted), Length(s.Used), s.Ahead})
	}
	return parts
}

func explainStrip(parts []StripPart, first string) []string {
	why := []string{first}
	for i, p := range parts {
		if i == 40 {
			return append(why, fmt.Sprintf("… and %d segments more.", len(parts)-i))
		}
		line := fmt.Sprintf("%s to %s: %s", p.From, p.To, strings.ReplaceAll(string(p.Kind), "_", " "))
		if p.Note != "" {
			line += " (" + p.Note + ")"
		}
		if p.Kind == Counted {
			line += fmt.Sprintf(", %s, together %s", p.Counted, p.Used)
		}
		why = append(why, line+".")
	}
	return why
}

func (in Input) workdays(cal *Calendar, out *Output) ([]string, error) {
	from, err := date("from", in.From)
	if err != nil {
		return nil, err
	}
	if in.Days != nil {
		return addDays(from, *in.Days, cal, out)
	}
	to, err := date("to", in.To)
	if err != nil {
		return nil, err
	}
	n := cal.WorkdaysBetween(from, to)
	out.Workdays = &n
	return []string{fmt.Sprintf("From %s (included) to %s (excluded) there are %d working days.", from, to, n)}, nil
}

func (in Input) contract(cal *Calendar, out *Output) ([]string, error) {
	if in.Contract == nil {
		return nil, calc.Wrong("contract", "is missing; give the contract's term")
	}
	if in.On == 0 {
		return nil, calc.Wrong("on", "is missing; give the day the contract is looked at")
	}
	if field, problem := in.Contract.Check(); field != "" {
		return nil, calc.Wrong("contract."+field, "%s", problem)
	}
	d := in.Contract.Seen(in.On, cal)
	out.Contract = &d
	return explainContract(*in.Contract, in.On, d), nil
}

func explainContract(c ContractTerm, on Date, d ContractDates) []string {
	if c.End == 0 {
		return []string{fmt.Sprintf("The contract has no end. Notice by %s ends it on %s.", d.EarliestNotice, d.EarliestEnd)}
	}
	why := []string{fmt.Sprintf("The first term ends on %s; seen on %s it has renewed %d times by %d months, so the running term ends on %s.", c.End, on, d.Renewals, c.RenewMonths, d.CurrentEnd)}
	if d.Ended {
		return append(why, "The contract is over.")
	}
	why = append(why, fmt.Sprintf("%d months and %d days of notice before that is %s, a %s.", c.NoticeMonths, c.NoticeDays, d.NoticeByContract, d.NoticeByContract.Weekday()))
	if d.NoticeDue != d.NoticeByContract {
		why = append(why, fmt.Sprintf("That is not a working day; by the rule %q notice is due on %s, a %s.", cmp.Or(c.Rule, Earlier), d.NoticeDue, d.NoticeDue.Weekday()))
	}
	why = append(why, fmt.Sprintf("With %d days to decide, the decision is needed by %s.", c.LeadDays, d.DecideBy))
	if d.NoticeMissed && d.EarliestEnd != d.CurrentEnd {
		why = append(why, fmt.Sprintf("That day has passed: the contract can end on %s at the earliest, by notice until %s.", d.EarliestEnd, d.EarliestNotice))
	}
	return why
}

func (in Input) holidays(cal *Calendar, out *Output) ([]string, error) {
	var from, to Date
	var err error
	if in.Year != 0 {
		if in.Year < 1 || in.Year > 9999 {
			return nil, calc.Wrong("year", "must be between 1 and 9999")
		}
		from, to = dayNumber(in.Year, 1, 1), dayNumber(in.Year, 12, 31)
	} else {
		if from, err = date("from", in.From); err != nil {
			return nil, err
		}
		if to, err = date("to", in.To); err != nil {
			return nil, err
		}
	}
	if from.DaysUntil(to) > 200*366 {
		return nil, calc.Wrong("to", "lies more than 200 years after from")
	}
	if len(in.Calendar.Holidays) == 0 && len(in.Calendar.Own) == 0 && in.Calendar.ICS == "" {
		return nil, calc.Wrong("calendar.holidays", "is missing; name a country or region: %s", strings.Join(Countries(), ", "))
	}
	out.Holidays = []Holiday{}
	for d := from; d <= to; d++ {
		if h, ok := cal.Special(d); ok {
			out.Holidays = append(out.Holidays, h)
		}
	}
	return []string{fmt.Sprintf("%d special days from %s to %s.", len(out.Holidays), from, to)}, nil
}
