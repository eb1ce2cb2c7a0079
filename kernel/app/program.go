package app

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"steward/kernel/access"
	"steward/kernel/api"
	"steward/kernel/audit"
	"steward/kernel/decisions"
	"steward/kernel/figures"
	"steward/kernel/files"
	"steward/kernel/jobs"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/report"
	"steward/kernel/seal"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/kernel/web"
	"steward/lib/words"
)

// own are the kernel's own words, as a module's lie in its folder words.
//
//go:embed words/*.json
var own embed.FS

// Config says where the program keeps its things.
type Config struct {
	Data       string           // folder: SQLite database, keys, files
	URL        string           // PostgreSQL instead of SQLite
	Secure     bool             // reached by HTTPS
	Pin        string           // SHA-256 of its certificate's key, hex, where nobody else vouches for that
	TrustProxy bool             // a proxy of ours tells clients' addresses
	NoBackup   bool             // upgrade a database without a backup before
	Now        func() time.Time // clock; time.Now when nil
	Log        *slog.Logger
}

// Program is everything put together: what serves, and what the commands work on.
type Program struct {
	Config
	DB       *storage.Database
	Registry *records.Registry
	Words    *words.Catalogue
	Key      *seal.Key
	Audit    *audit.Key
	Files    files.Folder
	Site     *web.Site
	Runner   *jobs.Runner
	Modules  []Module
}

// SQLitePath is where the embedded database lies in a data folder.
func SQLitePath(data string) string { return filepath.Join(data, "steward.db") }

// Open opens the data folder with the modules and brings its schema up to date.
func Open(ctx context.Context, c Config, modules []Module) (*Program, error) {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	p := &Program{Config: c, Modules: modules, Files: files.Folder{Path: filepath.Join(c.Data, "files")}, Words: words.New()}
	var err error
	if p.Key, err = seal.Open(c.Data); err != nil {
		return nil, err
	}
	if p.Audit, err = audit.OpenKey(c.Data); err != nil {
		return nil, err
	}
	if err := p.load(); err != nil {
		return nil, err
	}
	if err := web.CheckPages(); err != nil {
		return nil, err
	}
	if p.DB, err = storage.Open(ctx, storage.Config{Path: SQLitePath(c.Data), URL: c.URL, Now: c.Now}); err != nil {
		return nil, err
	}
	if err := p.upgrade(ctx); err != nil {
		p.DB.Close()
		return nil, err
	}
	p.Registry.Attach(p.DB)
	set := figures.NewSet(Figures(modules))
	for _, m := range modules {
		if m.Goals != nil {
			set.Goals = m.Goals
		}
	}
	set.Attach(p.DB)
	decisions.NewSet(Decisions(modules)).Attach(p.DB)
	report.NewSet(reportSections(modules)).Attach(p.DB)
	p.assemble()
	return p, nil
}

// Migrations are those of the kernel and of the modules, in their order.
func Migrations(modules []Module) []storage.Migrations {
	sets := []storage.Migrations{records.Migrations(), org.Migrations(), signin.Migrations(), files.Migrations(), jobs.Migrations(), audit.Migrations(), api.Migrations(), figures.Migrations(), decisions.Migrations()}
	for _, m := range modules {
		if m.Migrations != nil {
			sets = append(sets, storage.Migrations{Module: m.Name, Files: m.Migrations})
		}
	}
	return sets
}

// upgrade brings the schema up to date. A database that an older version made is
// changed only when no module objects.
func (p *Program) upgrade(ctx context.Context) error {
	sets := Migrations(p.Modules)
	missing, had, err := p.DB.Pending(ctx, sets...)
	if err != nil || missing == 0 {
		return err
	}
	kept := "You had no backup made (--no-upgrade-backup)."
	for _, m := range p.Modules {
		if m.BeforeUpgrade == nil || had == 0 || p.NoBackup {
			continue
		}
		if kept, err = m.BeforeUpgrade(ctx, p); err != nil {
			return fmt.Errorf("nothing was changed: the backup before the upgrade could not be made, or the upgrade does not work on it: %w\n"+
				"Run the version that was here before, and free space or mend what is named above. With a backup of your own that you have tried, --no-upgrade-backup goes on without this one", err)
		}
	}
	if err := p.DB.Migrate(ctx, sets...); err != nil {
		return fmt.Errorf("the upgrade failed and nothing of it was kept; run the version that was here before. %s %w", kept, err)
	}
	return nil
}

// Types are the record types of the kernel and of the modules.
func Types(modules []Module) []records.Definition {
	types := org.Records()
	for _, m := range modules {
		types = append(types, m.Records...)
	}
	return types
}

// reportSections are those of the modules.
func reportSections(modules []Module) (all []report.Section) {
	for _, m := range modules {
		all = append(all, m.ReportSections...)
	}
	return all
}

// load reads the catalogues and makes the registry.
func (p *Program) load() error {
	if err := p.Words.Add(own, "words"); err != nil {
		return fmt.Errorf("words of the kernel: %w", err)
	}
	for _, m := range p.Modules {
		if m.Words == nil {
			continue
		}
		if err := p.Words.Add(m.Words, "."); err != nil {
			return fmt.Errorf("words of %s: %w", m.Name, err)
		}
	}
	p.Registry = records.NewRegistry(Types(p.Modules)...)
	p.Registry.Seal = func(plain string) (string, error) { return p.Key.Seal("record", []byte(plain)), nil }
	p.Registry.Unseal = func(sealed string) (string, error) {
		plain, err := p.Key.Open("record", sealed)
		return string(plain), err
	}
	for _, m := range p.Modules {
		if m.OnSave != nil {
			p.Registry.OnSave = append(p.Registry.OnSave, m.OnSave)
		}
	}
	return nil
}

// assemble makes the site and the runner of background work.
func (p *Program) assemble() {
	p.Site = &web.Site{DB: p.DB, Registry: p.Registry, Words: p.Words, Key: p.Key, Log: p.Log, Files: p.Files, Secure: p.Secure, TrustProxy: p.TrustProxy, Groups: Groups(p.Modules)}
	p.Site.Ready = func(ctx context.Context) error { return p.DB.Writable(ctx, p.Data) }
	p.Runner = &jobs.Runner{DB: p.DB, Log: p.Log}
	sealer := &audit.Sealer{DB: p.DB, Key: p.Audit, Witnesses: []func(string) error{audit.KeepCheckpoint(p.Data)}}
	p.Runner.Kinds = append(p.Runner.Kinds, sealer.Job(), signin.TidyJob())
	p.Runner.Schedules = append(p.Runner.Schedules, audit.Schedule(), signin.TidySchedule())
	p.decide()
	for _, m := range p.Modules {
		p.Site.Routes = append(p.Site.Routes, m.Routes...)
		if m.Pages != nil {
			p.Site.Routes = append(p.Site.Routes, m.Pages(p)...)
		}
		p.Site.Panels = append(p.Site.Panels, m.Panels...)
		if m.Lists != nil {
			p.Site.Lists = m.Lists
		}
		if m.Unread != nil {
			p.Site.Unread = m.Unread
		}
		if m.Jobs != nil {
			kinds, plans := m.Jobs(p)
			p.Runner.Kinds = append(p.Runner.Kinds, kinds...)
			p.Runner.Schedules = append(p.Runner.Schedules, plans...)
		}
	}
}

// areas is the order of the navigation's groups.
var areas = []string{"", "Data", "Systems", "Infrastructure", "Service", "Security", "Compliance", "Money", "Projects", "People", "Strategy", "Settings"}

// Groups joins the modules' navigation under the program's order of headings.
func Groups(modules []Module) []web.Group {
	byTitle := map[string]*web.Group{}
	var out []web.Group
	for _, title := range areas {
		byTitle[title] = &web.Group{Title: title}
	}
	byTitle["People"].Items = []web.Item{{Type: org.Persons, Key: "p"}, {Type: org.Units}, {Type: org.Sites}}
	byTitle["Money"].Items = []web.Item{{Type: org.Rates}}
	for _, m := range modules {
		for _, g := range m.Nav {
			at := byTitle[g.Title]
			if at == nil {
				panic("app: module " + m.Name + " adds to a navigation group that does not exist: " + g.Title)
			}
			at.Items = append(at.Items, g.Items...)
		}
	}
	for _, title := range areas {
		if len(byTitle[title].Items) > 0 {
			out = append(out, *byTitle[title])
		}
	}
	return out
}

// Handler is the whole HTTP face: pages and what the modules mount beside them.
func (p *Program) Handler() http.Handler {
	h := p.Site.Handler()
	programs := &api.API{DB: p.DB, Registry: p.Registry, Words: p.Words, Log: p.Log, TrustProxy: p.TrustProxy}
	for _, m := range p.Modules {
		programs.Operations = append(programs.Operations, m.Operations...)
		if m.Document != nil {
			programs.Document = func(r records.Reader) (map[string]any, error) { return m.Document(p, r, programs.Operations) }
		}
		if m.Mounts == nil {
			continue
		}
		for pattern, handler := range m.Mounts(p) {
			p.Site.Mount(pattern, handler)
		}
	}
	p.Site.Mount(api.Prefix, programs.Handler())
	for _, m := range p.Modules {
		if m.Around != nil {
			h = m.Around(p, h)
		}
	}
	return h
}

// Serve answers on the listener and runs background work until ctx ends.
func (p *Program) Serve(ctx context.Context, l net.Listener) error {
	p.zone(ctx)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	working, err := p.Runner.Start(ctx)
	if err != nil {
		return err
	}
	go p.DB.Tend(ctx)
	if err := p.soon(ctx); err != nil {
		p.Log.Warn("figures and decisions are not up to date yet", "error", err)
	}
	for _, m := range p.Modules {
		if m.Started != nil {
			if err := m.Started(ctx, p); err != nil {
				p.Log.Error("a module did not start", "module", m.Name, "error", err)
			}
		}
	}
	srv := &http.Server{Handler: p.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(p.Log.Handler(), slog.LevelDebug)}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err = <-failed:
	case <-ctx.Done():
		wait, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		err = srv.Shutdown(wait)
	}
	stop()
	<-working
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// zone tells the runner in which zone 'daily at six' is.
func (p *Program) zone(ctx context.Context) {
	err := p.DB.View(ctx, access.System(), func(v *storage.View) error {
		o, _, err := org.Get(v)
		p.Runner.Zone = o.Zone()
		return err
	})
	if err != nil {
		p.Log.Warn("the organisation's time zone is not known", "error", err)
	}
}

// Close closes the database.
func (p *Program) Close() error { return p.DB.Close() }
