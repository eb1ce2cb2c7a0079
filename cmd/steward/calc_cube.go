package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"steward/collect/table"
	"steward/engine/calc"
	"steward/engine/cube"
)

const cubeHelp = `steward calc cube: metrics over business data: measures by dimensions, periods compared

Usage: steward calc cube --data FILE --measure 'sum(amount)' [--by month,country] [--where …]

FILE is CSV, XLSX, JSON lines, Parquet or SQLite. Of a database name the table
(--table) or a SELECT (--query); where only one table has the columns, it is taken.

Measures: sum, count, distinct, avg, min, max, median, p95, percentile(x, 95),
last (of the latest day), dayavg (average of the days' sums), and arithmetic:
sum(price*quantity), sum(paid)/sum(amount), revenue=sum(amount).
Periods:  day, week, month, quarter, year, weekday, hour, as month or month(date).

`

const cubeExample = `steward calc cube --data sales.csv --measure 'sum(amount),count()' --by month,country --where "amount > 0" --compare year`

// cubeCommand lists cube among the calculations; runCube does the work, because
// the data does not come as one JSON object.
func cubeCommand() calc.Command {
	return calc.Command{
		Name: "cube", Summary: "metrics over CSV, workbooks and databases: measures by dimensions, periods compared",
		Example: cubeExample,
		Schema:  func() []byte { return calc.Schema[cubeAsk, cubeAnswer]("cube") },
		Prepare: func(*flag.FlagSet) calc.Run {
			return func(context.Context, []byte) (calc.Answer, error) {
				return calc.Answer{}, calc.Wrong("", "cube reads its data with --data")
			}
		},
	}
}

// list is a flag that may be given several times, each with several values.
type list []string

func (l *list) String() string     { return strings.Join(*l, ",") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

// cubeAsk is what the flags say.
type cubeAsk struct {
	Data    string   `json:"data" doc:"the file, or - for CSV on standard input"`
	Table   string   `json:"table,omitempty"`
	Query   string   `json:"query,omitempty"`
	Measure []string `json:"measure"`
	By      []string `json:"by,omitempty"`
	Where   []string `json:"where,omitempty"`
	Only    []string `json:"only,omitempty" doc:"the rows that exist for whoever asks"`
	Time    string   `json:"time,omitempty"`
	From    string   `json:"from,omitempty"`
	To      string   `json:"to,omitempty"`
	Compare string   `json:"compare,omitempty"`
	Fill    bool     `json:"fill,omitempty"`
	Top     int      `json:"top,omitempty"`
	Share   bool     `json:"share,omitempty"`
	Order   string   `json:"order,omitempty"`
	Limit   int      `json:"limit,omitempty"`
	Fiscal  int      `json:"fiscal_start,omitempty"`
}

// cubeAnswer is the form of --format json.
type cubeAnswer struct {
	Columns []cube.ResultColumn `json:"columns"`
	Rows    [][]any             `json:"rows"`
	Totals  []any               `json:"totals" doc:"the measures over all rows of the query"`
	Notes   []string            `json:"notes,omitempty"`
}

func runCube(ctx context.Context, s streams, args []string) error {
	fs := newFlags("calc cube")
	var ask cubeAsk
	var measure, by, where, only list
	fs.StringVar(&ask.Data, "data", "", "the file with the data; - is CSV on standard input")
	fs.StringVar(&ask.Table, "table", "", "table of a database, sheet of a workbook")
	fs.StringVar(&ask.Query, "query", "", "a SELECT whose rows are the data")
	fs.Var(&measure, "measure", "what to compute, e.g. 'sum(amount),count()'")
	fs.Var(&by, "by", "what to group by, e.g. month,country")
	fs.Var(&where, "where", "rows to take, e.g. \"country = DE and amount > 10\"; several must all be met")
	fs.Var(&only, "only", "row policy: the only rows that exist for whoever asks, also in totals and shares")
	fs.StringVar(&ask.Time, "time", "", "the date column that --from, --to, --compare and last() go by")
	fs.StringVar(&ask.From, "from", "", "first day, YYYY-MM-DD")
	fs.StringVar(&ask.To, "to", "", "last day, YYYY-MM-DD")
	fs.StringVar(&ask.Compare, "compare", "", "add the earlier period: previous or year")
	fs.BoolVar(&ask.Fill, "fill", false, "a row for every period without data, too")
	fs.IntVar(&ask.Top, "top", 0, "only the n greatest of the last dimension; the rest is 'other'")
	fs.BoolVar(&ask.Share, "share", false, "add the share of the total, in per cent")
	fs.StringVar(&ask.Order, "order", "", "order by a column of the answer, -NAME for descending")
	fs.IntVar(&ask.Limit, "limit", 0, "most rows")
	fs.IntVar(&ask.Fiscal, "fiscal-start", 1, "month the fiscal year begins with")
	format := fs.String("format", "table", "table, csv or json")
	statement := fs.Bool("sql", false, "print the same query as SQL for SQLite and PostgreSQL instead of running it")
	explain := fs.Bool("explain", false, "say in words what was read and how")
	schema := fs.Bool("schema", false, "print the JSON Schema of the question and the answer")
	v := varianceFlags(fs)
	files, err := parse(fs, args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(s.out, cubeHelp, "Flags:\n")
		fs.SetOutput(s.out)
		fs.PrintDefaults()
		fmt.Fprintf(s.out, "\nExample:\n  %s\n", cubeExample)
		return nil
	}
	if err != nil {
		return err
	}
	if *schema {
		_, err := s.out.Write(cubeCommand().Schema())
		return err
	}
	if ask.Data == "" && len(files) == 1 {
		ask.Data, files = files[0], nil
	}
	if ask.Data == "" || len(files) > 0 {
		return wrongUse("name one file with --data; `steward calc cube --help` shows an example")
	}
	for _, m := range measure {
		ask.Measure = append(ask.Measure, cube.SplitList(m)...)
	}
	for _, b := range by {
		ask.By = append(ask.By, cube.SplitList(b)...)
	}
	ask.Where, ask.Only = where, only
	if len(ask.Measure) == 0 {
		ask.Measure = []string{"count()"}
	}
	q, viewer, err := ask.query()
	if err != nil {
		return usage{err.Error()}
	}
	data, why, err := ask.load(ctx, s, q, v.names())
	if err != nil {
		return err
	}
	for _, b := range ask.By {
		d, err := cube.ParseDimension(b, data.Columns)
		if err != nil {
			return usage{err.Error()}
		}
		q.By = append(q.By, d)
	}
	if *explain {
		for _, line := range why {
			fmt.Fprintln(s.err, line)
		}
	}
	if v.asked() {
		return v.run(ctx, s, data, viewer, q, *format)
	}
	if *statement {
		return printSQL(s, data, viewer, q, ask.Table)
	}
	res, err := data.Run(ctx, viewer, q)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		return usage{err.Error()}
	}
	return writeAs(s.out, *format, res.Text, res.CSV, res)
}

func writeAs(w io.Writer, format string, text, csv func() []byte, value any) error {
	var out []byte
	switch format {
	case "table":
		out = text()
	case "csv":
		out = csv()
	case "json":
		b, err := json.MarshalIndent(value, "", "  ")
		if err != nil {
			return err
		}
		out = append(b, '\n')
	default:
		return wrongUse("there is no format %q; use table, csv or json", format)
	}
	_, err := w.Write(out)
	return err
}

// query parses everything but the dimensions, which depend on the columns.
func (a cubeAsk) query() (cube.Query, cube.Viewer, error) {
	q := cube.Query{
		Time: a.Time, From: a.From, To: a.To, Compare: cube.Comparison(a.Compare), Fill: a.Fill, Top: a.Top,
		Share: a.Share, Order: a.Order, Limit: a.Limit, Calendar: cube.Calendar{FirstMonth: a.Fiscal},
	}
	for _, m := range a.Measure {
		measure, err := cube.ParseMeasure(m)
		if err != nil {
			return q, cube.Viewer{}, err
		}
		q.Measures = append(q.Measures, measure)
	}
	where, err := allOf(a.Where)
	if err != nil {
		return q, cube.Viewer{}, err
	}
	q.Where = where
	only, err := allOf(a.Only)
	if err != nil {
		return q, cube.Viewer{}, err
	}
	if only == nil {
		return q, cube.AllRows(), nil // whoever holds the file may read all of it
	}
	return q, cube.OnlyRows(*only), nil
}

func allOf(texts []string) (*cube.Cond, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	var c cube.Cond
	for _, t := range texts {
		one, err := cube.ParseWhere(t)
		if err != nil {
			return nil, err
		}
		c.And = append(c.And, one)
	}
	return &c, nil
}

// load reads the columns the query names, and all dates.
func (a cubeAsk) load(ctx context.Context, s streams, q cube.Query, more []string) (*cube.Table, []string, error) {
	src := table.Source{Target: a.Data, Table: a.Table, Query: a.Query}
	if a.Data == "-" {
		in, err := readInput(s, nil)
		if err != nil {
			return nil, nil, err
		}
		src.Target, src.Data = "standard input", in
	}
	wanted := append(q.Names(), more...)
	for _, b := range a.By {
		if d, err := cube.ParseDimension(b, nil); err == nil && d.Column != "" { // of the only date column
			wanted = append(wanted, d.Column)
		}
	}
	if a.Table == "" && a.Query == "" {
		if err := pickTable(ctx, &src, wanted); err != nil {
			return nil, nil, asUsage(err)
		}
	}
	r, err := table.Open(ctx, src)
	if err != nil {
		return nil, nil, asUsage(err)
	}
	defer r.Close()
	if err := knownColumns(wanted, r.Columns()); err != nil {
		return nil, nil, err
	}
	t, err := fillCube(ctx, r, func(c table.Column) bool {
		if c.Kind == table.Date || c.Kind == table.Moment {
			return true
		}
		for _, w := range wanted {
			if strings.EqualFold(w, c.Name) {
				return true
			}
		}
		return false
	})
	if err != nil {
		return nil, nil, err
	}
	rep := r.Report()
	why := []string{fmt.Sprintf("Read %d rows of %s; %d columns are kept, %.1f bytes a row.", rep.Rows, a.Data, len(t.Columns), float64(t.Size())/float64(max(rep.Rows, 1)))}
	for _, c := range r.Columns() {
		if c.Note != "" {
			why = append(why, fmt.Sprintf("Column %s: %s.", c.Name, c.Note))
		}
	}
	if rep.RejectedCount > 0 {
		x := rep.Rejected[0]
		fmt.Fprintf(s.err, "steward calc cube: %d rows do not fit and are not counted; the first: row %d: %s %s\n", rep.RejectedCount, x.Number, x.Column, x.Reason)
	}
	return t, why, nil
}

// knownColumns refuses names that are neither a column nor a period, naming
// all columns there are and not only those that would be loaded.
func knownColumns(wanted []string, cols []table.Column) error {
	var names []string
	for _, c := range cols {
		names = append(names, c.Name)
	}
	for _, w := range wanted {
		found := w == "" || isPeriod(w)
		for _, n := range names {
			found = found || strings.EqualFold(n, w)
		}
		if !found {
			return wrongUse("there is no column %q; there are %s", w, strings.Join(names, ", "))
		}
	}
	return nil
}

func isPeriod(w string) bool {
	switch cube.Grain(strings.ToLower(w)) {
	case cube.Day, cube.Week, cube.Month, cube.Quarter, cube.Year, cube.Weekday, cube.Hour:
		return true
	}
	return false
}

// asUsage turns a source that cannot be used as given into wrong use.
func asUsage(err error) error {
	var invalid *table.Invalid
	if errors.As(err, &invalid) {
		return usage{invalid.Error()}
	}
	return err
}

// pickTable takes the only table of a database that has the columns named.
func pickTable(ctx context.Context, src *table.Source, wanted []string) error {
	if src.Data != nil {
		return nil
	}
	infos, err := table.Tables(ctx, *src)
	if err != nil || len(infos) < 2 {
		return err
	}
	var fit []string
	for _, info := range infos {
		has := map[string]bool{}
		for _, c := range info.Columns {
			has[strings.ToLower(c)] = true
		}
		all := true
		for _, w := range wanted {
			w = strings.ToLower(w)
			all = all && (has[w] || isPeriod(w) || w == "")
		}
		if all {
			fit = append(fit, info.Name)
		}
	}
	var names []string
	for _, info := range infos {
		names = append(names, info.Name)
	}
	switch len(fit) {
	case 1:
		src.Table = fit[0]
		return nil
	case 0:
		return table.Wrong("table", "no table has all the columns named (%s); the tables are %s. Join them with --query 'SELECT …'", strings.Join(wanted, ", "), strings.Join(names, ", "))
	}
	return table.Wrong("table", "several tables fit: %s; name one with --table", strings.Join(fit, ", "))
}

// fillCube builds a table of the columns wanted.
func fillCube(ctx context.Context, r *table.Reader, want func(table.Column) bool) (*cube.Table, error) {
	var cols []cube.Column
	var from []int
	for i, c := range r.Columns() {
		if want(c) {
			cols, from = append(cols, cube.Column{Name: c.Name, Kind: cube.Kind(c.Kind), Scale: c.Scale}), append(from, i)
		}
	}
	if len(cols) == 0 { // rows can be counted without any column in particular
		c := r.Columns()[0]
		cols, from = []cube.Column{{Name: c.Name, Kind: cube.Kind(c.Kind), Scale: c.Scale}}, []int{0}
	}
	b, err := cube.NewBuilder(cols)
	if err != nil {
		return nil, err
	}
	vectors := make([]cube.Vector, len(cols))
	for {
		batch, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		for k, i := range from {
			vectors[k] = cube.Vector(batch.Columns[i])
		}
		if err := b.Append(batch.Rows, vectors); err != nil {
			return nil, err
		}
	}
	raw, err := b.Bytes()
	if err != nil {
		return nil, err
	}
	return cube.OpenBytes(raw)
}

// printSQL shows the query as each database would be asked.
func printSQL(s streams, t *cube.Table, viewer cube.Viewer, q cube.Query, name string) error {
	if name == "" {
		name = "data"
	}
	from := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	for _, d := range []cube.Dialect{cube.SQLite, cube.Postgres} {
		text, args, err := cube.Relation{Dialect: d, From: from, Columns: t.Columns}.SQL(viewer, q)
		if err != nil {
			return usage{err.Error()}
		}
		fmt.Fprintf(s.out, "-- %s\n%s;\n-- arguments: %v\n", d, text, args)
	}
	return nil
}
