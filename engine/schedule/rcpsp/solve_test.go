package rcpsp

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
)

// brute tries every start of every task up to the horizon and returns the
// earliest finish, -1 when there is no schedule.
func brute(p *Problem, horizon int) int {
	n, best := len(p.Durations), -1
	start := make([]int, n)
	var place func(i int)
	place = func(i int) {
		if i == n {
			if Check(p, start) == nil {
				end := 0
				for k, s := range start {
					end = max(end, s+p.Durations[k])
				}
				if best < 0 || end < best {
					best = end
				}
			}
			return
		}
		for s := 0; s+p.Durations[i] <= horizon && (best < 0 || s+p.Durations[i] < best); s++ {
			start[i] = s
			ok := true
			for _, a := range p.Arcs {
				if a.From <= i && a.To <= i && start[a.To] < start[a.From]+a.Weight {
					ok = false
					break
				}
			}
			if ok {
				place(i + 1)
			}
		}
	}
	place(0)
	return best
}

func tiny(rng *rand.Rand, maximal bool) *Problem {
	n := 3 + rng.IntN(2)
	p := &Problem{Capacity: []int{2 + rng.IntN(3), 1 + rng.IntN(3)}}
	for range n {
		p.Durations = append(p.Durations, rng.IntN(4))
		p.Needs = append(p.Needs, []int{rng.IntN(p.Capacity[0] + 1), rng.IntN(p.Capacity[1] + 1)})
	}
	for range n {
		i, j := rng.IntN(n), rng.IntN(n)
		if i > j {
			i, j = j, i
		}
		if i != j {
			p.Arcs = append(p.Arcs, Arc{i, j, rng.IntN(p.Durations[i]+3) - 1})
			if maximal && rng.IntN(2) == 0 {
				p.Arcs = append(p.Arcs, Arc{j, i, -(rng.IntN(6))})
			}
		}
	}
	if rng.IntN(3) == 0 {
		p.Blocks = []Block{{0, rng.IntN(4), 4 + rng.IntN(3), 1 + rng.IntN(p.Capacity[0])}}
	}
	if rng.IntN(3) == 0 {
		p.Release = make([]int, n)
		p.Release[rng.IntN(n)] = rng.IntN(5)
	}
	if rng.IntN(3) == 0 {
		p.Latest = make([]int, n)
		for i := range p.Latest {
			p.Latest[i] = -1
		}
		p.Latest[rng.IntN(n)] = rng.IntN(8)
	}
	return p
}

func TestProvenFinishesAreThoseOfBruteForce(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	feasible, infeasible := 0, 0
	for k := range 250 {
		p := tiny(rng, k%2 == 0)
		want := brute(p, 22)
		r, err := Solve(context.Background(), p, Limits{Seed: uint64(k)})
		if err != nil {
			t.Fatalf("problem %d %+v: %v", k, p, err)
		}
		if !r.Proven {
			t.Fatalf("problem %d: a tiny problem was not decided: %+v", k, r)
		}
		got := r.Finish
		if r.Start == nil {
			got = -1
			infeasible++
		} else {
			feasible++
			if err := Check(p, r.Start); err != nil {
				t.Fatalf("problem %d: %v", k, err)
			}
		}
		if got != want {
			t.Fatalf("problem %d %+v: got finish %d, brute force %d", k, p, got, want)
		}
	}
	if feasible < 60 || infeasible < 10 {
		t.Fatalf("the cases are one-sided: %d feasible, %d infeasible", feasible, infeasible)
	}
}

// The clause search alone must agree too, since the genetic search often
// closes a tiny problem before it.
func TestClauseSearchAloneAgreesWithBruteForce(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for k := range 250 {
		p := tiny(rng, k%2 == 0)
		want := brute(p, 22)
		in, decided, err := prepare(p)
		if err != nil {
			t.Fatal(err)
		}
		got := -1
		if decided == nil {
			s := newLCG(in, min(in.horizon, 22))
			c := newClock(context.Background(), Limits{})
			for s.search(c, 1<<30) == satisfied {
				start := s.starts()
				got = 0
				ints := make([]int, in.n)
				for i, at := range start {
					ints[i] = int(at)
					got = max(got, int(at)+p.Durations[i])
				}
				if err := Check(p, ints); err != nil {
					t.Fatalf("problem %d: %v", k, err)
				}
				s.end = got - 1
				s.tighten(s.end)
			}
		}
		if got != want {
			t.Fatalf("problem %d %+v: got %d, want %d", k, p, got, want)
		}
	}
}

func TestTheSameWorkGivesTheSameSchedule(t *testing.T) {
	p := generated(40, 1.8, 0.75, 0.2, 3)
	var first *Result
	for range 2 {
		r, err := Solve(context.Background(), p, Limits{Work: 6000, Seed: 7})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = r
		} else if !reflect.DeepEqual(first, r) {
			t.Fatalf("two runs differ: %+v and %+v", first, r)
		}
	}
}

func TestGeneratedProblemsGetValidSchedulesAndBounds(t *testing.T) {
	for n := 10; n <= 50; n += 20 {
		for k, rs := range []float64{0.1, 0.3, 0.6} {
			p := generated(n, 1.5, 0.75, rs, uint64(n+k))
			r, err := Solve(context.Background(), p, Limits{Work: 2000})
			if err != nil {
				t.Fatal(err)
			}
			if r.Bound > r.Finish || r.Proven != (r.Bound == r.Finish) {
				t.Fatalf("%d tasks, strength %v: bound %d, finish %d, proven %v", n, rs, r.Bound, r.Finish, r.Proven)
			}
			longer, err := Solve(context.Background(), p, Limits{Work: 5000, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			if longer.Finish < r.Bound || r.Finish < longer.Bound {
				t.Fatalf("%d tasks, strength %v: one run's bound excludes another's schedule: %d..%d and %d..%d", n, rs, r.Bound, r.Finish, longer.Bound, longer.Finish)
			}
		}
	}
}

func TestALoopOfArcsIsNamed(t *testing.T) {
	p := &Problem{Durations: []int{1, 2, 3, 1}, Needs: [][]int{{}, {}, {}, {}}, Arcs: []Arc{{0, 1, 1}, {1, 2, 2}, {2, 1, -1}, {2, 3, 3}}}
	r, err := Solve(context.Background(), p, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Proven || r.Start != nil || fmt.Sprint(r.Loop) != "[1 2]" && fmt.Sprint(r.Loop) != "[2 1]" {
		t.Fatalf("got %+v, want the loop of tasks 1 and 2", r)
	}
}

func TestManyResourcesAndLargeAmountsPackWithoutLoss(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for k := range 40 {
		p := generated(12, 1.5, 1, 0.3, uint64(k))
		big := k%2 == 0
		for r := range p.Capacity {
			if big {
				p.Capacity[r] *= 100_000
			}
		}
		for i := range p.Needs {
			for r := range p.Needs[i] {
				if big {
					p.Needs[i][r] *= 100_000
				}
			}
			p.Needs[i] = append(p.Needs[i], rng.IntN(2), rng.IntN(2))
		}
		p.Capacity = append(p.Capacity, 3, 3)
		r, err := Solve(context.Background(), p, Limits{Work: 5000})
		if err != nil {
			t.Fatal(err)
		}
		if err := Check(p, r.Start); err != nil {
			t.Fatal(err)
		}
	}
}
