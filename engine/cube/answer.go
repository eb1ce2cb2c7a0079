package cube

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Run answers a query for a viewer.
func (t *Table) Run(ctx context.Context, viewer Viewer, q Query) (Result, error) {
	c, err := compile(t.Columns, viewer, q)
	if err != nil {
		return Result{}, err
	}
	return c.answer(func(r rawQuery) ([]rawRow, error) { return t.raw(ctx, c, r) })
}

// answer makes a result of the groupings it asks for, wherever they are
// computed: so the scan and a database give the same table.
func (c *compiled) answer(raw func(rawQuery) ([]rawRow, error)) (Result, error) {
	all := rawQuery{dims: indices(len(c.dims)), from: c.from, to: c.to, ranged: c.ranged}
	if c.Top > 0 {
		var err error
		if all.top, err = c.topKeys(raw); err != nil {
			return Result{}, err
		}
	}
	look := all
	if c.Compare != "" && c.period >= 0 && c.ranged && c.from > minDay {
		g := c.dims[c.period].grain // the rows to compare the first periods with
		look.from = c.Calendar.begin(g, c.Calendar.earlier(g, c.Calendar.period(g, c.from), c.Compare))
	}
	var whole rawRow
	if look.from == all.from {
		look.whole = &whole
	}
	rows, err := raw(look)
	if err != nil {
		return Result{}, err
	}
	earlier, err := c.earlierRows(raw, all, rows)
	if err != nil {
		return Result{}, err
	}
	if look.from != all.from {
		first := c.Calendar.period(c.dims[c.period].grain, c.from)
		rows = slices.DeleteFunc(rows, func(r rawRow) bool { return !r.keys[c.period].null && r.keys[c.period].n < first })
	}
	if c.Fill {
		if rows, err = c.fill(rows); err != nil {
			return Result{}, err
		}
	}
	sum, byPeriod, err := c.totals(raw, rows, whole)
	if err != nil {
		return Result{}, err
	}
	res := c.table(rows, earlier, sum, byPeriod)
	if err := c.order(&res); err != nil {
		return Result{}, err
	}
	return res, nil
}

// totals are the aggregates of all rows, and of each period where shares are of
// those. Sums, counts and extremes are put together from the rows; counts of
// different values and percentiles are not the sum of their parts and are computed
// anew.
func (c *compiled) totals(raw func(rawQuery) ([]rawRow, error), rows []rawRow, whole rawRow) (rawRow, map[string]rawRow, error) {
	q := rawQuery{from: c.from, to: c.to, ranged: c.ranged}
	periods := c.Share && c.period >= 0
	sum := rawRow{atoms: make([]acc, len(c.atoms))}
	byPeriod := map[string]rawRow{}
	switch {
	case c.summable():
		for _, r := range rows {
			sum = c.join(sum, r)
			if periods {
				id := join([]key{r.keys[c.period]})
				p, ok := byPeriod[id]
				if !ok {
					p = rawRow{atoms: make([]acc, len(c.atoms))}
				}
				byPeriod[id] = c.join(p, r)
			}
		}
	case len(c.dims) == 0 && len(rows) == 1: // the only row is that of all rows
		sum = rows[0]
	case whole.atoms != nil && !periods:
		sum = whole
	default:
		list, err := raw(q)
		if err != nil {
			return sum, nil, err
		}
		if len(list) > 0 {
			sum = list[0]
		}
		if periods {
			q.dims = []int{c.period}
			if list, err = raw(q); err != nil {
				return sum, nil, err
			}
			for _, r := range list {
				byPeriod[join(r.keys)] = r
			}
		}
	}
	if !periods {
		byPeriod = nil // shares are of all rows
	}
	return sum, byPeriod, nil
}

func (c *compiled) summable() bool {
	for _, a := range c.atoms {
		if !a.summable() {
			return false
		}
	}
	return true
}

func (a *atom) summable() bool {
	switch a.agg {
	case "rows", "count", "sum", "avg", "min", "max":
		return true
	}
	return false
}

// join puts the aggregates of two sets of rows together.
func (c *compiled) join(a, b rawRow) rawRow {
	a.rows += b.rows
	for i, x := range b.atoms {
		c.atoms[i].join(&a.atoms[i], x)
	}
	return a
}

func (a *atom) join(y *acc, x acc) {
	if a.agg == "min" || a.agg == "max" {
		better := x.i < y.i || x.f < y.f
		if a.agg == "max" {
			better = x.i > y.i || x.f > y.f
		}
		if x.n > 0 && (y.n == 0 || better) {
			y.i, y.f = x.i, x.f
		}
	} else {
		y.i, y.f = y.i+x.i, y.f+x.f
	}
	y.n += x.n
}

func indices(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// join makes one text of keys, to find rows by.
func join(keys []key) string {
	var b strings.Builder
	for _, k := range keys {
		fmt.Fprintf(&b, "%t %t %d %d %s\n", k.null, k.other, k.n, len(k.text), k.text)
	}
	return b.String()
}

// topKeys are the top dimension's greatest values by the first measure.
func (c *compiled) topKeys(raw func(rawQuery) ([]rawRow, error)) ([]key, error) {
	rows, err := raw(rawQuery{dims: []int{c.top}, from: c.from, to: c.to, ranged: c.ranged})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(rows, func(a, b rawRow) int {
		x, y := c.Measures[0].node.value(a, c), c.Measures[0].node.value(b, c)
		if n := compare(y, x, false); n != 0 {
			return n
		}
		return compareKeys(a.keys[0], b.keys[0])
	})
	keys := []key{}
	for _, r := range rows[:min(c.Top, len(rows))] {
		keys = append(keys, r.keys[0])
	}
	return keys, nil
}

// earlierRows are the rows to compare with, by the keys of those compared.
func (c *compiled) earlierRows(raw func(rawQuery) ([]rawRow, error), q rawQuery, rows []rawRow) (map[string]rawRow, error) {
	if c.Compare == "" {
		return nil, nil
	}
	out := map[string]rawRow{}
	if c.period >= 0 { // found by moving each row's period
		for _, r := range rows {
			out[join(r.keys)] = r
		}
		return out, nil
	}
	if c.Compare == YearBefore {
		q.from, q.to = c.Calendar.earlier(Day, c.from, YearBefore), c.Calendar.earlier(Day, c.to, YearBefore)
	} else {
		q.from, q.to = c.from-(c.to-c.from+1), c.from-1
	}
	list, err := raw(q)
	for _, r := range list {
		out[join(r.keys)] = r
	}
	return out, err
}

func (c *compiled) before(keys []key) []key {
	if c.period < 0 {
		return keys
	}
	keys = slices.Clone(keys)
	k := &keys[c.period]
	if !k.null {
		k.n = c.Calendar.earlier(c.dims[c.period].grain, k.n, c.Compare)
	}
	return keys
}

// fill adds a row for each period without one, for every combination of the
// other dimensions that has any row.
func (c *compiled) fill(rows []rawRow) ([]rawRow, error) {
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	have, others := map[string]bool{}, map[string]bool{}
	var combos [][]key
	for _, r := range rows {
		k := r.keys[c.period]
		if k.null {
			continue
		}
		first, last = min(first, k.n), max(last, k.n)
		have[join(r.keys)] = true
		rest := slices.Clone(r.keys)
		rest[c.period] = key{}
		if id := join(rest); !others[id] {
			others[id] = true
			combos = append(combos, rest)
		}
	}
	g := c.dims[c.period].grain
	if c.from > minDay {
		first = min(first, c.Calendar.period(g, c.from))
	}
	if c.to < maxDay {
		last = max(last, c.Calendar.period(g, c.to))
	}
	if first > last {
		return rows, nil
	}
	if len(combos) == 0 && len(c.dims) == 1 {
		combos = [][]key{make([]key, 1)}
	}
	if float64(last-first+1)*float64(max(len(combos), 1)) > MaxGroups {
		return nil, fmt.Errorf("filling the gaps would make more than %d rows", MaxGroups)
	}
	for _, combo := range combos {
		for n := first; n <= last; n++ {
			keys := slices.Clone(combo)
			keys[c.period] = key{n: n}
			if !have[join(keys)] {
				rows = append(rows, rawRow{keys: keys, atoms: make([]acc, len(c.atoms))})
			}
		}
	}
	return rows, nil
}

// table lays the answer out.
func (c *compiled) table(rows []rawRow, earlier map[string]rawRow, total rawRow, byPeriod map[string]rawRow) Result {
	var res Result
	for i, d := range c.dims {
		kind := c.cols[d.col].Kind
		scale := c.cols[d.col].Scale
		if d.grain != "" {
			kind, scale = Text, 0
		}
		res.Columns = append(res.Columns, ResultColumn{Name: c.By[i].title(), Kind: kind, Scale: scale})
	}
	for _, m := range c.Measures {
		kind, scale := m.node.kind(c)
		res.Columns = append(res.Columns, ResultColumn{Name: m.Name, Measure: true, Kind: kind, Scale: scale})
		if c.Compare != "" {
			before := "previous"
			if c.Compare == YearBefore {
				before = "year before"
			}
			res.Columns = append(res.Columns,
				ResultColumn{Name: m.Name + ", " + before, Measure: true, Kind: kind, Scale: scale},
				ResultColumn{Name: m.Name + ", change", Measure: true, Kind: kind, Scale: scale},
				ResultColumn{Name: m.Name + ", change %", Measure: true, Kind: Float})
		}
		if c.Share && m.node.additive() {
			res.Columns = append(res.Columns, ResultColumn{Name: m.Name + ", share %", Measure: true, Kind: Float})
		}
	}
	empty := rawRow{atoms: make([]acc, len(c.atoms))}
	first := int64(math.MaxInt64) // earliest period with data
	if c.period >= 0 {
		for _, r := range earlier {
			if k := r.keys[c.period]; !k.null {
				first = min(first, k.n)
			}
		}
	}
	for _, r := range rows {
		out := make([]Value, 0, len(res.Columns))
		for i, k := range r.keys {
			out = append(out, c.label(i, k))
		}
		whole := total
		if byPeriod != nil {
			whole = byPeriod[join([]key{r.keys[c.period]})]
		}
		var old *rawRow // nil: before all data, so not known
		if earlier != nil {
			before := c.before(r.keys)
			if o, found := earlier[join(before)]; found {
				old = &o
			} else if c.period < 0 || before[c.period].n >= first {
				old = &empty
			}
		}
		res.Rows = append(res.Rows, c.figures(out, r, old, whole))
	}
	res.Totals = make([]Value, len(c.dims), len(res.Columns))
	for i := range res.Totals {
		res.Totals[i] = Value{Null: true}
	}
	for _, m := range c.Measures {
		res.Totals = append(res.Totals, m.node.value(total, c))
		blank := len(res.Totals)
		if c.Compare != "" {
			blank += 3
		}
		if c.Share && m.node.additive() {
			blank++
		}
		for len(res.Totals) < blank {
			res.Totals = append(res.Totals, Value{Null: true})
		}
	}
	return res
}

// figures appends a row's measures.
func (c *compiled) figures(out []Value, r rawRow, old *rawRow, whole rawRow) []Value {
	for _, m := range c.Measures {
		v := m.node.value(r, c)
		out = append(out, v)
		if c.Compare != "" {
			o := Value{Kind: v.Kind, Scale: v.Scale, Null: true}
			if old != nil {
				o = m.node.value(*old, c)
			}
			out = append(out, o, minus(v, o), percent(minus(v, o), o))
		}
		if c.Share && m.node.additive() {
			w := Value{Null: true}
			if whole.atoms != nil {
				w = m.node.value(whole, c)
			}
			out = append(out, percent(v, w))
		}
	}
	return out
}

func (c *compiled) label(i int, k key) Value {
	d, col := c.dims[i], c.cols[c.dims[i].col]
	switch {
	case k.other:
		return Value{Kind: Text, Other: true}
	case k.null:
		return Value{Kind: col.Kind, Null: true}
	case d.grain != "":
		return Value{Kind: d.kind, Int: k.n, Text: c.Calendar.name(d.grain, k.n)}
	case col.Kind == Text:
		return Value{Kind: Text, Text: k.text}
	}
	return Value{Kind: col.Kind, Scale: col.Scale, Int: k.n}
}

// percent is v per hundred of base; nothing where base is 0.
func percent(v, base Value) Value {
	if v.Null || base.Null || base.number() == 0 {
		return Value{Kind: Float, Null: true}
	}
	p := v.number() / math.Abs(base.number()) * 100
	return Value{Kind: Float, Float: math.Round(p*1e6) / 1e6}
}

// value computes a measure from a row's aggregates.
func (n *node) value(r rawRow, c *compiled) Value {
	switch n.op {
	case '0':
		return Value{Kind: decimalKind(n.scale), Int: n.fixed, Scale: n.scale}
	case 'a':
		a, x := c.atoms[n.index], r.atoms[n.index]
		v := Value{Kind: a.kind, Scale: a.scale, Int: x.i, Float: x.f}
		switch a.agg {
		case "rows", "count", "distinct", "days":
			return v
		case "avg":
			v.Scale = 0
			if v.Null = x.n == 0; !v.Null {
				if v.Float = x.f / float64(x.n); !a.expr.float {
					v.Float = float64(x.i) / (float64(x.n) * math.Pow10(a.scale))
				}
			}
			return v
		case "percentile":
			v.Scale = 0
		case "sum": // no rows add up to 0; rows without any value do not
			v.Null = x.n == 0 && r.rows > 0
			return v
		}
		v.Null = x.n == 0
		return v
	}
	l, o := n.left.value(r, c), n.right.value(r, c)
	if l.Null || o.Null {
		kind, scale := n.kind(c)
		return Value{Kind: kind, Scale: scale, Null: true}
	}
	switch n.op {
	case '+':
		return plus(l, o, 1)
	case '-':
		return minus(l, o)
	case '*':
		if fits, p := mul(l.Int, o.Int); l.Kind != Float && o.Kind != Float && fits && l.Scale+o.Scale <= 12 {
			return Value{Kind: decimalKind(l.Scale + o.Scale), Scale: l.Scale + o.Scale, Int: p}
		}
		return Value{Kind: Float, Float: l.number() * o.number()}
	}
	if o.number() == 0 {
		return Value{Kind: Float, Null: true}
	}
	return Value{Kind: Float, Float: l.number() / o.number()}
}

// mul multiplies and says whether the product fits.
func mul(a, b int64) (ok bool, p int64) {
	p = a * b
	return a == 0 || p/a == b && !(a == -1 && b == math.MinInt64), p
}

func decimalKind(scale int) Kind {
	if scale > 0 {
		return Decimal
	}
	return Integer
}

func minus(a, b Value) Value { return plus(a, b, -1) }

func plus(a, b Value, sign int64) Value {
	if a.Null || b.Null {
		return Value{Kind: a.Kind, Scale: a.Scale, Null: true}
	}
	scale := max(a.Scale, b.Scale)
	okA, x := mul(a.Int, pow10(scale-a.Scale))
	okB, y := mul(b.Int, sign*pow10(scale-b.Scale))
	sum := x + y
	if a.Kind == Float || b.Kind == Float || !okA || !okB || (x > 0) == (y > 0) && (sum > 0) != (x > 0) && x != 0 && y != 0 {
		return Value{Kind: Float, Float: a.number() + float64(sign)*b.number()}
	}
	return Value{Kind: decimalKind(scale), Scale: scale, Int: sum}
}

// kind is that of the values a measure yields.
func (n *node) kind(c *compiled) (Kind, int) {
	switch n.op {
	case '0':
		return decimalKind(n.scale), n.scale
	case 'a':
		a := c.atoms[n.index]
		if a.kind == Float {
			return Float, 0
		}
		return a.kind, a.scale
	case '/':
		return Float, 0
	}
	lk, ls := n.left.kind(c)
	rk, rs := n.right.kind(c)
	scale := max(ls, rs)
	if n.op == '*' {
		scale = ls + rs
	}
	if lk == Float || rk == Float || scale > 12 {
		return Float, 0
	}
	return decimalKind(scale), scale
}

// additive measures are parts of their total.
func (n *node) additive() bool {
	switch n.op {
	case 'a':
		return n.atom.agg == "sum" || n.atom.agg == "rows" || n.atom.agg == "count"
	case '+', '-':
		return n.left.additive() && n.right.additive()
	}
	return false
}

func compareKeys(a, b key) int {
	switch {
	case a.other != b.other:
		return after(a.other)
	case a.null != b.null:
		return after(a.null)
	case a.n != b.n:
		if a.n < b.n {
			return -1
		}
		return 1
	}
	return strings.Compare(a.text, b.text)
}

func after(yes bool) int {
	if yes {
		return 1
	}
	return -1
}

// compare orders values; the rest and nothing come last either way.
func compare(a, b Value, descending bool) int {
	switch {
	case a.Other != b.Other:
		return after(a.Other)
	case a.Null != b.Null:
		return after(a.Null)
	case a.Null:
		return 0
	}
	n := 0
	switch {
	case a.Kind == Text:
		n = strings.Compare(a.Text, b.Text)
	case a.Kind == Float || b.Kind == Float || a.Scale != b.Scale:
		x, y := a.number(), b.number()
		if x < y {
			n = -1
		} else if x > y {
			n = 1
		}
	case a.Int < b.Int:
		n = -1
	case a.Int > b.Int:
		n = 1
	}
	if descending {
		return -n
	}
	return n
}

// order sorts and limits the rows: by the dimensions in their order, or as asked.
func (c *compiled) order(res *Result) error {
	by, desc := -1, strings.HasPrefix(c.Order, "-")
	if name := strings.TrimPrefix(c.Order, "-"); name != "" {
		for i, col := range res.Columns {
			if strings.EqualFold(col.Name, name) {
				by = i
			}
		}
		if by < 0 {
			return fmt.Errorf("order by %q: there is no such column in the answer", name)
		}
	}
	topFirst := c.Top > 0 && c.Order == ""
	slices.SortStableFunc(res.Rows, func(a, b []Value) int {
		if by >= 0 {
			if n := compare(a[by], b[by], desc); n != 0 {
				return n
			}
		}
		for i := range c.dims {
			if topFirst && i == c.top && len(c.dims) == 1 { // the greatest first
				if a[i].Other != b[i].Other {
					return after(a[i].Other)
				}
				if n := compare(a[len(c.dims)], b[len(c.dims)], true); n != 0 {
					return n
				}
			}
			if n := compare(a[i], b[i], false); n != 0 {
				return n
			}
		}
		return 0
	})
	if c.Limit > 0 && len(res.Rows) > c.Limit {
		res.Notes = append(res.Notes, fmt.Sprintf("%d of %d rows are shown", c.Limit, len(res.Rows)))
		res.Rows = res.Rows[:c.Limit]
	}
	return nil
}
