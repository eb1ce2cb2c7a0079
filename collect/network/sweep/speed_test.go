package sweep

import (
	"os/exec"
	"runtime"
	"testing"
	"time"
)

// BenchmarkSweep asks 65,534 addresses of loopback, and fping the same ones in
// turn.
func BenchmarkSweep(b *testing.B) {
	mayEcho(b)
	on := targets(b, "127.0.0.0/16")
	tool, missing := exec.LookPath("fping")
	var own, theirs time.Duration
	up := 0
	var most uint64
	for b.Loop() {
		begun := time.Now()
		hosts, s, err := sweepAll(b, b.Context(), on, Options{Methods: []string{"icmp"}, Rate: 1e6, Timeout: 300 * time.Millisecond, Retries: 2})
		if err != nil {
			b.Fatal(err)
		}
		own += time.Since(begun)
		if up += len(hosts); len(hosts) != on.Len() {
			b.Errorf("%d of %d answered", len(hosts), on.Len())
		}
		b.ReportMetric(s.Rate, "probes/s")
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.Sys)
		if missing == nil {
			begun = time.Now()
			// one try, nothing printed, as fast as it goes
			_ = exec.Command(tool, "-q", "-r", "0", "-i", "0", "-t", "300", "-g", "127.0.0.0/16").Run()
			theirs += time.Since(begun)
		}
	}
	b.ReportMetric(float64(on.Len())*float64(b.N)/own.Seconds(), "addresses/s")
	b.ReportMetric(float64(most)/(1<<20), "MiB")
	if missing == nil {
		b.ReportMetric(float64(on.Len())*float64(b.N)/theirs.Seconds(), "fping-addresses/s")
	}
}
