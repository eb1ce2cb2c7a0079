package app

import (
	"context"
	"log/slog"

	"steward/kernel/access"
	"steward/kernel/decisions"
	"steward/kernel/figures"
	"steward/kernel/jobs"
	"steward/kernel/storage"
	"steward/kernel/web"
)

// Figures are those of the modules.
func Figures(modules []Module) (all []figures.Figure) {
	for _, m := range modules {
		all = append(all, m.Figures...)
	}
	return all
}

// Decisions are the kinds of the modules.
func Decisions(modules []Module) (all []decisions.Kind) {
	for _, m := range modules {
		all = append(all, m.Decisions...)
	}
	return all
}

// decide adds the counts and the background work of figures and decisions.
func (p *Program) decide() {
	p.Site.Counts = func(r *web.Request) map[string]int64 {
		n, err := decisions.Waiting(r.View)
		if err != nil {
			p.Log.Warn("the decisions that wait cannot be counted", "error", err)
		}
		return map[string]int64{"/inbox": n}
	}
	for _, m := range p.Modules {
		if m.Deadlines != nil {
			p.Site.Deadlines = append(p.Site.Deadlines, m.Deadlines)
		}
	}
	for _, more := range []func(*slog.Logger) ([]jobs.Kind, []jobs.Schedule){figures.Jobs, decisions.Jobs} {
		kinds, plans := more(p.Log)
		p.Runner.Kinds = append(p.Runner.Kinds, kinds...)
		p.Runner.Schedules = append(p.Runner.Schedules, plans...)
	}
}

// Refresh computes the figures and looks for decisions at once: after data was
// loaded, and in tests.
func (p *Program) Refresh(ctx context.Context) error {
	if err := figures.Compute(ctx, p.DB, p.Log); err != nil {
		return err
	}
	return decisions.Refresh(ctx, p.DB, p.Log)
}

// soon has figures computed and decisions found right after the start.
func (p *Program) soon(ctx context.Context) error {
	return p.DB.Update(ctx, access.System(), func(u *storage.Update) error {
		if err := figures.Soon(u); err != nil {
			return err
		}
		return decisions.Soon(u)
	})
}
