package table

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Source is where a table lies and what is known about it beforehand. Only
// Target or Data is needed.
type Source struct {
	// Target is a file's path, a database's address (postgres://…, mysql://…,
	// sqlserver://…, oracle://…, sqlite:FILE), or an http(s) address that answers
	// JSON, in which {after} stands for After.
	Target string
	Data   []byte // the bytes themselves, instead of a file
	Format string // csv, xlsx, jsonl, parquet, sqlite, postgres, mysql, sqlserver, oracle, http; empty: found out

	Dialect Dialect         // Encoding, Delimiter, Quote: what is not empty is not guessed
	Header  *bool           // whether the first row names the columns; nil: found out
	Types   map[string]Kind // columns whose kind is known
	Table   string          // table of a database, sheet of a workbook
	Query   string          // a SELECT instead of a table

	// By and After read only rows whose value in column By is above After; the
	// greatest value read is Report.Last, to go on from.
	By, After string

	// Expect are the columns an earlier reading had. The reader yields exactly
	// these, whatever changed; Report.Changes names what did.
	Expect []Column

	HTTP     HTTP  // how to ask an HTTP API
	MaxBytes int64 // most bytes of a file after unpacking; 0: DefaultMaxBytes
}

// HandedIn is the format of a SQLite file that somebody handed in: opened as one
// that does not change, with bounds on what its views may make, since whoever wrote
// it is not known.
const HandedIn = "sqlite-file"

// DefaultMaxBytes bounds what a packed file may unpack to.
const DefaultMaxBytes = 8 << 30

// Open finds out what the source is, settles its columns and returns a reader
// that yields its rows from the beginning. Types of files are settled by looking
// at every row first, so that a value in the last row counts as much as one in
// the first.
func Open(ctx context.Context, s Source) (*Reader, error) {
	if s.MaxBytes == 0 {
		s.MaxBytes = DefaultMaxBytes
	}
	cells, err := s.cells(ctx)
	if err != nil {
		return nil, err
	}
	return newReader(ctx, s, cells)
}

func newReader(ctx context.Context, s Source, cells cellSource) (*Reader, error) {
	r := &Reader{source: cells, cols: cells.columns(), s: s}
	if c, ok := cells.(*csvSource); ok {
		r.report.Dialect = &c.dialect
	}
	if err := r.settle(ctx); err != nil {
		r.source.close()
		return nil, err
	}
	return r, nil
}

// opener opens the bytes of a file source.
func (s Source) opener() opener {
	return func() (io.ReadCloser, int64, error) {
		if s.Data != nil {
			return io.NopCloser(bytes.NewReader(s.Data)), int64(len(s.Data)), nil
		}
		f, err := os.Open(s.Target)
		if err != nil {
			return nil, 0, openError(err)
		}
		info, err := f.Stat()
		if err != nil {
			f.Close()
			return nil, 0, err
		}
		if info.IsDir() {
			f.Close()
			return nil, 0, Wrong(s.Target, "is a folder; name a file in it")
		}
		return f, info.Size(), nil
	}
}

func openError(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return Wrong(p.Path, "%v", p.Err)
	}
	return err
}

// cells opens the source as rows of text.
func (s Source) cells(ctx context.Context) (cellSource, error) {
	format := s.Format
	if format == "" {
		var err error
		if format, err = s.guess(); err != nil {
			return nil, err
		}
	}
	switch strings.ToLower(format) {
	case "csv", "tsv", "txt":
		return newCSV(s.opener(), s.Dialect, s.Header, s.MaxBytes)
	case "xlsx":
		return newXLSX(s)
	case "parquet":
		return newParquet(s)
	case "postgres", "mysql", "sqlserver", "oracle":
		return newServer(ctx, s, strings.ToLower(format))
	case "jsonl", "json", "ndjson":
		return newJSON(ctx, func(context.Context) (objects, error) { return openLines(s.opener(), s.MaxBytes) })
	case "http", "https":
		open, err := openPages(ctx, strings.ReplaceAll(s.Target, "{after}", url.QueryEscape(s.After)), s.HTTP)
		if err != nil {
			return nil, err
		}
		return newJSON(ctx, open)
	case "sqlite", HandedIn:
		return newSQLite(ctx, s)
	}
	return nil, Wrong("format", "there is no format %q", format)
}

// guess finds the format out: by address, by the first bytes, by the name.
func (s Source) guess() (string, error) {
	target := strings.ToLower(s.Target)
	for prefix, format := range map[string]string{
		"postgres://": "postgres", "postgresql://": "postgres", "mysql://": "mysql", "mariadb://": "mysql",
		"sqlite:": "sqlite", "http://": "http", "https://": "http", "sqlserver://": "sqlserver", "oracle://": "oracle",
	} {
		if strings.HasPrefix(target, prefix) {
			return format, nil
		}
	}
	f, _, err := s.opener()()
	if err != nil {
		return "", err
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", err
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("SQLite format 3\x00")):
		return "sqlite", nil
	case bytes.HasPrefix(head, []byte("PAR1")):
		return "parquet", nil
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return "xlsx", nil
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return "", Wrong(s.Target, "is an old .xls workbook or a protected one; save it as .xlsx or CSV")
	}
	switch filepath.Ext(strings.TrimSuffix(target, ".gz")) {
	case ".csv", ".tsv", ".txt":
		return "csv", nil
	case ".jsonl", ".ndjson", ".json":
		return "jsonl", nil
	}
	if text := bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))); len(text) > 0 && (text[0] == '{' || len(text) > 1 && text[0] == '[' && (text[1] == '{' || text[1] <= ' ')) {
		return "jsonl", nil
	}
	return "csv", nil
}
