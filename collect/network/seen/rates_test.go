package seen

import (
	"math"
	"testing"
)

func reading(bits int, octets uint64, speed int64, change ...func(*Interface)) Interface {
	i := Interface{Index: 1, Speed: speed, Counters: &Counters{Bits: bits, InOctets: &octets}}
	for _, f := range change {
		f(&i)
	}
	return i
}

func TestACounterThatWrapsOrBeginsAnewGivesNoSpike(t *testing.T) {
	up := func(s float64) *float64 { return &s }
	for name, c := range map[string]struct {
		before, after Interface
		upA, upB      *float64
		seconds, want float64 // want below 0: nothing is told
	}{
		"plain":                      {reading(64, 1000, 1e9), reading(64, 2000, 1e9), up(10), up(20), 10, 800},
		"32 bits wrapped":            {reading(32, math.MaxUint32-499, 1e8), reading(32, 500, 1e8), up(10), up(20), 10, 800},
		"64 bits wrapped":            {reading(64, math.MaxUint64-499, 1e9), reading(64, 500, 1e9), up(10), up(20), 10, 800},
		"cleared by hand":            {reading(64, 1e12, 1e9), reading(64, 500, 1e9), up(10), up(20), 10, -1},
		"32 bits cleared":            {reading(32, 4e9, 1e7), reading(32, 5, 1e7), up(10), up(20), 10, -1},
		"restarted":                  {reading(64, 1000, 1e9), reading(64, 2000, 1e9), up(100000), up(5), 10, -1},
		"uptime wrapped":             {reading(64, 1000, 1e9), reading(64, 2000, 1e9), up((1<<32)/100 - 5), up(5), 10, 800},
		"32 bits too long apart":     {reading(32, 1000, 1e9), reading(32, 2000, 1e9), up(10), up(310), 300, -1},
		"faster than the line":       {reading(64, 1000, 1e6), reading(64, 1e9, 1e6), up(10), up(20), 10, -1},
		"speed unknown, cleared":     {reading(64, 1e15, 0), reading(64, 500, 0), up(10), up(20), 10, -1},
		"speed unknown, 32 wrapped":  {reading(32, math.MaxUint32-499, 0), reading(32, 500, 0), up(10), up(20), 10, 800},
		"discontinuity":              {reading(64, 1000, 1e9), reading(64, 2000, 1e9, func(i *Interface) { i.Counters.Discontinuity = 7 }), up(10), up(20), 10, -1},
		"other width than before":    {reading(32, 1000, 1e9), reading(64, 2000, 1e9), up(10), up(20), 10, -1},
		"another interface":          {reading(64, 1000, 1e9), reading(64, 2000, 1e9, func(i *Interface) { i.Index = 2 }), up(10), up(20), 10, -1},
		"no time between":            {reading(64, 1000, 1e9), reading(64, 2000, 1e9), up(10), up(20), 0, -1},
		"uptime not told, plain sum": {reading(64, 1000, 1e9), reading(64, 2000, 1e9), nil, nil, 10, 800},
	} {
		got := Between(c.before, c.after, c.upA, c.upB, c.seconds).InBits
		switch {
		case c.want < 0 && got != nil:
			t.Errorf("%s: %v, want nothing", name, *got)
		case c.want >= 0 && (got == nil || math.Abs(*got-c.want) > 1e-6):
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
