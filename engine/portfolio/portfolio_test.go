package portfolio

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"steward/engine/calc"
)

func solve(t *testing.T, text string) Output {
	t.Helper()
	in, err := calc.Decode[Input]([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := Solve(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// twoOfThree: A and C fit together and are worth most.
const twoOfThree = `{"budgets":[{"name":"2027 capex","limit":10}],"items":[
 {"id":"A","value":10,"uses":{"2027 capex":5}},
 {"id":"B","value":11,"uses":{"2027 capex":6.5}},
 {"id":"C","value":8,"uses":{"2027 capex":5}}]}`

func TestTheAnswerSaysWhatIsSelectedAndWhatItIsWorth(t *testing.T) {
	out := solve(t, twoOfThree)
	if !slices.Equal(out.Selected, []string{"A", "C"}) || out.Value.String() != "18" || out.Bound.String() != "18" || !out.Proven || *out.Gap != 0 {
		t.Errorf("got %+v", out)
	}
	b := out.Budgets[0]
	if b.Used.String() != "10" || b.Left.String() != "0" {
		t.Errorf("got %+v", b)
	}
}

func TestARejectedItemSaysWhy(t *testing.T) {
	for _, c := range []struct{ name, items, id, want string }{
		{"short", `{"id":"A","value":10,"uses":{"b":5}},{"id":"B","value":1,"uses":{"b":6}}`, "B", `it takes 6 of "b", and 5 is left`},
		{"alone", `{"id":"A","value":10,"uses":{"b":5}},{"id":"B","value":99,"uses":{"b":10.01}}`, "B", `it takes 10.01 of "b", more than the whole limit of 10`},
		{"excluded", `{"id":"A","value":10},{"id":"B","value":9,"excludes":["A"]}`, "B", `it excludes "A", which is selected`},
		{"requires", `{"id":"A","value":10,"uses":{"b":10}},{"id":"B","value":5,"requires":["C"]},{"id":"C","value":1,"uses":{"b":5}}`, "B", `it requires "C", which is not selected`},
		{"worthless", `{"id":"A","value":0,"uses":{"b":1}}`, "A", "nothing"},
	} {
		out := solve(t, `{"budgets":[{"name":"b","limit":10}],"items":[`+c.items+`]}`)
		k := slices.IndexFunc(out.Rejected, func(r Rejection) bool { return r.ID == c.id })
		if c.name == "worthless" && k < 0 {
			continue // selecting it is as good
		}
		if k < 0 || !strings.Contains(out.Rejected[k].Reason, c.want) {
			t.Errorf("%s: got %+v, want %q", c.name, out.Rejected, c.want)
		}
	}
}

func TestDecimalsAreExact(t *testing.T) {
	// 0.1 + 0.2 is 0.3 and fits; in floating point it would not.
	out := solve(t, `{"budgets":[{"name":"b","limit":0.3}],"items":[{"id":"A","value":0.1,"uses":{"b":0.1}},{"id":"B","value":2e-1,"uses":{"b":0.2}}]}`)
	if out.Value.String() != "0.3" || len(out.Selected) != 2 {
		t.Errorf("got %+v", out)
	}
	out = solve(t, `{"budgets":[{"name":"b","limit":0.299999999999}],"items":[{"id":"A","value":0.1,"uses":{"b":0.1}},{"id":"B","value":0.2,"uses":{"b":0.2}}]}`)
	if !slices.Equal(out.Selected, []string{"B"}) {
		t.Errorf("got %+v", out.Selected)
	}
}

func TestAStartPeriodIsChosenSoThatTheYearsFit(t *testing.T) {
	out := solve(t, `{"periods":["2027","2028","2029"],"budgets":[{"name":"capex","limit":[10,10,10]}],"items":[
	 {"id":"A","value":10,"uses":{"capex":[8,2]},"starts":[{"period":"2027"},{"period":"2028","value":9}]},
	 {"id":"B","value":10,"uses":{"capex":[8,2]},"starts":[{"period":"2027"},{"period":"2028","value":6}]}]}`)
	if out.Value.String() != "19" || out.Starts["A"] != "2028" || out.Starts["B"] != "2027" {
		t.Errorf("got %s %v", out.Value, out.Starts)
	}
	if out.Budgets[1].Name != "capex 2028" || out.Budgets[1].Used.String() != "10" {
		t.Errorf("got %+v", out.Budgets)
	}
}

func TestARequiredItemStartsNoLater(t *testing.T) {
	out := solve(t, `{"periods":["1","2"],"items":[
	 {"id":"A","value":10,"requires":["B"],"starts":[{"period":"1"},{"period":"2","value":5}]},
	 {"id":"B","value":1,"starts":[{"period":"1"},{"period":"2","value":3}]}]}`)
	if out.Value.String() != "11" || out.Starts["B"] != "1" {
		t.Errorf("got %s %v", out.Value, out.Starts)
	}
}

func TestRulesThatCannotBeKeptTogetherAreNamed(t *testing.T) {
	out := solve(t, `{"budgets":[{"name":"b","limit":10},{"name":"other","limit":1}],"items":[
	 {"id":"A","value":1,"uses":{"b":6},"mandatory":true},{"id":"B","value":1,"uses":{"b":3}},
	 {"id":"C","value":1,"uses":{"b":5},"mandatory":true},{"id":"D","value":1,"mandatory":true,"requires":["B"]}]}`)
	want := []string{`budget "b" is at most 10`, `item "A" is mandatory`, `item "C" is mandatory`}
	if out.Status != "infeasible" || !out.Proven || out.Value.Given() || !slices.Equal(out.Conflict, want) || !*out.Minimal {
		t.Errorf("got %+v", out)
	}
}

func TestWrongInputIsRefusedWithItsPlace(t *testing.T) {
	for _, c := range []struct{ in, where string }{
		{`{"items":[]}`, "items"},
		{`{"items":[{"id":"A","value":-1}]}`, "items[0].value"},
		{`{"items":[{"id":"A","value":"ten"}]}`, "items[0].value"},
		{`{"items":[{"id":"A"}]}`, "items[0].value"},
		{`{"items":[{"id":"A","value":NaN}]}`, "line 1"},
		{`{"items":[{"id":"","value":1}]}`, "items[0].id"},
		{`{"items":[{"id":"A","value":1},{"id":"A","value":1}]}`, "items[1].id"},
		{`{"items":[{"id":"A","value":1,"requires":["X"]}]}`, "items[0].requires[0]"},
		{`{"items":[{"id":"A","value":1,"requires":["A"]}]}`, "items[0].requires[0]"},
		{`{"items":[{"id":"A","value":1,"excludes":["X"]}]}`, "items[0].excludes[0]"},
		{`{"items":[{"id":"A","value":1,"uses":{"b":1}}]}`, "items[0].uses"},
		{`{"budgets":[{"name":"b","limit":-1}],"items":[{"id":"A","value":1}]}`, "budgets[0].limit"},
		{`{"budgets":[{"name":"b"}],"items":[{"id":"A","value":1}]}`, "budgets[0].limit"},
		{`{"budgets":[{"name":"b","limit":1},{"name":"b","limit":1}],"items":[{"id":"A","value":1}]}`, "budgets[1].name"},
		{`{"budgets":[{"name":"b","limit":[1,2]}],"items":[{"id":"A","value":1}]}`, "budgets[0].limit"},
		{`{"budgets":[{"name":"b","limit":1}],"items":[{"id":"A","value":1,"uses":{"b":-0.5}}]}`, `items[0].uses["b"]`},
		{`{"budgets":[{"name":"b","limit":1}],"items":[{"id":"A","value":1,"uses":{"b":[1]}}]}`, `items[0].uses["b"]`},
		{`{"items":[{"id":"A","value":1e300}]}`, "items[0].value"},
		{`{"items":[{"id":"A","value":0.1234567890123}]}`, "items[0].value"},
		{`{"items":[{"id":"A","value":1}],"categories":{"c":{"max_share":1.5}}}`, `categories["c"].max_share`},
		{`{"items":[{"id":"A","value":1}],"time_limit_s":0}`, "time_limit_s"},
		{`{"items":[{"id":"A","value":1}],"next_best":-1}`, "next_best"},
		{`{"items":[{"id":"A","value":1}],"groups":[{"name":"g","items":["Z"]}]}`, "groups[0].items[0]"},
		{`{"items":[{"id":"A","value":1}],"groups":[{"name":"g","items":["A"],"min":2}]}`, "groups[0]"},
		{`{"items":[{"id":"A","value":1,"starts":[{"period":"x"}]}]}`, "items[0].starts[0].period"},
		{`{"items":[{"id":"A","value":1,"prio":3}]}`, "items[0]"},
	} {
		in, err := calc.Decode[Input]([]byte(c.in))
		if err == nil {
			_, _, err = Solve(context.Background(), in)
		}
		var wrong *calc.Invalid
		if !errors.As(err, &wrong) || !strings.HasPrefix(wrong.Where, c.where) {
			t.Errorf("%s: got %v, want a refusal of %s", c.in, err, c.where)
		}
	}
}

func TestTheCheckerRefusesWhatIsNotTrue(t *testing.T) {
	in, err := calc.Decode[Input]([]byte(twoOfThree))
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Output){
		"another set":     func(o *Output) { o.Selected = []string{"A", "B"}; o.Rejected[0].ID = "C" },
		"a higher value":  func(o *Output) { o.Value = Int(19) },
		"a lower bound":   func(o *Output) { o.Bound = Int(17) },
		"a loose proof":   func(o *Output) { o.Bound = Int(19) },
		"a lost item":     func(o *Output) { o.Rejected = nil },
		"an unknown item": func(o *Output) { o.Selected[0] = "Z" },
		"a doubled item":  func(o *Output) { o.Selected = append(o.Selected, "A") },
		"a repeated set":  func(o *Output) { o.NextBest[1] = o.NextBest[0] },
		"a wrong status":  func(o *Output) { o.Status = "feasible" },
	} {
		out, _, err := Solve(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if err := Check(in, out); err != nil {
			t.Fatal(err)
		}
		spoil(&out)
		if Check(in, out) == nil {
			t.Errorf("%s passes the check", name)
		}
	}
}

func TestTheExampleWorksAsACommandAndSaysTheSameEachTime(t *testing.T) {
	run := Command.Prepare(flag.NewFlagSet("", flag.ContinueOnError))
	var first []byte
	for range 3 {
		answer, err := run(context.Background(), []byte(Command.Example))
		if err != nil {
			t.Fatal(err)
		}
		if len(answer.Explain) < 5 {
			t.Errorf("the explanation is short: %q", answer.Explain)
		}
		b, err := json.Marshal(answer.Output)
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && string(b) != string(first) {
			t.Errorf("two runs differ:\n%s\n%s", first, b)
		}
		first = b
	}
}

func TestTheTimeLimitIsKeptAndSaid(t *testing.T) {
	in := chuBeasley(1, 500, 30, 0.5)
	in.TimeLimit = Num("0.3")
	out, say, err := Solve(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if out.Proven || !out.Timeout || out.Status != "feasible" || *out.Gap <= 0 || *out.Gap > 0.05 {
		t.Errorf("got %s, gap %v", out.Status, *out.Gap)
	}
	if !strings.Contains(strings.Join(say, " "), "time limit was reached") {
		t.Errorf("the explanation does not say so: %q", say)
	}
}

func TestStabilityTellsFirmFromLoose(t *testing.T) {
	out := solve(t, `{"budgets":[{"name":"b","limit":10}],"swing":0.2,"items":[
	 {"id":"firm","value":100},{"id":"edge","value":10,"uses":{"b":7}},{"id":"rival","value":9.9,"uses":{"b":7}},{"id":"never","value":1,"uses":{"b":7}}]}`)
	got := map[string]string{}
	for _, it := range out.Stability.Items {
		got[it.ID] = it.Verdict
	}
	want := map[string]string{"firm": "firm", "edge": "loose", "rival": "loose", "never": "firm"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	edge := out.Stability.Items[1].Turns
	if edge == nil || edge.AtLeast.String() != "9.9" || edge.AtMost.String() != "9.9" {
		t.Errorf("edge leaves at %+v, want 9.9", edge)
	}
	rival := out.Stability.Items[2].Turns
	if rival == nil || rival.AtLeast.String() != "10" || rival.AtMost.String() != "10" {
		t.Errorf("rival enters at %+v, want 10", rival)
	}
}

func FuzzSolve(f *testing.F) {
	f.Add([]byte(twoOfThree))
	f.Add([]byte(Command.Example))
	f.Add([]byte(`{"periods":["1","2"],"budgets":[{"name":"b","limit":[1,2e0]}],"items":[{"id":"A","value":1,"uses":{"b":[1,1]},"starts":[{"period":"1"}]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		in, err := calc.Decode[Input](b)
		if err != nil || len(in.Items) > 30 {
			return
		}
		in.TimeLimit = Num("0.2")
		out, _, err := Solve(context.Background(), in)
		var wrong *calc.Invalid
		if err != nil && !errors.As(err, &wrong) {
			t.Fatal(err)
		}
		if err == nil {
			if _, err := json.Marshal(out); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func testdata(t testing.TB, path string) []byte {
	dir := os.Getenv("STEWARD_TESTDATA")
	if dir == "" {
		t.Skip("SKIPPED: set STEWARD_TESTDATA to the folder of public data to hold the engine against published results")
	}
	b, err := os.ReadFile(dir + "/" + path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// orLibrary reads OR-Library's format of multi-dimensional knapsacks: the number of
// problems, then for each n, m, the optimum (0 when unknown), values, rows, limits.
func orLibrary(text string) (problems []Input, best []Number) {
	f := strings.Fields(text)
	next := func() string { s := f[0]; f = f[1:]; return s }
	count := func() (n int) { fmt.Sscan(next(), &n); return n }
	for range count() {
		n, m := count(), count()
		best = append(best, Num(next()))
		var in Input
		for j := range n {
			in.Items = append(in.Items, Item{ID: fmt.Sprint(j + 1), Value: Num(next()), Uses: map[string]Numbers{}})
		}
		for i := range m {
			in.Budgets = append(in.Budgets, Budget{Name: fmt.Sprint("b", i+1)})
			for j := range n {
				in.Items[j].Uses[fmt.Sprint("b", i+1)] = One(Num(next()))
			}
		}
		for i := range m {
			in.Budgets[i].Limit = One(Num(next()))
		}
		problems = append(problems, in)
	}
	return problems, best
}

func TestPetersensProblemsAreSolvedWithProof(t *testing.T) {
	problems, best := orLibrary(string(testdata(t, "portfolio/mknap1.txt")))
	if len(problems) != 7 {
		t.Fatalf("%d problems, want 7", len(problems))
	}
	for k, in := range problems {
		out, _, err := Solve(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if !out.Proven || out.Value.Rat().Cmp(best[k].Rat()) != 0 {
			t.Errorf("problem %d: got %s (proven %v), want %s", k+1, out.Value, out.Proven, best[k])
		}
	}
}
