package cube

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Kind is the type of a column or a result.
type Kind string

const (
	Text    Kind = "text"
	Integer Kind = "integer"
	Decimal Kind = "decimal" // whole numbers of 10^-Scale
	Float   Kind = "float"
	Bool    Kind = "bool"
	Date    Kind = "date"   // days since 1970-01-01
	Moment  Kind = "moment" // microseconds since 1970-01-01
)

// Column is a column of a table.
type Column struct {
	Name  string `json:"name"`
	Kind  Kind   `json:"kind"`
	Scale int    `json:"scale,omitempty"`
}

// Vector is some rows of a column: Floats for Float, Data cut by From and To for
// Text, Ints for all others. Null[i] says that row i has no value; nil: all have.
type Vector struct {
	Null     []bool
	Ints     []int64
	Floats   []float64
	Data     []byte
	From, To []uint32
}

// Value is one cell of a result.
type Value struct {
	Kind  Kind
	Null  bool // no value: nothing there, or a division by zero
	Other bool // the rest after a top n
	Int   int64
	Scale int
	Float float64
	Text  string // also how a period is called
}

// String writes the value; nothing is '–'.
func (v Value) String() string {
	switch {
	case v.Other:
		return "other"
	case v.Null:
		return "–"
	case v.Text != "" || v.Kind == Text:
		return v.Text
	}
	switch v.Kind {
	case Float:
		return strconv.FormatFloat(v.Float, 'g', -1, 64)
	case Decimal:
		return scaled(v.Int, v.Scale)
	case Bool:
		return strconv.FormatBool(v.Int != 0)
	case Date:
		return time.Unix(v.Int*86400, 0).UTC().Format("2006-01-02")
	case Moment:
		return time.UnixMicro(v.Int).UTC().Format("2006-01-02T15:04:05.999999Z")
	}
	return strconv.FormatInt(v.Int, 10)
}

// MarshalJSON writes numbers as numbers, decimals digit by digit.
func (v Value) MarshalJSON() ([]byte, error) {
	switch {
	case v.Other:
		return []byte(`"other"`), nil
	case v.Null || v.Kind == Float && (math.IsNaN(v.Float) || math.IsInf(v.Float, 0)):
		return []byte("null"), nil
	case v.Text == "" && (v.Kind == Integer || v.Kind == Decimal || v.Kind == Float || v.Kind == Bool):
		return []byte(v.String()), nil
	}
	return quoteJSON(v.String()), nil
}

// number is the value as a float, for ordering and ratios.
func (v Value) number() float64 {
	switch v.Kind {
	case Float:
		return v.Float
	case Decimal:
		return float64(v.Int) / math.Pow10(v.Scale)
	}
	return float64(v.Int)
}

func scaled(n int64, scale int) string {
	if scale == 0 {
		return strconv.FormatInt(n, 10)
	}
	sign, u := "", uint64(n)
	if n < 0 {
		sign, u = "-", -u
	}
	s := strconv.FormatUint(u, 10)
	if len(s) <= scale {
		s = strings.Repeat("0", scale+1-len(s)) + s
	}
	return sign + s[:len(s)-scale] + "." + s[len(s)-scale:]
}

// parseScaled reads a plain number as a whole count of 10^-scale.
func parseScaled(s string, scale int) (int64, bool) {
	whole, frac, _ := strings.Cut(s, ".")
	frac = strings.TrimRight(frac, "0")
	if len(frac) > scale || whole == "" && frac == "" || strings.ContainsAny(frac, "+-") {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+frac+strings.Repeat("0", scale-len(frac)), 10, 64)
	return n, err == nil
}

func parseDate(s string) (int64, bool) {
	t, err := time.Parse("2006-01-02", s)
	return t.Unix() / 86400, err == nil
}

func parseMoment(s string) (int64, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UnixMicro(), true
		}
	}
	return 0, false
}

// literal reads text as a value of the column, for filters.
func (c Column) literal(s string) (Value, error) {
	v := Value{Kind: c.Kind, Scale: c.Scale}
	ok := true
	switch c.Kind {
	case Text:
		v.Text = s
	case Integer:
		v.Int, ok = parseScaled(s, 0)
	case Decimal:
		v.Int, ok = parseScaled(s, c.Scale)
	case Float:
		f, err := strconv.ParseFloat(s, 64)
		v.Float, ok = f, err == nil && !math.IsNaN(f)
	case Bool:
		b, err := strconv.ParseBool(strings.ToLower(s))
		if ok = err == nil; b {
			v.Int = 1
		}
	case Date:
		v.Int, ok = parseDate(s)
	case Moment:
		v.Int, ok = parseMoment(s)
	}
	if !ok {
		what := map[Kind]string{Integer: "a whole number", Decimal: fmt.Sprintf("a number with up to %d digits after the point", c.Scale), Float: "a number", Bool: "true or false", Date: "a date as YYYY-MM-DD", Moment: "a moment as YYYY-MM-DDTHH:MM:SS"}[c.Kind]
		return v, fmt.Errorf("%q is not %s, as column %q wants", s, what, c.Name)
	}
	return v, nil
}
