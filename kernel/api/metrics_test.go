package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"steward/kernel/testkit/apptest"
	"steward/modules"
)

func TestMetricsCountWhatWasAnsweredAndAreNotForAll(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		c := program(t, p)
		c.want(200, "GET", "me", "")
		c.want(404, "GET", "nothing", "")
		a := c.b.Get("/metrics")
		for _, want := range []string{`steward_http_requests_total{class="api",status="2xx"} 1`, `steward_http_requests_total{class="api",status="4xx"} 1`, `le="+Inf"} 2`, "steward_db_queries_total ", "steward_build_info{", "go_goroutines "} {
			if !strings.Contains(a.Body, want) {
				t.Errorf("the metrics lack %s: %s", want, a.Body)
			}
		}
		for _, try := range []struct {
			from, forwarded, token string
			want                   int
		}{{"127.0.0.1:1", "", "", 200}, {"[::1]:1", "", "", 200}, {"192.0.2.7:1", "", "", 401}, {"127.0.0.1:1", "192.0.2.7", "", 401}, {"192.0.2.7:1", "", "stw_wrong", 401}, {"192.0.2.7:1", "", c.token, 200}} {
			req := httptest.NewRequest(http.MethodGet, "/metrics", nil)
			req.RemoteAddr = try.from
			if try.forwarded != "" {
				req.Header.Set("X-Forwarded-For", try.forwarded)
			}
			if try.token != "" {
				req.Header.Set("Authorization", "Bearer "+try.token)
			}
			w := httptest.NewRecorder()
			p.Handler().ServeHTTP(w, req)
			if w.Code != try.want {
				t.Errorf("from %+v: %d", try, w.Code)
			}
		}
	})
}
