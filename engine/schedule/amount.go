package schedule

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"steward/engine/calc"
)

// Amount is a duration or a lag as the input writes it: a number of the
// project's units, or text with a unit: "3d", "4h", "-30m", "2w", "1mo";
// elapsed time that no calendar interrupts: "2ed", "36eh"; for a lag also a
// share of the predecessor's duration: "50%", "-25%", or elapsed "50e%".
type Amount struct {
	set     bool
	value   float64
	unit    string // "", "m", "h", "d", "w", "mo" or "%"
	elapsed bool
}

// Units is an amount in the project's units.
func Units(v float64) Amount { return Amount{set: true, value: v} }

// IsZero reports whether the input left the amount out.
func (a Amount) IsZero() bool { return !a.set }

func (a Amount) MarshalJSON() ([]byte, error) {
	if !a.set {
		return []byte("null"), nil
	}
	if a.unit == "" && !a.elapsed {
		return json.Marshal(a.value)
	}
	return json.Marshal(a.String())
}

func (a Amount) String() string {
	e := ""
	if a.elapsed {
		e = "e"
	}
	return number(a.value) + e + a.unit
}

func (a *Amount) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	if string(b) == "null" {
		*a = Amount{}
		return nil
	}
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		got, ok := parseAmount(s)
		if !ok {
			return calc.Wrong("", "%s is not an amount of time; give a number or text such as \"3d\", \"4h\", \"2ed\" or \"50%%\"", clip(b))
		}
		*a = got
		return nil
	}
	if err := json.Unmarshal(b, &a.value); err != nil {
		return calc.Wrong("", "%s is not an amount of time; give a number or text such as \"3d\"", clip(b))
	}
	a.set, a.unit, a.elapsed = true, "", false
	return nil
}

// JSONSchema describes an amount's JSON form.
func (Amount) JSONSchema() map[string]any {
	return map[string]any{"oneOf": []any{
		map[string]any{"type": "number", "description": "in the project's unit"},
		map[string]any{"type": "string", "pattern": `^ *[-+]?[0-9.]+ *[eE]?([mM](in(ute)?s?)?|[hH]((ou)?rs?)?|[dD](ays?)?|[wW]((ee)?ks?)?|[mM]on?(ths?)?|%)? *$`, "description": "with a unit; e for elapsed; % of the predecessor's duration for a lag"},
	}}
}

func parseAmount(s string) (Amount, bool) {
	s = strings.TrimSpace(s)
	end := 0
	for end < len(s) && strings.IndexByte("+-0123456789.", s[end]) >= 0 {
		end++
	}
	v, err := strconv.ParseFloat(s[:end], 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return Amount{}, false
	}
	a := Amount{set: true, value: v}
	unit := strings.ToLower(strings.TrimSpace(s[end:]))
	if rest, ok := strings.CutPrefix(unit, "e"); ok {
		a.elapsed, unit = true, rest
	}
	switch unit {
	case "m", "min", "mins", "minute", "minutes":
		a.unit = "m"
	case "h", "hr", "hrs", "hour", "hours":
		a.unit = "h"
	case "d", "day", "days":
		a.unit = "d"
	case "w", "wk", "wks", "week", "weeks":
		a.unit = "w"
	case "mo", "mon", "month", "months":
		a.unit = "mo"
	case "%":
		a.unit = "%"
	case "":
	default:
		return Amount{}, false
	}
	return a, true
}
