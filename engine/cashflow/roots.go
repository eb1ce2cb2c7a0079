package cashflow

import "slices"

// term is one term of a sum of powers: coefficient times x to a whole power.
type term struct {
	coef real
	exp  int
}

// positiveRoots finds every x > 0 with Σ coef·x^exp = 0, in ascending order,
// each to about 60 digits. Exponents must be whole, not negative, distinct.
//
// Method: by the generalised rule of Descartes a sum whose coefficients change
// sign s times, in order of exponent, has at most s positive roots. Choose c
// between two exponents where the sign changes; x^c·d/dx(x^-c·f) has the
// coefficients coef·(exp − c), one change of sign less, and by Rolle's theorem
// a root between any two roots of f. So its roots, found in the same way, cut
// the axis into pieces on which f has at most one root, found by bisection. No
// root is missed, however close to another, short of the precision.
func positiveRoots(terms []term) []real {
	terms = slices.DeleteFunc(slices.Clone(terms), func(t term) bool { return t.coef.sign() == 0 })
	slices.SortFunc(terms, func(a, b term) int { return a.exp - b.exp })
	if len(terms) < 2 {
		return nil
	}
	low := terms[0].exp
	for i := range terms {
		terms[i].exp -= low
	}
	lo, hi := rootBounds(terms)
	return rootsWithin(terms, lo, hi)
}

// signChanges returns the places k where terms k and k+1 differ in sign.
func signChanges(terms []term) []int {
	var at []int
	for k := 0; k+1 < len(terms); k++ {
		if terms[k].coef.sign()*terms[k+1].coef.sign() < 0 {
			at = append(at, k)
		}
	}
	return at
}

func rootsWithin(terms []term, lo, hi real) []real {
	changes := signChanges(terms)
	if len(changes) == 0 {
		return nil
	}
	cuts := []real{lo}
	if len(changes) > 1 {
		k := changes[len(changes)/2]
		// Twice the middle keeps c whole: (2·exp − c2) has the same signs.
		c2 := terms[k].exp + terms[k+1].exp
		derived := make([]term, len(terms))
		for i, t := range terms {
			derived[i] = term{t.coef.mul(whole(2*t.exp - c2)), t.exp}
		}
		derived = slices.DeleteFunc(derived, func(t term) bool { return t.coef.sign() == 0 })
		cuts = append(cuts, rootsWithin(derived, lo, hi)...)
	}
	cuts = append(cuts, hi)
	var roots []real
	add := func(x real) {
		if n := len(roots); n == 0 || x.sub(roots[n-1]).abs().cmp(x.mul(tiny(100))) > 0 {
			roots = append(roots, x)
		}
	}
	before := signAt(terms, cuts[0])
	if before == 0 {
		add(cuts[0])
	}
	for i := 1; i < len(cuts); i++ {
		after := signAt(terms, cuts[i])
		switch {
		case after == 0: // f touches the axis where its derivative is 0: a double root
			add(cuts[i])
		case before*after < 0:
			add(bisect(terms, cuts[i-1], cuts[i], after))
		}
		if after != 0 {
			before = after
		} else if i+1 < len(cuts) {
			before = signAt(terms, middle(cuts[i], cuts[i+1]))
		}
	}
	return roots
}

// evaluate returns f(x) and Σ|coef·x^exp|, against which f(x) is small or not.
func evaluate(terms []term, x real) (sum, size real) {
	sum, size = whole(0), whole(0)
	p, exp := whole(1), 0
	for _, t := range terms {
		p, exp = p.mul(x.pow(t.exp-exp)), t.exp
		v := t.coef.mul(p)
		sum, size = sum.add(v), size.add(v.abs())
	}
	return sum, size
}

// signAt is the sign of f at x, 0 when f cannot be told from 0 there.
func signAt(terms []term, x real) int {
	sum, size := evaluate(terms, x)
	if sum.abs().less(size.mul(tiny(150))) {
		return 0
	}
	return sum.sign()
}

// middle is the geometric mean far apart and the arithmetic one nearby.
func middle(lo, hi real) real {
	if hi.cmp(lo.mul(whole(2))) > 0 {
		return real{newFloat().Sqrt(lo.mul(hi).f)}
	}
	return lo.add(hi).quo(whole(2))
}

// bisect finds the one root between lo and hi, where f ends with sign after:
// halving until the digits begin to stand, then by Newton's method, which it
// leaves again for halving whenever a step would leave the bracket.
func bisect(terms []term, lo, hi real, after int) real {
	for range 3000 {
		mid := middle(lo, hi)
		if hi.sub(lo).less(mid.mul(tiny(30))) {
			if x, ok := newton(terms, mid, lo, hi); ok {
				return x
			}
		}
		if hi.sub(lo).less(mid.mul(tiny(200))) || mid.cmp(lo) <= 0 || mid.cmp(hi) >= 0 {
			return mid
		}
		sum, size := evaluate(terms, mid)
		switch {
		case sum.sign() == 0 || sum.abs().less(size.mul(tiny(220))):
			return mid
		case sum.sign() == after:
			hi = mid
		default:
			lo = mid
		}
	}
	return middle(lo, hi)
}

// newton polishes a root inside a bracket; false when it does not settle there.
func newton(terms []term, x, lo, hi real) (real, bool) {
	for range 8 {
		slope := whole(0) // x·f'(x)
		sum, p, exp := whole(0), whole(1), 0
		for _, t := range terms {
			p, exp = p.mul(x.pow(t.exp-exp)), t.exp
			v := t.coef.mul(p)
			sum, slope = sum.add(v), slope.add(v.mul(whole(t.exp)))
		}
		if slope.sign() == 0 {
			return x, false
		}
		step := sum.mul(x).quo(slope)
		x = x.sub(step)
		if x.cmp(lo) < 0 || x.cmp(hi) > 0 {
			return x, false
		}
		if step.abs().less(x.mul(tiny(200))) {
			return x, true
		}
	}
	return x, false
}

// rootBounds encloses all positive roots (Cauchy's bound at both ends).
func rootBounds(terms []term) (lo, hi real) {
	first, last := terms[0].coef.abs(), terms[len(terms)-1].coef.abs()
	low, high := whole(0), whole(0)
	for i, t := range terms {
		if i > 0 {
			low = maxReal(low, t.coef.abs().quo(first))
		}
		if i < len(terms)-1 {
			high = maxReal(high, t.coef.abs().quo(last))
		}
	}
	two := whole(2) // a little outside, so that no root lies on a bound
	return whole(1).quo(two.add(low)), two.add(high)
}
