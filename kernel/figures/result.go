package figures

import (
	"cmp"
	"time"

	"steward/kernel/records"
	"steward/lib/words"
)

// State says whether a value is one.
type State string

const (
	Known  State = "known"
	NA     State = "n/a"     // cannot be computed: nothing to divide by. Never shown as 0
	Absent State = "unknown" // could be, but nothing is known yet
)

// Value is what a figure comes to. The zero Value is unknown.
type Value struct {
	State    State   `json:"state"`
	Number   float64 `json:"number,omitempty"`   // of an amount: nothing
	Minor    int64   `json:"minor,omitempty"`    // of an amount: exact
	Currency string  `json:"currency,omitempty"` // "" for what is no amount
}

// Count is a known whole number.
func Count[N ~int | ~int64](n N) Value { return Value{State: Known, Number: float64(n)} }

// Measured is a known number.
func Measured(x float64) Value { return Value{State: Known, Number: x} }

// Share is part of whole in percent; of nothing it is not applicable.
func Share[N ~int | ~int64 | ~float64](part, whole N) Value {
	if whole == 0 {
		return NotApplicable()
	}
	return Measured(float64(part) / float64(whole) * 100)
}

// MoneyOf is a known amount.
func MoneyOf(m records.Money) Value {
	return Value{State: Known, Minor: m.Minor, Currency: m.Currency}
}

// NotApplicable is the value of what cannot be computed, such as a share of none.
func NotApplicable() Value { return Value{State: NA} }

// Unknown is the value of what nothing is known about yet.
func Unknown() Value { return Value{State: Absent} }

// Known reports whether there is a value.
func (v Value) Known() bool { return v.State == Known }

// Money is an amount's value.
func (v Value) Money() records.Money { return records.Money{Minor: v.Minor, Currency: v.Currency} }

// MostInputs is how many inputs of a value are kept by name; of more there is the
// count and the condition they meet.
const MostInputs = 50

// Result is what Compute found.
type Result struct {
	Value Value
	// Target and Limit stand in for the figure's own: a plan, an agreed level.
	Target, Limit *float64
	// Inputs are the records the value was computed from, those that matter most
	// first. Use Input to add them.
	Inputs []Input
	Total  int64 // inputs altogether
	// Condition says in words which records are inputs: "active contracts to be decided on by {day}".
	Condition words.Said
	// Part and Whole are what was divided, for shares; shown in the explanation.
	Part, Whole Value
	Sources     []Source
	Gaps        []words.Said // what is missing or stale
	// Outdated says why the value is not to be relied on: what it was computed from
	// came late, or was refused. It is shown greyed.
	Outdated words.Said
	// Range says between what an expected value lies; it stands beside the value.
	Range words.Said
}

// Input is one record that went into a value, with what it added and, if that
// says nothing, why it counts.
type Input struct {
	Ref   records.Ref `json:"ref"`
	Value Value       `json:"value"`
	Note  words.Said  `json:"note"`
}

// Source is where inputs came from, and the moment of the oldest of them.
type Source struct {
	Name words.Said `json:"name"`
	At   time.Time  `json:"at"` // zero: not known
}

// Input adds a record that the value was computed from. All are counted; the
// first fifty are kept.
func (r *Result) Input(ref records.Ref, v Value, note words.Said) {
	r.Total++
	if len(r.Inputs) < MostInputs {
		r.Inputs = append(r.Inputs, Input{ref, v, note})
	}
}

// Source says where inputs came from.
func (r *Result) Source(name words.Said, at time.Time) {
	r.Sources = append(r.Sources, Source{name, at})
}

// Gap says what is missing or stale.
func (r *Result) Gap(s words.Said) { r.Gaps = append(r.Gaps, s) }

// Judge says how a value stands: "ok", "warn", "bad", or "" when there is
// nothing to judge by.
func Judge(v Value, better Direction, target, limit *float64) string {
	if !v.Known() || better == Neutral || target == nil && limit == nil {
		return ""
	}
	x := v.Float()
	beyond := func(mark *float64) bool {
		if mark == nil {
			return false
		}
		if better == Higher {
			return cmp.Less(x, *mark)
		}
		return cmp.Less(*mark, x)
	}
	switch {
	case beyond(limit):
		return "bad"
	case beyond(target):
		return "warn"
	}
	return "ok"
}
