package data

import (
	"strings"

	"steward/engine/cube"
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
)

// Dashboard is a page of charts that somebody keeps and shares. Whoever sees it
// sees the tiles under the own rights.
type Dashboard struct {
	records.Base[Dashboard]
	Name   string
	Owner  records.Opt[records.ID[org.Person]]
	Unit   records.Opt[records.ID[org.Unit]]
	Member records.Opt[records.ID[org.Person]]
	Notes  records.Opt[string]
}

// Dashboards are the pages of charts.
var Dashboards = records.Define("data.dashboard", "Dashboard", "Dashboards", "DSH", func(d *Dashboard, f *records.Fields) {
	f.Title(&d.Name, "Name")
	records.Linked(f, &d.Owner, "Owner").ScopeOf(access.Owned).List()
	records.Linked(f, &d.Unit, "Shared with the head of").Help("The department's head sees the dashboard, with the figures that the head may see.").ScopeOf(access.Unit).List()
	records.Linked(f, &d.Member, "Shared with").Help("This person sees the dashboard, with the figures that the person may see.").ScopeOf(access.Member).List()
	records.Long(f, &d.Notes, "Notes")
}).Icon("layout-dashboard").SortedBy("name")

// Tile is one chart of a dashboard.
type Tile struct {
	records.Base[Tile]
	Title     records.Opt[string]
	Dashboard records.ID[Dashboard]
	Metric    records.ID[Metric]
	Shape     Shape
	Period    Step
	Breakdown records.Opt[string]
	Condition records.Opt[string] // one a line
	Months    int64
	Position  int64
}

// Shape says how a tile shows its metric.
type Shape string

const (
	Chart     Shape = "chart" // as fits best
	Lines     Shape = "line"
	Bars      Shape = "bars"
	Stacked   Shape = "stacked"
	Foretold  Shape = "forecast"
	JustTable Shape = "table"
)

// Step is the length of the periods a tile shows.
type Step string

const (
	ByDay     Step = "day"
	ByWeek    Step = "week"
	ByMonth   Step = "month"
	ByQuarter Step = "quarter"
	ByYear    Step = "year"
	NoPeriods Step = "none"
)

// Tiles are the charts of dashboards. Rights are the dashboard's.
var Tiles = records.Define("data.tile", "Tile", "Tiles", "TIL", func(t *Tile, f *records.Fields) {
	records.Linked(f, &t.Dashboard, "Dashboard").List()
	records.Linked(f, &t.Metric, "Metric").List()
	records.Str(f, &t.Title, "Title").Max(200)
	records.Choices(f, &t.Shape, "Shown as", Chart, Lines, Bars, Stacked, Foretold, JustTable).Called("chart", "Chart that fits best").Called("line", "Lines").Called("stacked", "Stacked bars").Called("forecast", "Forecast").List()
	records.Choices(f, &t.Period, "Periods", ByDay, ByWeek, ByMonth, ByQuarter, ByYear, NoPeriods).Called("none", "None")
	records.Str(f, &t.Breakdown, "Broken down by").Max(300).Help("A column of the metric's source; two without periods, separated by a comma.")
	records.Long(f, &t.Condition, "Only rows where").Max(4000).Help("Such as: state = 'paid' and amount > 0. Several, one a line, must all hold.")
	records.Whole(f, &t.Months, "Months back").Between(0, 600).Help("0: all there is.")
	records.Whole(f, &t.Position, "Position").Between(0, 1000).Filter()
	f.Under(&t.Dashboard)
}).InArea(access.Data).Icon("chart-bar").SortedBy("position").Check(checkTile)

// conditions are what a tile's rows must all fulfil.
func (t *Tile) conditions() (out []string) {
	for line := range strings.Lines(t.Condition.V) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// checkTile refuses what could not be drawn, whatever the source holds.
func checkTile(_ *records.Tx, _, t *Tile) error {
	for _, c := range t.conditions() {
		if _, err := cube.ParseWhere(c); err != nil {
			return fail.Field(&t.Condition, "data.where", "The condition “{text}” cannot be read: {problem}").With("text", c).With("problem", err.Error())
		}
	}
	if most := len(splitList(t.Breakdown.V)); most > 2 || most > 1 && t.Period != NoPeriods {
		return fail.Field(&t.Breakdown, "data.by-two", "Break a metric down by two things at most.")
	}
	return nil
}
