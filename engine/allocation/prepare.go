package allocation

import (
	"fmt"
	"maps"
	"math/big"
	"slices"

	"steward/engine/calc"
)

// prepare checks the input and turns names into numbers.
func prepare(in Input) (problem, error) {
	p := problem{places: 2}
	switch in.Method {
	case Direct, StepDown, Reciprocal:
	default:
		return p, calc.Wrong("method", "%q is not known; use direct, step_down or reciprocal", string(in.Method))
	}
	if in.Idle != "" && in.Idle != "keep" && in.Idle != "spread" {
		return p, calc.Wrong("idle", "%q is not known; use keep or spread", in.Idle)
	}
	if in.Places != nil {
		if p.places = *in.Places; p.places < 0 || p.places > 6 {
			return p, calc.Wrong("places", "must be between 0 and 6")
		}
	}
	if len(in.Pools) == 0 || len(in.Pools) > mostPools {
		return p, calc.Wrong("pools", "must hold 1 to %d pools", mostPools)
	}
	number := map[string]int{}
	for i, q := range in.Pools {
		at := fmt.Sprintf("pools[%d].id", i)
		if q.ID == "" {
			return p, calc.Wrong(at, "is missing")
		}
		if _, ok := number[q.ID]; ok {
			return p, calc.Wrong(at, "%q is used twice", q.ID)
		}
		number[q.ID] = i
	}
	if err := p.numberTargets(in, number); err != nil {
		return p, err
	}
	for i, q := range in.Pools {
		made, err := p.prepare(q, fmt.Sprintf("pools[%d]", i), number, len(in.Pools), in.Idle == "spread")
		if err != nil {
			return p, err
		}
		p.pools = append(p.pools, made)
	}
	return p, p.takeOrder(in, number)
}

// numberTargets numbers the targets after the pools.
func (p *problem) numberTargets(in Input, number map[string]int) error {
	p.targets = slices.Clone(in.Targets)
	if len(p.targets) == 0 {
		named := map[string]bool{}
		for _, q := range in.Pools {
			for id := range q.To {
				named[id] = true
			}
			for id := range q.Amounts {
				named[id] = true
			}
		}
		for _, id := range slices.Sorted(maps.Keys(named)) {
			if _, ok := number[id]; !ok {
				p.targets = append(p.targets, id)
			}
		}
	}
	if len(p.targets) > 100000 {
		return calc.Wrong("targets", "are more than 100000")
	}
	for j, id := range p.targets {
		if _, ok := number[id]; ok || id == "" {
			return calc.Wrong(fmt.Sprintf("targets[%d]", j), "%q is a pool, empty, or named twice", id)
		}
		number[id] = len(in.Pools) + j
	}
	return nil
}

func (p *problem) takeOrder(in Input, number map[string]int) error {
	p.order = p.natural()
	if len(in.Order) == 0 {
		return nil
	}
	if len(in.Order) != len(p.pools) {
		return calc.Wrong("order", "must name every pool once: %d pools, %d names", len(p.pools), len(in.Order))
	}
	seen := map[int]bool{}
	for i, id := range in.Order {
		k, ok := number[id]
		if !ok || k >= len(p.pools) || seen[k] {
			return calc.Wrong(fmt.Sprintf("order[%d]", i), "%q is not a pool, or named twice", id)
		}
		seen[k] = true
		p.order[i] = k
	}
	return nil
}

func (p *problem) prepare(q Pool, at string, number map[string]int, pools int, spread bool) (pool, error) {
	made := pool{id: q.ID, agreed: map[int]*big.Int{}, shares: map[int]*big.Rat{}, idle: new(big.Rat)}
	var err error
	if made.cost, err = p.units(q.Cost, at+".cost"); err != nil {
		return made, err
	}
	for _, id := range slices.Sorted(maps.Keys(q.Amounts)) {
		k, ok := number[id]
		if !ok || k < pools {
			return made, calc.Wrong(at+".amounts."+id, "is not a target; amounts are agreed with targets only")
		}
		if made.agreed[k-pools], err = p.units(q.Amounts[id], at+".amounts."+id); err != nil {
			return made, err
		}
	}
	sum := new(big.Rat)
	for _, id := range slices.Sorted(maps.Keys(q.To)) {
		k, ok := number[id]
		if !ok {
			return made, calc.Wrong(at+".to."+id, "is neither a pool nor one of the targets")
		}
		w := q.To[id].rat()
		if q.Split == Even {
			w = big.NewRat(1, 1)
		}
		if w.Sign() < 0 {
			return made, calc.Wrong(at+".to."+id, "must not be negative")
		}
		if w.Sign() == 0 {
			continue
		}
		made.shares[k] = w
		made.keys = append(made.keys, k)
		sum.Add(sum, w)
	}
	slices.Sort(made.keys)
	// Capacity that nobody used in the period is idle as a whole.
	idle := !spread && len(q.To) > 0 && q.Split != Even && (q.Split == Fixed || q.Capacity != nil && q.Capacity.Sign() > 0)
	if sum.Sign() == 0 && !idle {
		return made, calc.Wrong(at+".to", "names nobody who uses %s", q.ID)
	}
	whole := new(big.Rat).Set(sum)
	switch q.Split {
	case "", Proportional:
		if q.Capacity != nil {
			if whole = q.Capacity.rat(); whole.Cmp(sum) < 0 {
				return made, calc.Wrong(at+".capacity", "is %s, but %s are used", q.Capacity, sum.FloatString(2))
			}
		}
	case Fixed:
		if whole = big.NewRat(100, 1); sum.Cmp(whole) > 0 {
			return made, calc.Wrong(at+".to", "adds up to %s %%, more than 100", sum.FloatString(2))
		}
	case Even:
	default:
		return made, calc.Wrong(at+".split", "%q is not known; use proportional, fixed or even", string(q.Split))
	}
	if q.Capacity != nil && q.Split != "" && q.Split != Proportional {
		return made, calc.Wrong(at+".capacity", "belongs to the proportional split only")
	}
	if spread {
		whole = sum
	}
	for k, w := range made.shares {
		made.shares[k] = new(big.Rat).Quo(w, whole)
	}
	made.idle = new(big.Rat).Sub(big.NewRat(1, 1), new(big.Rat).Quo(sum, whole))
	if q.Split == "" || q.Split == Proportional {
		made.capacity = whole
	}
	return made, nil
}

// units is an amount in the smallest unit of the currency.
func (p *problem) units(n Number, at string) (*big.Int, error) {
	r := new(big.Rat).Mul(n.rat(), new(big.Rat).SetInt(pow10(p.places)))
	if !r.IsInt() {
		return nil, calc.Wrong(at, "%s has more than %d decimals", n, p.places)
	}
	return new(big.Int).Set(r.Num()), nil
}
