package schedule

import (
	"bytes"
	"encoding/json"

	"steward/engine/calc"
)

// Moment is a point in time as the input writes it: a number of units from
// the project's start, or a civil date such as "2026-01-31" or
// "2026-01-31T08:00" in a project that has a start date.
type Moment struct {
	set  bool
	text string // a date, or "" for a number
	num  float64
}

// Date and At make moments of the two kinds.
func Date(s string) Moment { return Moment{set: true, text: s} }
func At(n float64) Moment  { return Moment{set: true, num: n} }

// IsZero reports whether the input left the moment out.
func (m Moment) IsZero() bool { return !m.set }

// Number is the moment in units from the start, when it is not a date.
func (m Moment) Number() (float64, bool) { return m.num, m.set && m.text == "" }

func (m Moment) String() string {
	if m.text != "" {
		return m.text
	}
	return number(m.num)
}

func (m Moment) MarshalJSON() ([]byte, error) {
	switch {
	case !m.set:
		return []byte("null"), nil
	case m.text != "":
		return json.Marshal(m.text)
	}
	return json.Marshal(m.num)
}

func (m *Moment) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	if string(b) == "null" {
		*m = Moment{}
		return nil
	}
	if len(b) > 0 && b[0] == '"' {
		m.set = true
		if err := json.Unmarshal(b, &m.text); err != nil {
			return err
		}
		if m.text == "" {
			return calc.Wrong("", "a date is empty; leave the field out or give a date such as \"2026-01-31\"")
		}
		return nil
	}
	if err := json.Unmarshal(b, &m.num); err != nil {
		return calc.Wrong("", "%s is not a point in time; give a number or a date such as \"2026-01-31\"", clip(b))
	}
	m.set, m.text = true, ""
	return nil
}

// JSONSchema describes a moment's JSON form.
func (Moment) JSONSchema() map[string]any {
	return map[string]any{"oneOf": []any{
		map[string]any{"type": "number", "description": "units from the project's start"},
		map[string]any{"type": "string", "description": "a civil date or date and time, such as 2026-01-31T08:00"},
	}}
}

func clip(b []byte) string {
	if len(b) > 40 {
		return string(b[:40]) + "…"
	}
	return string(b)
}

func number(x float64) string {
	b, err := json.Marshal(x)
	if err != nil {
		return "not a number"
	}
	return string(b)
}
