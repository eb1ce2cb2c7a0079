package knapsack

import (
	"context"
	"fmt"
	"math"
)

// NoLo and NoHi stand for a row without a lower or an upper limit.
const (
	NoLo = math.MinInt64
	NoHi = math.MaxInt64
)

// Largest is the most that the absolute values of one row, or of all item
// values, may add up to: every sum the solver forms then fits an int64.
const Largest = 1 << 53

// Term is one item's coefficient in a row.
type Term struct {
	Item int
	Coef int64
}

// Row is Lo ≤ Σ Coef·x ≤ Hi over the items it names, each once.
type Row struct {
	Terms  []Term
	Lo, Hi int64
	// Lazy rows join the linear relaxation only when its solution breaks them;
	// they always hold in what is found. For the many small logical rows.
	Lazy bool
}

// Problem asks for x in {0,1} with the largest Σ Value·x that keeps every row.
type Problem struct {
	Value []int64
	Rows  []Row
}

// Options bound the search. The zero value searches to the end on one goroutine.
type Options struct {
	Workers int    // goroutines; results do not depend on it
	Nodes   int    // stop after about so many nodes; 0 is no limit
	Start   []bool // a known choice to begin with; ignored when it breaks a row
	// Above asks only for choices worth more than this: the answer is then the
	// best of them, or none. Used when Bounded is set.
	Above   int64
	Bounded bool
}

// Result is what the search found.
type Result struct {
	X       []bool // the best choice found, nil when none was
	Value   int64  // its value
	Bound   int64  // no choice that keeps the rows is worth more; valid when Feasible or not Proven
	Proven  bool   // X is best, or, without X, no choice keeps the rows (and exceeds Above)
	Stopped bool   // the time ran out: another run may get further or less far
	Nodes   int    // nodes searched
	// Prices of the rows in the linear relaxation: by how much its value rises
	// for each unit the row's limit is moved outwards. Nil when it was not solved.
	Prices []float64
	// Relaxed is the relaxation's value, a bound, rounded down to a whole number.
	Relaxed int64
}

// Solver holds a problem and, once solved, what helps to answer questions about
// its neighbours, which its Askers do.
type Solver struct {
	c    *core // nil when the rows contradict each other at first sight
	t    *tree
	root node
}

// New checks and prepares a problem. An error means that the numbers are too large
// or an index is wrong.
func New(p Problem) (*Solver, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	c, ok := prepare(p)
	if !ok {
		return &Solver{}, nil
	}
	return &Solver{c: c}, nil
}

// Solve searches until the best choice is proven, ctx is done or the node limit
// is reached.
func (s *Solver) Solve(ctx context.Context, o Options) Result {
	if s.c == nil {
		return Result{Proven: true}
	}
	return s.search(ctx, o)
}

// Solve prepares and solves a problem.
func Solve(ctx context.Context, p Problem, o Options) (Result, error) {
	s, err := New(p)
	if err != nil {
		return Result{}, err
	}
	return s.Solve(ctx, o), nil
}

func (p Problem) check() error {
	var sum int64
	for j, v := range p.Value {
		if v < -Largest || v > Largest {
			return fmt.Errorf("value of item %d: %d is beyond ±%d", j, v, int64(Largest))
		}
		if sum += abs(v); sum > Largest {
			return fmt.Errorf("the values add up to more than %d", int64(Largest))
		}
	}
	seen := make([]int, len(p.Value))
	for i, r := range p.Rows {
		sum = 0
		for _, t := range r.Terms {
			if t.Item < 0 || t.Item >= len(p.Value) {
				return fmt.Errorf("row %d names item %d of %d", i, t.Item, len(p.Value))
			}
			if seen[t.Item] == i+1 {
				return fmt.Errorf("row %d names item %d twice", i, t.Item)
			}
			seen[t.Item] = i + 1
			if t.Coef < -Largest || t.Coef > Largest {
				return fmt.Errorf("row %d, item %d: %d is beyond ±%d", i, t.Item, t.Coef, int64(Largest))
			}
			if sum += abs(t.Coef); sum > Largest {
				return fmt.Errorf("the coefficients of row %d add up to more than %d", i, int64(Largest))
			}
		}
	}
	return nil
}

// Keeps reports whether x keeps every row, and its value; in whole numbers.
func (p Problem) Keeps(x []bool) (value int64, ok bool) {
	if len(x) != len(p.Value) {
		return 0, false
	}
	for j, v := range p.Value {
		if x[j] {
			value += v
		}
	}
	for _, r := range p.Rows {
		var sum int64
		for _, t := range r.Terms {
			if x[t.Item] {
				sum += t.Coef
			}
		}
		if sum > r.Hi || sum < r.Lo {
			return value, false
		}
	}
	return value, true
}
