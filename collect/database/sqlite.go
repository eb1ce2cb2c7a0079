package database

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
)

// sqliteFile is what the file itself and its neighbours say.
type sqliteFile struct {
	size, wal, journal int64
	walMode            bool
	version            string // of the library that wrote last
	mode               os.FileMode
	modified           time.Time
}

// openSQLite opens a database file so that nothing is written, not even the
// small files beside it: a file with a write-ahead log that nobody has open is
// read as one that does not change, and what was read counts only if that was
// so (see unchanged).
func openSQLite(ctx context.Context, t Target, o Options) (session, error) {
	abs, err := filepath.Abs(t.path)
	if err != nil {
		return nil, err
	}
	f, err := lookAtSQLite(abs)
	if err != nil {
		return nil, err
	}
	mode := "mode=ro"
	if f.walMode && f.wal == 0 {
		mode += "&immutable=1"
	}
	dsn := "file:" + (&url.URL{Path: abs}).EscapedPath() + "?" + mode + fmt.Sprintf("&_pragma=query_only(1)&_pragma=busy_timeout(%d)&_pragma=trusted_schema(0)&_pragma=cell_size_check(1)", o.Lock.Milliseconds())
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	s := &sqlSession{db: db, target: t, options: o, refused: func(err error) (error, bool) { return err, true }}
	var pages, free, size, version int64
	for q, into := range map[string]*int64{"PRAGMA page_count": &pages, "PRAGMA freelist_count": &free, "PRAGMA page_size": &size, "PRAGMA schema_version": &version} {
		if err := db.QueryRowContext(ctx, q).Scan(into); err != nil {
			db.Close()
			return nil, &refusal{why: err.Error()}
		}
	}
	room, network := fileSystem(abs)
	s.args = []any{
		sql.Named("file_bytes", f.size), sql.Named("wal_bytes", f.wal), sql.Named("journal_bytes", f.journal), sql.Named("wal_mode", f.walMode),
		sql.Named("mode", int64(f.mode.Perm())), sql.Named("folder_mode", folderMode(abs)), sql.Named("written_by", f.version),
		sql.Named("page_size", size), sql.Named("page_count", pages), sql.Named("free_pages", free),
		sql.Named("free_disk_bytes", room), sql.Named("network_disk", network), sql.Named("path", t.path),
	}
	s.whoami = func(context.Context, *sqlSession) (Server, error) {
		return Server{Engine: SQLite, Product: "sqlite", Version: f.version, Edition: "version of the library that wrote last", Database: filepath.Base(t.path)}, nil
	}
	lite := sqliteSession{sqlSession: s}
	if mode != "mode=ro" {
		lite.unchanged = func() error {
			if now, err := lookAtSQLite(abs); err != nil || now != f {
				return &refusal{why: "the file was written to while it was read; ask again"}
			}
			return nil
		}
	}
	return lite, nil
}

// sqliteSession takes damage that stops the search for damage as found, and
// believes no answer from a file that changed although it should not.
type sqliteSession struct {
	*sqlSession
	unchanged func() error // nil: SQLite itself sees to it
}

func (s sqliteSession) ask(ctx context.Context, statement string, limit int) (*table, error) {
	t, err := s.sqlSession.ask(ctx, statement, limit)
	if s.unchanged != nil {
		if changed := s.unchanged(); changed != nil {
			return nil, changed
		}
	}
	const corrupt = 11 // SQLITE_CORRUPT, sqlite.org/rescode.html
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code()&0xff == corrupt && strings.Contains(statement, "pragma_quick_check") {
		return &table{columns: []string{"problem"}, rows: [][]any{{e.Error()}}}, nil
	}
	if e != nil {
		err = &refusal{why: e.Error(), right: e.Code()&0xff == 3 || e.Code()&0xff == 23}
	}
	return t, err
}

// lookAtSQLite reads the file's header (sqlite.org/fileformat2.html, 1.3) and
// the sizes of its neighbours.
func lookAtSQLite(path string) (sqliteFile, error) {
	var f sqliteFile
	file, err := os.Open(path)
	if err != nil {
		var p *os.PathError
		if errors.As(err, &p) {
			return f, &refusal{why: p.Err.Error(), right: errors.Is(err, os.ErrPermission)}
		}
		return f, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return f, err
	}
	header := make([]byte, 100)
	if _, err := io.ReadFull(file, header); err != nil || string(header[:16]) != "SQLite format 3\x00" {
		return f, &refusal{why: "the file is no SQLite database, or is encrypted"}
	}
	f.size, f.mode, f.modified = info.Size(), info.Mode(), info.ModTime()
	f.walMode = header[18] == 2
	if n := binary.BigEndian.Uint32(header[96:]); n > 0 {
		f.version = fmt.Sprintf("%d.%d.%d", n/1_000_000, n/1000%1000, n%1000)
	}
	if info, err := os.Stat(path + "-wal"); err == nil {
		f.wal = info.Size()
	}
	if info, err := os.Stat(path + "-journal"); err == nil {
		f.journal = info.Size()
	}
	return f, nil
}

// folderMode is the mode of the file's folder. The right of others to enter is
// there only when they may enter every folder above too.
func folderMode(path string) int64 {
	info, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return 0
	}
	for dir := filepath.Dir(path); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if above, err := os.Stat(dir); err == nil && above.Mode()&0o001 == 0 {
			return int64(info.Mode().Perm()) &^ 0o007 // nobody else comes so far
		}
	}
	mode := int64(info.Mode().Perm())
	if info.Mode()&os.ModeSticky != 0 {
		mode &^= 0o022 // only a file's owner can replace it
	}
	return mode
}
