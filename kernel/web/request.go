package web

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/files"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/lib/locale"
)

// Request is one request for a page, with the person who makes it.
type Request struct {
	*http.Request
	View    *storage.View // what the page reads; made before any write of the same request
	asOf    string        // the day or moment that links to what has a past keep; "" is now
	Site    *Site
	Actor   *access.Actor
	Session *signin.Session // nil when not signed in
	Org     org.Organisation
	SetUp   bool // the organisation is known
	Lang    locale.Lang
	Zone    *time.Location
}

// MaxForm is the most bytes a form without files may have, MaxUpload the largest file
// that one takes.
const (
	MaxForm   = 2 << 20
	MaxUpload = files.MaxSize
)

// handle puts a route behind everything that guards pages.
func (s *Site) handle(rt Route) {
	s.mux.Handle(rt.Pattern, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		headers(w)
		zw, done := compressed(w, req)
		defer done()
		if err := FromHere(req); err != nil {
			http.Error(zw, "This form came from another site and was refused.", http.StatusForbidden)
			return
		}
		if req.Body != nil {
			limit := int64(MaxForm)
			if strings.HasPrefix(req.Header.Get("Content-Type"), "multipart/form-data") {
				limit = MaxUpload + MaxForm
			}
			whole := req.Body
			req.Body = http.MaxBytesReader(zw, whole, limit)
			// A browser that is still sending when the connection closes shows that, not the
			// page that says what was too large: some more is read, and thrown away.
			defer func() { io.CopyN(io.Discard, whole, 4*limit) }()
		}
		s.serve(zw, req, rt)
	}))
}

var crossOrigin = http.NewCrossOriginProtection()

// FromHere refuses a write that a page of another site has a browser send. Browsers
// say where a write comes from; one that comes with their session and does not say so
// is refused too.
func FromHere(req *http.Request) error {
	if err := crossOrigin.Check(req); err != nil {
		return err
	}
	safe := req.Method == http.MethodGet || req.Method == http.MethodHead || req.Method == http.MethodOptions
	if _, err := req.Cookie(SessionCookie); !safe && err == nil && req.Header.Get("Origin") == "" && req.Header.Get("Sec-Fetch-Site") == "" {
		return errors.New("a write with a session says where it comes from")
	}
	return nil
}

// serve opens a view, finds out who asks, and runs the handler.
func (s *Site) serve(w http.ResponseWriter, req *http.Request, rt Route) {
	r := &Request{Request: req, Site: s, Lang: locale.Match(req.Header.Get("Accept-Language")), Zone: time.UTC}
	outside := false
	defer func() {
		if r.Session != nil {
			if err := signin.Seen(detached(r), s.DB, r.Session); err != nil {
				s.Log.Warn("a session's last use could not be kept", "error", err)
			}
		}
	}()
	err := s.DB.View(req.Context(), nil, func(v *storage.View) error {
		return r.guarded(w, v, func() error {
			if err := r.identify(v); err != nil {
				return err
			}
			if err := r.admit(rt); err != nil || rt.Outside {
				outside = err == nil
				return err
			}
			return rt.Handler(w, r)
		})
	})
	if outside && err == nil {
		r.View = nil
		if failed := r.guarded(nil, nil, func() error { return rt.Handler(w, r) }); failed != nil {
			err = r.Reopen(func() error { r.fail(w, failed); return nil })
		}
	}
	if err != nil {
		s.Log.Error("a page could not be served", "path", req.URL.Path, "error", err)
		http.Error(w, "The database cannot be reached. Try again in a moment.", http.StatusServiceUnavailable)
	}
}

// guarded turns a panic into an error, and an error into its page where there is a
// view to show it with.
func (r *Request) guarded(w http.ResponseWriter, v *storage.View, fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			r.Site.Log.Error("a page panicked", "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
			err = errors.New("panic")
		}
		if err != nil && v != nil {
			r.View = v
			r.fail(w, err)
			err = nil
		}
	}()
	return fn()
}

// identify finds the session and its actor.
func (r *Request) identify(v *storage.View) error {
	r.View = v
	var err error
	if r.Org, r.SetUp, err = org.Get(v); err != nil {
		return err
	}
	r.Zone = r.Org.Zone()
	c, err := r.Cookie(SessionCookie)
	if err != nil {
		return nil
	}
	session, err := signin.SessionOf(v, c.Value)
	if fail.Is(err, fail.Unauthenticated) || err == nil && session == nil {
		return nil // an old cookie is no sign-in
	}
	if err != nil {
		return err
	}
	if session.WaitCode {
		return nil
	}
	actor, err := signin.ActorOf(v, session.Person)
	if fail.Is(err, fail.Unauthenticated) || fail.Is(err, fail.NotFound) {
		return nil // the account was closed since
	}
	if err != nil {
		return err
	}
	r.Session, r.Actor = session, actor
	v.Actor = actor
	if l := locale.Lang(actor.Lang); l.Valid() {
		r.Lang = l
	} else if l := locale.Lang(r.Org.Lang); l.Valid() && r.SetUp {
		r.Lang = l
	}
	return nil
}

// admit refuses who is not signed in, or holds nothing in the route's area.
func (r *Request) admit(rt Route) error {
	if rt.Public {
		return nil
	}
	if r.Actor == nil {
		return fail.New(fail.Unauthenticated, "kernel.web.sign-in", "Sign in first.")
	}
	if r.Session != nil && r.Session.Must != "" && !strings.HasPrefix(r.URL.Path, "/account") && r.URL.Path != "/sign-out" {
		return errMust
	}
	if rt.Area != "" && !r.MayView(rt.Area) {
		return records.NotFound()
	}
	return nil
}

// errMust sends a person who has something to see to first to do so.
var errMust = errors.New("see to the account first")

// SessionCookie holds the secret of a signed-in browser.
const SessionCookie = "steward_session"

// MayView says whether the person may view something in an area.
func (r *Request) MayView(area string) bool { return r.May(access.View, area) }

// May says whether the person may do the act to something in an area.
func (r *Request) May(act access.Act, area string) bool {
	return access.MayIn(r.Actor, act, area, r.View.Now)
}

// Update runs fn in a writing transaction for the person; origin is "form".
func (r *Request) Update(fn func(u *records.Tx) error) error {
	return r.Site.DB.Update(r.Context(), r.Actor, func(u *storage.Update) error {
		u.Origin = "form"
		return fn(u)
	})
}

// Reopen runs fn with a view that sees what Update wrote.
func (r *Request) Reopen(fn func() error) error {
	old := r.View
	defer func() { r.View = old }()
	return r.Site.DB.View(r.Context(), r.Actor, func(v *storage.View) error {
		r.View = v
		return fn()
	})
}

// Redirect sends the browser on after a form was taken.
func (r *Request) Redirect(w http.ResponseWriter, to string) error {
	if r.Header.Get("HX-Request") == "true" {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(w, r.Request, to, http.StatusSeeOther)
	return nil
}

// Back is the local page that a form names in its field "back", or other.
func (r *Request) Back(other string) string {
	to := r.FormValue("back")
	if u, err := url.Parse(to); err != nil || to == "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, `\`) || u.Host != "" {
		return other
	}
	return to
}

// Client is the browser's address, for slowing down guesses.
func (r *Request) Client() signin.Client {
	return signin.Client{Address: ClientOf(r.Request, r.Site.TrustProxy), Browser: r.UserAgent()}
}

// ClientOf is the address that a request comes from; a proxy of ours tells it last.
func ClientOf(req *http.Request, trustProxy bool) string {
	if f := req.Header.Get("X-Forwarded-For"); trustProxy && f != "" {
		return strings.TrimSpace(f[strings.LastIndex(f, ",")+1:])
	}
	host, _, err := net.SplitHostPort(req.RemoteAddr)
	if err != nil {
		return req.RemoteAddr
	}
	return host
}

// headers are what every answer carries. Nothing runs or loads that is not our own.
func headers(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	h.Set("Cache-Control", "no-store")
}

// compressed wraps w to answer with gzip where the browser takes it.
func compressed(w http.ResponseWriter, req *http.Request) (http.ResponseWriter, func()) {
	if !strings.Contains(req.Header.Get("Accept-Encoding"), "gzip") {
		return w, func() {}
	}
	z := &zipped{ResponseWriter: w}
	return z, z.close
}

// zipped compresses text once the type is known.
type zipped struct {
	http.ResponseWriter
	gz      *gzip.Writer
	started bool
}

func (z *zipped) WriteHeader(code int) {
	if !z.started {
		z.started = true
		h := z.Header()
		kind := h.Get("Content-Type")
		if h.Get("Content-Encoding") == "" && code != http.StatusNoContent && code != http.StatusNotModified &&
			(strings.HasPrefix(kind, "text/") || strings.HasPrefix(kind, "application/json") || strings.HasPrefix(kind, "image/svg")) {
			h.Set("Content-Encoding", "gzip")
			h.Add("Vary", "Accept-Encoding")
			h.Del("Content-Length")
			z.gz = zippers.Get().(*gzip.Writer)
			z.gz.Reset(z.ResponseWriter)
		}
	}
	z.ResponseWriter.WriteHeader(code)
}

func (z *zipped) Write(b []byte) (int, error) {
	if !z.started {
		if z.Header().Get("Content-Type") == "" {
			z.Header().Set("Content-Type", http.DetectContentType(b))
		}
		z.WriteHeader(http.StatusOK)
	}
	var to io.Writer = z.ResponseWriter
	if z.gz != nil {
		to = z.gz
	}
	return to.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (z *zipped) Unwrap() http.ResponseWriter { return z.ResponseWriter }

func (z *zipped) close() {
	if z.gz != nil {
		z.gz.Close()
		zippers.Put(z.gz)
	}
}

// zippers are used again: each holds most of a megabyte. Fast, because a page is made
// for one reader and sent once.
var zippers = sync.Pool{New: func() any {
	gz, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	return gz
}}

// detached is a context that outlives the request, for work that follows it.
func detached(r *Request) context.Context { return context.WithoutCancel(r.Context()) }
