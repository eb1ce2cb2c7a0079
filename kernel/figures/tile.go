package figures

import (
	"html/template"
	"math"
	"slices"
	"time"

	"steward/kernel/records"
	"steward/kernel/web"
	"steward/kernel/web/chart"
)

// Tile is a figure as pages show it: the Bridge, and records' pages.
type Tile struct {
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

// TilesOf are the tiles of a scope's figures that the reader may see, in the
// order of their rank; bridge leaves out those without one. Figures not computed
// yet are left out too.
func TilesOf(r *web.Request, scope Scope, bridge bool) ([]Tile, error) {
	latest, err := Latest(r.View, scope)
	if err != nil {
		return nil, err
	}
	trends, err := Trends(r.View, scope, r.Today().AddDays(-90))
	if err != nil {
		return nil, err
	}
	var out []Tile
	for _, f := range SetOf(r.View).All() {
		s := latest[f.Key]
		if s == nil || bridge && f.Rank == 0 {
			continue
		}
		out = append(out, TileOf(r, f, s, trends[f.Key]))
	}
	if bridge { // what has a value comes first
		slices.SortStableFunc(out, func(a, b Tile) int { return boolean(a.NA) - boolean(b.NA) })
	}
	return out, nil
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TileOf is the tile of one value with its trend.
func TileOf(r *web.Request, f *Figure, s *Snapshot, trend []Point) Tile {
	t := Tile{Title: r.T(f.Title.Key, f.Title.English), Href: f.Path(s.Scope), State: s.State(f), NA: !s.Value.Known()}
	t.Value, t.Unit = ValueText(r, s.Value, f.Unit)
	t.Word = StateWord(r, t.State)
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

// Path is the page that explains the figure for a scope.
func (f *Figure) Path(scope Scope) string {
	p := "/figures/" + f.Key
	if scope != Organisation {
		p += "?scope=" + template.URLQueryEscaper(string(scope))
	}
	return p
}

// ValueText writes a value, and the unit that stands behind it as a word.
func ValueText(r *web.Request, v Value, u Unit) (text, unit string) {
	if v.State == NA {
		return r.T("kernel.figures.na", "n/a"), ""
	}
	text = v.Text(r.Lang, u)
	if !v.Known() {
		return text, ""
	}
	n := int64(math.Round(v.Number))
	switch u {
	case Days:
		unit = r.T("kernel.figures.unit.days", "{count|day|days}", "count", n)
	case Hours:
		unit = r.T("kernel.figures.unit.hours", "{count|hour|hours}", "count", n)
	case Minutes:
		unit = r.T("kernel.figures.unit.minutes", "{count|minute|minutes}", "count", n)
	}
	return text, unit
}

// StateWord says a state in a word.
func StateWord(r *web.Request, state string) string {
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
func note(r *web.Request, f *Figure, s *Snapshot) string {
	if !s.Value.Known() {
		if len(s.Gaps) > 0 {
			return r.Tell(s.Gaps[0])
		}
		return r.T("kernel.figures.nothing", "nothing to compute from")
	}
	if s.Target == nil {
		if s.Total > 0 {
			return r.T("kernel.figures.records", "{count} {count|record|records}", "count", s.Total)
		}
		return ""
	}
	return r.T("kernel.figures.against", "{state} · goal {target}", "state", StateWord(r, s.State(f)), "target", Level(r.Lang, f.Unit, s.Value.Currency, s.Target))
}

// stale says how old a value is when it is older than it should be, or when it
// could not be computed again, and why when what it was computed from is outdated.
func stale(r *web.Request, s *Snapshot) string {
	if !s.Outdated.Zero() {
		return r.Tell(s.Outdated)
	}
	if s.Failed.IsZero() && r.View.Now.Sub(s.At) < aged {
		return ""
	}
	return r.Lang.Relative(s.At, r.View.Now)
}

// Tiles draws tiles as one block, for any page's template.
func Tiles(r *web.Request, tiles []Tile) (template.HTML, error) {
	return tilesTemplate.Body(r, tilesView{tiles})
}

type tilesView struct{ Tiles []Tile }

var tilesTemplate = web.MustPage[tilesView](files, "pages/tiles.html")

// Panel shows on the records of a type the figures that are computed for each.
func Panel(d records.Definition) web.Panel {
	return web.Panel{Type: d, Place: web.Main, Show: func(r *web.Request, rec records.Record) (*web.PanelView, error) {
		tiles, err := TilesOf(r, Of(records.MakeRef(rec.Def.Name, rec.ID())), false)
		if err != nil || len(tiles) == 0 {
			return nil, err
		}
		body, err := Tiles(r, tiles)
		return &web.PanelView{ID: "figures", Title: r.T("kernel.figures.panel", "Figures"), Body: body}, err
	}}
}
