package worktime

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// desk is a service desk: Mon–Fri 8–18, four hours for P3, one hour round the
// clock for P1.
func desk(t *testing.T) (Policy, *time.Location) {
	loc := zone(t, "Europe/Berlin")
	day := mustCalendar(t, Rules{Week: Office(8*60, 18*60), Location: loc, Places: []Place{{"DE", "BY"}}})
	night := mustCalendar(t, Rules{Week: AllHours(), Location: loc})
	return Policy{
		Targets:    map[string]Target{"P1": {time.Hour, night}, "P3": {4 * time.Hour, day}},
		Thresholds: []Threshold{{Name: "half", Percent: 50}, {Name: "warn", Offset: -30 * time.Minute}, {Name: "due"}, {Name: "late", Offset: 2 * time.Hour}},
	}, loc
}

func read(t *testing.T, p Policy, c Case) Reading {
	t.Helper()
	r, err := p.Read(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheClockIsAStripThatAddsUp(t *testing.T) {
	p, loc := desk(t)
	r := read(t, p, Case{Opened: at(t, "2026-11-23 17:00", loc), Priority: "P3", Now: at(t, "2026-11-23 17:00", loc)})
	if want := at(t, "2026-11-24 11:00", loc); !r.Due.Equal(want) || r.State != Running {
		t.Errorf("due %s, %s; want %s", r.Due, r.State, want)
	}
	var kinds []string
	for _, s := range r.Strip {
		kinds = append(kinds, string(s.Kind)+" "+s.From.In(loc).Format("15:04"))
	}
	if got := strings.Join(kinds, ", "); got != "working 17:00, off_hours 18:00, working 08:00" {
		t.Errorf("strip: %s", got)
	}
	var told []string
	for _, e := range r.Escalations {
		told = append(told, e.Threshold.Name+" "+e.At.In(loc).Format("02 15:04"))
	}
	if got := strings.Join(told, ", "); got != "half 24 09:00, warn 24 10:30, due 24 11:00, late 24 13:00" {
		t.Errorf("escalations: %s", got)
	}
}

func TestAPauseMovesTheDueMomentByItsWorkingTime(t *testing.T) {
	p, loc := desk(t)
	c := Case{Opened: at(t, "2026-11-27 16:00", loc), Priority: "P3", Now: at(t, "2026-11-30 08:30", loc), Events: []Event{
		{At: at(t, "2026-11-27 17:00", loc), Kind: Pause},
		{At: at(t, "2026-11-28 12:00", loc), Kind: Pause}, // twice changes nothing
		{At: at(t, "2026-11-29 12:00", loc), Kind: Resume},
	}}
	r := read(t, p, c)
	if want := at(t, "2026-11-30 11:00", loc); !r.Due.Equal(want) || r.Used != 90*time.Minute {
		t.Errorf("due %s after %s used, want %s after 1h30m", r.Due, r.Used, want)
	}
	c.Events = c.Events[:2]
	r = read(t, p, c)
	if r.State != OnHold || !r.Due.IsZero() || !r.DueIfResumed.Equal(at(t, "2026-11-30 11:30", loc)) || r.Remaining != 3*time.Hour {
		t.Errorf("on hold: %+v", r)
	}
	if !r.Escalations[0].At.IsZero() {
		t.Error("nobody knows when half is reached while the case is on hold")
	}
}

func TestAHolidayInTheStripIsNamed(t *testing.T) {
	p, loc := desk(t)
	r := read(t, p, Case{Opened: at(t, "2026-01-05 16:00", loc), Priority: "P3", Now: at(t, "2026-01-05 16:00", loc)})
	found := false
	for _, s := range r.Strip {
		found = found || s.Kind == Free && s.Note == "Epiphany" && s.To.Sub(s.From) == 24*time.Hour
	}
	if want := at(t, "2026-01-07 10:00", loc); !found || !r.Due.Equal(want) {
		t.Errorf("due %s, strip %+v", r.Due, r.Strip)
	}
}

func TestAChangeOfPriorityKeepsOrRestartsTheClock(t *testing.T) {
	p, loc := desk(t)
	c := Case{Opened: at(t, "2026-11-24 08:00", loc), Priority: "P3", Now: at(t, "2026-11-24 10:30", loc), Events: []Event{
		{At: at(t, "2026-11-24 10:00", loc), Kind: Priority, Priority: "P1"},
	}}
	r := read(t, p, c)
	if r.State != Breached || !r.Due.Equal(at(t, "2026-11-24 09:00", loc)) || !r.BreachedAt.Equal(at(t, "2026-11-24 10:00", loc)) || r.Remaining != -90*time.Minute {
		t.Errorf("two hours used count against the one promised: %+v", r)
	}
	p.Restart = true
	r = read(t, p, c)
	if r.State != Running || !r.Due.Equal(at(t, "2026-11-24 11:00", loc)) || r.Used != 30*time.Minute {
		t.Errorf("restarted: %s due %s used %s", r.State, r.Due, r.Used)
	}
	// A pause survives the change.
	c.Events = append(c.Events, Event{At: at(t, "2026-11-24 09:59", loc), Kind: Pause})
	if r = read(t, p, c); r.State != OnHold || r.Used != 0 {
		t.Errorf("paused before the change: %s used %s", r.State, r.Used)
	}
}

func TestAClosedCaseIsMetOrMissedForGood(t *testing.T) {
	p, loc := desk(t)
	for closed, want := range map[string]State{"2026-11-24 12:00": Met, "2026-11-24 12:01": Missed} {
		c := Case{Opened: at(t, "2026-11-24 08:00", loc), Priority: "P3", Now: at(t, "2026-11-30 12:00", loc), Events: []Event{{At: at(t, closed, loc), Kind: Close}}}
		if r := read(t, p, c); r.State != want || !r.Due.Equal(at(t, "2026-11-24 12:00", loc)) {
			t.Errorf("closed %s: %s due %s, want %s", closed, r.State, r.Due, want)
		}
	}
	c := Case{Opened: at(t, "2026-11-24 08:00", loc), Priority: "P3", Now: at(t, "2026-11-25 09:00", loc), Events: []Event{
		{At: at(t, "2026-11-24 09:00", loc), Kind: Close}, {At: at(t, "2026-11-25 08:00", loc), Kind: Reopen},
	}}
	if r := read(t, p, c); r.State != Running || r.Used != 2*time.Hour {
		t.Errorf("reopened: %s used %s", r.State, r.Used)
	}
}

func TestEveryStripIsWholeAndCountsWhatTheCalendarCounts(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	kinds := []EventKind{Pause, Resume, Priority, Close, Reopen}
	for range 600 {
		a, b := randomCalendar(t, r), randomCalendar(t, r)
		p := Policy{Restart: r.IntN(2) == 0, Targets: map[string]Target{"a": {time.Duration(1 + r.Int64N(int64(60*time.Hour))), a}, "b": {time.Duration(1 + r.Int64N(int64(60*time.Hour))), b}},
			Thresholds: []Threshold{{Percent: 50}, {Offset: -time.Hour}, {Offset: time.Hour}}}
		c := Case{Opened: MustDate("2026-02-02").Start(time.UTC), Priority: "a"}
		at := c.Opened
		for range r.IntN(8) {
			at = at.Add(time.Duration(r.Int64N(int64(50 * time.Hour))))
			c.Events = append(c.Events, Event{at, kinds[r.IntN(len(kinds))], []string{"a", "b"}[r.IntN(2)]})
		}
		c.Now = at.Add(time.Duration(r.Int64N(int64(50 * time.Hour))))
		r.Shuffle(len(c.Events), func(i, j int) { c.Events[i], c.Events[j] = c.Events[j], c.Events[i] })
		got := read(t, p, c)
		from := c.Opened
		var planned, lived time.Duration
		for _, s := range got.Strip {
			if !s.From.Equal(from) || !s.To.After(s.From) {
				t.Fatalf("a gap at %s in %+v", from, got.Strip)
			}
			from = s.To
			cal := p.Targets[s.Priority].Calendar
			if between := cal.WorkingTimeBetween(s.From, s.To); s.Kind == Counted && between != s.Counted || (s.Kind == OffHours || s.Kind == Free) && between != 0 {
				t.Fatalf("%+v holds %s of working time", s, between)
			}
			if s.Ahead {
				planned += s.Counted
			} else {
				lived += s.Counted
			}
		}
		if want := c.Now; from.Before(want) || got.State == Running && !from.Equal(got.Due) {
			t.Fatalf("the strip ends at %s, now %s, due %s", from, want, got.Due)
		}
		if !p.Restart && lived != got.Used || got.State == Running && got.Used+planned != got.Target || got.Used+got.Remaining != got.Target {
			t.Fatalf("%s lived, %s planned, %s used of %s", lived, planned, got.Used, got.Target)
		}
		for _, e := range got.Escalations {
			if e.Reached != (!e.At.IsZero() && !e.At.After(c.Now)) {
				t.Fatalf("%+v", e)
			}
		}
	}
}

func TestAWrongCaseIsRefused(t *testing.T) {
	p, loc := desk(t)
	open := at(t, "2026-11-24 08:00", loc)
	for want, c := range map[string]Case{
		"no target for priority \"P9\"": {Opened: open, Now: open, Priority: "P9"},
		"now: lies before the opening":  {Opened: open, Now: open.Add(-1), Priority: "P1"},
		"events[0].kind: \"nap\"":       {Opened: open, Now: open, Priority: "P1", Events: []Event{{At: open, Kind: "nap"}}},
		"before the opening":            {Opened: open, Now: open, Priority: "P1", Events: []Event{{At: open.Add(-1), Kind: Pause}}},
	} {
		if _, err := p.Read(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
