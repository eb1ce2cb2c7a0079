package snapshot

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"math/big"
	"os"
	"strings"
	"time"

	"steward/collect/backup"
)

// sum adds up the first 60 bits of hashes.
type sum struct{ total big.Int }

func (s *sum) add(hash []byte) {
	var n big.Int
	n.SetUint64(binary.BigEndian.Uint64(hash) >> 4)
	s.total.Add(&s.total, &n)
}

func (s *sum) String() string { return s.total.String() }

func shortHash(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:16])
}

// SQLite takes the state of a SQLite database as the connection sees it; path is
// the file it was opened from.
func SQLite(ctx context.Context, q queryer, path string, o Options) (*Snapshot, error) {
	s := &Snapshot{Engine: backup.SQLite, At: time.Now().UTC(), Tables: []Table{}}
	if err := s.sqliteIdentity(ctx, q, path); err != nil {
		return nil, err
	}
	rows, err := q.QueryContext(ctx, "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name")
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	defer rows.Close()
	var list []Table
	for rows.Next() {
		var kind, name, table, text string
		if err := rows.Scan(&kind, &name, &table, &text); err != nil {
			return nil, err
		}
		switch {
		case kind == "table" && strings.HasPrefix(strings.ToUpper(text), "CREATE VIRTUAL"):
			// Its content lies in shadow tables, which are listed as tables.
			s.Objects = append(s.Objects, "virtual "+name+" "+shortHash(text))
		case kind == "table":
			list = append(list, Table{Name: name, Kind: "table", Columns: shortHash(text), Rows: -1})
		default:
			s.Objects = append(s.Objects, kind+" "+name+" "+shortHash(text))
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	rows.Close()
	for i, t := range list {
		o.progress(i, len(list), t.Name)
		if t.Rows, t.Print, err = sqlitePrint(ctx, q, t.Name, o.Prints); err != nil {
			return nil, fmt.Errorf("read %s: %w", t.Name, err)
		}
		if t.Name == MarkerTable {
			var id, at string
			switch err := q.QueryRowContext(ctx, "SELECT id, at FROM "+MarkerTable+" ORDER BY at DESC, id LIMIT 1").Scan(&id, &at); err {
			case nil:
				s.marker(id, at)
			case sql.ErrNoRows:
			default:
				return nil, fmt.Errorf("read the newest marker: %w", err)
			}
		}
		s.Tables = append(s.Tables, t)
	}
	o.progress(len(list), len(list), "")
	return s, nil
}

func (s *Snapshot) sqliteIdentity(ctx context.Context, q queryer, path string) error {
	var application, version, pages, size int64
	for _, p := range []struct {
		name string
		into any
	}{{"application_id", &application}, {"user_version", &version}, {"page_count", &pages}, {"page_size", &size}, {"encoding", &s.Encoding}} {
		if err := q.QueryRowContext(ctx, "PRAGMA "+p.name).Scan(p.into); err != nil {
			return fmt.Errorf("PRAGMA %s: %w", p.name, err)
		}
	}
	s.Bytes = pages * size
	host, _ := os.Hostname()
	s.Identity = Identity{System: host + ":" + path, Version: fmt.Sprintf("application %d, schema %d", application, version), Database: path, Folder: path, Host: host}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	// The change counter grows with each write that is not in the log (file
	// format, 1.3.9); a source whose counter fell is another file.
	head := make([]byte, 28)
	if _, err := f.ReadAt(head, 0); err == nil {
		s.Identity.Timeline = int64(binary.BigEndian.Uint32(head[24:]))
	}
	return nil
}

func sqlitePrint(ctx context.Context, q queryer, table string, prints bool) (int64, string, error) {
	name := `"` + strings.ReplaceAll(table, `"`, `""`) + `"`
	if !prints {
		var n int64
		err := q.QueryRowContext(ctx, "SELECT count(*) FROM "+name).Scan(&n)
		return n, "", err
	}
	rows, err := q.QueryContext(ctx, "SELECT * FROM "+name)
	if err != nil {
		return 0, "", err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return 0, "", err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	var total sum
	var n int64
	h := md5.New()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return 0, "", err
		}
		h.Reset()
		for _, v := range values {
			writeValue(h, v)
		}
		total.add(h.Sum(nil))
		n++
	}
	return n, total.String(), rows.Err()
}

// writeValue writes a value with its type and length, so that no two rows read alike.
func writeValue(h hash.Hash, v any) {
	var b [9]byte
	bytes := func(kind byte, p string) {
		b[0] = kind
		binary.BigEndian.PutUint64(b[1:], uint64(len(p)))
		h.Write(b[:])
		h.Write([]byte(p))
	}
	switch v := v.(type) {
	case nil:
		h.Write([]byte{'n'})
	case int64:
		b[0] = 'i'
		binary.BigEndian.PutUint64(b[1:], uint64(v))
		h.Write(b[:])
	case float64:
		b[0] = 'f'
		binary.BigEndian.PutUint64(b[1:], math.Float64bits(v))
		h.Write(b[:])
	case string:
		bytes('t', v)
	case []byte:
		bytes('b', string(v))
	default: // the driver turns columns named as dates into moments, the same way each time
		bytes('o', fmt.Sprint(v))
	}
}
