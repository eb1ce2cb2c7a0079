package portfolio

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"steward/engine/portfolio/knapsack"
)

// chuBeasley draws a problem as package knapsack's benchmark does, as an Input.
func chuBeasley(seed uint64, n, m int, tightness float64) Input {
	return drawn(seed, n, m, tightness, 1, 500)
}

// drawn: uses from 1…1000, values tied times the mean use plus up to spread, budgets
// the share tightness of all uses. Values tied to uses are the hard ones.
func drawn(seed uint64, n, m int, tightness, tied, spread float64) Input {
	r := rand.New(rand.NewPCG(seed, 5))
	var in Input
	use := make([]int64, n)
	for j := range n {
		in.Items = append(in.Items, Item{ID: fmt.Sprint("P", j+1), Uses: map[string]Numbers{}})
	}
	for i := range m {
		name := fmt.Sprint("b", i+1)
		var sum int64
		for j := range n {
			a := 1 + r.Int64N(1000)
			in.Items[j].Uses[name] = One(Int(a))
			use[j] += a
			sum += a
		}
		in.Budgets = append(in.Budgets, Budget{Name: name, Limit: One(Int(int64(tightness * float64(sum))))})
	}
	for j := range n {
		in.Items[j].Value = Int(int64(tied*float64(use[j])/float64(m) + spread*r.Float64()))
	}
	return in
}

type score struct {
	proven, nodes int
	gap           float64
	search        float64 // seconds to the proof
	seconds       float64 // seconds to the whole answer
}

func (s *score) solve(b *testing.B, in Input) {
	p, err := compile(&in)
	if err != nil {
		b.Fatal(err)
	}
	ask, err := p.readQuestions()
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithTimeout(context.Background(), ask.limit)
	t0 := time.Now()
	if _, err := knapsack.Solve(ctx, p.problem, knapsack.Options{Workers: 2}); err != nil {
		b.Fatal(err)
	}
	stop()
	search := time.Since(t0)
	t0 = time.Now()
	out, _, err := Solve(context.Background(), in)
	took := time.Since(t0)
	if err != nil {
		b.Fatal(err)
	}
	s.search += search.Seconds()
	s.seconds += took.Seconds()
	s.nodes += out.Nodes
	if out.Proven {
		s.proven++
	}
	s.gap = max(s.gap, *out.Gap*100)
	b.Logf("%d items × %d budgets: %s, gap %.3f %%, proven %v, %d nodes, %.3f s, whole answer %.3f s", len(in.Items), len(in.Budgets), out.Value, *out.Gap*100, out.Proven, out.Nodes, search.Seconds(), took.Seconds())
}

func (s *score) report(b *testing.B) {
	b.ReportMetric(float64(s.proven), "proven")
	b.ReportMetric(s.gap, "worst-gap-%")
	b.ReportMetric(float64(s.nodes), "nodes")
	b.ReportMetric(s.search, "s-search")
	b.ReportMetric(s.seconds, "s-answer")
	b.ReportMetric(0, "ns/op")
}

// s-search is the time to the proof; s-answer that of the whole answer, with prices,
// reasons, next-best sets and stability, which solves many neighbouring problems.

func BenchmarkPetersen7(b *testing.B) {
	problems, best := orLibrary(string(testdata(b, "portfolio/mknap1.txt")))
	for b.Loop() {
		var s score
		for k, in := range problems {
			s.solve(b, in)
			out, _, _ := Solve(context.Background(), in)
			if out.Value.Rat().Cmp(best[k].Rat()) != 0 {
				b.Errorf("problem %d: got %s, want %s", k+1, out.Value, best[k])
			}
		}
		s.report(b)
	}
}

// BenchmarkSmall54 has the shapes of the 54 problems older than 1991 that are
// often reported together (Weingartner and Ness, Shih, Senju and Toyoda, Hansen and
// Plateau, Freville and Plateau), with drawn numbers: values independent
// of uses, as most of those are, and tied to them, which is harder.
func BenchmarkSmall54(b *testing.B) {
	var shapes [][2]int
	add := func(count, n, m int) {
		for range count {
			shapes = append(shapes, [2]int{n, m})
		}
	}
	add(6, 28, 2)
	add(2, 105, 2)
	add(5, 30, 5)
	add(4, 40, 5)
	add(4, 50, 5)
	add(4, 60, 5)
	add(4, 70, 5)
	add(4, 80, 5)
	add(5, 90, 5)
	add(2, 60, 30)
	add(1, 28, 4)
	add(1, 35, 4)
	add(1, 27, 4)
	add(1, 34, 4)
	add(1, 29, 2)
	add(1, 20, 10)
	add(1, 40, 30)
	add(1, 37, 30)
	add(6, 50, 10)
	for _, tied := range []float64{0, 1} {
		b.Run(fmt.Sprintf("tied=%g", tied), func(b *testing.B) {
			for b.Loop() {
				var s score
				for k, sh := range shapes {
					s.solve(b, drawn(uint64(k), sh[0], sh[1], []float64{0.25, 0.5, 0.75}[k%3], tied, 1000-500*tied))
				}
				s.report(b)
			}
		})
	}
}

func BenchmarkChuBeasley(b *testing.B) {
	for _, c := range []struct {
		n, m, count int
		limit       string
	}{{100, 5, 10, "60"}, {250, 5, 5, "20"}, {100, 10, 5, "20"}, {250, 10, 1, "20"}, {100, 30, 1, "20"}, {500, 5, 1, "20"}} {
		b.Run(fmt.Sprintf("%dx%d", c.n, c.m), func(b *testing.B) {
			for b.Loop() {
				var s score
				for _, tight := range []float64{0.25, 0.5, 0.75} {
					for k := range c.count {
						in := chuBeasley(uint64(1000*k+c.n+c.m), c.n, c.m, tight)
						in.TimeLimit = Num(c.limit)
						s.solve(b, in)
					}
				}
				s.report(b)
			}
		})
	}
}
