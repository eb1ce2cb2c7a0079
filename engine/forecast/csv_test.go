package forecast

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"strings"
	"testing"

	"steward/engine/calc"
)

func run0(t *testing.T, in string, args ...string) (calc.Answer, error) {
	t.Helper()
	fs := flag.NewFlagSet("forecast", flag.ContinueOnError)
	f := Command.Prepare(fs)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	return f(context.Background(), []byte(in))
}

func TestTheCommandAnswersInTheColumnsAsked(t *testing.T) {
	in := "series,period,value\nb,1,2\na,1,10\na,2,12\nb,2,2\na,3,11\nb,3,2\n"
	a, err := run0(t, in, "--horizon", "2", "--levels", "80,99.5")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(a.Text))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rows[0], ","); got != "series,step,mean,lo80,hi80,lo99.5,hi99.5,method" {
		t.Errorf("header is %s", got)
	}
	if len(rows) != 5 || rows[1][0] != "b" || rows[1][2] != "2" || rows[3][0] != "a" || rows[4][1] != "2" {
		t.Errorf("rows are %v", rows)
	}
}

func TestRowsAreOrderedByPeriodAndGapsAreMissing(t *testing.T) {
	for name, in := range map[string]string{
		"numbers":             "a,10,4\na,9,3\na,7,1\n",
		"months":              "a,2026-02,4\na,2025-11,1\na,2026-01,3\n",
		"quarters":            "a,2026Q2,4\na,2025Q3,1\na,2026-Q1,3\n",
		"days":                "a,2026-03-02,4\na,2026-03-01,3\na,2026-02-27,1\n",
		"firsts":              "a,2026-02-01,4\na,2025-11-01,1\na,2026-01-01,3\n",
		"months of a quarter": "a,2026-10,4\na,2026-01,1\na,2026-07,3\n",
		"last days":           "a,2026-04-30,4\na,2026-01-31,1\na,2026-03-31,3\n",
		"fifteenths":          "a,2026-04-15,4\na,2026-01-15,1\na,2026-03-15,3\n",
		"named months":        "a,Feb 2026,4\na,Nov 2025,1\na,Jan 2026,3\n",
		"named quarters":      "a,Q2 2026,4\na,Q3 2025,1\na,Q1 2026,3\n",
		"weeks":               "a,2026-W02,4\na,2025-W51,1\na,2026-W01,3\n",
		"hours":               "a,2026-03-02 01:00,4\na,2026-03-01 22:00,1\na,2026-03-02 00:00,3\n",
		"moments":             "a,2026-03-02T00:10:00Z,4\na,2026-03-01T23:55:00Z,1\na,2026-03-02T00:05:00Z,3\n",
		"German days":         "a,02.03.2026,4\na,27.02.2026,1\na,01.03.2026,3\n",
	} {
		table, err := ReadCSV([]byte(in), 1)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := table.Series[0].Values
		if len(got) != 4 || got[0] != 1 || !math.IsNaN(got[1]) || got[2] != 3 || got[3] != 4 {
			t.Errorf("%s: got %v, want 1 – 3 4", name, got)
		}
	}
}

func TestTheReaderTakesTheFormsOfSpreadsheets(t *testing.T) {
	for name, in := range map[string]string{
		"plain":           "a,1,1.5\na,2,2\n",
		"header":          "series,period,value\na,1,1.5\na,2,2\n",
		"other names":     "unique_id,ds,y\na,1,1.5\na,2,2\n",
		"other order":     "Period,Note,Value,Series\n1,x,1.5,a\n2,,2,a\n",
		"line ends":       "series,period,value\r\na,1,1.5\r\na,2,2\r\n",
		"byte order mark": "\ufeffseries,period,value\na,1,1.5\na,2,2\n",
		"quotes":          "\"series\",\"period\",\"value\"\n\"a\",\"1\",\"1.5\"\n\"a\",\"2\",\"2\"\n",
		"semicolons":      "series;period;value\na;1;1,5\na;2;2\n",
		"tabs":            "a\t1\t1,5\na\t2\t2\n",
	} {
		table, err := ReadCSV([]byte(in), 1)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s := table.Series; len(s) != 1 || s[0].Name != "a" || len(s[0].Values) != 2 || s[0].Values[0] != 1.5 || s[0].Values[1] != 2 {
			t.Errorf("%s: got %v", name, s)
		}
	}
}

func TestFlagsFillWhatAJSONRequestLeavesOpen(t *testing.T) {
	a, err := run0(t, `{"series":[{"name":"a","values":[1,2,3,4,6]}]}`, "--horizon", "3", "--levels", "90", "--method", "naive")
	if err != nil {
		t.Fatal(err)
	}
	got := a.Output.(Answer).Series[0]
	if len(got.Mean) != 3 || got.Method != "naive" || len(got.Intervals) != 1 || got.Intervals[0].Level != 90 {
		t.Errorf("got %+v", got)
	}
}

func TestNumbersAreWrittenWithoutExponents(t *testing.T) {
	for v, want := range map[float64]string{1368216.487: "1368216.487", 0: "0", -0.000125: "-0.000125", 1e20: "1e+20", 123456789012.5: "123456789000"} {
		if got := text(v); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
}

func TestBadRowsAreRefusedWithLineAndReason(t *testing.T) {
	for in, want := range map[string]string{
		"":                                  "no rows",
		"series,period,value\n":             "no rows",
		"series,period,value\na,1,2\na,2,x": "line 3: the value \"x\" is not a number",
		"a,1,1\na,1,2":                      "line 2: period \"1\" stands twice",
		"a,1\n":                             "line 1: has 2 fields",
		",1,2\n":                            "no name",
		"a,,2\n":                            "period is empty",
		"a,1,Inf\n":                         "not a number",
		"a,1,1e300\n":                       "too large",
		"a,Mon,1\na,Fri,2\n":                "line 2: period \"Fri\" comes after",
		"a,1,1\na,2,1\na,99999999,2\n":      "mostly missing",
		"a,1,\"1\n":                         "not CSV",
		"a,1,\xff\n":                        "UTF-8",
		"a,1,5\n":                           "2 at least",
	} {
		_, err := run0(t, in, "--horizon", "1")
		var invalid *calc.Invalid
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", in, err, want)
		}
	}
}

func TestJSONAnswersWithBacktestComponentsAndWarnings(t *testing.T) {
	a, err := run0(t, Command.Example)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(a.Output)
	if err != nil {
		t.Fatal(err)
	}
	var out Answer
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	s := out.Series[0]
	if len(s.Mean) != 4 || len(s.Intervals) != 2 || len(s.Components) < 5 || s.Backtest == nil || s.Warnings[0].Kind != "missing" || s.Warnings[0].At[0] != 7 {
		t.Errorf("got %s", raw)
	}
	weights := 0.0
	for _, c := range s.Components {
		weights += c.Weight
	}
	if math.Abs(weights-1) > 1e-9 {
		t.Errorf("weights sum to %v", weights)
	}
	if len(a.Explain) < 2 {
		t.Errorf("explanation is %v", a.Explain)
	}
}

func FuzzReadCSV(f *testing.F) {
	for _, s := range []string{
		"series,period,value\na,1,2\na,2,3\n", "a;2026-01;1\na;2026-03;2", "a,2026Q1,1\na,2026Q4,-2", "\ufeffa,x,\nb,2020-01-01,nan", "a,1,\"2", "a,-9,1\na,9,1",
	} {
		f.Add([]byte(s), 4)
	}
	f.Fuzz(func(t *testing.T, in []byte, frequency int) {
		table, err := ReadCSV(in, frequency)
		var invalid *calc.Invalid
		if err != nil {
			if !errors.As(err, &invalid) {
				t.Fatalf("not a reasoned refusal: %v", err)
			}
			return
		}
		if len(table.Series) > 20 {
			return
		}
		for i, s := range table.Series {
			if len(s.Values) != len(table.Periods[i]) {
				t.Fatalf("%d values of %d periods", len(s.Values), len(table.Periods[i]))
			}
			if len(s.Values) > 300 {
				continue
			}
			r, err := Forecast(s, Options{Horizon: 2, Levels: []float64{80}})
			if err != nil {
				if !errors.As(err, &invalid) {
					t.Fatalf("not a reasoned refusal: %v", err)
				}
				continue
			}
			if !finite(r.Mean...) || !finite(r.Intervals[0].Lo...) || !finite(r.Intervals[0].Hi...) {
				t.Fatalf("%v forecasts %v %v", s.Values, r.Mean, r.Intervals)
			}
		}
	})
}
