package portfolio

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Number is a decimal number as it stands in JSON, kept exactly.
type Number struct{ text string }

// Num returns the Number written as text, such as "12.50". It is checked when used.
func Num(text string) Number { return Number{text} }

// Int returns n as a Number.
func Int(n int64) Number { return Number{strconv.FormatInt(n, 10)} }

// UnmarshalJSON keeps the text; what is wrong with it is said where its place is known.
func (n *Number) UnmarshalJSON(b []byte) error {
	n.text = string(b)
	if n.text == "null" {
		n.text = ""
	}
	return nil
}

// MarshalJSON writes the number as it is.
func (n Number) MarshalJSON() ([]byte, error) {
	if n.text == "" {
		return []byte("null"), nil
	}
	return []byte(n.text), nil
}

// JSONSchema says that it is a number.
func (n Number) JSONSchema() map[string]any { return map[string]any{"type": "number"} }

func (n Number) String() string { return n.text }

// Given reports whether there is a number at all.
func (n Number) Given() bool { return n.text != "" }

// Rat returns the number as an exact fraction; 0 when there is none.
func (n Number) Rat() *big.Rat {
	d, err := n.decimal()
	if err != nil {
		return new(big.Rat)
	}
	return big.NewRat(1, 1).SetFrac(big.NewInt(d.units), pow10(d.places))
}

// decimal is units / 10^places, without trailing zeros behind the point.
type decimal struct {
	units  int64
	places int
}

const (
	maxPlaces = 12
	maxUnits  = 1e15 // so that sums of many stay whole numbers of 64 bits
)

// decimal reads the text: at most 15 digits that count, 12 behind the point.
func (n Number) decimal() (decimal, error) {
	t := n.text
	if t == "" {
		return decimal{}, nil
	}
	if t[0] == '"' || t[0] == '{' || t[0] == '[' || t == "true" || t == "false" {
		return decimal{}, fmt.Errorf("is %s where a number is wanted", clip(t))
	}
	mant, exp := t, 0
	if i := strings.IndexAny(t, "eE"); i >= 0 {
		e, err := strconv.Atoi(t[i+1:])
		if err != nil || e > 40 || e < -40 {
			return decimal{}, fmt.Errorf("%s has an exponent out of range; write the number in full", clip(t))
		}
		mant, exp = t[:i], e
	}
	neg := strings.HasPrefix(mant, "-")
	mant = strings.TrimPrefix(mant, "-")
	whole, frac, _ := strings.Cut(mant, ".")
	digits := whole + frac
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return decimal{}, fmt.Errorf("%s is not a number", clip(t))
	}
	places := len(frac) - exp
	for places > 0 && strings.HasSuffix(digits, "0") {
		digits, places = digits[:len(digits)-1], places-1
	}
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		return decimal{}, nil
	}
	if places < 0 && len(digits)-places <= 16 {
		digits, places = digits+strings.Repeat("0", -places), 0
	}
	if places < 0 || places > maxPlaces || len(digits) > 16 {
		return decimal{}, fmt.Errorf("%s has too many digits; at most 15 count, %d of them behind the point", clip(t), maxPlaces)
	}
	units, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || units > maxUnits {
		return decimal{}, fmt.Errorf("%s has too many digits; at most 15 count", clip(t))
	}
	if neg {
		units = -units
	}
	return decimal{units, places}, nil
}

func clip(s string) string {
	if len(s) > 24 {
		return strings.ToValidUTF8(s[:24], "") + "…"
	}
	return s
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// scaled returns the number in units of 10^-places; false when it does not fit.
func (d decimal) scaled(places int) (int64, bool) {
	v := d.units
	for k := d.places; k < places; k++ {
		if v > maxUnits || v < -maxUnits {
			return 0, false
		}
		v *= 10
	}
	return v, true
}

// exactly writes units of 10^-places as a Number.
func exactly(units int64, places int) Number {
	neg := units < 0
	s := strconv.FormatInt(units, 10)
	s = strings.TrimPrefix(s, "-")
	if places > 0 {
		if len(s) <= places {
			s = strings.Repeat("0", places-len(s)+1) + s
		}
		s = strings.TrimRight(s[:len(s)-places]+"."+s[len(s)-places:], "0")
		s = strings.TrimSuffix(s, ".")
	}
	if neg {
		s = "-" + s
	}
	return Number{s}
}

// Numbers is one number, or a list of one for each period.
type Numbers struct {
	list []Number
	many bool
}

// One and Each make Numbers in Go.
func One(n Number) Numbers     { return Numbers{list: []Number{n}} }
func Each(n ...Number) Numbers { return Numbers{list: n, many: true} }

// UnmarshalJSON reads a number or a list of numbers.
func (n *Numbers) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		n.many = true
		return unmarshalList(b, &n.list)
	}
	var one Number
	if err := one.UnmarshalJSON(b); err != nil {
		return err
	}
	n.list = nil
	if one.Given() {
		n.list = []Number{one}
	}
	return nil
}

// MarshalJSON writes it in the form it came in.
func (n Numbers) MarshalJSON() ([]byte, error) {
	if !n.many {
		if len(n.list) == 0 {
			return []byte("null"), nil
		}
		return n.list[0].MarshalJSON()
	}
	var parts []string
	for _, x := range n.list {
		b, _ := x.MarshalJSON()
		parts = append(parts, string(b))
	}
	return []byte("[" + strings.Join(parts, ",") + "]"), nil
}

// JSONSchema says that it is a number or a list of numbers.
func (n Numbers) JSONSchema() map[string]any {
	return map[string]any{"oneOf": []any{
		map[string]any{"type": "number"},
		map[string]any{"type": "array", "items": map[string]any{"type": "number"}},
	}}
}
