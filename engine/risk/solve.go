package risk

import (
	"context"
	"math"
	"sync"
)

// Solve draws the years and says what they cost. Wrong input is a *calc.Invalid. The
// sentences say how the result came about.
func Solve(ctx context.Context, in Input) (Output, []string, error) {
	m, err := read(in)
	if err != nil {
		return Output{}, nil, err
	}
	sources := make([]source, len(m.events))
	for i := range sources {
		sources[i] = m.source(i)
	}
	totals := simulate(ctx, sources, len(m.states), m.years, m.seed)
	if totals == nil {
		return Output{}, nil, ctx.Err()
	}
	samples := m.order(totals)
	out := Output{Years: m.years, Seed: m.seed, Now: m.state(0, samples[0])}
	if m.untreat >= 0 {
		s := m.state(m.untreat, samples[m.untreat])
		out.Untreated = &s
	}
	if m.planned >= 0 {
		s := m.state(m.planned, samples[m.planned])
		out.Planned = &s
	}
	out.Events = m.eventRisks(out.Now.Expected)
	for k := range m.in.Controls {
		out.Controls = append(out.Controls, m.worth(k, samples))
	}
	for _, t := range m.in.Tolerance {
		p := samples[0].exceeding(t.Loss)
		out.Tolerance = append(out.Tolerance, Verdict{t, p, p <= t.Probability})
	}
	out.Matrix = m.matrix(out.Events)
	return out, m.explain(&out), nil
}

// curveAt are the probabilities of the loss exceedance curve.
var curveAt = []float64{0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001}

// order prepares the questions about each state's years.
func (m *model) order(totals [][]float64) []*sample {
	var ranks []int
	for _, p := range m.levels {
		lo, hi := between(p, m.years)
		ranks = append(ranks, rankOf(p, m.years), lo, hi)
	}
	for _, q := range curveAt {
		ranks = append(ranks, rankOf(1-q, m.years))
	}
	samples := make([]*sample, len(totals))
	var wg sync.WaitGroup
	turn := make(chan struct{}, 2) // a sample's buckets take room: not all at once
	for i := range totals {
		turn <- struct{}{}
		wg.Go(func() {
			samples[i] = newSample(totals[i], ranks)
			<-turn
		})
	}
	wg.Wait()
	return samples
}

// expected is the exact mean yearly loss of a state, and the probability of any.
func (m *model) expected(on []bool) (mean, anyLoss float64) {
	none := 1.0
	for i := range m.events {
		rate, loss := m.rate(i, on)
		mean += rate * loss
		if m.events[i].once {
			none *= 1 - rate
		} else {
			none *= math.Exp(-rate)
		}
	}
	return mean, 1 - none
}

func (m *model) state(k int, s *sample) State {
	n := float64(m.years)
	st := State{Simulated: s.total / n, Deviation: math.Sqrt(s.squares / (n - 1))}
	st.Expected, st.AnyLoss = m.expected(m.states[k])
	st.Error = st.Deviation / math.Sqrt(n)
	for _, p := range m.levels {
		lo, hi := between(p, m.years)
		st.Tails = append(st.Tails, Tail{Level: p, VaR: s.at(rankOf(p, m.years)), Between: [2]float64{s.at(lo), s.at(hi)}, Shortfall: s.shortfall(p)})
	}
	for _, q := range curveAt {
		st.Curve = append(st.Curve, Point{Loss: s.at(rankOf(1-q, m.years)), Probability: q})
	}
	for _, x := range m.in.Losses {
		st.Losses = append(st.Losses, Point{Loss: x, Probability: s.exceeding(x)})
	}
	return st
}

func (m *model) eventRisks(all float64) []EventRisk {
	var out []EventRisk
	for i, e := range m.events {
		rate, loss := m.rate(i, m.states[0])
		r := EventRisk{ID: e.id, PerYear: rate, MeanLoss: loss, Expected: rate * loss}
		if all > 0 {
			r.Share = r.Expected / all
		}
		out = append(out, r)
	}
	return out
}

// worth compares now with the state in which control k alone is turned.
func (m *model) worth(k int, samples []*sample) ControlWorth {
	c := m.in.Controls[k]
	with, without := m.toggled[k], 0
	if c.InPlace {
		with, without = without, with
	}
	w := ControlWorth{ID: c.ID, InPlace: c.InPlace, Cost: c.Cost}
	before, _ := m.expected(m.states[without])
	after, _ := m.expected(m.states[with])
	w.Reduces = before - after
	w.Net = w.Reduces - c.Cost
	if c.Cost > 0 {
		r := w.Net / c.Cost
		w.Return = &r
	}
	for _, p := range m.levels {
		r := rankOf(p, m.years)
		a, b := samples[without], samples[with]
		w.Tails = append(w.Tails, TailWorth{Level: p, VaR: a.at(r) - b.at(r), Shortfall: a.shortfall(p) - b.shortfall(p)})
	}
	return w
}

// matrix places each event in the 5×5 matrix and names pairs that it orders wrongly.
func (m *model) matrix(events []EventRisk) Matrix {
	x := Matrix{Likelihood: m.bands.Likelihood, Impact: m.bands.Impact}
	band := func(v float64, limits []float64) int {
		b := 1
		for _, l := range limits {
			if v >= l {
				b++
			}
		}
		return b
	}
	for _, e := range events {
		c := Cell{ID: e.ID, Likelihood: band(e.PerYear, x.Likelihood), Impact: band(e.MeanLoss, x.Impact)}
		c.Score = c.Likelihood * c.Impact
		x.Cells = append(x.Cells, c)
	}
	for i := range events {
		for j := range events {
			if len(x.Misordered) < 20 && x.Cells[i].Score > x.Cells[j].Score && events[i].Expected < events[j].Expected {
				x.Misordered = append(x.Misordered, []string{events[i].ID, events[j].ID})
			}
		}
	}
	return x
}
