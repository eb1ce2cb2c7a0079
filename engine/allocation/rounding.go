package allocation

import (
	"math/big"
	"slices"
)

// shareOut divides a whole number of units in proportion to weights so that the
// parts are whole and add up: each part is rounded down, and what is left goes
// one by one to the largest remainders (Hamilton's method), the earlier one
// where they are equal. Weights must not be negative and not all be 0.
func shareOut(units *big.Int, weights []*big.Rat) []*big.Int {
	sum := new(big.Rat)
	for _, w := range weights {
		sum.Add(sum, w)
	}
	exact := make([]*big.Rat, len(weights))
	for i, w := range weights {
		exact[i] = new(big.Rat).Mul(new(big.Rat).SetInt(units), new(big.Rat).Quo(w, sum))
	}
	return roundTo(units, exact)
}

// roundTo rounds exact parts to whole numbers that add up to units. The parts
// must add up to units but for an error much smaller than one.
func roundTo(units *big.Int, exact []*big.Rat) []*big.Int {
	parts := make([]*big.Int, len(exact))
	rest := make([]*big.Rat, len(exact))
	left := new(big.Int).Set(units)
	for i, e := range exact {
		parts[i] = new(big.Int).Div(e.Num(), e.Denom()) // towards minus infinity: denominators are positive
		rest[i] = new(big.Rat).Sub(e, new(big.Rat).SetInt(parts[i]))
		left.Sub(left, parts[i])
	}
	order := make([]int, len(exact))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return rest[b].Cmp(rest[a]) })
	one := big.NewInt(1)
	for k := 0; left.Sign() > 0; k++ {
		i := order[k%len(order)]
		parts[i].Add(parts[i], one)
		left.Sub(left, one)
	}
	for k := len(order) - 1; left.Sign() < 0; k-- {
		i := order[(k+len(order))%len(order)]
		parts[i].Sub(parts[i], one)
		left.Add(left, one)
	}
	return parts
}
