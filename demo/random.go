package demo

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"time"
)

// random is chance that follows from a seed and a name: the same in every run,
// and independent of what else was asked for before.
type random struct{ *rand.Rand }

func (w *world) random(name string, n ...any) random {
	h := sha256.Sum256(fmt.Appendf(nil, "%d %s %v", w.Seed, name, n))
	return random{rand.New(rand.NewPCG(binary.LittleEndian.Uint64(h[:]), binary.LittleEndian.Uint64(h[8:])))}
}

// chance is true in so many of a hundred cases.
func (r random) chance(percent int) bool { return r.IntN(100) < percent }

// between is a whole number from low to high, both included.
func (r random) between(low, high int) int { return low + r.IntN(high-low+1) }

func pick[T any](r random, from []T) T { return from[r.IntN(len(from))] }

// text is so many random hexadecimal digits.
func (r random) text(digits int) string {
	b := make([]byte, (digits+1)/2)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return hex.EncodeToString(b)[:digits]
}

// weighted picks an index by weights.
func (r random) weighted(weights []int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	at := r.IntN(sum)
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// id is an id that sorts by its moment, like all ids, with the rest from chance.
func (r random) id(at time.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(at.UnixMilli())<<16|uint64(r.Uint32()&0xffff))
	binary.BigEndian.PutUint64(b[8:], r.Uint64())
	b[6], b[8] = b[6]&0x0f|0x70, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// id is the id of the thing of that name and moment.
func (w *world) id(at time.Time, name string, n ...any) string {
	return w.random("id/"+name, n...).id(at)
}
