package allocation

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"steward/engine/calc"
)

const worked = `"pools": [
	{"id": "S1", "cost": 200000, "to": {"S2": 10, "P1": 50, "P2": 40}},
	{"id": "S2", "cost": 100000, "to": {"S1": 20, "P1": 30, "P2": 50}}]`

func share(t *testing.T, in string) Output {
	t.Helper()
	v, err := calc.Decode[Input]([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	out, err := Solve(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func bears(out Output) string {
	var all []string
	for _, t := range out.Targets {
		all = append(all, t.ID+" "+t.Amount.String())
	}
	return strings.Join(all, ", ")
}

func TestTheWorkedExampleHoldsToTheCent(t *testing.T) {
	for in, want := range map[string]string{
		`{"method": "direct", ` + worked + `}`:                           "P1 148611.11, P2 151388.89",
		`{"method": "step_down", ` + worked + `}`:                        "P1 145000.00, P2 155000.00",
		`{"method": "step_down", "order": ["S2", "S1"], ` + worked + `}`: "P1 152222.22, P2 147777.78",
		`{"method": "reciprocal", ` + worked + `}`:                       "P1 148979.59, P2 151020.41",
	} {
		if got := bears(share(t, in)); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	out := share(t, `{"method": "reciprocal", `+worked+`}`)
	if g := out.Pools[0].Gross.String() + " " + out.Pools[1].Gross.String(); g != "224489.80 122448.98" {
		t.Errorf("gross costs %s", g)
	}
	all := share(t, `{"method": "direct", "compare": true, `+worked+`}`)
	if got := all.Comparison["reciprocal"]["P1"].String(); got != "148979.59" {
		t.Errorf("compared: %s", got)
	}
}

func TestCapacityThatNobodyUsedStaysWithThePool(t *testing.T) {
	for _, method := range []string{"direct", "step_down", "reciprocal"} {
		out := share(t, `{"method": "`+method+`", "pools": [{"id": "A", "cost": 10, "capacity": 5, "to": {"P": 0, "B": 0}}, {"id": "B", "cost": 4, "to": {"A": 1, "P": 1}}]}`)
		if method == "direct" {
			if bears(out) != "P 4.00" || out.Idle.String() != "10.00" {
				t.Errorf("%s: %s, idle %s", method, bears(out), out.Idle)
			}
			continue
		}
		if sum := out.Total.String(); sum != "14.00" || out.Pools[0].Idle.String() == "0.00" {
			t.Errorf("%s: %s, idle %s of %s", method, bears(out), out.Pools[0].Idle, sum)
		}
	}
}

func TestSplitsAndIdleCapacity(t *testing.T) {
	for in, want := range map[string]string{
		`{"method": "direct", "pools": [{"id": "net", "cost": 100, "split": "even", "to": {"a": 0, "b": 5, "c": 1}}]}`:                          "a 33.34, b 33.33, c 33.33; idle 0.00",
		`{"method": "direct", "pools": [{"id": "san", "cost": 1000, "capacity": 50, "to": {"a": 30, "b": 15}}]}`:                                "a 600.00, b 300.00; idle 100.00",
		`{"method": "direct", "idle": "spread", "pools": [{"id": "san", "cost": 1000, "capacity": 50, "to": {"a": 30, "b": 15}}]}`:              "a 666.67, b 333.33; idle 0.00",
		`{"method": "reciprocal", "pools": [{"id": "x", "cost": 1000, "split": "fixed", "to": {"a": 60, "b": 30}}]}`:                            "a 600.00, b 300.00; idle 100.00",
		`{"method": "direct", "pools": [{"id": "x", "cost": 1000, "to": {"a": 1, "b": 1}, "amounts": {"a": 100.01}}]}`:                          "a 550.01, b 449.99; idle 0.00",
		`{"method": "reciprocal", "pools": [{"id": "x", "cost": 1000, "to": {"a": 1, "b": 1}, "amounts": {"a": 100.01}}]}`:                      "a 550.01, b 449.99; idle 0.00",
		`{"method": "direct", "places": 0, "pools": [{"id": "x", "cost": 10, "to": {"a": 1, "b": 1, "c": 1}}]}`:                                 "a 4, b 3, c 3; idle 0",
		`{"method": "direct", "targets": ["z", "a"], "pools": [{"id": "x", "cost": -0.01, "to": {"a": 1, "z": 1}}]}`:                            "z 0.00, a -0.01; idle 0.00",
		`{"method": "reciprocal", "pools": [{"id": "x", "cost": 900, "to": {"x": 1, "a": 2}}, {"id": "y", "cost": 0, "to": {"x": 1, "a": 1}}]}`: "a 900.00; idle 0.00",
	} {
		out := share(t, in)
		if got := bears(out) + "; idle " + out.Idle.String(); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestAClosedLoopIsNamed(t *testing.T) {
	for in, want := range map[string]string{
		`{"method": "reciprocal", "targets": ["P"], "pools": [{"id": "A", "cost": 1, "to": {"B": 1}}, {"id": "B", "cost": 1, "to": {"C": 1}}, {"id": "C", "cost": 1, "to": {"B": 1}}]}`: "B → C → B: a closed loop",
		`{"method": "reciprocal", "targets": ["P"], "pools": [{"id": "A", "cost": 1, "to": {"A": 1}}]}`:                                                                                 "A → A: a closed loop",
		`{"method": "step_down", "pools": [{"id": "A", "cost": 1, "to": {"P": 1}}, {"id": "B", "cost": 1, "to": {"A": 1}}]}`:                                                            "B serves only pools that are closed",
	} {
		v, err := calc.Decode[Input]([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Solve(v); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// drawn is a random problem in which every pool has a way out.
func drawn(r *rand.Rand) Input {
	n, m := 1+r.IntN(8), 1+r.IntN(6)
	in := Input{Method: []Method{Direct, StepDown, Reciprocal}[r.IntN(3)], Idle: []string{"keep", "spread"}[r.IntN(2)]}
	num := func(v int) Number {
		var x Number
		_ = x.UnmarshalJSON([]byte(fmt.Sprint(v)))
		return x
	}
	for i := range n {
		p := Pool{ID: fmt.Sprint("S", i), To: map[string]Number{}}
		_ = p.Cost.UnmarshalJSON([]byte(fmt.Sprintf("%d.%02d", r.IntN(1000000), r.IntN(100))))
		used := 0
		for j := range m {
			if j == 0 || r.IntN(2) == 0 {
				u := 1 + r.IntN(100)
				used += u
				p.To[fmt.Sprint("P", j)] = num(u)
			}
		}
		for k := range n {
			if r.IntN(3) == 0 {
				u := r.IntN(100)
				used += u
				p.To[fmt.Sprint("S", k)] = num(u)
			}
		}
		if r.IntN(3) == 0 {
			c := num(used + r.IntN(100))
			p.Capacity = &c
		}
		if r.IntN(4) == 0 {
			p.Split = Even
			p.Capacity = nil
		}
		in.Pools = append(in.Pools, p)
	}
	return in
}

func TestAllocationsAddUpToTheSource(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for range 1500 {
		in := drawn(r)
		out, err := Solve(in)
		if err != nil {
			t.Fatal(err)
		}
		cost, sum := new(big.Rat), out.Idle.rat()
		for _, p := range in.Pools {
			cost.Add(cost, p.Cost.rat())
		}
		for _, s := range out.Targets {
			sum.Add(sum, s.Amount.rat())
			parts := new(big.Rat)
			for _, f := range s.From {
				parts.Add(parts, f.rat())
			}
			if parts.Cmp(s.Amount.rat()) != 0 {
				t.Fatalf("%s: its parts are %s", s.ID, parts.FloatString(2))
			}
			if s.Amount.IsNeg() {
				t.Fatalf("%s bears %s", s.ID, s.Amount)
			}
		}
		if cost.Cmp(sum) != 0 || out.Total.rat().Cmp(cost) != 0 {
			t.Fatalf("%s of costs became %s", cost.FloatString(2), sum.FloatString(2))
		}
	}
}

// The reciprocal result is the limit of charging round after round.
func TestReciprocalIsTheLimitOfManyRounds(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 60 {
		in := drawn(r)
		in.Method = Reciprocal
		p, err := prepare(in)
		if err != nil {
			t.Fatal(err)
		}
		out, err := Solve(in)
		if err != nil {
			t.Fatal(err)
		}
		n := len(p.pools)
		at := make([]float64, n)
		for i, q := range p.pools {
			at[i], _ = new(big.Rat).SetInt(q.cost).Float64()
		}
		got := make([]float64, len(p.targets))
		for range 3000 {
			next := make([]float64, n)
			for i, q := range p.pools {
				for _, k := range q.keys {
					s, _ := q.shares[k].Float64()
					if k < n {
						next[k] += at[i] * s
					} else {
						got[k-n] += at[i] * s
					}
				}
			}
			at = next
		}
		for j, s := range out.Targets {
			want, _ := s.Amount.rat().Float64()
			if d := got[j]/100 - want; d > 0.011 || d < -0.011 {
				t.Fatalf("%s bears %v, after many rounds %v", s.ID, want, got[j]/100)
			}
		}
	}
}

func TestRoundingMovesNoPartByAWholeCent(t *testing.T) {
	weights := []*big.Rat{big.NewRat(1, 7), big.NewRat(3, 11), big.NewRat(2, 5)}
	for units := int64(0); units < 500; units++ {
		parts := shareOut(big.NewInt(units), weights)
		sum := new(big.Int)
		for i, p := range parts {
			sum.Add(sum, p)
			exact := new(big.Rat).Mul(big.NewRat(units, 1), new(big.Rat).Quo(weights[i], big.NewRat(55+105+154, 385)))
			if d := new(big.Rat).Sub(new(big.Rat).SetInt(p), exact); d.Abs(d).Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("%d units: part %d is %s, exactly %s", units, i, p, exact.FloatString(3))
			}
		}
		if sum.Int64() != units {
			t.Fatalf("%d units became %s", units, sum)
		}
	}
}

func FuzzSolve(f *testing.F) {
	f.Add([]byte(`{"method": "reciprocal", ` + worked + `}`))
	f.Add([]byte(`{"method": "step_down", "order": ["S2", "S1"], "idle": "spread", "places": 0, ` + worked + `}`))
	f.Add([]byte(`{"method": "direct", "pools": [{"id": "x", "cost": 1, "split": "fixed", "to": {"a": 99.5}, "amounts": {"a": 3}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := calc.Decode[Input](data)
		if err != nil {
			return
		}
		out, err := Solve(in)
		if err != nil {
			return
		}
		if _, err := json.Marshal(out); err != nil {
			t.Error(err)
		}
		sum := out.Idle.rat()
		for _, s := range out.Targets {
			sum.Add(sum, s.Amount.rat())
		}
		cost := new(big.Rat)
		for _, p := range in.Pools {
			cost.Add(cost, p.Cost.rat())
		}
		if sum.Cmp(cost) != 0 {
			t.Errorf("%s became %s", cost.FloatString(6), sum.FloatString(6))
		}
	})
}
