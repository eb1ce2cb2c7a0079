// Package calc is the edge the engines share: how a calculation is offered to
// `steward calc`, how its JSON input is read strictly, and how wrong input is
// named. It does no I/O; bytes come in and a value goes out.
package calc

import (
	"context"
	"flag"
	"fmt"
)

// Command is one engine as `steward calc NAME` offers it.
type Command struct {
	Name    string
	Summary string // one line, shown in the list of engines
	Example string // a whole input that works, shown by --help
	Schema  func() []byte
	// Prepare declares the engine's own flags, if it has any, and returns what
	// runs once they are parsed.
	Prepare func(flags *flag.FlagSet) Run
}

// Run calculates. It stops early, with the best answer so far or ctx's error,
// when ctx is done.
type Run func(ctx context.Context, in []byte) (Answer, error)

// Answer is what a calculation found.
type Answer struct {
	// Output is written as indented JSON, unless Text is set.
	Output any
	// Text is written as it is: CSV or XML, for engines that answer so.
	Text []byte
	// Explain says in sentences how the result came about, for --explain.
	Explain []string
}

// Invalid is wrong input: where it is wrong and what would be right. The
// program shows it in one line and ends with exit code 2.
type Invalid struct {
	Where   string // a path into the input, such as "items[3].value" or "line 7"
	Problem string // what is wrong with it and what would be right
}

func (e *Invalid) Error() string {
	if e.Where == "" {
		return e.Problem
	}
	return e.Where + ": " + e.Problem
}

// Wrong returns an Invalid for the place where, its problem formatted.
func Wrong(where, format string, args ...any) error {
	return &Invalid{Where: where, Problem: fmt.Sprintf(format, args...)}
}

// JSON makes a command of a function from a JSON object to a value.
// The schema is derived from In and Out; a field's `doc` tag is its description.
func JSON[In, Out any](name, summary, example string, solve func(context.Context, In) (Out, []string, error)) Command {
	return Command{
		Name: name, Summary: summary, Example: example,
		Schema: func() []byte { return Schema[In, Out](name) },
		Prepare: func(*flag.FlagSet) Run {
			return func(ctx context.Context, raw []byte) (Answer, error) {
				in, err := Decode[In](raw)
				if err != nil {
					return Answer{}, err
				}
				out, why, err := solve(ctx, in)
				if err != nil {
					return Answer{}, err
				}
				return Answer{Output: out, Explain: why}, nil
			}
		},
	}
}
