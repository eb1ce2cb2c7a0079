//go:build unix

package match

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"steward/collect/advisory"
	"steward/collect/advisory/document"
	"steward/collect/advisory/index"
	"steward/collect/advisory/software"
)

// feedOf makes advisories like a distribution's: each of one source package of
// 3,000, of which popular ones have many, with one to thirty binary packages.
func feedOf(advisories int) []advisory.Advisory {
	r := rand.New(rand.NewPCG(1, 2))
	all := make([]advisory.Advisory, advisories)
	for i := range all {
		n := int(float64(3000) * r.Float64() * r.Float64())
		a := advisory.Advisory{ID: fmt.Sprintf("ALSA-2099:%05d", i), Kind: advisory.Security, Title: "Important: package security update", Related: []string{fmt.Sprintf("CVE-2099-%d", i)}, Modified: time.Unix(int64(i), 0)}
		for b := range 1 + n%30 {
			a.Affected = append(a.Affected, advisory.Affect{Ecosystem: "AlmaLinux:9", Name: fmt.Sprintf("package%d-part%d", n, b),
				Ranges: []advisory.Range{{Type: advisory.Ecosystem, Events: []advisory.Event{{Kind: advisory.Introduced, Version: "0"}, {Kind: advisory.FixedAt, Version: fmt.Sprintf("1:%d.%d-%d.el9_%d", r.IntN(9), r.IntN(30), r.IntN(90), r.IntN(6))}}}}})
		}
		all[i] = a
	}
	return all
}

func machineOf(packages int) software.Target {
	r := rand.New(rand.NewPCG(3, 4))
	t := software.Target{Name: "bench", Ecosystem: "AlmaLinux:9"}
	for i := range packages {
		t.Packages = append(t.Packages, software.Package{Ecosystem: "AlmaLinux:9", Manager: "rpm", Arch: "x86_64", Name: fmt.Sprintf("package%d-part%d", i, r.IntN(1+i%30)), Version: fmt.Sprintf("1:%d.%d-%d.el9_2", r.IntN(9), r.IntN(30), r.IntN(90))})
	}
	return t
}

// cpu is the processor time of the program so far.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkMatch is 3,000 packages against 50,000 advisories, with the index
// built; load is from the index's bytes to being ready.
func BenchmarkMatch(b *testing.B) {
	builder := index.NewBuilder()
	builder.Feed(index.Feed{Name: "bench"})
	entries := 0
	start := time.Now()
	for _, a := range feedOf(50_000) {
		entries += len(a.Affected)
		builder.Add(&a)
	}
	data, err := builder.Bytes()
	if err != nil {
		b.Fatal(err)
	}
	built := time.Since(start)
	start = time.Now()
	x, err := index.Open(data)
	if err != nil {
		b.Fatal(err)
	}
	load := time.Since(start)
	t := machineOf(3000)
	builder = nil // what only building needs is not there when a bundle is opened
	runtime.GC()
	var c Coverage
	before := cpu()
	for b.Loop() {
		r, err := Run(x, t, Options{Now: now})
		if err != nil {
			b.Fatal(err)
		}
		c = r.Coverage
	}
	b.ReportMetric(float64((cpu()-before).Milliseconds())/float64(b.N), "cpu-ms/op") // on a busy machine the time a run takes is another's
	b.ReportMetric(float64(c.Matches), "pairs")
	b.ReportMetric(float64(c.Steps.Compared), "comparisons")
	b.ReportMetric(float64(entries), "entries")
	b.ReportMetric(built.Seconds()*1000, "build-ms")
	b.ReportMetric(float64(load.Microseconds()), "load-µs")
	b.ReportMetric(float64(len(data))/(1<<20), "index-MiB")
}

// BenchmarkRealInventory matches the agents' largest inventory, as if it were
// of a distribution that the advisories cover.
func BenchmarkRealInventory(b *testing.B) {
	dir := os.Getenv("STEWARD_TESTDATA")
	if dir == "" {
		b.Skip("STEWARD_TESTDATA IS UNSET: the real inventory is not matched")
	}
	all, err := document.Read(dir+"/inventory/computer_3.json.gz", "AlmaLinux:9")
	if err != nil {
		b.Fatal(err)
	}
	builder := index.NewBuilder()
	builder.Feed(index.Feed{Name: "bench"})
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 50_000 {
		p := all[0].Packages[r.IntN(len(all[0].Packages))]
		builder.Add(&advisory.Advisory{ID: fmt.Sprintf("ALSA-%d", i), Kind: advisory.Security, Affected: []advisory.Affect{{Ecosystem: "AlmaLinux:9", Name: p.Name,
			Ranges: []advisory.Range{{Type: advisory.Ecosystem, Events: []advisory.Event{{Kind: advisory.Introduced, Version: "0"}, {Kind: advisory.FixedAt, Version: fmt.Sprintf("%d.%d-1", r.IntN(9), r.IntN(9))}}}}}}})
	}
	data, err := builder.Bytes()
	if err != nil {
		b.Fatal(err)
	}
	x, err := index.Open(data)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Run(x, all[0], Options{Now: now}); err != nil {
			b.Fatal(err)
		}
	}
}
