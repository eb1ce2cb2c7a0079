package reports

import (
	"strings"

	"steward/kernel/access"
	"steward/kernel/figures"
	"steward/kernel/records"
	"steward/kernel/report"
	"steward/lib/words"
)

// securitySection shows the figures on machines and security with what they count,
// by name. It reads kept figures only, so that a closed month's stays as it was.
var securitySection = report.Section{Key: "reports.security", Title: words.T("reports.security", "Security state"), Order: 300, Build: buildSecurity}

// mostNamed is how many records are named for each figure.
const mostNamed = 8

func buildSecurity(c *report.Context) ([]report.Block, error) {
	m, err := monthsOf(c)
	if err != nil {
		return nil, err
	}
	t := report.Table{Columns: []report.Column{{Title: c.T("reports.figure", "Figure")}, {Title: c.T("reports.value", "Value"), Number: true}, {Title: c.T("reports.state", "State")}, {Title: c.T("reports.security.which", "Which ones")}}}
	for _, f := range m.shown {
		if f.Area != access.Infrastructure && f.Area != access.Security {
			continue
		}
		s := m.of(f, 0)
		names, err := named(c, s)
		if err != nil {
			return nil, err
		}
		judged := s.State(f)
		value := cellOf(c, f, s)
		value.Bold = true
		t.Rows = append(t.Rows, []report.Cell{{Text: m.title(c, f), Bold: true}, value, {Text: whole(stateText(c, judged)), State: orMute(judged)}, report.T(names)})
	}
	if len(t.Rows) == 0 {
		return nil, nil
	}
	return []report.Block{t}, nil
}

// named lists what a value was computed from, as far as the reader may see it,
// and counts the rest.
func named(c *report.Context, s *figures.Snapshot) (string, error) {
	registry := records.RegistryOf(c.View)
	var titles []string
	for _, in := range s.Inputs {
		if len(titles) == mostNamed {
			break
		}
		typ, id := in.Ref.Split()
		d := registry.Def(typ)
		if d == nil {
			continue
		}
		got, err := d.Labels(c.View, []string{id})
		if err != nil {
			return "", err
		}
		if l, ok := got[id]; ok {
			titles = append(titles, l.Title)
		}
	}
	rest := s.Total - int64(len(titles))
	switch {
	case s.Total == 0:
		return "–", nil
	case len(titles) == 0:
		return c.T("reports.annex.inputs", "{count} {count|input|inputs}", "count", s.Total), nil
	case rest > 0:
		return c.T("reports.security.more", "{names} and {count} more", "names", strings.Join(titles, ", "), "count", rest), nil
	}
	return strings.Join(titles, ", "), nil
}
