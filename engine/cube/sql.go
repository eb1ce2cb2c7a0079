package cube

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Dialect is a database that a query can be run on.
type Dialect string

const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// Relation is a table of a database and how its columns are held there.
type Relation struct {
	Dialect Dialect
	From    string   // what stands after FROM: a quoted table name, or (SELECT …) AS t
	Columns []Column // as the same data has them in a Table
	// Texts names the date columns that are held as text starting with
	// YYYY-MM-DD. SQLite has no others.
	Texts map[string]bool
}

// Rows runs a statement and returns its rows; the caller has the connection.
// Values are nil, int64, float64, string, []byte, bool or time.Time.
type Rows func(ctx context.Context, sql string, args []any) ([][]any, error)

// Run answers a query from a database: the groups and sums come from SQL, all
// that follows (periods named, gaps, comparisons, shares, the rest after a top n)
// is the same code as for a Table. Decimals are summed as whole numbers of their
// smallest unit, so answers are equal to the cent even where the database holds
// floats.
func (r Relation) Run(ctx context.Context, viewer Viewer, q Query, run Rows) (Result, error) {
	c, err := compile(r.Columns, viewer, q)
	if err != nil {
		return Result{}, err
	}
	return c.answer(func(raw rawQuery) ([]rawRow, error) {
		text, args, err := r.statement(c, raw)
		if err != nil {
			return nil, err
		}
		rows, err := run(ctx, text, args)
		if err != nil {
			return nil, fmt.Errorf("%w\n%s", err, text)
		}
		return r.read(c, raw, rows)
	})
}

// SQL is the statement of a query's main grouping, with its arguments.
func (r Relation) SQL(viewer Viewer, q Query) (string, []any, error) {
	c, err := compile(r.Columns, viewer, q)
	if err != nil {
		return "", nil, err
	}
	return r.statement(c, rawQuery{dims: indices(len(c.dims)), from: c.from, to: c.to, ranged: c.ranged})
}

// statement writes SELECT dimensions, count, aggregates FROM … GROUP BY.
type statement struct {
	r    Relation
	c    *compiled
	args []any
}

func (r Relation) statement(c *compiled, q rawQuery) (string, []any, error) {
	s := &statement{r: r, c: c}
	var dims []string
	for _, i := range q.dims {
		d := c.dims[i]
		e := s.dimension(d)
		if i == c.top && q.top != nil {
			e = s.cut(d, e, q.top)
		}
		dims = append(dims, e)
	}
	from := r.From
	where, err := s.where(q)
	if err != nil {
		return "", nil, err
	}
	if len(where) > 0 {
		from += "\nWHERE " + strings.Join(where, "\n  AND ")
	}
	of := s.operands()
	if c.ranks() {
		from, dims, of = s.ranked(from, dims, of)
	}
	var groups []string
	for i := range dims {
		groups = append(groups, strconv.Itoa(i+1))
	}
	selected := append(dims, "COUNT(*)")
	for i, a := range c.atoms {
		e, err := s.aggregate(a, of[i])
		if err != nil {
			return "", nil, err
		}
		selected = append(selected, e)
	}
	text := "SELECT " + strings.Join(selected, ",\n       ") + "\nFROM " + from
	if len(groups) > 0 {
		text += "\nGROUP BY " + strings.Join(groups, ", ")
	}
	return text, s.args, nil
}

// where is the conditions on rows: viewer, filter, days.
func (s *statement) where(q rawQuery) ([]string, error) {
	var list []string
	for _, x := range s.c.where {
		w, err := s.cond(x)
		if err != nil {
			return nil, err
		}
		list = append(list, w)
	}
	if q.ranged {
		list = append(list, s.day(s.c.time)+" BETWEEN "+s.arg(q.from)+" AND "+s.arg(q.to))
	}
	return list, nil
}

func (s *statement) arg(v any) string {
	s.args = append(s.args, v)
	if s.r.Dialect == Postgres { // its types do not follow from the place alone
		n := "$" + strconv.Itoa(len(s.args))
		switch v.(type) {
		case int64:
			return "CAST(" + n + " AS BIGINT)"
		case float64:
			return "CAST(" + n + " AS DOUBLE PRECISION)"
		case string:
			return "CAST(" + n + " AS TEXT)"
		case bool:
			return "CAST(" + n + " AS BOOLEAN)"
		}
		return n
	}
	return "?" + strconv.Itoa(len(s.args))
}

func (s *statement) name(col int) string {
	return `"` + strings.ReplaceAll(s.c.cols[col].Name, `"`, `""`) + `"`
}

// number is a numeric column as this package counts: decimals as whole numbers.
func (s *statement) number(col int) string {
	c, n := s.c.cols[col], s.name(col)
	switch c.Kind {
	case Decimal:
		unit := strconv.FormatInt(pow10(c.Scale), 10)
		if s.r.Dialect == Postgres {
			return "CAST(ROUND(CAST(" + n + " AS NUMERIC) * " + unit + ") AS BIGINT)"
		}
		return "CAST(ROUND(" + n + " * " + unit + ") AS INTEGER)"
	case Date:
		return s.day(col)
	case Moment:
		return s.micros(col)
	case Bool:
		if s.r.Dialect == Postgres {
			return "CAST(CAST(" + n + " AS INTEGER) AS BIGINT)"
		}
	case Integer:
		if s.r.Dialect == Postgres {
			return "CAST(" + n + " AS BIGINT)"
		}
	}
	return n
}

// text is a date column as 'YYYY-MM-DD HH:MM:SS'.
func (s *statement) text(col int, layout string) string {
	n := s.name(col)
	if s.r.Dialect == Postgres && !s.r.Texts[s.c.cols[col].Name] {
		return "TO_CHAR(" + n + ", '" + layout + "')"
	}
	return n
}

func (s *statement) year(col int) string { return s.digits(col, 1, 4) }

func (s *statement) digits(col, from, n int) string {
	return fmt.Sprintf("CAST(SUBSTR(%s, %d, %d) AS %s)", s.text(col, "YYYY-MM-DD HH24:MI:SS"), from, n, s.integer())
}

func (s *statement) integer() string {
	if s.r.Dialect == Postgres {
		return "BIGINT"
	}
	return "INTEGER"
}

// day is days since 1970-01-01.
func (s *statement) day(col int) string {
	t := s.text(col, "YYYY-MM-DD")
	if s.r.Dialect == Postgres {
		return "CAST(CAST(SUBSTR(" + t + ", 1, 10) AS DATE) - DATE '1970-01-01' AS BIGINT)"
	}
	return "CAST(STRFTIME('%J', SUBSTR(" + t + ", 1, 10)) - 2440587.5 AS INTEGER)"
}

func (s *statement) micros(col int) string {
	if s.r.Dialect == Postgres {
		if s.r.Texts[s.c.cols[col].Name] {
			return "CAST(EXTRACT(EPOCH FROM CAST(" + s.name(col) + " AS TIMESTAMP)) * 1000000 AS BIGINT)"
		}
		return "CAST(EXTRACT(EPOCH FROM " + s.name(col) + ") * 1000000 AS BIGINT)"
	}
	return "CAST(ROUND((JULIANDAY(" + s.name(col) + ") - 2440587.5) * 86400000) AS INTEGER) * 1000"
}

// floor divides whole numbers downwards, which neither database does.
func floor(x string, by int) string {
	return fmt.Sprintf("((%s) - ((%s) %% %d + %d) %% %d) / %d", x, x, by, by, by, by)
}

func (s *statement) dimension(d planDim) string {
	return s.period(d.col, d.grain, s.c.Calendar)
}

// period numbers periods as Calendar.period does.
func (s *statement) period(col int, g Grain, cal Calendar) string {
	month := s.year(col) + " * 12 + " + s.digits(col, 6, 2) + " - 1"
	switch g {
	case Day:
		return s.day(col)
	case Week:
		return floor(s.day(col)+" + 3", 7)
	case Weekday:
		return fmt.Sprintf("((%s + 3) %% 7 + 7) %% 7 + 1", s.day(col))
	case Month:
		return month
	case Quarter:
		return floor(fmt.Sprintf("%s - %d", month, cal.first()-1), 3)
	case Year:
		return floor(fmt.Sprintf("%s - %d", month, cal.first()-1), 12)
	case Hour:
		return s.digits(col, 12, 2)
	}
	if s.c.cols[col].Kind == Text {
		return s.name(col)
	}
	return s.number(col)
}

// cut numbers the top values 1 … n and gives 0 to the rest.
func (s *statement) cut(d planDim, e string, top []key) string {
	var b strings.Builder
	b.WriteString("CASE")
	for i, k := range top {
		switch {
		case k.null:
			fmt.Fprintf(&b, " WHEN %s IS NULL THEN %d", s.name(d.col), i+1)
		case s.c.cols[d.col].Kind == Text:
			fmt.Fprintf(&b, " WHEN %s = %s THEN %d", e, s.arg(k.text), i+1)
		default:
			fmt.Fprintf(&b, " WHEN %s = %s THEN %d", e, s.arg(k.n), i+1)
		}
	}
	if len(top) == 0 {
		b.WriteString(" WHEN 1 = 0 THEN 0")
	}
	b.WriteString(" ELSE 0 END")
	return b.String()
}

// operand is what an aggregate is taken of, written for one row.
type operand struct {
	x    string
	rank string // x's place in its group, from 1; percentiles only
	size string // how many values the group has; percentiles only
	day  string // the row's day; last only
	last string // the group's latest day with a value; last only
}

func (s *statement) operands() []operand {
	list := make([]operand, len(s.c.atoms))
	for i, a := range s.c.atoms {
		list[i].x = s.operand(a)
	}
	return list
}

func (s *statement) operand(a *atom) string {
	switch {
	case a.agg == "rows":
		return ""
	case a.agg == "days":
		return s.day(s.c.time)
	case a.agg != "count" && a.agg != "distinct" || a.expr.op != 'c':
		return s.expr(a.expr)
	}
	if k := s.c.cols[a.expr.col].Kind; a.agg == "count" || k == Text || k == Float {
		return s.name(a.expr.col)
	}
	return s.number(a.expr.col)
}

func (s *statement) aggregate(a *atom, of operand) (string, error) {
	switch a.agg {
	case "rows":
		return "COUNT(*)", nil
	case "count":
		return "COUNT(" + of.x + ")", nil
	case "distinct":
		if a.expr.op != 'c' {
			return "", fmt.Errorf("distinct wants one column")
		}
		return "COUNT(DISTINCT " + of.x + ")", nil
	case "days":
		return "COUNT(DISTINCT " + of.x + ")", nil
	case "sum":
		return s.sum(of.x, a), nil
	case "avg": // the sum; the count follows
		return s.sum(of.x, a) + ", COUNT(" + of.x + ")", nil
	case "min":
		return "MIN(" + of.x + ")", nil
	case "max":
		return "MAX(" + of.x + ")", nil
	case "last":
		return s.sum("CASE WHEN "+of.day+" = "+of.last+" THEN "+of.x+" END", a), nil
	case "percentile":
		return s.neighbours(a, of), nil
	}
	return "", fmt.Errorf("there is no aggregate %q", a.agg)
}

func (s *statement) sum(e string, a *atom) string {
	if s.r.Dialect == Postgres && !a.expr.float {
		return "CAST(SUM(" + e + ") AS BIGINT)"
	}
	return "SUM(" + e + ")"
}

// expr writes the arithmetic of a row in whole numbers, or in floats.
func (s *statement) expr(e *expr) string {
	switch e.op {
	case 'c':
		return s.number(e.col)
	case '0':
		return strconv.FormatInt(e.value, 10)
	}
	l, r := s.expr(e.left), s.expr(e.right)
	if e.float {
		l, r = unscale(l, e.left), unscale(r, e.right)
	} else if e.op != '*' {
		l, r = l+times(e.scale-e.left.scale), r+times(e.scale-e.right.scale)
	}
	return "(" + l + " " + string(e.op) + " " + r + ")"
}

func unscale(s string, e *expr) string {
	if e.float {
		return s
	}
	return "(" + s + " / " + strconv.FormatInt(pow10(e.scale), 10) + ".0)"
}

func times(n int) string {
	if n == 0 {
		return ""
	}
	return " * " + strconv.FormatInt(pow10(n), 10)
}

func (s *statement) cond(c Cond) (string, error) {
	if c.And != nil || c.Or != nil || c.Op == "" && c.Column == "" {
		list, word, empty := c.And, " AND ", "1 = 1"
		if c.Or != nil {
			list, word, empty = c.Or, " OR ", "1 = 0"
		}
		var parts []string
		for _, x := range list {
			p, err := s.cond(x)
			if err != nil {
				return "", err
			}
			parts = append(parts, p)
		}
		if len(parts) == 0 {
			return empty, nil
		}
		return "(" + strings.Join(parts, word) + ")", nil
	}
	col, values, err := checkCond(s.c.cols, c)
	if err != nil {
		return "", err
	}
	switch c.Op {
	case "is null":
		return s.name(col) + " IS NULL", nil
	case "is not null":
		return s.name(col) + " IS NOT NULL", nil
	}
	text := s.c.cols[col].Kind == Text
	left := s.period(col, c.Grain, Calendar{})
	var args []string
	for _, v := range values {
		switch {
		case text:
			args = append(args, s.arg(v.Text))
		case v.Kind == Float:
			args = append(args, s.arg(v.Float))
		default:
			args = append(args, s.arg(v.Int))
		}
	}
	order := left
	if text && s.r.Dialect == Postgres { // bytes, whatever the database's locale
		order += ` COLLATE "C"`
	}
	switch c.Op {
	case "contains":
		if s.r.Dialect == Postgres {
			return "STRPOS(" + left + ", " + args[0] + ") > 0", nil
		}
		return "INSTR(" + left + ", " + args[0] + ") > 0", nil
	case "starts":
		return fmt.Sprintf("SUBSTR(%s, 1, LENGTH(%s)) = %s", left, args[0], args[0]), nil
	case "in", "not in":
		return left + " " + strings.ToUpper(c.Op) + " (" + strings.Join(args, ", ") + ")", nil
	case "between":
		return order + " BETWEEN " + args[0] + " AND " + args[1], nil
	case "=", "!=":
		return left + " " + strings.Replace(c.Op, "!=", "<>", 1) + " " + args[0], nil
	}
	return order + " " + c.Op + " " + args[0], nil
}

// read makes raw rows of what the database answered.
func (r Relation) read(c *compiled, q rawQuery, rows [][]any) ([]rawRow, error) {
	var out []rawRow
	for i, row := range rows {
		cells := &cells{row: row}
		var rr rawRow
		for _, d := range q.dims {
			rr.keys = append(rr.keys, cells.key(c, c.dims[d], d == c.top && q.top != nil, q.top))
		}
		rr.rows = cells.int()
		for _, a := range c.atoms {
			rr.atoms = append(rr.atoms, cells.acc(a, rr.rows))
		}
		if cells.err != nil {
			return nil, fmt.Errorf("row %d of the database's answer: %w", i+1, cells.err)
		}
		if rr.rows > 0 || len(q.dims) == 0 {
			out = append(out, rr)
		}
	}
	return out, nil
}

// cells reads a row from left to right.
type cells struct {
	row []any
	at  int
	err error
}

func (c *cells) next() any {
	if c.at >= len(c.row) {
		c.err = fmt.Errorf("has only %d columns", len(c.row))
		return nil
	}
	v := c.row[c.at]
	c.at++
	return v
}

func (c *cells) int() int64 {
	n, _, _ := c.number(c.next())
	return n
}

// number reads a value as a whole number and as a float.
func (c *cells) number(v any) (i int64, f float64, null bool) {
	switch v := v.(type) {
	case nil:
		return 0, 0, true
	case int64:
		return v, float64(v), false
	case float64:
		return int64(math.Round(v)), v, false
	case bool:
		if v {
			return 1, 1, false
		}
		return 0, 0, false
	case []byte:
		return c.number(string(v))
	case string:
		if i, err := strconv.ParseInt(v, 10, 64); err == nil {
			return i, float64(i), false
		}
		f, err := strconv.ParseFloat(v, 64)
		if err != nil {
			c.err = fmt.Errorf("%q is not a number", v)
		}
		return int64(math.Round(f)), f, false
	}
	c.err = fmt.Errorf("%T is not a number", v)
	return 0, 0, false
}

func (c *cells) key(q *compiled, d planDim, cut bool, top []key) key {
	v := c.next()
	if cut {
		n, _, _ := c.number(v)
		if n < 1 || int(n) > len(top) {
			return key{other: true}
		}
		return top[n-1]
	}
	if v == nil {
		return key{null: true}
	}
	if d.grain == "" && q.cols[d.col].Kind == Text {
		switch v := v.(type) {
		case []byte:
			return key{text: string(v)}
		case time.Time:
			return key{text: v.Format(time.RFC3339)}
		}
		return key{text: fmt.Sprint(v)}
	}
	n, _, _ := c.number(v)
	return key{n: n}
}

func (c *cells) acc(a *atom, rows int64) acc {
	if a.agg == "percentile" {
		return c.percentile(a)
	}
	i, f, null := c.number(c.next())
	x := acc{n: rows, i: i, f: f}
	switch {
	case a.agg == "avg":
		x.n = c.int()
	case null:
		x.n = 0
	}
	if a.expr == nil || !a.expr.float {
		x.f = 0
	} else if a.agg != "count" && a.agg != "distinct" {
		x.i = 0
	}
	return x
}
