package reports

import (
	"slices"
	"strings"

	"steward/kernel/report"
)

// mostNotes is how many sentences each column of the summary holds.
const mostNotes = 5

// summary is the page for who reads only one: computed sentences on what changed,
// what is off target and what is asked.
func summary(c *report.Context, m *months, built []report.Built) (report.Built, error) {
	judged, on, better, worse := 0, 0, 0, 0
	var good, first, far, near []string
	for _, f := range m.shown {
		s, before := m.of(f, 0), m.of(f, 1)
		state, moved := s.State(f), m.moved(f)
		if state != "" {
			judged++
		}
		if state == "ok" {
			on++
		}
		with := []any{"figure", m.title(c, f), "value", valueText(c, s.Value, f.Unit), "target", targetText(c, f, s)}
		if moved != 0 {
			with = append(with, "before", valueText(c, before.Value, f.Unit))
		}
		reason, err := why(c, m, f)
		if err != nil {
			return report.Built{}, err
		}
		because := func(text string) string {
			if reason == "" {
				return text
			}
			return strings.TrimSuffix(text, ".") + " (" + reason + ")."
		}
		switch {
		case moved > 0:
			better++
			good = append(good, because(c.T("reports.summary.better", "{figure}: {value}, before {before}.", with...)))
		case moved < 0:
			worse++
		}
		switch {
		case state != "warn" && state != "bad":
		case moved < 0: // what became worse and is off target comes first, with what moved it
			first = append(first, because(c.T("reports.summary.worse", "{figure}: {value}, before {before}, target {target}.", with...)))
		default:
			text := c.T("reports.summary.off", "{figure}: {value}, target {target}.", with...)
			if state == "bad" {
				far = append(far, text)
			} else {
				near = append(near, text)
			}
		}
	}
	var urgent, warned []string
	for _, s := range built {
		for _, b := range s.Blocks {
			if h, ok := b.(report.Highlight); ok {
				switch h.State {
				case "ok":
					good = append(good, h.Text)
				case "bad":
					urgent = append(urgent, h.Text)
				case "warn":
					warned = append(warned, h.Text)
				}
			}
		}
	}
	attention := slices.Concat(urgent, first, warned, far, near)
	asked, err := waiting(c)
	if err != nil {
		return report.Built{}, err
	}
	late := 0
	for _, d := range asked {
		if d.DecideBy != "" && d.DecideBy <= c.End() {
			late++
		}
	}
	var titles []string
	for _, a := range together(asked) {
		title := a.title(c)
		if a.by() != "" {
			title = c.T("reports.summary.by", "{title}, by {day}", "title", title, "day", c.Day(a.by()))
		}
		titles = append(titles, title)
	}
	var say []string
	if judged > 0 {
		say = append(say, c.T("reports.summary.on", "{on} of {judged} figures with a target are on target.", "on", int64(on), "judged", int64(judged)))
	}
	if better > 0 || worse > 0 {
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
	note := func(title, state string, lines []string) report.Note {
		n := report.Note{Title: title, State: state, Lines: lines}
		switch {
		case len(lines) == 0:
			n.Lines = []string{none}
		case len(lines) > mostNotes+1:
			n.Lines, n.Rest = lines[:mostNotes], c.T("reports.summary.rest", "… and {count} more.", "count", int64(len(lines)-mostNotes))
		}
		return n
	}
	decide := note(c.T("reports.summary.decisions", "Decisions asked"), "", titles)
	decide.Numbered = len(titles) > 0
	return report.Built{Key: "reports.summary", Title: c.T("reports.summary", "In short"), Blocks: []report.Block{
		report.Paragraph{Lead: true, Text: strings.Join(say, " ")},
		report.Notes{
			note(c.T("reports.summary.went-well", "Became better"), "ok", good),
			note(c.T("reports.summary.attention", "Needs attention"), "bad", attention),
			decide,
		}}}, nil
}
