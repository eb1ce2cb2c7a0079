package anomaly

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"steward/engine/calc"
)

func TestGeneratedSeriesScoreAboveTheGate(t *testing.T) {
	files := corpus(1)
	if got := numentaScore(files, scoreAll(files)); got < 50 {
		t.Errorf("score is %.1f, want 50 at least", got)
	}
}

func TestNothingIsScoredWhileLearningAndNoScoreLeavesItsRange(t *testing.T) {
	for _, f := range corpus(1)[:4] {
		learn := Probation(len(f.values))
		for i, s := range Scores(f.values, learn) {
			if i < learn-1 && s != 0 || s < 0 || s > 1 || math.IsNaN(s) {
				t.Fatalf("%s: score of value %d is %g", f.kind, i, s)
			}
		}
	}
}

func TestALevelShiftIsToldOnceAndAtOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	d, alarms := New(200), []int{}
	for i := range 700 {
		v := 50 + r.NormFloat64()
		if i >= 500 {
			v += 40
		}
		if s := d.Next(v); s > Alarm && i >= 500 {
			alarms = append(alarms, i)
		}
	}
	if len(alarms) == 0 || alarms[0] > 502 {
		t.Errorf("alarms at %v, want one at 500", alarms)
	}
	if len(alarms) > 5 {
		t.Errorf("%d alarms for one shift: %v", len(alarms), alarms)
	}
}

func TestScoresDoNotDependOnWhatComesLater(t *testing.T) {
	f := corpus(1)[2]
	all, part := Scores(f.values, 300), Scores(f.values[:1500], 300)
	for i, s := range part {
		if s != all[i] {
			t.Fatalf("score of value %d changes when more follows: %g, %g", i, s, all[i])
		}
	}
}

func TestAnAlarmDoesNotDependOnTheUnit(t *testing.T) {
	f := corpus(1)[3]
	scaled := make([]float64, len(f.values))
	for i, v := range f.values {
		scaled[i] = v * 1024
	}
	a, b := Scores(f.values[:1500], 300), Scores(scaled[:1500], 300)
	for i := range a {
		if math.Abs(a[i]-b[i]) > 0.02 {
			t.Fatalf("value %d scores %g in one unit and %g in another", i, a[i], b[i])
		}
	}
}

func TestOddSeriesAreScoredWithoutFailing(t *testing.T) {
	for name, values := range map[string][]float64{
		"empty": nil, "one": {1}, "constant": make([]float64, 100), "missing": {math.NaN(), math.NaN(), 1, math.NaN(), 2, 3},
		"huge": append(make([]float64, 60), 1e100, -1e100, 1e100), "infinite": append(make([]float64, 20), math.Inf(1), math.Inf(-1)),
	} {
		for i, s := range Scores(values, Probation(len(values))) {
			if !(s >= 0 && s <= 1) {
				t.Errorf("%s: score %d is %g", name, i, s)
			}
		}
	}
	spike := Scores(append(make([]float64, 60), 1e100), 20)
	if spike[60] <= Alarm {
		t.Errorf("a jump out of a constant series scores %g", spike[60])
	}
}

func run(t *testing.T, in string, args ...string) (calc.Answer, error) {
	t.Helper()
	fs := flag.NewFlagSet("anomaly", flag.ContinueOnError)
	f := Command.Prepare(fs)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	return f(context.Background(), []byte(in))
}

func TestTheCommandAnswersARowForARow(t *testing.T) {
	a, err := run(t, "timestamp,value\n2026-01-01 00:00:00,1.50\n\"b,c\",\n3,4\n")
	if err != nil {
		t.Fatal(err)
	}
	want := "timestamp,value,score\n2026-01-01 00:00:00,1.50,0\n\"b,c\",,0\n3,4,0\n"
	if string(a.Text) != want {
		t.Errorf("got %q, want %q", a.Text, want)
	}
}

func TestTheReaderTakesTheFormsOfSpreadsheets(t *testing.T) {
	for name, in := range map[string]string{
		"plain": "a,1.5\nb,2\n", "other columns": "value,label,timestamp\n1.5,0,a\n2,1,b\n", "semicolons": "timestamp;value\na;1,5\nb;2\n",
		"tabs": "a\t1,5\nb\t2\n", "line ends": "\ufefftimestamp,value\r\na,1.5\r\nb,2\r\n",
	} {
		p, err := ReadCSV([]byte(in))
		if err != nil || len(p) != 2 || p[0].Timestamp != "a" || p[0].Value != 1.5 || p[1].Value != 2 {
			t.Errorf("%s: got %v, %v", name, p, err)
		}
	}
}

func TestJSONIsAnsweredInJSONWithTheScoresOfCSV(t *testing.T) {
	var table, list strings.Builder
	for i := range 60 {
		v := i % 7
		if i == 50 {
			v = 900
		}
		fmt.Fprintf(&table, "t%d,%d\n", i, v)
		fmt.Fprintf(&list, `,{"timestamp":"t%d","value":%d}`, i, v)
	}
	a, err := run(t, table.String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := run(t, `{"points":[`+list.String()[1:]+`]}`)
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(string(a.Text)), "\n")[1:]
	points := b.Output.(Answer).Points
	if len(rows) != 60 || len(points) != 60 || points[50].Score <= Alarm {
		t.Fatalf("%d rows, %d points: %v", len(rows), len(points), points)
	}
	for i, p := range points {
		if want := fmt.Sprintf("t%d,%g,%v", i, *p.Value, p.Score); rows[i] != want {
			t.Errorf("got %s, want %s", rows[i], want)
		}
	}
	for in, want := range map[string]string{`{"points":[]}`: "points", `{"learn":-1,"points":[{"value":1}]}`: "learn", `{"points":[{"value":1e200}]}`: "points[0].value"} {
		if _, err := run(t, in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", in, err)
		}
	}
}

func TestBadRowsAreRefusedWithTheirLine(t *testing.T) {
	for in, want := range map[string]string{
		"": "no values", "timestamp,value\na,1\nb,x\n": "line 3", "a,1\nb\n": "line 2", "a,1e999\n": "line 1", "a,1\n\"b": "line 2", "a,1,2": "line 1", "a,\xff": "UTF-8", "a,1e200": "too large",
	} {
		_, err := run(t, in)
		var invalid *calc.Invalid
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want it to name %s", in, err, want)
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	for _, s := range []string{"timestamp,value\na,1\n", "a,\nb,nan\nc,-1e9", "\ufeffa,1", "\"", "a,1\n\n\nb,2"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		points, err := ReadCSV(in)
		var invalid *calc.Invalid
		if err != nil {
			if !errors.As(err, &invalid) {
				t.Fatalf("not a reasoned refusal: %v", err)
			}
			return
		}
		if len(points) > bytes.Count(in, []byte(","))+1 {
			t.Fatalf("%d points of %d bytes", len(points), len(in))
		}
		values := make([]float64, len(points))
		for i, p := range points {
			values[i] = p.Value
		}
		for _, s := range Scores(values, Probation(len(values))) {
			if !(s >= 0 && s <= 1) {
				t.Fatalf("score %g", s)
			}
		}
	})
}
