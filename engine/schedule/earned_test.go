package schedule

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func near(f Figure, want float64) bool {
	return f.Has() && math.Abs(f.value-want) < 0.005*max(1, math.Abs(want)/100)
}

func TestEarnedValueOfThePublishedExample(t *testing.T) {
	pv := 40000.0
	m, err := EarnedValue(&EarnedValueInput{Budget: 100000, Planned: &pv, Earned: 35000, Actual: 63000})
	if err != nil {
		t.Fatal(err)
	}
	eac := map[string]float64{"cpi": 180000, "plan": 128000, "cpi_spi": 196714.29}
	for _, e := range m.Estimates {
		if want, ok := eac[e.Name]; ok && (!near(e.EAC, want) || !near(e.VAC, 100000-want) || !near(e.ETC, want-63000)) {
			t.Errorf("%s: %+v, want %v", e.Name, e, want)
		}
	}
	if !near(m.CPI, 0.5556) || !near(m.SPI, 0.875) || !near(m.TCPI, 1.7568) || !near(m.CV, -28000) || !near(m.SV, -5000) || !near(m.TCPIEAC, 0.5556) {
		t.Errorf("%+v", m)
	}
}

func TestEarnedScheduleOfThePublishedExample(t *testing.T) {
	m, err := EarnedValue(&EarnedValueInput{Curve: []float64{0, 10, 30, 60, 100, 150, 200}, Earned: 75, Actual: 80, Now: 5})
	if err != nil {
		t.Fatal(err)
	}
	s := m.Schedule
	if !near(s.ES, 3.375) || !near(s.SPIt, 0.675) || !near(s.IEAC, 8.89) || !near(m.SPI, 0.5) || !near(s.SVt, -1.625) {
		t.Errorf("%+v, SPI %+v", s, m.SPI)
	}
}

func TestFiguresWithoutADivisorAreNotZero(t *testing.T) {
	zero := 0.0
	m, err := EarnedValue(&EarnedValueInput{Budget: 100, Planned: &zero, Earned: 0, Actual: 0})
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(m)
	if err != nil || !strings.Contains(string(b), `"cpi":"n/a"`) || !strings.Contains(string(b), `"spi":"n/a"`) {
		t.Errorf("%v %s", err, b)
	}
	m, err = EarnedValue(&EarnedValueInput{Budget: 100, Earned: 50, Actual: 120})
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := json.Marshal(m); !strings.Contains(string(b), `"tcpi_bac":"not achievable"`) {
		t.Errorf("%s", b)
	}
}

func TestWorkPackagesEarnByTheirRules(t *testing.T) {
	m, err := EarnedValue(&EarnedValueInput{WorkPackages: []WorkPackage{
		{Budget: 100, Rule: "percent", Percent: 95, Cap: 80, Actual: 10},
		{Budget: 100, Rule: "0/100", Started: true},
		{Budget: 100, Rule: "50/50", Started: true},
		{Budget: 100, Rule: "20/80", Started: true, Finished: true},
		{Budget: 100, Rule: "milestones", Milestones: []Milestone{{Weight: 1, Done: true}, {Weight: 3}}},
		{Budget: 100, Rule: "units", UnitsDone: 3, UnitsAll: 10},
		{Budget: 100, Rule: "loe", Planned: 40},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if want := 80 + 0 + 50 + 100 + 25 + 30 + 40.0; m.EV != want || m.BAC != 700 || m.AC != 10 {
		t.Errorf("EV %v of %v, want %v of 700", m.EV, m.BAC, want)
	}
	if _, err := EarnedValue(&EarnedValueInput{WorkPackages: []WorkPackage{{Rule: "guess"}}}); err == nil {
		t.Error("an unknown rule was accepted")
	}
}

func TestACurveThatFallsIsRefused(t *testing.T) {
	if _, err := EarnedValue(&EarnedValueInput{Curve: []float64{0, 10, 5}}); err == nil {
		t.Error("accepted")
	}
}
