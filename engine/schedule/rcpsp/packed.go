package rcpsp

// Amounts of all resources at one moment are packed into machine words, one
// lane of 16 bits (or 32, for large amounts) a resource, so that one
// subtraction compares up to four. The top bit of a lane is its guard: it is
// set before the subtraction and survives in every lane that does not borrow.
type packing struct {
	lane  uint // bits in a lane
	per   int  // lanes in a word
	words int
	guard uint64
}

func newPacking(resources int, most int) (packing, bool) {
	p := packing{lane: 16, per: 4}
	if most >= 1<<15 {
		p = packing{lane: 32, per: 2}
	}
	if most >= 1<<31 {
		return p, false
	}
	p.words = max(1, (resources+p.per-1)/p.per)
	for l := 0; l < p.per; l++ {
		p.guard |= 1 << (uint(l)*p.lane + p.lane - 1)
	}
	return p, true
}

// pack puts one amount a resource into words.
func (p packing) pack(amounts []int, into []uint64) {
	for w := range into {
		into[w] = 0
	}
	for r, a := range amounts {
		into[r/p.per] |= uint64(a) << (uint(r%p.per) * p.lane)
	}
}
