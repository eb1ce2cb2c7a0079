package data

import (
	"steward/kernel/access"
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
	Months    int64
	Position  int64
}

// Shape says how a tile shows its metric.
type Shape string

const (
	Chart     Shape = "chart"
	Foretold  Shape = "forecast"
	JustTable Shape = "table"
)

// Step is the length of the periods a tile shows.
type Step string

const (
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
	records.Choices(f, &t.Shape, "Shown as", Chart, Foretold, JustTable).Called("forecast", "Forecast").List()
	records.Choices(f, &t.Period, "Periods", ByMonth, ByQuarter, ByYear, NoPeriods).Called("none", "None")
	records.Str(f, &t.Breakdown, "Broken down by").Max(300).Help("A column of the metric's source.")
	records.Whole(f, &t.Months, "Months back").Between(0, 600).Help("0: all there is.")
	records.Whole(f, &t.Position, "Position").Between(0, 1000).Filter()
	f.Under(&t.Dashboard)
}).InArea(access.Data).Icon("chart-bar").SortedBy("position")
