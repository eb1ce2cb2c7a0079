package schedule

import (
	"bytes"
	"context"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"steward/engine/schedule/mspdi"
	"steward/engine/schedule/workcal"
)

func file(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestMicrosoftProjectFilesAreScheduledByItsRules(t *testing.T) {
	out := given(t, file(t, "links.xml"))
	for _, x := range []struct {
		id, start, finish string
		slack             float64 // minutes
	}{
		{"1", "2026-01-05T08:00", "2026-01-09T17:00", 0},
		{"2", "2026-01-13T08:00", "2026-01-14T17:00", 0},       // FS + 1 d
		{"3", "2026-01-05T08:00", "2026-01-06T17:00", 6 * 480}, // SS
		{"4", "2025-12-31T08:00", "2026-01-02T17:00", 8 * 480}, // SF: it may lie before the project
		{"5", "2026-01-07T08:00", "2026-01-09T17:00", 3 * 480}, // FF
	} {
		got := out.task(t, x.id)
		if got.Start.String() != x.start || got.Finish.String() != x.finish || got.TotalFloat != x.slack {
			t.Errorf("task %s: %s to %s, slack %v; want %s to %s, %v", x.id, got.Start, got.Finish, got.TotalFloat, x.start, x.finish, x.slack)
		}
	}
	if out.Unit != "minute" || !out.task(t, "0").Summary {
		t.Errorf("unit %q, project summary %+v", out.Unit, out.task(t, "0"))
	}
}

// project wraps tasks and calendars into a file that starts on Monday 2026-01-05.
func projectFile(tasks, more string) string {
	return `<?xml version="1.0"?><Project xmlns="http://schemas.microsoft.com/project"><StartDate>2026-01-05T08:00:00</StartDate><Tasks>` + tasks + `</Tasks>` + more + `</Project>`
}

func TestFieldsOfMicrosoftProjectFiles(t *testing.T) {
	for _, x := range []struct {
		what, tasks, more string
		id, start, finish string
	}{
		{"percent lag", `<Task><UID>1</UID><Duration>PT16H0M0S</Duration></Task><Task><UID>2</UID><Duration>PT8H0M0S</Duration><PredecessorLink><PredecessorUID>1</PredecessorUID><Type>1</Type><LinkLag>50</LinkLag><LagFormat>19</LagFormat></PredecessorLink></Task>`, "", "2", "2026-01-08T08:00", "2026-01-08T17:00"},
		{"elapsed lag", `<Task><UID>1</UID><Duration>PT8H0M0S</Duration></Task><Task><UID>2</UID><Duration>PT8H0M0S</Duration><PredecessorLink><PredecessorUID>1</PredecessorUID><Type>1</Type><LinkLag>28800</LinkLag><LagFormat>8</LagFormat></PredecessorLink></Task>`, "", "2", "2026-01-08T08:00", "2026-01-08T17:00"},
		{"lead", `<Task><UID>1</UID><Duration>PT16H0M0S</Duration></Task><Task><UID>2</UID><Duration>PT8H0M0S</Duration><PredecessorLink><PredecessorUID>1</PredecessorUID><Type>1</Type><LinkLag>-4800</LinkLag><LagFormat>7</LagFormat></PredecessorLink></Task>`, "", "2", "2026-01-06T08:00", "2026-01-06T17:00"},
		{"elapsed duration", `<Task><UID>1</UID><Duration>PT48H0M0S</Duration><DurationFormat>8</DurationFormat></Task>`, "", "1", "2026-01-05T08:00", "2026-01-07T08:00"},
		{"milestone at the end of a day", `<Task><UID>1</UID><Duration>PT8H0M0S</Duration></Task><Task><UID>2</UID><Duration>PT0H0M0S</Duration><PredecessorLink><PredecessorUID>1</PredecessorUID><Type>1</Type></PredecessorLink></Task>`, "", "2", "2026-01-05T17:00", "2026-01-05T17:00"},
		{"must start on wins over a link", `<Task><UID>1</UID><Duration>PT24H0M0S</Duration></Task><Task><UID>2</UID><Duration>PT8H0M0S</Duration><ConstraintType>2</ConstraintType><ConstraintDate>2026-01-06T08:00:00</ConstraintDate><PredecessorLink><PredecessorUID>1</PredecessorUID><Type>1</Type></PredecessorLink></Task>`, "", "2", "2026-01-06T08:00", "2026-01-06T17:00"},
		{"as late as possible", `<Task><UID>1</UID><Duration>PT40H0M0S</Duration></Task><Task><UID>2</UID><Duration>PT8H0M0S</Duration><ConstraintType>1</ConstraintType></Task>`, "", "2", "2026-01-09T08:00", "2026-01-09T17:00"},
		{"manual", `<Task><UID>1</UID><Duration>PT24H0M0S</Duration></Task><Task><UID>2</UID><Manual>1</Manual><Start>2026-01-06T08:00:00</Start><Finish>2026-01-06T17:00:00</Finish><Duration>PT8H0M0S</Duration><PredecessorLink><PredecessorUID>1</PredecessorUID><Type>1</Type></PredecessorLink></Task>`, "", "2", "2026-01-06T08:00", "2026-01-06T17:00"},
		{"in progress", `<Task><UID>1</UID><Duration>PT24H0M0S</Duration><ActualStart>2026-01-06T08:00:00</ActualStart><PercentComplete>50</PercentComplete></Task>`, "", "1", "2026-01-06T08:00", "2026-01-08T17:00"},
		{"levelling delay", `<Task><UID>1</UID><Duration>PT8H0M0S</Duration><LevelingDelay>14400</LevelingDelay><LevelingDelayFormat>8</LevelingDelayFormat></Task>`, "", "1", "2026-01-06T08:00", "2026-01-06T17:00"},
		{"yearly exception", `<Task><UID>1</UID><Duration>PT16H0M0S</Duration></Task>`, `<CalendarUID>1</CalendarUID><Calendars><Calendar><UID>1</UID><Name>S</Name><Exceptions><Exception><TimePeriod><FromDate>2020-01-06T00:00:00</FromDate><ToDate>2030-01-06T23:59:00</ToDate></TimePeriod><Type>2</Type><Month>0</Month><MonthDay>6</MonthDay><DayWorking>0</DayWorking></Exception></Exceptions></Calendar></Calendars>`, "1", "2026-01-05T08:00", "2026-01-07T17:00"},
		{"work week", `<Task><UID>1</UID><Duration>PT16H0M0S</Duration></Task>`, `<CalendarUID>1</CalendarUID><Calendars><Calendar><UID>1</UID><Name>S</Name><WorkWeeks><WorkWeek><TimePeriod><FromDate>2026-01-05T00:00:00</FromDate><ToDate>2026-01-09T23:59:00</ToDate></TimePeriod><WeekDays><WeekDay><DayType>2</DayType><DayWorking>1</DayWorking><WorkingTimes><WorkingTime><FromTime>08:00:00</FromTime><ToTime>10:00:00</ToTime></WorkingTime></WorkingTimes></WeekDay></WeekDays></WorkWeek></WorkWeeks></Calendar></Calendars>`, "1", "2026-01-05T08:00", "2026-01-07T15:00"},
		{"resource calendar", `<Task><UID>1</UID><Type>0</Type><Duration>PT16H0M0S</Duration></Task>`, `<CalendarUID>1</CalendarUID><Calendars><Calendar><UID>1</UID><Name>S</Name><IsBaseCalendar>1</IsBaseCalendar></Calendar><Calendar><UID>2</UID><Name>Ann</Name><IsBaseCalendar>0</IsBaseCalendar><BaseCalendarUID>1</BaseCalendarUID><WeekDays><WeekDay><DayType>3</DayType><DayWorking>0</DayWorking></WeekDay></WeekDays></Calendar></Calendars><Resources><Resource><UID>1</UID><Name>Ann</Name><Type>1</Type><MaxUnits>1</MaxUnits><CalendarUID>2</CalendarUID></Resource></Resources><Assignments><Assignment><UID>1</UID><TaskUID>1</TaskUID><ResourceUID>1</ResourceUID><Units>1</Units><Work>PT16H0M0S</Work></Assignment></Assignments>`, "1", "2026-01-05T08:00", "2026-01-07T17:00"},
	} {
		out := given(t, projectFile(x.tasks, x.more))
		if got := out.task(t, x.id); got.Start.String() != x.start || got.Finish.String() != x.finish {
			t.Errorf("%s: %s to %s, want %s to %s", x.what, got.Start, got.Finish, x.start, x.finish)
		}
	}
}

func TestWrittenProjectFilesReadBackToTheSameDates(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 9))
	for k := range 25 {
		in := network(rng, 12, false, k%2 == 0)
		in.Start, in.Unit = "2026-01-05T08:00", "hour"
		want, _, err := Solve(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		text, err := MSPDI(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := MSPDI(context.Background(), in); err != nil || !bytes.Equal(text, again) {
			t.Fatal("writing twice gives two files")
		}
		got := given(t, string(text))
		for i, x := range want.Tasks {
			if y := got.Tasks[i]; x.Start != y.Start || x.Finish != y.Finish {
				t.Fatalf("project %d, task %s: %s to %s became %s to %s\n%s", k, x.ID, x.Start, x.Finish, y.Start, y.Finish, text)
			}
		}
	}
}

func TestEveryFieldOfAProjectSurvivesTheFile(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 2))
	dates := []string{"2026-01-06", "2026-01-14T08:00", "2026-01-21T17:00", "2026-02-04T12:00"}
	date := func() Moment { return Date(dates[rng.IntN(len(dates))]) }
	for k := range 300 {
		in := network(rng, 10, false, false)
		in.Start, in.Unit, in.Honour = "2026-01-05T08:00", "hour", k%3 == 0
		in.Calendars = []Calendar{
			{ID: "nights", Week: map[string][]string{"mon": {"22:00-06:00"}, "wed": {"22:00-06:00"}}},
			{ID: "base", Week: map[string][]string{"mon": {"08:00-16:00"}, "tue": {"08:00-16:00"}, "thu": {"10:00-11:30", "13:00-20:00"}}, Exceptions: []Exception{{From: "2026-01-12", To: "2026-01-13"}, {From: "2026-01-17", Hours: []string{"09:00-12:00"}}}},
		}
		if k%2 == 0 {
			in.DataDate = Date("2026-01-07")
		}
		for i := range in.Tasks {
			x := &in.Tasks[i]
			switch rng.IntN(9) {
			case 0:
				x.Constraint = &Constraint{Type: []string{"SNET", "SNLT", "FNET", "FNLT", "MSO", "MFO"}[rng.IntN(6)], Date: date()}
			case 1:
				x.Deadline = date()
			case 2:
				x.Calendar = []string{"nights", "base", "continuous"}[rng.IntN(3)]
			case 3:
				x.Duration = Amount{set: true, value: float64(rng.IntN(4)), unit: "d", elapsed: true}
			case 4:
				if k%2 == 0 && len(x.After) == 0 && x.Duration.value > 0 {
					x.ActualStart, x.Percent = Date("2026-01-05T10:00"), float64(25*rng.IntN(4))
				}
			case 5:
				x.Priority = 900
			}
			for j := range x.After {
				switch rng.IntN(6) {
				case 0:
					x.After[j].Lag = Amount{set: true, value: float64(rng.IntN(150) - 50), unit: "%"}
				case 1:
					x.After[j].Lag = Amount{set: true, value: float64(rng.IntN(5) - 2), unit: "d", elapsed: true}
				}
			}
		}
		want, _, err := Solve(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		text, err := MSPDI(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		got := given(t, string(text))
		for i, x := range want.Tasks {
			if y := got.Tasks[i]; x.Start != y.Start || x.Finish != y.Finish || x.Latest != y.Latest || x.LatestFinish != y.LatestFinish || math.Abs(60*x.TotalFloat-y.TotalFloat) > 0.1 || x.Critical != y.Critical {
				t.Fatalf("project %d: task\n%+v was read back as\n%+v\n%s", k, x, y, text)
			}
		}
	}
}

func TestAWrittenFileCarriesSlackInTenthsOfMinutes(t *testing.T) {
	in, err := Read([]byte(`{"start":"2026-01-05","tasks":[{"id":"A","name":"Long","duration":3},{"id":"B","duration":1}]}`))
	if err != nil {
		t.Fatal(err)
	}
	text, err := MSPDI(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	p, err := mspdi.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if b := p.Tasks[1]; b.TotalSlack != "9600" || b.Critical != "0" || p.Tasks[0].Critical != "1" || b.Duration != "PT8H0M0S" {
		t.Errorf("%+v", b)
	}
	if _, err := MSPDI(context.Background(), Input{Tasks: []Task{{ID: "A", Duration: Units(1)}}}); err == nil {
		t.Error("a project without dates was written as a file with dates")
	}
}

func TestPrimaveraFilesAreScheduledFromTheDataDate(t *testing.T) {
	out := given(t, file(t, "plant.xer"))
	for _, x := range []struct{ id, start, finish string }{
		{"A100", "2026-01-05T08:00", "2026-01-12T17:00"},
		{"A110", "2026-01-14T08:00", "2026-01-15T17:00"},
		{"A120", "2026-01-15T17:00", "2026-01-15T17:00"},
		{"WBS 101", "2026-01-05T08:00", "2026-01-15T17:00"},
	} {
		if got := out.task(t, x.id); got.Start.String() != x.start || got.Finish.String() != x.finish {
			t.Errorf("%s: %s to %s, want %s to %s", x.id, got.Start, got.Finish, x.start, x.finish)
		}
	}
	if f := out.task(t, "A120").TotalFloat; f != -24 {
		t.Errorf("the milestone is due three days before: float %v h, want -24", f)
	}
}

func TestProjectsInOneFileKeepTheirOwnDataDates(t *testing.T) {
	text := "ERMHDR\t19.12\r\n" +
		"%T\tPROJECT\r\n%F\tproj_id\tproj_short_name\tplan_start_date\tlast_recalc_date\r\n%R\t1\tA\t2026-01-05 08:00\t2026-01-05 08:00\r\n%R\t2\tB\t2026-02-02 08:00\t2026-02-03 08:00\r\n" +
		"%T\tTASK\r\n%F\ttask_id\tproj_id\ttask_code\ttask_type\tstatus_code\ttarget_drtn_hr_cnt\tremain_drtn_hr_cnt\tact_start_date\r\n%R\t1\t1\tA\tTT_Task\tTK_NotStart\t16\t16\t\r\n%R\t2\t2\tA\tTT_Task\tTK_NotStart\t8\t8\t\r\n%R\t3\t2\tB\tTT_Task\tTK_Active\t24\t16\t2026-02-02 08:00\r\n"
	wide := []byte{0xff, 0xfe}
	for _, c := range []byte(text) {
		wide = append(wide, c, 0)
	}
	for _, text := range []string{text, "\xef\xbb\xbf" + text, string(wide)} {
		out := given(t, text)
		for _, x := range []struct{ id, start, finish string }{{"1 A", "2026-01-05T08:00", "2026-01-06T17:00"}, {"2 A", "2026-02-03T08:00", "2026-02-03T17:00"}, {"3 B", "2026-02-02T08:00", "2026-02-04T17:00"}} {
			if got := out.task(t, x.id); got.Start.String() != x.start || got.Finish.String() != x.finish {
				t.Errorf("%s: %s to %s, want %s to %s", x.id, got.Start, got.Finish, x.start, x.finish)
			}
		}
	}
}

func TestBrokenFilesAreRefusedByPlace(t *testing.T) {
	for text, want := range map[string]string{
		"<Project><Tasks>":    "line 1",
		"<Project></Project>": "StartDate",
		projectFile(`<Task><UID>1</UID><Duration>eight</Duration></Task>`, ""):                                                                         "Task UID 1, Duration",
		projectFile(`<Task><UID>1</UID></Task><Task><UID>1</UID></Task>`, ""):                                                                          "twice",
		projectFile(`<Task><UID>1</UID><Duration>PT1H0M0S</Duration><PredecessorLink><PredecessorUID>1</PredecessorUID></PredecessorLink></Task>`, ""): "loop",
		"ERMHDR\n%T\tTASK\n%R\t1": "line 3",
		"ERMHDR\n":                "PROJECT",
	} {
		if got := refused(t, text); !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want it to name %q", text, got, want)
		}
	}
}

func fuzzOne(t *testing.T, raw []byte) {
	in, err := Read(raw)
	if err != nil {
		return
	}
	if len(in.Tasks) > 60 {
		return
	}
	if in.Risk != nil {
		in.Risk.Iterations = 20
	}
	in.WorkLimit, in.TimeLimit = 200, 1
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	out, _, err := Solve(ctx, in)
	if err != nil {
		if strings.Contains(err.Error(), "own check") {
			t.Fatal(err)
		}
		return
	}
	for _, x := range out.Tasks {
		if a, _, err := workcal.Parse(x.Start.text); err == nil {
			if b, _, err := workcal.Parse(x.Finish.text); err == nil && b < a {
				t.Fatalf("%s ends before it starts", x.ID)
			}
		}
	}
}

func FuzzMSPDI(f *testing.F) {
	f.Add([]byte(file(f, "links.xml")))
	f.Add([]byte(projectFile(`<Task><UID>1</UID><Duration>PT48H0M0S</Duration><DurationFormat>8</DurationFormat><ConstraintType>7</ConstraintType><ConstraintDate>2026-01-06T08:00:00</ConstraintDate></Task>`, "")))
	f.Fuzz(func(t *testing.T, raw []byte) { fuzzOne(t, append([]byte("<"), bytes.TrimPrefix(raw, []byte("<"))...)) })
}

func FuzzXER(f *testing.F) {
	f.Add([]byte(file(f, "plant.xer")))
	f.Fuzz(func(t *testing.T, raw []byte) {
		fuzzOne(t, append([]byte("ERMHDR"), bytes.TrimPrefix(raw, []byte("ERMHDR"))...))
	})
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(Command.Example))
	f.Add([]byte(`{` + workweek + `,"data_date":"2026-01-07","resources":[{"id":"r","capacity":1.5,"calendar":"half"}],"tasks":[{"id":"A","duration":"2d","needs":{"r":1},"estimate":{"optimistic":1,"likely":2,"pessimistic":9}},{"id":"B","duration":"3ed","after":[{"task":"A","type":"SF","lag":"-50%"}],"constraint":{"type":"ALAP"}}],"risk":{}}`))
	f.Fuzz(func(t *testing.T, raw []byte) { fuzzOne(t, raw) })
}
