package records

import (
	"database/sql"
	"strings"

	"steward/kernel/storage"
)

// Plans is how the database goes about reading a page, a text for each of its statements.
func Plans(r Reader, d *Def, q Query) (out []string, err error) {
	s, err := d.sorting(r, q)
	if err != nil {
		return nil, err
	}
	reads, err := d.statements(r, q, s, d.readable(r))
	for _, read := range reads {
		explain, columns := "EXPLAIN ", 1
		if r.Reading().Dialect() == storage.SQLite {
			explain, columns = "EXPLAIN QUERY PLAN ", 4
		}
		var plan strings.Builder
		err = r.Reading().Each(explain+read.query, read.args, func(rows *sql.Rows) error {
			var line string
			into := []any{new(any), new(any), new(any), &line}
			defer func() { plan.WriteString(line + "\n") }()
			return rows.Scan(into[4-columns:]...)
		})
		if err != nil {
			return nil, err
		}
		out = append(out, plan.String())
	}
	return out, err
}
