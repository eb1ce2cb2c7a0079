package risk

import (
	"context"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
)

const blockYears = 8192 // years drawn from one stream

// treated is an event under one set of controls.
type treated struct {
	keep   float64 // probability that a drawn occurrence happens
	factor float64
	limit  float64 // of a loss, +Inf for none
}

// source is an event ready to be drawn: as often as it happens at most under any set
// of controls, thinned for each.
type source struct {
	index  uint64
	loss   distribution
	count  *counter
	states []treated
	plain  bool // all states keep every occurrence
}

// simulate draws the yearly losses of each state; nil when ctx is done first.
func simulate(ctx context.Context, sources []source, states, years int, seed uint64) [][]float64 {
	totals := make([][]float64, states)
	for i := range totals {
		totals[i] = make([]float64, years)
	}
	blocks := (years + blockYears - 1) / blockYears
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), blocks) {
		wg.Go(func() {
			for ctx.Err() == nil {
				b := int(next.Add(1)) - 1
				if b >= blocks {
					return
				}
				from := b * blockYears
				to := min(from+blockYears, years)
				for i := range sources {
					s := newStream(seed, sources[i].index, uint64(b))
					sources[i].draw(&s, totals, from, to)
				}
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return totals
}

// draw adds the losses of the years from…to to the totals.
func (e *source) draw(s *stream, totals [][]float64, from, to int) {
	if len(e.states) == 1 && e.plain && e.states[0].factor == 1 && math.IsInf(e.states[0].limit, 1) {
		e.drawPlain(s, totals[0][from:to])
		return
	}
	for y := from; y < to; y++ {
		for range e.count.draw(s) {
			loss := e.loss.draw(s)
			mark := 0.0
			if !e.plain {
				mark = s.unit()
			}
			for k := range e.states {
				st := &e.states[k]
				if mark < st.keep {
					totals[k][y] += math.Min(loss*st.factor, st.limit)
				}
			}
		}
	}
}

// drawPlain is draw for one state without controls.
func (e *source) drawPlain(s *stream, totals []float64) {
	for y := range totals {
		for range e.count.draw(s) {
			totals[y] += e.loss.draw(s)
		}
	}
}
