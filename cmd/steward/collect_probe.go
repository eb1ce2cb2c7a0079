package main

import (
	"context"
	"errors"
	"strings"

	"steward/collect/fact"
	"steward/collect/probe"
)

// several is a flag that may be given more than once.
type several []string

func (s *several) String() string     { return strings.Join(*s, ", ") }
func (s *several) Set(v string) error { *s = append(*s, v); return nil }

func probeCollector() collector {
	return collector{
		name: "probe", summary: "whether services answer, rightly, and how fast: HTTP, TLS, DNS, mail, LDAP, ICMP …",
		help: "Usage: steward collect probe TARGET… [flags]\n\n" + probe.Help + `
Protocols: ` + strings.Join(probe.Schemes(), ", ") + `
Agents ask the same from where they are: steward-agent probe TARGET…

Example: steward collect probe https://www.example.org --status 200 --tls-days 14`,
		schema: func() []byte { return factSchema("collect probe", map[string]any{"probe": probe.Result{}}) },
		run:    runProbe,
	}
}

func runProbe(ctx context.Context, s streams, args []string, emit fact.Emit) error {
	fs := newFlags("collect probe")
	options := probe.Flags(fs)
	targets, err := parse(fs, args)
	if err != nil {
		return err
	}
	o, err := options()
	if err != nil {
		return wrongUse("%s", err)
	}
	err = probe.All(ctx, targets, o, emit)
	var use probe.Use
	if errors.As(err, &use) {
		return wrongUse("%s", use.Problem)
	}
	return err
}
