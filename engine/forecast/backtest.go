package forecast

import (
	"math"
	"strings"
)

// Backtest is how the same methods did on the series' own past, each time
// estimated on what was known then.
type Backtest struct {
	Origins  int     `json:"origins" doc:"earlier ends forecast from"`
	Points   int     `json:"points" doc:"forecasts compared with what came"`
	SMAPE    float64 `json:"smape" doc:"mean of 200 |a-f|/(|a|+|f|), in percent"`
	MAE      float64 `json:"mae" doc:"mean absolute error, in the series' unit"`
	Bias     float64 `json:"bias" doc:"mean of forecast less what came, in the series' unit"`
	NaiveMAE float64 `json:"naive_mae" doc:"mean absolute error of the seasonal naive forecast on the same points"`
	// Skill is 1 - MAE/NaiveMAE; nil when the naive forecast has no error.
	Skill    *float64   `json:"skill,omitempty" doc:"share of the naive error avoided; below 0 the naive forecast was better"`
	Coverage []Coverage `json:"coverage,omitempty" doc:"how many of the points the intervals held"`
}

// Coverage is how often an interval held the truth.
type Coverage struct {
	Level float64 `json:"level" doc:"percent promised"`
	Held  float64 `json:"held" doc:"percent held"`
}

// backtest scores the forecasts from earlier ends. The intervals are scaled by
// what was learned from the same ends, so their coverage here flatters a little.
func backtest(values []float64, m int, origins []origin, scale float64, levels []float64) *Backtest {
	if len(origins) == 0 {
		return nil
	}
	b := &Backtest{Origins: len(origins)}
	held := make([]int, len(levels))
	for _, o := range origins {
		naive := memberSeasonalNaive(pose(values[:o.known], m, len(o.mean)))
		for k := range o.mean {
			f, actual := o.mean[k]*o.scale, values[o.known+k]
			b.Points++
			b.SMAPE += SMAPE([]float64{actual}, []float64{f})
			b.MAE += math.Abs(f - actual)
			b.Bias += f - actual
			b.NaiveMAE += math.Abs(naive.mean[k]*o.scale - actual)
			d := o.sd[k] * o.scale * widen(k, o.known) * scale
			for i, level := range levels {
				if math.Abs(f-actual) <= tail(level)*d {
					held[i]++
				}
			}
		}
	}
	n := float64(b.Points)
	b.SMAPE, b.MAE, b.Bias, b.NaiveMAE = b.SMAPE/n, b.MAE/n, b.Bias/n, b.NaiveMAE/n
	if b.NaiveMAE > 0 {
		skill := 1 - b.MAE/b.NaiveMAE
		b.Skill = &skill
	}
	for i, level := range levels {
		b.Coverage = append(b.Coverage, Coverage{level, 100 * float64(held[i]) / n})
	}
	return b
}

// warn adds what a reader should know of the series and of the backtest.
func (r *Result) warn(s Series, c cleaned) {
	n := len(c.values)
	add := func(code, text string) {
		kind, _, _ := strings.Cut(code, "-")
		r.Warnings = append(r.Warnings, Warning{Kind: kind, Text: text, Code: code})
	}
	switch {
	case isConstant(c.values):
		add("constant", "the value has never changed; the forecast is that it stays, and nothing is known of its spread")
	case n < 2*s.Frequency+1 && s.Frequency > 1:
		add("short-season", "fewer than two whole cycles are known; the forecast has no season")
	case n < 8:
		add("short-spread", "so few values are known that the intervals rest on what is usual elsewhere")
	}
	if intermittent(c.values) {
		add("intermittent", "many values are zero; the mean is a rate for each period, not the next value")
	}
	if b := r.Backtest; b != nil && b.Skill != nil && *b.Skill < 0 {
		add("beaten", "on its own past the seasonal naive forecast did better; read this one with care")
	}
}
