package cube

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// shown writes a value for reading: floats to six digits after the point.
func (v Value) shown() string {
	if v.Kind == Float && !v.Null && !v.Other && v.Text == "" {
		return strconv.FormatFloat(math.Round(v.Float*1e6)/1e6, 'f', -1, 64)
	}
	return v.String()
}

// Text lays the result out as a table of plain text, numbers to the right, the
// totals last.
func (r Result) Text() []byte {
	rows := [][]string{{}}
	for _, c := range r.Columns {
		rows[0] = append(rows[0], c.Name)
	}
	for _, row := range r.Rows {
		var cells []string
		for _, v := range row {
			cells = append(cells, v.shown())
		}
		rows = append(rows, cells)
	}
	var total []string
	for i, v := range r.Totals {
		switch {
		case !r.Columns[i].Measure && i == 0:
			total = append(total, "total")
		case !r.Columns[i].Measure || v.Null && i > 0:
			total = append(total, "")
		default:
			total = append(total, v.shown())
		}
	}
	if len(r.Rows) > 1 {
		rows = append(rows, total)
	}
	width := make([]int, len(r.Columns))
	for _, row := range rows {
		for i, c := range row {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	var b bytes.Buffer
	rule := func() {
		for i, w := range width {
			if i > 0 {
				b.WriteString("  ")
			}
			b.WriteString(strings.Repeat("-", w))
		}
		b.WriteByte('\n')
	}
	for n, row := range rows {
		if n == 1 || n == len(rows)-1 && len(r.Rows) > 1 && n > 1 {
			rule()
		}
		var line strings.Builder
		for i, c := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(c))
			if i > 0 {
				line.WriteString("  ")
			}
			if col := r.Columns[i]; col.Measure || col.Kind == Integer || col.Kind == Decimal {
				line.WriteString(pad + c)
			} else {
				line.WriteString(c + pad)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// CSV writes the result with a header; nothing is an empty cell.
func (r Result) CSV() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	var line []string
	for _, c := range r.Columns {
		line = append(line, c.Name)
	}
	_ = w.Write(line) // a buffer takes everything
	for _, row := range r.Rows {
		line = line[:0]
		for _, v := range row {
			if v.Null && !v.Other {
				line = append(line, "")
			} else {
				line = append(line, v.String())
			}
		}
		_ = w.Write(line)
	}
	w.Flush()
	return b.Bytes()
}

// MarshalJSON writes columns, rows as lists of values, totals and notes.
func (r Result) MarshalJSON() ([]byte, error) {
	type plain struct {
		Columns []ResultColumn `json:"columns"`
		Rows    [][]Value      `json:"rows"`
		Totals  []Value        `json:"totals"`
		Notes   []string       `json:"notes,omitempty"`
	}
	p := plain(r)
	if p.Rows == nil {
		p.Rows = [][]Value{}
	}
	return json.Marshal(p)
}
