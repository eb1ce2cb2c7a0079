package reports

import (
	"math"
	"time"

	"steward/kernel/figures"
	"steward/kernel/report"
)

// reach is how many months the trends go back, this one included.
const reach = 13

// months are the organisation's figures of the months up to the report's.
type months struct {
	list  []figures.MonthFigures // oldest first; the last is the report's
	shown []*figures.Figure      // those with a value in the report's month, in their order
}

// monthsOf are the months of a report, read once.
func monthsOf(c *report.Context) (*months, error) {
	return report.Once(c, "reports.months", loadMonths)
}

func loadMonths(c *report.Context) (*months, error) {
	m := &months{list: make([]figures.MonthFigures, reach)}
	month := c.Month
	for i := reach - 1; i >= 0; i-- {
		var err error
		if m.list[i], err = figures.OfMonth(c.View, month, figures.Organisation); err != nil {
			return nil, err
		}
		month = month.Previous()
	}
	for _, f := range figures.SetOf(c.View).All() {
		if m.this().Values[f.Key] != nil {
			m.shown = append(m.shown, f)
		}
	}
	return m, nil
}

// this is the report's month, back(1) the one before.
func (m *months) this() figures.MonthFigures { return m.back(0) }

func (m *months) back(n int) figures.MonthFigures { return m.list[len(m.list)-1-n] }

// of is a figure's value n months back; nil without one.
func (m *months) of(f *figures.Figure, n int) *figures.Snapshot { return m.back(n).Values[f.Key] }

// newest is the moment of the newest figure of the report's month.
func (m *months) newest() (at time.Time) {
	for _, s := range m.this().Values {
		if s.At.After(at) {
			at = s.At
		}
	}
	return at
}

// trend is a figure's values by month, and how many are known.
func (m *months) trend(f *figures.Figure) (values []float64, known int) {
	for i := range m.list {
		x := math.NaN()
		if s := m.list[i].Values[f.Key]; s != nil {
			x = s.Value.Float()
		}
		if !math.IsNaN(x) {
			known++
		}
		values = append(values, x)
	}
	return values, known
}

// moved says how a figure's value moved since the month before: 1 for better, -1
// for worse, 0 for neither or not known.
func (m *months) moved(f *figures.Figure) int {
	now, before := m.of(f, 0), m.of(f, 1)
	if now == nil || before == nil || !now.Value.Known() || !before.Value.Known() || f.Better == figures.Neutral {
		return 0
	}
	by := now.Value.Float() - before.Value.Float()
	switch {
	case by == 0:
		return 0
	case by > 0 == (f.Better == figures.Higher):
		return 1
	}
	return -1
}
