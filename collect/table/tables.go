package table

import (
	"bytes"
	"context"
	"database/sql"
	"io"
)

// TableInfo is one table of a database.
type TableInfo struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	// Refers are the foreign keys the database declares (SQLite).
	Refers []Relation `json:"refers,omitempty"`
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
	if _, ok := servers[format]; ok {
		return serverTables(ctx, s, format)
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
	list, err := columnsOf(ctx, db, names, quoteName)
	for i := 0; err == nil && i < len(list); i++ {
		list[i].Refers, err = sqliteKeys(ctx, db, list[i].Name)
	}
	return list, err
}

func sqliteKeys(ctx context.Context, db *sql.DB, table string) ([]Relation, error) {
	rows, err := db.QueryContext(ctx, `SELECT "from", "table", COALESCE("to", '') FROM pragma_foreign_key_list(?1) ORDER BY id, seq`, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Relation
	for rows.Next() {
		var from, to, key string
		if err := rows.Scan(&from, &to, &key); err != nil {
			return nil, err
		}
		if key == "" {
			key = "primary key"
		}
		list = append(list, Relation{From: table + "." + from, To: to + "." + key, Declared: true, Share: 1})
	}
	return list, rows.Err()
}

// newBytesAt gives bytes at hand as a file to read at any place.
func newBytesAt(b []byte) (io.ReaderAt, int64) { return bytes.NewReader(b), int64(len(b)) }
