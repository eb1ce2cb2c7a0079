package decisions

import (
	"math"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/lib/locale"
)

// Limits say from which amount on two persons must agree, in whole units of the
// organisation's currency. It is kept as a setting.
type Limits struct {
	Default int64 `json:"default"`
	// Roles lets holders of a role decide alone up to more (or less).
	Roles map[string]int64 `json:"roles,omitempty"`
	// Second is the role whose holders may agree to whatever waits for a second
	// person, besides those who may decide it themselves; "" for none.
	Second string `json:"second,omitempty"`
	// More are limits for a kind, a currency or both, in place of the ones above for
	// whoever decides; the most exact one holds.
	More []Limit `json:"more,omitempty"`
}

// Limit is from which amount on two persons must agree to decisions of a kind.
type Limit struct {
	Kind     string `json:"kind,omitempty"`     // "" is any
	Currency string `json:"currency,omitempty"` // "" is any, converted into the organisation's
	Amount   int64  `json:"amount"`             // whole units
}

// LimitsSetting is the name the limits are kept under.
const LimitsSetting = "decisions.limits"

// ordinary is what holds until somebody sets limits.
var ordinary = Limits{Default: 10_000, Roles: map[string]int64{access.MISManager: 50_000, access.Executive: 250_000}, Second: access.Executive}

// LimitsOf returns the limits in force.
func LimitsOf(r records.Reader) (Limits, error) {
	var l Limits
	found, err := org.Setting(r, LimitsSetting, &l)
	if err != nil || !found {
		return ordinary, err
	}
	return l, nil
}

// exact is the limit of its own for a kind and currency; nil leaves it to the role.
func (l Limits) exact(kind, currency string) *Limit {
	for _, want := range []Limit{{Kind: kind, Currency: currency}, {Kind: kind}, {Currency: currency}} {
		for i, m := range l.More {
			if m.Kind == want.Kind && m.Currency == want.Currency {
				return &l.More[i]
			}
		}
	}
	return nil
}

// of is the amount up to which the actor decides alone.
func (l Limits) of(a *access.Actor) int64 {
	most, any := int64(0), false
	for _, role := range a.Roles {
		if n, ok := l.Roles[role]; ok && (!any || n > most) {
			most, any = n, true
		}
	}
	if !any {
		return l.Default
	}
	return most
}

// NeedsSecond says whether the reader's answer needs a second person's: when the
// amount, in the organisation's currency at today's rate, reaches the limit. An
// amount that cannot be converted does.
func NeedsSecond(r records.Reader, d *Decision, o *Option) (bool, error) {
	if !d.Amount.Set || o.Harmless {
		return false, nil
	}
	home, _, err := org.Get(r)
	if err != nil {
		return false, err
	}
	l, err := LimitsOf(r)
	if err != nil {
		return false, err
	}
	most := l.of(r.Reading().Actor)
	if m := l.exact(d.Kind, d.Amount.V.Currency); m != nil {
		if most = m.Amount; m.Currency != "" {
			return reaches(d.Amount.V, most), nil
		}
	}
	system := *r.Reading()
	system.Actor = access.System()
	c, known, err := org.Convert(&system, d.Amount.V, home.Currency, home.Today(r))
	if err != nil || !known {
		return err == nil, err
	}
	return reaches(c.Amount, most), nil
}

// reaches says whether an amount is so many whole units of its currency, or more.
func reaches(m records.Money, units int64) bool {
	digits, ok := locale.Digits(m.Currency)
	if !ok {
		digits = 2
	}
	return math.Abs(float64(m.Minor)) >= float64(units)*math.Pow10(digits)
}
