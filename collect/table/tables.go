package table

import (
	"bytes"
	"context"
	"io"
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
	return columnsOf(ctx, db, names, quoteName)
}

// newBytesAt gives bytes at hand as a file to read at any place.
func newBytesAt(b []byte) (io.ReaderAt, int64) { return bytes.NewReader(b), int64(len(b)) }
