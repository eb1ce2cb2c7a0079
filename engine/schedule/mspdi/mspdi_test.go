package mspdi

import (
	"strings"
	"testing"

	"steward/engine/schedule/workcal"
)

func TestDurationsReadAndWriteBack(t *testing.T) {
	for text, want := range map[string]int64{"PT8H0M0S": 8 * workcal.Hour, "PT0H30M6S": 30*workcal.Minute + 1, "P2D": 2 * workcal.Day, "P1DT1H": 25 * workcal.Hour, "PT-8H0M0S": -8 * workcal.Hour} {
		if got, err := Duration(text); err != nil || got != want {
			t.Errorf("%s: got %d, %v; want %d", text, got, err, want)
		}
	}
	for _, ticks := range []int64{0, 1, 599, 4800, 1_234_567} {
		if got, err := Duration(FormatDuration(ticks)); err != nil || got != ticks {
			t.Errorf("%d ticks came back as %d, %v", ticks, got, err)
		}
	}
	for _, text := range []string{"", "8h", "PT8", "PT8X", "P8H", "PTH", "PT9999999999999H"} {
		if got, err := Duration(text); err == nil {
			t.Errorf("%q was read as %d", text, got)
		}
	}
}

func day(t *testing.T, s string) int64 {
	t.Helper()
	at, _, err := workcal.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return workcal.DayOf(at)
}

func TestRecurringExceptionsHoldOnTheirDays(t *testing.T) {
	for _, x := range []struct {
		what    string
		n       map[string]int64
		yes, no string
	}{
		{"every second day", map[string]int64{"Type": 1, "Period": 2}, "2026-01-07", "2026-01-06"},
		{"25 December", map[string]int64{"Type": 2, "Month": 11, "MonthDay": 25}, "2027-12-25", "2027-12-24"},
		{"fourth Thursday of November", map[string]int64{"Type": 3, "Month": 10, "MonthPosition": 3, "MonthItem": 7}, "2026-11-26", "2026-11-19"},
		{"last Monday of May", map[string]int64{"Type": 3, "Month": 4, "MonthPosition": 4, "MonthItem": 4}, "2026-05-25", "2026-05-18"},
		{"the 5th of every month", map[string]int64{"Type": 4, "MonthDay": 5}, "2026-04-05", "2026-04-06"},
		{"first weekday of every second month", map[string]int64{"Type": 5, "Period": 2, "MonthItem": 1}, "2026-03-02", "2026-02-02"},
		{"every second Friday", map[string]int64{"Type": 6, "Period": 2, "DaysOfWeek": 32}, "2026-01-23", "2026-01-16"},
	} {
		on := recurrence(day(t, "2026-01-05"), x.n)
		if !on(day(t, x.yes)) || on(day(t, x.no)) {
			t.Errorf("%s: %s %v, %s %v", x.what, x.yes, on(day(t, x.yes)), x.no, on(day(t, x.no)))
		}
	}
}

func TestACalendarThatStandsOnItselfIsRefused(t *testing.T) {
	p := &Project{Calendars: []Calendar{{UID: "1", BaseCalendarUID: "2"}, {UID: "2", BaseCalendarUID: "1"}}}
	if _, err := p.WorkCalendars(); err == nil || !strings.Contains(err.Error(), "itself") {
		t.Errorf("got %v", err)
	}
}

func TestAFileOfEmptyElementsCannotExhaustMemory(t *testing.T) {
	text := "<Project><Tasks>" + strings.Repeat("<Task/>", most["Task"]+1) + "</Tasks></Project>"
	if _, err := Decode([]byte(text)); err == nil || !strings.Contains(err.Error(), "more than 200000 Task") {
		t.Errorf("got %v", err)
	}
}

func TestDecodeNamesTheLine(t *testing.T) {
	if _, err := Decode([]byte("<Project>\n<Tasks>\n<Oops></Tasks>")); err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("got %v", err)
	}
}
