package anomaly

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"steward/engine/calc"
)

// Command is `steward calc anomaly`: CSV timestamp,value in, CSV
// timestamp,value,score out.
var Command = calc.Command{
	Name:    "anomaly",
	Summary: "score how unusual each value of a live series is: CSV timestamp,value",
	Example: "timestamp,value\n2026-03-01 00:00,41\n2026-03-01 00:05,39\n2026-03-01 00:10,44",
	Schema:  func() []byte { return calc.Schema[[]Point, []Scored]("anomaly") },
	Prepare: func(flags *flag.FlagSet) calc.Run {
		learn := flags.Int("learn", 0, "values of a learning period, the first of which is not scored (default 15 % of the values, 750 at most)")
		return func(ctx context.Context, in []byte) (calc.Answer, error) {
			points, err := ReadCSV(in)
			if err != nil {
				return calc.Answer{}, err
			}
			if *learn < 0 || *learn > mostLearn {
				return calc.Answer{}, calc.Wrong("--learn", "is %d; give %d to %d values", *learn, leastWait, mostLearn)
			}
			return score(ctx, points, *learn)
		}
	},
}

// Point is one measurement, a row of the input.
type Point struct {
	Timestamp string  `json:"timestamp" doc:"kept as it is"`
	Value     float64 `json:"value" doc:"empty or NaN is missing"`
	text      string
}

// Scored is a row of the output.
type Scored struct {
	Timestamp string  `json:"timestamp"`
	Value     float64 `json:"value"`
	Score     float64 `json:"score" doc:"0 usual to 1 unusual; above 0.9965 is an alarm"`
}

const (
	mostLearn  = 5_000
	mostPoints = 10_000_000
	mostSize   = 1e100
	listed     = 20
)

func score(ctx context.Context, points []Point, learn int) (calc.Answer, error) {
	if learn == 0 {
		learn = Probation(len(points))
	}
	d := New(learn)
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write([]string{"timestamp", "value", "score"})
	var alarms []string
	for i, p := range points {
		if i%1024 == 0 && ctx.Err() != nil {
			return calc.Answer{}, ctx.Err()
		}
		s := d.Next(p.Value)
		if s > Alarm {
			alarms = append(alarms, fmt.Sprintf("%s: the value %s and those before it are like none of %d windows lately.", p.Timestamp, p.text, len(d.history)))
		}
		w.Write([]string{p.Timestamp, p.text, strconv.FormatFloat(s, 'f', -1, 64)})
	}
	w.Flush()
	why := []string{fmt.Sprintf("%d values, %d alarm(s); the first %d values are learned from and not scored.", len(points), len(alarms), min(max(learn, leastWait), len(points)))}
	if len(alarms) > listed {
		alarms = append(alarms[:listed], fmt.Sprintf("… and %d more.", len(alarms)-listed))
	}
	return calc.Answer{Text: b.Bytes(), Explain: append(why, alarms...)}, nil
}

// ReadCSV reads rows of timestamp and value, with or without a header line. An
// empty value, NA or NaN is missing; anything else that is no number is refused
// with its line.
func ReadCSV(in []byte) ([]Point, error) {
	if !utf8.Valid(in) {
		return nil, calc.Wrong("", "the input is not valid UTF-8")
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(in, []byte("\ufeff"))))
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	var out []Point
	for n := 0; ; n++ {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			var p *csv.ParseError
			if errors.As(err, &p) {
				return nil, calc.Wrong("line "+strconv.Itoa(p.Line), "not CSV: %v", p.Err)
			}
			return nil, calc.Wrong("", "not CSV: %v", err)
		}
		line, _ := r.FieldPos(0)
		place := "line " + strconv.Itoa(line)
		if len(row) != 2 {
			return nil, calc.Wrong(place, "has %d field(s); give 2: timestamp,value", len(row))
		}
		text := strings.TrimSpace(row[1])
		if n == 0 && strings.EqualFold(text, "value") {
			continue
		}
		v, ok := number(text)
		switch {
		case !ok:
			return nil, calc.Wrong(place, "the value %q is not a number; write 12.5, or leave it empty when it is missing", short(text))
		case math.Abs(v) > mostSize:
			return nil, calc.Wrong(place, "the value %q is too large; the most is %g", short(text), mostSize)
		case len(out) == mostPoints:
			return nil, calc.Wrong(place, "there are more than %d values", mostPoints)
		}
		out = append(out, Point{strings.Clone(row[0]), v, strings.Clone(text)})
	}
	if len(out) == 0 {
		return nil, calc.Wrong("", "the input has no values; give lines of timestamp,value")
	}
	return out, nil
}

// number reads a finite number, or NaN for a missing one.
func number(s string) (float64, bool) {
	switch strings.ToLower(s) {
	case "", "na", "nan":
		return math.NaN(), true
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil && !math.IsInf(v, 0)
}

func short(s string) string {
	if r := []rune(s); len(r) > 30 {
		return string(r[:30]) + "…"
	}
	return s
}
