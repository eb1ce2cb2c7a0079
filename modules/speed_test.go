package modules_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/kernel/web"
	"steward/modules"
	"steward/modules/infrastructure"
)

// hostCount is how many hosts the benchmarks work on: 100,000, or what
// STEWARD_BENCH_HOSTS says.
func hostCount(b *testing.B) int {
	if n, err := strconv.Atoi(os.Getenv("STEWARD_BENCH_HOSTS")); err == nil && n > 0 {
		return n
	}
	return 100_000
}

func manyHosts(b *testing.B, p *apptest.Program, n int) (last string) {
	b.Helper()
	systems := []string{"Debian GNU/Linux 12 (bookworm)", "Ubuntu 24.04 LTS", "Windows 11 Pro", "Windows Server 2022", "AlmaLinux 9.5"}
	kinds := []infrastructure.Kind{infrastructure.Server, infrastructure.Desktop, infrastructure.Laptop, infrastructure.VM}
	for from := 0; from < n; from += 500 {
		p.Do(b, func(u *records.Tx) error {
			for i := from; i < min(from+500, n); i++ {
				h := &infrastructure.Host{Name: fmt.Sprintf("%s-%06d", kinds[i%4], (i*7919)%n), Kind: kinds[i%4], State: infrastructure.Live,
					OSName: records.Some(systems[i%5]), SecurityPending: records.Some(int64(i % 40)), Serial: records.Some(fmt.Sprintf("SN%08d", i))}
				if err := infrastructure.Hosts.Create(u, h); err != nil {
					return err
				}
				last = string(h.ID)
			}
			return nil
		})
	}
	return last
}

func BenchmarkPagesWithManyHosts(b *testing.B) {
	p := apptest.SQLite(b, modules.All())
	p.Organisation(b)
	n := hostCount(b)
	began := time.Now()
	id := manyHosts(b, p, n)
	b.Logf("%d hosts made in %s, %.0f a second, each with history and search", n, time.Since(began).Round(time.Second), float64(n)/time.Since(began).Seconds())
	who := p.Person(b, "Helena Lindqvist", access.Administrator, access.MISManager)
	srv := httptest.NewServer(p.Handler())
	defer srv.Close()
	session := p.Session(b, who)
	ask := func(path string) error {
		req, err := http.NewRequest(http.MethodGet, srv.URL+path, nil)
		if err != nil {
			return err
		}
		req.AddCookie(&http.Cookie{Name: web.SessionCookie, Value: session})
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err == nil && res.StatusCode != http.StatusOK {
			err = fmt.Errorf("GET %s: %d %.200s", path, res.StatusCode, body)
		}
		return err
	}
	d := infrastructure.Hosts.Def()
	for _, page := range []struct{ name, path string }{
		{"list", d.Path("")},
		{"list-filtered-sorted", d.Path("") + "?kind=server&state=live&sort=-security_pending"},
		{"list-searched", d.Path("") + "?q=server-0123"},
		{"record", d.Path(id)},
		{"search", "/search?q=laptop-0456"},
	} {
		b.Run(page.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				at := time.Now()
				if err := ask(page.path); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(at))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
		})
	}
	b.Run("list-16-clients", func(b *testing.B) {
		var left atomic.Int64
		left.Store(int64(b.N))
		var all sync.WaitGroup
		began := time.Now()
		for range 16 {
			all.Go(func() {
				for left.Add(-1) >= 0 {
					if err := ask(d.Path("") + "?kind=server&sort=name"); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "pages/s")
	})
}
