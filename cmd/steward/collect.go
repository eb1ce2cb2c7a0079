package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"steward/collect/fact"
)

// collector is one word after `steward collect`. Its run parses its own flags
// and targets from args and emits observations, written as JSON lines.
type collector struct {
	name, summary, help string
	schema              func() []byte // JSON Schema of the observations' data, by kind
	run                 func(ctx context.Context, s streams, args []string, emit fact.Emit) error
}

// collectors are what `steward collect` offers.
func collectors() []collector {
	return []collector{
		tableCollector(),
		hostCollector(),
		protectionCollector(),
		agentsCollector(),
		probeCollector(),
		networkCollector(),
		databaseCollector(),
		backupCollector(),
		advisoryCollector(),
		receiveCollector(),
	}
}

func collectCommand() command {
	var b strings.Builder
	b.WriteString("Usage: steward collect NAME TARGET… [flags]\n\nPrints one fact a line as JSON; progress goes to standard error.\n\n")
	for _, c := range collectors() {
		fmt.Fprintf(&b, "  %-10s %s\n", c.name, c.summary)
	}
	b.WriteString("\nExample: steward collect host\n")
	return command{name: "collect", summary: "find out facts: hosts, networks, databases, backups, tables", help: b.String(), run: runCollect}
}

func runCollect(ctx context.Context, s streams, args []string) error {
	if len(args) == 0 {
		return wrongUse("name a collector; `steward collect --help` lists them")
	}
	for _, c := range collectors() {
		if c.name != args[0] {
			continue
		}
		for _, a := range args[1:] {
			switch {
			case isHelp(a):
				fmt.Fprintf(s.out, "steward collect %s: %s\n\n%s\n", c.name, c.summary, strings.TrimSpace(c.help))
				return nil
			case a == "--schema" || a == "-schema":
				_, err := s.out.Write(c.schema())
				return err
			}
		}
		lines := json.NewEncoder(s.out)
		return c.run(ctx, s, args[1:], func(o fact.Observation) error { return lines.Encode(o) })
	}
	return wrongUse("there is no collector %q; `steward collect --help` lists them", args[0])
}
