package schedule

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"steward/engine/schedule/rcpsp"
)

type published struct {
	name    string
	problem *rcpsp.Problem
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
		p, err := rcpsp.ReadPSPLIB(r)
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

// BenchmarkPSPLIB prints the mean excess over the optimum, the share found
// optimal and the share proven, one second a problem (or as many as
// STEWARD_BENCH_SECONDS says), through the whole engine.
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
			in := fromProblem(q.problem)
			in.TimeLimit = limit.Seconds()
			r, _, err := Solve(context.Background(), in)
			if err != nil {
				b.Fatalf("%s: %v", q.name, err)
			}
			worst = max(worst, time.Since(at))
			if r.Bound.num > float64(q.best) || r.Finish.num < float64(q.best) {
				b.Fatalf("%s: %s to %s excludes the published optimum %d", q.name, r.Bound, r.Finish, q.best)
			}
			start := make([]int, len(r.Tasks))
			for i, t := range r.Tasks {
				start[i] = int(t.Start.num)
			}
			if err := rcpsp.Check(q.problem, start); err != nil {
				b.Fatalf("%s: %v", q.name, err)
			}
			excess += (r.Finish.num - float64(q.best)) / float64(q.best)
			if r.Finish.num == float64(q.best) {
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
