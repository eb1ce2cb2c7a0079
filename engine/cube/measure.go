package cube

import (
	"fmt"
	"strconv"
	"strings"
)

// Measure is a figure to compute: aggregates of columns, and arithmetic on
// them: sum(amount), sum(price*quantity), count(), distinct(customer),
// sum(paid)/sum(amount), p95(milliseconds), last(balance).
type Measure struct {
	Name string
	node *node
}

// node is a part of a measure above the aggregates.
type node struct {
	op          byte // 'a' aggregate, '0' constant, + - * /
	left, right *node
	atom        *atom
	index       int   // of the atom in the compiled query
	fixed       int64 // of a constant, a whole number of 10^-scale
	scale       int
}

// atom is one aggregate of rows.
type atom struct {
	agg     string // rows count sum avg min max distinct percentile last days
	expr    *expr  // over the columns of a row; nil for rows and days
	percent float64
	kind    Kind // of the result
	scale   int
}

// expr is arithmetic on the columns of a row.
type expr struct {
	op          byte // 'c' column, '0' constant, + - *
	left, right *expr
	name        string
	col         int
	value       int64
	scale       int
	float       bool
}

// ParseMeasure reads a measure, which may be named: revenue = sum(amount).
func ParseMeasure(s string) (Measure, error) {
	list, err := tokens(s)
	if err != nil {
		return Measure{}, fmt.Errorf("measure %q: %w", s, err)
	}
	m := Measure{Name: strings.TrimSpace(s)}
	if len(list) > 2 && (list[0].kind == 'n' || list[0].kind == '"') && list[1].text == "=" && list[1].kind == 'p' {
		m.Name = list[0].text
		list = list[2:]
	}
	p := &parser{list: list}
	if m.node, err = p.sum(); err == nil && p.peek().kind != 0 {
		err = p.wrong("an operator or the end")
	}
	if err != nil {
		return Measure{}, fmt.Errorf("measure %q: %w", s, err)
	}
	return m, nil
}

func (p *parser) sum() (*node, error) {
	left, err := p.product()
	for err == nil {
		t := p.peek()
		if t.kind != 'p' || t.text != "+" && t.text != "-" {
			return left, nil
		}
		p.next()
		var right *node
		if right, err = p.product(); err == nil {
			left = &node{op: t.text[0], left: left, right: right}
			err = p.deeper()
		}
	}
	return nil, err
}

func (p *parser) product() (*node, error) {
	left, err := p.factor()
	for err == nil {
		t := p.peek()
		if t.kind != 'p' || t.text != "*" && t.text != "/" {
			return left, nil
		}
		p.next()
		var right *node
		if right, err = p.factor(); err == nil {
			left = &node{op: t.text[0], left: left, right: right}
			err = p.deeper()
		}
	}
	return nil, err
}

func (p *parser) factor() (*node, error) {
	t := p.peek()
	switch {
	case t.kind == '0':
		p.next()
		v, scale, ok := constant(t.text)
		if !ok {
			return nil, fmt.Errorf("%q at position %d is not a number", t.text, t.at+1)
		}
		return &node{op: '0', fixed: v, scale: scale}, nil
	case p.take("("):
		if err := p.deeper(); err != nil {
			return nil, err
		}
		n, err := p.sum()
		if err == nil && !p.take(")") {
			err = p.wrong(")")
		}
		return n, err
	case t.kind == 'n':
		p.next()
		if !p.take("(") {
			return nil, fmt.Errorf("%q is no aggregate; write sum(%s), or avg, count, distinct, min, max, median, p95, last, dayavg", t.text, t.text)
		}
		return p.aggregate(t)
	}
	return nil, p.wrong("an aggregate such as sum(amount)")
}

func constant(s string) (v int64, scale int, ok bool) {
	if dot := strings.IndexByte(s, '.'); dot >= 0 {
		scale = len(s) - dot - 1
	}
	v, ok = parseScaled(s, scale)
	return v, scale, ok && scale <= 9
}

func (p *parser) aggregate(name token) (*node, error) {
	agg := strings.ToLower(name.text)
	a := &atom{agg: agg}
	if agg == "count" {
		if p.take("*") || p.peek().text == ")" {
			if !p.take(")") {
				return nil, p.wrong(")")
			}
			return &node{op: 'a', atom: &atom{agg: "rows"}}, nil
		}
		if p.take("distinct") {
			a.agg = "distinct"
		}
	}
	var err error
	if a.expr, err = p.rowSum(); err != nil {
		return nil, err
	}
	switch agg {
	case "sum", "avg", "min", "max", "count", "distinct", "last":
	case "average", "mean":
		a.agg = "avg"
	case "count_distinct", "unique", "uniques":
		a.agg = "distinct"
	case "dayavg":
	case "median":
		a.agg, a.percent = "percentile", 50
	case "percentile":
		if !p.take(",") {
			return nil, p.wrong("a comma and the percent, as in percentile(x, 95)")
		}
		if a.percent, err = strconv.ParseFloat(p.next().text, 64); err != nil || a.percent < 0 || a.percent > 100 {
			return nil, fmt.Errorf("percentile wants a number from 0 to 100")
		}
	default:
		pc, err := strconv.ParseFloat(strings.TrimPrefix(agg, "p"), 64)
		if agg[0] != 'p' || err != nil || pc < 0 || pc > 100 {
			return nil, fmt.Errorf("there is no aggregate %q; use sum, count, distinct, avg, min, max, median, p95, percentile(x, 95), last, dayavg", name.text)
		}
		a.agg, a.percent = "percentile", pc
	}
	if !p.take(")") {
		return nil, p.wrong(")")
	}
	if agg == "dayavg" { // the average over days of each day's sum
		a.agg = "sum"
		return &node{op: '/', left: &node{op: 'a', atom: a}, right: &node{op: 'a', atom: &atom{agg: "days"}}}, nil
	}
	return &node{op: 'a', atom: a}, nil
}

func (p *parser) rowSum() (*expr, error) {
	left, err := p.rowProduct()
	for err == nil {
		t := p.peek()
		if t.kind != 'p' || t.text != "+" && t.text != "-" {
			return left, nil
		}
		p.next()
		var right *expr
		if right, err = p.rowProduct(); err == nil {
			left = &expr{op: t.text[0], left: left, right: right}
			err = p.deeper()
		}
	}
	return nil, err
}

func (p *parser) rowProduct() (*expr, error) {
	left, err := p.rowFactor()
	for err == nil {
		if !p.take("*") {
			return left, nil
		}
		var right *expr
		if right, err = p.rowFactor(); err == nil {
			left = &expr{op: '*', left: left, right: right}
			err = p.deeper()
		}
	}
	return nil, err
}

func (p *parser) rowFactor() (*expr, error) {
	t := p.peek()
	switch {
	case t.kind == 'n' || t.kind == '"':
		p.next()
		return &expr{op: 'c', name: t.text}, nil
	case t.kind == '0':
		p.next()
		v, scale, ok := constant(t.text)
		if !ok {
			return nil, fmt.Errorf("%q at position %d is not a number with up to 9 decimals", t.text, t.at+1)
		}
		return &expr{op: '0', value: v, scale: scale}, nil
	case p.take("("):
		if err := p.deeper(); err != nil {
			return nil, err
		}
		e, err := p.rowSum()
		if err == nil && !p.take(")") {
			err = p.wrong(")")
		}
		return e, err
	}
	return nil, p.wrong("a column")
}

func (n *node) clone() *node {
	if n == nil {
		return nil
	}
	m := *n
	m.left, m.right = n.left.clone(), n.right.clone()
	return &m
}

// bind finds the columns of a measure and the kinds of its parts.
func (n *node) bind(c *compiled) error {
	switch n.op {
	case '0':
		return nil
	case 'a':
		bound := *n.atom
		if err := bound.bind(c); err != nil {
			return err
		}
		n.index = len(c.atoms)
		c.atoms = append(c.atoms, &bound)
		return nil
	}
	if err := n.left.bind(c); err != nil {
		return err
	}
	return n.right.bind(c)
}

func (a *atom) bind(c *compiled) error {
	if a.agg == "last" || a.agg == "days" {
		if c.time < 0 {
			return fmt.Errorf("last and dayavg need a date column; name it as the time")
		}
	}
	a.kind = Integer
	if a.expr == nil {
		return nil
	}
	e := *a.expr
	if err := e.bind(c.cols, a.agg); err != nil {
		return err
	}
	a.expr = &e
	switch a.agg {
	case "count", "distinct":
		return nil
	case "avg", "percentile":
		a.kind, a.scale = Float, e.scale
		return nil
	}
	a.scale = e.scale
	switch {
	case e.float:
		a.kind = Float
	case e.op == 'c' && (c.cols[e.col].Kind == Date || c.cols[e.col].Kind == Moment || c.cols[e.col].Kind == Bool):
		a.kind = c.cols[e.col].Kind
		if a.agg == "sum" && a.kind == Bool {
			a.kind = Integer
		}
	case e.scale > 0:
		a.kind = Decimal
	}
	return nil
}

// bind makes a copy of the tree's own children, because a parsed measure may be
// used with several tables.
func (e *expr) bind(cols []Column, agg string) error {
	switch e.op {
	case 'c':
		i, err := findColumn(cols, e.name)
		if err != nil {
			return err
		}
		e.col, e.scale, e.float = i, cols[i].Scale, cols[i].Kind == Float
		switch k := cols[i].Kind; {
		case agg == "count" || agg == "distinct":
		case k == Text:
			return fmt.Errorf("column %q is text; only count and distinct can be taken of it", cols[i].Name)
		case (k == Date || k == Moment) && agg != "min" && agg != "max":
			return fmt.Errorf("column %q is %s; only count, distinct, min and max can be taken of it", cols[i].Name, k)
		}
		return nil
	case '0':
		return nil
	}
	left, right := *e.left, *e.right
	e.left, e.right = &left, &right
	for _, side := range []*expr{e.left, e.right} {
		if err := side.bind(cols, "sum"); err != nil {
			return err
		}
	}
	e.float = left.float || right.float
	if e.op == '*' {
		e.scale = left.scale + right.scale
	} else {
		e.scale = max(left.scale, right.scale)
	}
	if e.scale > 12 {
		return fmt.Errorf("the product has %d digits after the point; 12 are the most", e.scale)
	}
	return nil
}

// ParseDimension reads country, month(date), month, "a column", or
// name = month(date).
func ParseDimension(s string, cols []Column) (Dimension, error) {
	list, err := tokens(s)
	if err != nil {
		return Dimension{}, fmt.Errorf("dimension %q: %w", s, err)
	}
	var d Dimension
	if len(list) > 3 && list[1].text == "=" {
		d.Name, list = list[0].text, list[2:]
	}
	p := &parser{list: list}
	t := p.next()
	if t.kind != 'n' && t.kind != '"' {
		return d, fmt.Errorf("dimension %q: name a column", s)
	}
	grain := Grain(strings.ToLower(t.text))
	switch {
	case t.kind == 'n' && p.take("("):
		col := p.next()
		if col.kind != 'n' && col.kind != '"' || !p.take(")") {
			return d, fmt.Errorf("dimension %q: write it as month(date)", s)
		}
		d.Column, d.Grain = col.text, grain
	case p.peek().kind != 0: // names with spaces need no quotes here
		d.Column = strings.TrimSpace(s)
		p.list = p.list[len(p.list)-1:]
	default:
		d.Column = t.text
		if _, err := findColumn(cols, t.text); err != nil && isGrain(grain) {
			d.Column, d.Grain, d.Name = "", grain, string(grain)
		}
	}
	if p.peek().kind != 0 {
		return d, fmt.Errorf("dimension %q: %w", s, p.wrong("the end"))
	}
	return d, nil
}

func isGrain(g Grain) bool {
	switch g {
	case Day, Week, Month, Quarter, Year, Weekday, Hour:
		return true
	}
	return false
}
