package risk

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"reflect"
	"runtime"
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

func near(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance }

func TestAFixedLossGivesThePoissonDistribution(t *testing.T) {
	out := solve(t, `{"events":[{"id":"a","per_year":2.5,"loss":{"type":"fixed","value":100}}],"levels":[0.9,0.99],"losses":[0,200,499],"years":400000}`)
	// Poisson(2.5): P(N ≤ 4) = 0.8912, P(N ≤ 5) = 0.9580; P(N ≤ 6) = 0.9858, P(N ≤ 7) = 0.9958.
	if got := out.Now.Tails[0].VaR; got != 500 {
		t.Errorf("VaR 90 %% is %g, want 500", got)
	}
	if got := out.Now.Tails[1].VaR; got != 700 {
		t.Errorf("VaR 99 %% is %g, want 700", got)
	}
	if out.Now.Expected != 250 || !near(out.Now.Simulated, 250, 5*out.Now.Error) || !near(out.Now.Deviation, 100*math.Sqrt(2.5), 1) {
		t.Errorf("got %+v", out.Now)
	}
	poisson := func(k int) (p float64) {
		term := math.Exp(-2.5)
		for i := 0; i <= k; i++ {
			p += term
			term *= 2.5 / float64(i+1)
		}
		return p
	}
	for i, k := range []int{0, 2, 4} {
		want := 1 - poisson(k)
		if got := out.Now.Losses[i].Probability; !near(got, want, 5*math.Sqrt(want*(1-want)/400000)) {
			t.Errorf("more than %d times: %g, want %g", k, got, want)
		}
	}
	// Expected shortfall: E[N; N>5] and the part of N=5 up to the level.
	mean := 0.0
	for k := 6; k < 60; k++ {
		mean += float64(k) * (poisson(k) - poisson(k-1))
	}
	want := 100 * (mean + 5*(poisson(5)-0.9)) / 0.1
	if got := out.Now.Tails[0].Shortfall; !near(got, want, 1.5) {
		t.Errorf("shortfall is %g, want %g", got, want)
	}
	if !near(out.Now.AnyLoss, 1-math.Exp(-2.5), 1e-12) {
		t.Errorf("any loss: %g", out.Now.AnyLoss)
	}
}

func TestALognormalLossHasNineTenthsBetweenItsBounds(t *testing.T) {
	out := solve(t, `{"events":[{"id":"a","probability":1,"loss":{"type":"lognormal","low":1000,"high":50000}}],"levels":[0.05,0.5,0.95,0.99],"years":1000000}`)
	mu, sigma := math.Log(math.Sqrt(1000*50000)), math.Log(50)/(2*normal95)
	for i, want := range []float64{1000, math.Exp(mu), 50000, math.Exp(mu + sigma*2.3263478740408408)} {
		tail := out.Now.Tails[i]
		if tail.Between[0] > want || tail.Between[1] < want {
			if !near(tail.VaR, want, 1.5*(tail.Between[1]-tail.Between[0])) {
				t.Errorf("quantile %g is %g, want %g", tail.Level, tail.VaR, want)
			}
		}
		// Expected shortfall of a lognormal: mean·Φ(σ - z)/(1 - p).
		z := (math.Log(want) - mu) / sigma
		es := math.Exp(mu+sigma*sigma/2) * phi(sigma-z) / (1 - tail.Level)
		if !near(tail.Shortfall, es, 0.02*es) {
			t.Errorf("shortfall at %g is %g, want %g", tail.Level, tail.Shortfall, es)
		}
	}
	if want := math.Exp(mu + sigma*sigma/2); !near(out.Now.Expected, want, 1e-9*want) || !near(out.Now.Simulated, want, 5*out.Now.Error) {
		t.Errorf("expected %g, simulated %g, want %g", out.Now.Expected, out.Now.Simulated, want)
	}
}

func distributions(t *testing.T) []distribution {
	t.Helper()
	num := func(x float64) *float64 { return &x }
	var out []distribution
	for _, l := range []Loss{
		{Type: "fixed", Value: num(7)},
		{Type: "triangular", Low: num(2), Mode: num(3), High: num(9)},
		{Type: "triangular", Low: num(0), Mode: num(0), High: num(5)},
		{Type: "triangular", Low: num(1), Mode: num(5), High: num(5)},
		{Type: "pert", Low: num(2), Mode: num(3), High: num(9)},
		{Type: "pert", Low: num(0), Mode: num(10), High: num(10)},
		{Type: "lognormal", Low: num(1), High: num(20)},
		{Type: "lognormal", Low: num(4), High: num(4)},
	} {
		d, err := l.read("loss")
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, d)
	}
	return out
}

func TestMeansByFormulaAreTheMeansOfWhatIsDrawn(t *testing.T) {
	const n = 400_000
	for k, d := range distributions(t) {
		s := newStream(11, uint64(k))
		limits := []float64{0.5, 2.5, 4, 6, 30}
		sum, squares := 0.0, 0.0
		capped := make([]float64, len(limits))
		for range n {
			x := d.draw(&s)
			sum += x
			squares += x * x
			for i, l := range limits {
				capped[i] += math.Min(x, l)
			}
		}
		spread := math.Sqrt(math.Max(squares/n-sum/n*sum/n, 0) / n)
		if !near(sum/n, d.mean(), 5*spread+1e-9) {
			t.Errorf("distribution %d: mean %g, drawn %g", k, d.mean(), sum/n)
		}
		for i, l := range limits {
			if got := d.capped(l); !near(capped[i]/n, got, 5*spread+1e-9) {
				t.Errorf("distribution %d capped at %g: mean %g, drawn %g", k, l, got, capped[i]/n)
			}
		}
	}
}

func TestThePERTMeanIsOneSixthOfLowFourModesAndHigh(t *testing.T) {
	out := solve(t, `{"events":[{"id":"a","probability":1,"loss":{"type":"pert","low":2,"mode":5,"high":14}}],"years":300000}`)
	if out.Now.Expected != 6 || !near(out.Now.Simulated, 6, 5*out.Now.Error) {
		t.Errorf("got %g and %g, want 6", out.Now.Expected, out.Now.Simulated)
	}
}

func TestNormalNumbersAreNormal(t *testing.T) {
	// Kolmogorov-Smirnov distance of a million numbers: 1.95/√n is exceeded once in 1000.
	const n = 1_000_000
	s := newStream(5)
	x := make([]float64, n)
	for i := range x {
		x[i] = s.normal()
	}
	slices.Sort(x)
	worst := 0.0
	for i, v := range x {
		p := phi(v)
		worst = max(worst, math.Abs(p-float64(i)/n), math.Abs(p-float64(i+1)/n))
	}
	if worst > 1.95/math.Sqrt(n) {
		t.Errorf("distance %g, want at most %g", worst, 1.95/math.Sqrt(n))
	}
}

func TestCountsFollowThePoissonDistribution(t *testing.T) {
	const n = 300_000
	for _, mean := range []float64{0, 0.01, 0.7, 3, 45, 2000} {
		c := newCounter(mean, false)
		s := newStream(3, uint64(mean*100))
		sum, squares := 0.0, 0.0
		for range n {
			k := float64(c.draw(&s))
			sum += k
			squares += (k - mean) * (k - mean)
		}
		if !near(sum/n, mean, 5*math.Sqrt(mean/n)) || !near(squares/n, mean, 0.02*mean+5*math.Sqrt(mean/n)) {
			t.Errorf("mean %g: drawn mean %g, variance %g", mean, sum/n, squares/n)
		}
	}
}

func TestTheSampleAnswersAsSortingDoes(t *testing.T) {
	s := newStream(9)
	values := make([]float64, 20_011)
	for i := range values {
		if s.unit() < 0.4 {
			continue // many years without a loss
		}
		values[i] = math.Floor(math.Exp(8 + 2*s.normal()))
	}
	var ranks []int
	for k := 0; k < len(values); k += 97 {
		ranks = append(ranks, k)
	}
	got := newSample(values, ranks)
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	for _, k := range ranks {
		if got.at(k) != sorted[k] {
			t.Fatalf("rank %d is %g, want %g", k, got.at(k), sorted[k])
		}
		sum := 0.0
		for _, v := range sorted[k:] {
			sum += v
		}
		if !near(got.tail(k), sum, 1e-9*sum) {
			t.Fatalf("tail from rank %d is %g, want %g", k, got.tail(k), sum)
		}
	}
	for _, x := range []float64{0, 1, 500, 2981, 1e5, 1e300} {
		n := 0
		for _, v := range values {
			if v > x {
				n++
			}
		}
		if want := float64(n) / float64(len(values)); got.exceeding(x) != want {
			t.Errorf("exceeding %g: %g, want %g", x, got.exceeding(x), want)
		}
	}
}

func TestAControlIsWorthWhatItTakesOffInTheSameYears(t *testing.T) {
	out := solve(t, `{"events":[{"id":"a","per_year":1.5,"loss":{"type":"lognormal","low":100,"high":9000}},{"id":"b","probability":0.3,"loss":{"type":"pert","low":10,"mode":20,"high":90}}],
	 "controls":[{"id":"half","cost_per_year":10,"effects":[{"event":"a","frequency_factor":0.5}]},
	  {"id":"third","in_place":true,"effects":[{"event":"a","loss_factor":0.3},{"event":"b","frequency_factor":0.1}]},
	  {"id":"cap","effects":[{"event":"a","loss_cap":500}]},
	  {"id":"nothing","cost_per_year":5,"effects":[{"event":"b","loss_factor":1}]}]}`)
	a := out.Events[0].Expected
	if w := out.Controls[0]; !near(w.Reduces, a/2, 1e-9*a) || w.Net != w.Reduces-10 || *w.Return != w.Net/10 {
		t.Errorf("half: got %+v, want a reduction of %g", w, a/2)
	}
	if w := out.Controls[1]; !w.InPlace || !near(w.Reduces, out.Untreated.Expected-out.Now.Expected, 1e-9*a) {
		t.Errorf("third: got %+v, untreated %g, now %g", w, out.Untreated.Expected, out.Now.Expected)
	}
	if w := out.Controls[3]; w.Reduces != 0 || w.Tails[0].VaR != 0 || w.Tails[0].Shortfall != 0 {
		t.Errorf("nothing: got %+v", w)
	}
	for _, w := range out.Controls {
		for _, tail := range w.Tails {
			if tail.VaR < 0 || tail.Shortfall < 0 {
				t.Errorf("%s raises a tail: %+v", w.ID, tail)
			}
		}
	}
	for _, st := range []State{out.Now, *out.Untreated, *out.Planned} {
		if !near(st.Simulated, st.Expected, 5*st.Error) {
			t.Errorf("simulated %g, exact %g, error %g", st.Simulated, st.Expected, st.Error)
		}
	}
}

func TestTailsRiseWithTheLevelAndShortfallIsNoLessThanVaR(t *testing.T) {
	out := solve(t, Command.Example)
	for _, st := range []State{out.Now, *out.Untreated, *out.Planned} {
		for i, tail := range st.Tails {
			if tail.Shortfall < tail.VaR || tail.Between[0] > tail.VaR || tail.Between[1] < tail.VaR {
				t.Errorf("got %+v", tail)
			}
			if i > 0 && tail.VaR < st.Tails[i-1].VaR {
				t.Errorf("tails fall: %+v", st.Tails)
			}
		}
		for i := 1; i < len(st.Curve); i++ {
			if st.Curve[i].Loss < st.Curve[i-1].Loss || st.Curve[i].Probability > st.Curve[i-1].Probability {
				t.Errorf("the curve turns back: %+v", st.Curve)
			}
		}
	}
}

func TestTheResultDependsOnTheSeedAloneAndNotOnTheProcessors(t *testing.T) {
	first := solve(t, Command.Example)
	was := runtime.GOMAXPROCS(1)
	second := solve(t, Command.Example)
	runtime.GOMAXPROCS(was)
	if !reflect.DeepEqual(first, second) {
		t.Error("one processor draws other years than several")
	}
	other := solve(t, strings.Replace(Command.Example, `"seed": 1`, `"seed": 2`, 1))
	if other.Now.Simulated == first.Now.Simulated {
		t.Error("another seed draws the same years")
	}
	if other.Now.Expected != first.Now.Expected {
		t.Error("the exact mean depends on the seed")
	}
}

func TestTheMatrixNamesWhereItMisleads(t *testing.T) {
	out := solve(t, `{"events":[
	 {"id":"often","per_year":3,"loss":{"type":"fixed","value":12000}},
	 {"id":"dear","per_year":0.09,"loss":{"type":"fixed","value":900000}}],"years":2000}`)
	if c := out.Matrix.Cells; c[0].Score != 10 || c[1].Score != 6 {
		t.Errorf("got %+v", c)
	}
	if !reflect.DeepEqual(out.Matrix.Misordered, [][]string{{"often", "dear"}}) {
		t.Errorf("got %v", out.Matrix.Misordered)
	}
}

func TestWrongInputIsRefusedWithItsPlace(t *testing.T) {
	event := `{"id":"a","per_year":1,"loss":{"type":"fixed","value":1}}`
	for _, c := range []struct{ in, where string }{
		{`{"events":[]}`, "events"},
		{`{"events":[{"id":"","per_year":1,"loss":{"type":"fixed","value":1}}]}`, "events[0].id"},
		{`{"events":[` + event + `,` + event + `]}`, "events[1].id"},
		{`{"events":[{"id":"a","loss":{"type":"fixed","value":1}}]}`, "events[0]"},
		{`{"events":[{"id":"a","per_year":1,"probability":1,"loss":{"type":"fixed","value":1}}]}`, "events[0]"},
		{`{"events":[{"id":"a","per_year":-1,"loss":{"type":"fixed","value":1}}]}`, "events[0].per_year"},
		{`{"events":[{"id":"a","probability":1.1,"loss":{"type":"fixed","value":1}}]}`, "events[0].probability"},
		{`{"events":[{"id":"a","per_year":1,"loss":{"type":"normal"}}]}`, "events[0].loss.type"},
		{`{"events":[{"id":"a","per_year":1,"loss":{"type":"fixed"}}]}`, "events[0].loss.value"},
		{`{"events":[{"id":"a","per_year":1,"loss":{"type":"fixed","value":1,"low":2}}]}`, "events[0].loss.low"},
		{`{"events":[{"id":"a","per_year":1,"loss":{"type":"pert","low":3,"mode":2,"high":5}}]}`, "events[0].loss"},
		{`{"events":[{"id":"a","per_year":1,"loss":{"type":"lognormal","low":0,"high":5}}]}`, "events[0].loss"},
		{`{"events":[` + event + `],"levels":[1]}`, "levels[0]"},
		{`{"events":[` + event + `],"years":10}`, "years"},
		{`{"events":[` + event + `],"matrix":{"impact":[3,2,1,0]}}`, "matrix.impact"},
		{`{"events":[` + event + `],"controls":[{"id":"c","effects":[]}]}`, "controls[0].effects"},
		{`{"events":[` + event + `],"controls":[{"id":"c","effects":[{"event":"x","loss_factor":1}]}]}`, "controls[0].effects[0].event"},
		{`{"events":[` + event + `],"controls":[{"id":"c","effects":[{"event":"a"}]}]}`, "controls[0].effects[0]"},
		{`{"events":[` + event + `],"controls":[{"id":"c","effects":[{"event":"a","loss_factor":-1}]}]}`, "controls[0].effects[0].loss_factor"},
	} {
		in, err := calc.Decode[Input]([]byte(c.in))
		if err == nil {
			_, _, err = Solve(context.Background(), in)
		}
		var wrong *calc.Invalid
		if !errors.As(err, &wrong) || wrong.Where != c.where {
			t.Errorf("%s: got %v, want a refusal of %s", c.in, err, c.where)
		}
	}
}

func FuzzSolve(f *testing.F) {
	f.Add([]byte(Command.Example))
	f.Add([]byte(`{"events":[{"id":"a","probability":0,"loss":{"type":"triangular","low":0,"mode":0,"high":0}}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		in, err := calc.Decode[Input](b)
		if err != nil || len(in.Events)*(len(in.Controls)+1) > 50 {
			return
		}
		if in.Years == 0 || in.Years > 2000 {
			in.Years = 1000
		}
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

func TestTheExampleWorksAsACommand(t *testing.T) {
	answer, err := Command.Prepare(flag.NewFlagSet("", flag.ContinueOnError))(context.Background(), []byte(Command.Example))
	if err != nil || len(answer.Explain) < 8 {
		t.Errorf("got %v, %q", err, answer.Explain)
	}
}

// BenchmarkEventYears draws years of one lognormal event that happens once a year on
// average, and everything said about them.
func BenchmarkEventYears(b *testing.B) {
	in, err := calc.Decode[Input]([]byte(`{"events":[{"id":"a","per_year":1,"loss":{"type":"lognormal","low":1000,"high":50000}}],"years":10000000}`))
	if err != nil {
		b.Fatal(err)
	}
	m, err := read(in)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("drawn", func(b *testing.B) {
		for b.Loop() {
			simulate(context.Background(), []source{m.source(0)}, 1, m.years, 1)
		}
		b.ReportMetric(float64(b.N)*float64(m.years)/b.Elapsed().Seconds()/1e6, "million-event-years/s")
	})
	b.Run("answered", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := Solve(context.Background(), in); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)*float64(m.years)/b.Elapsed().Seconds()/1e6, "million-event-years/s")
	})
}
