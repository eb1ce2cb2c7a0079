package data

import (
	"context"
	"math"
	"time"

	"steward/kernel/access"
	"steward/kernel/figures"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/lib/words"
)

// figureList are the figures over the metrics: of the main one for the
// organisation, and of each metric for itself.
func figureList() []figures.Figure {
	return []figures.Figure{
		{Key: "data.metric-month", Title: words.T("data.figure.month", "Main metric, last month"), Beside: words.T("data.figure.month.beside", "Last month"),
			Definition: words.T("data.figure.month.is", "The organisation's main metric in the last whole month, against its target."),
			Formula:    words.T("data.figure.month.formula", "the metric's formula over the rows of the last whole month"),
			Better:     figures.Higher, Dated: true, Owner: access.MISManager, Area: access.Data, Rank: 5, Scopes: everyMetric, Compute: lastMonth},
		{Key: "data.metric-forecast", Title: words.T("data.figure.forecast", "Main metric, forecast for this month"), Beside: words.T("data.figure.forecast.beside", "Forecast for this month"),
			Definition: words.T("data.figure.forecast.is", "What the organisation's main metric is foretold to come to in this month."),
			Formula:    words.T("data.figure.forecast.formula", "seasonal forecast from the whole months before"),
			Better:     figures.Higher, Owner: access.MISManager, Area: access.Data, Rank: 6, Scopes: everyMetric, Compute: nextMonth},
		{Key: "data.sources-in-order", Title: words.T("data.figure.sources", "Data sources in order"),
			Definition: words.T("data.figure.sources.is", "Sources whose last delivery came in time, with the columns expected and within their rules."),
			Formula:    words.T("data.figure.sources.formula", "sources in order ÷ all sources"),
			Unit:       figures.Percent, Better: figures.Higher, Target: figures.At(100), Limit: figures.At(80), Owner: access.MISManager, Area: access.Data, Rank: 45, Compute: sourcesInOrder},
	}
}

// everyMetric lists the metrics as scopes.
func everyMetric(v *storage.View) (out []figures.Scope, err error) {
	all, err := Metrics.List(v, records.Query{})
	for _, m := range all {
		out = append(out, figures.Of(Metrics.Ref(m.ID)))
	}
	return out, err
}

// metricOf is the metric of a scope; the main one for the organisation; nil without.
func metricOf(v *storage.View, s figures.Scope) (*Metric, error) {
	if s == figures.Organisation {
		return Metrics.First(v, records.Query{Sort: "name", Where: []records.Cond{records.Is(&Metrics.P.Main, true)}})
	}
	_, id := s.Split()
	return Metrics.Get(v, records.ID[Metric](id))
}

// begin finds a scope's metric and its months, and explains both in the result.
func begin(v *storage.View, s figures.Scope, at time.Time) (res figures.Result, m *Metric, months series, err error) {
	if m, err = metricOf(v, s); err != nil {
		return res, nil, months, err
	}
	if m == nil {
		res.Value = figures.NotApplicable()
		res.Gap(words.T("data.gap.no-main", "no metric is marked as the main one").With())
		return res, nil, months, nil
	}
	o, _, err := org.Get(v)
	if err != nil {
		return res, nil, months, err
	}
	months, a, err := monthly(context.Background(), v, m, nil, records.DateOf(at.In(o.Zone())))
	if err != nil {
		return res, nil, months, err
	}
	res.Input(Metrics.Ref(m.ID), figures.Value{}, words.Plain(m.Expression()))
	res.Input(Sources.Ref(a.Source.ID), figures.Value{}, words.Said{})
	if d := a.Delivery; d != nil {
		res.Input(Deliveries.Ref(d.ID), figures.Value{}, words.T("data.rows", "{count} {count|row|rows}").With("count", d.RowCount))
		res.Source(words.Plain(a.Source.Name), d.ReceivedAt.Time())
		if d.BadRows > 0 {
			res.Gap(words.T("data.gap.aside", "{count} {count|row was|rows were} kept aside").With("count", d.BadRows))
		}
	}
	if a.Condition != Fresh {
		res.Outdated = a.Why
		res.Gap(a.Why)
	}
	if months.Until != "" {
		res.Gap(words.T("data.gap.until", "no row is dated after {day}").With("day", words.Day(months.Until)))
	}
	return res, m, months, nil
}

func (m *Metric) value(x float64) figures.Value {
	switch {
	case math.IsNaN(x):
		return figures.Unknown()
	case m.Unit == Money:
		return figures.MoneyOf(records.Money{Minor: minor(x, m.Currency.V), Currency: m.Currency.V})
	}
	return figures.Measured(x)
}

// aim gives the result a month's target. Figures are better when higher, so a
// metric that is better when lower is shown without a judgement.
func (m *Metric) aim(v *storage.View, res *figures.Result, month string) error {
	goals, err := targets(v, m)
	if goal, ok := goals[month]; ok && m.Better == Higher {
		res.Target, res.Limit = figures.At(goal), figures.At(goal*0.9)
	}
	return err
}

func lastMonth(v *storage.View, s figures.Scope, at time.Time) (figures.Result, error) {
	// A month is whole at its last moment, for which it is asked when it is closed.
	res, m, months, err := begin(v, s, at.Add(time.Microsecond))
	if err != nil || m == nil || len(months.Values) == 0 {
		return res, err
	}
	n := len(months.Values) - 1
	res.Value = m.value(months.Values[n])
	res.Condition = words.T("data.condition.month", "{name}, rows dated in {month}").With("name", m.Name, "month", words.Month(months.Months[n]))
	return res, m.aim(v, &res, months.Months[n])
}

func nextMonth(v *storage.View, s figures.Scope, at time.Time) (figures.Result, error) {
	res, m, months, err := begin(v, s, at)
	if err != nil || m == nil {
		return res, err
	}
	f, err := months.foretell()
	if err != nil {
		return res, err
	}
	if f == nil {
		res.Gap(words.T("data.forecast.short", "too few months for a forecast").With())
		return res, nil
	}
	res.Value = m.value(f.Result.Mean[0])
	lo, hi := f.Result.Intervals[0].Lo[0], f.Result.Intervals[0].Hi[0]
	said := func(x float64) any {
		if m.Unit == Money {
			return words.Money{Minor: minor(x, m.Currency.V), Currency: m.Currency.V, Whole: true}
		}
		return math.Round(x*100) / 100
	}
	res.Condition = words.T("data.condition.forecast", "{name} in {month}: in 80 of 100 cases between {low} and {high}").With("name", m.Name, "month", words.Month(f.Next[0]), "low", said(lo), "high", said(hi))
	res.Range = words.T("data.forecast.range", "in 80 of 100 cases {low} to {high}").With("low", said(lo), "high", said(hi))
	return res, m.aim(v, &res, f.Next[0])
}

func sourcesInOrder(v *storage.View, _ figures.Scope, _ time.Time) (res figures.Result, err error) {
	all, err := Sources.List(v, records.Query{Sort: "name"})
	if err != nil {
		return res, err
	}
	good := 0
	for _, s := range all {
		c, why, err := health(v, s)
		if err != nil {
			return res, err
		}
		if c == Fresh {
			good++
			continue
		}
		res.Input(Sources.Ref(s.ID), figures.Value{}, why)
	}
	res.Total = int64(len(all))
	res.Value, res.Part, res.Whole = figures.Share(good, len(all)), figures.Count(good), figures.Count(len(all))
	res.Condition = words.T("data.condition.sources", "all data sources; those not in order are named").With()
	return res, nil
}
