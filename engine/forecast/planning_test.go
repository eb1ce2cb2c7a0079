package forecast

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestEasterFallsWhereTheChurchesKeepIt(t *testing.T) {
	for year, want := range map[int]string{1818: "1818-03-22", 1943: "1943-04-25", 2000: "2000-04-23", 2008: "2008-03-23", 2024: "2024-03-31", 2025: "2025-04-20", 2026: "2026-04-05", 2038: "2038-04-25"} {
		if got := Easter(year).Format(time.DateOnly); got != want {
			t.Errorf("%d: got %s, want %s", year, got, want)
		}
	}
}

func TestWorkingDaysOfAMonthAreCounted(t *testing.T) {
	rows, err := CalendarEffects("2026-04", 12, 2, []string{"2026-04-03", "2026-04-06"})
	if err != nil {
		t.Fatal(err)
	}
	if rows[0][0] != 20 || rows[1][0] != 21 {
		t.Errorf("got %g and %g working days, want 20 and 21", rows[0][0], rows[1][0])
	}
	// The ten days about Easter are 28 March to 6 April: six of them in April.
	if math.Abs(rows[0][1]-0.6) > 1e-9 {
		t.Errorf("Easter share of April 2026 is %g, want 0.6", rows[0][1])
	}
}

func TestWorkingDaysImproveAForecastTheyDrive(t *testing.T) {
	rows, err := CalendarEffects("2019-01", 12, 84, nil)
	if err != nil {
		t.Fatal(err)
	}
	noise := wave(84, 12, 0, 0, 0, 4, 11)
	y := make([]float64, 84)
	for i := range y {
		y[i] = 50*rows[i][0] + noise[i]
	}
	s := Series{Frequency: 12, Values: y[:72]}
	plain := must(t, s, Options{Horizon: 12})
	driven := must(t, s, Options{Horizon: 12, Effects: rows})
	without, with := MASE(y[:72], y[72:], plain.Mean, 12), MASE(y[:72], y[72:], driven.Mean, 12)
	if with > 0.6*without {
		t.Errorf("MASE %.2f with working days, %.2f without", with, without)
	}
}

func TestEffectsThatDoNothingChangeLittle(t *testing.T) {
	rows, err := CalendarEffects("2019-01", 12, 84, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := Series{Frequency: 12, Values: wave(72, 12, 300, 1, 30, 5, 12)}
	a, b := must(t, s, Options{Horizon: 12}), must(t, s, Options{Horizon: 12, Effects: rows})
	for k := range a.Mean {
		if math.Abs(a.Mean[k]-b.Mean[k]) > 8 {
			t.Errorf("step %d: %.1f without, %.1f with", k+1, a.Mean[k], b.Mean[k])
		}
	}
}

func TestReconciledForecastsAddUp(t *testing.T) {
	names := []string{"all", "north", "south", "n1", "n2", "s1", "s2"}
	base := [][]float64{{100, 110}, {70, 60}, {45, 40}, {30, 31}, {35, 30}, {20, 22}, {20, 20}}
	residuals := make([][]float64, len(names))
	for i := range residuals {
		residuals[i] = wave(30, 5, 0, 0, 1, float64(i+1), uint64(i))
	}
	for _, method := range []string{"mint", "bottom-up", "top-down"} {
		h := Hierarchy{Method: method, Sums: map[string][]string{"all": {"north", "south"}, "north": {"n1", "n2"}, "south": {"s1", "s2"}}}
		got, err := h.Reconcile(names, base, residuals)
		if err != nil {
			t.Fatal(err)
		}
		for k := range got[0] {
			if math.Abs(got[0][k]-got[1][k]-got[2][k]) > 1e-9 || math.Abs(got[1][k]-got[3][k]-got[4][k]) > 1e-9 || math.Abs(got[2][k]-got[5][k]-got[6][k]) > 1e-9 {
				t.Errorf("%s, step %d: %v does not add up", method, k+1, got)
			}
		}
		switch {
		case method == "bottom-up" && got[0][0] != 105:
			t.Errorf("bottom-up total is %g, want 105", got[0][0])
		case method == "top-down" && math.Abs(got[0][0]-100) > 1e-9:
			t.Errorf("top-down total is %g, want 100", got[0][0])
		}
	}
}

func TestForecastsThatAddUpAlreadyStayAsTheyAre(t *testing.T) {
	names := []string{"all", "a", "b"}
	base := [][]float64{{30}, {10}, {20}}
	residuals := [][]float64{wave(20, 4, 0, 0, 1, 1, 1), wave(20, 4, 0, 0, 1, 2, 2), wave(20, 4, 0, 0, 1, 3, 3)}
	for _, method := range []string{"mint", "bottom-up", "top-down"} {
		h := Hierarchy{Method: method, Sums: map[string][]string{"all": {"a", "b"}}}
		got, err := h.Reconcile(names, base, residuals)
		if err != nil {
			t.Fatal(err)
		}
		for i := range base {
			if math.Abs(got[i][0]-base[i][0]) > 1e-9 {
				t.Errorf("%s: %s is %g, want %g", method, names[i], got[i][0], base[i][0])
			}
		}
	}
}

// By hand: with errors of variances v0, v1, v1 that are not correlated, each part
// takes v1/(v0+2·v1) of what the base forecasts do not add up by.
func TestMinTGivesTheOptimumOfASmallHierarchy(t *testing.T) {
	h := Hierarchy{Sums: map[string][]string{"all": {"a", "b"}}}
	e := [][]float64{{2, 2, -2, -2, 0, 0, 0, 0}, {0, 0, 0, 0, 1, 1, -1, -1}, {1, -1, 1, -1, 0, 0, 0, 0}}
	got, err := h.Reconcile([]string{"all", "a", "b"}, [][]float64{{36}, {10}, {20}}, e)
	if err != nil {
		t.Fatal(err)
	}
	// Variances 2, 0.5, 0.5: each part takes 6·0.5/(2+1) = 1.
	if math.Abs(got[1][0]-11) > 1e-9 || math.Abs(got[2][0]-21) > 1e-9 || math.Abs(got[0][0]-32) > 1e-9 {
		t.Errorf("got %v, want 32, 11, 21", got)
	}
}

func TestAWrongHierarchyIsNamed(t *testing.T) {
	base := [][]float64{{1}, {1}, {1}}
	for want, h := range map[string]Hierarchy{
		"part of itself": {Sums: map[string][]string{"a": {"b"}, "b": {"a"}}},
		"no series":      {Sums: map[string][]string{"a": {"x"}}},
		"sum of nothing": {Sums: map[string][]string{"a": {}}},
		"no method":      {Sums: map[string][]string{"a": {"b"}}, Method: "guess"},
	} {
		if _, err := h.Reconcile([]string{"a", "b", "c"}, base, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
}

func TestADiskThatFillsIsFullOnItsDay(t *testing.T) {
	y := wave(90, 7, 400, 2, 0, 1.5, 13)
	c, err := Cross(Series{Frequency: 7, Values: y}, 680, 80, true, Options{Horizon: 200})
	if err != nil {
		t.Fatal(err)
	}
	// 400 + 2t reaches 680 at t = 140, step 51 after the 90 values.
	if c.Step < 45 || c.Step > 57 || c.Earliest > 51 || c.Earliest == 0 || c.Latest != 0 && c.Latest < 51 {
		t.Errorf("got step %d, earliest %d, latest %d, want about 51 within", c.Step, c.Earliest, c.Latest)
	}
}

func TestCrossingSaysAlreadyAndNever(t *testing.T) {
	flat := Series{Frequency: 1, Values: wave(40, 5, 10, 0, 0, 0.2, 14)}
	c, err := Cross(flat, 9, 80, true, Options{Horizon: 10})
	if err != nil || !c.Already {
		t.Errorf("got %v, %v, want already", c, err)
	}
	c, err = Cross(flat, 1000, 80, true, Options{Horizon: 10})
	if err != nil || c.Already || c.Step != 0 || c.Earliest != 0 {
		t.Errorf("got %v, %v, want never", c, err)
	}
	c, err = Cross(Series{Frequency: 1, Values: wave(40, 5, 100, -2, 0, 0.2, 15)}, 10, 80, false, Options{Horizon: 30})
	if err != nil || c.Step < 4 || c.Step > 8 {
		t.Errorf("falling: got step %d, %v, want about 6", c.Step, err)
	}
}

func TestCrostonTSBAndSBAOnKnownDemand(t *testing.T) {
	// Demand of 6 every third period: the rate is 2.
	y := []float64{0, 0, 6, 0, 0, 6, 0, 0, 6, 0, 0, 6, 0, 0, 6, 0, 0, 6}
	if _, next := croston(y, 0.1, false); math.Abs(next-2) > 1e-9 {
		t.Errorf("Croston: got %g, want 2", next)
	}
	if _, next := croston(y, 0.1, true); math.Abs(next-1.9) > 1e-9 {
		t.Errorf("SBA: got %g, want 1.9", next)
	}
	_, before := tsb(y, 0.1)
	_, after := tsb(append(y, make([]float64, 20)...), 0.1)
	if after > 0.2*before {
		t.Errorf("TSB: %g after demand has ended, %g before", after, before)
	}
	r := must(t, Series{Frequency: 1, Values: y}, Options{Horizon: 2, Levels: both})
	if r.Method != "intermittent" || r.Intervals[0].Lo[0] != 0 {
		t.Errorf("got %s from %g", r.Method, r.Intervals[0].Lo[0])
	}
}

func TestScorecardSaysWhatASourceAdded(t *testing.T) {
	nan := math.NaN()
	got := Scorecard([]Past{
		{Source: "plan", Step: 1, Mean: 12, Actual: 10, Naive: 14, Lo: 9, Hi: 15},
		{Source: "plan", Step: 2, Mean: 8, Actual: 10, Naive: 14, Lo: 7, Hi: 9},
		{Source: "plan", Step: 2, Mean: 8, Actual: nan},
		{Source: "engine", Step: 1, Mean: 10, Actual: 10, Naive: 14, Lo: nan, Hi: nan},
	})
	if len(got) != 5 || got[0].Source != "engine" || got[2].Step != 0 {
		t.Fatalf("got %+v", got)
	}
	plan := got[2]
	if plan.Count != 2 || plan.MAE != 2 || plan.Bias != 0 || plan.Added != 0.5 || plan.Held != 50 {
		t.Errorf("plan: got %+v", plan)
	}
	if got[0].Added != 1 || !math.IsNaN(got[0].Held) {
		t.Errorf("engine: got %+v", got[0])
	}
}

func TestScoresMatchTheirDefinitions(t *testing.T) {
	if got := SMAPE([]float64{100, 0}, []float64{110, 0}); math.Abs(got-1000.0/210) > 1e-9 {
		t.Errorf("sMAPE is %g", got)
	}
	if got := MASE([]float64{1, 3, 2, 6}, []float64{5, 7}, []float64{6, 6}, 2); math.Abs(got-1/2.0) > 1e-9 {
		t.Errorf("MASE is %g, want 0.5", got)
	}
}

func TestTheCommandScoresPastForecasts(t *testing.T) {
	a, err := run0(t, `{"past":[
		{"source":"auto","step":1,"mean":10,"lo":8,"hi":12,"actual":11,"naive":7},
		{"source":"auto","step":2,"mean":10,"lo":8,"hi":12,"actual":13,"naive":7},
		{"source":"budget","mean":20,"actual":10},
		{"source":"budget","mean":20}]}`)
	if err != nil {
		t.Fatal(err)
	}
	got := a.Output.(Answer).Scorecard
	if len(got) != 4 || got[0].Source != "auto" || got[0].Step != 0 || got[0].Count != 2 || got[0].MAE != 2 || got[0].Bias != -2 || *got[0].Held != 50 || *got[0].Added != 0.6 {
		t.Fatalf("got %+v", got)
	}
	if b := got[3]; b.Source != "budget" || b.Count != 1 || b.Bias != 10 || b.Added != nil || b.Held != nil {
		t.Errorf("got %+v", b)
	}
	for in, want := range map[string]string{
		`{"past":[{"source":"","mean":1}]}`:                 "past[0].source",
		`{"past":[{"source":"a","mean":1,"lo":3,"hi":2}]}`:  "past[0].lo",
		`{"past":[{"source":"a","mean":1,"step":-1}]}`:      "past[0].step",
		`{"past":[],"series":[]}`:                           "series",
		`{"past":[{"source":"a","mean":1,"actual":1e300}]}`: "too large",
	} {
		if _, err := run0(t, in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want it to name %s", in, err, want)
		}
	}
}
