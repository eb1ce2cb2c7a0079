package rcpsp

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"
)

type published struct {
	name    string
	problem *Problem
	best    int
}

// j30 reads the 480 problems of PSPLIB's set j30 and their optima.
func j30(t testing.TB) []published {
	dir := os.Getenv("STEWARD_TESTDATA")
	if dir == "" {
		t.Skip("STEWARD_TESTDATA is not set: the PSPLIB problems are NOT tested")
	}
	f, err := os.Open(filepath.Join(dir, "scheduling", "psplib-j30.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	optima := map[string]int{}
	b, err := os.Open(filepath.Join(dir, "scheduling", "psplib-j30-best.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for s := bufio.NewScanner(b); s.Scan(); {
		f := strings.Fields(s.Text())
		if len(f) < 3 {
			continue
		}
		if v, err := strconv.Atoi(f[2]); err == nil {
			optima["j30"+f[0]+"_"+f[1]+".sm"] = v
		}
	}
	var out []published
	name := regexp.MustCompile(`j30\d+_\d+\.sm$`)
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n := name.FindString(h.Name)
		if n == "" {
			continue
		}
		p, err := ReadPSPLIB(r)
		if err != nil {
			t.Fatalf("%s: %v", n, err)
		}
		if optima[n] == 0 {
			t.Fatalf("%s has no published optimum", n)
		}
		out = append(out, published{n, p, optima[n]})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].name < out[j].name })
	return out
}

func BenchmarkPSPLIB(b *testing.B) {
	set := j30(b)
	limit := time.Second
	if v := os.Getenv("STEWARD_BENCH_SECONDS"); v != "" {
		f, _ := strconv.ParseFloat(v, 64)
		limit = time.Duration(f * float64(time.Second))
	}
	for b.Loop() {
		excess, optimal, proven := 0.0, 0, 0
		begin, worst := time.Now(), time.Duration(0)
		for _, q := range set {
			at := time.Now()
			r, err := Solve(context.Background(), q.problem, Limits{Time: limit})
			if err != nil {
				b.Fatalf("%s: %v", q.name, err)
			}
			worst = max(worst, time.Since(at))
			if r.Bound > q.best || r.Finish < q.best {
				b.Fatalf("%s: %d to %d excludes the published optimum %d", q.name, r.Bound, r.Finish, q.best)
			}
			excess += float64(r.Finish-q.best) / float64(q.best)
			if r.Finish == q.best {
				optimal++
			}
			if r.Proven {
				proven++
			}
		}
		n := float64(len(set))
		b.ReportMetric(100*excess/n, "%excess")
		b.ReportMetric(100*float64(optimal)/n, "%optimal")
		b.ReportMetric(100*float64(proven)/n, "%proven")
		b.ReportMetric(time.Since(begin).Seconds()/n, "s/problem")
		b.ReportMetric(worst.Seconds(), "s/worst")
	}
}

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
