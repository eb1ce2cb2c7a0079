package cube

import (
	"errors"
	"fmt"
	"strings"
)

// Query is what to compute. Text forms come from ParseMeasure, ParseDimension
// and ParseWhere.
type Query struct {
	Measures []Measure
	By       []Dimension
	Where    *Cond // nil: all rows

	// Time is the date column that From, To, Compare, last() and dayavg() go by;
	// empty: that of the first dimension of periods, or the table's only one.
	Time     string
	From, To string     // YYYY-MM-DD, both included; empty: no bound
	Compare  Comparison // adds each measure in the earlier period and the change
	Fill     bool       // a row for every period without data, too
	Top      int        // only the n greatest values of the last dimension that is no period, by the first measure; the rest is 'other'
	Share    bool       // adds each additive measure's share of its period's total, or of all
	Order    string     // a measure's or dimension's name, '-' before it for descending; empty: by the dimensions
	Limit    int        // most rows, after ordering; 0: all
	Calendar Calendar
}

// Comparison names the period to compare with.
type Comparison string

const (
	NoComparison   Comparison = ""
	PreviousPeriod Comparison = "previous"
	YearBefore     Comparison = "year"
)

// Dimension is a column to group by, dates by periods.
type Dimension struct {
	Column string
	Grain  Grain // of dates; empty: the value itself
	Name   string
}

func (d Dimension) title() string {
	switch {
	case d.Name != "":
		return d.Name
	case d.Grain != "":
		return string(d.Grain) + "(" + d.Column + ")"
	}
	return d.Column
}

// Viewer is for whom a query runs: the rows that exist for them. It cannot be
// left out of a query, and the zero Viewer sees nothing and is refused, so that
// a forgotten policy is an error and never an open door.
type Viewer struct {
	given bool
	all   bool
	rows  *Cond
}

// AllRows is a viewer without restriction. Whoever calls it has decided so.
func AllRows() Viewer { return Viewer{given: true, all: true} }

// OnlyRows is a viewer for whom only the rows that meet the condition exist: in
// sums, totals, shares and distinct counts alike.
func OnlyRows(c Cond) Viewer { return Viewer{given: true, rows: &c} }

// NoRows is a viewer for whom there is nothing.
func NoRows() Viewer { return Viewer{given: true, rows: &Cond{Or: []Cond{}}} }

// ErrNoViewer is returned for the zero Viewer.
var ErrNoViewer = errors.New("a query needs a viewer: AllRows, OnlyRows or NoRows")

// Cond is a condition on rows: a comparison, or several joined. A comparison
// with nothing is never met, as in SQL. An empty And is always met, an empty but
// not nil Or never.
type Cond struct {
	Column string
	Grain  Grain    // compares the period of a date, e.g. year(date) = 2024
	Op     string   // = != < <= > >= in, not in, between, contains, starts, is null, is not null
	Values []string // written as in a CSV; dates as YYYY-MM-DD
	And    []Cond
	Or     []Cond
}

// Result is a table of the answer.
type Result struct {
	Columns []ResultColumn
	Rows    [][]Value
	Totals  []Value // the measures over all rows of the query; the dimensions' places hold nothing
	Notes   []string
}

// ResultColumn is one column of a result.
type ResultColumn struct {
	Name    string `json:"name"`
	Measure bool   `json:"measure,omitempty"`
	Kind    Kind   `json:"kind"`
	Scale   int    `json:"scale,omitempty"`
}

// compiled is a query checked against a table's columns.
type compiled struct {
	Query
	cols   []Column
	dims   []planDim
	atoms  []*atom
	where  []Cond // all must be met: viewer, filter
	time   int    // column, -1 without
	from   int64
	to     int64
	ranged bool
	period int // the dimension compared and filled, -1 without
	top    int // the dimension cut to the top n, -1 without
}

type planDim struct {
	col   int
	grain Grain
	kind  Kind // of the values it yields
}

const (
	minDay = -4_000_000 // far beyond years 1 and 9999
	maxDay = 4_000_000
)

func compile(cols []Column, viewer Viewer, q Query) (*compiled, error) {
	if !viewer.given {
		return nil, ErrNoViewer
	}
	if len(q.Measures) == 0 {
		return nil, fmt.Errorf("name at least one measure, such as count() or sum(amount)")
	}
	c := &compiled{Query: q, cols: cols, time: -1, period: -1, top: -1, from: minDay, to: maxDay}
	for _, d := range q.By {
		p, err := c.dimension(d)
		if err != nil {
			return nil, err
		}
		c.dims = append(c.dims, p)
		if p.grain != "" && !p.grain.cyclic() && c.period < 0 {
			c.period = len(c.dims) - 1
		}
		if p.grain == "" {
			c.top = len(c.dims) - 1
		}
	}
	if err := c.timeColumn(); err != nil {
		return nil, err
	}
	c.Measures = make([]Measure, len(q.Measures))
	for i, m := range q.Measures {
		c.Measures[i] = Measure{m.Name, m.node.clone()} // binding writes into it
		if err := c.Measures[i].node.bind(c); err != nil {
			return nil, fmt.Errorf("measure %s: %w", q.Measures[i].Name, err)
		}
	}
	if viewer.rows != nil {
		c.where = append(c.where, *viewer.rows)
	}
	if q.Where != nil {
		c.where = append(c.where, *q.Where)
	}
	return c, c.options()
}

func (c *compiled) options() error {
	q := c.Query
	if q.Top < 0 || q.Limit < 0 {
		return fmt.Errorf("top and limit must not be below 0")
	}
	if q.Top > 0 && c.top < 0 {
		return fmt.Errorf("top needs a dimension that is no period")
	}
	if f := q.Calendar.FirstMonth; f < 0 || f > 12 {
		return fmt.Errorf("the fiscal year begins with month %d; give 1 to 12", f)
	}
	switch q.Compare {
	case NoComparison, PreviousPeriod, YearBefore:
	default:
		return fmt.Errorf("compare with %q is not known; use previous or year", q.Compare)
	}
	if q.Fill && c.period < 0 {
		return fmt.Errorf("fill needs a dimension of periods, such as month")
	}
	if q.Compare != "" && c.period < 0 && (q.From == "" || q.To == "") {
		return fmt.Errorf("compare needs a dimension of periods, or from and to")
	}
	if q.From == "" && q.To == "" {
		return nil
	}
	if c.time < 0 {
		return fmt.Errorf("from and to need a date column; the table has none")
	}
	c.ranged = true
	for _, bound := range []struct {
		name, text string
		day        *int64
	}{{"from", q.From, &c.from}, {"to", q.To, &c.to}} {
		if bound.text != "" {
			var ok bool
			if *bound.day, ok = parseDate(bound.text); !ok {
				return fmt.Errorf("%s: %q is not a date as YYYY-MM-DD", bound.name, bound.text)
			}
		}
	}
	if c.from > c.to {
		return fmt.Errorf("from %s is after to %s", q.From, q.To)
	}
	return nil
}

func (c *compiled) dimension(d Dimension) (planDim, error) {
	var p planDim
	var err error
	if d.Column == "" && d.Grain != "" {
		if p.col, err = c.onlyDate(string(d.Grain)); err != nil {
			return p, err
		}
	} else if p.col, err = findColumn(c.cols, d.Column); err != nil {
		return p, err
	}
	col := c.cols[p.col]
	p.grain, p.kind = d.Grain, col.Kind
	dated := col.Kind == Date || col.Kind == Moment
	switch d.Grain {
	case "":
		if col.Kind == Float {
			return p, fmt.Errorf("column %q holds measurements (floats); they cannot be grouped by", col.Name)
		}
	case Day, Week, Month, Quarter, Year, Weekday:
		p.kind = Integer
	case Hour:
		if col.Kind != Moment {
			return p, fmt.Errorf("column %q has no time of day", col.Name)
		}
		p.kind = Integer
	default:
		return p, fmt.Errorf("%q is no period; use day, week, month, quarter, year, weekday or hour", d.Grain)
	}
	if d.Grain != "" && !dated {
		return p, fmt.Errorf("column %q is %s; only dates have a %s", col.Name, col.Kind, d.Grain)
	}
	return p, nil
}

// onlyDate is the table's date column, when it has just one.
func (c *compiled) onlyDate(forWhat string) (int, error) {
	var found []int
	var names []string
	for i, col := range c.cols {
		if col.Kind == Date || col.Kind == Moment {
			found, names = append(found, i), append(names, col.Name)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return 0, fmt.Errorf("there is no column %q and no date column it could be of; columns are %s", forWhat, columnNames(c.cols))
	}
	return 0, fmt.Errorf("%s of which date? write %s(%s); the dates are %s", forWhat, forWhat, names[0], strings.Join(names, ", "))
}

func (c *compiled) timeColumn() error {
	if c.Time != "" {
		i, err := findColumn(c.cols, c.Time)
		if err != nil {
			return err
		}
		if k := c.cols[i].Kind; k != Date && k != Moment {
			return fmt.Errorf("column %q is %s, not a date", c.Time, k)
		}
		c.time = i
		return nil
	}
	if c.period >= 0 {
		c.time = c.dims[c.period].col
		return nil
	}
	if i, err := c.onlyDate("time"); err == nil {
		c.time = i
	}
	return nil
}

func findColumn(cols []Column, name string) (int, error) {
	loose := -1
	for i, c := range cols {
		if c.Name == name {
			return i, nil
		}
		if strings.EqualFold(c.Name, name) {
			if loose >= 0 {
				return 0, fmt.Errorf("%q could be %q or %q; write it exactly", name, cols[loose].Name, c.Name)
			}
			loose = i
		}
	}
	if loose >= 0 {
		return loose, nil
	}
	return 0, fmt.Errorf("there is no column %q; there are %s", name, columnNames(cols))
}

func columnNames(cols []Column) string {
	var names []string
	for i, c := range cols {
		if i == 30 {
			names = append(names, fmt.Sprintf("and %d more", len(cols)-30))
			break
		}
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}
