package cube

import (
	"math/bits"
	"slices"
	"sync"
)

// setState counts different values exactly when there are too many groups for
// a bitmap. Each row becomes one number, group above value; these are spread over
// buckets by hash, and a bucket that grows is thinned out, so memory follows the
// different pairs and not the rows.
type setState struct {
	col    int
	base   int64
	days   bool
	bucket [setBuckets]keySet
}

const setBuckets = 64

func mix(k uint64) uint64 {
	hi, lo := bits.Mul64(k^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	return hi ^ lo
}

// keySet is a list of numbers, the first unique of them different.
type keySet struct {
	list  []uint64
	limit int
}

func (s *keySet) add(k uint64) {
	if len(s.list) >= s.limit {
		s.thin()
		s.limit = max(1<<14, 2*len(s.list))
	}
	s.list = append(s.list, k)
}

// thin leaves each number once.
func (s *keySet) thin() {
	size := 1 << bits.Len(uint(2*len(s.list)+1))
	table := make([]uint64, size)
	zero, n := false, 0
	for _, k := range s.list {
		if k == 0 {
			if !zero {
				zero = true
				s.list[n] = 0
				n++
			}
			continue
		}
		at := mix(k) & uint64(size-1)
		for table[at] != 0 && table[at] != k {
			at = (at + 1) & uint64(size-1)
		}
		if table[at] == 0 {
			table[at] = k
			s.list[n] = k
			n++
		}
	}
	s.list = s.list[:n]
}

func (*setState) grow(int) {}

func (s *setState) add(ch *chunk, group []uint32) error {
	v, err := ch.column(s.col)
	if err != nil {
		return err
	}
	for i, g := range group {
		if v.null != nil && v.null[i] {
			continue
		}
		x := v.ints[i]
		if s.days {
			x = floorDiv(x, dayMicros)
		}
		k := uint64(g)<<32 | uint64(x-s.base)
		s.bucket[mix(k)>>58].add(k)
	}
	return nil
}

func (s *setState) merge(o state, to []uint32) {
	for b := range o.(*setState).bucket {
		from := &o.(*setState).bucket[b]
		for _, k := range from.list {
			k = uint64(to[k>>32])<<32 | k&(1<<32-1)
			s.bucket[mix(k)>>58].add(k)
		}
		from.list = nil
	}
}

func (s *setState) answer(rows []int64) []acc {
	var wg sync.WaitGroup
	for w := range partitions {
		wg.Go(func() {
			for b := w; b < setBuckets; b += partitions {
				s.bucket[b].thin()
			}
		})
	}
	wg.Wait()
	out := make([]acc, len(rows))
	for b := range s.bucket {
		for _, k := range s.bucket[b].list {
			out[k>>32].i++
		}
		s.bucket[b].list = slices.Clip(s.bucket[b].list[:0])
	}
	for g := range out {
		out[g].n = rows[g]
	}
	return out
}
