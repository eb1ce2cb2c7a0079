package knapsack

import (
	"context"
	"math/rand/v2"
	"testing"
)

// bruteForce tries every choice.
func bruteForce(p Problem) (best int64, found bool) {
	n := len(p.Value)
	x := make([]bool, n)
	for mask := range 1 << n {
		for j := range x {
			x[j] = mask>>j&1 == 1
		}
		if v, ok := p.Keeps(x); ok && (!found || v > best) {
			best, found = v, true
		}
	}
	return best, found
}

// randomProblem draws a small problem; with side rows of either sign, lower
// limits, equalities and lazy rows when mixed.
func randomProblem(r *rand.Rand, mixed bool) Problem {
	n, m := 1+r.IntN(11), r.IntN(4)
	p := Problem{Value: make([]int64, n)}
	big := []int64{3, 20, 1000, 1_000_000_007}[r.IntN(4)]
	for j := range p.Value {
		p.Value[j] = r.Int64N(big)
	}
	for range m {
		row := Row{Lo: NoLo}
		var sum int64
		for j := range n {
			a := r.Int64N(big)
			if r.IntN(5) == 0 {
				a = 0
			}
			row.Terms = append(row.Terms, Term{j, a})
			sum += a
		}
		row.Hi = r.Int64N(sum + 1)
		p.Rows = append(p.Rows, row)
	}
	if !mixed {
		return p
	}
	for range r.IntN(5) {
		row := Row{Lo: NoLo, Hi: NoHi, Lazy: r.IntN(2) == 0}
		for _, j := range r.Perm(n)[:1+r.IntN(n)] {
			row.Terms = append(row.Terms, Term{j, r.Int64N(9) - 4})
		}
		switch r.IntN(4) {
		case 0:
			row.Lo = r.Int64N(9) - 6
		case 1:
			row.Hi = r.Int64N(9) - 2
		case 2:
			row.Lo = r.Int64N(9) - 6
			row.Hi = row.Lo + r.Int64N(8)
		case 3:
			row.Lo = r.Int64N(5) - 2
			row.Hi = row.Lo
		}
		p.Rows = append(p.Rows, row)
	}
	if r.IntN(3) == 0 {
		for j := range p.Value {
			p.Value[j] -= big / 3
		}
	}
	return p
}

func TestSolveFindsWhatTryingEveryChoiceFinds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	empty := 0
	for k := range 20000 {
		p := randomProblem(r, k%2 == 0)
		got, err := Solve(context.Background(), p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		want, found := bruteForce(p)
		if !found {
			empty++
		}
		if !got.Proven || (got.X != nil) != found || found && (got.Value != want || got.Bound != want) {
			t.Fatalf("case %d: got %+v, want %d (found %v)\n%+v", k, got, want, found, p)
		}
		if found {
			if v, ok := p.Keeps(got.X); !ok || v != want {
				t.Fatalf("case %d: the choice is worth %d and keeps the rows: %v", k, v, ok)
			}
		}
	}
	if empty < 100 || empty > 10000 {
		t.Errorf("%d of 20000 cases cannot be satisfied: the cases are lopsided", empty)
	}
}
