package risk

import (
	"math"
	"slices"
)

// sample answers questions about the order of many drawn losses without sorting them
// all: they are counted into buckets by their leading bits, and only the buckets that
// a question falls into are sorted.
type sample struct {
	values  []float64
	count   []uint32  // in each bucket
	sum     []float64 // of each bucket
	first   []int     // rank of each bucket's least value
	above   []float64 // sum of all buckets above
	sorted  map[uint32][]float64
	total   float64
	squares float64 // sum of squared distances from the mean
}

const bucketShift = 46 // leaves exponent and six bits of the fraction

func bucketOf(v float64) uint32 { return uint32(math.Float64bits(v) >> bucketShift) }

// newSample takes values that are 0 or more and the ranks that will be asked for.
func newSample(values []float64, ranks []int) *sample {
	s := &sample{values: values, count: make([]uint32, 1<<(63-bucketShift)), sum: make([]float64, 1<<(63-bucketShift)), sorted: map[uint32][]float64{}}
	for _, v := range values {
		b := bucketOf(v)
		s.count[b]++
		s.sum[b] += v
	}
	s.first = make([]int, len(s.count)+1)
	for b, n := range s.count {
		s.first[b+1] = s.first[b] + int(n)
		s.total += s.sum[b]
	}
	s.above = make([]float64, len(s.count)+1)
	for b := len(s.count) - 1; b >= 0; b-- {
		s.above[b] = s.above[b+1] + s.sum[b]
	}
	mean := s.total / float64(len(values))
	for _, v := range values {
		s.squares += (v - mean) * (v - mean)
	}
	s.gather(ranks)
	return s
}

// gather sorts the buckets that hold the ranks.
func (s *sample) gather(ranks []int) {
	wanted := make([]bool, len(s.count))
	for _, r := range ranks {
		b := s.bucketAt(r)
		if b == 0 {
			continue // all the same: losses of 0
		}
		if !wanted[b] {
			wanted[b] = true
			s.sorted[b] = make([]float64, 0, s.count[b])
		}
	}
	for _, v := range s.values {
		if b := bucketOf(v); wanted[b] {
			s.sorted[b] = append(s.sorted[b], v)
		}
	}
	for _, list := range s.sorted {
		slices.Sort(list)
	}
}

// bucketAt is the bucket of the value of a rank from 0.
func (s *sample) bucketAt(rank int) uint32 {
	k, found := slices.BinarySearch(s.first, rank)
	if !found {
		return uint32(k - 1)
	}
	for s.first[k+1] == rank { // empty buckets share the rank
		k++
	}
	return uint32(k)
}

// at is the value of a rank announced to newSample.
func (s *sample) at(rank int) float64 {
	b := s.bucketAt(rank)
	if b == 0 {
		return 0
	}
	return s.sorted[b][rank-s.first[b]]
}

// tail is the sum of the values from a rank on, the rank announced to newSample.
func (s *sample) tail(rank int) float64 {
	b := s.bucketAt(rank)
	sum := s.above[b+1]
	if b == 0 {
		return sum
	}
	for _, v := range s.sorted[b][rank-s.first[b]:] {
		sum += v
	}
	return sum
}

// rankOf is the rank of the quantile p: the least value that at least the share p of
// all stays within.
func rankOf(p float64, n int) int {
	k := int(math.Ceil(p*float64(n)-1e-9)) - 1
	return min(max(k, 0), n-1)
}

// between is the 95 % interval of a quantile's rank, from the normal approximation of
// the binomial distribution.
func between(p float64, n int) (lo, hi int) {
	half := 1.959963984540054 * math.Sqrt(p*(1-p)*float64(n))
	lo = int(math.Floor(p*float64(n)-half)) - 1
	hi = int(math.Ceil(p*float64(n) + half))
	return min(max(lo, 0), n-1), min(max(hi, 0), n-1)
}

// shortfall is the mean of the worst share 1-p.
func (s *sample) shortfall(p float64) float64 {
	n := len(s.values)
	worst := (1 - p) * float64(n)
	k := rankOf(p, n)
	part := worst - float64(n-1-k) // how much of the value at the quantile itself counts
	return (s.tail(k) - s.at(k) + part*s.at(k)) / worst
}

// exceeding is the share of values above x.
func (s *sample) exceeding(x float64) float64 {
	b := bucketOf(x)
	n := len(s.values) - s.first[b+1]
	if b > 0 {
		for _, v := range s.values {
			if v > x && bucketOf(v) == b {
				n++
			}
		}
	}
	return float64(n) / float64(len(s.values))
}
