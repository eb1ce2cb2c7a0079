package schedule

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"steward/engine/schedule/workcal"
)

// network makes a random project: links of every kind forward, some maximal
// lags back, some resources.
func network(rng *rand.Rand, n int, back, needs bool) Input {
	in := Input{}
	if needs {
		in.Resources = []Resource{{ID: "R", Capacity: 4}, {ID: "Q", Capacity: 2.5}}
		in.WorkLimit = 3000
	}
	kinds := []string{"FS", "SS", "FF", "SF"}
	for i := range n {
		t := Task{ID: fmt.Sprint(i), Duration: Units(float64(rng.IntN(9)))}
		for k := rng.IntN(3); k > 0 && i > 0; k-- {
			t.After = append(t.After, Link{Task: fmt.Sprint(rng.IntN(i)), Type: kinds[rng.IntN(4)], Lag: Units(float64(rng.IntN(8) - 3))})
		}
		if needs && rng.IntN(4) > 0 {
			t.Needs = map[string]float64{"R": float64(rng.IntN(5)), "Q": float64(rng.IntN(6)) / 2}
		}
		in.Tasks = append(in.Tasks, t)
	}
	if back {
		for range n / 4 {
			i, j := rng.IntN(n), rng.IntN(n)
			if i < j {
				in.Tasks[i].After = append(in.Tasks[i].After, Link{Task: fmt.Sprint(j), Type: "SS", Lag: Units(-float64(rng.IntN(14)))})
			}
		}
	}
	return in
}

// distances says how far links push starts, from the input alone.
func pushes(in Input, start []float64, i int) float64 {
	t := in.Tasks[i]
	least := 0.0
	for _, l := range t.After {
		var j int
		fmt.Sscan(l.Task, &j)
		at := start[j] + l.Lag.value
		if l.Type == "FS" || l.Type == "FF" {
			at += in.Tasks[j].Duration.value
		}
		if l.Type == "FF" || l.Type == "SF" {
			at -= t.Duration.value
		}
		least = max(least, at)
	}
	return least
}

func TestEarliestStartsAreExactlyWhatLinksAsk(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	solved, refused := 0, 0
	for range 400 {
		in := network(rng, 3+rng.IntN(20), rng.IntN(2) == 0, false)
		out, _, err := Solve(context.Background(), in)
		if err != nil {
			refused++
			// The loop must be real: starts grow past any bound.
			start := make([]float64, len(in.Tasks))
			for range len(in.Tasks) * 400 {
				for i := range start {
					start[i] = max(start[i], pushes(in, start, i))
				}
			}
			grown := false
			for _, s := range start {
				grown = grown || s > 400
			}
			if !grown {
				t.Fatalf("refused with %v, but starts settle: %v", err, start)
			}
			continue
		}
		solved++
		start := make([]float64, len(in.Tasks))
		for i, x := range out.Tasks {
			start[i] = x.Start.num
		}
		finish := 0.0
		for i := range start {
			if got := pushes(in, start, i); got != start[i] {
				t.Fatalf("task %d starts at %v; its links ask for %v", i, start[i], got)
			}
			finish = max(finish, start[i]+in.Tasks[i].Duration.value)
		}
		if out.Finish.num != finish {
			t.Fatalf("finish %v, want %v", out.Finish, finish)
		}
	}
	if solved < 100 || refused < 5 {
		t.Fatalf("one-sided: %d solved, %d refused", solved, refused)
	}
}

// A task that slips by its total float leaves the finish; by more, it does not.
func TestTotalFloatIsExactlyWhatATaskMaySlip(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 9))
	for range 150 {
		in := network(rng, 3+rng.IntN(12), false, false)
		out, _, err := Solve(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range out.Tasks {
			for _, extra := range []float64{0, 1} {
				moved := in
				moved.Tasks = append([]Task(nil), in.Tasks...)
				moved.Tasks[i].Constraint = &Constraint{Type: "SNET", Date: At(x.Start.num + x.TotalFloat + extra)}
				again, _, err := Solve(context.Background(), moved)
				if err != nil {
					t.Fatal(err)
				}
				if same := again.Finish.num == out.Finish.num; same != (extra == 0) {
					t.Fatalf("task %d (float %v) slipping %v: finish %v, was %v", i, x.TotalFloat, x.TotalFloat+extra, again.Finish, out.Finish)
				}
			}
		}
	}
}

func TestLevelledProjectsKeepEveryRule(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	solved := 0
	for k := range 80 {
		in := network(rng, 4+rng.IntN(16), k%3 == 0, true)
		out, _, err := Solve(context.Background(), in)
		if err != nil {
			continue
		}
		if out.Status == "unknown" {
			continue
		}
		solved++
		start := make([]float64, len(in.Tasks))
		for i, x := range out.Tasks {
			start[i] = x.Start.num
			if x.TotalFloat < 0 || x.FreeFloat < 0 || x.FreeFloat > x.TotalFloat || x.Start.num < x.Earliest.num {
				t.Fatalf("task %d: %+v", i, x)
			}
		}
		for i := range start {
			if start[i] < pushes(in, start, i) {
				t.Fatalf("task %d breaks a link", i)
			}
		}
		for at := 0.0; at < out.Finish.num; at++ {
			r, q := 0.0, 0.0
			for i, x := range in.Tasks {
				if start[i] <= at && at < start[i]+x.Duration.value {
					r, q = r+x.Needs["R"], q+x.Needs["Q"]
				}
			}
			if r > 4 || q > 2.5 {
				t.Fatalf("at %v R gives %v of 4, Q %v of 2.5", at, r, q)
			}
		}
	}
	if solved < 40 {
		t.Fatalf("only %d projects were solved", solved)
	}
}

func TestShiftingTheProjectByWeeksShiftsEverything(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 9))
	for range 30 {
		in := network(rng, 10, false, true)
		in.Start, in.Unit = "2026-01-05", "hour"
		early, _, err := Solve(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		in.Start = "2026-03-02" // eight weeks on
		late, _, err := Solve(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range early.Tasks {
			y := late.Tasks[i]
			for _, pair := range [][2]Moment{{x.Start, y.Start}, {x.Finish, y.Finish}, {x.Latest, y.Latest}, {x.LatestFinish, y.LatestFinish}} {
				a, _, _ := workcal.Parse(pair[0].text)
				b, _, _ := workcal.Parse(pair[1].text)
				if b-a != 56*workcal.Day {
					t.Fatalf("task %s: %s became %s", x.ID, pair[0], pair[1])
				}
			}
			if x.TotalFloat != y.TotalFloat || x.FreeFloat != y.FreeFloat || x.Why != "" && y.Why == "" {
				t.Fatalf("task %s: floats changed", x.ID)
			}
		}
	}
}

func TestMoreOfAResourceNeverDelaysAProvenFinish(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 9))
	compared := 0
	for range 40 {
		in := network(rng, 10, false, true)
		last := -1.0
		for _, c := range []float64{4, 5, 8, 40} {
			in.Resources = []Resource{{ID: "R", Capacity: c}, {ID: "Q", Capacity: c}}
			out, _, err := Solve(context.Background(), in)
			if err != nil {
				t.Fatal(err)
			}
			if !out.Proven {
				break
			}
			if last >= 0 && out.Finish.num > last {
				t.Fatalf("capacity %v finishes at %v, less at %v", c, out.Finish.num, last)
			}
			last = out.Finish.num
			compared++
		}
	}
	if compared < 80 {
		t.Fatalf("only %d compared", compared)
	}
}
