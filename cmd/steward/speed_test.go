//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/kernel/testkit/pgserver"
	"steward/kernel/web"
	"steward/modules"
	"steward/modules/infrastructure"
)

// size is what the benchmarks work on: 100,000 hosts or what STEWARD_BENCH_HOSTS says,
// with 30 packages and 10 history rows each, and a system that 5,000 parts lead to.
func size() int { return number("STEWARD_BENCH_HOSTS", 100_000) }

const (
	packagesEach = 30
	historyEach  = 10
	parts        = 5000
)

// large is an installation of that size, and a manager's session in it.
type large struct {
	*installation
	Session, Host string
}

// cache is the folder where what is made once is kept: the user's, but for root, whose
// PostgreSQL runs as somebody else who may not look there.
func cache(b *testing.B, name string) string {
	folder, err := os.UserCacheDir()
	if err != nil {
		b.Fatal(err)
	}
	if os.Geteuid() == 0 && name == "postgres" {
		folder = "/var/tmp"
	}
	return filepath.Join(folder, "steward-bench", fmt.Sprintf("%s-%d", name, size()))
}

// largePostgres is largeSQLite, moved once to a PostgreSQL server of its own.
func largePostgres(b *testing.B) large {
	b.Helper()
	l, folder := largeSQLite(b), cache(b, "postgres")
	_, err := os.Stat(filepath.Join(folder, "moved"))
	if err != nil {
		if err := errors.Join(os.RemoveAll(folder), os.MkdirAll(filepath.Dir(folder), 0o755)); err != nil {
			b.Fatal(err)
		}
	}
	server, failed := pgserver.Start(context.Background(), pgserver.Config{Folder: folder})
	if errors.Is(failed, pgserver.ErrNone) {
		b.Skip("NOT MEASURED ON POSTGRESQL: ", failed)
	} else if failed != nil {
		b.Fatal(failed)
	}
	b.Cleanup(func() { server.Stop() })
	if err != nil {
		began := time.Now()
		l.must("move", "--no-upgrade-backup", "--to", server.URL)
		db, err := pgx.Connect(context.Background(), server.URL)
		if err == nil {
			_, err = db.Exec(context.Background(), "VACUUM ANALYZE") // as the server does by itself in time
			err = errors.Join(err, db.Close(context.Background()), os.WriteFile(filepath.Join(folder, "moved"), nil, 0o600))
		}
		if err != nil {
			b.Fatal(err)
		}
		b.Logf("moved to PostgreSQL in %s", time.Since(began).Round(time.Second))
	}
	l.installation = &installation{t: b, data: l.data, db: server.URL}
	return l
}

// largeSQLite is made once and kept in the user's cache folder.
func largeSQLite(b *testing.B) large {
	b.Helper()
	kept := cache(b, "hosts")
	note := filepath.Join(kept, "large.json")
	l := large{installation: &installation{t: b, data: kept}}
	if raw, err := os.ReadFile(note); err == nil && json.Unmarshal(raw, &l) == nil {
		return l
	}
	if err := os.RemoveAll(kept); err != nil {
		b.Fatal(err)
	}
	l.fill(b)
	raw, err := json.Marshal(struct{ Session, Host string }{l.Session, l.Host})
	if err == nil {
		err = os.WriteFile(note, raw, 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
	return l
}

func (l *large) fill(b *testing.B) {
	b.Helper()
	ctx := context.Background()
	p, err := app.Open(ctx, app.Config{Data: l.data, URL: l.db}, modules.All())
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	do := func(fn func(u *records.Tx) error) {
		b.Helper()
		err := p.DB.Update(ctx, access.System(), func(u *storage.Update) error {
			u.Origin = "test"
			return u.Together(func() error { return fn(u) })
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	do(func(u *records.Tx) error {
		person := &org.Person{Name: "Helena Lindqvist"}
		if err := org.Persons.Create(u, person); err != nil {
			return err
		}
		if err := newAccount(u, string(person.ID), "helena", "", []string{access.Administrator, access.MISManager}); err != nil {
			return err
		}
		if _, err := u.Exec("UPDATE signin_account SET must_change = $1", false); err != nil {
			return err
		}
		l.Session, err = signin.StartSession(u, string(person.ID), signin.Client{Address: "127.0.0.1"})
		if err != nil {
			return err
		}
		return org.Save(u, org.Organisation{Name: "Nordwind AG", Country: "DE", Lang: "en", Currency: "EUR", Timezone: "Europe/Berlin", FiscalMonth: 1})
	})
	began := time.Now()
	for from := 0; from < size(); from += 500 {
		do(func(u *records.Tx) error { return l.hosts(u, from, min(from+500, size())) })
	}
	do(chain)
	b.Logf("%d hosts, %d packages, %d history rows made in %s", size(), size()*packagesEach, size()*historyEach, time.Since(began).Round(time.Second))
}

var (
	packageRows = storage.Rows{Table: "infrastructure_host_package", Columns: []string{"parent", "name", "arch", "manager", "instance", "version", "held", "auto", "first_seen", "changed_at"}}
	historyRows = storage.Rows{Table: "history", Columns: []string{"id", "type", "record", "version", "at", "actor", "actor_name", "origin", "act", "changes", "salt"}}
)

func (l *large) hosts(u *records.Tx, from, to int) error {
	systems := []string{"Debian GNU/Linux 12 (bookworm)", "Ubuntu 24.04 LTS", "Windows 11 Pro", "Windows Server 2022", "AlmaLinux 9.5"}
	kinds := []infrastructure.Kind{infrastructure.Server, infrastructure.Desktop, infrastructure.Laptop, infrastructure.VM}
	var packages, history [][]any
	for i := from; i < to; i++ {
		h := &infrastructure.Host{Name: fmt.Sprintf("%s-%06d", kinds[i%4], (i*7919)%size()), Kind: kinds[i%4], State: infrastructure.Live,
			OSName: records.Some(systems[i%5]), SecurityPending: records.Some(int64(i % 40)), Serial: records.Some(fmt.Sprintf("SN%08d", i))}
		if err := infrastructure.Hosts.Create(u, h); err != nil {
			return err
		}
		l.Host = string(h.ID)
		for n := range packagesEach {
			packages = append(packages, []any{l.Host, fmt.Sprintf("package-%03d", (i+n*37)%900), "amd64", "deb", "", fmt.Sprintf("1.%d.%d", n, i%7), false, false, u.Now.UnixMicro(), u.Now.UnixMicro()})
		}
		for n := range historyEach - 1 {
			history = append(history, []any{u.NewID(), "infrastructure.host", l.Host, n + 2, u.Now.UnixMicro() + int64(n), "", "Steward", "agent", "update", fmt.Sprintf(`{"security_pending":[%d,%d]}`, n, n+1), "00"})
		}
	}
	if err := u.Insert(packageRows, packages...); err != nil {
		return err
	}
	return u.Insert(historyRows, history...)
}

// chain makes 500 systems, with components that each need the one before.
func chain(u *records.Tx) error {
	meta := []string{"id", "number", "created_at", "updated_at", "version"}
	add := func(table string, columns []string, rows [][]any) error {
		return u.Insert(storage.Rows{Table: table, Columns: slices.Concat(meta, columns)}, rows...)
	}
	var systems, components, needs [][]any
	for i := range 500 {
		name := fmt.Sprintf("System %d", i)
		systems = append(systems, []any{fmt.Sprintf("s%d", i), i, 0, 0, 1, name, records.Key(name), "standard", "live", false, false, false, false})
	}
	for i := range parts - 500 {
		name, system := fmt.Sprintf("Part %d", i), fmt.Sprintf("s%d", i%500)
		components = append(components, []any{fmt.Sprintf("c%d", i), i, 0, 0, 1, name, records.Key(name), system, "application"})
		if i > 0 {
			needs = append(needs, []any{fmt.Sprintf("d%d", i), i, 0, 0, 1, "x", "x", system, fmt.Sprintf("c%d", i), fmt.Sprintf("systems.component/c%d", i-1), "calls", "stops"})
		}
	}
	if err := add("systems_system", []string{"name", "name_key", "criticality", "state", "personal_data", "health_data", "financial_data", "public_data"}, systems); err != nil {
		return err
	}
	if err := add("systems_component", []string{"name", "name_key", "system", "kind"}, components); err != nil {
		return err
	}
	return add("systems_dependency", []string{"title", "title_key", "system", "part", "needs", "kind", "effect"}, needs)
}

// see asks for a page as the manager's browser does.
func (s *server) see(session, path string) error {
	req, err := http.NewRequest(http.MethodGet, s.base+path, nil)
	if err != nil {
		return err
	}
	req.AddCookie(&http.Cookie{Name: web.SessionCookie, Value: session})
	res, err := client.Do(req)
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

// memory is what the server holds of the machine's, in MB.
func (s *server) memory(b *testing.B) float64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.SplitSeq(string(raw), "\n") {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmRSS:" {
			kb, _ := strconv.Atoi(f[1])
			return float64(kb) / 1024
		}
	}
	return 0
}

// work is the time that the processors have spent on the server. On a machine that others
// use too it says more than the clock.
func (s *server) work(b *testing.B) time.Duration {
	b.Helper()
	took, _ := processor(s.cmd.Process.Pid)
	return took
}

// processor is the time that the processors have spent on a process, without those it
// started, and who started it.
func processor(pid int) (took time.Duration, parent int) {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)) // one that has ended took nothing more
	_, rest, _ := strings.Cut(string(raw), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0, 0
	}
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	parent, _ = strconv.Atoi(f[1])
	return time.Duration(user+system) * 10 * time.Millisecond, parent // ticks of the kernel's clock as it is told to programs
}

// databaseWork is the same for all processes of the PostgreSQL server; none of SQLite,
// which works within Steward.
func (l large) databaseWork(b *testing.B) (took time.Duration) {
	b.Helper()
	if l.db == "" {
		return 0
	}
	raw, err := os.ReadFile(filepath.Join(cache(b, "postgres"), "data", "postmaster.pid"))
	if err != nil {
		b.Fatal(err)
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	server, _ := strconv.Atoi(first)
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range all {
		pid, _ := strconv.Atoi(filepath.Base(folder))
		if of, parent := processor(pid); parent == server || pid == server {
			took += of
		}
	}
	return took
}

// settle waits until the server has done what it does once after a start, such as
// computing its figures.
func (s *server) settle(b *testing.B) {
	for range 120 {
		before := s.work(b)
		time.Sleep(time.Second)
		if s.work(b)-before < 50*time.Millisecond {
			return
		}
	}
}

// BenchmarkServer measures a real server on a large database: its start, its memory,
// and whole answers over HTTP, as a browser waits for them.
func BenchmarkServer(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { largeSQLite(b).measure(b) })
	b.Run("postgres", func(b *testing.B) { largePostgres(b).measure(b) })
}

// signIn starts a session, since one that was kept with the database has ended meanwhile.
func (l *large) signIn(b *testing.B) {
	b.Helper()
	db, err := storage.Open(context.Background(), storage.Config{Path: app.SQLitePath(l.data), URL: l.db})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	err = db.Update(context.Background(), access.System(), func(u *storage.Update) error {
		var person string
		if _, err := u.Row("SELECT person FROM signin_account WHERE login = 'helena'", nil, &person); err != nil {
			return err
		}
		l.Session, err = signin.StartSession(u, person, signin.Client{Address: "127.0.0.1"})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

func (l large) measure(b *testing.B) {
	l.signIn(b)
	began := time.Now()
	l.t = b
	s := l.serve("--no-upgrade-backup") // the kept database may be of an older version
	if err := s.see(l.Session, "/"); err != nil {
		b.Fatal(err)
	}
	first := time.Since(began)
	b.Run("start", func(b *testing.B) {
		for b.Loop() {
		}
		b.ReportMetric(float64(first.Milliseconds()), "start-ms")
	})
	s.settle(b)
	d := infrastructure.Hosts.Def()
	for _, page := range []struct{ name, path string }{
		{"list", d.Path("")},
		{"list-filtered-sorted", d.Path("") + "?kind=server&state=live&sort=-security_pending"},
		{"list-searched", d.Path("") + "?q=server-0123"},
		{"record", d.Path(l.Host)},
		{"bridge", "/"},
		{"search", "/search?q=laptop-0456"},
		{"what-if-5000", "/systems/impact?ref=systems.component/c0"},
	} {
		b.Run(page.name, func(b *testing.B) {
			var took []time.Duration
			work, database := s.work(b), l.databaseWork(b)
			for b.Loop() {
				at := time.Now()
				if err := s.see(l.Session, page.path); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(at))
			}
			b.ReportMetric(float64((s.work(b)-work).Microseconds())/1000/float64(len(took)), "cpu-ms")
			b.ReportMetric(float64((l.databaseWork(b)-database).Microseconds())/1000/float64(len(took)), "database-cpu-ms")
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
		})
	}
	// The second is the worst a list can be asked: half of all hosts come before the
	// first that matches, in the order asked for.
	for _, page := range []struct{ name, query string }{{"list-16-clients", ""}, {"list-16-clients-worst", "?kind=server&sort=name"}} {
		b.Run(page.name, func(b *testing.B) {
			var left atomic.Int64
			left.Store(int64(b.N))
			var all sync.WaitGroup
			began, work, database := time.Now(), s.work(b), l.databaseWork(b)
			for range 16 {
				all.Go(func() {
					for left.Add(-1) >= 0 {
						if err := s.see(l.Session, d.Path("")+page.query); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64((s.work(b)-work).Microseconds())/1000/float64(b.N), "cpu-ms")
			b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "pages/s")
			b.ReportMetric(float64((l.databaseWork(b)-database).Microseconds())/1000/float64(b.N), "database-cpu-ms")
			b.ReportMetric(s.memory(b), "busy-MB")
		})
	}
	b.Run("monthly-report", func(b *testing.B) {
		began, out := time.Now(), filepath.Join(b.TempDir(), "report.pdf")
		c := l.command("report", "monthly", "--month", time.Now().Format("2006-01"), "--format", "pdf", "--lang", "en", "--out", out)
		if said, err := c.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, said)
		}
		took := time.Since(began)
		for b.Loop() {
		}
		b.ReportMetric(float64(took.Milliseconds()), "command-ms")
		b.ReportMetric(float64((c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Milliseconds()), "cpu-ms")
	})
	s.stop()
	idle := l.serve()
	if err := idle.see(l.Session, d.Path("")); err != nil {
		b.Fatal(err)
	}
	idle.settle(b)
	time.Sleep(10 * time.Second) // memory goes back to the machine by and by
	b.Run("idle", func(b *testing.B) {
		for b.Loop() {
		}
		b.ReportMetric(idle.memory(b), "idle-MB")
	})
	idle.stop()
}
