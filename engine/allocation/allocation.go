package allocation

import (
	"fmt"
	"maps"
	"math/big"
	"slices"

	"steward/engine/calc"
)

// Method is a way to deal with services that serve one another.
type Method string

// The methods. Direct ignores what services do for one another. Step-down
// closes one service after the other, in a stated order that changes the bill.
// Reciprocal solves for all at once and is the only one without an order.
const (
	Direct     Method = "direct"
	StepDown   Method = "step_down"
	Reciprocal Method = "reciprocal"
)

// Split is a way to share one pool out.
type Split string

// The splits: by use, by agreed percentages, or evenly.
const (
	Proportional Split = "proportional"
	Fixed        Split = "fixed"
	Even         Split = "even"
)

// Input is the JSON input of the command.
type Input struct {
	Method  Method   `json:"method" doc:"direct, step_down or reciprocal"`
	Pools   []Pool   `json:"pools" doc:"what is shared out: service departments, platforms, shared costs"`
	Targets []string `json:"targets,omitempty" doc:"who bears the costs in the end, in the order of the output; absent: everybody named by a pool that is no pool, sorted"`
	Order   []string `json:"order,omitempty" doc:"step_down: pools in the order in which they are closed; absent: as given"`
	Idle    string   `json:"idle,omitempty" doc:"keep (when absent): the cost of unused capacity, or of percentages that do not reach 100, stays with the pool; spread: users bear it"`
	Places  *int     `json:"places,omitempty" doc:"decimals of the currency, 2 when absent"`
	Compare bool     `json:"compare,omitempty" doc:"give the result of all three methods beside it"`
}

// Pool is a cost that is shared out.
type Pool struct {
	ID       string            `json:"id"`
	Cost     Number            `json:"cost" doc:"its own cost, before anything is shared out; whole in the smallest unit of the currency"`
	Split    Split             `json:"split,omitempty" doc:"proportional (when absent): to holds use in any unit; fixed: to holds percentages; even: to names who shares"`
	To       map[string]Number `json:"to" doc:"users: targets or other pools, with use or percentage"`
	Capacity *Number           `json:"capacity,omitempty" doc:"proportional: what could be used, in the unit of to; what is not used is idle"`
	Amounts  map[string]Number `json:"amounts,omitempty" doc:"amounts agreed with targets, taken from the pool's own cost before it is shared out"`
}

// Output is the JSON output of the command.
type Output struct {
	Method     Method                       `json:"method"`
	Targets    []Share                      `json:"targets" doc:"what each target bears"`
	Pools      []PoolResult                 `json:"pools"`
	Idle       Number                       `json:"idle" doc:"cost that stays with the pools"`
	Total      Number                       `json:"total" doc:"targets and idle together: the sum of all costs"`
	Comparison map[string]map[string]Number `json:"comparison,omitempty" doc:"by method, what each target bears"`
}

// Share is what a target bears, and from which pool it comes last.
type Share struct {
	ID     string            `json:"id"`
	Amount Number            `json:"amount"`
	From   map[string]Number `json:"from" doc:"by pool; adds up to amount"`
}

// PoolResult is a pool after others were charged to it.
type PoolResult struct {
	ID    string  `json:"id"`
	Cost  Number  `json:"cost" doc:"its own cost"`
	Gross Number  `json:"gross" doc:"with what other pools charged to it; reciprocal: the solution of the equations, rounded"`
	Idle  Number  `json:"idle" doc:"what stays with it"`
	Rate  *Number `json:"rate,omitempty" doc:"proportional: gross cost of a unit of use, of capacity when idle is kept; six places"`
}

const mostPools = 400

// Solve shares the costs out. An error names the place in the input.
func Solve(in Input) (Output, error) {
	p, err := prepare(in)
	if err != nil {
		return Output{}, err
	}
	out, err := p.solve(in.Method)
	if err != nil || !in.Compare {
		return out, err
	}
	out.Comparison = map[string]map[string]Number{}
	for _, m := range []Method{Direct, StepDown, Reciprocal} {
		other, err := p.solve(m)
		if err != nil {
			return Output{}, err
		}
		byTarget := map[string]Number{}
		for _, t := range other.Targets {
			byTarget[t.ID] = t.Amount
		}
		out.Comparison[string(m)] = byTarget
	}
	return out, nil
}

// problem is a checked input: costs in the smallest unit, shares as fractions.
type problem struct {
	places  int
	pools   []pool
	targets []string
	order   []int // of pools, for step-down
}

// pool has its receivers as numbers: pools first, then targets.
type pool struct {
	id       string
	cost     *big.Int         // own cost
	agreed   map[int]*big.Int // by target number
	shares   map[int]*big.Rat // of the gross cost, by receiver number
	keys     []int            // the receivers in order
	idle     *big.Rat         // share that stays
	capacity *big.Rat         // units that a rate is per, nil without
}

func (p problem) solve(m Method) (Output, error) {
	switch m {
	case Direct:
		return p.inSteps(m, p.natural())
	case StepDown:
		return p.inSteps(m, p.order)
	}
	return p.reciprocal()
}

func (p problem) natural() []int {
	all := make([]int, len(p.pools))
	for i := range all {
		all[i] = i
	}
	return all
}

// inSteps closes pools one after the other. A direct allocation never charges a
// pool; step-down charges those that are still open. Amounts are whole units
// all the way, so that every step adds up.
func (p problem) inSteps(m Method, order []int) (Output, error) {
	n := len(p.pools)
	gross := make([]*big.Int, n)
	for i, q := range p.pools {
		gross[i] = new(big.Int).Set(q.cost)
	}
	closed := make([]bool, n)
	cells, idle := newCells(n, len(p.targets)), make([]*big.Int, n)
	for _, i := range order {
		q := p.pools[i]
		closed[i] = true
		var to []int
		var weights []*big.Rat
		for _, k := range q.keys {
			if k >= n || m == StepDown && !closed[k] {
				to, weights = append(to, k), append(weights, q.shares[k])
			}
		}
		left := new(big.Int).Set(gross[i])
		for k, a := range q.agreed {
			cells[i][k].Add(cells[i][k], a)
			left.Sub(left, a)
		}
		used := new(big.Rat).Sub(big.NewRat(1, 1), q.idle)
		if len(to) == 0 && used.Sign() > 0 && left.Sign() != 0 {
			return Output{}, calc.Wrong("pools", "%s serves only pools that are closed before it; %s", q.id, "give it a target, another order, or the reciprocal method")
		}
		parts := shareOut(left, []*big.Rat{q.idle, used})
		idle[i] = parts[0]
		if len(to) == 0 {
			continue
		}
		for j, part := range shareOut(parts[1], weights) {
			if k := to[j]; k >= n {
				cells[i][k-n].Add(cells[i][k-n], part)
			} else {
				gross[k].Add(gross[k], part)
			}
		}
	}
	return p.output(m, gross, cells, idle)
}

func newCells(rows, columns int) [][]*big.Int {
	cells := make([][]*big.Int, rows)
	for i := range cells {
		cells[i] = make([]*big.Int, columns)
		for j := range cells[i] {
			cells[i][j] = new(big.Int)
		}
	}
	return cells
}

func (p problem) output(m Method, gross []*big.Int, cells [][]*big.Int, idle []*big.Int) (Output, error) {
	out := Output{Method: m}
	var err error
	money := func(units *big.Int) Number {
		v, e := amount(units, p.places)
		if e != nil {
			err = calc.Wrong("pools", "%v", e)
		}
		return v
	}
	all, kept := new(big.Int), new(big.Int)
	for j, id := range p.targets {
		share := Share{ID: id, From: map[string]Number{}}
		sum := new(big.Int)
		for i, q := range p.pools {
			if cells[i][j].Sign() != 0 {
				share.From[q.id] = money(cells[i][j])
				sum.Add(sum, cells[i][j])
			}
		}
		share.Amount = money(sum)
		all.Add(all, sum)
		out.Targets = append(out.Targets, share)
	}
	for i, q := range p.pools {
		r := PoolResult{ID: q.id, Cost: money(q.cost), Gross: money(gross[i]), Idle: money(idle[i])}
		if q.capacity != nil {
			perUnit := new(big.Rat).Quo(new(big.Rat).SetFrac(gross[i], pow10(p.places)), q.capacity)
			rate := Number{}
			if e := rate.UnmarshalJSON([]byte(perUnit.FloatString(6))); e != nil {
				return out, calc.Wrong("pools", "the rate of %s has more than 19 digits", q.id)
			}
			r.Rate = &rate
		}
		kept.Add(kept, idle[i])
		out.Pools = append(out.Pools, r)
	}
	out.Idle, out.Total = money(kept), money(all.Add(all, kept))
	return out, err
}

// explain says how the result came about.
func explain(in Input, out Output) []string {
	why := []string{fmt.Sprintf("%d pools with %s in all, shared out by the %s method.", len(out.Pools), out.Total, out.Method)}
	for _, p := range out.Pools {
		line := fmt.Sprintf("%s: %s of its own, %s with what others charged to it", p.ID, p.Cost, p.Gross)
		if !p.Idle.IsZero() {
			line += fmt.Sprintf("; %s stays with it as idle", p.Idle)
		}
		why = append(why, line+".")
	}
	for _, t := range out.Targets {
		line := fmt.Sprintf("%s bears %s", t.ID, t.Amount)
		for i, id := range slices.Sorted(maps.Keys(t.From)) {
			line += map[bool]string{true: ": ", false: ", "}[i == 0] + t.From[id].String() + " from " + id
		}
		why = append(why, line+".")
	}
	if in.Method == StepDown {
		why = append(why, "Another order of the pools gives other amounts; the reciprocal method does not depend on an order.")
	}
	return why
}
