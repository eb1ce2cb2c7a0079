package schedule

import "fmt"

// explain says in sentences where a project stands.
func (m *EarnedMeasure) explain() []string {
	lines := []string{fmt.Sprintf("Of a budget of %s, work worth %s is done and cost %s.", number(m.BAC), number(m.EV), number(m.AC))}
	if m.CV.Has() {
		lines = append(lines, fmt.Sprintf("Cost: %s %s (EV − AC); %s.", number(abs(m.CV.value)), side(m.CV.value, "under", "over"), word("CPI", m.CPI)))
	}
	if m.SV.Has() {
		lines = append(lines, fmt.Sprintf("Work: %s %s plan (EV − PV); %s.", number(abs(m.SV.value)), side(m.SV.value, "ahead of", "behind"), word("SPI", m.SPI)))
	}
	if s := m.Schedule; s != nil && s.SVt.Has() {
		lines = append(lines, fmt.Sprintf("Time: %s periods %s plan (earned schedule); %s.", number(tidy(abs(s.SVt.value))), side(s.SVt.value, "ahead of", "behind"), word("SPI(t)", s.SPIt)))
	}
	for _, e := range m.Estimates {
		if e.EAC.Has() {
			lines = append(lines, fmt.Sprintf("It will cost %s if %s.", number(tidy(e.EAC.value)), e.Assume))
		}
	}
	for _, n := range m.Notes {
		lines = append(lines, "Not to be had: "+n+".")
	}
	return lines
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}

func side(x float64, good, bad string) string {
	if x < 0 {
		return bad
	}
	return good
}

func word(name string, f Figure) string {
	if !f.Has() {
		return name + " n/a"
	}
	return name + " " + number(tidy(f.value))
}
