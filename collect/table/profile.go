package table

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"unicode/utf8"
)

// Profile is what a table holds, column by column.
type Profile struct {
	Rows     int64           `json:"rows"`
	Columns  []ColumnProfile `json:"columns"`
	Keys     [][]string      `json:"keys" doc:"columns that have a different value in every row"`
	Findings []Finding       `json:"checks,omitempty" doc:"what the quality checks found"`
	Report   Report          `json:"report"`

	stats []stat
}

// Values are the different values, for Relations; name is how the table is called.
func (p *Profile) Values(name string) Values { return p.values(name, p.stats) }

// ColumnProfile is what one column holds.
type ColumnProfile struct {
	Column
	Nulls     int64    `json:"nulls"`
	Distinct  int64    `json:"distinct" doc:"different values"`
	Exact     bool     `json:"distinct_exact" doc:"false: estimated, about 0.8 % off"`
	Unique    bool     `json:"unique" doc:"every row has a value and no two the same"`
	Min       string   `json:"min,omitempty"`
	Max       string   `json:"max,omitempty"`
	Sum       string   `json:"sum,omitempty" doc:"of whole numbers and decimals, exact; left out where it exceeds 18 digits"`
	Mean      *float64 `json:"mean,omitempty"`
	Deviation *float64 `json:"standard_deviation,omitempty"`
	Quartiles []string `json:"quartiles,omitempty" doc:"25, 50 and 75 %, of a sample of up to 8,192 values"`
	Shortest  *int     `json:"shortest,omitempty" doc:"bytes of the shortest text"`
	Longest   *int     `json:"longest,omitempty"`
	Top       []Count  `json:"top,omitempty" doc:"the most frequent values, where there are up to 4,096 different ones"`
	Patterns  []Count  `json:"patterns,omitempty" doc:"how texts are built: A letters, a small ones, 9 digits, each run once; the most frequent"`
	Outliers  *Outlier `json:"outliers,omitempty"`
	Padded    int64    `json:"padded,omitempty" doc:"texts with spaces before or after"`
}

// Count is a value and how often it is there.
type Count struct {
	Value string `json:"value"`
	Count int64  `json:"count"`
}

// Outlier tells of values far outside the middle half (Tukey's outer fences:
// three times the distance of the quartiles beyond them).
type Outlier struct {
	Below   string   `json:"below"`
	Above   string   `json:"above"`
	Extreme []string `json:"extreme" doc:"up to five least and five greatest values outside, exact"`
}

// ProfileAll reads all rows of r and says what they hold, and what the checks
// find on the way.
func ProfileAll(ctx context.Context, r *Reader, checks []Check) (*Profile, error) {
	cols := r.Columns()
	stats := make([]stat, len(cols))
	for i, c := range cols {
		stats[i].col = c
	}
	tests, err := prepareChecks(cols, checks)
	if err != nil {
		return nil, err
	}
	p := &Profile{}
	for {
		b, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		parallel(len(cols), func(c int) { stats[c].add(&b.Columns[c], b.Rows) })
		for _, t := range tests {
			t.add(b)
		}
		p.Rows += int64(b.Rows)
	}
	p.Report, p.stats = r.Report(), stats
	p.Keys = [][]string{}
	for i := range stats {
		c := stats[i].profile(p.Rows)
		p.Columns = append(p.Columns, c)
		if c.Unique && p.Rows > 0 && c.Kind != Float {
			p.Keys = append(p.Keys, []string{c.Name})
		}
	}
	for _, t := range tests {
		p.Findings = append(p.Findings, t.finding(p))
	}
	return p, nil
}

// stat gathers one column.
type stat struct {
	col       Column
	n, nulls  int64
	different counter
	min, max  lastValue
	sum       int64
	tooGreat  bool
	mean, m2  float64
	sample    sample
	least     extremes
	most      extremes
	short     int
	long      int
	padded    int64
	top       topCounts
	patterns  topCounts
	mask      []byte
}

func (s *stat) add(v *Vector, rows int) {
	switch s.col.Kind {
	case Text:
		s.texts(v, rows)
	case Float:
		s.floats(v, rows)
	default:
		s.ints(v, rows)
	}
}

func (s *stat) texts(v *Vector, rows int) {
	for i := range rows {
		if v.Null[i] {
			s.nulls++
			continue
		}
		b := v.Bytes(i)
		h := hashBytes(b)
		s.different.add(h)
		s.top.add(h, b)
		s.mask = pattern(s.mask[:0], b)
		s.patterns.add(hashBytes(s.mask), s.mask)
		if s.n == 0 {
			s.short, s.long = len(b), len(b)
			s.min.text, s.max.text = string(b), string(b)
		} else if string(b) < s.min.text {
			s.min.text = string(b)
		} else if string(b) > s.max.text {
			s.max.text = string(b)
		}
		s.short, s.long = min(s.short, len(b)), max(s.long, len(b))
		if len(b) > 0 && (b[0] <= ' ' || b[len(b)-1] <= ' ') {
			s.padded++
		}
		s.n++
	}
}

func (s *stat) ints(v *Vector, rows int) {
	unit := 1.0
	if s.col.Kind == Decimal {
		unit = math.Pow10(s.col.Scale)
	}
	for i := range rows {
		if v.Null[i] {
			s.nulls++
			continue
		}
		x := v.Ints[i]
		h := mix(uint64(x))
		s.different.add(h)
		s.top.addInt(h, x)
		if s.n == 0 {
			s.min.num, s.max.num = x, x
		}
		s.min.num, s.max.num = min(s.min.num, x), max(s.max.num, x)
		sum := s.sum + x
		s.tooGreat = s.tooGreat || (x > 0) != (sum > s.sum) && x != 0
		s.sum = sum
		s.moments(float64(x) / unit)
		s.n++
	}
}

func (s *stat) floats(v *Vector, rows int) {
	for i := range rows {
		if v.Null[i] {
			s.nulls++
			continue
		}
		x := v.Floats[i]
		h := mix(math.Float64bits(x))
		s.different.add(h)
		if s.n == 0 {
			s.min.float, s.max.float = x, x
		}
		s.min.float, s.max.float = min(s.min.float, x), max(s.max.float, x)
		s.moments(x)
		s.n++
	}
}

// moments updates mean and squared deviation (Welford 1962) and the sample.
func (s *stat) moments(x float64) {
	d := x - s.mean
	s.mean += d / float64(s.n+1)
	s.m2 += d * (x - s.mean)
	s.sample.add(x, uint64(s.n))
	s.least.add(-x)
	s.most.add(x)
}

func (s *stat) profile(rows int64) ColumnProfile {
	p := ColumnProfile{Column: s.col, Nulls: s.nulls}
	p.Distinct, p.Exact = s.different.count()
	p.Unique = p.Exact && s.nulls == 0 && p.Distinct == rows
	if s.n == 0 {
		return p
	}
	p.Min, p.Max = cutText(s.col.show(s.min)), cutText(s.col.show(s.max))
	switch s.col.Kind {
	case Text:
		p.Shortest, p.Longest, p.Padded = &s.short, &s.long, s.padded
		p.Patterns = s.patterns.most(10, s.col)
	case Integer, Decimal, Float:
		mean := s.mean
		p.Mean = &mean
		if s.n > 1 {
			d := math.Sqrt(s.m2 / float64(s.n-1))
			p.Deviation = &d
		}
		if s.col.Kind != Float && !s.tooGreat {
			p.Sum = s.col.Show(s.sum)
		}
		s.spread(&p)
	}
	if !p.Unique && s.col.Kind != Float {
		p.Top = s.top.most(10, s.col)
	}
	return p
}

func cutText(s string) string {
	if len(s) <= 200 {
		return s
	}
	n := 200
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// spread fills in quartiles and outliers.
func (s *stat) spread(p *ColumnProfile) {
	v := s.sample.values
	slices.Sort(v)
	at := func(q float64) float64 {
		r := q * float64(len(v)-1)
		k := int(r)
		if k+1 < len(v) {
			return v[k] + (r-float64(k))*(v[k+1]-v[k])
		}
		return v[k]
	}
	q1, q2, q3 := at(0.25), at(0.5), at(0.75)
	p.Quartiles = []string{number6(q1), number6(q2), number6(q3)}
	if q3 <= q1 || s.n < 20 {
		return
	}
	low, high := q1-3*(q3-q1), q3+3*(q3-q1)
	var out []string
	for _, x := range s.least.sorted() {
		if -x < low {
			out = append(out, number6(-x))
		}
	}
	for _, x := range s.most.sorted() {
		if x > high {
			out = append(out, number6(x))
		}
	}
	if out != nil {
		p.Outliers = &Outlier{Below: number6(low), Above: number6(high), Extreme: out}
	}
}

// pattern writes how a text is built: runs of capitals as A, of small letters
// as a, of digits as 9, other bytes as they are.
func pattern(out, b []byte) []byte {
	last := byte(0)
	for i := 0; i < len(b) && len(out) < 24; i++ {
		c := b[i]
		switch {
		case c-'0' <= 9:
			c = '9'
		case c >= 'a' && c <= 'z':
			c = 'a'
		case c >= 'A' && c <= 'Z':
			c = 'A'
		case c >= 0x80:
			c = 'a' // a letter of some script, mostly
		}
		if c != last || c != '9' && c != 'a' && c != 'A' {
			out = append(out, c)
		}
		last = c
	}
	return out
}

// sample keeps evenly spread values: every one at first, then every second,
// every fourth …
type sample struct {
	values []float64
	every  uint64
}

const sampleSize = 8192

func (s *sample) add(x float64, n uint64) {
	if s.every == 0 {
		s.every = 1
	}
	if n&(s.every-1) != 0 {
		return
	}
	if len(s.values) == sampleSize {
		for i := range sampleSize / 2 {
			s.values[i] = s.values[2*i]
		}
		s.values = s.values[:sampleSize/2]
		s.every *= 2
		if n&(s.every-1) != 0 {
			return
		}
	}
	s.values = append(s.values, x)
}

// extremes keeps the five greatest values.
type extremes struct {
	v [5]float64
	n int
}

func (e *extremes) add(x float64) {
	if e.n == len(e.v) && x <= e.v[4] {
		return
	}
	at := e.n
	if at == len(e.v) {
		at--
	} else {
		e.n++
	}
	for at > 0 && e.v[at-1] < x {
		e.v[at] = e.v[at-1]
		at--
	}
	e.v[at] = x
}

func (e *extremes) sorted() []float64 { return e.v[:e.n] }

// topCounts counts values while there are at most maxTop different ones.
type topCounts struct {
	slots [][2]uint64 // hash, 1 + index
	items []topItem
	over  bool
}

type topItem struct {
	text  []byte
	num   int64
	count int64
}

const maxTop = 4096

func (t *topCounts) find(h uint64) *topItem {
	if t.over {
		return nil
	}
	if t.slots == nil {
		t.slots = make([][2]uint64, 4*maxTop)
	}
	for at := h & (4*maxTop - 1); ; at = (at + 1) & (4*maxTop - 1) {
		s := &t.slots[at]
		if s[1] != 0 && s[0] == h {
			return &t.items[s[1]-1]
		}
		if s[1] == 0 {
			if len(t.items) == maxTop {
				*t = topCounts{over: true}
				return nil
			}
			t.items = append(t.items, topItem{})
			s[0], s[1] = h, uint64(len(t.items))
			return &t.items[len(t.items)-1]
		}
	}
}

func (t *topCounts) add(h uint64, b []byte) {
	if x := t.find(h); x != nil {
		if x.count == 0 {
			x.text = bytes.Clone(b[:min(len(b), 201)])
		}
		x.count++
	}
}

func (t *topCounts) addInt(h uint64, n int64) {
	if x := t.find(h); x != nil {
		x.num = n
		x.count++
	}
}

func (t *topCounts) most(n int, c Column) []Count {
	items := slices.Clone(t.items)
	slices.SortStableFunc(items, func(a, b topItem) int {
		if a.count != b.count {
			if a.count > b.count {
				return -1
			}
			return 1
		}
		return bytes.Compare(a.text, b.text)
	})
	var out []Count
	for _, x := range items[:min(n, len(items))] {
		value := cutText(string(x.text))
		if x.text == nil && c.Kind != Text {
			value = c.Show(x.num)
		}
		out = append(out, Count{value, x.count})
	}
	return out
}
