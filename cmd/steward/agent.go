package main

import (
	"context"
	"errors"

	"steward/agent/cli"
)

func agentCommand() command {
	return command{
		name: "agent", summary: "this machine's inventory: print it, or report it to a server",
		help: cli.Help("steward agent") + agentTokenHelp,
		run: func(ctx context.Context, s streams, args []string) error {
			if len(args) > 0 && args[0] == "token" {
				return agentToken(ctx, s, args[1:])
			}
			err := cli.Run(ctx, s.out, s.err, args, version())
			var wrong cli.Usage
			if errors.As(err, &wrong) {
				return wrongUse("%s", wrong.Problem)
			}
			return err
		},
	}
}
