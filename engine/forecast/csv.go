package forecast

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"steward/engine/calc"
)

// Table is what a CSV of series held, with the periods as they were written.
type Table struct {
	Series  []Series
	Periods [][]string // by series, the period of each value
}

const (
	maxSeries  = 200_000
	maxPeriods = 10_000_000
)

// ReadCSV reads rows of series, period and value, with or without a header line; a
// header that names all three may have them in another order and among others.
// Fields stand apart by comma, semicolon or tab; with a semicolon or tab 12,5 is a
// number too. Rows of a series need not stand together. They are taken in their order of
// period when every period of the series is a number or a date, and must be
// ascending as text otherwise. An empty value, NA or NaN is missing, and so is a
// month, quarter, year or whole number that is left out; anything else that is no
// number is refused with its line.
func ReadCSV(in []byte, frequency int) (Table, error) {
	if !utf8.Valid(in) {
		return Table{}, calc.Wrong("", "the input is not valid UTF-8")
	}
	in = bytes.TrimPrefix(in, []byte("\ufeff"))
	r := csv.NewReader(bytes.NewReader(in))
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	r.Comma = separator(in)
	t := table{at: map[string]int{}, decimalComma: r.Comma != ','}
	for n := 0; ; n++ {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Table{}, wrongCSV(err)
		}
		line, _ := r.FieldPos(0)
		if n == 0 && t.header(row) {
			continue
		}
		if err := t.add(row, line); err != nil {
			return Table{}, err
		}
	}
	if len(t.series) == 0 {
		return Table{}, calc.Wrong("", "the input has no rows; give lines of series,period,value")
	}
	return t.finish(frequency)
}

func wrongCSV(err error) error {
	var p *csv.ParseError
	if errors.As(err, &p) {
		return calc.Wrong("line "+strconv.Itoa(p.Line), "not CSV: %v", p.Err)
	}
	return calc.Wrong("", "not CSV: %v", err)
}

// separator is the comma, or the semicolon or tab where the first line has more of
// those.
func separator(in []byte) rune {
	first, _, _ := bytes.Cut(in, []byte("\n"))
	for _, c := range ";\t" {
		if n := bytes.Count(first, []byte(string(c))); n >= 2 && n > bytes.Count(first, []byte(",")) {
			return c
		}
	}
	return ','
}

// header takes the first row for a header when it names the three fields, or when
// neither its period has a digit nor its value is a number.
func (t *table) header(row []string) bool {
	at := map[string]int{}
	for i, name := range row {
		at[strings.ToLower(strings.TrimSpace(name))] = i
	}
	series, ok1 := at["series"]
	period, ok2 := at["period"]
	value, ok3 := at["value"]
	if ok1 && ok2 && ok3 {
		t.places, t.width = [3]int{series, period, value}, len(row)
		return true
	}
	t.places, t.width = [3]int{0, 1, 2}, 3
	if len(row) != 3 || strings.ContainsAny(row[1], "0123456789") {
		return false
	}
	_, number := t.number(row[2])
	return !number
}

type table struct {
	series []rows
	at     map[string]int
	total  int

	decimalComma bool
	places       [3]int // of series, period and value in a row
	width        int    // fields of a row
}

type rows struct {
	name   string
	period []string
	value  []float64
	line   []int
}

func (t *table) add(row []string, line int) error {
	place := "line " + strconv.Itoa(line)
	if len(row) != t.width {
		if t.width != 3 {
			return calc.Wrong(place, "has %d fields where the header has %d", len(row), t.width)
		}
		return calc.Wrong(place, "has %d fields; give 3: series,period,value", len(row))
	}
	name, period, value := strings.TrimSpace(row[t.places[0]]), strings.TrimSpace(row[t.places[1]]), row[t.places[2]]
	v, ok := t.number(value)
	switch {
	case name == "":
		return calc.Wrong(place, "the series has no name; give one in the first field")
	case period == "":
		return calc.Wrong(place, "the period is empty; give one such as 2026-03 or 27")
	case !ok:
		return calc.Wrong(place, "the value %q is not a number; write 12.5, or leave it empty when it is missing", short(value))
	case math.Abs(v) > maxSize:
		return calc.Wrong(place, "the value %q is too large; the most is %g", short(value), maxSize)
	}
	i, known := t.at[name]
	if !known {
		if i = len(t.series); i == maxSeries {
			return calc.Wrong(place, "there are more than %d series", maxSeries)
		}
		name = strings.Clone(name)
		t.at[name] = i
		t.series = append(t.series, rows{name: name})
	}
	if t.total++; t.total > maxPeriods {
		return calc.Wrong(place, "there are more than %d rows", maxPeriods)
	}
	s := &t.series[i]
	s.period = append(s.period, strings.Clone(period))
	s.value = append(s.value, v)
	s.line = append(s.line, line)
	return nil
}

// number reads a value; where fields do not stand apart by commas, one comma may
// be the decimal one.
func (t *table) number(s string) (float64, bool) {
	if t.decimalComma && strings.Count(s, ",") == 1 && !strings.Contains(s, ".") {
		s = strings.Replace(s, ",", ".", 1)
	}
	return number64(s)
}

// number64 reads a finite number, or NaN for a missing one.
func number64(s string) (float64, bool) {
	s = strings.TrimSpace(s)
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

func (t *table) finish(frequency int) (Table, error) {
	out := Table{}
	for _, r := range t.series {
		values, periods, err := r.order()
		if err != nil {
			return Table{}, err
		}
		out.Series = append(out.Series, Series{Name: r.name, Frequency: frequency, Values: values})
		out.Periods = append(out.Periods, periods)
	}
	return out, nil
}
