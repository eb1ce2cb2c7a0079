package upkeep

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"steward/kernel/access"
	"steward/kernel/storage"
)

// quote names a table or column in SQL.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Dump calls row for every row of every table in a consistent snapshot, table by
// table in a fixed order, each table's rows by its first columns. Values are
// nil, string, int64, float64 or bool.
func Dump(ctx context.Context, db *storage.Database, table func(name string, columns []string) error, row func(values []any) error) error {
	return db.View(ctx, access.System(), func(v *storage.View) error {
		names, err := dataTables(v)
		if err != nil {
			return err
		}
		for _, name := range names {
			columns, err := v.Columns(name)
			if err != nil {
				return err
			}
			var cols []string
			for c := range columns {
				cols = append(cols, c)
			}
			slices.Sort(cols)
			if err := table(name, cols); err != nil {
				return err
			}
			quoted := make([]string, len(cols))
			for i, c := range cols {
				quoted[i] = quote(c)
			}
			err = v.Each("SELECT "+strings.Join(quoted, ", ")+" FROM "+quote(name), nil, func(rows *sql.Rows) error {
				vals := make([]any, len(cols))
				into := make([]any, len(cols))
				for i := range vals {
					into[i] = &vals[i]
				}
				if err := rows.Scan(into...); err != nil {
					return err
				}
				for i, x := range vals {
					switch y := x.(type) {
					case []byte:
						vals[i] = string(y)
					case int64:
						if columns[cols[i]].Type == "BOOLEAN" {
							vals[i] = y != 0
						}
					}
				}
				return row(vals)
			})
			if err != nil {
				return fmt.Errorf("table %s: %w", name, err)
			}
		}
		return nil
	})
}

// dataTables are the tables with data of their own: not the search index's
// parts, nor the note of which migrations ran.
func dataTables(r storage.Reader) ([]string, error) {
	all, err := r.Reading().Tables()
	return slices.DeleteFunc(all, func(n string) bool {
		return n == "schema_migration" || n == "search_text" || strings.HasPrefix(n, "search_text_")
	}), err
}

// Load fills the tables of a database whose schema is up to date, in one
// transaction. What the migrations themselves put there is taken out first.
// Foreign keys are checked at the end.
func Load(ctx context.Context, db *storage.Database, fill func(insert func(table string, columns []string, rows [][]any) error) error) error {
	return db.Update(ctx, access.System(), func(u *storage.Update) error {
		keys, err := suspendKeys(u)
		if err != nil {
			return err
		}
		names, err := dataTables(u)
		if err != nil {
			return err
		}
		for _, n := range names {
			if _, err := u.Exec("DELETE FROM " + quote(n)); err != nil {
				return err
			}
		}
		if err := fill(func(table string, columns []string, rows [][]any) error {
			return u.Insert(storage.Rows{Table: table, Columns: columns}, rows...)
		}); err != nil {
			return err
		}
		for _, sql := range keys {
			if _, err := u.Exec(sql); err != nil {
				return fmt.Errorf("check the links: %w", err)
			}
		}
		if u.Dialect() == storage.Postgres { // its plans are bad until it knows how many rows there are
			_, err = u.Exec("ANALYZE")
		}
		return err
	})
}

// Clear deletes from every table with data of its own the rows that where names
// by a condition; "" leaves a table alone. Foreign keys are checked at the end.
func Clear(u *storage.Update, where func(table string) (cond string, args []any)) error {
	names, err := dataTables(u)
	if err != nil {
		return err
	}
	keys, err := suspendKeys(u)
	if err != nil {
		return err
	}
	for _, n := range names {
		cond, args := where(n)
		if cond == "" {
			continue
		}
		if _, err := u.Exec("DELETE FROM "+quote(n)+" WHERE "+cond, args...); err != nil {
			return fmt.Errorf("clear %s: %w", n, err)
		}
	}
	for _, sql := range keys {
		if _, err := u.Exec(sql); err != nil {
			return fmt.Errorf("check the links: %w", err)
		}
	}
	return nil
}

// suspendKeys puts off the check of foreign keys to the end of the transaction
// and returns what brings it back.
func suspendKeys(u *storage.Update) ([]string, error) {
	if u.Dialect() == storage.SQLite {
		_, err := u.Exec("PRAGMA defer_foreign_keys = ON")
		return nil, err
	}
	var drop, back []string
	err := u.Each(`SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c
		JOIN pg_namespace n ON n.oid = c.connamespace WHERE c.contype = 'f' AND n.nspname = current_schema() ORDER BY 1, 2`, nil, func(rows *sql.Rows) error {
		var table, name, def string
		err := rows.Scan(&table, &name, &def)
		drop = append(drop, "ALTER TABLE "+table+" DROP CONSTRAINT "+quote(name))
		back = append(back, "ALTER TABLE "+table+" ADD CONSTRAINT "+quote(name)+" "+def)
		return err
	})
	for _, sql := range drop {
		if err == nil {
			_, err = u.Exec(sql)
		}
	}
	return back, err
}

// Integrity asks the database to check itself and returns what it finds wrong.
func Integrity(v *storage.View) ([]string, error) {
	if v.Dialect() == storage.Postgres {
		return nil, nil // PostgreSQL holds its constraints; its pages are checked by pg_amcheck
	}
	// The check itself does not notice that another connection has written the index of
	// words since this one last searched it, and would call that damage; a search does.
	var found int
	if _, err := v.Row("SELECT COUNT(*) FROM (SELECT 1 FROM search_text LIMIT 1)", nil, &found); err != nil {
		return nil, err
	}
	var out []string
	err := v.Each("PRAGMA integrity_check(20)", nil, func(rows *sql.Rows) error {
		var s string
		err := rows.Scan(&s)
		if s != "ok" {
			out = append(out, s)
		}
		return err
	})
	if err != nil {
		return out, err
	}
	err = v.Each("PRAGMA foreign_key_check", nil, func(rows *sql.Rows) error {
		var table, parent string
		var rowid sql.NullInt64
		var fk int
		err := rows.Scan(&table, &rowid, &parent, &fk)
		if len(out) < 20 {
			out = append(out, fmt.Sprintf("%s row %d links to nothing in %s", table, rowid.Int64, parent))
		}
		return err
	})
	return out, err
}
