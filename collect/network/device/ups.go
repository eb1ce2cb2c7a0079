package device

import (
	"steward/collect/network/seen"
	"steward/collect/network/snmp"
)

// ups reads UPS-MIB (RFC 1628), and what APC and Eaton tell in their own MIBs.
func (r *reader) ups() int {
	u := &seen.UPS{}
	v := r.scalars("1.3.6.1.2.1.33.1.2.1.0", "1.3.6.1.2.1.33.1.2.2.0", "1.3.6.1.2.1.33.1.2.3.0", "1.3.6.1.2.1.33.1.2.4.0", "1.3.6.1.2.1.33.1.2.5.0", "1.3.6.1.2.1.33.1.2.7.0",
		"1.3.6.1.2.1.33.1.4.1.0", "1.3.6.1.2.1.33.1.6.1.0")
	found := 0
	for _, x := range v {
		if !x.Missing() {
			found++
		}
	}
	if found > 0 {
		u.Battery = word(intOf(v[0]), "unknown", "normal", "low", "depleted")
		u.OnBattery, u.Runtime, u.Charge = scaled(v[1], 1), scaled(v[2], 1), scaled(v[3], 1)
		u.BatteryV, u.Temperature = positive(scaled(v[4], 0.1)), positive(scaled(v[5], 1))
		u.Output = word(intOf(v[6]), "other", "none", "normal", "bypass", "battery", "booster", "reducer")
		u.Alarms = number(v[7])
		for _, w := range r.table("1.3.6.1.2.1.33.1.3.3.1", 3).list {
			if f := scaled(w.get(3), 1); f != nil {
				u.InputV = append(u.InputV, *f)
			}
		}
		for _, w := range r.table("1.3.6.1.2.1.33.1.4.4.1", 2, 4, 5).list {
			if f := scaled(w.get(2), 1); f != nil {
				u.OutputV = append(u.OutputV, *f)
			}
			if f := scaled(w.get(4), 1); f != nil {
				u.OutputW = append(u.OutputW, *f)
			}
			if f := scaled(w.get(5), 1); f != nil && (u.Load == nil || *f > *u.Load) {
				u.Load = f
			}
		}
	}
	found += r.apc(u) + r.eaton(u)
	found += r.tableUPS(u)
	if found > 0 {
		r.d.UPS = u
	}
	return found
}

func (r *reader) apc(u *seen.UPS) int {
	const b = "1.3.6.1.4.1.318.1.1.1."
	v := r.scalars(b+"2.1.1.0", b+"2.1.2.0", b+"2.1.3.0", b+"2.2.1.0", b+"2.2.2.0", b+"2.2.3.0", b+"2.2.4.0", b+"2.2.8.0", b+"3.2.1.0", b+"4.1.1.0", b+"4.2.1.0", b+"4.2.3.0")
	if v[0].Missing() && v[3].Missing() && v[9].Missing() {
		return 0
	}
	set(&u.Battery, word(intOf(v[0]), "unknown", "normal", "low", "fault"))
	keep(&u.OnBattery, scaled(v[1], 0.01))
	if u.Replaced == "" {
		u.Replaced = v[2].Text()
	}
	keep(&u.Charge, scaled(v[3], 1))
	keep(&u.Temperature, scaled(v[4], 1))
	keep(&u.Runtime, scaled(v[5], 1.0/6000))
	if n := intOf(v[6]); n == 1 || n == 2 {
		u.Replace = new(n == 2)
	}
	keep(&u.BatteryV, scaled(v[7], 1))
	if f := scaled(v[8], 1); f != nil && u.InputV == nil {
		u.InputV = []float64{*f}
	}
	set(&u.Output, word(intOf(v[9]), "unknown", "normal", "battery", "booster", "sleeping", "bypass", "off", "rebooting", "switched-bypass", "hardware-failure-bypass", "sleeping", "reducer"))
	if f := scaled(v[10], 1); f != nil && u.OutputV == nil {
		u.OutputV = []float64{*f}
	}
	keep(&u.Load, scaled(v[11], 1))
	return 1
}

func (r *reader) eaton(u *seen.UPS) int {
	const b = "1.3.6.1.4.1.534.1."
	v := r.scalars(b+"2.1.0", b+"2.2.0", b+"2.4.0", b+"4.1.0", b+"4.5.0")
	if v[0].Missing() && v[2].Missing() && v[4].Missing() {
		return 0
	}
	keep(&u.Runtime, scaled(v[0], 1.0/60))
	keep(&u.BatteryV, scaled(v[1], 1))
	keep(&u.Charge, scaled(v[2], 1))
	keep(&u.Load, scaled(v[3], 1))
	set(&u.Output, word(intOf(v[4]), "other", "none", "normal", "bypass", "battery", "booster", "reducer", "parallel", "parallel", "high-efficiency"))
	return 1
}

func intOf(v snmp.Value) int64 { n, _ := v.Int(); return n }

// keep sets what was not told yet.
func keep(to **float64, v *float64) {
	if *to == nil {
		*to = v
	}
}

func set(to *string, v string) {
	if *to == "" || *to == "unknown" && v != "" {
		*to = v
	}
}

// positive is v, or nil for the zero that stands for "not measured".
func positive(v *float64) *float64 {
	if v != nil && *v == 0 {
		return nil
	}
	return v
}
