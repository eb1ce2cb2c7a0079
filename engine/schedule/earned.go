package schedule

import (
	"fmt"
	"math"

	"steward/engine/calc"
)

// EarnedValueInput is a project's state at one moment: totals, or the work
// packages they add up from, and the plan's curve for earned schedule.
type EarnedValueInput struct {
	Budget       float64       `json:"budget,omitempty" doc:"budget at completion (BAC); with packages or a curve it may be left out"`
	Planned      *float64      `json:"planned,omitempty" doc:"planned value (PV) of the work that should be done by now; with a curve it may be left out"`
	Earned       float64       `json:"earned,omitempty" doc:"earned value (EV): budget of the work that is done"`
	Actual       float64       `json:"actual,omitempty" doc:"actual cost (AC), with what is received and not invoiced yet"`
	BottomUp     *float64      `json:"bottom_up,omitempty" doc:"a new estimate of the cost to complete what is left"`
	Target       *float64      `json:"target,omitempty" doc:"the estimate at completion that tcpi_eac is measured against; the CPI one unless said"`
	Curve        []float64     `json:"curve,omitempty" doc:"cumulative planned value at the end of period 0, 1, 2 …; the first is the value at the start, usually 0"`
	Now          float64       `json:"now,omitempty" doc:"periods gone by (actual time AT)"`
	PlannedSpan  float64       `json:"planned_span,omitempty" doc:"planned duration in periods; the curve's length unless said"`
	WorkPackages []WorkPackage `json:"packages,omitempty" doc:"work packages; their sums replace earned, actual, planned and budget"`
}

// EarnedMeasure is what the figures say (PMI, Practice Standard for Earned
// Value Management; Lipke 2003 for earned schedule).
type EarnedMeasure struct {
	BAC     float64 `json:"bac" doc:"budget at completion"`
	PV      Figure  `json:"pv" doc:"planned value"`
	EV      float64 `json:"ev" doc:"earned value"`
	AC      float64 `json:"ac" doc:"actual cost"`
	CV      Figure  `json:"cv" doc:"cost variance EV − AC: negative costs too much"`
	SV      Figure  `json:"sv" doc:"schedule variance EV − PV: negative is late"`
	CPI     Figure  `json:"cpi" doc:"cost performance EV / AC"`
	SPI     Figure  `json:"spi" doc:"schedule performance EV / PV; it tends to 1 at the end of every late project: see spi_t"`
	Done    Figure  `json:"percent_done" doc:"100 EV / BAC"`
	Spent   Figure  `json:"percent_spent" doc:"100 AC / BAC"`
	TCPI    Figure  `json:"tcpi_bac" doc:"performance needed to finish within budget (BAC − EV) / (BAC − AC)"`
	TCPIEAC Figure  `json:"tcpi_eac" doc:"performance needed to finish within the estimate"`

	Estimates []Completion    `json:"estimates" doc:"what the project will cost, by every usual assumption"`
	Schedule  *EarnedSchedule `json:"earned_schedule,omitempty" doc:"with a curve"`
	Notes     []string        `json:"notes,omitempty" doc:"why figures are n/a or not achievable"`
}

// Completion is one estimate at completion.
type Completion struct {
	Name   string `json:"name"`
	Assume string `json:"assume" doc:"what it takes for granted"`
	EAC    Figure `json:"eac" doc:"estimate at completion"`
	ETC    Figure `json:"etc" doc:"of which still to come"`
	VAC    Figure `json:"vac" doc:"variance at completion BAC − EAC"`
}

// EarnedSchedule measures lateness in time.
type EarnedSchedule struct {
	ES   Figure `json:"es" doc:"when the plan had earned what is earned now, in periods"`
	SVt  Figure `json:"sv_t" doc:"ES − actual time"`
	SPIt Figure `json:"spi_t" doc:"ES / actual time"`
	IEAC Figure `json:"ieac_t" doc:"planned duration / SPI(t): expected duration"`
	TSPI Figure `json:"tspi" doc:"performance needed to finish as planned (PD − ES) / (PD − AT)"`
}

// EarnedValue measures a project's state.
func EarnedValue(in *EarnedValueInput) (*EarnedMeasure, error) {
	m, err := earnedTotals(in)
	if err != nil {
		return nil, err
	}
	bac, ev, ac := some(m.BAC), some(m.EV), some(m.AC)
	left := bac.minus(ev)
	m.CV, m.SV = ev.minus(ac), ev.minus(m.PV)
	m.CPI, m.SPI = ev.over(ac, "AC"), ev.over(m.PV, "PV")
	m.Done, m.Spent = some(100*m.EV).over(bac, "BAC"), some(100*m.AC).over(bac, "BAC")
	m.TCPI = left.over(bac.minus(ac), "BAC − AC")
	if m.BAC-m.AC <= 0 && m.BAC-m.EV > 0 {
		m.TCPI = missing("not achievable: the budget is spent")
	}
	if m.Schedule, err = earnedSchedule(in, m); err != nil {
		return nil, err
	}
	m.estimates(in, left)
	target := m.Estimates[0].EAC
	if in.Target != nil {
		target = some(*in.Target)
	}
	m.TCPIEAC = left.over(target.minus(ac), "EAC − AC")
	if target.Has() && target.value-m.AC <= 0 && m.BAC-m.EV > 0 {
		m.TCPIEAC = missing("not achievable: the estimate is spent")
	}
	m.note()
	return m, nil
}

// note says why figures do not exist.
func (m *EarnedMeasure) note() {
	say := func(name string, f Figure) {
		if !f.Has() {
			m.Notes = append(m.Notes, name+": "+f.none)
		}
	}
	for _, f := range []struct {
		name string
		f    Figure
	}{{"pv", m.PV}, {"sv", m.SV}, {"cpi", m.CPI}, {"spi", m.SPI}, {"percent_done", m.Done}, {"tcpi_bac", m.TCPI}, {"tcpi_eac", m.TCPIEAC}} {
		say(f.name, f.f)
	}
	for _, e := range m.Estimates {
		say("eac "+e.Name, e.EAC)
	}
	if s := m.Schedule; s != nil {
		say("es", s.ES)
		say("spi_t", s.SPIt)
		say("ieac_t", s.IEAC)
		say("tspi", s.TSPI)
	}
}

func earnedTotals(in *EarnedValueInput) (*EarnedMeasure, error) {
	m := &EarnedMeasure{BAC: in.Budget, EV: in.Earned, AC: in.Actual, PV: missing("PV is not given")}
	const where = "earned_value"
	for k, v := range in.Curve {
		if math.IsNaN(v) || v < 0 || k > 0 && v < in.Curve[k-1] {
			return nil, calc.Wrong(fmt.Sprintf("%s.curve[%d]", where, k), "%s: a cumulative curve is not negative and does not fall", number(v))
		}
	}
	if n := len(in.Curve); n > 0 {
		if m.BAC == 0 {
			m.BAC = in.Curve[n-1]
		}
		k := min(int(max(in.Now, 0)), n-1)
		pv := in.Curve[k]
		if k+1 < n {
			pv += (in.Now - float64(k)) * (in.Curve[k+1] - in.Curve[k])
		}
		m.PV = some(pv)
	}
	if in.Planned != nil {
		m.PV = some(*in.Planned)
	}
	if len(in.WorkPackages) > 0 {
		m.BAC, m.EV, m.AC = 0, 0, 0
		pv := 0.0
		for k, w := range in.WorkPackages {
			share, err := w.earned(fmt.Sprintf("%s.packages[%d]", where, k))
			if err != nil {
				return nil, err
			}
			m.BAC, m.EV, m.AC, pv = m.BAC+w.Budget, m.EV+share, m.AC+w.Actual, pv+w.Planned
		}
		m.PV = some(pv)
	}
	for _, f := range []struct {
		name string
		v    float64
	}{{"budget", m.BAC}, {"planned", m.PV.value}, {"earned", m.EV}, {"actual", m.AC}, {"now", in.Now}, {"planned_span", in.PlannedSpan}} {
		if math.IsNaN(f.v) || math.IsInf(f.v, 0) || f.v < 0 {
			return nil, calc.Wrong(where+"."+f.name, "%s must not be negative", number(f.v))
		}
	}
	return m, nil
}

func (m *EarnedMeasure) estimates(in *EarnedValueInput, left Figure) {
	add := func(name, assume string, etc Figure) {
		eac := both(some(m.AC), etc, func(a, b float64) float64 { return a + b })
		m.Estimates = append(m.Estimates, Completion{Name: name, Assume: assume, EAC: eac, ETC: etc, VAC: some(m.BAC).minus(eac)})
	}
	times := func(f, g Figure) Figure { return both(f, g, func(a, b float64) float64 { return a * b }) }
	add("cpi", "the rest costs as the work so far did: BAC / CPI", left.over(m.CPI, "CPI"))
	add("plan", "the rest costs as planned: AC + BAC − EV", left)
	add("cpi_spi", "the rest suffers from cost and lateness: AC + (BAC − EV) / (CPI × SPI)", left.over(times(m.CPI, m.SPI), "CPI × SPI"))
	add("spi", "the rest suffers from lateness: AC + (BAC − EV) / SPI", left.over(m.SPI, "SPI"))
	mixed := both(m.CPI, m.SPI, func(c, s float64) float64 { return 0.8*c + 0.2*s })
	add("weighted", "both, weighed 80 to 20: AC + (BAC − EV) / (0.8 CPI + 0.2 SPI)", left.over(mixed, "0.8 CPI + 0.2 SPI"))
	if m.Schedule != nil {
		add("cpi_spi_t", "cost and lateness in time: AC + (BAC − EV) / (CPI × SPI(t))", left.over(times(m.CPI, m.Schedule.SPIt), "CPI × SPI(t)"))
	}
	bottom := missing("no new estimate is given")
	if in.BottomUp != nil {
		bottom = some(*in.BottomUp)
	}
	add("bottom_up", "the rest costs as estimated anew: AC + ETC", bottom)
}

func earnedSchedule(in *EarnedValueInput, m *EarnedMeasure) (*EarnedSchedule, error) {
	n := len(in.Curve)
	if n == 0 {
		return nil, nil
	}
	span := in.PlannedSpan
	if span == 0 {
		for k, v := range in.Curve { // the plan is over when it reaches its end value
			if v >= in.Curve[n-1] {
				span = float64(k)
				break
			}
		}
	}
	c := -1
	for k, v := range in.Curve {
		if v <= m.EV {
			c = k
		}
	}
	es := Figure{}
	switch {
	case c < 0:
		es = missing("less is earned than the plan starts with")
	case m.EV >= in.Curve[n-1]:
		es = some(span)
	default:
		es = some(float64(c) + (m.EV-in.Curve[c])/(in.Curve[c+1]-in.Curve[c]))
	}
	at := some(in.Now)
	s := &EarnedSchedule{ES: es, SVt: es.minus(at), SPIt: es.over(at, "the time gone by")}
	s.IEAC = some(span).over(s.SPIt, "SPI(t)")
	s.TSPI = some(span).minus(es).over(some(span-in.Now), "PD − AT")
	if span-in.Now <= 0 && es.Has() && es.value < span {
		s.TSPI = missing("not achievable: the planned time is over")
	}
	return s, nil
}
