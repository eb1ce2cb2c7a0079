package forecast

import (
	"fmt"
	"math"

	"steward/engine/calc"
)

// PastInput is an earlier forecast in a Request, and what came of it.
type PastInput struct {
	Series string   `json:"series,omitempty"`
	Source string   `json:"source" doc:"who or what foretold: a method, a person, 'override'"`
	Step   int      `json:"step,omitempty" doc:"how far ahead it was made, from 1"`
	Mean   float64  `json:"mean" doc:"what was foretold"`
	Lo     *float64 `json:"lo,omitempty" doc:"the interval given with it"`
	Hi     *float64 `json:"hi,omitempty"`
	Actual *float64 `json:"actual,omitempty" doc:"what came; left out while it is not known"`
	Naive  *float64 `json:"naive,omitempty" doc:"what the seasonal naive forecast said then"`
}

// ScoreLine is a line of the scorecard in an Answer.
type ScoreLine struct {
	Source string   `json:"source"`
	Step   int      `json:"step" doc:"how far ahead; 0 sums up all distances"`
	Count  int      `json:"count" doc:"forecasts whose actual value is known"`
	MAE    float64  `json:"mae" doc:"mean absolute error"`
	Bias   float64  `json:"bias" doc:"mean of forecast less actual"`
	SMAPE  float64  `json:"smape" doc:"mean of 200 |a-f|/(|a|+|f|), in percent"`
	Added  *float64 `json:"added,omitempty" doc:"share of the naive error avoided; left out without naive forecasts"`
	Held   *float64 `json:"held,omitempty" doc:"percent of the intervals that held; left out without intervals"`
}

// scorecard scores the past forecasts of a request.
func (r Request) scorecard() ([]ScoreLine, []string, error) {
	past := make([]Past, len(r.Past))
	for i, p := range r.Past {
		place := fmt.Sprintf("past[%d]", i)
		if p.Source == "" {
			return nil, nil, calc.Wrong(place+".source", "is empty; say who or what foretold")
		}
		if p.Step < 0 {
			return nil, nil, calc.Wrong(place+".step", "is %d; steps count from 1", p.Step)
		}
		if p.Lo != nil && p.Hi != nil && *p.Lo > *p.Hi {
			return nil, nil, calc.Wrong(place+".lo", "%g is above hi, %g", *p.Lo, *p.Hi)
		}
		for _, v := range []*float64{&p.Mean, p.Lo, p.Hi, p.Actual, p.Naive} {
			if v != nil && math.Abs(*v) > maxSize {
				return nil, nil, calc.Wrong(place, "%g is too large; the most is %g", *v, maxSize)
			}
		}
		past[i] = Past{Series: p.Series, Source: p.Source, Step: p.Step, Mean: p.Mean,
			Lo: orNaN(p.Lo), Hi: orNaN(p.Hi), Actual: orNaN(p.Actual), Naive: orNaN(p.Naive)}
	}
	var lines []ScoreLine
	var why []string
	for _, s := range Scorecard(past) {
		lines = append(lines, ScoreLine{s.Source, s.Step, s.Count, s.MAE, s.Bias, s.SMAPE, orNil(s.Added), orNil(s.Held)})
		if s.Step == 0 {
			why = append(why, fmt.Sprintf("%s: %d forecasts erred by %.4g on average, by %+.4g taken together.", s.Source, s.Count, s.MAE, s.Bias))
		}
	}
	return lines, why, nil
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

func orNil(v float64) *float64 {
	if math.IsNaN(v) {
		return nil
	}
	return &v
}
