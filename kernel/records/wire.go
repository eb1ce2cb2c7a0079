package records

import (
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"steward/kernel/fail"
	"steward/lib/locale"
)

// FromText reads a value as addresses and CSV files in the API's spelling hold
// it: 2026-12-31, true, 12.5, 2026-11-22T10:00:00Z, "1200.00 EUR".
func FromText(f *Field, s string) (any, error) {
	bad := func(example string) error {
		return fail.Named(f.Name, "kernel.records.wire", "{value} is not a value for this; write it like {example}.").With("value", s).With("example", example)
	}
	switch f.Kind {
	case Int:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return nil, bad("42")
		}
		return n, nil
	case Decimal:
		n, ok := scaled(s, f.Scale)
		if !ok {
			return nil, bad("12.5")
		}
		return n, nil
	case Measure:
		x, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, bad("12.5")
		}
		return x, nil
	case Bool:
		switch s {
		case "true", "1", "yes":
			return true, nil
		case "false", "0", "no":
			return false, nil
		}
		return nil, bad("true")
	case Instant:
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			if t, err = time.Parse(time.DateOnly, s); err != nil {
				return nil, bad("2026-12-31T10:00:00Z")
			}
		}
		return t.UnixMicro(), nil
	case DateKind:
		if !Date(s).Valid() {
			return nil, bad("2026-12-31")
		}
		return s, nil
	case Amount:
		amount, currency, ok := strings.Cut(strings.TrimSpace(s), " ")
		if !ok {
			return nil, bad("1200.00 EUR")
		}
		return moneyOf(f, amount, currency)
	}
	return s, nil
}

func moneyOf(f *Field, amount, currency string) (any, error) {
	digits, known := locale.Digits(currency)
	if !known {
		return nil, fail.Named(f.Name, "kernel.records.currency", "{currency} is not a currency; use a code such as EUR.").With("currency", currency)
	}
	n, ok := scaled(amount, digits)
	if !ok {
		return nil, fail.Named(f.Name, "kernel.records.amount", "{value} is not an amount; write it like {example}.").With("value", amount).With("example", "1200.00")
	}
	return Money{n, currency}, nil
}

// scaled reads a decimal number exactly as an integer of 10^-digits; more
// digits than are kept are refused, not rounded.
func scaled(s string, digits int) (int64, bool) {
	if len(s) > 40 || strings.ContainsAny(s, "eExX_/pP") {
		return 0, false
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return 0, false
	}
	r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)))
	if !r.IsInt() || !r.Num().IsInt64() {
		return 0, false
	}
	return r.Num().Int64(), true
}

// unscaled writes an integer of 10^-digits as a decimal number.
func unscaled(n int64, digits int) string {
	if digits == 0 {
		return strconv.FormatInt(n, 10)
	}
	return new(big.Rat).SetFrac(big.NewInt(n), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)).FloatString(digits)
}

// FromJSON reads a value from decoded JSON (numbers as json.Number): null is
// unknown, money is {"amount":"1200.00","currency":"EUR"}, a decimal a string or
// a number, a moment RFC 3339.
func FromJSON(f *Field, v any) (any, error) {
	bad := func(want string) error {
		return fail.Named(f.Name, "kernel.records.json", "{want} is wanted here.").With("want", want)
	}
	if v == nil {
		return nil, nil
	}
	switch f.Kind {
	case Int, Decimal, Measure:
		var s string
		switch n := v.(type) {
		case json.Number:
			s = n.String()
		case string:
			if f.Kind != Decimal {
				return nil, bad("A number")
			}
			s = n
		default:
			return nil, bad("A number")
		}
		return FromText(f, s)
	case Bool:
		if b, ok := v.(bool); ok {
			return b, nil
		}
		return nil, bad("true or false")
	case Amount:
		m, ok := v.(map[string]any)
		if !ok {
			return nil, bad(`{"amount":"1200.00","currency":"EUR"}`)
		}
		currency, _ := m["currency"].(string)
		switch a := m["amount"].(type) {
		case string:
			return moneyOf(f, a, currency)
		case json.Number:
			return moneyOf(f, a.String(), currency)
		}
		return nil, bad(`{"amount":"1200.00","currency":"EUR"}`)
	}
	s, ok := v.(string)
	if !ok {
		return nil, bad("A text")
	}
	if f.Kind == Instant || f.Kind == DateKind {
		return FromText(f, s)
	}
	return s, nil
}

// ToJSON writes a normalised value as the API spells it.
func ToJSON(f *Field, v any) any {
	switch x := v.(type) {
	case int64:
		switch f.Kind {
		case Instant:
			return Moment(x).Time().Format(time.RFC3339Nano)
		case Decimal:
			return unscaled(x, f.Scale)
		}
	case Money:
		digits, _ := locale.Digits(x.Currency)
		return map[string]any{"amount": unscaled(x.Minor, digits), "currency": x.Currency}
	}
	return v
}

// ToText writes a normalised value as FromText reads it: for CSV.
func ToText(f *Field, v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case bool:
		return strconv.FormatBool(x)
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64)
	case Money:
		digits, _ := locale.Digits(x.Currency)
		return unscaled(x.Minor, digits) + " " + x.Currency
	case int64:
		switch f.Kind {
		case Instant:
			return Moment(x).Time().Format(time.RFC3339)
		case Decimal:
			return unscaled(x, f.Scale)
		}
		return strconv.FormatInt(x, 10)
	}
	return ""
}
