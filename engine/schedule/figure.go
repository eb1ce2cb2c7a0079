package schedule

import (
	"encoding/json"
	"strings"
)

// Figure is a number, or "n/a" where it does not exist, with the reason.
type Figure struct {
	value float64
	none  string
}

func some(v float64) Figure     { return Figure{value: v} }
func missing(why string) Figure { return Figure{none: why} }
func (f Figure) Has() bool      { return f.none == "" }
func (f Figure) Value() float64 { return f.value }
func (f Figure) WhyNot() string { return f.none }
func (f Figure) minus(g Figure) Figure {
	return both(f, g, func(a, b float64) float64 { return a - b })
}

func both(f, g Figure, op func(a, b float64) float64) Figure {
	switch {
	case !f.Has():
		return f
	case !g.Has():
		return g
	}
	return some(op(f.value, g.value))
}

// over divides, naming the divisor that is 0.
func (f Figure) over(g Figure, divisor string) Figure {
	if g.Has() && g.value == 0 {
		return missing(divisor + " is 0")
	}
	return both(f, g, func(a, b float64) float64 { return a / b })
}

func (f Figure) MarshalJSON() ([]byte, error) {
	if !f.Has() {
		return json.Marshal(f.word())
	}
	return json.Marshal(tidy(f.value))
}

// word stands for a figure that does not exist.
func (f Figure) word() string {
	if strings.HasPrefix(f.none, notAchievable) {
		return notAchievable
	}
	return "n/a"
}

const notAchievable = "not achievable"

// JSONSchema describes a figure's JSON form.
func (Figure) JSONSchema() map[string]any {
	return map[string]any{"oneOf": []any{map[string]any{"type": "number"}, map[string]any{"type": "string", "enum": []string{"n/a", notAchievable}}}}
}
