package schedule

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"steward/engine/calc"
)

// given schedules a project written as JSON.
func given(t testing.TB, text string) *Output {
	t.Helper()
	in, err := Read([]byte(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	out, _, err := Solve(context.Background(), in)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return out
}

// refused schedules what must be refused and returns why it was.
func refused(t testing.TB, text string) string {
	t.Helper()
	in, err := Read([]byte(text))
	if err == nil {
		_, _, err = Solve(context.Background(), in)
	}
	if err == nil {
		t.Fatalf("accepted: %s", text)
	}
	var inv *calc.Invalid
	if !asInvalid(err, &inv) {
		t.Fatalf("not named as wrong input: %v", err)
	}
	return err.Error()
}

func asInvalid(err error, to **calc.Invalid) bool {
	inv, ok := err.(*calc.Invalid)
	*to = inv
	return ok
}

func (o *Output) task(t testing.TB, id string) TaskDates {
	t.Helper()
	for _, x := range o.Tasks {
		if x.ID == id {
			return x
		}
	}
	t.Fatalf("no task %q", id)
	return TaskDates{}
}

func TestEveryKindOfLinkHoldsItsEnd(t *testing.T) {
	for _, x := range []struct {
		link, start, finish string
	}{
		{`"type":"FS"`, "10", "14"},
		{`"type":"FS","lag":2`, "12", "16"},
		{`"type":"FS","lag":-3`, "7", "11"},
		{`"type":"FS","lag":"50%"`, "15", "19"},
		{`"type":"FS","lag":"-25%"`, "7.5", "11.5"},
		{`"type":"SS"`, "0", "4"},
		{`"type":"SS","lag":3`, "3", "7"},
		{`"type":"FF"`, "6", "10"},
		{`"type":"FF","lag":2`, "8", "12"},
		{`"type":"SF","lag":6`, "2", "6"},
		{`"type":"SF"`, "0", "4"},
	} {
		out := given(t, `{"tasks":[{"id":"A","duration":10},{"id":"B","duration":4,"after":[{"task":"A",`+x.link+`}]}]}`)
		b := out.task(t, "B")
		if b.Start.String() != x.start || b.Finish.String() != x.finish {
			t.Errorf("%s: B lies at %s to %s, want %s to %s", x.link, b.Start, b.Finish, x.start, x.finish)
		}
	}
}

func TestFloatsAndTheCriticalPath(t *testing.T) {
	out := given(t, `{"tasks":[
		{"id":"A","duration":3},
		{"id":"B","duration":5,"after":[{"task":"A"}]},
		{"id":"C","duration":2,"after":[{"task":"A"}]},
		{"id":"D","duration":1,"after":[{"task":"C"}]},
		{"id":"E","duration":2,"after":[{"task":"B"},{"task":"D"}]}]}`)
	for _, x := range []struct {
		id          string
		total, free float64
	}{{"A", 0, 0}, {"B", 0, 0}, {"C", 2, 0}, {"D", 2, 2}, {"E", 0, 0}} {
		got := out.task(t, x.id)
		if got.TotalFloat != x.total || got.FreeFloat != x.free || got.Critical != (x.total == 0) {
			t.Errorf("%s: total %v, free %v, critical %v; want %v, %v", x.id, got.TotalFloat, got.FreeFloat, got.Critical, x.total, x.free)
		}
	}
	if out.Finish.String() != "10" || !out.Proven || out.Bound.String() != "10" {
		t.Errorf("finish %s, bound %s, proven %v; want 10, 10, true", out.Finish, out.Bound, out.Proven)
	}
	if e := out.task(t, "E"); e.Driver != "B" || !strings.Contains(e.Why, "after B finishes") {
		t.Errorf("E is there because %q (%q), want B", e.Why, e.Driver)
	}
}

func TestLoopsAreNamed(t *testing.T) {
	got := refused(t, `{"tasks":[{"id":"A","duration":1,"after":[{"task":"C"}]},{"id":"B","duration":1,"after":[{"task":"A"}]},{"id":"C","duration":0,"after":[{"task":"B"}]},{"id":"D","duration":1}]}`)
	for _, id := range []string{"A", "B", "C", "infeasible", "loop"} {
		if !strings.Contains(got, id) {
			t.Errorf("%q does not name %s", got, id)
		}
	}
	if strings.Contains(got, "D") {
		t.Errorf("%q names D, which is in no loop", got)
	}
	refused(t, `{"tasks":[{"id":"A","duration":0,"after":[{"task":"B"}]},{"id":"B","duration":0,"after":[{"task":"A"}]}]}`)
	refused(t, `{"tasks":[{"id":"A","duration":0,"after":[{"task":"A"}]}]}`)
}

func TestAMaximalLagMovesThePredecessorOrIsInfeasible(t *testing.T) {
	// B starts at most 4 after A starts, and waits for C.
	text := func(most string) string {
		return `{"tasks":[{"id":"A","duration":2,"after":[{"task":"B","type":"SS","lag":-` + most + `}]},
			{"id":"C","duration":9},
			{"id":"B","duration":2,"after":[{"task":"A"},{"task":"C"}]}]}`
	}
	out := given(t, text("4"))
	if a := out.task(t, "A"); a.Start.String() != "5" || a.Driver != "B" {
		t.Errorf("A starts at %s driven by %q, want 5 by B", a.Start, a.Driver)
	}
	if got := refused(t, text("1")); !strings.Contains(got, "infeasible") || !strings.Contains(got, "A") || !strings.Contains(got, "B") || strings.Contains(got, "C →") {
		t.Errorf("got %q, want the loop of A and B", got)
	}
}

func TestResourcesWithMaximalLagsAreProvenInfeasible(t *testing.T) {
	got := refused(t, `{"resources":[{"id":"R","capacity":1}],"tasks":[
		{"id":"A","duration":3,"needs":{"R":1},"after":[{"task":"B","type":"SS","lag":-1}]},
		{"id":"B","duration":3,"needs":{"R":1},"after":[{"task":"A","type":"SS"}]}]}`)
	if !strings.Contains(got, "infeasible") {
		t.Errorf("got %q", got)
	}
	out := given(t, `{"resources":[{"id":"R","capacity":1}],"tasks":[
		{"id":"A","duration":3,"needs":{"R":1},"after":[{"task":"B","type":"SS","lag":-4}]},
		{"id":"X","duration":4,"needs":{"R":1}},
		{"id":"B","duration":3,"needs":{"R":1},"after":[{"task":"A","type":"SS"}]}]}`)
	if out.Finish.String() != "10" || !out.Proven {
		t.Errorf("finish %s, proven %v; want 10, true", out.Finish, out.Proven)
	}
}

func TestLevellingExplainsEachDelay(t *testing.T) {
	text := `{"level":"LEVEL","resources":[{"id":"crew","capacity":4}],"tasks":[
		{"id":"dig","duration":3,"needs":{"crew":3}},
		{"id":"pour","duration":2,"needs":{"crew":2},"after":[{"task":"dig","lag":1}]},
		{"id":"wire","duration":4,"needs":{"crew":2}}]}`
	out := given(t, strings.Replace(text, "LEVEL", "yes", 1))
	if out.Finish.String() != "7" || !out.Proven || out.Status != "optimal" {
		t.Errorf("finish %s, proven %v, status %s; want 7, true, optimal", out.Finish, out.Proven, out.Status)
	}
	w := out.task(t, "wire")
	if w.Start.String() != "3" || w.Earliest.String() != "0" || w.Driver != "dig" || !strings.Contains(w.Why, "crew") || !w.Critical {
		t.Errorf("wire: %+v", w)
	}
	if d := out.task(t, "dig"); !d.Critical || d.TotalFloat != 0 {
		t.Errorf("dig holds the crew that wire waits for, so it is critical: %+v", d)
	}
	if l := out.Levelling; !l.Applied || len(l.Delays) != 1 || l.Delays[0].By != 3 || l.Delays[0].Resource != "crew" || l.Delays[0].Holders[0] != "dig" || l.Without.String() != "6" {
		t.Errorf("levelling: %+v", out.Levelling)
	}
	preview := given(t, strings.Replace(text, "LEVEL", "preview", 1))
	in, err := Read([]byte(strings.Replace(text, "LEVEL", "preview", 1)))
	if err != nil {
		t.Fatal(err)
	}
	_, why, err := Solve(context.Background(), in)
	if told := strings.Join(why, "\n"); err != nil || !strings.Contains(told, "Levelling would end the project") || !strings.Contains(told, "wire could start") {
		t.Errorf("the preview is not explained: %v, %s", err, told)
	}
	if w := preview.task(t, "wire"); w.Start.String() != "0" || w.TotalFloat != 2 || len(preview.Levelling.Delays) != 1 || preview.Levelling.Applied {
		t.Errorf("a preview moved wire or lists no delay: %+v", w)
	}
	plain := given(t, strings.Replace(text, "LEVEL", "no", 1))
	if plain.Levelling != nil || !plain.Resources[0].Overload || plain.Resources[0].Peak != 5 {
		t.Errorf("without levelling: %+v", plain.Resources)
	}
}

func TestWhatCanNeverFitIsRefusedByName(t *testing.T) {
	got := refused(t, `{"resources":[{"id":"R","capacity":2}],"tasks":[{"id":"big","duration":1,"needs":{"R":3}}]}`)
	if !strings.Contains(got, "big") || !strings.Contains(got, "R") || !strings.Contains(got, "never") {
		t.Errorf("got %q", got)
	}
}

func TestAvailabilityHoldsTasksBack(t *testing.T) {
	out := given(t, `{"resources":[{"id":"R","capacity":2,"availability":[{"from":2,"to":5,"capacity":0}]}],"tasks":[
		{"id":"A","duration":3,"needs":{"R":1}},{"id":"B","duration":2,"needs":{"R":1}}]}`)
	if a, b := out.task(t, "A"), out.task(t, "B"); a.Start.String() != "5" || b.Start.String() != "0" || !out.Proven {
		t.Errorf("A at %s, B at %s; want 5 and 0", a.Start, b.Start)
	}
}

func TestConstraintsAndDeadlinesGiveNegativeFloat(t *testing.T) {
	text := `{"honour_constraints":HONOUR,"tasks":[{"id":"A","duration":5},{"id":"B","duration":3,"after":[{"task":"A"}],"constraint":{"type":"MSO","date":4}},{"id":"C","duration":1,"after":[{"task":"B"}],"deadline":8}]}`
	out := given(t, strings.Replace(text, "HONOUR", "false", 1))
	if a, b := out.task(t, "A"), out.task(t, "B"); b.Start.String() != "5" || a.TotalFloat != -1 || b.TotalFloat != -1 || len(out.Warnings) != 2 {
		t.Errorf("A %+v, B %+v, warnings %v", a, b, out.Warnings)
	}
	out = given(t, strings.Replace(text, "HONOUR", "true", 1))
	if a, b := out.task(t, "A"), out.task(t, "B"); b.Start.String() != "4" || a.TotalFloat != -1 || b.TotalFloat != 0 {
		t.Errorf("honouring dates: A %+v, B %+v", a, b)
	}
	for _, x := range []struct{ constraint, start string }{
		{`{"type":"SNET","date":7}`, "7"}, {`{"type":"FNET","date":9}`, "6"}, {`{"type":"ALAP"}`, "17"},
		{`{"type":"MFO","date":10}`, "7"}, {`{"type":"SNLT","date":9}`, "0"}, {`{"type":"FNLT","date":9}`, "0"}, {`{"type":"ASAP"}`, "0"},
	} {
		out := given(t, `{"tasks":[{"id":"A","duration":3,"constraint":`+x.constraint+`},{"id":"Z","duration":20}]}`)
		if a := out.task(t, "A"); a.Start.String() != x.start {
			t.Errorf("%s: starts at %s, want %s", x.constraint, a.Start, x.start)
		}
	}
	if got := refused(t, `{"tasks":[{"id":"A","duration":5},{"id":"B","duration":3,"after":[{"task":"A"}],"constraint":{"type":"FNLT","date":7,"hard":true}}]}`); !strings.Contains(got, "A → B") {
		t.Errorf("%q does not name the chain", got)
	}
}

const workweek = `"start":"2026-01-05","calendars":[
	{"id":"std","week":{"mon":["08:00-12:00","13:00-17:00"],"tue":["08:00-12:00","13:00-17:00"],"wed":["08:00-12:00","13:00-17:00"],"thu":["08:00-12:00","13:00-17:00"],"fri":["08:00-12:00","13:00-17:00"]},"exceptions":[{"from":"2026-01-06"}]},
	{"id":"night","week":{"mon":["22:00-06:00"],"tue":["22:00-06:00"],"wed":["22:00-06:00"],"thu":["22:00-06:00"],"fri":["22:00-06:00"]}},
	{"id":"half","base":"std","week":{"fri":[]}}],"calendar":"std"`

func TestCalendarsMoveDates(t *testing.T) {
	out := given(t, `{`+workweek+`,"resources":[{"id":"ann","capacity":1,"calendar":"half"}],"tasks":[
		{"id":"A","duration":3},
		{"id":"B","duration":"2ed","after":[{"task":"A"}]},
		{"id":"C","duration":1,"after":[{"task":"A","lag":"1d"}]},
		{"id":"D","duration":1,"after":[{"task":"A","lag":"1ed"}]},
		{"id":"E","duration":1,"calendar":"night","after":[{"task":"A"}]},
		{"id":"F","duration":1,"needs":{"ann":1},"after":[{"task":"A"}]},
		{"id":"M","duration":0,"after":[{"task":"A"}]}]}`)
	for _, x := range []struct{ id, start, finish string }{
		{"A", "2026-01-05T08:00", "2026-01-08T17:00"},
		{"B", "2026-01-08T17:00", "2026-01-10T17:00"},
		{"C", "2026-01-12T08:00", "2026-01-12T17:00"},
		{"D", "2026-01-12T08:00", "2026-01-12T17:00"},
		{"E", "2026-01-08T22:00", "2026-01-09T06:00"},
		{"F", "2026-01-12T08:00", "2026-01-12T17:00"},
		{"M", "2026-01-08T17:00", "2026-01-08T17:00"},
	} {
		if got := out.task(t, x.id); got.Start.String() != x.start || got.Finish.String() != x.finish {
			t.Errorf("%s: %s to %s, want %s to %s (%s)", x.id, got.Start, got.Finish, x.start, x.finish, got.Why)
		}
	}
	if f := out.task(t, "F"); !strings.Contains(f.Why, "calendar") {
		t.Errorf("F does not say that its calendar moved it: %q", f.Why)
	}
}

func TestMixedCalendarsLevelWithinTheLimits(t *testing.T) {
	out := given(t, `{`+workweek+`,"resources":[{"id":"crane","capacity":1}],"tasks":[
		{"id":"A","duration":2,"needs":{"crane":1}},
		{"id":"B","duration":2,"needs":{"crane":1},"calendar":"night"},
		{"id":"C","duration":1,"needs":{"crane":1},"after":[{"task":"B"}]}]}`)
	if out.Resources[0].Overload || out.Levelling == nil || len(out.Levelling.Delays) == 0 {
		t.Errorf("the crane is overloaded or nothing waits: %+v %+v", out.Resources, out.Levelling)
	}
}

func TestProgressByRetainedLogicAndOverride(t *testing.T) {
	text := `{"progress_mode":"MODE","data_date":4,"tasks":[
		{"id":"A","duration":6,"actual_start":0,"remaining":4},
		{"id":"B","duration":5,"after":[{"task":"A"}],"actual_start":2,"percent":40},
		{"id":"C","duration":2,"after":[{"task":"B"}]},
		{"id":"D","duration":1,"actual_start":0,"actual_finish":3},
		{"id":"E","duration":1,"after":[{"task":"D"}]}]}`
	out := given(t, strings.Replace(text, "MODE", "retained", 1))
	for _, x := range []struct{ id, start, finish string }{{"A", "0", "8"}, {"B", "2", "11"}, {"C", "11", "13"}, {"D", "0", "3"}, {"E", "4", "5"}} {
		if got := out.task(t, x.id); got.Start.String() != x.start || got.Finish.String() != x.finish {
			t.Errorf("retained %s: %s to %s, want %s to %s", x.id, got.Start, got.Finish, x.start, x.finish)
		}
	}
	out = given(t, strings.Replace(text, "MODE", "override", 1))
	if b, c := out.task(t, "B"), out.task(t, "C"); b.Finish.String() != "7" || c.Finish.String() != "9" {
		t.Errorf("override: B ends %s, C %s; want 7 and 9", b.Finish, c.Finish)
	}
}

func TestSummariesSpanTheirTasksAndPassLinksOn(t *testing.T) {
	out := given(t, `{"tasks":[{"id":"S"},{"id":"A","parent":"S","duration":2},{"id":"B","parent":"S","duration":5},
		{"id":"C","duration":1,"after":[{"task":"S"}]},{"id":"T","after":[{"task":"C"}]},{"id":"D","parent":"T","duration":1}]}`)
	if s, c, d := out.task(t, "S"), out.task(t, "C"), out.task(t, "D"); s.Finish.String() != "5" || !s.Summary || c.Start.String() != "5" || d.Start.String() != "6" {
		t.Errorf("S %+v, C %+v, D %+v", s, c, d)
	}
	if got := refused(t, `{"tasks":[{"id":"S"},{"id":"A","parent":"S","duration":2,"after":[{"task":"S"}]}]}`); !strings.Contains(got, "loop") {
		t.Errorf("got %q", got)
	}
}

func TestWrongInputIsNamedByPlace(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                                   "tasks",
		`{"tasks":[{"id":"A"}]}`:               "tasks[0].duration",
		`{"tasks":[{"id":"A","duration":-1}]}`: "tasks[0].duration",
		`{"tasks":[{"id":"A","duration":1},{"id":"A","duration":1}]}`:                                      "tasks[1].id",
		`{"tasks":[{"id":"A","duration":1,"after":[{"task":"X"}]}]}`:                                       "tasks[0].after[0].task",
		`{"tasks":[{"id":"A","duration":1,"after":[{"task":"A","type":"XX"}]}]}`:                           "tasks[0].after[0]",
		`{"tasks":[{"id":"A","duration":1,"needs":{"R":1}}]}`:                                              "tasks[0].needs.R",
		`{"tasks":[{"id":"A","duration":"3d"}]}`:                                                           "tasks[0].duration",
		`{"start":"soon","tasks":[{"id":"A","duration":1}]}`:                                               "start",
		`{"start":"2026-01-05","calendar":"x","tasks":[{"id":"A","duration":1}]}`:                          "calendar",
		`{"tasks":[{"id":"A","duration":1,"constraint":{"type":"MSO"}}]}`:                                  "tasks[0].constraint.date",
		`{"tasks":[{"id":"A","duration":1,"percent":10}]}`:                                                 "tasks[0].actual_start",
		`{"tasks":[{"id":"A","duration":1,"colour":"red"}]}`:                                               "colour",
		`{"start":"2026-01-05","calendars":[{"id":"e"}],"calendar":"e","tasks":[{"id":"A","duration":1}]}`: "no working time",
	} {
		if got := refused(t, text); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want it to name %q", text, got, want)
		}
	}
}

func TestTheExampleOfTheCommandWorks(t *testing.T) {
	out := given(t, Command.Example)
	b, err := json.Marshal(out)
	if err != nil || !strings.Contains(string(b), `"finish":7`) {
		t.Errorf("%v: %s", err, b)
	}
	if !json.Valid(Command.Schema()) {
		t.Error("the schema is not JSON")
	}
}
