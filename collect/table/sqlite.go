package table

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// OpenSQLite opens a database file for reading only. Beside a live server the
// write-ahead log is honoured; where its files cannot be used because the folder is
// not writable and no log exists, the file is opened as one that does not change.
func OpenSQLite(ctx context.Context, path string) (*sql.DB, error) {
	path = strings.TrimPrefix(path, "sqlite:")
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(abs); err != nil {
		return nil, openError(err)
	} else if info.IsDir() {
		return nil, Wrong(path, "is a folder; name a database file")
	}
	var first error
	for _, mode := range []string{"mode=ro", "mode=ro&immutable=1"} {
		if strings.Contains(mode, "immutable") {
			if info, err := os.Stat(abs + "-wal"); err == nil && info.Size() > 0 {
				break // what is in the log would be missed
			}
		}
		db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: abs}).EscapedPath()+"?"+mode+"&_pragma=query_only(1)&_pragma=busy_timeout(5000)&_pragma=trusted_schema(0)")
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(1)
		var n int
		if err = db.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_master").Scan(&n); err == nil {
			return db, nil
		}
		db.Close()
		if first == nil {
			first = err
		}
	}
	return nil, fmt.Errorf("open %s: %w", path, first)
}

// sqlSource reads the rows of one statement.
type sqlSource struct {
	db    *sql.DB
	owned bool // close db with the source
	query string
	args  []any
	cols  []Column
	rows  *sql.Rows
	cells []any
	row   int64
	fixed bool // kinds are certain
	done  bool
}

func newSQLite(ctx context.Context, s Source) (cellSource, error) {
	db, err := OpenSQLite(ctx, s.Target)
	if err != nil {
		return nil, err
	}
	query := s.Query
	if query == "" {
		names, err := sqliteTables(ctx, db)
		if err == nil {
			var name string
			if name, err = chooseTable(s.Table, names); err == nil {
				query = "SELECT * FROM " + quoteName(name)
			}
		}
		if err != nil {
			db.Close()
			return nil, err
		}
	}
	src := &sqlSource{db: db, owned: true, query: query}
	err = src.after(ctx, quoteName, s)
	if err == nil {
		err = src.start(ctx)
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	return src, nil
}

// sqliteTables lists the tables and views of a database file.
func sqliteTables(ctx context.Context, db *sql.DB) ([]string, error) {
	rows, err := db.QueryContext(ctx, "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		names = append(names, n)
	}
	return names, rows.Err()
}

// chooseTable finds the table asked for, case aside; without a name there must
// be only one.
func chooseTable(ask string, names []string) (string, error) {
	for _, n := range names {
		if n == ask || ask == "" && len(names) == 1 {
			return n, nil
		}
	}
	for _, n := range names {
		if ask != "" && strings.EqualFold(n, ask) {
			return n, nil
		}
	}
	shown := strings.Join(names, ", ")
	switch {
	case len(names) == 0:
		return "", Wrong("table", "the database holds no table")
	case ask == "":
		return "", Wrong("table", "name one of the tables: %s", shown)
	}
	return "", Wrong("table", "there is no table %q; there are %s", ask, shown)
}

func quoteName(n string) string { return `"` + strings.ReplaceAll(n, `"`, `""`) + `"` }

func (s *sqlSource) start(ctx context.Context) error {
	rows, err := s.db.QueryContext(ctx, s.query, s.args...)
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		rows.Close()
		return err
	}
	s.rows, s.row, s.done = rows, 0, false
	if s.cols == nil {
		names := make([]string, len(types))
		for i, t := range types {
			names[i] = t.Name()
		}
		for i, n := range nameColumns(names) {
			s.cols = append(s.cols, Column{Name: n, Declared: types[i].DatabaseTypeName(), native: true})
		}
	}
	s.cells = make([]any, len(types))
	for i := range s.cells {
		s.cells[i] = new(any)
	}
	return nil
}

func (s *sqlSource) columns() []Column { return s.cols }
func (s *sqlSource) certain() bool     { return s.fixed }

func (s *sqlSource) close() error {
	err := s.rows.Close()
	if s.owned {
		err = errors.Join(err, s.db.Close())
	}
	return err
}

func (s *sqlSource) again(ctx context.Context) (cellSource, error) {
	s.rows.Close()
	n := *s
	s.owned = false // the new one closes the database
	return &n, n.start(ctx)
}

func (s *sqlSource) next(ctx context.Context, b *block) error {
	b.reset()
	for b.rows < blockRows && len(b.data) < blockBytes {
		if !s.rows.Next() {
			if err := s.rows.Err(); err != nil {
				return fmt.Errorf("after row %d: %w", s.row, err)
			}
			return io.EOF
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.rows.Scan(s.cells...); err != nil {
			return fmt.Errorf("row %d: %w", s.row+1, err)
		}
		for _, c := range s.cells {
			addValue(b, *c.(*any))
		}
		s.row++
		b.endRow(s.row)
	}
	return nil
}

// addValue appends a driver's value as the text the readers of cells know.
func addValue(b *block, v any) {
	switch v := v.(type) {
	case nil:
		b.null()
	case int64:
		b.from = append(b.from, uint32(len(b.data)))
		b.data = strconv.AppendInt(b.data, v, 10)
		b.to = append(b.to, uint32(len(b.data)))
	case float64:
		format := byte('f')
		if v >= 1e15 || v <= -1e15 || v != 0 && v < 1e-9 && v > -1e-9 {
			format = 'e'
		}
		b.from = append(b.from, uint32(len(b.data)))
		b.data = strconv.AppendFloat(b.data, v, format, -1, 64)
		b.to = append(b.to, uint32(len(b.data)))
	case string:
		if len(v) > maxCell || !utf8.ValidString(v) {
			b.addLong([]byte(v))
		} else {
			b.addString(v)
		}
	case []byte:
		b.addLong(v)
	case bool:
		b.addString(strconv.FormatBool(v))
	case time.Time:
		b.from = append(b.from, uint32(len(b.data)))
		if v.Hour() == 0 && v.Minute() == 0 && v.Second() == 0 && v.Nanosecond() == 0 && v.Location() == time.UTC {
			b.data = v.AppendFormat(b.data, "2006-01-02")
		} else {
			b.data = v.UTC().AppendFormat(b.data, "2006-01-02T15:04:05.999999Z")
		}
		b.to = append(b.to, uint32(len(b.data)))
	default:
		b.addString(fmt.Sprint(v))
	}
}
