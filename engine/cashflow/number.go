package cashflow

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/govalues/decimal"
)

// Number is a decimal in JSON, written as a number; text is read too, so that
// systems which keep amounts as text need not convert them.
type Number struct{ decimal.Decimal }

// N returns the number that a decimal literal states; it panics on any other
// text and is for constants in programs and tests.
func N(s string) Number { return Number{decimal.MustParse(s)} }

// UnmarshalJSON reads 12.34, 1e-3 or "12.34".
func (n *Number) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	d, err := decimal.Parse(text)
	if err != nil {
		if len(text) > 30 {
			text = text[:30] + "…"
		}
		return fmt.Errorf("%s is not a decimal number of up to 19 digits", text)
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

// real is the 256-bit binary form in which a Number is calculated with.
func (n Number) real() real { return fromText(n.Decimal.String()) }

// Value is a result: a number of up to 17 significant digits, or none, which
// is written as null and means that the question has no answer.
type Value struct{ text string }

// Known reports whether there is a number.
func (v Value) Known() bool { return v.text != "" }

// String writes the number, or n/a.
func (v Value) String() string {
	if v.text == "" {
		return "n/a"
	}
	return v.text
}

// MarshalJSON writes the number, or null.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.text == "" {
		return []byte("null"), nil
	}
	return []byte(v.text), nil
}

// JSONSchema describes the JSON form of a Value.
func (Value) JSONSchema() map[string]any { return map[string]any{"type": []string{"number", "null"}} }

// value rounds r to 17 significant digits for output.
func value(r real) Value {
	if r.f == nil || r.f.IsInf() {
		return Value{}
	}
	text := r.f.Text('g', 17)
	if strings.ContainsAny(text, "e") {
		return Value{text}
	}
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		text = "0"
	}
	return Value{text}
}

// cents rounds r half away from zero to two places; an error names an amount
// that does not fit 19 digits.
func cents(r real) (Number, error) { return round(r, 2) }

func round(r real, places int) (Number, error) {
	if r.f == nil || r.f.IsInf() {
		return Number{}, fmt.Errorf("the amount cannot be calculated")
	}
	d, err := decimal.Parse(halfUp(r.f, places))
	if err != nil {
		return Number{}, fmt.Errorf("the amount has more than 19 digits")
	}
	return Number{d}, nil
}

// halfUp writes f with so many places, halves away from zero. The exact decimal
// 2.675 is below 2.675 in binary; the 77 digits carried make up for it.
func halfUp(f *big.Float, places int) string {
	near := f.Text('f', 60) // exact to 60 places: shakes off the binary tail
	r, ok := new(big.Rat).SetString(near)
	if !ok {
		return near
	}
	return r.FloatString(places)
}
