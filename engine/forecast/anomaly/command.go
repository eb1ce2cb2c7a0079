package anomaly

import (
	"bytes"
	"cmp"
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
// timestamp,value,score out; or JSON in and out.
var Command = calc.Command{
	Name:    "anomaly",
	Summary: "score how unusual each value of a live series is: CSV timestamp,value, or JSON",
	Example: "timestamp,value\n2026-03-01 00:00,41\n2026-03-01 00:05,39\n2026-03-01 00:10,44",
	Schema:  func() []byte { return calc.Schema[Request, Answer]("anomaly") },
	Prepare: func(flags *flag.FlagSet) calc.Run {
		learn := flags.Int("learn", 0, "values of a learning period, the first of which is not scored (default 15 % of the values, 750 at most)")
		return func(ctx context.Context, in []byte) (calc.Answer, error) {
			if *learn < 0 || *learn > mostLearn {
				return calc.Answer{}, calc.Wrong("--learn", "is %d; give %d to %d values", *learn, leastWait, mostLearn)
			}
			if isJSON(in) {
				return scoreJSON(ctx, in, *learn)
			}
			points, err := ReadCSV(in)
			if err != nil {
				return calc.Answer{}, err
			}
			return score(ctx, points, *learn)
		}
	},
}

// Request is the JSON input of the command.
type Request struct {
	Learn  int       `json:"learn,omitempty" doc:"values of a learning period; default 15 % of the values, 750 at most"`
	Points []InPoint `json:"points" doc:"the series, oldest first"`
}

// InPoint is one measurement of a Request.
type InPoint struct {
	Timestamp string   `json:"timestamp,omitempty" doc:"kept as it is"`
	Value     *float64 `json:"value" doc:"null is missing"`
}

// Answer is the JSON output of the command.
type Answer struct {
	Points []Scored `json:"points" doc:"one for each of the input"`
}

// Scored is a point of an Answer.
type Scored struct {
	Timestamp string   `json:"timestamp,omitempty"`
	Value     *float64 `json:"value"`
	Score     float64  `json:"score" doc:"0 usual to 1 unusual; above 0.9965 is an alarm"`
}

// Point is one measurement, a row of the input.
type Point struct {
	Timestamp string
	Value     float64 // NaN is missing
	text      string
}

const (
	mostLearn  = 5_000
	mostPoints = 10_000_000
	mostSize   = 1e100
	listed     = 20
)

func isJSON(in []byte) bool {
	in = bytes.TrimSpace(in)
	return len(in) > 0 && in[0] == '{'
}

func scoreJSON(ctx context.Context, in []byte, learn int) (calc.Answer, error) {
	r, err := calc.Decode[Request](in)
	if err != nil {
		return calc.Answer{}, err
	}
	if r.Learn < 0 || r.Learn > mostLearn {
		return calc.Answer{}, calc.Wrong("learn", "is %d; give %d to %d values", r.Learn, leastWait, mostLearn)
	}
	if len(r.Points) == 0 {
		return calc.Answer{}, calc.Wrong("points", "is empty; give at least one value")
	}
	points := make([]Point, len(r.Points))
	for i, p := range r.Points {
		points[i] = Point{Timestamp: p.Timestamp, Value: math.NaN()}
		if p.Value != nil {
			points[i].Value, points[i].text = *p.Value, strconv.FormatFloat(*p.Value, 'g', -1, 64)
		}
		if math.Abs(points[i].Value) > mostSize {
			return calc.Answer{}, calc.Wrong(fmt.Sprintf("points[%d].value", i), "is too large; the most is %g", mostSize)
		}
	}
	scores, why, err := scored(ctx, points, cmp.Or(r.Learn, learn))
	if err != nil {
		return calc.Answer{}, err
	}
	out := Answer{Points: make([]Scored, len(points))}
	for i, p := range r.Points {
		out.Points[i] = Scored{p.Timestamp, p.Value, scores[i]}
	}
	return calc.Answer{Output: out, Explain: why}, nil
}

func score(ctx context.Context, points []Point, learn int) (calc.Answer, error) {
	scores, why, err := scored(ctx, points, learn)
	if err != nil {
		return calc.Answer{}, err
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write([]string{"timestamp", "value", "score"})
	for i, p := range points {
		w.Write([]string{p.Timestamp, p.text, strconv.FormatFloat(scores[i], 'f', -1, 64)})
	}
	w.Flush()
	return calc.Answer{Text: b.Bytes(), Explain: why}, nil
}

// scored runs a detector over the points and says what it raised alarms for.
func scored(ctx context.Context, points []Point, learn int) (scores []float64, why []string, err error) {
	if learn == 0 {
		learn = Probation(len(points))
	}
	d := New(learn)
	scores = make([]float64, len(points))
	var alarms []string
	for i, p := range points {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if scores[i] = d.Next(p.Value); scores[i] > Alarm {
			at := p.Timestamp
			if at == "" {
				at = fmt.Sprintf("value %d", i+1)
			}
			alarms = append(alarms, fmt.Sprintf("%s: the value %s and those before it are like none of %d windows lately.", at, p.text, len(d.history)))
		}
	}
	why = []string{fmt.Sprintf("%d values, %d alarm(s); the first %d values are learned from and not scored.", len(points), len(alarms), min(max(learn, leastWait), len(points)))}
	if len(alarms) > listed {
		alarms = append(alarms[:listed], fmt.Sprintf("… and %d more.", len(alarms)-listed))
	}
	return scores, append(why, alarms...), nil
}

// ReadCSV reads rows of timestamp and value, with or without a header line; under one
// that names both they may stand among other columns, which are left out. Fields
// stand apart by comma, semicolon or tab. An empty value, NA or NaN is missing; anything else that is no number is refused
// with its line.
func ReadCSV(in []byte) ([]Point, error) {
	if !utf8.Valid(in) {
		return nil, calc.Wrong("", "the input is not valid UTF-8")
	}
	in = bytes.TrimPrefix(in, []byte("\ufeff"))
	r := csv.NewReader(bytes.NewReader(in))
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	r.Comma = separator(in)
	moment, value, width := 0, 1, 2
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
		if n == 0 {
			if a, b, ok := columns(row); ok {
				moment, value, width = a, b, len(row)
				continue
			}
		}
		if len(row) != width {
			if width > 2 {
				return nil, calc.Wrong(place, "has %d field(s) where the header has %d", len(row), width)
			}
			return nil, calc.Wrong(place, "has %d field(s); give 2: timestamp,value", len(row))
		}
		text := strings.TrimSpace(row[value])
		if n == 0 && strings.EqualFold(text, "value") {
			continue
		}
		if r.Comma != ',' && strings.Count(text, ",") == 1 {
			text = strings.Replace(text, ",", ".", 1) // the decimal comma
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
		out = append(out, Point{strings.Clone(row[moment]), v, strings.Clone(text)})
	}
	if len(out) == 0 {
		return nil, calc.Wrong("", "the input has no values; give lines of timestamp,value")
	}
	return out, nil
}

// columns finds the two fields in a header that names both.
func columns(row []string) (moment, value int, ok bool) {
	moment, value = -1, -1
	for i, name := range row {
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "timestamp":
			moment = i
		case "value":
			value = i
		}
	}
	return moment, value, moment >= 0 && value >= 0
}

// separator is the comma, or what the first line has instead.
func separator(in []byte) rune {
	first, _, _ := bytes.Cut(in, []byte("\n"))
	for _, c := range ";\t" {
		if bytes.ContainsRune(first, c) && (!bytes.Contains(first, []byte(",")) || bytes.Count(first, []byte(string(c))) == 1) {
			return c
		}
	}
	return ','
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
