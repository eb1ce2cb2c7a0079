package seen

import "math"

// Traffic is what an interface moved between two readings, a second. What
// cannot be told for sure is absent.
type Traffic struct {
	Seconds     float64  `json:"seconds"`
	InBits      *float64 `json:"in_bits,omitempty"`
	OutBits     *float64 `json:"out_bits,omitempty"`
	InPackets   *float64 `json:"in_unicast,omitempty"`
	OutPackets  *float64 `json:"out_unicast,omitempty"`
	InErrors    *float64 `json:"in_errors,omitempty"`
	OutErrors   *float64 `json:"out_errors,omitempty"`
	InDiscards  *float64 `json:"in_discards,omitempty"`
	OutDiscards *float64 `json:"out_discards,omitempty"`
	Reset       bool     `json:"reset,omitempty" doc:"counting began anew in between, so nothing can be told"`
}

// Between compares two readings of one interface, seconds apart by the reader's
// own clock; uptimes are the device's at each reading. A counter that became
// smaller has wrapped once if the interface can have moved that much, else it
// began anew: neither gives a spike. Where a 32-bit counter can have wrapped
// more than once, nothing is told.
func Between(before, after Interface, uptimeBefore, uptimeAfter *float64, seconds float64) Traffic {
	t := Traffic{Seconds: seconds}
	a, b := before.Counters, after.Counters
	if a == nil || b == nil || seconds <= 0 || before.Index != after.Index {
		return t
	}
	// sysUpTime itself begins anew after 497 days; only less than that is a restart.
	const wraps = (1 << 32) / 100.0
	if uptimeBefore != nil && uptimeAfter != nil && *uptimeAfter < *uptimeBefore && *uptimeBefore < wraps-2*seconds-60 {
		t.Reset = true
	}
	if a.Discontinuity != b.Discontinuity || a.Bits != b.Bits {
		t.Reset = true
	}
	if t.Reset {
		return t
	}
	// what the line can carry, a tenth more for clocks that differ; unknown is no bound
	most := math.Inf(1)
	if speed := max(before.Speed, after.Speed); speed > 0 {
		most = float64(speed) / 8 * 1.1
	}
	t.InBits, t.OutBits = times(8, rate(a.InOctets, b.InOctets, a.Bits, seconds, most)), times(8, rate(a.OutOctets, b.OutOctets, a.Bits, seconds, most))
	// the smallest frame has 64 bytes
	t.InPackets, t.OutPackets = rate(a.InPackets, b.InPackets, a.Bits, seconds, most/64), rate(a.OutPackets, b.OutPackets, a.Bits, seconds, most/64)
	t.InErrors, t.OutErrors = rate(a.InErrors, b.InErrors, 32, seconds, most/64), rate(a.OutErrors, b.OutErrors, 32, seconds, most/64)
	t.InDiscards, t.OutDiscards = rate(a.InDiscards, b.InDiscards, 32, seconds, most/64), rate(a.OutDiscards, b.OutDiscards, 32, seconds, most/64)
	return t
}

// rate is the growth a second, or nil where it cannot be told.
func rate(a, b *uint64, bits int, seconds, most float64) *float64 {
	if a == nil || b == nil {
		return nil
	}
	size := math.Pow(2, float64(bits))
	if most*seconds > size && !math.IsInf(most, 1) { // it can have wrapped more than once
		return nil
	}
	delta := float64(*b - *a)
	if *b < *a {
		if bits == 32 {
			delta = float64(uint32(*b) - uint32(*a))
		}
		if math.IsInf(most, 1) && delta > size/2 { // began anew is likelier than so much
			return nil
		}
	}
	r := delta / seconds
	if r > most {
		return nil
	}
	return &r
}

func times(n float64, r *float64) *float64 {
	if r != nil {
		*r *= n
	}
	return r
}
