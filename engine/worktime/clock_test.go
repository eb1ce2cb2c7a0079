package worktime

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	_ "time/tzdata"
)

func mustCalendar(t testing.TB, r Rules) *Calendar {
	t.Helper()
	c, err := NewCalendar(r)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func at(t testing.TB, s string, loc *time.Location) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", s, loc)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestFourHoursFromMondayFiveAreDueTuesdayEleven(t *testing.T) {
	loc := zone(t, "Europe/Berlin")
	cal := mustCalendar(t, Rules{Week: Office(8*60, 18*60), Location: loc})
	got, err := cal.AddWorkingTime(at(t, "2026-11-23 17:00", loc), 4*time.Hour)
	if want := at(t, "2026-11-24 11:00", loc); err != nil || !got.Equal(want) {
		t.Errorf("due %s (%v), want %s", got, err, want)
	}
}

func TestAddedTimeSkipsNightsWeekendsAndHolidays(t *testing.T) {
	loc := zone(t, "Europe/Stockholm")
	cal := mustCalendar(t, Rules{Week: Office(8*60, 17*60), Location: loc, Places: []Place{{"SE", ""}}, Customary: true})
	for _, tt := range []struct {
		from, want string
		add        time.Duration
	}{
		{"2026-06-18 16:00", "2026-06-22 09:00", 2 * time.Hour}, // Midsummer's Eve and Day
		{"2026-06-20 12:00", "2026-06-22 08:30", 30 * time.Minute},
		{"2026-06-22 08:00", "2026-06-22 17:00", 9 * time.Hour}, // a full day ends that evening
		{"2026-06-22 17:00", "2026-06-22 16:00", -time.Hour},
		{"2026-06-22 08:00", "2026-06-18 16:00", -time.Hour},
		{"2026-06-20 12:00", "2026-06-20 12:00", 0},
	} {
		got, err := cal.AddWorkingTime(at(t, tt.from, loc), tt.add)
		if want := at(t, tt.want, loc); err != nil || !got.Equal(want) {
			t.Errorf("%s plus %s = %s (%v), want %s", tt.from, tt.add, got, err, want)
		}
	}
}

func TestADayWithAClockChangeHasItsRealHours(t *testing.T) {
	loc := zone(t, "Europe/Berlin")
	cal := mustCalendar(t, Rules{Week: AllHours(), Location: loc})
	for day, want := range map[string]time.Duration{"2026-03-28": 24 * time.Hour, "2026-03-29": 23 * time.Hour, "2026-10-25": 25 * time.Hour} {
		d := MustDate(day)
		if got := cal.WorkingTimeBetween(d.Start(loc), (d + 1).Start(loc)); got != want {
			t.Errorf("%s has %s, want %s", day, got, want)
		}
	}
	// A night shift across the change in autumn lasts an hour longer.
	night := mustCalendar(t, Rules{Week: Week{time.Saturday: {{22 * 60, 30 * 60}}}, Location: loc})
	if got := night.WorkingTimeBetween(MustDate("2026-10-24").Start(loc), MustDate("2026-10-27").Start(loc)); got != 9*time.Hour {
		t.Errorf("the night shift of the change has %s, want 9h", got)
	}
}

func TestSkippedAndRepeatedWallTimesAreWellDefined(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia", "Africa/Cairo", "Asia/Tehran", "Antarctica/Troll", "UTC"} {
		loc := zone(t, name)
		last := time.Time{}
		for d := MustDate("2009-12-01"); d < MustDate("2013-01-31"); d++ {
			for m := 0; m < dayMinutes; m += 15 {
				got := wall(d, m, loc)
				if got.Before(last) {
					t.Fatalf("%s: %s %d min is %s, before %s", name, d, m, got, last)
				}
				last = got
				if l := got.In(loc); DateOf(l) == d && l.Hour()*60+l.Minute() == m {
					if earlier := got.Add(-time.Hour).In(loc); l.Hour() == earlier.Hour() && l.Minute() == earlier.Minute() {
						t.Fatalf("%s: %s %d min is the second occurrence", name, d, m)
					}
				}
			}
		}
	}
	berlin := zone(t, "Europe/Berlin")
	if got := wall(MustDate("2026-03-29"), 150, berlin); !got.Equal(time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC)) {
		t.Errorf("02:30 that does not exist is %s", got)
	}
	if got := wall(MustDate("2026-10-25"), 150, berlin); !got.Equal(time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)) {
		t.Errorf("02:30 that exists twice is %s", got)
	}
}

// randomCalendar draws weekly hours, nights included, holidays and own days.
func randomCalendar(t *testing.T, r *rand.Rand) *Calendar {
	zones := []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kolkata"}
	rules := Rules{Location: zone(t, zones[r.IntN(len(zones))])}
	for d := range rules.Week {
		if r.IntN(4) == 0 {
			continue
		}
		a, b := r.IntN(10*60), 10*60+r.IntN(8*60)
		rules.Week[d] = []Span{{a, a + 1 + r.IntN(10*60-a)}, {b, b + 1 + r.IntN(24*60-b)}}
		if r.IntN(3) == 0 {
			rules.Week[d] = []Span{{22 * 60, 24*60 + 6*60}}
		}
	}
	for d := range rules.Week { // nothing may reach into the next day's hours
		if next := rules.Week[(d+1)%7]; len(rules.Week[d]) == 1 && len(next) > 0 && next[0].From < 6*60 {
			rules.Week[d] = nil
		}
	}
	if r.IntN(2) == 0 {
		rules.Places = []Place{{"HU", ""}}
	}
	for range r.IntN(5) {
		rules.Own = append(rules.Own, OwnDay{Date: MustDate("2026-01-01") + Date(r.IntN(700)), Hours: []Span{{600, 700 + r.IntN(1800)}}})
	}
	return mustCalendar(t, rules)
}

func TestAddingAndSubtractingWorkingTimeReturns(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	for range 1500 {
		cal := randomCalendar(t, r)
		from := MustDate("2026-01-05").Start(time.UTC).Add(time.Duration(r.Int64N(int64(500 * 24 * time.Hour))))
		add := time.Duration(1 + r.Int64N(int64(200*time.Hour)))
		to, err := cal.AddWorkingTime(from, add)
		if err != nil {
			t.Fatal(err)
		}
		if got := cal.WorkingTimeBetween(from, to); got != add {
			t.Fatalf("%s plus %s is %s, but %s lie between", from, add, to, got)
		}
		back, err := cal.AddWorkingTime(to, -add)
		if err != nil {
			t.Fatal(err)
		}
		if cal.WorkingTimeBetween(back, to) != add || back.Before(from) || cal.WorkingTimeBetween(from, back) != 0 {
			t.Fatalf("%s plus and minus %s returns to %s", from, add, back)
		}
		if cal.Working(from) && !back.Equal(from) {
			t.Fatalf("%s in working time plus and minus %s returns to %s", from, add, back)
		}
		mid := from.Add(to.Sub(from) / 3)
		if a, b := cal.WorkingTimeBetween(from, mid), cal.WorkingTimeBetween(mid, to); a+b != add {
			t.Fatalf("%s + %s is not %s", a, b, add)
		}
		if cal.WorkingTimeBetween(to, from) != -add {
			t.Fatal("backwards is not the negative")
		}
	}
}

func TestACalendarWithoutWorkIsAnErrorAndNotALoop(t *testing.T) {
	cal := mustCalendar(t, Rules{Own: []OwnDay{{Date: MustDate("2026-01-01"), Hours: []Span{{0, 60}}}}, Week: Week{time.Monday: {{0, 1}}}})
	if _, err := cal.AddWorkingTime(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 3*time.Hour); err != nil {
		t.Errorf("one minute a week is enough, but %v", err)
	}
	free := mustCalendar(t, Rules{Week: Week{time.Monday: {{0, 60}}}})
	free.rules.Week = Week{}
	if _, err := free.AddWorkingTime(time.Now(), time.Hour); !errors.Is(err, ErrNoWorkingTime) {
		t.Errorf("err = %v", err)
	}
	if _, err := free.Roll(MustDate("2026-01-01"), 1); !errors.Is(err, ErrNoWorkingTime) {
		t.Errorf("err = %v", err)
	}
}

func TestWorkingTimeIsWhatTheWallClockShowsMinuteByMinute(t *testing.T) {
	span := func(from, to int) Span { return Span{from * 60, to * 60} }
	var nights, shifts Week
	for d := range nights {
		nights[d] = []Span{span(22, 30)}
	}
	for d := time.Monday; d <= time.Friday; d++ {
		shifts[d] = []Span{span(6, 14), span(22, 30)}
	}
	r := rand.New(rand.NewPCG(3, 4))
	for _, place := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe"} {
		loc := zone(t, place)
		for _, week := range []Week{nights, shifts, AllHours(), Office(8*60, 18*60)} {
			cal := mustCalendar(t, Rules{Week: week, Location: loc})
			for _, day := range []string{"2026-03-07", "2026-03-28", "2026-04-04", "2026-10-03", "2026-10-24", "2026-10-31"} {
				from := MustDate(day).Start(loc).Add(time.Duration(r.IntN(900)) * time.Minute)
				to := from.Add(time.Duration(r.IntN(4000)) * time.Minute)
				want := 0
				for m := from; m.Before(to); m = m.Add(time.Minute) {
					wall := m.In(loc)
					minute := wall.Hour()*60 + wall.Minute()
					works := func(d time.Weekday, minute int) bool {
						return slices.ContainsFunc(week[d], func(s Span) bool { return s.From <= minute && minute < s.To })
					}
					if works(wall.Weekday(), minute) || works((wall.Weekday()+6)%7, minute+dayMinutes) {
						want++
					}
				}
				if got := cal.WorkingTimeBetween(from, to); got != time.Duration(want)*time.Minute {
					t.Errorf("%s, %v, %s to %s: got %s, want %d minutes", place, week[1], from, to, got, want)
				}
			}
		}
	}
}
