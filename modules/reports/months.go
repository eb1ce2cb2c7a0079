package reports

import (
	"math"
	"time"

	"steward/kernel/figures"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/report"
)

// reach is how many months the trends go back, this one included.
const reach = 13

// months are the figures of the months up to the report's: the organisation's, or
// those of the unit that the reader heads where they may see none of the whole.
type months struct {
	scope figures.Scope
	unit  string                 // the unit's name; "" for the organisation
	list  []figures.MonthFigures // oldest first; the last is the report's
	shown []*figures.Figure      // those with a value in the report's month, in their order
}

// monthsOf are the months of a report, read once.
func monthsOf(c *report.Context) (*months, error) {
	return report.Once(c, "reports.months", loadMonths)
}

func loadMonths(c *report.Context) (*months, error) {
	whole, err := loadScope(c, figures.Organisation)
	if err != nil || len(whole.shown) > 0 || c.View.Actor == nil || c.View.Actor.Person == "" {
		return whole, err
	}
	// The unit that is nearest to the whole, when somebody heads several.
	var id, name string
	found, err := c.View.Row("SELECT u.id, u.name FROM org_unit u WHERE u.head = $1 AND u.archived_at IS NULL ORDER BY (SELECT COUNT(*) FROM org_unit_closure a WHERE a.descendant = u.id), u.id LIMIT 1",
		[]any{c.View.Actor.Person}, &id, &name)
	if err != nil || !found {
		return whole, err
	}
	m, err := loadScope(c, figures.Of(org.Units.Ref(records.ID[org.Unit](id))))
	if err != nil || len(m.shown) == 0 {
		return whole, err
	}
	m.unit = name
	return m, nil
}

func loadScope(c *report.Context, scope figures.Scope) (*months, error) {
	m := &months{scope: scope, list: make([]figures.MonthFigures, reach)}
	month := c.Month
	for i := reach - 1; i >= 0; i-- {
		var err error
		if m.list[i], err = figures.OfMonth(c.View, month, scope); err != nil {
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

// title is a figure's title, as it is called for what it is of.
func (m *months) title(c *report.Context, f *figures.Figure) string { return c.Say(f.TitleOf(m.scope)) }

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
