package risk

import (
	"fmt"
	"math"
	"slices"

	"steward/engine/calc"
)

const (
	usualYears  = 500_000
	fewestYears = 1_000
	mostYears   = 50_000_000
	// mostDraws bounds years × occurrences, mostTotals years × sets of controls.
	mostDraws  = 2_000_000_000
	usualDraws = 100_000_000
	mostTotals = 60_000_000
	mostOften  = 10_000 // times a year
)

// model is the input, checked.
type model struct {
	in       Input
	events   []event
	levels   []float64
	years    int
	seed     uint64
	states   [][]bool // sets of controls: which are on; states[0] is now
	untreat  int      // index in states, -1 when none
	planned  int
	toggled  []int // of each control: the state in which it alone differs from now
	bands    Bands
	controls map[string]int
}

// event is one risk, checked, with what each control does to it.
type event struct {
	id      string
	rate    float64
	once    bool
	loss    distribution
	effects []effect // by control
}

type effect struct {
	frequency, loss, limit float64
}

func read(in Input) (*model, error) {
	m := &model{in: in, seed: in.Seed, controls: map[string]int{}, untreat: -1, planned: -1}
	if m.seed == 0 {
		m.seed = 1
	}
	for _, step := range []func() error{m.readEvents, m.readControls, m.readLevels, m.readBands} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	m.chooseStates()
	return m, m.readYears()
}

func (m *model) readEvents() error {
	if len(m.in.Events) == 0 {
		return calc.Wrong("events", "is empty; give at least one event")
	}
	if len(m.in.Events) > 5000 {
		return calc.Wrong("events", "has %d events; 5000 at most", len(m.in.Events))
	}
	seen := map[string]bool{}
	for i, e := range m.in.Events {
		where := fmt.Sprintf("events[%d]", i)
		if e.ID == "" {
			return calc.Wrong(where+".id", "is empty; give the event an id")
		}
		if seen[e.ID] {
			return calc.Wrong(where+".id", "there are two events %q", e.ID)
		}
		seen[e.ID] = true
		ev := event{id: e.ID}
		switch {
		case e.PerYear != nil && e.Probability != nil:
			return calc.Wrong(where, "has both per_year and probability; give one")
		case e.PerYear != nil:
			ev.rate = *e.PerYear
			if !(ev.rate >= 0 && ev.rate <= mostOften) {
				return calc.Wrong(where+".per_year", "is %g; give 0 to %d times a year", ev.rate, mostOften)
			}
		case e.Probability != nil:
			ev.rate, ev.once = *e.Probability, true
			if !(ev.rate >= 0 && ev.rate <= 1) {
				return calc.Wrong(where+".probability", "is %g; a probability is from 0 to 1", ev.rate)
			}
		default:
			return calc.Wrong(where, "has neither per_year nor probability; give one")
		}
		var err error
		if ev.loss, err = e.Loss.read(where + ".loss"); err != nil {
			return err
		}
		m.events = append(m.events, ev)
	}
	return nil
}

func (m *model) readControls() error {
	if len(m.in.Controls) > 500 {
		return calc.Wrong("controls", "has %d controls; 500 at most", len(m.in.Controls))
	}
	for i := range m.events {
		m.events[i].effects = make([]effect, len(m.in.Controls))
		for k := range m.events[i].effects {
			m.events[i].effects[k] = effect{1, 1, math.Inf(1)}
		}
	}
	for k, c := range m.in.Controls {
		where := fmt.Sprintf("controls[%d]", k)
		if c.ID == "" {
			return calc.Wrong(where+".id", "is empty; give the control an id")
		}
		if _, twice := m.controls[c.ID]; twice {
			return calc.Wrong(where+".id", "there are two controls %q", c.ID)
		}
		m.controls[c.ID] = k
		if !(c.Cost >= 0 && c.Cost <= 1e15) {
			return calc.Wrong(where+".cost_per_year", "is %g; it must be from 0 to 1e15", c.Cost)
		}
		if len(c.Effects) == 0 {
			return calc.Wrong(where+".effects", "is empty; say what the control does to which event")
		}
		for j, f := range c.Effects {
			if err := m.readEffect(k, f, fmt.Sprintf("%s.effects[%d]", where, j)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *model) readEffect(k int, f Effect, where string) error {
	i := slices.IndexFunc(m.events, func(e event) bool { return e.id == f.Event })
	if i < 0 {
		return calc.Wrong(where+".event", "there is no event %q", f.Event)
	}
	to := &m.events[i].effects[k]
	if *to != (effect{1, 1, math.Inf(1)}) {
		return calc.Wrong(where+".event", "%q stands there twice", f.Event)
	}
	if f.Frequency == nil && f.Loss == nil && f.Cap == nil {
		return calc.Wrong(where, "does nothing; give frequency_factor, loss_factor or loss_cap")
	}
	for _, x := range []struct {
		from *float64
		to   *float64
		most float64
		name string
	}{{f.Frequency, &to.frequency, 10, "frequency_factor"}, {f.Loss, &to.loss, 10, "loss_factor"}, {f.Cap, &to.limit, 1e15, "loss_cap"}} {
		if x.from == nil {
			continue
		}
		if !(*x.from >= 0 && *x.from <= x.most) {
			return calc.Wrong(where+"."+x.name, "is %g; give 0 to %g", *x.from, x.most)
		}
		*x.to = *x.from
	}
	return nil
}

func (m *model) readLevels() error {
	m.levels = m.in.Levels
	if len(m.levels) == 0 {
		m.levels = []float64{0.9, 0.95, 0.99}
	}
	if len(m.levels) > 50 || len(m.in.Losses) > 200 || len(m.in.Tolerance) > 200 {
		return calc.Wrong("levels", "50 levels, 200 losses and 200 tolerances at most")
	}
	for i, p := range m.levels {
		if !(p > 0 && p <= 0.99999) {
			return calc.Wrong(fmt.Sprintf("levels[%d]", i), "is %g; a level is above 0 and at most 0.99999", p)
		}
	}
	for i, x := range m.in.Losses {
		if !(x >= 0) {
			return calc.Wrong(fmt.Sprintf("losses[%d]", i), "is %g; a loss is 0 or more", x)
		}
	}
	for i, t := range m.in.Tolerance {
		if !(t.Loss >= 0 && t.Probability >= 0 && t.Probability <= 1) {
			return calc.Wrong(fmt.Sprintf("tolerance[%d]", i), "has loss %g and probability %g; give a loss of 0 or more and a probability from 0 to 1", t.Loss, t.Probability)
		}
	}
	return nil
}

func (m *model) readBands() error {
	m.bands = Bands{Likelihood: []float64{0.02, 0.1, 0.5, 2}, Impact: []float64{1e4, 1e5, 1e6, 1e7}}
	if m.in.Matrix == nil {
		return nil
	}
	for _, x := range []struct {
		from, to *[]float64
		name     string
	}{{&m.in.Matrix.Likelihood, &m.bands.Likelihood, "likelihood"}, {&m.in.Matrix.Impact, &m.bands.Impact, "impact"}} {
		if *x.from == nil {
			continue
		}
		if len(*x.from) != 4 || (*x.from)[0] < 0 || !slices.IsSorted(*x.from) {
			return calc.Wrong("matrix."+x.name, "is %v; give the 4 rising limits between 5 bands", *x.from)
		}
		*x.to = *x.from
	}
	return nil
}

// chooseStates lists the sets of controls to compute: now, each control turned, none
// and all.
func (m *model) chooseStates() {
	n := len(m.in.Controls)
	now, none, all := make([]bool, n), make([]bool, n), make([]bool, n)
	for k, c := range m.in.Controls {
		now[k], all[k] = c.InPlace, true
	}
	add := func(s []bool) int {
		for i, have := range m.states {
			if slices.Equal(have, s) {
				return i
			}
		}
		m.states = append(m.states, s)
		return len(m.states) - 1
	}
	add(now)
	for k := range n {
		s := slices.Clone(now)
		s[k] = !s[k]
		m.toggled = append(m.toggled, add(s))
	}
	if !slices.Equal(none, now) {
		m.untreat = add(none)
	}
	if !slices.Equal(all, now) {
		m.planned = add(all)
	}
}

// readYears settles how many years to draw.
func (m *model) readYears() error {
	often := 1.0
	for i := range m.events {
		often += m.source(i).count.p
	}
	most := int(math.Min(math.Min(mostYears, mostDraws/often), float64(mostTotals/len(m.states))))
	if most < fewestYears {
		return calc.Wrong("events", "happen too often together, or there are too many controls, to draw even %d years", fewestYears)
	}
	m.years = m.in.Years
	if m.years == 0 {
		m.years = max(min(usualYears, int(usualDraws/often), most/2), fewestYears)
	}
	if m.years < fewestYears || m.years > most {
		return calc.Wrong("years", "is %d; give %d to %d for this input", m.years, fewestYears, most)
	}
	return nil
}

// under is event i under a set of controls: all factors, then the least cap.
func (m *model) under(i int, on []bool) effect {
	e := effect{1, 1, math.Inf(1)}
	for k, f := range m.events[i].effects {
		if on[k] {
			e.frequency *= f.frequency
			e.loss *= f.loss
			e.limit = math.Min(e.limit, f.limit)
		}
	}
	return e
}

// rate is how often event i happens in a year on average, and what one costs.
func (m *model) rate(i int, on []bool) (rate, mean float64) {
	e := m.under(i, on)
	ev := &m.events[i]
	rate = ev.rate * e.frequency
	if ev.once {
		rate = math.Min(rate, 1)
	}
	if e.loss == 0 {
		return rate, 0
	}
	if math.IsInf(e.limit, 1) {
		return rate, e.loss * ev.loss.mean()
	}
	return rate, e.loss * ev.loss.capped(e.limit/e.loss)
}

// source prepares event i for drawing in all states at once.
func (m *model) source(i int) source {
	most := 0.0
	rates := make([]float64, len(m.states))
	for k, on := range m.states {
		rates[k], _ = m.rate(i, on)
		most = math.Max(most, rates[k])
	}
	s := source{index: uint64(i), loss: m.events[i].loss, plain: true}
	for k, on := range m.states {
		e := m.under(i, on)
		t := treated{keep: 1, factor: e.loss, limit: e.limit}
		if most > 0 {
			t.keep = rates[k] / most
		}
		s.plain = s.plain && t.keep == 1
		s.states = append(s.states, t)
	}
	s.count = newCounter(most, m.events[i].once)
	return s
}
