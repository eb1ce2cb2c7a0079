package data

import (
	"strings"

	"steward/engine/cube"
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
)

// Metric is a figure over the rows of a source: what is added up or counted,
// by which date, and what it may be broken down by.
type Metric struct {
	records.Base[Metric]
	Name          string
	Source        records.ID[Source]
	Owner         records.Opt[records.ID[org.Person]]
	Main          bool
	Aggregate     Aggregate
	MeasureColumn records.Opt[string]
	Per           records.Opt[Aggregate]
	PerColumn     records.Opt[string]
	Condition     records.Opt[string]
	TimeColumn    string
	Dimensions    records.Opt[string]
	Unit          Unit
	Currency      records.Opt[string]
	Better        Better
	Definition    records.Opt[string]
}

// Aggregate says what is done with a column's values.
type Aggregate string

const (
	Sum      Aggregate = "sum"
	Count    Aggregate = "count"
	Distinct Aggregate = "distinct"
	Average  Aggregate = "average"
	Least    Aggregate = "least"
	Greatest Aggregate = "greatest"
)

// Unit says what a metric is counted in.
type Unit string

const (
	Number  Unit = "number"
	Money   Unit = "money"
	Percent Unit = "percent"
)

// Better says which values are better.
type Better string

const (
	Higher  Better = "higher"
	Lower   Better = "lower"
	Neither Better = "neither"
)

// Metrics are the organisation's metrics. Rights are the source's.
var Metrics = records.Define("data.metric", "Metric", "Metrics", "MET", func(m *Metric, f *records.Fields) {
	f.Title(&m.Name, "Name")
	records.Linked(f, &m.Source, "Data source").List()
	records.Linked(f, &m.Owner, "Owner").List()
	records.Flag(f, &m.Main, "The organisation's main metric").Filter().Help("Stands on the Bridge with its target and forecast.")
	records.Long(f, &m.Definition, "Definition")
	f.Group("Measure")
	records.Choices(f, &m.Aggregate, "What is measured", Count, Sum, Distinct, Average, Least, Greatest).Called("sum", "Sum of a column").Called("count", "Number of rows").Called("distinct", "Number of different values of a column").
		Called("average", "Average of a column").Called("least", "Least value of a column").Called("greatest", "Greatest value of a column").List()
	records.Str(f, &m.MeasureColumn, "Column").Max(300).List()
	records.Choices(f, &m.Per, "Divided by", Sum, Count, Distinct).Called("sum", "Sum of a column").Called("count", "Number of rows").Called("distinct", "Number of different values of a column").Help("Makes it a ratio, such as revenue for each order.")
	records.Str(f, &m.PerColumn, "Column it is divided by").Max(300)
	records.Str(f, &m.Condition, "Only rows where").Max(500).Help("Such as: state = 'paid' and amount > 0.")
	f.Group("Breakdown")
	records.Str(f, &m.TimeColumn, "Date column").Max(300)
	records.Str(f, &m.Dimensions, "Columns to break down by").Max(1000).Help("Separated by commas; left empty, all that are not numbers.")
	f.Group("Unit")
	records.Choices(f, &m.Unit, "Unit", Number, Money, Percent)
	records.Str(f, &m.Currency, "Currency").As("currency")
	records.Choices(f, &m.Better, "Better is", Higher, Lower, Neither)
	f.Under(&m.Source)
}).InArea(access.Data).Icon("math-function").SortedBy("name").Versioned().Check(checkMetric)

// checkMetric holds the metric against the columns that its source delivered.
func checkMetric(u *records.Tx, _, m *Metric) error {
	switch {
	case m.Aggregate != Count && !m.MeasureColumn.Set:
		return fail.Field(&m.MeasureColumn, "column-missing", "Say which column is measured.")
	case m.Per.Set && m.Per.V != Count && !m.PerColumn.Set:
		return fail.Field(&m.PerColumn, "per-column-missing", "Say which column it is divided by.")
	case m.Unit == Money && !m.Currency.Set:
		return fail.Field(&m.Currency, "currency-missing", "An amount of money needs its currency.")
	}
	if m.Condition.Set {
		if _, err := cube.ParseWhere(m.Condition.V); err != nil {
			return fail.Field(&m.Condition, "only-wrong", "The condition cannot be read: {problem}.").With("problem", err.Error())
		}
	}
	cols, err := columnsOf(u, m.Source)
	if err != nil || cols == nil {
		return err
	}
	number := func(k cube.Kind) bool { return k == cube.Integer || k == cube.Decimal || k == cube.Float }
	for _, c := range []struct {
		at   any
		name string
		agg  Aggregate
	}{{&m.MeasureColumn, m.MeasureColumn.V, m.Aggregate}, {&m.PerColumn, m.PerColumn.V, m.Per.V}} {
		if c.name == "" || c.agg == Count {
			continue
		}
		kind, ok := cols[c.name]
		if !ok {
			return fail.Field(c.at, "data.metric.no-column", "The source has no column “{name}”; it has {columns}.").With("name", c.name).With("columns", cols.names())
		}
		if (c.agg == Sum || c.agg == Average) && !number(kind) {
			return fail.Field(c.at, "data.metric.no-number", "The column “{name}” holds no numbers.").With("name", c.name)
		}
	}
	if kind, ok := cols[m.TimeColumn]; !ok || kind != cube.Date && kind != cube.Moment {
		return fail.Field(&m.TimeColumn, "no-date", "The source has no date column “{name}”; it has {columns}.").With("name", m.TimeColumn).With("columns", cols.names(cube.Date, cube.Moment))
	}
	for _, d := range splitList(m.Dimensions.V) {
		if _, ok := cols[d]; !ok {
			return fail.Field(&m.Dimensions, "no-column", "The source has no column “{name}”; it has {columns}.").With("name", d).With("columns", cols.names())
		}
	}
	return nil
}

// Expression is the metric as the cube reads it: sum("total")/distinct("order").
func (m *Metric) Expression() string {
	e := expression(m.Aggregate, m.MeasureColumn.V)
	if m.Per.Set {
		e += " / " + expression(m.Per.V, m.PerColumn.V)
	}
	return e
}

// additive says whether values of periods may be added up.
func (m *Metric) additive() bool {
	return !m.Per.Set && (m.Aggregate == Sum || m.Aggregate == Count)
}

func expression(a Aggregate, column string) string {
	if a == Count {
		return "count()"
	}
	names := map[Aggregate]string{Sum: "sum", Distinct: "distinct", Average: "avg", Least: "min", Greatest: "max"}
	return names[a] + "(" + quoteName(column) + ")"
}

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func splitList(s string) (out []string) {
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
