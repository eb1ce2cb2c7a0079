package schedule

import (
	"math/rand/v2"
	"testing"
)

func TestATimelineAnswersAsAPlainListOfMinutesWould(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 1))
	const length = 3000
	for range 20 {
		l, used := newTimeline(), make([]int64, length)
		for range 1200 { // more steps than a block holds
			from := rng.Int64N(length - 1)
			to := from + 1 + rng.Int64N(min(60, length-from-1)+1)
			to = min(to, length)
			amount := 1 + rng.Int64N(3)
			l.add(from, to, amount)
			for at := from; at < to; at++ {
				used[at] += amount
			}
			from = rng.Int64N(length - 1)
			to = min(from+1+rng.Int64N(80), length)
			limit := rng.Int64N(60)
			want, over := none, false
			for at := from; at < length+1; at++ {
				fits := at == length || used[at] <= limit
				if !over && at >= to {
					break
				}
				if over && fits {
					want = at
					break
				}
				over = over || !fits
			}
			if got := l.crowded(from, to, limit); got != want {
				t.Fatalf("%d to %d with %d: free again at %d, want %d", from, to, limit, got, want)
			}
		}
	}
}
