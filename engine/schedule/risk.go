package schedule

import "context"

type RiskInput struct{}
type RiskOutput struct{}

func (p *project) simulate(ctx context.Context, in *RiskInput) (*RiskOutput, error) { return nil, nil }
