package storage

import (
	"database/sql"
	"strings"
)

// Column is a column as the database has it.
type Column struct {
	Type    string // TEXT, BIGINT, DOUBLE PRECISION or BOOLEAN
	NotNull bool
}

func (c Column) String() string {
	if c.NotNull {
		return c.Type + " NOT NULL"
	}
	return c.Type
}

// Columns returns the columns of a table by name; none if there is no such table.
func (v *View) Columns(table string) (map[string]Column, error) {
	out := map[string]Column{}
	query := `SELECT name, type, CASE WHEN "notnull" = 1 OR pk > 0 THEN 1 ELSE 0 END FROM pragma_table_info($1)`
	if v.Dialect() == Postgres {
		query = "SELECT column_name, data_type, CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1"
	}
	err := v.Each(query, []any{table}, func(rows *sql.Rows) error {
		var name, typ string
		var notNull int
		err := rows.Scan(&name, &typ, &notNull)
		out[name] = Column{strings.ToUpper(typ), notNull == 1}
		return err
	})
	return out, err
}

// Tables returns the names of all tables.
func (v *View) Tables() ([]string, error) {
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
	if v.Dialect() == Postgres {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name"
	}
	var out []string
	err := v.Each(query, nil, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		out = append(out, name)
		return err
	})
	return out, err
}
