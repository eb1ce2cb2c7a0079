//go:build unix

package infrastructure

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"steward/kernel/app"
	"steward/kernel/records"
	"steward/kernel/testkit"
)

func eachStore(b *testing.B, fn func(b *testing.B, s *testkit.Store)) {
	mods := []app.Module{Module()}
	testkit.EachBench(b, func(b *testing.B, s *testkit.Store) {
		records.NewRegistry(app.Types(mods)...).Attach(s.Database)
		fn(b, s)
	}, app.Migrations(mods)...)
}

// BenchmarkIngestNew takes in the first inventory of a machine with 3,000 packages.
func BenchmarkIngestNew(b *testing.B) {
	eachStore(b, func(b *testing.B, s *testkit.Store) {
		var work time.Duration
		for i := 0; b.Loop(); i++ {
			b.StopTimer()
			inv := server(fmt.Sprintf("host%d", i), 3000)
			before := worked(b)
			b.StartTimer()
			ingest(b, s.Database, inv, fmt.Sprintf("agent:%d", i))
			work += worked(b) - before
		}
		b.ReportMetric(float64(work.Microseconds())/1000/float64(b.N), "cpu-ms")
	})
}

// BenchmarkIngestUnchanged takes in the same inventory again.
func BenchmarkIngestUnchanged(b *testing.B) {
	eachStore(b, func(b *testing.B, s *testkit.Store) {
		inv := server("host", 3000)
		ingest(b, s.Database, inv, "agent:1")
		before := worked(b)
		for b.Loop() {
			s.Clock.Advance(time.Second)
			inv.At = s.Clock.Now()
			ingest(b, s.Database, inv, "agent:1")
		}
		each := (worked(b) - before) / time.Duration(b.N)
		b.ReportMetric(float64(each.Microseconds())/1000, "cpu-ms")
		b.ReportMetric(float64(10_000*each)/float64(time.Hour)*100, "%-of-a-core-for-10000-hourly")
	})
}

// worked is the time that the processors have spent on this program.
func worked(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkIngestOneUpgrade takes in an inventory in which one package changed.
func BenchmarkIngestOneUpgrade(b *testing.B) {
	eachStore(b, func(b *testing.B, s *testkit.Store) {
		inv := server("host", 3000)
		ingest(b, s.Database, inv, "agent:1")
		for i := 0; b.Loop(); i++ {
			s.Clock.Advance(time.Second)
			inv.At = s.Clock.Now()
			inv.Packages.Value[7].Version = fmt.Sprint(i)
			ingest(b, s.Database, inv, "agent:1")
		}
	})
}
