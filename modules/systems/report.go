package systems

import (
	"slices"
	"time"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/report"
	"steward/lib/locale"
	"steward/lib/words"
)

// systemsSection lists the systems that run, the most critical first.
var systemsSection = report.Section{Key: "systems.systems", Title: words.T("systems.report.title", "Information systems"), Area: access.Systems, Order: 200, Build: buildSystems}

// mostSystems is how many systems the report lists by name; the less critical
// beyond them are counted.
const mostSystems = 80

func buildSystems(c *report.Context) ([]report.Block, error) {
	all, err := Systems.List(c.Past(), records.Query{Where: []records.Cond{records.In(&Systems.P.State, Introduced, Live, PhasingOut)}})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b *System) int {
		return slices.Index(Criticalities, a.Criticality) - slices.Index(Criticalities, b.Criticality)
	})
	shown := all[:min(len(all), mostSystems)]
	var ids []string
	for _, s := range shown {
		if s.Owner.Set {
			ids = append(ids, string(s.Owner.V))
		}
	}
	people, err := org.Persons.Def().Labels(c.View, ids)
	if err != nil {
		return nil, err
	}
	t := report.Table{Columns: []report.Column{{Title: c.T("systems.report.system", "System")}, {Title: c.T("systems.report.criticality", "Criticality")}, {Title: c.T("systems.report.owner", "Owner")},
		{Title: c.T("systems.report.rto", "Back within"), Number: true}, {Title: c.T("systems.report.rpo", "Data lost at most"), Number: true}, {Title: c.T("systems.report.state", "Life cycle")}}}
	d := Systems.Def()
	for _, s := range shown {
		criticality, _ := c.Option(d, "criticality", string(s.Criticality))
		state, _ := c.Option(d, "state", string(s.State))
		owner := report.Cell{Text: c.T("systems.report.no-owner", "none"), State: "bad"}
		if s.Owner.Set {
			owner = report.T(locale.Unknown)
			if l, ok := people[string(s.Owner.V)]; ok {
				owner.Text = l.Title
			}
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: s.Name, Bold: true}, report.T(criticality), owner, within(c, s.RTOMinutes), within(c, s.RPOMinutes), report.T(state)})
	}
	critical, ownerless, aimless := 0, 0, 0
	for _, s := range all {
		if s.Criticality == MissionCritical {
			critical++
		}
		if !s.Owner.Set {
			ownerless++
		}
		if s.Criticality != Low && (!s.RTOMinutes.Set || !s.RPOMinutes.Set) { // as the figure counts
			aimless++
		}
	}
	out := []report.Block{report.Keys{
		{Label: c.T("systems.report.in-use", "In use"), Value: c.IntCell(int64(len(all)))},
		{Label: c.T("systems.report.critical", "Mission-critical"), Value: c.IntCell(int64(critical))},
		{Label: c.T("systems.report.ownerless", "Without an owner"), Value: c.IntCell(int64(ownerless))},
		{Label: c.T("systems.report.aimless", "Without recovery targets"), Value: c.IntCell(int64(aimless))}}, t}
	if rest := len(all) - len(shown); rest > 0 {
		out = append(out, report.Paragraph{Note: true, Text: c.T("systems.report.more", "{count} more {count|system is|systems are} in use.", "count", int64(rest))})
	}
	return append(out, report.Source{Title: c.T("systems.report.title", "Information systems"), From: c.T("systems.report.from", "the register of systems"), At: report.T(c.T("systems.report.now", "as registered")),
		Formula: c.T("systems.report.formula", "Systems that are being introduced, live or being phased out, by criticality. Those of low criticality need no recovery targets.")}), nil
}

// within is a recovery target, or a mark that there is none.
func within(c *report.Context, minutes records.Opt[int64]) report.Cell {
	if !minutes.Set {
		return report.Cell{Text: locale.Unknown, Quiet: true}
	}
	return report.Cell{Text: c.Lang.Duration(time.Duration(minutes.V) * time.Minute), Value: float64(minutes.V) / (24 * 60), Format: "[h]:mm"} // workbooks count time in days
}
