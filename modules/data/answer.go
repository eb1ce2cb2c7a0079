package data

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"steward/engine/cube"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/lib/locale"
	"steward/lib/words"
)

// question is what is asked of a metric.
type question struct {
	By       []cube.Dimension
	Where    []string
	From, To string
	Compare  cube.Comparison
	Share    bool
	Top      int
	Fill     bool
	Order    string
	Limit    int

	rows, skip int // so many rows of the source instead of numbers
}

// answer is what came of it, and how far it can be relied on.
type answer struct {
	cube.Result
	Metric    *Metric
	Source    *Source
	Delivery  *Delivery // nil: nothing was delivered
	Condition Condition
	Why       words.Said
	listed    listing
}

// ask computes a metric for the reader, who may see its source.
func ask(ctx context.Context, r records.Reader, m *Metric, q question) (*answer, error) {
	s, err := Sources.Get(r, m.Source)
	if err != nil {
		return nil, err
	}
	a := &answer{Metric: m, Source: s}
	if a.Condition, a.Why, err = health(r, s); err != nil {
		return nil, err
	}
	if a.Delivery, err = accepted(r, s.ID); err != nil || a.Delivery == nil {
		return a, err
	}
	if a.Condition == Fresh {
		if cols, err := columnsOf(r, s.ID); err != nil {
			return nil, err
		} else if gone := m.missing(cols); cols != nil && gone != "" {
			a.Condition, a.Why = Changed, words.T("data.why.gone", "the column {name} is no longer delivered").With("name", gone)
			return a, nil
		}
	}
	view, err := viewer(r, s)
	if err != nil {
		return nil, err
	}
	full, err := q.cube(m)
	if err != nil {
		return nil, err
	}
	st, err := storeOf(r)
	if err != nil {
		return nil, err
	}
	if lost, err := st.lost(a.Delivery); err != nil || lost {
		if gone, err2 := letGo(r, a.Delivery); err2 == nil && gone {
			a.Condition, a.Why = Faulty, words.T("data.why.let-go", "the rows of that time are no longer kept").With()
			return a, err
		}
		a.Condition, a.Why = Faulty, words.T("data.why.lost", "what was delivered is missing from the data folder; restore it from a backup").With()
		return a, err
	}
	err = st.open(a.Delivery.CubeFile.V, func(t *cube.Table) error {
		if q.rows > 0 {
			a.listed.columns = t.Columns
			a.listed.rows, a.listed.all, err = t.List(ctx, view, full, q.skip, q.rows)
		} else {
			a.Result, err = t.Run(ctx, view, full)
		}
		if err != nil && ctx.Err() == nil {
			return fail.Named("by", "data.question", "This cannot be computed: {problem}").With("problem", err.Error()).Because(err)
		}
		return err
	})
	if err == nil && q.rows == 0 {
		a.settle(q)
	}
	return a, err
}

// settle puts the rest after the greatest last, however much it is, and gives periods
// that stand alone their share of all of them: the cube's is of each period.
func (a *answer) settle(q question) {
	if len(q.By) != 1 {
		return
	}
	if q.By[0].Grain == "" {
		slices.SortStableFunc(a.Rows, func(x, y []cube.Value) int { return cmp.Compare(rest(x[0]), rest(y[0])) })
		return
	}
	if whole := a.Totals; q.Share && len(whole) > 1 && len(a.Columns) == len(whole) && float(whole[1]) != 0 {
		for _, row := range a.Rows {
			row[len(row)-1] = cube.Value{Kind: cube.Float, Null: row[1].Null, Float: 100 * float(row[1]) / float(whole[1])}
		}
	}
}

// rest is 1 for what is left after the greatest.
func rest(v cube.Value) int {
	if v.Other {
		return 1
	}
	return 0
}

// missing is the first column of the metric that is not there; "" without one.
func (m *Metric) missing(cols columns) string {
	need := []string{m.TimeColumn}
	if m.Aggregate != Count {
		need = append(need, m.MeasureColumn.V)
	}
	if m.Per.Set && m.Per.V != Count {
		need = append(need, m.PerColumn.V)
	}
	for _, n := range need {
		if _, ok := cols[n]; !ok {
			return n
		}
	}
	return ""
}

func (q question) cube(m *Metric) (out cube.Query, err error) {
	measure, err := cube.ParseMeasure("value = " + m.Expression())
	if err != nil {
		return out, fail.Named("measure", "data.question", "This cannot be computed: {problem}").With("problem", err.Error())
	}
	out = cube.Query{Measures: []cube.Measure{measure}, By: q.By, Time: m.TimeColumn, From: q.From, To: q.To, Fill: q.Fill, Top: q.Top, Order: q.Order, Limit: q.Limit, Compare: q.Compare, Share: q.Share}
	where := q.Where
	if m.Condition.Set {
		where = append([]string{m.Condition.V}, where...)
	}
	var all []cube.Cond
	for _, text := range where {
		c, err := cube.ParseWhere(text)
		if err != nil {
			return out, fail.Named("where", "data.where", "The condition “{text}” cannot be read: {problem}").With("text", text).With("problem", err.Error())
		}
		all = append(all, c)
	}
	if len(all) > 0 {
		out.Where = &cube.Cond{And: all}
	}
	return out, nil
}

// float is a value for charts and forecasts; NaN when there is none.
func float(v cube.Value) float64 {
	switch {
	case v.Null:
		return math.NaN()
	case v.Kind == cube.Float:
		return v.Float
	case v.Kind == cube.Decimal:
		return float64(v.Int) / math.Pow10(v.Scale)
	}
	return float64(v.Int)
}

// text writes a value of a metric for a reader, money to its smallest unit.
func (m *Metric) text(l locale.Lang, v cube.Value) string {
	switch {
	case v.Null:
		return locale.Unknown
	case v.Kind == cube.Decimal && m.Unit == Number:
		return l.Decimal(v.Int, v.Scale, 0)
	case v.Kind == cube.Integer && m.Unit == Number:
		return l.Int(v.Int)
	}
	return m.format(l)(float(v))
}

// format writes numbers in the metric's unit.
func (m *Metric) format(l locale.Lang) func(float64) string {
	switch m.Unit {
	case Money:
		return func(x float64) string {
			if math.IsNaN(x) {
				return locale.Unknown
			}
			return l.Money(minor(x, m.Currency.V), m.Currency.V)
		}
	case Percent:
		return func(x float64) string { return l.PercentOf(x, 1) }
	}
	return func(x float64) string { return l.Short(x, 2) }
}

// sheet is how a workbook writes these numbers in the metric's unit.
func (m *Metric) sheet(l locale.Lang, values ...float64) string {
	switch m.Unit {
	case Money:
		return l.SheetMoney(m.Currency.V)
	case Percent:
		return l.SheetPercent(1)
	}
	if slices.ContainsFunc(values, func(x float64) bool { return !math.IsNaN(x) && x != math.Trunc(x) }) {
		return locale.SheetNumber(2)
	}
	return locale.SheetNumber(0)
}

func minor(x float64, currency string) int64 {
	return locale.Minor(x, currency)
}

// series is a metric by month, up to the last month that is over.
type series struct {
	Until  string   // the newest row's day where that lies before the last whole month; else ""
	Months []string // 2026-03
	Values []float64
	Exact  []cube.Value
}

// monthly computes the series of whole months before a day, up to the month of the
// newest row: what is dated later has not been delivered, and is no zero. Nor is a
// month whole that was not over when its rows came. Months without rows before that
// count as zero where values add up, and as unknown elsewhere.
func monthly(ctx context.Context, r records.Reader, m *Metric, where []string, today records.Date) (series, *answer, error) {
	before := monthBefore(today)
	a, err := ask(ctx, r, m, question{By: []cube.Dimension{{Column: m.TimeColumn, Grain: cube.Month, Name: "period"}}, Where: where, To: before, Fill: true})
	var s series
	if err != nil || a.Delivery == nil {
		return s, a, err
	}
	if came := records.DateOf(a.Delivery.ReceivedAt.Time()).AddDays(1); came < today { // the last day of a month may bring it
		before = monthBefore(came)
	}
	newest, err := newestDay(r, a.Delivery, m.TimeColumn)
	if err != nil {
		return s, a, err
	}
	if newest < before[:8] {
		s.Until = newest
	}
	for _, row := range a.Rows {
		name := row[0].Text
		if len(name) != 7 || strings.Contains(name, "Q") || name > before[:7] || s.Until != "" && name > s.Until[:7] {
			continue // rows without a date, months not over, months without a row of anything
		}
		v := float(row[1])
		if row[1].Null && (m.additive() || m.Aggregate == Distinct && !m.Per.Set) {
			v, row[1] = 0, cube.Value{Kind: cube.Integer}
		}
		s.Months, s.Values, s.Exact = append(s.Months, name), append(s.Values, v), append(s.Exact, row[1])
	}
	return s, a, nil
}

// monthBefore is the last day of the month before a day's.
func monthBefore(d records.Date) string {
	return d.Time().AddDate(0, 0, -d.Time().Day()).Format(time.DateOnly)
}

// newestDay is the newest day in a column of a delivery; far ahead where it is not known.
func newestDay(r records.Reader, d *Delivery, column string) (string, error) {
	st, err := storeOf(r)
	if err != nil {
		return "", err
	}
	f, err := st.found(d.ReportFile)
	if fail.Is(err, fail.NotFound) {
		return "9999-12-31", nil
	}
	if err != nil {
		return "", err
	}
	for _, c := range f.Profile.Columns {
		if c.Name == column && len(c.Max) >= 10 {
			return c.Max[:10], nil
		}
	}
	return "9999-12-31", nil
}

// lost says whether a delivery's rows are gone from the data folder.
func (s *store) lost(d *Delivery) (bool, error) {
	f, err := s.files.Open(d.CubeFile.V)
	if fail.Is(err, fail.NotFound) {
		return true, nil
	}
	if err == nil {
		err = f.Close()
	}
	return false, err
}
