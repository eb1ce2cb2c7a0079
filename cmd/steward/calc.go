package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"steward/engine/allocation"
	"steward/engine/calc"
	"steward/engine/cashflow"
	"steward/engine/forecast"
	"steward/engine/forecast/anomaly"
	"steward/engine/graph"
	"steward/engine/portfolio"
	"steward/engine/risk"
	"steward/engine/schedule"
	"steward/engine/worktime"
)

// calculations are the engines `steward calc` offers.
func calculations() []calc.Command {
	return []calc.Command{
		allocation.Command,
		cashflow.Command,
		portfolio.Command,
		risk.Command,
		schedule.Command,
		schedule.EarnedCommand,
		worktime.Command,
		graph.Command,
		cubeCommand(),
		forecast.Command,
		forecast.CrossingCommand,
		anomaly.Command,
	}
}

func calcCommand() command {
	return command{
		name: "calc", summary: "calculate: cash flows, portfolios, schedules, forecasts and more",
		help: calcHelp(),
		run:  runCalc,
	}
}

func calcHelp() string {
	var b strings.Builder
	b.WriteString("Usage: steward calc NAME [FILE|-] [--schema] [--explain]\n\nReads JSON (or CSV where said) from FILE or standard input, writes the answer to standard output.\n\n")
	for _, c := range calculations() {
		fmt.Fprintf(&b, "  %-12s %s\n", c.Name, c.Summary)
	}
	b.WriteString("\nExample: echo '{\"amounts\":[-100,60,60],\"rate\":0.1}' | steward calc cashflow --explain\n")
	return b.String()
}

func runCalc(ctx context.Context, s streams, args []string) error {
	if len(args) == 0 {
		return wrongUse("name a calculation; `steward calc --help` lists them")
	}
	if args[0] == "cube" { // reads data files and databases, not one JSON object
		return runCube(ctx, s, args[1:])
	}
	for _, c := range calculations() {
		if c.Name == args[0] {
			return runCalculation(ctx, s, c, args[1:])
		}
	}
	return wrongUse("there is no calculation %q; `steward calc --help` lists them", args[0])
}

func runCalculation(ctx context.Context, s streams, c calc.Command, args []string) error {
	fs := newFlags("calc " + c.Name)
	schema := fs.Bool("schema", false, "print the JSON Schema of input and output")
	explain := fs.Bool("explain", false, "say in words how the result came about")
	calculate := c.Prepare(fs)
	files, err := parse(fs, args)
	if err == flag.ErrHelp {
		fmt.Fprintf(s.out, "steward calc %s: %s\n\nUsage: steward calc %s [flags] [FILE|-]\n\nFlags:\n", c.Name, c.Summary, c.Name)
		fs.SetOutput(s.out)
		fs.PrintDefaults()
		fmt.Fprintf(s.out, "\nExample input:\n%s\n", strings.TrimSpace(c.Example))
		return nil
	}
	if err != nil {
		return err
	}
	if *schema {
		_, err := s.out.Write(c.Schema())
		return err
	}
	if len(files) > 1 {
		return wrongUse("give one file at most, not %d", len(files))
	}
	in, err := readInput(s, files)
	if err != nil {
		return err
	}
	answer, err := calculate(ctx, in)
	if err != nil {
		return err
	}
	if *explain {
		for _, line := range answer.Explain {
			fmt.Fprintln(s.err, line)
		}
	}
	if answer.Text != nil {
		_, err = s.out.Write(answer.Text)
		return err
	}
	out, err := json.MarshalIndent(answer.Output, "", "  ")
	if err != nil {
		return err
	}
	_, err = s.out.Write(append(out, '\n'))
	return err
}

// readInput reads the named file, or standard input without one or with "-".
func readInput(s streams, files []string) ([]byte, error) {
	from := s.in
	if len(files) == 1 && files[0] != "-" {
		f, err := os.Open(files[0])
		if err != nil {
			return nil, wrongUse("%v", err)
		}
		defer f.Close()
		if about, err := f.Stat(); err == nil && about.IsDir() {
			return nil, wrongUse("%s is a directory; give a file", files[0])
		}
		from = f
	}
	in, err := io.ReadAll(io.LimitReader(from, calc.MaxInput+1))
	if err != nil {
		return nil, err
	}
	if len(in) > calc.MaxInput {
		return nil, wrongUse("the input is larger than %d MB", calc.MaxInput>>20)
	}
	return in, nil
}
