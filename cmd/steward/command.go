package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"steward/engine/calc"
	"steward/kernel/fail"
)

// Exit codes every command keeps to.
const (
	exitDone   = 0 // it did what was asked
	exitFailed = 1 // it could not; the last line on standard error says why
	exitUsage  = 2 // it was asked wrongly; the line says what would be right
)

// streams are the three files a command talks through.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// command is one word after `steward`.
type command struct {
	name, summary string
	help          string // usage, flags in prose and an example, shown by --help
	run           func(ctx context.Context, s streams, args []string) error
}

// usage is wrong use of the command line: exit 2.
type usage struct{ problem string }

func (u usage) Error() string { return u.problem }

func wrongUse(format string, args ...any) error { return usage{fmt.Sprintf(format, args...)} }

// run finds the command that args name, runs it and returns the exit code.
func run(ctx context.Context, s streams, args []string) int {
	if len(args) == 0 {
		fmt.Fprint(s.err, overview())
		return exitUsage
	}
	if isHelp(args[0]) || args[0] == "help" {
		fmt.Fprint(s.out, overview())
		return exitDone
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		var err error = flag.ErrHelp
		if len(args) == 1 || !isHelp(args[1]) {
			err = c.run(ctx, s, args[1:])
		}
		if errors.Is(err, flag.ErrHelp) { // asked for anywhere among its words
			_, err = fmt.Fprintf(s.out, "steward %s: %s\n\n%s\n", c.name, c.summary, strings.TrimSpace(c.help))
		}
		return finish(s, "steward "+c.name, err)
	}
	fmt.Fprintf(s.err, "steward: there is no command %q; `steward help` lists them\n", args[0])
	return exitUsage
}

// finish turns a command's error into its line on standard error and its exit code.
func finish(s streams, who string, err error) int {
	var wrong usage
	var invalid *calc.Invalid
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &wrong), errors.As(err, &invalid), fail.Is(err, fail.Invalid), fail.Is(err, fail.TooLarge):
		fmt.Fprintf(s.err, "%s: %v\n", who, err)
		return exitUsage
	case errors.Is(err, context.Canceled) && !strings.HasPrefix(err.Error(), "stopped"): // unless it says how to go on
		err = errors.New("stopped")
	}
	fmt.Fprintf(s.err, "%s: %v\n", who, strings.TrimSuffix(err.Error(), ": context canceled"))
	return exitFailed
}

func isHelp(arg string) bool { return arg == "--help" || arg == "-h" || arg == "-help" }

func overview() string {
	var b strings.Builder
	b.WriteString("Steward, the management information system.\n\nCommands (each has --help with an example):\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-10s %s\n", c.name, c.summary)
	}
	return b.String()
}

// newFlags returns a flag set that reports its errors as wrong use.
func newFlags(name string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	return fs
}

// parse parses args, turning a flag error into wrong use. Flags may stand
// before and after the positional arguments, which it returns.
func parse(fs *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, usage{err.Error() + "; --help names them all"}
		}
		args = fs.Args()
		if len(args) == 0 {
			return rest, nil
		}
		rest, args = append(rest, args[0]), args[1:]
	}
}

// parseFlags is parse for a command that takes flags only.
func parseFlags(fs *flag.FlagSet, args []string) error {
	rest, err := parse(fs, args)
	if err == nil && len(rest) > 0 {
		err = wrongUse("%s takes flags only, no argument %q", fs.Name(), rest[0])
	}
	return err
}

// told answers in words, or with the value as JSON.
func told(w io.Writer, asJSON bool, value any, words string, args ...any) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(value)
	}
	_, err := fmt.Fprintf(w, words, args...)
	return err
}
