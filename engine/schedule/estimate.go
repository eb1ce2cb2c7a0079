package schedule

// mean is the expected duration: (o+4m+p)/6 for PERT.
func (e *Estimate) mean() float64 {
	switch e.Shape {
	case "triangular":
		return (e.Optimistic + e.Likely + e.Pessimistic) / 3
	case "uniform":
		return (e.Optimistic + e.Pessimistic) / 2
	case "fixed":
		return e.Likely
	}
	return (e.Optimistic + 4*e.Likely + e.Pessimistic) / 6
}
