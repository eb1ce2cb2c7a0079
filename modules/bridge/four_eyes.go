package bridge

import (
	"maps"
	"slices"

	"steward/kernel/access"
	"steward/kernel/decisions"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/lib/locale"
)

// SetLimits keeps other limits and tells the change log. It is for who may change
// settings, who approves nothing by that: nobody widens the own limit.
func SetLimits(u *records.Tx, l decisions.Limits) error {
	if !access.MayIn(u.Actor, access.Admin, access.Settings, u.Now) {
		return fail.New(fail.Forbidden, "bridge.limits.may-not", "Only who may change settings may change the limits.")
	}
	if err := checkLimits(l, decisions.SetOf(u)); err != nil {
		return err
	}
	return org.Change(u, decisions.LimitsSetting, l)
}

func checkLimits(l decisions.Limits, kinds *decisions.Set) error {
	var bad []*fail.Error
	amount := func(field string, n int64) {
		if n < 0 || n > 1e15 {
			bad = append(bad, fail.Named(field, "bridge.limits.amount-wrong", "A limit is an amount of 0 or more."))
		}
	}
	role := func(field, name string) {
		if _, ok := access.RoleNamed(name); !ok {
			bad = append(bad, fail.Named(field, "kernel.signin.no-role", "There is no role “{role}”.").With("role", name))
		}
	}
	amount("default", l.Default)
	for _, name := range slices.Sorted(maps.Keys(l.Roles)) {
		role("roles", name)
		amount("roles", l.Roles[name])
	}
	if l.Second != "" {
		role("second", l.Second)
	}
	seen := map[decisions.Limit]bool{}
	for _, m := range l.More {
		amount("more", m.Amount)
		if m.Kind != "" && kinds.Kind(m.Kind) == nil || m.Kind == "" && m.Currency == "" {
			bad = append(bad, fail.Named("more", "bridge.limits.kind-wrong", "A limit of its own is for a kind of decision, a currency, or both."))
		}
		if _, ok := locale.Digits(m.Currency); m.Currency != "" && !ok {
			bad = append(bad, fail.Named("more", "kernel.org.currency", "Choose a currency, such as EUR."))
		}
		m.Amount = 0
		if seen[m] {
			bad = append(bad, fail.Named("more", "bridge.limits.twice", "There are two limits for the same."))
		}
		seen[m] = true
	}
	return fail.Join(bad)
}
