package risk

// Output is what the risks may cost in a year.
type Output struct {
	Now       State          `json:"now" doc:"with the controls that are in place"`
	Untreated *State         `json:"untreated,omitempty" doc:"without any control; absent when none is in place"`
	Planned   *State         `json:"all_controls,omitempty" doc:"with all controls; absent when all are in place"`
	Events    []EventRisk    `json:"events" doc:"in the order of the input, with the controls in place"`
	Controls  []ControlWorth `json:"controls,omitempty" doc:"in the order of the input"`
	Tolerance []Verdict      `json:"tolerance,omitempty"`
	Matrix    Matrix         `json:"matrix"`
	Years     int            `json:"years" doc:"years drawn"`
	Seed      uint64         `json:"seed"`
}

// State is the yearly loss under one set of controls.
type State struct {
	Expected  float64 `json:"expected_loss" doc:"mean loss a year, exact"`
	Simulated float64 `json:"simulated_loss" doc:"the same from the drawn years, as a check"`
	Error     float64 `json:"standard_error" doc:"of the simulated loss"`
	Deviation float64 `json:"standard_deviation" doc:"of the loss from year to year, from the drawn years"`
	AnyLoss   float64 `json:"any_loss" doc:"probability that a year has any occurrence, exact"`
	Tails     []Tail  `json:"tails"`
	Curve     []Point `json:"curve" doc:"loss exceedance curve: with this probability a year costs more than this loss"`
	Losses    []Point `json:"losses,omitempty" doc:"the losses asked for"`
}

// Tail is the loss at one confidence level.
type Tail struct {
	Level     float64    `json:"level"`
	VaR       float64    `json:"var" doc:"value at risk: the least loss that a year stays within with this probability"`
	Between   [2]float64 `json:"var_95" doc:"95 % interval of the value at risk for the number of years drawn"`
	Shortfall float64    `json:"expected_shortfall" doc:"mean loss of the worst 1 - level of years (Acerbi and Tasche 2002)"`
}

// Point is a point of the loss exceedance curve.
type Point struct {
	Loss        float64 `json:"loss"`
	Probability float64 `json:"probability"`
}

// EventRisk is one event with the controls that are in place.
type EventRisk struct {
	ID       string  `json:"id"`
	PerYear  float64 `json:"per_year" doc:"mean number of occurrences a year"`
	MeanLoss float64 `json:"mean_loss" doc:"of one occurrence"`
	Expected float64 `json:"expected_loss" doc:"a year, exact"`
	Share    float64 `json:"share" doc:"of the expected loss of all events"`
}

// ControlWorth is what one control changes, all others as they are now.
type ControlWorth struct {
	ID      string      `json:"id"`
	InPlace bool        `json:"in_place" doc:"worth is what would be lost without it; otherwise what it would bring"`
	Reduces float64     `json:"expected_loss_reduction" doc:"a year, exact"`
	Cost    float64     `json:"cost_per_year"`
	Net     float64     `json:"net" doc:"reduction of the expected loss minus cost"`
	Return  *float64    `json:"return" doc:"net over cost; null without a cost"`
	Tails   []TailWorth `json:"tails" doc:"from the same drawn years"`
}

// TailWorth is what a control takes off a tail.
type TailWorth struct {
	Level     float64 `json:"level"`
	VaR       float64 `json:"var_reduction"`
	Shortfall float64 `json:"expected_shortfall_reduction"`
}

// Verdict holds a tolerance against the present state.
type Verdict struct {
	Tolerance
	Actual float64 `json:"actual" doc:"probability that the loss is exceeded in a year"`
	Kept   bool    `json:"kept"`
}

// Matrix is the 5×5 view of the present state.
type Matrix struct {
	Likelihood []float64  `json:"likelihood" doc:"limits between the bands, times a year"`
	Impact     []float64  `json:"impact" doc:"limits between the bands, mean loss of one occurrence"`
	Cells      []Cell     `json:"cells" doc:"one for each event, in the order of the input"`
	Misordered [][]string `json:"misordered,omitempty" doc:"pairs of events of which the first has the higher score but the lower expected loss: where the matrix misleads; at most 20"`
}

// Cell is where an event stands in the matrix.
type Cell struct {
	ID         string `json:"id"`
	Likelihood int    `json:"likelihood" doc:"1 to 5"`
	Impact     int    `json:"impact" doc:"1 to 5"`
	Score      int    `json:"score" doc:"likelihood times impact"`
}
