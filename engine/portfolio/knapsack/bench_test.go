package knapsack

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// chuBeasley draws a problem the way Chu and Beasley's were (A genetic algorithm
// for the multidimensional knapsack problem, J. Heuristics 4, 1998): uses from
// 1…1000, each budget the share tightness of all uses, values correlated with uses.
func chuBeasley(seed uint64, n, m int, tightness float64) Problem {
	r := rand.New(rand.NewPCG(seed, 5))
	p := Problem{Value: make([]int64, n)}
	use := make([]int64, n)
	for range m {
		row := Row{Lo: NoLo}
		var sum int64
		for j := range n {
			a := 1 + r.Int64N(1000)
			row.Terms = append(row.Terms, Term{j, a})
			use[j] += a
			sum += a
		}
		row.Hi = int64(tightness * float64(sum))
		p.Rows = append(p.Rows, row)
	}
	for j := range n {
		p.Value[j] = int64(float64(use[j])/float64(m) + 500*r.Float64())
	}
	return p
}

func BenchmarkChuBeasley100x5(b *testing.B)  { benchChuBeasley(b, 100, 5, 60*time.Second) }
func BenchmarkChuBeasley100x10(b *testing.B) { benchChuBeasley(b, 100, 10, 20*time.Second) }
func BenchmarkChuBeasley250x5(b *testing.B)  { benchChuBeasley(b, 250, 5, 20*time.Second) }

func benchChuBeasley(b *testing.B, n, m int, limit time.Duration) {
	for _, tight := range []float64{0.25, 0.5, 0.75} {
		b.Run(fmt.Sprintf("tightness=%g", tight), func(b *testing.B) {
			for b.Loop() {
				proven, nodes, worst, total := 0, 0, 0.0, 0.0
				for k := range 10 {
					p := chuBeasley(uint64(1000*k+n+m), n, m, tight)
					ctx, stop := context.WithTimeout(context.Background(), limit)
					t0 := time.Now()
					res, err := Solve(ctx, p, Options{Workers: 2})
					stop()
					if err != nil {
						b.Fatal(err)
					}
					took := time.Since(t0)
					total += took.Seconds()
					if res.Proven {
						proven++
					}
					nodes += res.Nodes
					gap := float64(res.Bound-res.Value) / float64(res.Value) * 100
					worst = max(worst, gap)
					b.Logf("%d×%d %g no. %d: %d (relaxed %d), gap %.3f %%, proven %v, %d nodes, %.2f s", n, m, tight, k, res.Value, res.Relaxed, gap, res.Proven, res.Nodes, took.Seconds())
				}
				b.ReportMetric(float64(proven), "proven")
				b.ReportMetric(worst, "worst-gap-%")
				b.ReportMetric(float64(nodes), "nodes")
				b.ReportMetric(total, "s-together")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}
