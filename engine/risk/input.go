package risk

// Input is what may happen and what is done about it.
type Input struct {
	Events    []Event     `json:"events" doc:"what may happen"`
	Controls  []Control   `json:"controls,omitempty" doc:"what changes how often it happens or what it costs"`
	Levels    []float64   `json:"levels,omitempty" doc:"confidence levels for value at risk and expected shortfall, between 0 and 1; 0.9, 0.95 and 0.99 without it"`
	Losses    []float64   `json:"losses,omitempty" doc:"losses for which to say how probable it is to exceed them in a year"`
	Tolerance []Tolerance `json:"tolerance,omitempty" doc:"the risk that is accepted: this loss may be exceeded with at most this probability a year"`
	Matrix    *Bands      `json:"matrix,omitempty" doc:"bands of the 5×5 matrix"`
	Years     int         `json:"years,omitempty" doc:"years to draw; without it 500000, fewer with many controls or frequent events"`
	Seed      uint64      `json:"seed,omitempty" doc:"seed of the drawing, 1 without it: the same input gives the same output"`
}

// Event is one risk.
type Event struct {
	ID          string   `json:"id"`
	PerYear     *float64 `json:"per_year,omitempty" doc:"how often a year on average; it may happen more than once (Poisson). Give this or probability"`
	Probability *float64 `json:"probability,omitempty" doc:"the probability that it happens in a year, once at most. Give this or per_year"`
	Loss        Loss     `json:"loss" doc:"what one occurrence costs"`
}

// Loss is the distribution of what one occurrence costs.
type Loss struct {
	Type  string   `json:"type" doc:"fixed (value), triangular or pert (low, mode, high), lognormal (low and high: 90 % of losses lie between)"`
	Value *float64 `json:"value,omitempty"`
	Low   *float64 `json:"low,omitempty"`
	Mode  *float64 `json:"mode,omitempty"`
	High  *float64 `json:"high,omitempty"`
}

// Control is a measure against risks.
type Control struct {
	ID      string   `json:"id"`
	Cost    float64  `json:"cost_per_year,omitempty" doc:"what it costs a year"`
	InPlace bool     `json:"in_place,omitempty" doc:"it is part of the present state; frequency and loss of events are as they are without any control"`
	Effects []Effect `json:"effects"`
}

// Effect is what a control does to an event.
type Effect struct {
	Event     string   `json:"event"`
	Frequency *float64 `json:"frequency_factor,omitempty" doc:"the frequency or probability is multiplied by this"`
	Loss      *float64 `json:"loss_factor,omitempty" doc:"each loss is multiplied by this"`
	Cap       *float64 `json:"loss_cap,omitempty" doc:"no occurrence costs more than this, after the factor"`
}

// Tolerance is a point of the accepted loss exceedance curve.
type Tolerance struct {
	Loss        float64 `json:"loss"`
	Probability float64 `json:"probability"`
}

// Bands are the four limits between the five bands of each axis.
type Bands struct {
	Likelihood []float64 `json:"likelihood,omitempty" doc:"times a year; 0.02, 0.1, 0.5, 2 without it"`
	Impact     []float64 `json:"impact,omitempty" doc:"mean loss of one occurrence; 10000, 100000, 1000000, 10000000 without it"`
}
