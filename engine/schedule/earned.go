package schedule

type EarnedValueInput struct{}
type EarnedMeasure struct{}

func EarnedValue(in *EarnedValueInput) (*EarnedMeasure, error) { return nil, nil }
