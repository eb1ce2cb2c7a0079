package main

import (
	"context"
	"errors"

	"steward/agent/cli"
)

func agentCommand() command {
	return command{
		name: "agent", summary: "this machine's inventory: print it, or report it to a server",
		help: cli.Help("steward agent"),
		run: func(ctx context.Context, s streams, args []string) error {
			err := cli.Run(ctx, s.out, s.err, args, version())
			var wrong cli.Usage
			if errors.As(err, &wrong) {
				return wrongUse("%s", wrong.Problem)
			}
			return err
		},
	}
}
