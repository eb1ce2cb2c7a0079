package money

import (
	"html/template"
	"net/url"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/web"
	"steward/lib/chart"
	"steward/modules/systems"
)

// yearPanel draws on the Bridge this fiscal year's plan and what was spent, month by
// month, for those who see money.
func yearPanel(r *web.Request, _ records.Record) (*web.PanelView, error) {
	if !r.MayView(access.Money) {
		return nil, nil
	}
	a := askedFor(r)
	l, err := Read(r.View, a)
	if err != nil || len(l.Rows) == 0 {
		return nil, err
	}
	show := presenter{r: r, l: l}
	against, _ := show.variance(l.Total)
	body, err := yearTemplate.Body(r, yearView{Chart: show.months().Named(r.T)})
	return &web.PanelView{ID: "year", Title: r.T("money.year.title", "Plan and actual {year}", "year", yearName(l)), Body: body,
		Sub:  r.T("money.year.sub", "{currency} · until the end of {month}: {against}", "currency", l.Currency, "against", against, "month", r.Lang.Month(l.To.Time())),
		More: "/money/actuals", MoreText: r.T("money.year.more", "By system")}, err
}

type yearView struct{ Chart template.HTML }

var yearTemplate = web.MustPage[yearView](files, "pages/year.html")

type costView struct {
	Chart   template.HTML
	Missing int64
	None    bool
}

var costTemplate = web.MustPage[costView](files, "pages/cost.html")

// costPanel draws what a system cost month by month, and puts the year's sum on
// the strip with what that is for each user.
func costPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	if !r.MayView(access.Money) {
		return nil, nil
	}
	s := rec.V.(*systems.System)
	spent, err := TwelveMonths(r.View, r.Today(), records.Is(&CostLines.P.System, s.ID))
	if err != nil {
		return nil, err
	}
	total := spent.Total()
	address := "/money/actuals?" + url.Values{"system": {string(s.ID)}, "by": {string(ByMonth)}}.Encode()
	strip := web.StripItem{Label: r.T("money.strip.year", "Cost, 12 months"), Value: web.Unknown, Href: address}
	if spent.Lines() > 0 {
		strip.Value = r.Lang.MoneyRound(total, spent.Currency)
		if s.Users.V > 0 {
			strip.Note = r.T("money.strip.per-user", "{amount} a user", "amount", r.Lang.MoneyRound(portion(total, 1, s.Users.V), spent.Currency))
		}
	}
	title := r.T("money.panel.title", "Cost a month")
	run := chart.Series{Name: r.T("money.cost-line.kind.run", "Run"), Class: "c1", Area: true}
	change := chart.Series{Name: r.T("money.cost-line.kind.change", "Change"), Class: "c3"}
	var labels []string
	for _, m := range spent.Months {
		labels = append(labels, r.Lang.MonthAxis(m.Month.Time().Month()))
		run.V, change.V = append(run.V, major(m.Run, spent.Currency)), append(change.V, major(m.Change, spent.Currency))
	}
	view := costView{Missing: spent.Missing, None: spent.Lines() == 0}
	frame := presenter{r: r, l: &Ledger{Currency: spent.Currency}}.frame(title, r.T("money.by.month", "Month"))
	scene := chart.Lines(frame, labels, []chart.Series{run, change}, chart.Over{})
	if !view.None {
		view.Chart = scene.Named(r.T)
	}
	body, err := costTemplate.Body(r, view)
	return &web.PanelView{ID: "cost", Title: title, Sub: spent.Currency, Body: body, Strip: []web.StripItem{strip}, Instead: []records.Definition{CostLines, BudgetLines},
		More: address, MoreText: r.T("money.actuals.title", "Plan and actual")}, err
}
