package allocation

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/govalues/decimal"
)

// Number is a decimal in JSON, written as a number; text is read too.
type Number struct{ decimal.Decimal }

// UnmarshalJSON reads 12.34 or "12.34".
func (n *Number) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	d, err := decimal.Parse(text)
	if err != nil {
		return fmt.Errorf("%.30s is not a decimal number of up to 19 digits", text)
	}
	n.Decimal = d
	return nil
}

// MarshalJSON writes n as a JSON number.
func (n Number) MarshalJSON() ([]byte, error) { return []byte(n.Decimal.String()), nil }

// JSONSchema describes the JSON form of a Number.
func (Number) JSONSchema() map[string]any {
	return map[string]any{"type": []string{"number", "string"}}
}

// rat is n as an exact fraction.
func (n Number) rat() *big.Rat {
	r, _ := new(big.Rat).SetString(n.Decimal.String())
	return r
}

// amount is a count of the smallest unit as a Number with so many places.
func amount(units *big.Int, places int) (Number, error) {
	text := new(big.Rat).SetFrac(units, pow10(places)).FloatString(places)
	d, err := decimal.Parse(text)
	if err != nil {
		return Number{}, fmt.Errorf("an amount has more than 19 digits")
	}
	return Number{d}, nil
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
