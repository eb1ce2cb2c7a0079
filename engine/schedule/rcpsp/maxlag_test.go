package rcpsp

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

// withMaximalLags ties pairs of tasks on one path to a maximal distance, the
// shortest possible one stretched.
func withMaximalLags(p *Problem, share float64, stretch float64, seed uint64) *Problem {
	rng := rand.New(rand.NewPCG(seed, 23))
	in, _, err := prepare(p)
	if err != nil {
		panic(err)
	}
	for i := range in.n {
		for j := range in.n {
			if i != j && in.between[i][j] > 0 && rng.Float64() < share {
				d := in.between[i][j]
				p.Arcs = append(p.Arcs, Arc{j, i, -(d + int(float64(d)*stretch*rng.Float64()))})
			}
		}
	}
	return p
}

// BenchmarkMaximalLags prints what becomes of random problems with maximal lags.
func BenchmarkMaximalLags(b *testing.B) {
	for _, n := range []int{10, 30, 60, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				found, infeasible, proven, unknown, count := 0, 0, 0, 0, 0
				gap := 0.0
				for k := range 24 {
					p := withMaximalLags(generated(n, 1.5, []float64{0.5, 0.75, 1}[k%3], []float64{0.2, 0.5}[k/3%2], uint64(k)), 0.5/float64(n), []float64{1, 4}[k/6%2], uint64(k))
					r, err := Solve(context.Background(), p, Limits{Time: time.Second})
					if err != nil {
						b.Fatal(err)
					}
					count++
					switch {
					case r.Start != nil:
						found++
						gap += float64(r.Finish-r.Bound) / float64(r.Bound)
						if r.Proven {
							proven++
						}
					case r.Proven:
						infeasible++
					default:
						unknown++
					}
					if os.Getenv("STEWARD_BENCH_EACH") != "" {
						fmt.Printf("n=%d k=%d finish=%d bound=%d proven=%v work=%d\n", n, k, r.Finish, r.Bound, r.Proven, r.Work)
					}
				}
				b.ReportMetric(float64(found), "found")
				b.ReportMetric(float64(proven), "proven")
				b.ReportMetric(float64(infeasible), "infeasible")
				b.ReportMetric(float64(unknown), "unknown")
				b.ReportMetric(100*gap/float64(max(found, 1)), "%gap")
			}
		})
	}
}
