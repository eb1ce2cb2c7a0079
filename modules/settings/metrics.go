package settings

import (
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"steward/kernel/access"
	"steward/kernel/api"
	"steward/kernel/signin"
	"steward/kernel/storage"
)

// metrics counts what the program answers, and tells it in the text format of
// Prometheus at /metrics: to clients of this machine, and to those with a token.
type metrics struct {
	db *storage.Database
	// remote says whether clients come through a proxy, and so always from this machine.
	remote bool

	mu      sync.Mutex
	answers map[[2]string]int64
	buckets [len(bounds) + 1]int64
	seconds float64
}

// bounds are the upper bounds of the latency histogram, in seconds.
var bounds = [...]float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// around counts the answers of h, and answers /metrics itself.
func (c *metrics) around(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/metrics" {
			c.serve(w, req)
			return
		}
		began := time.Now()
		s := &status{ResponseWriter: w, code: http.StatusOK}
		defer func() { c.count(class(req.URL.Path), s.code, time.Since(began).Seconds()) }()
		h.ServeHTTP(s, req)
	})
}

type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) { s.code = code; s.ResponseWriter.WriteHeader(code) }

// Unwrap lets http.ResponseController reach the connection.
func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// class is what an address belongs to; never the address itself, of which there
// are as many as records.
func class(path string) string {
	switch {
	case strings.HasPrefix(path, api.Prefix):
		return "api"
	case strings.HasPrefix(path, "/s/"):
		return "static"
	case strings.HasPrefix(path, "/agent"):
		return "agent"
	case path == "/healthz" || path == "/readyz":
		return "health"
	}
	return "page"
}

func (c *metrics) count(class string, code int, seconds float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answers == nil {
		c.answers = map[[2]string]int64{}
	}
	c.answers[[2]string{class, fmt.Sprintf("%dxx", code/100)}]++
	i := 0
	for i < len(bounds) && seconds > bounds[i] {
		i++
	}
	c.buckets[i]++
	c.seconds += seconds
}

func (c *metrics) may(req *http.Request) bool {
	host, _, _ := net.SplitHostPort(req.RemoteAddr)
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() && !c.remote && req.Header.Get("X-Forwarded-For") == "" {
		return true
	}
	secret, ok := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	return ok && c.db.View(req.Context(), nil, func(v *storage.View) error {
		_, err := signin.TokenOf(v, secret)
		return err
	}) == nil
}

func (c *metrics) serve(w http.ResponseWriter, req *http.Request) {
	if !c.may(req) {
		http.Error(w, "Send an access token: Authorization: Bearer stw_…", http.StatusUnauthorized)
		return
	}
	var jobs []string
	err := c.db.View(req.Context(), access.System(), func(v *storage.View) error {
		return v.Each("SELECT state, COUNT(*) FROM job GROUP BY state ORDER BY state", nil, func(rows *sql.Rows) error {
			var state string
			var n int64
			err := rows.Scan(&state, &n)
			jobs = append(jobs, fmt.Sprintf("steward_jobs{state=%q} %d", state, n))
			return err
		})
	})
	if err != nil {
		http.Error(w, "the database cannot be read", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	var b strings.Builder
	head := func(name, kind, help string) { fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind) }
	c.mu.Lock()
	head("steward_http_requests_total", "counter", "Answers by class of address and of status.")
	for _, class := range []string{"agent", "api", "health", "page", "static"} {
		for n := 1; n <= 5; n++ {
			code := fmt.Sprintf("%dxx", n)
			if count := c.answers[[2]string{class, code}]; count > 0 {
				fmt.Fprintf(&b, "steward_http_requests_total{class=%q,status=%q} %d\n", class, code, count)
			}
		}
	}
	head("steward_http_request_duration_seconds", "histogram", "How long answers took.")
	sum := int64(0)
	for i, bound := range bounds {
		sum += c.buckets[i]
		fmt.Fprintf(&b, "steward_http_request_duration_seconds_bucket{le=\"%g\"} %d\n", bound, sum)
	}
	sum += c.buckets[len(bounds)]
	fmt.Fprintf(&b, "steward_http_request_duration_seconds_bucket{le=\"+Inf\"} %d\nsteward_http_request_duration_seconds_sum %g\nsteward_http_request_duration_seconds_count %d\n", sum, c.seconds, sum)
	c.mu.Unlock()
	head("steward_db_queries_total", "counter", "Statements run since the start.")
	fmt.Fprintf(&b, "steward_db_queries_total %d\n", c.db.Queries())
	head("steward_jobs", "gauge", "Jobs by state.")
	for _, line := range jobs {
		b.WriteString(line + "\n")
	}
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	head("steward_build_info", "gauge", "The program's version.")
	fmt.Fprintf(&b, "steward_build_info{version=%q,go=%q} 1\n", version, runtime.Version())
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	head("go_goroutines", "gauge", "Goroutines.")
	fmt.Fprintf(&b, "go_goroutines %d\n", runtime.NumGoroutine())
	head("go_memstats_heap_alloc_bytes", "gauge", "Bytes in use on the heap.")
	fmt.Fprintf(&b, "go_memstats_heap_alloc_bytes %d\n", mem.HeapAlloc)
	head("go_memstats_sys_bytes", "gauge", "Bytes taken from the system.")
	fmt.Fprintf(&b, "go_memstats_sys_bytes %d\n", mem.Sys)
	w.Write([]byte(b.String()))
}
