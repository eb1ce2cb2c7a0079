package table

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// hashBytes spreads bytes over 64 bits, the same on every machine.
func hashBytes(b []byte) uint64 {
	h := uint64(len(b))*0x9e3779b97f4a7c15 + 0x2545f4914f6cdd1d
	for len(b) >= 8 {
		h = mix(h ^ binary.LittleEndian.Uint64(b))
		b = b[8:]
	}
	var last [8]byte
	copy(last[:], b)
	return mix(h ^ binary.LittleEndian.Uint64(last[:]))
}

// mix is the finaliser of splitmix64 (Steele, Lea, Flood 2014): every bit of k
// moves every bit of the result, also for numbers that follow each other.
func mix(k uint64) uint64 {
	k = (k ^ k>>30) * 0xbf58476d1ce4e5b9
	k = (k ^ k>>27) * 0x94d049bb133111eb
	return k ^ k>>31
}

// Exact counts of different values are kept up to maxExact; columns that look
// like keys, every value different so far, up to maxKey.
const (
	maxExact = 1 << 16
	maxKey   = 1 << 22
)

// hashSet holds different hashes by open addressing. 0 stands for free, so the
// hash 0 is kept as 1.
type hashSet struct {
	slots []uint64
	n     int
}

func (s *hashSet) has(h uint64) bool {
	if len(s.slots) == 0 {
		return false
	}
	h = max(h, 1)
	for at := h & uint64(len(s.slots)-1); ; at = (at + 1) & uint64(len(s.slots)-1) {
		if s.slots[at] == h {
			return true
		}
		if s.slots[at] == 0 {
			return false
		}
	}
}

func (s *hashSet) add(h uint64) (fresh bool) {
	if 2*(s.n+1) > len(s.slots) {
		old := s.slots
		s.slots = make([]uint64, max(1024, 2*len(old)))
		s.n = 0
		for _, x := range old {
			if x != 0 {
				s.add(x)
			}
		}
	}
	h = max(h, 1)
	for at := h & uint64(len(s.slots)-1); ; at = (at + 1) & uint64(len(s.slots)-1) {
		if s.slots[at] == h {
			return false
		}
		if s.slots[at] == 0 {
			s.slots[at] = h
			s.n++
			return true
		}
	}
}

// counter counts different values: exactly while that is cheap, then by
// HyperLogLog (Flajolet et al. 2007) with 2^14 registers, error about 0.8 %.
type counter struct {
	set     hashSet
	seen    int
	reg     []uint8
	inexact bool
}

func (c *counter) add(h uint64) {
	c.seen++
	if !c.inexact {
		c.set.add(h)
		if c.set.n > maxExact && c.set.n < c.seen || c.set.n > maxKey {
			c.inexact = true
			c.reg = make([]uint8, 1<<14)
			for _, x := range c.set.slots {
				if x != 0 {
					c.register(x)
				}
			}
			c.set = hashSet{}
		}
		return
	}
	c.register(h)
}

func (c *counter) register(h uint64) {
	i, rank := h>>50, uint8(bits.LeadingZeros64(h<<14|1<<13)+1)
	if rank > c.reg[i] {
		c.reg[i] = rank
	}
}

func (c *counter) count() (n int64, exact bool) {
	if !c.inexact {
		return int64(c.set.n), true
	}
	m := float64(len(c.reg))
	sum, zeros := 0.0, 0.0
	for _, r := range c.reg {
		sum += math.Ldexp(1, -int(r))
		if r == 0 {
			zeros++
		}
	}
	e := 0.7213 / (1 + 1.079/m) * m * m / sum
	if e <= 2.5*m && zeros > 0 {
		e = m * math.Log(m/zeros)
	}
	return int64(math.Round(e)), false
}
