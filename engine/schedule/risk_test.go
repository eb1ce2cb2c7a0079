package schedule

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestASingleChainAgreesWithTheAnalyticMeanAndDeviation(t *testing.T) {
	// PERT 2, 5, 14 has mean 6; its beta has variance (6-2)(14-6)/7.
	out := given(t, `{"tasks":[{"id":"A","duration":6,"estimate":{"optimistic":2,"likely":5,"pessimistic":14}},
		{"id":"B","duration":6,"after":[{"task":"A"}],"estimate":{"optimistic":2,"likely":5,"pessimistic":14}},
		{"id":"C","after":[{"task":"B"}],"estimate":{"shape":"triangular","optimistic":1,"likely":2,"pessimistic":6}}],"risk":{"iterations":40000,"seed":3}}`).Risk
	mean := 6 + 6 + 3.0
	deviation := math.Sqrt(2*32.0/7 + (1+4+36-2-6-12)/18.0)
	if math.Abs(out.Mean-mean) > 0.05 || math.Abs(out.Deviation-deviation) > 0.05 {
		t.Errorf("mean %v, deviation %v; want %v, %v", out.Mean, out.Deviation, mean, deviation)
	}
	if p50 := out.P50.num; math.Abs(p50-mean) > 0.35 || out.P80.num <= p50 || out.P90.num <= out.P80.num || out.P10.num >= p50 {
		t.Errorf("percentiles %v %v %v %v", out.P10, out.P50, out.P80, out.P90)
	}
	for _, x := range out.Tasks {
		if x.Criticality != 1 {
			t.Errorf("%s is on the only chain, criticality %v", x.ID, x.Criticality)
		}
	}
}

func TestMoreParallelPathsNeverReduceP80(t *testing.T) {
	last := 0.0
	for n := 1; n <= 5; n++ {
		var tasks []string
		for k := range n {
			tasks = append(tasks, fmt.Sprintf(`{"id":"%d","duration":6,"estimate":{"optimistic":2,"likely":5,"pessimistic":14}}`, k))
		}
		p80 := given(t, `{"tasks":[`+strings.Join(tasks, ",")+`],"risk":{"iterations":20000,"seed":1}}`).Risk.P80.num
		if p80 <= last {
			t.Errorf("%d paths: P80 %v, fewer had %v", n, p80, last)
		}
		last = p80
	}
}

func TestCorrelationWidensAChainAndIsDrawnAsAsked(t *testing.T) {
	text := `{"tasks":[{"id":"A","estimate":{"optimistic":2,"likely":5,"pessimistic":14}},{"id":"B","after":[{"task":"A"}],"estimate":{"shape":"triangular","optimistic":2,"likely":5,"pessimistic":14}}],"risk":{"iterations":20000,"seed":1,"correlations":[{"tasks":["A","B"],"rank":RANK}]}}`
	spread := func(rank string) float64 {
		return given(t, strings.Replace(text, "RANK", rank, 1)).Risk.Deviation
	}
	if low, none, high := spread("-0.8"), spread("0"), spread("0.8"); !(low < none && none < high) {
		t.Errorf("deviations %v, %v, %v do not grow with the correlation", low, none, high)
	}
	in := network8(t, `{"tasks":[{"id":"A","duration":1,"estimate":{"optimistic":2,"likely":5,"pessimistic":14}},{"id":"B","duration":1,"estimate":{"shape":"uniform","optimistic":2,"likely":5,"pessimistic":14}}],"risk":{"iterations":20000,"correlations":[{"tasks":["A","B"],"rank":0.6}]}}`)
	a, b := make([]float64, in.n), make([]float64, in.n)
	for k := range in.n {
		if err := in.draw(k); err != nil {
			t.Fatal(err)
		}
		a[k], b[k] = float64(in.drawn[0][k]), float64(in.drawn[1][k])
	}
	if got := correlate(ranks(a), ranks(b)); math.Abs(got-0.6) > 0.02 {
		t.Errorf("rank correlation drawn %v, asked 0.6", got)
	}
	if got := refused(t, strings.Replace(text, `[{"tasks":["A","B"],"rank":RANK}]`, `[{"tasks":["A","B","C"],"rank":-0.9}]`, 1)); !strings.Contains(got, "correlations") {
		t.Error(got)
	}
}

func network8(t *testing.T, text string) *simulation {
	t.Helper()
	in, err := Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := build(&in)
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.newSimulation(in.Risk)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestContradictingCorrelationsAreRefused(t *testing.T) {
	e := `"estimate":{"optimistic":1,"likely":2,"pessimistic":6}`
	got := refused(t, `{"tasks":[{"id":"A",`+e+`},{"id":"B",`+e+`},{"id":"C",`+e+`}],"risk":{"correlations":[{"tasks":["A","B","C"],"rank":-0.9}]}}`)
	if !strings.Contains(got, "contradict") {
		t.Error(got)
	}
}

func TestAnEventDelaysAsOftenAsItHappens(t *testing.T) {
	r := given(t, `{"tasks":[{"id":"A","duration":10}],"risk":{"iterations":20000,"seed":5,"events":[
		{"id":"strike","probability":0.25,"impacts":[{"task":"A","delay":{"shape":"fixed","optimistic":0,"likely":4,"pessimistic":0}}]},
		{"id":"never","probability":0,"impacts":[{"task":"A","factor":3}]}]}}`).Risk
	if e := r.Events[0]; math.Abs(e.Frequency-0.25) > 0.01 || e.Delay != 4 || math.Abs(r.Mean-11) > 0.05 {
		t.Errorf("strike %+v, mean %v", e, r.Mean)
	}
	if r.P50.num != 10 || r.P80.num != 14 || r.PlanChance != 1-r.Events[0].Frequency || r.Events[1].Frequency != 0 {
		t.Errorf("%+v", r)
	}
}

func TestTheSameSeedDrawsTheSameProjects(t *testing.T) {
	text := `{"tasks":[{"id":"A","estimate":{"optimistic":2,"likely":5,"pessimistic":14}}],"risk":{"iterations":500,"seed":SEED}}`
	a := given(t, strings.Replace(text, "SEED", "1", 1)).Risk
	b := given(t, strings.Replace(text, "SEED", "1", 1)).Risk
	c := given(t, strings.Replace(text, "SEED", "2", 1)).Risk
	if a.Mean != b.Mean || a.Mean == c.Mean {
		t.Errorf("means %v, %v, %v", a.Mean, b.Mean, c.Mean)
	}
}
