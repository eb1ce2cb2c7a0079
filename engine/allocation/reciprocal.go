package allocation

import (
	"math/big"
	"strings"

	"steward/engine/calc"
)

const precision = 256

// reciprocal solves X = D + Aᵀ·X: the gross cost of a pool is its own cost and
// what the gross costs of all pools charge to it.
func (p problem) reciprocal() (Output, error) {
	if loop := p.closedLoop(); loop != nil {
		return Output{}, calc.Wrong("pools", "%s: a closed loop, in which all cost goes round and none reaches a target; let one of them serve a target or keep a part", strings.Join(loop, " → "))
	}
	gross := p.grossCosts()
	n := len(p.pools)
	// What each target and each pool's idle share comes to, exactly; together it
	// is the sum of all costs, and is rounded so that it stays that.
	exact := make([]*big.Rat, 0, len(p.targets)+n)
	total := new(big.Int)
	for j := range p.targets {
		sum := new(big.Rat)
		for i, q := range p.pools {
			if s, ok := q.shares[n+j]; ok {
				sum.Add(sum, new(big.Rat).Mul(gross[i], s))
			}
		}
		exact = append(exact, sum)
	}
	agreed := make([]*big.Int, len(p.targets))
	for j := range agreed {
		agreed[j] = new(big.Int)
	}
	for i, q := range p.pools {
		exact = append(exact, new(big.Rat).Mul(gross[i], q.idle))
		total.Add(total, q.cost)
		for k, a := range q.agreed {
			total.Sub(total, a)
			agreed[k].Add(agreed[k], a)
		}
	}
	parts := roundTo(total, exact)
	cells, idle := newCells(n, len(p.targets)), parts[len(p.targets):]
	for j := range p.targets {
		var rows []int
		var from []*big.Rat
		for i, q := range p.pools {
			if s, ok := q.shares[n+j]; ok {
				rows, from = append(rows, i), append(from, new(big.Rat).Mul(gross[i], s))
			}
		}
		if len(rows) > 0 {
			for r, part := range roundTo(parts[j], from) {
				cells[rows[r]][j].Add(cells[rows[r]][j], part)
			}
		}
		for i, q := range p.pools {
			if a, ok := q.agreed[j]; ok {
				cells[i][j].Add(cells[i][j], a)
			}
		}
	}
	rounded := make([]*big.Int, n)
	for i, q := range p.pools {
		g := new(big.Rat).Set(gross[i])
		for _, a := range q.agreed {
			g.Add(g, new(big.Rat).SetInt(a))
		}
		rounded[i], _ = new(big.Int).SetString(g.FloatString(0), 10)
	}
	return p.output(Reciprocal, rounded, cells, idle)
}

// grossCosts solves the equations by elimination with 256 bits. No pivot is 0:
// without a closed loop the matrix is a non-singular M-matrix, which needs no
// exchange of rows (Berman and Plemmons 1994, ch. 6).
func (p problem) grossCosts() []*big.Rat {
	n := len(p.pools)
	f := func() *big.Float { return new(big.Float).SetPrec(precision) }
	a := make([][]*big.Float, n)
	for i := range a {
		a[i] = make([]*big.Float, n+1)
		for j := range a[i] {
			a[i][j] = f()
		}
		a[i][i].SetInt64(1)
		own := new(big.Int).Set(p.pools[i].cost)
		for _, v := range p.pools[i].agreed {
			own.Sub(own, v)
		}
		a[i][n].SetInt(own)
	}
	for j, q := range p.pools {
		for i := range n {
			if s, ok := q.shares[i]; ok {
				a[i][j].Sub(a[i][j], f().SetRat(s))
			}
		}
	}
	for c := range n {
		for r := c + 1; r < n; r++ {
			if a[r][c].Sign() == 0 {
				continue
			}
			m := f().Quo(a[r][c], a[c][c])
			for k := c + 1; k <= n; k++ {
				if a[c][k].Sign() != 0 {
					a[r][k].Sub(a[r][k], f().Mul(m, a[c][k]))
				}
			}
		}
	}
	x := make([]*big.Rat, n)
	solved := make([]*big.Float, n)
	for r := n - 1; r >= 0; r-- {
		sum := f().Set(a[r][n])
		for k := r + 1; k < n; k++ {
			sum.Sub(sum, f().Mul(a[r][k], solved[k]))
		}
		solved[r] = f().Quo(sum, a[r][r])
		x[r], _ = solved[r].Rat(nil)
	}
	return x
}

// closedLoop returns pools that only serve one another, in the order of a loop
// back to the first, or nil when every pool's cost finds a way out.
func (p problem) closedLoop() []string {
	n := len(p.pools)
	out := make([]bool, n) // reaches a target or keeps a part
	for changed := true; changed; {
		changed = false
		for i, q := range p.pools {
			if out[i] {
				continue
			}
			ok := q.idle.Sign() > 0
			for _, k := range q.keys {
				ok = ok || k >= n || out[k]
			}
			if ok {
				out[i], changed = true, true
			}
		}
	}
	for i := range p.pools {
		if !out[i] {
			return p.walk(i, out)
		}
	}
	return nil
}

// walk follows pools without a way out until one comes again.
func (p problem) walk(i int, out []bool) []string {
	seen := map[int]int{}
	var path []int
	for {
		if at, ok := seen[i]; ok {
			var names []string
			for _, k := range append(path[at:], i) {
				names = append(names, p.pools[k].id)
			}
			return names
		}
		seen[i] = len(path)
		path = append(path, i)
		i = p.pools[i].keys[0] // all its receivers are pools without a way out
	}
}
