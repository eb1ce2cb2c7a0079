package forecast

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"steward/engine/calc"
)

var both = []float64{80, 95}

// wave is a seasonal series with a trend and noise of deviation sd.
func wave(n, m int, level, slope, swing, sd float64, seed uint64) []float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	y := make([]float64, n)
	for t := range y {
		y[t] = level + slope*float64(t) + swing*math.Sin(2*math.Pi*float64(t)/float64(m)) + sd*r.NormFloat64()
	}
	return y
}

func must(t *testing.T, s Series, o Options) Result {
	t.Helper()
	r, err := Forecast(s, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func hasWarning(r Result, kind string) bool {
	for _, w := range r.Warnings {
		if w.Kind == kind {
			return true
		}
	}
	return false
}

func TestForecastFollowsTrendAndSeason(t *testing.T) {
	y := wave(72, 12, 200, 1, 30, 2, 1)
	r := must(t, Series{Frequency: 12, Values: y}, Options{Horizon: 12, Levels: both})
	for k, got := range r.Mean {
		at := float64(72 + k)
		want := 200 + at + 30*math.Sin(2*math.Pi*at/12)
		if math.Abs(got-want) > 8 {
			t.Errorf("step %d: got %.1f, want about %.1f", k+1, got, want)
		}
	}
}

func TestEveryMethodForecastsEverySortOfSeries(t *testing.T) {
	for name, y := range map[string][]float64{
		"two values": {3, 5}, "three": {3, 5, 4}, "constant": {7, 7, 7, 7, 7, 7, 7, 7, 7, 7}, "zeros": make([]float64, 30),
		"one demand": append(make([]float64, 20), 4), "negative": wave(30, 4, -5, -1, 2, 1, 2), "across zero": wave(40, 4, 0, 0, 2, 1, 3),
		"missing": {1, math.NaN(), 3, math.NaN(), math.NaN(), 4, 5, 6, 8, 7}, "huge": {1e99, 2e99, 1e99, 3e99, 2e99, 1e99, 2e99},
		"tiny": {1e-200, 2e-200, 1e-200, 2e-200, 3e-200}, "seasonal": wave(50, 4, 20, 0.2, 5, 1, 4),
	} {
		for _, m := range []int{1, 4, 12} {
			for _, method := range Methods() {
				r := must(t, Series{Name: name, Frequency: m, Values: y}, Options{Horizon: 5, Levels: both, Method: method, Backtest: true})
				if len(r.Mean) != 5 || !finite(r.Mean...) {
					t.Errorf("%s, %s, frequency %d: mean is %v", name, method, m, r.Mean)
				}
				for k, mu := range r.Mean {
					in80, in95 := r.Intervals[0], r.Intervals[1]
					if !(in95.Lo[k] <= in80.Lo[k] && in80.Lo[k] <= mu && mu <= in80.Hi[k] && in80.Hi[k] <= in95.Hi[k]) || !finite(in95.Lo[k], in95.Hi[k]) {
						t.Errorf("%s, %s, frequency %d, step %d: intervals are not nested about %g: %v %v", name, method, m, k+1, mu, in80, in95)
					}
				}
			}
		}
	}
}

func TestAConstantSeriesStaysAsItIs(t *testing.T) {
	r := must(t, Series{Frequency: 12, Values: []float64{7, 7, 7, 7, 7, 7, 7, 7, 7}}, Options{Horizon: 3, Levels: both})
	for k := range r.Mean {
		if r.Mean[k] != 7 || r.Intervals[1].Lo[k] != 7 || r.Intervals[1].Hi[k] != 7 {
			t.Errorf("step %d: got %g in [%g, %g], want 7", k+1, r.Mean[k], r.Intervals[1].Lo[k], r.Intervals[1].Hi[k])
		}
	}
	if !hasWarning(r, "constant") {
		t.Error("no warning that the series is constant")
	}
}

func TestForecastScalesWithTheUnit(t *testing.T) {
	y := wave(48, 12, 100, 0.5, 20, 3, 5)
	thousand := make([]float64, len(y))
	for i, v := range y {
		thousand[i] = v * 1024
	}
	a := must(t, Series{Frequency: 12, Values: y}, Options{Horizon: 6, Levels: both})
	b := must(t, Series{Frequency: 12, Values: thousand}, Options{Horizon: 6, Levels: both})
	for k := range a.Mean {
		if math.Abs(a.Mean[k]*1024-b.Mean[k]) > 1e-6*b.Mean[k] {
			t.Errorf("step %d: %g in one unit, %g in another", k+1, a.Mean[k]*1024, b.Mean[k])
		}
	}
}

func TestTrailingMissingValuesAreForetoldAndSkipped(t *testing.T) {
	y := wave(48, 12, 100, 0, 20, 0.5, 6)
	full := must(t, Series{Frequency: 12, Values: y}, Options{Horizon: 14})
	late := must(t, Series{Frequency: 12, Values: append(y, math.NaN(), math.NaN())}, Options{Horizon: 12})
	for k := range late.Mean {
		if math.Abs(late.Mean[k]-full.Mean[k+2]) > 1e-9 {
			t.Errorf("step %d: got %g, want %g", k+1, late.Mean[k], full.Mean[k+2])
		}
	}
}

func TestAGapIsFilledWithTheSeason(t *testing.T) {
	y := wave(60, 12, 100, 0, 30, 0.5, 7)
	whole := must(t, Series{Frequency: 12, Values: y}, Options{Horizon: 12})
	holed := append([]float64(nil), y...)
	for _, at := range []int{20, 21, 22, 40} {
		holed[at] = math.NaN()
	}
	r := must(t, Series{Frequency: 12, Values: holed}, Options{Horizon: 12})
	for k := range r.Mean {
		if math.Abs(r.Mean[k]-whole.Mean[k]) > 5 {
			t.Errorf("step %d: got %.1f, want about %.1f", k+1, r.Mean[k], whole.Mean[k])
		}
	}
	if !hasWarning(r, "missing") {
		t.Error("no warning of missing values")
	}
}

func TestAnOutlierIsReplacedAndNamed(t *testing.T) {
	y := wave(60, 12, 100, 0, 10, 1, 8)
	y[50] = 900
	r := must(t, Series{Frequency: 12, Values: y}, Options{Horizon: 12})
	if !hasWarning(r, "outlier") || r.Warnings[0].At[0] != 51 {
		t.Fatalf("warnings are %v, want an outlier at 51", r.Warnings)
	}
	for k, v := range r.Mean {
		want := 100 + 10*math.Sin(2*math.Pi*float64(60+k)/12)
		if math.Abs(v-want) > 6 {
			t.Errorf("step %d: got %.1f, want about %.1f", k+1, v, want)
		}
	}
}

func TestAWarningSaysWhichSentenceItIsAndWithWhichAmounts(t *testing.T) {
	holed := wave(60, 12, 100, 0, 10, 1, 8)
	holed[30], holed[31] = math.NaN(), math.NaN()
	shifted := wave(60, 12, 100, 0, 0, 2, 9)
	for i := 48; i < 60; i++ {
		shifted[i] += 150
	}
	for code, x := range map[string]struct {
		values  []float64
		kind    string
		numbers int
	}{
		"missing": {holed, "missing", 2}, "level-shift": {shifted, "level-shift", 2}, "constant": {make([]float64, 30), "constant", 0},
		"short-season": {wave(20, 12, 100, 0, 10, 1, 8), "short", 0},
	} {
		r := must(t, Series{Frequency: 12, Values: x.values}, Options{Horizon: 6})
		found := false
		for _, w := range r.Warnings {
			if found = found || w.Code == code; w.Code == code && (w.Kind != x.kind || len(w.Numbers) != x.numbers || w.Text == "") {
				t.Errorf("%s: %+v, want kind %s and %d numbers", code, w, x.kind, x.numbers)
			}
		}
		if !found {
			t.Errorf("%s: not among %+v", code, r.Warnings)
		}
	}
	r := must(t, Series{Frequency: 1, Values: []float64{1, 2, 4, 3}}, Options{Horizon: 2})
	if len(r.Warnings) != 1 || r.Warnings[0].Code != "short-spread" || r.Warnings[0].Kind != "short" {
		t.Errorf("four values: %+v, want short-spread", r.Warnings)
	}
}

func TestALevelShiftIsNotTakenForATrend(t *testing.T) {
	y := wave(60, 12, 100, 0, 0, 2, 9)
	for i := 48; i < 60; i++ {
		y[i] += 150
	}
	r := must(t, Series{Frequency: 12, Values: y}, Options{Horizon: 12})
	if !hasWarning(r, "level-shift") {
		t.Errorf("warnings are %v, want a level shift", r.Warnings)
	}
	for k, v := range r.Mean {
		if math.Abs(v-250) > 12 {
			t.Errorf("step %d: got %.1f, want about 250", k+1, v)
		}
	}
}

func TestIntervalsHoldAsOftenAsTheySay(t *testing.T) {
	held := map[float64]int{}
	points := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 2))
		y, level := make([]float64, 66), 500.0
		for t := range y {
			level += 3 * r.NormFloat64()
			y[t] = level + 40*math.Cos(2*math.Pi*float64(t)/12) + 8*r.NormFloat64()
		}
		res := must(t, Series{Frequency: 12, Values: y[:54]}, Options{Horizon: 12, Levels: both})
		for k, v := range y[54:] {
			points++
			for _, in := range res.Intervals {
				if v >= in.Lo[k] && v <= in.Hi[k] {
					held[in.Level]++
				}
			}
		}
	}
	for level, least := range map[float64]float64{80: 72, 95: 91} {
		if got := 100 * float64(held[level]) / float64(points); got < least || got > 99.5 {
			t.Errorf("the %g %% interval held %.1f %%", level, got)
		}
	}
}

func TestAllGivesTheSameAsOneByOne(t *testing.T) {
	var series []Series
	for seed := range uint64(12) {
		series = append(series, Series{Name: string(rune('a' + seed)), Frequency: 4, Values: wave(30, 4, 50, 0.3, 8, 2, seed)})
	}
	all, err := All(series, Options{Horizon: 4, Levels: both})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range series {
		one := must(t, s, Options{Horizon: 4, Levels: both})
		for k := range one.Mean {
			if one.Mean[k] != all[i].Mean[k] || one.Intervals[1].Hi[k] != all[i].Intervals[1].Hi[k] {
				t.Errorf("series %s differs at step %d", s.Name, k+1)
			}
		}
	}
}

func TestWrongOptionsAreNamed(t *testing.T) {
	good := Series{Name: "a", Frequency: 1, Values: []float64{1, 2, 3}}
	for want, f := range map[string]func() (Result, error){
		"horizon":   func() (Result, error) { return Forecast(good, Options{}) },
		"method":    func() (Result, error) { return Forecast(good, Options{Horizon: 1, Method: "prophet"}) },
		"levels":    func() (Result, error) { return Forecast(good, Options{Horizon: 1, Levels: []float64{100}}) },
		"frequency": func() (Result, error) { return Forecast(Series{Values: []float64{1, 2}}, Options{Horizon: 1}) },
		"known": func() (Result, error) {
			return Forecast(Series{Frequency: 1, Values: []float64{1}}, Options{Horizon: 1})
		},
		"too large": func() (Result, error) {
			return Forecast(Series{Frequency: 1, Values: []float64{1, math.Inf(1)}}, Options{Horizon: 1})
		},
	} {
		_, err := f()
		var invalid *calc.Invalid
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
}

func TestOfALongSeriesTheEndCounts(t *testing.T) {
	y := wave(6000, 24, 100, 0.01, 20, 1, 16)
	r := must(t, Series{Frequency: 24, Values: y}, Options{Horizon: 24, Levels: both})
	end := must(t, Series{Frequency: 24, Values: y[4000:]}, Options{Horizon: 24, Levels: both})
	// The season is counted from another period, which changes nothing but rounding.
	for k := range r.Mean {
		if math.Abs(r.Mean[k]-end.Mean[k]) > 1e-6 {
			t.Fatalf("step %d: %g of all, %g of the end", k+1, r.Mean[k], end.Mean[k])
		}
	}
	if len(r.Fitted) != 6000 || !math.IsNaN(r.Fitted[0]) || math.IsNaN(r.Fitted[5999]) {
		t.Error("fitted values are not those of the series")
	}
}

func TestThreeValuesAreNotTakenForProof(t *testing.T) {
	r, err := Forecast(Series{Frequency: 1, Values: []float64{3, 4, 6}}, Options{Horizon: 2, Levels: []float64{95}})
	if err != nil {
		t.Fatal(err)
	}
	if in := r.Intervals[0]; in.Hi[0]-in.Lo[0] < 2 || in.Hi[1]-in.Lo[1] < in.Hi[0]-in.Lo[0] {
		t.Errorf("the intervals are %v to %v", in.Lo, in.Hi)
	}
}

func TestAFallingPositiveSeriesIsNotForetoldToVanish(t *testing.T) {
	var y []float64
	for i := range 24 {
		y = append(y, 250-10*float64(i)+3*float64(i%3))
	}
	r, err := Forecast(Series{Frequency: 1, Values: y}, Options{Horizon: 12})
	if err != nil {
		t.Fatal(err)
	}
	if last := r.Mean[11]; last <= 0 || last > 15 {
		t.Errorf("foretold %v after %v", r.Mean, y[20:])
	}
}

func TestWeightedMedianIsTheMedianOfEqualWeights(t *testing.T) {
	for _, c := range []struct {
		x    []weighed
		want float64
	}{
		{[]weighed{{3, 0.25}, {1, 0.25}, {2, 0.25}, {9, 0.25}}, 2.5},
		{[]weighed{{5, 1. / 3}, {1, 1. / 3}, {2, 1. / 3}}, 2},
		{[]weighed{{1, 0.6}, {2, 0.2}, {3, 0.2}}, 1.5},
		{[]weighed{{4, 1}}, 4},
	} {
		if got := weightedMedian(c.x); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("got %v, want %v", got, c.want)
		}
	}
}

func TestTwoValuesAreForetoldByTheLast(t *testing.T) {
	r, err := Forecast(Series{Frequency: 12, Values: []float64{3, 5}}, Options{Horizon: 3, Levels: []float64{95}})
	if err != nil {
		t.Fatal(err)
	}
	if in := r.Intervals[0]; r.Method != "naive" || r.Mean[2] != 5 || in.Hi[0] < 7 || in.Hi[2] <= in.Hi[0] {
		t.Errorf("got %s %v up to %v", r.Method, r.Mean, in.Hi)
	}
}
