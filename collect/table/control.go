package table

import (
	"math/big"
	"strings"
)

// controlSum adds whole numbers without end, whatever their sum comes to.
type controlSum struct {
	low  int64
	rest big.Int
}

func (s *controlSum) add(x int64) {
	sum := s.low + x
	if x != 0 && (x > 0) != (sum > s.low) { // beyond 64 bits
		s.rest.Add(&s.rest, big.NewInt(s.low))
		sum = x
	}
	s.low = sum
}

// amount is the sum as a number, scale of its digits behind the point.
func (s *controlSum) amount(scale int) *big.Rat {
	whole := new(big.Int).Add(&s.rest, big.NewInt(s.low))
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	return new(big.Rat).SetFrac(whole, ten)
}

// readAmount reads a number a person gave, however many digits it has; empty is 0.
func readAmount(text string) (*big.Rat, bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return new(big.Rat), true
	}
	if numberLiteral(text) != "" {
		return new(big.Rat).SetString(text)
	}
	_, frac, _ := strings.Cut(text, ".")
	scale := min(len(frac), maxDigits)
	n, ok := readScaled([]byte(text), false, scale) // thousands apart, a currency
	s := controlSum{low: n}
	return s.amount(scale), ok
}
