package schedule

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
)

// row is a task of a Microsoft Project file: its number, its duration in
// hours and whatever else it says.
func row(uid, hours int, more string) string {
	return fmt.Sprintf("<Task><UID>%d</UID><OutlineLevel>1</OutlineLevel><Duration>PT%dH0M0S</Duration>%s</Task>", uid, hours, more)
}

// under is a task one level below.
func under(text string) string {
	return strings.Replace(text, "<OutlineLevel>1<", "<OutlineLevel>2<", 1)
}

// after links to a predecessor: type 0 FF, 1 FS, 2 SF, 3 SS, lag in tenths of minutes.
func after(uid, kind, lag, format int) string {
	return fmt.Sprintf("<PredecessorLink><PredecessorUID>%d</PredecessorUID><Type>%d</Type><LinkLag>%d</LinkLag><LagFormat>%d</LagFormat></PredecessorLink>", uid, kind, lag, format)
}

const day = 4800 // tenths of minutes of work

// The project starts on Monday 2026-01-05; slack is in days of work.
func TestSlackIsWhatMicrosoftProjectDocuments(t *testing.T) {
	for _, x := range []struct {
		what, tasks, more string
		id                string
		start, finish     string
		total, free       float64
		critical          bool
	}{
		{"nothing follows: free slack is total slack", row(1, 40, "") + row(2, 16, ""), "", "2", "2026-01-05T08:00", "2026-01-06T17:00", 3, 3, false},
		{"free slack ends where the next task starts", row(1, 40, "") + row(2, 16, "") + row(3, 8, after(1, 1, 0, 7)+after(2, 1, 0, 7)), "", "2", "2026-01-05T08:00", "2026-01-06T17:00", 3, 3, false},
		{"free slack leaves the lag out", row(1, 40, "") + row(2, 16, "") + row(3, 8, after(1, 1, 0, 7)+after(2, 1, day, 7)), "", "2", "2026-01-05T08:00", "2026-01-06T17:00", 2, 2, false},
		{"a deadline limits total slack and not free slack", row(1, 40, "") + row(2, 16, "<Deadline>2026-01-07T17:00:00</Deadline>") + row(3, 8, after(1, 1, 0, 7)+after(2, 1, 0, 7)), "", "2", "2026-01-05T08:00", "2026-01-06T17:00", 1, 3, false},
		{"a missed deadline is negative slack", row(1, 40, "<Deadline>2026-01-08T17:00:00</Deadline>"), "", "1", "2026-01-05T08:00", "2026-01-09T17:00", -1, 0, true},
		{"finish no later than limits total slack", row(1, 40, "") + row(2, 8, "<ConstraintType>7</ConstraintType><ConstraintDate>2026-01-06T17:00:00</ConstraintDate>"), "", "2", "2026-01-05T08:00", "2026-01-05T17:00", 1, 1, false},
		{"must finish on leaves none", row(1, 40, "") + row(2, 8, "<ConstraintType>3</ConstraintType><ConstraintDate>2026-01-07T17:00:00</ConstraintDate>"), "", "2", "2026-01-07T08:00", "2026-01-07T17:00", 0, 0, true},
		{"must start on against a link: the predecessor is short of time", row(1, 24, "") + row(2, 8, "<ConstraintType>2</ConstraintType><ConstraintDate>2026-01-07T08:00:00</ConstraintDate>"+after(1, 1, 0, 7)), "", "1", "2026-01-05T08:00", "2026-01-07T17:00", -1, 0, true},
		{"as late as possible has no slack", row(1, 40, "") + row(2, 8, "<ConstraintType>1</ConstraintType>"), "", "2", "2026-01-09T08:00", "2026-01-09T17:00", 0, 0, true},
		{"as late as possible pushes what follows and is not critical itself to blame", row(1, 40, "") + row(2, 8, "<ConstraintType>1</ConstraintType>") + row(3, 8, after(2, 1, 0, 7)), "", "3", "2026-01-09T08:00", "2026-01-09T17:00", 0, 0, true},
		{"critical up to a limit of days", row(1, 40, "") + row(2, 32, ""), "<CriticalSlackLimit>1</CriticalSlackLimit>", "2", "2026-01-05T08:00", "2026-01-08T17:00", 1, 1, true},
		{"several critical paths: what ends a chain is critical", row(1, 40, "") + row(2, 16, "") + row(3, 8, after(2, 1, 0, 7)), "<MultipleCriticalPaths>1</MultipleCriticalPaths>", "2", "2026-01-05T08:00", "2026-01-06T17:00", 0, 0, true},
		{"one critical path otherwise", row(1, 40, "") + row(2, 16, "") + row(3, 8, after(2, 1, 0, 7)), "<MultipleCriticalPaths>0</MultipleCriticalPaths>", "2", "2026-01-05T08:00", "2026-01-06T17:00", 2, 0, false},
		{"done: no slack, not critical", row(1, 40, "<ActualStart>2026-01-05T08:00:00</ActualStart><ActualFinish>2026-01-09T17:00:00</ActualFinish><PercentComplete>100</PercentComplete>") + row(2, 8, after(1, 1, 0, 7)), "", "1", "2026-01-05T08:00", "2026-01-09T17:00", 0, 0, false},
		{"started: the slack of its finish", row(1, 40, "") + row(2, 16, "<ActualStart>2026-01-05T08:00:00</ActualStart><PercentComplete>50</PercentComplete><RemainingDuration>PT8H0M0S</RemainingDuration><Stop>2026-01-05T17:00:00</Stop><Resume>2026-01-06T08:00:00</Resume>"), "", "2", "2026-01-05T08:00", "2026-01-06T17:00", 3, 3, false},
		{"the rest of a started task after a break", row(1, 40, "") + row(2, 16, "<ActualStart>2026-01-05T08:00:00</ActualStart><PercentComplete>50</PercentComplete><RemainingDuration>PT8H0M0S</RemainingDuration><Stop>2026-01-05T17:00:00</Stop><Resume>2026-01-07T08:00:00</Resume>"), "", "2", "2026-01-05T08:00", "2026-01-07T17:00", 2, 2, false},
		{"a summary's slack is that of its own dates", `<Task><UID>1</UID><OutlineLevel>1</OutlineLevel><Summary>1</Summary></Task>` + under(row(2, 16, "")) + under(row(3, 24, after(4, 1, 0, 7))) + row(4, 24, "") + row(5, 16, after(3, 1, 0, 7)), "", "1", "2026-01-05T08:00", "2026-01-12T17:00", 2, 2, true},
		{"elapsed days of lag run through the weekend", row(1, 40, "") + row(2, 8, after(1, 1, 3*14400, 8)), "", "2", "2026-01-13T08:00", "2026-01-13T17:00", 0, 0, true},
		{"days of lag after which elapsed time starts are worked days", row(1, 40, "") + row(2, 48, "<DurationFormat>8</DurationFormat>"+after(1, 1, day, 7)), "", "2", "2026-01-12T17:00", "2026-01-14T17:00", 0, 0, true},
		{"half of the predecessor as lag", row(1, 40, "") + row(2, 8, after(1, 3, 50, 19)), "", "2", "2026-01-07T13:00", "2026-01-08T12:00", 1.5, 1.5, false},
	} {
		out := given(t, projectFile(x.tasks, x.more))
		staysWhenWritten(t, x.what, projectFile(x.tasks, x.more), out)
		got := out.task(t, x.id)
		if got.Start.String() != x.start || got.Finish.String() != x.finish || got.TotalFloat != 480*x.total || got.FreeFloat != 480*x.free || got.Critical != x.critical {
			t.Errorf("%s: %s to %s, slack %v and %v days, critical %v; want %s to %s, %v and %v, %v", x.what,
				got.Start, got.Finish, got.TotalFloat/480, got.FreeFloat/480, got.Critical, x.start, x.finish, x.total, x.free, x.critical)
		}
	}
}

// staysWhenWritten writes a project and reads it back: dates, floats and what
// is critical must be the same.
func staysWhenWritten(t *testing.T, what, text string, want *Output) {
	t.Helper()
	in, err := Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	written, err := MSPDI(context.Background(), in)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	got := given(t, string(written))
	for _, x := range want.Tasks {
		y := got.task(t, x.ID)
		if x.Start != y.Start || x.Finish != y.Finish || x.Latest != y.Latest || x.LatestFinish != y.LatestFinish || x.TotalFloat != y.TotalFloat || x.FreeFloat != y.FreeFloat || x.Critical != y.Critical || x.Duration != y.Duration {
			t.Errorf("%s: task %s was written as\n%+v and read back as\n%+v", what, x.ID, x, y)
		}
	}
}

func TestATaskAsLateAsPossibleStillSaysHowEarlyItCouldBe(t *testing.T) {
	got := given(t, projectFile(row(1, 40, "")+row(2, 8, "<ConstraintType>1</ConstraintType>"), "")).task(t, "2")
	if got.Earliest.String() != "2026-01-05T08:00" || got.EarliestFinish.String() != "2026-01-05T17:00" || got.Start.String() != "2026-01-09T08:00" {
		t.Errorf("%+v", got)
	}
}

const standardDays = `<WeekDays><WeekDay><DayType>2</DayType><DayWorking>1</DayWorking><WorkingTimes><WorkingTime><FromTime>08:00:00</FromTime><ToTime>12:00:00</ToTime></WorkingTime><WorkingTime><FromTime>13:00:00</FromTime><ToTime>17:00:00</ToTime></WorkingTime></WorkingTimes></WeekDay><WeekDay><DayType>3</DayType><DayWorking>1</DayWorking></WeekDay><WeekDay><DayType>4</DayType><DayWorking>1</DayWorking></WeekDay><WeekDay><DayType>5</DayType><DayWorking>1</DayWorking></WeekDay><WeekDay><DayType>6</DayType><DayWorking>1</DayWorking></WeekDay>%s</WeekDays>`

func calendarFile(days, exceptions string) string {
	return `<CalendarUID>1</CalendarUID><Calendars><Calendar><UID>1</UID><Name>Standard</Name><IsBaseCalendar>1</IsBaseCalendar><BaseCalendarUID>0</BaseCalendarUID>` + fmt.Sprintf(standardDays, days) + exceptions + `</Calendar></Calendars>`
}

func phases(uid int, parts ...[3]string) string {
	text := fmt.Sprintf("<Assignment><UID>1</UID><TaskUID>%d</TaskUID><ResourceUID>-65535</ResourceUID><Units>1</Units>", uid)
	for _, p := range parts {
		text += fmt.Sprintf("<TimephasedData><Type>1</Type><UID>1</UID><Start>%s:00</Start><Finish>%s:00</Finish><Unit>2</Unit><Value>%s</Value></TimephasedData>", p[0], p[1], p[2])
	}
	return "<Assignments>" + text + "</Assignment></Assignments>"
}

func TestOddMicrosoftProjectFilesKeepTheirDates(t *testing.T) {
	split := phases(1, [3]string{"2026-01-05T08:00", "2026-01-06T08:00", "PT8H0M0S"}, [3]string{"2026-01-06T08:00", "2026-01-08T08:00", "PT0H0M0S"}, [3]string{"2026-01-08T08:00", "2026-01-09T08:00", "PT8H0M0S"})
	for _, x := range []struct {
		what, tasks, more string
		id, start, finish string
	}{
		{"an exception stands twice: as a recurring one and, for Project 2003, as one long stretch", row(1, 24, ""),
			calendarFile(`<WeekDay><DayType>0</DayType><DayWorking>0</DayWorking><TimePeriod><FromDate>2020-01-06T00:00:00</FromDate><ToDate>2030-01-06T23:59:00</ToDate></TimePeriod></WeekDay>`,
				`<Exceptions><Exception><EnteredByOccurrences>0</EnteredByOccurrences><TimePeriod><FromDate>2020-01-06T00:00:00</FromDate><ToDate>2030-01-06T23:59:00</ToDate></TimePeriod><Occurrences>11</Occurrences><Name>Epiphany</Name><Type>2</Type><Month>0</Month><MonthDay>6</MonthDay><DayWorking>0</DayWorking></Exception></Exceptions>`),
			"1", "2026-01-05T08:00", "2026-01-08T17:00"},
		{"an exception of Project 2003", row(1, 24, ""),
			calendarFile(`<WeekDay><DayType>0</DayType><DayWorking>0</DayWorking><TimePeriod><FromDate>2026-01-06T00:00:00</FromDate><ToDate>2026-01-07T23:59:00</ToDate></TimePeriod></WeekDay>`, ""),
			"1", "2026-01-05T08:00", "2026-01-09T17:00"},
		{"a split before the start: the task rests two days", row(1, 16, "<Start>2026-01-05T08:00:00</Start><Finish>2026-01-08T17:00:00</Finish>"), split, "1", "2026-01-05T08:00", "2026-01-08T17:00"},
		{"a split moves along with its task", row(1, 16, "<Start>2026-01-05T08:00:00</Start><Finish>2026-01-08T17:00:00</Finish>"+after(2, 1, 0, 7)) + row(2, 16, ""), split, "1", "2026-01-07T08:00", "2026-01-12T17:00"},
		{"a split of a file without dates", row(1, 16, ""), split, "1", "2026-01-05T08:00", "2026-01-08T17:00"},
		{"a contour without a rest is no split", row(1, 16, "<Start>2026-01-05T08:00:00</Start><Finish>2026-01-06T17:00:00</Finish>"),
			phases(1, [3]string{"2026-01-05T08:00", "2026-01-06T08:00", "PT2H0M0S"}, [3]string{"2026-01-06T08:00", "2026-01-07T08:00", "PT6H0M0S"}), "1", "2026-01-05T08:00", "2026-01-06T17:00"},
		{"the weekend is no split", row(1, 16, ""),
			phases(1, [3]string{"2026-01-05T08:00", "2026-01-06T08:00", "PT8H0M0S"}, [3]string{"2026-01-10T08:00", "2026-01-12T08:00", "PT0H0M0S"}) + `<CalendarUID>1</CalendarUID>`, "1", "2026-01-05T08:00", "2026-01-06T17:00"},
		{"a project inserted stays where it has its tasks", row(1, 40, "") + row(2, 16, "<IsSubproject>1</IsSubproject><Start>2026-02-02T08:00:00</Start><Finish>2026-02-03T17:00:00</Finish>"+after(1, 1, 0, 7)), "", "2", "2026-02-02T08:00", "2026-02-03T17:00"},
		{"a summary that starts no earlier than a date holds its tasks back", `<Task><UID>1</UID><OutlineLevel>1</OutlineLevel><Summary>1</Summary><ConstraintType>4</ConstraintType><ConstraintDate>2026-01-07T08:00:00</ConstraintDate></Task>` + under(row(2, 8, "")), "", "2", "2026-01-07T08:00", "2026-01-07T17:00"},
		{"a summary scheduled by hand keeps its dates", `<Task><UID>1</UID><OutlineLevel>1</OutlineLevel><Summary>1</Summary><Manual>1</Manual><Start>2026-01-05T08:00:00</Start><Finish>2026-01-16T17:00:00</Finish><Duration>PT80H0M0S</Duration></Task>` + under(row(2, 8, "")), "", "1", "2026-01-05T08:00", "2026-01-16T17:00"},
		{"an inactive task keeps its dates", row(1, 8, "<Active>0</Active><Start>2026-03-02T08:00:00</Start><Finish>2026-03-02T17:00:00</Finish>") + row(2, 8, after(1, 1, 0, 7)), "", "1", "2026-03-02T08:00", "2026-03-02T17:00"},
		{"and holds nobody up", row(1, 8, "<Active>0</Active><Start>2026-03-02T08:00:00</Start><Finish>2026-03-02T17:00:00</Finish>") + row(2, 8, after(1, 1, 0, 7)), "", "2", "2026-01-05T08:00", "2026-01-05T17:00"},
		{"a blank row", "<Task><UID>1</UID><ID>1</ID><IsNull>1</IsNull></Task>" + row(2, 8, ""), "", "2", "2026-01-05T08:00", "2026-01-05T17:00"},
		{"scheduled from the finish", row(1, 16, "<ConstraintType>1</ConstraintType>") + row(2, 24, "<ConstraintType>1</ConstraintType>"+after(1, 1, 0, 7)), "<ScheduleFromStart>0</ScheduleFromStart><FinishDate>2026-01-16T17:00:00</FinishDate>", "1", "2026-01-12T08:00", "2026-01-13T17:00"},
		{"a night shift", row(1, 16, "<CalendarUID>2</CalendarUID>"), `<CalendarUID>1</CalendarUID><Calendars><Calendar><UID>1</UID><Name>Standard</Name><IsBaseCalendar>1</IsBaseCalendar></Calendar><Calendar><UID>2</UID><Name>Night Shift</Name><IsBaseCalendar>1</IsBaseCalendar><WeekDays>` + nights() + `</WeekDays></Calendar></Calendars>`, "1", "2026-01-05T23:00", "2026-01-07T08:00"},
		{"a day of 24 hours", row(1, 48, "<CalendarUID>2</CalendarUID>"), `<CalendarUID>1</CalendarUID><Calendars><Calendar><UID>1</UID><Name>Standard</Name><IsBaseCalendar>1</IsBaseCalendar></Calendar><Calendar><UID>2</UID><Name>24 Hours</Name><IsBaseCalendar>1</IsBaseCalendar><WeekDays>` + everyDay("00:00:00", "00:00:00") + `</WeekDays></Calendar></Calendars>`, "1", "2026-01-05T08:00", "2026-01-07T08:00"},
	} {
		out := given(t, projectFile(x.tasks, x.more))
		staysWhenWritten(t, x.what, projectFile(x.tasks, x.more), out)
		if got := out.task(t, x.id); got.Start.String() != x.start || got.Finish.String() != x.finish {
			t.Errorf("%s: %s to %s, want %s to %s", x.what, got.Start, got.Finish, x.start, x.finish)
		}
	}
}

func everyDay(from, to string) string {
	text := ""
	for d := 1; d <= 7; d++ {
		text += fmt.Sprintf("<WeekDay><DayType>%d</DayType><DayWorking>1</DayWorking><WorkingTimes><WorkingTime><FromTime>%s</FromTime><ToTime>%s</ToTime></WorkingTime></WorkingTimes></WeekDay>", d, from, to)
	}
	return text
}

// nights is the week of Microsoft Project's night shift: 23:00 to 8:00 with a
// break from 3:00 to 4:00, Monday evening to Saturday morning.
func nights() string {
	shift := func(d int, times ...string) string {
		text := fmt.Sprintf("<WeekDay><DayType>%d</DayType><DayWorking>%d</DayWorking>", d, min(len(times), 1))
		for i := 0; i+1 < len(times); i += 2 {
			text += fmt.Sprintf("<WorkingTime><FromTime>%s:00</FromTime><ToTime>%s:00</ToTime></WorkingTime>", times[i], times[i+1])
		}
		text = strings.Replace(text, "<WorkingTime>", "<WorkingTimes><WorkingTime>", 1)
		if len(times) > 0 {
			text += "</WorkingTimes>"
		}
		return text + "</WeekDay>"
	}
	text := shift(1) + shift(2, "23:00", "00:00")
	for d := 3; d <= 6; d++ {
		text += shift(d, "00:00", "03:00", "04:00", "08:00", "23:00", "00:00")
	}
	return text + shift(7, "00:00", "03:00", "04:00", "08:00")
}

func TestProjectFilesAreReadInEveryEncodingTheyAreSavedIn(t *testing.T) {
	text := strings.Replace(projectFile(row(1, 8, "<Name>Grün – 5 €</Name>"), ""), "?>", ` encoding="ENC"?>`, 1)
	wide := func(order binary.AppendByteOrder, mark bool) []byte {
		var out []byte
		if mark {
			out = order.AppendUint16(out, 0xfeff)
		}
		for _, u := range utf16.Encode([]rune(strings.Replace(text, "ENC", "UTF-16", 1))) {
			out = order.AppendUint16(out, u)
		}
		return out
	}
	for what, raw := range map[string][]byte{
		"UTF-8":                     []byte(strings.Replace(text, "ENC", "UTF-8", 1)),
		"UTF-8 with a mark":         []byte("\xef\xbb\xbf" + strings.Replace(text, "ENC", "utf-8", 1)),
		"UTF-16, little end first":  wide(binary.LittleEndian, true),
		"UTF-16, big end first":     wide(binary.BigEndian, true),
		"UTF-16 without a mark":     wide(binary.LittleEndian, false),
		"Windows-1252":              []byte(strings.NewReplacer("ENC", "windows-1252", "ü", "\xfc", "–", "\x96", "€", "\x80").Replace(text)),
		"blank lines before it all": []byte("\r\n " + strings.Replace(text[strings.Index(text, "?>")+2:], "ENC", "UTF-8", 1)),
	} {
		if got := given(t, string(raw)).task(t, "1"); got.Name != "Grün – 5 €" || got.Finish.String() != "2026-01-05T17:00" {
			t.Errorf("%s: %q to %s", what, got.Name, got.Finish)
		}
	}
}
