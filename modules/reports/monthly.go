package reports

import (
	"fmt"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/figures"
	"steward/kernel/org"
	"steward/kernel/report"
	"steward/kernel/storage"
	"steward/lib/locale"
)

// Options say which report to make.
type Options struct {
	Month figures.Month
	Lang  locale.Lang
	// For names whom it is for, in its head; "" is the management.
	For string
}

// Monthly makes a month's report under the rights of the view's actor. A month
// that is not over, or not closed yet, is preliminary and says so; one that has
// not begun is refused.
func Monthly(v *storage.View, words report.Speaker, o Options) (*report.Document, error) {
	organisation, _, err := org.Get(v)
	if err != nil {
		return nil, err
	}
	if now := figures.MonthOf(organisation.Today(v)); o.Month > now {
		return nil, fail.Named("month", "reports.future", "{month} has not begun; the report can be made up to {now}.").With("month", string(o.Month)).With("now", string(now))
	}
	if !o.Lang.Valid() {
		o.Lang = locale.En
	}
	c := &report.Context{View: v, Org: organisation, Lang: o.Lang, Words: words, Month: o.Month}
	m, err := monthsOf(c)
	if err != nil {
		return nil, err
	}
	c.Closed = m.this().Closed
	if err := begun(c); err != nil {
		return nil, err
	}
	built, err := build(c)
	if err != nil {
		return nil, err
	}
	settings, err := LoadSettings(v)
	if err != nil {
		return nil, err
	}
	class := settings.Class
	if class == "" {
		class = c.T("reports.class", "Internal")
	}
	d := &report.Document{Lang: c.Lang, Organisation: organisation.Name, Title: c.T("reports.monthly", "Monthly report"), Period: c.Lang.Month(c.Month.First().Time()),
		Contents: c.T("reports.contents", "Contents"), Producer: "Steward", At: c.EndOfDay().Add(-time.Second)}
	if d.Organisation == "" {
		d.Organisation = "Steward"
	}
	if o.For == "" {
		o.For = c.T("reports.management", "Management")
	}
	d.Facts = [][2]string{{c.T("reports.for", "For"), o.For}, {c.T("reports.state", "State"), state(c, m)}, {c.T("reports.classification", "Class"), class}}
	if m.unit != "" {
		d.Facts = append(d.Facts, [2]string{c.T("reports.unit", "Figures of"), m.unit})
	}
	d.Foot = fmt.Sprintf("%s · %s, %s · %s", d.Organisation, d.Title, d.Period, class)
	if organisation.Sample { // on every page, since pages are taken out of a report
		sample := c.T("reports.sample", "sample organisation")
		d.Facts = append(d.Facts, [2]string{c.T("reports.data", "Data"), sample})
		d.Foot += " · " + sample
	}
	first, err := summary(c, m, built)
	if err != nil {
		return nil, err
	}
	d.Sections = append([]report.Built{first}, built...)
	d.Sections = append(d.Sections, annex(c, m, built))
	return d, nil
}

// begun refuses a month before the first of which figures were kept: nothing of what
// is known now was known then.
func begun(c *report.Context) error {
	var first string
	found, err := c.View.Row("SELECT substr(day, 1, 7) FROM figure_value ORDER BY day LIMIT 1", nil, &first)
	if err != nil {
		return err
	}
	if now := string(figures.MonthOf(c.Org.Today(c.View))); !found || first > now {
		first = now
	}
	if string(c.Month) < first && c.Preliminary() {
		return fail.Named("month", "reports.before", "Nothing was kept in {month}; the first month with figures is {first}.").With("month", string(c.Month)).With("first", first)
	}
	return nil
}

// state says since when the figures stand, or that they may still change.
func state(c *report.Context, m *months) string {
	if !c.Preliminary() {
		return c.T("reports.closed", "final, closed {day}", "day", c.Lang.Date(c.Closed.In(c.Org.Zone()), locale.Short))
	}
	if at := m.newest(); !at.IsZero() {
		return c.T("reports.preliminary-at", "preliminary, figures of {moment}", "moment", c.Moment(at))
	}
	return c.T("reports.preliminary", "preliminary")
}

// build makes the sections that the reader may see something of.
func build(c *report.Context) ([]report.Built, error) {
	var out []report.Built
	v := c.View
	for _, s := range report.SetOf(v).All() {
		if s.Area != "" && (v.Actor == nil || v.Actor.Kind != access.SystemKind && len(access.HeldScopes(v.Actor, access.View, s.Area, access.Ordinary, v.Now)) == 0) {
			continue
		}
		blocks, err := s.Build(c)
		if err != nil {
			return nil, fmt.Errorf("section %s of the report: %w", s.Key, err)
		}
		if len(blocks) > 0 {
			out = append(out, report.Built{Key: s.Key, Title: c.Say(s.Title), Fresh: s.Fresh, Blocks: blocks})
		}
	}
	return out, nil
}
