// Package api answers programs: JSON for every record type and for the modules'
// operations at /api/v1/, with the document that describes it all. It goes the
// same way as forms do: same rights, same rules, same history.
package api

import (
	"embed"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/web"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the package's tables.
func Migrations() storage.Migrations { return storage.Embedded("kernel.api", files) }

// Prefix is where the API begins.
const Prefix = "/api/v1/"

// API is what the answers are made of.
type API struct {
	DB         *storage.Database
	Registry   *records.Registry
	Words      web.Speaker
	Log        *slog.Logger
	Operations []Operation
	// Document describes all of it to programs; nil without a description.
	Document func(r records.Reader) (map[string]any, error)
	// TrustProxy takes the client's address from X-Forwarded-For.
	TrustProxy bool
	// PerSecond is how many requests a second one sign-in or token may make
	// over time, ten seconds' worth at once; 0 is 200.
	PerSecond float64

	limits limiter
}

// handler answers one request that is signed in.
type handler func(r *request) error

// Handler answers everything below Prefix.
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, h handler) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.Handle(method+" "+Prefix+path, a.guard(h))
	}
	if a.Document != nil {
		mux.HandleFunc("GET "+Prefix+"openapi.json", a.described())
	}
	handle("GET me", (*request).me)
	handle("GET search", (*request).search)
	for _, d := range a.Registry.Defs() {
		if d.IsInternal {
			continue
		}
		p := strings.TrimPrefix(d.Path(""), "/")
		of := func(h func(*request, *records.Def) error) handler {
			return func(r *request) error { return h(r, d) }
		}
		handle("GET "+p, of((*request).list))
		handle("GET "+p+"/{id}", of((*request).get))
		handle("GET "+p+"/{id}/history", of((*request).history))
		handle("GET "+p+"/{id}/comments", of((*request).comments))
		handle("POST "+p+"/{id}/comments", of((*request).comment))
		if d.Unwritten() {
			continue
		}
		handle("POST "+p, of((*request).create))
		handle("PATCH "+p+"/{id}", of((*request).change))
		handle("DELETE "+p+"/{id}", of((*request).archive))
		handle("POST "+p+"/{id}/restore", of((*request).restore))
	}
	for _, op := range a.Operations {
		method, path, _ := strings.Cut(op.Route, " ")
		handle(method+" "+strings.TrimPrefix(path, "/"), op.serve)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "private, no-cache")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		r := a.request(w, req)
		if req.Header.Get("Authorization") == "" {
			// Only a browser's cookie can be used by another site's page.
			if err := web.FromHere(req); err != nil {
				r.refuse(fail.New(fail.Forbidden, "kernel.api.cross-site", "This request came from another site's page and was refused."))
				return
			}
		}
		if !acceptsJSON(req.Header.Values("Accept")) {
			r.problem(http.StatusNotAcceptable, "kernel.api.not-acceptable", "Answers are JSON; accept application/json.")
			return
		}
		if _, pattern := mux.Handler(req); pattern == "" {
			a.unrouted(r, mux)
			return
		}
		mux.ServeHTTP(w, req)
	})
}

// described answers the document. It says what the program can do, nothing of what it
// holds, so it is open to all; who is known reads of the organisation's own fields, too.
func (a *API) described() http.HandlerFunc {
	document := func(v records.Reader) ([]byte, error) {
		doc, err := a.Document(v)
		if err != nil {
			return nil, err
		}
		return json.MarshalIndent(doc, "", "  ")
	}
	open := sync.OnceValues(func() ([]byte, error) { return document(nil) })
	return func(w http.ResponseWriter, req *http.Request) {
		r := a.request(w, req)
		var raw []byte
		err := r.identify()
		if err == nil {
			err = r.view(func(v *records.View) (err error) { raw, err = document(v); return err })
		} else {
			raw, err = open()
		}
		if err != nil {
			r.refuse(err)
			return
		}
		r.sendTagged(raw)
	}
}

// unrouted tells an address that is not there from a method that it does not take.
func (a *API) unrouted(r *request, mux *http.ServeMux) {
	rec := httptest.NewRecorder()
	mux.ServeHTTP(rec, r.Request)
	if rec.Code == http.StatusMethodNotAllowed {
		r.w.Header().Set("Allow", rec.Header().Get("Allow"))
		r.problem(rec.Code, "kernel.api.method", "This address does not take {method}; it takes {allow}.", "method", r.Method, "allow", rec.Header().Get("Allow"))
		return
	}
	r.problem(http.StatusNotFound, "kernel.api.no-address", "There is no such address; see /api/v1/openapi.json.")
}
