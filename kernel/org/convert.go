package org

import "math/big"

// scaleRate computes minor × rate × 10^(to−from) exactly and rounds half away
// from zero; with inverse it divides by the rate. ok is false on overflow.
func scaleRate(minor int64, from, to int, rate int64, inverse bool) (n int64, ok bool) {
	num, den := big.NewInt(minor), big.NewInt(1)
	scale := pow10(RateDigits)
	if inverse {
		num.Mul(num, scale)
		den.Mul(den, big.NewInt(rate))
	} else {
		num.Mul(num, big.NewInt(rate))
		den.Mul(den, scale)
	}
	num.Mul(num, pow10(to))
	den.Mul(den, pow10(from))
	negative := num.Sign() < 0
	num.Abs(num)
	num.Mul(num, big.NewInt(2)).Add(num, den)
	num.Quo(num, den.Mul(den, big.NewInt(2)))
	if negative {
		num.Neg(num)
	}
	return num.Int64(), num.IsInt64()
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
