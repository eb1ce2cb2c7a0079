package reports

import (
	"strings"

	"steward/kernel/report"
)

// mostNotes is how many sentences each column of the summary holds.
const mostNotes = 5

// summary is the page for who reads only one: computed sentences on what changed,
// what is off target and what is asked.
func summary(c *report.Context, m *months, built []report.Built) (report.Built, error) {
	judged, on := 0, 0
	var good, attention []string
	for _, f := range m.shown {
		s := m.of(f, 0)
		switch state := s.State(f); state {
		case "ok":
			judged, on = judged+1, on+1
		case "warn", "bad":
			judged++
			line := c.T("reports.summary.off", "{figure}: {value}, target {target}.", "figure", c.Say(f.Title), "value", valueText(c, s.Value, f.Unit), "target", targetText(c, f, s))
			if state == "bad" {
				attention = append([]string{line}, attention...)
			} else {
				attention = append(attention, line)
			}
		}
		if before := m.of(f, 1); m.moved(f) > 0 {
			good = append(good, c.T("reports.summary.better", "{figure}: {value}, before {before}.", "figure", c.Say(f.Title), "value", valueText(c, s.Value, f.Unit), "before", valueText(c, before.Value, f.Unit)))
		}
	}
	worse := 0
	for _, f := range m.shown {
		if m.moved(f) < 0 {
			worse++
		}
	}
	for _, s := range built {
		for _, b := range s.Blocks {
			if h, ok := b.(report.Highlight); ok {
				switch h.State {
				case "ok":
					good = append(good, h.Text)
				case "warn", "bad":
					attention = append(attention, h.Text)
				}
			}
		}
	}
	asked, err := waiting(c)
	if err != nil {
		return report.Built{}, err
	}
	late := 0
	var titles []string
	for _, d := range asked {
		title := c.Tell(d.Title)
		if d.DecideBy != "" {
			title = c.T("reports.summary.by", "{title}, by {day}", "title", title, "day", c.Day(d.DecideBy))
			if d.DecideBy <= c.End() {
				late++
			}
		}
		titles = append(titles, title)
	}
	var say []string
	if judged > 0 {
		say = append(say, c.T("reports.summary.on", "{on} of {judged} figures with a target are on target.", "on", int64(on), "judged", int64(judged)))
	}
	if len(good) > 0 || worse > 0 {
		better := 0
		for _, f := range m.shown {
			if m.moved(f) > 0 {
				better++
			}
		}
		say = append(say, c.T("reports.summary.moved", "Since the month before, {better} became better and {worse} worse.", "better", int64(better), "worse", int64(worse)))
	}
	switch {
	case len(asked) == 0:
		say = append(say, c.T("reports.summary.nothing-asked", "No decision is asked for."))
	case late > 0:
		say = append(say, c.T("reports.summary.asked-late", "{count} {count|decision is|decisions are} asked for; {late} past the day to decide by.", "count", int64(len(asked)), "late", int64(late)))
	default:
		say = append(say, c.T("reports.summary.asked", "{count} {count|decision is|decisions are} asked for.", "count", int64(len(asked))))
	}
	if c.Preliminary() {
		say = append(say, c.T("reports.summary.preliminary", "The month is not closed; figures may still change."))
	}
	none := c.T("reports.summary.none", "Nothing this month.")
	return report.Built{Key: "reports.summary", Title: c.T("reports.summary", "In short"), Blocks: []report.Block{
		report.Paragraph{Lead: true, Text: strings.Join(say, " ")},
		report.Notes{
			{Title: c.T("reports.summary.went-well", "Became better"), State: "ok", Lines: cut(c, good, none)},
			{Title: c.T("reports.summary.attention", "Needs attention"), State: "bad", Lines: cut(c, attention, none)},
			{Title: c.T("reports.summary.decisions", "Decisions asked"), Lines: cut(c, titles, none), Numbered: len(titles) > 0},
		}}}, nil
}

// cut keeps the first lines and counts the rest.
func cut(c *report.Context, lines []string, none string) []string {
	switch {
	case len(lines) == 0:
		return []string{none}
	case len(lines) > mostNotes+1:
		return append(lines[:mostNotes:mostNotes], c.T("reports.summary.rest", "… and {count} more.", "count", int64(len(lines)-mostNotes)))
	}
	return lines
}
