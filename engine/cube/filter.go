package cube

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// pred is a condition made ready for a table: by codes of text, by ranges of
// whole numbers, by ranges of floats.
type pred struct {
	and, or []*pred
	join    byte // '&', '|', or 0 for a comparison
	col     int
	null    byte // 'y' is null, 'n' is not null
	codes   []bool
	spans   []span
	floats  []floatSpan
	hour    bool // spans are of the hour of a moment
	weekday bool // spans are of the day of the week
}

type span struct{ lo, hi int64 }

type floatSpan struct{ lo, hi float64 }

// spansOf turns a comparison on ordered whole numbers into ranges.
func spansOf(op string, v []int64) []span {
	const least, most = math.MinInt64, math.MaxInt64
	var s []span
	switch op {
	case "=", "in":
		for _, x := range v {
			s = append(s, span{x, x})
		}
	case "!=", "not in":
		s = []span{{least, most}}
		for _, x := range v {
			var cut []span
			for _, r := range s {
				if x < r.lo || x > r.hi {
					cut = append(cut, r)
					continue
				}
				if x > r.lo {
					cut = append(cut, span{r.lo, x - 1})
				}
				if x < r.hi {
					cut = append(cut, span{x + 1, r.hi})
				}
			}
			s = cut
		}
	case "<":
		if v[0] > least {
			s = []span{{least, v[0] - 1}}
		}
	case "<=":
		s = []span{{least, v[0]}}
	case ">":
		if v[0] < most {
			s = []span{{v[0] + 1, most}}
		}
	case ">=":
		s = []span{{v[0], most}}
	case "between":
		if v[0] <= v[1] {
			s = []span{{v[0], v[1]}}
		}
	}
	return s
}

func floatSpans(op string, v []float64) []floatSpan {
	inf := math.Inf(1)
	below := func(x float64) float64 { return math.Nextafter(x, -inf) }
	above := func(x float64) float64 { return math.Nextafter(x, inf) }
	var s []floatSpan
	switch op {
	case "=", "in":
		for _, x := range v {
			s = append(s, floatSpan{x, x})
		}
	case "!=", "not in":
		s = []floatSpan{{-inf, inf}}
		for _, x := range v {
			var cut []floatSpan
			for _, r := range s {
				if x < r.lo || x > r.hi {
					cut = append(cut, r)
				} else {
					cut = append(cut, floatSpan{r.lo, below(x)}, floatSpan{above(x), r.hi})
				}
			}
			s = cut
		}
	case "<":
		s = []floatSpan{{-inf, below(v[0])}}
	case "<=":
		s = []floatSpan{{-inf, v[0]}}
	case ">":
		s = []floatSpan{{above(v[0]), inf}}
	case ">=":
		s = []floatSpan{{v[0], inf}}
	case "between":
		s = []floatSpan{{v[0], v[1]}}
	}
	return s
}

// checkCond finds a condition's column and values; the same checks stand before
// the scan and before the SQL.
func checkCond(cols []Column, c Cond) (col int, values []Value, err error) {
	if col, err = findColumn(cols, c.Column); err != nil {
		return 0, nil, err
	}
	column := cols[col]
	want := 1
	switch c.Op {
	case "is null", "is not null":
		want = 0
	case "in", "not in":
		want = len(c.Values)
		if want == 0 {
			return 0, nil, fmt.Errorf("%s %s () names no value", c.Column, c.Op)
		}
	case "between":
		want = 2
	case "contains", "starts":
		if column.Kind != Text {
			return 0, nil, fmt.Errorf("column %q is %s; %s is for text", column.Name, column.Kind, c.Op)
		}
	case "=", "!=", "<", "<=", ">", ">=":
	default:
		return 0, nil, fmt.Errorf("%q is no comparison", c.Op)
	}
	if len(c.Values) != want {
		return 0, nil, fmt.Errorf("%s %s wants %d values, not %d", c.Column, c.Op, want, len(c.Values))
	}
	if c.Grain != "" && column.Kind != Date && column.Kind != Moment {
		return 0, nil, fmt.Errorf("column %q is %s; only dates have a %s", column.Name, column.Kind, c.Grain)
	}
	for _, s := range c.Values {
		var v Value
		if c.Grain != "" {
			v, err = periodLiteral(c.Grain, s)
		} else {
			v, err = column.literal(s)
		}
		if err != nil {
			return 0, nil, err
		}
		values = append(values, v)
	}
	return col, values, nil
}

// periodLiteral reads 2024, 2024-05, 2024-Q2, 2024-W07, a day, a weekday 1 to 7
// or an hour 0 to 23 as the number of the civil period.
func periodLiteral(g Grain, s string) (Value, error) {
	v := Value{Kind: Integer}
	var y, n int
	wrong := fmt.Errorf("%q is no %s; write it as %s", s, g, map[Grain]string{Day: "2024-05-31", Week: "2024-W22", Month: "2024-05", Quarter: "2024-Q2", Year: "2024", Weekday: "1 (Monday) to 7", Hour: "0 to 23"}[g])
	scan := func(format string, args ...any) bool {
		k, err := fmt.Sscanf(s, format, args...)
		return err == nil && k == len(args)
	}
	switch g {
	case Day:
		d, ok := parseDate(s)
		if !ok {
			return v, wrong
		}
		v.Int = d
	case Week:
		if !scan("%4d-W%2d", &y, &n) || n < 1 || n > 53 {
			return v, wrong
		}
		jan4 := time.Date(y, 1, 4, 0, 0, 0, 0, time.UTC).Unix() / 86400
		v.Int = Calendar{}.period(Week, jan4) + int64(n-1)
	case Month:
		if !scan("%4d-%2d", &y, &n) || n < 1 || n > 12 {
			return v, wrong
		}
		v.Int = int64(y*12 + n - 1)
	case Quarter:
		if !scan("%4d-Q%1d", &y, &n) || n < 1 || n > 4 {
			return v, wrong
		}
		v.Int = int64(y*4 + n - 1)
	default:
		x, ok := parseScaled(s, 0)
		if !ok || g == Weekday && (x < 1 || x > 7) || g == Hour && (x < 0 || x > 23) || g == Year && (x < 1 || x > 9999) {
			return v, wrong
		}
		v.Int = x
	}
	return v, nil
}

const dayMicros = 24 * 3600 * 1_000_000

// pred makes a condition ready for this table.
func (t *Table) pred(c Cond) (*pred, error) {
	if c.And != nil || c.Or != nil || c.Op == "" && c.Column == "" {
		p := &pred{join: '&'}
		list, into := c.And, &p.and
		if c.Or != nil {
			p.join, list, into = '|', c.Or, &p.or
		}
		for _, x := range list {
			q, err := t.pred(x)
			if err != nil {
				return nil, err
			}
			*into = append(*into, q)
		}
		return p, nil
	}
	col, values, err := checkCond(t.Columns, c)
	if err != nil {
		return nil, err
	}
	p := &pred{col: col}
	switch c.Op {
	case "is null":
		p.null = 'y'
		return p, nil
	case "is not null":
		p.null = 'n'
		return p, nil
	}
	column := t.Columns[col]
	switch {
	case column.Kind == Text:
		p.codes = t.textCodes(col, c.Op, c.Values)
	case column.Kind == Float:
		var v []float64
		for _, x := range values {
			v = append(v, x.Float)
		}
		p.floats = floatSpans(c.Op, v)
	default:
		var v []int64
		for _, x := range values {
			v = append(v, x.Int)
		}
		p.spans = spansOf(c.Op, v)
		if c.Grain == Hour {
			p.hour = true
		} else if c.Grain == Weekday {
			p.weekday = true
		} else if c.Grain != "" {
			p.spans = daySpans(p.spans, c.Grain)
		}
		if column.Kind == Moment && c.Grain != "" && c.Grain != Hour && c.Grain != Weekday {
			for i, s := range p.spans {
				if s.lo != math.MinInt64 {
					p.spans[i].lo = s.lo * dayMicros
				}
				if s.hi != math.MaxInt64 {
					p.spans[i].hi = s.hi*dayMicros + dayMicros - 1
				}
			}
		}
	}
	return p, nil
}

// daySpans turns ranges of periods into ranges of days.
func daySpans(list []span, g Grain) []span {
	for i, s := range list {
		if s.lo != math.MinInt64 {
			list[i].lo = Calendar{}.begin(g, s.lo)
		}
		if s.hi != math.MaxInt64 {
			list[i].hi = Calendar{}.begin(g, s.hi+1) - 1
		}
	}
	return list
}

// textCodes answers a comparison once for every different text.
func (t *Table) textCodes(col int, op string, values []string) []bool {
	d := &t.words[col]
	ok := make([]bool, max(len(d.ends), 1))
	for code := range d.ends {
		w := d.word(int64(code))
		var yes bool
		switch op {
		case "=", "in", "!=", "not in":
			for _, v := range values {
				yes = yes || w == v
			}
			yes = yes == (op == "=" || op == "in")
		case "<":
			yes = w < values[0]
		case "<=":
			yes = w <= values[0]
		case ">":
			yes = w > values[0]
		case ">=":
			yes = w >= values[0]
		case "between":
			yes = w >= values[0] && w <= values[1]
		case "contains":
			yes = strings.Contains(w, values[0])
		case "starts":
			yes = strings.HasPrefix(w, values[0])
		}
		ok[code] = yes
	}
	return ok
}

// never says that no row of a segment can meet the condition.
func (p *pred) never(s *segment) bool {
	switch p.join {
	case '&':
		for _, q := range p.and {
			if q.never(s) {
				return true
			}
		}
		return false
	case '|':
		for _, q := range p.or {
			if !q.never(s) {
				return false
			}
		}
		return true
	}
	part := &s.Parts[p.col]
	switch {
	case p.null == 'y':
		return part.Nulls == 0
	case part.Nulls == s.Rows:
		return true
	case p.null == 'n' || p.floats != nil || p.hour || p.weekday:
		return false
	case p.codes != nil:
		for code := part.Min; code <= part.Max; code++ {
			if p.codes[code] {
				return false
			}
		}
		return true
	}
	for _, r := range p.spans {
		if r.lo <= part.Max && r.hi >= part.Min {
			return false
		}
	}
	return true
}

// mark sets keep[i] for the rows of a chunk that meet the condition.
func (p *pred) mark(ch *chunk, keep []bool) error {
	if p.join != 0 {
		list := p.and
		if p.join == '|' {
			list = p.or
		}
		if len(list) == 0 {
			for i := range keep {
				keep[i] = p.join == '&'
			}
			return nil
		}
		if err := list[0].mark(ch, keep); err != nil || len(list) == 1 {
			return err
		}
		one := ch.marks()
		defer ch.unmark()
		for _, q := range list[1:] {
			if err := q.mark(ch, one[:len(keep)]); err != nil {
				return err
			}
			if p.join == '&' {
				for i, ok := range one[:len(keep)] {
					keep[i] = keep[i] && ok
				}
			} else {
				for i, ok := range one[:len(keep)] {
					keep[i] = keep[i] || ok
				}
			}
		}
		return nil
	}
	v, err := ch.column(p.col)
	if err != nil {
		return err
	}
	switch {
	case p.null != 0:
		for i := range keep {
			keep[i] = (v.null != nil && v.null[i]) == (p.null == 'y')
		}
		return nil
	case p.codes != nil:
		for i, code := range v.ints {
			keep[i] = p.codes[code]
		}
	case p.floats != nil:
		for i, f := range v.floats {
			ok := false
			for _, r := range p.floats {
				ok = ok || f >= r.lo && f <= r.hi
			}
			keep[i] = ok
		}
	default:
		p.markInts(ch, v, keep)
	}
	if v.null != nil {
		for i, is := range v.null {
			keep[i] = keep[i] && !is
		}
	}
	return nil
}

func (p *pred) markInts(ch *chunk, v *values, keep []bool) {
	ints := v.ints
	if p.hour || p.weekday {
		moment := ch.t.Columns[p.col].Kind == Moment
		derived := make([]int64, len(ints))
		for i, x := range ints {
			switch {
			case p.hour:
				x = floorMod(x, dayMicros) / 3_600_000_000
			case moment:
				x = floorMod(floorDiv(x, dayMicros)+3, 7) + 1
			default:
				x = floorMod(x+3, 7) + 1
			}
			derived[i] = x
		}
		ints = derived
	}
	if len(p.spans) == 1 {
		lo, hi := p.spans[0].lo, p.spans[0].hi
		for i, x := range ints {
			keep[i] = x >= lo && x <= hi
		}
		return
	}
	for i, x := range ints {
		ok := false
		for _, r := range p.spans {
			if ok = x >= r.lo && x <= r.hi; ok {
				break
			}
		}
		keep[i] = ok
	}
}
