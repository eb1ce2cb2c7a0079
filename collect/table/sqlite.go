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

	"modernc.org/sqlite" // and the driver "sqlite"
)

// OpenSQLite opens a database file for reading only; no other file can be attached.
// Beside a live server the write-ahead log is honoured; where its files cannot be used
// because the folder is not writable and no log exists, the file is opened as one that
// does not change.
func OpenSQLite(ctx context.Context, path string) (*sql.DB, error) {
	return openSQLite(ctx, path, "mode=ro", "mode=ro&immutable=1")
}

// openHandedIn opens a file that somebody handed in: it does not change, nothing is
// made beside it, and no value is larger than such a file can hold.
func openHandedIn(ctx context.Context, path string) (*sql.DB, error) {
	db, err := openSQLite(ctx, path, "mode=ro&immutable=1")
	if err != nil {
		return nil, err
	}
	if err := limit(ctx, db, limitLength, mostValue); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// Limits by their numbers: https://www.sqlite.org/c3ref/c_limit_attached.html
const (
	limitLength   = 0
	limitAttached = 7
)

// mostValue bounds one value of a file that was handed in, in bytes: a view may make
// one of a gigabyte out of nothing.
const mostValue = 64 << 20

// limit sets a limit of the database's one connection.
func limit(ctx context.Context, db *sql.DB, id, value int) error {
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = sqlite.Limit(c, id, value)
	return err
}

func openSQLite(ctx context.Context, path string, modes ...string) (*sql.DB, error) {
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
	for i, mode := range modes {
		if i > 0 {
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
			err = limit(ctx, db, limitAttached, 0)
		}
		if err == nil {
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
	db interface {
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
	tx     *sql.Tx // nil, or ended with the source
	owned  *sql.DB // nil, or closed with the source
	query  string
	stored func(declared) stored // nil: all kinds are settled by the values
	cols   []Column
	as     []stored
	none   []int64 // dates of zeros, by column
	rows   *sql.Rows
	cells  []any
	row    int64
	most   int64 // bytes of a file's rows; 0: no limit
	size   int64
}

func newSQLite(ctx context.Context, s Source) (cellSource, error) {
	open, most := OpenSQLite, int64(0)
	if s.Format == HandedIn {
		open, most = openHandedIn, s.MaxBytes
	}
	db, err := open(ctx, s.Target)
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
	src := &sqlSource{db: db, owned: db, query: query, most: most}
	if err := src.start(ctx); err != nil {
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
		return "", usual(NoSuchTable, "table", "the database holds no table")
	case ask == "":
		return "", Wrong("table", "name one of the tables: %s", shown)
	}
	return "", usual(NoSuchTable, "table", "there is no table %q; there are %s", ask, shown)
}

func quoteName(n string) string { return `"` + strings.ReplaceAll(n, `"`, `""`) + `"` }

func (s *sqlSource) start(ctx context.Context) error {
	rows, err := s.db.QueryContext(ctx, s.query)
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		rows.Close()
		return err
	}
	s.rows, s.row, s.size = rows, 0, 0
	if s.cols == nil {
		names := make([]string, len(types))
		for i, t := range types {
			names[i] = t.Name()
		}
		for i, n := range nameColumns(names) {
			as := stored{}
			if s.stored != nil {
				as = s.stored(declaredOf(types[i]))
			}
			s.as = append(s.as, as)
			s.cols = append(s.cols, Column{Name: n, Declared: types[i].DatabaseTypeName(), Kind: as.kind, Scale: as.scale, native: true, exact: as.exact})
		}
	}
	s.none = make([]int64, len(types))
	s.cells = make([]any, len(types))
	for i := range s.cells {
		s.cells[i] = new(any)
	}
	return nil
}

func (s *sqlSource) columns() []Column { return s.cols }
func (s *sqlSource) certain() bool     { return false }

func (s *sqlSource) close() error {
	err := s.rows.Close()
	if s.tx != nil { // nothing was written
		if e := s.tx.Rollback(); !errors.Is(e, sql.ErrTxDone) {
			err = errors.Join(err, e)
		}
	}
	if s.owned != nil {
		err = errors.Join(err, s.owned.Close())
	}
	return err
}

// remark says of the columns what their values alone did not say.
func (s *sqlSource) remark(cols []Column) {
	for i, n := range s.none {
		if n > 0 {
			cols[i].Note = strings.TrimPrefix(cols[i].Note+"; ", "; ") + fmt.Sprintf("%d dates of zeros (0000-00-00) are read as no value", n)
		}
	}
}

func (s *sqlSource) again(ctx context.Context) (cellSource, error) {
	s.rows.Close()
	n := *s
	s.tx, s.owned = nil, nil // the new one ends them
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
		for i, c := range s.cells {
			v := *c.(*any)
			if show := s.as[i].show; show == nil || v == nil {
				addValue(b, v)
			} else {
				show(b, v)
			}
			if s.as[i].zero && v != nil && b.to[len(b.to)-1] < b.from[len(b.from)-1] {
				s.none[i]++
			}
		}
		s.row++
		b.endRow(s.row)
		s.size += int64(8 + len(s.cells)) // rows of nothing count as well
		if s.most > 0 && s.size+int64(len(b.data)) > s.most {
			return usual(FileUnpacks, "", "the table gives more than %d MB of rows; a view that never ends may do so", s.most>>20)
		}
	}
	s.size += int64(len(b.data))
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
