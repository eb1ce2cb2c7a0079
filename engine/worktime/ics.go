package worktime

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Bounds on what a calendar file may hold and yield.
const (
	maxICSBytes  = 16 << 20
	maxICSEvents = 50000
	maxICSDays   = 200000
)

// ReadICS reads the all-day events of an iCalendar file (RFC 5545) as free own
// days between two days, both included; repeated events (RRULE with FREQ,
// INTERVAL, COUNT, UNTIL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS; RDATE, EXDATE,
// RECURRENCE-ID) are laid out. Events from midnight to midnight count as all-day.
// Cancelled events, events that leave the time free (TRANSP:TRANSPARENT) and
// events with a time of day are left out and named in skipped, so that a feed
// never closes a day by surprise; only where all of a feed leaves the time
// free, as published feeds of public holidays do, its days count. An error
// names the line.
func ReadICS(data []byte, from, to Date) (days []OwnDay, skipped []string, err error) {
	if len(data) > maxICSBytes {
		return nil, nil, fmt.Errorf("the calendar file is larger than %d MB", maxICSBytes>>20)
	}
	var ev *icsEvent
	var all []*icsEvent
	depth, seen := 0, false
	for _, l := range unfold(data) {
		name, value, ok := splitProperty(l.text)
		if !ok {
			return nil, nil, fmt.Errorf("line %d: %q is not an iCalendar line (NAME:value)", l.number, clip(l.text))
		}
		switch {
		case name == "BEGIN" && strings.EqualFold(value, "VCALENDAR"):
			seen = true
		case !seen:
			return nil, nil, fmt.Errorf("line %d: an iCalendar file begins with BEGIN:VCALENDAR", l.number)
		case name == "BEGIN" && strings.EqualFold(value, "VEVENT") && ev == nil:
			if len(all) == maxICSEvents {
				return nil, nil, fmt.Errorf("line %d: more than %d events", l.number, maxICSEvents)
			}
			ev = &icsEvent{line: l.number}
		case name == "BEGIN" && ev != nil:
			depth++ // an alarm inside the event
		case name == "END" && ev != nil && depth > 0:
			depth--
		case name == "END" && ev != nil:
			all = append(all, ev)
			ev = nil
		case ev != nil && depth == 0:
			if err := ev.set(name, value); err != nil {
				return nil, nil, fmt.Errorf("line %d: %w", l.number, err)
			}
		}
	}
	if !seen {
		return nil, nil, fmt.Errorf("line 1: an iCalendar file begins with BEGIN:VCALENDAR")
	}
	if ev != nil {
		return nil, nil, fmt.Errorf("line %d: the event has no END:VEVENT", ev.line)
	}
	return layOut(all, from, to)
}

// layOut puts the events of a file on days. An event with RECURRENCE-ID takes
// the place of that day of the repeated event with the same UID.
func layOut(all []*icsEvent, from, to Date) (days []OwnDay, skipped []string, err error) {
	moved := map[string]map[Date]bool{}
	holidayFeed := true // all of it leaves the time free, as published feeds of holidays do
	for _, ev := range all {
		if ev.instead != 0 {
			if moved[ev.uid] == nil {
				moved[ev.uid] = map[Date]bool{}
			}
			moved[ev.uid][ev.instead] = true
		}
		holidayFeed = holidayFeed && (ev.free || ev.timed() || ev.cancelled)
	}
	for _, ev := range all {
		if holidayFeed {
			ev.free = false
		}
		if ev.instead == 0 && ev.uid != "" {
			ev.moved = moved[ev.uid]
		}
		found, why, err := ev.days(from, to)
		if err != nil {
			return nil, nil, err
		}
		if why != "" && len(skipped) < 1000 {
			skipped = append(skipped, fmt.Sprintf("line %d: %s: %s", ev.line, ev.title(), why))
		}
		for _, d := range found {
			days = append(days, OwnDay{Date: d, Name: ev.title()})
		}
		if len(days) > maxICSDays {
			return nil, nil, fmt.Errorf("line %d: more than %d free days", ev.line, maxICSDays)
		}
	}
	slices.SortStableFunc(days, func(a, b OwnDay) int { return int(a.Date - b.Date) })
	days = slices.CompactFunc(days, func(a, b OwnDay) bool { return a.Date == b.Date })
	return days, skipped, nil
}

type icsLine struct {
	text   string
	number int
}

// unfold joins continued lines (RFC 5545, 3.1).
func unfold(data []byte) []icsLine {
	var out []icsLine
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	for i, raw := range strings.Split(string(data), "\n") {
		raw = strings.TrimSuffix(raw, "\r")
		if len(raw) > 0 && (raw[0] == ' ' || raw[0] == '\t') && len(out) > 0 {
			out[len(out)-1].text += raw[1:]
			continue
		}
		if raw != "" {
			out = append(out, icsLine{raw, i + 1})
		}
	}
	return out
}

// splitProperty splits NAME;PARAM=x;PARAM="y:z":value; no parameter matters here.
func splitProperty(line string) (name, value string, ok bool) {
	quoted := false
	for i, c := range line {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ':' && !quoted:
			name, _, _ = strings.Cut(line[:i], ";")
			return strings.ToUpper(name), line[i+1:], name != ""
		}
	}
	return "", "", false
}

type icsEvent struct {
	line       int
	summary    string
	start, end Date // end excluded, 0 when not given
	length     int  // from DURATION
	clock      bool // begins at midnight by the clock, not as a date
	hours      bool // begins or ends at another time of day
	free       bool
	cancelled  bool
	rule       string
	extra      []Date
	except     map[Date]bool
	uid        string
	instead    Date          // RECURRENCE-ID
	moved      map[Date]bool // days that other events stand in for
}

// timed reports whether the event is a part of a day. From midnight to
// midnight is whole days, as some programs write them.
func (e *icsEvent) timed() bool {
	return e.hours || e.clock && e.end == 0 && e.length == 0
}

func (e *icsEvent) title() string {
	if e.summary == "" {
		return "unnamed event"
	}
	return e.summary
}

func (e *icsEvent) set(name, value string) error {
	switch name {
	case "SUMMARY":
		e.summary = unescape(value)
	case "STATUS":
		e.cancelled = strings.EqualFold(value, "CANCELLED")
	case "TRANSP":
		e.free = strings.EqualFold(value, "TRANSPARENT")
	case "RRULE":
		e.rule = strings.ToUpper(value)
	case "DTSTART", "DTEND":
		day, clock, timed := strings.Cut(value, "T")
		if timed && clock != "000000" {
			e.hours = true
			return nil
		}
		e.clock = e.clock || timed
		d, err := icsDate(day)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if name == "DTSTART" {
			e.start = d
		} else {
			e.end = d
		}
	case "UID":
		e.uid = value
	case "RECURRENCE-ID":
		day, _, _ := strings.Cut(value, "T")
		d, err := icsDate(day)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		e.instead = d
	case "DURATION":
		e.length = icsDuration(value)
	case "RDATE", "EXDATE":
		for v := range strings.SplitSeq(value, ",") {
			day, _, _ := strings.Cut(v, "T")
			d, err := icsDate(day)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if name == "RDATE" {
				if len(e.extra) < 10000 {
					e.extra = append(e.extra, d)
				}
				continue
			}
			if e.except == nil {
				e.except = map[Date]bool{}
			}
			e.except[d] = true
		}
	}
	return nil
}

var unescaper = strings.NewReplacer(`\n`, " ", `\N`, " ", `\,`, ",", `\;`, ";", `\\`, `\`)

func unescape(s string) string { return strings.TrimSpace(unescaper.Replace(s)) }

func icsDate(s string) (Date, error) {
	s = strings.TrimSpace(s)
	if len(s) != 8 {
		return 0, fmt.Errorf("%q is not a date; iCalendar writes it as YYYYMMDD", clip(s))
	}
	return ParseDate(s[:4] + "-" + s[4:6] + "-" + s[6:])
}

// icsDuration reads the whole days of P1D, P2W; other parts are no days.
func icsDuration(s string) int {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "+"), "P")
	if len(s) < 2 || len(s) > 6 {
		return 0
	}
	n, err := strconv.Atoi(s[:len(s)-1])
	switch {
	case err != nil || n < 0:
		return 0
	case s[len(s)-1] == 'W':
		return n * 7
	case s[len(s)-1] == 'D':
		return n
	}
	return 0
}

// days lays the event out between two days, or says why it is left out.
func (e *icsEvent) days(from, to Date) ([]Date, string, error) {
	switch {
	case e.cancelled:
		return nil, "cancelled", nil
	case e.free:
		return nil, "leaves the time free", nil
	case e.timed():
		return nil, "has a time of day", nil
	case e.start == 0:
		return nil, "", fmt.Errorf("line %d: the event has no DTSTART", e.line)
	}
	length := max(e.length, 1)
	if e.end != 0 {
		length = max(e.start.DaysUntil(e.end), 1)
	}
	length = min(length, 3660)
	starts := []Date{e.start}
	if e.rule != "" {
		r, err := parseRecurrence(e.rule)
		if err != nil {
			return nil, "", fmt.Errorf("line %d: RRULE: %w", e.line, err)
		}
		starts = r.starts(e.start, from-Date(length), to)
	}
	starts = append(starts, e.extra...)
	var out []Date
	for _, s := range starts {
		if e.except[s] || e.moved[s] {
			continue
		}
		for d := max(s, from); d <= to && d < s+Date(length) && len(out) <= maxICSDays; d++ {
			out = append(out, d)
		}
	}
	return out, "", nil
}
