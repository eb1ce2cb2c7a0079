package storage

import (
	"context"
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

// Indexes returns the names of the indexes that begin so and can be used: PostgreSQL
// keeps one that it could not finish.
func (v *View) Indexes(prefix string) (out []string, err error) {
	query := "SELECT name FROM sqlite_master WHERE type = 'index' AND substr(name, 1, length($1)) = $1 ORDER BY name"
	if v.Dialect() == Postgres {
		query = "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = current_schema()::regnamespace AND starts_with(c.relname, $1) AND i.indisvalid ORDER BY c.relname"
	}
	out, err = v.Texts(query, prefix)
	return out, err
}

// MakeIndex makes an index of a table while the program runs: PostgreSQL goes on
// reading and writing meanwhile, SQLite on reading.
func (db *Database) MakeIndex(ctx context.Context, name, table, of string) error {
	if db.dialect == SQLite {
		return db.alone(ctx, "CREATE INDEX "+name+" ON "+table+" ("+of+")")
	}
	err := db.DropIndex(ctx, name) // one that was begun and not finished
	if err == nil {
		err = db.alone(ctx, "CREATE INDEX CONCURRENTLY "+name+" ON "+table+" ("+of+")")
	}
	if err == nil {
		err = db.alone(ctx, "ANALYZE "+table) // how the values of an expression are spread is known of an index alone
	}
	return err
}

// DropIndex drops an index, if it is there, without keeping anybody waiting.
func (db *Database) DropIndex(ctx context.Context, name string) error {
	if db.dialect == SQLite {
		return db.alone(ctx, "DROP INDEX IF EXISTS "+name)
	}
	return db.alone(ctx, "DROP INDEX CONCURRENTLY IF EXISTS "+name)
}

// alone runs a statement outside of any transaction.
func (db *Database) alone(ctx context.Context, statement string) error {
	_, err := db.write.ExecContext(ctx, statement)
	return translate(err)
}

// Tables returns the names of all tables.
func (v *View) Tables() ([]string, error) {
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
	if v.Dialect() == Postgres {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name"
	}
	out, err := v.Texts(query)
	return out, err
}
