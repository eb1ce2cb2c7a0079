package schedule

import (
	"bytes"
	"context"
	"flag"

	"steward/engine/calc"
	"steward/engine/schedule/mspdi"
	"steward/engine/schedule/rcpsp"
	"steward/engine/schedule/xer"
)

// Command is the engine as `steward calc schedule` offers it.
var Command = calc.Command{
	Name:    "schedule",
	Summary: "critical path, levelling under resource limits, schedule risk, earned value; reads Microsoft Project XML and XER",
	Example: `{"resources":[{"id":"crew","capacity":4}],
 "tasks":[
  {"id":"dig","duration":3,"needs":{"crew":3}},
  {"id":"pour","duration":2,"needs":{"crew":2},"after":[{"task":"dig","type":"FS","lag":1}]},
  {"id":"wire","duration":4,"needs":{"crew":2}}],
 "time_limit_s":1}`,
	Schema:  func() []byte { return calc.Schema[Input, Output]("schedule") },
	Prepare: prepare,
}

// EarnedCommand is earned value alone, as `steward calc earned-value`.
var EarnedCommand = calc.JSON("earned-value",
	"earned value: CPI, SPI, every EAC, TCPI, earned schedule",
	`{"budget":100000,"planned":40000,"earned":35000,"actual":63000}`,
	func(_ context.Context, in EarnedValueInput) (*EarnedMeasure, []string, error) {
		m, err := EarnedValue(&in)
		if err != nil {
			return nil, nil, err
		}
		return m, m.explain(), nil
	})

func prepare(flags *flag.FlagSet) calc.Run {
	format := flags.String("format", "json", "what to write: json or mspdi (Microsoft Project XML)")
	level := flags.String("level", "", "whether resource limits move tasks: yes, no or preview; overrides the input")
	return func(ctx context.Context, raw []byte) (calc.Answer, error) {
		if *format != "json" && *format != "mspdi" {
			return calc.Answer{}, calc.Wrong("--format", "%q is unknown; use json or mspdi", *format)
		}
		in, err := Read(raw)
		if err != nil {
			return calc.Answer{}, err
		}
		if *level != "" {
			in.Level = *level
		}
		if *format == "mspdi" {
			text, err := MSPDI(ctx, in)
			return calc.Answer{Text: text}, err
		}
		out, why, err := Solve(ctx, in)
		if err != nil {
			return calc.Answer{}, err
		}
		return calc.Answer{Output: out, Explain: why}, nil
	}
}

// Read reads a project in any of the formats known, told apart by content:
// the engine's own JSON, Microsoft Project XML, Primavera XER, PSPLIB.
func Read(raw []byte) (Input, error) {
	head := mspdi.Plain(raw)
	switch {
	case bytes.HasPrefix(head, []byte("****")) && bytes.Contains(head, []byte("PRECEDENCE RELATIONS:")):
		return readPSPLIB(head)
	case xer.Looks(head):
		return fromXER(head)
	case bytes.HasPrefix(head, []byte("<")):
		return fromMSPDI(raw)
	}
	return calc.Decode[Input](raw)
}

func readPSPLIB(raw []byte) (Input, error) {
	pr, err := rcpsp.ReadPSPLIB(bytes.NewReader(raw))
	if err != nil {
		return Input{}, calc.Wrong("", "%v", err)
	}
	return fromProblem(pr), nil
}
