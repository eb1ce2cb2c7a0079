package schedule

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"steward/engine/calc"
)

// RiskInput asks for a simulation: tasks with an estimate draw their durations,
// events happen or not, and the dates follow by the links. Where resource
// limits were applied, tasks keep the order in which they hand resources over.
type RiskInput struct {
	Iterations   int           `json:"iterations,omitempty" doc:"how many projects are drawn; 10000 unless said"`
	Seed         uint64        `json:"seed,omitempty" doc:"the same seed gives the same figures"`
	Events       []RiskEvent   `json:"events,omitempty" doc:"what may happen and lengthen tasks"`
	Correlations []Correlation `json:"correlations,omitempty" doc:"durations that tend to be long together"`
}

// RiskEvent is something that happens with a probability.
type RiskEvent struct {
	ID          string       `json:"id"`
	Probability float64      `json:"probability" doc:"from 0 to 1"`
	Impacts     []RiskImpact `json:"impacts" doc:"what it does to tasks"`
}

// RiskImpact lengthens one task when its event happens.
type RiskImpact struct {
	Task   string    `json:"task"`
	Delay  *Estimate `json:"delay,omitempty" doc:"working time added, in the project's unit"`
	Factor float64   `json:"factor,omitempty" doc:"what the duration is multiplied by, instead of or before the delay"`
}

// Correlation ties the durations of tasks, each to each.
type Correlation struct {
	Tasks []string `json:"tasks" doc:"ids of two or more tasks with estimates"`
	Rank  float64  `json:"rank" doc:"rank correlation of each two of them, -1 to 1"`
}

// RiskOutput is what the drawn projects say.
type RiskOutput struct {
	Iterations int      `json:"iterations"`
	Seed       uint64   `json:"seed"`
	Mean       float64  `json:"mean" doc:"mean time from start to finish, in working time of the project's calendar"`
	Deviation  float64  `json:"deviation" doc:"its standard deviation"`
	P10        Moment   `json:"p10" doc:"one project in ten finishes by then"`
	P50        Moment   `json:"p50"`
	P80        Moment   `json:"p80"`
	P90        Moment   `json:"p90"`
	Plan       Moment   `json:"plan" doc:"the finish by the plan's durations"`
	PlanChance float64  `json:"plan_chance" doc:"share of projects that finish by then"`
	Curve      []Moment `json:"curve" doc:"finishes at 0, 5, … 100 percent"`

	Tasks  []TaskRisk  `json:"tasks" doc:"in the order of the input, without summaries and finished tasks"`
	Events []EventRisk `json:"events,omitempty"`
}

// TaskRisk is what one task does to the finish.
type TaskRisk struct {
	ID          string  `json:"id"`
	Criticality float64 `json:"criticality" doc:"share of projects in which it is critical"`
	Sensitivity float64 `json:"sensitivity" doc:"rank correlation of its duration with the project's finish"`
	Index       float64 `json:"index" doc:"schedule sensitivity index: criticality × deviation of the duration / deviation of the finish"`
	Mean        float64 `json:"mean" doc:"mean duration drawn"`
}

// EventRisk is what one event does to the finish.
type EventRisk struct {
	ID        string  `json:"id"`
	Frequency float64 `json:"frequency" doc:"share of projects in which it happened"`
	Delay     float64 `json:"delay" doc:"mean finish with it less mean finish without it, in working time"`
}

// maxDraws bounds tasks × iterations.
const maxDraws = 400_000_000

func (p *project) simulate(ctx context.Context, in *RiskInput) (*RiskOutput, error) {
	s, err := p.newSimulation(in)
	if err != nil {
		return nil, err
	}
	for k := range s.n {
		if k&63 == 0 && ctx.Err() != nil {
			return nil, fmt.Errorf("the simulation was stopped after %d of %d projects: %w", k, s.n, ctx.Err())
		}
		if err := s.draw(k); err != nil {
			return nil, err
		}
	}
	return s.report(), nil
}

type simulation struct {
	p      *project
	in     *RiskInput
	n      int
	rng    *rand.Rand
	tables []quantiles // by task; nil when certain
	unit   []float64   // by task: the uniform draw of this project
	corr   *copula
	events []riskEvent
	dates  *dates
	work   []int64

	finish   []int64
	drawn    [][]float32 // by task, in units; nil when certain
	critical []int
	happened [][]bool // by event
}

type riskEvent struct {
	probability float64
	impacts     []riskImpact
}

type riskImpact struct {
	task   int
	factor float64
	delay  quantiles
}

func (p *project) newSimulation(in *RiskInput) (*simulation, error) {
	s := &simulation{p: p, in: in, n: in.Iterations}
	if s.n == 0 {
		s.n = 10_000
	}
	if s.n < 1 || s.n*len(p.leaves) > maxDraws {
		return nil, calc.Wrong("risk.iterations", "%d is out of range; %d tasks allow 1 to %d", in.Iterations, len(p.leaves), maxDraws/len(p.leaves))
	}
	s.rng = rand.New(rand.NewPCG(in.Seed, 0x715c))
	s.tables, s.unit = make([]quantiles, len(p.tasks)), make([]float64, len(p.tasks))
	s.drawn, s.critical = make([][]float32, len(p.tasks)), make([]int, len(p.tasks))
	s.finish, s.dates, s.work = make([]int64, s.n), p.newDates(), make([]int64, len(p.tasks))
	for _, t := range p.leaves {
		e := t.src.Estimate
		if e == nil {
			continue
		}
		if err := e.validate(p.where(t.i)+".estimate", false); err != nil {
			return nil, err
		}
		if !t.done && !t.started && !t.fixed {
			s.tables[t.i] = e.table()
			s.drawn[t.i] = make([]float32, s.n)
		}
	}
	if err := s.readEvents(); err != nil {
		return nil, err
	}
	var err error
	s.corr, err = s.newCopula()
	return s, err
}

func (s *simulation) readEvents() error {
	for k, e := range s.in.Events {
		where := fmt.Sprintf("risk.events[%d]", k)
		if !(e.Probability >= 0 && e.Probability <= 1) {
			return calc.Wrong(where+".probability", "%s must lie between 0 and 1", number(e.Probability))
		}
		x := riskEvent{probability: e.Probability}
		for j, m := range e.Impacts {
			at := fmt.Sprintf("%s.impacts[%d]", where, j)
			i, ok := s.p.index[m.Task]
			if !ok {
				return calc.Wrong(at+".task", "there is no task %q", m.Task)
			}
			if t := s.p.tasks[i]; t.summary() || t.done || t.started || t.fixed {
				return calc.Wrong(at+".task", "%s is a summary, started or scheduled by hand; an event lengthens only tasks to come", t.label())
			}
			if m.Factor < 0 || m.Factor > 1000 || math.IsNaN(m.Factor) {
				return calc.Wrong(at+".factor", "%s is out of range", number(m.Factor))
			}
			y := riskImpact{task: i, factor: m.Factor}
			if m.Delay != nil {
				if err := m.Delay.validate(at+".delay", true); err != nil {
					return err
				}
				y.delay = m.Delay.table()
			}
			if s.drawn[i] == nil {
				s.drawn[i] = make([]float32, s.n)
			}
			x.impacts = append(x.impacts, y)
		}
		s.events = append(s.events, x)
		s.happened = append(s.happened, make([]bool, s.n))
	}
	return nil
}

// draw makes one project and keeps its finish.
func (s *simulation) draw(k int) error {
	p := s.p
	for _, t := range p.leaves {
		s.unit[t.i] = s.rng.Float64()
	}
	s.corr.apply(s.rng, s.unit)
	for _, t := range p.leaves {
		if s.work[t.i] = t.work; s.tables[t.i] != nil {
			s.work[t.i] = max(0, round(s.tables[t.i].at(s.unit[t.i])*p.perUnit))
		}
	}
	for j, e := range s.events {
		happens := s.rng.Float64() < e.probability
		s.happened[j][k] = happens
		for _, m := range e.impacts {
			u := s.rng.Float64() // drawn whether it happens or not, so that other draws stay the same
			if !happens {
				continue
			}
			if m.factor > 0 {
				s.work[m.task] = round(float64(s.work[m.task]) * m.factor)
			}
			if m.delay != nil {
				s.work[m.task] = max(0, s.work[m.task]+round(m.delay.at(u)*p.perUnit))
			}
		}
	}
	d := s.dates
	for i := range d.es {
		d.es[i], d.ef[i], d.ls[i], d.lf[i], d.lateStart[i] = none, none, none, none, none
	}
	if err := p.forwardInto(d, s.work); err != nil {
		return err
	}
	p.backward(d, d.finish)
	s.finish[k] = d.finish
	for _, t := range p.leaves {
		if s.drawn[t.i] != nil {
			s.drawn[t.i][k] = float32(p.units(s.work[t.i]))
		}
		if !t.done && t.slack.Between(d.ef[t.i], d.lf[t.i]) <= 0 {
			s.critical[t.i]++
		}
	}
	return nil
}
