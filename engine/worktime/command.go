package worktime

import (
	"context"
	"slices"
	"strings"
	"time"

	"steward/engine/calc"
)

// Command is `steward calc worktime`.
var Command = calc.JSON("worktime", "working time, SLA clocks, holidays and contract dates", `{"operation": "add", "from": "2026-11-23 17:00", "duration": "4h",
 "calendar": {"week": {"mon-fri": ["08:00-18:00"]}, "time_zone": "Europe/Berlin", "holidays": ["DE-BY"]}}`, solve)

// Input is the JSON input of the command.
type Input struct {
	Operation string        `json:"operation" doc:"add, between, workdays, sla, contract or holidays"`
	Calendar  CalendarInput `json:"calendar,omitzero" doc:"when people work; absent: Monday to Friday 08:00-18:00 UTC without holidays"`
	From      string        `json:"from,omitempty" doc:"add, between, workdays: the beginning, as 2026-11-23 17:00 in the calendar's time zone or with an offset as 2026-11-23T17:00:00+01:00; workdays: a date. holidays: first day"`
	To        string        `json:"to,omitempty" doc:"between, workdays: the end (workdays: excluded). holidays: last day"`
	Duration  *Length       `json:"duration,omitempty" doc:"add: working time, negative to go back"`
	Days      *int          `json:"days,omitempty" doc:"add: working days instead of a duration; workdays: days to add to from, instead of to"`
	Year      int           `json:"year,omitempty" doc:"holidays: the year, instead of from and to"`
	On        Date          `json:"on,omitzero" doc:"contract: the day it is looked at"`
	Contract  *ContractTerm `json:"contract,omitempty"`
	SLA       *SLAInput     `json:"sla,omitempty"`
}

// CalendarInput is the JSON form of Rules.
type CalendarInput struct {
	Week      Week     `json:"week,omitzero"`
	TimeZone  string   `json:"time_zone,omitempty" doc:"IANA name such as Europe/Berlin; absent: UTC"`
	Holidays  []Place  `json:"holidays,omitempty" doc:"countries or regions whose holidays are free"`
	Customary bool     `json:"customary,omitempty" doc:"days such as Midsummer's Eve are free too"`
	Own       []OwnDay `json:"own,omitempty" doc:"own days, which win over holidays and weekly hours"`
	ICS       string   `json:"ics,omitempty" doc:"text of an iCalendar file; its all-day events are free"`
}

// SLAInput is the JSON form of a Policy and a Case.
type SLAInput struct {
	Targets    map[string]TargetInput `json:"targets" doc:"working time promised, by priority"`
	Restart    bool                   `json:"restart,omitempty" doc:"a changed priority starts the clock again; else the used time counts on"`
	Thresholds []ThresholdInput       `json:"thresholds,omitempty" doc:"when somebody is told"`
	Opened     string                 `json:"opened" doc:"when the clock began, written as from"`
	Priority   string                 `json:"priority" doc:"at the opening"`
	Events     []EventInput           `json:"events,omitempty"`
	Now        string                 `json:"now,omitempty" doc:"the moment of looking; absent: the last event or the opening"`
}

// TargetInput is the JSON form of a Target.
type TargetInput struct {
	Within   Length         `json:"within" doc:"working time"`
	Calendar *CalendarInput `json:"calendar,omitempty" doc:"absent: the calendar of the input"`
}

// ThresholdInput is the JSON form of a Threshold: percent, before or after.
type ThresholdInput struct {
	Name    string  `json:"name,omitempty"`
	Percent int     `json:"percent,omitempty" doc:"of the target"`
	Before  *Length `json:"before,omitempty" doc:"working time before due"`
	After   *Length `json:"after,omitempty" doc:"working time after due"`
}

// EventInput is the JSON form of an Event.
type EventInput struct {
	At       string    `json:"at"`
	Kind     EventKind `json:"kind" doc:"pause, resume, priority, close or reopen"`
	Priority string    `json:"priority,omitempty" doc:"the new priority"`
}

// Output is the JSON output of the command; the fields of the operation are set.
type Output struct {
	Operation string         `json:"operation"`
	Moment    string         `json:"moment,omitempty" doc:"add: when the working time has passed"`
	Date      Date           `json:"date,omitzero" doc:"add with days, workdays with days: the working day"`
	Working   *Length        `json:"working,omitempty" doc:"between: the working time"`
	Minutes   *float64       `json:"minutes,omitempty" doc:"between: the working time in minutes"`
	Workdays  *int           `json:"workdays,omitempty" doc:"workdays, between: working days from from (included) to to (excluded)"`
	Strip     []StripPart    `json:"strip,omitempty" doc:"add, between: the way from one moment to the other, without a gap"`
	Contract  *ContractDates `json:"contract,omitempty"`
	SLA       *SLAOutput     `json:"sla,omitempty"`
	Holidays  []Holiday      `json:"holidays,omitempty"`
	Skipped   []string       `json:"skipped,omitempty" doc:"events of the iCalendar file that were left out, and why"`
}

// StripPart is the JSON form of a Segment.
type StripPart struct {
	From     string      `json:"from"`
	To       string      `json:"to"`
	Kind     SegmentKind `json:"kind" doc:"working, off_hours, holiday, paused or closed"`
	Note     string      `json:"note,omitempty" doc:"the holiday's name"`
	Priority string      `json:"priority,omitempty"`
	Counted  Length      `json:"counted" doc:"working time of this segment that counts"`
	Used     Length      `json:"used" doc:"working time used at its end"`
	Planned  bool        `json:"planned,omitempty" doc:"lies after now"`
}

// SLAOutput is the JSON form of a Reading.
type SLAOutput struct {
	State        State              `json:"state" doc:"running, paused, breached, met or missed"`
	Due          string             `json:"due,omitempty" doc:"absent while paused"`
	DueIfResumed string             `json:"due_if_resumed,omitempty" doc:"while paused: due if it goes on now"`
	Target       Length             `json:"target"`
	Used         Length             `json:"used"`
	Remaining    Length             `json:"remaining" doc:"negative when overdue"`
	BreachedAt   string             `json:"breached_at,omitempty"`
	Strip        []StripPart        `json:"strip"`
	Escalations  []EscalationOutput `json:"escalations,omitempty"`
}

// EscalationOutput is the JSON form of an Escalation.
type EscalationOutput struct {
	Name    string `json:"name"`
	At      string `json:"at,omitempty" doc:"absent while it cannot be known"`
	Reached bool   `json:"reached"`
}

func solve(_ context.Context, in Input) (Output, []string, error) {
	cal, skipped, err := in.Calendar.calendar("calendar")
	if err != nil {
		return Output{}, nil, err
	}
	out := Output{Operation: in.Operation, Skipped: skipped}
	var why []string
	switch in.Operation {
	case "add":
		why, err = in.add(cal, &out)
	case "between":
		why, err = in.between(cal, &out)
	case "workdays":
		why, err = in.workdays(cal, &out)
	case "sla":
		why, err = in.sla(cal, &out)
	case "contract":
		why, err = in.contract(cal, &out)
	case "holidays":
		why, err = in.holidays(cal, &out)
	case "":
		err = calc.Wrong("operation", "is missing; use add, between, workdays, sla, contract or holidays")
	default:
		err = calc.Wrong("operation", "%q is not known; use add, between, workdays, sla, contract or holidays", clip(in.Operation))
	}
	return out, why, err
}

// calendar builds the calendar that the input describes.
func (in CalendarInput) calendar(where string) (*Calendar, []string, error) {
	loc := time.UTC
	if in.TimeZone != "" {
		var err error
		if loc, err = time.LoadLocation(in.TimeZone); err != nil || in.TimeZone == "Local" {
			return nil, nil, calc.Wrong(where+".time_zone", "%q is not a known time zone; use an IANA name such as Europe/Berlin", clip(in.TimeZone))
		}
	}
	own := slices.Clone(in.Own)
	var skipped []string
	if in.ICS != "" {
		days, left, err := ReadICS([]byte(in.ICS), MustDate("1970-01-01"), MustDate("2199-12-31"))
		if err != nil {
			return nil, nil, calc.Wrong(where+".ics", "%v", err)
		}
		given := map[Date]bool{}
		for _, d := range own {
			given[d.Date] = true
		}
		skipped = left
		for _, d := range days {
			if !given[d.Date] { // an own day wins
				own = append(own, d)
			}
		}
	}
	cal, err := NewCalendar(Rules{Week: in.Week, Location: loc, Places: in.Holidays, Customary: in.Customary, Own: own})
	if err != nil {
		return nil, nil, within(where, err)
	}
	return cal, skipped, nil
}

var momentForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04Z07:00"}

// moment reads a moment in the calendar's time zone, or with its own offset.
func moment(where, s string, cal *Calendar) (time.Time, error) {
	if s == "" {
		return time.Time{}, calc.Wrong(where, "is missing; give a moment such as 2026-11-23 17:00")
	}
	for _, form := range momentForms {
		t, err := time.ParseInLocation(form, s, cal.Location())
		if err != nil {
			continue
		}
		if t.Year() < 1 || t.Year() > 9999 {
			return time.Time{}, calc.Wrong(where, "the year %d is not between 1 and 9999", t.Year())
		}
		if !strings.Contains(form, "Z07") { // a wall time: settle skipped and repeated ones
			d := DateOf(t)
			y, m, n := t.Date()
			wallMinutes, seconds := t.Hour()*60+t.Minute(), time.Duration(t.Second())*time.Second+time.Duration(t.Nanosecond())
			if back := time.Date(y, m, n, t.Hour(), t.Minute(), t.Second(), 0, cal.Location()); back.Format(form) == s {
				return wall(d, wallMinutes, cal.Location()).Add(seconds), nil
			}
		}
		return t, nil
	}
	return time.Time{}, calc.Wrong(where, "%q is not a moment; write it as 2026-11-23 17:00 or 2026-11-23T17:00:00+01:00", clip(s))
}

func date(where, s string) (Date, error) {
	if s == "" {
		return 0, calc.Wrong(where, "is missing; give a date as YYYY-MM-DD")
	}
	d, err := ParseDate(s)
	if err != nil {
		return 0, calc.Wrong(where, "%v", err)
	}
	return d, nil
}

func show(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}
