package knapsack

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func TestTheBoundHoldsWhateverThePricesAre(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for k := range 3000 {
		p := randomProblem(r, k%2 == 0)
		best, found := bruteForce(p)
		c, ok := prepare(p)
		if !found || !ok || c.n == 0 {
			continue
		}
		in := make([]int, len(c.rows))
		for i := range in {
			in[i] = i
		}
		s := newSearcher(c, newRelax(c, in))
		nd := node{val: slices.Repeat([]byte{0xff}, (c.n+3)/4), countHi: int32(c.n), bound: int64(maxBound)}
		for i := range s.r.m {
			nd.basis = append(nd.basis, int32(c.n+i))
		}
		if !s.load(&nd) {
			t.Fatalf("case %d: a problem with a solution is called empty", k)
		}
		for range 10 {
			pi := make([]float64, s.r.m)
			for i := range pi {
				pi[i] = r.NormFloat64() * math.Pow(10, float64(r.IntN(12)-6))
				switch r.IntN(30) {
				case 0:
					pi[i] = math.NaN()
				case 1:
					pi[i] = math.Inf(1)
				case 2:
					pi[i] = -1e300
				}
			}
			if b := s.exactBoundAt(pi); b < maxBound64/4 && c.worth(b) < best {
				t.Fatalf("case %d: at prices %v the bound is %d, yet a choice is worth %d", k, pi, c.worth(b), best)
			}
		}
	}
}

const maxBound64 = math.MaxInt64

func TestTheResultDoesNotDependOnTheNumberOfWorkers(t *testing.T) {
	p := chuBeasley(8, 70, 5, 0.5)
	var first Result
	for k, workers := range []int{1, 2, 7} {
		got, err := Solve(context.Background(), p, Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		if k == 0 {
			first = got
		} else if !reflect.DeepEqual(got, first) {
			t.Errorf("%d workers: %+v, one worker: %+v", workers, got, first)
		}
	}
}

func TestOneBudgetAgreesWithDynamicProgramming(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 1))
	for k := range 40 {
		n, limit := 150+r.IntN(100), 3000
		p := Problem{Value: make([]int64, n)}
		row := Row{Lo: NoLo, Hi: int64(limit)}
		best := make([]int64, limit+1)
		for j := range n {
			a := 1 + r.IntN(200)
			v := int64(a + 20 + r.IntN(3)*k) // correlated: many near ties
			p.Value[j] = v
			row.Terms = append(row.Terms, Term{j, int64(a)})
			for c := limit; c >= a; c-- {
				best[c] = max(best[c], best[c-a]+v)
			}
		}
		p.Rows = []Row{row}
		got, err := Solve(context.Background(), p, Options{})
		if err != nil || !got.Proven || got.Value != best[limit] {
			t.Fatalf("case %d: got %d (proven %v, %v), want %d", k, got.Value, got.Proven, err, best[limit])
		}
	}
}

func TestAQuestionAboutAnItemAgreesWithTryingEveryChoice(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 8))
	for k := range 4000 {
		p := randomProblem(r, k%2 == 0)
		sv, err := New(p)
		if err != nil {
			t.Fatal(err)
		}
		if res := sv.Solve(context.Background(), Options{}); res.X == nil {
			continue
		}
		j, v := r.IntN(len(p.Value)), r.IntN(2) == 0
		got := sv.Asker().With(context.Background(), []Fix{{j, v}}, 1+r.IntN(20))
		fixed := p
		lo := int64(0)
		if v {
			lo = 1
		}
		fixed.Rows = append(slices.Clone(p.Rows), Row{Terms: []Term{{j, 1}}, Lo: lo, Hi: lo})
		want, found := bruteForce(fixed)
		if !found {
			if got.X != nil {
				t.Fatalf("case %d: found a choice where there is none", k)
			}
			continue
		}
		if got.Proven && got.X == nil || got.Bound < want || got.X != nil && (got.Value > want || got.X[j] != v) || got.Proven && got.Value != want {
			t.Fatalf("case %d: got %+v, want %d", k, got, want)
		}
		if got.X != nil {
			if value, ok := fixed.Keeps(got.X); !ok || value != got.Value {
				t.Fatalf("case %d: the choice breaks a row", k)
			}
		}
	}
}

func TestAStoppedSearchStillBounds(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	p := chuBeasley(1, 60, 5, 0.5)
	cut, err := Solve(ctx, p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	limited, err := Solve(context.Background(), p, Options{Nodes: 50})
	if err != nil {
		t.Fatal(err)
	}
	full, err := Solve(context.Background(), p, Options{})
	if err != nil || !full.Proven {
		t.Fatal(err, full)
	}
	for _, r := range []Result{cut, limited} {
		if r.Proven || r.Bound < full.Value || r.Value > full.Value || r.X == nil {
			t.Errorf("got %+v, the best is %d", r, full.Value)
		}
	}
	if !cut.Stopped || limited.Stopped {
		t.Errorf("stopped: %v and %v, want true and false", cut.Stopped, limited.Stopped)
	}
}

func TestAskingForMoreThanIsPossibleProvesThatThereIsNone(t *testing.T) {
	p := chuBeasley(3, 40, 3, 0.5)
	full, err := Solve(context.Background(), p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	none, err := Solve(context.Background(), p, Options{Bounded: true, Above: full.Value})
	if err != nil || none.X != nil || !none.Proven {
		t.Errorf("got %+v, %v", none, err)
	}
	same, err := Solve(context.Background(), p, Options{Bounded: true, Above: full.Value - 1})
	if err != nil || same.Value != full.Value || !same.Proven {
		t.Errorf("got %+v, %v", same, err)
	}
}

func TestNumbersTooLargeForExactArithmeticAreRefused(t *testing.T) {
	for _, p := range []Problem{
		{Value: []int64{Largest, Largest}},
		{Value: []int64{1, 1}, Rows: []Row{{Terms: []Term{{0, Largest}, {1, 1}}}}},
		{Value: []int64{1}, Rows: []Row{{Terms: []Term{{1, 1}}}}},
		{Value: []int64{1}, Rows: []Row{{Terms: []Term{{0, 1}, {0, 1}}}}},
	} {
		if _, err := New(p); err == nil {
			t.Errorf("%+v is accepted", p)
		}
	}
}
