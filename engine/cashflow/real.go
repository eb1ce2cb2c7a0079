package cashflow

import (
	"math"
	"math/big"
)

// real is a 256-bit binary number. Its methods return new numbers and never
// change one; a division by zero gives no number (f is nil), which spreads.
type real struct{ f *big.Float }

const precision = 256

func newFloat() *big.Float { return new(big.Float).SetPrec(precision) }

func fromText(s string) real {
	f, _, err := big.ParseFloat(s, 10, precision, big.ToNearestEven)
	if err != nil {
		return real{}
	}
	return real{f}
}

func whole(n int) real { return real{newFloat().SetInt64(int64(n))} }

func (a real) ok() bool { return a.f != nil && !a.f.IsInf() }

func both(a, b real, op func(z, x, y *big.Float) *big.Float) real {
	if !a.ok() || !b.ok() {
		return real{}
	}
	return real{op(newFloat(), a.f, b.f)}
}

func (a real) add(b real) real { return both(a, b, (*big.Float).Add) }
func (a real) sub(b real) real { return both(a, b, (*big.Float).Sub) }
func (a real) mul(b real) real { return both(a, b, (*big.Float).Mul) }
func (a real) quo(b real) real {
	if b.ok() && b.f.Sign() == 0 {
		return real{}
	}
	return both(a, b, (*big.Float).Quo)
}

func (a real) neg() real {
	if !a.ok() {
		return real{}
	}
	return real{newFloat().Neg(a.f)}
}

func (a real) abs() real {
	if a.sign() < 0 {
		return a.neg()
	}
	return a
}

func (a real) sign() int {
	if !a.ok() {
		return 0
	}
	return a.f.Sign()
}

func (a real) cmp(b real) int {
	if !a.ok() || !b.ok() {
		return 0
	}
	return a.f.Cmp(b.f)
}

func (a real) less(b real) bool { return a.cmp(b) < 0 }

func minReal(a, b real) real {
	if b.less(a) {
		return b
	}
	return a
}

func maxReal(a, b real) real {
	if a.less(b) {
		return b
	}
	return a
}

// floor returns the whole part towards minus infinity, held inside ±2^31.
func (a real) floor() int {
	n, acc := a.f.Int64()
	if acc == big.Above {
		n--
	}
	return int(min(max(n, math.MinInt32), math.MaxInt32))
}

// pow is a to a whole power.
func (a real) pow(n int) real {
	if n < 0 {
		return whole(1).quo(a.pow(-n))
	}
	result := whole(1)
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			result = result.mul(a)
		}
		if n > 1 {
			a = a.mul(a)
		}
	}
	return result
}

// root is the nth root of a, by Newton's method; of a negative number for odd n
// only. Without a root it is no number.
func (a real) root(n int) real {
	switch {
	case !a.ok() || n < 1 || a.sign() < 0 && n%2 == 0:
		return real{}
	case a.sign() == 0 || n == 1:
		return a
	case a.sign() < 0:
		return a.neg().root(n).neg()
	}
	// A start within 2^±0.5 comes from the exponent alone.
	mant := new(big.Float)
	exp := a.f.MantExp(mant)
	m, _ := mant.Float64()
	log2 := (math.Log2(m) + float64(exp)) / float64(n)
	whole2, frac := math.Modf(log2)
	x := real{newFloat().SetMantExp(big.NewFloat(math.Exp2(frac)).SetPrec(precision), int(whole2))}
	for range 200 {
		next := x.mul(whole(n - 1)).add(a.quo(x.pow(n - 1))).quo(whole(n))
		d := next.sub(x).abs()
		x = next
		if !x.ok() || d.sign() == 0 || d.less(x.mul(tiny(precision-12))) {
			break
		}
	}
	return x
}

// tiny is 2^-bits.
func tiny(bits int) real {
	return real{newFloat().SetMantExp(big.NewFloat(1).SetPrec(precision), -bits)}
}

// power is a positive number to the power p/q.
func (a real) power(p, q int) real {
	g := gcd(p, q)
	return a.root(q / g).pow(p / g)
}

func gcd(a, b int) int {
	if a < 0 {
		a = -a
	}
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, 1)
}
