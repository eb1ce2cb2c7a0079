package schedule

import (
	"math"
	"sort"
)

func (s *simulation) report() *RiskOutput {
	p := s.p
	plan, _ := p.forward(nil) // these durations were scheduled before
	lengths := make([]float64, s.n)
	by := 0
	for k, f := range s.finish {
		lengths[k] = float64(p.cal.Between(p.start, f)) / p.perUnit
		if f <= plan.finish {
			by++
		}
	}
	sorted := append([]int64(nil), s.finish...)
	sort.Slice(sorted, func(a, b int) bool { return sorted[a] < sorted[b] })
	at := func(q float64) Moment {
		return p.out(sorted[min(max(int(math.Ceil(q*float64(s.n)))-1, 0), s.n-1)])
	}
	mean, deviation := moments(lengths)
	out := &RiskOutput{
		Iterations: s.n, Seed: s.in.Seed, Mean: tidy(mean), Deviation: tidy(deviation),
		P10: at(0.1), P50: at(0.5), P80: at(0.8), P90: at(0.9),
		Plan: p.out(plan.finish), PlanChance: tidy(float64(by) / float64(s.n)),
	}
	for k := 0; k <= 100; k += 5 {
		out.Curve = append(out.Curve, at(float64(k)/100))
	}
	ranked := ranks(lengths)
	for _, t := range p.tasks {
		if t.summary() || t.done || t.idle {
			continue
		}
		r := TaskRisk{ID: t.id, Criticality: tidy(float64(s.critical[t.i]) / float64(s.n)), Mean: p.units(t.work)}
		if x := s.drawn[t.i]; x != nil {
			values := make([]float64, s.n)
			for k, v := range x {
				values[k] = float64(v)
			}
			m, d := moments(values)
			r.Mean, r.Sensitivity = tidy(m), tidy(correlate(ranks(values), ranked))
			if deviation > 0 {
				r.Index = tidy(r.Criticality * d / deviation)
			}
		}
		out.Tasks = append(out.Tasks, r)
	}
	for j, e := range s.in.Events {
		out.Events = append(out.Events, s.eventRisk(e.ID, s.happened[j], lengths))
	}
	return out
}

func (s *simulation) eventRisk(id string, happened []bool, lengths []float64) EventRisk {
	var with, without float64
	n := 0
	for k, yes := range happened {
		if yes {
			with += lengths[k]
			n++
		} else {
			without += lengths[k]
		}
	}
	e := EventRisk{ID: id, Frequency: tidy(float64(n) / float64(s.n))}
	if n > 0 && n < s.n {
		e.Delay = tidy(with/float64(n) - without/float64(s.n-n))
	}
	return e
}
