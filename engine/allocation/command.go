package allocation

import (
	"context"

	"steward/engine/calc"
)

// Command is `steward calc allocation`.
var Command = calc.JSON("allocation", "share costs out to those who use them: direct, step-down, reciprocal",
	`{"method": "reciprocal", "pools": [
  {"id": "S1", "cost": 200000, "to": {"S2": 10, "P1": 50, "P2": 40}},
  {"id": "S2", "cost": 100000, "to": {"S1": 20, "P1": 30, "P2": 50}}]}`,
	func(_ context.Context, in Input) (Output, []string, error) {
		out, err := Solve(in)
		if err != nil {
			return Output{}, nil, err
		}
		return out, explain(in, out), nil
	})
