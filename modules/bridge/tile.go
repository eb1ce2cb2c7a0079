package bridge

import (
	"html/template"
	"math"
	"slices"
	"time"

	"steward/kernel/figures"
	"steward/kernel/records"
	"steward/kernel/web"
	"steward/lib/chart"
)

// tile is a figure as pages show it: the Bridge, and records' pages.
type tile struct {
	Title, Href string
	State       string // ok, warn, bad, or mute when there is nothing to judge by
	Word        string // the state in a word
	Value, Unit string
	NA          bool // not computable, or unknown
	Note        string
	Stale       string // "" or how old it is
	Spark       template.HTML
}

// aged is from when on a value counts as stale: three computations missed.
const aged = 45 * time.Minute

// tilesOf are the tiles of a scope's figures that the reader may see, in the
// order of their rank; bridge leaves out those without one. Figures not computed
// yet are left out too.
func tilesOf(r *web.Request, scope figures.Scope, bridge bool) ([]tile, error) {
	latest, err := figures.Latest(r.View, scope)
	if err != nil {
		return nil, err
	}
	trends, err := figures.Trends(r.View, scope, r.Today().AddDays(-90))
	if err != nil {
		return nil, err
	}
	var out []tile
	for _, f := range figures.SetOf(r.View).All() {
		s := latest[f.Key]
		if s == nil || bridge && f.Rank == 0 {
			continue
		}
		t := tileOf(r, f, s, trends[f.Key])
		if scope == figures.Organisation && f.Beside.Key != "" && len(s.Inputs) > 0 {
			// It is about one record, whose name says more than that it is the main one.
			name, found, err := nameOf(r, figures.Of(s.Inputs[0].Ref))
			if err != nil {
				return nil, err
			}
			if found {
				t.Title = r.T(f.Beside.Key, f.Beside.English) + " · " + name
			}
		}
		out = append(out, t)
	}
	if bridge { // what has a value comes first
		slices.SortStableFunc(out, func(a, b tile) int { return boolean(a.NA) - boolean(b.NA) })
	}
	return out, nil
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// tileOf is the tile of one value with its trend.
func tileOf(r *web.Request, f *figures.Figure, s *figures.Snapshot, trend []figures.Point) tile {
	title := f.TitleOf(s.Scope)
	t := tile{Title: r.T(title.Key, title.English), Href: f.Path(s.Scope), State: s.State(f), NA: !s.Value.Known()}
	t.Value, t.Unit = valueText(r, s.Value, f.Unit)
	t.Word = stateWord(r, t.State)
	if t.State == "" {
		t.State = "mute"
	}
	t.Note = note(r, f, s)
	if old := stale(r, s); old != "" {
		t.Stale = old
	}
	values := make([]float64, len(trend))
	for i, p := range trend {
		values[i] = p.Value.Float()
	}
	if known(values) > 1 {
		t.Spark = template.HTML(chart.Spark(values, series(t.State)).SVG())
	}
	return t
}

func known(v []float64) (n int) {
	for _, x := range v {
		if !math.IsNaN(x) {
			n++
		}
	}
	return n
}

func series(state string) string {
	switch state {
	case "ok":
		return "c2"
	case "warn", "bad":
		return "c3"
	}
	return "c1"
}

// valueText writes a value, and the unit that stands behind it as a word.
func valueText(r *web.Request, v figures.Value, u figures.Unit) (text, unit string) {
	if v.State == figures.NA {
		return r.T("kernel.figures.na", "n/a"), ""
	}
	text = v.Text(r.Lang, u)
	if !v.Known() {
		return text, ""
	}
	n := int64(math.Round(v.Number))
	switch u {
	case figures.Days:
		unit = r.T("kernel.figures.unit.days", "{count|day|days}", "count", n)
	case figures.Hours:
		unit = r.T("kernel.figures.unit.hours", "{count|hour|hours}", "count", n)
	case figures.Minutes:
		unit = r.T("kernel.figures.unit.minutes", "{count|minute|minutes}", "count", n)
	}
	return text, unit
}

// stateWord says a state in a word.
func stateWord(r *web.Request, state string) string {
	switch state {
	case "ok":
		return r.T("kernel.figures.state.ok", "on target")
	case "warn":
		return r.T("kernel.figures.state.warn", "off target")
	case "bad":
		return r.T("kernel.figures.state.bad", "far off target")
	}
	return r.T("kernel.figures.state.none", "no target")
}

// note is the line under a value: how it stands and against what, or why there
// is none.
func note(r *web.Request, f *figures.Figure, s *figures.Snapshot) string {
	if !s.Value.Known() {
		if len(s.Gaps) > 0 {
			return r.Tell(s.Gaps[0])
		}
		return r.T("bridge.figures.nothing", "nothing to compute from")
	}
	if s.Target == nil {
		if !s.Range.Zero() {
			return r.Tell(s.Range)
		}
		if s.Total > 0 {
			return r.T("bridge.figures.from", "from {count} {count|record|records}", "count", s.Total)
		}
		return ""
	}
	against := r.T("bridge.figures.against", "{state} · goal {target}", "state", stateWord(r, s.State(f)), "target", figures.Level(r.Lang, f.Unit, s.Value.Currency, s.Target))
	if !s.Range.Zero() {
		against = r.Tell(s.Range) + " · " + against
	}
	return against
}

// stale says how old a value is when it is older than it should be, or when it
// could not be computed again, and why when what it was computed from is outdated.
func stale(r *web.Request, s *figures.Snapshot) string {
	if !s.Outdated.Zero() {
		return r.Tell(s.Outdated)
	}
	if s.Failed.IsZero() && r.View.Now.Sub(s.At) < aged {
		return ""
	}
	return r.Lang.Relative(s.At, r.View.Now)
}

type tilesView struct{ Tiles []tile }

var (
	tilesTemplate = web.MustPage[tilesView](files, "pages/tiles.html")
	figsTemplate  = web.MustPage[tilesView](files, "pages/figs.html")
)

// figuresPanel shows on any record the figures that are computed for it.
func figuresPanel() web.Panel {
	return web.Panel{Place: web.Aside, Show: func(r *web.Request, rec records.Record) (*web.PanelView, error) {
		list, err := tilesOf(r, figures.Of(records.MakeRef(rec.Def.Name, rec.ID())), false)
		if err != nil || len(list) == 0 {
			return nil, err
		}
		body, err := figsTemplate.Body(r, tilesView{list})
		return &web.PanelView{ID: "figures", Title: r.T("bridge.figures.panel", "Figures"), Body: body}, err
	}}
}
