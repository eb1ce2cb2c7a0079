package rcpsp

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"
)

// BenchmarkGenerated prints the mean deviation from the longest path on
// random problems shaped like PSPLIB's sets of 60 and 120 tasks.
func BenchmarkGenerated(b *testing.B) {
	limit := time.Second
	if v := os.Getenv("STEWARD_BENCH_SECONDS"); v != "" {
		f, _ := strconv.ParseFloat(v, 64)
		limit = time.Duration(f * float64(time.Second))
	}
	for _, n := range []int{60, 120} {
		strengths := []float64{0.2, 0.5, 0.7}
		if n == 120 {
			strengths = []float64{0.1, 0.2, 0.3, 0.4, 0.5}
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				dev, gap, proven, count := 0.0, 0.0, 0, 0
				total := 0
				for k, rs := range strengths {
					for f, rf := range []float64{0.25, 0.5, 0.75, 1} {
						p := generated(n, []float64{1.5, 1.8, 2.1}[(k+f)%3], rf, rs, uint64(100*k+f))
						in, _, err := prepare(p)
						if err != nil {
							b.Fatal(err)
						}
						path := 0
						for i := range in.n {
							path = max(path, in.head[i]+in.tail[i])
						}
						r, err := Solve(context.Background(), p, Limits{Time: limit})
						if err != nil {
							b.Fatal(err)
						}
						count++
						total += r.Finish
						dev += float64(r.Finish-path) / float64(path)
						gap += float64(r.Finish-r.Bound) / float64(r.Bound)
						if r.Proven {
							proven++
						}
						if os.Getenv("STEWARD_BENCH_EACH") != "" {
							fmt.Printf("n=%d rs=%v rf=%v path=%d bound=%d finish=%d proven=%v work=%d\n", n, rs, rf, path, r.Bound, r.Finish, r.Proven, r.Work)
						}
					}
				}
				b.ReportMetric(100*dev/float64(count), "%over-path")
				b.ReportMetric(100*gap/float64(count), "%gap")
				b.ReportMetric(100*float64(proven)/float64(count), "%proven")
				b.ReportMetric(float64(total), "total")
			}
		})
	}
}
