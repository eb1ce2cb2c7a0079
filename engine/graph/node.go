package graph

import (
	"math"

	"steward/engine/calc"
)

func (n Node) check(where string) error {
	bad := func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }
	switch {
	case n.Availability != nil && (bad(*n.Availability) || *n.Availability < 0 || *n.Availability > 1):
		return calc.Wrong(where+".availability", "is %v; it is a share of time, 0 to 1 (99.9 %% is 0.999)", *n.Availability)
	case n.Availability != nil && (n.MTBF != nil || n.MTTR != nil):
		return calc.Wrong(where+".availability", "give either availability or mtbf_hours with mttr_hours, not both")
	case (n.MTBF == nil) != (n.MTTR == nil):
		return calc.Wrong(where, "give mtbf_hours and mttr_hours together")
	case n.MTBF != nil && (bad(*n.MTBF) || *n.MTBF <= 0):
		return calc.Wrong(where+".mtbf_hours", "is %v; it must be above 0", *n.MTBF)
	case n.MTTR != nil && (bad(*n.MTTR) || *n.MTTR < 0):
		return calc.Wrong(where+".mttr_hours", "is %v; it must not be below 0", *n.MTTR)
	case n.Logical && (n.Availability != nil || n.MTBF != nil):
		return calc.Wrong(where+".logical", "a logical node cannot fail by itself, so it has no availability of its own")
	}
	return nil
}

// down is the share of time the node itself is down, and whether that is known.
// It is computed without first taking 1 minus something near 1.
func (n Node) down() (q float64, known bool) {
	switch {
	case n.Logical:
		return 0, true
	case n.Availability != nil:
		return 1 - *n.Availability, true
	case n.MTBF != nil:
		return *n.MTTR / (*n.MTBF + *n.MTTR), true
	}
	return 0, false
}
