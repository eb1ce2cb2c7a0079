package data

import (
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"steward/engine/cube"
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/web"
)

func system() *access.Actor { return access.System() }

type sourceView struct {
	Path, Stale, Accept string
	IsFile, MayEdit     bool
	HasSum              bool
	Sum                 string
	Rows                []deliveryRow
	Origin              []whyRow
	NewMetric           string
	Said                string   // what the server said itself, for who looks after the connection
	Tables              string   // where other tables of the database are chosen
	Also                []string // the other sources that the next file is for
}

type deliveryRow struct {
	When, Href, Rows, Bad, Why string
	Pill                       template.HTML
}

var sourceTemplate = web.MustPage[sourceView](embedded, "pages/source.html")

// sourcePanel shows what a source delivered, whether it can be relied on, where
// it comes from, and the form for the next delivery.
func sourcePanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	s := rec.V.(*Source)
	v := sourceView{Path: Sources.Path(s.ID), IsFile: s.Kind.file(), HasSum: s.SumColumn.Set, Sum: s.SumColumn.V}
	c, why, err := health(r.View, s)
	if err != nil {
		return nil, err
	}
	if c != Fresh {
		v.Stale = r.Tell(why)
	}
	if v.MayEdit, err = Sources.Def().May(r.View, access.Edit, s); err != nil {
		return nil, err
	}
	list, err := Deliveries.List(r.View, records.Query{Sort: "-received_at", Limit: 10, Where: []records.Cond{records.Is(&Deliveries.P.Source, s.ID)}})
	if err != nil {
		return nil, err
	}
	d := Deliveries.Def()
	for i, x := range list {
		v.Rows = append(v.Rows, deliveryRow{When: r.Moment(x.ReceivedAt), Href: Deliveries.Path(x.ID), Rows: r.Lang.Int(x.RowCount), Bad: r.Lang.Int(x.BadRows),
			Why: r.Tell(x.why()), Pill: r.Cell(d, d.Field("state"), string(x.State), nil).HTML()})
		if i == 0 && x.State != Accepted && v.MayEdit {
			v.Accept = Deliveries.Path(x.ID) + "/accept"
		}
	}
	if x, err := s.unread(); err != nil {
		return nil, err
	} else if x != nil && mayConnect(r) == nil {
		v.Said = x.Server
	}
	if s.Kind == HandedIn && v.MayEdit {
		also, err := sameFile(r, s)
		if err != nil {
			return nil, err
		}
		for _, x := range also {
			v.Also = append(v.Also, x.Name)
		}
		if len(list) > 0 && list[0].OriginalFile.Set && mayConnect(r) == nil {
			if v.Tables, err = handedInPath(r, list[0].OriginalFile.V, list[0].FileName.V); err != nil {
				return nil, err
			}
		}
	}
	if !v.IsFile && v.MayEdit && mayConnect(r) == nil {
		v.Tables = "/data/connect?source=" + string(s.ID)
	}
	if len(list) > 0 && v.MayEdit {
		v.NewMetric = Sources.Path(s.ID) + "/metric"
	}
	if s.System.Set {
		if v.Origin, err = origin(r, s.System.V); err != nil {
			return nil, err
		}
	}
	body, err := sourceTemplate.Body(r, v)
	return &web.PanelView{ID: "deliveries", Title: r.Plural(Deliveries.Def()), Body: body, Instead: []records.Definition{Deliveries}}, err
}

type deliveryView struct {
	Path, Accept, Why string
	Facts             []fact
	Columns           []columnRow
	Checks            []checkRow
	Head              []string
	Preview           [][]string
	Bad               []badRow
	HasBad, HasFile   bool
}

var deliveryTemplate = web.MustPage[deliveryView](embedded, "pages/delivery.html", "pages/columns.html", "pages/bad.html", "pages/checks.html")

// deliveryPanel shows what a delivery holds and what is wrong with it.
func deliveryPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	d := rec.V.(*Delivery)
	st, err := storeOf(r.View)
	if err != nil {
		return nil, err
	}
	f, err := st.found(d.ReportFile)
	if fail.Is(err, fail.NotFound) {
		// The record stands; what it was read from is gone from the data folder.
		return &web.PanelView{ID: "profile", Title: r.T("data.profile.gone", "Its file is missing from the data folder")}, nil
	}
	if err != nil {
		return nil, err
	}
	v := deliveryView{Path: rec.Path(), Why: r.Tell(d.why()), Preview: f.Preview, HasBad: d.BadFile.Set, HasFile: d.OriginalFile.Set}
	v.Facts, v.Columns, v.Checks = profileRows(r, f)
	for _, c := range f.Columns {
		v.Head = append(v.Head, c.Name)
	}
	for _, b := range f.Profile.Report.Rejected[:min(20, len(f.Profile.Report.Rejected))] {
		v.Bad = append(v.Bad, badRow{r.Lang.Int(b.Number), b.Reason, clip(b.Raw)})
	}
	s, err := Sources.Get(r.View, d.Source)
	if err != nil {
		return nil, err
	}
	if whole, err := viewsAll(r, s); err != nil {
		return nil, err
	} else if !whole { // only some of the rows are for this reader
		v.Preview, v.Bad, v.HasBad, v.HasFile, v.Columns = nil, nil, false, false, nil
	}
	body, err := deliveryTemplate.Body(r, v)
	return &web.PanelView{ID: "profile", Title: r.T("data.profile.title", "What it holds"), Body: body}, err
}

// viewsAll says whether all rows of a source exist for the reader.
func viewsAll(r *web.Request, s *Source) (bool, error) {
	_, all, err := reach(r.View, s)
	return all, err
}

// download sends the original of a delivery, or the rows kept aside.
func download(w http.ResponseWriter, r *web.Request) error {
	d, err := Deliveries.Get(r.View, records.ID[Delivery](r.PathValue("id")))
	if err != nil {
		return err
	}
	s, err := Sources.Get(r.View, d.Source)
	if err != nil {
		return err
	}
	if whole, err := viewsAll(r, s); err != nil || !whole {
		if err == nil {
			err = records.NotFound()
		}
		return err
	}
	if ok, err := Sources.Def().May(r.View, access.Export, s); err != nil || !ok {
		if err == nil {
			err = records.NotFound()
		}
		return err
	}
	hash, name := d.OriginalFile, d.FileName.Or("delivery")
	switch r.PathValue("what") {
	case "original":
	case "bad.csv":
		hash, name = d.BadFile, "bad-rows.csv"
	default:
		return records.NotFound()
	}
	if !hash.Set {
		return records.NotFound()
	}
	body, err := r.Site.Files.Open(hash.V)
	if err != nil {
		return err
	}
	defer body.Close()
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name))
	http.ServeContent(w, r.Request, "", time.Time{}, body)
	return nil
}

type chartView struct {
	Chart        template.HTML
	Stale, Empty string
	Explore      string
}

var chartTemplate = web.MustPage[chartView](embedded, "pages/chart.html")

// metricPanel draws a metric by month on its page.
func metricPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	m := rec.V.(*Metric)
	v, err := tileChart(r, m, &Tile{Period: ByMonth, Shape: Chart, Months: 36}, 240)
	if err != nil {
		return nil, err
	}
	body, err := chartTemplate.Body(r, v)
	return &web.PanelView{ID: "chart", Title: r.T("data.metric.by-month", "By month"), Body: body, More: v.Explore, MoreText: r.T("data.explore.title", "Explore")}, err
}

// tileChart draws a metric as a tile asks for it.
func tileChart(r *web.Request, m *Metric, t *Tile, h float64) (v chartView, err error) {
	link := asked{path: Metrics.Path(m.ID) + "/explore", where: t.conditions()}
	q := question{Limit: 500, Where: link.where}
	if t.Shape != Chart && t.Shape != Foretold {
		link.kind = t.Shape
	}
	if t.Period != NoPeriods {
		q.By = append(q.By, cube.Dimension{Column: m.TimeColumn, Grain: cube.Grain(t.Period), Name: "period"})
		link.by = append(link.by, string(t.Period))
	}
	for i, column := range splitList(t.Breakdown.V) {
		q.By = append(q.By, cube.Dimension{Column: column, Name: "by_" + strconv.Itoa(i)})
		q.Top = mostLines - 1
		link.by = append(link.by, column)
	}
	q.Fill = t.Period != NoPeriods && len(q.By) == 1
	if t.Period == NoPeriods && len(q.By) == 1 {
		q.Order, q.Top = "-value", 10
	}
	if t.Months > 0 {
		day := r.Today().Time()
		q.From = day.AddDate(0, -int(t.Months), 1-day.Day()).Format(time.DateOnly)
		link.from = q.From
	}
	if len(link.by) == 0 {
		link.by = []string{string(ByMonth)}
	}
	v.Explore = link.address()
	if t.Shape == Foretold {
		s, a, err := monthly(r.Context(), r.View, m, q.Where, r.Today())
		if err != nil {
			return v, err
		}
		f, err := s.foretell()
		if err != nil {
			return v, err
		}
		if v.stale(r, a); f != nil {
			v.Chart = f.draw(r, r.Lang, m, h).Named(r.T)
		} else {
			v.Empty = r.T("data.forecast.short", "too few months for a forecast")
		}
		return v, nil
	}
	a, err := ask(r.Context(), r.View, m, q)
	if err != nil {
		return v, err
	}
	v.stale(r, a)
	if len(a.Rows) == 0 {
		v.Empty = r.T("data.chart.empty", "no rows in this span")
		return v, nil
	}
	goals, err := targets(r.View, m)
	if err != nil {
		return v, err
	}
	kind := fitting(m, q, t.Shape)
	scene := drawing(r, r.Lang, a, q, kind, goals, h)
	if kind == JustTable {
		v.Chart = scene.TableHTML(r.T)
	} else {
		v.Chart = scene.Named(r.T)
	}
	return v, nil
}

func (v *chartView) stale(r *web.Request, a *answer) {
	if a.Condition != Fresh {
		v.Stale = r.Tell(a.Why)
	}
}

type dashboardView struct {
	Tiles []dashTile
	Add   string
}

type dashTile struct {
	chartView
	Title, Href string
	Hidden      bool
	Problem     string
}

var dashboardTemplate = web.MustPage[dashboardView](embedded, "pages/dashboard.html")

// dashboardPanel draws a dashboard's tiles, each under the reader's own rights.
func dashboardPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	d := rec.V.(*Dashboard)
	tiles, err := Tiles.List(r.View, records.Query{Sort: "position", Where: []records.Cond{records.Is(&Tiles.P.Dashboard, d.ID)}})
	if err != nil {
		return nil, err
	}
	var v dashboardView
	for _, t := range tiles[:min(len(tiles), 24)] {
		one, err := drawTile(r, t)
		if err != nil {
			return nil, err
		}
		v.Tiles = append(v.Tiles, one)
	}
	if ok, err := Dashboards.Def().May(r.View, access.Edit, d); err != nil {
		return nil, err
	} else if ok {
		v.Add = Tiles.Def().Path("new") + "?dashboard=" + string(d.ID) + "&back=" + template.URLQueryEscaper(rec.Path())
	}
	body, err := dashboardTemplate.Body(r, v)
	return &web.PanelView{ID: "tiles", Title: r.Plural(Tiles.Def()), Body: body, Instead: []records.Definition{Tiles}}, err
}

// drawTile draws one tile; one whose metric is not for the reader is named as hidden.
func drawTile(r *web.Request, t *Tile) (dashTile, error) {
	out := dashTile{Title: t.Title.V}
	m, err := Metrics.Get(r.View, t.Metric)
	if fail.Is(err, fail.NotFound) {
		out.Hidden = true
		return out, nil
	}
	if err != nil {
		return out, err
	}
	if out.Title == "" {
		out.Title = m.Name
	}
	out.chartView, err = tileChart(r, m, t, 200)
	if e := fail.As(err); e != nil && e.Kind == fail.Invalid {
		out.Problem, err = r.Say(e), nil
	}
	return out, err
}
