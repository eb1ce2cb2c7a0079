package storage

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Rows are rows for one table. When Keys is above 0 the first so many columns are the
// table's key, and a row whose key is taken replaces what stands there, but for the last
// Kept columns.
type Rows struct {
	Table      string
	Columns    []string
	Keys, Kept int
	// Alone says that no foreign key leads to these rows, nor from them to other rows
	// that may be put off.
	Alone bool
}

// sizes are how many rows one statement takes. They are few, so that a statement is
// parsed once for many rows.
var sizes = []int{250, 25, 1}

// mostValues a statement takes on both databases: SQLite's limit is 32,766.
const mostValues = 30_000

// Insert writes rows, many in a statement.
func (u *Update) Insert(into Rows, rows ...[]any) error {
	if err := u.flush(into.Table, true); err != nil {
		return err
	}
	return u.insert(into, rows)
}

func (v *View) insert(into Rows, rows [][]any) error {
	if v.Dialect() == Postgres && into.Keys == 0 && len(rows) >= sizes[1] {
		return v.copied(into, rows)
	}
	for len(rows) > 0 {
		n := 1
		for _, size := range sizes {
			if size <= len(rows) && size*len(into.Columns) <= mostValues {
				n = size
				break
			}
		}
		args := make([]any, 0, n*len(into.Columns))
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		if _, err := v.exec(into.statement(v.Dialect(), n), args); err != nil {
			return fmt.Errorf("table %s: %w", into.Table, err)
		}
		rows = rows[n:]
	}
	return nil
}

func (r Rows) statement(d Dialect, n int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + quote(r.Table) + " (" + each(r.Columns, "%s") + ") VALUES ")
	for i := range n * len(r.Columns) {
		switch {
		case i == 0:
			b.WriteByte('(')
		case i%len(r.Columns) == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		// SQLite looks a numbered parameter up among all names before it: with
		// thousands of them plain question marks are ten times as fast.
		if d == SQLite {
			b.WriteByte('?')
		} else {
			b.WriteString("$" + strconv.Itoa(i+1))
		}
	}
	b.WriteByte(')')
	if r.Keys > 0 {
		b.WriteString(" ON CONFLICT (" + each(r.Columns[:r.Keys], "%s") + ") DO UPDATE SET " + each(r.Columns[r.Keys:len(r.Columns)-r.Kept], "%[1]s = excluded.%[1]s"))
	}
	return b.String()
}

func each(columns []string, form string) string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = fmt.Sprintf(form, quote(c))
	}
	return strings.Join(out, ", ")
}

// put is what a transaction has put off.
type put struct {
	on    bool
	parts []*part
}

type part struct {
	Rows
	rows [][]any
	at   map[string]int // by key, where Keys is above 0
}

// Together runs fn, in which rows given to Later are put off and written many in a
// statement: before a statement that could notice, and at the end. What the database
// refuses of a row is therefore told late, without saying which row it was.
func (u *Update) Together(fn func() error) error {
	if u.put.on {
		return fn()
	}
	u.put.on = true
	err := fn()
	u.put.on = false
	if late := u.flush("", true); err == nil {
		err = late
	}
	return err
}

// Later writes a row, now or, inside Together, when it matters.
func (u *Update) Later(into Rows, row ...any) error {
	if !u.put.on {
		return u.Insert(into, row)
	}
	var p *part
	for _, one := range u.put.parts {
		if one.Table == into.Table && slices.Equal(one.Columns, into.Columns) {
			p = one
		}
	}
	if p == nil {
		p = &part{Rows: into, at: map[string]int{}}
		u.put.parts = append(u.put.parts, p)
	}
	if p.Keys > 0 {
		key := fmt.Sprint(row[:p.Keys]...)
		if i, twice := p.at[key]; twice {
			p.rows[i] = row
			return nil
		}
		p.at[key] = len(p.rows)
	}
	if p.rows = append(p.rows, row); len(p.rows) >= 2*sizes[0] {
		return u.flush(p.Table, true)
	}
	return nil
}

// flush writes the rows put off that a statement could notice: of the tables that it
// names and, when it writes, of all that foreign keys lead to. An empty statement
// notices everything.
func (v *View) flush(query string, writes bool) error {
	if v.put == nil || len(v.put.parts) == 0 {
		return nil
	}
	all := query == "" || strings.Contains(query, "SAVEPOINT ")
	named := func(p *part) bool { return all || strings.Contains(query, p.Table) }
	linked := slices.ContainsFunc(v.put.parts, func(p *part) bool { return !p.Alone && (writes || named(p)) })
	var now []*part
	v.put.parts = slices.DeleteFunc(v.put.parts, func(p *part) bool {
		due := named(p) || linked && !p.Alone // linked ones go together, in their order
		if due {
			now = append(now, p)
		}
		return due
	})
	for _, p := range now {
		if err := v.insert(p.Rows, p.rows); err != nil {
			return err
		}
	}
	return nil
}

// copied writes rows by PostgreSQL's COPY, which parses and binds nothing.
func (v *View) copied(into Rows, rows [][]any) error {
	v.count()
	err := v.conn.Raw(func(conn any) error {
		_, err := conn.(*stdlib.Conn).Conn().CopyFrom(v, pgx.Identifier{into.Table}, into.Columns, pgx.CopyFromRows(rows))
		return translate(err)
	})
	if err != nil {
		return fmt.Errorf("table %s: %w", into.Table, err)
	}
	return nil
}
