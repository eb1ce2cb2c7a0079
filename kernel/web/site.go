package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/files"
	"steward/kernel/records"
	"steward/kernel/seal"
	"steward/kernel/storage"
	"steward/lib/locale"
	dist "steward/web"
)

// Speaker finds the words of a language for a key; english is the source text.
type Speaker interface {
	Text(lang locale.Lang, key, english string, args map[string]any) string
}

// Site is everything the pages are served from.
type Site struct {
	DB       *storage.Database
	Registry *records.Registry
	Words    Speaker
	Key      *seal.Key
	Log      *slog.Logger
	Groups   []Group
	Routes   []Route
	Panels   []Panel
	// Deadlines of all modules, in their order.
	Deadlines []Deadlines
	Files     files.Folder // attachments
	// Secure marks cookies for HTTPS only.
	Secure bool
	// TrustProxy takes the client's address from X-Forwarded-For.
	TrustProxy bool
	// Counts fills the badges of the navigation, by href; may be nil.
	Counts func(r *Request) map[string]int64
	// Lists adds to the list of a type, asked for with the parameters; may be nil.
	Lists func(r *Request, d *records.Def, in url.Values) (ListMore, error)
	// Unread is how many notices the reader has not read; may be nil.
	Unread func(r *Request) (int64, error)
	// Ready says whether the program can serve; shown at /readyz.
	Ready func(ctx context.Context) error

	mux *http.ServeMux
}

// Group is a heading of the navigation with what stands under it.
type Group struct {
	Title string // English; key nav.<title>
	Items []Item
}

// Item is one place in the navigation. It is shown to those who may view
// something of its type, or hold a grant to view in its area.
type Item struct {
	Title, Icon, Href string
	Area              string
	Act               access.Act // what must be held in the area; "" is to view
	Type              records.Definition
	Key               string // g + this letter goes there
}

// Route is a page of a module.
type Route struct {
	Pattern string // "GET /vendors/renewals"
	Area    string // who may view something in the area may open it; "" for all signed in
	Handler Handler
	Public  bool // without sign-in
	// Outside: the handler asks other machines, which no transaction may wait for. Its
	// request has no View; it reads and answers within Reopen.
	Outside bool
}

// Handler answers a request for a page, or says why it cannot.
type Handler func(w http.ResponseWriter, r *Request) error

// Panel adds to the record page of a type, from whichever module knows something
// about it. Show returns nothing to be left out.
type Panel struct {
	Type  records.Definition // nil: every type
	Place Place
	Show  func(r *Request, rec records.Record) (*PanelView, error)
}

// Place is where on the record page a panel stands.
type Place string

const (
	Strip Place = "strip" // key figures on top
	Main  Place = "main"  // the wide column
	Aside Place = "aside" // the narrow column
	Below Place = "below" // the narrow column, below what every record has there
	Home  Place = "home"  // no record's page but the first one; Show is given no record
)

// Handler returns the whole site.
func (s *Site) Handler() http.Handler {
	s.mux = http.NewServeMux()
	s.mux.Handle("GET "+dist.Prefix, dist.Static)
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) })
	s.mux.HandleFunc("GET /readyz", s.ready)
	for _, rt := range s.All() {
		s.handle(rt)
	}
	s.handle(Route{Pattern: "/", Handler: func(http.ResponseWriter, *Request) error { return records.NotFound() }})
	return s.mux
}

// All are the routes of the site: its own, the modules', and those of each record type.
func (s *Site) All() []Route {
	all := slices.Concat(s.own(), s.Routes)
	for _, d := range s.Registry.Defs() {
		if !d.IsInternal {
			all = append(all, s.recordRoutes(d)...)
		}
	}
	return all
}

// Mount adds a handler beside the pages: the API, the agents' door.
func (s *Site) Mount(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }

func (s *Site) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	err := s.DB.View(ctx, access.System(), func(v *storage.View) error {
		var n int
		_, err := v.Row("SELECT COUNT(*) FROM schema_migration", nil, &n)
		return err
	})
	if err == nil && s.Ready != nil {
		err = s.Ready(ctx)
	}
	if err != nil {
		s.Log.Warn("not ready", "error", err)
		why := "not ready"
		if e := fail.As(err); e != nil {
			why += ": " + e.Error()
		}
		http.Error(w, why, http.StatusServiceUnavailable)
		return
	}
	w.Write([]byte("ready\n"))
}
