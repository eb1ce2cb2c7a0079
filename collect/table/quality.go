package table

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Check is a rule about a table's quality, written as data.
type Check struct {
	Rule      string   `json:"rule" doc:"complete, valid, unique, consistent, timely, sum or rows"`
	Column    string   `json:"column,omitempty"`
	Columns   []string `json:"columns,omitempty" doc:"unique: the columns that together must differ"`
	In        []string `json:"in,omitempty" doc:"valid: the values allowed"`
	Pattern   string   `json:"pattern,omitempty" doc:"valid: a regular expression the whole text must match"`
	Min       string   `json:"min,omitempty" doc:"valid: least value; rows: least number"`
	Max       string   `json:"max,omitempty"`
	Op        string   `json:"op,omitempty" doc:"consistent: how column stands to other: <, <=, =, >=, >"`
	Other     string   `json:"other,omitempty" doc:"consistent: the second column"`
	Within    string   `json:"within,omitempty" doc:"timely: how old the newest value may be, e.g. 48h or 7d"`
	Now       string   `json:"now,omitempty" doc:"timely: the moment to reckon from, RFC 3339"`
	Equals    string   `json:"equals,omitempty" doc:"sum: the control sum"`
	Tolerance string   `json:"tolerance,omitempty" doc:"sum: by how much it may differ"`
	Allow     float64  `json:"allow,omitempty" doc:"share of rows that may break the rule, 0 to 1"`
}

// Finding is what a check found.
type Finding struct {
	Check
	Holds    bool    `json:"holds"`
	Broken   int64   `json:"broken" doc:"rows that break the rule"`
	Share    float64 `json:"share" doc:"of all rows"`
	Found    string  `json:"found,omitempty" doc:"the value found: sum, rows, newest"`
	Examples []int64 `json:"examples,omitempty" doc:"lines or rows of the first ten"`
}

// check is a rule at work.
type check struct {
	Finding
	col, other int
	cols       []int
	test       func(b *Batch, row int) bool // true: the row breaks the rule
	seen       hashSet
	sum        controlSum
	column     Column
	newest     int64
	any        bool
}

func prepareChecks(cols []Column, list []Check) ([]*check, error) {
	find := func(i int, name string) (int, error) {
		for c := range cols {
			if cols[c].Name == name {
				return c, nil
			}
		}
		return 0, Wrong(fmt.Sprintf("checks[%d]", i), "there is no column %q", name)
	}
	var out []*check
	for i, x := range list {
		c := &check{Finding: Finding{Check: x}, col: -1, other: -1}
		var err error
		if x.Column != "" {
			if c.col, err = find(i, x.Column); err != nil {
				return nil, err
			}
			c.column = cols[c.col]
		} else if x.Rule != "unique" && x.Rule != "rows" {
			return nil, Wrong(fmt.Sprintf("checks[%d].column", i), "is missing; %q is about a column", x.Rule)
		}
		if x.Other != "" {
			if c.other, err = find(i, x.Other); err != nil {
				return nil, err
			}
		}
		for _, name := range x.Columns {
			k, err := find(i, name)
			if err != nil {
				return nil, err
			}
			c.cols = append(c.cols, k)
		}
		if c.col >= 0 {
			c.cols = append(c.cols, c.col)
		}
		if err := c.prepare(cols); err != nil {
			return nil, Wrong(fmt.Sprintf("checks[%d]", i), "%v", err)
		}
		out = append(out, c)
	}
	return out, nil
}

func (c *check) prepare(cols []Column) error {
	switch c.Rule {
	case "complete":
		c.test = func(b *Batch, r int) bool {
			v := &b.Columns[c.col]
			return v.Null[r] || c.column.Kind == Text && len(trim(v.Bytes(r))) == 0
		}
	case "unique":
		if len(c.cols) == 0 {
			return fmt.Errorf("name column or columns")
		}
		c.test = func(b *Batch, r int) bool { return !c.seen.add(rowHash(cols, b, c.cols, r)) }
	case "valid":
		return c.valid()
	case "consistent":
		return c.consistent(cols)
	case "timely":
		if c.column.Kind != Date && c.column.Kind != Moment {
			return fmt.Errorf("column %q is %s, not a date", c.Column, c.column.Kind)
		}
		if _, err := parseAge(c.Within); err != nil {
			return err
		}
		if _, err := time.Parse(time.RFC3339, c.Now); err != nil {
			return fmt.Errorf("now is not a moment as RFC 3339, such as 2026-01-31T08:00:00Z")
		}
	case "sum":
		if c.column.Kind != Integer && c.column.Kind != Decimal {
			return fmt.Errorf("column %q is %s; a control sum is of whole numbers or decimals", c.Column, c.column.Kind)
		}
		if _, ok := readAmount(c.Equals); !ok || c.Equals == "" {
			return fmt.Errorf("equals %q is not a number", c.Equals)
		}
		if _, ok := readAmount(c.Tolerance); !ok {
			return fmt.Errorf("tolerance %q is not a number", c.Tolerance)
		}
	case "rows":
	default:
		return fmt.Errorf("there is no rule %q; use complete, valid, unique, consistent, timely, sum or rows", c.Rule)
	}
	return nil
}

// rowHash is the same for rows with the same values in the columns.
func rowHash(cols []Column, b *Batch, list []int, r int) uint64 {
	h := uint64(17)
	for _, k := range list {
		v := &b.Columns[k]
		x := uint64(0x51ed270b)
		switch {
		case v.Null[r]:
		case cols[k].Kind == Text:
			x = hashBytes(v.Bytes(r))
		case cols[k].Kind == Float:
			x = mix(uint64(int64(v.Floats[r] * 1e6)))
		default:
			x = mix(uint64(v.Ints[r]) + 1)
		}
		h = mix(h*31 + x)
	}
	return h
}

// literal reads a bound as a value of the column.
func (c Column) literal(s string) (lastValue, error) {
	if c.Kind == Text {
		return lastValue{text: s}, nil
	}
	plain := Column{Kind: c.Kind, Scale: c.Scale, format: format{order: ymd}}
	v := Vector{Ints: make([]int64, 1), Floats: make([]float64, 1)}
	if !plain.value(&v, 0, []byte(s)) {
		return lastValue{}, fmt.Errorf("%q is not a value of column %q, which is %s", s, c.Name, c.describe())
	}
	return lastValue{num: v.Ints[0], float: v.Floats[0]}, nil
}

func (c Column) at(v *Vector, r int) lastValue {
	switch c.Kind {
	case Text:
		return lastValue{text: string(v.Bytes(r))}
	case Float:
		return lastValue{float: v.Floats[r]}
	}
	return lastValue{num: v.Ints[r]}
}

func (c *check) valid() error {
	var tests []func(v *Vector, r int) bool
	if c.Pattern != "" {
		re, err := regexp.Compile("^(?:" + c.Pattern + ")$")
		if err != nil {
			return fmt.Errorf("pattern: %w", err)
		}
		if c.column.Kind != Text {
			return fmt.Errorf("pattern is for text; column %q is %s", c.Column, c.column.Kind)
		}
		tests = append(tests, func(v *Vector, r int) bool { return !re.Match(v.Bytes(r)) })
	}
	if c.In != nil {
		tests = append(tests, func(v *Vector, r int) bool {
			if c.column.Kind == Text {
				return !slices.Contains(c.In, string(v.Bytes(r)))
			}
			return !slices.Contains(c.In, c.column.show(c.column.at(v, r)))
		})
	}
	for _, bound := range []struct {
		text string
		most bool
	}{{c.Min, false}, {c.Max, true}} {
		if bound.text == "" {
			continue
		}
		x, err := c.column.literal(bound.text)
		if err != nil {
			return err
		}
		tests = append(tests, func(v *Vector, r int) bool {
			y := c.column.at(v, r)
			if bound.most {
				return y.above(x)
			}
			return x.above(y)
		})
	}
	if tests == nil {
		return fmt.Errorf("valid needs in, pattern, min or max")
	}
	c.test = func(b *Batch, r int) bool {
		v := &b.Columns[c.col]
		if v.Null[r] {
			return false // that is what complete is for
		}
		for _, t := range tests {
			if t(v, r) {
				return true
			}
		}
		return false
	}
	return nil
}

func (c *check) consistent(cols []Column) error {
	if c.other < 0 {
		return fmt.Errorf("consistent needs other: the second column")
	}
	if k := cols[c.other]; k.Kind != c.column.Kind || k.Scale != c.column.Scale {
		return fmt.Errorf("columns %q and %q are not of one type: %s and %s", c.Column, c.Other, c.column.describe(), k.describe())
	}
	if !slices.Contains([]string{"<", "<=", "=", ">=", ">"}, c.Op) {
		return fmt.Errorf("op %q is none of <, <=, =, >=, >", c.Op)
	}
	c.test = func(b *Batch, r int) bool {
		x, y := &b.Columns[c.col], &b.Columns[c.other]
		if x.Null[r] || y.Null[r] {
			return false
		}
		p, q := c.column.at(x, r), c.column.at(y, r)
		switch {
		case p.above(q):
			return !strings.Contains(c.Op, ">")
		case q.above(p):
			return !strings.Contains(c.Op, "<")
		}
		return !strings.Contains(c.Op, "=")
	}
	return nil
}

func parseAge(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, ok := readInt([]byte(days), false)
		if ok && n >= 0 && n < 100_000 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	} else if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return d, nil
	}
	return 0, fmt.Errorf("within %q is no length of time, such as 48h or 7d", s)
}

func (c *check) add(b *Batch) {
	switch {
	case c.test != nil:
		for r := range b.Rows {
			if c.test(b, r) {
				c.Broken++
				if len(c.Examples) < 10 {
					c.Examples = append(c.Examples, b.Numbers[r])
				}
			}
		}
	case c.Rule == "sum":
		v := &b.Columns[c.col]
		for r := range b.Rows {
			if !v.Null[r] {
				c.sum.add(v.Ints[r])
			}
		}
	case c.Rule == "timely":
		v := &b.Columns[c.col]
		for r := range b.Rows {
			if !v.Null[r] && (!c.any || v.Ints[r] > c.newest) {
				c.newest, c.any = v.Ints[r], true
			}
		}
	}
}

func (c *check) finding(p *Profile) Finding {
	f := c.Finding
	if p.Rows > 0 {
		f.Share = float64(f.Broken) / float64(p.Rows)
	}
	switch c.Rule {
	case "sum":
		have := c.sum.amount(c.column.Scale)
		want, _ := readAmount(c.Equals) // seen to be numbers before
		tolerance, _ := readAmount(c.Tolerance)
		f.Found = have.FloatString(c.column.Scale)
		diff := new(big.Rat).Sub(have, want)
		f.Holds = diff.Abs(diff).Cmp(tolerance) <= 0
	case "timely":
		limit, _ := parseAge(c.Within)
		now, _ := time.Parse(time.RFC3339, c.Now)
		newest := time.UnixMicro(c.newest)
		if c.column.Kind == Date { // the day lasts until its end
			newest = time.Unix((c.newest+1)*86400, 0)
		}
		if c.any {
			f.Found = c.column.Show(c.newest)
		}
		f.Holds = c.any && now.Sub(newest) <= limit
	case "rows":
		f.Found = fmt.Sprint(p.Rows)
		least, ok1 := readInt([]byte(c.Min), false)
		most, ok2 := readInt([]byte(c.Max), false)
		f.Holds = (!ok1 || p.Rows >= least) && (!ok2 || p.Rows <= most)
	default:
		f.Holds = f.Share <= c.Allow
	}
	return f
}
