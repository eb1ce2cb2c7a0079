//go:build unix

package importing_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"steward/kernel/testkit/apptest"
	"steward/modules"
)

// BenchmarkImport prints how long a file of 100,000 rows takes, or of as many as
// STEWARD_BENCH_ROWS says, uploaded and started by a manager as on the page: its
// preview and its import, of rows that are new, known already, and changed.
func BenchmarkImport(b *testing.B) {
	rows := 100_000
	if n, err := strconv.Atoi(os.Getenv("STEWARD_BENCH_ROWS")); err == nil && n > 0 {
		rows = n
	}
	file := func(note string) []byte {
		var f strings.Builder
		f.WriteString("name,country,state,email,customer_no,notes\n")
		for i := range rows {
			fmt.Fprintf(&f, "Vendor %06d,%s,approved,office%d@example.org,C-%d,\"%s %d, in boxes\"\n", i, []string{"SE", "DE", "PL", "HU"}[i%4], i, i*7, note, 1990+i%30)
		}
		return []byte(f.String())
	}
	apptest.EachBench(b, modules.All(), func(b *testing.B, p *apptest.Program) {
		u := manager(b, p)
		for _, c := range []struct{ name, note string }{{"new", "Delivered since"}, {"known", "Delivered since"}, {"changed", "Supplied since"}} {
			at := u.draft("/vendors/vendors/import", "v.csv", file(c.note))
			began, work := time.Now(), cpu()
			page := u.b.Get(at).Body
			b.ReportMetric(time.Since(began).Seconds(), c.name+"-preview-s")
			b.ReportMetric((cpu() - work).Seconds(), c.name+"-preview-cpu-s")
			v := form(page)
			v.Set("do", "run")
			began, work = time.Now(), cpu()
			u.b.Post(at, v)
			if _, err := p.Runner.Drain(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(time.Since(began).Seconds(), c.name+"-import-s")
			b.ReportMetric((cpu() - work).Seconds(), c.name+"-import-cpu-s")
			if page = u.b.Get(at).Body; c.name != "known" && !strings.Contains(page, "Done") {
				b.Fatalf("the import of %s rows did not end", c.name)
			}
		}
		if n := len(u.vendors()); n != rows {
			b.Errorf("%d vendors, want %d", n, rows)
		}
	})
}

// cpu is the time that the processors have spent on this program; a database server's
// is not in it. It says more than the clock on a machine that others use too.
func cpu() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
