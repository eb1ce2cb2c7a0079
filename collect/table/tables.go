package table

import (
	"context"
	"fmt"
)

// TableInfo is one table of a database.
type TableInfo struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
}

// Tables lists the tables of a database source with their columns; nil for a
// source that is one table itself.
func Tables(ctx context.Context, s Source) ([]TableInfo, error) {
	format := s.Format
	if format == "" {
		var err error
		if format, err = s.guess(); err != nil {
			return nil, err
		}
	}
	if format != "sqlite" {
		return nil, nil
	}
	db, err := OpenSQLite(ctx, s.Target)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	names, err := sqliteTables(ctx, db)
	if err != nil {
		return nil, err
	}
	var list []TableInfo
	for _, n := range names {
		rows, err := db.QueryContext(ctx, "SELECT * FROM "+quoteName(n)+" LIMIT 0")
		if err != nil {
			continue // a view on something that is gone
		}
		cols, err := rows.Columns()
		rows.Close()
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", n, err)
		}
		list = append(list, TableInfo{n, cols})
	}
	return list, nil
}
