// Command steward is the whole program: server, agent, calculations,
// collectors and administration, one file a command.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s := streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	collectFor(os.Args[1:])
	os.Exit(run(ctx, s, os.Args[1:]))
}

// commands is the program's table of contents on the command line.
func commands() []command {
	return []command{
		serveCommand(),
		agentCommand(),
		demoCommand(),
		userCommand(),
		personCommand(),
		reportCommand(),
		backupCommand(),
		restoreCommand(),
		verifyCommand(),
		moveCommand(),
		tokenCommand(),
		importCommand(),
		calcCommand(),
		collectCommand(),
		schemaCommand(),
		versionCommand(),
	}
}
