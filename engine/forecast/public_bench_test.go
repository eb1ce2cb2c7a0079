package forecast

import (
	"math"
	"os"
	"testing"
)

// tally sums the scores of one group of series.
type tally struct {
	smape, points  float64
	mase, series   float64
	held80, held95 float64
}

func (a *tally) add(c contest, r Result) {
	a.smape += SMAPE(c.truth, r.Mean) * float64(len(c.truth))
	a.points += float64(len(c.truth))
	if m := MASE(c.known, c.truth, r.Mean, c.m); !math.IsNaN(m) {
		a.mase += m
		a.series++
	}
	for k, v := range c.truth {
		if v >= r.Intervals[0].Lo[k] && v <= r.Intervals[0].Hi[k] {
			a.held80++
		}
		if v >= r.Intervals[1].Lo[k] && v <= r.Intervals[1].Hi[k] {
			a.held95++
		}
	}
}

// score forecasts a public set with both intervals and tallies it by group, and
// in all under "".
func score(tb testing.TB, set []contest) map[string]*tally {
	tb.Helper()
	out := map[string]*tally{"": {}}
	byHorizon := map[int][]int{}
	for i, c := range set {
		byHorizon[len(c.truth)] = append(byHorizon[len(c.truth)], i)
	}
	for h, at := range byHorizon {
		series := make([]Series, len(at))
		for j, i := range at {
			series[j] = Series{Name: set[i].id, Frequency: set[i].m, Values: set[i].known}
		}
		results, err := All(series, Options{Horizon: h, Levels: []float64{80, 95}})
		if err != nil {
			tb.Fatal(err)
		}
		for j, i := range at {
			if out[set[i].group] == nil {
				out[set[i].group] = &tally{}
			}
			out[""].add(set[i], results[j])
			out[set[i].group].add(set[i], results[j])
		}
	}
	return out
}

func benchmarkSet(b *testing.B, name string) {
	set := publicSet(b, name)
	var out map[string]*tally
	for b.Loop() {
		out = score(b, set)
	}
	for group, short := range map[string]string{"": "all", "YEARLY": "Y", "QUARTERLY": "Q", "MONTHLY": "M"} {
		if a := out[group]; a != nil {
			b.ReportMetric(a.smape/a.points, short+"-sMAPE")
			b.ReportMetric(a.mase/a.series, short+"-MASE")
			b.ReportMetric(100*a.held80/a.points, short+"-in80%")
			b.ReportMetric(100*a.held95/a.points, short+"-in95%")
		}
	}
}

// BenchmarkM1 prints sMAPE (over points), MASE and coverage on the M1 competition.
func BenchmarkM1(b *testing.B) { benchmarkSet(b, "m1") }

// BenchmarkTourism does the same on the tourism competition.
func BenchmarkTourism(b *testing.B) { benchmarkSet(b, "tourism") }

func TestPublicSetsAreForecastWithinTheirGates(t *testing.T) {
	if os.Getenv("STEWARD_LONG") == "" {
		t.Skip("SKIPPED: set STEWARD_LONG=1 for the public sets, which take half a minute of one core")
	}
	m1 := score(t, publicSet(t, "m1"))
	tourism := score(t, publicSet(t, "tourism"))
	for _, gate := range []struct {
		name string
		got  float64
		most float64
	}{
		{"M1 sMAPE", m1[""].smape / m1[""].points, 14.5},
		{"M1 MASE", m1[""].mase / m1[""].series, 1.58},
		{"tourism yearly MASE", tourism["YEARLY"].mase / tourism["YEARLY"].series, 2.65},
		{"tourism quarterly MASE", tourism["QUARTERLY"].mase / tourism["QUARTERLY"].series, 1.56},
		{"tourism monthly MASE", tourism["MONTHLY"].mase / tourism["MONTHLY"].series, 1.52},
	} {
		if gate.got > gate.most {
			t.Errorf("%s: got %.3f, want at most %.3f", gate.name, gate.got, gate.most)
		}
	}
	for name, a := range map[string]*tally{"M1": m1[""], "tourism": tourism[""]} {
		if held := 100 * a.held95 / a.points; held < 93 || held > 97 {
			t.Errorf("%s: 95 %% intervals hold %.1f %%, want 93 to 97", name, held)
		}
	}
}
