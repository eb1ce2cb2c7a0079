package main

import (
	"context"
	"flag"

	"steward/engine/cube"
)

// variance is the part of `calc cube` that splits a change between two periods.
type variance struct{}

func varianceFlags(*flag.FlagSet) *variance { return &variance{} }
func (*variance) names() []string           { return nil }
func (*variance) asked() bool               { return false }
func (*variance) run(context.Context, streams, *cube.Table, cube.Viewer, cube.Query, string) error {
	return nil
}
