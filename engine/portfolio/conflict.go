package portfolio

import (
	"slices"

	"steward/engine/portfolio/knapsack"
)

const conflictNodes = 20_000 // for each rule left out

// conflict finds rules that cannot be kept together, none of which can be left out
// without resolving it, by leaving out one after the other (the deletion filter of
// Chinneck and Dravnieks, Locating minimal infeasible constraint sets in linear
// programs, ORSA J. Computing 3, 1991). minimal is false when a test was cut short.
func (a *answer) conflict() (rules []string, minimal *bool) {
	sure := true
	keep := make([]bool, len(a.rules))
	for k := range keep {
		keep[k] = true
	}
	// First leave out large blocks: most rules are no part of the conflict.
	for size := len(a.rules); size >= 1; size /= 2 {
		for from := 0; from < len(a.rules); from += size {
			to := min(from+size, len(a.rules))
			if !slices.Contains(keep[from:to], true) {
				continue
			}
			if a.late() {
				sure = false
				continue
			}
			was := slices.Clone(keep[from:to])
			for k := from; k < to; k++ {
				keep[k] = false
			}
			empty, known := a.contradicts(keep)
			if !empty || !known {
				copy(keep[from:to], was)
			}
			sure = sure && (known || size > 1)
		}
		if size == 1 {
			break
		}
	}
	for k, kept := range keep {
		if kept {
			rules = append(rules, a.rules[k].text)
		}
	}
	return rules, &sure
}

// contradicts reports whether the kept rules cannot be kept together.
func (a *answer) contradicts(keep []bool) (empty, known bool) {
	p := knapsack.Problem{Value: make([]int64, len(a.options))}
	for k, ru := range a.rules {
		if keep[k] || ru.kind == kindOnce {
			for _, i := range ru.rows {
				p.Rows = append(p.Rows, a.problem.Rows[i])
			}
		}
	}
	res, err := knapsack.Solve(a.ctx, p, knapsack.Options{Nodes: conflictNodes})
	if err != nil {
		return false, false
	}
	return res.X == nil, res.Proven
}
